"""Load balancers and PrivateLink: what becomes of a packet that a door takes.

Paths follow each other as legs, each judged with the port and the source that the packet has there: the
client's, or the load balancer's own. What of it arrives is told by the traffic that was sent first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ringwork.network.reach.atoms import Bits
from ringwork.network.reach.cuts import ANSWERED
from ringwork.network.reach.doors import Asked, Choice, Doors, taken
from ringwork.network.reach.faces import Face
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.path import End, Near, Path, Sender

if TYPE_CHECKING:
    from ringwork.network.reach.prover import Flow, Prover


@dataclass(frozen=True, slots=True)
class _Here:
    """A packet that a door has let in."""

    door: Face
    path: Path
    """all of it so far"""
    sender: Face | None
    """whose address it bears, where `source` is a `Sender`"""
    source: Sender | int
    asked: Asked
    sure: bool
    linked: bool = False
    seen: frozenset[tuple[str, Sender | int, Asked]] = frozenset()


class _Arrival(NamedTuple):
    path: Path
    must: bool


class Beyond:
    """What doors pass on, for one prover."""

    def __init__(self, prover: Prover, doors: Doors) -> None:
        self._prover = prover
        self._doors = doors
        self._bits: dict[Asked, Bits] = {}

    def past(
        self, first: Flow, sender: Face | None, door: Face, receiver: Face | None
    ) -> Iterator[tuple[Path, Admits]]:
        """What of a flow to a door goes on to the receiver; none given: to what is no interface."""
        listening = self._listening(door.door)
        for name in self._hidden(door.door) if receiver is None else ():
            path = replace(_through(first.path, door.door), end=End.UNKNOWN, where=name, certain=False)
            yield path, first.admits.doubted
        found: dict[Path, tuple[Bits, Bits]] = {}
        for asked in listening:
            bit = self._bit(asked)
            if not (first.admits.may & bit).any():
                continue
            sure = bool((first.admits.must & bit).any())
            here = _Here(door, first.path, sender, first.path.source, asked, sure)
            for arrival in self._at(here, receiver):
                may, must = found.get(arrival.path, (self._none, self._none))
                found[arrival.path] = (may | bit, must | bit if arrival.must else must)
        for path, (may, must) in found.items():
            yield path, Admits(may, must)

    @property
    def _none(self) -> Bits:
        return self._prover.traffic.nothing

    def _bit(self, asked: Asked) -> Bits:
        found = self._bits.get(asked)
        if found is None:
            found = self._bits[asked] = self._prover.traffic.of(asked[0], asked[1], asked[1])
        return found

    def _listening(self, key: str) -> tuple[Asked, ...]:
        if not self._doors.is_endpoint(key):
            return self._doors.listening(key) or ()
        behind = [self._doors.listening(node) or () for _, node in self._doors.providers(key) if node]
        return tuple(dict.fromkeys(asked for one in behind for asked in one))

    def _hidden(self, key: str) -> tuple[str, ...]:
        """What takes anything that comes to a door, as far as is known."""
        if self._doors.is_endpoint(key):
            return tuple(name for name, node in self._doors.providers(key) if node is None)
        return (key,) if self._doors.listening(key) is None else ()

    def _at(self, here: _Here, receiver: Face | None) -> list[_Arrival]:
        key = (here.door.door, here.source, here.asked)
        if key in here.seen:
            return []  # a loop
        here = replace(here, path=_through(here.path, here.door.door), seen=here.seen | {key})
        if self._doors.is_endpoint(here.door.door):
            behind = self._doors.providers(here.door.door)
            return _joined([self._linked(here, name, node, receiver) for name, node in behind], receiver)
        version = self._prover.addresses.version(here.door.atom)
        choices = self._doors.choices(here.door.door, here.asked, version, linked=here.linked)
        return _joined([self._follow(here, choice, receiver) for choice in choices], receiver)

    def _linked(self, here: _Here, name: str, node: str | None, receiver: Face | None) -> list[_Arrival]:
        """Out of PrivateLink, to an interface of the provider's load balancer."""
        prover = self._prover
        version = prover.addresses.version(here.door.atom)
        faces = [
            face
            for face in self._doors.faces.get(node or "", ())
            if prover.addresses.version(face.atom) == version
        ]
        if not faces:
            return self._unknown(here, name, receiver)
        exact = bool(prover.model.interfaces[faces[0].door].addresses)
        found: list[_Arrival] = []
        for face in faces[:1] if exact else faces:
            bit, sure = self._bit(here.asked), here.sure and exact
            atoms = prover.bearers(here.source, here.sender)
            acl = prover.model.subnets[face.subnet].acl
            if acl is not None:
                # whether the network ACL sees it is not documented
                sure = sure and all((prover.filters.acl(acl, False, atom).must & bit).any() for atom in atoms)
            if self._doors.enforces(name):
                rows = [prover.filters.groups(face.groups, False, atom) for atom in atoms]
                if not any((row.may & bit).any() for row in rows):
                    continue
                sure = sure and face.certain and all((row.must & bit).any() for row in rows)
            inside = replace(here, door=face, sure=sure, linked=True)
            found += self._at(inside, receiver)
        return found

    def _unknown(self, here: _Here, where: str, receiver: Face | None) -> list[_Arrival]:
        if receiver is not None:
            return []
        return [_Arrival(replace(here.path, end=End.UNKNOWN, where=where, certain=False), False)]

    def _follow(self, here: _Here, choice: Choice, receiver: Face | None) -> list[_Arrival]:
        match choice.end:
            case End.UNKNOWN:
                return self._unknown(here, choice.where, receiver)
            case End.SERVICE if receiver is None:
                return [_Arrival(replace(here.path, end=End.SERVICE, where=choice.where), here.sure)]
            case End.HOST:
                return [
                    arrival
                    for atom in choice.targets
                    for arrival in self._to_target(here, choice, atom, receiver)
                ]
            case _:
                return []

    def _to_target(self, here: _Here, choice: Choice, atom: int, receiver: Face | None) -> Iterator[_Arrival]:
        prover, door = self._prover, here.door
        version = prover.addresses.version(atom)
        bearers = prover.bearers(here.source, here.sender)
        if choice.preserved and prover.addresses.version(bearers[0]) == version:
            if choice.exact and bearers == (atom,):
                return  # loopback: the target would be its own client
            origin = here.sender.subnet if here.sender is not None else ""
            paths = prover.paths.onward(door.subnet, here.source, atom, origin)
            yield from self._arriving(here, choice, (here.sender, paths), receiver, here.sure)
            return
        mine = self._own(door, version)
        for face in mine:
            if choice.exact and face.atom == atom:
                continue
            paths = prover.paths.from_subnet(face.subnet, atom)
            yield from self._arriving(here, choice, (face, paths), receiver, here.sure and len(mine) == 1)

    def _own(self, door: Face, version: int) -> tuple[Face, ...]:
        """What a load balancer sends from: the address that was called, or one of the target's family."""
        if self._prover.addresses.version(door.atom) == version:
            return (door,)
        others = [
            face
            for face in self._doors.faces[door.door]
            if self._prover.addresses.version(face.atom) == version
        ]
        return tuple(others[:1] if self._prover.model.interfaces[door.door].addresses else others)

    def _arriving(
        self,
        here: _Here,
        choice: Choice,
        sending: tuple[Face | None, tuple[Path, ...]],
        receiver: Face | None,
        sure: bool,
    ) -> list[_Arrival]:
        """By every path of the leg; surely, if by each way that AWS may choose."""
        sender, paths = sending
        asked = (here.asked[0], choice.port)
        found = [
            (path, arrival)
            for path in paths
            for arrival in self._by(here, asked, sender, path, receiver, sure and choice.exact)
        ]
        if any(path.branch for path in paths):
            count = len({path.branch for path, arrival in found if arrival.must})
            whole = len({path.branch for path in paths}) == _ways(paths)
            if not whole or count < _ways(paths):
                return [_Arrival(arrival.path, False) for _, arrival in found]
        return [arrival for _, arrival in found]

    def _by(
        self, here: _Here, asked: Asked, sender: Face | None, path: Path, receiver: Face | None, sure: bool
    ) -> Iterator[_Arrival]:
        bit = self._bit(asked)

        def after(receiving: Face | None) -> tuple[bool, bool]:
            admits = self._leg(here.door, sender, path, receiving)
            if receiving is not None and receiving is receiver:
                admits &= taken(self._doors, self._prover.traffic, receiving)
            return bool((admits.may & bit).any()), sure and bool((admits.must & bit).any())

        if path.end is not End.HOST:
            may, must = after(None)
            if receiver is None and may:
                yield _Arrival(_after(here.path, path), must)
        elif receiver is not None and self._prover.ends_at(path, receiver):
            may, must = after(receiver)
            if may:
                yield _Arrival(_after(here.path, path), must)
        else:
            for door in self._doors.at.get((path.where, path.destination), ()):
                may, must = after(door)
                if may:
                    onward = _after(here.path, path)
                    inside = _Here(door, onward, sender, path.source, asked, must, seen=here.seen)
                    yield from self._at(inside, receiver)

    def _leg(self, door: Face, sender: Face | None, path: Path, receiver: Face | None) -> Admits:
        """From a load balancer on: past its own outbound rules, the path, and the receiver's inbound ones,
        which may name the load balancer's groups."""
        prover = self._prover
        admits = prover.along(path, sender, receiver)
        if path.end is not End.SERVICE or path.where not in ANSWERED:
            admits &= prover.outbound(door.groups, door.subnet, path.sent_to, path, receiver)
        if receiver is not None:
            admits &= prover.received(sender, path, receiver, named=door)
        return admits if door.certain else admits.doubted


