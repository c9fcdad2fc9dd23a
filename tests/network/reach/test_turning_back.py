"""What comes back into its own VPC by a Transit Gateway, and VPCs that have the same block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.network.reach.walking import faces_of, told

from ringwork.network.addresses import parse_address, parse_prefix
from ringwork.network.model import (
    Attachment,
    Block,
    EgressOnlyGateway,
    GatewayEndpoint,
    Group,
    GroupPeer,
    GroupRule,
    Interface,
    InternetGateway,
    Joined,
    Model,
    Place,
    PrefixList,
    Route,
    RouteTable,
    Source,
    Subnet,
    Target,
    TransitGateway,
    TransitRoute,
    TransitTable,
    Via,
    Vpc,
)
from ringwork.network.packets import TCP, Packet, Traffic
from ringwork.network.questions.table import table
from ringwork.network.reach.path import End
from ringwork.network.reach.prover import Prover
from ringwork.network.walk import Start, walk

PLACE = Place("rule")
ALL = tuple(GroupRule(Traffic(), parse_prefix(text), PLACE) for text in ("0.0.0.0/0", "::/0"))
LOCAL, TRANSIT = Target(Via.LOCAL), Target(Via.TRANSIT_GATEWAY, "tgw")
OPEN = Group("open", "v", ALL, ALL)
ASKED = Traffic(TCP, 443, 443)


def _table(key: str, vpc: str, *routes: tuple[str, Target], own: tuple[str, ...]) -> RouteTable:
    local = [Route(parse_prefix(text), LOCAL, Source.LOCAL, PLACE) for text in own]
    static = [Route(parse_prefix(text), target, Source.STATIC, PLACE) for text, target in routes]
    return RouteTable(key, vpc, (*local, *static))


def _vpc(name: str, *blocks: str) -> Vpc:
    return Vpc(name, "1", "r", tuple(map(parse_prefix, blocks)))


def _host(key: str, subnet: str, *addresses: str, groups: frozenset[str] = frozenset({"open"})) -> Interface:
    return Interface(key, subnet, tuple(map(parse_address, addresses)), groups, "instance", key)


def _turning(gateway: Target) -> Model:
    """`one` sends all to a Transit Gateway, which leads back into the VPC by the subnet `leg`, whose table
    leads out of it by `gateway`."""
    blocks = ("10.0.0.0/16", "2600:1f00::/56")
    one = _host("one", "s", "10.0.1.5", "2600:1f00:0:1::5")
    everywhere = ("0.0.0.0/0", "::/0")
    return Model(
        vpcs={"v": _vpc("v", *blocks)},
        subnets={
            "s": Subnet(
                "s", "v", tuple(map(parse_prefix, ("10.0.1.0/24", "2600:1f00:0:1::/64"))), "a", "t", None
            ),
            "leg": Subnet(
                "leg", "v", tuple(map(parse_prefix, ("10.0.2.0/24", "2600:1f00:0:2::/64"))), "a", "out", None
            ),
        },
        tables={
            "t": _table("t", "v", *((text, TRANSIT) for text in everywhere), own=blocks),
            "out": _table("out", "v", *((text, gateway) for text in everywhere), own=blocks),
        },
        groups={"open": OPEN},
        interfaces={"one": replace(one, public={one.addresses[0]: parse_address("198.51.100.5")})},
        internet_gateways={"igw": InternetGateway("igw", "v")},
        egress_only_gateways={"eigw": EgressOnlyGateway("eigw", "v")},
        transit_gateways={"tgw": TransitGateway("tgw", "r", False)},
        attachments={"att": Attachment("att", "tgw", Joined.VPC, "v", ("leg",), "x")},
        transit_tables={
            "x": TransitTable(
                "x",
                "tgw",
                tuple(TransitRoute(parse_prefix(text), "att", False, PLACE) for text in everywhere),
            )
        },
    )


def _sent(model: Model, key: str, number: int, to: str) -> tuple[dict[str, tuple[bool, bool]], ...]:
    """Where a packet to the address may and surely does end: the prover's word, and the walker's."""
    own, goal = model.interfaces[key].addresses[number], parse_address(to)
    prover = Prover(model, cuts=(goal.prefix, own.prefix), kinds=(ASKED,))
    face = next(each for each in faces_of(prover, key) if each.atom == prover.addresses.of(own))
    said = {}
    for flow in prover.elsewhere(face, [prover.addresses.of(goal)]):
        where = "?" if flow.path.end is End.UNKNOWN else flow.path.where
        bits = prover.traffic.bits(ASKED)
        said[where] = bool((flow.admits.may & bits).any()), bool((flow.admits.must & bits).any())
    packet = Packet(own, goal, TCP, 50000, 443)
    return said, told(model, walk(model, packet, Start(interface=key)))


@pytest.mark.parametrize(
    ("gateway", "number", "to"),
    [
        (Target(Via.INTERNET_GATEWAY, "igw"), 0, "203.0.113.9"),
        (Target(Via.INTERNET_GATEWAY, "igw"), 1, "2a00::1"),
        (Target(Via.EGRESS_ONLY_GATEWAY, "eigw"), 1, "2a00::1"),
    ],
)
def test_what_comes_back_by_a_transit_gateway_leaves_its_own_vpc(
    gateway: Target, number: int, to: str
) -> None:
    """It bears an address of the VPC, which is all that a gateway asks: an internet gateway puts the public
    address of whoever has the private one (VPC user guide, "Internet gateway basics")."""
    assert _sent(_turning(gateway), "one", number, to) == ({"internet": (True, True)},) * 2


@pytest.mark.parametrize(
    "gateway", [Target(Via.INTERNET_GATEWAY, "igw"), Target(Via.EGRESS_ONLY_GATEWAY, "eigw")]
)
def test_ipv6_of_another_vpc_may_leave_and_may_not(gateway: Target) -> None:
    """IPv4 needs a public address of the gateway's own VPC; of IPv6 the guides do not say."""
    model = _turning(gateway)
    blocks = ("10.1.0.0/16", "2600:1f01::/56")
    prefixes = tuple(map(parse_prefix, ("10.1.1.0/24", "2600:1f01:0:1::/64")))
    model = replace(
        model,
        vpcs={**model.vpcs, "w": _vpc("w", *blocks)},
        subnets={**model.subnets, "far": Subnet("far", "w", prefixes, "a", "far", None)},
        tables={
            **model.tables,
            "far": _table("far", "w", ("0.0.0.0/0", TRANSIT), ("::/0", TRANSIT), own=blocks),
        },
        interfaces={**model.interfaces, "two": _host("two", "far", "10.1.1.5", "2600:1f01:0:1::5")},
        attachments={
            **model.attachments,
            "att-w": Attachment("att-w", "tgw", Joined.VPC, "w", ("far",), "x"),
        },
    )
    assert _sent(model, "two", 1, "2a00::1") == ({"internet": (True, False)},) * 2
    assert _sent(model, "two", 0, "203.0.113.9") == ({},) * 2


