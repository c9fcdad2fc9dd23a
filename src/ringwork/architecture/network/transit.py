"""The Transit Gateway of a Region, whom it is shared with, and how a VPC is attached to it.

Sources: Transit Gateway guide, "Transit gateways", "Transit gateway attachments to a VPC", "Network ACLs for
transit gateways", "Transit Gateway design best practices"; RAM guide, "Sharing with AWS Organizations".
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.address import ZONES, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.network.beyond import Beyond, beyond, joined
from ringwork.architecture.site import SharedSite, Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref, sub
from ringwork.blueprint.addresses import SHARED_SERVICES, shared_vpcs
from ringwork.blueprint.environment import Shared
from ringwork.estate import Acceptable, Acceptance, Stack, StackOutput

RING = "transit"
ROUTES = "routes"
SERVICES_RING = "services"
"""of the stack with the shared-services VPC"""
GATEWAY = "TransitGateway"
ATTACHMENT = "TransitGatewayAttachment"
ATTACHMENT_OUTPUT = "TransitGatewayAttachmentId"
TABLES = 20
"""Route tables of a Transit Gateway by default: AWS raises it on request (Transit Gateway quotas,
`Transit gateway route tables per transit gateway`, L-43872EB7)."""
FIRST_ASN = 64512
"""The first of the private AS numbers of 16 bits, 64512 to 65534 (AWS::EC2::TransitGateway)."""


def owner(layout: Layout, region: str) -> SharedSite:
    """Whose the Region's Transit Gateway is."""
    return layout.shared_site(Shared.NETWORK, region)


def gateway_id(
    layout: Layout, template: TemplateBuilder, region: str, name: str = "TransitGatewayId"
) -> Json:
    source = StackOutput(owner(layout, region).stack_id(RING), "TransitGatewayId")
    return template.parameter(name, f"The Transit Gateway in {region}", "^tgw-[0-9a-f]+$", source)


def add_table(layout: Layout, template: TemplateBuilder, name: str, gateway: Json, whose: str) -> None:
    template.add(
        name,
        "AWS::EC2::TransitGatewayRouteTable",
        {"TransitGatewayId": gateway},
        Purpose("NET-17", f"Where {whose} may send, and nobody else's attachment uses it"),
        name=f"{layout.organization}-{name}",
    )


def shared_table(name: str) -> str:
    """Logical id of a shared VPC's route table, or of the table of peerings; its output has `Id` after it."""
    return logical("shared", name, "RouteTable")


PEERINGS = "peerings"


def transit_stack(layout: Layout, region: str) -> Stack:
    """The Region's Transit Gateway: it joins nothing by itself. The tables of environments are with their
    routes."""
    place = owner(layout, region)
    template = TemplateBuilder(
        description=f"Ringwork transit ring of {layout.organization} in {region}",
        ring=RING,
        tags=place.tags(RING),
    )
    template.add(
        GATEWAY,
        "AWS::EC2::TransitGateway",
        {
            "Description": f"Joins VPCs of {layout.organization} to shared ones, and no team to another",
            # peered gateways need AS numbers of their own (Transit Gateway guide, design best practices)
            "AmazonSideAsn": FIRST_ASN + layout.regions.index(region),
            "AutoAcceptSharedAttachments": "disable",
            "DefaultRouteTableAssociation": "disable",
            "DefaultRouteTablePropagation": "disable",
            "DnsSupport": "enable",
            "MulticastSupport": "disable",
            "VpnEcmpSupport": "disable",
        },
        Purpose(
            "NET-15, NET-16", "Accepts no attachment by itself, and routes nothing until a table says so"
        ),
        name=layout.organization,
    )
    _share(layout, template, region)
    tables = {shared_table(name): f"the {name}" for name in shared_tables(layout, region)}
    for name, whose in tables.items():
        add_table(layout, template, name, ref(GATEWAY), whose)
    template.output("TransitGatewayId", "The Region's Transit Gateway", ref(GATEWAY))
    for name in tables:
        template.output(f"{name}Id", "A route table of the Transit Gateway", ref(name))
    return stack(place, RING, template)


