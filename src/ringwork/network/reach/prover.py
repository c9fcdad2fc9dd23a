"""Which packets can flow between two faces, classes, the internet, other networks and services.

Exact for every pair: forwarding gives the paths, filters give rows of traffic atoms, and a flow is the AND
along a path and the OR over paths. `pairs` computes the same for all pairs at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from ringwork.network.addresses import Prefix
from ringwork.network.model import Model
from ringwork.network.packets import Traffic
from ringwork.network.reach.atoms import AddressAtoms, Bits, TrafficAtoms
from ringwork.network.reach.beyond import Beyond
from ringwork.network.reach.cuts import ANSWERED, NAT_CARRIES, prefixes, traffic
from ringwork.network.reach.doors import Doors, taken
from ringwork.network.reach.faces import SOME_PUBLIC, SURE_PUBLIC, UNTOLD, Face, Faces, faces_of, groups_of
from ringwork.network.reach.filters import Admits, Filters, Other
from ringwork.network.reach.naming import Naming
from ringwork.network.reach.path import Check, End, Near, Path, Sender, What
from ringwork.network.reach.paths import Paths

_DEVICES = (What.GROUP_INGRESS, What.FIREWALL)
"""checks of what takes packets for others: an appliance's ingress, a firewall"""


@dataclass(frozen=True, slots=True)
class Flow:
    """What some sender can send along one path."""

    path: Path
    admits: Admits


