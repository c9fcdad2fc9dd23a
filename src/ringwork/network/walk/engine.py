"""The walk itself: from state to state until each way has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ringwork.network.addresses import Address
from ringwork.network.model import Model, Via
from ringwork.network.packets import Packet
from ringwork.network.walk import (
    balancers,
    endpoints,
    firewalls,
    interfaces,
    internet,
    nat,
    peering,
    routes,
    services,
    transit,
    vpn,
)
from ringwork.network.walk.answer import Exchange, Outcome, Start, Walk
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import (
    Abroad,
    Answering,
    Arrived,
    At,
    Carried,
    Ended,
    Gate,
    InTransit,
    Linked,
    Local,
    Online,
    Reaching,
    Returning,
    Routing,
    Sending,
    State,
    Step,
    Toward,
)

MOST_STEPS = 20_000
"""of one question; what is left then is unknown"""

STEPS: dict[type[Any], Callable[[Known, State, Any], Step]] = {
    Sending: interfaces.sending,
    Reaching: interfaces.reaching,
    Answering: interfaces.answering,
    Routing: routes.routing,
    Local: routes.local,
    Toward: routes.toward,
    Online: internet.online,
    InTransit: transit.in_transit,
    Abroad: vpn.abroad,
    Linked: endpoints.linked,
    Returning: nat.returning,
}
GATES: dict[Via, Callable[[Known, State, Gate], Step]] = {
    Via.INTERNET_GATEWAY: internet.gateway,
    Via.EGRESS_ONLY_GATEWAY: internet.egress_only,
    Via.PEERING: peering.gate,
    Via.TRANSIT_GATEWAY: transit.gate,
    Via.VPN_GATEWAY: vpn.gate,
    Via.GATEWAY_ENDPOINT: endpoints.gateway,
}
ARRIVALS: dict[str, Callable[[Known, State, Arrived], Step]] = {
    "transit": interfaces.answers_nothing,
    "firewall": interfaces.answers_nothing,
    "nat": nat.arrived,
    "endpoint": endpoints.arrived,
    "load-balancer": balancers.arrived,
}
CARRIERS: dict[str, Callable[[Known, State, Carried], Step]] = {
    "nat": nat.carried,
    "firewall": firewalls.carried,
}


def _step(known: Known, state: State) -> Step:
    at = state.at
    if isinstance(at, Gate):
        return GATES.get(at.target.via, routes.unmodelled)(known, state, at)
    if isinstance(at, Arrived):
        kind = known.model.interfaces[at.interface].kind
        return ARRIVALS.get(kind, interfaces.arrived)(known, state, at)
    if isinstance(at, Carried):
        kind = known.model.interfaces[at.interface].kind
        return CARRIERS.get(kind, interfaces.carried)(known, state, at)
    return STEPS[type(at)](known, state, at)


def _run(known: Known, begin: State | Ended) -> Iterator[Ended]:
    waiting: list[State | Ended] = [begin]
    steps = 0
    while waiting:
        state = waiting.pop()
        if isinstance(state, Ended):
            yield state
            continue
        steps += 1
        here = (state.at, state.packet, state.vpc, state.subnet)
        if here in state.seen:
            yield state.dropped(_where(state.at), "", None, "routing loop: it was here before, unchanged")
            continue
        if steps > MOST_STEPS:
            yield state.unknown(_where(state.at), "", None, "there are too many ways to follow")
            continue
        following = list(_step(known, replace(state, seen=state.seen | {here})))
        waiting.extend(reversed(following))


def _where(at: At) -> str:
    for name in ("interface", "table", "attachment", "external"):
        if hasattr(at, name):
            return str(getattr(at, name))
    return str(at.target.key) if isinstance(at, Gate | Toward) else "internet"


def walk(
    model: Model | Known, packet: Packet, start: Start, holders: Mapping[Address, str] | None = None
) -> tuple[Walk, ...]:
    """All that may happen to a packet: at least one way.

    `holders` says which interface has an address in this question, where the model leaves it open: an
    address in the subnet of an interface that has none yet, or a public address of one that may get one.
    """
    known = _prepared(model, packet, start, holders)
    return tuple(_distinct(ended.walk for ended in _run(known, _begin(known, packet, start))))


def exchange(
    model: Model | Known, packet: Packet, start: Start, holders: Mapping[Address, str] | None = None
) -> Exchange:
    """A packet and the replies to it, where it is or may be delivered."""
    known = _prepared(model, packet, start, holders)
    forward = list(_run(known, _begin(known, packet, start)))
    back: list[Walk] = []
    for ended in forward:
        if ended.answer is None or ended.walk.outcome is Outcome.DROPPED:
            continue
        begin = State(
            ended.walk.packet.reply(), ended.answer, recall=ended.memory, hosts=_hosts(packet, start)
        )
        back += [found.walk for found in _run(known, begin)]
    return Exchange(tuple(_distinct(ended.walk for ended in forward)), tuple(_distinct(back)))


def _distinct(walks: Iterator[Walk] | list[Walk]) -> Iterator[Walk]:
    return iter(dict.fromkeys(walks))


def _prepared(
    model: Model | Known, packet: Packet, start: Start, holders: Mapping[Address, str] | None
) -> Known:
    known = model if isinstance(model, Known) else Known(model)
    held = dict(holders or {})
    interface = known.model.interfaces.get(start.interface or "")
    if start.interface is not None and interface is None:
        raise ValueError(f"`{start.interface}` is not an interface of the model")
    for kind, key, of in (
        ("external network", start.external, known.model.externals),
        ("VPC", start.vpc, known.model.vpcs),
        ("subnet", start.subnet, known.model.subnets),
    ):
        if key is not None and key not in of:
            raise ValueError(f"`{key}` is no {kind} of the model")
    if interface is not None and known.with_holders(held).may_hold(interface, packet.source):
        held[packet.source] = interface.key
    return known.with_holders(held)


def _hosts(packet: Packet, start: Start) -> frozenset[tuple[str, Address]]:
    return frozenset({(start.vpc, packet.source)}) if start.vpc is not None else frozenset()


def _begin(known: Known, packet: Packet, start: Start) -> State | Ended:
    if start.interface is not None:
        return State(packet, Sending(start.interface))
    if start.internet:
        return State(packet, Online(outside=True))
    if start.vpc is not None:
        return _from_host(known, packet, start.vpc, start.subnet)
    return State(packet, Abroad(start.external or ""))


def _from_host(known: Known, packet: Packet, vpc: str, given: str | None) -> State | Ended:
    """From something in a VPC that the estate does not show: what filters it at its interface is not known,
    so nothing does; its subnet's table and network ACL hold, where the subnet is known."""
    found = known.model.subnets.get(given) if given else known.subnet_at(vpc, packet.source)
    state = State(packet, Local(), vpc=vpc, hosts=frozenset({(vpc, packet.source)}))
    name = services.service(known, vpc, packet)
    if name is not None:
        return interfaces.to_service(state, vpc, name)
    if found is None:
        why = "something that the estate does not show sends, from a subnet that it does not show"
        state = state.met(vpc, "", None, None, why)
        if known.in_vpc(vpc, packet.destination):
            return state
        return state.unknown(vpc, "route table", None, "the route table of its subnet is not known")
    state = state.met(vpc, "", None, True, "something that the estate does not show sends")
    return state.to(Routing(found.table), subnet=found.key, zone=found.zone)
