"""What VPCs are joined to the outside by: internet gateways, egress-only ones, NAT gateways, VPN gateways.

AWS: VPC user guide, "Internet gateways", "Egress-only internet gateways", "NAT gateways"; Site-to-Site VPN
user guide; template reference, AWS::EC2::VPCGatewayAttachment, VPNGateway, VPNConnection, CustomerGateway.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Prefix
from ringwork.network.model import (
    EgressOnlyGateway,
    External,
    InternetGateway,
    NatGateway,
    Place,
    Route,
    Source,
    Target,
    Via,
    Vpc,
    VpnGateway,
)
from ringwork.network.reading.interfaces import Interfaces
from ringwork.network.reading.reader import Reader, is_live

IGW, VGW, NAT = "AWS::EC2::InternetGateway", "AWS::EC2::VPNGateway", "AWS::EC2::NatGateway"


def attachments(reader: Reader, vpcs: Mapping[str, Vpc]) -> dict[str, str]:
    """Internet or VPN gateway -> the VPC that it is attached to."""
    found: dict[str, str] = {}
    gateways = {gateway.key for gateway in reader.estate.of_type(IGW, VGW)}
    for attachment in reader.estate.of_type("AWS::EC2::VPCGatewayAttachment"):
        vpc = reader.member(attachment, attachment.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        for name in ("InternetGatewayId", "VpnGatewayId"):
            value = attachment.properties.get(name)
            if value is None:
                continue
            gateway = reader.member(attachment, value, gateways, "gateway", name)
            if gateway is None or vpc is None:
                continue
            if found.setdefault(gateway, vpc) != vpc:
                # EC2 API reference, AttachInternetGateway, AttachVpnGateway: one VPC at a time
                reader.note(attachment, f"`{gateway}` is attached to `{found[gateway]}` already", name)
    for gateway_ in reader.estate.of_type(VGW):
        told = gateway_.attributes.get("VpcId")  # a live one says it itself
        key = reader.named(told, gateway_)
        if isinstance(key, str) and key in vpcs:
            found.setdefault(gateway_.key, key)
        elif told is not None:
            reader.note(gateway_, f"its VPC `{told}` is not in the estate")
    return found


def read_internet_gateways(
    reader: Reader, attached: Mapping[str, str], edges: Mapping[str, str]
) -> dict[str, InternetGateway]:
    return {
        gateway.key: InternetGateway(gateway.key, attached[gateway.key], edges.get(gateway.key))
        for gateway in reader.estate.of_type(IGW)
        if gateway.key in attached
    }


def read_egress_only_gateways(reader: Reader, vpcs: Mapping[str, Vpc]) -> dict[str, EgressOnlyGateway]:
    found = {}
    for gateway in reader.estate.of_type("AWS::EC2::EgressOnlyInternetGateway"):
        vpc = reader.member(gateway, gateway.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        if vpc is not None:
            found[gateway.key] = EgressOnlyGateway(gateway.key, vpc)
    return found


def read_nat_gateways(reader: Reader, interfaces: Interfaces) -> dict[str, NatGateway]:
    found = {}
    for gateway in reader.estate.of_type(NAT):
        mode = reader.text(gateway.properties.get("AvailabilityMode"))
        if mode not in (None, "zonal"):
            # VPC user guide, "Regional NAT gateways": it has no subnet
            reader.not_modelled(gateway, "a regional NAT gateway is not modelled")
            continue
        subnet = reader.member(
            gateway, gateway.properties.get("SubnetId"), interfaces.subnets, "subnet", "SubnetId"
        )
        if subnet is None:
            reader.not_modelled(gateway, "its subnet is not known")
            continue
        kind = reader.text(gateway.properties.get("ConnectivityType"))
        # what is not known to be private is public
        public = kind != "private"
        eni = gateway.attributes.get("EniId")
        live = [interfaces.physical[eni]] if isinstance(eni, str) and eni in interfaces.physical else []
        live += interfaces.described.get(gateway.physical or "", [])
        keys = interfaces.make(gateway, "nat", (subnet,), None, public=public, live=live)
        found[gateway.key] = NatGateway(gateway.key, subnet, keys[0], public)
    return found


def read_vpn_gateways(
    reader: Reader,
    attached: Mapping[str, str],
    edges: Mapping[str, str],
    externals: dict[str, External],
    of_gateway: Mapping[str, tuple[str, ...]],
) -> dict[str, VpnGateway]:
    """A gateway without a VPN connection has something behind it all the same: a Direct Connect virtual
    interface is not a resource of the VPC's account and Region."""
    found = {}
    for gateway in reader.estate.of_type(VGW):
        key = gateway.key
        if key not in attached:
            continue
        behind = of_gateway.get(key, ())
        if not behind:
            behind = (f"{key}#network",)
            externals[behind[0]] = External(behind[0], ())
        found[key] = VpnGateway(key, attached[key], behind, edges.get(key))
    return found


