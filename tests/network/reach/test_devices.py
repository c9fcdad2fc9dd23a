"""What devices on the way let pass: by groups that their rules name, in the sender's own subnet, by protocol;
and interfaces, firewalls, tables and services of which not all is known. By the prover and by the walker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.network.reach.walking import faces_of

from ringwork.network.addresses import parse_address, parse_prefix
from ringwork.network.model import (
    Acl,
    AclEntry,
    Firewall,
    FirewallPolicy,
    FirewallRule,
    Group,
    GroupPeer,
    GroupRule,
    Interface,
    InterfaceEndpoint,
    InternetGateway,
    Model,
    Peering,
    Place,
    Route,
    RouteTable,
    Source,
    Subnet,
    Target,
    TransitRoute,
    TransitTable,
    Unmodelled,
    Verdict,
    Via,
    Vpc,
)
from ringwork.network.packets import ICMP, TCP, Packet, Traffic
from ringwork.network.questions.table import table
from ringwork.network.reach.lookup import TransitLookup
from ringwork.network.reach.path import End
from ringwork.network.reach.prover import Flow, Prover
from ringwork.network.walk import Outcome, Start, Walk, walk

PLACE = Place("rule")
ANY = parse_prefix("0.0.0.0/0")
OPEN = (GroupRule(Traffic(), ANY, PLACE),)
ASKED = Traffic(TCP, 443, 443)
OUTSIDE = parse_address("203.0.113.9")


def _named(group: str) -> tuple[GroupRule, ...]:
    return (GroupRule(Traffic(), GroupPeer(group), PLACE),)


def _host(key: str, subnet: str, address: str, *groups: str, forwards: bool = False) -> Interface:
    return Interface(
        key, subnet, (parse_address(address),), frozenset(groups), "instance", key, forwards=forwards
    )


def _table(key: str, *routes: tuple[str, Target]) -> RouteTable:
    local = Route(parse_prefix("10.0.0.0/16"), Target(Via.LOCAL), Source.LOCAL, PLACE)
    return RouteTable(
        key, "v", (local, *(Route(parse_prefix(to), target, Source.STATIC, PLACE) for to, target in routes))
    )


def _model(*interfaces: Interface, routes: tuple[RouteTable, ...], **more: object) -> Model:
    """One VPC with the subnets `a`, `b` and `c`, whose tables have their names."""
    keys = ("a", "b", "c")
    tables = {key: _table(key) for key in keys} | {one.key: one for one in routes}
    model = Model(
        vpcs={"v": Vpc("v", "1", "r", (parse_prefix("10.0.0.0/16"),))},
        subnets={
            key: Subnet(key, "v", (parse_prefix(f"10.0.{number}.0/24"),), "z", key, None)
            for number, key in enumerate(keys, 1)
        },
        tables=tables,
        groups={"open": Group("open", "v", OPEN, OPEN), "members": Group("members", "v", OPEN, OPEN)},
        interfaces={one.key: one for one in interfaces},
    )
    return replace(model, **more)  # type: ignore[arg-type]


def _may(prover: Prover, flows: list[Flow], traffic: Traffic = ASKED) -> tuple[bool, bool]:
    asked = prover.traffic.bits(traffic)
    return (
        any(bool((flow.admits.may & asked).any()) for flow in flows),
        any(bool((flow.admits.must & asked).any()) for flow in flows),
    )


def _packet(source: str, destination: str) -> Packet:
    return Packet(parse_address(source), parse_address(destination), TCP, 50000, 443)


def _arrives(walks: tuple[Walk, ...], where: str) -> Outcome:
    (one,) = walks
    assert one.arrived == where or one.outcome is not Outcome.DELIVERED
    return one.outcome


def test_an_appliance_may_name_the_group_that_traffic_from_the_internet_is_for() -> None:
    """VPC user guide, "Gateway route tables": inbound traffic to an appliance first. Its outbound rule sees
    the private address, which the internet gateway put (VPC user guide, "Enable internet access")."""
    way_in = _table("edge", ("10.0.2.0/24", Target(Via.INTERFACE, "middle")))
    receiver = replace(
        _host("two", "b", "10.0.2.5", "members"),
        public={parse_address("10.0.2.5"): parse_address("198.51.100.5")},
    )
    model = _model(
        _host("middle", "a", "10.0.1.9", "naming", forwards=True),
        receiver,
        routes=(way_in,),
        internet_gateways={"igw": InternetGateway("igw", "v", "edge")},
    )
    for group, expected in (("members", (True, True)), ("open", (False, False))):
        naming = Group("naming", "v", OPEN, _named(group))
        now = replace(model, groups={**model.groups, "naming": naming})
        prover = Prover(now, kinds=(ASKED,))
        (face,) = faces_of(prover, "two")
        flows = list(prover.from_internet(face, [prover.addresses.of(OUTSIDE)]))
        assert _may(prover, flows) == expected
        outcome = _arrives(walk(now, _packet("203.0.113.9", "198.51.100.5"), Start(internet=True)), "two")
        assert outcome is (Outcome.DELIVERED if expected[0] else Outcome.DROPPED)


def test_an_appliance_may_name_the_group_of_an_address_where_the_way_leads_elsewhere() -> None:
    """VPC user guide, "Security group rules": a reference stands for the addresses of the members. The way
    from the appliance leads to something that nobody modelled."""
    lost = Target(Via.UNMODELLED, "a core network")
    model = _model(
        _host("one", "a", "10.0.1.5", "open"),
        _host("middle", "b", "10.0.2.9", "naming", forwards=True),
        _host("far", "elsewhere", "10.1.0.5", "members"),
        routes=(
            _table("a", ("10.1.0.0/16", Target(Via.INTERFACE, "middle"))),
            _table("b", ("10.1.0.0/16", lost)),
        ),
        peerings={"pcx": Peering("pcx", ("v", "w"), True)},
    )
    other = Vpc("w", "1", "r", (parse_prefix("10.1.0.0/16"),))
    elsewhere = Subnet("elsewhere", "w", (parse_prefix("10.1.0.0/24"),), "z", "there", None)
    naming = Group("naming", "v", OPEN, _named("members"))
    model = replace(
        model,
        vpcs={**model.vpcs, "w": other},
        subnets={**model.subnets, "elsewhere": elsewhere},
        tables={**model.tables, "there": RouteTable("there", "w", ())},
        groups={**model.groups, "naming": naming},
    )
    prover = Prover(model, kinds=(ASKED,))
    (face,) = faces_of(prover, "one")
    flows = list(prover.elsewhere(face, [prover.addresses.of(parse_address("10.1.0.5"))]))
    assert [flow.path.end for flow in flows] == [End.UNKNOWN]
    assert _may(prover, flows) == (True, False)
    (one,) = walk(model, _packet("10.0.1.5", "10.1.0.5"), Start(interface="one"))
    assert one.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("unsure", ["one", "two", "middle"])
def test_groups_that_are_not_known_may_admit_anything(unsure: str) -> None:
    """None of the known rules admits what the one in doubt sends, passes on or gets."""
    closed = Group("closed", "v", (), ())
    model = _model(
        _host("one", "a", "10.0.1.5", "open"),
        _host("two", "b", "10.0.2.5", "open"),
        _host("middle", "c", "10.0.3.9", "open", forwards=True),
        routes=(_table("a", ("10.0.2.0/24", Target(Via.INTERFACE, "middle"))),),
    )
    model = replace(model, groups={**model.groups, "closed": closed})
    for known, expected in ((True, (False, False)), (False, (True, False))):
        doubted = replace(model.interfaces[unsure], groups=frozenset({"closed"}), certain_groups=known)
        now = replace(model, interfaces={**model.interfaces, unsure: doubted})
        prover = Prover(now, kinds=(ASKED,))
        (sender,), (receiver,) = faces_of(prover, "one"), faces_of(prover, "two")
        assert _may(prover, list(prover.flows(sender, receiver))) == expected
        outcome = _arrives(walk(now, _packet("10.0.1.5", "10.0.2.5"), Start(interface="one")), "two")
        assert outcome is (Outcome.DROPPED if known else Outcome.UNKNOWN)


@pytest.mark.parametrize("unsure", ["one", "two"])
@pytest.mark.parametrize("known", [True, False])
def test_who_may_have_other_groups_may_be_whom_a_rule_names(unsure: str, known: bool) -> None:
    """Inbound rules of `two` name a group that `one` may have, or outbound rules of `one` one of `two`'s."""
    model = _model(
        _host("one", "a", "10.0.1.5", "open" if unsure == "one" else "naming"),
        _host("two", "b", "10.0.2.5", "naming" if unsure == "one" else "open"),
        routes=(),
    )
    rules = (_named("members"), OPEN) if unsure == "one" else (OPEN, _named("members"))
    doubted = replace(model.interfaces[unsure], certain_groups=known)
    model = replace(
        model,
        groups={**model.groups, "naming": Group("naming", "v", *rules)},
        interfaces={**model.interfaces, unsure: doubted},
    )
    prover = Prover(model, kinds=(ASKED,))
    (sender,), (receiver,) = faces_of(prover, "one"), faces_of(prover, "two")
    assert _may(prover, list(prover.flows(sender, receiver))) == (not known, False)
    faces = prover.faces.faces
    pairs = {(faces[a], faces[b]) for a, b in zip(*_pairs(prover), strict=True)}
    assert ((sender, receiver) in pairs) is not known
    outcome = _arrives(walk(model, _packet("10.0.1.5", "10.0.2.5"), Start(interface="one")), "two")
    assert outcome is (Outcome.DROPPED if known else Outcome.UNKNOWN)


