"""`ringwork network` and `ringwork prove`, as users run them."""

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
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: PORT, ToPort: PORT, CidrIp: 10.0.0.0/16}]
  Front:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !Ref Subnet, GroupSet: [!Ref Group], PrivateIpAddress: 10.0.1.10}
  Other:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !Ref Subnet, GroupSet: [!Ref Group], PrivateIpAddress: 10.0.1.11}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "web.yaml"
    path.write_text(TEMPLATE.replace("PORT", "443"), encoding="utf-8")
    return path


def test_reach_shows_the_packet_there_and_back_and_the_line_that_lets_it_in(run: Run, template: Path) -> None:
    ran = run("network", "reach", template, "--from", "Other", "--to", "Front")
    assert ran.code == 1
    assert "violated: it can flow from Other to Front" in ran.out
    assert "tcp 10.0.1.11:49152 -> 10.0.1.10:443" in ran.out
    assert "security-group ingress: a rule allows tcp 443 from 10.0.0.0/16" in ran.out
    assert f"{template}:10:" in ran.out
    assert "<- web/Front  sends" in ran.out


def test_reach_proves_and_says_how_much_it_looked_at(run: Run, template: Path) -> None:
    ran = run("network", "reach", "-t", template, "--from", "Other", "--to", "Front", "--port", "22")
    assert ran.code == 0
    assert "proved: nothing can flow from Other to Front: looked at 1 pair of classes" in ran.out


def test_reach_as_json_has_aws_path_components(run: Run, template: Path) -> None:
    ran = run("network", "reach", template, "--from", "Other", "--to", "Front", "--json")
    found = json.loads(ran.out)
    assert found["status"] == "violated"
    (witness,) = found["witnesses"]
    assert witness["packet"]["DestinationPortRanges"] == [{"From": 443, "To": 443}]
    assert [each["SequenceNumber"] for each in witness["ForwardPathComponents"]] == [1, 2, 3, 4]


def test_must_turns_the_question_round(run: Run, template: Path) -> None:
    ends = ("--from", "Other", "--to", "Front", "--protocol", "tcp", "--must")
    assert run("network", "reach", template, *ends, "--port", "443").code == 0
    ran = run("network", "reach", template, *ends, "--port", "22")
    assert ran.code == 1
    again = f"ringwork network explain {template} --from Other --to Front --port 22 --protocol tcp"
    assert f"next  {again}  what refuses it" in ran.out


def test_explain_names_what_refuses(run: Run, template: Path) -> None:
    ran = run("network", "explain", template, "--from", "Other", "--to", "Front", "--port", "22")
    assert ran.code == 0
    assert "1. web/Group: security-group ingress: no ingress rule admits it" in ran.out
    assert "with it open it would arrive" in ran.out
    assert run("network", "explain", template, "--from", "Other", "--to", "Front", "--port", "443").code == 1


def test_a_matrix_is_a_table_of_what_may_flow(run: Run) -> None:
    ran = run("network", "matrix", STARTUP, "--by", "workload")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["explore", "score", "tcp", "443"] in rows
    assert not [row for row in rows if row[:2] == ["train", "score"]]
    assert run("network", "matrix", STARTUP, "--by", "teem").code == 2


def test_a_diff_of_templates_shows_what_is_opened(run: Run, template: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    new = tmp_path / "new" / "web.yaml"
    new.write_text(TEMPLATE.replace("PORT", "8443"), encoding="utf-8")
    ran = run("network", "diff", template, new)
    assert ran.code == 1
    assert "opened  web/Front -> web/Other: tcp 8443" in ran.out
    assert "closed  web/Front -> web/Other: tcp 443" in ran.out
    same = run("network", "diff", template, template)
    assert (same.code, "nothing is opened, nothing is closed" in same.out) == (0, True)


def test_a_scope_of_aws_is_decided(run: Run, template: Path, tmp_path: Path) -> None:
    interfaces = {"ResourceStatement": {"ResourceTypes": ["AWS::EC2::NetworkInterface"]}}
    scope = tmp_path / "scope.json"
    scope.write_text(json.dumps({"MatchPaths": [{"Source": interfaces, "Destination": interfaces}]}))
    assert run("network", "scope", scope, template).code == 1
    gateway = {"ResourceStatement": {"ResourceTypes": ["AWS::EC2::InternetGateway"]}}
    scope.write_text(json.dumps({"MatchPaths": [{"Source": gateway}]}))
    assert run("network", "scope", scope, template).code == 0
    scope.write_text('{"MatchPaths": [{"Sorce": {}}]}')
    ran = run("network", "scope", scope, template)
    assert (ran.code, "scope.json:1:18" in ran.err) == (2, True)


def test_prove_holds_what_holds_and_says_what_it_did_not_ask(run: Run) -> None:
    ran = run("prove", STARTUP)
    assert ran.code == 0
    assert "0 violated  0 unknown" in ran.out
    assert "not asked: `teams-apart`" in ran.out


def test_prove_asks_a_file_of_what_is_named(run: Run, template: Path, tmp_path: Path) -> None:
    intents = tmp_path / "intents.yaml"
    intents.write_text(
        "intents: 1\nbuilt_in: false\nnetwork:\n  apart:\n"
        "    must_never: {from: Other, to: Front, traffic: tcp 22}\n    because: nobody logs in\n"
    )
    assert run("prove", intents, "--in", template).code == 0
    intents.write_text(intents.read_text().replace("tcp 22", "tcp 443"))
    ran = run("prove", intents, "-t", template, "--json")
    assert ran.code == 1
    (found,) = json.loads(ran.out)["findings"]
    assert (found["control"], found["status"]) == ("NET-INTENT:apart", "violated")
    assert any(origin.get("line") == 10 for origin in found["origins"])


def test_the_schema_of_intents_is_printed(run: Run) -> None:
    assert json.loads(run("prove", "--schema").out)["title"] == "Ringwork intents"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("network", "reach", "missing.yaml", "--from", "any", "--to", "any"), "there is no file"),
        (("network", "reach", ".", "--from", "any", "--to", "any"), "neither templates nor recorded"),
        (("network", "reach", "--from", "taem=x", "--to", "any"), "did you mean `team`?"),
        (("network", "reach", "--from", "any", "--to", "any", "--port", "http"), "is no traffic"),
        (("prove", "missing.yaml"), "there is no file"),
    ],
)
def test_input_that_cannot_be_used_is_code_2(run: Run, arguments: tuple[str, ...], message: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err
