"""KMS: key policies and grants.

KMS developer guide, "Key policies in AWS KMS", "Default key policy", "Allowing users in other accounts to use
a KMS key", "Grants in AWS KMS", "Using grant constraints".
"""

from __future__ import annotations

import pytest

from ringwork.access import Grant, Layer, Principal

from .asking import (
    KEY,
    OURS,
    SERVICE,
    SESSION,
    STRANGER,
    USER,
    allow,
    ask,
    bucket,
    deny,
    policy,
)

WHOLE = policy(allow("kms:*"))
DEFAULT = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{OURS}:root"}), kind="key")


def key(*statements):
    return policy(*statements, kind="key")


def decrypt(who=USER, policy_of_key=DEFAULT, action="kms:Decrypt", **more):
    return ask(who, action, KEY, resource=policy_of_key, resource_kind="key", **more)


def test_the_default_key_policy_lets_identity_policies_decide():
    assert decrypt(identity=(WHOLE,)).allowed
    assert decrypt().layer is Layer.IDENTITY


def test_without_the_statement_for_the_account_identity_policies_have_no_effect():
    """AWS: "Default key policy": identity policies count only where the key policy says so."""
    decision = decrypt(SESSION, key(allow("kms:*", Principal={"AWS": USER.arn})), identity=(WHOLE,))
    assert (decision.allowed, decision.layer) == (False, Layer.KEY)


def test_an_identity_policy_can_deny_even_without_that_statement():
    """AWS: "Default key policy": to deny, an identity policy needs no leave of the key policy."""
    named = key(allow("kms:*", Principal={"AWS": USER.arn}))
    assert decrypt(USER, named).allowed
    assert decrypt(USER, named, identity=(policy(deny("kms:Decrypt")),)).explicit


def test_a_key_policy_alone_can_give_access_to_a_principal_of_its_account():
    """AWS: "Key policies in AWS KMS": a key policy can do without identity policies."""
    assert decrypt(SESSION, key(allow("kms:Decrypt", Principal={"AWS": SESSION.role}))).allowed


def test_a_bucket_s_policy_in_the_same_place_would_not_be_needed():
    """For other resources the identity policy is enough; for keys the key policy must allow."""
    silent = bucket(allow("kms:Encrypt", Principal={"AWS": OURS}))
    assert ask(action="kms:Decrypt", on=KEY, identity=(WHOLE,), resource=silent).allowed
    assert not decrypt(
        policy_of_key=key(allow("kms:Encrypt", Principal={"AWS": OURS})), identity=(WHOLE,)
    ).allowed


def test_a_key_without_a_known_policy_gives_access_to_nobody():
    """Every key has exactly one key policy; one that is not known allows nothing."""
    assert not decrypt(policy_of_key=None, identity=(WHOLE,)).allowed


def test_another_account_s_user_needs_the_key_policy_and_an_identity_policy():
    """AWS: "Allowing users in other accounts to use a KMS key": both are needed."""
    shared = key(allow("kms:Decrypt", Principal={"AWS": STRANGER.account}))
    assert decrypt(STRANGER, shared, identity=(WHOLE,)).allowed
    assert not decrypt(STRANGER, shared).allowed
    assert not decrypt(STRANGER, DEFAULT, identity=(WHOLE,)).allowed


def test_use_can_be_bound_to_a_service():
    """AWS: "kms:ViaService"."""
    via = key(
        allow(
            "kms:Decrypt",
            Principal={"AWS": USER.arn},
            Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        )
    )
    assert decrypt(USER, via, context={"kms:ViaService": "s3.eu-west-1.amazonaws.com"}).allowed
    assert not decrypt(USER, via).allowed


def test_the_encryption_context_can_be_asked_for():
    """AWS: "kms:EncryptionContext:context-key"."""
    bound = key(
        allow(
            "kms:Decrypt",
            Principal={"AWS": USER.arn},
            Condition={"StringEquals": {"kms:EncryptionContext:team": "vision"}},
        )
    )
    assert decrypt(USER, bound, context={"kms:EncryptionContext:team": "vision"}).allowed
    assert not decrypt(USER, bound, context={"kms:EncryptionContext:team": "speech"}).allowed