def _pairs(prover: Prover) -> tuple[list[int], list[int]]:
    found = table(prover)
    return found.sources.tolist(), found.destinations.tolist()


def test_a_network_acl_does_not_see_what_a_device_in_the_same_subnet_takes() -> None:
    """VPC user guide, "Network ACL basics": rules are evaluated "when traffic enters and leaves the subnet,
    not as it is routed within a subnet". What the device does with it nobody knows."""
    refusing = Acl("n", "v", (AclEntry(1, True, Traffic(), ANY, PLACE),), ())
    for place, expected in (("10.0.1.9", True), ("10.0.2.9", False)):
        device = _host("middle", "a" if expected else "b", place, "open", forwards=True)
        model = _model(
            _host("one", "a", "10.0.1.5", "open"),
            device,
            routes=(_table("a", ("0.0.0.0/0", Target(Via.INTERFACE, "middle"))),),
            acls={"n": refusing},
            unmodelled={"middle": Unmodelled("middle", "an appliance")},
        )
        model = replace(model, subnets={**model.subnets, "a": replace(model.subnets["a"], acl="n")})
        prover = Prover(model, kinds=(ASKED,))
        (face,) = faces_of(prover, "one")
        flows = list(prover.elsewhere(face, [prover.addresses.of(OUTSIDE)]))
        assert _may(prover, flows) == (expected, False)
        (one,) = walk(model, _packet("10.0.1.5", "203.0.113.9"), Start(interface="one"))
        assert one.outcome is (Outcome.UNKNOWN if expected else Outcome.DROPPED)


