"""Declared flows between teams, one for each stage and Region in which both sides exist.

No route joins two teams. What answers by HTTPS through an API of its own (a workload of type `endpoint`) is
called by that API; every other workload is reached through AWS PrivateLink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringwork.architecture.address import TIER_OF, Tier
from ringwork.architecture.site import Site
from ringwork.blueprint.model import Blueprint, Flow, Protocol, WorkloadType


@dataclass(frozen=True, slots=True)
class Link:
    """One flow between two teams, in one stage and Region."""

    flow: Flow
    consumer: Site
    source: str
    """the workload that opens connections"""
    provider: Site
    target: str
    """the workload that answers"""

    @property
    def to_api(self) -> bool:
        """Whether the target answers by an API in front of it."""
        return self.provider.workloads[self.target].type is WorkloadType.ENDPOINT

    @property
    def private_link(self) -> bool:
        """Whether it goes through PrivateLink.

        TCP only: for UDP the Network Load Balancer must be dual-stack and translate to IPv6 prefixes of its
        own (Elastic Load Balancing, "Network Load Balancers": `EnablePrefixForIpv6SourceNat`).
        """
        return not self.to_api and self.flow.protocol is Protocol.TCP

    @property
    def source_tier(self) -> Tier:
        return TIER_OF[self.consumer.workloads[self.source].type]

    @property
    def target_tier(self) -> Tier:
        return TIER_OF[self.provider.workloads[self.target].type]


def links(blueprint: Blueprint, sites: Sequence[Site]) -> tuple[Link, ...]:
    """Every link, in the order of flows, then of sites."""
    by_team: dict[str, list[Site]] = {}
    by_place: dict[tuple[str, str | None, str], Site] = {}
    for site in sites:
        by_team.setdefault(site.environment.team, []).append(site)
        by_place[site.environment.team, site.environment.stage, site.region] = site
    found = []
    for flow in blueprint.flows:
        source_team, _, source = flow.from_.partition("/")
        target_team, _, target = flow.to.partition("/")
        if source_team == target_team:
            continue
        for site in by_team.get(source_team, ()):
            provider = by_place.get((target_team, site.environment.stage, site.region))
            if provider and source in site.workloads and target in provider.workloads:
                found.append(Link(flow, site, source, provider, target))
    return tuple(found)


def by_stack(found: Sequence[Link], side: str) -> Mapping[str, tuple[Link, ...]]:
    """Links by the network stack's id of their `consumer` or `provider`."""
    grouped: dict[str, list[Link]] = {}
    for link in found:
        site: Site = getattr(link, side)
        grouped.setdefault(site.stack_id("network"), []).append(link)
    return {key: tuple(value) for key, value in grouped.items()}