def stack(
    place: Site | SharedSite,
    ring: str,
    template: TemplateBuilder,
    *,
    acceptances: tuple[Acceptance, ...] = (),
) -> Stack:
    return Stack(
        name=place.stack_name(ring),
        account=place.account_id,
        region=place.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=place.tags(ring),
        acceptances=acceptances,
    )


def shared_tables(layout: Layout, region: str) -> tuple[str, ...]:
    """Names of the tables that are no environment's."""
    has_peers = any(reach.peers for _, reach in joined(layout, region))
    return (*shared_vpcs(layout.blueprint), *((PEERINGS,) if has_peers else ()))


def _share(layout: Layout, template: TemplateBuilder, region: str) -> None:
    """To the accounts that attach, each by its number: not to the organization, whose other accounts need
    none of it."""
    principals = attaching(layout, region)
    if not principals:
        return
    arn = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:transit-gateway/${TransitGateway}"
    template.add(
        "TransitGatewayShare",
        "AWS::RAM::ResourceShare",
        {
            "Name": f"{layout.organization}-transit-gateway",
            "AllowExternalPrincipals": False,
            "Principals": list(principals),
            "ResourceArns": [sub(arn)],
        },
        Purpose("NET-15", "Only the accounts that attach a VPC see the Transit Gateway"),
        name=f"{layout.organization}-transit-gateway",
    )


def attaching(layout: Layout, region: str) -> tuple[str, ...]:
    """The accounts, other than its owner, with a VPC at the Region's Transit Gateway."""
    here = owner(layout, region).account_id
    return tuple(sorted({site.account_id for site, _ in joined(layout, region)} - {here}))


def attach(
    template: TemplateBuilder, layout: Layout, region: str, vpc: str, name: str, *, appliance: bool = False
) -> None:
    """The attachment of a VPC whose stack has transit subnets.

    `appliance`: both directions of a connection pass the same zone, where a firewall keeps state (Transit
    Gateway guide, "Appliance in a shared services VPC").
    """
    template.add(
        ATTACHMENT,
        "AWS::EC2::TransitGatewayVpcAttachment",
        {
            "TransitGatewayId": gateway_id(layout, template, region),
            "VpcId": ref(vpc),
            "SubnetIds": [ref(f"{logical(Tier.TRANSIT.value)}Subnet{zone}") for zone in ZONES],
            "Options": {
                "ApplianceModeSupport": "enable" if appliance else "disable",
                "DnsSupport": "enable",
                "Ipv6Support": "disable",
            },
        },
        Purpose("NET-17", "Joins this VPC to the Transit Gateway, whose own tables say what it reaches"),
        name=name,
        # an attachment takes the VPC's subnets as they are: their tables and ACLs first
        depends_on=[
            f"{logical(Tier.TRANSIT.value)}Subnet{zone}{end}"
            for zone in ZONES
            for end in ("RouteTableAssociation", "AclAssociation")
        ],
    )
    template.output(ATTACHMENT_OUTPUT, "The VPC's attachment to the Transit Gateway", ref(ATTACHMENT))


def acceptances(layout: Layout, site: Site, reach: Beyond) -> tuple[Acceptance, ...]:
    """Who accepts the attachment: the owner, where that is another account."""
    place = owner(layout, site.region)
    if not reach.joined or place.account_id == site.account_id:
        return ()
    return (
        Acceptance(Acceptable.TRANSIT_GATEWAY_ATTACHMENT, ATTACHMENT_OUTPUT, place.account_id, place.region),
    )


def route_tables(site: Site, tier: Tier) -> tuple[str, ...]:
    """Logical ids of a tier's route tables: one, or one for each zone where each zone has a NAT gateway."""
    name = logical(tier.value, "RouteTable")
    if tier is Tier.INTERACTIVE and site.egress:
        return tuple(f"{name}{zone}" for zone in ZONES)
    return (name,)


