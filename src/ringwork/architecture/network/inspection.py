"""The inspection VPC of a Region: what leaves for the internet passes a firewall that knows the declared
domains.

A packet comes from the Transit Gateway in some zone, passes that zone's firewall endpoint, that zone's NAT
gateway and the internet gateway; the answer passes the same ones back, since the tables of each zone name
its own endpoint and appliance mode keeps a connection in one zone.

Sources: Network Firewall guide, "Architecture with an internet gateway and a NAT gateway"; Transit Gateway
guide, "Appliance in a shared services VPC"; AWS blog on deployment models for Network Firewall
(centralized).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import chain

from ringwork.architecture.address import ZONES, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.network.acls import Entry, public
from ringwork.architecture.network.beyond import admitted, joined, plans
from ringwork.architecture.network.firewall import FIREWALL, firewall
from ringwork.architecture.network.shared_vpc import (
    INSPECTION_RING,
    VPC,
    add_tier,
    asked_by,
    begin,
    finish,
    route_to_gateway,
)
from ringwork.architecture.network.transit import owner, stack
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref
from ringwork.blueprint.addresses import INSPECTION
from ringwork.estate import KeyedOutput, Stack, StackOutput

ROUTES = "firewall-routes"
INTERNET = "0.0.0.0/0"
ROUTES_ROOM = 50
"""Routes back that name an environment each, in three tables for each of two tiers: templates have limits."""
ACL_ROOM = 19 - 4
"""Lines of an ACL in one direction that are left for sources: AWS's quota of 20 counts its own line, and ours
refuse SSH, RDP and the plan, and admit HTTPS or its replies (VPC guide, Amazon VPC quotas)."""


def sources(layout: Layout, region: str) -> Mapping[str, IPv4Network]:
    """The addresses of the people's machines that the firewall serves, by environment."""
    return {
        site.name: site.addresses.tier(Tier.INTERACTIVE)
        for site, reach in joined(layout, region)
        if reach.internet
    }


def inspection_stacks(layout: Layout, region: str) -> Iterator[Stack]:
    """The VPC, and in a stack of their own the routes to firewall endpoints, whose ids come by zone."""
    place, template, _ = begin(layout, region, INSPECTION)
    served = sources(layout, region)
    lines = admitted(layout, served, ACL_ROOM - len(plans(layout)) + 1)
    passes = "the firewall admits HTTPS to declared domains only"

    def tier(which: Tier, *entries: Iterator[Entry]) -> None:
        add_tier(layout, template, region, INSPECTION, which, chain(*entries), per_zone=True)

    # its ACL reads destinations of what comes in and sources of what goes back: public ones
    tier(Tier.TRANSIT, public(passes))
    tier(Tier.FIREWALL, asked_by(lines), public(passes))
    tier(Tier.EDGE, asked_by(lines), public(passes))
    finish(layout, place, template, INSPECTION, appliance=True)
    _internet(layout, template)
    firewall(template, place, VPC, served)
    for zone in ZONES:
        for name, cidr in admitted(layout, served, ROUTES_ROOM).items():
            table = f"{logical(Tier.FIREWALL.value)}RouteTable{zone}"
            why = f"Inspected answers go back to {name}"
            route_to_gateway(layout, template, region, table, name, cidr, why)
    for zone in ZONES:
        template.output(
            f"Zone{zone}",
            "The zone's name in this account",
            get_att(f"{logical(Tier.FIREWALL.value)}Subnet{zone}", "AvailabilityZone"),
        )
        for which in (Tier.TRANSIT, Tier.EDGE):
            table = f"{logical(which.value)}RouteTable{zone}"
            template.output(f"{table}Id", f"Routes of the {which.value} tier in zone {zone}", ref(table))
    template.output(
        "FirewallEndpoints",
        "ZONE:ENDPOINT, in no order",
        {"Fn::Join": [",", get_att(FIREWALL, "EndpointIds")]},
    )
    yield stack(place, INSPECTION_RING, template)
    yield _routes(layout, region, served)


