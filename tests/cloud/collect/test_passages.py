"""What lets packets into VPCs beside their gateways; answers have the shapes of botocore's models, which its
stub holds them to, and properties those of the template reference."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from ringwork.cloud.collect import collecting, passages
from ringwork.cloud.collect.kinds import Kind, Where
from ringwork.cloud.collect.reading import ReadError, listed, readings
from ringwork.cloud.collect.table import TYPES
from ringwork.estate import Resource, resource_key
from ringwork.estate.live import link
from ringwork.network.questions import Network
from ringwork.network.reading import read

REGION, ACCOUNT = "eu-central-1", "123456789012"
HERE = Where(ACCOUNT, REGION)
VPC_ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-00000001"
LATTICE = f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}"
ACCELERATOR = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/a"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/n/1"

ANSWERS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, dict[str, Any]]]]] = {
    "AWS::ElasticLoadBalancing::LoadBalancer": (
        [
            {
                "LoadBalancerDescriptions": [
                    {
                        "LoadBalancerName": "old",
                        "Scheme": "internet-facing",
                        "VPCId": "vpc-00000001",
                        "Subnets": ["subnet-00000001"],
                        "SecurityGroups": ["sg-00000001"],
                        "Instances": [{"InstanceId": "i-00000001"}],
                        "ListenerDescriptions": [
                            {
                                "Listener": {
                                    "Protocol": "TCP",
                                    "LoadBalancerPort": 80,
                                    "InstanceProtocol": "TCP",
                                    "InstancePort": 8080,
                                }
                            }
                        ],
                    }
                ]
            }
        ],
        [
            (
                "old",
                {
                    "LoadBalancerName": "old",
                    "Scheme": "internet-facing",
                    "Subnets": ["subnet-00000001"],
                    "SecurityGroups": ["sg-00000001"],
                    "Instances": ["i-00000001"],
                    "Listeners": [
                        {
                            "Protocol": "TCP",
                            "LoadBalancerPort": 80,
                            "InstanceProtocol": "TCP",
                            "InstancePort": 8080,
                        }
                    ],
                },
            )
        ],
    ),
    "AWS::EC2::ClientVpnEndpoint": (
        [
            {
                "ClientVpnEndpoints": [
                    {
                        "ClientVpnEndpointId": "cvpn-endpoint-1",
                        "ClientCidrBlock": "172.31.0.0/22",
                        "VpcId": "vpc-00000001",
                        "SecurityGroupIds": ["sg-00000001"],
                        "VpnPort": 443,
                        "SplitTunnel": True,
                        "TransportProtocol": "udp",
                        "Status": {"Code": "available"},
                    },
                    {"ClientVpnEndpointId": "cvpn-endpoint-0", "Status": {"Code": "deleted"}},
                ]
            }
        ],
        [
            (
                "cvpn-endpoint-1",
                {
                    "ClientCidrBlock": "172.31.0.0/22",
                    "VpcId": "vpc-00000001",
                    "SecurityGroupIds": ["sg-00000001"],
                    "VpnPort": 443,
                    "SplitTunnel": True,
                    "TransportProtocol": "udp",
                },
            )
        ],
    ),
    "AWS::EC2::ClientVpnTargetNetworkAssociation": (
        [
            {"ClientVpnEndpoints": [{"ClientVpnEndpointId": "cvpn-endpoint-1"}]},
            {
                "ClientVpnTargetNetworks": [
                    {
                        "AssociationId": "cvpn-assoc-1",
                        "ClientVpnEndpointId": "cvpn-endpoint-1",
                        "TargetNetworkId": "subnet-00000001",
                        "Status": {"Code": "associated"},
                    },
                    {
                        "AssociationId": "cvpn-assoc-0",
                        "ClientVpnEndpointId": "cvpn-endpoint-1",
                        "TargetNetworkId": "subnet-00000001",
                        "Status": {"Code": "disassociated"},
                    },
                ]
            },
        ],
        [("cvpn-assoc-1", {"ClientVpnEndpointId": "cvpn-endpoint-1", "SubnetId": "subnet-00000001"})],
    ),
    "AWS::EC2::InstanceConnectEndpoint": (
        [
            {
                "InstanceConnectEndpoints": [
                    {
                        "InstanceConnectEndpointId": "eice-1",
                        "OwnerId": ACCOUNT,
                        "SubnetId": "subnet-00000001",
                        "SecurityGroupIds": ["sg-00000001"],
                        "PreserveClientIp": True,
                        "State": "create-complete",
                    },
                    {
                        "InstanceConnectEndpointId": "eice-of-others",
                        "OwnerId": "999999999999",
                        "State": "create-complete",
                    },
                    {
                        "InstanceConnectEndpointId": "eice-0",
                        "OwnerId": ACCOUNT,
                        "State": "delete-complete",
                    },
                ]
            }
        ],
        [
            (
                "eice-1",
                {
                    "SubnetId": "subnet-00000001",
                    "SecurityGroupIds": ["sg-00000001"],
                    "PreserveClientIp": True,
                },
            )
        ],
    ),
    "AWS::EC2::CarrierGateway": (
        [
            {
                "CarrierGateways": [
                    {
                        "CarrierGatewayId": "cagw-1",
                        "VpcId": "vpc-00000001",
                        "OwnerId": ACCOUNT,
                        "State": "available",
                    }
                ]
            }
        ],
        [("cagw-1", {"VpcId": "vpc-00000001"})],
    ),
    "AWS::EC2::LocalGatewayRouteTableVPCAssociation": (
        [
            {
                "LocalGatewayRouteTableVpcAssociations": [
                    {
                        "LocalGatewayRouteTableVpcAssociationId": "lgw-vpc-assoc-1",
                        "LocalGatewayRouteTableId": "lgw-rtb-1",
                        "VpcId": "vpc-00000001",
                        "State": "associated",
                    }
                ]
            }
        ],
        [("lgw-vpc-assoc-1", {"LocalGatewayRouteTableId": "lgw-rtb-1", "VpcId": "vpc-00000001"})],
    ),
    "AWS::EC2::VerifiedAccessEndpoint": (
        [
            {
                "VerifiedAccessEndpoints": [
                    {
                        "VerifiedAccessEndpointId": "vae-1",
                        "VerifiedAccessGroupId": "vagr-1",
                        "EndpointType": "load-balancer",
                        "AttachmentType": "vpc",
                        "SecurityGroupIds": ["sg-00000001"],
                        "Status": {"Code": "active"},
                        "LoadBalancerOptions": {
                            "Protocol": "https",
                            "Port": 443,
                            "LoadBalancerArn": BALANCER,
                            "SubnetIds": ["subnet-00000001"],
                        },
                    }
                ]
            }
        ],
        [
            (
                "vae-1",
                {
                    "VerifiedAccessGroupId": "vagr-1",
                    "EndpointType": "load-balancer",
                    "AttachmentType": "vpc",
                    "SecurityGroupIds": ["sg-00000001"],
                    "LoadBalancerOptions": {
                        "Protocol": "https",
                        "Port": 443,
                        "LoadBalancerArn": BALANCER,
                        "SubnetIds": ["subnet-00000001"],
                    },
                },
            )
        ],
    ),
    "AWS::EC2::RouteServerAssociation": (
        [
            {"RouteServers": [{"RouteServerId": "rs-1"}]},
            {
                "RouteServerAssociations": [
                    {"RouteServerId": "rs-1", "VpcId": "vpc-00000001", "State": "associated"}
                ]
            },
        ],
        [("rs-1|vpc-00000001", {"RouteServerId": "rs-1", "VpcId": "vpc-00000001"})],
    ),
    "AWS::NetworkManager::VpcAttachment": (
        [
            {
                "Attachments": [
                    {
                        "AttachmentId": "attachment-1",
                        "AttachmentType": "VPC",
                        "CoreNetworkId": "core-network-1",
                        "OwnerAccountId": ACCOUNT,
                        "ResourceArn": VPC_ARN,
                        "State": "AVAILABLE",
                        "EdgeLocation": REGION,
                    }
                ]
            }
        ],
        [("attachment-1", {"CoreNetworkId": "core-network-1", "VpcArn": VPC_ARN})],
    ),
    "AWS::VpcLattice::ServiceNetworkVpcAssociation": (
        [
            {
                "items": [
                    {
                        "arn": f"{LATTICE}:servicenetworkvpcassociation/snva-00000000000000001",
                        "id": "snva-00000000000000001",
                        "serviceNetworkArn": f"{LATTICE}:servicenetwork/sn-00000000000000001",
                        "vpcId": "vpc-00000001",
                        "status": "ACTIVE",
                    }
                ]
            }
        ],
        [
            (
                f"{LATTICE}:servicenetworkvpcassociation/snva-00000000000000001",
                {
                    "ServiceNetworkIdentifier": f"{LATTICE}:servicenetwork/sn-00000000000000001",
                    "VpcIdentifier": "vpc-00000001",
                },
            )
        ],
    ),
    "AWS::VpcLattice::ResourceGateway": (
        [
            {
                "items": [
                    {
                        "arn": f"{LATTICE}:resourcegateway/rgw-00000000000000001",
                        "id": "rgw-00000000000000001",
                        "name": "gate",
                        "vpcIdentifier": "vpc-00000001",
                        "subnetIds": ["subnet-00000001"],
                        "securityGroupIds": ["sg-00000001"],
                        "ipAddressType": "IPV4",
                        "status": "ACTIVE",
                    }
                ]
            }
        ],
        [
            (
                f"{LATTICE}:resourcegateway/rgw-00000000000000001",
                {
                    "Name": "gate",
                    "VpcIdentifier": "vpc-00000001",
                    "SubnetIds": ["subnet-00000001"],
                    "SecurityGroupIds": ["sg-00000001"],
                    "IpAddressType": "IPV4",
                },
            )
        ],
    ),
    "AWS::GlobalAccelerator::EndpointGroup": (
        [
            {"Accelerators": [{"AcceleratorArn": ACCELERATOR}]},
            {"Listeners": [{"ListenerArn": f"{ACCELERATOR}/listener/l"}]},
            {
                "EndpointGroups": [
                    {
                        "EndpointGroupArn": f"{ACCELERATOR}/listener/l/endpoint-group/g",
                        "EndpointGroupRegion": REGION,
                        "EndpointDescriptions": [{"EndpointId": BALANCER}],
                    }
                ]
            },
        ],
        [
            (
                f"{ACCELERATOR}/listener/l/endpoint-group/g",
                {
                    "EndpointConfigurations": [{"EndpointId": BALANCER}],
                    "EndpointGroupRegion": REGION,
                    "ListenerArn": f"{ACCELERATOR}/listener/l",
                },
            )
        ],
    ),
    "AWS::CloudFront::VpcOrigin": (
        [
            {
                "VpcOriginList": {
                    "Marker": "",
                    "MaxItems": 1,
                    "IsTruncated": truncated,
                    "Quantity": 1,
                    **({"NextMarker": "m"} if truncated else {}),
                    "Items": [
                        {
                            "Id": name,
                            "Name": name,
                            "Status": "Deployed",
                            "CreatedTime": "2026-01-01T00:00:00Z",
                            "LastModifiedTime": "2026-01-01T00:00:00Z",
                            "Arn": f"arn:aws:cloudfront::{ACCOUNT}:vpcorigin/{name}",
                            "AccountId": ACCOUNT,
                            "OriginEndpointArn": BALANCER,
                        }
                    ],
                }
            }
            for name, truncated in (("vo_1", True), ("vo_2", False))
        ],
        [(name, {"VpcOriginEndpointConfig": {"Arn": BALANCER, "Name": name}}) for name in ("vo_1", "vo_2")],
    ),
    "AWS::ApiGateway::VpcLink": (
        [{"items": [{"id": "link1", "name": "l", "targetArns": [BALANCER], "status": "AVAILABLE"}]}],
        [("link1", {"Name": "l", "TargetArns": [BALANCER]})],
    ),
    "AWS::ApiGatewayV2::VpcLink": (
        [
            {
                "Items": [
                    {
                        "Name": name,
                        "VpcLinkId": name,
                        "SubnetIds": ["subnet-00000001"],
                        "SecurityGroupIds": ["sg-00000001"],
                    }
                ],
                **more,
            }
            for name, more in (("v1", {"NextToken": "t"}), ("v2", {}))
        ],
        [
            (name, {"Name": name, "SubnetIds": ["subnet-00000001"], "SecurityGroupIds": ["sg-00000001"]})
            for name in ("v1", "v2")
        ],
    ),
}


def _answering(kind: Kind, answers: list[dict[str, Any]]) -> Any:
    """A client that gives the answers in turn, and says so where one is not of the operation's shape."""
    client = boto3.client(
        kind.listing.service, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    stub = Stubber(client)
    operations, below = [kind.listing.operation], kind.listing.below
    while below is not None:
        operations.append(below.operation)
        below = below.below
    if len(operations) < len(answers):
        operations *= len(answers)
    methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    for operation, answer in zip(operations, answers, strict=True):
        stub.add_response(methods[operation], answer)
    stub.activate()
    return client


def _read(type: str) -> list[Resource]:
    kind, (answers, _) = TYPES[type], ANSWERS[type]
    client = _answering(kind, answers)
    items = listed(kind.listing, lambda service: client, HERE, {})
    parts = [part for item in items for part in kind.expand(item)]
    return [
        Resource(
            key=resource_key(ACCOUNT, None if kind.is_global else REGION, type, one.physical),
            type=type,
            properties=one.properties,
            account=ACCOUNT,
            region=None if kind.is_global else REGION,
            physical=one.physical,
            arn=one.arn,
            attributes=one.attributes,
        )
        for one in readings(kind, parts, lambda service: client, HERE)
    ]


def test_each_type_has_an_answer_here() -> None:
    assert {kind.type for kind in passages.KINDS} == ANSWERS.keys()


@pytest.mark.parametrize("type", ANSWERS)
def test_what_stands_is_read_in_the_form_of_its_template(type: str) -> None:
    _, expected = ANSWERS[type]
    assert [(one.physical, dict(one.properties)) for one in _read(type)] == expected


def _ground(vpc: str, block: str) -> list[Resource]:
    def one(type: str, physical: str, arn: str | None = None, **properties: Any) -> Resource:
        key = resource_key(ACCOUNT, REGION, f"AWS::EC2::{type}", physical)
        return Resource(
            key=key,
            type=f"AWS::EC2::{type}",
            properties=properties,
            account=ACCOUNT,
            region=REGION,
            physical=physical,
            arn=arn,
            attributes={f"{type}Id" if type != "SecurityGroup" else "GroupId": physical},
        )

    number = vpc.removeprefix("vpc-")
    return [
        one("VPC", vpc, f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc}", CidrBlock=f"{block}.0.0/16"),
        one("Subnet", f"subnet-{number}", VpcId=vpc, CidrBlock=f"{block}.1.0/24"),
        one("SecurityGroup", f"sg-{number}", VpcId=vpc, GroupDescription="g"),
    ]


@pytest.mark.parametrize("type", ANSWERS)
def test_what_is_not_modelled_is_unknown_and_where_it_is_that_is_known(type: str) -> None:
    """None of it is thought to be absent; and by the VPC or subnet that it names, what is far from it stays
    decided."""
    balancer = Resource(
        key=resource_key(ACCOUNT, REGION, "AWS::ElasticLoadBalancingV2::LoadBalancer", BALANCER),
        type="AWS::ElasticLoadBalancingV2::LoadBalancer",
        properties={"Type": "network", "Scheme": "internal", "Subnets": ["subnet-00000001"]},
        account=ACCOUNT,
        region=REGION,
        physical=BALANCER,
        arn=BALANCER,
    )
    estate = link(
        [*_ground("vpc-00000001", "10.1"), *_ground("vpc-00000002", "10.2"), balancer, *_read(type)]
    )
    model = read(estate)
    keys = [one.key for one in estate.of_type(type)]
    assert keys
    assert set(keys) <= model.unmodelled.keys()
    network = Network(estate)
    vpc = resource_key(ACCOUNT, REGION, "AWS::EC2::VPC", "vpc-00000001")
    assert [network.near.vpcs_of(key) for key in keys] == [frozenset({vpc})] * len(keys)


class _Silent:
    """A client whose Region has no such endpoint."""

    def __init__(self, service: str, region: str) -> None:
        self.meta = boto3.client(
            service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b"
        ).meta

    def can_paginate(self, method: str) -> bool:
        return False

    def __getattr__(self, method: str) -> Any:
        def call(**parameters: Any) -> Any:
            raise EndpointConnectionError(endpoint_url=f"https://{method}")

        return call


def test_a_service_that_a_region_does_not_have_is_no_gap_and_one_that_does_not_answer_is() -> None:
    """VPC Lattice is not in every Region; of Network Manager botocore has no list, so that is not known."""
    lattice, manager = passages.LATTICE.listing, passages.CLOUD_WAN.listing
    there = boto3.Session().get_available_regions("vpc-lattice")
    elsewhere = next(name for name in boto3.Session().get_available_regions("ec2") if name not in there)
    assert listed(lattice, lambda s: _Silent(s, elsewhere), Where(ACCOUNT, elsewhere), {}) == []
    for listing in (lattice, manager):
        with pytest.raises(ReadError, match="EndpointConnectionError"):
            listed(listing, lambda s: _Silent(s, REGION), HERE, {})


def test_global_accelerator_is_asked_in_its_one_region() -> None:
    asked: list[tuple[str, str | None]] = []

    class Cloud:
        def client(self, service: str, *, account: str, region: str, role: str | None) -> None:
            asked.append((service, region))

    for service in ("globalaccelerator", "ec2"):
        collecting._client(Cloud(), ACCOUNT, REGION, None, service)  # type: ignore[arg-type]
    assert asked == [("globalaccelerator", "us-west-2"), ("ec2", REGION)]
