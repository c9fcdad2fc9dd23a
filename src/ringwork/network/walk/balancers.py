"""Network and Application Load Balancers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ringwork.network.addresses import Address
from ringwork.network.model import Listener, LoadBalancer, Place, TargetGroup, TargetOf
from ringwork.network.packets import TCP, UDP, Packet
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Arrived, Ended, Returning, Sending, Session, State, Step, flow

LISTENS = {
    "TCP": {TCP},
    "TLS": {TCP},
    "HTTP": {TCP},
    "HTTPS": {TCP},
    "UDP": {UDP},
    "QUIC": {UDP},
    "TCP_UDP": {TCP, UDP},
    "TCP_QUIC": {TCP, UDP},
}
ALWAYS_PRESERVED = {"UDP", "TCP_UDP", "QUIC", "TCP_QUIC"}


def arrived(known: Known, state: State, at: Arrived) -> Step:
    """Into a load balancer: an answer that it awaits, or a request that some listener takes.

    Network Load Balancer guide, "Listeners"; Application Load Balancer guide, "Listeners".
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
    """
    session = state.recall.session(at.interface, state.packet) if state.recall else None
    if session is not None:
        yield state.to(Returning(session))
        return
    balancer = known.balancer_of.get(at.interface)
    if balancer is None or balancer.kind not in ("network", "application"):
        yield state.unknown(at.interface, "", None, "what it balances is not modelled")
        return
    listeners = [found for found in balancer.listeners if _takes(found, state)]
    if not listeners:
        why = f"no listener for {state.packet}"
        yield state.dropped(balancer.key, "listener", Place(balancer.key), why)
        return
    for listener in listeners:
        yield from _to_groups(known, state, at, balancer, listener)


def _takes(listener: Listener, state: State) -> bool:
    packet = state.packet
    return packet.destination_port == listener.port and packet.protocol in LISTENS.get(
        listener.protocol.upper(), set()
    )


def _to_groups(known: Known, state: State, at: Arrived, balancer: LoadBalancer, listener: Listener) -> Step:
    place = Place(listener.key)
    state = state.met(balancer.key, "listener", place, True, f"{listener.protocol} {listener.port}")
    if not listener.groups:
        if balancer.kind == "application":  # a redirect or a fixed response
            yield state.delivered(at.interface, Sending(at.interface, connected=True))
        else:
            yield state.dropped(balancer.key, "listener", place, "the listener has no target group")
    for key in listener.groups:
        group = known.model.target_groups.get(key)
        if group is None:
            yield state.unknown(key, "target group", place, "the target group is not in the estate")
            continue
        targets = eligible(known, balancer, group, at.interface)
        for target in targets:
            yield _to_target(known, state, at, balancer, listener, group, target)
        if not group.certain:
            why = "it may have other targets than these"
            yield state.unknown(group.key, "target group", Place(group.key), why)
        elif not targets:
            why = "it has no target in a zone that this interface of the load balancer serves"
            yield state.dropped(balancer.key, "target group", Place(group.key), why)


def eligible(known: Known, balancer: LoadBalancer, group: TargetGroup, interface: str) -> list[TargetOf]:
    """The targets that one interface of a load balancer may choose: in the zones that are enabled, its own
    unless cross-zone balancing is on (it always is for an Application Load Balancer, but the target group
    may say otherwise); the healthy ones, or all where none is.

    Network Load Balancer guide, "Cross-zone load balancing" and "Troubleshoot": targets in a zone that is not
    enabled receive no traffic; "Target health": if no target is healthy, requests go to all of them.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
    Elastic Load Balancing user guide, "Cross-zone load balancing": for a Network Load Balancer "off by
    default" and on "at the target group level" or the load balancer's; for an Application Load Balancer "on
    by default and can't be changed at the load balancer level", but "can be turned off" for a target group.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
    """
    across = balancer.cross_zone or balancer.kind == "application"
    if group.cross_zone is not None:
        across = group.cross_zone
    zones = {known.zone_of(key) for key in (balancer.interfaces if across else (interface,))}
    found = []
    for target in group.targets:
        zone = target.zone or (known.zone_of(target.interface) if target.interface else None)
        if zone is None or zone == "all" or zone in zones or None in zones:
            found.append(target)
    return [target for target in found if target.healthy is not False] or found


def preserves(balancer: LoadBalancer, group: TargetGroup, linked: bool) -> bool:
    """Whether targets see the client's address.

    Network Load Balancer guide, "Edit target group attributes": with UDP, TCP_UDP and QUIC always; else as
    the attribute says; by default for targets by instance, and not by address with TCP or TLS. PrivateLink:
    "the source IP address is always the private IP address of the load balancer".
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    An Application Load Balancer ends the connection and opens its own.
    """
    if balancer.kind != "network" or linked:
        return False
    if group.kind == "alb" or (group.protocol or "").upper() in ALWAYS_PRESERVED:
        return True
    return group.kind == "instance" if group.preserve_client_ip is None else group.preserve_client_ip


def _to_target(
    known: Known,
    state: State,
    at: Arrived,
    balancer: LoadBalancer,
    listener: Listener,
    group: TargetGroup,
    target: TargetOf,
) -> State | Ended:
    if group.kind == "lambda":
        passed = state.met(group.key, "target group", Place(group.key), True, "invokes a function")
        return passed.delivered("aws:lambda", Sending(at.interface, connected=True))
    packet = state.packet
    node = known.model.interfaces[at.interface]
    address, certain = _address(known, target, packet.destination.version)
    if address is None:
        return state.unknown(group.key, "target group", Place(group.key), "a target's address is not known")
    preserved = preserves(balancer, group, bool(at.private_link))
    preserved = preserved and address.version == packet.source.version
    source = packet.source if preserved else _own(known.addresses(node), packet.destination, address)
    if source is None:
        if not node.assigned:
            why = "whether it has an address of the target's family is not known"
            return state.unknown(balancer.key, "", Place(balancer.key), why)
        why = "the load balancer has no address of the target's family"
        return state.dropped(balancer.key, "", Place(balancer.key), why)
    if source == address:
        # Network Load Balancer guide, "Troubleshoot", "Connections time out for requests from a target to
        # its load balancer": with client IP preservation source and destination would be the same
        why = "loopback: the target is its own client, and source and destination would be the same"
        return state.dropped(balancer.key, "target group", Place(group.key), why)
    port = target.port or group.port or listener.port
    after = replace(packet, source=source, destination=address, destination_port=port)
    why = f"chooses {address}:{port}" + ("" if preserved else f", source becomes {source}")
    session = _session(state, at, target, after, preserved)
    state = state.met(balancer.key, "target group", Place(group.key), certain or None, why, after)
    return state.opened(session).to(
        Sending(at.interface, own=not preserved),
        sender=None if preserved else at.interface,
        balancer=at.interface if preserved else None,
        crossed=(),
        guest="",
        referenced=False,
    )


def _session(state: State, at: Arrived, target: TargetOf, after: Packet, preserved: bool) -> Session:
    before = state.packet
    resume = Sending(at.interface, connected=True)
    if at.private_link and at.came is not None:
        before = replace(before, destination=at.came)
        resume = Sending(at.private_link, connected=True)
    hidden = target.interface if preserved and target.interface else ""
    return Session(at.interface, flow(after), before, resume, hidden)


def _address(known: Known, target: TargetOf, version: int) -> tuple[Address | None, bool]:
    """A target's address, and whether it is its own or stands for any that it may be given."""
    if target.address is not None:
        return target.address, True
    interface = known.model.interfaces.get(target.interface or "")
    if interface is None:
        return None, False
    held: Sequence[Address] = known.addresses(interface)
    found = next((a for a in held if a.version == version), None) or next(iter(held), None)
    return found, found is not None and not known.stands_in(interface, found)


def _own(addresses: Sequence[Address], called: Address, target: Address) -> Address | None:
    if called.version == target.version and called in addresses:
        return called
    return next((address for address in addresses if address.version == target.version), None)
