"""The roles of people, by duty: what each may, and what each may not even with every right."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.architecture.deciding import ACCOUNT, REGION, VPC, asked, decide, resolved, session, template

from ringwork import blueprint as blueprints
from ringwork.access import Policies, Principal, Request, evaluate, parse
from ringwork.architecture import organization
from ringwork.architecture.layout import Layout
from ringwork.blueprint.model import Blueprint

BOB, ANN = f"arn:aws:iam::{ACCOUNT}:role/bob", "arn:aws:iam::222222222222:user/ann"
PEOPLE = {
    "instance": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
    "authors": "11111111-2222-3333-4444-555555555555",
    "approvers": "21111111-2222-3333-4444-555555555555",
    "operators": "31111111-2222-3333-4444-555555555555",
}
BLUEPRINT: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": [REGION],
    "accounts": {"layout": "per-team", "ids": {"risk": ACCOUNT}},
    "administrators": [ANN],
    "approvers": [BOB],
    "perimeter": {"people": PEOPLE},
    "teams": {
        "risk": {
            "models": {"churn": {}},
            "workloads": {
                "lab": {"type": "notebook"},
                "train": {"type": "training", "produces": ["churn"]},
                "release": {"type": "pipeline", "serves": ["churn"]},
                "serve": {"type": "endpoint", "serves": ["churn"]},
            },
        },
    },
}
AUTHOR, APPROVER, OPERATOR = "PersonAuthorRole", "PersonApproverRole", "PersonOperatorRole"
DUTIES = (AUTHOR, APPROVER, OPERATOR)
OURS = {"aws:ResourceTag/ringwork:team": "risk"}
TAGGED = {"aws:RequestTag/ringwork:team": "risk"}


@cache
def resources() -> dict[str, Any]:
    return template(BLUEPRINT, "risk")


def arn(kind: str, name: str = "x") -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/acme-risk--{name}"


def may(who: str, action: str, resource: str = "*", *, everything: bool = False, **keys: Any) -> bool:
    given = keys.pop("keys", {})
    return decide(resources(), who, action, resource, everything=everything, keys=given).allowed


def test_only_the_approver_approves() -> None:
    package = arn("model-package", "churn/3")
    for status in ("Approved", "Rejected"):
        keys = {"sagemaker:ModelApprovalStatus": status}
        assert may(APPROVER, "sagemaker:UpdateModelPackage", package, keys=keys)
        for other in (AUTHOR, OPERATOR):
            assert not may(other, "sagemaker:UpdateModelPackage", package, everything=True, keys=keys)
    pending = {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    assert not may(APPROVER, "sagemaker:UpdateModelPackage", package, keys=pending)
    assert not may(APPROVER, "sagemaker:UpdateModelPackage", package)


def test_only_the_author_registers_and_as_pending() -> None:
    package = arn("model-package", "churn")
    pending = {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    approved = {"sagemaker:ModelApprovalStatus": "Approved"}
    assert may(AUTHOR, "sagemaker:CreateModelPackage", package, keys=pending)
    assert not may(AUTHOR, "sagemaker:CreateModelPackage", package, everything=True, keys=approved)
    assert not may(AUTHOR, "sagemaker:CreateModelPackage", package, everything=True)
    for other in (APPROVER, OPERATOR):
        assert not may(other, "sagemaker:CreateModelPackage", package, everything=True, keys=pending)


def test_an_operators_models_stand_in_the_environments_own_subnets() -> None:
    """Not only in some subnet: one of somebody else's would be a way out of the environment's network."""
    model = arn("model")
    assert may(OPERATOR, "sagemaker:CreateModel", model, keys={**asked("sagemaker:CreateModel"), **TAGGED})
    own = asked("sagemaker:CreateModel")["sagemaker:VpcSubnets"]
    for subnets in (("subnet-elsewhere",), (*own, "subnet-elsewhere"), None):
        keys = {**asked("sagemaker:CreateModel", VpcSubnets=subnets), **TAGGED}
        assert not may(OPERATOR, "sagemaker:CreateModel", model, keys=keys)


def test_only_the_operator_deploys_and_only_with_an_endpoints_role() -> None:
    for action, kind in (
        ("sagemaker:CreateEndpoint", "endpoint"),
        ("sagemaker:CreateEndpointConfig", "endpoint-config"),
    ):
        keys = {**asked(action), **TAGGED}
        assert may(OPERATOR, action, arn(kind), keys=keys)
        for other in (AUTHOR, APPROVER):
            assert not may(other, action, arn(kind), everything=True, keys=keys)
    assert may(OPERATOR, "sagemaker:UpdateEndpointWeightsAndCapacities", arn("endpoint"), keys=OURS)
    assert not may(OPERATOR, "sagemaker:UpdateEndpoint", arn("endpoint"),
                   keys={"aws:ResourceTag/ringwork:team": "care"})  # fmt: skip
    to_sagemaker = {"iam:PassedToService": "sagemaker.amazonaws.com"}

    def role(name: str) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/acme-risk-{name}"

    assert may(OPERATOR, "iam:PassRole", role("serve"), keys=to_sagemaker)
    assert not may(OPERATOR, "iam:PassRole", role("train"), keys=to_sagemaker)
    assert not may(OPERATOR, "iam:PassRole", role("serve"), keys={"iam:PassedToService": "ec2.amazonaws.com"})
    assert may(AUTHOR, "iam:PassRole", role("train"), keys=to_sagemaker)
    assert not may(AUTHOR, "iam:PassRole", role("serve"), keys=to_sagemaker)
    assert not may(APPROVER, "iam:PassRole", role("train"), everything=True, keys=to_sagemaker)


def test_a_model_is_created_in_the_vpc_and_isolated() -> None:
    action = "sagemaker:CreateModel"
    assert may(OPERATOR, action, arn("model"), keys={**asked(action), **TAGGED})
    for without in ({"VpcSubnets": None}, {"NetworkIsolation": None}, {"NetworkIsolation": "false"}):
        keys = {**asked(action, **without), **TAGGED}
        assert not may(OPERATOR, action, arn("model"), everything=True, keys=keys)


def test_the_author_runs_jobs_of_the_own_team() -> None:
    action = "sagemaker:CreateTrainingJob"
    assert may(AUTHOR, action, arn("training-job"), keys={**asked(action), **TAGGED})
    theirs = {"aws:RequestTag/ringwork:team": "care"}
    assert not may(AUTHOR, action, arn("training-job"), keys={**asked(action), **theirs})
    for other in (APPROVER, OPERATOR):
        assert not may(other, action, arn("training-job"), everything=True, keys={**asked(action), **TAGGED})
    assert may(AUTHOR, "sagemaker:StartPipelineExecution", arn("pipeline"), keys=OURS)
    assert not may(OPERATOR, "sagemaker:StartPipelineExecution", arn("pipeline"), everything=True, keys=OURS)


def test_notebooks_open_from_the_vpc_only() -> None:
    inside = {"aws:SourceVpc": VPC, "aws:SourceVpce": "vpce-1", **OURS}
    elsewhere = {**inside, "aws:SourceVpc": "vpc-other"}
    for action, resource in (
        ("sagemaker:CreatePresignedNotebookInstanceUrl", arn("notebook-instance", "lab")),
        ("sagemaker:CreatePresignedDomainUrl", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/d-1/ann"),
    ):
        assert may(AUTHOR, action, resource, keys=inside)
        assert not may(AUTHOR, action, resource, keys=elsewhere)
        assert not may(AUTHOR, action, resource, keys={**OURS, "aws:SourceIp": "198.51.100.7"})
        for other in (APPROVER, OPERATOR):
            assert not may(other, action, resource, everything=True, keys=inside)


def test_the_operator_reads_no_data() -> None:
    for action in ("s3:GetObject", "kms:Decrypt", "sagemaker:InvokeEndpoint"):
        assert not may(OPERATOR, action, everything=True)


@pytest.mark.parametrize("who", DUTIES)
@pytest.mark.parametrize(
    "action",
    [
        *("iam:CreateRole", "iam:PutRolePolicy", "sts:AssumeRole", "s3:PutBucketPolicy", "kms:PutKeyPolicy"),
        *("ec2:CreateTags", "guardduty:DeleteDetector", "cloudtrail:StopLogging", "s3:GetObject"),
        *("sagemaker:CreateMlflowTrackingServer", "sagemaker:PutModelPackageGroupPolicy"),
        *("sagemaker:DeleteTags", "sagemaker:InvokeEndpoint", "organizations:LeaveOrganization"),
    ],
)
def test_people_stay_in_their_boundary_with_every_right(who: str, action: str) -> None:
    assert not may(who, action, everything=True)


@pytest.mark.parametrize("who", DUTIES)
def test_people_see_states(who: str) -> None:
    assert may(who, "sagemaker:DescribeEndpoint", arn("endpoint"))
    assert may(who, "sagemaker:ListEndpoints")
    assert not may(who, "sagemaker:DescribeEndpoint", arn("endpoint").replace("acme-risk", "acme-care"))


def admitted(who: str, principal: Principal) -> bool:
    trust = parse(resources()[who]["Properties"]["AssumeRolePolicyDocument"], kind="trust")
    name = resources()[who]["Properties"]["RoleName"]
    everything = parse(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
        kind="identity",
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    request = Request(principal, "sts:AssumeRole", role, ACCOUNT)
    return evaluate(request, Policies((everything,), resource=trust, resource_kind="trust")).allowed


def by_permission_set(name: str) -> Principal:
    role = f"AWSReservedSSO_{name}_0123456789abcdef"
    return Principal(
        "role",
        ACCOUNT,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/ann@example.com",
        f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{role}",
    )


def test_roles_admit_whom_the_blueprint_names_for_the_duty() -> None:
    ann = Principal("user", "222222222222", ANN)
    expected = {
        AUTHOR: (False, False, "acme-author"),
        APPROVER: (True, False, "acme-approver"),
        OPERATOR: (False, True, "acme-operator"),
    }
    for role, (bob_may, ann_may, own_set) in expected.items():
        assert admitted(role, session("bob")) is bob_may
        assert admitted(role, ann) is ann_may
        assert not admitted(role, session("mallory"))
        for name in ("acme-author", "acme-approver", "acme-operator", "other"):
            assert admitted(role, by_permission_set(name)) is (name == own_set)


def test_without_anybody_declared_there_is_no_role() -> None:
    alone = {**BLUEPRINT, "administrators": [], "approvers": [], "perimeter": {}}
    assert not [name for name in template(alone, "risk") if name.startswith(("Person", "People"))]


def test_a_models_own_approvers_come_instead_of_the_blueprints() -> None:
    own = "arn:aws:iam::111111111111:role/model-owner"
    risk = {**BLUEPRINT["teams"]["risk"], "models": {"churn": {"approvers": [own]}}}
    given = template({**BLUEPRINT, "teams": {"risk": risk}, "perimeter": {}}, "risk")
    (trust,) = given[APPROVER]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnLike"]["aws:PrincipalArn"] == [own]


def test_a_permission_set_leads_to_the_roles_of_its_duty_alone() -> None:
    given = Blueprint.model_validate(
        {**BLUEPRINT, "perimeter": {"people": {**PEOPLE, "auditors": PEOPLE["authors"]}}}
    )
    layout = Layout(given, dict(blueprints.allocate(given, {})))
    (stack,) = [one for one in organization.stacks(layout) if one.name.endswith("-people")]
    found = {name: one["Properties"] for name, one in stack.template["Resources"].items()}
    for duty in ("Author", "Approver", "Operator"):
        (statement,) = resolved(found[f"{duty}PermissionSet"]["InlinePolicy"])["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        role = resources()[f"Person{duty}Role"]["Properties"]["RoleName"]
        assert statement["Resource"] == f"arn:aws:iam::*:role/{role}"
        assert found[f"{duty}InRisk"]["TargetId"] == ACCOUNT
        assert found[f"{duty}InRisk"]["PrincipalId"] == PEOPLE[f"{duty.lower()}s"]
    assert resolved(found["AuditorPermissionSet"]["ManagedPolicies"]) == [
        "arn:aws:iam::aws:policy/SecurityAudit"
    ]
    audited = {one["TargetId"] for name, one in found.items() if name.startswith("AuditorIn")}
    ids = {name: id for name, (id, _) in blueprints.accounts(given).items()}
    assert audited == set(ids.values()) - {ids["management"]}
    assert stack.account == ids["management"]
