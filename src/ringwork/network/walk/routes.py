"""VPC route tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ringwork.network.addresses import Address, Prefix
from ringwork.network.model import Interface, Model, Place, Route, RouteTable, Source, Target, Via
from ringwork.network.walk import filters, services
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Ended, Gate, Local, Reaching, Routing, State, Step, Toward


@dataclass(frozen=True, slots=True)
class Choice:
    """One way that a look-up may end."""

    route: Route | None
    """None: nothing matches, or the table cannot say"""
    certain: bool
    why: str


def look_up(table: RouteTable, address: Address, local: Iterable[Prefix] = ()) -> tuple[Choice, ...]:
    """The routes that may be taken: several where two prefix lists tie or a route is not certain.

    VPC user guide, "Route priority": the longest prefix; among equals the local route, static routes, then
    prefix lists, then propagated ones. With prefix lists of overlapping blocks to different targets, "we
    randomly choose which route takes priority". A blackhole drops; nothing falls through to a wider route.
    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    VPN user guide, "VPN route priority": where a propagated route overlaps the local one, "the local route is
    most preferred even if the propagated routes are more specific".
    https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html

    `local` are the VPC's blocks: each has a local route in every table, unless that was given a target.
    """
    if any(prefix.contains(address) for prefix in services.LINK_LOCAL):
        return (Choice(None, True, "link-local addresses of AWS's services are never forwarded"),)
    routes = list(table.routes)
    stated = {route.prefix for route in routes}
    routes += [
        Route(prefix, Target(Via.LOCAL), Source.LOCAL, Place(table.key))
        for prefix in local
        if prefix not in stated
    ]
    matching = [route for route in routes if route.prefix.contains(address)]
    if any(route.target.via is Via.LOCAL for route in matching):
        matching = [route for route in matching if route.source is not Source.PROPAGATED]
    matching.sort(key=_rank)
    choices: list[Choice] = []
    for _, equals in itertools.groupby(matching, key=_rank):
        distinct = {(route.target, route.active, route.certain): route for route in equals}
        tied = len(distinct) > 1
        choices += [Choice(route, route.certain, _why(route, tied)) for route in distinct.values()]
        if any(route.certain for route in distinct.values()):
            break
    else:
        choices.append(Choice(None, True, f"no route for {address}"))
    if table.unknown is not None:
        choices.append(Choice(None, False, f"the table may have other routes: {table.unknown}"))
    return tuple(choices)


def _rank(route: Route) -> tuple[int, int]:
    return -route.prefix.length, route.source.value


def _why(route: Route, tied: bool) -> str:
    kind = {Source.PREFIX_LIST: " by prefix list", Source.PROPAGATED: " (propagated)"}.get(route.source, "")
    target = f"{route.target.via.value} `{route.target.key}`" if route.target.key else route.target.via.value
    said = f"{route.prefix}{kind} leads to {target if route.active else f'a blackhole ({target})'}"
    if tied:
        said += ", or an equal route does"
    return said if route.certain else f"{said}, perhaps"


def routing(known: Known, state: State, at: Routing) -> Step:
    """A packet is looked up in its subnet's table, or in the table of the gateway that it entered by.

    What is bound for its own subnet is not looked up: routes lead from subnet to subnet.
    VPC user guide, "Subnet route tables"; "Gateway route tables".
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
    """
    subnet = known.model.subnets.get(state.subnet or "")
    if subnet and not at.edge and any(p.contains(state.packet.destination) for p in subnet.prefixes):
        yield state.to(Local())
        return
    table = known.model.tables.get(at.table)
    if table is None:
        yield state.unknown(at.table, "route table", None, "the route table is not in the estate")
        return
    for choice in look_up(table, state.packet.destination, known.blocks(table.vpc)):
        yield _take(state, table, choice, at.edge)


def _take(state: State, table: RouteTable, choice: Choice, edge: bool) -> State | Ended:
    route = choice.route
    if route is None:
        if choice.certain:
            return state.dropped(table.key, "route table", Place(table.key), choice.why)
        return state.unknown(table.key, "route table", Place(table.key), choice.why)
    if not route.active:
        certain = (
            state if choice.certain else state.met(table.key, "route table", route.place, None, choice.why)
        )
        return certain.dropped(table.key, "route table", route.place, choice.why)
    if edge and route.target.via in (Via.BALANCER_ENDPOINT, Via.FIREWALL_ENDPOINT) and _by_vpn(state):
        # VPC user guide, "Gateway route tables": a VPN gateway's table that leads to a Gateway Load
        # Balancer's endpoint, which a firewall's is too: "traffic destined for the endpoint is dropped"
        why = f"{choice.why}; from a VPN gateway such traffic is dropped"
        return state.dropped(table.key, "route table", route.place, why)
    state = state.met(table.key, "route table", route.place, True if choice.certain else None, choice.why)
    if route.target.via is Via.LOCAL:
        return state.to(Local())
    return state.to(Toward(route.target, route.place))


def _by_vpn(state: State) -> bool:
    return state.guest.startswith("vpn:")


def local(known: Known, state: State, at: Local) -> Step:
    """Within a VPC, to whatever has the address. Nothing has it: dropped, it does not leave the VPC."""
    vpc = state.vpc or ""
    address = state.packet.destination
    owner = known.owner(vpc, address)
    if owner is not None:
        yield from _to_interface(known, state, known.model.interfaces[owner])
        return
    if (vpc, address) in state.hosts:
        yield from _to_host(known, state, vpc)
        return
    for candidate in known.candidates(vpc, address):
        why = f"it has no address yet and may be given {address}"
        for reached in _to_interface(known, state, candidate):
            if isinstance(reached, Ended):
                yield reached
            else:
                yield from _assumed(known, reached, candidate, why)
    found = known.model.vpcs.get(vpc)
    place = Place(vpc) if found is not None else None
    yield state.dropped(vpc, "", place, f"no interface of the VPC has {address}")


def _assumed(known: Known, state: State, candidate: Interface, why: str) -> Step:
    noted = state.met(candidate.key, "", None, None, why)
    assumed = noted.memory.assumed | {(candidate.key, noted.packet.destination)}
    yield noted.to(Reaching(candidate.key), memory=replace(noted.memory, assumed=assumed))


def _to_interface(known: Known, state: State, interface: Interface) -> Step:
    left = leave(known, state, interface.subnet)
    yield left if isinstance(left, Ended) else left.to(Reaching(interface.key))


def _to_host(known: Known, state: State, vpc: str) -> Step:
    """To something undisclosed: its subnet's network ACL is what can be said of it."""
    subnet = known.subnet_at(vpc, state.packet.destination)
    left = leave(known, state, subnet.key if subnet else "")
    if not isinstance(left, Ended) and subnet is not None and left.subnet != subnet.key:
        left = filters.network_acl(known, left, subnet, filters.INGRESS)
    if isinstance(left, Ended):
        yield left
        return
    yield left.met(vpc, "", None, True, "received by something that the estate does not show").delivered(
        vpc, None
    )


