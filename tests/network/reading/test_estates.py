"""Whole estates: what the examples compile to, recorded accounts, and a large one.

Numbers of recorded accounts were read by eye from the JSON files; of the examples, resources are counted.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate import Estate, Reference, Resource, resource_key
from ringwork.estate.live import link
from ringwork.findings import Origin
from ringwork.network.addresses import parse_address
from ringwork.network.model import Joined, Model, Source, Via
from ringwork.network.reading import read
from ringwork.workflows.design import design, desired_estate

from .estates import live
from .test_never_raises import check_whole

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("RINGWORK_SHARED", ROOT.parent / "shared"))
BATFISH = SHARED / "corpora" / "network" / "batfish"
recorded = pytest.mark.skipif(not BATFISH.is_dir(), reason="the recorded snapshots are not here")


def snapshot(name: str) -> Model:
    found = from_snapshot(BATFISH / name / "aws_configs")
    return read(link(found.resources, gaps=found.gaps))


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_an_example_reads_without_a_problem(name: str, tmp_path: Path) -> None:
    estate = desired_estate(design(ROOT / "examples" / f"{name}.yaml"), tmp_path)
    net = read(estate)
    assert net.problems == ()
    assert net.unmodelled == {}
    check_whole(net)
    for kind, type in (("vpcs", "VPC"), ("subnets", "Subnet"), ("nat_gateways", "NatGateway")):
        assert len(getattr(net, kind)) == len(estate.of_type(f"AWS::EC2::{type}"))
    assert not [table.key for table in net.tables.values() if table.unknown]
    assert not [table.key for table in net.transit_tables.values() if table.unknown]
    assert not [acl.key for acl in net.acls.values() if acl.unknown]
    routes = [route for table in net.tables.values() for route in table.routes]
    assert not [route for route in routes if route.target.via is Via.UNMODELLED]
    # what is not certain is only which addresses S3 and DynamoDB have
    unsure = {route.target.via for route in routes if not route.certain}
    assert unsure <= {Via.GATEWAY_ENDPOINT}
    rules = [rule for group in net.groups.values() for rule in (*group.ingress, *group.egress)]
    assert all(rule.certain or "#nfs" in str(rule.peer) for rule in rules)


@recorded
@pytest.mark.parametrize("folder", sorted(p.name for p in BATFISH.glob("*") if (p / "aws_configs").is_dir()))
def test_a_recorded_account_is_whole(folder: str) -> None:
    check_whole(snapshot(folder))


@recorded
def test_a_recorded_peering() -> None:
    # test-vpc-peering: three VPCs, two active connections, one instance in each VPC
    net = snapshot("test-vpc-peering")
    assert len(net.vpcs) == 3
    assert [peering.active for peering in net.peerings.values()] == [True, True]
    assert len([i for i in net.interfaces.values() if i.kind == "instance"]) == 3
    routes = [r for t in net.tables.values() for r in t.routes if r.target.via is Via.PEERING]
    assert sorted(str(r.prefix) for r in routes) == [
        "10.10.0.0/16",
        "10.10.0.0/16",
        "192.168.1.0/24",
        "192.168.2.0/24",
    ]
    assert all(problem.message.endswith("not recorded in aws_configs") for problem in net.problems)


@recorded
def test_a_recorded_vpn_gateway() -> None:
    net = snapshot("test-vpn-gateway")
    (gateway,) = net.vpn_gateways.values()
    assert len(gateway.externals) == 1
    (table,) = net.tables.values()
    assert [(str(r.prefix), r.target.via, r.source) for r in table.routes] == [
        ("10.0.0.0/16", Via.LOCAL, Source.LOCAL),
        ("0.0.0.0/0", Via.VPN_GATEWAY, Source.STATIC),
    ]


@recorded
def test_a_recorded_direct_connect_gateway_is_an_external_network() -> None:
    net = snapshot("test-direct-connect-gateway")
    kinds = sorted(attachment.kind.value for attachment in net.attachments.values())
    assert kinds == ["direct-connect-gateway", "vpc", "vpc", "vpn"]
    (direct,) = [a for a in net.attachments.values() if a.kind is Joined.DIRECT_CONNECT]
    assert direct.to in net.externals
    learning = {table.key.rpartition("/")[2]: table.unknown for table in net.transit_tables.values()}
    assert "BGP" in (learning["tgw-rtb-dx01"] or "")
    assert learning["tgw-rtb-iso01"] is None


def large(vpcs: int, each: int) -> Estate:
    """VPCs with `each` interfaces, as a collector gives them after linking."""
    account, region = "111122223333", "eu-central-1"
    origins = (Origin(operation="ec2:Describe", time="2026-11-28T00:00:00Z"),)

    def made(type: str, physical: str, properties: dict[str, object], **facts: object) -> Resource:
        return Resource(
            resource_key(account, region, type, physical),
            type,
            properties,
            account,
            region,
            physical=physical,
            attributes=facts,
            origins=origins,
        )

    found = []
    for n in range(vpcs):
        block = f"10.{n // 256}.{n % 256}"
        vpc = made("AWS::EC2::VPC", f"vpc-{n:08x}", {"CidrBlock": f"{block}.0/24"})
        of = {"VpcId": Reference(vpc.key)}
        subnet = made("AWS::EC2::Subnet", f"subnet-{n:08x}", {**of, "CidrBlock": f"{block}.0/24"})
        table = made("AWS::EC2::RouteTable", f"rtb-{n:08x}", of, Main=True)
        acl = made("AWS::EC2::NetworkAcl", f"acl-{n:08x}", of, IsDefault=True)
        group = made("AWS::EC2::SecurityGroup", f"sg-{n:08x}", {**of, "GroupName": "default"})
        found += [vpc, subnet, table, acl, group]
        for host in range(each):
            address = f"{block}.{host + 4}"
            found.append(
                made(
                    "AWS::EC2::NetworkInterface",
                    f"eni-{n * each + host:08x}",
                    {
                        "Description": "",
                        "SubnetId": Reference(subnet.key),
                        "GroupSet": (Reference(group.key),),
                        "PrivateIpAddresses": ({"PrivateIpAddress": address, "Primary": True},),
                        "SourceDestCheck": True,
                    },
                    PrimaryPrivateIpAddress=address,
                    InterfaceType="interface",
                    RequesterManaged=False,
                )
            )
    return Estate(found)


def test_ten_thousand_interfaces_read_in_a_second_of_processor_time() -> None:
    estate = large(100, 100)
    before = time.process_time()
    net = read(estate)
    spent = time.process_time() - before
    assert len(net.interfaces) == 10_000
    assert net.problems == ()
    first = net.interfaces[estate.of_type("AWS::EC2::NetworkInterface")[0].key]
    assert first.addresses == (parse_address("10.0.0.4"),)
    # measured at 0.1 s; the bound leaves room for a machine that is busy
    assert spent < 1.0


def test_a_shared_subnet_is_one_for_both_accounts() -> None:
    """VPC user guide, "Share your VPC subnets with other accounts": what participants start in it talks as in
    any subnet."""
    owner, participant = "111111111111", "222222222222"
    vpc, subnet, group = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
    parts = []
    for number, account in enumerate((participant, owner)):
        parts += [
            live("EC2::VPC", vpc, {"CidrBlock": "10.0.0.0/16"}, {"OwnerId": owner}, account),
            live(
                "EC2::Subnet",
                subnet,
                {"VpcId": vpc, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-central-1a"},
                {"OwnerId": owner},
                account,
            ),
            live("EC2::SecurityGroup", f"{group[:-1]}{number}", {"VpcId": vpc}, {}, account),
            live(
                "EC2::NetworkInterface",
                f"eni-0123456789abcdef{number}",
                {
                    "SubnetId": subnet,
                    "GroupSet": [f"{group[:-1]}{number}"],
                    "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": f"10.0.1.{number + 10}"}],
                },
                {},
                account,
            ),
        ]
    net = read(link(parts))
    (found,) = net.subnets.values()
    assert found.key.startswith(owner)
    theirs = [each for each in net.interfaces.values() if each.addresses]
    assert {each.key.split("/")[0] for each in theirs} == {owner, participant}
    assert [each.subnet for each in theirs] == [found.key, found.key]
    assert not [problem for problem in net.problems if "subnet" in problem.message]