def _ways(paths: tuple[Path, ...]) -> int:
    """How many ends there are of all that may be chosen; choices after a choice are counted as if each way
    had them."""
    most = 1
    for depth in range(max(len(path.branch) for path in paths)):
        most *= max(path.branch[depth][1] for path in paths if len(path.branch) > depth)
    return most


def _joined(found: list[list[_Arrival]], receiver: Face | None) -> list[_Arrival]:
    """Of several things that a door may do, one happens: what arrives surely does if it does by each."""
    sure = len(found) == 1 or (
        receiver is not None and all(any(arrival.must for arrival in one) for one in found)
    )
    if sure:
        return [arrival for one in found for arrival in one]
    # all of them may invoke functions
    ends = [{(each.path.end, each.path.where) for each in one if each.must} for one in found]
    same = set.intersection(*ends) if receiver is None and ends else set()
    return [
        arrival if (arrival.path.end, arrival.path.where) in same else _Arrival(arrival.path, False)
        for one in found
        for arrival in one
    ]


def _through(path: Path, key: str) -> Path:
    return replace(path, through=(*path.through, key))


def _after(before: Path, path: Path) -> Path:
    """Both as one. `source` stays that of the packet as it was sent to the first door."""
    return replace(
        path,
        checks=(*before.checks, *path.checks),
        source=before.source,
        sent_to=before.sent_to,
        near=Near.APART,
        certain=before.certain and path.certain,
        through=(*before.through, *path.through),
        branch=before.branch,
    )
