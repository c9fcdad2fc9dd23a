"""Policy variables.

IAM user guide, "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import pytest

from ringwork.access import PolicyError

from .asking import allow, ask, deny, policy, under

TEAM = "aws:PrincipalTag/team"
HOME = "arn:aws:s3:::homes/${aws:username}/*"


def read(name, context, *statements, version="2012-10-17"):
    return ask(
        on=f"arn:aws:s3:::homes/{name}/x", context=context, identity=(policy(*statements, version=version),)
    )


def test_a_variable_in_resource_stands_for_the_request_s_value():
    mine = allow("s3:GetObject", HOME)
    assert read("ada", {"aws:username": "ada"}, mine).allowed
    assert not read("bob", {"aws:username": "ada"}, mine).allowed


def test_names_of_variables_are_not_case_sensitive():
    assert read("ada", {"aws:username": "ada"}, allow("s3:*", "arn:aws:s3:::homes/${AWS:UserName}/*")).allowed


def test_a_variable_in_a_condition_stands_for_the_request_s_value():
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert under(same, {"aws:ResourceTag/team": "vision", TEAM: "vision"})
    assert not under(same, {"aws:ResourceTag/team": "vision", TEAM: "speech"})


def test_without_a_value_a_resource_matches_nothing():
    assert not read("ada", {}, allow("s3:*", HOME)).allowed
    assert read("ada", {}, allow(), deny("s3:*", HOME)).allowed


def test_without_a_value_a_positive_condition_does_not_hold_and_a_negated_one_does():
    given = {"aws:ResourceTag/team": "vision"}
    for operator, holds in (
        ("StringEquals", False),
        ("StringLike", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
    ):
        assert under({operator: {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}, given) == holds, (
            operator
        )


def test_without_a_value_not_resource_widens_no_allow_and_narrows_no_deny():
    """AWS: the resource matches nothing. Everything but nothing would be everything, so an Allow is not read
    that way, and what it hinges on is said.
    """
    wide = {"Effect": "Allow", "Action": "s3:*", "NotResource": HOME}
    decision = read("ada", {}, wide)
    assert not decision.allowed
    assert decision.ambiguous
    narrow = {"Effect": "Deny", "Action": "s3:*", "NotResource": HOME}
    assert read("ada", {}, allow(), narrow).explicit


def test_a_default_value_stands_for_a_missing_one_only():
    """AWS: "Specifying default values"."""
    team = allow("s3:*", "arn:aws:s3:::homes/${aws:PrincipalTag/team, 'company-wide'}/*")
    assert read("vision", {TEAM: "vision"}, team).allowed
    assert not read("company-wide", {TEAM: "vision"}, team).allowed
    assert read("company-wide", {}, team).allowed
    assert not read("vision", {}, team).allowed


def test_a_policy_says_which_keys_it_reads():
    """IAM API reference, GetContextKeysForCustomPolicy: of conditions and of variables."""
    both = policy(
        allow("s3:*", "arn:aws:s3:::homes/${aws:username}/${aws:PrincipalTag/team, 'x'}/${*}"),
        allow(Condition={"StringLike": {"s3:prefix": "${aws:userid}"}, "Null": {"aws:TagKeys": "true"}}),
    )
    assert both.keys == {"aws:username", "aws:principaltag/team", "s3:prefix", "aws:userid", "aws:tagkeys"}
    old = policy(allow("s3:*", HOME), version="2008-10-17")
    assert old.keys == set()


def test_a_multivalued_key_is_no_variable():
    """AWS: only single-valued keys can be variables; nor does its default step in."""
    for pattern in ("${aws:TagKeys}", "${aws:TagKeys, 'a'}"):
        mine = allow("s3:*", f"arn:aws:s3:::homes/{pattern}/*")
        assert not read("a", {"aws:TagKeys": ("a",)}, mine).allowed


@pytest.mark.parametrize(
    ("written", "matches", "does_not"),
    [("${*}", "*", "x"), ("${?}", "?", "x"), ("${$}", "$", "x"), ("a${*}b", "a*b", "aab")],
)
def test_an_escaped_character_stands_for_itself(written, matches, does_not):
    """AWS: "Special characters"."""
    one = allow("s3:*", f"arn:aws:s3:::homes/{written}/x")
    assert read(matches, {}, one).allowed
    assert not read(does_not, {}, one).allowed
    like = {"StringLike": {"s3:prefix": written}}
    assert under(like, {"s3:prefix": matches})
    assert not under(like, {"s3:prefix": does_not})


def test_what_a_request_brings_is_never_a_wildcard():
    """A tag of the value `*` must not open everybody's folder."""
    mine = allow("s3:*", "arn:aws:s3:::homes/${aws:PrincipalTag/team}/*")
    assert not read("vision", {TEAM: "*"}, mine).allowed
    assert not read("vision", {TEAM: "visio?"}, mine).allowed
    assert read("*", {TEAM: "*"}, mine).allowed
    same = {"StringLike": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert not under(same, {"aws:ResourceTag/team": "vision", TEAM: "*"})


def test_before_the_version_of_2012_there_are_no_variables():
    """AWS: they are taken literally there."""
    old = allow("s3:*", HOME)
    assert not read("ada", {"aws:username": "ada"}, old, version="2008-10-17").allowed
    assert read("${aws:username}", {"aws:username": "ada"}, old, version="2008-10-17").allowed
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert not under(same, {"aws:ResourceTag/team": "vision", TEAM: "vision"}, version="2008-10-17")


def test_numbers_dates_and_addresses_have_no_variables():
    """AWS: variables are for string and ARN operators."""
    for operator in ("NumericEquals", "DateLessThan", "IpAddress", "Bool"):
        with pytest.raises(PolicyError):
            policy(allow(Condition={operator: {"aws:x": "${aws:username}"}}))


def test_the_account_of_the_principal_can_stand_in_an_arn():
    own = allow("iam:*", "arn:aws:iam::${aws:PrincipalAccount}:role/*")
    assert ask(action="iam:GetRole", on="arn:aws:iam::111122223333:role/r", identity=(policy(own),)).allowed
    assert not ask(
        action="iam:GetRole", on="arn:aws:iam::444455556666:role/r", identity=(policy(own),)
    ).allowed
