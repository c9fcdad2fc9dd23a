"""Transit Gateways: a namespace each, with a cable for each attachment and subnet."""

from __future__ import annotations

from collections.abc import Mapping

from .ground import Ground, Way
from .namespaces import Namespace


def transit_gateways(ground: Ground) -> None:
    names = {id: f"t{number}" for number, (id, _, _) in enumerate(ground.each("TransitGateway"))}
    gateways = {id: ground.wiring.add(name, forwards=True) for id, name in names.items()}
    back: dict[str, dict[str, Way]] = {}
    """attachment -> zone -> the way to it from its gateway"""
    for number, (id, properties, _) in enumerate(ground.each("TransitGatewayVpcAttachment")):
        gateway, vpc = properties["TransitGatewayId"], properties["VpcId"]
        for place, subnet in enumerate(properties["SubnetIds"]):
            device, zone = f"a{number}-{place}", ground.subnets[subnet]["AvailabilityZone"]
            here, there = ground.cable(ground.routers[vpc], device, gateways[gateway], device)
            ground.ways[vpc, f"{gateway}#{zone}"] = here
            ground.legs.setdefault(vpc, []).append((device, subnet))
            back.setdefault(id, {})[zone] = there
    associations = ground.one("TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId")
    for gateway, namespace in gateways.items():
        namespace.rule("pref 6000 blackhole")
        for id, properties, _ in ground.each("TransitGatewayVpcAttachment"):
            if properties["TransitGatewayId"] == gateway and id in associations:
                table = associations[id]["TransitGatewayRouteTableId"]
                for zone, way in back[id].items():
                    transit_table(ground, namespace, table, way.device, zone, back)


def transit_table(
    ground: Ground,
    namespace: Namespace,
    table: str,
    device: str,
    zone: str,
    back: Mapping[str, Mapping[str, Way]],
) -> None:
    """A kernel table for what comes in by one leg. Transit Gateway guide, "Route evaluation order":
    static routes go before propagated ones; "traffic is kept in the zone that it comes from"."""
    ground.tables += 1
    namespace.rule(f"iif {device} pref 100 lookup {ground.tables}")

    def leg(attachment: str) -> Way:
        return back[attachment].get(zone) or next(iter(back[attachment].values()))

    for _, route, _ in ground.each("TransitGatewayRoute"):
        if route["TransitGatewayRouteTableId"] == table:
            prefix = route["DestinationCidrBlock"]
            blackhole = route.get("Blackhole") or route.get("TransitGatewayAttachmentId") not in back
            way = f"blackhole {prefix}" if blackhole else None
            way = way or leg(route["TransitGatewayAttachmentId"]).route(prefix)
            namespace.ip.append(f"route add {way} table {ground.tables} metric 10")
    attached = {id: properties for id, properties, _ in ground.each("TransitGatewayVpcAttachment")}
    for _, propagation, _ in ground.each("TransitGatewayRouteTablePropagation"):
        if propagation["TransitGatewayRouteTableId"] == table:
            attachment = propagation["TransitGatewayAttachmentId"]
            for prefix in ground.blocks(attached[attachment]["VpcId"]):
                way = leg(attachment).route(prefix)
                namespace.ip.append(f"route add {way} table {ground.tables} metric 30")
