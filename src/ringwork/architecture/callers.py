"""Which endpoints serve, and who may call them: declared flows, with their roles and ways in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringwork.architecture import names
from ringwork.architecture.grants import APPROVED, Mode
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import Site
from ringwork.blueprint.environment import Shared
from ringwork.blueprint.model import Release, WorkloadType
from ringwork.estate import StackOutput

PATH = "invocations"
"""The one path of each API."""
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
    for source, target in _within(site):
        if target == endpoint:
            yield Caller(site, source)
    for link in layout.provided(site):
        if link.target == endpoint:
            yield Caller(link.consumer, link.source)


def called(layout: Layout, site: Site, workload: str) -> tuple[str, ...]:
    """ARNs, for Fn::Sub, of what a workload may ask: the one method of each declared API, in every Region.

    API Gateway makes the API's id, so the stage stands for the API (`names.api_stage`).
    """
    found: dict[str, None] = {}
    for region in site.blueprint.regions:
        place = layout.by_place[site.environment.name, region]
        targets = [
            (place.account_id, names.api_stage(site.environment.name, target))
            for source, target in _within(place)
            if source == workload and place.workloads[target].type is WorkloadType.ENDPOINT
        ]
        targets += [
            (link.provider.account_id, names.api_stage(link.provider.environment.name, link.target))
            for link in layout.consumed(place)
            if link.source == workload and link.to_api
        ]
        for account, stage in targets:
            found[f"arn:${{AWS::Partition}}:execute-api:{region}:{account}:*/{stage}/POST/{PATH}"] = None
    return tuple(found)


def _within(site: Site) -> Iterator[tuple[str, str]]:
    """(from, to) of the declared flows within a site, where both sides exist."""
    team = site.environment.team
    for flow in site.flows:
        source_team, _, source = flow.from_.rpartition("/")
        target_team, _, target = flow.to.rpartition("/")
        if source_team == target_team == team and {source, target} <= site.workloads.keys():
            yield source, target


def way_in(layout: Layout, site: Site) -> StackOutput:
    """The `execute-api` endpoint through which a site's workloads call private APIs."""
    stack = site.stack_id("network")
    if layout.central_endpoints and site.existing is None:
        stack = layout.shared_site(Shared.NETWORK, site.region).stack_id(SHARED_SERVICES)
    return StackOutput(stack, "ExecuteApiEndpointId")


def fronted(layout: Layout, site: Site) -> tuple[str, ...]:
    """The site's endpoints that somebody may call: each has a private API in front."""
    return tuple(name for name in site.of_type(WorkloadType.ENDPOINT) if callers(layout, site, name))


def released(layout: Layout, site: Site) -> tuple[str, ...]:
    """The endpoints that have something to serve, and may read it."""
    return tuple(
        name
        for name in site.of_type(WorkloadType.ENDPOINT)
        if (serving := site.workloads[name].serving) is not None
        and all(
            _readable(layout, site, name, release)
            for release in (serving.release, serving.shadow or serving.release)
        )
    )


def _readable(layout: Layout, site: Site, workload: str, release: Release | None) -> bool:
    """Whether there is a release, and its model is not in another account."""
    if release is None:
        return False
    prefix = f"{APPROVED}/{release.model.rpartition('/')[2]}/"
    granted = layout.grants.by_workload[site.environment.name, workload]
    return any(grant.mode is Mode.READ and grant.prefix == prefix for grant in granted)
