"""AWS Network Access Scopes: which paths match, less those that are excluded.

Network Access Analyzer guide, "Working with Network Access Scopes": findings are the paths that match "at
least one of the MatchPath entries, and none of the ExcludePath entries". What is not decided here (source
ports, boundaries as ends, resource groups) makes an answer unknown, never silent.
https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/working-with-vaa.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from ringwork.findings import Status
from ringwork.network.addresses import Prefix, parse_prefix
from ringwork.network.model import Model
from ringwork.network.packets import TCP, UDP, Traffic
from ringwork.network.questions.answer import Answer, Looked, Unsettled, Witness
from ringwork.network.questions.ends import End, Party, parse, resolve
from ringwork.network.questions.flowing import Candidate, Flowing
from ringwork.network.questions.network import Network
from ringwork.network.questions.reach import MOST_REPLAYED, undecided, unread
from ringwork.network.questions.witness import replay
from ringwork.network.reach.atoms import Bits
from ringwork.source import Document, InputError

TYPES: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::NetworkInterface": ("any",),
    "AWS::EC2::Instance": ("kind=instance",),
    "AWS::EC2::InternetGateway": ("internet",),
    "AWS::EC2::VPNGateway": ("external=*",),
    "AWS::EC2::VPCEndpoint": ("kind=endpoint",),
}
"""type of a resource at an end -> who that is"""
ANYBODY = ("any", "internet", "external=*")
THROUGH: Mapping[str, Callable[[Model], Iterable[str]]] = {
    "AWS::EC2::NatGateway": lambda model: model.nat_gateways,
    "AWS::EC2::TransitGatewayAttachment": lambda model: model.attachments,
    "AWS::EC2::VPCPeeringConnection": lambda model: model.peerings,
    "AWS::EC2::VPCEndpoint": lambda model: (
        *model.gateway_endpoints,
        *(key for one in model.interface_endpoints.values() for key in one.interfaces),
    ),
    "AWS::NetworkFirewall::Firewall": lambda model: (
        key for one in model.firewalls.values() for key in one.interfaces
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": lambda model: (
        key for one in model.load_balancers.values() for key in one.interfaces
    ),
}
"""type of a resource on the way -> keys that stand for it on paths"""
_NAMES = {"tcp": TCP, "udp": UDP}


@dataclass(frozen=True, slots=True)
class Header:
    sources: tuple[Prefix, ...] = ()
    """empty: any"""
    destinations: tuple[Prefix, ...] = ()
    traffic: tuple[Traffic, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of MatchPaths or ExcludePaths."""

    source: End
    destination: End
    headers: tuple[Header, ...]
    """all of them hold"""
    through: tuple[tuple[str, ...], ...]
    """for each statement ids or types: a path goes through one of each"""
    undecided: tuple[str, ...]
    """what it says that is not understood here"""


@dataclass(frozen=True, slots=True)
class Scope:
    matches: tuple[Condition, ...]
    excludes: tuple[Condition, ...]

    @property
    def cuts(self) -> tuple[Prefix, ...]:
        conditions = (*self.matches, *self.excludes)
        return tuple(
            prefix
            for each in conditions
            for prefix in (
                *each.source.prefixes,
                *each.destination.prefixes,
                *(p for header in each.headers for p in (*header.sources, *header.destinations)),
            )
        )

    @property
    def kinds(self) -> tuple[Traffic, ...]:
        conditions = (*self.matches, *self.excludes)
        return tuple(traffic for each in conditions for header in each.headers for traffic in header.traffic)


# --- reading