def leave(known: Known, state: State, into: str) -> State | Ended:
    """Past the outbound rules of the subnet that it is in, unless it stays there."""
    if state.subnet is None or state.subnet == into:
        return state
    return filters.network_acl(known, state, known.model.subnets[state.subnet], filters.EGRESS)


def toward(known: Known, state: State, at: Toward) -> Step:
    """Along a route: past the subnet's outbound rules, to the target."""
    target = at.target
    interface = _standing_at(known.model, target)
    left = state if stays(known.model, target, state.subnet) else leave(known, state, "")
    if isinstance(left, Ended):
        yield left
        return
    if target.via in (Via.INTERFACE, Via.FIREWALL_ENDPOINT, Via.NAT_GATEWAY):
        if interface is None:
            yield left.unknown(target.key, "", at.place, "the route's target is not in the estate")
        elif known.vpc_of(interface) != state.vpc:
            yield left.dropped(target.key, "", at.place, "the route's target is in another VPC")
        else:
            yield left.to(Reaching(interface.key))
        return
    yield left.to(Gate(target))


def _standing_at(model: Model, target: Target) -> Interface | None:
    """The interface that a route's target is: a firewall's endpoints go by their interface's key."""
    key: str | None = target.key
    if target.via is Via.NAT_GATEWAY:
        gateway = model.nat_gateways.get(target.key)
        key = gateway.interface if gateway else None
    elif target.via not in (Via.INTERFACE, Via.FIREWALL_ENDPOINT):
        return None
    return model.interfaces.get(key or "")


_DEVICES = (Via.INTERFACE, Via.FIREWALL_ENDPOINT, Via.NAT_GATEWAY, Via.BALANCER_ENDPOINT, Via.UNMODELLED)
"""targets that are in a subnet, or may be"""


def stays(model: Model, target: Target, subnet: str | None) -> bool:
    """Whether a route leads to a device in the subnet itself, or may: then no network ACL is sure to see it.

    VPC user guide, "Network ACL basics": rules are evaluated "when traffic enters and leaves the subnet, not
    as it is routed within a subnet".
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    """
    interface = _standing_at(model, target)
    return target.via in _DEVICES if interface is None else interface.subnet == subnet


def unmodelled(known: Known, state: State, at: Gate) -> Step:
    """A target whose forwarding is not modelled: Cloud WAN, a Gateway Load Balancer's endpoint, ..."""
    yield state.unknown(at.target.key or at.target.via.value, "", None, "what lies behind is not modelled")
