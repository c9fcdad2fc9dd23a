"""What is rare, or not there at all: each has an answer of its own, and none that is not known is *safe*."""

from __future__ import annotations

import pytest

from ringwork.network.addresses import parse_address, parse_prefix
from ringwork.network.model import (
    EgressOnlyGateway,
    EndpointService,
    GatewayEndpoint,
    InterfaceEndpoint,
    InternetGateway,
    Listener,
    LoadBalancer,
    Model,
    NatGateway,
    Peering,
    PrefixList,
    TargetGroup,
    TargetOf,
    Unmodelled,
)
from ringwork.network.walk import Known, engine

from .networks import (
    Outcome,
    Start,
    acl,
    exchange,
    group,
    interface,
    met,
    model,
    opened,
    packet,
    refused,
    subnet,
    table,
    two_subnets,
    vpc,
    walk,
)

A_TO_B, FROM_A = packet("10.0.1.10", "10.0.2.10"), Start(interface="a")
OUT = packet("10.0.1.10", "8.8.8.8")
SIX = packet("2001:db8:0:1::a", "2001:4860:4860::8888")

DROPPED = [
    ("a gateway of another VPC", [InternetGateway("x", "w")], "0.0.0.0/0 igw:x", OUT, "x"),
    ("IPv4 by an egress-only gateway", [EgressOnlyGateway("x", "v")], "0.0.0.0/0 eigw:x", OUT, "x"),
    (
        "another VPC's gateway endpoint",
        [GatewayEndpoint("x", "w", "s3", None)],
        "8.8.0.0/16 vpce-gateway:x",
        OUT,
        "x",
    ),
    ("another pair's peering", [Peering("x", ("w", "u"), True)], "0.0.0.0/0 pcx:x", OUT, "x"),
    (
        "IPv6 by a NAT gateway",
        [NatGateway("x", "s2", "x-eni", True), interface("x-eni", "s2", "10.0.2.5", kind="nat", groups=None)],
        "::/0 nat:x",
        SIX,
        "x",
    ),
]


@pytest.mark.parametrize(("case", "parts", "routes", "sent", "component"), DROPPED)
def test_dropped(case: str, parts: list[object], routes: str, sent: object, component: str) -> None:
    net = two_subnets(table("r-v", "v", routes), *parts)
    assert refused(walk(net, sent, FROM_A))[0] == component, case  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "routes",
    [
        *("0.0.0.0/0 igw:x", "0.0.0.0/0 nat:x", "0.0.0.0/0 pcx:x", "0.0.0.0/0 tgw:x", "0.0.0.0/0 vgw:x"),
        *("0.0.0.0/0 eni:x", "0.0.0.0/0 vpce-gateway:x", "0.0.0.0/0 vpce-firewall:x", "0.0.0.0/0 eigw:x"),
        *("0.0.0.0/0 vpce-gwlb:x", "0.0.0.0/0 unmodelled:x"),
    ],
)
def test_a_target_that_is_not_in_the_estate_is_unknown(routes: str) -> None:
    assert [w.outcome for w in walk(two_subnets(table("r-v", "v", routes)), OUT, FROM_A)] == [Outcome.UNKNOWN]


def test_nat64_is_unknown() -> None:
    nat = interface("n#", "s2", "10.0.2.5", kind="nat", groups=None)
    net = two_subnets(table("r-v", "v", "64:ff9b::/96 nat:n"), NatGateway("n", "s2", "n#", True), nat)
    found = walk(net, packet("2001:db8:0:1::a", "64:ff9b::808:808"), FROM_A)
    assert [w.outcome for w in found] == [Outcome.UNKNOWN]


