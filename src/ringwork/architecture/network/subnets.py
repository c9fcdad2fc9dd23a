"""The subnets of one tier: a subnet in each zone, their route tables, their network ACL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from ringwork.architecture.address import ZONES, Tier
from ringwork.architecture.names import logical
from ringwork.architecture.network.acls import Entry
from ringwork.architecture.network.ipv6 import BLOCK
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref


def add_subnets(
    template: TemplateBuilder,
    vpc: str,
    label: str,
    tier: Tier,
    cidrs: Sequence[IPv4Network],
    *,
    per_zone: bool = False,
    six: Sequence[Json] = (),
) -> None:
    """`label`: beginning of the subnets' names. `per_zone`: each zone has a route table of its own, because
    its way out is its own. `six`: the subnets' IPv6 blocks, where the VPC has one."""
    name = logical(tier.value)
    if not per_zone:
        _route_table(template, vpc, f"{name}RouteTable", label)
    for index, (zone, cidr) in enumerate(zip(ZONES, cidrs, strict=True)):
        subnet = template.add(
            f"{name}Subnet{zone}",
            "AWS::EC2::Subnet",
            {
                "VpcId": ref(vpc),
                "CidrBlock": str(cidr),
                "AvailabilityZone": {"Fn::Select": [index, {"Fn::GetAZs": ""}]},
                "MapPublicIpOnLaunch": False,
                # IPv6 addresses are public: none is handed out unasked
                **({"Ipv6CidrBlock": six[index], "AssignIpv6AddressOnCreation": False} if six else {}),
            },
            Purpose("NET-07, NET-29", f"The {tier.value} tier in the Region's zone {index + 1}"),
            name=f"{label}-{zone.lower()}",
            tags={"ringwork:tier": tier.value},
            depends_on=(BLOCK,) if six else (),
        )
        table = f"{name}RouteTable{zone}" if per_zone else f"{name}RouteTable"
        if per_zone:
            _route_table(template, vpc, table, f"{label}-{zone.lower()}")
        template.add(
            f"{subnet}RouteTableAssociation",
            "AWS::EC2::SubnetRouteTableAssociation",
            {"SubnetId": ref(subnet), "RouteTableId": ref(table)},
            Purpose("NET-08", "An explicit association: the VPC's main route table is used by nobody"),
        )


def _route_table(template: TemplateBuilder, vpc: str, table: str, label: str) -> None:
    template.add(
        table,
        "AWS::EC2::RouteTable",
        {"VpcId": ref(vpc)},
        Purpose("NET-08", "Routes of one tier only; none but the VPC's own until one is added here"),
        name=label,
    )


def add_acl(
    template: TemplateBuilder,
    vpc: str,
    label: str,
    tier: Tier,
    entries: Iterable[Entry],
    *,
    zones: Sequence[str] = ZONES,
) -> None:
    """The network ACL of the tier's subnets."""
    name = logical(tier.value)
    acl = template.add(
        f"{name}Acl",
        "AWS::EC2::NetworkAcl",
        {"VpcId": ref(vpc)},
        Purpose("NET-10", "A second layer under the security groups, drawn from the same edges by subnet"),
        name=label,
    )
    for entry in entries:
        properties: dict[str, Json] = {
            "NetworkAclId": ref(acl),
            "Egress": entry.egress,
            "RuleNumber": entry.number,
            "RuleAction": "allow" if entry.allow else "deny",
            "Protocol": entry.protocol,
        }
        first_kind = isinstance(entry.cidr, IPv4Network)
        properties["CidrBlock" if first_kind else "Ipv6CidrBlock"] = (
            str(entry.cidr) if first_kind else entry.cidr
        )
        if entry.ports is not None:
            properties["PortRange"] = {"From": entry.ports[0], "To": entry.ports[1]}
        template.add(
            f"{acl}{'Egress' if entry.egress else 'Ingress'}{entry.name}",
            "AWS::EC2::NetworkAclEntry",
            properties,
            Purpose(entry.control, entry.why),
            depends_on=(BLOCK,) if isinstance(entry.cidr, dict) else (),
        )
    for zone in zones:
        template.add(
            f"{name}Subnet{zone}AclAssociation",
            "AWS::EC2::SubnetNetworkAclAssociation",
            {"SubnetId": ref(f"{name}Subnet{zone}"), "NetworkAclId": ref(acl)},
            Purpose("NET-10", "Replaces the VPC's default ACL, which allows everything"),
        )
