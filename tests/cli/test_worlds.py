"""A template with an open condition deploys one of several networks: no answer rests on the first alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
# SSH is open unless `Open` is `yes`: what the first world refuses, the other lets pass
TEMPLATE = """
Parameters:
  Open: {Type: String}
Conditions:
  Closed: !Equals [!Ref Open, "yes"]
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - !If
          - Closed
          - !Ref AWS::NoValue
          - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/16}
  Front:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !Ref Subnet, GroupSet: [!Ref Group], PrivateIpAddress: 10.0.1.10}
  Other:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !Ref Subnet, GroupSet: [!Ref Group], PrivateIpAddress: 10.0.1.11}
"""
OPEN = "parameter `Open` of stack `web` is none of `yes`"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "web.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def test_matrix_lists_what_flows_in_any_world_and_says_in_which(run: Run, template: Path) -> None:
    ran = run("network", "matrix", template, "--by", "kind")
    (row,) = [line for line in ran.out.splitlines() if line.startswith("interface    interface")]
    assert "tcp 22" in row
    assert OPEN in row
    found = json.loads(run("network", "matrix", template, "--by", "kind", "--json").out)
    assert found["worlds"] == 2
    assert {each["if"] for each in found["cells"] if each["to"] == "interface"} == {OPEN}


def test_matrix_with_the_parameter_given_has_one_world(run: Run, template: Path) -> None:
    closed = run("network", "matrix", template, "--by", "kind", "-p", "Open=yes").out
    assert "tcp 22" not in closed
    found = json.loads(run("network", "matrix", template, "--by", "kind", "-p", "Open=no", "--json").out)
    assert {each["if"] for each in found["cells"]} == {""}
    assert any(each["traffic"] == "tcp 22" for each in found["cells"])


def test_explain_is_not_content_with_the_world_that_refuses(run: Run, template: Path) -> None:
    ends = ("--from", "Other", "--to", "Front", "--port", "22")
    ran = run("network", "explain", template, *ends)
    assert ran.code == 1
    assert f"web/Other -> web/Front, if {OPEN}" in ran.out
    assert "nothing refuses it: it arrives" in ran.out
    assert run("network", "explain", template, *ends, "-p", "Open=yes").code == 0


def test_explain_tells_once_what_is_so_in_every_world(run: Run, template: Path) -> None:
    ran = run("network", "explain", template, "--from", "Other", "--to", "Front", "--port", "443")
    assert ran.out.count("web/Other -> web/Front") == 1
    assert " if " not in ran.out


def test_diff_finds_what_is_opened_in_the_second_world_alone(run: Run, template: Path) -> None:
    new = template.parent / "new" / "web.yaml"
    new.parent.mkdir()
    new.write_text(TEMPLATE.replace("FromPort: 22, ToPort: 22", "FromPort: 22, ToPort: 23"), encoding="utf-8")
    ran = run("network", "diff", template, new)
    assert ran.code == 1
    assert f"opened  web/Other -> web/Front: tcp 23, if {OPEN}" in ran.out
    assert run("network", "diff", template, template).code == 0


def test_diff_says_that_stacks_of_two_names_have_nothing_in_common(run: Run, template: Path) -> None:
    other = template.parent / "other.yaml"
    other.write_text(TEMPLATE, encoding="utf-8")
    ran = run("network", "diff", template, other)
    assert "note: what is in stack `web` and in stack `other` is not the same" in ran.err
    assert "note:" not in run("network", "diff", template, template).err


def test_what_is_left_open_beyond_the_bound_is_told_as_assumed(run: Run, tmp_path: Path) -> None:
    """Twelve open conditions would make 4,096 networks; those that are not decided are assumed."""
    names = [f"P{number}" for number in range(12)]
    subnets = "".join(
        f"  S{at}: {{Type: AWS::EC2::Subnet, Condition: C{name}, "
        f"Properties: {{VpcId: !Ref Vpc, CidrBlock: 10.0.{at}.0/24}}}}\n"
        for at, name in enumerate(names)
    )
    path = tmp_path / "many.yaml"
    path.write_text(
        "Parameters:\n" + "".join(f"  {name}: {{Type: String}}\n" for name in names)
        + "Conditions:\n" + "".join(f"  C{name}: !Equals [!Ref {name}, x]\n" for name in names)
        + "Resources:\n  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}\n" + subnets,
        encoding="utf-8",
    )  # fmt: skip
    assert "assumed: `many/S11` exists, though condition" in run("network", "matrix", path).out
