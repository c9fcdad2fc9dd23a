"""VPCs, subnets, routes and gateways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Parsed, Raw, Rule, Tags, look


def arn(kind: str, id_field: str) -> Callable[[Raw, Where], str]:
    return lambda raw, where: where.arn("ec2", f"{kind}/{raw[id_field]}")


def ids(parameter: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda physical: {parameter: [physical]}


def by_filter(name: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda physical: {"Filters": [{"Name": name, "Values": [physical]}]}


def _vpc_attribute(name: str, attribute: str, member: str) -> Detail:
    return Detail(
        name,
        "DescribeVpcAttribute",
        lambda raw, where: {"VpcId": raw["VpcId"], "Attribute": attribute},
        result=member,
    )


VPCS = Listing("ec2", "DescribeVpcs", "Vpcs")
SUBNETS = Listing("ec2", "DescribeSubnets", "Subnets")
ROUTE_TABLES = Listing("ec2", "DescribeRouteTables", "RouteTables")
INTERNET_GATEWAYS = Listing("ec2", "DescribeInternetGateways", "InternetGateways")
EGRESS_ONLY_GATEWAYS = Listing("ec2", "DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways")
NAT_GATEWAYS = Listing("ec2", "DescribeNatGateways", "NatGateways")
ADDRESSES = Listing("ec2", "DescribeAddresses", "Addresses")
ENDPOINTS = Listing("ec2", "DescribeVpcEndpoints", "VpcEndpoints")
PREFIX_LISTS = Listing("ec2", "DescribeManagedPrefixLists", "PrefixLists")
FLOW_LOGS = Listing("ec2", "DescribeFlowLogs", "FlowLogs")


VPC = Kind(
    "AWS::EC2::VPC",
    VPCS,
    physical=lambda raw: raw["VpcId"],
    narrow=ids("VpcIds"),
    details=(
        _vpc_attribute("$dns_support", "enableDnsSupport", "EnableDnsSupport"),
        _vpc_attribute("$dns_hostnames", "enableDnsHostnames", "EnableDnsHostnames"),
        Detail(
            "$default_group",
            "DescribeSecurityGroups",
            lambda raw, where: {
                "Filters": [
                    {"Name": "vpc-id", "Values": [raw["VpcId"]]},
                    {"Name": "group-name", "Values": ["default"]},
                ]
            },
            result="SecurityGroups",
        ),
        Detail(
            "$default_acl",
            "DescribeNetworkAcls",
            lambda raw, where: {
                "Filters": [
                    {"Name": "vpc-id", "Values": [raw["VpcId"]]},
                    {"Name": "default", "Values": ["true"]},
                ]
            },
            result="NetworkAcls",
        ),
    ),
    properties={
        "CidrBlock": "CidrBlock",
        "InstanceTenancy": "InstanceTenancy",
        "EnableDnsSupport": "$dns_support.Value",
        "EnableDnsHostnames": "$dns_hostnames.Value",
        "Tags": Tags(),
    },
    attributes={
        "VpcId": "VpcId",
        "CidrBlock": "CidrBlock",
        "CidrBlockAssociations": "CidrBlockAssociationSet.AssociationId",
        "Ipv6CidrBlocks": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
        "DefaultSecurityGroup": Computed(lambda raw: _first(look(raw, "$default_group.GroupId"))),
        "DefaultNetworkAcl": Computed(lambda raw: _first(look(raw, "$default_acl.NetworkAclId"))),
        "IsDefault": "IsDefault",
        "OwnerId": "OwnerId",
    },
    arn=arn("vpc", "VpcId"),
)


def _first(values: Any) -> Any:
    return values[0] if isinstance(values, list) and values else MISSING


def _secondary_blocks(raw: Raw) -> Iterable[Raw]:
    """All associated blocks of a VPC but the primary one, which is a property of the VPC itself."""
    for association in raw.get("CidrBlockAssociationSet", ()):
        live = association["CidrBlockState"]["State"] in ("associated", "associating")
        if live and association["CidrBlock"] != raw["CidrBlock"]:
            yield {**association, "VpcId": raw["VpcId"]}
    for association in raw.get("Ipv6CidrBlockAssociationSet", ()):
        if association["Ipv6CidrBlockState"]["State"] in ("associated", "associating"):
            yield {**association, "VpcId": raw["VpcId"]}


def _from_amazon(raw: Raw) -> Any:
    """EC2 API reference, VpcIpv6CidrBlockAssociation: `Ipv6Pool` of a block that Amazon gave is `Amazon`."""
    return True if raw.get("Ipv6Pool") == "Amazon" else MISSING


VPC_CIDR_BLOCK = Kind(
    "AWS::EC2::VPCCidrBlock",
    VPCS,
    expand=_secondary_blocks,
    physical=lambda raw: raw["AssociationId"],
    narrow=by_filter("cidr-block-association.association-id"),
    properties={
        "VpcId": "VpcId",
        "CidrBlock": "CidrBlock",
        "Ipv6CidrBlock": "Ipv6CidrBlock",
        "AmazonProvidedIpv6CidrBlock": Computed(_from_amazon),
    },
    attributes={"Id": "AssociationId"},
    identity=("VpcId", "CidrBlock"),
)


def _ipv6_block(raw: Raw) -> Any:
    for association in raw.get("Ipv6CidrBlockAssociationSet", ()):
        if association["Ipv6CidrBlockState"]["State"] == "associated":
            return association["Ipv6CidrBlock"]
    return MISSING


SUBNET = Kind(
    "AWS::EC2::Subnet",
    SUBNETS,
    physical=lambda raw: raw["SubnetId"],
    narrow=ids("SubnetIds"),
    properties={
        "VpcId": "VpcId",
        "CidrBlock": "CidrBlock",
        "AvailabilityZone": "AvailabilityZone",
        "MapPublicIpOnLaunch": "MapPublicIpOnLaunch",
        "AssignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
        "Ipv6CidrBlock": Computed(_ipv6_block),
        "EnableDns64": "EnableDns64",
        "Ipv6Native": "Ipv6Native",
        "PrivateDnsNameOptionsOnLaunch": "PrivateDnsNameOptionsOnLaunch",
        "Tags": Tags(),
    },
    attributes={
        "SubnetId": "SubnetId",
        "AvailabilityZone": "AvailabilityZone",
        "AvailabilityZoneId": "AvailabilityZoneId",
        "CidrBlock": "CidrBlock",
        "VpcId": "VpcId",
        "OwnerId": "OwnerId",
    },
    arn=arn("subnet", "SubnetId"),
)


ROUTE_TABLE = Kind(
    "AWS::EC2::RouteTable",
    ROUTE_TABLES,
    physical=lambda raw: raw["RouteTableId"],
    narrow=ids("RouteTableIds"),
    properties={"VpcId": "VpcId", "Tags": Tags()},
    attributes={
        "RouteTableId": "RouteTableId",
        "Main": Computed(lambda raw: any(a.get("Main") for a in raw.get("Associations", ()))),
    },
    arn=arn("route-table", "RouteTableId"),
)

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _routes(raw: Raw) -> Iterable[Raw]:
    for route in raw.get("Routes", ()):
        yield {**route, "RouteTableId": raw["RouteTableId"]}


def destination(raw: Raw) -> str:
    """The route's destination: a CIDR block or a prefix list id. A table has one route for each."""
    return next(str(raw[name]) for name in _DESTINATIONS if raw.get(name))


