"""Places of a text that was written here are those that the decoder finds in it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ringwork.source import parse_json, written

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30
)


@given(VALUES)
def test_every_place_is_where_the_decoder_finds_the_value(value: Any) -> None:
    found, read = written(value, "t.json"), parse_json(json.dumps(value, indent=2) + "\n", "t.json")
    assert found.root == read.root
    assert found.value == read.value


def test_a_nested_value_by_hand() -> None:
    value = {"a": {}, "Grü\\n": [1, {"b": "x"}], "c": True}
    # {
    #   "a": {},
    #   "Gr\\u00fc\\\\n": [
    #     1,
    #     {
    #       "b": "x"
    found = written(value, "t.json")
    assert (found.position("a").line, found.position("a").column) == (2, 8)
    assert (found.position("Grü\\n", 1, "b").line, found.position("Grü\\n", 1, "b").column) == (6, 12)
    assert (found.key_position("c").line, found.key_position("c").column) == (9, 3)
