"""Endpoint services of one's own: who may connect, and who accepts (PrivateLink guide)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

PROVIDER, CONSUMER, REGION = "111122223333", "444455556666", "eu-west-1"


class World:
    def __init__(self, cloud: LocalCloud) -> None:
        session = cloud.session(PROVIDER, REGION)
        self.provider, self.balancing = session.client("ec2"), session.client("elbv2")
        self.consumer = cloud.session(CONSUMER, REGION).client("ec2")
        _, subnet = self.place(self.provider, "10.0.0.0/16")
        self.balancer = self.balancing.create_load_balancer(
            Name="front", Type="network", Scheme="internal", Subnets=[subnet]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        made = self.provider.create_vpc_endpoint_service_configuration(
            AcceptanceRequired=True, NetworkLoadBalancerArns=[self.balancer]
        )["ServiceConfiguration"]
        self.service, self.name = made["ServiceId"], made["ServiceName"]

    @staticmethod
    def place(ec2: Any, cidr: str) -> tuple[str, str]:
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]

    def admit(self, principal: str) -> None:
        self.provider.modify_vpc_endpoint_service_permissions(
            ServiceId=self.service, AddAllowedPrincipals=[principal]
        )

    def connect(self) -> Any:
        vpc, subnet = self.place(self.consumer, "10.1.0.0/16")
        return self.consumer.create_vpc_endpoint(
            VpcId=vpc, VpcEndpointType="Interface", ServiceName=self.name, SubnetIds=[subnet]
        )["VpcEndpoint"]


@pytest.fixture
def world(tmp_path: Any) -> Any:
    with LocalCloud(tmp_path / "state") as cloud:
        yield World(cloud)


@pytest.mark.parametrize("principal", [None, "arn:aws:iam::777788889999:root"])
def test_who_is_not_named_finds_no_service(world: World, principal: str | None) -> None:
    if principal:
        world.admit(principal)
    with pytest.raises(ClientError) as caught:
        world.connect()
    assert caught.value.response["Error"]["Code"] == "InvalidServiceName"


@pytest.mark.parametrize("who", ["root", "role/ringwork-local-administrator"])
def test_a_connection_waits_until_it_is_accepted(world: World, who: str) -> None:
    world.admit(f"arn:aws:iam::{CONSUMER}:{who}")
    endpoint = world.connect()
    assert endpoint["State"] == "pendingAcceptance"
    named = [endpoint["VpcEndpointId"]]
    world.provider.accept_vpc_endpoint_connections(ServiceId=world.service, VpcEndpointIds=named)
    found = world.consumer.describe_vpc_endpoints(VpcEndpointIds=named)["VpcEndpoints"][0]
    assert found["State"] == "available"


def test_what_does_not_exist_is_not_accepted(world: World) -> None:
    answer = world.provider.accept_vpc_endpoint_connections(
        ServiceId=world.service, VpcEndpointIds=["vpce-00000000000000001"]
    )
    assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_a_service_with_connections_stays(world: World) -> None:
    world.admit(f"arn:aws:iam::{CONSUMER}:root")
    endpoint = world.connect()["VpcEndpointId"]
    kept = world.provider.delete_vpc_endpoint_service_configurations(ServiceIds=[world.service])
    assert kept["Unsuccessful"][0]["Error"]["Code"] == "ExistingVpcEndpointConnections"
    world.consumer.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert not world.provider.delete_vpc_endpoint_service_configurations(ServiceIds=[world.service])[
        "Unsuccessful"
    ]


def test_a_protected_load_balancer_stays(world: World) -> None:
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    world.balancing.modify_load_balancer_attributes(LoadBalancerArn=world.balancer, Attributes=[attribute])
    with pytest.raises(ClientError) as caught:
        world.balancing.delete_load_balancer(LoadBalancerArn=world.balancer)
    assert caught.value.response["Error"]["Code"] == "OperationNotPermitted"
