"""Multivalued keys and the set operators.

IAM user guide, "Set operators for multivalued context keys", "Multivalued context key examples" (the tables
there), "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

import pytest

from .asking import allow, ask, policy, under

TAGS = "aws:TagKeys"
ENVIRONMENT, COST, LEGAL = "environment", "cost-center", "legal"


@pytest.mark.parametrize(
    ("condition", "given", "holds"),
    [
        # ForAllValues: every value of the request is one of the policy's
        ("ForAllValues:StringEquals", (ENVIRONMENT,), True),
        ("ForAllValues:StringEquals", (ENVIRONMENT, COST), True),
        ("ForAllValues:StringEquals", (ENVIRONMENT, LEGAL), False),
        ("ForAllValues:StringEquals", (LEGAL,), False),
        ("ForAllValues:StringEquals", (), True),
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringEquals", ("",), True),
        # ForAnyValue: some value of the request is one of the policy's
        ("ForAnyValue:StringEquals", (ENVIRONMENT, LEGAL), True),
        ("ForAnyValue:StringEquals", (LEGAL,), False),
        ("ForAnyValue:StringEquals", (), False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringEquals", ("",), False),
        # negated: of every, of some value of the request, that it is none of the policy's
        ("ForAllValues:StringNotEquals", (LEGAL,), True),
        ("ForAllValues:StringNotEquals", (LEGAL, COST), False),
        ("ForAllValues:StringNotEquals", None, True),
        ("ForAnyValue:StringNotEquals", (LEGAL, COST), True),
        ("ForAnyValue:StringNotEquals", (ENVIRONMENT, COST), False),
        ("ForAnyValue:StringNotEquals", None, False),
        # a missing key is no reason to fail where it need not be there
        ("ForAnyValue:StringEqualsIfExists", None, True),
        ("ForAnyValue:StringEqualsIfExists", (LEGAL,), False),
        ("ForAllValues:StringEqualsIfExists", (LEGAL,), False),
    ],
)
def test_a_set_operator_holds_of_a_set(condition, given, holds):
    context = {} if given is None else {TAGS: given}
    assert under({condition: {TAGS: [ENVIRONMENT, COST]}}, context) == holds


@pytest.mark.parametrize(
    ("given", "denied"),
    [(("key1:legal",), False), (("key1:hr", "key1:personnel"), False), (("key2:audit",), True), (None, True)],
)
def test_the_published_table_of_for_all_values_with_not_like(given, denied):
    """AWS: "Multivalued context key examples": ForAllValues:StringNotLike with `key1*`."""
    closed = policy(
        allow(), {**allow(), "Effect": "Deny", "Condition": {"ForAllValues:StringNotLike": {TAGS: "key1*"}}}
    )
    assert ask(identity=(closed,), context={} if given is None else {TAGS: given}).explicit == denied


def test_null_beside_for_all_values_asks_for_a_value():
    """AWS: the way to keep a missing key from satisfying ForAllValues."""
    both = {"ForAllValues:StringEquals": {TAGS: [ENVIRONMENT]}, "Null": {TAGS: "false"}}
    assert under(both, {TAGS: (ENVIRONMENT,)})
    assert not under(both, {})
    assert not under(both, {TAGS: ()})


def test_a_set_operator_takes_a_single_value_as_a_set_of_one():
    assert under(
        {"ForAnyValue:StringLike": {"aws:PrincipalTag/team": "vis*"}}, {"aws:PrincipalTag/team": "vision"}
    )


def test_without_a_set_operator_a_multivalued_key_does_not_match_and_that_is_said():
    """AWS: multivalued keys require one. Its own managed policies have it otherwise, so it is a reading."""
    bare = policy(allow(Condition={"StringEquals": {TAGS: ENVIRONMENT}}))
    decision = ask(identity=(bare,), context={TAGS: (ENVIRONMENT,)})
    assert not decision.allowed
    assert "set operator" in decision.ambiguous[0]


def test_subnets_of_a_training_job_outside_the_given_ones_are_refused():
    """SageMaker developer guide, "Control creation of SageMaker jobs with condition keys"."""
    ours = {
        "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": ["subnet-1", "subnet-2"]},
        "Null": {"sagemaker:VpcSubnets": "false"},
    }
    assert under(ours, {"sagemaker:VpcSubnets": ("subnet-1", "subnet-2")})
    assert not under(ours, {"sagemaker:VpcSubnets": ("subnet-1", "subnet-9")})
    assert not under(ours, {})
