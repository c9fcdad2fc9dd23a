"""A network at a glance: who may send what to whom, by team and workload, and one packet's way in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice

from ringwork.network.model import Interface
from ringwork.network.packets import TCP, Packet
from ringwork.network.questions.answer import Witness
from ringwork.network.questions.ends import Party, parse, resolve
from ringwork.network.questions.flowing import PLACE, Candidate, Flowing, Point
from ringwork.network.questions.matrix import words
from ringwork.network.questions.network import Network
from ringwork.network.questions.reach import unread
from ringwork.network.questions.text import plain
from ringwork.network.questions.witness import replay
from ringwork.network.reach.atoms import Bits
from ringwork.network.walk import Walk
from ringwork.network.walk.endpoints import service_name

MOST_IN_ONE = 20
"""groups of one table; where there are more, teams are one group each and have a table of their own"""
MOST_FOR_SERVICES = 1000
"""interfaces up to which the ways to AWS's own services are looked for: each address is followed"""
MOST_TRIED = 12
"""candidates that are replayed to find the packet that is shown"""
INTERNET = "internet"
EVERYWHERE = ("dns", "imds", "time")
"""what every VPC has, whatever its routes say (VPC user guide, "DNS attributes for your VPC"; EC2 user guide,
"Instance metadata", "Amazon Time Sync Service")"""
ENDPOINTS = "endpoints"
SERVICES = ("AWS ", "DNS, ")
"""how the names of AWS's services begin, which receive and do not call"""
KINDS = {
    "endpoint": ENDPOINTS,
    "nat": "NAT gateways",
    "firewall": "Network Firewall",
    "load-balancer": "load balancers",
    "transit": "transit attachments",
    "efs": "file systems",
    PLACE: "other places",
}
"""what people call interfaces that belong to no workload, by kind"""


class Flows(Enum):
    """Of what a cell names."""

    SURELY = "surely"
    PERHAPS = "perhaps"
    """it could not be decided"""
    NEVER = "nothing"
    """proved"""
    UNKNOWN = "unknown"
    """nothing was found, but not all that may carry packets is modelled"""


@dataclass(frozen=True, slots=True)
class Cell:
    flows: Flows
    traffic: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows send, columns receive."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    """those that are neither proved empty nor unknown"""
    absent: Flows = Flows.NEVER

    def cell(self, source: str, destination: str) -> Cell:
        return self.cells.get((source, destination), Cell(self.absent))


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing on a packet's way."""

    control: str
    """`security-group egress`, `route table`, ...; empty: what forwards, sends or receives"""
    kind: str
    """what kind of thing it is, `network interface`"""
    name: str
    why: str
    passed: bool | None
    changes: tuple[str, ...] = ()
    """what was rewritten in its headers, `source 10.0.0.5 -> 203.0.113.9`"""
    origins: tuple[str, ...] = ()
    """where the deciding rule stands"""


@dataclass(frozen=True, slots=True)
class Way:
    """A packet there, and its answer back."""

    source: str
    destination: str
    packet: str
    forward: tuple[Stop, ...]
    back: tuple[Stop, ...]
    answered: bool
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    tables: tuple[Table, ...]
    """the first shows all; others one team each"""
    way: Way | None
    doubts: tuple[str, ...] = ()
    """what may carry packets and is not modelled"""
    left_out: tuple[str, ...] = ()
    """what was not asked"""
    services: tuple[str, ...] = ()
    """what the endpoints lead to"""


@dataclass(frozen=True, slots=True)
class _Group:
    team: str
    name: str


@dataclass(slots=True)
class _Found:
    bits: Bits
    sure: bool = False
    some: list[Candidate] = field(default_factory=list)


def overview(network: Network) -> Overview | None:
    """None: there is no interface, so nothing to show."""
    if not network.model.interfaces:
        return None
    flowing = Flowing(network)
    classes = network.prover.faces.classes
    groups = [{_group(network, network.model.interfaces[key]) for key in each.members} for each in classes]
    everybody = resolve(network, parse("any"), strict=False)
    found: dict[tuple[_Group, _Group], _Found] = {}
    lost: dict[str, None] = {}
    """where what comes in goes on to something that is not known: it may be anybody"""
    for sources, destinations, candidate in _candidates(flowing, everybody, groups):
        if not destinations:
            lost[candidate.destination.keys[0].removeprefix("?")] = None
        for one in sources:
            for other in destinations:
                cell = found.setdefault((one, other), _Found(network.prover.traffic.nothing))
                cell.bits = cell.bits | candidate.bits
                if len(cell.some) < MOST_TRIED:
                    cell.some.append(candidate)
    for cell in found.values():
        cell.sure = any(_surely(flowing, candidate) for candidate in cell.some)
    doubts = tuple(dict.fromkeys(each.reason for each in unread(network, everybody, everybody)))
    doubts += tuple(f"what comes in to `{network.name(key)}` may go on to any of these" for key in lost)
    if not flowing.closed and not doubts:
        doubts = ("a route or an attachment leads to something that is not here",)
    left_out = ("ways to gateway endpoints, and to DNS, metadata and time",) if _large(network) else ()
    absent = Flows.UNKNOWN if doubts else Flows.NEVER
    names = sorted({group for each in groups for group in each}, key=lambda group: (group.team, group.name))
    services = sorted(
        {
            service_name(each.service)
            for each in network.model.interface_endpoints.values()
            if not each.provider
        }
    )
    return Overview(
        tuple(_tables(network, names, found, absent)),
        _way(network, flowing, found),
        doubts,
        left_out,
        tuple(services),
    )


