"""Interfaces and what joins networks; shapes as in the CloudFormation template reference."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect import gather
from ringwork.cloud.collect.connections import (
    BLOCK_PUBLIC_ACCESS_EXCLUSION,
    TRANSIT_GATEWAY_ATTACHMENT,
    VPN_CONNECTION,
    VPN_CONNECTION_ROUTE,
    VPN_GATEWAY_ROUTE_PROPAGATION,
)
from ringwork.cloud.collect.interfaces import NETWORK_INTERFACE
from ringwork.cloud.collect.kinds import Kind
from ringwork.cloud.collect.mapping import Raw, mapped
from ringwork.estate import Resource

REGION, ACCOUNT = "eu-central-1", "123456789012"


def gathered(cloud: Any, *types: str) -> list[Resource]:
    collected = gather(cloud, accounts=[ACCOUNT], regions=(REGION,), types=types)
    assert collected.gaps == ()
    return list(collected.resources)


def parts(kind: Kind, raw: Raw) -> list[dict[str, Any]]:
    return [mapped(kind.properties, part) for part in kind.expand(raw) if kind.keep(part)]


def test_an_interface_says_its_addresses_its_groups_and_whose_it_is(cloud: Any) -> None:
    ec2 = cloud.client("ec2", region=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    made = ec2.create_network_interface(
        SubnetId=subnet, PrivateIpAddress="10.0.1.9", Groups=[group], Description="mine"
    )["NetworkInterface"]["NetworkInterfaceId"]
    (found,) = [each for each in gathered(cloud, "AWS::EC2::NetworkInterface") if each.physical == made]
    assert found.properties["SubnetId"] == subnet
    assert found.properties["GroupSet"] == [group]
    assert found.properties["SourceDestCheck"] is True
    assert found.properties["PrivateIpAddresses"] == [{"PrivateIpAddress": "10.0.1.9", "Primary": True}]
    assert "PublicAddresses" not in found.attributes
    assert found.arn == f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/{made}"


def test_an_interface_has_a_public_address_for_each_private_one_that_has() -> None:
    # EC2 API reference, NetworkInterface: PrivateIpAddresses.Association
    raw = {
        "NetworkInterfaceId": "eni-1",
        "PrivateIpAddresses": [
            {"PrivateIpAddress": "10.0.1.9", "Primary": True, "Association": {"PublicIp": "198.51.100.7"}},
            {"PrivateIpAddress": "10.0.1.10", "Primary": False},
        ],
        "Attachment": {"InstanceId": "i-1", "DeviceIndex": 0},
    }
    facts = mapped(NETWORK_INTERFACE.attributes, raw)
    assert facts["PublicAddresses"] == [{"PrivateIpAddress": "10.0.1.9", "PublicIp": "198.51.100.7"}]
    assert (facts["InstanceId"], facts["DeviceIndex"]) == ("i-1", 0)


def test_a_peering_has_two_vpcs_and_a_status(cloud: Any) -> None:
    ec2 = cloud.client("ec2", region=REGION)
    one, two = (ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (1, 2))
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    (found,) = gathered(cloud, "AWS::EC2::VPCPeeringConnection")
    assert (found.properties["VpcId"], found.properties["PeerVpcId"]) == (one, two)
    assert found.attributes["Status"] == "active"


def test_vpn_gateways_name_their_vpc_and_connections_keep_no_keys(cloud: Any) -> None:
    ec2 = cloud.client("ec2", region=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="198.51.100.1", BgpAsn=65000)
    customer_id = customer["CustomerGateway"]["CustomerGatewayId"]
    ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=customer_id, VpnGatewayId=gateway)
    (found,) = gathered(cloud, "AWS::EC2::VPNGateway")
    assert (found.physical, found.attributes["VpcId"]) == (gateway, vpc)
    (connection,) = gathered(cloud, "AWS::EC2::VPNConnection")
    assert connection.properties["VpnGatewayId"] == gateway
    assert connection.properties["CustomerGatewayId"] == customer_id
    assert "CustomerGatewayConfiguration" not in connection.properties
    (cgw,) = gathered(cloud, "AWS::EC2::CustomerGateway")
    assert (cgw.properties["IpAddress"], cgw.properties["BgpAsn"]) == ("198.51.100.1", 65000)


def test_the_table_of_a_gateway_is_an_association_of_its_own(cloud: Any) -> None:
    ec2 = cloud.client("ec2", region=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, GatewayId=gateway)
    (found,) = gathered(cloud, "AWS::EC2::GatewayRouteTableAssociation")
    assert found.properties == {"RouteTableId": table, "GatewayId": gateway}


def test_static_routes_of_a_connection_and_gateways_that_propagate() -> None:
    # EC2 API reference, VpnConnection (Routes), RouteTable (PropagatingVgws)
    connection = {
        "VpnConnectionId": "vpn-1",
        "State": "available",
        "CustomerGatewayConfiguration": "<pre_shared_key>secret</pre_shared_key>",
        "Routes": [
            {"DestinationCidrBlock": "192.168.0.0/16", "Source": "Static", "State": "available"},
            {"DestinationCidrBlock": "192.169.0.0/16", "Source": "Static", "State": "deleted"},
        ],
    }
    assert parts(VPN_CONNECTION_ROUTE, connection) == [
        {"VpnConnectionId": "vpn-1", "DestinationCidrBlock": "192.168.0.0/16"}
    ]
    assert "secret" not in str(parts(VPN_CONNECTION, connection))
    table = {"RouteTableId": "rtb-1", "PropagatingVgws": [{"GatewayId": "vgw-1"}]}
    assert parts(VPN_GATEWAY_ROUTE_PROPAGATION, table) == [
        {"RouteTableIds": ["rtb-1"], "VpnGatewayId": "vgw-1"}
    ]


def test_attachments_of_vpcs_and_peerings_are_types_of_their_own() -> None:
    # EC2 API reference, TransitGatewayAttachment, ResourceType
    def attachment(kind: str, state: str = "available") -> Raw:
        return {
            "TransitGatewayAttachmentId": "tgw-attach-1",
            "TransitGatewayId": "tgw-1",
            "ResourceType": kind,
            "ResourceId": "r",
            "State": state,
        }

    for kind in ("vpc", "peering"):
        assert parts(TRANSIT_GATEWAY_ATTACHMENT, attachment(kind)) == []
    assert parts(TRANSIT_GATEWAY_ATTACHMENT, attachment("vpn", "deleted")) == []
    assert parts(TRANSIT_GATEWAY_ATTACHMENT, attachment("direct-connect-gateway")) == [
        {"TransitGatewayId": "tgw-1", "ResourceType": "direct-connect-gateway", "ResourceId": "r"}
    ]


def test_an_exclusion_names_a_vpc_or_a_subnet_by_its_arn() -> None:
    # EC2 API reference, VpcBlockPublicAccessExclusion
    def exclusion(resource: str, state: str = "create-complete") -> Raw:
        return {
            "ExclusionId": "vpcbpa-exclude-1",
            "InternetGatewayExclusionMode": "allow-egress",
            "ResourceArn": f"arn:aws:ec2:eu-central-1:123456789012:{resource}",
            "State": state,
        }

    mode = {"InternetGatewayExclusionMode": "allow-egress"}
    assert parts(BLOCK_PUBLIC_ACCESS_EXCLUSION, exclusion("vpc/vpc-1")) == [{**mode, "VpcId": "vpc-1"}]
    assert parts(BLOCK_PUBLIC_ACCESS_EXCLUSION, exclusion("subnet/subnet-1")) == [
        {**mode, "SubnetId": "subnet-1"}
    ]
    assert parts(BLOCK_PUBLIC_ACCESS_EXCLUSION, exclusion("vpc/vpc-1", "delete-complete")) == []
