"""Laws of the prover: opening opens, a class is what its members are, what is not modelled is open."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples
from tests.network.reach.networks import network
from tests.network.reach.walking import NOBODY_KNOWS, Told, example, faces_of, told

from ringwork.network.addresses import Address, parse_address, parse_prefix
from ringwork.network.model import (
    Acl,
    AclEntry,
    External,
    Group,
    GroupPeer,
    GroupRule,
    Interface,
    Model,
    Peering,
    Place,
    Route,
    RouteTable,
    Source,
    Subnet,
    Target,
    Via,
    Vpc,
    VpnGateway,
)
from ringwork.network.packets import TCP, UDP, Packet, Traffic
from ringwork.network.questions.table import table
from ringwork.network.reach.atoms import Bits, Piece
from ringwork.network.reach.cuts import prefixes, special_interfaces
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.path import End
from ringwork.network.reach.prover import Prover
from ringwork.network.walk import Known, Outcome, Start, verdict, walk

PLACE = Place("rule")
SOME = examples(20)
FEW = examples(8)
EVERYWHERE = tuple(parse_prefix(text) for text in ("0.0.0.0/0", "::/0"))


# --- opening a filter never closes anything


def _opened(chance: random.Random, model: Model) -> Model:
    """One security group with rules that admit all, or one network ACL."""
    if model.acls and chance.random() < 0.5:
        key = chance.choice(list(model.acls))
        entries = tuple(
            AclEntry(number, True, Traffic(), prefix, PLACE) for number, prefix in enumerate(EVERYWHERE, 1)
        )
        return replace(model, acls={**model.acls, key: Acl(key, model.acls[key].vpc, entries, entries)})
    # one that is not in the estate too
    key = chance.choice(sorted({key for one in model.interfaces.values() for key in one.groups or ()}))
    rules = tuple(GroupRule(Traffic(), prefix, PLACE) for prefix in EVERYWHERE)
    return replace(model, groups={**model.groups, key: Group(key, None, rules, rules)})


def _may(prover: Prover, one: str, other: str) -> Bits:
    classes = prover.faces.of_interface
    return prover.between(classes[one], classes[other]).may


@SOME
@given(st.randoms(use_true_random=False), st.booleans())
def test_opening_a_filter_takes_nothing_from_any_pair(chance: random.Random, doubts: bool) -> None:
    model = network(chance, doubts=doubts)
    opened = _opened(chance, model)
    # the same atoms for both: each is cut by the other's rules too
    rules = [rule.traffic for group in model.groups.values() for rule in (*group.ingress, *group.egress)]
    rules += [entry.traffic for acl in model.acls.values() for entry in (*acl.ingress, *acl.egress)]
    before, after = Prover(model, kinds=rules), Prover(opened, kinds=(*rules, Traffic()))
    assert before.traffic.pieces == after.traffic.pieces
    for one, other in product(model.interfaces, model.interfaces):
        lost = _may(before, one, other) & ~_may(after, one, other)
        assert not lost.any(), (one, other, before.traffic.indexes(lost))


# --- every member, every packet


def _crowded(chance: random.Random) -> Model:
    """A network where many interfaces are alike."""
    model = network(chance)
    interfaces = dict(model.interfaces)
    for interface in model.interfaces.values():
        if interface.kind == "instance" and not interface.public and not interface.forwards:
            moved = tuple(replace(address, value=address.value + 100) for address in interface.addresses)
            key = f"{interface.key}-twin"
            interfaces[key] = replace(interface, key=key, owner=key, addresses=moved)
    return replace(model, interfaces=interfaces)


def _within(chance: random.Random, piece: Piece, source: Address, destination: Address) -> list[Packet]:
    """The first, the last and some other packet of a traffic atom."""
    if piece.protocol in (TCP, UDP) and piece.low is not None and piece.high is not None:
        ports = {piece.low, piece.high, chance.randint(piece.low, piece.high)}
        return [example(piece, source, destination, port) for port in sorted(ports)]
    return [example(piece, source, destination)]


@SOME
@given(st.randoms(use_true_random=False))
def test_all_members_of_a_class_have_the_answers_of_the_class(chance: random.Random) -> None:
    """Brute force: no class joins what a packet tells apart. By walking each member, with each packet."""
    model = _crowded(chance)
    prover, known = Prover(model), Known(model)
    classes = prover.faces.classes
    together = [one for one in classes if len(one.members) > 1]
    for source_class in chance.sample(together, min(2, len(together))):
        others = [one for one in classes if not one.faces or prover.faces.faces[one.faces[0]].takes]
        for goal_class in chance.sample(others, min(2, len(others))):
            got = {
                own: _to(prover, source_class.faces, own, goal_class.faces)
                for own in {prover.faces.faces[number].atom for number in source_class.faces}
            }
            for source, goal in product(source_class.members, goal_class.members):
                if source != goal:
                    _walk_all(chance, known, prover, source, goal, got)


def _to(prover: Prover, senders: tuple[int, ...], own: int, goals: tuple[int, ...]) -> dict[int, Admits]:
    """What the class sends from one atom to each address of the other class, private and public."""
    faces, found = prover.faces.faces, dict[int, Admits]()
    for one, other in product(senders, goals):
        if faces[one].atom == own:
            for flow in prover.flows(faces[one], faces[other]):
                if flow.path.sent_to in (faces[other].atom, faces[other].public):
                    to = flow.path.sent_to
                    found[to] = found[to] | flow.admits if to in found else flow.admits
    return found


def _walk_all(
    chance: random.Random,
    known: Known,
    prover: Prover,
    source: str,
    goal: str,
    got: dict[int, dict[int, Admits]],
) -> None:
    model = prover.model
    sender, receiver = model.interfaces[source], model.interfaces[goal]
    for own, to in product(sender.addresses, (*receiver.addresses, *receiver.public.values())):
        if own.version != to.version:
            continue
        admits = got[prover.addresses.of(own)].get(prover.addresses.of(to), prover.filters.nothing)
        for index, piece in enumerate(prover.traffic.pieces):
            for packet in _within(chance, piece, own, to):
                expected = told(model, walk(known, packet, Start(interface=source))).get(goal, (False, False))
                bit = np.uint64(1 << (index & 63))
                said = bool(admits.may[index >> 6] & bit), bool(admits.must[index >> 6] & bit)
                assert said == expected, (source, goal, str(packet))


@SOME
@given(st.randoms(use_true_random=False))
def test_what_nothing_tells_apart_is_one_class(chance: random.Random) -> None:
    """An interface and its twin part only where some rule, route, list or block begins or ends between their
    addresses, or where one is a target, an appliance or the like. (A block that lies whole between the two
    parts them too: atoms are intervals, and finer than need be there.)"""
    model = _crowded(chance)
    prover, special = Prover(model), special_interfaces(model)
    cuts = list(prefixes(model))
    for key in model.interfaces:
        twin = model.interfaces.get(f"{key}-twin")
        if twin is None:
            continue
        pairs = zip(model.interfaces[key].addresses, twin.addresses, strict=True)
        told_apart = any(
            cut.version == one.version and one.value < edge <= other.value
            for one, other in pairs
            for cut in cuts
            for edge in (cut.low, cut.high + 1)
        )
        same = prover.faces.of_interface[key] == prover.faces.of_interface[twin.key]
        assert same == (not told_apart and key not in special), key


# --- what is not modelled may pass, and may drop

OPEN = Group(
    "open",
    "v",
    tuple(GroupRule(Traffic(), prefix, PLACE) for prefix in EVERYWHERE),
    tuple(GroupRule(Traffic(), prefix, PLACE) for prefix in EVERYWHERE),
)
FAR = parse_address("172.16.0.9")
NOT_MODELLED = {
    "Gateway Load Balancer endpoint": Target(Via.BALANCER_ENDPOINT, "vpce-gwlb"),
    "Cloud WAN core network": Target(Via.UNMODELLED, "core-network"),
    "VPC Lattice": Target(Via.UNMODELLED, "lattice"),
    "Client VPN": Target(Via.UNMODELLED, "cvpn"),
    "missing Transit Gateway": Target(Via.TRANSIT_GATEWAY, "tgw-of-another-account"),
    "missing internet gateway": Target(Via.INTERNET_GATEWAY, "igw-of-another-stack"),
    "missing NAT gateway": Target(Via.NAT_GATEWAY, "nat-of-another-stack"),
    "missing peering": Target(Via.PEERING, "pcx-of-another-account"),
}


def _one_route(target: Target) -> Model:
    local = Route(parse_prefix("10.0.0.0/16"), Target(Via.LOCAL), Source.LOCAL, PLACE)
    onward = Route(parse_prefix("172.16.0.0/12"), target, Source.STATIC, PLACE)
    return Model(
        vpcs={"v": Vpc("v", "1", "r", (parse_prefix("10.0.0.0/16"),))},
        subnets={"s": Subnet("s", "v", (parse_prefix("10.0.1.0/24"),), "a", "t", None)},
        tables={"t": RouteTable("t", "v", (local, onward))},
        groups={"open": OPEN},
        interfaces={
            key: Interface(key, "s", (parse_address(text),), frozenset({"open"}), "instance", key)
            for key, text in (("one", "10.0.1.5"), ("two", "10.0.1.6"))
        },
    )


@pytest.mark.parametrize("target", NOT_MODELLED.values(), ids=NOT_MODELLED.keys())
def test_what_a_route_to_something_not_modelled_does_is_open(target: Target) -> None:
    """It may pass, so nothing is proved not to; it may drop, so nothing is proved to. The walker agrees."""
    model = _one_route(target)
    prover = Prover(model, cuts=(FAR.prefix,))
    (face,) = faces_of(prover, "one")
    flows = list(prover.elsewhere(face, [prover.addresses.of(FAR)]))
    assert [flow.path.end for flow in flows] == [End.UNKNOWN]
    assert (flows[0].admits.may == prover.traffic.everything).all()
    assert not flows[0].admits.sure
    packet = Packet(model.interfaces["one"].addresses[0], FAR, TCP, 50000, 443)
    expected: Told = {NOBODY_KNOWS: (True, False)}
    assert told(model, walk(model, packet, Start(interface="one"))) == expected


def test_a_group_named_outbound_counts_wherever_the_way_leads() -> None:
    """The address is a member's, and the route leads to a network on premises that may have it, too."""
    here, there = parse_prefix("10.0.0.0/16"), parse_prefix("10.1.0.0/16")
    local = Route(here, Target(Via.LOCAL), Source.LOCAL, PLACE)
    onward = Route(there, Target(Via.VPN_GATEWAY, "vgw"), Source.STATIC, PLACE)
    own = parse_address("10.0.1.5")
    naming = Group("naming", "v", (), (GroupRule(Traffic(), GroupPeer("named"), PLACE),))
    model = Model(
        vpcs={"v": Vpc("v", "1", "r", (here,)), "w": Vpc("w", "1", "r", (there,))},
        subnets={
            "s": Subnet("s", "v", (parse_prefix("10.0.1.0/24"),), "a", "t", None),
            "u": Subnet("u", "w", (parse_prefix("10.1.1.0/24"),), "a", "x", None),
        },
        tables={"t": RouteTable("t", "v", (local, onward)), "x": RouteTable("x", "w", ())},
        groups={"naming": naming, "named": Group("named", "w", (), ())},
        interfaces={
            "one": Interface("one", "s", (own,), frozenset({"naming"}), "instance", "one"),
            "two": Interface(
                "two", "u", (parse_address("10.1.1.6"),), frozenset({"named"}), "instance", "two"
            ),
        },
        peerings={"p": Peering("p", ("v", "w"), True)},
        externals={"ext": External("ext", ())},
        vpn_gateways={"vgw": VpnGateway("vgw", "v", ("ext",))},
    )
    prover, goal = Prover(model), model.interfaces["two"].addresses[0]
    (face,) = faces_of(prover, "one")
    flows = list(prover.elsewhere(face, [prover.addresses.of(goal)]))
    assert [flow.path.where for flow in flows] == ["ext"]
    expected: Told = {"ext": (True, False)}
    packet = Packet(own, goal, TCP, 50000, 443)
    assert told(model, walk(model, packet, Start(interface="one"))) == expected
    assert flows[0].admits.possible
    assert not flows[0].admits.sure


