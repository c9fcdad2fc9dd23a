"""Policies of resources, in the same account and from another.

IAM user guide, "Policy evaluation for requests within a single account", "Cross-account policy evaluation
logic", "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal".
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer, PolicyError, Principal

from .asking import (
    ANYBODY,
    BUCKET,
    FEDERATED,
    OBJECT,
    OURS,
    ROOT,
    SERVICE,
    SESSION,
    STRANGER,
    THEIRS,
    USER,
    allow,
    ask,
    bucket,
    deny,
    policy,
)

WHOLE = policy(allow())
READ = policy(allow("s3:GetObject", f"{BUCKET}/*"))


def named(*principals, **other):
    return {"Principal": {"AWS": list(principals), **other} if principals else other}


# one account


def test_in_one_account_either_side_is_enough():
    """AWS: "Policy evaluation for requests within a single account": one Allow is enough."""
    assert ask(identity=(READ,)).allowed
    assert ask(resource=bucket(allow("s3:GetObject", OBJECT, **named(USER.arn)))).allowed
    assert not ask(resource=bucket(allow("s3:PutObject", OBJECT, **named(USER.arn)))).allowed


@pytest.mark.parametrize("entry", [OURS, f"arn:aws:iam::{OURS}:root"])
def test_naming_the_account_alone_grants_nothing_to_its_users(entry):
    """AWS: "AWS account principals": it delegates authority to the account, which still has to give it."""
    for who in (USER, SESSION, FEDERATED):
        assert not ask(who, resource=bucket(allow(**named(entry)))).allowed, who.kind


def test_a_bucket_policy_that_names_somebody_else_grants_nothing():
    assert not ask(resource=bucket(allow(**named(STRANGER.arn, SESSION.role)))).allowed


def test_a_session_is_named_by_its_own_arn_by_its_role_or_by_everybody():
    """AWS: "IAM role principals", "Role session principals", "All principals"."""
    for entry in (SESSION.arn, SESSION.role, "*"):
        assert ask(SESSION, resource=bucket(allow(**named(entry)))).allowed, entry
    other = f"arn:aws:sts::{OURS}:assumed-role/train/two"
    assert not ask(SESSION, resource=bucket(allow(**named(other)))).allowed


def test_the_role_s_arn_has_its_path_and_without_it_names_another_role():
    """AWS: "IAM identifiers": the path is part of the ARN."""
    assert not ask(SESSION, resource=bucket(allow(**named(f"arn:aws:iam::{OURS}:role/train")))).allowed


def test_everybody_is_everybody_in_both_spellings():
    """AWS: "All principals": `"*"` and `{"AWS": "*"}` are equivalent in resource-based policies."""
    for principal in ("*", {"AWS": "*"}):
        assert ask(ANYBODY, resource=bucket(allow(Principal=principal))).allowed


def test_a_resource_policy_may_deny_one_principal_of_many():
    mixed = bucket(allow(Principal="*"), deny(**named(USER.arn)))
    assert not ask(resource=mixed).allowed
    assert ask(SESSION, resource=mixed).allowed


def test_a_deny_that_names_the_account_denies_all_its_principals():
    """AWS: "AWS account principals": a Deny for an account reaches every principal in it."""
    closed = bucket(deny(**named(OURS)))
    for who in (USER, SESSION, FEDERATED, ROOT):
        assert ask(who, identity=(WHOLE,), resource=closed).explicit, who.kind


def test_a_deny_that_names_the_role_denies_its_sessions():
    """AWS: "IAM role principals"."""
    assert ask(SESSION, identity=(WHOLE,), resource=bucket(deny(**named(SESSION.role)))).explicit


def test_a_wildcard_cannot_stand_for_a_part_of_a_principal():
    """AWS: "Principal": a wildcard stands for everybody or for nobody."""
    with pytest.raises(PolicyError) as caught:
        bucket(allow(**named(f"arn:aws:iam::{OURS}:user/*")))
    assert caught.value.pointer == "/Statement/0/Principal/AWS"


# across accounts


def test_across_accounts_both_sides_must_allow():
    """AWS: "Cross-account policy evaluation logic": both accounts must come to an Allow."""
    shared = bucket(allow("s3:GetObject", **named(STRANGER.arn)))
    assert ask(STRANGER, identity=(READ,), resource=shared).allowed
    without_identity = ask(STRANGER, resource=shared)
    assert (without_identity.allowed, without_identity.layer) == (False, Layer.IDENTITY)
    without_resource = ask(STRANGER, identity=(READ,))
    assert (without_resource.allowed, without_resource.layer) == (False, Layer.RESOURCE)
    assert not ask(STRANGER, identity=(READ,), resource=bucket(allow(**named(OURS)))).allowed


@pytest.mark.parametrize("entry", ["*", THEIRS, STRANGER.arn])
def test_across_accounts_the_identity_policy_is_needed_however_the_principal_is_named(entry):
    shared = bucket(allow(**named(entry)))
    assert not ask(STRANGER, resource=shared).allowed
    assert ask(STRANGER, identity=(READ,), resource=shared).allowed


def test_across_accounts_a_boundary_limits_even_a_user_who_is_named():
    """The trusted account evaluates its own side whole: "Cross-account policy evaluation logic"."""
    given = {"identity": (READ,), "resource": bucket(allow(**named(STRANGER.arn)))}
    assert ask(STRANGER, **given, boundary=policy(allow("s3:*"), kind="boundary")).allowed
    decision = ask(STRANGER, **given, boundary=policy(allow("sqs:*"), kind="boundary"))
    assert (decision.allowed, decision.layer) == (False, Layer.BOUNDARY)


def test_across_accounts_a_session_policy_limits_even_a_session_that_is_named():
    given = {"identity": (READ,), "resource": bucket(allow(**named(SESSION.arn)))}
    assert not ask(SESSION, owner=THEIRS, **given, session=(policy(allow("sqs:*"), kind="session"),)).allowed


def test_the_root_user_of_another_account_needs_the_resource_s_policy():
    other_root = Principal("root", THEIRS, f"arn:aws:iam::{THEIRS}:root")
    assert not ask(other_root).allowed
    assert ask(other_root, resource=bucket(allow(**named(THEIRS)))).allowed


# services and strangers


def test_a_service_is_admitted_by_the_resource_s_policy_alone():
    """AWS: "AWS service principals"."""
    assert ask(SERVICE, owner=OURS, resource=bucket(allow(**named(Service=SERVICE.arn)))).allowed
    assert not ask(SERVICE, owner=OURS, resource=bucket(allow(**named(Service="ec2.amazonaws.com")))).allowed
    assert not ask(SERVICE, owner=OURS, resource=bucket(allow(**named(OURS)))).allowed


def test_who_is_anonymous_is_admitted_as_everybody_only():
    """AWS: "All principals": an Allow for `*` includes anonymous users; an account's name does not."""
    assert not ask(ANYBODY).allowed
    assert not ask(ANYBODY, resource=bucket(allow(**named(OURS)))).allowed
    assert ask(ANYBODY, resource=bucket(allow(Principal="*"))).allowed


