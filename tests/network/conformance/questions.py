"""Asks what a case asks, and compares every key of what it expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Protocol

from tests.network.conformance.asking import (
    EPHEMERAL,
    PUBLIC,
    Ask,
    World,
    address_of,
    asks,
    interface,
    packet_of,
    world,
)
from tests.network.conformance.cases import Case, Cases, UntranslatedError, understood
from tests.network.conformance.controls import canonical, matches, named, spelled
from tests.network.conformance.estates import translate
from tests.network.conformance.paths import carriers, path_of, through

from ringwork.network.addresses import Address, parse_address, parse_prefix
from ringwork.network.model import Model, Place, Route, Subnet, Via
from ringwork.network.packets import TCP, Packet
from ringwork.network.walk import Exchange, Hop, Outcome, Start, Walk
from ringwork.network.walk import exchange as walked


class Backend(Protocol):
    """What answers: the walker, or whatever else has its shape."""

    def __call__(self, model: Model, packet: Packet, start: Start) -> Exchange: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one case came out."""

    case: str
    status: str
    """`ok`, `WRONG` or `skipped`"""
    detail: str = ""

    def __str__(self) -> str:
        return (
            f"{self.case}: {self.status}{' ' if self.status == 'WRONG' else ': ' if self.detail else ''}"
            + (self.detail)
        )


def check(case: Case, cases: Cases, backend: Backend = walked) -> Verdict:
    """Asks one case."""
    try:
        asked = world(translate(case, cases))
        answer = _answered(asked, case.question, backend)
    except UntranslatedError as reason:
        return Verdict(case.id, "skipped", reason.reason)
    except Exception as error:  # noqa: BLE001 (one case that breaks us must not hide the others)
        return Verdict(case.id, "WRONG", f"expected an answer got {error!r}")
    wrong = []
    for key, expected in case.expected.items():
        if key not in answer.checks:
            return Verdict(case.id, "skipped", f"the expectation `{key}` is not known to this question")
        found = answer.checks[key](expected)
        if found is not None:
            wrong.append(f"expected {key} {expected!r} got {found}")
    return Verdict(case.id, "WRONG", "; ".join(wrong)) if wrong else Verdict(case.id, "ok")


Check = Callable[[Any], str | None]
"""Takes what is expected; None if it is so, else what was got instead"""


@dataclass(frozen=True, slots=True)
class Answer:
    checks: Mapping[str, Check]


def _answered(asked: World, question: Mapping[str, Any], backend: Backend) -> Answer:
    if "route_lookup" in question:
        return _route_lookup(asked, question["route_lookup"], backend)
    if "tgw_lookup" in question:
        return _transit_lookup(asked, question["tgw_lookup"], backend)
    if "flow" in question:
        return _flow(asked, question["flow"], backend)
    if {"from", "to"} <= question.keys() <= {"from", "to", "packet", "ip"}:
        questions = understood(lambda: asks(asked, question), "question")
        return _reach(asked, questions, backend, question)
    if question.keys() == {"packet"} and asked.translated.setup.get("firewalls"):
        return _firewall(asked, question["packet"], backend)
    raise UntranslatedError(f"the question {sorted(question)} is not known")


# --- from one place to another


@dataclass(frozen=True, slots=True)
class Told:
    """One packet that was asked about, and what may become of it."""

    ask: Ask
    exchange: Exchange

    @property
    def delivered(self) -> list[Walk]:
        return [walk for walk in self.exchange.forward if self._arrives(walk, Outcome.DELIVERED)]

    @property
    def unsure(self) -> list[Walk]:
        return [walk for walk in self.exchange.forward if self._arrives(walk, Outcome.UNKNOWN)]

    def _arrives(self, walk: Walk, outcome: Outcome) -> bool:
        """What an endpoint's interface receives arrives at its service."""
        to, passed = self.ask.to, {hop.component for hop in walk.hops}
        there = walk.arrived in (to, "") or (walk.arrived.startswith("aws:") and to in passed)
        return walk.outcome is outcome and (to is None or there)

    @property
    def dropped(self) -> list[Walk]:
        return [walk for walk in self.exchange.forward if walk.outcome is Outcome.DROPPED]


