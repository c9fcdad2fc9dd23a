"""What is asked of the walker, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ringwork.network.model import Place
from ringwork.network.packets import Packet


class Outcome(Enum):
    DELIVERED = "delivered"
    DROPPED = "dropped"
    UNKNOWN = "unknown"
    """it may be delivered to `Walk.arrived`, or dropped"""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a packet comes from: exactly one of interface, internet, external and VPC."""

    interface: str | None = None
    """key"""
    internet: bool = False
    """any address of the internet"""
    external: str | None = None
    """key of an external network"""
    vpc: str | None = None
    """something inside a VPC that the estate does not show"""
    subnet: str | None = None
    """with `vpc`: its subnet, where known"""

    def __post_init__(self) -> None:
        given = [self.interface is not None, self.internet, self.external is not None, self.vpc is not None]
        if sum(given) != 1:
            raise ValueError("a start is exactly one of interface, internet, external and vpc")


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that a packet met: a forwarder, or a control that decided."""

    component: str
    """key of interface, subnet, route table, network ACL, security group, gateway, ..."""
    control: str
    """empty, or the control consulted: `security-group ingress`, `route table`, `firewall policy`, ..."""
    place: Place | None
    """the deciding rule"""
    passed: bool | None
    """None: it may or may not have"""
    before: Packet
    after: Packet | None
    """as it went on; None: it did not"""
    why: str


@dataclass(frozen=True, slots=True)
class Walk:
    """One way that a packet may take. Where some hop's `passed` is None the outcome is never DELIVERED."""

    outcome: Outcome
    hops: tuple[Hop, ...]
    arrived: str
    """key of the interface, `internet`, `aws:SERVICE`, key of an external network or of the VPC of an
    undisclosed host; empty if it arrives nowhere"""
    packet: Packet
    """as it arrived, or as it was when dropped"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A packet and the replies to it, which stateful things on its way remember."""

    forward: tuple[Walk, ...]
    back: tuple[Walk, ...]
    """the replies to those of `forward` that were, or may be, delivered: what becomes of each if it is sent;
    empty if none was"""


def verdict(walks: Iterable[Walk]) -> Outcome:
    """Of all that may happen: DELIVERED or DROPPED only where every way ends so."""
    outcomes = {walk.outcome for walk in walks}
    return outcomes.pop() if len(outcomes) == 1 else Outcome.UNKNOWN
