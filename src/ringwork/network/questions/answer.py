"""What a question about packets is answered: proved, violated with a witness, or unknown with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.findings import Status
from ringwork.network.addresses import Address
from ringwork.network.packets import Packet
from ringwork.network.walk import Start, Walk


@dataclass(frozen=True, slots=True)
class Witness:
    """A concrete packet that flows, as the packet walker confirms it."""

    source: str
    """key of the interface or external network, or `internet`"""
    destination: str
    """key of the interface or external network, `internet`, `aws:SERVICE`"""
    packet: Packet
    start: Start
    forward: Walk
    back: Walk | None
    """the way of the answer; None: a packet of this kind has none, or none comes back"""
    answered: bool
    """whether an answer surely comes back"""
    assumed: tuple[tuple[Address, str], ...] = ()
    """addresses that AWS has yet to choose, and the interfaces that are taken to have them"""


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was decided."""

    pairs: int
    """of classes of interfaces (or a class and the internet, a network, a service)"""
    interfaces: tuple[int, int]
    """at the two ends"""
    traffic: int
    """traffic atoms: kinds of packets that some rule tells apart"""

    def __str__(self) -> str:
        one, other = self.interfaces
        return (
            f"{self.pairs} {'pair' if self.pairs == 1 else 'pairs'} of classes "
            f"({one} and {other} interfaces), {self.traffic} kinds of traffic"
        )


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Why something could not be decided."""

    reason: str
    settle: str
    """what would settle it"""
    key: str = ""
    """the resource that it hangs on"""


@dataclass(frozen=True, slots=True)
class Answer:
    """`proved`: nothing flows. `violated`: something does. `unknown`: it could not be decided."""

    status: Status
    looked: Looked
    witnesses: tuple[Witness, ...] = ()
    """one for each pair of things that something flows between, the first `MOST_WITNESSES` of them"""
    flowing: int = 0
    """pairs of interfaces (or an interface and the internet, ...) between which something may flow"""
    unsettled: tuple[Unsettled, ...] = ()

    @property
    def witness(self) -> Witness | None:
        return self.witnesses[0] if self.witnesses else None


MOST_WITNESSES = 5
"""witnesses that one answer carries"""
