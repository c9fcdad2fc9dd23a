"""Under the guard rails, in all accounts, the deployer and the auditor do their work from outside
every VPC, and no other role can do it for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ringwork.cloud import deploy as deployer
from ringwork.cloud.emulator.accounts import Caller as Who
from ringwork.cloud.emulator.transport import new_session
from ringwork.cloud.errors import ACCESS_DENIED, OperationError, code
from ringwork.cloud.session import SESSION_NAME, Caller, Cloud
from ringwork.findings import Status
from ringwork.workflows import deployment
from ringwork.workflows.audit import audit_cloud
from ringwork.workflows.target import Workplace, workplace

REGION = "eu-central-1"
BLUEPRINT: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": [REGION],
    "accounts": {"layout": "per-team"},
    "perimeter": {"attach": "all"},
    "approvers": ["arn:aws:iam::000000000000:role/approver"],
    "teams": {
        "risk": {
            "data": {"raw": {}},
            "models": {"churn": {}},
            "workloads": {
                "train": {"type": "training", "reads": ["raw"], "produces": ["churn"]},
                "release": {"type": "pipeline", "serves": ["churn"]},
            },
        },
        "care": {"workloads": {"tidy": {"type": "processing"}}},
    },
}
OURS = ("ringwork-audit", "ringwork-break-glass", "ringwork-deploy", "ringwork-local-administrator")


class Stolen:
    """Where whoever has a role's credentials gets sessions: as AWS gives them, by assuming roles."""

    any_account = False
    first_role: str | None = "OrganizationAccountAccessRole"

    def __init__(self, place: Workplace, account: str, role: str) -> None:
        self._local: Any = place.cloud._sessions._local  # type: ignore[attr-defined]
        arn = f"arn:aws:iam::{account}:role/{role}"
        session = f"arn:aws:sts::{account}:assumed-role/{role}/stolen"
        self._who = Who(account, session, f"AROA{role}:stolen", role=arn)

    def notices(self) -> tuple[str, ...]:
        return ()

    def organize(self, management: str, accounts: Sequence[str], region: str) -> None:
        """Nothing."""

    def base(self, region: str) -> boto3.Session:
        credentials = self._local._keys.for_session(self._who, timedelta(hours=1))
        return new_session(credentials, region, self._local._application)

    def other(self, caller: Caller, account: str, region: str, role: str | None) -> boto3.Session:
        arn = f"arn:aws:iam::{account}:role/{role or 'ringwork-deploy'}"
        try:
            self.base(region).client("sts").assume_role(RoleArn=arn, RoleSessionName=SESSION_NAME)
        except ClientError as error:
            raise OperationError(f"cannot assume `{arn}`: {error}") from error
        pytest.fail(f"{caller.arn} took {arn}")


