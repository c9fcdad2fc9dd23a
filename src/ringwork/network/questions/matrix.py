"""Who may reach whom, by groups: one cell for each two groups, with what may flow and one witness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ringwork.network.packets import ICMP, ICMPV6, NAMES, TCP, UDP
from ringwork.network.questions.answer import Witness
from ringwork.network.questions.ends import parse, resolve
from ringwork.network.questions.flowing import Candidate, Flowing, Point
from ringwork.network.questions.network import Network
from ringwork.network.questions.witness import replay
from ringwork.network.reach.atoms import Bits, Piece

BY = ("team", "workload", "type", "kind", "stage", "tier", "subnet", "vpc")
NONE = "(none)"
INTERNET = "internet"
MOST_TRIED = 4
"""candidates of a cell that are replayed until one is confirmed"""


@dataclass(frozen=True, slots=True)
class Cell:
    source: str
    destination: str
    traffic: str
    pairs: int
    """of faces: an address of each of two classes of interfaces"""
    witness: Witness | None
    """None: nothing that was tried surely arrives, so it may flow"""


@dataclass(frozen=True, slots=True)
class Matrix:
    by: tuple[str, ...]
    groups: tuple[str, ...]
    """with `internet`"""
    cells: Mapping[tuple[str, str], Cell]
    """what is not here is proved not to flow, unless `open`"""
    open: bool
    """something is not modelled, so that more may flow than this"""


def matrix(flowing: Flowing, by: tuple[str, ...] = ("team",)) -> Matrix:
    """All pairs. `by`: the labels that make a group; several are joined, `fraud/train`."""
    network = flowing.network
    group_of = [_groups(network, members, by) for members in _members(network)]
    found: dict[tuple[str, str], tuple[Bits, int, list[Candidate]]] = {}

    def add(one: str, other: str, candidate: Candidate) -> None:
        bits, count, some = found.get((one, other), (network.prover.traffic.nothing, 0, []))
        if len(some) < MOST_TRIED:
            some.append(candidate)
        found[one, other] = (bits | candidate.bits, count + 1, some)

    for one, other, candidate in _inside(flowing, group_of):
        add(one, other, candidate)
    anything, online = (resolve(network, parse(text), strict=False) for text in ("any", INTERNET))
    everything = network.prover.traffic.everything
    owner = network.prover.faces.of_interface
    lost = False
    for candidate in flowing.between(online, anything, everything):
        receiver = owner.get(candidate.destination.keys[0])
        lost |= receiver is None  # it goes on to something that is not known
        for name in () if receiver is None else group_of[receiver]:
            add(INTERNET, name, candidate)
    for candidate in flowing.between(anything, online, everything):
        for name in group_of[owner[candidate.source.keys[0]]]:
            add(name, INTERNET, candidate)
    cells = {
        (one, other): Cell(one, other, words(network, bits), count, _witness(network, some))
        for (one, other), (bits, count, some) in sorted(found.items())
    }
    names = sorted({name for names in group_of for name in names})
    return Matrix(by, (INTERNET, *names), cells, lost or not flowing.closed)


def _members(network: Network) -> list[tuple[str, ...]]:
    return [each.members for each in network.prover.faces.classes]


def _groups(network: Network, members: tuple[str, ...], by: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for key in members:
        labels = network.labels.of(network.model.interfaces[key])
        parts = [_value(labels.get(label, frozenset()), label) for label in by]
        found["/".join(parts)] = None
    return tuple(found)


def _value(values: frozenset[str], label: str) -> str:
    """One name for people: of several names of a thing the one that says most."""
    if not values:
        return NONE
    if label in ("subnet", "vpc"):
        named = [value for value in values if value.count("/") == 1 and not value.startswith("arn:")]
        return min(named or values, key=len)
    return "+".join(sorted(value for value in values if "::" not in value) or sorted(values))


def _inside(flowing: Flowing, group_of: list[tuple[str, ...]]) -> Iterator[tuple[str, str, Candidate]]:
    prover, rows = flowing.network.prover, flowing.table
    classes, faces = prover.faces.classes, prover.faces.faces
    for row in range(len(rows.sources)):
        one, other = int(rows.sources[row]), int(rows.destinations[row])
        source, destination = int(prover.faces.owner[one]), int(prover.faces.owner[other])
        if source == destination and flowing.alone(classes[source].members, classes[source].members):
            continue
        candidate = Candidate(
            Point(classes[source].members, faces[one].atom),
            Point(classes[destination].members, faces[other].atom),
            rows.bits[row],
            faces=(one, other),
        )
        for first in group_of[source]:
            for second in group_of[destination]:
                yield first, second, candidate


def _witness(network: Network, candidates: list[Candidate]) -> Witness | None:
    flowing = Flowing(network)
    for candidate in candidates:
        for way in flowing.ways(candidate):
            found = replay(network, way)
            if found.witness is not None:
                return found.witness
    return None


# --- packet sets in words


def words(network: Network, bits: Bits) -> str:
    """`tcp 443, udp 53`: what a set of traffic atoms is."""
    traffic = network.prover.traffic
    if np.array_equal(bits, traffic.everything):
        return "all traffic"
    pieces = [traffic.pieces[index] for index in traffic.indexes(bits)]
    found = [*_ports(pieces, TCP), *_ports(pieces, UDP)]
    for piece in pieces:
        if piece.protocol in (ICMP, ICMPV6):
            name = NAMES[piece.protocol]
            found.append(name if piece.low is None else f"{name} {piece.low}")
        elif piece.protocol is None:
            found.append("other protocols")
        elif piece.protocol not in (TCP, UDP):
            found.append(f"protocol {piece.protocol}")
    return ", ".join(dict.fromkeys(found))


def _ports(pieces: list[Piece], protocol: int) -> Iterator[str]:
    """Ranges that touch are one."""
    low = high = -1
    for piece in [*(each for each in pieces if each.protocol == protocol), None]:
        if piece is not None and low >= 0 and piece.low == high + 1:
            high = piece.high or 0
            continue
        if low >= 0:
            name = NAMES[protocol]
            whole = low == 0 and high == 65535
            yield name if whole else f"{name} {low}" if low == high else f"{name} {low}-{high}"
        if piece is not None:
            low, high = piece.low or 0, 65535 if piece.high is None else piece.high
