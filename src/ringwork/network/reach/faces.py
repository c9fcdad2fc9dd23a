"""Faces and classes: which interfaces nothing in the network can tell apart.

A *face* is one address of an interface, as everything that forwards or filters sees it: its subnet, its set
of security groups, the address's atom. A *class* is the set of interfaces with the same set of faces, and so
with the same answers to every question: exact, because no predicate reads anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ringwork.estate.frozen import quick
from ringwork.network.addresses import Prefix
from ringwork.network.model import Interface, Model
from ringwork.network.reach.atoms import AddressAtoms, Index
from ringwork.network.reach.cuts import special_interfaces

NO_PUBLIC, SOME_PUBLIC, SURE_PUBLIC = -1, -2, -3
"""a face without a public address, one that may be given one that is not known, and one that surely is"""
UNTOLD = frozenset({SOME_PUBLIC, SURE_PUBLIC})
MORE_GROUPS = "?"
"""in place of the security groups that an interface may have beside those that are known: no group's key"""


@quick
@dataclass(frozen=True, slots=True)
class Face:
    """One address of the members of a class."""

    subnet: str
    groups: frozenset[str] | None
    """None: no security group filters here"""
    atom: int
    public: int
    """the atom of its public address, `NO_PUBLIC`, `SOME_PUBLIC` or `SURE_PUBLIC`"""
    certain: bool
    """False: the interface may have other groups (then `MORE_GROUPS` is one), or may be given other addresses
    of its subnet"""
    starts: bool
    """whether anything here begins a connection"""
    takes: bool
    """whether anything is delivered here: a NAT gateway lets only answers in, others only pass on"""
    door: str = ""
    """key of the interface, if it sends on what it takes: see `ringwork.network.reach.doors`"""


ONLY_ANSWERS = frozenset({"endpoint", "firewall", "nat", "transit"})
"""Kinds of interfaces that only answer or pass on: what they send is a reply, or was sent by another (AWS
PrivateLink guide, "Access through VPC endpoints": endpoints "only return responses"; VPC user guide, "NAT
gateways"; Network Firewall and Transit Gateway guides on their interfaces)"""


TAKES_NOTHING = frozenset({"firewall", "nat", "transit"})


@quick
@dataclass(frozen=True, slots=True)
class Class:
    """Interfaces with equal faces. `special`: it stands for one interface that a device or service has."""

    faces: tuple[int, ...]
    members: tuple[str, ...]
    special: str | None


@dataclass(frozen=True, slots=True)
class Faces:
    """All faces, with the same columns as arrays for the pairs; and the classes."""

    faces: tuple[Face, ...]
    classes: tuple[Class, ...]
    owner: Index
    """the class of each face"""
    of_interface: Mapping[str, int]
    """the class of each interface"""
    at: Mapping[tuple[str, int], tuple[int, ...]]
    """faces by subnet and atom"""


def faces_of(model: Model, atoms: AddressAtoms) -> Faces:
    """Every interface of a known subnet, by its class. The order is that of the model."""
    special, doors = special_interfaces(model), frozenset(door_keys(model))
    subnets, of_each = model.subnets, atoms.of_each
    of_class: dict[tuple[tuple[Face, ...], str | None], list[str]] = {}
    alike: dict[tuple[object, ...], list[str]] = {}
    for interface in model.interfaces.values():
        key = interface.key
        if interface.subnet not in subnets:
            continue
        door = key if key in doors else ""
        name = key if key in special else None
        seen = None
        if interface.assigned and not interface.public and not door and name is None:
            # most are so: what their faces are made of tells sooner than the faces which class they are of
            seen = (
                interface.subnet,
                interface.groups,
                interface.kind,
                interface.certain_groups,
                interface.public_possible,
                interface.public_certain,
                *of_each(interface.addresses),
            )
            members = alike.get(seen)
            if members is not None:
                members.append(key)
                continue
        members = of_class.setdefault((_faces(model, interface, atoms, door), name), [])
        members.append(key)
        if seen is not None:
            alike[seen] = members
    faces: list[Face] = []
    classes: list[Class] = []
    owner: list[int] = []
    of_interface: dict[str, int] = {}
    at: dict[tuple[str, int], list[int]] = {}
    for (mine, name), members in of_class.items():
        first = len(faces)
        for number, face in enumerate(mine, first):
            at.setdefault((face.subnet, face.atom), []).append(number)
        faces += mine
        owner += [len(classes)] * len(mine)
        of_interface.update(dict.fromkeys(members, len(classes)))
        classes.append(Class(tuple(range(first, len(faces))), tuple(members), name))
    return Faces(
        tuple(faces),
        tuple(classes),
        np.array(owner, np.int64),
        of_interface,
        {place: tuple(numbers) for place, numbers in at.items()},
    )


def door_keys(model: Model) -> tuple[str, ...]:
    """The interfaces of load balancers, and of endpoints whose provider is in the estate."""
    linked = {
        key
        for endpoint in model.interface_endpoints.values()
        if endpoint.provider
        for key in endpoint.interfaces
    }
    return tuple(
        interface.key
        for interface in model.interfaces.values()
        if interface.kind == "load-balancer" or (interface.kind == "endpoint" and interface.key in linked)
    )


def groups_of(interface: Interface) -> frozenset[str] | None:
    """An interface's security groups, with `MORE_GROUPS` where there may be others."""
    groups = interface.groups
    return groups if groups is None or interface.certain_groups else groups | {MORE_GROUPS}


def _faces(model: Model, interface: Interface, atoms: AddressAtoms, door: str) -> tuple[Face, ...]:
    groups, sure = groups_of(interface), interface.certain_groups
    starts, takes = interface.kind not in ONLY_ANSWERS, interface.kind not in TAKES_NOTHING
    possible = SOME_PUBLIC if interface.public_possible else NO_PUBLIC
    if interface.public_certain and not interface.public:
        possible = SURE_PUBLIC
    if not interface.assigned:
        # AWS will choose: any address of the subnet
        subnet = model.subnets[interface.subnet]
        chosen: list[Face] = []
        for prefix in subnet.prefixes:
            free = [atom for atom in atoms.within(prefix) if not _reserved(prefix, atom, atoms)]
            mapped = possible if prefix.version == 4 else NO_PUBLIC
            certain = sure and len(free) == 1
            chosen += [Face(subnet.key, groups, atom, mapped, certain, starts, takes, door) for atom in free]
        return tuple(chosen)
    found = []
    for address in interface.addresses:
        public = interface.public.get(address)
        mapped = atoms.of(public) if public is not None else possible if address.version == 4 else NO_PUBLIC
        at = atoms.of(address)
        found.append(Face(interface.subnet, groups, at, mapped, sure, starts, takes, door))
    return tuple(dict.fromkeys(found))


def _reserved(prefix: Prefix, atom: int, atoms: AddressAtoms) -> bool:
    """Whether nothing can have an address of the atom: the first four and the last of a subnet are AWS's (VPC
    user guide, "Subnet CIDR reservations")."""
    first, last = atoms.example(atom).value, atoms.last(atom).value
    return last < prefix.low + 4 or first > prefix.high - 1
