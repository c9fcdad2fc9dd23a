"""The network ring: one VPC for each environment and Region, closed but for its edges."""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture.address import TIER_OF, ZONES, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.network import existing, ipv6
from ringwork.architecture.network.acls import acl_entries
from ringwork.architecture.network.beyond import Beyond, beyond
from ringwork.architecture.network.flow_logs import flow_logs
from ringwork.architecture.network.flows import Edge, Place, edges
from ringwork.architecture.network.groups import NO_EGRESS
from ringwork.architecture.network.private_link import acl_lines, needs_endpoints_tier
from ringwork.architecture.network.resolver import resolver
from ringwork.architecture.network.subnets import add_acl, add_subnets
from ringwork.architecture.network.transit import acceptances, attach, route_tables
from ringwork.architecture.network.vpc_endpoints import (
    EXECUTE_API,
    endpoint_policy,
    gateway_policy,
    services,
)
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.estate import Stack
from ringwork.estate.stack import PrefixListId

RING = "network"
VPC = "Vpc"
ENDPOINT_GROUP = "EndpointsSecurityGroup"


def network_stack(layout: Layout, site: Site) -> Stack | None:
    """The stack of one VPC, or none where there is no workload to put into it."""
    if not layout.has_network(site):
        return None
    template = TemplateBuilder(
        description=f"Ringwork network ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    reach = beyond(layout, site)
    allowed = edges(site, reach)
    label = f"{site.organization}-{site.environment.name}"
    existing.adopt(template, site, VPC)
    tiers = existing.tiers(site) if site.existing else _ground(template, layout, site, reach)
    for tier in tiers:
        entries = acl_entries(site, tier, allowed, reach, acl_lines(layout, site, tier))
        zones = existing.zones(site, tier)
        add_acl(template, VPC, f"{label}-{tier.value}", tier, entries, zones=zones)
    _groups(template, site, reach)
    _rules(template, site, allowed, reach)
    _endpoints(template, layout, site, reach)
    if reach.joined:
        attach(template, layout, site.region, VPC, label)
    flow_logs(template, site, VPC)
    resolver(
        template,
        layout,
        account=site.account_id,
        region=site.region,
        vpc=ref(VPC),
        name=site.name,
        egress=layout.resolves_egress(site),
        filtered=site.existing is None,
    )
    template.output("VpcId", "The VPC", ref(VPC))
    template.output("S3EndpointId", "The gateway endpoint through which S3 is reached", ref("S3Endpoint"))
    for tier in site.tiers if site.existing is None else ():
        if reach.joined:
            for table in route_tables(site, tier):
                template.output(f"{table}Id", f"Routes of the {tier.value} tier", ref(table))
        for zone in ZONES:
            subnet = f"{logical(tier.value)}Subnet{zone}"
            template.output(f"{subnet}Id", f"A subnet of the {tier.value} tier", ref(subnet))
    if site.existing is None and needs_endpoints_tier(layout, site):
        for zone in ZONES:
            subnet = f"EndpointsSubnet{zone}"
            template.output(f"{subnet}Id", "A subnet of the endpoints tier", ref(subnet))
    for name in site.workloads:
        template.output(f"{group(name)}Id", f"The security group of {name}", get_att(group(name), "GroupId"))
    return Stack(
        name=site.stack_name(RING),
        account=site.environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
        acceptances=acceptances(layout, site, reach),
    )


def _ground(template: TemplateBuilder, layout: Layout, site: Site, reach: Beyond) -> list[Tier]:
    """The VPC, its subnets and its ways out; the tiers that it has."""
    six = ipv6.has_ipv6(site)
    _vpc(template, site)
    if six:
        ipv6.add_block(template, VPC)
    tiers = [
        *site.tiers,
        *([Tier.ENDPOINTS] if reach.endpoints is None or needs_endpoints_tier(layout, site) else []),
        *([Tier.EDGE] if site.egress else []),
        *([Tier.TRANSIT] if reach.joined else []),
    ]
    for tier in tiers:
        label = f"{site.organization}-{site.environment.name}-{tier.value}"
        per_zone = len(route_tables(site, tier)) > 1
        blocks = ipv6.subnet_blocks(tier) if six else []
        add_subnets(template, VPC, label, tier, site.addresses.subnets(tier), per_zone=per_zone, six=blocks)
    if site.egress:
        _internet(template, site)
    return tiers


def _vpc(template: TemplateBuilder, site: Site) -> None:
    template.add(
        VPC,
        "AWS::EC2::VPC",
        {
            "CidrBlock": str(site.addresses.vpc),
            "EnableDnsHostnames": True,
            "EnableDnsSupport": True,
        },
        Purpose(
            "NET-20, NET-22", "One VPC a team and stage; private DNS of endpoints needs both DNS settings"
        ),
        name=f"{site.organization}-{site.environment.name}",
    )


def _internet(template: TemplateBuilder, site: Site) -> None:
    """The way out that the blueprint's egress asks for: a NAT gateway in each zone, one internet gateway."""
    label = f"{site.organization}-{site.environment.name}"
    template.add(
        "InternetGateway",
        "AWS::EC2::InternetGateway",
        {},
        Purpose("NET-08", "The blueprint declares egress; only the edge tier's route table leads here"),
        name=label,
    )
    template.add(
        "InternetGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": ref(VPC), "InternetGatewayId": ref("InternetGateway")},
        Purpose("NET-08", "Joins the internet gateway to this VPC"),
    )
    template.add(
        "EdgeInternetRoute",
        "AWS::EC2::Route",
        {
            "RouteTableId": ref("EdgeRouteTable"),
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": ref("InternetGateway"),
        },
        Purpose("NET-08", "NAT gateways stand in the edge tier; nothing else does"),
        depends_on=("InternetGatewayAttachment",),
    )
    for zone in ZONES:
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
                "SubnetId": ref(f"EdgeSubnet{zone}"),
                "AllocationId": get_att(f"NatAddress{zone}", "AllocationId"),
            },
            Purpose("NET-08", "Outbound only: nothing on the internet can open a connection through NAT"),
            name=f"{label}-{zone.lower()}",
            depends_on=("EdgeInternetRoute",),
        )
        template.add(
            f"InteractiveEgressRoute{zone}",
            "AWS::EC2::Route",
            {
                "RouteTableId": ref(f"InteractiveRouteTable{zone}"),
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": ref(f"NatGateway{zone}"),
            },
            Purpose(
                "NET-09", "Egress for people's machines only; build and serving tiers have no such route"
            ),
        )