@pytest.mark.parametrize("target", NOT_MODELLED.values(), ids=NOT_MODELLED.keys())
def test_what_stays_in_the_vpc_is_not_open_for_it(target: Target) -> None:
    prover = Prover(_one_route(target))
    one, two = (prover.faces.of_interface[key] for key in ("one", "two"))
    assert (prover.between(one, two).must == prover.traffic.everything).all()


# --- load balancers whose addresses AWS has yet to give


def _forgotten(chance: random.Random, model: Model) -> Model:
    """The same, with load balancers that have no address yet; of some it is sure that they will have a public
    one."""
    sure = chance.random() < 0.5
    interfaces = {
        key: replace(
            one,
            addresses=(),
            public={},
            public_possible=bool(one.public),
            public_certain=sure and bool(one.public),
            assigned=False,
        )
        if one.kind == "load-balancer"
        else one
        for key, one in model.interfaces.items()
    }
    return replace(model, interfaces=interfaces)


def _rows(prover: Prover) -> dict[tuple[str, str], Bits]:
    """What may flow between each two interfaces, by any way."""
    found: dict[tuple[str, str], Bits] = {}
    rows, faces = table(prover), prover.faces
    for one, other, bits in zip(rows.sources.tolist(), rows.destinations.tolist(), rows.bits, strict=True):
        for pair in product(*(faces.classes[int(faces.owner[face])].members for face in (one, other))):
            found[pair] = found[pair] | bits if pair in found else bits
    return found


