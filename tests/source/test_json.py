from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.source import InputError, Position, parse_json
from ringwork.source.document import MAX_DEPTH

TEXT = '{\n  "a": [1, {"b": "x\\u00e9\\n"}],\n\t"c" : null\n}\n'


def test_every_value_and_key_has_its_place() -> None:
    document = parse_json(TEXT, "t.json")
    assert document.value == {"a": [1, {"b": "xé\n"}], "c": None}
    assert document.position() == Position("t.json", 1, 1)
    assert document.position("a", 1, "b") == Position("t.json", 2, 18)
    assert document.key_position("a", 1, "b") == Position("t.json", 2, 13)
    assert document.key_position("c") == Position("t.json", 3, 2)
    assert document.position("c", "no") == Position("t.json", 3, 8)


@pytest.mark.parametrize(
    ("text", "line", "column", "fragment"),
    [
        ("", 1, 1, "the file ends where a JSON value"),
        ('{"a": 1', 1, 8, "`,` or `}`"),
        ('{"a": 1,\n}', 2, 1, "no comma before `}`"),
        ("[1, ]", 1, 5, "no comma before `]`"),
        ("[1 2]", 1, 4, "`2` stands where `,` or `]`"),
        ('{"a" 1}', 1, 6, "where `:` is expected"),
        ("{a: 1}", 1, 2, "`a` is not a JSON value"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ('{"a": 1, "a": 2}', 1, 10, "key `a` is given twice"),
        ("[NaN]", 1, 2, "`NaN` is not a JSON value"),
        ("[012]", 1, 2, "`012` is not a JSON value"),
        ("[1e999]", 1, 2, "too large"),
        ('["\\ud800"]', 1, 2, "surrogate"),
        ('["\\q"]', 1, 3, "`\\q` is not an escape"),
        ('["a\tb"]', 1, 4, "control character"),
        ('["open]', 1, 2, "no closing quote"),
        ("[] []", 1, 4, "after the end"),
        ("// hi\n{}", 1, 1, "no comments"),
        ("\u00a0{}", 1, 1, "not a JSON value"),
    ],
)
def test_what_is_not_json_is_one_located_error(text: str, line: int, column: int, fragment: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(text, "t.json")
    assert fragment in caught.value.message
    assert caught.value.position == Position("t.json", line, column)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InputError, match=f"deeper than {MAX_DEPTH}"):
        parse_json("[" * 100_000, "t.json")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_agrees_with_the_standard_decoder(value: object, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert parse_json(text, "f").value == value


@settings(max_examples=400)
@given(st.text(st.sampled_from('{}[],:"\\untrue0189.eE+-/\t\n ')))
def test_accepts_exactly_what_the_standard_decoder_does(text: str) -> None:
    """Apart from what this one refuses on purpose: constants, duplicate keys, infinity, surrogates."""

    def refuse(*_: object) -> object:
        raise ValueError

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({k for k, _ in pairs}) < len(pairs):
            raise ValueError
        return dict(pairs)

    def finite(text: str) -> float:
        if math.isinf(float(text)):
            raise ValueError
        return float(text)

    try:
        expected = json.loads(
            text, parse_constant=refuse, object_pairs_hook=unique, parse_float=finite
        )  # fmt: skip
    except ValueError:
        with pytest.raises(InputError):
            parse_json(text, "f")
        return
    assert parse_json(text, "f").value == expected