def read_scope(document: Document) -> Scope:
    """A scope as `aws ec2 create-network-insights-access-scope` takes it, or as `get-…-content` prints it.
    Raises InputError with its place."""
    value = document.value
    path: tuple[str | int, ...] = ()
    for name in ("NetworkInsightsAccessScopeContent", "NetworkInsightsAccessScope", "Properties"):
        if isinstance(value, dict) and isinstance(value.get(name), dict):
            value, path = value[name], (*path, name)
    if not isinstance(value, dict) or not isinstance(value.get("MatchPaths"), list):
        raise InputError(
            "this is not a Network Access Scope: it has no list `MatchPaths`",
            position=document.position(*path),
            help='such as `{"MatchPaths": [{"Source": {"ResourceStatement": {"ResourceTypes": '
            '["AWS::EC2::InternetGateway"]}}}]}`',
        )
    reader = _Reader(document)
    conditions: dict[str, list[Condition]] = {"MatchPaths": [], "ExcludePaths": []}
    for name, found in conditions.items():
        for index, entry in enumerate(reader.listed(value.get(name), (*path, name))):
            found.append(reader.condition(entry, (*path, name, index)))
    return Scope(tuple(conditions["MatchPaths"]), tuple(conditions["ExcludePaths"]))


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document

    def fault(self, message: str, path: tuple[str | int, ...], help: str | None = None) -> InputError:
        return InputError(message, position=self._document.position(*path), help=help)

    def listed(self, value: Any, path: tuple[str | int, ...]) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fault(f"`{path[-1]}` needs a list", path)
        return value

    def object(self, value: Any, path: tuple[str | int, ...], known: Iterable[str]) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.fault(f"`{path[-1]}` needs an object", path)
        for name in value:
            if name not in known:
                where = self._document.key_position(*path, name)
                raise InputError(
                    f"`{name}` is not known here",
                    position=where,
                    help="one of " + ", ".join(f"`{each}`" for each in known),
                )
        return value

    def condition(self, entry: Any, path: tuple[str | int, ...]) -> Condition:
        parts = self.object(entry, path, ("Source", "Destination", "ThroughResources"))
        undecided: list[str] = []
        ends, headers = [], []
        for name in ("Source", "Destination"):
            at = (*path, name)
            side = self.object(parts.get(name), at, ("ResourceStatement", "PacketHeaderStatement"))
            ends.append(self._end(side.get("ResourceStatement"), (*at, "ResourceStatement"), undecided))
            headers.append(
                self._header(side.get("PacketHeaderStatement"), (*at, "PacketHeaderStatement"), undecided)
            )
        through = []
        for index, each in enumerate(self.listed(parts.get("ThroughResources"), (*path, "ThroughResources"))):
            at = (*path, "ThroughResources", index)
            statement = self.object(each, at, ("ResourceStatement",)).get("ResourceStatement")
            ids, types = self._statement(statement, (*at, "ResourceStatement"))
            undecided += [f"ways through `{type_}`" for type_ in types if type_ not in THROUGH]
            through.append((*ids, *types))
        return Condition(ends[0], ends[1], tuple(headers), tuple(through), tuple(undecided))

    def _statement(self, value: Any, path: tuple[str | int, ...]) -> tuple[list[str], list[str]]:
        statement = self.object(value, path, ("Resources", "ResourceTypes"))
        ids = self.listed(statement.get("Resources"), (*path, "Resources"))
        types = self.listed(statement.get("ResourceTypes"), (*path, "ResourceTypes"))
        if ids and types:
            raise self.fault("a resource statement lists either `Resources` or `ResourceTypes`", path)
        for name, items in (("Resources", ids), ("ResourceTypes", types)):
            for index, item in enumerate(items):
                if not isinstance(item, str) or not item:
                    raise self.fault(f"`{name}` needs text", (*path, name, index))
        return ids, types

    def _end(self, value: Any, path: tuple[str | int, ...], undecided: list[str]) -> End:
        ids, types = self._statement(value, path)
        texts: list[str] = []
        for item in ids:
            if item.startswith(
                ("igw-", "vgw-", "tgw-attach-", "pcx-", "vpce-svc-", "arn:aws:resource-groups")
            ):
                undecided.append(f"`{item}` as an end")
            else:
                texts.append(item)
        for type_ in types:
            if type_ in TYPES:
                texts += TYPES[type_]
            else:
                undecided.append(f"`{type_}` as an end")
        return parse(*(texts or ANYBODY))

    def _header(self, value: Any, path: tuple[str | int, ...], undecided: list[str]) -> Header:
        names = ("SourceAddresses", "DestinationAddresses", "SourcePorts", "DestinationPorts")
        lists = ("SourcePrefixLists", "DestinationPrefixLists")
        statement = self.object(value, path, (*names, *lists, "Protocols"))
        if any(
            port != "0-65535" for port in self.listed(statement.get("SourcePorts"), (*path, "SourcePorts"))
        ):
            undecided.append("source ports")
        undecided += [f"`{name}`" for name in lists if statement.get(name)]
        protocols = []
        for index, name in enumerate(self.listed(statement.get("Protocols"), (*path, "Protocols"))):
            if name not in _NAMES:
                raise self.fault(f"`{name}` is not a protocol", (*path, "Protocols", index), "`tcp` or `udp`")
            protocols.append(_NAMES[name])
        ports = [
            self._port(text, (*path, "DestinationPorts", index))
            for index, text in enumerate(
                self.listed(statement.get("DestinationPorts"), (*path, "DestinationPorts"))
            )
        ]
        if ports:
            traffic = tuple(Traffic(each, *port) for each in protocols or (TCP, UDP) for port in ports)
        else:
            traffic = tuple(Traffic(each) for each in protocols)
        return Header(
            self._prefixes(statement, "SourceAddresses", path),
            self._prefixes(statement, "DestinationAddresses", path),
            traffic,
        )

    def _port(self, text: Any, path: tuple[str | int, ...]) -> tuple[int, int]:
        low, dash, high = str(text).partition("-")
        if not low.isdigit() or (dash and not high.isdigit()) or int(high or low) > 65535:
            raise self.fault(
                f"`{text}` is not a port or a range of ports", path, "such as `443` or `1024-65535`"
            )
        return int(low), int(high or low)

    def _prefixes(
        self, statement: dict[str, Any], name: str, path: tuple[str | int, ...]
    ) -> tuple[Prefix, ...]:
        found = []
        for index, text in enumerate(self.listed(statement.get(name), (*path, name))):
            try:
                found.append(parse_prefix(str(text)))
            except ValueError:
                raise self.fault(f"`{text}` is not a CIDR block", (*path, name, index)) from None
        return tuple(found)