def propagated_routes(
    reader: Reader,
    gateways: Mapping[str, VpnGateway],
    externals: Mapping[str, External],
    tables: Container[str],
) -> tuple[dict[str, list[Route]], dict[str, str]]:
    """Routes that a VPN gateway puts into tables, as far as its connections state them; and why a table may
    have others (Site-to-Site VPN guide, "Route priority": static routes and those learned by BGP).

    A live table says itself which routes it was given.
    """
    routes: dict[str, list[Route]] = {}
    unknown: dict[str, str] = {}
    for resource in reader.estate.of_type("AWS::EC2::VPNGatewayRoutePropagation"):
        if is_live(resource):
            continue
        value = resource.properties.get("VpnGatewayId")
        gateway = reader.member(resource, value, gateways, "attached VPN gateway", "VpnGatewayId")
        named = reader.members(resource, "RouteTableIds")
        for index, each in enumerate(() if isinstance(named, Unknown) else named):
            table = reader.member(resource, each, tables, "route table", "RouteTableIds", index)
            if table is None:
                continue
            unknown.setdefault(table, "a VPN gateway propagates what it learns by BGP")
            for external in gateways[gateway].externals if gateway is not None else ():
                routes.setdefault(table, []).extend(
                    Route(
                        prefix, Target(Via.VPN_GATEWAY, gateway or ""), Source.PROPAGATED, Place(resource.key)
                    )
                    for prefix in externals[external].prefixes
                )
    return routes, unknown


def read_externals(reader: Reader) -> tuple[dict[str, External], dict[str, tuple[str, ...]]]:
    """Networks behind VPN connections; and gateway (VPN or Transit) -> the connections' externals.

    A connection states what is behind it by static routes; with BGP it learns that, which no template says.
    """
    stated: dict[str, list[Prefix]] = {}
    connections = {each.key: each for each in reader.estate.of_type("AWS::EC2::VPNConnection")}
    for route in reader.estate.of_type("AWS::EC2::VPNConnectionRoute"):
        key = reader.member(
            route, route.properties.get("VpnConnectionId"), connections, "VPN connection", "VpnConnectionId"
        )
        _state(reader, route, "DestinationCidrBlock", stated.setdefault(key or "", []))
    externals: dict[str, External] = {}
    of_gateway: dict[str, tuple[str, ...]] = {}
    for key, connection in connections.items():
        prefixes = stated.get(key, [])
        externals[key] = External(key, tuple(dict.fromkeys(prefixes)))
        for name in ("VpnGatewayId", "TransitGatewayId"):
            value = connection.properties.get(name)
            gateway = reader.named(value, connection)
            if isinstance(gateway, str):
                of_gateway[gateway] = (*of_gateway.get(gateway, ()), key)
            elif isinstance(gateway, Unknown):
                reader.note(connection, f"its gateway is not known: {gateway.reason}", name)
    return externals, of_gateway


def _state(reader: Reader, resource: Resource, name: str, prefixes: list[Prefix]) -> None:
    prefix = reader.prefix(resource.properties.get(name))
    if isinstance(prefix, Prefix):
        prefixes.append(prefix)
    else:
        reader.note(resource, f"{name}: {prefix.reason if prefix is not None else 'is not given'}", name)
