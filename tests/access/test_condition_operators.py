"""Each condition operator, by its description.

IAM user guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import pytest

from ringwork.access import PolicyError

from .asking import OURS, allow, policy, under

TEXT, NUMBER, TIME, FLAG, FROM = (
    "aws:PrincipalTag/team",
    "s3:max-keys",
    "aws:CurrentTime",
    "aws:SecureTransport",
    "aws:SourceIp",
)
SOURCE = "aws:SourceArn"
TOPIC = f"arn:aws:sns:eu-west-1:{OURS}:jobs"

HOLDS = [
    # operator, key, value of the policy, value of the request, whether it holds
    # strings: exact, case-sensitive, wildcards only with Like
    ("StringEquals", TEXT, "vision", "vision", True),
    ("StringEquals", TEXT, "vision", "Vision", False),
    ("StringEquals", TEXT, "vis*", "vision", False),
    ("StringEquals", TEXT, "vis*", "vis*", True),
    ("StringEquals", TEXT, ["a", "vision"], "vision", True),
    ("StringNotEquals", TEXT, "vision", "Vision", True),
    ("StringNotEquals", TEXT, ["a", "vision"], "vision", False),
    ("StringNotEquals", TEXT, ["a", "b"], "vision", True),
    ("StringEqualsIgnoreCase", TEXT, "VISION", "vision", True),
    ("StringEqualsIgnoreCase", TEXT, "VIS*", "vision", False),
    ("StringNotEqualsIgnoreCase", TEXT, "VISION", "vision", False),
    ("StringNotEqualsIgnoreCase", TEXT, "speech", "vision", True),
    ("StringLike", TEXT, "vis*", "vision", True),
    ("StringLike", TEXT, "vis*", "VISION", False),
    ("StringLike", TEXT, "visio?", "vision", True),
    ("StringLike", TEXT, "vision?", "vision", False),
    ("StringLike", TEXT, "*", "", True),
    ("StringLike", TEXT, "?", "", False),
    ("StringLike", TEXT, "[a-z]*", "vision", False),
    ("StringLike", TEXT, "v.*", "vision", False),
    ("StringLike", TEXT, "a*b*c", "a-b-b-c", True),
    ("StringLike", TEXT, "a*b*c", "a-c-b", False),
    ("StringNotLike", TEXT, "vis*", "vision", False),
    ("StringNotLike", TEXT, ["spe*", "vis*"], "vision", False),
    ("StringNotLike", TEXT, ["spe*", "tex*"], "vision", True),
    # numbers: as numbers, not as text
    ("NumericEquals", NUMBER, "10", "10", True),
    ("NumericEquals", NUMBER, "10.0", "10", True),
    ("NumericEquals", NUMBER, 10, "10", True),
    ("NumericEquals", NUMBER, "9007199254740993", "9007199254740992", False),
    ("NumericNotEquals", NUMBER, "10", "10.00", False),
    ("NumericNotEquals", NUMBER, "10", "11", True),
    ("NumericLessThan", NUMBER, "10", "9", True),
    ("NumericLessThan", NUMBER, "10", "10", False),
    ("NumericLessThan", NUMBER, "10", "100", False),
    ("NumericLessThanEquals", NUMBER, "10", "10", True),
    ("NumericGreaterThan", NUMBER, "10", "100", True),
    ("NumericGreaterThan", NUMBER, "10", "10", False),
    ("NumericGreaterThanEquals", NUMBER, "10", "10", True),
    ("NumericGreaterThanEquals", NUMBER, "-1.5", "-2", False),
    ("NumericEquals", NUMBER, "10", "ten", False),
    ("NumericLessThan", NUMBER, "10", "nan", False),
    ("NumericGreaterThan", NUMBER, "10", "inf", False),
    # dates: ISO 8601 or seconds since 1970 (2026-01-01T00:00:00Z is 1767225600)
    ("DateEquals", TIME, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateEquals", TIME, "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateEquals", TIME, "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("DateEquals", TIME, "2026-01", "2026-01-01T00:00:00Z", True),
    ("DateEquals", TIME, "2026", "2026-01-01T00:00:00Z", True),
    ("DateEquals", TIME, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", True),
    ("DateNotEquals", TIME, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", True),
    ("DateLessThan", TIME, "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateLessThan", TIME, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateLessThanEquals", TIME, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", TIME, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", True),
    ("DateGreaterThan", "aws:EpochTime", "2026-01-01T00:00:00Z", "1767225601", True),
    ("DateGreaterThanEquals", TIME, "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", False),
    ("DateGreaterThan", TIME, "2026-01-01T00:00:00Z", "tomorrow", False),
    # true and false, in any case, from JSON text or Boolean
    ("Bool", FLAG, "true", "true", True),
    ("Bool", FLAG, True, "true", True),
    ("Bool", FLAG, "TRUE", "true", True),
    ("Bool", FLAG, False, "true", False),
    ("Bool", FLAG, "false", "false", True),
    # binary: base-64, compared byte for byte
    ("BinaryEquals", "aws:x", "aGVsbG8=", "aGVsbG8=", True),
    ("BinaryEquals", "aws:x", "aGVsbG8=", "aGVsbGk=", False),
    # addresses and blocks; without a prefix, one address
    ("IpAddress", FROM, "203.0.113.0/24", "203.0.113.255", True),
    ("IpAddress", FROM, "203.0.113.0/24", "203.0.114.0", False),
    ("IpAddress", FROM, "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", FROM, "203.0.113.7", "203.0.113.8", False),
    ("IpAddress", FROM, "203.0.113.7/24", "203.0.113.8", True),
    ("IpAddress", FROM, "0.0.0.0/0", "203.0.113.8", True),
    ("IpAddress", FROM, "0.0.0.0/0", "2001:db8::1", False),
    ("IpAddress", FROM, "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:abcd::1", True),
    ("IpAddress", FROM, "2001:db8:1234:5678::/64", "2001:db8:1234:5679::1", False),
    ("IpAddress", FROM, "2001:db8::1", "2001:0db8:0:0::1", True),
    ("IpAddress", FROM, ["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.9", True),
    ("NotIpAddress", FROM, "203.0.113.0/24", "203.0.113.9", False),
    ("NotIpAddress", FROM, "203.0.113.0/24", "198.51.100.9", True),
    ("NotIpAddress", FROM, ["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.9", False),
    ("NotIpAddress", FROM, "203.0.113.0/24", "2001:db8::1", True),
    ("IpAddress", FROM, "203.0.113.0/24", "not an address", False),
    # ARNs: the six parts one by one; Equals and Like are the same
    ("ArnEquals", SOURCE, TOPIC, TOPIC, True),
    ("ArnEquals", SOURCE, f"arn:aws:sns:*:{OURS}:j?bs", TOPIC, True),
    ("ArnLike", SOURCE, f"arn:aws:sns:*:{OURS}:*", TOPIC, True),
    ("ArnLike", SOURCE, f"arn:aws:sns:*:{OURS}:*", f"arn:aws:sqs:eu-west-1:{OURS}:jobs", False),
    ("ArnLike", SOURCE, "arn:aws:sns:*:jobs", TOPIC, False),
    ("ArnLike", SOURCE, "arn:aws:sns:*", TOPIC, False),
    ("ArnLike", SOURCE, "arn:aws:sns", TOPIC, False),
    ("ArnLike", SOURCE, f"arn:aws:*:{OURS}:*:jobs", TOPIC, False),
    ("ArnLike", SOURCE, "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/a/b:c", True),
    ("ArnLike", SOURCE, f"ARN:aws:sns:*:{OURS}:*", TOPIC, False),
    ("ArnLike", SOURCE, TOPIC.upper(), TOPIC, False),
    ("ArnLike", SOURCE, TOPIC, "jobs", False),
    ("ArnNotEquals", SOURCE, TOPIC, TOPIC, False),
    ("ArnNotLike", SOURCE, f"arn:aws:sns:*:{OURS}:*", TOPIC, False),
    ("ArnNotLike", SOURCE, ["arn:aws:s3:::*", f"arn:aws:sqs:*:{OURS}:*"], TOPIC, True),
]


@pytest.mark.parametrize(("operator", "key", "wanted", "given", "holds"), HOLDS)
def test_an_operator_compares_as_described(operator, key, wanted, given, holds):
    assert under({operator: {key: wanted}}, {key: given}) == holds


@pytest.mark.parametrize(("operator", "key", "wanted", "given", "holds"), HOLDS)
def test_with_the_key_there_if_exists_changes_nothing(operator, key, wanted, given, holds):
    """AWS: "...IfExists": the key is compared as without it."""
    assert under({f"{operator}IfExists": {key: wanted}}, {key: given}) == holds


POSITIVE = {
    "StringEquals": "a",
    "StringEqualsIgnoreCase": "a",
    "StringLike": "*",
    "NumericEquals": "1",
    "NumericLessThan": "1",
    "NumericLessThanEquals": "1",
    "NumericGreaterThan": "1",
    "NumericGreaterThanEquals": "1",
    "DateEquals": "2026-01-01",
    "DateLessThan": "2026-01-01",
    "DateLessThanEquals": "2026-01-01",
    "DateGreaterThan": "2026-01-01",
    "DateGreaterThanEquals": "2026-01-01",
    "Bool": "false",
    "BinaryEquals": "aGVsbG8=",
    "IpAddress": "0.0.0.0/0",
    "ArnEquals": "arn:*:*:*:*:*",
    "ArnLike": "arn:*:*:*:*:*",
}
NEGATED = {
    "StringNotEquals": "a",
    "StringNotEqualsIgnoreCase": "a",
    "StringNotLike": "*",
    "NumericNotEquals": "1",
    "DateNotEquals": "2026-01-01",
    "NotIpAddress": "0.0.0.0/0",
    "ArnNotEquals": "arn:*:*:*:*:*",
    "ArnNotLike": "arn:*:*:*:*:*",
}


@pytest.mark.parametrize("operator", POSITIVE)
def test_without_the_key_a_positive_operator_does_not_hold(operator):
    assert not under({operator: {"aws:absent": POSITIVE[operator]}}, {})
    assert under({f"{operator}IfExists": {"aws:absent": POSITIVE[operator]}}, {})


@pytest.mark.parametrize("operator", NEGATED)
def test_without_the_key_a_negated_operator_holds(operator):
    """AWS: such as a Deny with StringNotEquals that reaches requests without the key."""
    assert under({operator: {"aws:absent": NEGATED[operator]}}, {})
    assert under({f"{operator}IfExists": {"aws:absent": NEGATED[operator]}}, {})


@pytest.mark.parametrize(
    ("wanted", "context", "holds"),
    [
        ("true", {}, True),
        ("true", {"aws:SourceVpce": "vpce-1"}, False),
        ("false", {}, False),
        ("false", {"aws:SourceVpce": "vpce-1"}, True),
        (True, {}, True),
        (False, {"aws:SourceVpce": "vpce-1"}, True),
        ("false", {"aws:SourceVpce": ()}, False),
        ("true", {"aws:SourceVpce": ()}, True),
    ],
)
def test_null_asks_whether_a_key_has_a_value(wanted, context, holds):
    """AWS: "Condition operator to check existence of condition keys"; an empty set has no value."""
    assert under({"Null": {"aws:SourceVpce": wanted}}, context) == holds


def test_names_of_keys_are_not_case_sensitive_and_values_are():
    assert under({"StringEquals": {"AWS:principaltag/TEAM": "vision"}}, {"aws:PrincipalTag/team": "vision"})
    assert not under(
        {"StringEquals": {"aws:PrincipalTag/team": "VISION"}}, {"aws:PrincipalTag/team": "vision"}
    )


def test_names_of_operators_are_not_case_sensitive():
    assert under({"stringequals": {"aws:SourceVpce": "vpce-1"}}, {"aws:SourceVpce": "vpce-1"})
    assert under({"BOOL": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": "true"})


@pytest.mark.parametrize(
    "operator",
    [
        *("StringMatches", "StringEqual", "String", "", "NullIfExists", "ForAllValues:Null", "IfExists"),
        *("ForAll:StringEquals", "ForAllValues:", "StringEqualsIfExistsIfExists", "NotBool", "IpNotAddress"),
    ],
)
def test_an_operator_that_iam_does_not_have_is_refused(operator):
    with pytest.raises(PolicyError) as caught:
        policy(allow(Condition={operator: {"aws:SourceVpce": "true"}}))
    assert caught.value.pointer == f"/Statement/0/Condition/{operator}"


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("IpAddress", "10.0.0.0/33"),
        ("NotIpAddress", "office"),
        ("NumericLessThan", "ten"),
        ("NumericNotEquals", "nan"),
        ("NumericNotEquals", "1_000"),
        ("DateNotEquals", "soon"),
        ("Bool", "yes"),
        ("Null", "maybe"),
    ],
)
def test_a_value_that_the_operator_cannot_compare_is_refused(operator, value):
    """Access Analyzer, "Policy validation checks": a type mismatch is an error. Were it only "no match", a
    negated operator would allow everything.
    """
    with pytest.raises(PolicyError) as caught:
        policy(allow(Condition={operator: {"aws:x": value}}))
    assert caught.value.pointer == f"/Statement/0/Condition/{operator}/aws:x"