def _declared_routes(raw: Raw) -> Iterable[Raw]:
    """Routes that somebody made. The others follow from other resources: `local` routes from the VPC's
    blocks, gateway endpoint routes from `VPCEndpoint.RouteTableIds`, propagated ones from a VPN gateway
    (those are `live:ec2:propagated-route`)."""
    for route in _routes(raw):
        target = route.get("GatewayId", "")
        endpoint = target.startswith("vpce-") and "DestinationPrefixListId" in route
        if target != "local" and not endpoint and route.get("Origin") != "EnableVgwRoutePropagation":
            yield route


def _propagated_routes(raw: Raw) -> Iterable[Raw]:
    return (route for route in _routes(raw) if route.get("Origin") == "EnableVgwRoutePropagation")


_ROUTE: Mapping[str, Rule] = {
    "RouteTableId": "RouteTableId",
    **{name: name for name in _DESTINATIONS},
    "GatewayId": Computed(lambda raw: _gateway(raw, endpoint=False)),
    "VpcEndpointId": Computed(lambda raw: _gateway(raw, endpoint=True)),
    "NatGatewayId": "NatGatewayId",
    "TransitGatewayId": "TransitGatewayId",
    "VpcPeeringConnectionId": "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId": "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId": "NetworkInterfaceId",
    "InstanceId": "InstanceId",
    "LocalGatewayId": "LocalGatewayId",
    "CarrierGatewayId": "CarrierGatewayId",
    "CoreNetworkArn": "CoreNetworkArn",
}