def roles(place: Workplace) -> Iterator[tuple[str, str]]:
    """Every role of every account that is neither bootstrap's nor a service's own."""
    for account in place.designed.accounts:
        iam = place.cloud.client("iam", account=account)
        for page in iam.get_paginator("list_roles").paginate():
            for role in page["Roles"]:
                if role["RoleName"] not in OURS and not role["Path"].startswith("/aws-service-role/"):
                    yield account, role["RoleName"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("enforcement")


def test_only_the_deployer_and_the_auditor_work_under_enforcement(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", str(folder / "state"))
    path = folder / "blueprint.json"
    path.write_text(json.dumps(BLUEPRINT), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        deployment.deploy(place).raise_for_failure()
        _all_accounts_are_held(place)

        # plan and audit
        assert deployment.plan(place).empty
        found = audit_cloud(place.cloud, accounts=place.designed.accounts, regions=place.designed.regions)
        assert found.estate.gaps == ()
        assert found.with_status(Status.PROVED)

        others = list(roles(place))
        assert {name for _, name in others} >= {"acme-risk-train", "acme-risk-release", "acme-risk--approver"}
        for account, role in others:
            _nothing_works(place, account, role)

    # update: another workload, while everything is held
    risk = BLUEPRINT["teams"]["risk"]
    more = {**risk["workloads"], "tidy": {"type": "processing", "reads": ["raw"]}}
    teams = {**BLUEPRINT["teams"], "risk": {**risk, "workloads": more}}
    person = "arn:aws:iam::000000000000:role/administrator"
    changed = {**BLUEPRINT, "teams": teams, "administrators": [person]}
    path.write_text(json.dumps(changed), encoding="utf-8")
    with workplace(path, "local") as place:
        # our own roles change, too: somebody else may take them from now on
        deployment.bootstrap(place).raise_for_failure()
        deployment.deploy(place).raise_for_failure()
        assert deployment.plan(place).empty

        # destroy: a team's stacks while they are held, and then all
        held = [stack for stack in place.designed.stacks if "-care-" in stack.name and not stack.last]
        _all_accounts_are_held(place)
        deployer.destroy(place.cloud, held, confirm=True).raise_for_failure()
        _all_accounts_are_held(place)
        deployer.destroy(place.cloud, place.designed.stacks, confirm=True).raise_for_failure()


def _all_accounts_are_held(place: Workplace) -> None:
    """Each member account has all of the designed policies."""
    (stack,) = [stack for stack in place.designed.stacks if stack.last]
    organizations = place.cloud.as_first().client("organizations", account=stack.account)
    wanted = {resource["Properties"]["Name"] for resource in stack.template["Resources"].values()}
    for account in set(place.designed.accounts) - {stack.account}:
        attached = {
            policy["Name"]
            for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "AISERVICES_OPT_OUT_POLICY")
            for policy in organizations.list_policies_for_target(TargetId=account, Filter=kind)["Policies"]
        }
        assert attached >= wanted


def _nothing_works(place: Workplace, account: str, role: str) -> None:
    """With this role's credentials nobody plans, audits, deploys, destroys or lifts the guard rails."""
    stolen = Stolen(place, account, role)
    cloud = Cloud("aws", REGION, stolen)
    theirs = Workplace(cloud, place.designed)
    own = [stack for stack in place.designed.stacks if stack.account == account]
    with pytest.raises(OperationError):
        deployment.plan(theirs)
    with pytest.raises(OperationError):
        deployer.plan(cloud, own)
    with pytest.raises(OperationError):
        deployment.deploy(theirs)
    assert not deployer.deploy(cloud, own).ok
    seen = audit_cloud(cloud, accounts=[account], regions=[REGION]).estate
    # jobs look at the subnets that they put interfaces into, people at names of models, the aggregator of
    # Config at the accounts that it asks: that is no audit
    hidden = ("AWS::IAM::", "AWS::KMS::", "AWS::S3::", "AWS::Organizations::Policy", "AWS::GuardDuty::")
    assert not [resource.type for resource in seen.resources if resource.type.startswith(hidden)]
    assert {gap.type for gap in seen.gaps} >= {"AWS::IAM::Role", "AWS::KMS::Key", "AWS::S3::Bucket"}
    assert not deployer.destroy(cloud, own, confirm=True).ok
    session = stolen.base(REGION)
    for service, operation, parameters in (
        ("cloudformation", "delete_stack", {"StackName": own[0].name}),
        ("cloudformation", "describe_stacks", {}),
        ("cloudformation", "update_termination_protection",
         {"StackName": own[0].name, "EnableTerminationProtection": False}),
        ("iam", "get_account_authorization_details", {}),
        ("iam", "update_assume_role_policy", {"RoleName": "ringwork-deploy", "PolicyDocument": "{}"}),
        ("organizations", "list_policies", {"Filter": "SERVICE_CONTROL_POLICY"}),
        ("organizations", "leave_organization", {}),
        ("ec2", "describe_flow_logs", {}),
    ):  # fmt: skip
        with pytest.raises(ClientError) as refused:
            getattr(session.client(service), operation)(**parameters)
        assert code(refused.value) in {*ACCESS_DENIED, "UnauthorizedOperation"}, (role, operation)