class TestGroups:
    def test_one_that_is_not_in_the_estate_may_admit(self) -> None:
        assert [w.outcome for w in walk(two_subnets(b="gone"), A_TO_B, FROM_A)] == [Outcome.UNKNOWN]

    def test_several_that_refuse_are_all_named(self) -> None:
        found = walk(two_subnets(group("g1"), group("g2"), b="g1 g2"), A_TO_B, FROM_A)
        assert "`g1`, `g2`" in found[0].hops[-1].why

    @pytest.mark.parametrize(("blocks", "passes"), [("10.0.1.0/24", True), ("10.0.9.0/24", False)])
    def test_a_prefix_list_is_its_entries(self, blocks: str, passes: bool) -> None:
        net = two_subnets(
            group("gb", inside="all from pl:p"), PrefixList("p", "p", (parse_prefix(blocks),)), b="gb"
        )
        assert (walk(net, A_TO_B, FROM_A)[0].outcome is Outcome.DELIVERED) is passes

    def test_an_outbound_reference_past_an_appliance_is_not_documented(self) -> None:
        net = two_subnets(
            group("ga", out="all to sg:open"),
            subnet("s1", "10.0.1.0/24", table="r1"),
            subnet("s3", "10.0.3.0/24"),
            table("r1", "v", "10.0.2.0/24 eni:m"),
            interface("m", "s3", "10.0.3.5", forwards=True),
            a="ga",
        )
        found = walk(net, A_TO_B, FROM_A)
        assert [(w.outcome, w.arrived) for w in found] == [(Outcome.UNKNOWN, "b")]

    @pytest.mark.parametrize(("active", "region", "passes"), [(True, "r1", True), (True, "r2", False)])
    def test_an_outbound_reference_over_peering(self, active: bool, region: str, passes: bool) -> None:
        net = model(
            vpc("A", "10.1.0.0/16"),
            vpc("B", "10.2.0.0/16", region),
            subnet("sa", "10.1.1.0/24", "A"),
            subnet("sb", "10.2.1.0/24", "B"),
            table("r-A", "A", "10.2.0.0/16 pcx:p"),
            Peering("p", ("A", "B"), active),
            group("ga", "A", "", "all to sg:ob"),
            opened("ob", "B"),
            interface("a", "sa", "10.1.1.10", groups="ga"),
            interface("b", "sb", "10.2.1.10", groups="ob"),
        )
        found = walk(net, packet("10.1.1.10", "10.2.1.10"), FROM_A)
        assert (found[0].outcome is Outcome.DELIVERED) is passes
        if not passes:
            assert refused(found)[:2] == ("ga", "security-group egress")


