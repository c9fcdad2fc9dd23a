"""What lets packets in or out of VPCs beside their own gateways, and is not modelled: Classic Load
Balancers, Client VPN, Instance Connect endpoints, Cloud WAN, VPC Lattice, Verified Access, Global
Accelerator, private origins of CloudFront, links of APIs.

It is read so that nobody proves past it: where one of these is near, `ringwork.network` says *unknown*.
Network interfaces that they put into subnets are read as such (`ec2:DescribeNetworkInterfaces`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Below, Kind, Listing
from ringwork.cloud.collect.mapping import Each, Part, Raw, Tags

NOT_HERE = frozenset({"InvalidAction", "UnsupportedOperation"})
"""EC2 API reference, "Error codes": the action is not valid, or not supported. An endpoint that does not know
how to list something has none of it: that a Region lacks a feature."""
GONE = frozenset({"deleted", "delete-complete", "disassociated"})


def _stands(*path: str) -> Callable[[Raw], bool]:
    """Whether the state there is not one of what is gone."""

    def keep(raw: Raw) -> bool:
        value: Any = raw
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return str(value).lower() not in GONE

    return keep


# -- Elastic Load Balancing, the first generation ------------------------------------------------------------

CLASSIC = Kind(
    "AWS::ElasticLoadBalancing::LoadBalancer",
    Listing(
        "elb",
        "DescribeLoadBalancers",
        "LoadBalancerDescriptions",
        action="elasticloadbalancing:DescribeLoadBalancers",
    ),
    deployed=False,
    physical=lambda raw: raw["LoadBalancerName"],
    narrow=lambda physical: {"LoadBalancerNames": [physical]},
    properties={
        "LoadBalancerName": "LoadBalancerName",
        "Scheme": "Scheme",
        "Subnets": "Subnets",
        "SecurityGroups": "SecurityGroups",
        "Instances": "Instances.InstanceId",
        "Listeners": Each(
            "ListenerDescriptions",
            {
                name: f"Listener.{name}"
                for name in ("Protocol", "LoadBalancerPort", "InstanceProtocol", "InstancePort")
            },
        ),
    },
    attributes={"DNSName": "DNSName", "VpcId": "VPCId"},
)

# -- Amazon EC2 ----------------------------------------------------------------------------------------------

CLIENT_VPN = Kind(
    "AWS::EC2::ClientVpnEndpoint",
    Listing("ec2", "DescribeClientVpnEndpoints", "ClientVpnEndpoints", absent=NOT_HERE),
    deployed=False,
    physical=lambda raw: raw["ClientVpnEndpointId"],
    narrow=lambda physical: {"ClientVpnEndpointIds": [physical]},
    keep=_stands("Status", "Code"),
    properties={
        "ClientCidrBlock": "ClientCidrBlock",
        "SecurityGroupIds": "SecurityGroupIds",
        "SplitTunnel": "SplitTunnel",
        "TransportProtocol": "TransportProtocol",
        "VpcId": "VpcId",
        "VpnPort": "VpnPort",
    },
)

CLIENT_VPN_TARGET = Kind(
    "AWS::EC2::ClientVpnTargetNetworkAssociation",
    Listing(
        "ec2",
        "DescribeClientVpnEndpoints",
        "ClientVpnEndpoints",
        absent=NOT_HERE,
        below=Below(
            "DescribeClientVpnTargetNetworks",
            "ClientVpnTargetNetworks",
            lambda raw, where: {"ClientVpnEndpointId": raw["ClientVpnEndpointId"]},
        ),
    ),
    deployed=False,
    physical=lambda raw: raw["AssociationId"],
    keep=_stands("Status", "Code"),
    properties={"ClientVpnEndpointId": "ClientVpnEndpointId", "SubnetId": "TargetNetworkId"},
)

INSTANCE_CONNECT = Kind(
    "AWS::EC2::InstanceConnectEndpoint",
    Listing("ec2", "DescribeInstanceConnectEndpoints", "InstanceConnectEndpoints", absent=NOT_HERE),
    deployed=False,
    physical=lambda raw: raw["InstanceConnectEndpointId"],
    keep=_stands("State"),
    owner="OwnerId",
    properties={
        "PreserveClientIp": "PreserveClientIp",
        "SecurityGroupIds": "SecurityGroupIds",
        "SubnetId": "SubnetId",
        "Tags": Tags(),
    },
    attributes={"VpcId": "VpcId"},
    arn=lambda raw, where: raw.get("InstanceConnectEndpointArn"),
)

CARRIER_GATEWAY = Kind(
    "AWS::EC2::CarrierGateway",
    Listing("ec2", "DescribeCarrierGateways", "CarrierGateways", absent=NOT_HERE),
    deployed=False,
    physical=lambda raw: raw["CarrierGatewayId"],
    narrow=lambda physical: {"CarrierGatewayIds": [physical]},
    keep=_stands("State"),
    owner="OwnerId",
    properties={"VpcId": "VpcId", "Tags": Tags()},
)

LOCAL_GATEWAY = Kind(
    "AWS::EC2::LocalGatewayRouteTableVPCAssociation",
    Listing(
        "ec2",
        "DescribeLocalGatewayRouteTableVpcAssociations",
        "LocalGatewayRouteTableVpcAssociations",
        absent=NOT_HERE,
    ),
    deployed=False,
    physical=lambda raw: raw["LocalGatewayRouteTableVpcAssociationId"],
    keep=_stands("State"),
    properties={"LocalGatewayRouteTableId": "LocalGatewayRouteTableId", "VpcId": "VpcId"},
)


def _options(member: str, end: str) -> Part:
    """What the endpoint leads to: `end`, by which port and from which subnets."""
    return Part({name: f"{member}.{name}" for name in ("Port", "Protocol", "SubnetIds", end)})


VERIFIED_ACCESS = Kind(
    "AWS::EC2::VerifiedAccessEndpoint",
    Listing("ec2", "DescribeVerifiedAccessEndpoints", "VerifiedAccessEndpoints", absent=NOT_HERE),
    deployed=False,
    physical=lambda raw: raw["VerifiedAccessEndpointId"],
    narrow=lambda physical: {"VerifiedAccessEndpointIds": [physical]},
    keep=_stands("Status", "Code"),
    properties={
        "AttachmentType": "AttachmentType",
        "EndpointType": "EndpointType",
        "SecurityGroupIds": "SecurityGroupIds",
        "VerifiedAccessGroupId": "VerifiedAccessGroupId",
        "CidrOptions": _options("CidrOptions", "Cidr"),
        "LoadBalancerOptions": _options("LoadBalancerOptions", "LoadBalancerArn"),
        "NetworkInterfaceOptions": _options("NetworkInterfaceOptions", "NetworkInterfaceId"),
        "RdsOptions": _options("RdsOptions", "RdsEndpoint"),
    },
)

ROUTE_SERVER = Kind(
    "AWS::EC2::RouteServerAssociation",
    Listing(
        "ec2",
        "DescribeRouteServers",
        "RouteServers",
        absent=NOT_HERE,
        below=Below(
            "GetRouteServerAssociations",
            "RouteServerAssociations",
            lambda raw, where: {"RouteServerId": raw["RouteServerId"]},
        ),
    ),
    deployed=False,
    physical=lambda raw: f"{raw['RouteServerId']}|{raw['VpcId']}",
    identity=("RouteServerId", "VpcId"),
    properties={"RouteServerId": "RouteServerId", "VpcId": "VpcId"},
)
"""Routes come and go with it, so that those which were read do not stay."""

# -- AWS Cloud WAN and Amazon VPC Lattice --------------------------------------------------------------------

CLOUD_WAN = Kind(
    "AWS::NetworkManager::VpcAttachment",
    Listing(
        "networkmanager", "ListAttachments", "Attachments", parameters=lambda where: {"AttachmentType": "VPC"}
    ),
    deployed=False,
    is_global=True,
    physical=lambda raw: raw["AttachmentId"],
    keep=_stands("State"),
    owner="OwnerAccountId",
    properties={"CoreNetworkId": "CoreNetworkId", "VpcArn": "ResourceArn", "Tags": Tags()},
    attributes={"EdgeLocation": "EdgeLocation", "State": "State"},
)

LATTICE = Kind(
    "AWS::VpcLattice::ServiceNetworkVpcAssociation",
    Listing("vpc-lattice", "ListServiceNetworkVpcAssociations", "items"),
    deployed=False,
    physical=lambda raw: raw["arn"],
    properties={"ServiceNetworkIdentifier": "serviceNetworkArn", "VpcIdentifier": "vpcId"},
    attributes={"Id": "id", "Status": "status"},
    arn=lambda raw, where: raw["arn"],
)

RESOURCE_GATEWAY = Kind(
    "AWS::VpcLattice::ResourceGateway",
    Listing("vpc-lattice", "ListResourceGateways", "items"),
    deployed=False,
    physical=lambda raw: raw["arn"],
    properties={
        "Name": "name",
        "IpAddressType": "ipAddressType",
        "SecurityGroupIds": "securityGroupIds",
        "SubnetIds": "subnetIds",
        "VpcIdentifier": "vpcIdentifier",
    },
    attributes={"Id": "id", "Status": "status"},
    arn=lambda raw, where: raw["arn"],
)

# -- from the internet ---------------------------------------------------------------------------------------

ACCELERATED = Kind(
    "AWS::GlobalAccelerator::EndpointGroup",
    Listing(
        "globalaccelerator",
        "ListAccelerators",
        "Accelerators",
        below=Below(
            "ListListeners",
            "Listeners",
            lambda raw, where: {"AcceleratorArn": raw["AcceleratorArn"]},
            below=Below(
                "ListEndpointGroups",
                "EndpointGroups",
                lambda raw, where: {"ListenerArn": raw["ListenerArn"]},
            ),
        ),
    ),
    deployed=False,
    is_global=True,
    physical=lambda raw: raw["EndpointGroupArn"],
    properties={
        "EndpointConfigurations": Each("EndpointDescriptions", {"EndpointId": "EndpointId"}),
        "EndpointGroupRegion": "EndpointGroupRegion",
        "ListenerArn": "$above.ListenerArn",
    },
    arn=lambda raw, where: raw["EndpointGroupArn"],
)


def _origins(raw: Raw) -> Iterable[Raw]:
    return raw.get("Items") or ()


VPC_ORIGIN = Kind(
    "AWS::CloudFront::VpcOrigin",
    Listing("cloudfront", "ListVpcOrigins", "VpcOriginList"),
    deployed=False,
    is_global=True,
    expand=_origins,
    physical=lambda raw: raw["Id"],
    owner="AccountId",
    properties={"VpcOriginEndpointConfig": Part({"Arn": "OriginEndpointArn", "Name": "Name"})},
    attributes={"Arn": "Arn", "Status": "Status"},
    arn=lambda raw, where: raw["Arn"],
)

API_LINK = Kind(
    "AWS::ApiGateway::VpcLink",
    Listing("apigateway", "GetVpcLinks", "items", action="apigateway:GET"),
    deployed=False,
    physical=lambda raw: raw["id"],
    properties={"Name": "name", "TargetArns": "targetArns"},
)

HTTP_API_LINK = Kind(
    "AWS::ApiGatewayV2::VpcLink",
    Listing("apigatewayv2", "GetVpcLinks", "Items", action="apigateway:GET"),
    deployed=False,
    physical=lambda raw: raw["VpcLinkId"],
    properties={"Name": "Name", "SecurityGroupIds": "SecurityGroupIds", "SubnetIds": "SubnetIds"},
)

KINDS = (
    CLASSIC,
    CLIENT_VPN,
    CLIENT_VPN_TARGET,
    INSTANCE_CONNECT,
    CARRIER_GATEWAY,
    LOCAL_GATEWAY,
    VERIFIED_ACCESS,
    ROUTE_SERVER,
    CLOUD_WAN,
    LATTICE,
    RESOURCE_GATEWAY,
    ACCELERATED,
    VPC_ORIGIN,
    API_LINK,
    HTTP_API_LINK,
)