def _large(network: Network) -> bool:
    return len(network.model.interfaces) > MOST_FOR_SERVICES


def _group(network: Network, interface: Interface) -> _Group:
    """The workload that it is of; else its team and what kind of thing it is."""
    labels = network.labels.of(interface)
    team = min(labels.get("team", ()), default="")
    workload = min(labels.get("workload", ()), default="")
    if workload and interface.kind != "endpoint":
        return _Group(team, f"{team}/{workload}" if team else workload)
    kind = KINDS.get(interface.kind, interface.kind)
    return _Group(team, f"{team} {kind}" if team else kind)


def _candidates(
    flowing: Flowing, everybody: Party, groups: list[set[_Group]]
) -> Iterator[tuple[set[_Group], set[_Group], Candidate]]:
    """All that may flow, with the groups at its two ends; none where it is not known what receives it."""
    network = flowing.network
    prover, rows = network.prover, flowing.table
    classes, faces, owner = prover.faces.classes, prover.faces.faces, prover.faces.owner
    for row in range(len(rows.sources)):
        one, other = int(rows.sources[row]), int(rows.destinations[row])
        source, destination = int(owner[one]), int(owner[other])
        senders, receivers = classes[source].members, classes[destination].members
        if not flowing.alone(senders, receivers):
            yield (
                groups[source],
                groups[destination],
                Candidate(
                    Point(senders, faces[one].atom),
                    Point(receivers, faces[other].atom),
                    rows.bits[row],
                    faces=(one, other),
                ),
            )
    everything = prover.traffic.everything
    of = prover.faces.of_interface
    for outside in _outside(network):
        for candidate in flowing.between(outside, everybody, everything):
            receiver = of.get(candidate.destination.keys[0])
            yield {_outer(candidate.source)}, set() if receiver is None else groups[receiver], candidate
        for candidate in flowing.between(everybody, outside, everything):
            yield groups[of[candidate.source.keys[0]]], {_outer(candidate.destination)}, candidate


def _outside(network: Network) -> Iterator[Party]:
    yield resolve(network, parse(INTERNET), strict=False)
    if network.model.externals:
        yield resolve(network, parse("external=*"), strict=False)
    if not _large(network):
        gateways = {service_name(each.service) for each in network.model.gateway_endpoints.values()}
        names = (f"aws:{name}" for name in (*sorted(gateways), *EVERYWHERE))
        # interface endpoints are among the interfaces already
        yield replace(resolve(network, parse(*names), strict=False), members={}, faces=frozenset())


def _outer(point: Point) -> _Group:
    key = point.keys[0]
    if key.removeprefix("aws:") in EVERYWHERE:
        return _Group("", "DNS, metadata, time")
    return _Group("", f"AWS {key.removeprefix('aws:')}" if key.startswith("aws:") else key)


def _surely(flowing: Flowing, candidate: Candidate) -> bool:
    """Whether the prover says that something of it must flow."""
    if candidate.path is not None:
        return candidate.path.certain and replay(flowing.network, candidate).witness is not None
    faces = flowing.network.prover.faces.faces
    one, other = candidate.faces
    flows = flowing.network.prover.flows(faces[one], faces[other])
    return any((flow.admits.must & candidate.bits).any() for flow in flows)


# --- tables


def _tables(
    network: Network,
    names: list[_Group],
    found: Mapping[tuple[_Group, _Group], _Found],
    absent: Flows,
) -> Iterator[Table]:
    outer = sorted({each for pair in found for each in pair if each not in names}, key=lambda each: each.name)
    if len(names) <= MOST_IN_ONE:
        yield _table(network, "Everything", [*names, *outer], found, absent, lambda group: group.name)
        return

    def by_team(group: _Group) -> str:
        if group.name.endswith(ENDPOINTS):
            return ENDPOINTS
        return group.team or group.name

    yield _table(network, "By team", [*names, *outer], found, absent, by_team)
    for team in sorted({group.team for group in names if group.team}):

        def of_team(group: _Group, team: str = team) -> str:
            return group.name if group.team == team else by_team(group)

        whole = _table(network, team, [*names, *outer], found, absent, of_team)
        own = {group.name for group in names if group.team == team}
        rows = tuple(row for row in whole.rows if row in own)
        others = {other for one, other in whole.cells if one in own and other not in own}
        columns = tuple(column for column in whole.columns if column in own or column in others)
        yield replace(whole, rows=rows, columns=columns)


