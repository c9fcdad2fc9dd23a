"""Permissions boundaries and session policies: they limit, and some grants they do not limit.

IAM user guide, "Permissions boundaries for IAM entities", "Policy evaluation for requests within a single
account", "Session policies".
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer

from .asking import FEDERATED, OURS, SESSION, USER, allow, ask, bucket, deny, policy

S3, SQS = policy(allow("s3:*")), policy(allow("sqs:*"))
BOUNDARY = {True: policy(allow("s3:*"), kind="boundary"), False: policy(allow("sqs:*"), kind="boundary")}
SESSION_POLICY = {
    True: (policy(allow("s3:*"), kind="session"),),
    False: (policy(allow("sqs:*"), kind="session"),),
}


def named(entry, **more):
    return bucket(allow("s3:*", Principal=entry if entry == "*" else {"AWS": entry}, **more))


def test_a_boundary_and_an_identity_policy_intersect():
    for in_identity in (True, False):
        for in_boundary in (True, False):
            decision = ask(identity=(S3 if in_identity else SQS,), boundary=BOUNDARY[in_boundary])
            assert decision.allowed == (in_identity and in_boundary)


def test_the_boundary_is_named_when_it_alone_does_not_allow():
    assert ask(identity=(S3,), boundary=BOUNDARY[False]).layer is Layer.BOUNDARY


def test_a_session_policy_and_the_role_s_policies_intersect():
    """AWS: "Session policies": a session has what both allow."""
    for in_identity in (True, False):
        for in_session in (True, False):
            decision = ask(
                SESSION, identity=(S3 if in_identity else SQS,), session=SESSION_POLICY[in_session]
            )
            assert decision.allowed == (in_identity and in_session)


def test_a_role_session_without_session_policy_has_the_role_s_permissions():
    assert ask(SESSION, identity=(S3,), session=None).allowed


def test_a_federated_user_without_session_policy_has_no_permissions():
    """STS API reference, GetFederationToken: none but what a resource's policy gives to the session."""
    assert ask(FEDERATED, identity=(S3,), session=()).layer is Layer.SESSION
    assert ask(FEDERATED, identity=(S3,), session=(), resource=named(FEDERATED.arn)).allowed


def test_any_of_several_session_policies_can_allow():
    """AssumeRole takes a policy and managed policies: together they are one limit."""
    both = (*SESSION_POLICY[False], *SESSION_POLICY[True])
    assert ask(SESSION, identity=(S3,), session=both).allowed


ROLE_IS = {"Condition": {"ArnEquals": {"aws:PrincipalArn": SESSION.role}}}
OBSERVED = {
    # how the bucket policy names the role: (resource, identity, boundary allow) -> allowed
    "role": (lambda: named(SESSION.role), {"RB", "RIB", "IB"}),
    "session": (lambda: named(SESSION.arn), {"R", "RI", "RB", "RIB", "IB"}),
    "account and condition": (lambda: named(OURS, **ROLE_IS), {"RIB", "IB"}),
    "everybody and condition": (lambda: named("*", **ROLE_IS), {"R", "RI", "RB", "RIB", "IB"}),
}
"""Seen on AWS, same account, 28 rows: the repository benkehoe/permissions-boundary-test (Apache-2.0)."""


@pytest.mark.parametrize("how", OBSERVED)
def test_what_a_boundary_limits_depends_on_how_the_bucket_policy_names_the_role(how):
    make, allowed = OBSERVED[how]
    for allows in ("", "R", "I", "B", "RI", "RB", "IB", "RIB"):
        decision = ask(
            SESSION,
            identity=(S3 if "I" in allows else SQS,),
            boundary=BOUNDARY["B" in allows],
            resource=make() if "R" in allows else None,
        )
        assert decision.allowed == (allows in allowed), allows


def test_a_user_who_is_named_is_not_limited_by_a_boundary():
    """In the same account, no implicit deny of a boundary limits what is granted to a user's ARN."""
    assert ask(USER, boundary=BOUNDARY[False], resource=named(USER.arn)).allowed


def test_a_role_that_is_named_is_limited_by_its_session_policy():
    """A grant to a role's ARN is limited by implicit denies of boundary and session policy."""
    for in_session in (True, False):
        assert (
            ask(SESSION, session=SESSION_POLICY[in_session], resource=named(SESSION.role)).allowed
            == in_session
        )


@pytest.mark.parametrize("who", [SESSION, FEDERATED], ids=lambda who: who.kind)
def test_a_session_that_is_named_is_not_limited_by_its_session_policy(who):
    """What is granted to a session, a role's or a federated user's, no implicit deny elsewhere limits."""
    assert ask(who, session=SESSION_POLICY[False], boundary=BOUNDARY[False], resource=named(who.arn)).allowed


def test_naming_the_user_does_not_name_its_federated_session():
    """What a resource's policy gives to the user counts before the session is made: it limits that, too."""
    for in_session in (True, False):
        decision = ask(FEDERATED, session=SESSION_POLICY[in_session], resource=named(USER.arn))
        assert decision.allowed == in_session


@pytest.mark.parametrize("entry", [SESSION.role, SESSION.arn, "*"])
def test_an_explicit_deny_in_boundary_or_session_policy_wins_over_every_grant(entry):
    closed = policy(allow(), deny("s3:*"), kind="boundary")
    assert ask(SESSION, identity=(S3,), resource=named(entry), boundary=closed).layer is Layer.BOUNDARY
    closed = policy(allow(), deny("s3:*"), kind="session")
    assert ask(SESSION, identity=(S3,), resource=named(entry), session=(closed,)).layer is Layer.SESSION


def test_a_boundary_and_a_session_policy_both_limit():
    for in_boundary in (True, False):
        for in_session in (True, False):
            decision = ask(
                SESSION,
                identity=(S3,),
                boundary=BOUNDARY[in_boundary],
                session=SESSION_POLICY[in_session],
            )
            assert decision.allowed == (in_boundary and in_session)


def test_neither_grants():
    assert not ask(SESSION, boundary=BOUNDARY[True], session=SESSION_POLICY[True]).allowed