@pytest.mark.parametrize("excluded", ["s", "leg"])
def test_an_exclusion_from_block_public_access_counts_for_who_sent_it(excluded: str) -> None:
    """Not for the subnet that it comes back by (VPC user guide, "VPC BPA basics")."""
    model = _turning(Target(Via.INTERNET_GATEWAY, "igw"))
    model = replace(
        model,
        vpcs={"v": replace(model.vpcs["v"], block=Block.BIDIRECTIONAL)},
        subnets={
            **model.subnets,
            excluded: replace(model.subnets[excluded], excluded=Block.OFF),
        },
    )
    expected = {"internet": (True, True)} if excluded == "s" else {}
    said, walked = _sent(model, "one", 0, "203.0.113.9")
    assert {where: one for where, one in said.items() if one[0]} == expected
    assert walked == expected


def _alike(to: str, gateway: Target) -> Model:
    """`one` in VPC `w` sends by a Transit Gateway to VPC `v`, which has the same block and leads out."""
    block = "10.0.0.0/16"
    return Model(
        vpcs={"v": _vpc("v", block), "w": _vpc("w", block)},
        subnets={
            "s": Subnet("s", "w", (parse_prefix("10.0.1.0/24"),), "a", "t", None),
            "leg-w": Subnet("leg-w", "w", (parse_prefix("10.0.2.0/24"),), "a", "t", None),
            "leg-v": Subnet("leg-v", "v", (parse_prefix("10.0.2.0/24"),), "a", "out", None),
            "u": Subnet("u", "v", (parse_prefix("10.0.1.0/24"),), "a", "out", None),
        },
        tables={
            "t": _table("t", "w", (to, TRANSIT), own=(block,)),
            "out": _table("out", "v", (to, gateway), own=(block,)),
        },
        groups={"open": OPEN},
        interfaces={
            "one": _host("one", "s", "10.0.1.5"),
            "twin": replace(
                _host("twin", "u", "10.0.1.5"),
                public={parse_address("10.0.1.5"): parse_address("198.51.100.5")},
            ),
        },
        internet_gateways={"igw": InternetGateway("igw", "v")},
        gateway_endpoints={"vpce": GatewayEndpoint("vpce", "v", "s3", "pl")},
        lists={"pl": PrefixList("pl", "pl", (parse_prefix("52.219.0.0/16"),))},
        transit_gateways={"tgw": TransitGateway("tgw", "r", False)},
        attachments={
            "att-w": Attachment("att-w", "tgw", Joined.VPC, "w", ("leg-w",), "x"),
            "att-v": Attachment("att-v", "tgw", Joined.VPC, "v", ("leg-v",), "x"),
        },
        transit_tables={
            "x": TransitTable("x", "tgw", (TransitRoute(parse_prefix(to), "att-v", False, PLACE),))
        },
    )


