"""CIDR blocks are well-formed, aligned, inside their VPC, and do not overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from ringwork.architecture.check.problem import Path, Problem
from ringwork.architecture.check.scope import Scope
from ringwork.estate.stack import Stack

Network = IPv4Network | IPv6Network
Owner = tuple[Stack, str]

_PLACES: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::VPC": ("CidrBlock",),
    "AWS::EC2::VPCCidrBlock": ("CidrBlock",),
    "AWS::EC2::Subnet": ("CidrBlock", "Ipv6CidrBlock"),
    "AWS::EC2::Route": ("DestinationCidrBlock", "DestinationIpv6CidrBlock"),
    "AWS::EC2::NetworkAclEntry": ("CidrBlock", "Ipv6CidrBlock"),
    "AWS::EC2::SecurityGroupIngress": ("CidrIp", "CidrIpv6"),
    "AWS::EC2::SecurityGroupEgress": ("CidrIp", "CidrIpv6"),
    "AWS::EC2::TransitGatewayRoute": ("DestinationCidrBlock",),
}
"""Properties that hold a CIDR block, by type; a security group's inline rules besides."""
_INLINE = {"SecurityGroupIngress": ("CidrIp", "CidrIpv6"), "SecurityGroupEgress": ("CidrIp", "CidrIpv6")}


def addresses(scope: Scope) -> Iterator[Problem]:
    """VPC User Guide, *VPC CIDR blocks* and *Subnet CIDR blocks*."""
    vpcs: dict[tuple[str, str], list[IPv4Network]] = defaultdict(list)
    subnets: list[tuple[Owner, tuple[str, str], Network]] = []
    for stack, logical, resource, properties in scope.resources(*_PLACES, "AWS::EC2::SecurityGroup"):
        type = resource["Type"]
        for path, value in _values(type, properties):
            text = scope.concrete(stack, value)
            if not isinstance(text, str):
                continue
            network, problem = _parsed(stack, logical, path, text)
            if problem is not None:
                yield problem
            if network is None:
                continue
            if type in ("AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock", "AWS::EC2::Subnet"):
                if isinstance(network, IPv4Network) and not 16 <= network.prefixlen <= 28:
                    yield Problem(
                        stack.id, logical, path, f"`{text}` must have a prefix length of /16 to /28"
                    )
                if type == "AWS::EC2::Subnet":
                    vpc = scope.target(stack, properties.get("VpcId"))
                    if vpc is not None:
                        subnets.append(((stack, logical), vpc.key, network))
                elif isinstance(network, IPv4Network):
                    vpc = scope.target(stack, properties.get("VpcId"))
                    key = (stack.id, logical) if type == "AWS::EC2::VPC" else vpc.key if vpc else None
                    if key is not None:
                        vpcs[key].append(network)
    yield from _subnets(vpcs, subnets)
    yield from _overlaps(
        sorted(
            (
                (network, scope.by_id[stack], logical)
                for (stack, logical), blocks in vpcs.items()
                for network in blocks
            ),
            key=lambda entry: (entry[0], entry[1].id, entry[2]),
        ),
        "VPC",
    )


def _values(type: str, properties: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name in _PLACES.get(type, ()):
        if name in properties:
            yield ("Properties", name), properties[name]
    if type == "AWS::EC2::SecurityGroup":
        for direction, names in _INLINE.items():
            rules = properties.get(direction, ())
            for index, rule in enumerate(rules if isinstance(rules, list | tuple) else ()):
                for name in names:
                    if isinstance(rule, Mapping) and name in rule:
                        yield ("Properties", direction, index, name), rule[name]


def _parsed(stack: Stack, logical: str, path: Path, text: str) -> tuple[Network | None, Problem | None]:
    try:
        network, address = _read(text)
    except ValueError:
        return None, Problem(
            stack.id, logical, path, f"`{text}` is no CIDR block", help="write `10.0.0.0/24`"
        )
    if "/" not in text:
        return network, Problem(
            stack.id, logical, path, f"`{text}` has no prefix length", help=f"write `{network}`"
        )
    if network.network_address != address:
        return network, Problem(
            stack.id,
            logical,
            path,
            f"`{text}` has bits set beyond its prefix",
            help=f"write `{network}`: EC2 would refuse it or change it to that",
        )
    return network, None


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Network, IPv4Address | IPv6Address]:
    """The block, and the address written before its prefix. Most blocks stand in many rules."""
    return ip_network(text, strict=False), ip_address(text.split("/", maxsplit=1)[0])


def _subnets(
    vpcs: Mapping[tuple[str, str], list[IPv4Network]],
    subnets: list[tuple[Owner, tuple[str, str], Network]],
) -> Iterator[Problem]:
    by_vpc: dict[tuple[tuple[str, str], int], list[tuple[Network, Stack, str]]] = defaultdict(list)
    for (stack, logical), vpc, network in subnets:
        blocks = vpcs.get(vpc, [])
        if (
            isinstance(network, IPv4Network)
            and blocks
            and not any(network.subnet_of(block) for block in blocks)
        ):
            listed = ", ".join(f"`{block}`" for block in blocks)
            yield Problem(
                stack.id,
                logical,
                ("Properties", "CidrBlock"),
                f"`{network}` lies outside its VPC's {listed}",
            )
        by_vpc[vpc, network.version].append((network, stack, logical))
    for entries in by_vpc.values():
        yield from _overlaps(
            sorted(entries, key=lambda entry: (entry[0].network_address, entry[0].prefixlen, entry[2])),
            "subnet",
        )


def _overlaps(entries: list[tuple[Any, Stack, str]], what: str) -> Iterator[Problem]:
    """Neighbours overlap when the wider one, seen before, reaches over the next."""
    widest = entries[:1]
    for entry in entries[1:]:
        network, stack, logical = entry
        other, other_stack, other_logical = widest[0]
        if network.overlaps(other):
            place = other_logical if other_stack.id == stack.id else f"{other_stack.id}/{other_logical}"
            yield Problem(
                stack.id,
                logical,
                ("Properties", "CidrBlock"),
                f"`{network}` overlaps {what} `{place}` (`{other}`)",
            )
        if network.broadcast_address > other.broadcast_address:
            widest = [entry]
