"""IPv6 beside IPv4: the same doors, no other (VPC guide, "Egress-only internet gateways", "Network ACLs")."""

from __future__ import annotations

from typing import Any

import pytest

EGRESS = {"domains": ["example.com"], "mode": "per-vpc"}


@pytest.fixture(scope="module")
def dual(compiling: Any) -> Any:
    return compiling(network={"ipv6": True}, egress=EGRESS)


def test_amazon_gives_the_vpc_a_block_and_each_subnet_a_64_of_it(dual: Any) -> None:
    (block,) = dual.of_type("AWS::EC2::VPCCidrBlock", "imaging").values()
    assert block == {"VpcId": {"Ref": "Vpc"}, "AmazonProvidedIpv6CidrBlock": True}
    whole = {"Fn::Select": [0, {"Fn::GetAtt": ["Vpc", "Ipv6CidrBlocks"]}]}
    chosen = []
    for subnet in dual.of_type("AWS::EC2::Subnet", "imaging").values():
        index, cidr = subnet["Ipv6CidrBlock"]["Fn::Select"]
        # 64 host bits are a /64
        assert cidr["Fn::Cidr"][0] == whole
        assert cidr["Fn::Cidr"][2] == 64
        assert index < cidr["Fn::Cidr"][1]
        chosen.append(index)
    assert len(set(chosen)) == len(chosen) == 15


def test_what_is_cut_from_the_block_waits_for_it(dual: Any) -> None:
    for logical, resource in dual.template("imaging")["Resources"].items():
        if "Ipv6CidrBlocks" in repr(resource):
            assert "Ipv6Block" in resource["DependsOn"], logical


def test_a_tiers_part_holds_its_subnets(dual: Any) -> None:
    # a /62 is four /64: the n-th of the former begins at the 4n-th of the latter
    subnets = dual.of_type("AWS::EC2::Subnet", "imaging")
    for entry in dual.of_type("AWS::EC2::NetworkAclEntry", "imaging").values():
        block = entry.get("Ipv6CidrBlock")
        if isinstance(block, dict) and "Fn::Cidr" in block["Fn::Select"][1]:
            index, cidr = block["Fn::Select"]
            assert cidr["Fn::Cidr"][2] == 66
            inside = [s["Ipv6CidrBlock"]["Fn::Select"][0] // 4 for s in subnets.values()]
            assert index in inside


def test_ipv6_has_no_way_out_and_none_in(dual: Any) -> None:
    # control NET-08 counts an egress-only gateway as well
    types = {resource["Type"] for resource in dual.template("imaging")["Resources"].values()}
    assert "AWS::EC2::EgressOnlyInternetGateway" not in types
    routes = dual.of_type("AWS::EC2::Route", "imaging").values()
    assert not [route for route in routes if "DestinationIpv6CidrBlock" in route]
    for kind in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
        assert not [rule for rule in dual.of_type(kind, "imaging").values() if "CidrIpv6" in rule]


def test_no_subnet_hands_out_public_addresses(dual: Any) -> None:
    for subnet in dual.of_type("AWS::EC2::Subnet", "imaging").values():
        assert subnet["AssignIpv6AddressOnCreation"] is False


def test_each_line_between_tiers_and_each_refusal_has_a_twin(dual: Any) -> None:
    entries = dual.of_type("AWS::EC2::NetworkAclEntry", "imaging")
    for logical, entry in entries.items():
        if "CidrBlock" not in entry or "Anywhere" in logical or "NoOtherOwn" in logical:
            continue
        twin = entries[f"{logical}V6"]
        same = ("NetworkAclId", "Egress", "RuleAction", "Protocol", "PortRange")
        assert {name: entry.get(name) for name in same} == {name: twin.get(name) for name in same}
        assert "Ipv6CidrBlock" in twin


def test_no_acl_opens_the_world_of_ipv6(dual: Any) -> None:
    entries = dual.of_type("AWS::EC2::NetworkAclEntry", "imaging").values()
    whole = [entry for entry in entries if entry.get("Ipv6CidrBlock") == "::/0"]
    assert {entry["RuleAction"] for entry in whole} == {"deny"}


def test_rule_numbers_stay_unique_and_ipv4s_do_not_move(dual: Any, compiling: Any) -> None:
    entries = dual.of_type("AWS::EC2::NetworkAclEntry", "imaging")
    numbers = [(e["NetworkAclId"]["Ref"], e["Egress"], e["RuleNumber"]) for e in entries.values()]
    assert len(set(numbers)) == len(numbers)
    before = compiling(egress=EGRESS).of_type("AWS::EC2::NetworkAclEntry", "imaging")
    assert {name: entries[name] for name in before} == before