# --- deciding


@dataclass(frozen=True, slots=True)
class _Ready:
    """A condition in one network."""

    condition: Condition
    source: Party
    destination: Party
    bits: Bits
    sources: frozenset[int] | None
    """address atoms; None: any"""
    destinations: frozenset[int] | None
    through: tuple[frozenset[str], ...]


def matching(flowing: Flowing, scope: Scope, *, most: int = 50) -> Answer:
    """The paths of the scope: `violated` shows them, `proved` says that there are none."""
    network = flowing.network
    matches = [_ready(network, each) for each in scope.matches]
    excludes = [_ready(network, each) for each in scope.excludes]
    witnesses: dict[tuple[str, str], Witness] = {}
    unsettled: dict[Unsettled, None] = {}
    pairs: set[tuple[str, str]] = set()
    looked = 0
    replayed = 0
    for match in matches:
        looked += len(match.source.members) * len(match.destination.members)
        for candidate in flowing.between(match.source, match.destination, match.bits):
            for each in flowing.ways(candidate):
                left, doubted = _left(match, excludes, each)
                if not left.any():
                    continue
                owners = (_owner(network, each.source.keys[0]), _owner(network, each.destination.keys[0]))
                pairs.add((each.source.keys[0], each.destination.keys[0]))
                if doubted:
                    said = ", ".join(doubted)
                    unsettled[
                        Unsettled(f"the scope names what is not decided here: {said}", "leave it out")
                    ] = None
                elif owners not in witnesses and len(witnesses) < most and replayed < MOST_REPLAYED:
                    replayed += 1
                    found = replay(network, replace(each, bits=left))
                    if found.witness is not None:
                        witnesses[owners] = found.witness
                    else:
                        unsettled[undecided(network, each, found)] = None
        unsettled.update(dict.fromkeys(unread(network, match.source, match.destination)))
    status = Status.VIOLATED if witnesses else Status.UNKNOWN if unsettled else Status.PROVED
    ends = [
        len(frozenset().union(*(getattr(each, side).interfaces for each in matches)))
        for side in ("source", "destination")
    ]
    atoms = reduce(
        lambda one, other: one | other, (each.bits for each in matches), network.prover.traffic.nothing
    )
    kinds = len(network.prover.traffic.indexes(atoms))
    return Answer(
        status,
        Looked(looked, (ends[0], ends[1]), kinds),
        tuple(witnesses.values()),
        len(pairs),
        tuple(unsettled),
    )


