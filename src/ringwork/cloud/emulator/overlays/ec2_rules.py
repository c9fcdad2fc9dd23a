"""EC2: rules of security groups and network ACLs, by id and by number."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _describe_rules(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto reads permissions only. EC2 API reference, UpdateSecurityGroupRuleDescriptionsEgress (Ingress):
    either IP permissions or rule descriptions."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    given = call.parameters.get("SecurityGroupRuleDescriptions")
    if not given:
        return proceed()
    backend = ec2_backends[call.account][call.region]
    name = call.parameters.get("GroupId") or call.parameters.get("GroupName")
    group = backend.get_security_group_by_name_or_id(name)
    if group is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    for item in given:
        rule = group.get_rule(item["SecurityGroupRuleId"])
        if rule is None:
            message = f"The security group rule ID '{item['SecurityGroupRuleId']}' does not exist"
            raise AwsError("InvalidSecurityGroupRuleId.NotFound", message)
        # where moto looks for the description of a rule of any kind
        rule.ip_range["Description"] = item.get("Description", "")
    return {"Return": True}


def _delete_acl_entry(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto fails for an entry that is not there. EC2 API reference, "Error codes"."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    given = call.parameters
    acl = ec2_backends[call.account][call.region].network_acls.get(given["NetworkAclId"])
    number, egress = int(given["RuleNumber"]), str(given["Egress"]).lower()
    entries = acl.network_acl_entries if acl is not None else ()
    if acl is not None and not any(
        int(entry.rule_number) == number and str(entry.egress).lower() == egress for entry in entries
    ):
        direction = "egress" if egress == "true" else "ingress"
        message = f"The network ACL entry {direction} rule {number} does not exist"
        raise AwsError("InvalidNetworkAclEntry.NotFound", message)
    return proceed()


OVERLAYS: dict[str, Overlay] = {
    "DeleteNetworkAclEntry": _delete_acl_entry,
    "UpdateSecurityGroupRuleDescriptionsEgress": _describe_rules,
    "UpdateSecurityGroupRuleDescriptionsIngress": _describe_rules,
}
