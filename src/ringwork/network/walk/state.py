"""A packet on its way: where it is, what it met, and what stateful things will remember of it.

Every step takes a state and gives those that may come next. Nothing here knows AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ringwork.network.addresses import Address
from ringwork.network.model import Place, Target
from ringwork.network.packets import Packet
from ringwork.network.walk.answer import Hop, Outcome, Walk

Flow = tuple[int, Address, Address, int | None, int | None]
"""Protocol, source, destination and their ports: what a stateful thing knows a connection by"""

APART = "apart"
"""in `State.crossed`: an attachment without references to groups, a peering of gateways, PrivateLink"""


def flow(packet: Packet) -> Flow:
    return (
        packet.protocol,
        packet.source,
        packet.destination,
        packet.source_port,
        packet.destination_port,
    )


# --- where a packet can be


@dataclass(frozen=True, slots=True)
class Sending:
    """About to leave an interface."""

    interface: str
    own: bool = True
    """False: passed on for another, so its source address is not the interface's"""
    connected: bool = False
    """an answer that leaves by the connection it belongs to"""


@dataclass(frozen=True, slots=True)
class Routing:
    """About to be looked up in a VPC's route table."""

    table: str
    edge: bool = False
    """a gateway's own table"""


@dataclass(frozen=True, slots=True)
class Local:
    """Bound for an address of the VPC that it is in."""


@dataclass(frozen=True, slots=True)
class Toward:
    """On a route to a target, still in its subnet."""

    target: Target
    place: Place | None


@dataclass(frozen=True, slots=True)
class Gate:
    """At a gateway, out of the subnet."""

    target: Target


@dataclass(frozen=True, slots=True)
class Reaching:
    """At an interface's door."""

    interface: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Admitted to an interface that has its destination address."""

    interface: str
    private_link: str = ""
    """the endpoint's interface that it came through"""
    came: Address | None = None
    """with it: the endpoint's address that the client called"""


@dataclass(frozen=True, slots=True)
class Carried:
    """Admitted to an interface for another destination."""

    interface: str


@dataclass(frozen=True, slots=True)
class InTransit:
    """Inside a Transit Gateway, come from an attachment."""

    attachment: str


@dataclass(frozen=True, slots=True)
class Online:
    """On the internet."""

    outside: bool
    """it began there"""


@dataclass(frozen=True, slots=True)
class Abroad:
    """In a network that is not AWS's, about to enter AWS."""

    external: str


@dataclass(frozen=True, slots=True)
class Linked:
    """Coming out of PrivateLink."""

    interface: str
    """the provider's load balancer's"""
    endpoint: str
    """the consumer's endpoint's"""
    balancer: str


@dataclass(frozen=True, slots=True)
class Answering:
    """An AWS service, about to answer a request from a VPC."""

    vpc: str
    filtered: bool
    """the subnet's network ACL sees the answer"""


@dataclass(frozen=True, slots=True)
class Returning:
    """At a component that rewrote the request, which knows it again."""

    session: Session


At = (
    Sending
    | Routing
    | Local
    | Toward
    | Gate
    | Reaching
    | Arrived
    | Carried
    | InTransit
    | Online
    | Abroad
    | Linked
    | Answering
    | Returning
)


