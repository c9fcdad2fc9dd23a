"""Security groups, network ACLs and routes between two subnets. Expected answers: the conformance suite's
cases, by their ids, and AWS's pages that the walker cites."""

from __future__ import annotations

import pytest

from ringwork.network.model import PrefixList
from ringwork.network.packets import ICMP, UDP, Packet

from .networks import (
    Outcome,
    Start,
    acl,
    exchange,
    group,
    interface,
    met,
    model,
    packet,
    refused,
    replace,
    subnet,
    table,
    two_subnets,
    vpc,
    walk,
)

A_TO_B = packet("10.0.1.10", "10.0.2.10")
FROM_A = Start(interface="a")
ALL = "100 allow all 0.0.0.0/0"


def guarded(inside: str, out: str = ALL):  # type: ignore[no-untyped-def]
    return two_subnets(subnet("s2", "10.0.2.0/24 2001:db8:0:2::/64", acl="n2"), acl("n2", "v", inside, out))


def test_an_open_network_carries_request_and_reply() -> None:
    found = exchange(two_subnets(), A_TO_B, FROM_A)
    assert [w.outcome for w in found.forward] == [Outcome.DELIVERED]
    assert [w.outcome for w in found.back] == [Outcome.DELIVERED]
    assert found.forward[0].arrived == "b"
    assert found.back[0].arrived == "a"
    assert met(found.forward[0]) == ["a", "open", "r-v", "s1", "s2", "open", "b"]


class TestNetworkAcls:
    def test_the_lowest_number_decides_001_003(self) -> None:
        net = guarded(f"{ALL}; 90 deny tcp 22 10.0.1.0/24")
        component, control, place = refused(walk(net, replace(A_TO_B, destination_port=22), FROM_A))
        assert (component, control) == ("n2", "network ACL ingress")
        assert place is not None and place.path == ("ingress", 1)

    def test_an_allow_before_a_deny_002(self) -> None:
        net = guarded("100 deny all 0.0.0.0/0; 90 allow tcp 22 10.0.1.0/24")
        assert walk(net, replace(A_TO_B, destination_port=22), FROM_A)[0].outcome is Outcome.DELIVERED

    def test_what_no_rule_matches_is_denied_004(self) -> None:
        found = walk(guarded("100 allow tcp 443 0.0.0.0/0"), replace(A_TO_B, destination_port=139), FROM_A)
        assert refused(found)[0] == "n2"
        assert "rule *" in found[0].hops[-1].why

    def test_nothing_is_evaluated_inside_a_subnet_005(self) -> None:
        net = two_subnets(subnet("s1", "10.0.1.0/24", acl="n1"), acl("n1"), interface("b", "s1", "10.0.1.20"))
        found = exchange(net, packet("10.0.1.10", "10.0.1.20"), FROM_A)
        assert found.back[0].outcome is Outcome.DELIVERED

    @pytest.mark.parametrize(("sport", "returns"), [(49152, True), (1024, False)])
    def test_replies_are_judged_by_the_clients_port_007_008(self, sport: int, returns: bool) -> None:
        net = guarded("100 allow tcp 443 0.0.0.0/0", "100 allow tcp 32768-65535 0.0.0.0/0")
        found = exchange(net, replace(A_TO_B, source_port=sport), FROM_A)
        assert found.forward[0].outcome is Outcome.DELIVERED
        if returns:
            assert found.back[0].outcome is Outcome.DELIVERED
        else:
            assert refused(found.back)[:2] == ("n2", "network ACL egress")

    def test_rules_of_one_family_leave_the_other_denied_013(self) -> None:
        found = walk(guarded(ALL), packet("2001:db8:0:1::a", "2001:db8:0:2::b"), FROM_A)
        assert refused(found)[0] == "n2"

    def test_outbound_rules_match_the_destination(self) -> None:
        net = two_subnets(
            subnet("s1", "10.0.1.0/24", acl="n1"), acl("n1", "v", ALL, "100 deny all 10.0.2.10/32")
        )
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("n1", "network ACL egress")

    @pytest.mark.parametrize(
        ("rules", "unsure", "expected"),
        [
            ("90 deny all 0.0.0.0/0; 100 allow all 0.0.0.0/0", 90, Outcome.UNKNOWN),
            ("90 allow all 0.0.0.0/0; 100 allow all 0.0.0.0/0", 90, Outcome.DELIVERED),
            ("90 deny all 0.0.0.0/0; 100 deny all 0.0.0.0/0", 90, Outcome.DROPPED),
            ("90 allow all 0.0.0.0/0", 90, Outcome.UNKNOWN),
            ("90 deny all 0.0.0.0/0", 90, Outcome.DROPPED),
            ("90 allow all 0.0.0.0/0; 100 deny all 0.0.0.0/0", 100, Outcome.DELIVERED),
        ],
    )
    def test_an_entry_that_may_match_less_than_it_says(
        self, rules: str, unsure: int, expected: Outcome
    ) -> None:
        net = guarded(rules)
        found = net.acls["n2"]
        entries = tuple(replace(one, certain=one.number != unsure) for one in found.ingress)
        net = replace(net, acls={"n2": replace(found, ingress=entries)})
        assert [w.outcome for w in walk(net, A_TO_B, FROM_A)] == [expected]

    def test_unknown_rules_may_pass(self) -> None:
        net = guarded("")
        net = replace(net, acls={"n2": replace(net.acls["n2"], unknown="a parameter")})
        found = walk(net, A_TO_B, FROM_A)
        assert [w.outcome for w in found] == [Outcome.UNKNOWN]
        assert found[0].arrived == "b"


