"""What a change of the network opens and closes: pairs, each with a packet that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ringwork.estate import Estate
from ringwork.network.questions.answer import Witness
from ringwork.network.questions.ends import parse, resolve
from ringwork.network.questions.flowing import Candidate, Flowing
from ringwork.network.questions.matrix import words
from ringwork.network.questions.network import Network
from ringwork.network.questions.witness import replay
from ringwork.network.reach.atoms import Bits
from ringwork.network.reach.cuts import prefixes, traffic
from ringwork.network.reading import read

MOST_SHOWN = 25
"""pairs that are shown with a witness, of each sort"""
MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class Change:
    """What flows between two owners in one network and not in the other."""

    source: str
    """key of the owner, or `internet`"""
    destination: str
    traffic: str
    pairs: int
    """of interfaces"""
    witness: Witness | None
    """None: it may flow, and no packet that was tried surely arrives"""
    fresh: bool
    """an end of it is not there in the other network"""


@dataclass(frozen=True, slots=True)
class Changes:
    old: Network
    new: Network
    opened: tuple[Change, ...]
    closed: tuple[Change, ...]
    more: tuple[int, int]
    """opened and closed pairs of owners that are not shown"""
    certain: bool
    """False: in one of the two something is not modelled, so more may have changed"""


_Flows = dict[tuple[str, str], tuple[Bits, Candidate]]
"""by keys of two interfaces"""


def changes(old: Estate, new: Estate) -> Changes:
    """Compares by key: two templates of one name, two recordings or readings of one account."""
    models = read(old), read(new)
    cuts = {prefix for model in models for prefix in prefixes(model)}
    kinds = {each for model in models for each in traffic(model)}
    first, second = (
        Network(estate, cuts=cuts, kinds=kinds, model=model)
        for estate, model in zip((old, new), models, strict=True)
    )
    one, other = Flowing(first), Flowing(second)
    before, after = _flows(one), _flows(other)
    opened, more_opened = _only(second, after, before, first)
    closed, more_closed = _only(first, before, after, second)
    return Changes(first, second, opened, closed, (more_opened, more_closed), one.closed and other.closed)


def _flows(flowing: Flowing) -> _Flows:
    network = flowing.network
    anything, online = (resolve(network, parse(text), strict=False) for text in ("any", "internet"))
    everything = network.prover.traffic.everything
    found: _Flows = {}
    for source, destination in ((anything, anything), (online, anything), (anything, online)):
        for candidate in flowing.between(source, destination, everything):
            for one in candidate.source.keys:
                for other in candidate.destination.keys:
                    if one != other:
                        there = found.get((one, other))
                        bits = candidate.bits if there is None else there[0] | candidate.bits
                        found[one, other] = (bits, candidate)
    return found


def _only(network: Network, these: _Flows, those: _Flows, other: Network) -> tuple[tuple[Change, ...], int]:
    """What is in these and not in those, by owners."""
    grouped: dict[tuple[str, str], tuple[Bits, int, list[Candidate], bool]] = {}
    for pair, (bits, candidate) in these.items():
        fresh = bits & ~those[pair][0] if pair in those else bits
        if not fresh.any():
            continue
        absent = any(key in network.model.interfaces and key not in other.model.interfaces for key in pair)
        owners = (_owner(network, pair[0]), _owner(network, pair[1]))
        row, count, some, was = grouped.get(owners, (network.prover.traffic.nothing, 0, [], True))
        if len(some) < MOST_TRIED:
            some.append(_narrowed(candidate, pair, fresh))
        grouped[owners] = (row | fresh, count + 1, some, was and absent)
    shown = list(_changes(network, grouped))
    return tuple(shown), len(grouped) - len(shown)


def _changes(
    network: Network, grouped: dict[tuple[str, str], tuple[Bits, int, list[Candidate], bool]]
) -> Iterator[Change]:
    # between things that were there already first: those are what a reader does not expect
    ordered = sorted(grouped.items(), key=lambda each: (each[1][3], each[0]))
    for (one, other), (bits, count, some, absent) in ordered[:MOST_SHOWN]:
        witness = next(
            (found.witness for each in some if (found := replay(network, each)).witness is not None), None
        )
        yield Change(one, other, words(network, bits), count, witness, absent)


def _narrowed(candidate: Candidate, pair: tuple[str, str], bits: Bits) -> Candidate:
    source = replace(candidate.source, keys=(pair[0],))
    destination = replace(candidate.destination, keys=(pair[1],))
    return replace(candidate, source=source, destination=destination, bits=bits)


def _owner(network: Network, key: str) -> str:
    interface = network.model.interfaces.get(key)
    return interface.owner if interface is not None else key
