"""Answers that a live collection asks for below others, as recordings keep them: in files of their own.

A recording of a Transit Gateway's routes is `TransitGatewayStaticRoutes.json`, with one member for each route
table; a load balancer's listeners are `LoadBalancerListeners.json`, a prefix list's entries
`ManagedPrefixListEntries.json`. Each function gives the items of one type in the shape that the live listing
has, or None where nothing was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ringwork.cloud.collect.mapping import Raw

Recorded = Mapping[str, list[Any]]
"""The lists of one place (account and Region), by their names"""
Regions = Mapping[str, str | None]
"""Transit Gateway -> the Region where it was recorded"""

_ENDED = frozenset({"deleting", "deleted", "rejected", "rejecting", "failed", "failing"})


def _below(name: str, member: str, key: str) -> Callable[[Recorded], list[Raw] | None]:
    """The members of each recorded answer, each with the one that it stands below."""

    def items(recorded: Recorded) -> list[Raw] | None:
        if name not in recorded:
            return None
        return [
            {**item, "$above": {key: answer[key]}}
            for answer in recorded[name]
            for item in answer.get(member, ())
        ]

    return items


def _associations(recorded: Recorded) -> list[Raw] | None:
    """DescribeTransitGatewayAttachments tells each attachment's association."""
    if "TransitGatewayAttachments" not in recorded:
        return None
    return [
        {
            "TransitGatewayAttachmentId": attachment["TransitGatewayAttachmentId"],
            "State": attachment["Association"].get("State"),
            "OwnerId": attachment.get("TransitGatewayOwnerId"),
            "$above": {"TransitGatewayRouteTableId": attachment["Association"]["TransitGatewayRouteTableId"]},
        }
        for attachment in recorded["TransitGatewayAttachments"]
        if attachment.get("Association") and attachment.get("State") not in _ENDED
    ]


BELOW: Mapping[str, Callable[[Recorded], list[Raw] | None]] = {
    "AWS::EC2::TransitGatewayRoute": _below(
        "TransitGatewayStaticRoutes", "Routes", "TransitGatewayRouteTableId"
    ),
    "AWS::EC2::TransitGatewayRouteTablePropagation": _below(
        "TransitGatewayPropagations", "TransitGatewayRouteTablePropagations", "TransitGatewayRouteTableId"
    ),
    "AWS::EC2::TransitGatewayRouteTableAssociation": _associations,
    "AWS::ElasticLoadBalancingV2::Listener": _below("LoadBalancerListeners", "Listeners", "LoadBalancerArn"),
}
"""type -> its items, where the live listing has another one above it"""

DETAILS: Mapping[str, tuple[str, str, str]] = {
    "DescribeLoadBalancerAttributes": ("LoadBalancerAttributes", "LoadBalancerArn", "Attributes"),
    "GetManagedPrefixListEntries": ("ManagedPrefixListEntries", "PrefixListId", "Entries"),
    "DescribeTargetHealth": ("LoadBalancerTargetHealth", "TargetGroupArn", "TargetHealthDescriptions"),
}
"""operation of a detail -> the list that records it, the member that says for what, the member that is it"""


def detail(operation: str, item: Raw, recorded: Recorded) -> Any:
    """The recorded answer to a detail's operation for an item; None where there is none."""
    name, key, member = DETAILS.get(operation, ("", "", ""))
    answers = (answer for answer in recorded.get(name, ()) if answer.get(key) == item.get(key))
    return next((answer.get(member) for answer in answers), None)


def peerings(recorded: Recorded, regions: Regions) -> Iterator[Raw]:
    """Peering attachments in the shape of DescribeTransitGatewayPeeringAttachments, from the general list.

    That does not tell who asked whom, which no packet sees: the first by id counts as the requester. A side
    that was not recorded has no Region here.
    """
    for attachment in recorded.get("TransitGatewayAttachments", ()):
        if attachment.get("ResourceType") != "peering" or attachment.get("State") in _ENDED:
            continue
        own, other = attachment["TransitGatewayId"], attachment["ResourceId"]
        owners = {own: attachment.get("TransitGatewayOwnerId"), other: attachment.get("ResourceOwnerId")}
        requester, accepter = (
            {
                "TransitGatewayId": gateway,
                "OwnerId": owners[gateway],
                "Region": regions.get(gateway),
            }
            for gateway in sorted((own, other))
        )
        yield {
            "TransitGatewayAttachmentId": attachment["TransitGatewayAttachmentId"],
            "State": attachment.get("State"),
            "RequesterTgwInfo": requester,
            "AccepterTgwInfo": accepter,
            "Tags": attachment.get("Tags", []),
        }
