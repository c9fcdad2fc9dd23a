"""What the VPCs of the shared network account have in common: they hold nobody's workload, stand at the
Transit Gateway, and answer or pass on only what the environments' VPCs may ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from ringwork.architecture.address import ZONES, Addresses, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.network.acls import EPHEMERAL, Entry, Line, Side, numbered, refused
from ringwork.architecture.network.beyond import plans
from ringwork.architecture.network.flow_logs import flow_logs
from ringwork.architecture.network.flows import HTTPS
from ringwork.architecture.network.resolver import resolver
from ringwork.architecture.network.subnets import add_acl, add_subnets
from ringwork.architecture.network.transit import ATTACHMENT, SERVICES_RING, attach, gateway_id, owner
from ringwork.architecture.site import SharedSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref
from ringwork.blueprint.addresses import INSPECTION, SHARED_SERVICES

VPC = "Vpc"
INSPECTION_RING = "inspection"
SHARED_RINGS = {INSPECTION: INSPECTION_RING, SHARED_SERVICES: SERVICES_RING}
"""Shared VPC -> ring name of its stack."""


def begin(layout: Layout, region: str, name: str) -> tuple[SharedSite, TemplateBuilder, Addresses]:
    """The VPC itself."""
    place = owner(layout, region)
    ring = SHARED_RINGS[name]
    template = TemplateBuilder(
        description=f"Ringwork {name} of {layout.organization} in {region}", ring=ring, tags=place.tags(ring)
    )
    addresses = layout.addresses(name, region)
    template.add(
        VPC,
        "AWS::EC2::VPC",
        {"CidrBlock": str(addresses.vpc), "EnableDnsHostnames": True, "EnableDnsSupport": True},
        Purpose("NET-20", f"The {name}: no team's workload stands in it"),
        name=f"{layout.organization}-{name}",
    )
    return place, template, addresses


def add_tier(
    layout: Layout,
    template: TemplateBuilder,
    region: str,
    name: str,
    tier: Tier,
    entries: Iterator[Entry],
    *,
    per_zone: bool = False,
) -> None:
    """A tier's subnets with their ACL. `entries`: without what every ACL here refuses."""
    label = f"{layout.organization}-{name}-{tier.value}"
    cidrs = layout.addresses(name, region).subnets(tier)
    add_subnets(template, VPC, label, tier, cidrs, per_zone=per_zone)
    lines = sorted([*entries, *refused(plans(layout))], key=lambda entry: (entry.egress, entry.number))
    add_acl(template, VPC, label, tier, lines)


def finish(
    layout: Layout, place: SharedSite, template: TemplateBuilder, name: str, *, appliance: bool
) -> None:
    """The attachment, flow logs, and the VPC's id for others."""
    label = f"{layout.organization}-{name}"
    attach(template, layout, place.region, VPC, label, appliance=appliance)
    flow_logs(template, place, VPC, name)
    resolver(
        template,
        layout,
        account=place.account_id,
        region=place.region,
        vpc=ref(VPC),
        name=name,
        egress=False,
    )
    template.output("VpcId", f"The {name}", ref(VPC))


def asked_by(sources: Mapping[str, IPv4Network]) -> Iterator[Entry]:
    """HTTPS from these, and the replies."""
    lines: dict[Line, tuple[str, str]] = {}
    for name, cidr in sources.items():
        side = Side(name, cidr)
        lines[False, side, "tcp", (HTTPS, HTTPS)] = ("NET-10", f"{name} asks over HTTPS")
        lines[True, side, "tcp", EPHEMERAL] = ("NET-13", f"replies to {name}")
    yield from numbered(lines)


def asks(target: str, cidr: IPv4Network) -> Iterator[Entry]:
    """HTTPS to this, and the replies: what the Transit Gateway's interfaces pass into the VPC."""
    side = Side(target, cidr)
    yield from numbered(
        {
            (True, side, "tcp", (HTTPS, HTTPS)): ("NET-10", f"the Transit Gateway passes HTTPS to {target}"),
            (False, side, "tcp", EPHEMERAL): ("NET-13", f"replies of {target}"),
        }
    )


def route_to_gateway(
    layout: Layout, template: TemplateBuilder, region: str, table: str, name: str, cidr: IPv4Network, why: str
) -> None:
    """A route of a shared VPC to the Transit Gateway: to one block."""
    template.add(
        f"{table}To{logical(name)}",
        "AWS::EC2::Route",
        {
            "RouteTableId": ref(table),
            "DestinationCidrBlock": str(cidr),
            "TransitGatewayId": gateway_id(layout, template, region),
        },
        Purpose("NET-18", why),
        depends_on=(ATTACHMENT,),
    )


def zone_subnets(tier: Tier) -> list[Json]:
    return [ref(f"{logical(tier.value)}Subnet{zone}") for zone in ZONES]
