"""Policies that are not accepted, and where the error points (RFC 6901).

IAM user guide, "IAM JSON policy reference", "Grammar of the IAM JSON policy language"; Organizations user
guide, "SCP syntax", "RCP syntax".
"""

from __future__ import annotations

import json

import pytest

from ringwork.access import PolicyError, parse

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


def document(*statements, **more):
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


CASES = [
    # what is wrong, kind, document, pointer
    ("no object", "identity", "[]", ""),
    ("no JSON", "identity", "{", ""),
    ("a name twice", "identity", '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}', ""),
    ("no statement", "identity", {"Version": "2012-10-17"}, ""),
    ("empty", "identity", document(), "/Statement"),
    ("statements no list", "identity", {"Version": "2012-10-17", "Statement": "Allow"}, "/Statement"),
    ("statement no object", "identity", document("Allow"), "/Statement/0"),
    ("unknown version", "identity", document(GOOD, Version="2015-01-01"), "/Version"),
    ("number as version", "identity", document(GOOD, Version=2012), "/Version"),
    ("unknown element above", "identity", document(GOOD, Statements=[]), "/Statements"),
    ("unknown element", "identity", document({**GOOD, "Actions": "*"}), "/Statement/0/Actions"),
    ("slash in a name", "identity", document({**GOOD, "a/b~c": 1}), "/Statement/0/a~1b~0c"),
    ("no effect", "identity", document(without("Effect")), "/Statement/0"),
    ("effect in small letters", "identity", document({**GOOD, "Effect": "allow"}), "/Statement/0/Effect"),
    ("no action", "identity", document(without("Action")), "/Statement/0"),
    ("both actions", "identity", document({**GOOD, "NotAction": "s3:*"}), "/Statement/0/NotAction"),
    ("empty actions", "identity", document({**GOOD, "Action": []}), "/Statement/0/Action"),
    ("action without service", "identity", document({**GOOD, "Action": "GetObject"}), "/Statement/0/Action"),
    (
        "second action",
        "identity",
        document({**GOOD, "Action": ["s3:Get*", "s3 Get"]}),
        "/Statement/0/Action/1",
    ),
    ("number as action", "identity", document({**GOOD, "Action": ["s3:Get*", 1]}), "/Statement/0/Action/1"),
    ("no resource", "identity", document(without("Resource")), "/Statement/0"),
    ("both resources", "identity", document({**GOOD, "NotResource": "*"}), "/Statement/0/NotResource"),
    ("resource no ARN", "identity", document(GOOD, {**GOOD, "Resource": "data"}), "/Statement/1/Resource"),
    (
        "second resource",
        "identity",
        document({**GOOD, "Resource": ["*", "data"]}),
        "/Statement/0/Resource/1",
    ),
    ("principal", "identity", document({**GOOD, "Principal": "*"}), "/Statement/0/Principal"),
    ("the Sid twice", "identity", document({**GOOD, "Sid": "A"}, {**GOOD, "Sid": "A"}), "/Statement"),
    ("a Sid with spaces", "identity", document({**GOOD, "Sid": "Read all"}), "/Statement/0/Sid"),
    ("a number as Sid", "identity", document({**GOOD, "Sid": 1}), "/Statement/0/Sid"),
    ("condition no object", "identity", document({**GOOD, "Condition": []}), "/Statement/0/Condition"),
    (
        "operator no object",
        "identity",
        document({**GOOD, "Condition": {"Bool": "true"}}),
        "/Statement/0/Condition/Bool",
    ),
    (
        "key without service",
        "identity",
        document({**GOOD, "Condition": {"StringEquals": {"SourceIp": "a"}}}),
        "/Statement/0/Condition/StringEquals/SourceIp",
    ),
    (
        "value no text, key with a slash",
        "identity",
        document({**GOOD, "Condition": {"StringEquals": {"aws:RequestTag/team": {}}}}),
        "/Statement/0/Condition/StringEquals/aws:RequestTag~1team",
    ),
    (
        "no value",
        "identity",
        document({**GOOD, "Condition": {"StringEquals": {"aws:x": None}}}),
        "/Statement/0/Condition/StringEquals/aws:x",
    ),
    ("no principal", "resource", document(GOOD), "/Statement/0"),
    (
        "both principals",
        "resource",
        document({**GOOD, "Effect": "Deny", "Principal": "*", "NotPrincipal": "*"}),
        "/Statement/0/NotPrincipal",
    ),
    ("a name as principal", "resource", document({**GOOD, "Principal": "ada"}), "/Statement/0/Principal"),
    ("no principal at all", "resource", document({**GOOD, "Principal": {}}), "/Statement/0/Principal"),
    (
        "an empty list of principals",
        "resource",
        document({**GOOD, "Principal": {"AWS": []}}),
        "/Statement/0/Principal/AWS",
    ),
    (
        "unknown kind of principal",
        "resource",
        document({**GOOD, "Principal": {"User": "ada"}}),
        "/Statement/0/Principal/User",
    ),
    (
        "a number as principal",
        "resource",
        document({**GOOD, "Principal": {"AWS": [1]}}),
        "/Statement/0/Principal/AWS",
    ),
    (
        "a single statement",
        "identity",
        {"Version": "2012-10-17", "Statement": without("Action")},
        "/Statement",
    ),
    (
        "an RCP that allows a service",
        "rcp",
        document({**GOOD, "Principal": "*"}),
        "/Statement/0/Effect",
    ),
    (
        "an RCP for one account",
        "rcp",
        document({**GOOD, "Effect": "Deny", "Principal": {"AWS": "111122223333"}}),
        "/Statement/0/Principal",
    ),
    (
        "an RCP about every service",
        "rcp",
        document({**GOOD, "Effect": "Deny", "Principal": "*", "Action": "*"}),
        "/Statement/0/Action",
    ),
    ("an SCP with a principal", "scp", document({**GOOD, "Principal": "*"}), "/Statement/0/Principal"),
]


@pytest.mark.parametrize(
    ("kind", "given", "pointer"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_malformed_is_refused_and_pointed_at(kind, given, pointer):
    with pytest.raises(PolicyError) as caught:
        parse(given, kind=kind)
    assert caught.value.pointer == pointer
    assert str(caught.value).endswith(f"at `{pointer or '/'}`")


@pytest.mark.parametrize("kind", ["identity", "boundary", "session", "scp", "rcp", "trust", "key"])
def test_only_a_resource_s_and_an_endpoint_s_policy_may_be_empty(kind):
    with pytest.raises(PolicyError):
        parse(document(), kind=kind)


def test_a_version_that_is_left_out_is_that_of_2008():
    """AWS: "IAM JSON policy elements: Version": 2008-10-17 is the default, and has no variables."""
    whole = parse({"Statement": [{**GOOD, "Resource": "arn:aws:s3:::${aws:username}"}]}, kind="identity")
    assert whole.statements[0].names_resource("arn:aws:s3:::${aws:username}", {"aws:username": "ada"})


def test_one_statement_need_not_be_in_a_list_nor_one_action():
    alone = {"Version": "2012-10-17", "Statement": {**GOOD, "Action": ["s3:GetObject"], "Resource": ["*"]}}
    listed = parse(json.dumps(document(GOOD)), kind="identity")
    for found in (parse(alone, kind="identity"), listed):
        assert [s.names_action("s3:GetObject") for s in found.statements] == [True]


def test_a_document_nested_without_end_is_refused():
    with pytest.raises(PolicyError):
        parse("[" * 100_000, kind="identity")
