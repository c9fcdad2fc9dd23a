"""The network ring: VPCs, what joins them, and what they reach.

One file for each idea: a VPC (`vpc`), who may connect to whom (`flows`), network ACLs (`acls`), endpoints for
AWS services (`vpc_endpoints`), flow logs (`flow_logs`). Where VPCs are joined: the Transit Gateway and who is
attached (`transit`), who reaches whom through it (`segments`), its peerings (`peering`), the VPC with shared
endpoints (`shared_services`), the one that inspects what leaves (`inspection`). Flows between teams go by
PrivateLink (`private_link`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.network import existing
from ringwork.architecture.network.beyond import joined
from ringwork.architecture.network.inspection import inspection_stacks
from ringwork.architecture.network.peering import peering_stacks
from ringwork.architecture.network.private_link import notes as private_link_notes
from ringwork.architecture.network.private_link import private_link_stacks
from ringwork.architecture.network.segments import segment_stacks
from ringwork.architecture.network.shared_services import services_stack
from ringwork.architecture.network.transit import notes as transit_notes
from ringwork.architecture.network.transit import routes_stack, transit_stack
from ringwork.architecture.network.vpc import network_stack
from ringwork.estate import Stack


def stacks(layout: Layout) -> Iterator[Stack]:
    """One VPC for each environment and Region that has a workload."""
    for site in layout.sites:
        stack = network_stack(layout, site)
        if stack is not None:
            yield stack
        routes = routes_stack(layout, site)
        if routes is not None:
            yield routes
        yield from private_link_stacks(layout, site)
    if layout.has_transit:
        for region in layout.regions:
            yield from _joining(layout, region)


def _joining(layout: Layout, region: str) -> Iterator[Stack]:
    """The stacks of the network account in a Region with a VPC to join."""
    if not joined(layout, region):
        return
    yield transit_stack(layout, region)
    if layout.central_endpoints:
        yield services_stack(layout, region)
    if layout.inspects_egress:
        yield from inspection_stacks(layout, region)
    yield from peering_stacks(layout, region)
    yield from segment_stacks(layout, region)


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    blueprint = layout.blueprint
    yield from private_link_notes(layout)
    yield from existing.notes(layout)
    if blueprint.network.ipv6:
        yield (
            "IPv6 has no way out of the VPCs, not through an egress-only gateway either (control NET-08), "
            "and no interface gets an IPv6 address unasked (control NET-07): egress goes by NAT, over IPv4"
        )
    if blueprint.egress.domains:
        if blueprint.egress.mode == "central":
            yield (
                "egress is for studios and notebooks only, over HTTPS, through the inspection VPC: training, "
                "processing and inference have no route to the internet (controls NET-04, NET-08, NET-09)"
            )
        elif any(site.egress for site in layout.sites):
            yield (
                "egress goes through NAT gateways, which cannot tell domains apart: only the names in "
                "`egress.domains` resolve, and who knows an address reaches it over HTTPS; with "
                "`egress.mode: central` a firewall reads the names as well"
            )
        if blueprint.egress.mode == "per-vpc" and not all(site.egress for site in layout.sites):
            yield (
                "`egress` is for studios and notebooks only: training, processing and inference have no "
                "route to the internet (controls NET-04, NET-08, NET-09), and VPCs without people's "
                "machines have no gateway"
            )
    yield from transit_notes(layout)
    yield (
        "each VPC's default security group keeps AWS's rules, and nothing uses it: CloudFormation cannot "
        "empty it (control NET-02)"
    )
