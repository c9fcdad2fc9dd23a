"""Where a recorded flow was stopped, and whether our deciding hop is that control."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.network.conformance.recordings import Snapshot

from ringwork.network.walk import Hop, Walk


def is_gateway(node: str) -> bool:
    return node.startswith(("igw-", "tgw-", "vpce-", "nat-", "vgw-"))


def visits(here: Snapshot, walk: Walk, node: str) -> bool:
    """Whether a walk passes a gateway."""
    parts = _parts(here, node)
    return any(hop.component in parts for hop in walk.hops) or walk.arrived in parts


def _parts(here: Snapshot, node: str) -> frozenset[str | None]:
    """A gateway: itself, its interfaces and its tables."""
    model, key = here.model, here.key(node)
    parts = (
        key,
        *(each.key for each in model.transit_tables.values() if each.gateway == key),
        *(each.key for each in model.attachments.values() if each.gateway == key),
        *(each.interface for each in model.nat_gateways.values() if each.key == key),
        *(part for each in model.interface_endpoints.values() if each.key == key for part in each.interfaces),
    )
    return frozenset(parts)


def stops(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """Whether our deciding hop is the control that stopped the packet there."""
    node = flow["stopped_at"]
    for prefix, decides in STOPS:
        if node.startswith(prefix):
            return decides(here, hop, flow)
    return ":loadbalancer/" in node and _at_balancer(here, hop, flow)


def _at_instance(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """A security group of the instance's interface that has the packet's destination."""
    groups = here.interface(flow["stopped_at"], hop.before.destination).groups or frozenset()
    return hop.control == "security-group ingress" and hop.component in groups


def _at_subnet(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """Its route table has no route; the Transit Gateway is not in its zone; nobody has the address."""
    key = here.key(flow["stopped_at"])
    subnet = here.model.subnets[key or ""]
    if flow["disposition"] == "NO_ROUTE":
        return hop.control == "route table" and hop.component == subnet.table
    if flow["disposition"] == "NEIGHBOR_UNREACHABLE":
        inside = any(prefix.contains(hop.before.destination) for prefix in subnet.prefixes)
        return inside and hop.component in (subnet.key, subnet.vpc) and not hop.control
    return hop.before.source.version == 4 and "zone" in hop.why and hop.component in _near(here, subnet.key)


def _near(here: Snapshot, subnet: str) -> frozenset[str]:
    """What may be named where a subnet's zone has no attachment."""
    vpc = here.model.subnets[subnet].vpc
    attachments = [each for each in here.model.attachments.values() if each.to == vpc]
    return frozenset({subnet, *(a.key for a in attachments), *(a.gateway for a in attachments)})


def _at_vpc(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """The address is the VPC's, and in no subnet."""
    return hop.component == here.key(flow["stopped_at"]) and not hop.control


def _at_transit(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """One of the gateway's tables has no route."""
    tables = [
        table.key
        for table in here.model.transit_tables.values()
        if table.gateway == here.key(flow["stopped_at"])
    ]
    return hop.control == "transit gateway route table" and hop.component in tables


def _at_gateway(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    return hop.component in _parts(here, flow["stopped_at"])


def _at_endpoint(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """The endpoint, or the groups of its interfaces."""
    known, parts = here.model.interfaces, _parts(here, flow["stopped_at"])
    groups = {group for part in parts if part in known for group in known[part or ""].groups or ()}
    return _at_gateway(here, hop, flow) or hop.component in groups


def _at_balancer(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    """Batfish has a node for each zone of a load balancer, named after its ARN."""
    balancers = [
        each
        for each in here.model.load_balancers.values()
        if each.key.rpartition("/")[2] in flow["stopped_at"]
    ]
    return any(hop.component in (each.key, *each.interfaces) for each in balancers)


def _outside(here: Snapshot, hop: Hop, flow: Mapping[str, Any]) -> bool:
    return hop.component == "internet"


STOPS: tuple[tuple[str, Callable[[Snapshot, Hop, Mapping[str, Any]], bool]], ...] = (
    ("i-", _at_instance),
    ("subnet-", _at_subnet),
    ("vpc-", _at_vpc),
    ("tgw-", _at_transit),
    ("igw-", _at_gateway),
    ("nat-", _at_gateway),
    ("vgw-", _at_gateway),
    ("vpce-", _at_endpoint),
    ("isp_", _outside),
    ("internet", _outside),
)
"""what a node's name begins with -> what must have decided there"""
