"""What joins a VPC or a Transit Gateway to another network: peering, VPN, Direct Connect; route tables of
gateways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ringwork.cloud.collect.kinds import Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Number, Raw, Tags, look
from ringwork.cloud.collect.network import ROUTE_TABLES, arn, by_filter, ids

_ENDED = frozenset({"deleted", "deleting", "failed", "expired", "rejected"})


def _state(path: str) -> Any:
    return lambda raw: str(look(raw, path)).lower() not in _ENDED


VPC_PEERING_CONNECTION = Kind(
    "AWS::EC2::VPCPeeringConnection",
    Listing("ec2", "DescribeVpcPeeringConnections", "VpcPeeringConnections"),
    deployed=False,
    physical=lambda raw: raw["VpcPeeringConnectionId"],
    narrow=ids("VpcPeeringConnectionIds"),
    keep=_state("Status.Code"),
    # the accepter's account and Region list it too
    owner="RequesterVpcInfo.OwnerId",
    owner_region="RequesterVpcInfo.Region",
    properties={
        "VpcId": "RequesterVpcInfo.VpcId",
        "PeerVpcId": "AccepterVpcInfo.VpcId",
        "PeerOwnerId": "AccepterVpcInfo.OwnerId",
        "PeerRegion": "AccepterVpcInfo.Region",
        "Tags": Tags(),
    },
    attributes={"Id": "VpcPeeringConnectionId", "Status": "Status.Code"},
    arn=arn("vpc-peering-connection", "VpcPeeringConnectionId"),
)


def _attached(raw: Raw) -> Any:
    """The VPC of a VPN gateway: it has one at a time (EC2 API reference, AttachVpnGateway)."""
    found = [
        attachment["VpcId"]
        for attachment in raw.get("VpcAttachments", ())
        if attachment.get("State") in ("attached", "attaching")
    ]
    return found[0] if found else MISSING


VPN_GATEWAY = Kind(
    "AWS::EC2::VPNGateway",
    Listing("ec2", "DescribeVpnGateways", "VpnGateways"),
    deployed=False,
    physical=lambda raw: raw["VpnGatewayId"],
    narrow=ids("VpnGatewayIds"),
    keep=_state("State"),
    properties={"Type": "Type", "AmazonSideAsn": "AmazonSideAsn", "Tags": Tags()},
    # the type AWS::EC2::VPCGatewayAttachment is read from internet gateways
    attributes={"VPNGatewayId": "VpnGatewayId", "VpcId": Computed(_attached), "State": "State"},
    arn=arn("vpn-gateway", "VpnGatewayId"),
)

CUSTOMER_GATEWAY = Kind(
    "AWS::EC2::CustomerGateway",
    Listing("ec2", "DescribeCustomerGateways", "CustomerGateways"),
    deployed=False,
    physical=lambda raw: raw["CustomerGatewayId"],
    narrow=ids("CustomerGatewayIds"),
    keep=_state("State"),
    properties={
        "BgpAsn": Number("BgpAsn"),
        "IpAddress": "IpAddress",
        "DeviceName": "DeviceName",
        "Type": "Type",
        "Tags": Tags(),
    },
    attributes={"CustomerGatewayId": "CustomerGatewayId", "State": "State"},
    arn=arn("customer-gateway", "CustomerGatewayId"),
)

_CONNECTIONS = Listing("ec2", "DescribeVpnConnections", "VpnConnections")

VPN_CONNECTION = Kind(
    "AWS::EC2::VPNConnection",
    _CONNECTIONS,
    deployed=False,
    physical=lambda raw: raw["VpnConnectionId"],
    narrow=ids("VpnConnectionIds"),
    keep=_state("State"),
    # never `CustomerGatewayConfiguration`: it holds the tunnels' keys
    properties={
        "CustomerGatewayId": "CustomerGatewayId",
        "VpnGatewayId": "VpnGatewayId",
        "TransitGatewayId": "TransitGatewayId",
        "Type": "Type",
        "StaticRoutesOnly": "Options.StaticRoutesOnly",
        "Tags": Tags(),
    },
    attributes={"VpnConnectionId": "VpnConnectionId", "State": "State"},
    arn=arn("vpn-connection", "VpnConnectionId"),
)


def _static_routes(raw: Raw) -> Iterable[Raw]:
    for route in raw.get("Routes", ()):
        if route.get("State") not in _ENDED and route.get("DestinationCidrBlock"):
            yield {**route, "VpnConnectionId": raw["VpnConnectionId"]}


VPN_CONNECTION_ROUTE = Kind(
    "AWS::EC2::VPNConnectionRoute",
    _CONNECTIONS,
    deployed=False,
    expand=_static_routes,
    physical=lambda raw: f"{raw['VpnConnectionId']}|{raw['DestinationCidrBlock']}",
    properties={"VpnConnectionId": "VpnConnectionId", "DestinationCidrBlock": "DestinationCidrBlock"},
    identity=("VpnConnectionId", "DestinationCidrBlock"),
)


def _propagating(raw: Raw) -> Iterable[Raw]:
    for gateway in raw.get("PropagatingVgws", ()):
        yield {"VpnGatewayId": gateway["GatewayId"], "RouteTableIds": [raw["RouteTableId"]]}


VPN_GATEWAY_ROUTE_PROPAGATION = Kind(
    "AWS::EC2::VPNGatewayRoutePropagation",
    ROUTE_TABLES,
    deployed=False,
    expand=_propagating,
    physical=lambda raw: f"{raw['RouteTableIds'][0]}|{raw['VpnGatewayId']}",
    narrow=lambda physical: ids("RouteTableIds")(physical.split("|")[0]),
    properties={"RouteTableIds": "RouteTableIds", "VpnGatewayId": "VpnGatewayId"},
    identity=("RouteTableIds", "VpnGatewayId"),
)

GATEWAY_ROUTE_TABLE_ASSOCIATION = Kind(
    "AWS::EC2::GatewayRouteTableAssociation",
    ROUTE_TABLES,
    deployed=False,
    expand=lambda raw: (each for each in raw.get("Associations", ()) if each.get("GatewayId")),
    physical=lambda raw: raw["RouteTableAssociationId"],
    narrow=by_filter("association.route-table-association-id"),
    properties={"RouteTableId": "RouteTableId", "GatewayId": "GatewayId"},
    attributes={"AssociationId": "RouteTableAssociationId"},
    identity=("GatewayId",),
)

TRANSIT_GATEWAY_ATTACHMENT = Kind(
    "live:ec2:transit-gateway-attachment",
    Listing("ec2", "DescribeTransitGatewayAttachments", "TransitGatewayAttachments"),
    physical=lambda raw: raw["TransitGatewayAttachmentId"],
    narrow=ids("TransitGatewayAttachmentIds"),
    # those of VPCs and of peerings are CloudFormation types
    keep=lambda raw: (
        raw.get("ResourceType") not in ("vpc", "peering")
        and str(raw.get("State", "")) not in ("deleted", "deleting", "rejected", "rejecting", "failed")
    ),
    owner="TransitGatewayOwnerId",
    properties={
        "TransitGatewayId": "TransitGatewayId",
        "ResourceType": "ResourceType",
        "ResourceId": "ResourceId",
        "ResourceOwnerId": "ResourceOwnerId",
    },
    attributes={"TransitGatewayAttachmentId": "TransitGatewayAttachmentId", "State": "State"},
    arn=arn("transit-gateway-attachment", "TransitGatewayAttachmentId"),
)


def _excluded(kind: str) -> Computed:
    def id_of(raw: Raw) -> Any:
        before, _, physical = str(raw.get("ResourceArn", "")).rpartition("/")
        return physical if before.endswith(f":{kind}") else MISSING

    return Computed(id_of)


BLOCK_PUBLIC_ACCESS_EXCLUSION = Kind(
    "AWS::EC2::VPCBlockPublicAccessExclusion",
    Listing("ec2", "DescribeVpcBlockPublicAccessExclusions", "VpcBlockPublicAccessExclusions"),
    deployed=False,
    physical=lambda raw: raw["ExclusionId"],
    narrow=ids("ExclusionIds"),
    # EC2 API reference, VpcBlockPublicAccessExclusion, State
    keep=lambda raw: (
        str(raw.get("State", "")) not in ("delete-complete", "disable-complete", "create-failed")
    ),
    properties={
        "InternetGatewayExclusionMode": "InternetGatewayExclusionMode",
        "VpcId": _excluded("vpc"),
        "SubnetId": _excluded("subnet"),
        "Tags": Tags(),
    },
    attributes={"ExclusionId": "ExclusionId", "State": "State"},
)

KINDS = (
    VPC_PEERING_CONNECTION,
    VPN_GATEWAY,
    CUSTOMER_GATEWAY,
    VPN_CONNECTION,
    VPN_CONNECTION_ROUTE,
    VPN_GATEWAY_ROUTE_PROPAGATION,
    GATEWAY_ROUTE_TABLE_ASSOCIATION,
    TRANSIT_GATEWAY_ATTACHMENT,
    BLOCK_PUBLIC_ACCESS_EXCLUSION,
)
