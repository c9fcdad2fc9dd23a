"""A topology as nodes within nodes, and edges: what languages for diagrams ask for.

In full: tiers, workloads and buckets of each VPC. Else one node for each VPC, so that many stay readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ringwork.report.place import internet
from ringwork.report.report import plural, printable
from ringwork.report.topology import Place, Topology
from ringwork.report.transit import TransitGateway


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    """`n1`, `n2`, ...: unique in its graph"""
    lines: tuple[str, ...]
    """the name first; printable, on one line each"""
    kind: str
    """`organization`, `account`, `network`, `team`, `vpc`, `tier`, `workload`, `front`, `endpoint`, `vault`,
    `store`, `transit`, `table`"""
    parent: str
    """id of the node that holds it; empty: none does"""


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str
    label: str
    kind: str
    """`flow`, `link`, `transit`, `data`"""


@dataclass(frozen=True, slots=True)
class Graph:
    title: str
    nodes: tuple[Node, ...]
    """each after the node that holds it"""
    edges: tuple[Edge, ...]

    def within(self, parent: str) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.parent == parent)


def graph(seen: Topology, title: str, *, full: bool) -> Graph:
    """Equal topologies give equal graphs."""
    made = _Graph(seen)
    made.organization()
    made.transit(full=full)
    made.places(full=full)
    made.links()
    return Graph(_clean(title), tuple(made.nodes), tuple(made.edges))


def _clean(text: str) -> str:
    return " ".join(printable(text).split())


@dataclass(slots=True)
class _Graph:
    seen: Topology
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    of: dict[str, str] = field(default_factory=dict)
    """key of what is drawn -> id of its node"""

    def add(self, lines: Sequence[str], kind: str, parent: str = "", *, key: str = "") -> str:
        id = f"n{len(self.nodes) + 1}"
        told = tuple(line for line in map(_clean, lines) if line) or ("?",)
        self.nodes.append(Node(id, told, kind, parent))
        if key:
            self.of.setdefault(key, id)
        return id

    def join(self, source: str, target: str, label: str, kind: str) -> None:
        """An edge between what two keys name; nothing where one is not drawn."""
        if source in self.of and target in self.of:
            self.edges.append(Edge(self.of[source], self.of[target], _clean(label), kind))

    def organization(self) -> None:
        shown = [account for account in self.seen.accounts if not account.team]
        if not shown:
            return
        holder = self.add(["accounts of no team"], "organization")
        for account in shown:
            self.add([account.name or "account", account.id, *account.guards], "account", holder)

    def transit(self, *, full: bool) -> None:
        for gateway in self.seen.transits:
            routes = len(gateway.tables)
            told = [f"Transit Gateway {gateway.name}", f"{gateway.account} {gateway.region}"]
            if not full:
                told.append(f"{routes} route {plural(routes, 'table')}")
                self.add(told, "transit", key=gateway.key)
                continue
            holder = self.add(told, "transit", key=gateway.key)
            for table in gateway.tables:
                reached = ", ".join(each.name for each in table.reaches)
                dropped = len(table.blackholes)
                self.add(
                    [
                        table.name,
                        f"to {reached}" if reached else "to nobody",
                        f"{dropped} {plural(dropped, 'blackhole')}" if dropped else "",
                    ],
                    "table",
                    holder,
                    key=table.key,
                )

    def places(self, *, full: bool) -> None:
        holders: dict[tuple[str, str], str] = {}
        for place in self.seen.places:
            owner = ("team", place.team) if place.team else ("network", place.account)
            if owner not in holders:
                title = f"team {place.team}" if place.team else f"networks of account {place.account or '?'}"
                holders[owner] = self.add([title], owner[0])
            if full:
                self.in_full(place, holders[owner])
            else:
                self.add(_in_short(place), "vpc", holders[owner], key=place.key)
        if full:
            for gateway in self.seen.transits:
                for table in gateway.tables:
                    for attachment in table.attached:
                        self.join(attachment.vpc, table.key, "", "transit")
        else:
            self.attach(holders)

    def attach(self, holders: dict[tuple[str, str], str]) -> None:
        """One edge from each team to each gateway: one for each VPC would hide the rest."""
        owners = {
            place.key: ("team", place.team) if place.team else ("network", place.account)
            for place in self.seen.places
        }
        for gateway in self.seen.transits:
            for owner, (tables, dropped) in _attached(gateway, owners).items():
                label = f"{tables} route {plural(tables, 'table')}"
                if dropped:
                    label += f", {dropped} {plural(dropped, 'blackhole')}"
                self.edges.append(Edge(holders[owner], self.of[gateway.key], label, "transit"))

    def in_full(self, place: Place, parent: str) -> None:
        way_out, _ = internet(place)
        inspected = [f"inspected by {name}" for name in place.firewalls]
        told = [place.name, place.cidr, f"{place.account} {place.region}", way_out, *inspected]
        vpc = self.add(told, "vpc", parent, key=place.key)
        for front in place.fronts:
            guard = f"WAF {front.acl}" if front.acl else "no WAF"
            self.add([front.name, front.kind, guard, front.auth], "front", vpc, key=front.key)
        for tier in place.tiers:
            holder = self.add([tier.name, ", ".join(tier.subnets)], "tier", vpc)
            for chip in tier.groups:
                self.add([chip.name, chip.kind, chip.runs, *chip.open_to], "workload", holder, key=chip.key)
            if tier.name == "endpoints":
                self.endpoints(place, holder)
        if not any(tier.name == "endpoints" for tier in place.tiers):
            self.endpoints(place, vpc)
        for flow in place.flows:
            self.join(flow.source, flow.target, flow.ports, "flow")
        gateways = [endpoint for endpoint in place.endpoints if endpoint.gateway]
        for endpoint in gateways:
            self.add([endpoint.name, "gateway endpoint"], "endpoint", vpc, key=endpoint.key)
        for vault in place.vaults:
            name = f"key {vault.name}" if vault.key else vault.name
            id = self.add([name], "vault", parent)
            for store in vault.stores:
                self.add([store.name, store.data_class], "store", id, key=store.key)
            for endpoint in gateways:
                if endpoint.name == "s3":
                    self.edges.append(Edge(self.of[endpoint.key], id, "", "data"))

    def endpoints(self, place: Place, parent: str) -> None:
        found = [endpoint.name for endpoint in place.endpoints if not endpoint.gateway]
        if found:
            told = f"{len(found)} interface {plural(len(found), 'endpoint')}"
            rows = [", ".join(found[start : start + 4]) for start in range(0, len(found), 4)]
            self.add([told, *rows], "endpoint", parent)

    def links(self) -> None:
        for link in self.seen.links:
            for key, name in ((link.provider, link.provider_name), (link.consumer, link.consumer_name)):
                if key and key not in self.of:
                    self.add([name, "not drawn here"], "vpc", key=key)
            label = f"PrivateLink {link.service} {link.ports}"
            self.join(link.consumer, link.provider, label, "link")


def _attached(
    gateway: TransitGateway, owners: dict[str, tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Owner -> route tables, blackholes."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for table in gateway.tables:
        for owner in {owners[each.vpc]: None for each in table.attached if each.vpc in owners}:
            tables, dropped = found.get(owner, (0, 0))
            found[owner] = (tables + 1, dropped + len(table.blackholes))
    return found


def _in_short(place: Place) -> list[str]:
    groups, flows, fronts = len(place.groups), len(place.flows), len(place.fronts)
    endpoints, stores = len(place.endpoints), place.stores
    return [
        place.name,
        place.cidr,
        place.account,
        f"{groups} {plural(groups, 'workload')}, {flows} {plural(flows, 'flow')}" if groups else "",
        f"{endpoints} {plural(endpoints, 'endpoint')}, {stores} {plural(stores, 'bucket')}",
        f"{fronts} {plural(fronts, 'API')} in front" if fronts else "",
        *(f"inspected by {name}" for name in place.firewalls),
        internet(place)[0],
    ]
