"""The shared-services VPC of a Region: one set of interface endpoints for every VPC at the Transit Gateway.

The VPCs find them by private hosted zones, which a Route 53 Profile carries into each VPC: a zone itself is
associated with another account's VPC by an authorization that only API calls make (Route 53 guide,
"Associating a VPC and a private hosted zone that you created with different accounts"), a profile by a share
of its own (the same guide, "What are Route 53 Profiles", "Working with shared Route 53 Profiles").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.architecture.address import ZONES, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.network.beyond import admitted, joined, plans
from ringwork.architecture.network.endpoint_names import ZONES as NAMES
from ringwork.architecture.network.groups import NO_EGRESS
from ringwork.architecture.network.inspection import ACL_ROOM
from ringwork.architecture.network.shared_vpc import (
    VPC,
    add_tier,
    asked_by,
    asks,
    begin,
    finish,
    route_to_gateway,
    zone_subnets,
)
from ringwork.architecture.network.transit import SERVICES_RING, attaching, stack
from ringwork.architecture.network.vpc_endpoints import (
    EXECUTE_API,
    SERVICES,
    Service,
    endpoint_policy,
    services,
)
from ringwork.architecture.site import SharedSite, Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.addresses import SHARED_SERVICES
from ringwork.estate import Stack

GROUP = "EndpointsSecurityGroup"
GROUP_ROOM = 55
"""Sources that the endpoints' group names one by one: AWS's quota is 60 rules (VPC guide)."""
ROUTES_ROOM = 200


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a choice of endpoints costs, as numbers that a price list multiplies."""

    endpoints: int
    """interface endpoints, each billed by the hour in each of its zones"""
    zones: int
    attachments: int
    """VPCs at the Transit Gateway, each billed by the hour"""


def quantity(layout: Layout, region: str, *, central: bool) -> Quantity:
    """The interface endpoints of a Region, shared (`central`) or in each VPC, whatever the blueprint says."""
    sites = _sites(layout, region)
    if central:
        return Quantity(len(_wanted(layout, region)), len(ZONES), len(sites) + 1)
    return Quantity(sum(len(services(site)) for site in sites), len(ZONES), 0)


def _sites(layout: Layout, region: str) -> list[Site]:
    return [site for site in layout.sites if site.region == region and layout.has_network(site)]


def _wanted(layout: Layout, region: str) -> tuple[Service, ...]:
    """Every service that a VPC of the Region needs."""
    needed = {service for site in _sites(layout, region) for service in services(site)}
    return tuple(service for service in SERVICES if service in needed)


def services_stack(layout: Layout, region: str) -> Stack:
    """The VPC with the Region's shared endpoints, their names, and the share of these."""
    place, template, addresses = begin(layout, region, SHARED_SERVICES)
    served = {site.name: site.addresses.vpc for site, reach in joined(layout, region) if reach.endpoints}
    lines = admitted(layout, served, ACL_ROOM - len(plans(layout)) + 1)
    endpoints = addresses.tier(Tier.ENDPOINTS)
    add_tier(layout, template, region, SHARED_SERVICES, Tier.ENDPOINTS, asked_by(lines))
    # its ACL reads the VPC's side: what the Transit Gateway passes in, and where answers come from
    add_tier(layout, template, region, SHARED_SERVICES, Tier.TRANSIT, asks("the endpoints", endpoints))
    finish(layout, place, template, SHARED_SERVICES, appliance=False)
    for name, cidr in admitted(layout, served, ROUTES_ROOM).items():
        why = f"Endpoints answer {name}"
        route_to_gateway(layout, template, region, "EndpointsRouteTable", name, cidr, why)
    _group(layout, template, place, admitted(layout, served, GROUP_ROOM))
    template.add(
        "EndpointNames",
        "AWS::Route53Profiles::Profile",
        {"Name": f"{place.organization}-{SHARED_SERVICES}"},
        Purpose("NET-33", "Carries the endpoints' zones into every VPC that uses them"),
        name=f"{place.organization}-{SHARED_SERVICES}",
    )
    for service in _wanted(layout, region):
        _endpoint(layout, template, region, service)
    _share_names(layout, template, place)
    template.output("EndpointNamesId", "The profile with the endpoints' zones", ref("EndpointNames"))
    return stack(place, SERVICES_RING, template)


