"""The prover says of every pair what the walker says of each packet, and its arrays what its rows say."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.network.reach.networks import network

from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet
from ringwork.network.reach.atoms import Piece
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.pairs import Pairs
from ringwork.network.reach.prover import Prover
from ringwork.network.walk import Outcome, Start, walk

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def packets(prover: Prover, source: Address, destination: Address) -> Iterator[tuple[int, Packet]]:
    """For each traffic atom one of its packets: protocol 99 and ICMP type 77 for what no rule names."""
    for index, piece in enumerate(prover.traffic.pieces):
        yield index, _example(piece, source, destination)


def _example(piece: Piece, source: Address, destination: Address) -> Packet:
    if piece.protocol in (TCP, UDP):
        return Packet(source, destination, piece.protocol, 50000, piece.low)
    if piece.protocol in (ICMP, ICMPV6):
        kind = 77 if piece.low is None else piece.low
        code = 77 if piece.high is None else piece.high
        return Packet(source, destination, piece.protocol, icmp_type=kind, icmp_code=code)
    return Packet(source, destination, 99 if piece.protocol is None else piece.protocol)


def walked(model: Model, packet: Packet, start: Start, goal: str) -> tuple[bool, bool]:
    """Whether it may arrive at the interface, and whether it surely does."""
    walks = walk(model, packet, start)
    may = any(
        one.outcome is Outcome.UNKNOWN or (one.outcome is Outcome.DELIVERED and one.arrived == goal)
        for one in walks
    )
    must = all(one.outcome is Outcome.DELIVERED and one.arrived == goal for one in walks)
    return may, must


@MANY
@given(st.randoms(use_true_random=False))
def test_every_pair_is_what_the_walker_says_of_each_packet(chance: random.Random) -> None:
    model = network(chance)
    prover = Prover(model)
    faces = prover.faces
    keys = list(model.interfaces)
    for source in chance.sample(keys, min(3, len(keys))):
        for goal in keys:
            if source == goal:
                continue
            sender = model.interfaces[source]
            receiver = model.interfaces[goal]
            for own in sender.addresses:
                for address in (*receiver.addresses, *receiver.public.values()):
                    if own.version != address.version:
                        continue
                    atom = prover.addresses.of(address)
                    found = prover.filters.nothing
                    for one in faces.classes[faces.of_interface[source]].faces:
                        for other in faces.classes[faces.of_interface[goal]].faces:
                            mine, theirs = faces.faces[one], faces.faces[other]
                            if mine.atom == prover.addresses.of(own):
                                for flow in prover.flows(mine, theirs):
                                    if flow.path.sent_to == atom:
                                        found |= flow.admits
                    may = set(prover.traffic.indexes(found.may))
                    must = set(prover.traffic.indexes(found.must))
                    for index, packet in packets(prover, own, address):
                        expected = walked(model, packet, Start(interface=source), goal)
                        if (index in may, index in must) != expected:
                            note(str(model))
                            for walk_ in walk(model, packet, Start(interface=source)):
                                note(str(walk_))
                        assert (index in may, index in must) == expected, (source, goal, str(packet))


OUTSIDE = tuple(map(parse_address, ("203.0.113.9", "3.1.2.3", "8.8.8.8", "52.219.1.1", "2a00::1")))


@MANY
@given(st.randoms(use_true_random=False))
def test_what_goes_to_and_comes_from_the_internet_is_what_the_walker_says(chance: random.Random) -> None:
    model = network(chance)
    prover = Prover(model)
    faces = prover.faces
    for key, interface in model.interfaces.items():
        for number in faces.classes[faces.of_interface[key]].faces:
            face = faces.faces[number]
            own = next(a for a in interface.addresses if prover.addresses.of(a) == face.atom)
            public = own if own.version == 6 else interface.public.get(own)
            for other in OUTSIDE:
                if other.version != own.version:
                    continue
                atom = prover.addresses.of(other)
                out = prover.filters.nothing
                for flow in prover.to_internet(face, [atom]):
                    out |= flow.admits
                for index, packet in packets(prover, own, other):
                    expected = walked(model, packet, Start(interface=key), "internet")
                    assert _told(prover, out, index) == expected, (key, str(packet))
                if public is None:
                    continue
                into = prover.filters.nothing
                for flow in prover.from_internet(face, [atom]):
                    into |= flow.admits
                for index, packet in packets(prover, other, public):
                    expected = walked(model, packet, Start(internet=True), key)
                    assert _told(prover, into, index) == expected, (key, str(packet))


def _told(prover: Prover, admits: Admits, index: int) -> tuple[bool, bool]:
    return index in prover.traffic.indexes(admits.may), index in prover.traffic.indexes(admits.must)


@MANY
@given(st.randoms(use_true_random=False), st.booleans())
def test_all_pairs_at_once_are_each_pair_by_itself(chance: random.Random, sure: bool) -> None:
    model = network(chance, doubts=True)
    prover = Prover(model)
    faces = prover.faces
    pairs = Pairs(model, prover.addresses, prover.traffic, faces, sure=sure)
    count = len(faces.faces)
    told = np.zeros((count, count, prover.traffic.words), np.uint64)
    special = np.zeros((count, count), bool)
    for block in pairs.blocks():
        where = np.ix_(block.sources, block.destinations)
        told[where] |= block.bits
        special[where] |= block.special
    for one, sender in enumerate(faces.faces):
        for other, receiver in enumerate(faces.faces):
            if special[one, other]:
                continue
            expected = prover.filters.nothing
            for flow in prover.flows(sender, receiver):
                if flow.path.sent_to == receiver.atom:
                    expected |= flow.admits
            wanted = expected.must if sure else expected.may
            assert (told[one, other] == wanted).all(), (sender, receiver)
