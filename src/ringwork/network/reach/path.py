"""A path: what a packet meets on one way to one address, and where that ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Sender(Enum):
    """Whose address a packet bears, where it is not one of a device on the way."""

    OWN = "own"
    """the private address of who sent it (or IPv6)"""
    PUBLIC = "public"
    """the public address that the sender's private one has at the internet gateway"""


Bearer = Sender | int
"""`Sender`, or the address atom of a device that put its own"""


class What(Enum):
    ACL_EGRESS = "network ACL egress"
    ACL_INGRESS = "network ACL ingress"
    GROUP_EGRESS = "security group egress"
    GROUP_INGRESS = "security group ingress"
    FIREWALL = "firewall policy"
    PROTOCOLS = "protocols"
    """TCP, UDP and ICMP: what a NAT gateway carries"""
    PUBLIC_ADDRESS = "public address"
    """the sender has a public address"""
    SERVICE = "service"
    """one of `ANSWERED`, which answers on its ports alone"""


@dataclass(frozen=True, slots=True)
class Check:
    """One control on a path. `key` is the ACL's, the interface's whose groups are asked, the policy's."""

    what: What
    key: str
    source: Bearer
    destination: int
    near: Near
    """how the sender was joined to what the packet had come to"""


class End(Enum):
    HOST = "host"
    """an interface in a subnet, with the address"""
    INTERNET = "internet"
    EXTERNAL = "external"
    SERVICE = "service"
    """an AWS service: through a gateway endpoint, or one of the addresses that no filter sees"""
    UNKNOWN = "unknown"
    """something that is not modelled took the packet"""


class Near(Enum):
    """How sender and receiver are joined, which decides whether security groups may name each other."""

    VPC = "vpc"
    PEERING = "peering"
    TRANSIT = "transit"
    PERHAPS = "perhaps"
    """through Transit Gateways more than once: it is not documented whether groups may be named"""
    APART = "apart"
    """through a device, a public address, another Region: never"""


@dataclass(frozen=True, slots=True)
class Path:
    checks: tuple[Check, ...]
    end: End
    where: str
    """key of the subnet, the external network, the endpoint or service, what is not modelled"""
    source: Bearer
    destination: int
    sent_to: int
    """the address that was sent to: the public one, where an internet gateway put the private one"""
    near: Near
    certain: bool
    """False: forwarding hangs on something that is not known"""
    through: tuple[str, ...]
    """keys of what forwarded it, in order"""
    branch: tuple[tuple[int, int], ...] = ()
    """where AWS or the sender chooses among several ways: which one this is, of how many"""


@dataclass(frozen=True, slots=True)
class State:
    """A packet on its way."""

    source: Bearer
    destination: int
    sent_to: int
    checks: tuple[Check, ...] = ()
    near: Near = Near.VPC
    origin: str = ""
    """key of the sender's subnet, while it bears an address of the sender's"""
    guest: str = ""
    """how it came into the VPC that it is in, unless it began there: `tgw`, `vpn`, `igw`"""
    certain: bool = True
    through: tuple[str, ...] = ()
    branch: tuple[tuple[int, int], ...] = ()
    seen: frozenset[tuple[str, int]] = frozenset()
    """tables and the addresses that they were asked for"""

    def check(self, what: What, key: str | None, *, destination: int | None = None) -> State:
        if key is None:
            return self
        to = self.destination if destination is None else destination
        return replace(self, checks=(*self.checks, Check(what, key, self.source, to, self.near)))

    def at(self, key: str) -> State:
        return replace(self, through=(*self.through, key))

    def look_up(self, table: str) -> State:
        return replace(self.at(table), seen=self.seen | {(table, self.destination)})

    def looked_up(self, table: str) -> bool:
        """Whether the table was asked before for the same address: the packet goes in circles."""
        return (table, self.destination) in self.seen

    def chosen(self, number: int, count: int) -> State:
        return self if count == 1 else replace(self, branch=(*self.branch, (number, count)))

    def doubted(self) -> State:
        return replace(self, certain=False)


def ended(state: State, end: End, where: str) -> Path:
    """The path of a packet that has come to its end."""
    return Path(
        state.checks,
        end,
        where,
        state.source,
        state.destination,
        state.sent_to,
        state.near,
        state.certain and end is not End.UNKNOWN,
        state.through,
        state.branch,
    )
