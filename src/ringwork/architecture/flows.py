"""Who may open a connection to whom: the declared flows, and the few that AWS needs.

Security groups, network ACLs and diagrams are all drawn from these edges, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from ipaddress import IPv4Network
from typing import TypeAlias

from ringwork.architecture.address import TIER_OF, Tier
from ringwork.architecture.site import Site
from ringwork.blueprint.model import Blueprint, Flow, WorkloadType

EPHEMERAL = (1024, 65535)
"""Ports that replies go to (VPC guide, network ACLs, ephemeral ports)."""
HTTPS = 443
TCP = 6
PROTOCOL_NUMBERS = {"tcp": TCP, "udp": 17}
"""IANA, protocol numbers"""
Ports: TypeAlias = tuple[int, int] | None
ANYWHERE = IPv4Network("0.0.0.0/0")


class Place(StrEnum):
    """Sides of an edge that are no workload."""

    ENDPOINTS = "interface endpoints"
    S3 = "Amazon S3"
    INTERNET = "the internet"


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` may open connections to `target` on the ports `first` to `last`."""

    source: str
    """workload"""
    target: str | Place
    """workload or place; the source itself for traffic among a workload's own interfaces"""
    protocol: str
    """`tcp` or `udp`"""
    first: int
    last: int
    declared: bool
    """false: implied by what AWS documents for the workload's type"""
    control: str
    why: str

    @property
    def ports(self) -> str:
        """`443` or `8192-65535`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


AMONG_THEMSELVES: dict[WorkloadType, tuple[tuple[int, int, str], ...]] = {
    WorkloadType.TRAINING: (
        (0, 65535, "nodes of a distributed training job talk to each other (SageMaker, Give Training Jobs "
                   "Access to Resources in Your Amazon VPC)"),
    ),
    WorkloadType.PROCESSING: (
        (0, 65535, "containers of a distributed processing job talk to each other (SageMaker, Give "
                   "Processing Jobs Access to Resources in Your Amazon VPC)"),
    ),
    WorkloadType.STUDIO: (
        (2049, 2049, "Studio spaces mount the domain's Amazon EFS volume over NFS (SageMaker, Connect "
                     "Studio in a VPC to External Resources)"),
        (8192, 65535, "Jupyter servers reach their kernels (SageMaker, Connect Studio in a VPC to External "
                      "Resources)"),
    ),
}  # fmt: skip
"""Ports that a group must admit from itself, by workload type."""


def edges(site: Site) -> tuple[Edge, ...]:
    """Every allowed edge of one VPC, each once: declared flows first, then implied ones."""
    found: dict[tuple[str, str, str, int, int], Edge] = {}
    for edge in (*_declared(site), *_implied(site)):
        found.setdefault((edge.source, edge.target, edge.protocol, edge.first, edge.last), edge)
    return tuple(found.values())


def _declared(site: Site) -> Iterator[Edge]:
    for flow in site.blueprint.flows:
        (source_team, source), (target_team, target) = ends(flow)
        if {source_team, target_team} != {site.environment.team}:
            continue
        if source in site.workloads and target in site.workloads:
            yield Edge(
                source,
                target,
                flow.protocol.value,
                flow.port,
                flow.port,
                declared=True,
                control="NET-05",
                why=f"declared flow: {flow.from_} to {flow.to} on {flow.protocol.value} {flow.port}",
            )


def _implied(site: Site) -> Iterator[Edge]:
    for name, workload in site.workloads.items():
        for first, last, why in AMONG_THEMSELVES.get(workload.type, ()):
            yield Edge(name, name, "tcp", first, last, declared=False, control="NET-05", why=why)
    for name in site.workloads:
        yield Edge(
            name,
            Place.ENDPOINTS,
            "tcp",
            HTTPS,
            HTTPS,
            declared=False,
            control="NET-30",
            why="AWS APIs are reached through interface endpoints only",
        )
    for name in site.workloads:
        yield Edge(
            name,
            Place.S3,
            "tcp",
            HTTPS,
            HTTPS,
            declared=False,
            control="NET-04, NET-25",
            why="Amazon S3 is reached through the gateway endpoint, by its managed prefix list",
        )
    if site.egress:
        for name in site.of_type(WorkloadType.STUDIO, WorkloadType.NOTEBOOK):
            yield Edge(
                name,
                Place.INTERNET,
                "tcp",
                HTTPS,
                HTTPS,
                declared=False,
                control="NET-04",
                why="the blueprint declares egress; NAT cannot tell domains apart, so any HTTPS leaves",
            )


def ends(flow: Flow) -> tuple[tuple[str, str], tuple[str, str]]:
    """(team, workload) of both sides."""
    source_team, _, source = flow.from_.rpartition("/")
    target_team, _, target = flow.to.rpartition("/")
    return (source_team, source), (target_team, target)


def between_teams(blueprint: Blueprint) -> tuple[Flow, ...]:
    """Flows whose sides are in different VPCs: nothing routes them before the Transit Gateway ring."""
    return tuple(flow for flow in blueprint.flows if ends(flow)[0][0] != ends(flow)[1][0])


class Step(IntEnum):
    """Where a line stands in its ACL; the value is the first rule number of the step.

    Rule numbers leave room, so that a new flow renumbers no deny. Numbers go up to 32766 (VPC guide,
    network ACL rules).
    """

    NAMED = 100
    ADMINISTRATION = 20000
    PLAN = 20100
    PUBLIC = 30000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a network ACL."""

    number: int
    egress: bool
    allow: bool
    protocol: int
    """IANA number; -1: all"""
    cidr: IPv4Network
    ports: Ports
    """first and last; none for all protocols"""
    control: str
    why: str