class Prover:
    """Answers for one model. Rows and paths are kept between questions."""

    def __init__(self, model: Model, *, cuts: Iterable[Prefix] = (), kinds: Iterable[Traffic] = ()) -> None:
        """`cuts` and `kinds`: prefixes and traffic that questions will name, beside those of the rules."""
        self.model = model
        self.addresses = AddressAtoms((*prefixes(model), *cuts))
        self.traffic = TrafficAtoms((*traffic(model), *kinds))
        self.faces: Faces = faces_of(model, self.addresses)
        self.paths = Paths(model, self.addresses)
        self.doors = Doors(model, self.addresses, self.faces)
        self._beyond = Beyond(self, self.doors)
        self._firsts: dict[tuple[Face, Face], tuple[Flow, ...]] = {}
        self._naming = Naming(model)
        self.filters = Filters(model, self.addresses, self.traffic)
        self.internet = tuple(atom for atom in range(self.addresses.count) if self.paths.is_internet(atom))
        carried = (self.traffic.of(protocol) for protocol in NAT_CARRIES)
        bits = reduce(lambda one, other: one | other, carried)
        self._carried = Admits(bits, bits)

    # --- between interfaces

    def between(self, source: int, destination: int) -> Admits:
        """What any member of one class can send to any of another (or to another of its own), to any of its
        addresses."""
        found = self.filters.nothing
        for sender in self.faces.classes[source].faces:
            for receiver in self.faces.classes[destination].faces:
                for flow in self.flows(self.faces.faces[sender], self.faces.faces[receiver]):
                    found |= flow.admits
        return found

    def flows(self, sender: Face, receiver: Face) -> Iterator[Flow]:
        """To the receiver's private address and to its public one, and to those of load balancers and
        endpoints that may send on to it, each path for itself (`path.sent_to`, `path.through`)."""
        if not sender.starts:
            return
        yield from self._into(self._direct(sender, receiver), receiver)
        for key in self.doors.toward(receiver):
            for door in self.doors.faces[key]:
                yield from self._past(self._first(sender, door), sender, door, receiver)

    def _first(self, sender: Face, door: Face) -> tuple[Flow, ...]:
        found = self._firsts.get((sender, door))
        if found is None:
            found = self._firsts[sender, door] = tuple(self._direct(sender, door))
        return found

    def _into(self, flows: Iterable[Flow], receiver: Face) -> Iterator[Flow]:
        """What the receiver takes of what reaches it."""
        for flow in flows:
            admits = flow.admits & taken(self.doors, self.traffic, receiver) if receiver.door else flow.admits
            if admits.possible:
                yield Flow(flow.path, admits)

    def _past(
        self, firsts: Iterable[Flow], sender: Face | None, door: Face, receiver: Face | None
    ) -> Iterator[Flow]:
        yield from settled(
            Flow(path, admits)
            for first in firsts
            for path, admits in self._beyond.past(first, sender, door, receiver)
        )

    def _direct(self, sender: Face, receiver: Face) -> Iterator[Flow]:
        for atom in (receiver.atom, receiver.public):
            if atom >= 0 and self.addresses.version(atom) == self.addresses.version(sender.atom):
                yield from settled(
                    Flow(path, self._sent(sender, path, receiver) & self.received(sender, path, receiver))
                    for path in self.paths.from_subnet(sender.subnet, atom)
                    if self.ends_at(path, receiver)
                )

    def ends_at(self, path: Path, receiver: Face) -> bool:
        here = (path.where, path.destination) == (receiver.subnet, receiver.atom)
        return path.end is End.HOST and here and receiver.takes

    def _sent(self, sender: Face, path: Path, receiver: Face | None) -> Admits:
        """Through the sender's groups and everything on the path."""
        admits = self.outbound(sender.groups, sender.subnet, path.sent_to, path, receiver)
        admits &= self.along(path, sender, receiver)
        return admits if sender.certain else admits.doubted

    @cached_property
    def _holding(self) -> dict[int, list[Face]]:
        """By atom: who has an address of it, and groups."""
        found: dict[int, list[Face]] = {}
        for face in self.faces.faces:
            if face.groups is not None:
                found.setdefault(face.atom, []).append(face)
        return found

    def outbound(
        self,
        groups: frozenset[str] | None,
        subnet: str,
        to: int,
        path: Path,
        receiver: Face | None,
        *,
        after: int = 0,
    ) -> Admits:
        """Through outbound rules, which may name the groups of who has the private address `to`: the receiver
        if it ends there, else anybody, wherever the way leads. It is not documented whether they do where a
        device passes the packet on later, among the checks `after`."""
        admits = self.filters.groups(groups, True, to)
        if groups is None:
            return admits
        own = self.model.subnets[subnet].vpc
        passed_on = any(check.what in _DEVICES for check in path.checks[after:])
        last = receiver if receiver is not None and to == path.destination else None
        for holder in self._holding.get(to, ()):
            there = self.model.subnets[holder.subnet].vpc
            leads = self._naming.leads(own, there)
            if leads is False or holder.groups is None:
                continue
            if last is not None and holder != last and there == self.model.subnets[last.subnet].vpc:
                continue  # one address of a VPC is one interface's
            # in another VPC somebody may have the receiver's address too, and groups are names for addresses
            named = self.filters.groups(groups, True, to, Other(holder.groups))
            sure = leads and not passed_on and (holder == last or (last is None and holder.certain))
            admits |= named if sure else named.doubted
        return admits

    def received(
        self, sender: Face | None, path: Path, receiver: Face, *, named: Face | None = None
    ) -> Admits:
        """Through the receiver's groups. `named`: whose groups their rules may name, if not the sender's."""
        other, known_by = None, named or sender
        if known_by is not None and path.near is not Near.APART and known_by.groups is not None:
            other = Other(known_by.groups, path.near is Near.PERHAPS)
        rows = [
            self.filters.groups(receiver.groups, False, atom, other)
            for atom in self.bearers(path.source, sender)
        ]
        admits = _any_of(rows)
        return admits if receiver.certain else admits.doubted

    # --- to and from elsewhere

    def to_internet(self, sender: Face, atoms: Iterable[int] | None = None) -> Iterator[Flow]:
        """What the face can send to addresses of the internet (none given: all of them)."""
        yield from self._out(sender, self.internet if atoms is None else atoms, End.INTERNET)

    def elsewhere(self, sender: Face, atoms: Iterable[int]) -> Iterator[Flow]:
        """What the face can send to addresses, wherever that ends outside the VPCs."""
        atoms = tuple(atoms)
        for end in (End.INTERNET, End.EXTERNAL, End.SERVICE, End.UNKNOWN):
            yield from self._out(sender, atoms, end)
        for atom in atoms if sender.starts else ():
            for door in self.doors.called.get(atom, ()):
                firsts = [flow for flow in self._first(sender, door) if flow.path.sent_to == atom]
                yield from self._past(firsts, sender, door, None)

    def _out(self, sender: Face, atoms: Iterable[int], end: End) -> Iterator[Flow]:
        version = self.addresses.version(sender.atom)
        for atom in atoms if sender.starts else ():
            if self.addresses.version(atom) == version:
                ended = [path for path in self.paths.from_subnet(sender.subnet, atom) if path.end is end]
                yield from settled(Flow(path, self._left(sender, path)) for path in ended)

    def _left(self, sender: Face, path: Path) -> Admits:
        unfiltered = path.end is End.SERVICE and path.where in ANSWERED
        return self.along(path, sender, None) if unfiltered else self._sent(sender, path, None)

    def from_internet(self, receiver: Face, atoms: Iterable[int] | None = None) -> Iterator[Flow]:
        """What the internet can send to the face: to its public address or its IPv6 one, or to that of a load
        balancer which may send on to it."""
        sources = self.internet if atoms is None else tuple(atoms)
        yield from self._into(self._from_internet(receiver, sources), receiver)
        for key in self.doors.toward(receiver):
            for door in self.doors.faces[key]:
                yield from self._past(self._from_internet(door, sources), None, door, receiver)

    def _from_internet(self, receiver: Face, sources: tuple[int, ...]) -> Iterator[Flow]:
        version = self.addresses.version(receiver.atom)
        for source in sources:
            if self.addresses.version(source) == version:
                paths = self._internet_paths(receiver, source)
                yield from self._in(paths, receiver, sure=receiver.public != SOME_PUBLIC)

    def _internet_paths(self, receiver: Face, source: int) -> tuple[Path, ...]:
        """From an address of the internet to the receiver's, as far as it has one there."""
        version = self.addresses.version(receiver.atom)
        if receiver.public in UNTOLD:
            return self.paths.into(receiver.subnet, source, receiver.atom)
        if version == 6 or receiver.public >= 0:
            return self.paths.from_internet(source, receiver.public if version == 4 else receiver.atom)
        return ()

    def from_external(self, external: str, receiver: Face, atoms: Iterable[int]) -> Iterator[Flow]:
        """What a network on premises can send to the face, from addresses of the atoms; through load
        balancers too."""
        sources = tuple(atoms)
        yield from self._into(self._from_external(external, receiver, sources), receiver)
        for key in self.doors.toward(receiver):
            for door in self.doors.faces[key]:
                firsts = self._from_external(external, door, sources)
                yield from self._past(firsts, None, door, receiver)

    def _from_external(self, external: str, receiver: Face, sources: tuple[int, ...]) -> Iterator[Flow]:
        for source in sources:
            if self.addresses.version(source) == self.addresses.version(receiver.atom):
                paths = self.paths.from_external(external, source, receiver.atom)
                yield from self._in(paths, receiver, sure=True)

    def lost_from_internet(self, receivers: Iterable[Face], atoms: Iterable[int]) -> Iterator[Flow]:
        """What the internet can send to the receivers, or to a load balancer, and what ends where nobody
        knows: at something that is not modelled, or at a target that is not known."""
        sources = tuple(atoms)
        for face in (*receivers, *self._doors_of_all):
            for source in sources:
                if self.addresses.version(source) == self.addresses.version(face.atom):
                    yield from self._ended_unknown(self._internet_paths(face, source))
            if face.door:
                yield from self._lost(self._from_internet(face, sources), face)

    def lost_from_external(
        self, external: str, receivers: Iterable[Face], atoms: Iterable[int]
    ) -> Iterator[Flow]:
        """The same from a network on premises."""
        sources = tuple(atoms)
        for face in (*receivers, *self._doors_of_all):
            for source in sources:
                if self.addresses.version(source) == self.addresses.version(face.atom):
                    yield from self._ended_unknown(self.paths.from_external(external, source, face.atom))
            if face.door:
                yield from self._lost(self._from_external(external, face, sources), face)

    @cached_property
    def _doors_of_all(self) -> tuple[Face, ...]:
        return tuple(face for mine in self.doors.faces.values() for face in mine)

    def _ended_unknown(self, paths: Iterable[Path]) -> Iterator[Flow]:
        for path in paths:
            if path.end is End.UNKNOWN:
                yield from settled((Flow(path, self.along(path, None, None)),))

    def _lost(self, firsts: Iterable[Flow], door: Face) -> Iterator[Flow]:
        for flow in self._past(firsts, None, door, None):
            if flow.path.end is End.UNKNOWN:
                yield flow

    def _in(self, paths: Iterable[Path], receiver: Face, *, sure: bool) -> Iterator[Flow]:
        flows = (
            Flow(path, self.along(path, None, receiver) & self.received(None, path, receiver))
            for path in paths
            if self.ends_at(path, receiver)
        )
        for flow in settled(flows):
            yield flow if sure else Flow(flow.path, flow.admits.doubted)

    # --- along a path

    def along(self, path: Path, sender: Face | None, receiver: Face | None) -> Admits:
        admits = self.filters.everything
        for after, check in enumerate(path.checks, 1):
            if check.what is What.GROUP_EGRESS:
                device = self.model.interfaces[check.key]
                passed = self.outbound(
                    groups_of(device), device.subnet, check.destination, path, receiver, after=after
                )
                admits &= passed if device.certain_groups else passed.doubted
            else:
                admits &= self._check(check, sender, out=path.end is End.INTERNET)
            if not admits.possible:
                return self.filters.nothing
        return admits if path.certain else admits.doubted

    def _check(self, check: Check, sender: Face | None, *, out: bool) -> Admits:
        """`out`: it ends on the internet, where nothing of the estate judges by its public address."""
        filters = self.filters
        match check.what:
            case What.ACL_EGRESS:
                return filters.acl(check.key, True, check.destination)
            case What.ACL_INGRESS:
                return _any_of(
                    [filters.acl(check.key, False, atom) for atom in self.bearers(check.source, sender)]
                )
            case What.GROUP_EGRESS | What.GROUP_INGRESS:
                interface = self.model.interfaces[check.key]
                other = None
                if sender is not None and check.near is not Near.APART and sender.groups is not None:
                    other = Other(sender.groups, check.near is Near.PERHAPS)
                passed = _any_of(
                    [
                        filters.groups(groups_of(interface), False, atom, other)
                        for atom in self.bearers(check.source, sender)
                    ]
                )
                return passed if interface.certain_groups else passed.doubted
            case What.FIREWALL:
                return _any_of(
                    [
                        filters.firewall(check.key, atom, check.destination)
                        for atom in self.bearers(check.source, sender)
                    ]
                )
            case What.PROTOCOLS:
                return self._carried
            case What.SERVICE:
                rows = (self.traffic.of(protocol, port, port) for protocol, port in ANSWERED[check.key])
                bits = reduce(lambda one, other: one | other, rows)
                return Admits(bits, bits)
            case What.PUBLIC_ADDRESS:
                if sender is None or sender.public >= 0:
                    return filters.everything
                if sender.public == SURE_PUBLIC and out:
                    return filters.everything
                return filters.everything.doubted if sender.public in UNTOLD else filters.nothing

    def bearers(self, source: Sender | int, sender: Face | None) -> tuple[int, ...]:
        """The atoms that the source address may be of."""
        if isinstance(source, int):
            return (source,)
        if sender is None:
            raise ValueError("a path that somebody outside began has a source of its own")
        if source is Sender.OWN:
            return (sender.atom,)
        if sender.public >= 0:
            return (sender.public,)
        return tuple(atom for atom in self.internet if self.addresses.version(atom) == 4)


