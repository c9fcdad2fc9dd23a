"""Network Firewall's firewalls: one endpoint in each subnet that is mapped.

AWS: Network Firewall guide, "Firewalls", "VPC endpoint associations"; template reference,
AWS::NetworkFirewall::Firewall: `EndpointIds` are `ZONE:vpce-…` in no order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Prefix
from ringwork.network.model import Firewall, Vpc
from ringwork.network.reading.interfaces import Interfaces
from ringwork.network.reading.reader import Reader, at

FIREWALL = "AWS::NetworkFirewall::Firewall"
ASSOCIATION = "AWS::NetworkFirewall::VpcEndpointAssociation"


class Firewalls:
    """What was read, and how routes name the endpoints."""

    def __init__(self) -> None:
        self.known: dict[str, Firewall] = {}
        self.in_vpc: dict[str, list[str]] = {}
        """VPC -> interfaces of firewall endpoints in it"""
        self.by_endpoint: dict[str, str] = {}
        """`vpce-…` -> interface"""


def read_firewalls(reader: Reader, vpcs: Mapping[str, Vpc], interfaces: Interfaces) -> Firewalls:
    found = Firewalls()
    policies = {policy.key for policy in reader.estate.of_type("AWS::NetworkFirewall::FirewallPolicy")}
    for resource in reader.estate.of_type(FIREWALL):
        properties = resource.properties
        if properties.get("TransitGatewayId") is not None:
            reader.not_modelled(resource, "a firewall attached to a Transit Gateway is not modelled")
            continue
        vpc = reader.member(resource, properties.get("VpcId"), vpcs, "VPC", "VpcId")
        if vpc is None:
            continue
        subnets: list[str] = []
        mappings = reader.members(resource, "SubnetMappings")
        for index, mapping in enumerate(() if isinstance(mappings, Unknown) else mappings):
            subnets += interfaces.subnets_at(
                resource, at(mapping, "SubnetId"), "SubnetMappings", index, "SubnetId"
            )
        keys = _endpoints(found, interfaces, resource, subnets)
        value = properties.get("FirewallPolicyArn")
        policy = reader.member(resource, value, policies, "firewall policy", "FirewallPolicyArn")
        found.known[resource.key] = Firewall(resource.key, vpc, policy, keys)
    for resource in reader.estate.of_type(ASSOCIATION):
        value = resource.properties.get("FirewallArn")
        firewall = reader.member(resource, value, found.known, "firewall", "FirewallArn")
        subnet = at(resource.properties, "SubnetMapping", "SubnetId")
        subnets = interfaces.subnets_at(resource, subnet, "SubnetMapping", "SubnetId")
        if firewall is None:
            reader.not_modelled(resource, "its firewall is not in the estate")
            continue
        keys = _endpoints(found, interfaces, resource, subnets)
        known = found.known[firewall]
        found.known[firewall] = replace(known, interfaces=(*known.interfaces, *keys))
    return found


def _endpoints(
    found: Firewalls, interfaces: Interfaces, resource: Resource, subnets: list[str]
) -> tuple[str, ...]:
    ids = _ids(resource)
    live = [key for endpoint in ids for key in interfaces.described.get(endpoint, ())]
    keys = interfaces.make(resource, "firewall", subnets, None, forwards=True, live=live)
    for key in keys:
        interface = interfaces.known[key]
        if interface.groups is not None or not interface.forwards:
            interfaces.known[key] = replace(interface, groups=None, forwards=True)
        subnet = interfaces.subnets[interface.subnet]
        found.in_vpc.setdefault(subnet.vpc, []).append(key)
        for endpoint, zone in ids.items():
            if zone is None or zone == subnet.zone or key in interfaces.described.get(endpoint, ()):
                found.by_endpoint.setdefault(endpoint, key)
    return keys


def _ids(resource: Resource) -> dict[str, str | None]:
    """Endpoint -> its zone."""
    listed = resource.attributes.get("EndpointIds")
    found: dict[str, str | None] = {}
    for each in listed if isinstance(listed, (tuple, list)) else ():
        zone, colon, endpoint = each.partition(":") if isinstance(each, str) else ("", "", "")
        if colon and endpoint:
            found[endpoint] = zone
    alone = resource.attributes.get("EndpointId")
    if isinstance(alone, str):
        found[alone] = None
    return found


def homes(firewalls: Mapping[str, Firewall], vpcs: Mapping[str, Vpc]) -> dict[str, tuple[Prefix, ...] | None]:
    """Policy -> blocks of the VPC of its firewall; None where firewalls of several VPCs share it."""
    found: dict[str, tuple[Prefix, ...] | None] = {}
    for firewall in firewalls.values():
        if firewall.policy is None:
            continue
        blocks = vpcs[firewall.vpc].prefixes
        found[firewall.policy] = blocks if found.get(firewall.policy, blocks) == blocks else None
    return found