class TestSecurityGroups:
    def test_a_reply_leaves_although_egress_has_no_rule_001(self) -> None:
        net = two_subnets(group("gb", inside="tcp 443 from 10.0.1.0/24"), b="gb")
        assert exchange(net, A_TO_B, FROM_A).back[0].outcome is Outcome.DELIVERED

    def test_no_outbound_rule_no_request_002(self) -> None:
        net = two_subnets(group("ga", inside="all from 0.0.0.0/0"), a="ga")
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("ga", "security-group egress")

    def test_several_groups_are_one_004(self) -> None:
        first = group("gb", inside="tcp 22 from 10.9.0.0/16")
        second = group("gb2", inside="tcp 443 from 10.0.1.0/24")
        net = two_subnets(first, second, b="gb gb2")
        hop = next(h for h in walk(net, A_TO_B, FROM_A)[0].hops if h.control == "security-group ingress")
        assert (hop.component, hop.place.path if hop.place else None) == ("gb2", ("ingress", 0))

    def test_no_group_at_all_admits_nothing(self) -> None:
        assert refused(walk(two_subnets(b=""), A_TO_B, FROM_A))[0] == "b"

    @pytest.mark.parametrize(("mine", "passes"), [("ga", True), ("other", False)])
    def test_a_reference_matches_members_005_006(self, mine: str, passes: bool) -> None:
        out = "all to 0.0.0.0/0"
        rule = group("gb", inside="tcp 443 from sg:ga")
        net = two_subnets(group("ga", out=out), group("other", out=out), rule, a=mine, b="gb")
        found = walk(net, A_TO_B, FROM_A)
        assert (found[0].outcome is Outcome.DELIVERED) is passes

    def test_an_outbound_reference_matches_members(self) -> None:
        net = two_subnets(group("ga", out="tcp 443 to sg:open"), a="ga")
        assert walk(net, A_TO_B, FROM_A)[0].outcome is Outcome.DELIVERED
        net = two_subnets(group("ga", out="tcp 443 to sg:ga"), a="ga")
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("ga", "security-group egress")

    def test_a_reference_does_not_import_rules_009(self) -> None:
        members = group("ga", inside="tcp 22 from 10.0.7.7/32", out="all to 0.0.0.0/0")
        net = two_subnets(members, group("gb", inside="tcp 443 from sg:ga"), a="ga", b="gb")
        found = walk(net, packet("10.0.7.7", "10.0.2.10", 22), Start(vpc="v"))
        assert refused(found)[:2] == ("gb", "security-group ingress")

    def test_icmp_by_type_and_code_012_013(self) -> None:
        net = two_subnets(group("gb", inside="icmp 8 from 0.0.0.0/0"), b="gb")
        echo = replace(packet("10.0.1.10", "10.0.2.10", protocol=ICMP), icmp_type=8, icmp_code=0)
        assert exchange(net, echo, FROM_A).back[0].outcome is Outcome.DELIVERED
        assert refused(walk(net, replace(echo, icmp_type=13), FROM_A))[0] == "gb"
        assert refused(walk(net, A_TO_B, FROM_A))[0] == "gb"

    def test_an_unknown_prefix_list_may_pass(self) -> None:
        rule = group("gb", inside="tcp 443 from pl:p")
        found = walk(two_subnets(rule, PrefixList("p", "p", None), b="gb"), A_TO_B, FROM_A)
        assert [w.outcome for w in found] == [Outcome.UNKNOWN]

    def test_other_groups_than_these_may_pass_or_drop(self) -> None:
        for groups in ("open", ""):
            unsure = interface("b", "s2", "10.0.2.10", groups=groups, certain_groups=False)
            assert [w.outcome for w in walk(two_subnets(unsure), A_TO_B, FROM_A)] == [Outcome.UNKNOWN]

    def test_the_resolver_metadata_and_time_are_never_filtered_014(self) -> None:
        closed = subnet("s1", "10.0.1.0/24", acl="n1")
        net = two_subnets(closed, acl("n1"), group("ga"), a="ga")
        for address, port, protocol, name in (
            ("10.0.0.2", 53, UDP, "aws:dns"),
            ("169.254.169.253", 53, UDP, "aws:dns"),
            ("169.254.169.254", 80, 6, "aws:imds"),
            ("169.254.169.123", 123, UDP, "aws:time"),
        ):
            found = exchange(net, packet("10.0.1.10", address, port, protocol=protocol), FROM_A)
            assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, name)]
            assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]


