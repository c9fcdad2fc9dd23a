"""EC2: routes of Transit Gateway route tables, propagated ones included.

Sources: Transit Gateway guide, "How transit gateways work" (route propagation, route evaluation order: of
routes with one prefix a static one wins over one that a prefix list makes, and that over a propagated one; a
VPC attachment propagates the VPC's CIDR blocks); EC2 API reference, SearchTransitGatewayRoutes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_MOST = 1000


def _backend(call: Call) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[call.account][call.region]


def route_table(call: Call) -> Any:
    name = str(call.parameters["TransitGatewayRouteTableId"])
    table = _backend(call).transit_gateways_route_tables.get(name)
    if table is None:
        message = f"Transit Gateway Route Table {name} was deleted or does not exist."
        raise AwsError("InvalidRouteTableID.NotFound", message)
    return table


def attached(backend: Any, identifier: str) -> dict[str, str]:
    found = backend.transit_gateway_attachments.get(identifier)
    row = {"TransitGatewayAttachmentId": identifier}
    if found is not None:
        row.update(ResourceId=found.resource_id, ResourceType=found.resource_type)
    return row


def _static(backend: Any, table: Any) -> Iterator[dict[str, Any]]:
    for cidr, route in table.routes.items():
        row: dict[str, Any] = {
            "DestinationCidrBlock": cidr,
            "Type": route.get("type") or "static",
            "State": route.get("state") or "active",
        }
        attachments = route.get("transitGatewayAttachments") or {}
        named = attachments.get("transitGatewayAttachmentId") if isinstance(attachments, Mapping) else None
        if named:
            row["TransitGatewayAttachments"] = [attached(backend, named)]
        if route.get("prefixListId"):
            row["PrefixListId"] = route["prefixListId"]
        yield row


REFERENCES = "ringwork_prefix_lists"
"""On moto's route table: prefix list -> its attachment's id, None for a black hole."""


def _referenced(backend: Any, table: Any) -> Iterator[dict[str, Any]]:
    """A route for each entry that a prefix list has now (guide, "Prefix list references")."""
    for prefix_list, attachment in getattr(table, REFERENCES, {}).items():
        found = backend.managed_prefix_lists.get(prefix_list)
        if found is None or found.state == "delete-complete":
            continue
        for entry in found.entries.get(found.version) or ():
            row: dict[str, Any] = {
                "DestinationCidrBlock": entry["Cidr"],
                "Type": "static",
                "State": "active" if attachment else "blackhole",
                "PrefixListId": prefix_list,
            }
            if attachment:
                row["TransitGatewayAttachments"] = [attached(backend, attachment)]
            yield row


def _propagated(backend: Any, table: Any) -> Iterator[dict[str, Any]]:
    for propagation in table.route_table_propagation:
        identifier = propagation.transitGatewayAttachmentId
        attachment = backend.transit_gateway_attachments.get(identifier)
        if attachment is None or attachment.resource_type != "vpc":
            continue
        for cidr in _cidrs(attachment):
            yield {
                "DestinationCidrBlock": cidr,
                "Type": "propagated",
                "State": "active",
                "TransitGatewayAttachments": [attached(backend, identifier)],
            }


def _cidrs(attachment: Any) -> list[str]:
    """The IPv4 CIDR blocks of an attached VPC, in whichever account it is."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    for regions in list(ec2_backends.values()):
        for backend in list(regions.values()):
            vpc = backend.vpcs.get(attachment.resource_id)
            if vpc is not None:
                return [str(block["cidr_block"]) for block in vpc.cidr_block_association_set]
    return []


def routes(backend: Any, table: Any) -> list[dict[str, Any]]:
    """The routes of a table: of those with one prefix the one that wins, and of propagated ones the first."""
    found: dict[str, dict[str, Any]] = {}
    for row in (
        *_static(backend, table),
        *_referenced(backend, table),
        *_propagated(backend, table),
    ):
        found.setdefault(row["DestinationCidrBlock"], row)
    return list(found.values())


def _search(call: Call, _proceed: Proceed) -> dict[str, Any]:
    table = route_table(call)
    rows = [
        row for row in routes(_backend(call), table) if _wanted(row, call.parameters.get("Filters") or ())
    ]
    limit = int(call.parameters.get("MaxResults") or _MOST)
    return {"Routes": rows[:limit], "AdditionalRoutesAvailable": len(rows) > limit}


def _wanted(row: Mapping[str, Any], filters: Any) -> bool:
    """EC2 API reference, SearchTransitGatewayRoutes, Filters."""
    attachments = row.get("TransitGatewayAttachments") or ()
    for one in filters:
        name, values = one["Name"], one["Values"]
        if name in _NETWORKS:
            if not any(_NETWORKS[name](row["DestinationCidrBlock"], value) for value in values):
                return False
            continue
        given: list[Any] = {
            "state": [row["State"]],
            "type": [row["Type"]],
            "prefix-list-id": [row.get("PrefixListId")],
            "attachment.transit-gateway-attachment-id": [
                a["TransitGatewayAttachmentId"] for a in attachments
            ],
            "attachment.resource-id": [a.get("ResourceId") for a in attachments],
            "attachment.resource-type": [a.get("ResourceType") for a in attachments],
        }.get(name, [])
        if not set(given) & set(values):
            return False
    return True


def _covers(wide: str, narrow: str) -> bool:
    one, two = ipaddress.ip_network(wide), ipaddress.ip_network(narrow)
    return one.version == two.version and two.subnet_of(one)  # type: ignore[arg-type]


_NETWORKS: Mapping[str, Callable[[str, str], bool]] = {
    "route-search.exact-match": lambda route, value: route == value,
    "route-search.longest-prefix-match": _covers,
    "route-search.subnet-of-match": lambda route, value: _covers(value, route),
    "route-search.supernet-of-match": _covers,
}


def _create_route(call: Call, proceed: Proceed) -> dict[str, Any]:
    """With the attachment's resource in the answer, which moto leaves out."""
    table = route_table(call)
    answer = proceed()
    named = call.parameters.get("TransitGatewayAttachmentId")
    if named and "Route" in answer:
        answer["Route"]["TransitGatewayAttachments"] = [attached(_backend(call), named)]
    del table
    return answer


OVERLAYS: Mapping[str, Overlay] = {
    "CreateTransitGatewayRoute": _create_route,
    "SearchTransitGatewayRoutes": _search,
}