@FEW
@given(st.randoms(use_true_random=False))
def test_whatever_address_a_balancer_will_have_is_thought_of(chance: random.Random) -> None:
    """What may flow with the addresses that load balancers have may flow while these are not known; what
    surely flows then flows with any, and so with these."""
    model = network(chance)
    forgotten = _forgotten(chance, model)
    if forgotten == model:
        return
    before, after = Prover(model), Prover(forgotten)
    assert before.traffic.pieces == after.traffic.pieces
    known, unknown = _rows(before), _rows(after)
    for pair, bits in known.items():
        lost = bits & ~unknown.get(pair, before.traffic.nothing)
        assert not lost.any(), (pair, before.traffic.indexes(lost))
    ordinary = [key for key, one in model.interfaces.items() if one.kind == "instance"]
    for one, other in product(chance.sample(ordinary, min(3, len(ordinary))), ordinary):
        must = [
            prover.between(prover.faces.of_interface[one], prover.faces.of_interface[other]).must
            for prover in (before, after)
        ]
        assert not (must[1] & ~must[0]).any(), (one, other)


@SOME
@given(st.randoms(use_true_random=False))
def test_the_walker_is_sure_of_a_balancer_without_address_only_where_it_is_of_it_with_one(
    chance: random.Random,
) -> None:
    model = network(chance)
    forgotten = _forgotten(chance, model)
    nodes = [one for one in model.interfaces.values() if one.kind == "load-balancer"]
    senders = [one for one in model.interfaces.values() if one.kind == "instance"]
    prover, known, unknown = Prover(model), Known(model), Known(forgotten)
    for node, sender in product(nodes, chance.sample(senders, min(3, len(senders)))):
        for own, to in product(sender.addresses, node.addresses[:1]):
            if own.version != to.version:
                continue
            for piece in prover.traffic.pieces:
                packet = example(piece, own, to)
                start = Start(interface=sender.key)
                sure = verdict(walk(unknown, packet, start, {to: node.key}))
                if sure is not Outcome.UNKNOWN:
                    assert verdict(walk(known, packet, start)) is sure, (node.key, str(packet))