def group(workload: str) -> str:
    """Logical id of a workload's security group."""
    return logical(workload, "SecurityGroup")


def _groups(template: TemplateBuilder, site: Site, reach: Beyond) -> None:
    label = f"{site.organization}-{site.environment.name}"
    for name, workload in site.workloads.items():
        template.add(
            group(name),
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": f"{workload.type.value} workload {name} of {site.environment.name}",
                "VpcId": ref(VPC),
                "SecurityGroupEgress": [dict(NO_EGRESS)],
            },
            Purpose(
                "NET-04, NET-05", "One group a workload: rules name groups, and each is its own resource"
            ),
            name=f"{label}-{name}",
            tags={
                "ringwork:workload": name,
                "ringwork:workload-type": workload.type.value,
                "ringwork:tier": TIER_OF[workload.type].value,
            },
        )
    if reach.endpoints is not None:
        return
    template.add(
        ENDPOINT_GROUP,
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Interface endpoints of {site.environment.name}",
            "VpcId": ref(VPC),
            "SecurityGroupEgress": [dict(NO_EGRESS)],
        },
        Purpose("NET-30", "Endpoint interfaces answer; they never open a connection"),
        name=f"{label}-endpoints",
    )


def _rules(template: TemplateBuilder, site: Site, allowed: Sequence[Edge], reach: Beyond) -> None:
    for edge in allowed:
        target = _side(edge)
        suffix = f"{'' if edge.protocol == 'tcp' else edge.protocol.title()}{edge.ports.replace('-', 'To')}"
        ports: dict[str, Json] = {
            "IpProtocol": edge.protocol,
            "FromPort": edge.first,
            "ToPort": edge.last,
        }
        purpose = Purpose(edge.control, edge.why)
        to = f"{edge.protocol} {edge.ports} to {edge.target}"
        template.add(
            logical(edge.source, "To", target, "Egress", suffix),
            "AWS::EC2::SecurityGroupEgress",
            {
                "GroupId": get_att(group(edge.source), "GroupId"),
                **ports,
                **_destination(template, edge, reach),
                "Description": _description(edge, f"{edge.source}: {to}"),
            },
            purpose,
        )
        shared = edge.target is Place.ENDPOINTS and reach.endpoints is not None
        if shared or edge.target in (Place.S3, Place.INTERNET):
            continue
        template.add(
            logical(edge.source, "To", target, "Ingress", suffix),
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": get_att(_group_of(edge), "GroupId"),
                **ports,
                "SourceSecurityGroupId": get_att(group(edge.source), "GroupId"),
                "Description": _description(edge, f"{edge.protocol} {edge.ports} from {edge.source}"),
            },
            purpose,
        )