class TestAddresses:
    def test_a_foreign_source_address_does_not_leave(self) -> None:
        found = walk(two_subnets(), packet("10.0.1.99", "10.0.2.10"), FROM_A)
        assert refused(found)[:2] == ("a", "source/destination check")

    def test_an_address_that_nothing_has_is_dropped(self) -> None:
        assert refused(walk(two_subnets(), packet("10.0.1.10", "10.0.2.99"), FROM_A))[0] == "v"

    def test_an_interface_without_address_may_have_any_of_its_subnet(self) -> None:
        net = two_subnets(interface("b", "s2", assigned=False))
        found = walk(net, A_TO_B, FROM_A)
        assert {(w.outcome, w.arrived) for w in found} == {(Outcome.UNKNOWN, "b"), (Outcome.DROPPED, "")}
        held = walk(net, A_TO_B, FROM_A, {A_TO_B.destination: "b"})
        assert [(w.outcome, w.arrived) for w in held] == [(Outcome.DELIVERED, "b")]

    def test_an_outbound_reference_may_match_one_without_address(self) -> None:
        net = two_subnets(group("ga", out="all to sg:open"), interface("b", "s2", assigned=False), a="ga")
        found = walk(net, A_TO_B, FROM_A)
        assert {(w.outcome, w.arrived) for w in found} == {(Outcome.UNKNOWN, "b"), (Outcome.DROPPED, "")}
        held = walk(net, A_TO_B, FROM_A, {A_TO_B.destination: "b"})
        assert [(w.outcome, w.arrived) for w in held] == [(Outcome.DELIVERED, "b")]

    def test_replies_of_one_that_was_assumed(self) -> None:
        net = two_subnets(interface("b", "s2", assigned=False))
        back = exchange(net, A_TO_B, FROM_A).back
        assert [(w.outcome, w.arrived) for w in back] == [(Outcome.DELIVERED, "a")]

    def test_an_interface_without_address_sends_from_any_of_its_subnet(self) -> None:
        net = two_subnets(interface("a", "s1", assigned=False))
        found = exchange(net, packet("10.0.1.77", "10.0.2.10"), FROM_A)
        assert [w.outcome for w in found.back] == [Outcome.DELIVERED]
        assert refused(walk(net, packet("10.0.3.77", "10.0.2.10"), FROM_A))[0] == "a"

    def test_something_undisclosed_sends_and_receives(self) -> None:
        found = exchange(two_subnets(), packet("10.0.1.77", "10.0.2.10"), Start(vpc="v", subnet="s1"))
        assert [w.outcome for w in found.forward] == [Outcome.DELIVERED]
        assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "v")]


def diverted(forwards: bool, *parts: object):  # type: ignore[no-untyped-def]
    return model(
        vpc("v", "10.0.0.0/16"),
        subnet("s1", "10.0.1.0/24", table="r1"),
        subnet("s2", "10.0.2.0/24", table="r2"),
        subnet("s3", "10.0.3.0/24"),
        table("r1", "v", "10.0.2.0/24 eni:m"),
        table("r2", "v"),
        group("open", inside="all from 0.0.0.0/0", out="all to 0.0.0.0/0"),
        interface("a", "s1", "10.0.1.10"),
        interface("b", "s2", "10.0.2.10"),
        interface("m", "s3", "10.0.3.5", forwards=forwards),
        *parts,
    )


class TestMiddleboxes:
    def test_an_appliance_that_does_not_forward_011(self) -> None:
        assert refused(walk(diverted(False), A_TO_B, FROM_A))[:2] == ("m", "source/destination check")

    def test_one_that_does_and_a_reply_past_it_013(self) -> None:
        found = exchange(diverted(True), A_TO_B, FROM_A)
        assert [key for key in met(found.forward[0]) if key in {"a", "b", "m"}] == ["a", "m", "b"]
        assert found.forward[0].arrived == "b"
        assert found.back[0].arrived == "a"
        assert "m" not in met(found.back[0])

    def test_a_reference_does_not_match_through_it_015(self) -> None:
        net = diverted(True, group("gb", inside="tcp 443 from sg:open"))
        net = replace(net, interfaces={**net.interfaces, "b": interface("b", "s2", "10.0.2.10", groups="gb")})
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("gb", "security-group ingress")

    def test_a_loop_ends(self) -> None:
        net = diverted(True, subnet("s3", "10.0.3.0/24", table="r1"))
        found = walk(net, A_TO_B, FROM_A)
        assert "routing loop" in found[0].hops[-1].why
        assert found[0].outcome is Outcome.DROPPED


def test_a_packet_needs_one_start() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Start(interface="a", internet=True)
    with pytest.raises(ValueError, match="`z` is not an interface"):
        walk(two_subnets(), A_TO_B, Start(interface="z"))


def test_packets_say_what_they_are() -> None:
    assert isinstance(A_TO_B, Packet)
    assert str(A_TO_B) == "tcp 10.0.1.10:49152 -> 10.0.2.10:443"
