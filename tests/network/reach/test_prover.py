"""The prover says of every pair what the walker says of each packet, and its arrays what its rows say."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st
from tests.effort import examples
from tests.network.reach.networks import network
from tests.network.reach.walking import NOBODY_KNOWS, faces_of, packets, told

from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Model
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.pairs import Pairs
from ringwork.network.reach.path import End
from ringwork.network.reach.prover import Flow, Prover
from ringwork.network.walk import Known, Start, Walk, walk

Hold = Callable[[tuple[bool, bool], tuple[bool, bool], object, tuple[Walk, ...]], None]
"""compares what the prover says (it may, it surely does) with what the walker says"""
MANY = examples(25)
OUTSIDE = tuple(
    map(
        parse_address,
        ("203.0.113.9", "3.1.2.3", "8.8.8.8", "52.219.1.1", "192.168.1.9", "192.168.7.9", "2a00::1"),
    )
)
AWS = tuple(map(parse_address, ("10.0.0.2", "169.254.169.254", "169.254.169.1", "fd00:ec2::253")))


@MANY
@given(st.randoms(use_true_random=False), st.booleans())
def test_every_pair_is_what_the_walker_says_of_each_packet(chance: random.Random, doubts: bool) -> None:
    model = network(chance, doubts=doubts)
    hold = _within if doubts else _hold
    prover, known = Prover(model), Known(model)
    for source in chance.sample(list(model.interfaces), min(2, len(model.interfaces))):
        sender = model.interfaces[source]
        for own in sender.addresses:
            rows = _by_address(prover, source, prover.addresses.of(own))
            for address in _some(chance, prover, _addresses(model, own.version)):
                atom = prover.addresses.of(address)
                for index, packet in packets(prover, own, address):
                    walks = walk(known, packet, Start(interface=source))
                    expected = told(model, walks)
                    for goal in _asked(prover, address):
                        if goal != source:
                            got = _told(rows.get((atom, goal)), index)
                            hold(got, expected.get(goal, (False, False)), (source, goal, str(packet)), walks)


def _some(chance: random.Random, prover: Prover, addresses: list[Address]) -> list[Address]:
    """A few, half of them those of load balancers and endpoints, where there are any."""
    doors = [address for address in addresses if prover.addresses.of(address) in prover.doors.called]
    others = [address for address in addresses if address not in doors]
    return [*chance.sample(doors, min(3, len(doors))), *chance.sample(others, min(2, len(others)))]


def _addresses(model: Model, version: int) -> list[Address]:
    found = [a for one in model.interfaces.values() for a in (*one.addresses, *one.public.values())]
    return [address for address in dict.fromkeys(found) if address.version == version]


def _asked(prover: Prover, address: Address) -> list[str]:
    """The interfaces that what is sent to the address is compared for: all but those that nothing tells from
    the one that has it."""
    atom, found = prover.addresses.of(address), []
    for key, interface in prover.model.interfaces.items():
        alike = any(atom in (face.atom, face.public) for face in faces_of(prover, key))
        if not alike or address in (*interface.addresses, *interface.public.values()):
            found.append(key)
    return found


def _by_address(prover: Prover, source: str, own: int) -> dict[tuple[int, str], Admits]:
    """What can be sent to which address so that it arrives where."""
    found: dict[tuple[int, str], Admits] = {}
    for face in faces_of(prover, source):
        if face.atom == own:
            for goal in prover.model.interfaces:
                for other in faces_of(prover, goal):
                    for flow in prover.flows(face, other):
                        _add(found, (flow.path.sent_to, goal), flow.admits)
    return found


def _add(found: dict[tuple[int, str], Admits], key: tuple[int, str], admits: Admits) -> None:
    found[key] = found[key] | admits if key in found else admits


def _told(admits: Admits | None, index: int) -> tuple[bool, bool]:
    if admits is None:
        return False, False
    word, bit = index >> 6, np.uint64(1 << (index & 63))
    return bool(admits.may[word] & bit), bool(admits.must[word] & bit)


def _hold(got: tuple[bool, bool], expected: tuple[bool, bool], what: object, walks: tuple[Walk, ...]) -> None:
    if got == (True, False) and expected == (True, True):
        # each address is asked for by itself: of none is it sure where a load balancer chooses among several
        ends = {one.packet.destination for one in walks}
        if len(ends) > 1:
            return
    if got != expected:
        for one in walks:
            note(str(one))
    assert got == expected, what


def _within(
    got: tuple[bool, bool], expected: tuple[bool, bool], what: object, walks: tuple[Walk, ...]
) -> None:
    """Of a network of which not all is known the prover may be less sure than the walker, never more."""
    if got[0] < expected[0] or got[1] > expected[1]:
        for one in walks:
            note(str(one))
    assert got[0] >= expected[0], what
    assert got[1] <= expected[1], what


@MANY
@given(st.randoms(use_true_random=False), st.booleans())
def test_what_leaves_and_comes_in_is_what_the_walker_says(chance: random.Random, doubts: bool) -> None:
    model = network(chance, doubts=doubts)
    hold = _within if doubts else _hold
    prover, known = Prover(model), Known(model)
    outside = [*OUTSIDE, *(public for one in model.interfaces.values() for public in one.public.values())]
    for key in chance.sample(list(model.interfaces), min(2, len(model.interfaces))):
        for own in model.interfaces[key].addresses:
            face = next(one for one in faces_of(prover, key) if one.atom == prover.addresses.of(own))
            doors = [a for door in prover.doors.faces for a in model.interfaces[door].addresses]
            ends = [a for a in (*outside, *AWS, *doors) if a.version == own.version]
            for other in chance.sample(ends, min(6, len(ends))):
                atom = prover.addresses.of(other)
                out: dict[tuple[int, str], Admits] = {}
                for flow in prover.elsewhere(face, [atom]):
                    _add(out, (0, _place(model, flow)), flow.admits)
                for index, packet in packets(prover, own, other):
                    walks = walk(known, packet, Start(interface=key))
                    expected = told(model, walks)
                    for place in {*expected, *(place for _, place in out)} - model.interfaces.keys():
                        got = _told(out.get((0, place)), index)
                        hold(got, expected.get(place, (False, False)), (key, place, str(packet)), walks)
    _comes_in(chance, prover, known, Start(internet=True), chance.choice(OUTSIDE[:4]), hold)
    _comes_in(chance, prover, known, Start(internet=True), OUTSIDE[-1], hold)
    for external in model.externals:
        _comes_in(chance, prover, known, Start(external=external), chance.choice(OUTSIDE[4:6]), hold)


def _comes_in(
    chance: random.Random, prover: Prover, known: Known, start: Start, source: Address, hold: Hold
) -> None:
    """From the internet or another network, to addresses that something has."""
    model, atom = prover.model, prover.addresses.of(source)
    into: dict[tuple[int, str], Admits] = {}
    for goal in model.interfaces:
        for face in faces_of(prover, goal):
            flows = (
                prover.from_internet(face, [atom])
                if start.external is None
                else prover.from_external(start.external, face, [atom])
            )
            for flow in flows:
                _add(into, (flow.path.sent_to, goal), flow.admits)
    for address in _some(chance, prover, _addresses(model, source.version)):
        to = prover.addresses.of(address)
        for index, packet in packets(prover, source, address):
            walks = walk(known, packet, start)
            expected = told(model, walks)
            for goal in _asked(prover, address):
                got = _told(into.get((to, goal)), index)
                hold(got, expected.get(goal, (False, False)), (start, goal, str(packet)), walks)


def _place(model: Model, flow: Flow) -> str:
    """Where a flow out of the VPCs ends, as the walker names it."""
    where = flow.path.where
    if flow.path.end is End.UNKNOWN:
        return NOBODY_KNOWS
    if where in model.gateway_endpoints:
        return f"aws:{model.gateway_endpoints[where].service}"
    return where


@MANY
@given(st.randoms(use_true_random=False), st.booleans())
def test_all_pairs_at_once_are_each_pair_by_itself(chance: random.Random, sure: bool) -> None:
    model = network(chance, doubts=True)
    prover = Prover(model)
    faces = prover.faces
    pairs = Pairs(model, prover.addresses, prover.traffic, faces, sure=sure)
    count = len(faces.faces)
    found = np.zeros((count, count, prover.traffic.words), np.uint64)
    special = np.zeros((count, count), bool)
    for block in pairs.blocks():
        where = np.ix_(block.sources, block.destinations)
        found[where] |= block.bits
        special[where] |= block.special
    for one, sender in enumerate(faces.faces):
        for other, receiver in enumerate(faces.faces):
            if special[one, other]:
                continue
            expected = prover.filters.nothing
            for flow in prover.flows(sender, receiver):
                # by a public address the prover is asked for anyway
                assert flow.path.sent_to in (receiver.atom, receiver.public), (sender, receiver)
                if flow.path.sent_to == receiver.atom:
                    expected |= flow.admits
            wanted = expected.must if sure else expected.may
            assert (found[one, other] == wanted).all(), (sender, receiver)


@MANY
@given(st.randoms(use_true_random=False))
def test_which_public_address_it_is_decides_nothing_on_the_internet(chance: random.Random) -> None:
    """A network where an interface has a public address, beside the same one where it surely has one and
    nobody knows which: to and from the internet both have the same answers, the walker's and the prover's."""
    told_of = network(chance)
    having = [one for one in told_of.interfaces.values() if one.public and one.kind == "instance"]
    if not having:
        return
    one = chance.choice(having)
    ((own, public),) = one.public.items()
    untold = replace(one, public={}, public_possible=True, public_certain=True)
    model = replace(told_of, interfaces={**told_of.interfaces, one.key: untold})
    # the same atoms for both
    cuts = (*(address.prefix for address in OUTSIDE if address.version == 4), public.prefix)
    provers = Prover(told_of, cuts=cuts), Prover(model, cuts=cuts)
    knowns, there = (Known(told_of), Known(model)), chance.choice(OUTSIDE[:4])
    out, coming = [], []
    for prover, known in zip(provers, knowns, strict=True):
        face = next(each for each in faces_of(prover, one.key) if each.atom == prover.addresses.of(own))
        atom = prover.addresses.of(there)
        out.append(_joined(prover, prover.elsewhere(face, [atom])))
        own_addresses = (prover.addresses.of(own), prover.addresses.of(public))
        direct = [f for f in prover.from_internet(face, [atom]) if f.path.sent_to in own_addresses]
        coming.append(_joined(prover, direct))
        for index, packet in packets(prover, own, there):
            walks = walk(known, packet, Start(interface=one.key))
            expected = told(prover.model, walks)
            sent = expected.get("internet", (False, False))
            internet = [f for f in prover.elsewhere(face, [atom]) if f.path.end is End.INTERNET]
            _hold(_told(_joined(prover, internet), index), sent, (one.key, str(packet)), walks)
        for index, packet in packets(prover, there, public):
            walks = walk(known, packet, Start(internet=True), {public: one.key} if known is knowns[1] else {})
            expected = told(prover.model, walks)
            got = _told(coming[-1], index)
            _hold(got, expected.get(one.key, (False, False)), (one.key, str(packet)), walks)
    for before, after in (out, coming):
        assert (before.may == after.may).all()
        assert (before.must == after.must).all()


def _joined(prover: Prover, flows: Iterable[Flow]) -> Admits:
    found = prover.filters.nothing
    for flow in flows:
        found |= flow.admits
    return found