def _ready(network: Network, condition: Condition) -> _Ready:
    traffic = network.prover.traffic
    bits = traffic.everything
    sources: frozenset[int] | None = None
    destinations: frozenset[int] | None = None
    for header in condition.headers:
        if header.traffic:
            bits = bits & reduce(
                lambda one, other: one | other, (traffic.bits(each) for each in header.traffic)
            )
        if header.sources:
            atoms = _atoms(network, header.sources)
            sources = atoms if sources is None else sources & atoms
        if header.destinations:
            atoms = _atoms(network, header.destinations)
            destinations = atoms if destinations is None else destinations & atoms
    through = tuple(
        frozenset(
            key
            for name in names
            for key in (THROUGH[name](network.model) if name in THROUGH else _known_as(network, name))
        )
        for names in condition.through
    )
    return _Ready(
        condition,
        resolve(network, condition.source),
        resolve(network, condition.destination),
        bits,
        sources,
        destinations,
        through,
    )


def _atoms(network: Network, prefixes: Iterable[Prefix]) -> frozenset[int]:
    return frozenset(atom for prefix in prefixes for atom in network.prover.addresses.within(prefix))


def _known_as(network: Network, name: str) -> Iterator[str]:
    """The keys on paths that an id or ARN stands for: the thing itself, and its interfaces."""
    for key in (
        *network.model.nat_gateways,
        *network.model.attachments,
        *network.model.peerings,
        *network.model.gateway_endpoints,
    ):
        if name in network.labels.names(key):
            yield key
    for key, interface in network.model.interfaces.items():
        if name in network.labels.names(interface.owner) or name in network.labels.names(key):
            yield key


def _left(match: _Ready, excludes: list[_Ready], candidate: Candidate) -> tuple[Bits, tuple[str, ...]]:
    """What of a candidate matches and is not excluded, and what about that is not decided."""
    nothing = candidate.bits & ~candidate.bits
    if not _holds(match, candidate):
        return nothing, ()
    left = candidate.bits & match.bits
    doubted = list(match.condition.undecided)
    for each in excludes:
        if _of(each.source, candidate.source.keys, candidate) and _of(
            each.destination, candidate.destination.keys, candidate
        ):
            if not _holds(each, candidate):
                continue
            if each.condition.undecided:
                if (left & each.bits).any():
                    doubted += each.condition.undecided
            else:
                left = left & ~each.bits
    return left, tuple(doubted)


def _of(party: Party, keys: tuple[str, ...], candidate: Candidate) -> bool:
    """Whether every one of a point's keys is of the party."""
    if keys == ("internet",):
        return bool(party.internet)
    if all(key in party.externals for key in keys):
        return True
    return all(key in party.interfaces for key in keys)


def _holds(ready: _Ready, candidate: Candidate) -> bool:
    if ready.sources is not None and candidate.source.atom not in ready.sources:
        return False
    sent_to = candidate.sent_to if candidate.sent_to >= 0 else candidate.destination.atom
    if ready.destinations is not None and not ready.destinations & {sent_to, candidate.destination.atom}:
        return False
    passed = set(candidate.path.through) if candidate.path is not None else set()
    passed |= {*candidate.destination.keys} | {candidate.path.where if candidate.path else ""}
    return all(not keys.isdisjoint(passed) for keys in ready.through)


def _owner(network: Network, key: str) -> str:
    interface = network.model.interfaces.get(key)
    return interface.owner if interface is not None else key
