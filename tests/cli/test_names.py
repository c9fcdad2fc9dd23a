"""`ringwork network resolve` and `ringwork network endpoints`, as users run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
STARTUP = ROOT / "examples" / "startup.yaml"
TEMPLATE = """
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: true, EnableDnsHostnames: true}
  Private: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Public: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
  Ip: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}
  Nat:
    Type: AWS::EC2::NatGateway
    Properties: {SubnetId: !Ref Public, AllocationId: !GetAtt Ip.AllocationId}
  Inner: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Outer: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  In1:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Private, RouteTableId: !Ref Inner}
  In2:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Public, RouteTableId: !Ref Outer}
  Out:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Outer, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: any, VpcId: !Ref Vpc}}
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties:
      InstanceType: ml.t3.medium
      RoleArn: arn:aws:iam::111122223333:role/n
      SubnetId: !Ref Private
      SecurityGroupIds: [!Ref Group]
      DirectInternetAccess: Disabled
"""
BY_NAT = """
  Leave:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Inner, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
"""
API = "api.sagemaker.eu-central-1.amazonaws.com"
ENDPOINT = """
  Api:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      VpcEndpointType: Interface
      ServiceName: com.amazonaws.eu-central-1.sagemaker.api
      SubnetIds: [!Ref Private]
      SecurityGroupIds: [!Ref Group]
      PrivateDnsEnabled: true
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "net.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_name_leaves_through_nat_or_resolves_to_the_endpoint(
    run: Run, written: Callable[[str], Path]
) -> None:
    asked = ("--region", "eu-central-1", "--from", "Private")
    ran = run("network", "resolve", API, written(TEMPLATE + BY_NAT), *asked)
    assert ran.code == 1
    assert "it leaves to the internet through `net/Nat`, `net/Gateway`" in ran.out
    assert f"violated: `{API}` leaves, or leads nowhere, from 1 subnet" in ran.out
    ran = run("network", "resolve", API, written(TEMPLATE + BY_NAT + ENDPOINT), *asked)
    assert ran.code == 0
    assert f"proved: `{API}` stays inside from 1 subnet" in ran.out


def test_resolve_as_json_tells_each_subnet_and_each_step(run: Run, written: Callable[[str], Path]) -> None:
    path = written(TEMPLATE + BY_NAT + ENDPOINT)
    ran = run(
        "network", "resolve", "sagemaker.api", path, "--region", "eu-central-1", "--from", "Vpc", "--json"
    )
    found = json.loads(ran.out)
    assert (found["asked"], found["status"]) == ("sagemaker.api", "proved")
    assert [each["subnet"].rsplit("/", 1)[1] for each in found["answers"]] == ["Private", "Public"]
    for each in found["answers"]:
        assert (each["name"], each["leads_to"]) == (API, "interface endpoint")
        assert [step["control"] for step in each["steps"]] == ["endpoint private DNS"]


def test_what_cannot_be_known_is_code_3(run: Run, written: Callable[[str], Path]) -> None:
    path = written(TEMPLATE + BY_NAT.replace("!Ref Nat", "!ImportValue other-nat"))
    ran = run("network", "resolve", API, "-t", path, "--region", "eu-central-1", "--from", "Private")
    assert (ran.code, "is not known to stay inside" in ran.out) == (3, True)


def test_endpoints_tells_what_will_break_by_name(run: Run, written: Callable[[str], Path]) -> None:
    ran = run("network", "endpoints", written(TEMPLATE), "--region", "eu-central-1")
    assert ran.code == 1
    assert "notebook will fail to call sagemaker.api" in ran.out
    assert "net/Notebook in net/Private: no endpoint, no way out" in ran.out
    # always: the API, the runtime and S3, by SageMaker's page
    assert "violated: 3 of 3 calls that are always made will fail; so will 5 that only some code" in ran.out
    ran = run("network", "endpoints", written(TEMPLATE + BY_NAT), "--region", "eu-central-1", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)["answers"]
    assert {tuple(each["through"]) for each in found} == {("internet",)}


def test_endpoints_of_an_example_are_complete(run: Run) -> None:
    ran = run("network", "endpoints", STARTUP, "--feature", "notebook", "--feature", "training")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["notebook", "sagemaker.api", "com.amazonaws.REGION.sagemaker.api", "reached", "1"] in [
        row[:5] for row in rows
    ]
    assert not any(row[:1] == ["processing"] for row in rows)


def test_where_nothing_runs_the_needs_are_listed_and_nothing_is_decided(
    run: Run, written: Callable[[str], Path]
) -> None:
    path = written(TEMPLATE)
    ran = run("network", "endpoints", path, "--feature", "feature store")
    assert ran.code == 3
    assert "nothing here runs feature store" in ran.out
    assert "  com.amazonaws.REGION.sagemaker.featurestore-runtime\n" in ran.out


def test_endpoints_asks_where_something_would_run(run: Run, written: Callable[[str], Path]) -> None:
    asked = ("--region", "eu-central-1", "--feature", "feature store")
    path = written(TEMPLATE + BY_NAT)
    assert run("network", "endpoints", path, *asked, "--from", "Private").code == 0
    path = written(TEMPLATE)
    ran = run("network", "endpoints", path, *asked, "--from", "Private")
    assert ran.code == 1
    assert "feature store will fail to call sagemaker.featurestore-runtime" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resolve", API, "net.yaml", "--from", "Privat"), "did you mean `Private`"),
        (("resolve", API, "net.yaml", "--from", "internet"), "is in no subnet"),
        (("resolve", "sagemaker.ap", "net.yaml", "--from", "0.0.0.0/0"), "leads"),
        (("resolve", "sagemaker", "net.yaml", "--from", "Vpc"), "neither a DNS name nor a service"),
        (("resolve", "a b.example", "net.yaml", "--from", "Vpc"), "is not a DNS name"),
        (("endpoints", "net.yaml", "--feature", "trainign"), "did you mean `training`?"),
        (("endpoints", "net.yaml", "--from", "nowhere"), "is in no subnet of this network"),
    ],
)
def test_input_that_cannot_be_used_is_code_2(
    run: Run, written: Callable[[str], Path], arguments: tuple[str, ...], message: str
) -> None:
    written(TEMPLATE)
    ran = run("network", *arguments)
    if message == "leads":  # a name of no service is a name all the same
        assert (ran.code, "sagemaker.ap" in ran.out) == (1, True)
        return
    assert (ran.code, message in ran.err) == (2, True)
