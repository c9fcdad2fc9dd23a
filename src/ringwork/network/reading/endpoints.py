"""VPC endpoints, and the endpoint services of PrivateLink behind some of them.

AWS: PrivateLink guide, "Access AWS services through AWS PrivateLink" (one interface for each subnet, its
security groups the endpoint's, the VPC's default group if none is given), "Gateway endpoints" (a route in
each table that is named, to the service's prefix list), "Share your services"; template reference,
AWS::EC2::VPCEndpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringwork.estate import Resource, Text, Unknown, references
from ringwork.network.addresses import EVERYWHERE, Prefix
from ringwork.network.model import (
    EndpointService,
    GatewayEndpoint,
    InterfaceEndpoint,
    Place,
    Route,
    Source,
    Target,
    Via,
    Vpc,
)
from ringwork.network.reading.interfaces import Interfaces
from ringwork.network.reading.lists import Lists
from ringwork.network.reading.reader import Reader

TYPE, SERVICE = "AWS::EC2::VPCEndpoint", "AWS::EC2::VPCEndpointService"
OTHERS = {
    "GatewayLoadBalancer": "an endpoint of a Gateway Load Balancer is not modelled",
    "Resource": "a resource endpoint is not modelled",
    "ServiceNetwork": "a service network of VPC Lattice is not modelled",
}


@dataclass(slots=True)
class Endpoints:
    gateways: dict[str, GatewayEndpoint] = field(default_factory=dict)
    interfaces: dict[str, InterfaceEndpoint] = field(default_factory=dict)
    services: dict[str, EndpointService] = field(default_factory=dict)
    routes: dict[str, list[Route]] = field(default_factory=dict)
    """route table -> the routes of gateway endpoints in it"""
    unmodelled_in: dict[str, str] = field(default_factory=dict)
    """VPC -> an endpoint in it that forwards and is not modelled"""


def read_endpoints(
    reader: Reader,
    vpcs: Mapping[str, Vpc],
    tables: Mapping[str, object],
    lists: Lists,
    interfaces: Interfaces,
    balancers: Mapping[str, object],
) -> Endpoints:
    found = Endpoints()
    names = _services(reader, found, balancers)
    for resource in reader.estate.of_type(TYPE):
        vpc = reader.member(resource, resource.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        if vpc is None:
            continue
        kind = reader.text(resource.properties.get("VpcEndpointType"))
        if kind is None or kind == "Gateway":
            _gateway(reader, found, resource, vpc, tables, lists)
        elif kind == "Interface":
            _interface(reader, found, resource, vpc, interfaces, names)
        else:
            reason = OTHERS.get(kind) if isinstance(kind, str) else None
            reader.not_modelled(resource, reason or "the kind of the endpoint is not known")
            if kind == "GatewayLoadBalancer" or isinstance(kind, Unknown):
                found.unmodelled_in[vpc] = resource.key
    return found


def _gateway(
    reader: Reader,
    found: Endpoints,
    resource: Resource,
    vpc: str,
    tables: Mapping[str, object],
    lists: Lists,
) -> None:
    service = reader.text(resource.properties.get("ServiceName"))
    if not isinstance(service, str):
        reason = service.reason if service is not None else "none is named"
        reader.note(resource, f"its service is not known: {reason}", "ServiceName")
        service = ""
    key = lists.of_service(service, resource.region)
    found.gateways[resource.key] = GatewayEndpoint(resource.key, vpc, service, key)
    if not _passes(resource):
        return
    prefixes = lists.known[key].prefixes
    certain = prefixes is not None
    six = reader.text(resource.properties.get("IpAddressType")) not in (None, "ipv4")
    if prefixes is None:
        prefixes = EVERYWHERE if six else EVERYWHERE[:1]
    named = reader.members(resource, "RouteTableIds")
    for index, value in enumerate(() if isinstance(named, Unknown) else named):
        table = reader.member(resource, value, tables, "route table", "RouteTableIds", index)
        if table is None:
            continue
        place = Place(resource.key, ("RouteTableIds", index))
        target = Target(Via.GATEWAY_ENDPOINT, resource.key)
        found.routes.setdefault(table, []).extend(
            Route(prefix, target, Source.PREFIX_LIST, place, certain=certain) for prefix in _once(prefixes)
        )


def _once(prefixes: tuple[Prefix, ...]) -> tuple[Prefix, ...]:
    return tuple(dict.fromkeys(prefixes))


def _passes(resource: Resource) -> bool:
    """EC2 API reference, VpcEndpoint, State: it passes nothing unless it is available."""
    state = resource.attributes.get("State")
    return not isinstance(state, str) or state.lower() in ("available", "partial")


def _interface(
    reader: Reader,
    found: Endpoints,
    resource: Resource,
    vpc: str,
    interfaces: Interfaces,
    names: Mapping[str, str],
) -> None:
    properties = resource.properties
    subnets = interfaces.subnets_at(resource, properties.get("SubnetIds"), "SubnetIds")
    groups, certain = interfaces.groups_at(
        resource, properties.get("SecurityGroupIds"), vpc, "SecurityGroupIds"
    )
    named = resource.attributes.get("NetworkInterfaceIds")
    ids = [each for each in named if isinstance(each, str)] if isinstance(named, (tuple, list)) else []
    live = [interfaces.physical[each] for each in ids if each in interfaces.physical]
    live += interfaces.described.get(resource.physical or "", [])
    keys = interfaces.make(resource, "endpoint", subnets, groups, certain=certain, live=live)
    private = reader.truth(properties.get("PrivateDnsEnabled"), False)
    service, provider = _service(reader, resource, names, found.services)
    if _passes(resource):
        found.interfaces[resource.key] = InterfaceEndpoint(
            resource.key, vpc, service, keys, private is not False, provider
        )
    else:
        reader.note(resource, f"it is `{resource.attributes.get('State')}`, so it passes nothing")


def _service(
    reader: Reader, resource: Resource, names: Mapping[str, str], services: Mapping[str, object]
) -> tuple[str, str | None]:
    """The service's name, and the endpoint service of the estate that it is."""
    value = resource.properties.get("ServiceName")
    text = reader.text(value)
    for _, reference in references(value):
        if reference.target in services:
            return text if isinstance(text, str) else f"#{reference.target}", reference.target
    if isinstance(text, str):
        provider = names.get(text) or names.get(text.rpartition(".")[2])
        if provider is None and "vpce-svc-" in text and len(set(names.values())) < len(services):
            reader.note(
                resource, f"`{text}` may be a service here whose name is not known yet", "ServiceName"
            )
        return text, provider
    reason = text.reason if text is not None else "none is named"
    reader.note(resource, f"its service is not known: {reason}", "ServiceName")
    shown = "".join(part for part in value.parts if isinstance(part, str)) if isinstance(value, Text) else ""
    return shown, None


def _services(reader: Reader, found: Endpoints, balancers: Mapping[str, object]) -> dict[str, str]:
    """Reads endpoint services; service name or id -> its key."""
    names: dict[str, str] = {}
    for resource in reader.estate.of_type(SERVICE):
        listed = reader.members(resource, "NetworkLoadBalancerArns")
        keys = []
        for index, value in enumerate(() if isinstance(listed, Unknown) else listed):
            key = reader.member(resource, value, balancers, "load balancer", "NetworkLoadBalancerArns", index)
            if key is not None:
                keys.append(key)
        if resource.properties.get("GatewayLoadBalancerArns"):
            reader.not_modelled(resource, "a service behind a Gateway Load Balancer is not modelled")
        found.services[resource.key] = EndpointService(resource.key, tuple(keys))
        for name in (resource.attributes.get("ServiceName"), resource.physical):
            if isinstance(name, str):
                names[name] = resource.key
    return names
