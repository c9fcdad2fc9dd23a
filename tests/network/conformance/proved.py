"""The same cases asked of the prover: whether it has each packet among those that can flow.

The prover answers of pairs, so only `reach` is compared, and only of packets between interfaces, the internet
and networks on premises; what is sent to a load balancer or an endpoint service reaches if a target takes it.
Route tables are asked as they are. It is not asked of hosts that the estate does not show, nor of answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.network.conformance.asking import Ask, World, asks, world
from tests.network.conformance.cases import Case, Cases, UntranslatedError, understood
from tests.network.conformance.controls import canonical, named
from tests.network.conformance.estates import translate
from tests.network.conformance.questions import Verdict, _attached, _inspected, _looked_up_from

from ringwork.network.addresses import parse_address
from ringwork.network.model import Interface, Model, Via
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet, Traffic
from ringwork.network.reach.faces import Face
from ringwork.network.reach.prover import Flow, Prover

SINGLE = frozenset({"from", "to", "packet", "ip"})


def check_proved(case: Case, cases: Cases) -> Verdict:
    """Asks one case."""
    try:
        asked = world(translate(case, cases))
        key, got = _answer(asked, case.question, case.expected)
    except UntranslatedError as reason:
        return Verdict(case.id, "skipped", reason.reason)
    expected = case.expected[key]
    if key == "target" and got == {_canonical(expected, asked)}:
        return Verdict(case.id, "ok")
    if key == "target_any_of" and got == {_canonical(word, asked) for word in expected}:
        return Verdict(case.id, "ok")
    if got == expected:
        return Verdict(case.id, "ok")
    return Verdict(case.id, "WRONG", f"expected {key} {expected} got {got}")


def _answer(asked: World, question: Mapping[str, Any], expected: Mapping[str, Any]) -> tuple[str, Any]:
    """What of the expectation was asked, and the prover's answer."""
    if "route_lookup" in question:
        (key,) = expected
        return key, _routed(asked, question["route_lookup"])
    if "tgw_lookup" in question:
        return "target", _by_transit(asked, question["tgw_lookup"])
    if question.keys() == {"packet"} and asked.translated.setup.get("firewalls"):
        passed = proved(asked.model, Ask(*_inspected(asked, question["packet"])))
        return "verdict", {True: "pass", False: "drop", None: "perhaps"}[passed]
    if "reach" not in expected or not {"from", "to"} <= question.keys() <= SINGLE:
        raise UntranslatedError("the prover is not asked that")
    answers = [proved(asked.model, each) for each in understood(lambda: asks(asked, question), "question")]
    return "reach", True if True in answers else "unknown" if None in answers else False


DROPPED = ("blackhole", "link-local-service")
"""the prover drops by a blackhole, and what is never forwarded, as it does without a route"""


def _canonical(word: str | None, asked: World) -> str | None:
    return None if word is None or word in DROPPED else canonical(word, asked)


def _routed(asked: World, lookup: Mapping[str, Any]) -> set[str | None]:
    destination = understood(lambda: parse_address(lookup["dst"]), "question")
    subnet = understood(lambda: _looked_up_from(asked, lookup), "question")
    model = replace(asked.model, subnets={**asked.model.subnets, subnet.key: subnet})
    prover = Prover(model, cuts=(destination.prefix,))
    targets = prover.paths.looked_up(subnet.table, prover.addresses.of(destination))
    found = {"local" if target.via is Via.LOCAL else ":".join(named(target.key, asked)) for target in targets}
    return {*found} if found else {None}


def _by_transit(asked: World, lookup: Mapping[str, Any]) -> set[str | None]:
    destination = understood(lambda: parse_address(lookup["dst"]), "question")
    vpc = understood(lambda: _attached(asked, lookup["from"]), "question")
    attachments = asked.model.attachments
    prover = Prover(asked.model, cuts=(destination.prefix,))
    found = {
        named(attachments[onward].to, asked)[1]
        for key, attachment in attachments.items()
        if attachment.to == vpc
        for onward in prover.paths.looked_up_in_transit(key, prover.addresses.of(destination))
    }
    return {*found} if found else {None}


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
