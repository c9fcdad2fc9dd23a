"""IPv6 beside IPv4: a block of Amazon's for the VPC, cut like the first one, and no way in or out.

A VPC gets a /56 that nobody else has, and each subnet a /64 of it (VPC guide, "VPC CIDR blocks", "Subnet CIDR
blocks"). All its addresses are public, so an interface has one only where somebody asks for it (control
NET-07), and no route leads out, not to an egress-only gateway either: what the blueprint's egress declares
goes by NAT, over IPv4 (control NET-08). Tiers are cut in the IPv4 plan's order: a /62 each, four /64 of which
three are used. What the blocks are is known when the stack is made, so templates compute them.

Interface endpoints and the S3 gateway endpoint stay IPv4: their policies and groups are the same either way,
and a host that has both asks IPv4 names.
"""

from __future__ import annotations

from ringwork.architecture.address import WORKLOAD_TIERS, ZONES, Tier
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref

BLOCK = "Ipv6Block"
ANYWHERE = "::/0"
TIERS = (*WORKLOAD_TIERS, Tier.ENDPOINTS, Tier.EDGE)
"""Those that have a part of the block, in its order. A Transit Gateway passes no IPv6 here."""
_TIER_BITS, _SUBNET_BITS = 66, 64
"""Host bits of a /62 and of a /64 (Fn::Cidr, cidrBits)."""
_SUBNETS = 4
"""in each tier's part; the last is spare"""


def has_ipv6(site: Site) -> bool:
    """Whether we give the VPC a block; one that the blueprint names stays as its owner made it."""
    return site.blueprint.network.ipv6 and site.existing is None


def vpc_block() -> Json:
    """The VPC's /56."""
    return {"Fn::Select": [0, get_att("Vpc", "Ipv6CidrBlocks")]}


def tier_block(tier: Tier) -> Json:
    """A tier's /62."""
    index = TIERS.index(tier)
    return {"Fn::Select": [index, {"Fn::Cidr": [vpc_block(), len(TIERS), _TIER_BITS]}]}


def subnet_blocks(tier: Tier) -> list[Json]:
    """A /64 for each zone; none for a tier that has no part."""
    if tier not in TIERS:
        return []
    first = TIERS.index(tier) * _SUBNETS
    count = len(TIERS) * _SUBNETS
    return [
        {"Fn::Select": [first + zone, {"Fn::Cidr": [vpc_block(), count, _SUBNET_BITS]}]}
        for zone in range(len(ZONES))
    ]


def add_block(template: TemplateBuilder, vpc: str) -> None:
    template.add(
        BLOCK,
        "AWS::EC2::VPCCidrBlock",
        {"VpcId": ref(vpc), "AmazonProvidedIpv6CidrBlock": True},
        Purpose("NET-20", "The blueprint asks for IPv6: Amazon gives a block that no other VPC has"),
    )
