"""What may flow between two parties: candidates, each to be made a concrete packet and walked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from ringwork.network.model import Joined, Model, Target, Via
from ringwork.network.packets import TCP, UDP
from ringwork.network.questions.ends import Party
from ringwork.network.questions.network import Network, is_service
from ringwork.network.questions.table import Table, table
from ringwork.network.reach.atoms import Bits
from ringwork.network.reach.faces import Face
from ringwork.network.reach.path import End, Path
from ringwork.network.reach.prover import Flow
from ringwork.network.walk.endpoints import service_name

INTERNET = "internet"
PLACE = "any"
"""the kind of an interface that only stands for those that jobs may have"""
ANSWERS = {
    "aws:dns": ((UDP, 53), (TCP, 53)),
    "aws:imds": ((TCP, 80),),
    "aws:time": ((UDP, 123),),
}
"""VPC user guide, "DNS attributes for your VPC"; EC2 user guide, "Instance metadata", "Amazon Time Sync" """


@dataclass(frozen=True, slots=True)
class Point:
    """One end of a candidate."""

    keys: tuple[str, ...]
    """interfaces, any of which will do; or one name: `internet`, an external network's, `aws:SERVICE`"""
    atom: int
    """the atom of its address; -1: it has none of its own"""
    interface: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    source: Point
    destination: Point
    bits: Bits
    """traffic atoms that may flow"""
    sent_to: int = -1
    """the address atom that is sent to, where it is not the destination's own"""
    path: Path | None = field(default=None, compare=False)
    """None: one of the ways between two faces"""
    faces: tuple[int, int] = (-1, -1)
    """of source and destination, for interfaces"""
    doubt: str = ""
    """why it is not known to be, whatever a walk of its packets says"""


