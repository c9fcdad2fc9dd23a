"""Doors: interfaces that take packets in order to send something on.

A load balancer's, by its listeners to a target; an interface endpoint's with a provider, to the provider's
Network Load Balancer. Which listener, target and address follow is the walker's to say:
`ringwork.network.walk.balancers` and `endpoints` cite each rule, and their tables and choices are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ringwork.network.model import LoadBalancer, Model, TargetGroup, TargetOf, Via
from ringwork.network.reach.atoms import AddressAtoms, TrafficAtoms
from ringwork.network.reach.faces import UNTOLD, Face, Faces, door_keys
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.path import End
from ringwork.network.walk.balancers import LISTENS, eligible, preserves
from ringwork.network.walk.endpoints import nodes
from ringwork.network.walk.known import Known

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
        if not self._toward:
            return []
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


def leading(doors: Doors, faces: Faces) -> tuple[tuple[str, ...], npt.NDArray[np.bool_]]:
    """The doors, and which faces (first axis) something may reach by each of them."""
    keys = tuple(doors.faces)
    number = {key: index for index, key in enumerate(keys)}
    found = np.zeros((len(faces.faces), len(keys)), bool)
    for index, face in enumerate(faces.faces if keys else ()):
        for key in doors.toward(face):
            found[index, number[key]] = True
    return keys, found


def called_from(model: Model, addresses: AddressAtoms, table: str, door: tuple[Face, ...]) -> bool:
    """Whether a subnet with the route table may send to a public address of the door: by any route that is
    not local it may."""
    found = model.tables.get(table)
    if found is None or found.unknown:
        return True
    ways = [route.prefix for route in found.routes if route.active and route.target.via is not Via.LOCAL]
    return any(
        (face.public in UNTOLD and prefix.version == 4)
        or (face.public >= 0 and face.public in addresses.within(prefix))
        for prefix in ways
        for face in door
    )
