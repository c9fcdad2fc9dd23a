"""What AWS refuses whatever policies say.

IAM user guide, "Managed policies and inline policies", "Service-linked roles"; STS API reference,
GetFederationToken.
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer, Principal

from .asking import FEDERATED, OURS, ROLE, ROOT, SESSION, USER, allow, ask, policy

OF_AWS, OWN = "arn:aws:iam::aws:policy/ReadOnlyAccess", f"arn:aws:iam::{OURS}:policy/readers"
ALL = (policy(allow()),)


@pytest.mark.parametrize("who", [USER, SESSION, ROOT], ids=lambda who: who.kind)
@pytest.mark.parametrize(
    "action", ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"]
)
def test_nobody_changes_a_managed_policy_of_aws(who, action):
    refused = ask(who, action, OF_AWS, identity=ALL)
    assert not refused.allowed and refused.layer is Layer.RESOURCE and not refused.explicit
    assert ask(who, action, OWN, identity=ALL).allowed


def test_a_managed_policy_of_aws_can_be_read_and_attached():
    assert ask(USER, "iam:GetPolicyVersion", OF_AWS, identity=ALL).allowed
    of_aws = {"iam:PolicyARN": OF_AWS}
    assert ask(USER, "iam:AttachRolePolicy", ROLE, identity=ALL, context=of_aws).allowed


def test_a_federated_user_calls_nothing_of_sts_but_get_caller_identity():
    session = (policy(allow(), kind="session"),)
    own = f"arn:aws:sts::{OURS}:federated-user/one"
    assert not ask(FEDERATED, "sts:GetFederationToken", own, identity=ALL, session=session).allowed
    trust = policy(allow("sts:AssumeRole", Principal={"AWS": FEDERATED.arn}), kind="trust")
    given = {"identity": ALL, "session": session, "resource": trust, "resource_kind": "trust"}
    assert not ask(FEDERATED, "sts:AssumeRole", ROLE, **given).allowed
    assert ask(FEDERATED, "sts:GetCallerIdentity", "*", session=session).allowed
    assert ask(FEDERATED, identity=ALL, session=session).allowed
    assert ask(USER, "sts:GetFederationToken", own, identity=ALL).allowed


@pytest.mark.parametrize(
    "path", ["aws-service-role/sagemaker.amazonaws.com", "aws-reserved/sso.amazonaws.com"]
)
def test_only_the_service_changes_a_role_that_is_its_own(path):
    role, other = f"arn:aws:iam::{OURS}:role/{path}/R", f"arn:aws:iam::{OURS}:role/team/R"
    linked = Principal(
        "role",
        OURS,
        f"arn:aws:sts::{OURS}:assumed-role/AWSServiceRoleForSSO/one",
        role=f"arn:aws:iam::{OURS}:role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO",
    )
    for action in ("iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary"):
        assert not ask(USER, action, role, identity=ALL).allowed
        assert ask(USER, action, other, identity=ALL).allowed
        assert ask(linked, action, role, identity=ALL).allowed
    assert ask(USER, "iam:GetRole", role, identity=ALL).allowed
    assert ask(USER, "iam:DeleteServiceLinkedRole", role, identity=ALL).allowed


def test_who_has_a_service_make_or_delete_its_role_may_be_asked_for_it():
    """IAM user guide, "Service-linked role permissions": the policies there allow `iam:AttachRolePolicy` and
    `iam:PutRolePolicy` on the role that is to be made; a statement of AWS's own policies
    (`AWSSupportDeleteRoleAccess`) allows `iam:DeleteRole`."""
    linked = f"arn:aws:iam::{OURS}:role/aws-service-role/sagemaker.amazonaws.com/R"
    reserved = f"arn:aws:iam::{OURS}:role/aws-reserved/sso.amazonaws.com/R"
    for action in ("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:DeleteRole", "iam:DetachRolePolicy"):
        assert ask(USER, action, linked, identity=ALL).allowed
        assert not ask(USER, action, reserved, identity=ALL).allowed
