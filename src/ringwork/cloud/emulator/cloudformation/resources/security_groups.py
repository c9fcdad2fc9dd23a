"""AWS::EC2::SecurityGroup and its rules, embedded and as resources of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.ec2 import set_tags, tag_specification
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    added_and_removed,
    is_gone,
    present,
)

ALL_TRAFFIC = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
"""The egress rule that EC2 gives every new group (VPC User Guide, "Security group rules")."""


def _permission(rule: Mapping[str, Any], account: str) -> dict[str, Any]:
    """A rule in CloudFormation's shape as EC2's IpPermission with exactly one peer."""
    permission: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    for name in ("FromPort", "ToPort"):
        if name in rule:
            permission[name] = int(rule[name])
    note = present(Description=rule.get("Description"))
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    prefixes = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if "CidrIp" in rule:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **note}]
    elif "CidrIpv6" in rule:
        permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **note}]
    elif prefixes:
        permission["PrefixListIds"] = [{"PrefixListId": prefixes, **note}]
    elif group:
        owner = rule.get("SourceSecurityGroupOwnerId") or account
        permission["UserIdGroupPairs"] = [{"GroupId": group, "UserId": owner, **note}]
    else:
        raise ValueError("a security group rule must have exactly one source or destination")
    return permission


def _authorize(context: Context, group: str, rule: Mapping[str, Any], *, egress: bool) -> str:
    """Add one rule and return its id; its description too, where the group's rules would lose it."""
    ec2 = context.client("ec2")
    call = ec2.authorize_security_group_egress if egress else ec2.authorize_security_group_ingress
    made = call(GroupId=group, IpPermissions=[_permission(rule, context.account)])["SecurityGroupRules"][0]
    identifier = str(made["SecurityGroupRuleId"])
    if rule.get("Description") and made.get("Description") != rule["Description"]:
        _describe(context, group, identifier, str(rule["Description"]), egress=egress)
    return identifier


def _describe(context: Context, group: str, identifier: str, text: str, *, egress: bool) -> None:
    ec2 = context.client("ec2")
    call = (
        ec2.update_security_group_rule_descriptions_egress
        if egress
        else ec2.update_security_group_rule_descriptions_ingress
    )
    call(
        GroupId=group,
        SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": identifier, "Description": text}],
    )


def _revoke(context: Context, group: str, rules: Iterable[Mapping[str, Any]], *, egress: bool) -> None:
    ec2 = context.client("ec2")
    call = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
    for rule in rules:
        permission = _permission({**rule, "Description": None}, context.account)
        try:
            call(GroupId=group, IpPermissions=[permission])
        except ClientError as error:
            if not is_gone(error):
                raise


def _create_group(context: Context, properties: Properties) -> str:
    group = context.client("ec2").create_security_group(
        GroupName=properties.get("GroupName") or context.name(255),
        Description=properties["GroupDescription"],
        **present(VpcId=properties.get("VpcId")),
        TagSpecifications=tag_specification("security-group", properties),
    )["GroupId"]
    context.made(group)
    return str(group)


def _set_ingress(context: Context, group: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    _revoke(context, group, remove, egress=False)
    for rule in add:
        _authorize(context, group, rule, egress=False)


def _set_egress(context: Context, group: str, change: Change) -> None:
    """AWS::EC2::SecurityGroup reference: the default rule goes only when one or more rules are specified."""
    old = list(change.old or [ALL_TRAFFIC])
    new = list(change.new or [ALL_TRAFFIC])
    _revoke(context, group, [rule for rule in old if rule not in new], egress=True)
    for rule in new:
        if rule not in old:
            _authorize(context, group, rule, egress=True)


def _delete_group(context: Context, group: str, _properties: Properties) -> None:
    context.client("ec2").delete_security_group(GroupId=group)


def _group_attributes(_context: Context, group: str, properties: Properties) -> dict[str, Any]:
    return {"GroupId": group, "Id": group, **present(VpcId=properties.get("VpcId"))}


# -- rules as resources ----------------------------------------------------------------------------------


def _rule(*, egress: bool, peers: Iterable[str]) -> Provider:
    def create(context: Context, properties: Properties) -> str:
        identifier = _authorize(context, properties["GroupId"], properties, egress=egress)
        context.made(identifier)
        return identifier

    def describe(context: Context, identifier: str, change: Change) -> None:
        group = change.properties["GroupId"]
        _describe(context, group, identifier, str(change.new or ""), egress=egress)

    def delete(context: Context, identifier: str, properties: Properties) -> None:
        ec2 = context.client("ec2")
        call = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
        call(GroupId=properties["GroupId"], SecurityGroupRuleIds=[identifier])

    return Provider(
        create=create,
        delete=delete,
        takes=frozenset(
            {"GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "Description", *peers}
        ),
        setters={"Description": describe},
        attributes=lambda _context, identifier, _properties: {"Id": identifier},
    )


PROVIDERS = {
    "AWS::EC2::SecurityGroup": Provider(
        create=_create_group,
        delete=_delete_group,
        takes=frozenset({"GroupName", "GroupDescription", "VpcId", "Tags"}),
        setters={
            "SecurityGroupIngress": _set_ingress,
            "SecurityGroupEgress": _set_egress,
            "Tags": set_tags,
        },
        attributes=_group_attributes,
        named_by="GroupName",
    ),
    "AWS::EC2::SecurityGroupIngress": _rule(
        egress=False, peers=("SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupOwnerId")
    ),
    "AWS::EC2::SecurityGroupEgress": _rule(
        egress=True, peers=("DestinationPrefixListId", "DestinationSecurityGroupId")
    ),
}
