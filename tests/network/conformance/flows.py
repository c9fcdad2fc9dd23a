"""Single packets with known answers: whether they arrive, by which gateways, and what stops them.

Some answers are about Batfish's model and not about AWS: they stand in `NOT_AWS` with the reason, and are
counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.network.conformance.asking import PUBLIC, packet_of
from tests.network.conformance.questions import Backend
from tests.network.conformance.recordings import Line, Snapshot
from tests.network.conformance.stops import is_gateway, stops, visits

from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Interface, Model
from ringwork.network.walk import Exchange, Hop, Outcome, Start, Walk
from ringwork.source import InputError

NOT_AWS: Mapping[tuple[str, str], str] = {
    ("test-public-subnet", "testFromInternetToPrivateIp (2)"): (
        "it says itself: not an AWS reachability claim. The packet goes from the internet to the internet "
        "and meets nothing of the estate; that it enters nothing is checked"
    ),
    ("test-vpn-gateway", "testInternetToUnderlayInterfaceIp"): (
        "it says itself: an artefact. The address is the outside address of a VPN tunnel, which no VPC "
        'routes to: Site-to-Site VPN guide, "Firewall rules": UDP 500, UDP 4500 and protocol 50 alone are '
        "exchanged with it; that the packet enters no VPC is checked"
    ),
}
"""(snapshot, test) -> why its answer says nothing of AWS"""

LEARNED = (
    "it comes to the VPN gateway, as expected; whether that has a route on is told by BGP alone "
    '(Site-to-Site VPN guide, "VPN routing": the device advertises its routes), so it may leave'
)
"""why nothing is certain of a packet that a VPN gateway without a route drops"""


def answered(here: Snapshot, flow: Mapping[str, Any], backend: Backend) -> Line:
    try:
        return _flow(here, flow, backend)
    except (KeyError, ValueError) as error:
        return Line(f"{here.name} {flow['test']}", "WRONG", f"it cannot be asked: {error!r}")


def _flow(here: Snapshot, flow: Mapping[str, Any], backend: Backend) -> Line:
    what = f"{here.name} {flow['test']}"
    if not flow.get("verified_by_running_batfish"):
        return Line(what, "not verified", _unverified(here, flow, backend))
    destination = parse_address(flow["dst_ip"])
    start, source = _start(here, flow["src"])
    packet = packet_of(source, destination, flow["packet"])
    found = backend(_hosted(here, flow["src"]), packet, start)
    if (here.name, flow["test"]) in NOT_AWS:
        entered = [
            hop.component for walk in found.forward for hop in walk.hops if hop.component in _inside(here)
        ]
        reason = NOT_AWS[here.name, flow["test"]]
        return Line(what, "WRONG", f"enters {entered}") if entered else Line(what, "explained", reason)
    if flow["disposition"] == "NO_ROUTE" and _leaves_by_vpn(here, flow, found):
        return Line(what, "explained", LEARNED)
    wrong = [*_differences(here, flow, found)]
    return (
        Line(what, "WRONG", f"{'; '.join(wrong)}; got {shown(found.forward)}") if wrong else Line(what, "ok")
    )


def _unverified(here: Snapshot, flow: Mapping[str, Any], backend: Backend) -> str:
    """For people: what we say where the answer was not verified, as it needs a router's configuration that is
    not in the recording. That router is any network outside."""
    node = flow["src"]["node"]
    starts = (
        [Start(interface=key) for key in here.interfaces[node]]
        if node in here.interfaces
        else [Start(external=key) for key in here.model.externals]
    )
    destination = parse_address(flow["dst_ip"])
    given = flow["src"]["ip"]
    source = parse_address("172.16.77.77" if given == "any" else given)
    told = [
        backend(here.model, packet_of(source, destination, flow["packet"]), start).forward for start in starts
    ]
    said = "; ".join(dict.fromkeys(shown(walks) for walks in told)) or "no network outside is known"
    return f"it needs a router's configuration; expected {flow['disposition']}, we say: {said}"


def _inside(here: Snapshot) -> frozenset[str]:
    model = here.model
    return frozenset(
        (*model.vpcs, *model.subnets, *model.interfaces, *model.tables, *model.internet_gateways)
    )


def _start(here: Snapshot, source: Mapping[str, Any]) -> tuple[Start, Address]:
    node, given = source["node"], source["ip"]
    address = PUBLIC[4] if given == "any" else parse_address(given)
    if node == "internet":
        return Start(internet=True), address
    if node in here.interfaces:
        return Start(interface=here.interface(node, address).key), address
    key = here.key(node)
    if key in here.model.subnets:
        return Start(interface=HOST), address
    if key in here.model.vpcs:
        return Start(vpc=key), address
    gateway = here.model.vpn_gateways.get(key or "")
    if gateway is not None and gateway.externals:
        return Start(external=gateway.externals[0]), address
    raise InputError(f"`{node}`, where a flow of `{here.name}` starts, is not in the recording")


def _leaves_by_vpn(here: Snapshot, flow: Mapping[str, Any], found: Exchange) -> bool:
    """Whether every way leads to the VPN gateway where the flow stops, and may leave by it."""
    gateway = here.model.vpn_gateways.get(here.key(str(flow.get("stopped_at"))) or "")
    return gateway is not None and all(
        walk.outcome is Outcome.UNKNOWN
        and walk.arrived in gateway.externals
        and visits(here, walk, flow["stopped_at"])
        for walk in found.forward
    )


HOST = "a host of the question"


def _hosted(here: Snapshot, source: Mapping[str, Any]) -> Model:
    """With the host that a flow begins at where it begins at a subnet: it has the packet's address there, no
    public one, and no security group that filters it."""
    key = here.key(source["node"])
    if key is None or key not in here.model.subnets:
        return here.model
    host = Interface(HOST, key, (parse_address(source["ip"]),), None, "interface", HOST)
    return replace(here.model, interfaces={**here.model.interfaces, HOST: host})


def _differences(here: Snapshot, flow: Mapping[str, Any], found: Exchange) -> Iterator[str]:
    outcomes = {walk.outcome for walk in found.forward}
    wanted = Outcome.DELIVERED if flow["reachable"] else Outcome.DROPPED
    if outcomes != {wanted}:
        yield f"expected {wanted.value}"
    stopped = flow.get("stopped_at")
    for walk in found.forward:
        if stopped and walk.hops and not stops(here, walk.hops[-1], flow):
            yield f"expected stopped at {stopped} ({flow.get('denied_by') or flow['disposition']})"
        missing = [node for node in flow["hops"] if is_gateway(node) and not visits(here, walk, node)]
        if missing:
            yield f"expected by {', '.join(missing)}"
        for nat in flow.get("nat") or ():
            if not any(_rewrites(hop, nat) for hop in walk.hops):
                yield f"expected {nat['kind']} {nat['from']} -> {nat['to']}"
    if "return_reachable" in flow:
        back = {walk.outcome for walk in found.back}
        if back != {Outcome.DELIVERED if flow["return_reachable"] else Outcome.DROPPED}:
            yield f"expected an answer: {flow['return_reachable']}; got {shown(found.back)}"


def _rewrites(hop: Hop, nat: Mapping[str, str]) -> bool:
    if hop.after is None:
        return False
    pairs = {
        "dst": (hop.before.destination, hop.after.destination),
        "src": (hop.before.source, hop.after.source),
    }
    return pairs[nat["kind"]] == (parse_address(nat["from"]), parse_address(nat["to"]))


def shown(walks: tuple[Walk, ...]) -> str:
    return "; ".join(f"{walk.outcome.value} {walk.arrived or _end(walk)}" for walk in walks)


def _end(walk: Walk) -> str:
    return f"{walk.hops[-1].component} {walk.hops[-1].why}" if walk.hops else ""
