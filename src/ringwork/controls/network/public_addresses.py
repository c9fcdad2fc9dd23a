"""NET-07: no subnet of an ML VPC hands out public addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Network

from ringwork.controls.control import Control, Outcome, each, proved, reading, violated
from ringwork.controls.network.rules import Block
from ringwork.controls.scope import SCOPE_READS, ml_subnets
from ringwork.controls.values import block, truth
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

UNIQUE_LOCAL = IPv6Network("fc00::/7")
"""Not routed on the internet (RFC 4193; VPC User Guide, "Private IPv6 addresses")."""


def _is_private(addresses: Block | None) -> bool:
    return isinstance(addresses, IPv6Network) and addresses.subnet_of(UNIQUE_LOCAL)


def check(estate: Estate) -> Iterator[Outcome]:
    def decide(subnet: Resource) -> Iterator[Outcome]:
        if truth(subnet, "MapPublicIpOnLaunch"):
            message = "gives each new interface a public IPv4 address"
            yield violated(subnet, message, "MapPublicIpOnLaunch", evidence=("MapPublicIpOnLaunch: true",))
            return
        for name in ("AssignIpv6AddressOnCreation", "Ipv6Native"):
            if truth(subnet, name) and not _is_private(block(estate, subnet, "Ipv6CidrBlock")):
                message = "gives each new interface an IPv6 address, and those are public"
                yield violated(subnet, message, name, evidence=(f"{name}: true",))
                return
        yield proved(subnet, "gives no public address", "MapPublicIpOnLaunch")

    yield from each(ml_subnets(estate), decide)


CONTROL = Control(
    id="NET-07",
    title="No subnet of an ML VPC hands out public addresses",
    severity=Severity.HIGH,
    layer="network",
    scope="resource",
    why="An instance with a public address is one route and one rule away from the internet.",
    remediation=(
        "Set `MapPublicIpOnLaunch: false` and `AssignIpv6AddressOnCreation: false` "
        "(`ec2:ModifySubnetAttribute`)"
    ),
    sources=(
        "Prowler vpc_subnet_no_public_ip_by_default",
        "AWS Security Hub EC2.15",
        "Checkov CKV_AWS_130",
        "Trivy AWS-0164",
        "Mondoo cnspec vpc-subnet-no-auto-assign-public-ip",
    ),
    reads=SCOPE_READS
    | reading(
        "AWS::EC2::Subnet",
        *("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "Ipv6Native", "Ipv6CidrBlock"),
    ),
    check=check,
)
