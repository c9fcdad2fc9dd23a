"""The same cases asked of the prover: whether it has each packet among those that can flow.

The prover answers of pairs, so only `reach` is compared, and only of packets between interfaces, the internet
and networks on premises; what is sent to a load balancer or an endpoint service reaches if it reaches a target.
It is not asked of hosts that the estate does not show, nor of answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.network.conformance.asking import Ask, asks, world
from tests.network.conformance.cases import Case, Cases, UntranslatedError, understood
from tests.network.conformance.estates import translate
from tests.network.conformance.questions import Verdict

from ringwork.network.model import Interface, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet, Traffic
from ringwork.network.reach.faces import Face
from ringwork.network.reach.prover import Flow, Prover

ASKED = frozenset({"reach"})
SINGLE = frozenset({"from", "to", "packet", "ip"})


def check_proved(case: Case, cases: Cases) -> Verdict:
    """Asks one case's `reach`."""
    try:
        if not ASKED & case.expected.keys() or not {"from", "to"} <= case.question.keys() <= SINGLE:
            raise UntranslatedError("the prover is not asked that")
        asked = world(translate(case, cases))
        answers = [
            proved(asked.model, each) for each in understood(lambda: asks(asked, case.question), "question")
        ]
    except UntranslatedError as reason:
        return Verdict(case.id, "skipped", reason.reason)
    got: bool | str = True if True in answers else "unknown" if None in answers else False
    ((key, expected),) = [(key, case.expected[key]) for key in ASKED if key in case.expected]
    if got == expected:
        return Verdict(case.id, "ok")
    return Verdict(case.id, "WRONG", f"expected {key} {expected} got {got}")


def proved(model: Model, ask: Ask) -> bool | None:
    """Whether the packet can flow, None: it may. Raises `UntranslatedError` for what is no pair."""
    packet = ask.packet
    kind = _traffic(packet)
    prover = Prover(model, cuts=(packet.source.prefix, packet.destination.prefix), kinds=(kind,))
    bit = prover.traffic.bits(kind)
    flows = list(_flows(prover, ask))
    if any(flow.admits.must & bit for flow in flows):
        return True
    return None if any(flow.admits.may & bit for flow in flows) else False


def _traffic(packet: Packet) -> Traffic:
    if packet.protocol in (TCP, UDP):
        return Traffic(packet.protocol, packet.destination_port, packet.destination_port)
    if packet.protocol in (ICMP, ICMPV6):
        return Traffic(packet.protocol, packet.icmp_type, packet.icmp_code)
    return Traffic(packet.protocol)


def _flows(prover: Prover, ask: Ask) -> Iterator[Flow]:
    model, packet, start = prover.model, ask.packet, ask.start
    to = prover.addresses.of(packet.destination)
    source = prover.addresses.of(packet.source)
    if start.vpc is not None:
        raise UntranslatedError("the prover is not asked about hosts that the estate does not show")
    receivers = [
        (interface, face)
        for interface in model.interfaces.values()
        if packet.destination in (*interface.addresses, *interface.public.values())
        for face in _faces(prover, interface)
    ]
    if any(interface.key in prover.doors.faces for interface, _ in receivers):
        # what is sent to a load balancer, or to the endpoint of one, is for its targets
        receivers = [
            (interface, face)
            for interface in model.interfaces.values()
            if interface.key not in prover.doors.faces and interface.key != start.interface
            for face in _faces(prover, interface)
        ]
    if start.interface is not None:
        senders = [face for face in _faces(prover, model.interfaces[start.interface]) if face.atom == source]
        for sender in senders:
            for _, receiver in receivers:
                yield from (flow for flow in prover.flows(sender, receiver) if flow.path.sent_to == to)
            if not receivers or to in prover.doors.called:
                yield from prover.elsewhere(sender, [to])
        return
    for _, receiver in receivers:
        flows: Iterable[Flow] = ()
        if start.internet:
            flows = prover.from_internet(receiver, [source])
        elif start.external is not None:
            flows = prover.from_external(start.external, receiver, [source])
        yield from (flow for flow in flows if flow.path.sent_to == to)


def _faces(prover: Prover, interface: Interface) -> list[Face]:
    faces = prover.faces
    return [faces.faces[index] for index in faces.classes[faces.of_interface[interface.key]].faces]