def test_a_service_s_source_can_be_asked_for():
    """AWS: "Cross-service confused deputy prevention": aws:SourceAccount, aws:SourceArn."""
    guarded = bucket(
        allow(
            **named(Service=SERVICE.arn),
            Condition={
                "StringEquals": {"aws:SourceAccount": OURS},
                "ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:*:{OURS}:*"},
            },
        )
    )
    ours = {"aws:SourceAccount": OURS, "aws:SourceArn": f"arn:aws:sagemaker:eu-west-1:{OURS}:endpoint/e"}
    theirs = {**ours, "aws:SourceAccount": THEIRS}
    assert ask(SERVICE, resource=guarded, context=ours).allowed
    assert not ask(SERVICE, resource=guarded, context=theirs).allowed
    assert not ask(SERVICE, resource=guarded).allowed


def test_a_canonical_user_whom_nobody_knows_leaves_a_deny_undecided():
    """AWS: "Principal": a canonical user id stands for an account; whose, only AWS knows."""
    unclear = bucket(deny(Principal={"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5"}))
    decision = ask(identity=(WHOLE,), resource=unclear)
    assert not decision.allowed
    assert len(decision.unknown) == 1
    denied = ask(identity=(WHOLE, policy(deny())), resource=unclear)
    assert (denied.explicit, denied.unknown) == (True, ())


# NotPrincipal


def all_but(*entries, **other):
    return bucket(
        {
            "Effect": "Deny",
            "NotPrincipal": {"AWS": list(entries), **other} if entries else other,
            "Action": "s3:*",
            "Resource": "*",
        }
    )


def test_not_principal_denies_who_is_not_listed():
    closed = all_but(OURS, USER.arn)
    assert ask(identity=(WHOLE,), resource=closed).allowed
    assert ask(SESSION, identity=(WHOLE,), resource=closed).explicit
    assert ask(ANYBODY, resource=closed).explicit
    assert ask(SERVICE, owner=OURS, resource=closed).explicit


def test_not_principal_must_list_the_account_the_role_and_the_session():
    """AWS: "NotPrincipal": without the account and the role a session may be denied, which is said."""
    whole = all_but(OURS, SESSION.role, SESSION.arn)
    assert ask(SESSION, identity=(WHOLE,), resource=whole).allowed
    partly = ask(SESSION, identity=(WHOLE,), resource=all_but(SESSION.arn))
    assert partly.explicit
    assert "NotPrincipal" in partly.ambiguous[0]


def test_not_principal_with_deny_denies_every_principal_with_a_boundary():
    """AWS: "Permissions boundaries for IAM entities": whatever NotPrincipal lists."""
    closed = all_but(OURS, USER.arn)
    unlimited = policy(allow(), kind="boundary")
    assert ask(identity=(WHOLE,), resource=closed).allowed
    assert ask(identity=(WHOLE,), resource=closed, boundary=unlimited).explicit


def test_not_principal_may_list_a_service():
    closed = all_but(Service=SERVICE.arn)
    open_too = [allow(Principal={"Service": [SERVICE.arn, "ec2.amazonaws.com"]})]
    both = bucket(*open_too, dict(closed.document["Statement"][0]))
    assert ask(SERVICE, resource=both).allowed
    assert ask(Principal("service", None, "ec2.amazonaws.com"), resource=both).explicit


@pytest.mark.parametrize(
    ("kind", "effect"), [("resource", "Allow"), ("trust", "Deny"), ("rcp", "Deny"), ("identity", "Deny")]
)
def test_not_principal_has_no_place_with_allow_nor_in_other_policies(kind, effect):
    """AWS: "NotPrincipal": only with Deny, and not in identity policies, trust policies, SCPs and RCPs."""
    statement = {"Effect": effect, "NotPrincipal": {"AWS": OURS}, "Action": "s3:GetObject", "Resource": "*"}
    with pytest.raises(PolicyError):
        policy(statement, kind=kind)