def test_an_address_of_another_vpc_with_the_same_block_is_none_of_nobody() -> None:
    """A gateway endpoint and an internet gateway judge by the address, and that one is of their VPC too. So
    nothing proves that the packet does not leave there."""
    said, walked = _sent(
        _alike("52.219.0.0/16", Target(Via.GATEWAY_ENDPOINT, "vpce")), "one", 0, "52.219.1.1"
    )
    assert said == {"vpce": (True, True)}
    assert walked == {"aws:s3": (True, True)}
    said, walked = _sent(_alike("0.0.0.0/0", Target(Via.INTERNET_GATEWAY, "igw")), "one", 0, "203.0.113.9")
    assert walked == {"internet": (True, True)}  # as the twin's
    assert said == {"?": (True, False)}


def _named_twice(*, references: bool) -> Model:
    """`one` may send to members of `named` alone. `goal`, in its VPC, is none; but a member in another VPC,
    by a Transit Gateway, has the same address."""
    block = parse_prefix("10.0.0.0/16")
    naming = Group("naming", "v", (), (GroupRule(Traffic(), GroupPeer("named"), PLACE),))
    return Model(
        vpcs={"v": _vpc("v", str(block)), "w": _vpc("w", str(block))},
        subnets={
            "s": Subnet("s", "v", (parse_prefix("10.0.1.0/24"),), "a", "t", None),
            "u": Subnet("u", "w", (parse_prefix("10.0.1.0/24"),), "a", "x", None),
        },
        tables={"t": _table("t", "v", own=(str(block),)), "x": _table("x", "w", own=(str(block),))},
        groups={"open": OPEN, "naming": naming, "named": Group("named", "w", ALL, ALL)},
        interfaces={
            "one": _host("one", "s", "10.0.1.5", groups=frozenset({"naming"})),
            "goal": _host("goal", "s", "10.0.1.6"),
            "member": _host("member", "u", "10.0.1.6", groups=frozenset({"named"})),
        },
        transit_gateways={"tgw": TransitGateway("tgw", "r", references)},
        attachments={
            f"att-{vpc}": Attachment(
                f"att-{vpc}", "tgw", Joined.VPC, vpc, (subnet,), None, group_references=references
            )
            for vpc, subnet in (("v", "s"), ("w", "u"))
        },
    )


@pytest.mark.parametrize("references", [True, False])
def test_a_group_is_a_name_for_the_addresses_of_its_members(references: bool) -> None:
    """An outbound rule that names a group admits what goes to a member's address, and not found is whether
    AWS minds in which of two VPCs with the same block the address is. All pairs and one pair say the same."""
    model = _named_twice(references=references)
    packet = Packet(*(model.interfaces[key].addresses[0] for key in ("one", "goal")), TCP, 50000, 443)
    expected = {"goal": (True, False)} if references else {}
    assert told(model, walk(model, packet, Start(interface="one"))) == expected
    prover = Prover(model)
    one, goal = (prover.faces.of_interface[key] for key in ("one", "goal"))
    admits = prover.between(one, goal)
    assert (admits.possible, admits.sure) == (references, False)
    rows = table(prover)
    owners = [prover.faces.owner[column] for column in (rows.sources, rows.destinations)]
    mine = (owners[0] == one) & (owners[1] == goal)
    assert bool(np.any(rows.bits[mine])) == references