# grants


def grant(grantee, *operations, **more):
    return (Grant(grantee, frozenset(operations or {"Decrypt"}), **more),)


@pytest.mark.parametrize("grantee", [SESSION.role, SESSION.arn])
def test_a_grant_lets_its_grantee_use_the_key_for_its_operations_only(grantee):
    given = grant(grantee, "Decrypt", "DescribeKey")
    assert decrypt(SESSION, grants=given).allowed
    assert not decrypt(SESSION, action="kms:Encrypt", grants=given).allowed
    assert not decrypt(USER, grants=given).allowed


def test_a_grant_needs_neither_identity_policy_nor_the_account_in_the_key_policy():
    """AWS: "Grants in AWS KMS": a grant is one of three ways to allow."""
    assert decrypt(
        SESSION, key(allow("kms:*", Principal={"AWS": USER.arn})), grants=grant(SESSION.arn)
    ).allowed


def test_a_grant_allows_and_never_denies():
    """AWS: "Grants in AWS KMS": a grant denies nothing, and an explicit Deny wins over it."""
    given = grant(SESSION.role)
    assert decrypt(SESSION, identity=(policy(deny("kms:*")),), grants=given).explicit
    closed = key(deny("kms:Decrypt", Principal={"AWS": OURS}))
    assert decrypt(SESSION, closed, grants=given).layer is Layer.KEY
    no_kms = policy(allow(), deny("kms:*"), kind="scp")
    assert decrypt(SESSION, scp=((no_kms,),), grants=given).layer is Layer.SCP


def test_a_grant_to_a_service_admits_the_service():
    assert decrypt(SERVICE, grants=grant(SERVICE.arn)).allowed
    assert not decrypt(Principal("service", None, "ec2.amazonaws.com"), grants=grant(SERVICE.arn)).allowed


def test_a_grant_to_an_account_lets_its_identity_policies_decide():
    """As an account in a key policy does: it is not a principal who acts."""
    given = grant(f"arn:aws:iam::{STRANGER.account}:root")
    assert decrypt(STRANGER, identity=(WHOLE,), grants=given).allowed
    assert not decrypt(STRANGER, grants=given).allowed
    assert not decrypt(
        USER, key(allow(Principal={"AWS": SESSION.arn})), grants=given, identity=(WHOLE,)
    ).allowed


TEAM = {"kms:EncryptionContext:team": "vision"}
MORE = {**TEAM, "kms:EncryptionContext:stage": "prod"}


def test_equals_means_exactly_this_encryption_context():
    """AWS: "Using grant constraints": EncryptionContextEquals is an exact match, letters' case included."""
    given = grant(SESSION.arn, context_equals={"team": "vision"})
    assert decrypt(SESSION, grants=given, context=TEAM).allowed
    for other in (MORE, {}, {"kms:EncryptionContext:team": "Vision"}):
        assert not decrypt(SESSION, grants=given, context=other).allowed, other


def test_subset_means_at_least_this_encryption_context():
    """AWS: "Using grant constraints": with EncryptionContextSubset there may be further pairs."""
    given = grant(SESSION.arn, context_subset={"team": "vision"})
    assert decrypt(SESSION, grants=given, context=TEAM).allowed
    assert decrypt(SESSION, grants=given, context=MORE).allowed
    for other in ({}, {"kms:EncryptionContext:team": "speech"}):
        assert not decrypt(SESSION, grants=given, context=other).allowed, other


def test_a_grant_is_retired_by_its_retiring_principal():
    """AWS: "Retiring and revoking grants"."""
    given = grant(SESSION.arn, retiring=USER.arn)
    assert decrypt(USER, action="kms:RetireGrant", grants=given).allowed
    assert not decrypt(STRANGER, action="kms:RetireGrant", grants=given).allowed