def _internet(layout: Layout, template: TemplateBuilder) -> None:
    label = f"{layout.organization}-{INSPECTION}"
    template.add(
        "InternetGateway",
        "AWS::EC2::InternetGateway",
        {},
        Purpose("NET-08, NET-35", "The organization's only way to the internet, behind the firewall"),
        name=label,
    )
    template.add(
        "InternetGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": ref(VPC), "InternetGatewayId": ref("InternetGateway")},
        Purpose("NET-08", "Joins the internet gateway to this VPC"),
    )
    for zone in ZONES:
        edge, inspected = (f"{logical(t.value)}RouteTable{zone}" for t in (Tier.EDGE, Tier.FIREWALL))
        template.add(
            f"NatAddress{zone}",
            "AWS::EC2::EIP",
            {"Domain": "vpc"},
            Purpose("NET-08", "The public address of a NAT gateway"),
            name=f"{label}-nat-{zone.lower()}",
            depends_on=("InternetGatewayAttachment",),
        )
        template.add(
            f"NatGateway{zone}",
            "AWS::EC2::NatGateway",
            {
                "SubnetId": ref(f"{logical(Tier.EDGE.value)}Subnet{zone}"),
                "AllocationId": get_att(f"NatAddress{zone}", "AllocationId"),
            },
            Purpose("NET-08", "Outbound only: nothing on the internet can open a connection through NAT"),
            name=f"{label}-{zone.lower()}",
            depends_on=(f"{edge}ToInternet",),
        )
        template.add(
            f"{edge}ToInternet",
            "AWS::EC2::Route",
            {
                "RouteTableId": ref(edge),
                "DestinationCidrBlock": INTERNET,
                "GatewayId": ref("InternetGateway"),
            },
            Purpose("NET-08", "NAT gateways stand in the edge tier; nothing else does"),
            depends_on=("InternetGatewayAttachment",),
        )
        template.add(
            f"{inspected}ToNat",
            "AWS::EC2::Route",
            {
                "RouteTableId": ref(inspected),
                "DestinationCidrBlock": INTERNET,
                "NatGatewayId": ref(f"NatGateway{zone}"),
            },
            Purpose("NET-35", "What the firewall has passed leaves by its zone's NAT gateway"),
        )


def _routes(layout: Layout, region: str, served: Mapping[str, IPv4Network]) -> Stack:
    place = owner(layout, region)
    template = TemplateBuilder(
        description=f"Ringwork firewall routes of {layout.organization} in {region}",
        ring=ROUTES,
        tags=place.tags(ROUTES),
    )
    made = place.stack_id(INSPECTION_RING)
    for zone in ZONES:
        endpoint = template.parameter(
            f"Endpoint{zone}",
            f"The firewall's endpoint in zone {zone}",
            "^vpce-[0-9a-f]+$",
            KeyedOutput(made, "FirewallEndpoints", f"Zone{zone}"),
        )

        def route(
            tier: Tier, name: str, cidr: str, why: str, zone: str = zone, to: object = endpoint
        ) -> None:
            table = f"{logical(tier.value)}RouteTable{zone}"
            routes = template.parameter(
                f"{table}Id", "A route table", "^rtb-[0-9a-f]+$", StackOutput(made, f"{table}Id")
            )
            template.add(
                f"{table}To{logical(name)}",
                "AWS::EC2::Route",
                {"RouteTableId": routes, "DestinationCidrBlock": cidr, "VpcEndpointId": to},
                Purpose("NET-35", why),
            )

        route(
            Tier.TRANSIT, "Firewall", INTERNET, "What comes from the VPCs enters the zone's firewall endpoint"
        )
        for name, cidr in admitted(layout, served, ROUTES_ROOM).items():
            route(Tier.EDGE, name, str(cidr), f"Answers to {name} pass the endpoint that the question passed")
    return stack(place, ROUTES, template)
