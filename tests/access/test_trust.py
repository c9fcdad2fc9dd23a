"""Trust policies: who may assume a role.

IAM user guide, "Methods to assume a role", "Granting a user permissions to switch roles"; STS API reference,
AssumeRole.
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer, PolicyError, parse

from .asking import OURS, ROLE, SERVICE, SESSION, STRANGER, THEIRS, USER, allow, ask, policy

MAY = policy(allow("sts:AssumeRole", ROLE))


def trust(principal, **more):
    return policy(allow("sts:AssumeRole", Principal=principal, **more), kind="trust")


def assume(who, trusting, *identity, **more):
    return ask(
        who, "sts:AssumeRole", ROLE, resource=trusting, resource_kind="trust", identity=identity, **more
    )


def test_a_role_that_trusts_its_account_needs_the_caller_s_policy_too():
    assert assume(USER, trust({"AWS": OURS}), MAY).allowed
    assert assume(USER, trust({"AWS": OURS})).layer is Layer.IDENTITY


def test_a_role_that_names_the_user_of_its_account_needs_nothing_more():
    """AssumeRole: "Add the user as a principal directly in the role's trust policy" is one of two ways."""
    assert assume(USER, trust({"AWS": USER.arn})).allowed


def test_the_caller_s_policy_alone_is_not_enough_even_in_the_same_account():
    """A role must trust: unlike for other resources, both are needed."""
    assert assume(USER, trust({"AWS": SESSION.role}), MAY).layer is Layer.TRUST
    assert not assume(USER, None, MAY).allowed


def test_across_accounts_both_sides_are_needed():
    for principal in (THEIRS, STRANGER.arn):
        assert assume(STRANGER, trust({"AWS": principal}), MAY).allowed
        assert not assume(STRANGER, trust({"AWS": principal})).allowed
    assert not assume(STRANGER, trust({"AWS": OURS}), MAY).allowed


def test_a_service_assumes_a_role_that_trusts_it():
    assert assume(SERVICE, trust({"Service": SERVICE.arn})).allowed
    assert not assume(SERVICE, trust({"Service": "ec2.amazonaws.com"})).allowed
    assert not assume(USER, trust({"Service": SERVICE.arn}), MAY).allowed


def test_an_external_id_that_is_asked_for_must_be_given():
    """AWS: "Access to AWS accounts owned by third parties": sts:ExternalId."""
    guarded = trust({"AWS": THEIRS}, Condition={"StringEquals": {"sts:ExternalId": "42"}})
    assert assume(STRANGER, guarded, MAY, context={"sts:ExternalId": "42"}).allowed
    assert not assume(STRANGER, guarded, MAY, context={"sts:ExternalId": "43"}).allowed
    assert not assume(STRANGER, guarded, MAY).allowed


def test_a_session_can_be_asked_for_mfa():
    """AWS: "Sample policies with MFA conditions": absent for long-term keys, so Bool is false then."""
    guarded = trust({"AWS": OURS}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert assume(USER, guarded, MAY, context={"aws:MultiFactorAuthPresent": "true"}).allowed
    assert not assume(USER, guarded, MAY).allowed


def test_a_trust_policy_names_no_resource():
    """AWS: "Role trust policy": the role that it is attached to is the resource."""
    statement = {"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "sts:AssumeRole", "Resource": "*"}
    with pytest.raises(PolicyError) as caught:
        parse({"Version": "2012-10-17", "Statement": [statement]}, kind="trust")
    assert caught.value.pointer == "/Statement/0/Resource"
