"""Peering, Transit Gateways, VPN gateways. Expected answers: the conformance suite's `pcx`, `tgw`, `vgw`
cases by their ids, and AWS's pages that the walker cites."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.network.addresses import parse_address, parse_prefix
from ringwork.network.model import (
    Attachment,
    External,
    GatewayEndpoint,
    InternetGateway,
    Joined,
    Model,
    NatGateway,
    Peering,
    Place,
    TransitGateway,
    TransitRoute,
    TransitTable,
    VpnGateway,
)
from ringwork.network.walk.transit import look_up

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
    vpc,
    walk,
)

FROM_A, FROM_B = Start(interface="a"), Start(interface="b")
A_TO_B = packet("10.1.1.10", "10.2.1.10")
ALL = "100 allow all 0.0.0.0/0"


def peered(
    *parts: object, active: bool = True, region: str = "r1", b: str = "ob", certain: bool = True
) -> Model:
    return model(
        vpc("A", "10.1.0.0/16"),
        vpc("B", "10.2.0.0/16", region),
        subnet("sa", "10.1.1.0/24", "A"),
        subnet("sb", "10.2.1.0/24", "B"),
        table("r-A", "A", "10.2.0.0/16 pcx:p"),
        table("r-B", "B", "10.1.0.0/16 pcx:p"),
        Peering("p", ("A", "B"), active, certain),
        opened("oa", "A"),
        opened("ob", "B"),
        interface("a", "sa", "10.1.1.10", groups="oa"),
        interface("b", "sb", "10.2.1.10", groups=b),
        *parts,
    )


class TestPeering:
    def test_there_and_back(self) -> None:
        found = exchange(peered(), A_TO_B, FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["b", "a"]

    def test_not_active(self) -> None:
        assert refused(walk(peered(active=False), A_TO_B, FROM_A))[0] == "p"

    def test_not_certain(self) -> None:
        found = walk(peered(certain=False), A_TO_B, FROM_A)
        assert [(w.outcome, w.arrived) for w in found] == [(Outcome.UNKNOWN, "b")]

    def test_a_route_on_one_side_only_002(self) -> None:
        found = exchange(peered(table("r-B", "B")), A_TO_B, FROM_A)
        assert found.forward[0].outcome is Outcome.DELIVERED
        assert refused(found.back)[:2] == ("r-B", "route table")

    @pytest.mark.parametrize(
        ("case", "route", "destination"),
        [
            ("pcx-004", "0.0.0.0/0", "8.8.8.8"),
            ("pcx-006", "192.168.0.0/16", "192.168.1.1"),
            ("vpce-004", "54.123.160.0/19", "54.123.170.1"),
        ],
    )
    def test_no_edge_to_edge(self, case: str, route: str, destination: str) -> None:
        net = peered(
            table("r-A", "A", f"{route} pcx:p"),
            table("r-B", "B", "10.1.0.0/16 pcx:p; 0.0.0.0/0 igw:i; 192.168.0.0/16 vgw:g"),
            InternetGateway("i", "B"),
            VpnGateway("g", "B", ("office",)),
            External("office", (parse_prefix("192.168.0.0/16"),)),
            GatewayEndpoint("e", "B", "com.amazonaws.r1.s3", "pl"),
        )
        assert refused(walk(net, packet("10.1.1.10", destination), FROM_A))[0] == "p", case

    def test_no_peers_nat_gateway_005(self) -> None:
        net = peered(
            table("r-A", "A", "0.0.0.0/0 pcx:p"),
            table("r-B", "B", "10.1.0.0/16 pcx:p; 0.0.0.0/0 nat:n"),
            NatGateway("n", "sb", "n-eni", True),
            interface("n-eni", "sb", "10.2.1.5", groups=None, kind="nat", public={"10.2.1.5": "5.5.5.5"}),
        )
        assert refused(walk(net, packet("10.1.1.10", "8.8.8.8"), FROM_A))[0] == "p"

    def test_not_transitive(self) -> None:
        net = peered(
            vpc("C", "10.3.0.0/16"),
            subnet("sc", "10.3.1.0/24", "C"),
            opened("oc", "C"),
            interface("c", "sc", "10.3.1.10", groups="oc"),
            Peering("q", ("B", "C"), True),
            table("r-A", "A", "10.0.0.0/8 pcx:p"),
            table("r-B", "B", "10.1.0.0/16 pcx:p; 10.3.0.0/16 pcx:q"),
        )
        assert refused(walk(net, packet("10.1.1.10", "10.3.1.10"), FROM_A))[0] == "p"

    @pytest.mark.parametrize(("region", "passes"), [("r1", True), ("r2", False)])
    def test_group_references_within_the_region_007_008(self, region: str, passes: bool) -> None:
        net = peered(group("gb", "B", "tcp 443 from sg:oa"), region=region, b="gb")
        found = exchange(net, A_TO_B, FROM_A)
        if passes:
            assert [w.outcome for w in found.back] == [Outcome.DELIVERED]
        else:
            assert refused(found.forward)[:2] == ("gb", "security-group ingress")


def routes(*texts: str) -> tuple[TransitRoute, ...]:
    """`10.1.0.0/16 atA`, `10.0.0.0/8 - static`"""
    found = []
    for index, text in enumerate(texts):
        prefix, attachment, *words = text.split()
        target = None if attachment == "-" else attachment
        place = Place("t", (index,))
        found.append(TransitRoute(parse_prefix(prefix), target, "static" not in words, place))
    return tuple(found)


def joined(*parts: object, b: str = "ob", zone: str = "a", references: bool = False, **more: Any) -> Model:
    """A and B, each with an attachment subnet `ta`, `tb` in zone a; `t1` for A, `t2` for B."""
    return model(
        vpc("A", "10.1.0.0/16"),
        vpc("B", "10.2.0.0/16"),
        subnet("sa", "10.1.1.0/24", "A", zone),
        subnet("ta", "10.1.255.0/28", "A"),
        subnet("sb", "10.2.1.0/24", "B"),
        subnet("tb", "10.2.255.0/28", "B"),
        table("r-A", "A", "10.0.0.0/8 tgw:g; 192.168.0.0/16 tgw:g"),
        table("r-B", "B", "10.0.0.0/8 tgw:g; 192.168.0.0/16 tgw:g"),
        TransitGateway("g", "r1", references),
        Attachment("atA", "g", Joined.VPC, "A", ("ta",), "t1"),
        Attachment("atB", "g", Joined.VPC, "B", ("tb",), "t2"),
        TransitTable("t1", "g", more.get("t1", routes("10.2.0.0/16 atB"))),
        TransitTable("t2", "g", more.get("t2", routes("10.1.0.0/16 atA"))),
        opened("oa", "A"),
        opened("ob", "B"),
        interface("a", "sa", "10.1.1.10", groups="oa"),
        interface("b", "sb", "10.2.1.10", groups=b),
        *parts,
    )


class TestTransitGateways:
    def test_association_picks_the_table_001(self) -> None:
        found = exchange(joined(), A_TO_B, FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["b", "a"]
        assert "t1" in met(found.forward[0])
        assert "t2" in met(found.back[0])

    def test_a_wider_blackhole_does_not_cut_005(self) -> None:
        net = joined(t1=routes("10.2.0.0/16 atB", "10.0.0.0/8 - static"))
        assert walk(net, A_TO_B, FROM_A)[0].outcome is Outcome.DELIVERED

    def test_a_static_blackhole_beats_an_equal_propagated_route(self) -> None:
        net = joined(t1=routes("10.2.0.0/16 atB", "10.2.0.0/16 - static"))
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("t1", "transit gateway route table")

    def test_no_association_no_route(self) -> None:
        assert (
            refused(walk(joined(Attachment("atA", "g", Joined.VPC, "A", ("ta",))), A_TO_B, FROM_A))[0]
            == "atA"
        )
        assert refused(walk(joined(t1=()), A_TO_B, FROM_A))[0] == "t1"

    def test_a_zone_without_attachment_cannot_send_but_receives_007_008(self) -> None:
        net = joined(zone="b")
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("sa", "attachment zone")
        found = exchange(net, A_TO_B.reply(), FROM_B)
        assert found.forward[0].outcome is Outcome.DELIVERED
        assert refused(found.back)[0] == "sa"

    def test_outbound_rules_of_the_attachments_subnet_to_instances_009(self) -> None:
        rules = "100 deny tcp 443 10.2.1.0/24; 200 allow all 0.0.0.0/0"
        net = joined(subnet("tb", "10.2.255.0/28", "B", acl="nt"), acl("nt", "B", ALL, rules))
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("nt", "network ACL egress")

    def test_inbound_rules_of_the_attachments_subnet_from_instances_010(self) -> None:
        rules = "100 deny tcp 443 10.1.1.0/24; 200 allow all 0.0.0.0/0"
        net = joined(subnet("ta", "10.1.255.0/28", "A", acl="nt"), acl("nt", "A", rules, ALL))
        assert refused(walk(net, A_TO_B, FROM_A))[:2] == ("nt", "network ACL ingress")

    def test_its_outbound_rules_are_not_for_instances_011(self) -> None:
        net = joined(subnet("ta", "10.1.255.0/28", "A", acl="nt"), acl("nt", "A", ALL))
        found = exchange(net, A_TO_B, FROM_A)
        assert found.forward[0].outcome is Outcome.DELIVERED
        assert refused(found.back)[:2] == ("nt", "network ACL egress")

    def test_in_the_attachments_own_subnet_only_what_leaves_is_judged(self) -> None:
        """Transit Gateway guide, "Network ACLs", same subnet: outbound and inbound rules for instances to the
        gateway; neither for the gateway to instances."""
        both = subnet("sa", "10.1.1.0/24", "A", acl="n")
        at = Attachment("atA", "g", Joined.VPC, "A", ("sa",), "t1")
        closed = joined(both, at, acl("n", "A"))
        assert walk(closed, A_TO_B.reply(), FROM_B)[0].outcome is Outcome.DELIVERED
        assert refused(walk(closed, A_TO_B, FROM_A))[:2] == ("n", "network ACL egress")
        outward = joined(both, at, acl("n", "A", "", ALL))
        assert refused(walk(outward, A_TO_B, FROM_A))[:2] == ("n", "network ACL ingress")

    @pytest.mark.parametrize("references", [False, True])
    def test_group_references_where_supported_015_016(self, references: bool) -> None:
        net = joined(group("gb", "B", "tcp 443 from sg:oa"), b="gb", references=references)
        found = walk(net, A_TO_B, FROM_A)
        if references:
            assert found[0].outcome is Outcome.DELIVERED
        else:
            assert refused(found)[:2] == ("gb", "security-group ingress")

    def test_no_gateway_endpoint_behind_it(self) -> None:
        net = joined(
            table("r-A", "A", "54.123.160.0/19 tgw:g"),
            table("r-B", "B", "54.123.160.0/19 vpce-gateway:e list"),
            GatewayEndpoint("e", "B", "com.amazonaws.r1.s3", "pl"),
            t1=routes("54.123.160.0/19 atB static"),
        )
        assert refused(walk(net, packet("10.1.1.10", "54.123.170.1"), FROM_A))[0] == "e"

    def test_a_central_nat_gateway_serves_other_vpcs(self) -> None:
        net = joined(
            table("r-A", "A", "0.0.0.0/0 tgw:g"),
            table("r-t", "B", "0.0.0.0/0 nat:n; 10.1.0.0/16 tgw:g"),
            table("r-n", "B", "0.0.0.0/0 igw:i; 10.1.0.0/16 tgw:g"),
            subnet("tb", "10.2.255.0/28", "B", table="r-t"),
            subnet("sn", "10.2.9.0/24", "B", table="r-n"),
            InternetGateway("i", "B"),
            NatGateway("n", "sn", "n-eni", True),
            interface("n-eni", "sn", "10.2.9.5", groups=None, kind="nat", public={"10.2.9.5": "5.5.5.5"}),
            t1=routes("0.0.0.0/0 atB static"),
        )
        found = exchange(net, packet("10.1.1.10", "8.8.8.8"), FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["internet", "a"]

    def test_a_peered_gateway(self) -> None:
        net = joined(
            TransitGateway("h", "r2"),
            Attachment("pg", "g", Joined.PEERING, "ph", (), "t1"),
            Attachment("ph", "h", Joined.PEERING, "pg", (), "u"),
            Attachment("atB", "h", Joined.VPC, "B", ("tb",), "u"),
            TransitTable("t1", "g", routes("10.2.0.0/16 pg static", "10.1.0.0/16 atA")),
            TransitTable("u", "h", routes("10.2.0.0/16 atB", "10.1.0.0/16 ph static")),
            table("r-B", "B", "10.0.0.0/8 tgw:h"),
        )
        found = exchange(net, A_TO_B, FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["b", "a"]
        assert {"t1", "u"} <= set(met(found.forward[0]))

    def test_the_order_of_equal_propagated_routes(self) -> None:
        net = joined(
            Attachment("vpn", "g", Joined.VPN, "office", (), "t1"),
            Attachment("dx", "g", Joined.DIRECT_CONNECT, "office", (), "t1"),
        )
        found = TransitTable("t", "g", routes("10.9.0.0/16 vpn", "10.9.0.0/16 dx"))
        assert [r.attachment for r in look_up(net, found, parse_address("10.9.1.1"))] == ["dx"]

    def test_zones_of_origin_and_appliance_mode_018(self) -> None:
        """Client in zone a of A, server in zone b of C, inspection in B with a subnet in each zone."""

        def entered(appliance: bool) -> tuple[set[str], set[str]]:
            net = joined(
                vpc("C", "10.3.0.0/16"),
                subnet("sc", "10.3.1.0/24", "C", "b"),
                subnet("tc", "10.3.255.0/28", "C", "b"),
                opened("oc", "C"),
                interface("c", "sc", "10.3.1.10", groups="oc"),
                table("r-C", "C", "10.0.0.0/8 tgw:g"),
                subnet("tb2", "10.2.254.0/28", "B", "b"),
                table("r-B", "B", "10.0.0.0/8 tgw:g"),
                Attachment("atB", "g", Joined.VPC, "B", ("tb", "tb2"), "t2", appliance=appliance),
                Attachment("atC", "g", Joined.VPC, "C", ("tc",), "t1"),
                t1=routes("10.0.0.0/8 atB static"),
                t2=routes("10.1.0.0/16 atA", "10.3.0.0/16 atC"),
            )
            found = exchange(net, packet("10.1.1.10", "10.3.1.10"), FROM_A)
            assert {w.arrived for w in found.forward} == {"c"}
            pairs = [
                {key for one in ways for key in met(one) if key in {"tb", "tb2"}}
                for ways in (found.forward, found.back)
            ]
            assert len(found.back) == len(found.forward)
            return pairs[0], pairs[1]

        assert entered(False) == ({"tb"}, {"tb2"})
        assert entered(True) == ({"tb", "tb2"}, {"tb", "tb2"})


class TestOnPremises:
    def office(self, *parts: object) -> Model:
        return peered(
            External("office", (parse_prefix("192.168.0.0/16"),)),
            VpnGateway("vg", "A", ("office",)),
            table("r-A", "A", "192.168.0.0/16 vgw:vg propagated"),
            *parts,
        )

    def test_there_and_back(self) -> None:
        found = exchange(self.office(), packet("10.1.1.10", "192.168.1.1"), FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["office", "a"]
        found = exchange(self.office(), packet("192.168.1.1", "10.1.1.10"), Start(external="office"))
        assert [w.arrived for w in (*found.forward, *found.back)] == ["a", "office"]

    def test_a_subnet_without_route_back_vgw_001(self) -> None:
        net = self.office(table("r-A", "A"))
        found = exchange(net, packet("192.168.1.1", "10.1.1.10"), Start(external="office"))
        assert found.forward[0].outcome is Outcome.DELIVERED
        assert refused(found.back)[0] == "r-A"

    def test_what_it_does_not_state_may_be_there(self) -> None:
        net = self.office(table("r-A", "A", "172.16.0.0/12 vgw:vg"))
        found = walk(net, packet("10.1.1.10", "172.16.1.1"), FROM_A)
        assert [(w.outcome, w.arrived) for w in found] == [(Outcome.UNKNOWN, "office")]

    def test_no_way_through_to_a_peer(self) -> None:
        found = walk(self.office(), packet("192.168.1.1", "10.2.1.10"), Start(external="office"))
        assert refused(found)[0] == "office"

    def test_its_own_table_leads_to_no_gateway_load_balancer_rt_017(self) -> None:
        gateway = VpnGateway("vg", "A", ("office",), table="edge")
        net = self.office(gateway, table("edge", "A", "10.1.1.0/24 vpce-gwlb:e"))
        found = walk(net, packet("192.168.1.1", "10.1.1.10"), Start(external="office"))
        assert refused(found)[:2] == ("edge", "route table")

    def test_by_a_transit_gateway(self) -> None:
        net = joined(
            External("office", (parse_prefix("192.168.0.0/16"),)),
            Attachment("dx", "g", Joined.DIRECT_CONNECT, "office", (), "t2"),
            t1=routes("192.168.0.0/16 dx"),
        )
        found = exchange(net, packet("10.1.1.10", "192.168.1.1"), FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["office", "a"]


def test_targets_that_are_not_modelled_are_unknown() -> None:
    net = peered(table("r-A", "A", "0.0.0.0/0 unmodelled:cloud-wan; 10.2.0.0/16 tgw:nowhere"))
    assert [w.outcome for w in walk(net, packet("10.1.1.10", "8.8.8.8"), FROM_A)] == [Outcome.UNKNOWN]
    assert [w.outcome for w in walk(net, A_TO_B, FROM_A)] == [Outcome.UNKNOWN]