@pytest.mark.parametrize("protocols", [frozenset({ICMP}), frozenset[int]()])
@pytest.mark.parametrize("stateful", [True, False])
def test_whether_a_firewall_rule_with_ports_is_about_icmp_is_not_known(
    protocols: frozenset[int], stateful: bool
) -> None:
    """Network Firewall API reference, MatchAttributes: ports are "only used for protocols 6 (TCP) and 17
    (UDP)". TCP to the port is dropped, where the rule is about TCP."""
    ports = ((443, 443),)
    rule = FirewallRule(1, Verdict.DROP, protocols, (), (), (), ports, PLACE)
    policy = FirewallPolicy(
        "policy",
        () if stateful else (rule,),
        Verdict.FORWARD if stateful else Verdict.PASS,
        (rule,) if stateful else (),
        False,
        frozenset(),
    )
    endpoint = Interface("endpoint", "c", (parse_address("10.0.3.9"),), None, "firewall", "wall")
    model = _model(
        _host("one", "a", "10.0.1.5", "open"),
        _host("two", "b", "10.0.2.5", "open"),
        endpoint,
        routes=(_table("a", ("10.0.2.0/24", Target(Via.FIREWALL_ENDPOINT, "endpoint"))),),
        firewalls={"wall": Firewall("wall", "v", "policy", ("endpoint",))},
        policies={"policy": policy},
    )
    prover = Prover(model, kinds=(ASKED, Traffic(ICMP, 8, 0)))
    (sender,), (receiver,) = faces_of(prover, "one"), faces_of(prover, "two")
    flows = list(prover.flows(sender, receiver))
    about_tcp = not protocols
    assert _may(prover, flows, Traffic(ICMP, 8, 0)) == (True, False)
    assert _may(prover, flows) == (not about_tcp, not about_tcp)
    ping = Packet(parse_address("10.0.1.5"), parse_address("10.0.2.5"), ICMP, icmp_type=8, icmp_code=0)
    assert _arrives(walk(model, ping, Start(interface="one")), "two") is Outcome.UNKNOWN
    asked = _arrives(walk(model, _packet("10.0.1.5", "10.0.2.5"), Start(interface="one")), "two")
    assert asked is (Outcome.DROPPED if about_tcp else Outcome.DELIVERED)


