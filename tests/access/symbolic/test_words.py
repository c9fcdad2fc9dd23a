"""Languages of patterns against every short text, which the plain matchers decide one by one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.access.symbolic import strings
from ringwork.access.symbolic.words import (
    AROUND,
    INSIDE,
    OVERLAP,
    TooManyStatesError,
    _refined,
    _word,
    enough,
    language,
    relation,
    word,
)

SHORT = ["".join(letters) for length in range(6) for letters in itertools.product("aB:", repeat=length)]
patterns = st.text(alphabet="aB:*?", max_size=5)
kinds = st.sampled_from(["equals", "equals-any-case", "glob"])
languages = st.builds(language, kinds, patterns)

SEGMENTS = ["*", "a", "?", "a*", "*a", "", "*a*"]
arns = st.builds(
    lambda parts: ":".join(["arn", *parts]),
    st.lists(st.sampled_from(SEGMENTS), min_size=2, max_size=6),
)
of_arns = st.builds(language, st.sampled_from(["arn", "resource", "completed"]), arns)
ARNS = [
    ":".join(["arn", *parts])
    for parts in itertools.chain(
        itertools.product(["", "a", "b"], repeat=5), itertools.product(["", "a"], repeat=6)
    )
]


def check(one, other, texts):
    said = relation(one, other)
    for text in texts:
        mine, theirs = one.accepts(text), other.accepts(text)
        assert not (mine and theirs) or said & OVERLAP, text
        assert not (mine and not theirs) or not said & INSIDE, text
        assert not (theirs and not mine) or not said & AROUND, text


@settings(max_examples=300, deadline=None)
@given(languages, languages)
def test_a_relation_holds_of_every_short_text(one, other):
    check(one, other, SHORT)


@settings(max_examples=300, deadline=None)
@given(languages, languages)
def test_a_relation_that_is_denied_has_a_text_that_shows_it(one, other):
    """Overlap comes with a common word; what is not contained leaves one over."""
    said = relation(one, other)
    common = word([one, other], [])
    assert (common is not None) == bool(said & OVERLAP)
    if common is not None:
        assert one.accepts(common)
        assert other.accepts(common)
    left = word([one], [other])
    assert (left is None) == bool(said & INSIDE)
    if left is not None:
        assert one.accepts(left)
        assert not other.accepts(left)


@settings(max_examples=300, deadline=None)
@given(of_arns, of_arns)
def test_relations_of_arn_patterns_hold_of_every_short_arn(one, other):
    check(one, other, ARNS)


@settings(max_examples=200, deadline=None)
@given(st.lists(languages, max_size=3), st.lists(languages, max_size=3))
def test_where_no_word_is_found_no_short_text_fits(inside, outside):
    found = word(inside, outside)
    if found is not None:
        assert all(one.accepts(found) for one in inside)
        assert not any(one.accepts(found) for one in outside)
        return
    for text in SHORT:
        fits = all(one.accepts(text) for one in inside) and not any(one.accepts(text) for one in outside)
        assert not fits, text


@given(st.lists(languages, min_size=1, max_size=3), st.lists(languages, max_size=6))
def test_few_of_the_refused_languages_are_enough(inside, outside):
    """The shortest word among those that fewer refuse is as short as the shortest of all that all refuse."""
    whole = _word(tuple(inside), tuple(outside))
    found, refusing = _refined(inside, outside)
    assert (found is None) == (whole is None)
    if found is not None:
        assert len(found) == len(whole)
        assert all(one.accepts(found) for one in inside)
        assert not any(one.accepts(found) for one in outside)
    few = enough(inside, outside)
    assert {one.text for one in (*few, *refusing)} <= {one.text for one in outside}
    if whole is None:
        assert _word(tuple(inside), tuple(few)) is None


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("arn:aws:s3:::data/*", "arn:aws:s3:::data/*/x", OVERLAP | AROUND),
        ("arn:aws:s3:::data/*", "arn:aws:s3:::other/*", 0),
        ("arn:aws:s3:::data*", "arn:aws:s3:::*data", OVERLAP),
        ("arn:aws:iam::*:role/a", "arn:aws:iam::111122223333:role/*", OVERLAP),
        ("arn:aws:s3*", "arn:aws:s3:::data", OVERLAP | AROUND),
    ],
)
def test_patterns_of_identity_policies(one, other, said):
    assert relation(language("completed", one), language("completed", other)) == said


MANY = [language("glob", f"*w{number:02}*") for number in range(14)]
NONE = [language("glob", f"*v{number:02}*") for number in range(14)]


def test_a_search_that_grows_too_large_says_so(monkeypatch):
    monkeypatch.setattr(strings, "available", lambda: False)
    with pytest.raises(TooManyStatesError):
        word(MANY, NONE)


def test_cvc5_takes_over_where_a_search_grows_too_large():
    pytest.importorskip("cvc5")
    found = word(MANY, NONE)
    assert found is not None
    assert all(one.accepts(found) for one in MANY)
    assert not any(one.accepts(found) for one in NONE)


@settings(max_examples=60, deadline=None)
@given(st.lists(languages, min_size=1, max_size=3), st.lists(languages, max_size=2))
def test_cvc5_agrees_with_the_search(inside, outside):
    pytest.importorskip("cvc5")
    if any(not one.rows for one in (*inside, *outside)):
        return
    decided, found = strings.word([one.rows for one in inside], [one.rows for one in outside])
    assert decided is not None
    assert decided == (word(inside, outside) is not None)
    if found is not None:
        assert all(one.accepts(found) for one in inside)
        assert not any(one.accepts(found) for one in outside)
