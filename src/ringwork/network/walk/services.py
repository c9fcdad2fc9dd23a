"""What AWS answers within every VPC, and no filter sees.

VPC user guide, "Network ACL basics": network ACLs do not see traffic to the Amazon DNS server, the instance
metadata service, the Time Sync Service and other reserved addresses; "Security group rules": "security
groups cannot block DNS requests to or from the Route 53 Resolver".
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from ringwork.network.addresses import Address, Prefix, parse_address, parse_prefix
from ringwork.network.model import Vpc
from ringwork.network.packets import TCP, UDP, Packet
from ringwork.network.walk.known import Known

LINK_LOCAL = (parse_prefix("169.254.168.0/22"), parse_prefix("fd00:ec2::/32"))
"""VPC user guide, "Route table concepts": packets for these "will not be forwarded", whatever a wider route
says. https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html"""

DNS = frozenset({(UDP, 53), (TCP, 53)})
FIXED: dict[Address, tuple[str, frozenset[tuple[int, int]]]] = {
    parse_address(text): service
    for text, service in (
        ("169.254.169.253", ("aws:dns", DNS)),
        ("fd00:ec2::253", ("aws:dns", DNS)),
        ("169.254.169.254", ("aws:imds", frozenset({(TCP, 80)}))),
        ("fd00:ec2::254", ("aws:imds", frozenset({(TCP, 80)}))),
        ("169.254.169.123", ("aws:time", frozenset({(UDP, 123)}))),
        ("fd00:ec2::123", ("aws:time", frozenset({(UDP, 123)}))),
    )
}
"""VPC user guide, "DNS attributes for your VPC"; EC2 user guide, "Instance metadata", "Amazon Time Sync"."""


def resolver(known: Known, vpc: str) -> Address | None:
    """The Amazon DNS server of a VPC: "the base of the VPC IPv4 network range plus two", of the primary CIDR.
    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html"""
    found = known.model.vpcs.get(vpc)
    return resolver_of(found) if found else None


def resolver_of(vpc: Vpc) -> Address | None:
    first: Prefix | None = next((p for p in vpc.prefixes if p.version == 4), None)
    return Address(4, first.low + 2) if first else None


def service(known: Known, vpc: str, packet: Packet) -> str | None:
    """The service at a packet's destination: its name, empty if nothing answers there; None: no such
    address."""
    asked = (packet.protocol, packet.destination_port)
    if packet.destination == resolver(known, vpc):
        return "aws:dns" if asked in DNS else ""
    fixed = FIXED.get(packet.destination)
    if fixed is not None:
        return fixed[0] if asked in fixed[1] else ""
    return "" if any(prefix.contains(packet.destination) for prefix in LINK_LOCAL) else None
