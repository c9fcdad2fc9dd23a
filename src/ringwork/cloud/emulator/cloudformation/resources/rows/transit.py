"""AWS::EC2::TransitGateway and what hangs on it."""

from __future__ import annotations

from dataclasses import replace

from ringwork.cloud.emulator.cloudformation.resources.api import Api
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    added_and_removed,
)

_ATTACHMENT_KEY = {"TransitGatewayAttachmentId": "{ref}"}
_TABLE_KEY = {"TransitGatewayRouteTableId": "{ref}"}
_PAIR = {"TransitGatewayRouteTableId": "{part[0]}", "TransitGatewayAttachmentId": "{part[1]}"}
_PAIR_REF = "{given[TransitGatewayRouteTableId]}|{given[TransitGatewayAttachmentId]}"


def _set_subnets(context: Context, attachment: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    if change.creating or not (add or remove):
        return
    lists = {name: items for name, items in (("AddSubnetIds", add), ("RemoveSubnetIds", remove)) if items}
    context.client("ec2").modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=attachment, **lists
    )


def _set_more_subnets(context: Context, attachment: str, change: Change) -> None:
    """`AddSubnetIds` and `RemoveSubnetIds` are orders, done when they change."""
    if change.new:
        context.client("ec2").modify_transit_gateway_vpc_attachment(
            TransitGatewayAttachmentId=attachment, **{change.name: list(change.new)}
        )


def _set_blocks(context: Context, gateway: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    lists = (("AddTransitGatewayCidrBlocks", add), ("RemoveTransitGatewayCidrBlocks", remove))
    options = {name: items for name, items in lists if items}
    if options:
        context.client("ec2").modify_transit_gateway(TransitGatewayId=gateway, Options=options)


_ATTACHMENT = Api(
    service="ec2",
    create="create_transit_gateway_vpc_attachment",
    ref="{answer[TransitGatewayVpcAttachment][TransitGatewayAttachmentId]}",
    key=_ATTACHMENT_KEY,
    delete="delete_transit_gateway_vpc_attachment",
    update=("modify_transit_gateway_vpc_attachment",),
    read="describe_transit_gateway_vpc_attachments",
    read_key={"TransitGatewayAttachmentIds": ["{ref}"]},
    found="TransitGatewayVpcAttachments.0",
    attributes={"Id": "{ref}"},
    kind="transit-gateway-attachment",
)

ROWS = {
    "AWS::EC2::TransitGateway": Api(
        service="ec2",
        create="create_transit_gateway",
        ref="{answer[TransitGateway][TransitGatewayId]}",
        key={"TransitGatewayId": "{ref}"},
        delete="delete_transit_gateway",
        update=("modify_transit_gateway",),
        read="describe_transit_gateways",
        read_key={"TransitGatewayIds": ["{ref}"]},
        found="TransitGateways.0",
        wraps="Options",
        attributes={"Id": "{ref}"},
        setters={"TransitGatewayCidrBlocks": _set_blocks},
        kind="transit-gateway",
    ),
    "AWS::EC2::TransitGatewayAttachment": replace(_ATTACHMENT, changes={"SubnetIds": _set_subnets}),
    "AWS::EC2::TransitGatewayVpcAttachment": replace(
        _ATTACHMENT, setters=dict.fromkeys(("AddSubnetIds", "RemoveSubnetIds"), _set_more_subnets)
    ),
    "AWS::EC2::TransitGatewayPeeringAttachment": Api(
        service="ec2",
        create="create_transit_gateway_peering_attachment",
        ref="{answer[TransitGatewayPeeringAttachment][TransitGatewayAttachmentId]}",
        key=_ATTACHMENT_KEY,
        delete="delete_transit_gateway_peering_attachment",
        read="describe_transit_gateway_peering_attachments",
        read_key={"TransitGatewayAttachmentIds": ["{ref}"]},
        found="TransitGatewayPeeringAttachments.0",
        attributes={"TransitGatewayAttachmentId": "{ref}", "State": "{found[State]}"},
        kind="transit-gateway-attachment",
    ),
    "AWS::EC2::TransitGatewayRouteTable": Api(
        service="ec2",
        create="create_transit_gateway_route_table",
        ref="{answer[TransitGatewayRouteTable][TransitGatewayRouteTableId]}",
        key=_TABLE_KEY,
        delete="delete_transit_gateway_route_table",
        kind="transit-gateway-route-table",
    ),
    "AWS::EC2::TransitGatewayRoute": Api(
        service="ec2",
        create="create_transit_gateway_route",
        ref="{given[TransitGatewayRouteTableId]}|{given[DestinationCidrBlock]}",
        key={"TransitGatewayRouteTableId": "{part[0]}", "DestinationCidrBlock": "{part[1]}"},
        delete="delete_transit_gateway_route",
    ),
    "AWS::EC2::TransitGatewayRouteTableAssociation": Api(
        service="ec2",
        create="associate_transit_gateway_route_table",
        ref=_PAIR_REF,
        key=_PAIR,
        delete="disassociate_transit_gateway_route_table",
    ),
    "AWS::EC2::TransitGatewayRouteTablePropagation": Api(
        service="ec2",
        create="enable_transit_gateway_route_table_propagation",
        ref=_PAIR_REF,
        key=_PAIR,
        delete="disable_transit_gateway_route_table_propagation",
    ),
}
