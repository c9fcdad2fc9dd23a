"""A slip of the user's is told, not answered: nothing is proved of what does not exist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
STARTUP = ROOT / "examples" / "startup.yaml"
ROLE = """
Resources:
  Train:
    Type: AWS::IAM::Role
    Properties:
      RoleName: train
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: sts:AssumeRole}]
"""
NETWORK = """
Parameters:
  Wanted: {Type: String, Default: "10.0.0.0/16"}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Wanted}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
"""


@pytest.fixture
def role(tmp_path: Path) -> Path:
    path = tmp_path / "role.yaml"
    path.write_text(ROLE, encoding="utf-8")
    return path


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", [("can", "--principal", "any"), ("who-can",)])
def test_an_action_that_does_not_exist_is_not_proved_to_be_refused(
    run: Run, role: Path, command: tuple[str, ...]
) -> None:
    verb, *who = command
    ran = run("access", verb, role, *who, "--action", "s3:GetObjekt")
    assert ran.code == 2
    assert "`s3:GetObjekt` names no action that is known" in ran.err
    assert "did you mean `s3:GetObject`" in ran.err
    assert run("access", verb, role, *who, "--action", "S3:getobject").code == 0


def test_a_service_that_does_not_exist_is_told_too(run: Run, role: Path) -> None:
    ran = run("access", "can", role, "--principal", "any", "--action", "sagemkr:Create*")
    assert ran.code == 2
    assert "did you mean `sagemaker:Create*`?" in ran.err


@pytest.mark.parametrize(
    ("pattern", "code"),
    # sts:GetCallerIdentity needs no permission (its page in the STS API reference)
    [("*", 1), ("*:*", 1), ("s3:*", 0), ("sage*:Create*", 0), ("s3:GetObjec?", 0)],
)
def test_patterns_that_some_action_fits_are_asked(run: Run, role: Path, pattern: str, code: int) -> None:
    assert run("access", "can", role, "--principal", "train", "--action", pattern).code == code


def test_a_condition_key_that_does_not_exist_is_told(run: Run, role: Path) -> None:
    ask = ("access", "can", role, "--principal", "any", "--action", "kms:Decrypt", "--when")
    ran = run(*ask, "kms:ViaServce=s3.eu-west-1.amazonaws.com")
    assert ran.code == 2
    assert "did you mean `kms:ViaService`?" in ran.err
    assert run(*ask, "aws:SourceVpcee=vpce-1").code == 2
    assert run(*ask, "aws:SourceVpce=vpce-1").code == 0
    assert run(*ask, "aws:PrincipalTag/team=fraud").code == 0
    assert run(*ask, "token.actions.githubusercontent.com:sub=x").code == 0  # a provider's own


def test_a_truth_value_is_true_or_false(run: Run, role: Path) -> None:
    ask = ("access", "can", role, "--principal", "any", "--action", "kms:Decrypt", "--when")
    ran = run(*ask, "aws:ViaAWSService=maybe")
    assert ran.code == 2
    assert "`maybe` is not a value of `aws:ViaAWSService`" in ran.err
    assert run(*ask, "aws:ViaAWSService=False").code == 0


def test_intents_tell_every_slip_at_its_place(run: Run, role: Path, tmp_path: Path) -> None:
    intents = tmp_path / "intents.yaml"
    intents.write_text(
        """intents: 1
access:
  nobody-trains:
    must_never:
      principal: any
      Action: [sagemaker:CreateTrainingJob, sagemkr:CreateModel]
      Condition: {StringEquals: {sagemaker:NetworkIsolaton: "true"}}
      beside: {Action: s3:GetObjekt}
    assuming: {"aws:ViaAWSService": maybe}
    because: it must not