def test_a_firewall_that_is_not_in_the_estate_may_pass_anything() -> None:
    model = _model(
        _host("one", "a", "10.0.1.5", "open"),
        _host("two", "b", "10.0.2.5", "open"),
        Interface("endpoint", "c", (parse_address("10.0.3.9"),), None, "firewall", "wall"),
        routes=(_table("a", ("10.0.2.0/24", Target(Via.FIREWALL_ENDPOINT, "endpoint"))),),
    )
    prover = Prover(model, kinds=(ASKED,))
    (sender,), (receiver,) = faces_of(prover, "one"), faces_of(prover, "two")
    assert _may(prover, list(prover.flows(sender, receiver))) == (True, False)
    outcome = _arrives(walk(model, _packet("10.0.1.5", "10.0.2.5"), Start(interface="one")), "two")
    assert outcome is Outcome.UNKNOWN


def test_nothing_surely_comes_in_past_an_edge_table_that_is_not_in_the_estate() -> None:
    receiver = replace(
        _host("two", "b", "10.0.2.5", "open"),
        public={parse_address("10.0.2.5"): parse_address("198.51.100.5")},
    )
    model = _model(receiver, routes=(), internet_gateways={"igw": InternetGateway("igw", "v", "not there")})
    prover = Prover(model, kinds=(ASKED,))
    (face,) = faces_of(prover, "two")
    source = [prover.addresses.of(OUTSIDE)]
    assert _may(prover, list(prover.from_internet(face, source))) == (True, False)
    (one,) = walk(model, _packet("203.0.113.9", "198.51.100.5"), Start(internet=True))
    assert one.outcome is Outcome.UNKNOWN


def test_a_blackhole_that_is_perhaps_in_a_transit_gateways_table_is_not_passed_surely() -> None:
    """Transit Gateway guide, "Route evaluation order": the most specific route, here perhaps a blackhole."""
    wide, narrow = parse_prefix("10.1.0.0/16"), parse_prefix("10.1.0.0/24")
    routes = [
        TransitRoute(narrow, None, False, PLACE, certain=False),
        TransitRoute(wide, "there", True, PLACE),
    ]
    prover = Prover(_model(routes=()), cuts=(wide, narrow))
    lookup = TransitLookup(TransitTable("x", "tgw", tuple(routes)), prover.addresses)
    atom = prover.addresses.of(parse_address("10.1.0.5"))
    assert lookup.of(atom) == [("there", False)]
    assert lookup.of(prover.addresses.of(parse_address("10.1.9.5"))) == [("there", True)]


def test_behind_an_endpoint_of_a_service_that_is_not_in_the_estate_anything_may_be() -> None:
    """Protocol 50, which no listener takes: nobody knows what stands there."""
    endpoint = Interface(
        "door", "b", (parse_address("10.0.2.9"),), frozenset({"open"}), "endpoint", "endpoint"
    )
    model = _model(
        _host("one", "a", "10.0.1.5", "open"),
        endpoint,
        routes=(),
        interface_endpoints={
            "endpoint": InterfaceEndpoint("endpoint", "v", "theirs", ("door",), False, "theirs")
        },
    )
    prover = Prover(model, kinds=(Traffic(50),))
    (face,) = faces_of(prover, "one")
    flows = list(prover.elsewhere(face, [prover.addresses.of(parse_address("10.0.2.9"))]))
    assert [flow.path.end for flow in flows] == [End.UNKNOWN]
    assert _may(prover, flows, Traffic(50)) == (True, False)
    sent = Packet(parse_address("10.0.1.5"), parse_address("10.0.2.9"), 50)
    (one,) = walk(model, sent, Start(interface="one"))
    assert one.outcome is Outcome.UNKNOWN