def settled(flows: Iterable[Flow]) -> list[Flow]:
    """Flows to one end. Where AWS chooses among several ways, only what each of them lets pass is sure."""
    found = [flow for flow in flows if flow.admits.possible]
    if not any(flow.path.branch for flow in found):
        return found
    kept: dict[str, Bits] = {}
    for where in {flow.path.where for flow in found}:
        mine = [(flow.path.branch, flow.admits.must) for flow in found if flow.path.where == where]
        kept[where] = _by_each(mine)
    return [
        Flow(flow.path, Admits(flow.admits.may, flow.admits.must & kept[flow.path.where])) for flow in found
    ]


def _by_each(ways: list[tuple[tuple[tuple[int, int], ...], Bits]]) -> Bits:
    """What surely passes, by rows and the choices left before each."""
    nothing = ways[0][1] & np.uint64(0)
    sure, deeper = nothing, [way for way in ways if way[0]]
    for branch, row in ways:
        sure = sure if branch else sure | row
    if deeper:
        count = deeper[0][0][0][1]
        each = [[(b[1:], row) for b, row in deeper if b[0][0] == number] for number in range(count)]
        if all(each):
            sure = sure | reduce(lambda one, other: one & other, map(_by_each, each))
    return sure


def _any_of(rows: list[Admits]) -> Admits:
    """One of several may hold: what any admits may pass, what all admit surely does."""
    found = rows[0]
    for row in rows[1:]:
        found = Admits(found.may | row.may, found.must & row.must)
    return found
