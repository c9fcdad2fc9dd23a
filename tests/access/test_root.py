"""The root user of an account.

IAM user guide, "AWS account root user", "How AWS enforcement code logic evaluates requests to allow or deny
access".
"""

from __future__ import annotations

from ringwork.access import Layer

from .asking import KEY, OURS, ROLE, ROOT, THEIRS, USER, allow, ask, bucket, deny, policy


def test_the_root_user_may_do_everything_in_its_account():
    assert ask(ROOT).allowed
    assert ask(ROOT, "iam:CreateUser", "*").allowed


def test_the_root_user_has_no_rights_in_another_account():
    assert ask(ROOT, owner=THEIRS).layer is Layer.RESOURCE


def test_a_bucket_policy_can_deny_the_root_user():
    assert ask(ROOT, resource=bucket(deny(Principal={"AWS": OURS}))).explicit


def test_a_key_policy_that_does_not_name_the_account_keeps_the_root_user_out():
    """KMS developer guide, "Default key policy": without the statement for the account, even its root user
    has no access.
    """
    other = policy(allow("kms:*", Principal={"AWS": USER.arn}), kind="key")
    assert not ask(ROOT, "kms:Decrypt", KEY, resource=other, resource_kind="key").allowed
    default = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{OURS}:root"}), kind="key")
    assert ask(ROOT, "kms:Decrypt", KEY, resource=default, resource_kind="key").allowed


def test_the_root_user_assumes_no_role():
    """IAM user guide, "Methods to assume a role"; STS answers "Roles may not be assumed by root accounts"."""
    trust = policy(allow("sts:AssumeRole", Principal={"AWS": OURS}), kind="trust")
    given = {"resource": trust, "resource_kind": "trust"}
    assert not ask(ROOT, "sts:AssumeRole", ROLE, **given).allowed
    assert ask(USER, "sts:AssumeRole", ROLE, identity=(policy(allow()),), **given).allowed


def test_a_condition_on_the_root_user_s_arn_holds_for_the_root_user_alone():
    """AWS: "aws:PrincipalArn": unlike in a Principal element, root there is the root user alone."""
    not_root = policy(
        allow(), deny(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), kind="scp"
    )
    assert ask(ROOT, scp=((not_root,),)).explicit
    assert ask(USER, identity=(policy(allow()),), scp=((not_root,),)).allowed
