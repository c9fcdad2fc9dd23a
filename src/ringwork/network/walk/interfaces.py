"""Network interfaces: what leaves one, and what one lets in."""

from __future__ import annotations

from ringwork.network.addresses import Address
from ringwork.network.model import Interface, Place, Subnet
from ringwork.network.walk import filters, services
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import (
    Answering,
    Arrived,
    Carried,
    Ended,
    Local,
    Reaching,
    Returning,
    Routing,
    Sending,
    Session,
    State,
    Step,
)

ONLY_ANSWERS = {
    "endpoint": "an endpoint returns responses only: services cannot start a request to the VPC through it",
    "nat": "a NAT gateway starts no connection of its own",
    "transit": "a Transit Gateway's interface starts no connection of its own",
    "firewall": "a firewall endpoint starts no connection of its own",
}
"""PrivateLink guide, "Access an AWS service using an interface VPC endpoint": "responses to requests from
resources in your VPC only".
https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"""

CHECK = "source/destination check"
PASS_ON = {"nat", "firewall"}
"""Kinds that take packets for other destinations, whatever the source/destination check says"""


def holds(known: Known, state: State, interface: Interface, address: Address) -> bool:
    """Whether an interface has an address, or is taken to have it on this way."""
    return address in known.addresses(interface) or state.assumes(interface.key, address)


def sending(known: Known, state: State, at: Sending) -> Step:
    """A packet leaves an interface.

    EC2 user guide, "Source/destination checking": unless it is switched off, the instance "must be the source
    or destination of any traffic it sends or receives".
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
    """
    interface = known.model.interfaces[at.interface]
    subnet = known.subnet(interface)
    if subnet is None:
        yield state.unknown(interface.key, "", None, "its subnet is not in the estate")
        return
    state = state.to(at, vpc=subnet.vpc, subnet=subnet.key, zone=subnet.zone)
    own = holds(known, state, interface, state.packet.source)
    if at.own and not at.connected:
        if interface.kind in ONLY_ANSWERS:
            yield state.dropped(interface.key, "", None, ONLY_ANSWERS[interface.kind])
            return
        if not own and not interface.forwards:
            yield state.dropped(
                interface.key,
                CHECK,
                Place(interface.key),
                f"{state.packet.source} is not an address of it",
            )
            return
        if not own and not interface.forwards_certain:
            state = state.met(
                interface.key, CHECK, Place(interface.key), None, "whether it is off is not known"
            )
    if own and at.own:
        state = state.to(at, sender=interface.key, crossed=(), guest="", balancer=None, referenced=False)
    if not at.connected:
        state = state.met(interface.key, "", None, True, "sends" if at.own else "passes on")
    name = services.service(known, subnet.vpc, state.packet)
    if name is not None:
        yield to_service(state, subnet.vpc, name)
        return
    if not at.connected:
        judged = filters.security_groups(known, state, interface, filters.EGRESS)
        if isinstance(judged, Ended):
            yield judged
            return
        state = judged
    session = state.recall.hidden(interface.key, state.packet) if state.recall else None
    if session is not None:
        yield from _back_to_balancer(known, state, subnet, session)
        return
    yield state.to(Routing(subnet.table))


def to_service(state: State, vpc: str, name: str) -> Ended:
    """To a service that AWS has in every VPC; empty: nothing answers."""
    where = str(state.packet.destination)
    if not name:
        return state.dropped(where, "", None, "no service of AWS answers there")
    state = state.met(name, "", None, True, "security groups and network ACLs do not see this traffic")
    return state.delivered(name, Answering(vpc, filtered=False))


def _back_to_balancer(known: Known, state: State, subnet: Subnet, session: Session) -> Step:
    """A target that saw the client's own address answers to it, and the load balancer takes the answer.

    Network Load Balancer guide, "Client IP preservation": the load balancer tracks the connection, so
    answers need no route to the client; they cross the subnets' borders like others.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    home = known.subnet(known.model.interfaces[session.component])
    for border, direction in ((subnet, filters.EGRESS), (home, filters.INGRESS)):
        if border is None or home is None or home.key == subnet.key:
            continue
        judged = filters.network_acl(known, state, border, direction)
        if isinstance(judged, Ended):
            yield judged
            return
        state = judged
    yield state.to(Returning(session))


def reaching(known: Known, state: State, at: Reaching) -> Step:
    """A packet reaches an interface's door: its subnet's network ACL, if it comes from elsewhere; the
    source/destination check; its security groups.

    VPC user guide, "Network ACL basics": rules are evaluated "when traffic enters and leaves the subnet, not
    as it is routed within a subnet".
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    """
    interface = known.model.interfaces[at.interface]
    subnet = known.subnet(interface)
    if subnet is None:
        yield state.unknown(interface.key, "", None, "its subnet is not in the estate")
        return
    if state.subnet != subnet.key:
        judged = filters.network_acl(known, state, subnet, filters.INGRESS)
        if isinstance(judged, Ended):
            yield judged
            return
        state = judged.to(at, subnet=subnet.key)
    state = state.to(at, zone=subnet.zone)
    own = holds(known, state, interface, state.packet.destination)
    if not own and interface.kind not in PASS_ON and not interface.forwards:
        why = f"{state.packet.destination} is not an address of it, and it forwards nothing"
        yield state.dropped(interface.key, CHECK, Place(interface.key), why)
        return
    if not own and not interface.forwards_certain:
        state = state.met(interface.key, CHECK, Place(interface.key), None, "whether it is off is not known")
    judged = filters.security_groups(known, state, interface, filters.INGRESS)
    if isinstance(judged, Ended):
        yield judged
        return
    unmodelled = known.model.unmodelled.get(interface.key) or known.model.unmodelled.get(interface.owner)
    if unmodelled is not None and not own:
        yield judged.unknown(
            interface.key, "", None, f"what it passes on is not modelled: {unmodelled.reason}"
        )
        return
    yield judged.to(Arrived(interface.key) if own else Carried(interface.key))


def arrived(known: Known, state: State, at: Arrived) -> Step:
    """An ordinary interface takes what is addressed to it."""
    yield state.met(at.interface, "", None, True, "receives").delivered(at.interface, Sending(at.interface))


def answers_nothing(known: Known, state: State, at: Arrived) -> Step:
    """Nothing listens at the address of a Transit Gateway's or firewall's interface."""
    yield state.dropped(at.interface, "", None, "nothing answers at this interface's own address")


def carried(known: Known, state: State, at: Carried) -> Step:
    """An appliance passes a packet on, from its own subnet's table. Whoever it comes from, no group
    reference will match it any more.

    VPC user guide, "Routing through a middlebox appliance".
    https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
    """
    yield passed_on(state, at.interface).to(Sending(at.interface, own=False))


def passed_on(state: State, interface: str) -> State:
    """After a middlebox: the sender is no longer known by its groups."""
    if state.referenced:
        why = "it is not documented whether an outbound reference to a group matches through a middlebox"
        state = state.met(interface, "security-group egress", None, None, why)
    return state.to(state.at, sender=None, crossed=(), balancer=None, referenced=False)


def answering(known: Known, state: State, at: Answering) -> Step:
    """A service answers: to the interface that asked, past its security groups, which know the connection."""
    if at.filtered:
        yield state.to(Local(), vpc=at.vpc, subnet=None)
        return
    owner = known.owner(at.vpc, state.packet.destination)
    why = "security groups and network ACLs do not see this traffic"
    passed = state.met(owner or at.vpc, "", None, True, why)
    yield passed.delivered(owner or at.vpc, Sending(owner) if owner else None)
