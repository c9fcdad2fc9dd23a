"""The policy simulator decides as the calls themselves would be decided.

Expected: IAM API reference, SimulatePrincipalPolicy, EvaluationResult.
"""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator import LocalCloud

from ..enforcement.scene import MANAGEMENT, Scene, allow, deny, policy

OBJECT = "arn:aws:s3:::data/k"


@pytest.fixture
def scene(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        scene = Scene(cloud)
        scene.organize()
        yield scene


def user(scene, account, *statements, **more):
    return scene.user(account, *statements, **more).client("sts").get_caller_identity()["Arn"]


def simulate(scene, account, arn, action="s3:GetObject", **more):
    iam = scene.admin(account).client("iam")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[action], ResourceArns=[OBJECT], **more
    )
    return answer["EvaluationResults"][0]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([allow("s3:GetObject")], "allowed"),
        ([], "implicitDeny"),
        ([allow("s3:*"), deny("s3:Get*")], "explicitDeny"),
        ([allow("s3:GetObject", "arn:aws:s3:::other/*")], "implicitDeny"),
    ],
)
def test_identity_policies_decide(scene, statements, said):
    assert simulate(scene, MANAGEMENT, user(scene, MANAGEMENT, *statements))["EvalDecision"] == said


def test_a_service_control_policy_takes_part(scene):
    arn = user(scene, scene.member, allow("s3:*"))
    found = simulate(scene, scene.member, arn)
    assert (found["EvalDecision"], found["OrganizationsDecisionDetail"]["AllowedByOrganizations"]) == (
        "allowed",
        True,
    )
    scene.attach(scene.unit, deny("s3:GetObject"))
    found = simulate(scene, scene.member, arn)
    assert found["EvalDecision"] == "explicitDeny"
    assert found["OrganizationsDecisionDetail"]["AllowedByOrganizations"] is False
    assert found["MatchedStatements"] == []


def test_a_boundary_that_is_passed_takes_the_place_of_the_user_s(scene):
    arn = user(scene, MANAGEMENT, allow("s3:*"), boundary=[allow("ec2:*")])
    found = simulate(scene, MANAGEMENT, arn)
    assert found["EvalDecision"] == "implicitDeny"
    assert found["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] is False
    wider = simulate(scene, MANAGEMENT, arn, PermissionsBoundaryPolicyInputList=[policy(allow("s3:*"))])
    assert wider["EvalDecision"] == "allowed"


def test_a_missing_context_value_is_named(scene):
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    arn = user(scene, MANAGEMENT, allow("s3:*", Condition=condition))
    found = simulate(scene, MANAGEMENT, arn)
    assert found["EvalDecision"] == "implicitDeny"
    assert [key.lower() for key in found["MissingContextValues"]] == ["aws:sourcevpce"]
    entry = {"ContextKeyName": "aws:SourceVpce", "ContextKeyValues": ["vpce-1"], "ContextKeyType": "string"}
    assert simulate(scene, MANAGEMENT, arn, ContextEntries=[entry])["EvalDecision"] == "allowed"


def test_a_resource_policy_can_let_a_user_in(scene):
    arn = user(scene, MANAGEMENT)
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": OBJECT}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert simulate(scene, MANAGEMENT, arn, ResourcePolicy=document)["EvalDecision"] == "allowed"
    # of another account: both sides must allow
    other = simulate(scene, MANAGEMENT, arn, ResourcePolicy=document, ResourceOwner=scene.other)
    assert other["EvalDecision"] == "implicitDeny"
