"""Reading policies: what is wrong, and where; one broken policy never hides another."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.access import lint
from ringwork.access.documents import PolicyText, read_documents

GOOD = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'


def problems(text, kind="identity", **more):
    return read_documents([PolicyText("p.json", text, kind, **more)]).problems


def test_a_policy_that_aws_accepts():
    read = read_documents([PolicyText("p.json", GOOD, "identity", name="reader")])
    assert [policy.name for policy in read.policies] == ["reader"]
    assert read.problems == ()
    assert read_documents([PolicyText("p.json", GOOD, "identity")]).policies[0].name == "p.json"


def test_the_place_of_a_problem():
    text = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    {"Effect": "Allow", "Action": ["s3:GetObject", 7], "Resource": "*"}
  ]
}"""
    (one,) = problems(text)
    assert (one.file, one.statement, one.pointer) == ("p.json", 1, "/Statement/1/Action/1")
    assert (one.position.line, one.position.column) == (5, 52)
    assert str(one) == "p.json:5:52: Action holds what is not text at `/Statement/1/Action/1`"


def test_every_broken_statement_is_named():
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "allow", "Action": "s3:*", "Resource": "*"},
                {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": {"StringAlike": {"a:b": "c"}},
                },
                {"Effect": "Deny", "Action": "s3:*", "Resource": "data"},
            ],
        }
    )
    found = problems(text)
    assert [(one.statement, one.pointer) for one in found] == [
        (0, "/Statement/0/Effect"),
        (2, "/Statement/2/Condition/StringAlike"),
        (3, "/Statement/3/Resource"),
    ]
    assert "unknown condition operator `StringAlike`" in found[1].message


def test_what_is_wrong_with_the_whole_is_said_once():
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Sid": "A"}
    whole = json.dumps({"Version": "2020-01-01", "Statement": [statement, {**statement, "Sid": "B"}]})
    assert [(one.statement, one.pointer) for one in problems(whole)] == [(None, "/Version")]
    twice = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]})
    (one,) = problems(twice)
    assert (one.statement, one.pointer, one.message) == (None, "/Statement", "the Sid `A` is there twice")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"Version": "2012-10-17",\n "Statement": [}', 2, 16),
        ("", 1, 1),
        ("{} []", 1, 4),
        ('{"a": 1, "a": 2}', 1, 10),
    ],
)
def test_what_is_not_json(text, line, column):
    (one,) = problems(text)
    assert one.message.startswith("the policy is not JSON: ")
    assert (one.position.line, one.position.column, one.pointer) == (line, column, "")


@pytest.mark.parametrize("text", ["[]", "7", "null", '"policy"'])
def test_json_that_is_no_object(text):
    (one,) = problems(text)
    assert (one.message, one.pointer) == ("the policy is not a JSON object", "")


def test_nesting_without_end():
    (one,) = problems("[" * 100_000)
    assert "nested deeper" in one.message


def test_arns_that_aws_refuses():
    body = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::data", "arn:awss:s3:::data"]}
    (one,) = problems(json.dumps({"Version": "2012-10-17", "Statement": [body]}))
    assert one.pointer == "/Statement/0/Resource/1"
    assert one.message == "`arn:awss:s3:::data` has `awss` for a partition"
    assert one.source == "IAM user guide, IAM identifiers"


def test_a_policy_that_is_too_long_is_said_to_be_and_kept():
    """AWS raises some quotas on request, so the policy may be there all the same."""
    places = [f"arn:aws:s3:::data-{number}" for number in range(400)]
    body = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": places}}
    read = read_documents([PolicyText("p.json", json.dumps(body), "identity")])
    assert len(read.policies) == 1
    assert "size of a managed policy is at most 6,144" in read.problems[0].message
    inline = read_documents([PolicyText("p.json", json.dumps(body), "identity", held="role")])
    assert inline.problems == ()


def test_one_broken_policy_hides_no_other():
    texts = [GOOD, "{", GOOD, GOOD.replace("Allow", "allow"), GOOD]
    read = read_documents(PolicyText(f"{n}.json", text, "identity") for n, text in enumerate(texts))
    assert [policy.name for policy in read.policies] == ["0.json", "2.json", "4.json"]
    assert [one.file for one in read.problems] == ["1.json", "3.json"]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["*", "Allow", "Deny", "s3:*", "arn:aws:s3:::a", "AWS", "2012-10-17", "true", "${a}"])
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
elements = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
conditions = st.dictionaries(
    st.sampled_from(["Bool", "Null", "StringLike", "ForAllValues:ArnLike", "DateEquals", "IpAddress", "X"]),
    values | st.dictionaries(st.sampled_from(["aws:SourceIp", "s3:prefix", "x"]), values, max_size=2),
    max_size=2,
)
statements = st.builds(
    lambda some, condition: {**some, **condition},
    st.dictionaries(st.sampled_from(elements), values, max_size=5),
    st.just({}) | st.builds(lambda one: {"Condition": one}, conditions | values),
)


@given(
    st.builds(
        lambda version, body: {"Version": version, "Statement": body},
        st.just("2012-10-17") | values,
        st.lists(statements | values, max_size=3) | statements | values,
    ),
    st.sampled_from(["identity", "resource", "trust", "scp", "rcp", "session", "endpoint", "key"]),
)
def test_whatever_a_document_holds_it_is_read_or_refused_with_a_place(body, kind):
    read = read_documents([PolicyText("a", json.dumps(body), kind), PolicyText("b", GOOD, "identity")])
    assert read.policies[-1].name == "b"
    assert all(one.file == "a" and one.message for one in read.problems)
    assert len(read.policies) == 2 or read.problems
    for policy in read.policies:
        assert all(one.message and one.source for one in lint.lint(policy))
