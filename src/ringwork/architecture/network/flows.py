"""Who may open a connection to whom: the declared flows, and the few that AWS needs.

Security groups, network ACLs and diagrams are all drawn from these edges, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ringwork.architecture.network.beyond import ALONE, Beyond
from ringwork.architecture.site import Site
from ringwork.blueprint.model import Flow, WorkloadType

HTTPS = 443


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


def edges(site: Site, beyond: Beyond = ALONE) -> tuple[Edge, ...]:
    """Every allowed edge of one VPC, each once: declared flows first, then implied ones."""
    found: dict[tuple[str, str, str, int, int], Edge] = {}
    for edge in (*_declared(site), *_implied(site, beyond)):
        found.setdefault((edge.source, edge.target, edge.protocol, edge.first, edge.last), edge)
    return tuple(found.values())


def _declared(site: Site) -> Iterator[Edge]:
    for flow in site.flows:
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


def _implied(site: Site, beyond: Beyond) -> Iterator[Edge]:
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
    if site.egress or beyond.internet:
        why = (
            "the blueprint declares egress; the firewall of the inspection VPC admits only its domains"
            if beyond.internet
            else "the blueprint declares egress; NAT cannot tell domains apart, so any HTTPS leaves"
        )
        for name in site.of_type(WorkloadType.STUDIO, WorkloadType.NOTEBOOK):
            yield Edge(
                name,
                Place.INTERNET,
                "tcp",
                HTTPS,
                HTTPS,
                declared=False,
                control="NET-04",
                why=why,
            )


def ends(flow: Flow) -> tuple[tuple[str, str], tuple[str, str]]:
    """(team, workload) of both sides."""
    source_team, _, source = flow.from_.rpartition("/")
    target_team, _, target = flow.to.rpartition("/")
    return (source_team, source), (target_team, target)
