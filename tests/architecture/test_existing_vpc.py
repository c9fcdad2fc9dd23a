"""A VPC that is there already: ours are groups, endpoints, ACLs and logs, and nothing that its owner has."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.architecture.address import TIER_OF
from ringwork.blueprint.check import TIERS

VPC = {
    "vpc": "vpc-0a1b2c3d",
    "cidr": "172.20.0.0/16",
    "subnets": {
        "interactive": ["subnet-0000000a", "subnet-0000000b"],
        "endpoints": ["subnet-0000000c", "subnet-0000000d"],
    },
    "route_tables": ["rtb-0000000a", "rtb-0000000b"],
}


@pytest.fixture(scope="module")
def adopted(compiling: Any) -> Any:
    return compiling(
        regions=["eu-west-1"],
        network={"existing": {"lab/eu-west-1": VPC}, "ipv6": True},
        egress={"domains": ["example.com"]},
        teams={"lab": {"data": {"a": {}}, "workloads": {"desk": {"type": "notebook", "reads": ["a"]}}}},
        flows=[],
    )


def test_the_two_tables_of_tiers_agree() -> None:
    assert {kind: tier.value for kind, tier in TIER_OF.items()} == dict(TIERS)


def test_nothing_of_the_owners_is_made(adopted: Any) -> None:
    types = {resource["Type"] for resource in adopted.template("lab")["Resources"].values()}
    assert not types & {
        "AWS::EC2::VPC",
        "AWS::EC2::VPCCidrBlock",
        "AWS::EC2::Subnet",
        "AWS::EC2::RouteTable",
        "AWS::EC2::Route",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::SubnetRouteTableAssociation",
    }


def test_groups_endpoints_and_logs_go_into_the_given_vpc_and_subnets(adopted: Any) -> None:
    (stack,) = [each for each in adopted.architecture.stacks if each.name.endswith("lab-network")]
    given = {name: value for name, value in stack.parameters.items() if isinstance(value, str)}
    assert given == {
        "Vpc": "vpc-0a1b2c3d",
        "InteractiveSubnetA": "subnet-0000000a",
        "InteractiveSubnetB": "subnet-0000000b",
        "EndpointsSubnetA": "subnet-0000000c",
        "EndpointsSubnetB": "subnet-0000000d",
        "RouteTable1": "rtb-0000000a",
        "RouteTable2": "rtb-0000000b",
    }
    resources = stack.template["Resources"]
    assert resources["StsEndpoint"]["Properties"]["SubnetIds"] == [
        {"Ref": "EndpointsSubnetA"},
        {"Ref": "EndpointsSubnetB"},
    ]
    assert resources["S3Endpoint"]["Properties"]["RouteTableIds"] == [
        {"Ref": "RouteTable1"},
        {"Ref": "RouteTable2"},
    ]
    for logical in ("DeskSecurityGroup", "FlowLog", "QueryLogging"):
        properties = resources[logical]["Properties"]
        assert {"Ref": "Vpc"} in (properties.get("VpcId"), properties.get("ResourceId"))


def test_acls_name_the_whole_vpc_as_its_tiers_are_not_known(adopted: Any) -> None:
    entries = adopted.of_type("AWS::EC2::NetworkAclEntry", "lab").values()
    inside = {
        (entry["NetworkAclId"]["Ref"], entry["Egress"], entry["PortRange"]["From"])
        for entry in entries
        if entry["RuleAction"] == "allow" and entry["CidrBlock"] == "172.20.0.0/16"
    }
    assert inside == {
        ("InteractiveAcl", True, 443),
        ("InteractiveAcl", False, 1024),
        ("EndpointsAcl", False, 443),
        ("EndpointsAcl", True, 1024),
    }
    refused = {entry["CidrBlock"] for entry in entries if entry["RuleAction"] == "deny"}
    assert "172.20.0.0/16" in refused
    associated = adopted.of_type("AWS::EC2::SubnetNetworkAclAssociation", "lab").values()
    assert len(associated) == 4


def test_its_owner_keeps_names_and_ways_out_and_is_told(adopted: Any) -> None:
    kinds = {resource["Type"] for resource in adopted.template("lab")["Resources"].values()}
    assert "AWS::Route53Resolver::FirewallRuleGroupAssociation" not in kinds
    rules = adopted.of_type("AWS::EC2::SecurityGroupEgress", "lab").values()
    assert not [rule for rule in rules if rule.get("CidrIp") == "0.0.0.0/0"]
    notes = "\n".join(adopted.architecture.notes)
    for said in ("vpc-0a1b2c3d", "no DNS Firewall", "no way out", "no block", "block-ingress"):
        assert said in notes