def _gateway(raw: Raw, *, endpoint: bool) -> Any:
    """The API names Gateway Load Balancer endpoints by GatewayId too; CloudFormation tells them apart."""
    target = raw.get("GatewayId")
    return target if target and target.startswith("vpce-") is endpoint else MISSING


def _table_of(physical: str) -> Mapping[str, Any]:
    return {"RouteTableIds": [physical.split("|", maxsplit=1)[0]]}


ROUTE = Kind(
    "AWS::EC2::Route",
    ROUTE_TABLES,
    expand=_declared_routes,
    physical=lambda raw: f"{raw['RouteTableId']}|{destination(raw)}",
    narrow=_table_of,
    properties=_ROUTE,
    attributes={"CidrBlock": Computed(destination), "State": "State"},
    identity=("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"),
)

PROPAGATED_ROUTE = Kind(
    "live:ec2:propagated-route",
    ROUTE_TABLES,
    expand=_propagated_routes,
    physical=lambda raw: f"{raw['RouteTableId']}|{destination(raw)}",
    narrow=_table_of,
    properties=_ROUTE,
    attributes={"State": "State"},
)


def _table_associations(raw: Raw) -> Iterable[Raw]:
    """Associations with subnets. The main association is the table's attribute `Main`, and one with a
    gateway is another CloudFormation type."""
    return (a for a in raw.get("Associations", ()) if a.get("SubnetId"))


SUBNET_ROUTE_TABLE_ASSOCIATION = Kind(
    "AWS::EC2::SubnetRouteTableAssociation",
    ROUTE_TABLES,
    expand=_table_associations,
    physical=lambda raw: raw["RouteTableAssociationId"],
    narrow=by_filter("association.route-table-association-id"),
    properties={"RouteTableId": "RouteTableId", "SubnetId": "SubnetId"},
    attributes={"Id": "RouteTableAssociationId"},
    identity=("SubnetId",),
)

INTERNET_GATEWAY = Kind(
    "AWS::EC2::InternetGateway",
    INTERNET_GATEWAYS,
    physical=lambda raw: raw["InternetGatewayId"],
    narrow=ids("InternetGatewayIds"),
    properties={"Tags": Tags()},
    attributes={"InternetGatewayId": "InternetGatewayId"},
    arn=arn("internet-gateway", "InternetGatewayId"),
)


def _attachments(raw: Raw) -> Iterable[Raw]:
    """An internet gateway's attachment is `available`; elsewhere EC2 says `attached`."""
    for attachment in raw.get("Attachments", ()):
        if attachment.get("State") in ("available", "attached", "attaching"):
            yield {"VpcId": attachment["VpcId"], "InternetGatewayId": raw["InternetGatewayId"]}


VPC_GATEWAY_ATTACHMENT = Kind(
    "AWS::EC2::VPCGatewayAttachment",
    INTERNET_GATEWAYS,
    expand=_attachments,
    physical=lambda raw: f"IGW|{raw['VpcId']}",
    narrow=lambda physical: by_filter("attachment.vpc-id")(physical.rsplit("|", 1)[-1]),
    properties={"VpcId": "VpcId", "InternetGatewayId": "InternetGatewayId"},
    attributes={"AttachmentType": Computed(lambda raw: "IGW")},
    identity=("VpcId", "InternetGatewayId"),
)

EGRESS_ONLY_INTERNET_GATEWAY = Kind(
    "AWS::EC2::EgressOnlyInternetGateway",
    EGRESS_ONLY_GATEWAYS,
    deployed=False,
    physical=lambda raw: raw["EgressOnlyInternetGatewayId"],
    narrow=ids("EgressOnlyInternetGatewayIds"),
    expand=lambda raw: [
        {**raw, "VpcId": each["VpcId"]}
        for each in raw.get("Attachments", ())
        if each.get("State") in ("attached", "attaching", "available")
    ],
    properties={"VpcId": "VpcId", "Tags": Tags()},
    attributes={"Id": "EgressOnlyInternetGatewayId"},
    arn=arn("egress-only-internet-gateway", "EgressOnlyInternetGatewayId"),
)

