"""Who may call an endpoint: the workloads of declared flows, with their roles and ways in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringwork.architecture import names
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import Site
from ringwork.blueprint.environment import Shared
from ringwork.blueprint.model import WorkloadType
from ringwork.estate import StackOutput

SHARED_SERVICES = "services"
"""Ring of the stack with the interface endpoints that all VPCs share."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One workload that a declared flow lets call an endpoint."""

    site: Site
    workload: str

    @property
    def role(self) -> str:
        """Its role's ARN, for Fn::Sub."""
        name = names.role(self.site.organization, self.site.environment.name, self.workload)
        return f"arn:${{AWS::Partition}}:iam::{self.site.account_id}:role/{name}"


def callers(layout: Layout, site: Site, endpoint: str) -> tuple[Caller, ...]:
    """Of one endpoint of the site: its own team's workloads, then other teams' of its stage and Region."""
    found: dict[tuple[str, str], Caller] = {}
    for caller in _callers(layout, site, endpoint):
        found.setdefault((caller.site.environment.name, caller.workload), caller)
    return tuple(found.values())


def _callers(layout: Layout, site: Site, endpoint: str) -> Iterator[Caller]:
    team = site.environment.team
    for flow in site.blueprint.flows:
        source_team, _, source = flow.from_.rpartition("/")
        target_team, _, target = flow.to.rpartition("/")
        if source_team == target_team == team and target == endpoint and source in site.workloads:
            yield Caller(site, source)
    for link in layout.provided(site):
        if link.target == endpoint:
            yield Caller(link.consumer, link.source)


def way_in(layout: Layout, site: Site) -> StackOutput:
    """The `execute-api` endpoint through which a site's workloads call private APIs."""
    stack = site.stack_id("network")
    if layout.central_endpoints:
        stack = layout.shared_site(Shared.NETWORK, site.region).stack_id(SHARED_SERVICES)
    return StackOutput(stack, "ExecuteApiEndpointId")


def fronted(layout: Layout, site: Site) -> tuple[str, ...]:
    """The site's endpoints that somebody may call: each has a private API in front."""
    return tuple(name for name in site.of_type(WorkloadType.ENDPOINT) if callers(layout, site, name))