def _side(edge: Edge) -> str:
    if edge.target is Place.ENDPOINTS:
        return "Endpoints"
    if edge.target is Place.S3:
        return "S3"
    if edge.target is Place.INTERNET:
        return "Internet"
    return "Itself" if edge.target == edge.source else edge.target


def _group_of(edge: Edge) -> str:
    return ENDPOINT_GROUP if edge.target is Place.ENDPOINTS else group(edge.target)


def _destination(template: TemplateBuilder, edge: Edge, reach: Beyond) -> dict[str, Json]:
    """Shared endpoints are named by the addresses of their subnets: a rule names a group of another VPC only
    across a peering, and inbound ones across a Transit Gateway (VPC guide, "Security group rules"; Transit
    Gateway guide, "Security group referencing support")."""
    if edge.target is Place.ENDPOINTS and reach.endpoints is not None:
        return {"CidrIp": str(reach.endpoints)}
    if edge.target is Place.S3:
        return {
            "DestinationPrefixListId": template.parameter(
                "S3PrefixListId",
                "Id of the AWS-managed prefix list com.amazonaws.REGION.s3 in this Region",
                "^pl-[0-9a-f]+$",
                PrefixListId("s3"),
            )
        }
    if edge.target is Place.INTERNET:
        return {"CidrIp": "0.0.0.0/0"}
    return {"DestinationSecurityGroupId": get_att(_group_of(edge), "GroupId")}


def _description(edge: Edge, text: str) -> str:
    """At most 255 characters of the set that EC2 allows (AWS::EC2::SecurityGroupIngress, Description)."""
    return f"{text} ({'declared flow' if edge.declared else 'implied by workload type'})"


def _endpoints(template: TemplateBuilder, layout: Layout, site: Site, reach: Beyond) -> None:
    label = f"{site.organization}-{site.environment.name}"
    tables = [
        table
        for table, resource in template.resources.items()
        if resource["Type"] == "AWS::EC2::RouteTable"
        and not table.startswith(("Edge", "Endpoints", "Transit"))
    ]
    template.add(
        "S3Endpoint",
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": ref(VPC),
            "VpcEndpointType": "Gateway",
            "ServiceName": sub("com.amazonaws.${AWS::Region}.s3"),
            "RouteTableIds": existing.route_tables(template, site) or [ref(table) for table in tables],
            "PolicyDocument": gateway_policy(site, layout.reachable_buckets(site)),
        },
        Purpose("NET-25, NET-27, NET-28", "S3 without the internet, and only the buckets named here"),
        name=f"{label}-s3",
    )
    if reach.endpoints is not None:
        return
    for service in services(site):
        endpoint = template.add(
            f"{service.logical}Endpoint",
            "AWS::EC2::VPCEndpoint",
            {
                "VpcId": ref(VPC),
                "VpcEndpointType": "Interface",
                "ServiceName": sub(service.name),
                "PrivateDnsEnabled": True,
                "SubnetIds": [ref(f"EndpointsSubnet{zone}") for zone in existing.zones(site, Tier.ENDPOINTS)],
                "SecurityGroupIds": [get_att(ENDPOINT_GROUP, "GroupId")],
                "PolicyDocument": endpoint_policy(service, layout.environments, [site]),
            },
            Purpose(service.controls, f"Without it {service.breaks}"),
            name=f"{label}-{service.logical.lower()}",
        )
        if service.logical == EXECUTE_API:
            template.output(f"{endpoint}Id", "Where private APIs are called from", ref(endpoint))
