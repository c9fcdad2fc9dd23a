"""Network Firewall. Expected answers: the conformance suite's `nfw` cases by their ids, and the Network
Firewall guide's pages that the walker cites."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.network.addresses import parse_prefix
from ringwork.network.model import Firewall, FirewallPolicy, FirewallRule, Model, Place, Verdict
from ringwork.network.packets import NUMBERS, UDP, Packet
from ringwork.network.walk.firewalls import inspect

from .networks import (
    Outcome,
    Start,
    exchange,
    group,
    interface,
    met,
    model,
    opened,
    packet,
    refused,
    replace,
    subnet,
    table,
    vpc,
    walk,
)

TO_443 = packet("10.0.1.9", "8.8.8.8", 443)


def rule(number: int, verdict: str, what: str = "ip", **more: Any) -> FirewallRule:
    """`tcp`, with `source`, `destination`, `port`"""
    protocol = NUMBERS.get(what)
    port = more.get("port")
    return FirewallRule(
        number,
        Verdict(verdict),
        frozenset({protocol} if protocol else ()),
        tuple(parse_prefix(p) for p in more.get("source", "").split()),
        tuple(parse_prefix(p) for p in more.get("destination", "").split()),
        (),
        ((port, port),) if port else (),
        Place("policy", (what, number)),
        more.get("both_ways", False),
        more.get("certain", True),
    )


def policy(*stateful: FirewallRule, **more: Any) -> FirewallPolicy:
    return FirewallPolicy(
        "policy",
        tuple(more.get("stateless", ())),
        Verdict(more.get("default", "forward")),
        stateful,
        more.get("strict", False),
        frozenset(more.get("last", ())),
        more.get("unknown"),
    )


@pytest.mark.parametrize(
    ("case", "asked", "sent", "expected"),
    [
        (
            "nfw-001",
            policy(
                rule(1, "drop", "tcp", port=443),
                stateless=[rule(1, "pass", "tcp", destination="10.0.1.0/24", port=443)],
            ),
            packet("1.2.3.4", "10.0.1.9"),
            True,
        ),
        ("nfw-002", policy(rule(1, "drop"), default="pass"), TO_443, True),
        (
            "nfw-003",
            policy(
                rule(1, "drop", "tcp", source="10.0.0.0/8", port=443),
                rule(2, "pass", "tcp", source="10.0.1.0/24", port=443),
            ),
            TO_443,
            True,
        ),
        (
            "nfw-004",
            policy(
                rule(1, "pass", "tcp", source="10.0.1.0/24", port=443), strict=True, last=["aws:drop_strict"]
            ),
            packet("10.0.1.9", "8.8.8.8", 80),
            False,
        ),
        (
            "strict order takes rules as they stand",
            policy(rule(1, "drop", "tcp", source="10.0.0.0/8"), rule(2, "pass", "tcp"), strict=True),
            TO_443,
            False,
        ),
        ("an alert stops nothing", policy(rule(1, "alert"), rule(2, "drop"), strict=True), TO_443, False),
        ("no default action, strict", policy(strict=True), TO_443, True),
        ("stateless drop", policy(rule(1, "pass"), stateless=[rule(1, "drop")]), TO_443, False),
        ("drop_established", policy(strict=True, last=["aws:drop_established"]), TO_443, None),
        (
            "a domain list may pass",
            policy(rule(1, "pass", "tcp", certain=False), rule(2, "drop")),
            TO_443,
            None,
        ),
        (
            "one that may drop what drops anyway",
            policy(rule(1, "drop", certain=False), rule(2, "drop")),
            TO_443,
            False,
        ),
        ("both ways", policy(rule(1, "drop", "tcp", source="8.8.8.8/32", both_ways=True)), TO_443, False),
        ("one way", policy(rule(1, "drop", "tcp", source="8.8.8.8/32")), TO_443, True),
        ("unknown rules", policy(unknown="a managed rule group"), TO_443, None),
    ],
)
def test_what_a_policy_does(case: str, asked: FirewallPolicy, sent: Packet, expected: bool | None) -> None:
    assert inspect(asked, sent).passed is expected, case


def inspected(found: FirewallPolicy, *, both: bool = True, **more: Any) -> Model:
    """`a` and `b` in subnets that lead to each other by a firewall's endpoint."""
    return model(
        vpc("v", "10.0.0.0/16"),
        subnet("s1", "10.0.1.0/24", table="r1"),
        subnet("s2", "10.0.2.0/24", table="r2"),
        subnet("sf", "10.0.5.0/28"),
        table("r1", "v", "10.0.2.0/24 vpce-firewall:f#sf"),
        table("r2", "v", "10.0.1.0/24 vpce-firewall:f#sf" if both else ""),
        opened(),
        interface("a", "s1", "10.0.1.10"),
        interface("b", "s2", "10.0.2.10", groups=more.get("b", "open")),
        interface("f#sf", "sf", "10.0.5.4", groups=None, kind="firewall", owner="f"),
        Firewall("f", "v", more.get("policy", "policy"), ("f#sf",)),
        found,
        group("gb", inside="all from sg:open"),
    )


A_TO_B, FROM_A = packet("10.0.1.10", "10.0.2.10"), Start(interface="a")
ALLOW_443 = policy(rule(1, "pass", "tcp", port=443), strict=True, last=["aws:drop_strict"])


def test_answers_within_a_flow_pass() -> None:
    found = exchange(inspected(ALLOW_443), A_TO_B, FROM_A)
    assert [w.arrived for w in (*found.forward, *found.back)] == ["b", "a"]
    assert "policy" in met(found.back[0])


def test_it_drops_by_name_of_the_rule() -> None:
    net = inspected(policy(rule(7, "drop", "tcp", port=443)))
    component, control, place = refused(walk(net, A_TO_B, FROM_A))
    assert (component, control) == ("policy", "firewall policy")
    assert place == Place("policy", ("tcp", 7))


def test_an_answer_past_a_firewall_that_saw_no_request_is_unknown() -> None:
    """Network Firewall guide, "Stream exception policy"."""
    net = inspected(ALLOW_443)
    net = replace(net, tables={**net.tables, "r1": table("r1", "v")})
    found = exchange(net, A_TO_B, FROM_A)
    assert [w.outcome for w in found.back] == [Outcome.UNKNOWN]


def test_stateless_rules_judge_answers_too() -> None:
    to_a = rule(1, "drop", "udp", destination="10.0.1.0/24")
    net = inspected(policy(stateless=[to_a]))
    found = exchange(net, packet("10.0.1.10", "10.0.2.10", protocol=UDP), FROM_A)
    assert found.forward[0].outcome is Outcome.DELIVERED
    assert refused(found.back)[0] == "policy"


def test_no_group_reference_matches_through_it() -> None:
    assert refused(walk(inspected(ALLOW_443, b="gb"), A_TO_B, FROM_A))[:2] == ("gb", "security-group ingress")


def test_a_policy_that_is_not_known_may_pass() -> None:
    found = walk(inspected(ALLOW_443, policy=None), A_TO_B, FROM_A)
    assert [(w.outcome, w.arrived) for w in found] == [(Outcome.UNKNOWN, "b")]
