"""Security groups and network ACLs: one resource for each rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Number, Raw, Rule, Tags
from ringwork.cloud.collect.network import arn, by_filter, ids

GROUPS = Listing("ec2", "DescribeSecurityGroups", "SecurityGroups")
GROUP_RULES = Listing("ec2", "DescribeSecurityGroupRules", "SecurityGroupRules")
ACLS = Listing("ec2", "DescribeNetworkAcls", "NetworkAcls")

LAST_RULE = 32767
"""From here on AWS's own entries: deny everything (VPC User Guide, "Network ACL rules": the rule shown
as `*`). They cannot be changed, and are not collected; IPv6's is 32768."""

SECURITY_GROUP = Kind(
    "AWS::EC2::SecurityGroup",
    GROUPS,
    physical=lambda raw: raw["GroupId"],
    narrow=ids("GroupIds"),
    properties={
        "GroupName": "GroupName",
        "GroupDescription": "Description",
        "VpcId": "VpcId",
        "Tags": Tags(),
    },
    attributes={"GroupId": "GroupId", "Id": "GroupId", "VpcId": "VpcId"},
    arn=arn("security-group", "GroupId"),
)


def _port(name: str) -> Computed:
    """Ports of a rule; the API says -1 where the protocol is -1 and ports have no meaning."""
    return Computed(lambda raw: MISSING if raw["IpProtocol"] == "-1" else raw.get(name, MISSING))


def _other_owner(raw: Raw) -> Any:
    """The referenced group's account, where it is not the rule's own."""
    owner = raw.get("ReferencedGroupInfo", {}).get("UserId")
    return owner if owner and owner != raw.get("GroupOwnerId", owner) else MISSING


_RULE: Mapping[str, Rule] = {
    "GroupId": "GroupId",
    "IpProtocol": "IpProtocol",
    "FromPort": _port("FromPort"),
    "ToPort": _port("ToPort"),
    "CidrIp": "CidrIpv4",
    "CidrIpv6": "CidrIpv6",
    "Description": "Description",
}


def _rules(egress: bool) -> Any:
    return lambda raw: (raw,) if raw["IsEgress"] is egress else ()


SECURITY_GROUP_INGRESS = Kind(
    "AWS::EC2::SecurityGroupIngress",
    GROUP_RULES,
    expand=_rules(egress=False),
    physical=lambda raw: raw["SecurityGroupRuleId"],
    narrow=ids("SecurityGroupRuleIds"),
    properties={
        **_RULE,
        "SourceSecurityGroupId": "ReferencedGroupInfo.GroupId",
        "SourceSecurityGroupOwnerId": Computed(_other_owner),
        "SourcePrefixListId": "PrefixListId",
    },
    attributes={"Id": "SecurityGroupRuleId"},
    arn=arn("security-group-rule", "SecurityGroupRuleId"),
    identity=(
        "GroupId",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "CidrIp",
        "CidrIpv6",
        "SourceSecurityGroupId",
        "SourcePrefixListId",
    ),
)

SECURITY_GROUP_EGRESS = Kind(
    "AWS::EC2::SecurityGroupEgress",
    GROUP_RULES,
    expand=_rules(egress=True),
    physical=lambda raw: raw["SecurityGroupRuleId"],
    narrow=ids("SecurityGroupRuleIds"),
    properties={
        **_RULE,
        "DestinationSecurityGroupId": "ReferencedGroupInfo.GroupId",
        "DestinationPrefixListId": "PrefixListId",
    },
    attributes={"Id": "SecurityGroupRuleId"},
    arn=arn("security-group-rule", "SecurityGroupRuleId"),
    identity=(
        "GroupId",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "CidrIp",
        "CidrIpv6",
        "DestinationSecurityGroupId",
        "DestinationPrefixListId",
    ),
)


