"""Every pair of faces between which something may flow: one pass over the network, for all questions.

Plain ways come from `Pairs`, all at once. Where the way is special or an address is public the prover is
asked; before that, pairs that security groups rule out whatever the way are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ringwork.network.addresses import Prefix
from ringwork.network.model import GroupPeer, ListPeer
from ringwork.network.reach.atoms import Bits, Index
from ringwork.network.reach.faces import MORE_GROUPS, UNTOLD, Face
from ringwork.network.reach.pairs import Pairs
from ringwork.network.reach.prover import Prover


@dataclass(frozen=True, slots=True)
class Table:
    """Sources, destinations and what may flow, row by row."""

    sources: Index
    """faces"""
    destinations: Index
    bits: Bits
    """what may flow"""


def table(prover: Prover) -> Table:
    """Every pair of faces of which the first may send something to the second."""
    pairs = Pairs(prover.model, prover.addresses, prover.traffic, prover.faces)
    sieve = _Sieve(prover)
    sources: list[Index] = [np.zeros(0, np.int64)]
    destinations: list[Index] = [np.zeros(0, np.int64)]
    bits: list[Bits] = [np.zeros((0, prover.traffic.words), np.uint64)]
    for block in pairs.blocks():
        flowing = np.any(block.bits, axis=-1)
        at, to = np.nonzero(flowing)
        sources.append(block.sources[at])
        destinations.append(block.destinations[to])
        bits.append(block.bits[at, to])
        at, to = np.nonzero(block.special)
        special = sieve.left(block.sources[at], block.destinations[to])
        for one, other, row in _asked(prover, *special):
            sources.append(np.array([one], np.int64))
            destinations.append(np.array([other], np.int64))
            bits.append(row[None])
    for one, other, row in _by_public_address(prover):
        sources.append(np.array([one], np.int64))
        destinations.append(np.array([other], np.int64))
        bits.append(row[None])
    direct = _merged(np.concatenate(sources), np.concatenate(destinations), np.concatenate(bits))
    return _past_doors(prover, direct)


def _past_doors(prover: Prover, direct: Table) -> Table:
    """With what load balancers and endpoints pass on: from whoever reaches one, to whatever it leads to; and
    of what reaches one only what it takes."""
    faces = prover.faces.faces
    if not prover.doors.faces:
        return direct
    is_door = np.array([bool(face.door) for face in faces], bool)
    at_door = is_door[direct.destinations]
    reaching = list(zip(direct.sources[at_door].tolist(), direct.destinations[at_door].tolist(), strict=True))
    senders: dict[str, set[int]] = {}
    for one, other in reaching:
        senders.setdefault(faces[other].door, set()).add(one)
    wanted = set(reaching)
    for other, receiver in enumerate(faces):
        for key in prover.doors.toward(receiver):
            wanted.update((one, other) for one in senders.get(key, ()))
    asked: dict[tuple[int, int], Bits] = {}
    for one, other in sorted(wanted):
        row = prover.filters.nothing.may
        for flow in prover.flows(faces[one], faces[other]):
            row = row | flow.admits.may
        asked[one, other] = row
    numbers = np.array([one * len(faces) + other for one, other in asked], np.int64)
    again = np.isin(direct.sources * len(faces) + direct.destinations, numbers)
    unknown = np.zeros(len(faces), bool)
    unknown[possibly_public(prover)] = True
    # what goes by a public address that is not known is not in the prover's flows
    kept = ~again | unknown[direct.destinations]
    fresh = [(pair, row) for pair, row in asked.items() if row.any()]
    return _merged(
        np.concatenate([direct.sources[kept], np.array([one for (one, _), _ in fresh], np.int64)]),
        np.concatenate([direct.destinations[kept], np.array([other for (_, other), _ in fresh], np.int64)]),
        np.concatenate([direct.bits[kept], *[row[None] for _, row in fresh]]),
    )


def _merged(sources: Index, destinations: Index, bits: Bits) -> Table:
    """A pair may be there twice: plainly and by a public address."""
    order = np.lexsort((destinations, sources))
    sources, destinations, bits = sources[order], destinations[order], bits[order]
    if not len(sources):
        return Table(sources, destinations, bits)
    first = np.ones(len(sources), bool)
    first[1:] = (sources[1:] != sources[:-1]) | (destinations[1:] != destinations[:-1])
    starts = np.flatnonzero(first)
    return Table(sources[starts], destinations[starts], np.bitwise_or.reduceat(bits, starts, axis=0))


def _asked(prover: Prover, sources: Index, destinations: Index) -> Iterator[tuple[int, int, Bits]]:
    """The prover's answers. Between two sites most ways end somewhere else, whatever the groups."""
    faces = prover.faces.faces
    ends: dict[tuple[str, int], bool] = {}
    for one, other in zip(sources.tolist(), destinations.tolist(), strict=True):
        sender, receiver = faces[one], faces[other]
        site = (sender.subnet, receiver.atom)
        if site not in ends:
            ends[site] = any(path.where == receiver.subnet for path in prover.paths.from_subnet(*site))
        if ends[site]:
            row = prover.filters.nothing.may
            for flow in prover.flows(sender, receiver):
                row = row | flow.admits.may
            if row.any():
                yield one, other, row


