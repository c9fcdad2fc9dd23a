"""Internet and egress-only gateways, hairpins, Block Public Access. Expected answers: the conformance suite's
cases, by their ids."""

from __future__ import annotations

import pytest

from ringwork.network.addresses import parse_address
from ringwork.network.model import Block, EgressOnlyGateway, InternetGateway, Model

from .networks import (
    Outcome,
    Start,
    exchange,
    group,
    interface,
    met,
    packet,
    refused,
    subnet,
    table,
    two_subnets,
    vpc,
    walk,
)

FROM_A, FROM_OUTSIDE = Start(interface="a"), Start(internet=True)
OUT = packet("10.0.1.10", "8.8.8.8")
IN = packet("8.8.8.8", "3.3.3.3")


def public(
    *parts: object,
    block: Block = Block.OFF,
    excluded: Block | None = None,
    whole: Block | None = None,
    unknown: str | None = None,
) -> Model:
    """`excluded`, `whole`: what exclusions of the first subnet and of the VPC leave blocked. `unknown`: why
    that is not all."""
    return two_subnets(
        vpc("v", "10.0.0.0/16 2001:db8::/56", block=block, excluded=whole, block_unknown=unknown),
        subnet("s1", "10.0.1.0/24 2001:db8:0:1::/64", excluded=excluded),
        subnet("s2", "10.0.2.0/24 2001:db8:0:2::/64", table="r-private"),
        table("r-v", "v", "0.0.0.0/0 igw:igw; ::/0 igw:igw"),
        table("r-private", "v"),
        InternetGateway("igw", "v"),
        interface("a", "s1", "10.0.1.10", "2001:db8:0:1::a", public={"10.0.1.10": "3.3.3.3"}),
        interface("b", "s2", "10.0.2.10", public={"10.0.2.10": "4.4.4.4"}),
        *parts,
    )


def test_without_public_address_nothing_leaves_igw_001() -> None:
    assert refused(walk(public(interface("a", "s1", "10.0.1.10")), OUT, FROM_A))[0] == "igw"


def test_one_to_one_translation_igw_002() -> None:
    found = exchange(public(), IN, FROM_OUTSIDE)
    assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, "a")]
    assert str(found.forward[0].packet.destination) == "10.0.1.10"
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "internet")]
    assert str(found.back[0].packet.source) == "3.3.3.3"
    found = exchange(public(), OUT, FROM_A)
    assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, "internet")]
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]


def test_a_private_subnet_has_no_way_back_igw_003() -> None:
    found = exchange(public(), packet("8.8.8.8", "4.4.4.4"), FROM_OUTSIDE)
    assert found.forward[0].outcome is Outcome.DELIVERED
    assert refused(found.back)[:2] == ("r-private", "route table")


def test_an_address_that_no_interface_owns_igw_005() -> None:
    assert refused(walk(public(), packet("8.8.8.8", "54.191.107.23"), FROM_OUTSIDE))[0] == "internet"


def test_a_private_address_is_not_on_the_internet() -> None:
    assert refused(walk(public(), packet("10.9.9.9", "3.3.3.3"), FROM_OUTSIDE))[0] == "internet"
    assert refused(walk(public(), packet("10.0.1.10", "10.9.9.9"), FROM_A))[0] == "internet"


@pytest.mark.parametrize(
    ("rule", "passes"), [("tcp 443 from 3.3.3.3/32", True), ("tcp 443 from sg:open", False)]
)
def test_the_hairpin_through_public_addresses_sg_007_008(rule: str, passes: bool) -> None:
    b = interface("b", "s1", "10.0.1.20", public={"10.0.1.20": "4.4.4.4"}, groups="gb")
    found = exchange(public(b, group("gb", inside=rule)), packet("10.0.1.10", "4.4.4.4"), FROM_A)
    if passes:
        assert met(found.forward[0]).count("igw") == 2
        assert [w.outcome for w in found.back] == [Outcome.DELIVERED]
    else:
        assert refused(found.forward)[:2] == ("gb", "security-group ingress")


def test_a_public_address_that_may_be_given() -> None:
    a = interface("a", "s1", "10.0.1.10", public_possible=True)
    assert [(w.outcome, w.arrived) for w in walk(public(a), OUT, FROM_A)] == [(Outcome.UNKNOWN, "internet")]
    held = walk(public(a), packet("8.8.8.8", "5.5.5.5"), FROM_OUTSIDE, {parse_address("5.5.5.5"): "a"})
    assert [(w.outcome, w.arrived) for w in held] == [(Outcome.UNKNOWN, "a")]


def test_a_public_address_that_is_surely_given_and_not_known() -> None:
    """Which one it is decides nothing on the internet: it goes out, comes in, and is answered."""
    a = interface("a", "s1", "10.0.1.10", public_possible=True, public_certain=True)
    out = exchange(public(a), OUT, FROM_A)
    assert [(w.outcome, w.arrived) for w in out.forward] == [(Outcome.DELIVERED, "internet")]
    assert [(w.outcome, w.arrived) for w in out.back] == [(Outcome.DELIVERED, "a")]
    held = walk(public(a), packet("8.8.8.8", "5.5.5.5"), FROM_OUTSIDE, {parse_address("5.5.5.5"): "a"})
    assert [(w.outcome, w.arrived) for w in held] == [(Outcome.DELIVERED, "a")]


def test_who_would_judge_by_a_public_address_that_is_not_known_leaves_it_open() -> None:
    closed = group("gb", inside="tcp 443 from 7.7.7.7/32")
    b = interface("b", "s1", "10.0.1.20", public={"10.0.1.20": "4.4.4.4"}, groups="gb")
    a = interface("a", "s1", "10.0.1.10", public_possible=True, public_certain=True)
    (found,) = walk(public(b, closed, a), packet("10.0.1.10", "4.4.4.4"), FROM_A)
    assert found.outcome is Outcome.UNKNOWN


