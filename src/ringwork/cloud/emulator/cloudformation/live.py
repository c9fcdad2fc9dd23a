"""The live properties of one resource of a stack, for drift detection.

Collectors give rules, inline policies and attachments as resources of their own. Where a template writes
them inside a group, a role or a policy, they are read here, without those that other resources of a stack
own. (CloudFormation itself reports the latter as drift of the group or role: User Guide, "Detect drift".)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringwork.cloud.collect.declared import OPAQUE, read_declared
from ringwork.cloud.emulator.cloudformation.resources import nested_stacks
from ringwork.cloud.emulator.cloudformation.resources.provider import present
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord

Client = Callable[[str], Any]


def read(stacks: Stacks, stack: StackRecord, record: ResourceRecord) -> dict[str, Any] | None:
    """CloudFormation-shaped properties as they are now; None when the resource is gone."""
    if record.type == nested_stacks.TYPE:
        return _nested_stack(stacks, stack, record)
    client = stacks.clients(stack)
    if record.type in OPAQUE:
        return read_declared(client, record.type, record.properties, stack.account)
    found = stacks.read(client, record.type, str(record.physical), account=stack.account)
    if found is None or record.type not in _INSIDE:
        return found
    with stacks.lock:
        others = [
            other
            for one in stacks.all(stack.account, stack.region)
            if not one.deleted
            for other in one.resources.values()
            if other is not record and other.physical
        ]
    inside = _INSIDE[record.type](client, record, others)
    return {**found, **{name: value for name, value in inside.items() if name in record.properties}}


def _nested_stack(stacks: Stacks, stack: StackRecord, record: ResourceRecord) -> dict[str, Any] | None:
    child = stacks.find(stack.account, stack.region, str(record.physical))
    if child is None:
        return None
    declared = record.properties.get("Parameters", {})
    values = {item["ParameterKey"]: item["ParameterValue"] for item in child.parameters}
    return {
        "Parameters": {key: values[key] for key in declared if key in values},
        "Tags": [{"Key": key, "Value": value} for key, value in child.tags.items()],
        "NotificationARNs": child.settings.get("NotificationARNs", []),
    }


def _rules(client: Client, record: ResourceRecord, others: Sequence[ResourceRecord]) -> dict[str, Any]:
    owned = {other.physical for other in others if other.type.startswith("AWS::EC2::SecurityGroup")}
    pages = (
        client("ec2")
        .get_paginator("describe_security_group_rules")
        .paginate(Filters=[{"Name": "group-id", "Values": [record.physical]}])
    )
    found: dict[str, list[Any]] = {"SecurityGroupIngress": [], "SecurityGroupEgress": []}
    for page in pages:
        for rule in page["SecurityGroupRules"]:
            if rule["SecurityGroupRuleId"] in owned:
                continue
            name = "SecurityGroupEgress" if rule["IsEgress"] else "SecurityGroupIngress"
            shaped = _shape(rule)
            declared = (item for item in record.properties.get(name, ()) if _same_rule(item, shaped))
            found[name].append(next(declared, shaped))
    return found


def _shape(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A described rule as CloudFormation writes it inside a group."""
    side = "Destination" if rule["IsEgress"] else "Source"
    every = rule["IpProtocol"] == "-1"
    return present(
        IpProtocol=rule["IpProtocol"],
        FromPort=None if every else rule.get("FromPort"),
        ToPort=None if every else rule.get("ToPort"),
        CidrIp=rule.get("CidrIpv4"),
        CidrIpv6=rule.get("CidrIpv6"),
        Description=rule.get("Description"),
        **{
            f"{side}PrefixListId": rule.get("PrefixListId"),
            f"{side}SecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
        },
    )


def _same_rule(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    def plain(rule: Mapping[str, Any]) -> dict[str, str]:
        every = str(rule.get("IpProtocol")) == "-1"
        return {
            name: str(value)
            for name, value in rule.items()
            if not (every and name in ("FromPort", "ToPort")) and name != "SourceSecurityGroupOwnerId"
        }

    return plain(left) == plain(right)


def _role(client: Client, record: ResourceRecord, others: Sequence[ResourceRecord]) -> dict[str, Any]:
    iam, role = client("iam"), record.physical
    owned = {other.physical for other in others if other.type == "AWS::IAM::RolePolicy"}
    attached_by = {
        other.physical
        for other in others
        if other.type == "AWS::IAM::ManagedPolicy" and role in other.properties.get("Roles", ())
    } - set(record.properties.get("ManagedPolicyArns", ()))
    inline = [
        name
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=role)
        for name in page["PolicyNames"]
        if f"{name}|{role}" not in owned
    ]
    attached = [
        policy["PolicyArn"]
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
        for policy in page["AttachedPolicies"]
        if policy["PolicyArn"] not in attached_by
    ]
    return {
        "Policies": [
            {
                "PolicyName": name,
                "PolicyDocument": iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"],
            }
            for name in inline
        ],
        "ManagedPolicyArns": attached,
    }


_ENTITIES = {
    "Roles": ("PolicyRoles", "RoleName"),
    "Users": ("PolicyUsers", "UserName"),
    "Groups": ("PolicyGroups", "GroupName"),
}


def _policy(client: Client, record: ResourceRecord, others: Sequence[ResourceRecord]) -> dict[str, Any]:
    attached_by = {
        other.physical for other in others if record.physical in other.properties.get("ManagedPolicyArns", ())
    }
    found: dict[str, list[str]] = {name: [] for name in _ENTITIES}
    pages = client("iam").get_paginator("list_entities_for_policy").paginate(PolicyArn=record.physical)
    for page in pages:
        for name, (key, member) in _ENTITIES.items():
            declared = record.properties.get(name, ())
            found[name].extend(
                item[member]
                for item in page.get(key, ())
                if item[member] in declared or item[member] not in attached_by
            )
    return found


_INSIDE: Mapping[str, Callable[[Client, ResourceRecord, Sequence[ResourceRecord]], dict[str, Any]]] = {
    "AWS::EC2::SecurityGroup": _rules,
    "AWS::IAM::Role": _role,
    "AWS::IAM::ManagedPolicy": _policy,
}
