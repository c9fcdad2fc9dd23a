"""What is denied when nothing allows, and when something denies.

IAM user guide, "How AWS enforcement code logic evaluates requests to allow or deny access"; "The difference
between explicit and implicit denies".
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer

from .asking import ANYBODY, BUCKET, OBJECT, OURS, SESSION, USER, allow, ask, bucket, deny, policy

WHOLE = policy(allow())


def test_by_default_all_requests_are_denied():
    decision = ask()
    assert not decision.allowed
    assert (decision.explicit, decision.layer) == (False, Layer.IDENTITY)


def test_an_identity_policy_that_allows_is_enough_in_the_same_account():
    assert ask(identity=(policy(allow("s3:GetObject", OBJECT)),)).allowed


def test_any_of_several_policies_can_allow():
    assert ask(identity=(policy(allow("sqs:*")), policy(allow("s3:Get*")))).allowed


def test_an_allow_of_another_action_or_resource_allows_nothing():
    assert not ask(identity=(policy(allow("s3:PutObject", OBJECT)),)).allowed
    assert not ask(identity=(policy(allow("s3:GetObject", BUCKET)),)).allowed


DENY = policy(deny("s3:GetObject"))
EVERYBODY = {"Principal": "*"}


@pytest.mark.parametrize(
    ("layer", "given"),
    [
        (Layer.IDENTITY, {"identity": (WHOLE, DENY)}),
        (Layer.BOUNDARY, {"boundary": policy(allow(), deny("s3:GetObject"), kind="boundary")}),
        (Layer.SESSION, {"session": (policy(allow(), deny("s3:GetObject"), kind="session"),)}),
        (Layer.SCP, {"scp": ((policy(allow(), deny("s3:GetObject"), kind="scp"),),)}),
        (Layer.RCP, {"rcp": ((policy(deny("s3:GetObject", **EVERYBODY), kind="rcp"),),)}),
        (Layer.RESOURCE, {"resource": bucket(allow(**EVERYBODY), deny("s3:GetObject", **EVERYBODY))}),
        (
            Layer.ENDPOINT,
            {"endpoint": policy(allow(**EVERYBODY), deny("s3:GetObject", **EVERYBODY), kind="endpoint")},
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Layer) else "",
)
def test_an_explicit_deny_in_any_policy_overrides_every_allow(layer, given):
    """AWS: "The difference between explicit and implicit denies"."""
    policies = {"identity": (WHOLE,), "resource": bucket(allow(Principal={"AWS": SESSION.arn})), **given}
    decision = ask(SESSION, **policies)
    assert (decision.allowed, decision.explicit, decision.layer) == (False, True, layer)
    assert ask(SESSION, "s3:PutObject", **policies).allowed


def test_the_deny_that_decided_is_named_by_its_sid():
    named = policy(allow(), {**deny("s3:Get*"), "Sid": "NoReading"})
    (statement,) = ask(identity=(named,)).statements
    assert (statement.index, statement.sid) == (1, "NoReading")


def test_a_deny_whose_condition_does_not_hold_denies_nothing():
    conditional = policy(allow(), deny(Condition={"Bool": {"aws:SecureTransport": "false"}}))
    assert ask(identity=(conditional,), context={"aws:SecureTransport": "true"}).allowed
    assert not ask(identity=(conditional,), context={"aws:SecureTransport": "false"}).allowed


def test_not_action_with_deny_denies_all_but_the_listed_actions():
    """AWS: "IAM JSON policy elements: NotAction"."""
    only_s3 = policy(allow(), {"Effect": "Deny", "NotAction": ["s3:*", "sts:*"], "Resource": "*"})
    assert ask(identity=(only_s3,)).allowed
    assert ask(action="sqs:SendMessage", on="*", identity=(only_s3,)).explicit


def test_not_action_with_allow_allows_all_but_the_listed_actions():
    """AWS: "IAM JSON policy elements: NotAction"."""
    all_but_iam = policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    assert ask(identity=(all_but_iam,)).allowed
    assert not ask(action="iam:CreateUser", on="*", identity=(all_but_iam,)).allowed


def test_not_resource_with_deny_denies_all_but_the_listed_resources():
    """AWS: "IAM JSON policy elements: NotResource"."""
    elsewhere = policy(allow(), {"Effect": "Deny", "Action": "s3:*", "NotResource": [BUCKET, f"{BUCKET}/*"]})
    assert ask(identity=(elsewhere,)).allowed
    assert ask(on="arn:aws:s3:::other/one", identity=(elsewhere,)).explicit


def test_every_condition_of_a_statement_must_hold():
    """AWS: "Conditions with multiple context keys or values": operators and keys are joined by AND."""
    both = policy(
        allow(
            Condition={
                "StringEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": "o-1"},
                "Bool": {"aws:SecureTransport": "true"},
            }
        )
    )
    whole = {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": "o-1", "aws:SecureTransport": "true"}
    assert ask(identity=(both,), context=whole).allowed
    for name in whole:
        assert not ask(identity=(both,), context={**whole, name: "false"}).allowed, name


def test_everybody_may_ask_who_they_are_even_where_it_is_denied():
    """STS API reference, GetCallerIdentity: it needs no permission, and cannot be denied."""
    assert ask(USER, "sts:GetCallerIdentity", "*", owner=OURS, identity=(policy(deny()),)).allowed
    assert not ask(ANYBODY, "sts:GetCallerIdentity", "*", owner=OURS).allowed  # nobody signed it
