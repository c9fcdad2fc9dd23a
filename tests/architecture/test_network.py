"""The network ring, against what AWS documents and the controls NET-* ask for."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from ringwork.architecture.address import Addresses, Tier

EGRESS = {"domains": ["example.com"], "mode": "per-vpc"}


def test_a_slash_20_is_cut_into_four_quarters() -> None:
    # by hand: 10.0.0.0/20 has quarters at .0, .4, .8 and .12 of the third octet
    addresses = Addresses(IPv4Network("10.0.0.0/20"))
    assert str(addresses.tier(Tier.INTERACTIVE)) == "10.0.0.0/22"
    assert [str(cidr) for cidr in addresses.subnets(Tier.BUILD)] == [
        "10.0.4.0/24",
        "10.0.5.0/24",
        "10.0.6.0/24",
    ]
    assert str(addresses.tier(Tier.SERVING)) == "10.0.8.0/22"
    assert [str(cidr) for cidr in addresses.subnets(Tier.ENDPOINTS)] == [
        "10.0.12.0/25",
        "10.0.12.128/25",
        "10.0.13.0/25",
    ]
    assert str(addresses.tier(Tier.EDGE)) == "10.0.14.0/23"


def test_no_way_to_the_internet_without_declared_egress(clinic: Any) -> None:
    for environment in ("imaging", "research"):
        types = {resource["Type"] for resource in clinic.template(environment)["Resources"].values()}
        assert not types & {
            "AWS::EC2::InternetGateway",
            "AWS::EC2::NatGateway",
            "AWS::EC2::EIP",
            "AWS::EC2::Route",
            "AWS::EC2::VPCGatewayAttachment",
        }


def test_central_egress_gives_a_vpc_no_way_of_its_own(compiling: Any) -> None:
    compiled = compiling(egress=EGRESS | {"mode": "central"})
    assert not compiled.of_type("AWS::EC2::InternetGateway", "imaging")


def test_declared_egress_is_for_the_interactive_tier_only(compiling: Any) -> None:
    compiled = compiling(egress=EGRESS)
    routes = compiled.of_type("AWS::EC2::Route", "imaging")
    to_internet = [route for route in routes.values() if "GatewayId" in route]
    assert [route["RouteTableId"] for route in to_internet] == [{"Ref": "EdgeRouteTable"}]
    through_nat = sorted(route["RouteTableId"]["Ref"] for route in routes.values() if "NatGatewayId" in route)
    assert through_nat == [f"InteractiveRouteTable{zone}" for zone in "ABC"]
    anywhere = [
        rule["GroupId"]["Fn::GetAtt"][0]
        for rule in compiled.of_type("AWS::EC2::SecurityGroupEgress", "imaging").values()
        if rule.get("CidrIp") == "0.0.0.0/0"
    ]
    assert anywhere == ["DeskSecurityGroup"]


def test_every_subnet_has_its_own_route_table_and_acl_association(clinic: Any) -> None:
    subnets = sorted(clinic.of_type("AWS::EC2::Subnet", "imaging"))
    for type in ("AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::SubnetNetworkAclAssociation"):
        assert sorted(each["SubnetId"]["Ref"] for each in clinic.of_type(type, "imaging").values()) == subnets


def test_the_s3_gateway_endpoint_serves_every_workload_route_table(clinic: Any) -> None:
    endpoint = clinic.template("imaging")["Resources"]["S3Endpoint"]["Properties"]
    assert sorted(table["Ref"] for table in endpoint["RouteTableIds"]) == [
        "BuildRouteTable",
        "InteractiveRouteTable",
        "ServingRouteTable",
    ]


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        # control NET-24's list, the notebook endpoint for the notebook, and the API before `serve`
        (
            "imaging",
            "ecr.api ecr.dkr execute-api kms logs monitoring sagemaker.api sagemaker.runtime sts "
            "aws.sagemaker.${AWS::Region}.notebook",
        ),
        # Studio: the domain's file system, and Studio itself
        (
            "research",
            "ecr.api ecr.dkr elasticfilesystem execute-api kms logs monitoring sagemaker.api "
            "sagemaker.runtime sts aws.sagemaker.${AWS::Region}.studio",
        ),
    ],
)
def test_interface_endpoints_are_the_documented_set(clinic: Any, environment: str, names: str) -> None:
    endpoints = clinic.of_type("AWS::EC2::VPCEndpoint", environment)
    found = {
        endpoint["ServiceName"]["Fn::Sub"].removeprefix("com.amazonaws.${AWS::Region}.")
        for endpoint in endpoints.values()
        if endpoint["VpcEndpointType"] == "Interface"
    }
    assert found == set(names.split())


@pytest.mark.parametrize(
    ("team", "more", "names"),
    [
        # control NET-26
        (
            {"foundation_models": ["amazon.nova-lite-v1:0"]},
            {},
            {"bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime"},
        ),
        (
            {"features": {"visits": {"record": "id", "time": "at"}}},
            {},
            {"sagemaker.featurestore-runtime"},
        ),
        ({"data": {"a": {}}}, {"lake_formation": True}, {"lakeformation", "glue", "athena"}),
    ],
)
def test_a_declared_feature_brings_its_endpoints(
    compiling: Any, team: dict[str, Any], more: dict[str, Any], names: set[str]
) -> None:
    workloads = {"workloads": {"train": {"type": "training"}}}

    def services(content: dict[str, Any], **changes: Any) -> set[str]:
        compiled = compiling(teams={"lab": {**workloads, **content}}, flows=[], **changes)
        return {
            endpoint["ServiceName"]["Fn::Sub"].removeprefix("com.amazonaws.${AWS::Region}.")
            for endpoint in compiled.of_type("AWS::EC2::VPCEndpoint", "lab").values()
        }

    assert services(team, **more) - services({}) == names


def test_no_security_group_keeps_the_default_egress(clinic: Any) -> None:
    # EC2 adds allow-all egress to a group that is created without a rule of its own
    for group in clinic.of_type("AWS::EC2::SecurityGroup", "imaging").values():
        assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["127.0.0.1/32"]


def test_interface_endpoints_stand_in_three_zones_with_private_names(clinic: Any) -> None:
    for endpoint in clinic.of_type("AWS::EC2::VPCEndpoint", "imaging").values():
        if endpoint["VpcEndpointType"] == "Interface":
            assert endpoint["SubnetIds"] == [{"Ref": f"EndpointsSubnet{zone}"} for zone in "ABC"]
            assert endpoint["PrivateDnsEnabled"] is True
            assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": ["EndpointsSecurityGroup", "GroupId"]}]
    zones = {
        logical[-1]: subnet["AvailabilityZone"]["Fn::Select"][0]
        for logical, subnet in clinic.of_type("AWS::EC2::Subnet", "imaging").items()
    }
    assert zones == {"A": 0, "B": 1, "C": 2}


def test_no_endpoint_policy_admits_everyone_to_everything(clinic: Any) -> None:
    for endpoint in clinic.of_type("AWS::EC2::VPCEndpoint", "imaging").values():
        for statement in endpoint["PolicyDocument"]["Statement"]:
            assert statement["Action"] != "*"
            if statement["Resource"] == "*":
                assert "Condition" in statement


def test_the_s3_endpoint_reaches_own_granted_and_aws_buckets_only(clinic: Any) -> None:
    policy = clinic.template("research")["Resources"]["S3Endpoint"]["Properties"]["PolicyDocument"]
    by_sid = {each["Sid"]: each for each in policy["Statement"]}
    named = {arn["Fn::Sub"] for arn in by_sid["OwnPrincipalsToNamedBuckets"]["Resource"]}
    # research's own data set, and imaging's labels, which its studio reads
    assert named == {
        f"arn:${{AWS::Partition}}:s3:::clinic-{bucket}-${{AWS::AccountId}}-${{AWS::Region}}{tail}"
        for bucket in ("research-cohort", "imaging-labels")
        for tail in ("", "/*")
    }
    assert by_sid["OwnPrincipalsToNamedBuckets"]["Condition"]["StringEquals"] == {
        "aws:PrincipalAccount": {"Fn::Sub": "${AWS::AccountId}"},
        "aws:ResourceAccount": {"Fn::Sub": "${AWS::AccountId}"},
    }
    assert by_sid["ReadAwsOwnedBuckets"]["Action"] == ["s3:GetObject", "s3:ListBucket"]


def test_flow_logs_take_all_traffic_to_an_encrypted_group_kept_a_year(clinic: Any) -> None:
    (log,) = clinic.of_type("AWS::EC2::FlowLog", "imaging").values()
    assert (log["ResourceType"], log["TrafficType"]) == ("VPC", "ALL")
    (group,) = clinic.of_type("AWS::Logs::LogGroup", "imaging").values()
    assert group["KmsKeyId"] == {"Fn::GetAtt": ["LogKey", "Arn"]}
    assert group["RetentionInDays"] == 365