NAT_GATEWAY = Kind(
    "AWS::EC2::NatGateway",
    NAT_GATEWAYS,
    physical=lambda raw: raw["NatGatewayId"],
    narrow=ids("NatGatewayIds"),
    keep=lambda raw: raw.get("State") not in ("deleting", "deleted", "failed"),
    properties={
        "SubnetId": "SubnetId",
        "AllocationId": Computed(lambda raw: _first(look(raw, "NatGatewayAddresses.AllocationId"))),
        "ConnectivityType": "ConnectivityType",
        "Tags": Tags(),
    },
    attributes={
        "NatGatewayId": "NatGatewayId",
        "VpcId": "VpcId",
        "EniId": Computed(lambda raw: _first(look(raw, "NatGatewayAddresses.NetworkInterfaceId"))),
        "PublicIps": "NatGatewayAddresses.PublicIp",
    },
    arn=arn("natgateway", "NatGatewayId"),
)

EIP = Kind(
    "AWS::EC2::EIP",
    ADDRESSES,
    physical=lambda raw: raw["PublicIp"],
    narrow=ids("PublicIps"),
    properties={
        "Domain": "Domain",
        "InstanceId": "InstanceId",
        "NetworkBorderGroup": "NetworkBorderGroup",
        "PublicIpv4Pool": "PublicIpv4Pool",
        "Tags": Tags(),
    },
    attributes={
        "PublicIp": "PublicIp",
        "AllocationId": "AllocationId",
        "NetworkInterfaceId": "NetworkInterfaceId",
    },
    arn=lambda raw, where: (
        where.arn("ec2", f"elastic-ip/{raw['AllocationId']}") if raw.get("AllocationId") else None
    ),
)

VPC_ENDPOINT = Kind(
    "AWS::EC2::VPCEndpoint",
    ENDPOINTS,
    physical=lambda raw: raw["VpcEndpointId"],
    narrow=ids("VpcEndpointIds"),
    # a firewall's endpoints follow from its subnets
    keep=lambda raw: (
        str(raw.get("State", "")).lower() not in ("deleting", "deleted")
        and not (raw.get("RequesterManaged") and raw.get("VpcEndpointType") == "GatewayLoadBalancer")
    ),
    properties={
        "VpcId": "VpcId",
        # Endpoints made before interface endpoints existed have no type: they are gateways.
        "VpcEndpointType": Computed(lambda raw: raw.get("VpcEndpointType") or "Gateway"),
        "ServiceName": "ServiceName",
        "RouteTableIds": "RouteTableIds",
        "SubnetIds": "SubnetIds",
        "SecurityGroupIds": "Groups.GroupId",
        "PrivateDnsEnabled": "PrivateDnsEnabled",
        "IpAddressType": "IpAddressType",
        "DnsOptions": Computed(lambda raw: raw.get("DnsOptions", MISSING)),
        "PolicyDocument": Parsed("PolicyDocument"),
        "Tags": Tags(),
    },
    attributes={
        "Id": "VpcEndpointId",
        "NetworkInterfaceIds": "NetworkInterfaceIds",
        "DnsEntries": Each("DnsEntries", {"DnsName": "DnsName", "HostedZoneId": "HostedZoneId"}),
        "State": "State",
    },
    arn=arn("vpc-endpoint", "VpcEndpointId"),
)

_LOGGED = (
    ("vpc-", "VPC"),
    ("subnet-", "Subnet"),
    ("eni-", "NetworkInterface"),
    ("tgw-attach-", "TransitGatewayAttachment"),
    ("tgw-", "TransitGateway"),
)


def _logged_type(raw: Raw) -> Any:
    """DescribeFlowLogs does not return the resource type; the id's prefix says it."""
    return next((name for prefix, name in _LOGGED if raw.get("ResourceId", "").startswith(prefix)), MISSING)


FLOW_LOG = Kind(
    "AWS::EC2::FlowLog",
    FLOW_LOGS,
    physical=lambda raw: raw["FlowLogId"],
    narrow=ids("FlowLogIds"),
    properties={
        "ResourceId": "ResourceId",
        "ResourceType": Computed(_logged_type),
        "TrafficType": "TrafficType",
        "LogDestinationType": "LogDestinationType",
        "LogDestination": "LogDestination",
        "LogGroupName": "LogGroupName",
        "DeliverLogsPermissionArn": "DeliverLogsPermissionArn",
        "DeliverCrossAccountRole": "DeliverCrossAccountRole",
        "MaxAggregationInterval": "MaxAggregationInterval",
        "LogFormat": "LogFormat",
        "DestinationOptions": "DestinationOptions",
        "Tags": Tags(),
    },
    attributes={
        "Id": "FlowLogId",
        "FlowLogStatus": "FlowLogStatus",
        "DeliverLogsStatus": "DeliverLogsStatus",
    },
    arn=arn("vpc-flow-log", "FlowLogId"),
)