def routes_stack(layout: Layout, site: Site) -> Stack | None:
    """The VPC's routes to the Transit Gateway, and its names for shared endpoints.

    In a stack of their own: a route needs an attachment that is `available`, so one that has been accepted
    (EC2 API reference, CreateRoute).
    """
    reach = beyond(layout, site)
    if not reach.joined:
        return None
    template = TemplateBuilder(
        description=f"Ringwork routes of {site.organization}/{site.environment.name} to the Transit Gateway",
        ring=ROUTES,
        tags=site.tags(ROUTES),
    )
    network = site.stack_id("network")
    gateway = gateway_id(layout, template, site.region)

    def route(tier: Tier, name: str, cidr: str, purpose: Purpose) -> None:
        for table in route_tables(site, tier):
            source = StackOutput(network, f"{table}Id")
            route_table = template.parameter(
                f"{table}Id", f"The {tier.value} tier's routes", "^rtb-[0-9a-f]+$", source
            )
            template.add(
                f"{table}To{logical(name)}",
                "AWS::EC2::Route",
                {"RouteTableId": route_table, "DestinationCidrBlock": cidr, "TransitGatewayId": gateway},
                purpose,
            )

    for tier in site.tiers:
        if reach.endpoints is not None:
            why = "AWS APIs are reached through the shared endpoints"
            route(tier, "SharedEndpoints", str(reach.endpoints), Purpose("NET-24, NET-30", why))
        if reach.internet and tier is Tier.INTERACTIVE:
            why = "Egress for people's machines only, through the inspection VPC's firewall"
            route(tier, "Inspection", "0.0.0.0/0", Purpose("NET-09, NET-35", why))
        for peer in reach.peers:
            why = f"The same environment's VPC in {peer.region}"
            route(tier, peer.region, str(peer.addresses.vpc), Purpose("NET-18", why))
    if reach.endpoints is not None:
        _resolve_shared_names(layout, site, template)
    return stack(site, ROUTES, template)


def _resolve_shared_names(layout: Layout, site: Site, template: TemplateBuilder) -> None:
    services = owner(layout, site.region).stack_id(SERVICES_RING)
    profile = template.parameter(
        "EndpointNamesId",
        "The profile with the shared endpoints' zones",
        "^rp-[0-9a-z]+$",
        StackOutput(services, "EndpointNamesId"),
    )
    vpc = template.parameter(
        "VpcId", "The environment's VPC", "^vpc-[0-9a-f]+$", StackOutput(site.stack_id("network"), "VpcId")
    )
    template.add(
        "EndpointNames",
        "AWS::Route53Profiles::ProfileAssociation",
        {"Name": f"{site.organization}-{SHARED_SERVICES}", "ProfileId": profile, "ResourceId": vpc},
        Purpose("NET-33", "In this VPC the names of AWS's APIs lead to the shared endpoints"),
        name=f"{site.organization}-{site.environment.name}-endpoint-names",
    )


def notes(layout: Layout) -> Iterator[str]:
    """What joining the VPCs asks of the organization, and what it leaves open."""
    if not layout.has_transit:
        return
    for region in layout.regions:
        count = len(joined(layout, region)) + len(shared_tables(layout, region))
        if count > TABLES:
            yield (
                f"the Transit Gateway in {region} has {count} route tables: raise the quota `Transit gateway "
                f"route tables per transit gateway` (L-43872EB7, {TABLES} by default) of account "
                f"{owner(layout, region).account_id} before deploying"
            )
    if layout.many_accounts:
        yield (
            "the Transit Gateway is shared within the organization only: the management account must have "
            "enabled resource sharing with AWS Organizations (`aws ram enable-sharing-with-aws-organization`)"
        )
    for site in layout.sites:
        if site.existing is not None:
            yield f"the VPC of `{site.name}` in {site.region} is its owner's: it is not joined to the others"
    if any(reach.peers for region in layout.regions for _, reach in joined(layout, region)):
        yield (
            "VPCs of a team in paired Regions are routed to each other; no security group admits what comes "
            "from another Region yet"
        )
    if layout.inspects_egress:
        yield (
            "the firewall's rules are encrypted by a key of AWS: CloudFormation has no property for "
            "a customer key of Network Firewall; its logs have one"
        )
