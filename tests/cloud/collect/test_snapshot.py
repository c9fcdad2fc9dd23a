"""The mappers on recorded describe output of real accounts; facts read by eye from the JSON files."""

from __future__ import annotations

import inspect
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.cloud.collect import firewalls
from ringwork.cloud.collect import recorded as recordings
from ringwork.cloud.collect.recorded import DETAILS
from ringwork.cloud.collect.snapshot import EMPTIED, from_snapshot
from ringwork.cloud.collect.table import TYPES
from ringwork.estate import Reference, Resource, Unknown
from ringwork.estate.live import link
from ringwork.source import InputError

SHARED = Path(os.environ.get("RINGWORK_SHARED", Path(__file__).parents[3].parent / "shared"))
BATFISH = SHARED / "corpora" / "network" / "batfish"
recorded = pytest.mark.skipif(not BATFISH.is_dir(), reason="the recorded snapshots are not here")


def read(name: str) -> list[Resource]:
    return list(from_snapshot(BATFISH / name / "aws_configs").resources)


def of(resources: list[Resource], type: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == f"AWS::EC2::{type}"]


@recorded
def test_a_vpc_with_a_gateway_endpoint() -> None:
    found = read("test-vpc-endpoint-gateway")
    counts = Counter(resource.type.removeprefix("AWS::EC2::") for resource in found)
    assert counts["RouteTable"] == 3
    # the group `default` has one ingress rule, `testing_sg` four; one egress rule each
    assert (counts["SecurityGroup"], counts["SecurityGroupIngress"], counts["SecurityGroupEgress"]) == (
        2,
        5,
        2,
    )
    (route,) = of(found, "Route")
    assert route.properties == {
        "RouteTableId": "rtb-0efde4139784b75b0",
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": "igw-0c8afe4471084ccba",
    }
    (endpoint,) = of(found, "VPCEndpoint")
    assert endpoint.properties["RouteTableIds"] == ["rtb-04f71fc2caa8d94cf", "rtb-0efde4139784b75b0"]
    assert endpoint.properties["PolicyDocument"] == {
        "Version": "2008-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    assert (endpoint.account, endpoint.region) == ("554773406868", "us-east-1")
    assert {r.physical for r in of(found, "RouteTable") if r.attributes["Main"]} == {"rtb-04b2f3cdc92b48b05"}
    assert {
        (r.properties["SubnetId"], r.properties["RouteTableId"])
        for r in of(found, "SubnetRouteTableAssociation")
    } == {
        ("subnet-01e5f0945f6d6f47c", "rtb-04f71fc2caa8d94cf"),
        ("subnet-04391f04b912d0a73", "rtb-0efde4139784b75b0"),
    }
    (ssh,) = [r for r in of(found, "SecurityGroupIngress") if r.properties.get("FromPort") == 22]
    assert ssh.properties == {
        "GroupId": "sg-0ba8692418a4ae00e",
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "CidrIp": "0.0.0.0/0",
        "Description": "SSH Access",
    }


@recorded
def test_one_permission_with_two_sources_is_two_rules() -> None:
    rules = [
        r.properties
        for r in of(read("test"), "SecurityGroupIngress")
        if r.properties["GroupId"] == "sg-0de0ddfa8a5a45810"
    ]
    assert [(r.get("CidrIp"), r.get("SourceSecurityGroupId"), r["FromPort"], r["ToPort"]) for r in rules] == [
        ("1.2.3.4/32", None, 45, 50),
        (None, "sg-08893f1a4413ccfc1", 45, 50),
    ]
    assert all("SourceSecurityGroupOwnerId" not in r for r in rules)  # it is the group's own account


@recorded
def test_propagated_routes_are_kept_apart_and_the_final_denies_left_out() -> None:
    found = read("ipsec-vpn-host-aws-cisco")
    assert sorted(str(r.properties["DestinationCidrBlock"]) for r in of(found, "Route")) == [
        "0.0.0.0/0",
        "200.101.1.0/24",
    ]
    assert {r.attributes["State"] for r in of(found, "Route")} == {"blackhole"}
    propagated = [r for r in found if r.type == "live:ec2:propagated-route"]
    assert sorted(str(r.properties["DestinationCidrBlock"]) for r in propagated) == [
        "10.1.1.0/24",
        "10.1.2.0/24",
        "10.1.3.0/24",
        "10.1.4.0/24",
        "10.10.0.0/16",
    ]
    entries = of(found, "NetworkAclEntry")
    assert sorted((r.properties["Egress"], r.properties["RuleNumber"]) for r in entries) == [
        (False, 100),
        (False, 200),
        (False, 300),
        (True, 100),
        (True, 200),
        (True, 300),
    ]


@recorded
def test_ids_of_recorded_resources_become_references() -> None:
    collected = from_snapshot(BATFISH / "test-vpc-endpoint-gateway" / "aws_configs")
    estate = link(collected.resources, gaps=collected.gaps)
    (endpoint,) = estate.of_type("AWS::EC2::VPCEndpoint")
    (vpc,) = estate.of_type("AWS::EC2::VPC")
    assert endpoint.properties["VpcId"] == Reference(vpc.key)
    assert isinstance(vpc.properties["EnableDnsSupport"], Unknown)  # describe-vpcs does not say
    assert estate.gaps_for("AWS::IAM::Role")
    assert not estate.gaps_for("AWS::EC2::Route")


@recorded
@pytest.mark.parametrize("folder", sorted(p.name for p in BATFISH.glob("*") if (p / "aws_configs").is_dir()))
def test_every_snapshot_keeps_every_rule(folder: str) -> None:
    found = read(folder)
    ingress = egress = entries = 0
    for path in (BATFISH / folder / "aws_configs").rglob("*.json"):
        content = json.loads(path.read_text())
        for group in content.get("SecurityGroups", ()):
            ingress += sum(_sources(permission) for permission in group["IpPermissions"])
            egress += sum(_sources(permission) for permission in group["IpPermissionsEgress"])
        for acl in content.get("NetworkAcls", ()):
            entries += sum(1 for entry in acl["Entries"] if entry["RuleNumber"] <= 32766)
    assert len(of(found, "SecurityGroupIngress")) == ingress
    assert len(of(found, "SecurityGroupEgress")) == egress
    assert len(of(found, "NetworkAclEntry")) == entries


def _sources(permission: dict[str, Any]) -> int:
    return sum(
        len(permission.get(name, ()))
        for name in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
    )


permissions = st.fixed_dictionaries(
    {
        "IpProtocol": st.sampled_from(["-1", "tcp", "udp", "icmp", "50"]),
        "IpRanges": st.lists(st.fixed_dictionaries({"CidrIp": st.just("10.0.0.0/8")}), max_size=3),
        "Ipv6Ranges": st.lists(st.fixed_dictionaries({"CidrIpv6": st.just("::/0")}), max_size=3),
        "PrefixListIds": st.lists(st.fixed_dictionaries({"PrefixListId": st.just("pl-1")}), max_size=3),
        "UserIdGroupPairs": st.lists(
            st.fixed_dictionaries({"GroupId": st.just("sg-2")}, optional={"UserId": st.just("1")}), max_size=3
        ),
    },
    optional={"FromPort": st.integers(0, 65535), "ToPort": st.integers(0, 65535)},
)


@given(st.lists(permissions, max_size=4), st.lists(permissions, max_size=4))
def test_no_rule_is_ever_dropped(
    tmp_path_factory: pytest.TempPathFactory, ingress: list[dict[str, Any]], egress: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("snapshot")
    group = {
        "GroupId": "sg-1",
        "GroupName": "g",
        "Description": "d",
        "OwnerId": "1",
        "VpcId": "vpc-1",
        "IpPermissions": ingress,
        "IpPermissionsEgress": egress,
    }
    (folder / "SecurityGroups.json").write_text(json.dumps({"SecurityGroups": [group]}))
    found = list(from_snapshot(folder).resources)
    assert len(of(found, "SecurityGroupIngress")) == sum(_sources(p) for p in ingress)
    assert len(of(found, "SecurityGroupEgress")) == sum(_sources(p) for p in egress)
    for rule in of(found, "SecurityGroupIngress"):
        peers = {"CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId"}
        assert len(peers & rule.properties.keys()) == 1


def test_what_is_no_recorded_answer_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "Vpcs.json").write_text("[")
    with pytest.raises(InputError, match=r"`Vpcs.json` is not a recorded answer"):
        from_snapshot(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_recording_may_be_written_as_shells_write_it(encoding: str, tmp_path: Path) -> None:
    """PowerShell redirects to UTF-16 ("about_Redirection"); some editors begin UTF-8 with a mark."""
    text = '{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "111111111111"}]}'
    (tmp_path / "Vpcs.json").write_bytes(text.encode(encoding))
    (vpc,) = from_snapshot(tmp_path).resources
    assert (vpc.physical, vpc.account) == ("vpc-1", "111111111111")


def test_nothing_else_reads_a_list_that_is_emptied() -> None:
    for type in EMPTIED:
        name = TYPES[type].listing.result
        assert [kind.type for kind in TYPES.values() if kind.listing.result == name] == [type]
        assert name not in {listed for listed, _, _ in DETAILS.values()}
        assert all(name not in inspect.getsource(module) for module in (recordings, firewalls))


def test_of_interfaces_with_one_id_the_last_recorded_is_kept(tmp_path: Path) -> None:
    """As of all other types: a list that is emptied is read in its order."""
    common = {"NetworkInterfaceId": "eni-1", "OwnerId": "111111111111", "SubnetId": "subnet-1"}
    items = [{**common, "Description": text} for text in ("first", "second")]
    (tmp_path / "NetworkInterfaces.json").write_text(json.dumps({"NetworkInterfaces": items}), "utf-8")
    (interface,) = from_snapshot(tmp_path).resources
    assert interface.properties["Description"] == "second"
