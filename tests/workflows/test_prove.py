"""Intents against estates: the built-in set on the examples, a file's, and what it is when one breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.findings import Status
from ringwork.intents import built_in, loads
from ringwork.source import InputError
from ringwork.workflows.prove import prove
from ringwork.workflows.reachability import Seen, from_path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
OPEN = """
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}
  Fraud:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: fraud
      VpcId: !Ref Vpc
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/16}]
      Tags: [{Key: "ringwork:team", Value: fraud}]
  Credit:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: credit
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 20, ToPort: 25, CidrIp: 10.0.1.0/24}]
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 9, ToPort: 9, CidrIp: 192.0.2.0/24}]
      Tags: [{Key: "ringwork:team", Value: credit}]
"""


def _open(folder: Path) -> Seen:
    path = folder / "open.yaml"
    path.write_text(OPEN, encoding="utf-8")
    return from_path(path)


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_every_built_in_intent_holds_on_every_example(name: str) -> None:
    proof = prove(from_path(EXAMPLES / f"{name}.yaml"))
    network = [finding for finding in proof.findings if finding.control.startswith("NET-INTENT:")]
    assert [(each.control, each.message) for each in network if each.status is not Status.PROVED] == []
    assert [each.message for each in proof.findings if each.status is not Status.PROVED] == []
    asked = {each.control.partition(":")[2] for each in proof.findings}
    left = {each for each, _ in proof.inapplicable}
    ours = {*built_in().intents.network, *built_in().intents.access}
    assert ours - asked == left
    # a start-up has one team and no stages, a hospital has no stages: nothing to keep apart
    assert (
        left
        == {
            "startup": {"teams-apart", "stages-apart", "other-team-data"},
            "hospital": {"stages-apart"},
            "bank": set(),
        }[name]
    )


def test_one_open_rule_breaks_the_wall_between_teams_and_is_blamed(tmp_path: Path) -> None:
    proof = prove(_open(tmp_path))
    violated = [each for each in proof.findings if each.status is Status.VIOLATED]
    assert {each.control for each in violated} == {"NET-INTENT:teams-apart"}
    (found,) = [each for each in violated if "/Credit" in each.subject.name]
    assert "tcp" in found.message
    assert ":22" in found.message
    files = {(Path(origin.file or "").name, origin.line) for origin in found.origins}
    lines = (tmp_path / "open.yaml").read_text(encoding="utf-8").splitlines()
    blamed = [lines[line - 1] for name, line in files if name == "open.yaml" and line]
    assert any("FromPort: 20" in line for line in blamed)
    assert any("FromPort: 22" in line for line in blamed)


def test_a_files_intents_are_asked_beside_the_built_in_set_or_alone(tmp_path: Path) -> None:
    mine = """
network:
  no-mail:
    must_never: {from: team=fraud, to: team=credit, traffic: tcp 25}
    because: nobody mails
    least_depth: 2
"""
    both = prove(_open(tmp_path), loads(f"intents: 1\n{mine}"))
    alone = prove(_open(tmp_path), loads(f"intents: 1\nbuilt_in: false\n{mine}"))
    less = prove(_open(tmp_path), loads(f"intents: 1\nwithout: [teams-apart]\n{mine}"))
    assert [each.status for each in alone.findings] == [Status.PROVED]  # its egress is 22 alone
    assert alone.notes == ("the least depth of `no-mail` is not checked yet",)
    assert "NET-INTENT:teams-apart" in {each.control for each in both.findings}
    assert "NET-INTENT:teams-apart" not in {each.control for each in less.findings}


def test_what_an_intent_names_and_is_not_there_is_an_error_at_its_place(tmp_path: Path) -> None:
    text = "intents: 1\nnetwork:\n  a:\n    must_never: {from: team=fruad, to: any}\n    because: z\n"
    with pytest.raises(InputError) as raised:
        prove(_open(tmp_path), loads(text, "mine.yaml"))
    assert str(raised.value.position) == "mine.yaml:4:24"
    assert raised.value.help == "did you mean `fraud`?"


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("{from: taem=x, to: any}", "mine.yaml:4:24"),
        ("{from: any, to: any, traffic: smtp}", "mine.yaml:4:47"),
    ],
)
def test_words_that_mean_nothing_are_an_error_at_their_place(
    tmp_path: Path, statement: str, place: str
) -> None:
    text = f"intents: 1\nnetwork:\n  a:\n    must_never: {statement}\n    because: z\n"
    with pytest.raises(InputError) as raised:
        prove(_open(tmp_path), loads(text, "mine.yaml"))
    assert str(raised.value.position) == place


def test_an_unknown_name_in_without_has_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        prove(_open(tmp_path), loads("intents: 1\nwithout: [team-apart]\n", "mine.yaml"))
    assert str(raised.value.position) == "mine.yaml:2:11"
    assert raised.value.help == "did you mean `teams-apart`?"
