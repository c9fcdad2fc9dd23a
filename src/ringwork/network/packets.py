"""What a filter sees of a packet: a protocol, and ports or ICMP type and code."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringwork.estate.frozen import quick
from ringwork.network.addresses import Address

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
NAMES = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmpv6"}
"""IANA, "Protocol Numbers"; the names that EC2 takes (API reference, IpPermission)"""
NUMBERS = {**{name: number for number, name in NAMES.items()}, "-1": None}


@dataclass(frozen=True, slots=True)
class Packet:
    """A concrete packet, by its headers."""

    source: Address
    destination: Address
    protocol: int
    """IANA number"""
    source_port: int | None = None
    """TCP and UDP: 0 to 65535"""
    destination_port: int | None = None
    icmp_type: int | None = None
    """ICMP and ICMPv6: 0 to 255"""
    icmp_code: int | None = None

    @property
    def has_ports(self) -> bool:
        return self.protocol in (TCP, UDP)

    def reply(self) -> Packet:
        """What an answer to it looks like: ends swapped; an echo request is answered by an echo reply
        (RFC 792, RFC 4443)."""
        answer = {8: 0} if self.protocol == ICMP else {128: 129} if self.protocol == ICMPV6 else {}
        return replace(
            self,
            source=self.destination,
            destination=self.source,
            source_port=self.destination_port,
            destination_port=self.source_port,
            icmp_type=answer.get(self.icmp_type, self.icmp_type) if self.icmp_type is not None else None,
        )

    def __str__(self) -> str:
        name = NAMES.get(self.protocol, f"protocol {self.protocol}")
        if self.has_ports:
            return f"{name} {self.source}:{self.source_port} -> {self.destination}:{self.destination_port}"
        detail = f" type {self.icmp_type} code {self.icmp_code}" if self.icmp_type is not None else ""
        return f"{name}{detail} {self.source} -> {self.destination}"


@quick
@dataclass(frozen=True, slots=True)
class Traffic:
    """What one rule admits or refuses, apart from addresses: a protocol and a range.

    `low` and `high` are destination ports of TCP and UDP, or for ICMP and ICMPv6 the type and the code.
    """

    protocol: int | None = None
    """IANA number; None: all traffic, whatever the range says (EC2 API reference, IpPermission)"""
    low: int | None = None
    """None: any"""
    high: int | None = None

    def matches(self, packet: Packet) -> bool:
        if self.protocol is None:
            return True
        if self.protocol != packet.protocol:
            return False
        if packet.has_ports:
            port = packet.destination_port
            return port is not None and (self.low or 0) <= port <= (65535 if self.high is None else self.high)
        if self.protocol in (ICMP, ICMPV6):
            return self.low in (None, packet.icmp_type) and self.high in (None, packet.icmp_code)
        return True

    def __str__(self) -> str:
        if self.protocol is None:
            return "all traffic"
        name = NAMES.get(self.protocol, f"protocol {self.protocol}")
        if self.low is None and self.high is None:
            return name
        if self.protocol in (ICMP, ICMPV6):
            return f"{name} type {self.low} code {'any' if self.high is None else self.high}"
        return f"{name} {self.low}" if self.low == self.high else f"{name} {self.low}-{self.high}"


ALL = Traffic()
