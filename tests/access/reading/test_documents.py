"""What of a document that is not fully known is kept, statement by statement, and what AWS refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringwork.access import PolicyKind
from ringwork.access.authority import Document
from ringwork.access.reading.documents import Documents
from ringwork.access.reading.names import Names
from ringwork.estate import Estate, Text, Unknown

from .estates import allow, deny, document

U = Unknown("why")


def read(body: Any, kind: PolicyKind = "identity") -> Document:
    return Documents(Names(Estate(()))).read(body, kind=kind, name="p", key="k", path=("P",))


def statements(body: Any, kind: PolicyKind = "identity") -> tuple[Any, Any]:
    found = read(body, kind)
    return found.wider.document["Statement"], found.narrower.document["Statement"]


def test_what_is_known_is_one_object() -> None:
    found = read(document(allow("s3:GetObject")))
    assert found.known
    assert found.wider is found.narrower
    assert found.unknown == ()


def test_equal_documents_are_parsed_once() -> None:
    documents = Documents(Names(Estate(())))
    one, two = (
        documents.read(document(allow("s3:GetObject")), kind="identity", name=name, key=name, path=())
        for name in ("one", "two")
    )
    assert one.wider.statements is two.wider.statements
    assert (one.wider.name, two.wider.name) == ("one", "two")


def test_an_unknown_resource_of_an_allow_is_any_or_none() -> None:
    wide, narrow = statements(document(allow("s3:GetObject", ("arn:aws:s3:::a", U))))
    assert wide == [allow("s3:GetObject", ["arn:aws:s3:::a", "*"])]
    assert narrow == [allow("s3:GetObject", ["arn:aws:s3:::a"])]
    wide, narrow = statements(document(allow("s3:GetObject", U)))
    assert wide == [allow("s3:GetObject", ["*"])]
    assert narrow == []


def test_an_unknown_resource_of_a_deny_is_none_or_any() -> None:
    wide, narrow = statements(document(deny("s3:GetObject", ("arn:aws:s3:::a", U))))
    assert wide == [deny("s3:GetObject", ["arn:aws:s3:::a"])]
    assert narrow == [deny("s3:GetObject", ["arn:aws:s3:::a", "*"])]


def test_what_is_known_of_an_arn_is_kept() -> None:
    wide, _ = statements(document(allow("s3:GetObject", Text(("arn:aws:s3:::data-", U, "/*")))))
    assert wide[0]["Resource"] == ["arn:aws:s3:::data-*/*"]
    # what stands before the fifth colon may have colons in it
    wide, _ = statements(document(allow("s3:GetObject", Text(("arn:aws:", U, ":::data/*")))))
    assert wide[0]["Resource"] == ["arn:aws:*"]


def test_an_unknown_action_keeps_its_service() -> None:
    wide, narrow = statements(document(allow((Text(("s3:", U)), U))))
    assert wide[0]["Action"] == ["s3:*", "*"]
    assert narrow == []


def test_an_exception_that_is_not_known_is_none_or_all() -> None:
    body = {"Effect": "Allow", "NotAction": ("iam:*", U), "Resource": "*"}
    wide, narrow = statements(document(body))
    assert wide == [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]
    assert narrow == []
    body = {"Effect": "Allow", "Action": "s3:*", "NotResource": U}
    wide, narrow = statements(document(body))
    assert wide == [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
    assert narrow == []


def test_an_unknown_principal_is_anybody_or_nobody() -> None:
    wide, narrow = statements(document(allow("s3:*", Principal={"AWS": ("111122223333", U)})), "resource")
    assert wide[0]["Principal"] == "*"
    assert narrow[0]["Principal"] == {"AWS": ["111122223333"]}


def test_a_condition_that_is_not_known_holds_or_does_not() -> None:
    body = document(allow("s3:*", Condition={"StringEquals": {"aws:PrincipalOrgID": U}}))
    wide, narrow = statements(body)
    assert wide == [allow("s3:*")]
    assert narrow == []
    # the widest that a negated operator can be is with the values that are known
    body = document(deny("s3:*", Condition={"StringNotEquals": {"aws:SourceVpce": ("vpce-1", U)}}))
    wide, narrow = statements(body)
    # without the key it holds whatever the value
    assert wide == [deny("s3:*", Condition={"Null": {"aws:SourceVpce": "true"}})]
    assert narrow == [deny("s3:*", Condition={"StringNotEquals": {"aws:SourceVpce": ["vpce-1"]}})]


def test_a_pattern_of_which_a_part_is_not_known_stays_a_pattern() -> None:
    part = Text(("arn:aws:iam::*:role/", U))
    body = document(
        deny("s3:*", Condition={"ArnNotLike": {"aws:PrincipalArn": (part, "arn:aws:iam::1:root")}})
    )
    wide, _ = statements(body)
    assert wide[0]["Condition"] == {
        "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::1:root", "arn:aws:iam::*:role/*"]}
    }


def test_a_document_of_which_nothing_is_known_allows_and_denies_all() -> None:
    for body in (U, {"Version": "2012-10-17", "Statement": U}):
        wide, narrow = statements(body)
        assert wide == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
        assert narrow == [{"Effect": "Deny", "Action": "*", "Resource": "*"}]
        assert read(body).unknown == ("why",)


def test_statements_keep_their_places_where_others_are_left_out() -> None:
    found = read(document(allow("s3:GetObject", U), allow("s3:PutObject")))
    assert found.place(1, wider=True) == ("k", ("P", "Statement", 1))
    assert found.place(0, wider=False) == ("k", ("P", "Statement", 1))


def test_a_version_that_is_not_known_matters_where_there_are_variables() -> None:
    plain = {"Version": U, "Statement": [allow("s3:GetObject")]}
    assert statements(plain)[1] == [allow("s3:GetObject")]
    variable = {"Version": U, "Statement": [allow("s3:GetObject", "arn:aws:s3:::${aws:username}")]}
    assert statements(variable)[1] == [{"Effect": "Deny", "Action": "*", "Resource": "*"}]


def test_json_text_is_read_also_percent_encoded_and_with_holes() -> None:
    body = document(allow("s3:GetObject", "arn:aws:s3:::a b/*"))
    assert read(json.dumps(body)).wider.document == body
    from urllib.parse import quote

    assert read(quote(json.dumps(body), safe="")).wider.document == body
    before, after = json.dumps(document(allow("s3:GetObject", "arn:aws:s3:::HERE/*"))).split("HERE")
    wide, narrow = statements(Text((before, U, after)))
    assert wide[0]["Resource"] == ["arn:aws:s3:::*/*"]
    assert narrow == []
    # a hole that is no text of its own could be anything
    wide, narrow = statements(Text(('{"Version": "2012-10-17", "Statement": ', U, "}")))
    assert narrow == [{"Effect": "Deny", "Action": "*", "Resource": "*"}]


@pytest.mark.parametrize(
    ("body", "message", "pointer"),
    [
        ("{", "the policy is not JSON", ""),
        ([], "the policy is not a JSON object", ""),
        ({"Version": "2012-10-17"}, "there is no Statement", ""),
        (document({"Effect": "Allow", "Resource": "*"}), "neither Action nor NotAction", "/Statement/0"),
        (document(allow("s3")), "is not an action", "/Statement/0/Action"),
        (document(allow("s3:GetObject", "data")), "neither an ARN nor", "/Statement/0/Resource"),
        (
            document(allow(), allow("s3:*", Condition={"Like": {"a:b": "c"}})),
            "unknown condition operator",
            None,
        ),
        (document(allow("s3:*", (U, "data"))), "neither an ARN nor", "/Statement/0/Resource/1"),
    ],
)
def test_what_aws_refuses_is_said_with_its_place(body: Any, message: str, pointer: str | None) -> None:
    said: list[tuple[str, str]] = []
    found = Documents(Names(Estate(()))).read(
        body, kind="identity", name="p", key="k", path=(), note=lambda *what: said.append(what)
    )
    ((text, where),) = said
    assert message in text
    assert pointer is None or where == pointer
    # and it neither allows nor denies anything for certain
    assert not found.known
    assert "AWS would not accept it" in found.unknown[0]
