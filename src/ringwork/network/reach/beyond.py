"""Load balancers and PrivateLink: what becomes of a packet that is delivered to one.

A *door* is an interface that takes packets in order to send something on: a load balancer's, by its listeners
to a target; an interface endpoint's with a provider, to the provider's Network Load Balancer. Which listener,
target and address follow is the walker's: `ringwork.network.walk.balancers` and `endpoints` cite each rule,
and its tables and choices are used as they are. Here they become legs: paths that follow each other, each
judged with the port and the source that the packet has there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ringwork.network.model import LoadBalancer, Model, TargetGroup, TargetOf
from ringwork.network.reach.atoms import AddressAtoms, Bits, TrafficAtoms
from ringwork.network.reach.faces import SOME_PUBLIC, Face, Faces, door_keys
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.paths import ANSWERED, End, Near, Path, Sender
from ringwork.network.walk.balancers import LISTENS, eligible, preserves
from ringwork.network.walk.endpoints import nodes
from ringwork.network.walk.known import Known

if TYPE_CHECKING:
    from ringwork.network.reach.prover import Flow, Prover

Asked = tuple[int, int]
"""protocol and destination port"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a load balancer may do with what a listener takes."""

    end: End | None
    """HOST: to a target; SERVICE: a function; UNKNOWN; None: nothing goes on"""
    where: str
    targets: tuple[int, ...] = ()
    """the atom of the target's address, or those that AWS may give it"""
    port: int = 0
    preserved: bool = False
    """the target sees the client's address"""
    exact: bool = True
    """the target has one address, and it is known"""


class Doors:
    """Every door of a model, what it takes, and to which addresses it may lead in the end."""

    def __init__(self, model: Model, addresses: AddressAtoms, faces: Faces) -> None:
        self._model = model
        self._addresses = addresses
        self._known = Known(model)
        self.faces: dict[str, tuple[Face, ...]] = {
            key: tuple(faces.faces[number] for number in faces.classes[faces.of_interface[key]].faces)
            for key in door_keys(model)
            if key in faces.of_interface
        }
        self.at: dict[tuple[str, int], list[Face]] = {}
        """doors by subnet and atom"""
        self.called: dict[int, list[Face]] = {}
        """doors by an address that they are called by: their own or a public one"""
        for mine in self.faces.values():
            for face in mine:
                self.at.setdefault((face.subnet, face.atom), []).append(face)
                for atom in {face.atom, face.public}:
                    self.called.setdefault(atom, []).append(face)
        self._toward: dict[int, dict[str, None]] = {}
        for key, atoms in self._leads().items():
            for atom in atoms:
                self._toward.setdefault(atom, {})[key] = None

    def toward(self, receiver: Face) -> list[str]:
        """The doors that something to the receiver may go in by."""
        found = {**self._toward.get(receiver.atom, {}), **self._toward.get(receiver.public, {})}
        return list(found)

    def balancer(self, key: str) -> LoadBalancer | None:
        """The Network or Application Load Balancer whose door it is."""
        found = self._known.balancer_of.get(key)
        return found if found is not None and found.kind in ("network", "application") else None

    def listening(self, key: str) -> tuple[Asked, ...] | None:
        """What a door takes; None: anything, or nobody knows."""
        if key in self._known.endpoint_of:
            return None
        balancer = self.balancer(key)
        if balancer is None:
            return None
        return tuple(
            dict.fromkeys(
                (protocol, listener.port)
                for listener in balancer.listeners
                for protocol in sorted(LISTENS.get(listener.protocol.upper(), ()))
            )
        )

    def providers(self, key: str) -> list[tuple[str, str | None]]:
        """What stands behind an endpoint's interface: a load balancer's key, and one of its interfaces that
        take what comes by the endpoint; None: not known."""
        endpoint = self._known.endpoint_of[key]
        service = self._model.endpoint_services.get(endpoint.provider or "")
        if service is None:
            return [(endpoint.provider or "", None)]
        found: list[tuple[str, str | None]] = []
        for name in service.balancers:
            balancer = self._model.load_balancers.get(name)
            if balancer is None or balancer.kind != "network":
                found.append((name, None))
            else:
                found += [(name, node) for node in nodes(self._known, balancer, key)]
        return found

    def choices(self, key: str, asked: Asked, version: int, *, linked: bool) -> list[Choice]:
        """What one interface of a load balancer may do with packets to an address of this version of IP.
        `linked`: they came by PrivateLink."""
        balancer, (protocol, port) = self.balancer(key), asked
        found: list[Choice] = []
        for listener in balancer.listeners if balancer is not None else ():
            if listener.port != port or protocol not in LISTENS.get(listener.protocol.upper(), ()):
                continue
            if balancer is None or not listener.groups:
                found.append(Choice(None, listener.key))  # a redirect or a fixed response, or refused
            for name in listener.groups if balancer is not None else ():
                group = self._model.target_groups.get(name)
                if group is None or balancer is None:
                    found.append(Choice(End.UNKNOWN, name))
                    continue
                targets = eligible(self._known, balancer, group, key)
                kept = preserves(balancer, group, linked)
                found += [
                    self._choice(group, target, version, target.port or group.port or port, kept)
                    for target in targets
                ]
                if not group.certain:
                    found.append(Choice(End.UNKNOWN, name))
                elif not targets:
                    found.append(Choice(None, name))
        return found

    def _choice(
        self, group: TargetGroup, target: TargetOf, version: int, port: int, preserved: bool
    ) -> Choice:
        if group.kind == "lambda":
            return Choice(End.SERVICE, "aws:lambda")
        atoms, exact = self._atoms_of(target, version)
        if not atoms:
            return Choice(End.UNKNOWN, group.key)
        return Choice(End.HOST, group.key, atoms, port, preserved, exact)

    def _atoms_of(self, target: TargetOf, version: int) -> tuple[tuple[int, ...], bool]:
        """Of its own address, else of its interface's: of the version that was called, where it has one."""
        if target.address is not None:
            return (self._addresses.of(target.address),), True
        interface = self._model.interfaces.get(target.interface or "")
        if interface is None:
            return (), False
        if interface.addresses:
            alike = [address for address in interface.addresses if address.version == version]
            return (self._addresses.of((alike or list(interface.addresses))[0]),), True
        subnet = self._model.subnets.get(interface.subnet)
        prefixes = subnet.prefixes if subnet is not None else ()
        same = [prefix for prefix in prefixes if prefix.version == version] or list(prefixes)
        return tuple(atom for prefix in same for atom in self._addresses.within(prefix)), False

    def _leads(self) -> dict[str, set[int]]:
        """The addresses that each door may lead to, through others too."""
        leads = {key: set(self._next(key)) for key in self.faces}
        grown = True
        while grown:
            grown = False
            for key, atoms in leads.items():
                more = {
                    atom
                    for reached in atoms
                    for door in self.called.get(reached, ())
                    for atom in leads[door.door]
                } - atoms
                behind = {node for _, node in self._behind(key) if node is not None and node in leads}
                more |= {atom for node in behind for atom in leads[node]} - atoms
                if more:
                    leads[key] = atoms | more
                    grown = True
        return leads

    def _behind(self, key: str) -> list[tuple[str, str | None]]:
        return self.providers(key) if key in self._known.endpoint_of else []

    def _next(self, key: str) -> Iterator[int]:
        balancer = self.balancer(key)
        for listener in balancer.listeners if balancer is not None else ():
            for name in listener.groups:
                group = self._model.target_groups.get(name)
                for target in group.targets if group is not None else ():
                    for version in (4, 6):
                        yield from self._atoms_of(target, version)[0]

    def is_endpoint(self, key: str) -> bool:
        return key in self._known.endpoint_of

    def enforces(self, balancer: str) -> bool:
        return self._model.load_balancers[balancer].enforce_on_private_link


