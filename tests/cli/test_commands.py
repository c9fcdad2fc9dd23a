"""Help, messages and exit codes of every command."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ringwork.blueprint.environment import local_account_id
from ringwork.cli import COMMANDS
from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.session import LOCAL_ACCOUNT

Run = Callable[..., Any]

OPEN_GROUP = """
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: notebooks
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}
"""


def test_the_readmes_blueprint_has_fifteen_lines_and_holds(run: Run, blueprint: Path) -> None:
    lines = [line for line in blueprint.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) == 15
    assert run("blueprint", "check", blueprint).code == 0


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str, run: Run) -> None:
    ran = run(name, "--help")
    assert ran.code == 0
    assert "Usage: ringwork " + name in ran.out
    assert len(ran.out.splitlines()) >= 6


def test_help_lists_every_command_and_the_exit_codes(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(f"  {name} " in ran.out for name in COMMANDS)
    assert "Exit codes" in ran.out


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("plan", "absent.yaml"), "absent.yaml"),
        (("frobnicate",), "No such command"),
        (("audit", "--template", "x.yaml", "--target", "local"), "--template reads files alone"),
        (("audit", "--control", "NET-99"), "no control is called `NET-99`"),
        (("permissions", "demo"), "calls no AWS account"),
        (("permissions", "fly"), "no command is called `fly`"),
        (("init", "--example", "castle"), "castle"),
        (("plan", "absent.yaml", "--target", "azure"), "absent.yaml"),
        (("audit", "--target", "azure"), "unknown target `azure`"),
        (("audit", "--account", "abc"), "not an AWS account id"),
        (("audit", "--region", "eu-west-9"), "not an AWS Region"),
        (("local", "env", "--account", "abc"), "not an AWS account id"),
    ],
)
def test_a_users_mistake_is_one_message_and_exit_code_2(
    arguments: tuple[str, ...], fragment: str, run: Run
) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert fragment in ran.err
    assert "Traceback" not in ran.err


def test_a_broken_blueprint_is_located(run: Run, blueprint: Path) -> None:
    text = blueprint.read_text(encoding="utf-8").replace("type: training", "type: trainign")
    blueprint.write_text(text, encoding="utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "trainign" in row)
    ran = run("plan", blueprint)
    assert ran.code == 2
    assert f"blueprint.yaml:{line}:" in ran.err
    assert "`training`" in ran.err


def test_init_writes_a_blueprint_that_checks_and_refuses_to_replace_it(run: Run) -> None:
    assert run("init", "--defaults").code == 0
    assert run("blueprint", "check", "blueprint.yaml").code == 0
    again = run("init", "--defaults")
    assert again.code == 2
    assert "exists" in again.err


def test_compile_writes_templates_and_a_manifest(run: Run, blueprint: Path, tmp_path: Path) -> None:
    ran = run("compile", blueprint, "-o", "templates", "--json")
    assert ran.code == 0
    said = json.loads(ran.out)
    assert said["templates"]
    for written in said["templates"].values():
        assert json.loads((tmp_path / written).read_text(encoding="utf-8"))["Resources"]
    manifest = json.loads((tmp_path / "templates" / "manifest.json").read_text(encoding="utf-8"))
    assert {stack["id"] for stack in manifest["stacks"]} == set(said["templates"])


def test_aws_is_never_chosen_by_credentials_alone(
    run: Run, blueprint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-real-key")
    ran = run("plan", blueprint)
    assert ran.code == 0
    assert ran.out.startswith("target local")


def test_an_open_group_in_a_template_is_violated_at_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text(OPEN_GROUP, encoding="utf-8")
    ran = run("audit", "--template", "open.yaml", "--control", "NET-03", "--json")
    assert ran.code == 1
    (found,) = [f for f in json.loads(ran.out)["findings"] if f["status"] == "violated"]
    line = next(n for n, row in enumerate(OPEN_GROUP.splitlines(), 1) if "0.0.0.0/0" in row)
    assert found["control"] == "NET-03"
    assert found["origins"][0]["line"] == line


def test_a_source_that_cannot_be_known_is_undecided_with_exit_code_3(run: Run, tmp_path: Path) -> None:
    text = OPEN_GROUP.replace("0.0.0.0/0", "'{{resolve:ssm:/office/cidr}}'")
    (tmp_path / "secret.yaml").write_text(text, encoding="utf-8")
    ran = run("audit", "--template", "secret.yaml", "--control", "NET-03")
    assert ran.code == 3
    assert "unknown" in ran.out


def test_deploy_audit_break_heal(run: Run, blueprint: Path) -> None:
    assert run("deploy", blueprint, "--yes").code == 0
    assert "nothing to do" in run("deploy", blueprint, "--yes").out
    assert run("audit", blueprint, "--html", "report.html").code == 0
    heal = run("deploy", blueprint, "--revert-drift", "--yes")
    assert heal.code == 0
    assert "nothing has drifted" in heal.out
    plan = json.loads(run("plan", blueprint, "--json").out)
    assert plan["empty"] is True
    gone = run("destroy", blueprint, "--dry-run")
    assert gone.code == 0
    assert "AWS::S3::Bucket" in gone.out
    assert run("destroy", blueprint, "--yes").code == 0
    assert "nothing of this blueprint is deployed" in run("destroy", blueprint, "--yes").out


def test_without_consent_nothing_is_deployed(
    run: Run, blueprint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run("deploy", blueprint).code == 130
    assert "nothing of this blueprint is deployed" in run("destroy", blueprint, "--dry-run").out


def test_permissions_name_exact_actions(run: Run) -> None:
    policy = json.loads(run("permissions", "audit").out)
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert "ec2:DescribeSecurityGroupRules" in actions
    assert not any("*" in action for action in actions)
    verbs = {action.split(":")[1] for action in actions}
    # API Gateway's actions are HTTP methods; SearchTransitGatewayRoutes is EC2's way to list them
    reads = ("Describe", "Get", "List", "AssumeRole", "GET", "SearchTransitGatewayRoutes")
    assert all(verb.startswith(reads) for verb in verbs)


def test_a_state_that_was_tampered_with_is_set_aside_and_said(
    run: Run, blueprint: Path, tmp_path: Path
) -> None:
    assert run("bootstrap", blueprint, "--yes").code == 0
    manifest = tmp_path / "state" / "snapshot" / "manifest.json"
    before = manifest.read_text(encoding="utf-8")
    assert "moto/iam" in before
    manifest.write_text(before.replace("moto/iam", "moto/ian"), encoding="utf-8")
    ran = run("plan", blueprint)
    assert ran.code == 0
    assert "starts empty" in ran.err


def test_a_template_that_no_control_speaks_about_is_not_called_safe(run: Run, tmp_path: Path) -> None:
    text = "Resources: {Book: {Type: AWS::SageMaker::NotebookInstance, Properties: {RootAccess: Enabled}}}"
    (tmp_path / "book.yaml").write_text(text, encoding="utf-8")
    ran = run("audit", "--template", "book.yaml")
    assert ran.code == 3
    assert "nothing was checked" in ran.out
    assert "1 AWS::SageMaker::NotebookInstance" in ran.out


def test_a_parameter_that_no_template_has_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text(OPEN_GROUP, encoding="utf-8")
    ran = run("audit", "--template", "open.yaml", "--parameter", "Nope=1")
    assert ran.code == 2
    assert "no template declares a parameter `Nope`" in ran.err


def test_an_audit_before_the_first_deployment_says_what_to_do(run: Run, blueprint: Path) -> None:
    ran = run("audit", blueprint)
    assert ran.code == 4
    assert "cannot be read" in ran.err
    assert "run `ringwork deploy`" in ran.err


def test_an_audit_of_a_bootstrapped_account_says_that_nothing_is_deployed(run: Run, blueprint: Path) -> None:
    assert run("bootstrap", blueprint, "--yes").code == 0
    ran = run("audit", blueprint, "--control", "DET-29", "--json")
    assert ran.code == 1
    found = json.loads(ran.out)["findings"]
    stacks = json.loads(run("compile", blueprint, "--json").out)["templates"]
    names = {identity.split("/")[2] for identity in stacks}
    assert {"ringwork-acme-science-network", "ringwork-acme-science-data"} <= names
    assert {f["resource"]["name"] for f in found if f["message"] == "is designed and not deployed"} == names


def test_stripping_our_tags_takes_nothing_out_of_sight(run: Run, blueprint: Path) -> None:
    """Controls find buckets by tags: an intruder who removes them must not win a green audit."""
    assert run("deploy", blueprint, "--yes").code == 0
    with LocalCloud(None) as cloud:
        account = local_account_id("acme", "main")
        # the bucket's policy lets nobody else change it; whoever ran the deployment may take the role
        session = cloud.session(LOCAL_ACCOUNT, "eu-west-1")
        role = f"arn:aws:iam::{account}:role/ringwork-deploy"
        given = session.client("sts").assume_role(RoleArn=role, RoleSessionName="intruder")["Credentials"]
        s3 = session.client(
            "s3",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        bucket = next(b["Name"] for b in s3.list_buckets()["Buckets"] if "artifacts" in b["Name"])
        s3.delete_bucket_tagging(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    ran = run("audit", blueprint, "--json")
    assert ran.code == 1
    violated = {
        (f["control"], f["resource"]["name"])
        for f in json.loads(ran.out)["findings"]
        if f["status"] == "violated"
    }
    assert ("DAT-03", "ringwork-acme-science-data/ArtifactsBucket") in violated
    assert ("DET-29", "ringwork-acme-science-data/ArtifactsBucket") in violated


def test_a_removed_teams_block_is_not_given_again(run: Run, blueprint: Path, tmp_path: Path) -> None:
    """docs/blueprint.md: a block that was given never moves and is never given twice."""
    assert run("compile", blueprint).code == 0
    text = blueprint.read_text(encoding="utf-8")
    blueprint.write_text(
        text.replace("  science:", "  biology:").replace("science/", "biology/"), encoding="utf-8"
    )
    assert run("compile", blueprint).code == 0
    plan = json.loads((tmp_path / "blueprint.addresses.json").read_text(encoding="utf-8"))
    assert set(plan) == {"science/eu-west-1", "biology/eu-west-1"}
    assert len(set(plan.values())) == 2
