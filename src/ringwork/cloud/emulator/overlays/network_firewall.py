"""Network Firewall: rule groups, policies and firewalls, with what refers to what.

No packet is filtered in the local cloud. Source: Network Firewall API reference, the operations' pages.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _arn(call: Call, kind: str, name: str) -> str:
    return f"arn:aws:network-firewall:{call.region}:{call.account}:{kind}/{name}"


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)


def _find(call: Call, table: str, title: str) -> dict[str, Any]:
    arn, name = call.parameters.get(f"{title}Arn"), call.parameters.get(f"{title}Name")
    kind = call.parameters.get("Type") if title == "RuleGroup" else None
    for row in call.table(table).values():
        if row["arn"] == arn or (row["name"] == name and kind in (None, row.get("type"))):
            return row
    raise AwsError("ResourceNotFoundException", f"{title} {arn or name} does not exist.")


def _token(call: Call, row: dict[str, Any]) -> None:
    """InvalidTokenException for a token that is not the last one; a new token after each change."""
    given = call.parameters.get("UpdateToken")
    if given is not None and given != row["token"]:
        raise AwsError("InvalidTokenException", "Update token is not the current one.")
    row["token"] = str(uuid.uuid4())


# rule groups and policies


def _response(row: Mapping[str, Any], title: str) -> dict[str, Any]:
    found = {
        f"{title}Arn": row["arn"],
        f"{title}Name": row["name"],
        f"{title}Id": row["id"],
        f"{title}Status": "ACTIVE",
        "Tags": row["tags"],
        "NumberOfAssociations": row.get("associations", 0),
    }
    for name in ("Description", "EncryptionConfiguration", "Type", "Capacity"):
        if name in row["given"]:
            found[name] = row["given"][name]
    return found


def _create(table: str, title: str, kind: Callable[[Call], str]) -> Overlay:
    def create(call: Call, _proceed: Proceed) -> dict[str, Any]:
        given = call.parameters
        name = str(given[f"{title}Name"])
        arn = _arn(call, kind(call), name)
        if arn in call.table(table):
            raise _invalid(f"A resource with the specified name already exists: {name}")
        if title == "RuleGroup" and not ("RuleGroup" in given or "Rules" in given):
            raise _invalid("RuleGroup or Rules must be given.")
        if title == "FirewallPolicy":
            _check_references(call, given["FirewallPolicy"])
        row = {
            "arn": arn,
            "name": name,
            "id": str(uuid.uuid4()),
            "type": given.get("Type"),
            "token": str(uuid.uuid4()),
            "tags": given.get("Tags", []),
            "given": copy.deepcopy(given),
        }
        call.table(table)[arn] = row
        return {"UpdateToken": row["token"], f"{title}Response": _response(row, title)}

    return create


def _references(policy: Mapping[str, Any]) -> list[str]:
    names = ("StatelessRuleGroupReferences", "StatefulRuleGroupReferences")
    return [reference["ResourceArn"] for name in names for reference in policy.get(name) or ()]


def _check_references(call: Call, policy: Mapping[str, Any]) -> None:
    for arn in _references(policy):
        if ":aws-managed:" not in arn and arn not in call.table("rule groups"):
            raise _invalid(f"The rule group {arn} does not exist.")


def _describe(table: str, title: str, body: str) -> Overlay:
    def describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
        row = dict(_find(call, table, title))
        row["associations"] = len(_users(call, table, row["arn"]))
        answer = {"UpdateToken": row["token"], f"{title}Response": _response(row, title)}
        content = row["given"].get(body)
        if content is None and "Rules" in row["given"]:
            content = {"RulesSource": {"RulesString": row["given"]["Rules"]}}
        return {**answer, body: content}

    return describe


def _users(call: Call, table: str, arn: str) -> list[str]:
    """What refers to a rule group or a policy."""
    if table == "rule groups":
        policies = call.table("policies").values()
        return [row["name"] for row in policies if arn in _references(row["given"]["FirewallPolicy"])]
    return [
        row["name"] for row in call.table("firewalls").values() if row["firewall"]["FirewallPolicyArn"] == arn
    ]


def _delete(table: str, title: str) -> Overlay:
    def delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
        row = _find(call, table, title)
        users = _users(call, table, row["arn"])
        if users:
            message = f"Unable to delete the object because it is still in use: {users[0]}"
            raise AwsError("InvalidOperationException", message)
        del call.table(table)[row["arn"]]
        return {f"{title}Response": {**_response(row, title), f"{title}Status": "DELETING"}}

    return delete


def _update(table: str, title: str, body: str) -> Overlay:
    def update(call: Call, _proceed: Proceed) -> dict[str, Any]:
        row = _find(call, table, title)
        if title == "FirewallPolicy":
            _check_references(call, call.parameters["FirewallPolicy"])
        _token(call, row)
        for name in (body, "Rules", "Description", "EncryptionConfiguration"):
            if name in call.parameters:
                row["given"][name] = copy.deepcopy(call.parameters[name])
        return {"UpdateToken": row["token"], f"{title}Response": _response(row, title)}

    return update


def _list(table: str, member: str) -> Overlay:
    def rows(call: Call, _proceed: Proceed) -> dict[str, Any]:
        kind = call.parameters.get("Type")
        found = [row for row in call.table(table).values() if kind in (None, row.get("type"))]
        return {member: [{"Name": row["name"], "Arn": row["arn"]} for row in found]}

    return rows


# firewalls


def _firewall(call: Call) -> dict[str, Any]:
    return _find(call, "firewalls", "Firewall")


def _create_firewall(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    name = str(given["FirewallName"])
    arn = _arn(call, "firewall", name)
    if arn in call.table("firewalls"):
        raise _invalid(f"A resource with the specified name already exists: {name}")
    if given["FirewallPolicyArn"] not in call.table("policies"):
        raise _invalid(f"The firewall policy {given['FirewallPolicyArn']} does not exist.")
    row = {
        "arn": arn,
        "name": name,
        "token": str(uuid.uuid4()),
        "firewall": {
            "FirewallArn": arn,
            "FirewallId": str(uuid.uuid4()),
            "DeleteProtection": False,
            "SubnetChangeProtection": False,
            "FirewallPolicyChangeProtection": False,
            **copy.deepcopy(given),
        },
        "endpoints": {},
        "logging": None,
    }
    call.table("firewalls")[arn] = row
    return {"Firewall": row["firewall"], "FirewallStatus": _status(call, row)}


def _status(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """One endpoint in each subnet, by Availability Zone."""
    states: dict[str, Any] = {}
    for mapping in row["firewall"].get("SubnetMappings") or ():
        subnet = mapping["SubnetId"]
        endpoint = row["endpoints"].get(subnet) or _make_endpoint(call, row, subnet)
        states[_zone(call, subnet, len(states))] = {
            "Attachment": {"SubnetId": subnet, "EndpointId": endpoint, "Status": "READY"},
            "Config": {},
        }
    return {"Status": "READY", "ConfigurationSyncStateSummary": "IN_SYNC", "SyncStates": states}


def _make_endpoint(call: Call, row: dict[str, Any], subnet: str) -> str:
    """The firewall's endpoint in a subnet: a VPC endpoint that Network Firewall makes and manages, to which
    routes lead (Network Firewall guide, "Firewalls and firewall endpoints")."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    call.load("ec2")
    backend = ec2_backends[call.account][call.region]
    known = any(subnet in zones for zones in backend.subnets.values())
    identifier = f"vpce-{uuid.uuid4().hex[:17]}"
    if known:
        endpoint = backend.create_vpc_endpoint(
            vpc_id=row["firewall"]["VpcId"],
            service_name=f"com.amazonaws.vpce.{call.region}.vpce-svc-{row['firewall']['FirewallId'][-12:]}",
            endpoint_type="GatewayLoadBalancer",
            policy_document=None,
            route_table_ids=[],
            subnet_ids=[subnet],
            tags={"AWSNetworkFirewallManaged": "true", "Firewall": row["arn"]},
        )
        endpoint.vpc_endpoint_type = "GatewayLoadBalancer"
        endpoint.requester_managed = True
        identifier = str(endpoint.id)
    row["endpoints"][subnet] = identifier
    return identifier