class TestLoadBalancers:
    def net(self, *groups: str, kind: str = "application", protocol: str = "HTTP") -> Model:
        return two_subnets(
            interface("L#", "s2", "10.0.2.200", kind="load-balancer"),
            LoadBalancer("L", kind, False, ("L#",), (Listener("l", protocol, 80, groups),), True),
            TargetGroup("f", "lambda", None, None, (TargetOf(None, None, None),), None),
            TargetGroup("far", "ip", "TCP", 80, (TargetOf(None, parse_address("10.0.2.10"), None),), None),
        )

    ASKED = packet("10.0.1.10", "10.0.2.200", 80)

    def test_a_redirect_is_answered_by_itself(self) -> None:
        found = exchange(self.net(), self.ASKED, FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["L#", "a"]

    def test_a_network_one_without_targets_drops(self) -> None:
        assert refused(walk(self.net(kind="network", protocol="TCP"), self.ASKED, FROM_A))[:2] == (
            "L",
            "listener",
        )

    def test_a_function(self) -> None:
        found = exchange(self.net("f"), self.ASKED, FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["aws:lambda", "a"]

    def test_a_target_by_address(self) -> None:
        assert [w.arrived for w in walk(self.net("far"), self.ASKED, FROM_A)] == ["b"]

    def test_a_target_group_that_is_not_there(self) -> None:
        assert [w.outcome for w in walk(self.net("gone"), self.ASKED, FROM_A)] == [Outcome.UNKNOWN]

    def test_answers_to_pings_come_from_nobody(self) -> None:
        found = walk(self.net("far"), packet("10.0.1.10", "10.0.2.200", protocol=1), FROM_A)
        assert refused(found)[:2] == ("L", "listener")


@pytest.mark.parametrize("kind", ["transit", "firewall"])
def test_nothing_answers_at_some_interfaces(kind: str) -> None:
    net = two_subnets(interface("b", "s2", "10.0.2.10", groups=None, kind=kind))
    assert refused(walk(net, A_TO_B, FROM_A))[0] == "b"


def test_an_appliance_that_is_not_modelled() -> None:
    net = two_subnets(
        table("r1", "v", "0.0.0.0/0 eni:m"),
        subnet("s1", "10.0.1.0/24", table="r1"),
        interface("m", "s2", "10.0.2.5", forwards=True, owner="box"),
        Unmodelled("box", "a vendor's router"),
    )
    found = walk(net, OUT, FROM_A)
    assert [w.outcome for w in found] == [Outcome.UNKNOWN]
    assert "a vendor's router" in found[0].hops[-1].why


def test_from_a_subnet_that_is_not_shown_only_the_vpc_is_known() -> None:
    inside = walk(two_subnets(), packet("10.0.7.7", "10.0.2.10"), Start(vpc="v"))
    assert [(w.outcome, w.arrived) for w in inside] == [(Outcome.UNKNOWN, "b")]
    outside = walk(two_subnets(), packet("10.0.7.7", "8.8.8.8"), Start(vpc="v"))
    assert [(w.outcome, w.arrived) for w in outside] == [(Outcome.UNKNOWN, "")]


def test_something_undisclosed_asks_the_resolver() -> None:
    asked = packet("10.0.1.77", "10.0.0.2", 53, protocol=17)
    found = exchange(two_subnets(), asked, Start(vpc="v", subnet="s1"))
    assert [w.arrived for w in (*found.forward, *found.back)] == ["aws:dns", "v"]


def test_services_answer_at_their_ports_only() -> None:
    assert refused(walk(two_subnets(), packet("10.0.1.10", "169.254.169.254", 22), FROM_A))
    assert refused(walk(two_subnets(), packet("10.0.1.10", "169.254.170.99", 80), FROM_A))


def test_too_many_ways_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_STEPS", 3)
    found = walk(two_subnets(), A_TO_B, FROM_A)
    assert [w.outcome for w in found] == [Outcome.UNKNOWN]
    assert "too many ways" in found[0].hops[-1].why


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (Start(external="z"), "`z` is no external network of the model"),
        (Start(vpc="z"), "`z` is no VPC of the model"),
        (Start(vpc="v", subnet="z"), "`z` is no subnet of the model"),
    ],
)
def test_starts_that_are_not_in_the_model(start: Start, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        walk(two_subnets(), A_TO_B, start)


def test_holders_must_be_in_the_model() -> None:
    with pytest.raises(ValueError, match="`z` is not an interface"):
        walk(two_subnets(), A_TO_B, FROM_A, {A_TO_B.destination: "z"})


def test_one_index_serves_many_questions() -> None:
    known = Known(two_subnets(interface("c", "s2", assigned=False)))
    assert [w.arrived for w in walk(known, A_TO_B, FROM_A)] == ["b"]
    there = packet("10.0.1.10", "10.0.2.33")
    assert [w.arrived for w in walk(known, there, FROM_A, {there.destination: "c"})] == ["c"]
    assert {w.outcome for w in walk(known, there, FROM_A)} == {Outcome.UNKNOWN, Outcome.DROPPED}


def test_the_network_acl_of_a_provider_may_see_privatelink() -> None:
    net = two_subnets(
        vpc("P", "10.9.0.0/16"),
        subnet("sp", "10.9.1.0/24", "P", acl="np"),
        acl("np", "P", "", "100 allow all 0.0.0.0/0"),
        opened("op", "P"),
        interface("e", "s2", "10.0.2.50", kind="endpoint"),
        InterfaceEndpoint("ie", "v", "svc", ("e",), False, "svc"),
        EndpointService("svc", ("L",)),
        interface("L#", "sp", "10.9.1.200", groups=None, kind="load-balancer"),
        LoadBalancer("L", "network", False, ("L#",), (Listener("l", "TCP", 443, ("tg",)),), False),
        TargetGroup("tg", "instance", "TCP", 443, (TargetOf("t", None, None),), None),
        interface("t", "sp", "10.9.1.10", groups="op"),
    )
    found = walk(net, packet("10.0.1.10", "10.0.2.50"), FROM_A)
    assert [(w.outcome, w.arrived) for w in found] == [(Outcome.UNKNOWN, "t")]
    assert "np" in met(found[0])
