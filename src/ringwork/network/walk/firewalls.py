"""AWS Network Firewall."""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.network.addresses import Address, Prefix
from ringwork.network.model import FirewallPolicy, FirewallRule, Place, Verdict
from ringwork.network.packets import TCP, UDP, Packet
from ringwork.network.walk.interfaces import passed_on
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Carried, Sending, State, Step

POLICY = "firewall policy"
ACTION_ORDER = (Verdict.PASS, Verdict.DROP, Verdict.REJECT, Verdict.ALERT)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a policy does with a packet."""

    passed: bool | None
    place: Place
    why: str
    stateful: bool = False
    """the stateful rules were asked, so the flow is known from now on"""


def carried(known: Known, state: State, at: Carried) -> Step:
    """Through a firewall endpoint, and on by its own subnet's table.

    Network Firewall guide, "How Network Firewall filters network traffic".
    https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-policy-processing.html
    """
    onward = Sending(at.interface, own=False)
    firewall = known.firewall_of.get(at.interface)
    policy = known.model.policies.get(firewall.policy or "") if firewall else None
    component = firewall.key if firewall else at.interface
    if policy is None:
        why = "the firewall's policy is not known"
        yield passed_on(state.met(component, POLICY, None, None, why), component).to(onward)
        return
    found = inspect(policy, state.packet, state.recalled(at.interface), state.recall is not None)
    if found.passed is False:
        yield state.dropped(policy.key, POLICY, found.place, found.why)
        return
    state = state.met(policy.key, POLICY, found.place, found.passed, found.why)
    if found.stateful:
        state = state.remember(at.interface)
    yield passed_on(state, component).to(onward)


def inspect(
    policy: FirewallPolicy, packet: Packet, tracked: bool = False, answer: bool = False
) -> Inspection:
    """Stateless rules first, by priority: the first match passes, drops, or forwards to the stateful ones;
    `aws:pass` "discontinues all inspection of the packet and permits it", so stateful rules do not see it.
    Each packet is inspected, answers too; only the stateful engine knows flows.
    """
    if policy.unknown is not None:
        return Inspection(None, Place(policy.key), f"it may have other rules: {policy.unknown}")
    perhaps: list[Inspection] = []
    for rule in sorted(policy.stateless, key=lambda rule: rule.priority):
        matched = matches(rule, packet)
        if matched is False:
            continue
        found = _stateless(rule.verdict, rule.place, f"stateless rule {rule.priority}")
        found = _asked(policy, packet, found, tracked, answer)
        perhaps.append(found)
        if rule.certain and matched:
            break
    else:
        found = _stateless(policy.stateless_default, Place(policy.key), "stateless default")
        perhaps.append(_asked(policy, packet, found, tracked, answer))
    return _joined(perhaps)


def _stateless(verdict: Verdict, place: Place, name: str) -> Inspection:
    if verdict is Verdict.PASS:
        return Inspection(True, place, f"{name}: pass, and no stateful rule sees it")
    if verdict is Verdict.FORWARD:
        return Inspection(True, place, f"{name}: forward to the stateful rules", stateful=True)
    return Inspection(False, place, f"{name}: {verdict.value}")


def _asked(
    policy: FirewallPolicy, packet: Packet, found: Inspection, tracked: bool, answer: bool
) -> Inspection:
    if not found.stateful:
        return found
    if tracked:
        return Inspection(True, found.place, "an answer within a tracked flow", stateful=True)
    if answer and packet.protocol == TCP:
        # Network Firewall guide, "Stream exception policy options": drop by default, or continue or reject
        # https://docs.aws.amazon.com/network-firewall/latest/developerguide/stream-exception-policy.html
        why = "it did not see the connection's start: the stream exception policy decides"
        return Inspection(None, Place(policy.key), why, stateful=True)
    return _strict(policy, packet) if policy.strict else _by_action(policy, packet)


def _by_action(policy: FirewallPolicy, packet: Packet) -> Inspection:
    """Action order, the default: pass rules are taken before drop rules, wherever they stand; what none
    matches passes.

    Network Firewall guide, "Managing evaluation order for Suricata compatible rules".
    https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html
    """
    order = sorted(policy.stateful, key=lambda rule: (ACTION_ORDER.index(_action(rule)), rule.priority))
    last = Inspection(True, Place(policy.key), "no stateful rule stops it", stateful=True)
    return _first(order, packet, last)


def _strict(policy: FirewallPolicy, packet: Packet) -> Inspection:
    """Strict order: rules as they stand, then the stateful default actions. `aws:drop_strict` drops what no
    rule matches; the others that drop (`aws:drop_established`, ...) do so for established connections, so
    what sets one up may pass.

    Network Firewall API reference, FirewallPolicy; guide, "Strict evaluation order".
    https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallPolicy.html
    """
    order = sorted(policy.stateful, key=lambda rule: rule.priority)
    place = Place(policy.key)
    if "aws:drop_strict" in policy.stateful_default:
        last = Inspection(False, place, "no stateful rule matches: aws:drop_strict", stateful=True)
    elif any(action.startswith("aws:drop_") for action in policy.stateful_default):
        named = ", ".join(sorted(policy.stateful_default))
        why = f"no stateful rule matches: {named} drops all but what sets up a connection"
        last = Inspection(None, place, why, stateful=True)
    else:
        last = Inspection(True, place, "no stateful rule stops it", stateful=True)
    return _first(order, packet, last)


def _action(rule: FirewallRule) -> Verdict:
    return Verdict.ALERT if rule.verdict is Verdict.FORWARD else rule.verdict


def _first(order: list[FirewallRule], packet: Packet, last: Inspection) -> Inspection:
    perhaps: list[Inspection] = []
    for rule in order:
        matched = False if _action(rule) is Verdict.ALERT else matches(rule, packet)
        if matched is False:
            continue
        certain = rule.certain and matched is True
        passes = rule.verdict is Verdict.PASS
        why = f"stateful rule: {rule.verdict.value}" + ("" if certain else ", perhaps")
        perhaps.append(Inspection(passes, rule.place, why, stateful=True))
        if certain:
            return _joined(perhaps)
    return _joined([*perhaps, last])


def _joined(found: list[Inspection]) -> Inspection:
    """One answer of all that may be: the first one's rule is named."""
    answers = {inspection.passed for inspection in found}
    first = found[0]
    stateful = any(inspection.stateful for inspection in found)
    if len(answers) == 1:
        return Inspection(first.passed, first.place, first.why, stateful)
    return Inspection(None, first.place, f"{first.why}; else {found[-1].why}", stateful)


