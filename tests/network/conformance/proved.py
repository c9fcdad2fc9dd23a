"""The same cases asked of the prover: whether it has each packet among those that can flow.

The prover answers of pairs, so only `reach` is compared, and only of packets between interfaces, the internet
and networks on premises. It is not asked of hosts that the estate does not show, nor of single tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.network.conformance.asking import Ask, asks, world
from tests.network.conformance.cases import Case, Cases, UntranslatedError, understood
from tests.network.conformance.estates import translate
from tests.network.conformance.questions import Verdict

from ringwork.network.model import Interface, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet, Traffic
from ringwork.network.reach.faces import Face
from ringwork.network.reach.prover import Flow, Prover

SINGLE = frozenset({"from", "to", "packet", "ip"})


def check_proved(case: Case, cases: Cases) -> Verdict:
    """Asks one case's `reach`."""
    try:
        if "reach" not in case.expected or not {"from", "to"} <= case.question.keys() <= SINGLE:
            raise UntranslatedError("the prover is not asked that")
        asked = world(translate(case, cases))
        answers = [
            proved(asked.model, each) for each in understood(lambda: asks(asked, case.question), "question")
        ]
    except UntranslatedError as reason:
        return Verdict(case.id, "skipped", reason.reason)
    got: bool | str = True if True in answers else "unknown" if None in answers else False
    if got == case.expected["reach"]:
        return Verdict(case.id, "ok")
    return Verdict(case.id, "WRONG", f"expected reach {case.expected['reach']} got {got}")


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
    if any(_device(model, interface) for interface, _ in receivers):
        raise UntranslatedError("the prover's rows end at a device, not at what it passes on to")
    if start.interface is not None:
        senders = [face for face in _faces(prover, model.interfaces[start.interface]) if face.atom == source]
        for sender in senders:
            for _, receiver in receivers:
                yield from (flow for flow in prover.flows(sender, receiver) if flow.path.sent_to == to)
            if not receivers:
                yield from prover.elsewhere(sender, [to])
        return
    for _, receiver in receivers:
        if start.internet and to in (receiver.public, receiver.atom):
            yield from prover.from_internet(receiver, [source])
        elif start.external is not None:
            yield from prover.from_external(start.external, receiver, [source])


def _device(model: Model, interface: Interface) -> bool:
    """Whether what reaches the interface is for something behind it."""
    services = [
        key for each in model.interface_endpoints.values() if each.provider for key in each.interfaces
    ]
    return interface.kind in ("nat", "load-balancer") or interface.key in services


def _faces(prover: Prover, interface: Interface) -> list[Face]:
    faces = prover.faces
    return [faces.faces[index] for index in faces.classes[faces.of_interface[interface.key]].faces]
