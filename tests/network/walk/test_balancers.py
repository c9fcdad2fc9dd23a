"""Load balancers. Expected answers: the conformance suite's `nlb` cases by their ids, and AWS's pages that
the walker cites."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.network.model import (
    InternetGateway,
    Listener,
    LoadBalancer,
    Model,
    TargetGroup,
    TargetOf,
)

from .networks import (
    Outcome,
    Start,
    exchange,
    group,
    interface,
    packet,
    refused,
    replace,
    subnet,
    table,
    two_subnets,
    walk,
)

FROM_A = Start(interface="a")
ASKED = packet("10.0.1.10", "10.0.2.200", 80)


def balanced(*parts: object, groups: str | None = None, **more: Any) -> Model:
    target = more.get("target", TargetOf("b", None, None))
    return two_subnets(
        group("tb", inside=more.get("rule", "tcp 8080 from 10.0.1.0/24")),
        interface("L#s2", "s2", "10.0.2.200", groups=groups, kind="load-balancer", owner="L"),
        LoadBalancer(
            "L",
            more.get("kind", "network"),
            False,
            ("L#s2",),
            (Listener("l80", more.get("protocol", "TCP"), 80, ("tg",)),),
            more.get("cross_zone", False),
        ),
        TargetGroup(
            "tg", more.get("type", "instance"), more.get("of", "TCP"), 8080, (target,), more.get("preserve")
        ),
        *parts,
        b=more.get("b", "tb"),
    )


def test_targets_by_instance_see_the_client_by_default() -> None:
    found = exchange(balanced(), ASKED, FROM_A)
    assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, "b")]
    assert str(found.forward[0].packet) == "tcp 10.0.1.10:49152 -> 10.0.2.10:8080"
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]
    assert found.back[0].packet == ASKED.reply()


@pytest.mark.parametrize(
    ("type_", "of", "attribute", "seen"),
    [
        ("ip", "TCP", None, "10.0.2.200"),
        ("ip", "TLS", None, "10.0.2.200"),
        ("ip", "TCP", True, "10.0.1.10"),
        ("instance", "TCP", False, "10.0.2.200"),
        ("instance", "TLS", None, "10.0.1.10"),
        ("ip", "TCP_UDP", False, "10.0.1.10"),
    ],
)
def test_whose_address_targets_see_002(type_: str, of: str, attribute: bool | None, seen: str) -> None:
    net = balanced(type=type_, of=of, preserve=attribute, rule="all from 10.0.0.0/16")
    assert str(walk(net, ASKED, FROM_A)[0].packet.source) == seen
    if seen != "10.0.1.10":
        strict = balanced(type=type_, of=of, preserve=attribute)
        assert refused(walk(strict, ASKED, FROM_A))[:2] == ("tb", "security-group ingress")


def test_no_listener_003() -> None:
    assert refused(walk(balanced(), replace(ASKED, destination_port=81), FROM_A))[:2] == ("L", "listener")


def test_without_groups_it_admits_every_client_004() -> None:
    net = balanced(interface("c", "s2", "10.0.2.77"), rule="all from 0.0.0.0/0")
    found = walk(net, packet("10.0.2.77", "10.0.2.200", 80), Start(interface="c"))
    assert [w.arrived for w in found] == ["b"]
    assert not any(
        hop.control.startswith("security-group") for hop in found[0].hops if hop.component == "L#s2"
    )


def test_a_target_may_name_the_load_balancers_group_006_007() -> None:
    groups = group("lg", inside="tcp 80 from 10.0.1.0/24", out="all to 0.0.0.0/0")
    net = balanced(groups, groups="lg", rule="tcp 8080 from sg:lg")
    assert [w.outcome for w in exchange(net, ASKED, FROM_A).back] == [Outcome.DELIVERED]
    direct = walk(net, packet("10.0.1.10", "10.0.2.10", 8080), FROM_A)
    assert refused(direct)[:2] == ("tb", "security-group ingress")


def test_its_own_groups_filter_both_ways() -> None:
    net = balanced(group("lg", inside="tcp 80 from 10.9.0.0/16", out="all to 0.0.0.0/0"), groups="lg")
    assert refused(walk(net, ASKED, FROM_A))[:2] == ("lg", "security-group ingress")
    net = balanced(group("lg", inside="tcp 80 from 10.0.0.0/8"), groups="lg")
    assert refused(walk(net, ASKED, FROM_A))[:2] == ("lg", "security-group egress")


def test_loopback_008() -> None:
    net = balanced(target=TargetOf("a", None, None))
    found = walk(net, ASKED, FROM_A)
    assert refused(found)[0] == "L"
    assert "loopback" in found[0].hops[-1].why


def test_a_zone_that_is_not_enabled_009() -> None:
    far = subnet("s3", "10.0.3.0/24", zone="b")
    net = balanced(far, interface("b", "s3", "10.0.3.10"))
    assert refused(walk(net, ASKED, FROM_A))[0] == "L"
    both = balanced(far, interface("b", "s3", "10.0.3.10"), cross_zone=True)
    assert refused(walk(both, ASKED, FROM_A))[0] == "L"
    lb = both.load_balancers["L"]
    enabled = replace(
        both,
        load_balancers={"L": replace(lb, interfaces=("L#s2", "L#s3"))},
        interfaces={
            **both.interfaces,
            "L#s3": interface("L#s3", "s3", "10.0.3.200", groups=None, kind="load-balancer"),
        },
    )
    assert [w.arrived for w in walk(enabled, ASKED, FROM_A)] == ["b"]
    assert refused(walk(replace(enabled, load_balancers={"L": replace(lb, cross_zone=False)}), ASKED, FROM_A))


def test_no_healthy_target_fails_open_010() -> None:
    net = balanced(target=TargetOf("b", None, None, healthy=False))
    assert [w.outcome for w in exchange(net, ASKED, FROM_A).back] == [Outcome.DELIVERED]


def test_an_unhealthy_target_gets_nothing_beside_a_healthy_one() -> None:
    net = balanced(interface("c", "s2", "10.0.2.11"))
    targets = (TargetOf("b", None, None, healthy=False), TargetOf("c", None, None, healthy=True))
    net = replace(net, target_groups={"tg": replace(net.target_groups["tg"], targets=targets)})
    assert [w.arrived for w in walk(net, ASKED, FROM_A)] == ["c"]


def test_an_application_load_balancer_opens_its_own_connection() -> None:
    groups = group("lg", inside="tcp 80 from 10.0.1.0/24", out="tcp 8080 to sg:tb")
    net = balanced(groups, groups="lg", kind="application", protocol="HTTP", rule="tcp 8080 from sg:lg")
    found = exchange(net, ASKED, FROM_A)
    assert str(found.forward[0].packet.source) == "10.0.2.200"
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]


def test_a_public_one_serves_the_internet_from_a_private_target() -> None:
    """Network Load Balancer guide: answers of targets that saw the client go back by the load balancer, so
    their subnet needs no way to the internet."""
    net = balanced(
        table("r-v", "v", "0.0.0.0/0 igw:i"),
        table("r-2", "v"),
        InternetGateway("i", "v"),
        subnet("s9", "10.0.9.0/24"),
        subnet("s2", "10.0.2.0/24", table="r-2"),
        interface(
            "L#s2",
            "s9",
            "10.0.9.200",
            groups=None,
            kind="load-balancer",
            public={"10.0.9.200": "6.6.6.6"},
        ),
        rule="tcp 8080 from 0.0.0.0/0",
    )
    found = exchange(net, packet("8.8.8.8", "6.6.6.6", 80), Start(internet=True))
    assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, "b")]
    assert str(found.forward[0].packet.source) == "8.8.8.8"
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "internet")]
    assert str(found.back[0].packet.source) == "6.6.6.6"


def test_targets_that_scaling_registers_are_unknown() -> None:
    net = balanced()
    net = replace(net, target_groups={"tg": replace(net.target_groups["tg"], targets=(), certain=False)})
    assert [w.outcome for w in walk(net, ASKED, FROM_A)] == [Outcome.UNKNOWN]


def test_a_target_without_address_yet_may_be_reached() -> None:
    net = balanced(interface("b", "s2", groups="tb", assigned=False))
    assert [(w.outcome, w.arrived) for w in walk(net, ASKED, FROM_A)] == [(Outcome.UNKNOWN, "b")]


def test_a_gateway_load_balancer_is_unknown() -> None:
    found = walk(balanced(kind="gateway"), ASKED, FROM_A)
    assert [w.outcome for w in found] == [Outcome.UNKNOWN]
