"""Wildcards in actions and resources.

IAM user guide, "IAM JSON policy elements: Action", "IAM JSON policy elements: Resource", "IAM identifiers"
(incomplete ARNs).
"""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.access import PolicyError, patterns

from .asking import OURS, allow, ask, bucket, policy

TABLE = f"arn:aws:dynamodb:us-east-1:{OURS}:table/prod-x"


def takes(pattern, resource, **more):
    return ask(on=resource, identity=(policy(allow("s3:GetObject", pattern, **more)),)).allowed


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("*", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:Get*", "s3:GetObject", True),
        ("s3:*Object", "s3:GetObject", True),
        ("s3:*Object", "s3:GetObjectAcl", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get?Object", "s3:GetObject", False),
        ("s3-outposts:*", "s3:GetObject", False),
        ("s3:*et*ject*", "s3:GetObjectAcl", True),
        ("*:GetObject", "s3:GetObject", True),
        ("s?:GetObject", "s3:GetObject", True),
    ],
)
def test_an_action_matches_in_any_case_and_with_wildcards(pattern, action, matches):
    assert ask(action=action, identity=(policy(allow(pattern)),)).allowed == matches


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        # the lists of the page, for arn:aws:s3:::amzn-s3-demo-bucket/*/test/*
        ("1/test/object.jpg", True),
        ("1/2/test/object.jpg", True),
        ("1/2/test/3/object.jpg", True),
        ("1/2/3/test/4/object.jpg", True),
        ("1///test///object.jpg", True),
        ("1/test/.jpg", True),
        ("/test/object.jpg", True),
        ("1/test/", True),
        ("1-test/object.jpg", False),
        ("test/object.jpg", False),
        ("1/2/test.jpg", False),
    ],
)
def test_a_star_takes_in_slashes(name, matches):
    """AWS: "IAM JSON policy elements: Resource", the example and both lists there."""
    prefix = "arn:aws:s3:::amzn-s3-demo-bucket/"
    assert takes(f"{prefix}*/test/*", prefix + name) == matches


@pytest.mark.parametrize(
    ("pattern", "resource", "matches"),
    [
        ("arn:aws:s3:::data/?", "arn:aws:s3:::data/a", True),
        ("arn:aws:s3:::data/?", "arn:aws:s3:::data/", False),
        ("arn:aws:s3:::Data/*", "arn:aws:s3:::data/a", False),
        ("arn:aws:s3:::data/a:*", "arn:aws:s3:::data/a:b:c", True),
        # a wildcard within a part stays there
        ("arn:aws:dynamodb:us-*1:*:table/*", TABLE, True),
        ("arn:aws:dyn?modb:*:*:table/*", TABLE, True),
        ("arn:aws:dynamodb:us?*:table/prod-x", TABLE, True),
        ("arn:aws:dynamodb:*-1:table/prod-x", TABLE, False),
        ("arn:aws:dynamodb:us-east-1?111122223333:*:table/prod-x", TABLE, False),
        # one that ends a part can go on beyond the colon
        ("arn:aws:dynamodb:*:table/prod-*", TABLE, True),
        ("arn:aws:dynamodb:*:table/dev-*", TABLE, False),
        ("arn:aws:dynamodb*", TABLE, True),
        ("arn:*", TABLE, True),
        ("arn:*:table/*", TABLE, True),
        # an incomplete ARN is completed
        ("arn:aws:dynamodb", TABLE, True),
        ("arn:aws:dynamodb:us-east-1", TABLE, True),
        ("arn:aws:dynamodb:eu-west-1", TABLE, False),
        ("arn:aws:sqs", TABLE, False),
    ],
)
def test_a_resource_pattern_takes_in(pattern, resource, matches):
    assert takes(pattern, resource) == matches


def test_an_incomplete_arn_is_completed_in_identity_policies_only():
    """AWS: "IAM identifiers" says so of identity-based policies, and STS refuses it in session policies."""
    shared = bucket(allow("s3:GetObject", "arn:aws:s3", Principal="*"))
    assert not ask(resource=shared).allowed
    with pytest.raises(PolicyError) as caught:
        policy(allow("s3:*", "arn:aws:s3"), kind="session")
    assert caught.value.pointer == "/Statement/0/Resource"


def test_a_request_without_a_resource_is_matched_by_the_star_alone():
    """Service Authorization Reference: actions without resource types need `*` in the Resource element."""
    for pattern, matches in (("*", True), ("arn:aws:ec2:*:*:*", False), ("arn:*", False)):
        assert (
            ask(action="ec2:DescribeVpcs", on="*", identity=(policy(allow("ec2:*", pattern)),)).allowed
            == matches
        )


def test_a_hostile_pattern_takes_no_time():
    """With backtracking, this would take longer than anybody lives; there is nothing to time."""
    assert not patterns.glob("*a" * 60 + "b")("a" * 5000)
    assert patterns.glob("*a" * 60)("a" * 5000)
    assert not patterns.resource("arn:*:*:*:*:" + "*a" * 60 + "b", completed=True)(
        "arn:a:a:a:a:" + "a" * 5000
    )


# an oracle of another kind: try every way to divide the text


@functools.cache
def brute(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(brute(pattern[1:], text[n:]) for n in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and brute(pattern[1:], text[1:])


@given(st.text("ab*?", max_size=9), st.text("ab", max_size=9))
@settings(max_examples=600, deadline=None)
def test_a_glob_agrees_with_brute_force(pattern, text):
    assert patterns.glob(pattern)(text) == brute(pattern, text)
    assert patterns.glob(pattern.upper(), any_case=True)(text) == brute(pattern, text)


@given(
    st.lists(st.text("a*?", max_size=3), min_size=5, max_size=5),
    st.lists(st.text("a", max_size=3), min_size=5, max_size=5),
)
@settings(max_examples=400, deadline=None)
def test_an_arn_in_a_condition_agrees_with_brute_force_part_by_part(wanted, given_parts):
    every = all(brute(pattern, text) for pattern, text in zip(wanted, given_parts, strict=True))
    pattern, text = ":".join(["arn", *wanted]), ":".join(["arn", *given_parts])
    assert patterns.arn(pattern)(text) == every


def crossing(pattern: str, text: str) -> bool:
    """The Resource element's rule by brute force, place by place."""

    def may_cross(position: int) -> bool:
        in_resource = pattern[:position].count(":") >= 5
        ends = position == len(pattern) - 1 or pattern[position + 1] == ":"
        return in_resource or (pattern[position] == "*" and ends)

    @functools.cache
    def match(p: int, t: int) -> bool:
        if p == len(pattern):
            return t == len(text)
        if pattern[p] == "*":
            stop = len(text)
            if not may_cross(p):
                colon = text.find(":", t)
                stop = colon if colon >= 0 else stop
            return any(match(p + 1, n) for n in range(t, stop + 1))
        if t == len(text):
            return False
        if pattern[p] == "?":
            return (text[t] != ":" or may_cross(p)) and match(p + 1, t + 1)
        return pattern[p] == text[t] and match(p + 1, t + 1)

    return match(0, 0)


@given(st.text("a:*?", max_size=10), st.text("a:", max_size=10))
@settings(max_examples=400, deadline=None)
def test_a_resource_agrees_with_brute_force(pattern, text):
    pattern, text = f"arn:{pattern}", f"arn:a:b:c:{text}"
    if text.count(":") < 5:
        text += "::"
    if pattern.strip("*") == "":
        return
    assert patterns.resource(pattern, completed=False)(text) == crossing(pattern, text)
