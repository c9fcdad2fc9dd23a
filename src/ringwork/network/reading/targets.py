"""Where a route of a VPC route table leads.

AWS: EC2 API reference, CreateRoute: exactly one target. VPC user guide, "Example routing options".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.model import Target, Via
from ringwork.network.reading.reader import Reader

Resolve = Callable[[Resource, object, str], tuple[Target, ...] | str]
"""(route, value, VPC) -> targets, or why there is none"""

_TYPES: Mapping[str, Via] = {
    "AWS::EC2::InternetGateway": Via.INTERNET_GATEWAY,
    "AWS::EC2::EgressOnlyInternetGateway": Via.EGRESS_ONLY_GATEWAY,
    "AWS::EC2::NatGateway": Via.NAT_GATEWAY,
    "AWS::EC2::VPCPeeringConnection": Via.PEERING,
    "AWS::EC2::TransitGateway": Via.TRANSIT_GATEWAY,
    "AWS::EC2::VPNGateway": Via.VPN_GATEWAY,
    "AWS::EC2::NetworkInterface": Via.INTERFACE,
}
PROPERTIES = (
    *("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId"),
    *("EgressOnlyInternetGatewayId", "VpcEndpointId", "NetworkInterfaceId", "InstanceId"),
)
ELSEWHERE = {
    "LocalGatewayId": "a local gateway of an Outpost",
    "CarrierGatewayId": "a carrier gateway of a Wavelength Zone",
    "CoreNetworkArn": "a core network of Cloud WAN",
    "OdbNetworkArn": "an Oracle Database network",
}
"""targets that are not modelled"""


def resolver(
    reader: Reader,
    known: Mapping[Via, Mapping[str, object]],
    vpc_of: Mapping[str, str],
    endpoints: Callable[[Resource, object, str], tuple[Target, ...]],
    instances: Mapping[str, list[str]],
) -> Callable[[Resource, str], tuple[Target, ...]]:
    """`known`: what was read, by kind. `vpc_of`: gateway -> the VPC that it is attached to."""

    def lost(route: Resource, reason: str, *path: str) -> tuple[Target, ...]:
        # a blackhole says itself that its target is gone
        if route.attributes.get("State") != "blackhole":
            reader.note(route, reason, *path)
        return (Target(Via.UNMODELLED, reason),)

    def resolve(route: Resource, vpc: str) -> tuple[Target, ...]:
        properties = route.properties
        for name in PROPERTIES:
            value = properties.get(name)
            if value is None:
                continue
            if value == "local":
                return (Target(Via.LOCAL, vpc),)
            if name == "VpcEndpointId" or (isinstance(value, str) and value.startswith("vpce-")):
                return endpoints(route, value, vpc) or lost(route, "its endpoint is not known", name)
            if type(value) is Reference:
                key: str | Unknown | None = value.target
            else:
                key = reader.named(value, route)
            if not isinstance(key, str):
                reason = key.reason if isinstance(key, Unknown) else "none is named"
                return lost(route, f"its target is not known: {reason}", name)
            resource = reader.estate.get(key)
            if resource is None:
                return lost(route, f"`{key}` is not in the estate", name)
            if name == "InstanceId" or resource.type == "AWS::EC2::Instance":
                first = next(iter(instances.get(key, ())), None)
                if first is None:
                    return lost(route, f"the interface of `{key}` is not known", name)
                return (Target(Via.INTERFACE, first),)
            if resource.type == "AWS::EC2::VPCEndpoint":
                return endpoints(route, value, vpc) or lost(route, f"`{key}` is no endpoint for routes", name)
            via = _TYPES.get(resource.type)
            if via is None:
                return lost(route, f"`{key}` is no target of a route that is modelled", name)
            if key not in known[via]:
                # EC2 API reference, Route, State: a gateway that is not attached makes a blackhole
                return lost(route, f"`{key}` is attached to no VPC, or could not be read", name)
            there = vpc_of.get(key)
            if there is not None and there != vpc:
                return lost(route, f"`{key}` is attached to another VPC, `{there}`", name)
            return (Target(via, key),)
        for name, what in ELSEWHERE.items():
            if properties.get(name) is not None:
                reader.not_modelled(route, f"a route leads to {what}")
                return (Target(Via.UNMODELLED, f"{what} is not modelled"),)
        return lost(route, "names no target")

    return resolve