class Flowing:
    """Candidates of one network; the table of all pairs is made once."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def table(self) -> Table:
        return table(self.network.prover)

    @cached_property
    def closed(self) -> bool:
        """Whether everything that forwards is in the model, so that no packet goes where nobody knows."""
        return closed(self.network.model)

    def between(self, source: Party, destination: Party, bits: Bits) -> Iterator[Candidate]:
        """Everything of `bits` that may flow from one party to the other."""
        if source.members and destination.members:
            yield from self._inside(source, destination, bits)
        if source.internet:
            yield from self._from_internet(source, destination, bits)
            if not self.closed:
                lost = self.network.prover.lost_from_internet
                yield from self._lost(INTERNET, source.internet, lost, destination, bits)
        for key, atoms in source.externals.items():
            yield from self._from_external(key, atoms, destination, bits)
            if not self.closed:
                lost = partial(self.network.prover.lost_from_external, key)
                yield from self._lost(key, atoms, lost, destination, bits)
        if source.members:
            yield from self._leaving(source, destination, bits)

    def _inside(self, source: Party, destination: Party, bits: Bits) -> Iterator[Candidate]:
        prover, rows = self.network.prover, self.table
        count = len(prover.faces.faces)
        sends, receives = np.zeros(count, bool), np.zeros(count, bool)
        sends[list(source.faces)] = True
        receives[list(destination.faces)] = True
        flowing = rows.bits & bits
        found = sends[rows.sources] & receives[rows.destinations] & np.any(flowing, axis=-1)
        for row in np.flatnonzero(found).tolist():
            one, other = int(rows.sources[row]), int(rows.destinations[row])
            senders = source.members[int(prover.faces.owner[one])]
            receivers = destination.members[int(prover.faces.owner[other])]
            if self.alone(senders, receivers):
                continue
            candidate = Candidate(
                Point(senders, prover.faces.faces[one].atom),
                Point(receivers, prover.faces.faces[other].atom),
                flowing[row],
                faces=(one, other),
            )
            if prover.doors.toward(prover.faces.faces[other]):
                yield from self.ways(candidate)
            else:
                yield candidate

    def ways(self, candidate: Candidate) -> Iterator[Candidate]:
        """Each way of a pair of interfaces for itself: by whose address it goes, and through what."""
        one, other = candidate.faces
        if candidate.path is not None or one < 0 or other < 0:
            yield candidate
            return
        faces = self.network.prover.faces.faces
        left = candidate.bits
        for flow in self.network.prover.flows(faces[one], faces[other]):
            bits = flow.admits.may & candidate.bits
            if bits.any():
                left = left & ~bits
                yield replace(candidate, bits=bits, path=flow.path, sent_to=flow.path.sent_to)
        if left.any():  # by a public address that is not known
            yield replace(candidate, bits=left)

    def alone(self, senders: tuple[str, ...], receivers: tuple[str, ...]) -> bool:
        """Whether both are one interface, that sends to itself. A place where jobs may be is as many
        interfaces as there will be jobs."""
        if len(senders) != 1 or senders != receivers:
            return False
        return self.network.model.interfaces[senders[0]].kind != PLACE

    def _faces(self, party: Party) -> Iterator[tuple[Face, tuple[str, ...]]]:
        faces = self.network.prover.faces
        for number in sorted(party.faces):
            yield faces.faces[number], party.members[int(faces.owner[number])]

    def _from_internet(self, source: Party, destination: Party, bits: Bits) -> Iterator[Candidate]:
        prover = self.network.prover
        for face, keys in self._faces(destination):
            for atoms in self._asked_together(face, source.internet):
                for flow in prover.from_internet(face, atoms):
                    yield from self._came(INTERNET, atoms, flow, face, keys, bits)

    def _from_external(
        self, key: str, atoms: tuple[int, ...], destination: Party, bits: Bits
    ) -> Iterator[Candidate]:
        prover = self.network.prover
        external = self.network.model.externals[key]
        within = {atom for prefix in external.prefixes for atom in prover.addresses.within(prefix)}
        stated = tuple(atom for atom in atoms if atom in within)
        others = tuple(atom for atom in atoms if atom not in within)
        for face, keys in self._faces(destination):
            for some in self._asked_together(face, stated):
                for flow in prover.from_external(key, face, some):
                    yield from self._came(key, some, flow, face, keys, bits)
            for atom in others:
                came = [
                    replace(
                        candidate, doubt=f"whether {prover.addresses.example(atom)} is there is not known"
                    )
                    for flow in prover.from_external(key, face, (atom,))
                    for candidate in self._came(key, (atom,), flow, face, keys, bits)
                ]
                yield from came
                if came:
                    break  # one decides no less than all

    def _lost(
        self,
        name: str,
        sources: tuple[int, ...],
        lost: Callable[[Iterable[Face], Iterable[int]], Iterator[Flow]],
        destination: Party,
        bits: Bits,
    ) -> Iterator[Candidate]:
        """What comes in from outside and ends where nobody knows: at what is not modelled, or a target that
        is not known. It may be the destination, unless no VPC of the one is joined to a VPC of the other."""
        network, seen = self.network, set[str]()
        vpcs = {network.vpc(network.model.interfaces[key]) for key in destination.interfaces}
        faces = [face for face, _ in self._faces(destination)]
        for flow in lost(faces, sources):
            where, source = flow.path.where, flow.path.source
            row = flow.admits.may & bits
            if where in seen or not row.any() or not isinstance(source, int):
                continue
            seen.add(where)
            there = network.near.joined(network.near.vpcs_of(where))
            if not there or there & vpcs:
                start = Point((name,), source, interface=False)
                point = Point((f"?{where}",), flow.path.sent_to, interface=False)
                yield Candidate(start, point, row, flow.path.sent_to, flow.path)

    def _asked_together(self, face: Face, atoms: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """All source atoms at once, as a path tells its source; one by one where a load balancer may put its
        own address in place of it."""
        if self.network.prover.doors.toward(face):
            yield from ((atom,) for atom in atoms)
        else:
            yield atoms

    def _came(
        self,
        name: str,
        atoms: tuple[int, ...],
        flow: Flow,
        face: Face,
        keys: tuple[str, ...],
        bits: Bits,
    ) -> Iterator[Candidate]:
        row = flow.admits.may & bits
        source = atoms[0] if len(atoms) == 1 else flow.path.source
        if row.any() and isinstance(source, int):
            start = Point((name,), source, interface=False)
            yield Candidate(start, Point(keys, face.atom), row, flow.path.sent_to, flow.path)

    def _leaving(self, source: Party, destination: Party, bits: Bits) -> Iterator[Candidate]:
        """What leaves the VPCs: to the internet, other networks, services, and what is not modelled."""
        prover = self.network.prover
        atoms = self._atoms_outside(destination)
        there: dict[str, list[int]] = {}
        for face, keys in self._faces(source) if atoms else ():
            if face.subnet not in there:
                there[face.subnet] = [
                    atom
                    for atom in atoms
                    if atom in prover.doors.called
                    or any(
                        self._arrives(path, destination) is not None
                        for path in prover.paths.from_subnet(face.subnet, atom)
                    )
                ]
            for flow in prover.elsewhere(face, there[face.subnet]):
                name = self._arrives(flow.path, destination)
                if name is None:
                    continue
                row = flow.admits.may & bits
                if name in ANSWERS:
                    row = row & self._only(name)
                if row.any():
                    sent_to = flow.path.sent_to
                    point = Point((name,), sent_to, interface=False)
                    yield Candidate(Point(keys, face.atom), point, row, sent_to, flow.path)

    def _atoms_outside(self, party: Party) -> tuple[int, ...]:
        """The atoms that a packet to the party may be sent to."""
        prover = self.network.prover
        if party.services:
            return tuple(range(prover.addresses.count))
        atoms = dict.fromkeys((*party.internet, *party.outside))
        for external in party.externals.values():
            atoms.update(dict.fromkeys(external))
        if not self.closed and party.faces:
            atoms.update(dict.fromkeys(atom for atom in prover.doors.called if atom >= 0))
        for number in () if self.closed else party.faces:
            # what is not modelled may take a packet to an interface, too
            face = prover.faces.faces[number]
            atoms[face.atom] = None
            if face.public >= 0:
                atoms[face.public] = None
        return tuple(atoms)

    def _arrives(self, path: Path, party: Party) -> str | None:
        """What a path outside ends at, if the party has that or may have it; `?`: nobody knows."""
        match path.end:
            case End.UNKNOWN:
                return f"?{path.where}"
            case End.INTERNET:
                return INTERNET if path.sent_to in party.internet else None
            case End.EXTERNAL:
                known = path.where in party.externals or path.sent_to in party.outside
                return path.where if known else None
            case End.SERVICE:
                name = self._service(path.where)
                if any(is_service(name.removeprefix("aws:"), asked) for asked in party.services):
                    return name
                return name if path.sent_to in party.outside else None
            case _:
                return None

    def _only(self, name: str) -> Bits:
        """What one of the addresses that AWS has in every VPC answers to."""
        row = self.network.prover.filters.nothing.may
        for protocol, port in ANSWERS[name]:
            row = row | self.network.prover.traffic.of(protocol, port, port)
        return row

    def _service(self, where: str) -> str:
        endpoint = self.network.model.gateway_endpoints.get(where)
        return where if endpoint is None else f"aws:{service_name(endpoint.service)}"


def closed(model: Model) -> bool:
    """Whether every route and attachment leads to something that the model has. False may be too careful."""
    have: dict[Via, Mapping[str, Any]] = {
        Via.INTERNET_GATEWAY: model.internet_gateways,
        Via.EGRESS_ONLY_GATEWAY: model.egress_only_gateways,
        Via.NAT_GATEWAY: model.nat_gateways,
        Via.PEERING: model.peerings,
        Via.TRANSIT_GATEWAY: model.transit_gateways,
        Via.VPN_GATEWAY: model.vpn_gateways,
        Via.GATEWAY_ENDPOINT: model.gateway_endpoints,
        Via.FIREWALL_ENDPOINT: model.interfaces,
        Via.INTERFACE: model.interfaces,
    }

    def known(target: Target) -> bool:
        return target.via is Via.LOCAL or target.key in have.get(target.via, {})

    edges = [
        *(gateway.table for gateway in model.internet_gateways.values()),
        *(gateway.table for gateway in model.vpn_gateways.values()),
    ]
    served = {key for firewall in model.firewalls.values() for key in firewall.interfaces}
    return (
        not model.unmodelled
        and all(subnet.table in model.tables for subnet in model.subnets.values())
        and all(table is None or table in model.tables for table in edges)
        and all(
            table.unknown is None and all(known(route.target) for route in table.routes)
            for table in model.tables.values()
        )
        and all(
            route.target.key in served
            for table in model.tables.values()
            for route in table.routes
            if route.target.via is Via.FIREWALL_ENDPOINT
        )
        and all(vpc in model.vpcs for peering in model.peerings.values() for vpc in peering.vpcs)
        and all(
            table.unknown is None
            and all(r.attachment is None or r.attachment in model.attachments for r in table.routes)
            for table in model.transit_tables.values()
        )
        and all(
            (one.association is None or one.association in model.transit_tables)
            and (one.kind is not Joined.PEERING or one.to in model.attachments)
            and (one.kind is not Joined.VPC or one.to in model.vpcs)
            for one in model.attachments.values()
        )
        and all(interface.subnet in model.subnets for interface in model.interfaces.values())
        and all(nat.interface in model.interfaces for nat in model.nat_gateways.values())
        and all(
            group in model.target_groups and model.target_groups[group].certain
            for balancer in model.load_balancers.values()
            for listener in balancer.listeners
            for group in listener.groups
        )
        and all(
            target.interface in model.interfaces or target.address is not None
            for group in model.target_groups.values()
            for target in group.targets
        )
        and all(
            endpoint.provider is None or endpoint.provider in model.endpoint_services
            for endpoint in model.interface_endpoints.values()
        )
        and all(
            key in model.load_balancers and model.load_balancers[key].kind == "network"
            for service in model.endpoint_services.values()
            for key in service.balancers
        )
    )