def taken(doors: Doors, traffic: TrafficAtoms, face: Face) -> Admits:
    """What an interface lets further in than its security groups: what its listeners take, if it is a load
    balancer's."""
    if not face.door or doors.is_endpoint(face.door):
        return Admits(traffic.everything, traffic.everything)
    listening = doors.listening(face.door)
    if listening is None:
        return Admits(traffic.everything, traffic.nothing)
    bits = traffic.nothing.copy()
    for protocol, port in listening:
        bits |= traffic.of(protocol, port, port)
    return Admits(bits, bits)


# --- from leg to leg


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
            yield from self._along(here, choice, (here.sender, paths), receiver, here.sure)
            return
        mine = self._own(door, version)
        for face in mine:
            if choice.exact and face.atom == atom:
                continue
            paths = prover.paths.from_subnet(face.subnet, atom)
            yield from self._along(here, choice, (face, paths), receiver, here.sure and len(mine) == 1)

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

    def _along(
        self,
        here: _Here,
        choice: Choice,
        sending: tuple[Face | None, tuple[Path, ...]],
        receiver: Face | None,
        sure: bool,
    ) -> Iterator[_Arrival]:
        sender, paths = sending
        asked = (here.asked[0], choice.port)
        bit, sure = self._bit(asked), sure and choice.exact
        for path in paths:
            if path.end is not End.HOST:
                admits = self._leg(here.door, sender, path, None)
                if receiver is None and (admits.may & bit).any():
                    yield _Arrival(_after(here.path, path), sure and bool((admits.must & bit).any()))
                continue
            if receiver is not None and self._prover.ends_at(path, receiver):
                admits = self._leg(here.door, sender, path, receiver)
                admits &= taken(self._doors, self._prover.traffic, receiver)
                if (admits.may & bit).any():
                    yield _Arrival(_after(here.path, path), sure and bool((admits.must & bit).any()))
                continue
            for door in self._doors.at.get((path.where, path.destination), ()):
                admits = self._leg(here.door, sender, path, door)
                if (admits.may & bit).any():
                    inside = _Here(
                        door,
                        _after(here.path, path),
                        sender,
                        path.source,
                        asked,
                        sure and bool((admits.must & bit).any()),
                        seen=here.seen,
                    )
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


def _joined(found: list[list[_Arrival]], receiver: Face | None) -> list[_Arrival]:
    """Of several things that a door may do, one happens: what arrives surely does if it does by each."""
    sure = len(found) == 1 or (
        receiver is not None and all(any(arrival.must for arrival in one) for one in found)
    )
    return [arrival if sure else _Arrival(arrival.path, False) for one in found for arrival in one]


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
    )


# --- for pairs


def entries(
    doors: Doors, faces: Faces, subnets: dict[str, int]
) -> tuple[npt.NDArray[np.bool_], tuple[tuple[Face, ...], ...]]:
    """Which faces (first axis) may be reached by which doors, and the faces of those doors."""
    keys = [key for key in doors.faces if key]
    number = {key: index for index, key in enumerate(keys)}
    found = np.zeros((len(faces.faces), len(keys)), bool)
    for index, face in enumerate(faces.faces):
        for key in doors.toward(face):
            found[index, number[key]] = True
    return found, tuple(doors.faces[key] for key in keys)


def is_public(faces: tuple[Face, ...], addresses: AddressAtoms) -> bool:
    """Whether a door may be called by an address that is not of its VPC alone."""
    return any(
        face.public >= 0 or face.public == SOME_PUBLIC or addresses.version(face.atom) == 6 for face in faces
    )