def test_with_a_public_address_that_is_not_known_the_hairpin_is_unknown() -> None:
    """Whoever is there would judge by that address."""
    closed = group("gb", inside="tcp 443 from 7.7.7.7/32")
    b = interface("b", "s1", "10.0.1.20", public={"10.0.1.20": "4.4.4.4"}, groups="gb")
    net = public(b, closed, interface("a", "s1", "10.0.1.10", public_possible=True))
    asked = packet("10.0.1.10", "4.4.4.4")
    assert [w.outcome for w in walk(net, asked, FROM_A)] == [Outcome.UNKNOWN]
    held = {parse_address("7.7.7.7"): "a"}
    assert [(w.outcome, w.arrived) for w in walk(net, asked, FROM_A, held)] == [(Outcome.UNKNOWN, "b")]
    other = {parse_address("7.7.7.8"): "a"}
    assert refused(walk(net, asked, FROM_A, other))[0] == "gb"


SIX_OUT = packet("2001:db8:0:1::a", "2001:4860:4860::8888")
SIX_IN = packet("2001:4860:4860::8888", "2001:db8:0:1::a")


def test_ipv6_is_public_by_default_eigw_003() -> None:
    found = exchange(public(), SIX_IN, FROM_OUTSIDE)
    assert [(w.outcome, w.arrived) for w in (*found.forward, *found.back)] == [
        (Outcome.DELIVERED, "a"),
        (Outcome.DELIVERED, "internet"),
    ]


def test_an_egress_only_gateway_lets_out_and_answers_in_eigw_001() -> None:
    net = two_subnets(table("r-v", "v", "::/0 eigw:e"), EgressOnlyGateway("e", "v"))
    found = exchange(net, SIX_OUT, FROM_A)
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]
    assert refused(walk(net, SIX_IN, FROM_OUTSIDE))[0] == "e"


class TestBlockPublicAccess:
    def test_both_ways_bpa_001(self) -> None:
        net = public(block=Block.BIDIRECTIONAL)
        for asked, start in ((OUT, FROM_A), (IN, FROM_OUTSIDE), (SIX_IN, FROM_OUTSIDE)):
            assert refused(walk(net, asked, start))[:2] == ("v", "block public access")

    def test_an_exclusion_for_egress_bpa_003(self) -> None:
        net = public(block=Block.BIDIRECTIONAL, excluded=Block.INGRESS)
        assert refused(walk(net, IN, FROM_OUTSIDE))[1] == "block public access"
        assert [w.outcome for w in exchange(net, OUT, FROM_A).back] == [Outcome.DELIVERED]

    def test_an_exclusion_of_the_vpc_for_egress(self) -> None:
        net = public(block=Block.BIDIRECTIONAL, whole=Block.INGRESS)
        assert refused(walk(net, IN, FROM_OUTSIDE))[1] == "block public access"
        assert [w.outcome for w in exchange(net, OUT, FROM_A).back] == [Outcome.DELIVERED]
        # "this only applies when BPA is set to Bidirectional"
        assert refused(walk(public(block=Block.INGRESS, whole=Block.INGRESS), OUT, FROM_A))[0] == "v"

    def test_an_exclusion_of_the_vpc_for_both(self) -> None:
        for mode in (Block.BIDIRECTIONAL, Block.INGRESS):
            net = public(block=mode, whole=Block.OFF)
            assert walk(net, IN, FROM_OUTSIDE)[0].outcome is Outcome.DELIVERED

    def test_an_exclusion_for_both(self) -> None:
        net = public(block=Block.BIDIRECTIONAL, excluded=Block.OFF)
        assert walk(net, IN, FROM_OUTSIDE)[0].outcome is Outcome.DELIVERED

    def test_a_block_that_is_not_known_may_stop_it_and_may_not(self) -> None:
        for mode in Block:
            net = public(block=mode, unknown="not read")
            for asked, start in ((OUT, FROM_A), (IN, FROM_OUTSIDE)):
                found = walk(net, asked, start)
                assert [w.outcome for w in found] == [Outcome.UNKNOWN]
                assert "not read" in [hop.why for hop in found[0].hops]
        net = public(block=Block.BIDIRECTIONAL, excluded=Block.OFF, unknown="not read")
        assert walk(net, IN, FROM_OUTSIDE)[0].outcome is Outcome.DELIVERED  # an exclusion surely opens it

    def test_ingress_lets_only_gateways_start(self) -> None:
        net = public(block=Block.INGRESS)
        assert refused(walk(net, IN, FROM_OUTSIDE))[1] == "block public access"
        # "only traffic to and from NAT gateways and egress-only internet gateways is allowed"
        assert refused(walk(net, OUT, FROM_A))[1] == "block public access"
        net = public(EgressOnlyGateway("e", "v"), table("r-v", "v", "::/0 eigw:e"), block=Block.INGRESS)
        assert [w.outcome for w in exchange(net, SIX_OUT, FROM_A).back] == [Outcome.DELIVERED]


def test_a_gateways_own_table_leads_through_an_appliance() -> None:
    edge = table("edge", "v", "10.0.1.0/24 eni:m")
    appliance = interface("m", "s2", "10.0.2.5", forwards=True)
    found = walk(public(edge, InternetGateway("igw", "v", table="edge"), appliance), IN, FROM_OUTSIDE)
    assert [(w.outcome, w.arrived) for w in found] == [(Outcome.DELIVERED, "a")]
    assert "m" in met(found[0])