def _table(
    network: Network,
    title: str,
    groups: list[_Group],
    found: Mapping[tuple[_Group, _Group], _Found],
    absent: Flows,
    name: Callable[[_Group], str],
) -> Table:
    bits: dict[tuple[str, str], Bits] = {}
    sure: set[tuple[str, str]] = set()
    for (one, other), cell in found.items():
        pair = name(one), name(other)
        bits[pair] = bits[pair] | cell.bits if pair in bits else cell.bits
        if cell.sure:
            sure.add(pair)
    cells = {
        pair: Cell(Flows.SURELY if pair in sure else Flows.PERHAPS, words(network, row))
        for pair, row in bits.items()
    }
    rows = dict.fromkeys(name(group) for group in groups if not group.name.startswith(SERVICES))
    columns = dict.fromkeys(name(group) for group in groups)
    return Table(title, (INTERNET, *_others(rows)), (INTERNET, *_others(columns)), cells, absent)


def _others(names: Mapping[str, None]) -> Iterator[str]:
    return (name for name in names if name != INTERNET)


# --- one packet's way


def _way(network: Network, flowing: Flowing, found: Mapping[tuple[_Group, _Group], _Found]) -> Way | None:
    """A workload's call to an endpoint if there is one that is surely answered; else what is."""

    def rank(pair: tuple[_Group, _Group]) -> tuple[bool, bool, bool, bool]:
        one, other = pair
        outside = other.name.startswith(SERVICES)
        return not other.name.endswith(ENDPOINTS), outside, "/" not in one.name, one.team != other.team

    best: Witness | None = None
    https = network.prover.traffic.of(TCP, 443, 443)
    for pair in sorted(found, key=lambda each: (rank(each), each[0].name, each[1].name)):
        if not found[pair].sure:
            continue
        for candidate in found[pair].some:
            narrow = replace(candidate, bits=candidate.bits & https)
            chosen = narrow if narrow.bits.any() else candidate
            for way in islice(flowing.ways(chosen), 4):
                witness = replay(network, way).witness
                if witness is not None and witness.answered:
                    return way_of(network, witness)
                best = best or witness
        if best is not None and rank(pair)[0]:
            break
    return way_of(network, best) if best is not None else None


def way_of(network: Network, witness: Witness) -> Way:
    """A witness with names in place of keys."""
    return Way(
        network.name(witness.source),
        network.name(witness.destination),
        str(witness.packet),
        _stops(network, witness.forward),
        _stops(network, witness.back) if witness.back is not None else (),
        witness.answered,
        tuple(f"`{network.name(key)}` is given {address}" for address, key in witness.assumed),
    )


def _stops(network: Network, walk: Walk) -> tuple[Stop, ...]:
    return tuple(
        Stop(
            hop.control,
            _kind(network, hop.component),
            network.name(hop.component),
            plain(network, hop.why),
            hop.passed,
            _changes(hop.before, hop.after),
            tuple(str(origin) for origin in network.origins(hop.place) if origin.file),
        )
        for hop in walk.hops
    )


def _kind(network: Network, key: str) -> str:
    model = network.model
    if key in model.interfaces and model.interfaces[key].kind == "endpoint":
        return "interface endpoint"
    kinds: Mapping[str, Mapping[str, object]] = {
        "network interface": model.interfaces,
        "subnet": model.subnets,
        "Transit Gateway attachment": model.attachments,
        "internet gateway": model.internet_gateways,
        "egress-only internet gateway": model.egress_only_gateways,
        "NAT gateway": model.nat_gateways,
        "VPC peering connection": model.peerings,
        "virtual private gateway": model.vpn_gateways,
        "gateway endpoint": model.gateway_endpoints,
        "load balancer": model.load_balancers,
        "Network Firewall": model.firewalls,
        "other network": model.externals,
    }
    return next((kind for kind, there in kinds.items() if key in there), "")


def _changes(before: Packet, after: Packet | None) -> tuple[str, ...]:
    if after is None:
        return ()
    pairs = (
        ("source", before.source, after.source),
        ("destination", before.destination, after.destination),
        ("source port", before.source_port, after.source_port),
        ("destination port", before.destination_port, after.destination_port),
    )
    return tuple(f"{name} {old} → {new}" for name, old, new in pairs if old != new)