ENDPOINT_SERVICES = Listing("ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations")

VPC_ENDPOINT_SERVICE = Kind(
    "AWS::EC2::VPCEndpointService",
    ENDPOINT_SERVICES,
    physical=lambda raw: raw["ServiceId"],
    narrow=ids("ServiceIds"),
    keep=lambda raw: raw.get("ServiceState") not in ("Deleting", "Deleted", "Failed"),
    properties={
        "AcceptanceRequired": "AcceptanceRequired",
        "NetworkLoadBalancerArns": "NetworkLoadBalancerArns",
        "GatewayLoadBalancerArns": "GatewayLoadBalancerArns",
        "PayerResponsibility": "PayerResponsibility",
        "PrivateDnsName": "PrivateDnsName",
        "SupportedIpAddressTypes": "SupportedIpAddressTypes",
        "Tags": Tags(),
    },
    attributes={"ServiceId": "ServiceId", "ServiceName": "ServiceName", "State": "ServiceState"},
    arn=arn("vpc-endpoint-service", "ServiceId"),
)

VPC_ENDPOINT_SERVICE_PERMISSIONS = Kind(
    "AWS::EC2::VPCEndpointServicePermissions",
    ENDPOINT_SERVICES,
    physical=lambda raw: raw["ServiceId"],
    narrow=ids("ServiceIds"),
    details=(
        Detail(
            "$principals",
            "DescribeVpcEndpointServicePermissions",
            lambda raw, where: {"ServiceId": raw["ServiceId"]},
            result="AllowedPrincipals",
        ),
    ),
    properties={"ServiceId": "ServiceId", "AllowedPrincipals": "$principals.Principal"},
    identity=("ServiceId",),
    exists_by="$principals",
)

BLOCK_PUBLIC_ACCESS_OPTIONS = Kind(
    "AWS::EC2::VPCBlockPublicAccessOptions",
    # the one "item" is the account in a Region
    Listing("ec2", "DescribeVpcBlockPublicAccessOptions", "VpcBlockPublicAccessOptions"),
    physical=lambda raw: raw["AwsAccountId"],
    keep=lambda raw: raw.get("InternetGatewayBlockMode", "off") != "off",
    properties={"InternetGatewayBlockMode": "InternetGatewayBlockMode"},
    attributes={"AccountId": "AwsAccountId", "ExclusionsAllowed": "ExclusionsAllowed", "State": "State"},
)


def _owner(raw: Raw) -> Any:
    """DescribePrefixLists, of older recordings, gives AWS's lists only: with `Cidrs` and no owner."""
    return "AWS" if "Cidrs" in raw else raw.get("OwnerId", MISSING)


PREFIX_LIST = Kind(
    "AWS::EC2::PrefixList",
    PREFIX_LISTS,
    deployed=False,
    physical=lambda raw: raw["PrefixListId"],
    narrow=ids("PrefixListIds"),
    details=(
        Detail(
            "$entries",
            "GetManagedPrefixListEntries",
            lambda raw, where: {"PrefixListId": raw["PrefixListId"]},
            result="Entries",
            # AWS's own lists are known by their name, and their entries change every week
            when=lambda raw: _owner(raw) != "AWS",
        ),
    ),
    properties={
        "PrefixListName": "PrefixListName",
        "AddressFamily": "AddressFamily",
        "MaxEntries": "MaxEntries",
        "Entries": Each("$entries", {"Cidr": "Cidr", "Description": "Description"}),
        "Tags": Tags(),
    },
    attributes={"PrefixListId": "PrefixListId", "OwnerId": Computed(_owner), "Cidrs": "Cidrs"},
    arn=lambda raw, where: raw.get("PrefixListArn"),
)

KINDS = (
    VPC,
    VPC_CIDR_BLOCK,
    SUBNET,
    ROUTE_TABLE,
    ROUTE,
    PROPAGATED_ROUTE,
    SUBNET_ROUTE_TABLE_ASSOCIATION,
    INTERNET_GATEWAY,
    VPC_GATEWAY_ATTACHMENT,
    EGRESS_ONLY_INTERNET_GATEWAY,
    NAT_GATEWAY,
    EIP,
    VPC_ENDPOINT,
    FLOW_LOG,
    PREFIX_LIST,
    BLOCK_PUBLIC_ACCESS_OPTIONS,
    VPC_ENDPOINT_SERVICE,
    VPC_ENDPOINT_SERVICE_PERMISSIONS,
)