def possibly_public(prover: Prover) -> list[int]:
    """Faces that are called by a public address which is not known: their own, or that of a load balancer
    which sends on to them."""
    return [
        number
        for number, face in enumerate(prover.faces.faces)
        if face.public in UNTOLD
        or any(door.public in UNTOLD for key in prover.doors.toward(face) for door in prover.doors.faces[key])
    ]


def _by_public_address(prover: Prover) -> Iterator[tuple[int, int, Bits]]:
    """To an interface's public address: out to the internet and in again.

    Where the public address is not known, whatever may go out may meet whatever may come in.
    """
    faces = prover.faces.faces
    public = [number for number, face in enumerate(faces) if face.public >= 0]
    possible = possibly_public(prover)
    senders = [number for number, face in enumerate(faces) if face.starts]
    for other in public:
        for one in senders:
            row = prover.filters.nothing.may
            for flow in prover.flows(faces[one], faces[other]):
                if flow.path.sent_to == faces[other].public:
                    row = row | flow.admits.may
            if row.any():
                yield one, other, row
    if not possible:
        return
    going = {one: row for one in senders if (row := _leaves(prover, faces[one])).any()}
    for other in possible:
        coming = prover.filters.nothing.may
        for flow in prover.from_internet(faces[other]):
            coming = coming | flow.admits.may
        for one, row in going.items():
            if (both := row & coming).any():
                yield one, other, both


def _leaves(prover: Prover, face: Face) -> Bits:
    row = prover.filters.nothing.may
    for flow in prover.to_internet(face):
        row = row | flow.admits.may
    return row


class _Sieve:
    """Which pairs the security groups at both ends may let pass, if the way is left open.

    Egress judges the address that was sent to; ingress judges the sender's own, or that of a device that
    puts its own on the way. What goes to another address first, to be passed on, is for `_past_doors`.
    """

    def __init__(self, prover: Prover) -> None:
        faces = prover.faces.faces
        self._atoms = sorted({face.atom for face in faces})
        self._place = {atom: number for number, atom in enumerate(self._atoms)}
        self._prover = prover
        sets: dict[frozenset[str] | None, int] = {}
        self._set = np.array([sets.setdefault(face.groups, len(sets)) for face in faces], np.int64)
        self._atom = np.array([self._place[face.atom] for face in faces], np.int64)
        self._out, self._out_named, _ = self._sides(sets, egress=True)
        self._in, self._in_named, self._rewritten = self._sides(sets, egress=False)

    def left(self, sources: Index, destinations: Index) -> tuple[Index, Index]:
        one, other = self._set[sources], self._set[destinations]
        sent = self._out[one, self._atom[destinations]] | self._out_named[one, other]
        received = self._in[other, self._atom[sources]] | self._in_named[other, one] | self._rewritten[other]
        keep = sent & received
        return sources[keep], destinations[keep]

    def _sides(
        self, sets: dict[frozenset[str] | None, int], *, egress: bool
    ) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.bool_]], ...]:
        """For each set of groups: occupied atoms that some rule has, sets that some rule names, and whether
        some rule has an address of a device or of the internet."""
        model, addresses = self._prover.model, self._prover.addresses
        atoms = np.zeros((len(sets), len(self._atoms)), bool)
        named = np.zeros((len(sets), len(sets)), bool)
        devices = np.zeros(len(sets), bool)
        rewriting = self._rewriting()
        for keys, number in sets.items():
            if keys is None or any(key not in model.groups for key in keys):
                atoms[number] = True
                continue
            for key in keys:
                group = model.groups[key]
                for rule in group.egress if egress else group.ingress:
                    peer = rule.peer
                    listed = model.lists.get(peer.list) if isinstance(peer, ListPeer) else None
                    if isinstance(peer, GroupPeer):
                        for others, column in sets.items():
                            if others is None or peer.group in others or MORE_GROUPS in others:
                                # outbound, whoever has the member's address is it
                                where = self._atom[self._set == column] if egress else []
                                atoms[number, where], named[number, column] = True, True
                        continue
                    prefixes: tuple[Prefix, ...] | None = None
                    if isinstance(peer, Prefix):
                        prefixes = (peer,)
                    elif listed is not None:
                        prefixes = listed.prefixes
                    if prefixes is None:
                        atoms[number], devices[number] = True, True
                        continue
                    for prefix in prefixes:
                        within = addresses.within(prefix)
                        low, high = np.searchsorted(self._atoms, (within.start, within.stop))
                        atoms[number, low:high] = True
                        devices[number] = devices[number] or any(
                            within.start <= atom < within.stop for atom in rewriting
                        )
        return atoms, named, devices

    def _rewriting(self) -> frozenset[int]:
        """Atoms of the addresses that a device may put in place of the sender's."""
        prover = self._prover
        found = set(prover.paths.public_atoms)
        devices = {nat.interface for nat in prover.model.nat_gateways.values()}
        for key in devices & set(prover.faces.of_interface):
            number = prover.faces.of_interface[key]
            found |= {prover.faces.faces[face].atom for face in prover.faces.classes[number].faces}
        return frozenset(found)
