"""NET-20: the VPCs of an organization have addresses of their own."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.scope import SCOPE_READS, ml_vpcs
from ringwork.controls.values import block, named, truth
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Compares all blocks of all ML VPCs, also across accounts and Regions, sorted by first address."""
    blocks: list[tuple[int, int, int, Resource, IPv4Network | IPv6Network]] = []
    unread: dict[str, UndecidedError] = {}
    vpcs = {vpc.key: vpc for vpc in ml_vpcs(estate)}
    for resource in (*vpcs.values(), *estate.of_type("AWS::EC2::VPCCidrBlock")):
        try:
            key = resource.key if resource.key in vpcs else named(estate, resource, "VpcId")
            owner = vpcs.get(key or "")
            if owner is None:
                continue
            names = ("CidrBlock",) if resource is owner else ("CidrBlock", "Ipv6CidrBlock")
            if all(resource.properties.get(name) is None for name in names) and not truth(
                resource, "AmazonProvidedIpv6CidrBlock"
            ):
                raise UndecidedError("its addresses are chosen when it is deployed", resource=resource)
            for name in names:
                one = block(estate, resource, name)
                if one is not None:
                    blocks.append((one.version, int(one[0]), int(one[-1]), owner, one))
        except UndecidedError as error:
            unread[resource.key] = error
    clashes = _clashes(blocks)

    def decide(vpc: Resource) -> Iterator[Outcome]:
        if vpc.key in clashes:
            other, evidence = clashes[vpc.key]
            message = f"its addresses overlap those of `{other.name}`"
            yield violated(vpc, message, "CidrBlock", evidence=(evidence,))
            return
        for error in unread.values():
            raise error
        yield proved(vpc, "its addresses overlap no other ML VPC's", "CidrBlock")

    yield from each(vpcs.values(), decide)


def _clashes(
    blocks: list[tuple[int, int, int, Resource, IPv4Network | IPv6Network]],
) -> dict[str, tuple[Resource, str]]:
    """VPC key -> another VPC that it overlaps. CIDR blocks nest or are disjoint, so a sweep finds all."""
    found: dict[str, tuple[Resource, str]] = {}
    widest: tuple[int, int, int, Resource, IPv4Network | IPv6Network] | None = None
    for entry in sorted(blocks, key=lambda entry: (entry[0], entry[1], -entry[2], entry[3].key)):
        if widest is not None and widest[0] == entry[0] and entry[1] <= widest[2]:
            if widest[3].key != entry[3].key:
                evidence = f"{widest[4]} and {entry[4]}"
                found.setdefault(entry[3].key, (widest[3], evidence))
                found.setdefault(widest[3].key, (entry[3], evidence))
        else:
            widest = entry
    return found


CONTROL = Control(
    id="NET-20",
    title="VPCs of ML teams have no addresses in common",
    severity=Severity.MEDIUM,
    layer="network",
    scope="relational",
    why="Where two VPCs share addresses, a rule for one admits the other, and joining them later fails.",
    remediation="Give one of the VPCs another `CidrBlock` (this replaces it); plan blocks before deploying",
    sources=("Ringwork own",),
    reads=SCOPE_READS
    | reading("AWS::EC2::VPC", "CidrBlock")
    | reading("AWS::EC2::VPCCidrBlock", "VpcId", "CidrBlock", "Ipv6CidrBlock", "AmazonProvidedIpv6CidrBlock"),
    check=check,
    across=True,
)