def _group(
    layout: Layout, template: TemplateBuilder, place: SharedSite, served: Mapping[str, object]
) -> None:
    template.add(
        GROUP,
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Shared interface endpoints of {place.organization}",
            "VpcId": ref(VPC),
            "SecurityGroupEgress": [dict(NO_EGRESS)],
        },
        Purpose("NET-30", "Endpoint interfaces answer; they never open a connection"),
        name=f"{layout.organization}-shared-endpoints",
    )
    for name, cidr in served.items():
        template.add(
            f"EndpointsIngress{''.join(part.title() for part in name.split('-'))}",
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": get_att(GROUP, "GroupId"),
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                # groups of other VPCs are known across a Transit Gateway only where both sides' attachments
                # say so, and not at all to endpoints of other accounts: addresses, and each VPC's own
                "CidrIp": str(cidr),
                "Description": f"tcp 443 from the VPC of {name}",
            },
            Purpose("NET-30", f"The VPC of {name} may ask AWS's APIs here"),
        )


def _endpoint(layout: Layout, template: TemplateBuilder, region: str, service: Service) -> None:
    endpoint = template.add(
        f"{service.logical}Endpoint",
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": ref(VPC),
            "VpcEndpointType": "Interface",
            "ServiceName": sub(service.name),
            # its zone follows: private DNS of its own would hold in this VPC only
            "PrivateDnsEnabled": False,
            "SubnetIds": zone_subnets(Tier.ENDPOINTS),
            "SecurityGroupIds": [get_att(GROUP, "GroupId")],
            "PolicyDocument": endpoint_policy(
                service, layout.environments, _sites(layout, region), layout.account_ids
            ),
        },
        Purpose(service.controls, f"Without it {service.breaks}"),
        name=f"{layout.organization}-shared-{service.logical.lower()}",
    )
    if service.logical == EXECUTE_API:
        template.output(f"{endpoint}Id", "Where private APIs are called from", ref(endpoint))
    zone = NAMES[service.name]
    template.add(
        f"{service.logical}Zone",
        "AWS::Route53::HostedZone",
        {
            "Name": sub(zone.name),
            "HostedZoneConfig": {"Comment": f"Leads to the shared endpoint of {service.logical}"},
            "VPCs": [{"VPCId": ref(VPC), "VPCRegion": ref("AWS::Region")}],
        },
        Purpose("NET-33", "Has the host name of the API, so that clients find the shared endpoint"),
    )
    template.add(
        f"{service.logical}Record",
        "AWS::Route53::RecordSet",
        {
            "HostedZoneId": ref(f"{service.logical}Zone"),
            "Name": sub(zone.record),
            "Type": "A",
            "AliasTarget": {
                "DNSName": _entry(endpoint, 1),
                "HostedZoneId": _entry(endpoint, 0),
                "EvaluateTargetHealth": False,
            },
        },
        Purpose("NET-33", "The endpoint's Regional name, which answers with an address in each zone"),
    )
    template.add(
        f"{service.logical}Name",
        "AWS::Route53Profiles::ProfileResourceAssociation",
        {
            "Name": f"{layout.organization}-{service.logical}",
            "ProfileId": ref("EndpointNames"),
            "ResourceArn": sub(f"arn:${{AWS::Partition}}:route53:::hostedzone/${{{service.logical}Zone}}"),
        },
        Purpose("NET-33", "Every VPC with the profile resolves this name"),
        depends_on=(f"{service.logical}Record",),
    )


def _entry(endpoint: str, part: int) -> Json:
    """Hosted zone (0) or name (1) of the first DNS entry, `ZONE:NAME`: the Regional one
    (AWS::EC2::VPCEndpoint, DnsEntries)."""
    first = {"Fn::Select": [0, get_att(endpoint, "DnsEntries")]}
    return {"Fn::Select": [part, {"Fn::Split": [":", first]}]}


def _share_names(layout: Layout, template: TemplateBuilder, place: SharedSite) -> None:
    principals = attaching(layout, place.region)
    if not principals:
        return
    template.add(
        "EndpointNamesShare",
        "AWS::RAM::ResourceShare",
        {
            "Name": f"{place.organization}-endpoint-names",
            "AllowExternalPrincipals": False,
            "Principals": list(principals),
            "ResourceArns": [get_att("EndpointNames", "Arn")],
        },
        Purpose("NET-33", "Only the accounts with a VPC here see the profile, and none may change it"),
        name=f"{place.organization}-endpoint-names",
    )