@dataclass(frozen=True, slots=True)
class Session:
    """A connection that something rewrote on its way, and will rewrite back."""

    component: str
    """the interface that did"""
    after: Flow
    """as the request left it"""
    before: Packet
    """as the request came to it"""
    resume: At
    """from where the answer goes on"""
    hidden: str = ""
    """the interface of a target that saw the client's own address: its answers go back by the session"""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a request leaves behind in the things that it passed."""

    tracked: frozenset[tuple[str, Flow]] = frozenset()
    """component and flow"""
    sessions: tuple[Session, ...] = ()
    assumed: frozenset[tuple[str, Address]] = frozenset()
    """interface without an address yet, and the one that it is taken to have"""
    subnets: frozenset[tuple[str, str]] = frozenset()
    """attachment in appliance mode, and the subnet that it chose for the connection"""

    def knows(self, component: str, reply: Packet) -> bool:
        """Whether `reply` answers what `component` saw."""
        return (component, flow(reply.reply())) in self.tracked

    def session(self, component: str, reply: Packet) -> Session | None:
        wanted = flow(reply.reply())
        for session in self.sessions:
            if session.component == component and session.after == wanted:
                return session
        return None

    def hidden(self, interface: str, reply: Packet) -> Session | None:
        wanted = flow(reply.reply())
        for session in self.sessions:
            if session.hidden == interface and session.after == wanted:
                return session
        return None


@dataclass(frozen=True, slots=True)
class Ended:
    """A walk that is over."""

    walk: Walk
    memory: Memory
    answer: At | None
    """where a reply would start"""


@dataclass(frozen=True, slots=True)
class State:
    packet: Packet
    at: At
    vpc: str | None = None
    subnet: str | None = None
    """the subnet it is in; None while in none"""
    zone: str | None = None
    """the zone it last was in, which a Transit Gateway keeps to"""
    guest: str = ""
    """key of the gateway that it came into this VPC by; empty: it began here"""
    sender: str | None = None
    """the interface that sent it with its own private address, and nothing rewrote or passed it on since"""
    crossed: tuple[str, ...] = ()
    """peerings and Transit Gateways since then; `APART` for what no reference to a group gets over"""
    balancer: str | None = None
    """a load balancer's interface that passed it on with the client's address"""
    referenced: bool = False
    """it left its sender by a rule that names a group"""
    certain: bool = True
    memory: Memory = field(default_factory=Memory)
    """what this walk leaves behind"""
    recall: Memory | None = None
    """what the request left behind, if this is an answer"""
    hosts: frozenset[tuple[str, Address]] = frozenset()
    """VPC and address of undisclosed hosts that take part"""
    hops: tuple[Hop, ...] = ()
    seen: frozenset[tuple[At, Packet, str | None, str | None]] = frozenset()

    def to(self, at: At, **changes: Any) -> State:
        return replace(self, at=at, **changes)

    def met(
        self,
        component: str,
        control: str,
        place: Place | None,
        passed: bool | None,
        why: str,
        packet: Packet | None = None,
    ) -> State:
        """It went on past `component`, as `packet` if that rewrote it."""
        after = packet or self.packet
        hop = Hop(component, control, place, passed, self.packet, after, why)
        return replace(
            self, hops=(*self.hops, hop), packet=after, certain=self.certain and passed is not None
        )

    def remember(self, component: str) -> State:
        """`component` tracks this connection."""
        tracked = self.memory.tracked | {(component, flow(self.packet))}
        return replace(self, memory=replace(self.memory, tracked=tracked))

    def recalled(self, component: str) -> bool:
        """Whether `component` tracks the connection that this packet answers."""
        return self.recall is not None and self.recall.knows(component, self.packet)

    def assumes(self, interface: str, address: Address) -> bool:
        """Whether an interface is taken to have an address, in this walk or the one that it answers."""
        found = self.memory.assumed | (self.recall.assumed if self.recall else frozenset())
        return (interface, address) in found

    def opened(self, session: Session) -> State:
        return replace(self, memory=replace(self.memory, sessions=(*self.memory.sessions, session)))

    def dropped(self, component: str, control: str, place: Place | None, why: str) -> Ended:
        hop = Hop(component, control, place, False, self.packet, None, why)
        return Ended(Walk(Outcome.DROPPED, (*self.hops, hop), "", self.packet), self.memory, None)

    def delivered(self, arrived: str, answer: At | None) -> Ended:
        outcome = Outcome.DELIVERED if self.certain else Outcome.UNKNOWN
        return Ended(Walk(outcome, self.hops, arrived, self.packet), self.memory, answer)

    def unknown(self, component: str, control: str, place: Place | None, why: str) -> Ended:
        """It cannot be said where it goes from here."""
        hop = Hop(component, control, place, None, self.packet, None, why)
        return Ended(Walk(Outcome.UNKNOWN, (*self.hops, hop), "", self.packet), self.memory, None)


Step = Iterator[State | Ended]
"""What may come next"""
Rule = Callable[[Any, State, Any], Step]