""",
        encoding="utf-8",
    )
    ran = run("prove", intents, "--in", role)
    assert ran.code == 2
    assert "intents.yaml:6:45: `sagemkr:CreateModel` names no action" in ran.err
    assert "intents.yaml:7:34: `sagemaker:NetworkIsolaton` is no condition key" in ran.err
    assert "intents.yaml:8:24: `s3:GetObjekt` names no action" in ran.err
    assert "intents.yaml:9:16: `maybe` is not a value of `aws:ViaAWSService`" in ran.err


def test_where_nobody_is_nothing_is_proved(run: Run, network: Path) -> None:
    ran = run("access", "can", network, "--principal", "any", "--action", "s3:GetObject")
    assert ran.code == 3
    assert "nobody was asked" in ran.out
    ran = run("access", "public", network)
    assert ran.code == 3
    assert "nothing was asked" in ran.out


def test_a_parameter_that_no_template_has_is_told(run: Run, network: Path) -> None:
    for ask in (("matrix", network), ("matrix", "-t", network), ("diff", network, network)):
        ran = run("network", *ask, "-p", "Wantd=10.0.0.0/16")
        assert ran.code == 2
        assert "no template has a parameter `Wantd`" in ran.err
        assert "did you mean `Wanted`?" in ran.err
    assert run("network", "diff", network, network, "-p", "Wanted=10.0.0.0/16").code == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--role", "Reader"), "--role is for live accounts"),
        (("--region", "eu-west-1", "--region", "eu-west-2"), "name one --account and one --region"),
    ],
)
def test_an_option_without_effect_is_refused(
    run: Run, network: Path, options: tuple[str, ...], told: str
) -> None:
    ran = run("network", "matrix", network, *options)
    assert ran.code == 2
    assert told in ran.err


def test_a_blueprint_says_its_own_regions(run: Run) -> None:
    ran = run("network", "matrix", STARTUP, "--region", "eu-west-1")
    assert ran.code == 2
    assert "says its accounts and Regions itself" in ran.err


def test_prove_tells_how_to_ask_of_what_is_no_file_of_intents(run: Run, network: Path) -> None:
    ran = run("prove", network)
    assert ran.code == 2
    assert "is a template, and no file of intents" in ran.err
    assert f"`--in {network}` asks" in ran.err
    ran = run("prove", network.parent)
    assert ran.code == 2
    assert "is a folder, and no file of intents" in ran.err
    ran = run("prove", STARTUP, "--in", network)
    assert ran.code == 2
    assert "is a blueprint, and no file of intents" in ran.err


def test_a_service_that_is_almost_named_is_told(run: Run) -> None:
    ask = ("--from", "growth/train")
    ran = run("network", "resolve", "sagemaker.ap", STARTUP, *ask)
    assert "note: `sagemaker.ap` is looked up as a DNS name; the service is called `sagemaker.api`" in ran.err
    assert "note:" not in run("network", "resolve", "sagemaker.api", STARTUP, *ask).err


def test_on_a_narrow_terminal_names_stay_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    ran = run("network", "endpoints", STARTUP, "--feature", "notebook")
    assert "sagemaker.runtime  " in ran.out
    assert "by endpoint" not in ran.out


def test_each_command_of_a_group_has_one_whole_line_in_its_help(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for group in ("network", "access"):
        listed = run(group, "--help").out.partition("Commands:")[2].split("[exit", maxsplit=1)[0].splitlines()
        assert len(listed) > 6
        assert not [line for line in listed if line.endswith("...")]


@pytest.mark.parametrize(("end", "hint"), [("aws:kmss", "`aws:kms`"), ("aws:*", "name one service")])
def test_nothing_is_proved_of_a_service_that_does_not_exist(
    run: Run, network: Path, end: str, hint: str
) -> None:
    for verb in ("reach", "explain"):
        ran = run("network", verb, network, "--from", "any", "--to", end)
        assert ran.code == 2
        assert f"`{end}` is no service that is known" in ran.err
        assert hint in ran.err


def test_intents_tell_a_service_that_does_not_exist_at_its_place(
    run: Run, network: Path, tmp_path: Path
) -> None:
    path = tmp_path / "intents.yaml"
    path.write_text(
        "intents: 1\nnetwork:\n  one:\n    must_never: {from: any, to: [internet, 'aws:kmss']}\n"
        "    because: x\n",
        encoding="utf-8",
    )
    ran = run("prove", path, "--in", network)
    assert ran.code == 2
    assert "intents.yaml:4:44: `aws:kmss` is no service" in ran.err


def test_a_matrix_of_nothing_proves_nothing(run: Run, role: Path) -> None:
    ran = run("network", "matrix", role)
    assert ran.code == 3
    assert "nothing here sends or receives" in ran.out


@pytest.mark.parametrize("ask", [("lint",), ("can", "--principal", "any", "--action", "s3:GetObject")])
def test_policies_that_are_not_utf_8_are_one_message(run: Run, tmp_path: Path, ask: tuple[str, ...]) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "a.json").write_text('{"Version": "2012-10-17", "Statement": []}', encoding="utf-8")
    (folder / "b.json").write_bytes(b"\xff\xfe\x00")
    for where in (folder, folder / "b.json"):
        ran = run("access", ask[0], where, *ask[1:])
        assert ran.code == 2
        assert "b.json:1:1: byte 0xff is not UTF-8" in ran.err


def test_a_plan_of_terraforms_is_told_as_such(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"format_version": "1.2", "terraform_version": "1.9.0"}', encoding="utf-8")
    ran = run("network", "matrix", path)
    assert ran.code == 2
    assert "is of Terraform's, which is not read yet" in ran.err


def test_a_target_and_a_template_are_not_asked_together(run: Run, network: Path) -> None:
    ran = run("network", "matrix", network, "--target", "local")
    assert ran.code == 2
    assert "name only one of the two" in ran.err