def matches(rule: FirewallRule, packet: Packet) -> bool | None:
    """Whether a rule's five fields match; empty is any. None: it has ports, and the packet has none.

    Network Firewall API reference, MatchAttributes: ports are "only used for protocols 6 (TCP) and 17 (UDP)",
    which does not say whether a rule with ports matches other protocols; of Suricata's rules it is not found.
    https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_MatchAttributes.html
    """
    if rule.protocols and packet.protocol not in rule.protocols:
        return False
    ends = {_ends(rule, packet)} | ({_ends(rule, packet.reply())} if rule.both_ways else set())
    if True in ends:
        return True
    return None if None in ends else False


def _ends(rule: FirewallRule, packet: Packet) -> bool | None:
    if not _within(rule.sources, packet.source) or not _within(rule.destinations, packet.destination):
        return False
    if packet.protocol not in (TCP, UDP) and (rule.source_ports or rule.destination_ports):
        return None
    return _port(rule.source_ports, packet.source_port) and _port(
        rule.destination_ports, packet.destination_port
    )


def _within(prefixes: tuple[Prefix, ...], address: Address) -> bool:
    return not prefixes or any(prefix.contains(address) for prefix in prefixes)


def _port(ranges: tuple[tuple[int, int], ...], port: int | None) -> bool:
    return not ranges or (port is not None and any(low <= port <= high for low, high in ranges))
