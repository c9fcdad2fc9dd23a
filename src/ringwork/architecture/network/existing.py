"""A VPC that is there already: parameters stand where a VPC of ours has resources, by the same names.

Its owner keeps its subnets, routes and gateways. Ours are security groups, endpoints, flow logs, query logs
and the network ACLs of the subnets that the blueprint names. What another part of the VPC does is not known,
so the ACLs' lines name the VPC's whole block, and no DNS Firewall is bound to it, which would hold for all
that is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase

from ringwork.architecture.address import ZONES, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, TemplateBuilder


def adopt(template: TemplateBuilder, site: Site, vpc: str) -> None:
    """The parameters. Does nothing for a VPC of ours."""
    existing = site.existing
    if existing is None:
        return
    template.parameter(vpc, "The VPC that is used", "^vpc-[0-9a-f]+$", existing.vpc)
    for tier in tiers(site):
        name = logical(tier.value)
        for zone, subnet in zip(zones(site, tier), existing.subnets[tier.value], strict=True):  # type: ignore[index]
            description = f"A subnet of the {tier.value} tier"
            template.parameter(f"{name}Subnet{zone}", description, "^subnet-[0-9a-f]+$", subnet)


def tiers(site: Site) -> list[Tier]:
    """The tiers that the environment needs there."""
    return [*site.tiers, Tier.ENDPOINTS]


def zones(site: Site, tier: Tier) -> tuple[str, ...]:
    """What tells a tier's subnets apart: a letter each."""
    if site.existing is None:
        return ZONES
    return tuple(ascii_uppercase[: len(site.existing.subnets[tier.value])])  # type: ignore[index]


def route_tables(template: TemplateBuilder, site: Site) -> list[Json]:
    """The route tables that reach Amazon S3 through the gateway endpoint."""
    given = site.existing.route_tables if site.existing else ()
    return [
        template.parameter(
            f"RouteTable{index}", "A route table that reaches Amazon S3", "^rtb-[0-9a-f]+$", table
        )
        for index, table in enumerate(given, start=1)
    ]


def notes(layout: Layout) -> Iterator[str]:
    used = [site for site in layout.sites if site.existing is not None and layout.has_network(site)]
    for site in used:
        vpc = site.existing.vpc if site.existing else ""
        yield (
            f"`{vpc}` of `{site.name}` in {site.region} stays as its owner made it, but for the network ACLs "
            "of the named subnets: ours replace those, so nothing else should be in these subnets"
        )
    if used:
        yield (
            "no DNS Firewall is bound to the VPCs in `network.existing`, as it would hold for all that is in "
            "them; their queries are logged (control NET-40)"
        )
    if used and layout.blueprint.egress.domains:
        yield "`egress` gives the VPCs in `network.existing` no way out: their owner decides on one"
    if used and layout.blueprint.network.ipv6:
        yield "`network.ipv6` gives the VPCs in `network.existing` no block"