def _reach(asked: World, questions: tuple[Ask, ...], backend: Backend, question: Mapping[str, Any]) -> Answer:
    told = [Told(each, backend(asked.model, each.packet, each.start)) for each in questions]
    by_endpoint = _by_endpoint(asked, question, backend)
    told += by_endpoint
    delivered = [each for each in told if each.delivered]
    reach: bool | str = bool(delivered) or ("unknown" if any(each.unsure for each in told) else False)
    best = max(by_endpoint or told, key=lambda each: max(len(walk.hops) for walk in each.exchange.forward))
    backs = [walk for each in delivered for walk in each.exchange.back]
    home = [walk for each in delivered for walk in each.exchange.back if _returns(asked, each.ask, walk)]
    reply: bool | str = any(walk.outcome is Outcome.DELIVERED for walk in home)
    if not reply and any(walk.outcome is Outcome.UNKNOWN for walk in home):
        reply = "unknown"
    shown = (delivered or [best])[0]
    return Answer(
        {
            "reach": _equal(reach, lambda: _why(asked, best.exchange.forward)),
            "reply": _equal(reply, lambda: _why(asked, backs)),
            "connects": _equal(bool(delivered) and reply is True, lambda: _why(asked, backs)),
            "blocked_at": _blocked(asked, best.dropped, reach),
            "reply_blocked_at": _blocked(asked, [w for w in backs if w.outcome is Outcome.DROPPED], reply),
            "path": lambda expected: _differs(carriers(expected), _paths(asked, shown.exchange.forward)),
            "reply_path": lambda expected: _differs(carriers(expected), _paths(asked, shown.exchange.back)),
            "asymmetric": _equal(_asymmetric(asked, shown.exchange), lambda: ""),
            "nat": lambda expected: _rewritten(expected, shown),
            "seen_src": lambda expected: _seen(asked, expected, shown.exchange.forward),
            "seen_src_at_target": lambda expected: _seen_at_target(asked, expected, told, backend),
            "reach_listener": _equal(_listened(told), lambda: _why(asked, best.exchange.forward)),
        }
    )


def _returns(asked: World, ask: Ask, reply: Walk) -> bool:
    """Whether a reply arrives, or may, where the packet came from: a network behind a VPN gateway is one,
    however many connections lead to it."""
    start = ask.start
    origins = {start.interface or start.vpc or start.external or "internet"}
    for gateway in asked.model.vpn_gateways.values():
        if start.external in gateway.externals:
            origins.update(gateway.externals)
    return reply.arrived in origins or (reply.outcome is Outcome.UNKNOWN and not reply.arrived)


def _by_endpoint(asked: World, question: Mapping[str, Any], backend: Backend) -> list[Told]:
    """What stands behind an endpoint service could come out of the endpoint only: asked as well."""
    if not str(question["from"]).endswith(" targets"):
        return []
    found = []
    destination = interface(asked, question["to"])
    for name in asked.translated.setup["endpoints"]:
        end = interface(asked, f"eni-{name}")
        packet = Packet(address_of(end, 4), address_of(destination, 4), TCP, EPHEMERAL, 443)
        ask = Ask(packet, Start(interface=end.key), destination.key)
        found.append(Told(ask, backend(asked.model, packet, ask.start)))
    return found


def _equal(got: Any, why: Callable[[], str]) -> Check:
    def check(expected: Any) -> str | None:
        if got == expected and type(got) is type(expected):
            return None
        more = why()
        return f"{got!r}{f' ({more})' if more else ''}"

    return check


def _differs(expected: Any, found: Iterable[Any]) -> str | None:
    got = list(found)
    return None if expected in got else f"{got!r}"


def _why(asked: World, walks: Iterable[Walk]) -> str:
    """How the walks ended, for people."""
    return "; ".join(
        dict.fromkeys(
            f"{walk.outcome.value} {walk.arrived or (spelled(walk.hops[-1], asked) if walk.hops else '')}"
            for walk in walks
        )
    )


def _blocked(asked: World, dropped: list[Walk], reached: bool | str) -> Check:
    """Every way that the packet may take ends at that control."""

    def check(expected: str) -> str | None:
        last = _deciding(dropped)
        if last and reached is False and all(matches(expected, hop, asked) for hop in last):
            return None
        return (
            ", ".join(dict.fromkeys(spelled(hop, asked) for hop in last)) or f"nothing (reached: {reached})"
        )

    return check


def _deciding(dropped: Iterable[Walk]) -> list[Hop]:
    return [walk.hops[-1] for walk in dropped if walk.hops]


def _paths(asked: World, walks: Iterable[Walk]) -> list[list[str]]:
    return [path_of(walk, asked) for walk in walks]


def _asymmetric(asked: World, exchange: Exchange) -> bool:
    """Some middlebox sees one direction only (VPC user guide, "Middlebox considerations": asymmetric routing
    is not supported)."""
    ends = {path[index] for path in _paths(asked, exchange.forward) if path for index in (0, -1)}
    forward = {word for path in _paths(asked, exchange.forward) for word in path} - ends
    back = {word for path in _paths(asked, exchange.back) for word in path} - ends
    return forward != back


