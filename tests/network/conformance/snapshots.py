"""Recorded networks with known answers: each recording is read as a live account is, and asked.

`expectations.json` says, for each recording, what became of single packets and where they were stopped, and
from where any packet arrives. Two kinds of its answers are about Batfish's model and not about AWS: they
stand in `NOT_AWS` and `DIFFERENT` with the reason, and are counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.network.conformance.asking import PUBLIC, closed, packet_of, representatives
from tests.network.conformance.questions import Backend

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate import Estate, Resource, resource_key
from ringwork.estate.live import link
from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Interface, Model
from ringwork.network.packets import Packet
from ringwork.network.reading import read
from ringwork.network.walk import Exchange, Hop, Outcome, Start, Walk
from ringwork.network.walk import exchange as walked
from ringwork.source import InputError, load

NOT_AWS: Mapping[tuple[str, str], str] = {
    ("test-public-subnet", "testFromInternetToPrivateIp (2)"): (
        "it says itself: not an AWS reachability claim. The packet goes from the internet to the internet "
        "and meets nothing of the estate; that it enters nothing is checked"
    ),
    ("test-vpn-gateway", "testInternetToUnderlayInterfaceIp"): (
        "it says itself: an artefact. The address is the outside address of a VPN tunnel, which no VPC "
        'routes to: Site-to-Site VPN guide, "Firewall rules": UDP 500, UDP 4500 and protocol 50 alone are '
        "exchanged with it; that the packet enters no VPC is checked"
    ),
}
"""(snapshot, test) -> why its answer says nothing of AWS"""

LEARNED = (
    "it comes to the VPN gateway, as expected; whether that has a route on is told by BGP alone "
    '(Site-to-Site VPN guide, "VPN routing": the device advertises its routes), so it may leave'
)
"""why nothing is certain of a packet that a VPN gateway without a route drops"""

DIFFERENT: Mapping[tuple[str, str, str], str] = {}
"""(snapshot, source, destination) of any-packet lists -> AWS's text for the difference"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing compared."""

    what: str
    status: str
    """`ok`, `WRONG`, `explained`, `not verified`"""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.status}{f': {self.detail}' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A recording, read."""

    name: str
    estate: Estate
    model: Model
    interfaces: Mapping[str, tuple[str, ...]]
    """id of an instance -> keys of its interfaces"""

    def key(self, physical: str) -> str | None:
        found = self.estate.by_physical(physical)
        return found[0].key if found else None

    def interface(self, instance: str, address: Address | None = None) -> Interface:
        mine = [self.model.interfaces[key] for key in self.interfaces[instance]]
        return next((each for each in mine if address in each.addresses), mine[0])


def read_expectations(folder: Path) -> Mapping[str, Any]:
    """`expectations.json` of the folder. Raises `InputError`."""
    path = folder / "expectations.json"
    document = load(path)
    value = document.value
    if not isinstance(value, Mapping) or not isinstance(value.get("snapshots"), list):
        raise InputError("no list `snapshots`", position=document.position())
    for index, each in enumerate(value["snapshots"]):
        if not isinstance(each, Mapping) or not isinstance(each.get("dir"), str):
            position = document.position("snapshots", index)
            raise InputError("a snapshot needs a text `dir`", position=position)
        if not (folder / each["dir"]).is_dir():
            position = document.position("snapshots", index, "dir")
            raise InputError(f"`{each['dir']}` is no folder beside it", position=position)
    return value


def snapshot(name: str, folder: Path) -> Snapshot:
    """Raises `InputError` for a file that is not a recorded answer.

    The known answers are about the recording as it stands: what is not in it counts as not being there, so
    the gaps of the collection are left out.
    """
    resources = from_snapshot(folder).resources
    estate = link((*resources, *_defaults(resources)))
    model = closed(read(estate))
    of_instance: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("NetworkInterfaces*.json")):
        for raw in json.loads(path.read_text(encoding="utf-8")).get("NetworkInterfaces", ()):
            instance = raw.get("Attachment", {}).get("InstanceId")
            for found in estate.by_physical(raw["NetworkInterfaceId"]) if instance else ():
                if found.key in model.interfaces:
                    of_instance.setdefault(instance, []).append(found.key)
    return Snapshot(name, estate, model, {name: tuple(keys) for name, keys in of_instance.items()})


def _defaults(resources: Iterable[Resource]) -> Iterator[Resource]:
    """What EC2 makes with each VPC, where nothing of the kind was recorded, unchanged: a network ACL that
    admits all and a main route table with local routes (VPC user guide, "Default network ACL", "Main route
    table"). Batfish takes it so too."""
    acls = {r.properties["VpcId"] for r in resources if r.type == "AWS::EC2::NetworkAcl"}
    mains = {r.properties["VpcId"] for r in resources if r.attributes.get("Main") is True}
    for vpc in resources:
        if vpc.type != "AWS::EC2::VPC":
            continue
        acl, of_vpc = f"acl-of-{vpc.physical}", {"VpcId": vpc.physical}
        if vpc.physical not in acls:
            yield _beside(vpc, "AWS::EC2::NetworkAcl", acl, of_vpc, {"IsDefault": True})
            for egress in (False, True):
                entry = {"RuleNumber": 100, "Egress": egress, "RuleAction": "allow", "Protocol": -1}
                entry |= {"NetworkAclId": acl, "CidrBlock": "0.0.0.0/0"}
                yield _beside(vpc, "AWS::EC2::NetworkAclEntry", f"{acl}|{egress}|100", entry, {})
        if vpc.physical not in mains:
            yield _beside(vpc, "AWS::EC2::RouteTable", f"rtb-of-{vpc.physical}", of_vpc, {"Main": True})


def _beside(
    vpc: Resource, type: str, name: str, properties: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Resource:
    return Resource(
        key=resource_key(vpc.account, vpc.region, type, name),
        type=type,
        properties=properties,
        account=vpc.account,
        region=vpc.region,
        physical=name,
        attributes=attributes,
        origins=vpc.origins,
    )


def compare(folder: Path, expected: Mapping[str, Any], backend: Backend = walked) -> Iterator[Line]:
    """Every flow and every list of one recording."""
    name = expected["snapshot"]
    here = snapshot(name, folder / expected["dir"])
    yield Line(
        f"{name} loads", "ok", f"{len(here.estate.resources)} resources, {len(here.model.problems)} notes"
    )
    for flow in expected.get("flows") or ():
        if "packet" in flow and "src" in flow:
            yield _answered(here, flow, backend)
    lists = expected.get("batfish_any_packet_sources_by_destination") or {}
    for destination, sources in lists.items():
        yield from _any(here, destination, frozenset(sources), sorted(lists), backend)


# --- single packets


def _answered(here: Snapshot, flow: Mapping[str, Any], backend: Backend) -> Line:
    try:
        return _flow(here, flow, backend)
    except (KeyError, ValueError) as error:
        return Line(f"{here.name} {flow['test']}", "WRONG", f"it cannot be asked: {error!r}")


def _flow(here: Snapshot, flow: Mapping[str, Any], backend: Backend) -> Line:
    what = f"{here.name} {flow['test']}"
    if not flow.get("verified_by_running_batfish"):
        return Line(what, "not verified", _unverified(here, flow, backend))
    destination = parse_address(flow["dst_ip"])
    start, source = _start(here, flow["src"])
    packet = packet_of(source, destination, flow["packet"])
    found = backend(_hosted(here, flow["src"]), packet, start)
    if (here.name, flow["test"]) in NOT_AWS:
        entered = [
            hop.component for walk in found.forward for hop in walk.hops if hop.component in _inside(here)
        ]
        reason = NOT_AWS[here.name, flow["test"]]
        return Line(what, "WRONG", f"enters {entered}") if entered else Line(what, "explained", reason)
    if flow["disposition"] == "NO_ROUTE" and _leaves_by_vpn(here, flow, found):
        return Line(what, "explained", LEARNED)
    wrong = [*_differences(here, flow, found)]
    return (
        Line(what, "WRONG", f"{'; '.join(wrong)}; got {_shown(found.forward)}") if wrong else Line(what, "ok")
    )


def _unverified(here: Snapshot, flow: Mapping[str, Any], backend: Backend) -> str:
    """For people: what we say where the answer was not verified, as it needs a router's configuration that is
    not in the recording. That router is any network outside."""
    node = flow["src"]["node"]
    starts = (
        [Start(interface=key) for key in here.interfaces[node]]
        if node in here.interfaces
        else [Start(external=key) for key in here.model.externals]
    )
    destination = parse_address(flow["dst_ip"])
    given = flow["src"]["ip"]
    source = parse_address("172.16.77.77" if given == "any" else given)
    told = [
        backend(here.model, packet_of(source, destination, flow["packet"]), start).forward for start in starts
    ]
    said = "; ".join(dict.fromkeys(_shown(walks) for walks in told)) or "no network outside is known"
    return f"it needs a router's configuration; expected {flow['disposition']}, we say: {said}"


def _inside(here: Snapshot) -> frozenset[str]:
    model = here.model
    return frozenset(
        (*model.vpcs, *model.subnets, *model.interfaces, *model.tables, *model.internet_gateways)
    )


def _start(here: Snapshot, source: Mapping[str, Any]) -> tuple[Start, Address]:
    node, given = source["node"], source["ip"]
    address = PUBLIC[4] if given == "any" else parse_address(given)
    if node == "internet":
        return Start(internet=True), address
    if node in here.interfaces:
        return Start(interface=here.interface(node, address).key), address
    key = here.key(node)
    if key in here.model.subnets:
        return Start(interface=HOST), address
    if key in here.model.vpcs:
        return Start(vpc=key), address
    gateway = here.model.vpn_gateways.get(key or "")
    if gateway is not None and gateway.externals:
        return Start(external=gateway.externals[0]), address
    raise InputError(f"`{node}`, where a flow of `{here.name}` starts, is not in the recording")


def _leaves_by_vpn(here: Snapshot, flow: Mapping[str, Any], found: Exchange) -> bool:
    """Whether every way leads to the VPN gateway where the flow stops, and may leave by it."""
    gateway = here.model.vpn_gateways.get(here.key(str(flow.get("stopped_at"))) or "")
    return gateway is not None and all(
        walk.outcome is Outcome.UNKNOWN
        and walk.arrived in gateway.externals
        and _visits(here, walk, flow["stopped_at"])
        for walk in found.forward
    )


HOST = "a host of the question"


def _hosted(here: Snapshot, source: Mapping[str, Any]) -> Model:
    """With the host that a flow begins at where it begins at a subnet: it has the packet's address there, no
    public one, and no security group that filters it."""
    key = here.key(source["node"])
    if key is None or key not in here.model.subnets:
        return here.model
    host = Interface(HOST, key, (parse_address(source["ip"]),), None, "interface", HOST)
    return replace(here.model, interfaces={**here.model.interfaces, HOST: host})


def _differences(here: Snapshot, flow: Mapping[str, Any], found: Exchange) -> Iterator[str]:
    outcomes = {walk.outcome for walk in found.forward}
    wanted = Outcome.DELIVERED if flow["reachable"] else Outcome.DROPPED
    if outcomes != {wanted}:
        yield f"expected {wanted.value}"
    stopped = flow.get("stopped_at")
    for walk in found.forward:
        if stopped and walk.hops and not _stops(here, walk.hops[-1], flow):
            yield f"expected stopped at {stopped} ({flow.get('denied_by') or flow['disposition']})"
        missing = [node for node in flow["hops"] if _gateway(node) and not _visits(here, walk, node)]
        if missing:
            yield f"expected by {', '.join(missing)}"
        for nat in flow.get("nat") or ():
            if not any(_rewrites(hop, nat) for hop in walk.hops):
                yield f"expected {nat['kind']} {nat['from']} -> {nat['to']}"
    if "return_reachable" in flow:
        back = {walk.outcome for walk in found.back}
        if back != {Outcome.DELIVERED if flow["return_reachable"] else Outcome.DROPPED}:
            yield f"expected an answer: {flow['return_reachable']}; got {_shown(found.back)}"


def _gateway(node: str) -> bool:
    return node.startswith(("igw-", "tgw-", "vpce-", "nat-", "vgw-"))


def _visits(here: Snapshot, walk: Walk, node: str) -> bool:
    """Whether a walk passes a gateway."""
    parts = _parts(here, node)
    return any(hop.component in parts for hop in walk.hops) or walk.arrived in parts


def _parts(here: Snapshot, node: str) -> frozenset[str | None]:
    """A gateway: itself, its interfaces and its tables."""
    model, key = here.model, here.key(node)
    parts = (
        key,
        *(each.key for each in model.transit_tables.values() if each.gateway == key),
        *(each.key for each in model.attachments.values() if each.gateway == key),
        *(each.interface for each in model.nat_gateways.values() if each.key == key),
        *(part for each in model.interface_endpoints.values() if each.key == key for part in each.interfaces),
    )
    return frozenset(parts)


def _rewrites(hop: Hop, nat: Mapping[str, str]) -> bool:
    if hop.after is None:
        return False
    pairs = {
        "dst": (hop.before.destination, hop.after.destination),
        "src": (hop.before.source, hop.after.source),
    }
    return pairs[nat["kind"]] == (parse_address(nat["from"]), parse_address(nat["to"]))


def _stops(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """Whether our deciding hop is the control that stopped the packet there."""
    node = flow["stopped_at"]
    for prefix, decides in STOPS:
        if node.startswith(prefix):
            return decides(here, hop, flow)
    return ":loadbalancer/" in node and _at_balancer(here, hop, flow)


def _at_instance(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """A security group of the instance's interface that has the packet's destination."""
    groups = here.interface(flow["stopped_at"], hop.before.destination).groups or frozenset()
    return hop.control == "security-group ingress" and hop.component in groups


def _at_subnet(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """Its route table has no route; the Transit Gateway is not in its zone; nobody has the address."""
    key = here.key(flow["stopped_at"])
    subnet = here.model.subnets[key or ""]
    if flow["disposition"] == "NO_ROUTE":
        return hop.control == "route table" and hop.component == subnet.table
    if flow["disposition"] == "NEIGHBOR_UNREACHABLE":
        inside = any(prefix.contains(hop.before.destination) for prefix in subnet.prefixes)
        return inside and hop.component in (subnet.key, subnet.vpc) and not hop.control
    return hop.before.source.version == 4 and "zone" in hop.why and hop.component in _near(here, subnet.key)


def _near(here: Snapshot, subnet: str) -> frozenset[str]:
    """What may be named where a subnet's zone has no attachment."""
    vpc = here.model.subnets[subnet].vpc
    attachments = [each for each in here.model.attachments.values() if each.to == vpc]
    return frozenset({subnet, *(a.key for a in attachments), *(a.gateway for a in attachments)})


def _at_vpc(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """The address is the VPC's, and in no subnet."""
    return hop.component == here.key(flow["stopped_at"]) and not hop.control


def _at_transit(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """One of the gateway's tables has no route."""
    tables = [
        table.key
        for table in here.model.transit_tables.values()
        if table.gateway == here.key(flow["stopped_at"])
    ]
    return hop.control == "transit gateway route table" and hop.component in tables


def _at_gateway(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    return hop.component in _parts(here, flow["stopped_at"])


def _at_endpoint(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """The endpoint, or the groups of its interfaces."""
    known, parts = here.model.interfaces, _parts(here, flow["stopped_at"])
    groups = {group for part in parts if part in known for group in known[part or ""].groups or ()}
    return _at_gateway(here, hop, flow) or hop.component in groups


def _at_balancer(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """Batfish has a node for each zone of a load balancer, named after its ARN."""
    balancers = [
        each
        for each in here.model.load_balancers.values()
        if each.key.rpartition("/")[2] in flow["stopped_at"]
    ]
    return any(hop.component in (each.key, *each.interfaces) for each in balancers)


def _outside(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    return hop.component == "internet"


STOPS: tuple[tuple[str, Callable[[Snapshot, Hop, Mapping[str, Any]], bool]], ...] = (
    ("i-", _at_instance),
    ("subnet-", _at_subnet),
    ("vpc-", _at_vpc),
    ("tgw-", _at_transit),
    ("igw-", _at_gateway),
    ("nat-", _at_gateway),
    ("vgw-", _at_gateway),
    ("vpce-", _at_endpoint),
    ("isp_", _outside),
    ("internet", _outside),
)
"""what a node's name begins with -> what must have decided there"""


def _shown(walks: tuple[Walk, ...]) -> str:
    return "; ".join(f"{walk.outcome.value} {walk.arrived or _end(walk)}" for walk in walks)


def _end(walk: Walk) -> str:
    return f"{walk.hops[-1].component} {walk.hops[-1].why}" if walk.hops else ""


# --- any packet


def _any(
    here: Snapshot, destination: str, expected: frozenset[str], instances: list[str], backend: Backend
) -> Iterator[Line]:
    """From which instances some packet arrives, by private addresses and by public ones."""
    for source in instances:
        if source == destination:
            continue
        what = f"{here.name} any packet {source} -> {destination}"
        found = _reaches(here, source, destination, backend)
        if found == (source in expected):
            yield Line(what, "ok")
            continue
        told = f"Batfish {source in expected}, Ringwork {found}"
        reason = DIFFERENT.get((here.name, source, destination))
        yield Line(what, "explained" if reason else "WRONG", f"{told}{f': {reason}' if reason else ''}")


def _reaches(here: Snapshot, source: str, destination: str, backend: Backend) -> bool | str:
    doubt = False
    for key in here.interfaces.get(source, ()):
        for to in here.interfaces.get(destination, ()):
            for packet in _packets(here.model, here.model.interfaces[key], here.model.interfaces[to]):
                for walk in backend(here.model, packet, Start(interface=key)).forward:
                    if walk.arrived == to and walk.outcome is Outcome.DELIVERED:
                        return True
                    doubt = doubt or walk.outcome is Outcome.UNKNOWN
    return "unknown" if doubt else False


def _packets(model: Model, source: Interface, destination: Interface) -> Iterator[Packet]:
    for own in source.addresses:
        for to in (*destination.addresses, *destination.public.values()):
            if own.version == to.version:
                yield from representatives(model, own, to)