def _drop_endpoints(call: Call, row: dict[str, Any], subnets: Iterable[str]) -> None:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    call.load("ec2")
    for subnet in list(subnets):
        identifier = row["endpoints"].pop(subnet, None)
        ec2_backends[call.account][call.region].vpc_end_points.pop(identifier, None)


def _zone(call: Call, subnet: str, index: int) -> str:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    for zones in ec2_backends[call.account][call.region].subnets.values():
        if subnet in zones:
            return str(zones[subnet].availability_zone)
    return f"{call.region}{'abcdef'[index % 6]}"


def _describe_firewall(call: Call, _proceed: Proceed) -> dict[str, Any]:
    row = _firewall(call)
    return {"UpdateToken": row["token"], "Firewall": row["firewall"], "FirewallStatus": _status(call, row)}


def _delete_firewall(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """InvalidOperationException while delete protection is on."""
    row = _firewall(call)
    if row["firewall"]["DeleteProtection"]:
        raise AwsError("InvalidOperationException", "Unable to delete: delete protection is enabled.")
    del call.table("firewalls")[row["arn"]]
    status = {**_status(call, row), "Status": "DELETING"}
    _drop_endpoints(call, row, row["endpoints"])
    return {"Firewall": row["firewall"], "FirewallStatus": status}


def _protect(member: str) -> Overlay:
    def protect(call: Call, _proceed: Proceed) -> dict[str, Any]:
        row = _firewall(call)
        _token(call, row)
        row["firewall"][member] = call.parameters[member]
        names = {"FirewallArn": row["arn"], "FirewallName": row["name"]}
        return {**names, member: call.parameters[member], "UpdateToken": row["token"]}

    return protect


def _associate_policy(call: Call, _proceed: Proceed) -> dict[str, Any]:
    row = _firewall(call)
    if row["firewall"]["FirewallPolicyChangeProtection"]:
        raise AwsError("InvalidOperationException", "Unable to change: policy change protection is enabled.")
    if call.parameters["FirewallPolicyArn"] not in call.table("policies"):
        raise _invalid(f"The firewall policy {call.parameters['FirewallPolicyArn']} does not exist.")
    _token(call, row)
    row["firewall"]["FirewallPolicyArn"] = call.parameters["FirewallPolicyArn"]
    names = {"FirewallArn": row["arn"], "FirewallName": row["name"]}
    return {**names, "FirewallPolicyArn": row["firewall"]["FirewallPolicyArn"], "UpdateToken": row["token"]}


def _subnets(add: bool) -> Overlay:
    def change(call: Call, _proceed: Proceed) -> dict[str, Any]:
        row = _firewall(call)
        if row["firewall"]["SubnetChangeProtection"]:
            raise AwsError(
                "InvalidOperationException", "Unable to change: subnet change protection is enabled."
            )
        _token(call, row)
        mappings = row["firewall"].setdefault("SubnetMappings", [])
        if add:
            known = {mapping["SubnetId"] for mapping in mappings}
            mappings += [m for m in call.parameters["SubnetMappings"] if m["SubnetId"] not in known]
        else:
            gone = set(call.parameters["SubnetIds"])
            row["firewall"]["SubnetMappings"] = [m for m in mappings if m["SubnetId"] not in gone]
            _drop_endpoints(call, row, gone)
        names = {"FirewallArn": row["arn"], "FirewallName": row["name"], "UpdateToken": row["token"]}
        return {**names, "SubnetMappings": row["firewall"]["SubnetMappings"]}

    return change


def _update_logging(call: Call, _proceed: Proceed) -> dict[str, Any]:
    row = _firewall(call)
    row["logging"] = copy.deepcopy(call.parameters.get("LoggingConfiguration"))
    return {"FirewallArn": row["arn"], "FirewallName": row["name"], "LoggingConfiguration": row["logging"]}


def _describe_logging(call: Call, _proceed: Proceed) -> dict[str, Any]:
    row = _firewall(call)
    found = {"FirewallArn": row["arn"]}
    return found if row["logging"] is None else {**found, "LoggingConfiguration": row["logging"]}


def _list_firewalls(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("VpcIds")
    rows = [
        row for row in call.table("firewalls").values() if not wanted or row["firewall"]["VpcId"] in wanted
    ]
    return {"Firewalls": [{"FirewallName": row["name"], "FirewallArn": row["arn"]} for row in rows]}


_RULE_GROUP = ("rule groups", "RuleGroup")
_POLICY = ("policies", "FirewallPolicy")

OVERLAYS: Mapping[str, Overlay] = {
    "AssociateFirewallPolicy": _associate_policy,
    "AssociateSubnets": _subnets(True),
    "CreateFirewall": _create_firewall,
    "CreateFirewallPolicy": _create(*_POLICY, lambda _call: "firewall-policy"),
    "CreateRuleGroup": _create(
        *_RULE_GROUP, lambda call: f"{str(call.parameters.get('Type', 'STATEFUL')).lower()}-rulegroup"
    ),
    "DeleteFirewall": _delete_firewall,
    "DeleteFirewallPolicy": _delete(*_POLICY),
    "DeleteRuleGroup": _delete(*_RULE_GROUP),
    "DescribeFirewall": _describe_firewall,
    "DescribeFirewallPolicy": _describe(*_POLICY, "FirewallPolicy"),
    "DescribeLoggingConfiguration": _describe_logging,
    "DescribeRuleGroup": _describe(*_RULE_GROUP, "RuleGroup"),
    "DisassociateSubnets": _subnets(False),
    "ListFirewallPolicies": _list("policies", "FirewallPolicies"),
    "ListFirewalls": _list_firewalls,
    "ListRuleGroups": _list("rule groups", "RuleGroups"),
    "UpdateFirewallDeleteProtection": _protect("DeleteProtection"),
    "UpdateFirewallPolicy": _update(*_POLICY, "FirewallPolicy"),
    "UpdateFirewallPolicyChangeProtection": _protect("FirewallPolicyChangeProtection"),
    "UpdateLoggingConfiguration": _update_logging,
    "UpdateRuleGroup": _update(*_RULE_GROUP, "RuleGroup"),
    "UpdateSubnetChangeProtection": _protect("SubnetChangeProtection"),
}