def _rewritten(expected: Mapping[str, list[str]], told: Told) -> str | None:
    """What an end of the packet is on its way: its first address, all that are named, and its last."""
    ends = {"dst": "destination", "src": "source"}
    found = []
    for walk in told.delivered:
        packets = [told.ask.packet, *(hop.after for hop in walk.hops if hop.after), walk.packet]
        ways = {
            side: [str(value) for value, _ in groupby(getattr(packet, end) for packet in packets)]
            for side, end in ends.items()
        }
        found.append(str(ways))
        if all(_leads(ways.get(side, []), way) for side, way in expected.items()):
            return None
    return "; ".join(found) or "nothing arrives"


def _leads(way: list[str], expected: list[str]) -> bool:
    rest = iter(way)
    whole = bool(way) and way[0] == expected[0] and way[-1] == expected[-1]
    return whole and all(address in rest for address in expected)


def _seen_at_target(asked: World, expected: str, told: Iterable[Told], backend: Backend) -> str | None:
    """The source of what a target receives.

    Where the load balancer's own rules refuse the client (pls-001's do, as pls-002 says), of what it would
    receive: with the switch off that has them judge what comes through PrivateLink.
    """
    there = [each for each in told if each.delivered]
    if not there:
        open_ones = {
            key: replace(balancer, enforce_on_private_link=False)
            for key, balancer in asked.model.load_balancers.items()
        }
        model = replace(asked.model, load_balancers=open_ones)
        there = [Told(each.ask, backend(model, each.ask.packet, each.ask.start)) for each in told]
    return _seen(asked, expected, [walk for each in there for walk in each.delivered])


_NLB_ADDRESS = "NLB private address"


def _seen(asked: World, expected: str, walks: Iterable[Walk]) -> str | None:
    """The source that the target, or its filter, sees."""
    wanted = (
        {
            address
            for balancer in asked.model.load_balancers.values()
            for key in balancer.interfaces
            for address in asked.model.interfaces[key].addresses
        }
        if expected == _NLB_ADDRESS
        else {parse_address(expected)}
    )
    seen = {walk.packet.source for walk in walks}
    return (
        None
        if seen and seen <= wanted
        else ", ".join(str(address) for address in sorted(seen)) or "nothing arrives"
    )


def _listened(told: Iterable[Told]) -> bool:
    """Some walk of every client passes a listener."""
    return all(
        any(hop.control == "listener" and hop.passed for walk in each.exchange.forward for hop in walk.hops)
        for each in told
    )


# --- one table


def _route_lookup(asked: World, lookup: Mapping[str, Any], backend: Backend) -> Answer:
    """A packet to the address from a subnet of the table, as far as the route that decides."""
    destination = understood(lambda: parse_address(lookup["dst"]), "question")
    subnet = understood(lambda: _looked_up_from(asked, lookup), "question")
    asked = replace(asked, model=replace(asked.model, subnets={**asked.model.subnets, subnet.key: subnet}))
    start = Start(vpc=subnet.vpc, subnet=subnet.key)
    source = _inside(asked.model, subnet.key, destination.version)
    packet = Packet(source, destination, TCP, EPHEMERAL, 443)
    walks = backend(asked.model, packet, start).forward
    found = {_target(asked, walk, subnet.table, destination) for walk in walks}

    def one(expected: str | None) -> str | None:
        return several([expected])

    def several(expected: list[str | None]) -> str | None:
        wanted = {canonical(word, asked) if word else None for word in expected}
        return None if found == wanted else repr(sorted(map(str, found)))

    return Answer({"target": one, "target_any_of": several})


ELSEWHERE = parse_prefix("100.127.255.240/28")
"""where no case has a subnet"""


def _looked_up_from(asked: World, lookup: Mapping[str, Any]) -> Subnet:
    if "subnet" in lookup:
        return asked.model.subnets[asked.key("subnet", lookup["subnet"])]
    table = asked.model.tables[asked.key("rtb", lookup["rtb"])]
    used = (each for each in asked.model.subnets.values() if each.table == table.key)
    # a gateway's own table has no subnet: its routes are asked for from one that would use it
    return next(used, Subnet("a subnet of the question", table.vpc, (ELSEWHERE,), None, table.key, None))


