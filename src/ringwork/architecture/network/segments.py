"""Who may reach whom through a Region's Transit Gateway: its route tables, written out.

Each attachment is associated with exactly its own table, nothing is propagated, and what no route names is
dropped. One stack for each team, so that a new team changes no other's; one for what is shared.

Sources: Transit Gateway guide, "How transit gateways work" (route evaluation order: the longest prefix
first), "Example: Appliance in a shared services VPC", "Transit gateway peering attachments" (static routes
only).
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.network.beyond import Beyond, joined, plans
from ringwork.architecture.network.peering import peering_id
from ringwork.architecture.network.shared_vpc import SHARED_RINGS
from ringwork.architecture.network.transit import (
    ATTACHMENT_OUTPUT,
    PEERINGS,
    RING,
    add_table,
    gateway_id,
    owner,
    shared_table,
    shared_tables,
    stack,
)
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref
from ringwork.blueprint.addresses import INSPECTION, SHARED_SERVICES, shared_vpcs
from ringwork.estate import Stack, StackOutput

SEGMENTS = "segments"


def segment_stacks(layout: Layout, region: str) -> Iterator[Stack]:
    """The stacks with the Region's routes, after every attachment."""
    teams: dict[str, list[tuple[Site, Beyond]]] = {}
    for site, reach in joined(layout, region):
        teams.setdefault(site.environment.team, []).append((site, reach))
    if teams:
        yield _shared_stack(layout, region)
    for team, members in teams.items():
        yield _team_stack(layout, region, team, members)


def table(site: Site) -> str:
    """Logical id of an environment's route table."""
    return logical(site.name, "RouteTable")


def _builder(layout: Layout, region: str, ring: str, whose: str) -> TemplateBuilder:
    return TemplateBuilder(
        description=f"Ringwork Transit Gateway routes of {layout.organization}/{whose} in {region}",
        ring=SEGMENTS,
        tags=owner(layout, region).tags(ring),
    )


def _team_stack(layout: Layout, region: str, team: str, members: list[tuple[Site, Beyond]]) -> Stack:
    place = owner(layout, region)
    ring = f"{SEGMENTS}-{team}"
    template = _builder(layout, region, ring, team)
    for site, reach in members:
        own = ref(table(site))
        gateway = gateway_id(layout, template, region)
        add_table(layout, template, table(site), gateway, f"{site.name} in {region}")
        attachment = _attachment(template, f"{logical(site.name)}AttachmentId", site.stack_id("network"))
        _associate(template, table(site), attachment, own, f"{site.name} sends by its own table")
        _drop(layout, template, table(site), own)
        if reach.endpoints is not None:
            shared = _shared_attachment(layout, template, region, SHARED_SERVICES)
            why = f"{site.name} reaches the shared endpoints, and nothing else of their VPC"
            _route(template, f"{table(site)}ToEndpoints", own, str(reach.endpoints), shared, why)
            _back(layout, template, region, site, attachment, SHARED_SERVICES)
        if reach.internet:
            shared = _shared_attachment(layout, template, region, INSPECTION)
            why = f"what leaves {site.name} for the internet passes the firewall"
            _route(template, f"{table(site)}ToInspection", own, "0.0.0.0/0", shared, why)
            _back(layout, template, region, site, attachment, INSPECTION)
        for peer in reach.peers:
            peering = peering_id(layout, template, region, peer.region)
            why = f"{site.name} reaches its own VPC in {peer.region}"
            name = f"{table(site)}To{logical(peer.region)}"
            _route(template, name, own, str(peer.addresses.vpc), peering, why)
        if reach.peers:
            _back(layout, template, region, site, attachment, PEERINGS)
    return stack(place, ring, template)


def _shared_stack(layout: Layout, region: str) -> Stack:
    template = _builder(layout, region, SEGMENTS, "shared")
    for name in shared_tables(layout, region):
        own = _table(layout, template, region, shared_table(name))
        _drop(layout, template, shared_table(name), own)
        if name in shared_vpcs(layout.blueprint):
            attachment = _shared_attachment(layout, template, region, name)
            _associate(template, shared_table(name), attachment, own, f"the {name} answers by its own table")
    peered = {peer.region for _, reach in joined(layout, region) for peer in reach.peers}
    for other in sorted(peered):
        own = _table(layout, template, region, shared_table(PEERINGS))
        _associate(
            template,
            f"{shared_table(PEERINGS)}{logical(other)}",
            peering_id(layout, template, region, other),
            own,
            f"what comes from {other} reaches the VPCs that it is routed to",
        )
    return stack(owner(layout, region), SEGMENTS, template)


def _table(layout: Layout, template: TemplateBuilder, region: str, name: str) -> Json:
    source = StackOutput(owner(layout, region).stack_id(RING), f"{name}Id")
    return template.parameter(f"{name}Id", "A Transit Gateway route table", "^tgw-rtb-[0-9a-f]+$", source)


def _attachment(template: TemplateBuilder, name: str, stack_id: str) -> Json:
    source = StackOutput(stack_id, ATTACHMENT_OUTPUT)
    return template.parameter(name, "A VPC's accepted attachment", "^tgw-attach-[0-9a-f]+$", source)


def _shared_attachment(layout: Layout, template: TemplateBuilder, region: str, name: str) -> Json:
    stack_id = owner(layout, region).stack_id(SHARED_RINGS[name])
    return _attachment(template, f"{logical('shared', name)}AttachmentId", stack_id)


def _associate(template: TemplateBuilder, name: str, attachment: Json, own: Json, why: str) -> None:
    template.add(
        f"{name}Association",
        "AWS::EC2::TransitGatewayRouteTableAssociation",
        {"TransitGatewayAttachmentId": attachment, "TransitGatewayRouteTableId": own},
        Purpose("NET-17", why[0].upper() + why[1:]),
    )


def _drop(layout: Layout, template: TemplateBuilder, name: str, own: Json) -> None:
    """Blackholes for the whole plan: a default route, or one added by hand, never leads to another team."""
    for index, cidr in enumerate(plans(layout)):
        template.add(
            f"{name}Drop{'Plan' if index == 0 else index}",
            "AWS::EC2::TransitGatewayRoute",
            {"TransitGatewayRouteTableId": own, "DestinationCidrBlock": str(cidr), "Blackhole": True},
            Purpose("NET-18, NET-19", "Addresses of the organization that no longer route names are dropped"),
        )


def _route(template: TemplateBuilder, name: str, own: Json, cidr: str, to: Json, why: str) -> None:
    template.add(
        name,
        "AWS::EC2::TransitGatewayRoute",
        {
            "TransitGatewayRouteTableId": own,
            "DestinationCidrBlock": cidr,
            "TransitGatewayAttachmentId": to,
            "Blackhole": False,
        },
        Purpose("NET-18", why[0].upper() + why[1:]),
    )


def _back(
    layout: Layout, template: TemplateBuilder, region: str, site: Site, attachment: Json, name: str
) -> None:
    """The way back, in a table that is shared: to this VPC's block and no more."""
    back = _table(layout, template, region, shared_table(name))
    why = f"answers to {site.name} find their way"
    _route(template, f"{shared_table(name)}To{table(site)}", back, str(site.addresses.vpc), attachment, why)
