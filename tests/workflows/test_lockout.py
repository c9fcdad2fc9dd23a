"""A plan whose guard rails would lock the deployer out is refused before anything changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ringwork.access import parse
from ringwork.architecture import compile as compiler
from ringwork.architecture import organization
from ringwork.architecture.organization import switched_on
from ringwork.architecture.policy import Statement, deny
from ringwork.cloud.errors import OperationError
from ringwork.cloud.session import Caller
from ringwork.workflows import deployment
from ringwork.workflows.lockout import Hold, refusals
from ringwork.workflows.target import workplace

ORGANIZATION, ACCOUNT, REGION = "o-abcdefghij", "111111111111", "eu-central-1"
INSIDE = Caller("222222222222", "arn:aws:iam::222222222222:user/ann")
BLUEPRINT: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": [REGION],
    "accounts": {"layout": "per-team"},
    "perimeter": {"attach": "all"},
    "teams": {"risk": {"workloads": {"lab": {"type": "notebook"}}}},
}


def scp(**statement: Any) -> Hold:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Bad", "Effect": "Deny", "Resource": "*", **statement}],
    }
    return Hold(ACCOUNT, (parse(document, kind="scp", name="bad"),))


def rcp(**statement: Any) -> Hold:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Bad", "Effect": "Deny", "Resource": "*", "Principal": "*", **statement}],
    }
    return Hold(ACCOUNT, (), (parse(document, kind="rcp", name="bad"),))


def found(hold: Hold, *, member: bool = True, created: Any = ()) -> set[tuple[str, str]]:
    asked = refusals(
        [hold],
        organization=ORGANIZATION,
        regions=[REGION, "eu-west-1"],
        caller=INSIDE,
        caller_is_member=member,
        entry="OrganizationAccountAccessRole",
        created=created,
    )
    return {(refusal.who, refusal.action) for refusal in asked}


def test_nothing_held_is_nothing_refused() -> None:
    assert found(Hold(ACCOUNT)) == set()


def test_a_denied_action_of_each_role_is_named() -> None:
    assert found(scp(Action="cloudformation:ExecuteChangeSet")) == {
        ("ringwork-deploy", "cloudformation:ExecuteChangeSet")
    }
    everything = found(scp(Action="*"))
    assert {who for who, _ in everything} == {
        "OrganizationAccountAccessRole",
        "ringwork-audit",
        "ringwork-break-glass",
        "ringwork-deploy",
    }


def test_a_network_perimeter_without_exemption_is_a_lockout() -> None:
    """The roles work from outside the VPCs."""
    bad = scp(Action="ec2:*", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})
    assert ("ringwork-audit", "ec2:DescribeVpcs") in found(bad)
    good = scp(
        Action="ec2:*",
        Condition={
            "StringNotEquals": {"aws:SourceVpc": "vpc-1"},
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ringwork-*"},
        },
    )
    assert found(good) == set()


def test_a_denied_region_of_ours_is_a_lockout() -> None:
    bad = scp(
        NotAction=["iam:*", "organizations:*", "sts:*", "route53:*", "sso:*"],
        Condition={"StringNotEquals": {"aws:RequestedRegion": REGION}},
    )
    assert ("ringwork-deploy", "ec2:CreateVpc") in found(bad)


def test_a_caller_outside_the_organization_cannot_take_the_roles() -> None:
    hold = rcp(
        Action=["sts:AssumeRole"],
        Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}},
    )
    assert found(hold, member=True) == set()
    assert found(hold, member=False) == {
        (INSIDE.arn, "sts:AssumeRole` on `ringwork-deploy"),
        (INSIDE.arn, "sts:AssumeRole` on `ringwork-audit"),
    }


def test_what_a_template_creates_is_decided_by_what_it_says() -> None:
    hold = scp(Action="sagemaker:CreateModel", Condition={"Null": {"sagemaker:VpcSubnets": "true"}})
    inside = [("sagemaker:CreateModel", {"sagemaker:vpcsubnets": ("subnet-1",)})]
    assert found(hold, created=inside) == set()
    assert found(hold, created=[("sagemaker:CreateModel", {})]) == {
        ("ringwork-deploy", "sagemaker:CreateModel")
    }


@pytest.fixture
def only_guard_rails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "RINGS", (organization,))


@pytest.mark.usefixtures("only_guard_rails")
def test_plan_and_deploy_stop_before_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "blueprint.json"
    path.write_text(json.dumps(BLUEPRINT), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        assert not deployment.plan(place).empty

    def nobody(_blueprint: object) -> Statement:
        return deny("DetectionStaysOn", ("guardduty:*", "ec2:DeleteFlowLogs"))

    monkeypatch.setattr(switched_on, "detection", nobody)
    with workplace(path, "local") as place:
        for act in (deployment.plan, deployment.deploy):
            with pytest.raises(OperationError, match="would lock the deployer out") as refused:
                act(place)
            assert (
                "`DetectionStaysOn` of the service control policy `acme-perimeter`" in refused.value.message
            )
            assert "nothing was changed" in refused.value.message
        (stack,) = [one for one in place.designed.stacks if one.last]
        cloudformation = place.cloud.client("cloudformation", account=stack.account)
        names = [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]]
        assert stack.name not in names


@pytest.mark.usefixtures("only_guard_rails")
def test_guard_rails_that_are_attached_nowhere_lock_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_blueprint: object) -> Statement:
        return deny("DetectionStaysOn", ("guardduty:*",))

    monkeypatch.setattr(switched_on, "detection", nobody)
    path = tmp_path / "blueprint.json"
    path.write_text(json.dumps({**BLUEPRINT, "perimeter": {"attach": "none"}}), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        assert not deployment.plan(place).empty