def _inside(model: Model, subnet: str, version: int) -> Address:
    """An address of a subnet; of IPv6, where it has none, any (only routes are asked)."""
    for prefix in model.subnets[subnet].prefixes:
        if prefix.version == version:
            return Address(version, prefix.low + 9)
    return parse_address("2001:db8::9" if version == 6 else "10.0.1.9")


def _target(asked: World, walk: Walk, table: str, destination: Address) -> str | None:
    if walk.hops and walk.hops[-1].component == str(destination):
        return "link-local-service"
    for hop in walk.hops:
        if hop.component == table and hop.control == "route table":
            route = _route(asked.model, table, hop.place, destination)
            if route is None:
                return None if hop.passed is False else f"? ({hop.why})"
            if not route.active:
                return "blackhole"
            if route.target.via is Via.LOCAL:
                return "local"
            kind, name = named(route.target.key, asked)
            return f"{kind}:{name}"
    return None if walk.outcome is Outcome.DROPPED else f"? ({walk.outcome.value} {walk.arrived})"


def _route(model: Model, table: str, place: Place | None, destination: Address) -> Route | None:
    return next(
        (
            route
            for route in model.tables[table].routes
            if route.place == place and route.prefix.contains(destination)
        ),
        None,
    )


def _transit_lookup(asked: World, lookup: Mapping[str, Any], backend: Backend) -> Answer:
    """A packet to the address from the attachment's VPC: where does it arrive?"""
    destination = understood(lambda: parse_address(lookup["dst"]), "question")
    vpc = understood(lambda: _attached(asked, lookup["from"]), "question")
    subnet = next(each for each in asked.model.subnets.values() if each.vpc == vpc)
    packet = Packet(_inside(asked.model, subnet.key, destination.version), destination, TCP, EPHEMERAL, 443)
    walks = backend(asked.model, packet, Start(vpc=vpc, subnet=subnet.key)).forward
    found = {through(walk, asked) for walk in walks}

    def check(expected: str | None) -> str | None:
        return None if found == {expected} else f"{sorted(map(str, found))} ({_why(asked, walks)})"

    return Answer({"target": check})


def _attached(asked: World, name: str) -> str:
    """The VPC that is named, or whose attachment is."""
    attachment = asked.translated.keys.get(f"tgw-at:{name}")
    return asked.model.attachments[attachment].to if attachment else asked.key("vpc", name)


# --- arrangements


_FLOW = "client to server through Network Firewall"


def _flow(asked: World, words: str, backend: Backend) -> Answer:
    """Whether each endpoint of the firewall that sees a connection sees both of its directions."""
    if words != _FLOW:
        raise UntranslatedError(f"the flow `{words}` is not known")
    client, server = interface(asked, "client"), interface(asked, "server")
    packet = Packet(address_of(client, 4), address_of(server, 4), TCP, EPHEMERAL, 443)
    exchange = backend(asked.model, packet, Start(interface=client.key))
    endpoints = {key for firewall in asked.model.firewalls.values() for key in firewall.interfaces}
    forward, back = (
        {frozenset(hop.component for hop in walk.hops) & endpoints for walk in walks}
        for walks in (exchange.forward, exchange.back)
    )
    passes = forward and back and frozenset() not in forward | back
    symmetric = forward == back if passes else "no pass through the firewall"
    return Answer({"symmetric": _equal(symmetric, lambda: _why(asked, exchange.forward))})


def _firewall(asked: World, given: Mapping[str, Any], backend: Backend) -> Answer:
    """The verdict on a packet that the policy stands in the way of: from its one host, or to it."""
    packet, start = understood(lambda: _inspected(asked, given), "question")
    walks = backend(asked.model, packet, start).forward
    policies = {"firewall policy", "firewall"}
    found = {
        "pass"
        if walk.outcome is Outcome.DELIVERED
        else "drop"
        if walk.outcome is Outcome.DROPPED and walk.hops[-1].control in policies
        else f"{walk.outcome.value} at {spelled(walk.hops[-1], asked)}"
        for walk in walks
    }

    def check(expected: str) -> str | None:
        return None if found == {expected} else ", ".join(sorted(found))

    return Answer({"verdict": check})


def _inspected(asked: World, given: Mapping[str, Any]) -> tuple[Packet, Start]:
    host = interface(asked, "host")
    own = address_of(host, 4)
    if given.get("dst") == str(own):
        source = parse_address(given.get("src", str(PUBLIC[4])))
        return packet_of(source, host.public[own], given), Start(internet=True)
    source = parse_address(given.get("src", str(own)))
    return packet_of(source, parse_address(given["dst"]), given), Start(interface=host.key)