def acl_entries(site: Site, tier: Tier, all_edges: tuple[Edge, ...]) -> tuple[Entry, ...]:
    """The lines of a tier's network ACL in the order in which AWS must read them, per direction:

    1. what the tier's edges need inside the VPC, and the replies (ACLs are stateless);
    2. no remote administration;
    3. nothing else from or to any address of the organization's plan;
    4. what cannot be named closer: HTTPS and its replies for the S3 gateway endpoint, whose prefix list
       an ACL entry cannot name (VPC guide, network ACL rules: a CIDR block only), and for egress.

    Step 1 comes first because a deny of 3389 would drop replies to that ephemeral port. No deny is
    shadowed: each is wider than every allow before it.
    """
    lines: dict[tuple[bool, bool, tuple[int, IPv4Network, Ports]], Entry] = {}
    next_number = {(step, egress): step.value for step in Step for egress in (False, True)}

    def line(step: Step, egress: bool, what: tuple[int, IPv4Network, Ports], control: str, why: str) -> None:
        allow = step in (Step.NAMED, Step.PUBLIC)
        if (egress, allow, what) not in lines:
            number = next_number[step, egress]
            next_number[step, egress] += 10
            lines[egress, allow, what] = Entry(number, egress, allow, *what, control, why)

    def both(step: Step, egress: bool, what: tuple[int, IPv4Network, Ports], why: str) -> None:
        """Admit a connection and its replies."""
        protocol, cidr, _ = what
        line(step, egress, what, "NET-10", why)
        line(step, not egress, (protocol, cidr, EPHEMERAL), "NET-13", f"replies: {why}")

    for edge in sorted(all_edges, key=lambda edge: (edge.protocol, edge.first, edge.last)):
        for egress, other in _crossings(site, tier, edge):
            source, target = (tier, other) if egress else (other, tier)
            why = f"{source.value} tier to {target.value} tier on {edge.protocol} {edge.ports}"
            cidr, ports = site.addresses.tier(other), (edge.first, edge.last)
            both(Step.NAMED, egress, (PROTOCOL_NUMBERS[edge.protocol], cidr, ports), why)
    for egress in (False, True):
        for port, service in ((22, "SSH"), (3389, "RDP")):
            why = f"no remote administration over {service}"
            line(Step.ADMINISTRATION, egress, (TCP, ANYWHERE, (port, port)), "NET-11", why)
        for cidr in plan(site):
            why = "nothing else inside the organization's address plan"
            line(Step.PLAN, egress, (-1, cidr, None), "NET-10", why)
    if tier is not Tier.ENDPOINTS:
        why = (
            "NAT passes HTTPS for declared egress"
            if tier is Tier.EDGE
            else "the S3 gateway endpoint keeps S3's public addresses, and an ACL entry cannot name its "
            "prefix list; route tables and security groups hold the rest back"
        )
        both(Step.PUBLIC, True, (TCP, ANYWHERE, (HTTPS, HTTPS)), why)
    return tuple(sorted(lines.values(), key=lambda entry: (entry.egress, entry.number)))


def _crossings(site: Site, tier: Tier, edge: Edge) -> Iterator[tuple[bool, Tier]]:
    """(egress, other tier) for each direction in which the edge passes the tier's ACL."""
    source = TIER_OF[site.workloads[edge.source].type]
    if edge.target is Place.ENDPOINTS:
        target = Tier.ENDPOINTS
    elif edge.target is Place.INTERNET:
        target = Tier.EDGE
    elif edge.target is Place.S3:
        return
    else:
        target = TIER_OF[site.workloads[edge.target].type]
    if tier is source and target is not Tier.EDGE:
        yield True, target
    if tier is target:
        yield False, source


def plan(site: Site) -> tuple[IPv4Network, ...]:
    """Every address of the organization: the plan's block, and the VPC's where it is pinned outside."""
    whole, own = site.blueprint.network.cidr, site.addresses.vpc
    return (whole,) if own.subnet_of(whole) else (whole, own)
