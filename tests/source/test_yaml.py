"""Expected positions are counted by hand in the texts; types follow YAML 1.2 and CloudFormation."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.source import Document, InputError, Position, parse_yaml
from ringwork.source.document import MAX_DEPTH

TEXT = """\
name: acme   # a comment
teams:
  risk:
    data: {claims: {class: restricted}}
    list:
    - one
    - two: 2
"""


def at(document: Document, *path: str | int) -> tuple[int, int]:
    position = document.position(*path)
    return position.line, position.column


def key_at(document: Document, *path: str | int) -> tuple[int, int]:
    position = document.key_position(*path)
    return position.line, position.column


def test_every_value_and_key_has_its_place() -> None:
    document = parse_yaml(TEXT, "b.yaml")
    assert document.value == {
        "name": "acme",
        "teams": {"risk": {"data": {"claims": {"class": "restricted"}}, "list": ["one", {"two": 2}]}},
    }
    assert document.position("name") == Position("b.yaml", 1, 7)
    assert key_at(document, "name") == (1, 1)
    assert at(document, "teams") == (3, 3)
    assert key_at(document, "teams") == (2, 1)
    assert at(document, "teams", "risk", "data", "claims", "class") == (4, 28)
    assert key_at(document, "teams", "risk", "data", "claims") == (4, 12)
    assert at(document, "teams", "risk", "list", 1, "two") == (7, 12)
    assert at(document, "teams", "risk", "list", 0) == (6, 7)


def test_an_absent_value_has_the_place_of_its_nearest_parent() -> None:
    document = parse_yaml(TEXT, "b.yaml")
    assert at(document, "teams", "risk", "models", "x") == (4, 5)
    assert at(document, "teams", "risk", "list", 7) == (6, 5)
    assert key_at(document, "nothing") == (1, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("no", "no"), ("Off", "Off"), ("y", "y"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("12", 12), ("-3", -3), ("0", 0), ("0x1F", 31), ("1.5", 1.5), ("1e3", 1000.0),
        ("1_000", "1_000"), ("22:22", "22:22"), ("2012-10-17", "2012-10-17"), (".inf", ".inf"),
        ("'12'", "12"), ('"012"', "012"), ("!!str 12", "12"), ("10.0.0.0/8", "10.0.0.0/8"),
        ("1e999", "1e999"),
    ],
)  # fmt: skip
def test_our_own_files_follow_yaml_1_2(text: str, value: object) -> None:
    got = parse_yaml(f"a: {text}\n", "f").value["a"]
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("text", ["012", "012345678901", "-07", "0o17", "0b11"])
def test_numbers_that_yaml_versions_read_differently_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=f"`{text}` without quotes") as caught:
        parse_yaml(f"port:\n  a: {text}\n", "f")
    assert caught.value.position == Position("f", 2, 6)
    assert "quotes" in caught.value.message
    assert text in (caught.value.help or "")


@pytest.mark.parametrize("key", ["on", "no", "012", "111122223333", "null", "1.5"])
def test_keys_are_text_as_written(key: str) -> None:
    assert parse_yaml(f"{key}: 1\n", "f").value == {key: 1}
    assert parse_yaml(f"{key}: 1\n", "f", cloudformation=True).value == {key: 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True), ("Off", False), ("no", False), ("y", "y"),
        # people measured these at CloudFormation: 0300 became 192, and 012345670123 became 1402433619
        ("0300", 192), ("012345670123", 1402433619),
        # ... and 012345678901, which is not octal, became the number 1.2345678901E10
        ("012345678901", 12345678901.0),
        ("111122223333", 111122223333), ("1_000", 1000), ("1:30", 90), ("0b11", 3),
        ("2012-10-17", "2012-10-17"), ("1.5", 1.5), ("0.1", 0.1), ("'0300'", "0300"), ("0", 0),
        ("10.0.0.0/8", "10.0.0.0/8"), ("0_8", 8.0), (".nan", ".nan"),
    ],
)  # fmt: skip
def test_templates_follow_yaml_1_1_as_cloudformation_does(text: str, value: object) -> None:
    got = parse_yaml(f"a: {text}\n", "f", cloudformation=True).value["a"]
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Vpc", {"Ref": "Vpc"}),
        ("!Ref 12", {"Ref": "12"}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!GetAtt Vpc.CidrBlock", {"Fn::GetAtt": ["Vpc", "CidrBlock"]}),
        ("!GetAtt Nested.Outputs.Id", {"Fn::GetAtt": ["Nested", "Outputs.Id"]}),
        ("!GetAtt [Vpc, CidrBlock]", {"Fn::GetAtt": ["Vpc", "CidrBlock"]}),
        ("!Sub '${A}-b'", {"Fn::Sub": "${A}-b"}),
        ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ("!If [C, !Ref A, !Ref AWS::NoValue]", {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
    ],
)
def test_short_forms_become_long_ones(short: str, long: object) -> None:
    assert parse_yaml(f"a: {short}\n", "f", cloudformation=True).value == {"a": long}


def test_short_forms_have_places() -> None:
    document = parse_yaml("a:\n  b: !If\n    - C\n    - !Ref X\n", "f", cloudformation=True)
    assert at(document, "a", "b") == (2, 6)
    assert at(document, "a", "b", "Fn::If", 1, "Ref") == (4, 7)
    assert at(document, "a", "b", "Fn::If", 0) == (3, 7)


@pytest.mark.parametrize(
    ("text", "line", "column", "fragment"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "key `a` is given twice"),
        ("a: !Ref x\n", 1, 4, "tag `!Ref` is not known here"),
        ("a: !!python/object:os.system x\n", 1, 4, "tag `!!python/object:os.system` is not supported"),
        ("a: !!binary aGk=\n", 1, 4, "tag `!!binary`"),
        ("a: *x\n", 1, 4, "alias `*x` has no anchor"),
        ("a: &x [*x]\n", 1, 8, "inside its own anchor"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second YAML document"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed"),
        ("a:\n\tb: 1\n", 2, 1, "cannot start any token"),
        ("a: 'open\n", 2, 1, "unexpected end of stream"),
        ("? [x, y]\n: 1\n", 1, 3, "a key must be plain text"),
        ("a: x\x07y\n", 1, 5, "U+0007"),
        ("<<: 3\n", 1, 5, "`<<` needs a mapping"),
        ("a: !!int x\n", 1, 4, "not of type"),
    ],
)
def test_what_cannot_be_read_is_one_located_error(text: str, line: int, column: int, fragment: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    assert fragment in caught.value.message
    assert caught.value.position == Position("f.yaml", line, column)


def test_merge_keys_fill_in_what_is_not_given() -> None:
    text = "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nmany:\n  <<: [{x: 7}, *b]\n"
    document = parse_yaml(text, "f")
    assert document.value["use"] == {"x": 1, "y": 3}
    assert document.value["many"] == {"x": 7, "y": 2}
    assert at(document, "use", "x") == (1, 14)
    assert at(document, "use", "y") == (4, 6)


def test_a_quoted_merge_sign_is_a_plain_key() -> None:
    assert parse_yaml("'<<': 3\n", "f").value == {"<<": 3}


def test_an_alias_stands_where_it_is_written_and_its_inside_where_the_anchor_is() -> None:
    document = parse_yaml("a: &x {k: v}\nb: *x\n", "f")
    assert at(document, "b") == (2, 4)
    assert at(document, "b", "k") == (1, 11)


def test_alias_bombs_are_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(InputError, match="aliases expanded"):
        parse_yaml("\n".join(lines), "f")


@pytest.mark.parametrize("opener", ["[", "{a: "])
def test_deep_nesting_is_refused(opener: str) -> None:
    with pytest.raises(InputError, match=f"deeper than {MAX_DEPTH}"):
        parse_yaml(opener * 100_000, "f")


def test_nesting_through_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 200)]
    with pytest.raises(InputError, match=f"deeper than {MAX_DEPTH}"):
        parse_yaml("\n".join(lines), "f")


def test_an_empty_file_has_no_value() -> None:
    assert parse_yaml("# nothing\n", "f").value is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_pyyaml_writes_is_read_back(value: object) -> None:
    text = yaml.safe_dump(json.loads(json.dumps(value)), allow_unicode=False)
    assert parse_yaml(text, "f", cloudformation=True).value == value


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@#?,.0189 \t\n\r\u2028\ufeff\x00é\ud800")), st.booleans())
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str, cloudformation: bool) -> None:
    try:
        parse_yaml(text, "f", cloudformation=cloudformation)
    except InputError as error:
        assert error.position is not None
        # libyaml counts \r, U+0085, U+2028 and U+2029 as line breaks too
        assert 1 <= error.position.line <= len((text + "x").splitlines())