def rules_of(group: Raw) -> Iterable[Raw]:
    """The rules of a described group in the shape of DescribeSecurityGroupRules, for recordings made
    before that operation existed. Each source of a permission is one rule, as it is there.

    The rules' ids are not recorded: they get the names `GROUP/ingress/N` and `GROUP/egress/N`.
    """
    for member, direction, egress in (
        ("IpPermissions", "ingress", False),
        ("IpPermissionsEgress", "egress", True),
    ):
        number = 0
        for permission in group.get(member, ()):
            for peer in _peers(permission):
                yield {
                    "SecurityGroupRuleId": f"{group['GroupId']}/{direction}/{number}",
                    "GroupId": group["GroupId"],
                    "GroupOwnerId": group.get("OwnerId", ""),
                    "IsEgress": egress,
                    "IpProtocol": permission["IpProtocol"],
                    "FromPort": permission.get("FromPort", -1),
                    "ToPort": permission.get("ToPort", -1),
                    **peer,
                }
                number += 1


def _peers(permission: Raw) -> Iterable[Raw]:
    for member, source, name in (
        ("IpRanges", "CidrIp", "CidrIpv4"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", "PrefixListId"),
    ):
        for peer in permission.get(member, ()):
            yield {name: peer[source], **_description(peer)}
    for peer in permission.get("UserIdGroupPairs", ()):
        info = {key: peer[key] for key in ("GroupId", "UserId") if peer.get(key)}
        yield {"ReferencedGroupInfo": info, **_description(peer)}


def _description(peer: Raw) -> Raw:
    return {"Description": peer["Description"]} if peer.get("Description") else {}


NETWORK_ACL = Kind(
    "AWS::EC2::NetworkAcl",
    ACLS,
    physical=lambda raw: raw["NetworkAclId"],
    narrow=ids("NetworkAclIds"),
    properties={"VpcId": "VpcId", "Tags": Tags()},
    attributes={"Id": "NetworkAclId", "IsDefault": "IsDefault"},
    arn=arn("network-acl", "NetworkAclId"),
)


def _entries(raw: Raw) -> Iterable[Raw]:
    for entry in raw.get("Entries", ()):
        if entry["RuleNumber"] < LAST_RULE:
            yield {**entry, "NetworkAclId": raw["NetworkAclId"]}


NETWORK_ACL_ENTRY = Kind(
    "AWS::EC2::NetworkAclEntry",
    ACLS,
    expand=_entries,
    # CloudFormation's own id of an entry is an opaque name, hence `identity`.
    physical=lambda raw: f"{raw['NetworkAclId']}|{str(raw['Egress']).lower()}|{raw['RuleNumber']}",
    narrow=lambda physical: {"NetworkAclIds": [physical.split("|")[0]]},
    properties={
        "NetworkAclId": "NetworkAclId",
        "RuleNumber": "RuleNumber",
        "Egress": "Egress",
        "Protocol": Number("Protocol"),
        "RuleAction": "RuleAction",
        "CidrBlock": "CidrBlock",
        "Ipv6CidrBlock": "Ipv6CidrBlock",
        "PortRange": "PortRange",
        "Icmp": "IcmpTypeCode",
    },
    identity=("NetworkAclId", "RuleNumber", "Egress"),
)

SUBNET_NETWORK_ACL_ASSOCIATION = Kind(
    "AWS::EC2::SubnetNetworkAclAssociation",
    ACLS,
    expand=lambda raw: raw.get("Associations", ()),
    physical=lambda raw: raw["NetworkAclAssociationId"],
    narrow=by_filter("association.association-id"),
    properties={"NetworkAclId": "NetworkAclId", "SubnetId": "SubnetId"},
    attributes={"AssociationId": "NetworkAclAssociationId"},
    identity=("SubnetId",),
)

KINDS = (
    SECURITY_GROUP,
    SECURITY_GROUP_INGRESS,
    SECURITY_GROUP_EGRESS,
    NETWORK_ACL,
    NETWORK_ACL_ENTRY,
    SUBNET_NETWORK_ACL_ASSOCIATION,
)
