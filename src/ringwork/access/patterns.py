"""Wildcards, ARN patterns and policy variables.

Sources: IAM user guide, "IAM JSON policy elements: Resource" (wildcards in resource ARNs), "IAM identifiers"
(incomplete ARNs), "IAM JSON policy elements: Condition operators" (ARN operators), "Policy elements:
variables and tags" (variables, default values, variables without value).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

Matcher: TypeAlias = Callable[[str], bool]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,]+?)\s*,\s*'(.*)'\s*", re.DOTALL)
_STAR, _MARK = "\ue000", "\ue001"
"""Stand for a literal `*` and `?` while a pattern is put together (private use characters)."""

SEGMENTS = 6
"""arn:partition:service:region:account:resource"""


class UnresolvedError(Exception):
    """A policy variable has no value in this request and no default."""


def has_variable(text: str) -> bool:
    """Whether `text` has a policy variable (`${aws:username}`) or an escape (`${*}`)."""
    return "${" in text


def variables(text: str) -> list[str]:
    """The keys that the variables of `text` stand for, lower case."""
    found = []
    for inside in _VARIABLE.findall(text):
        default = _DEFAULT.fullmatch(inside)
        name = (default[1] if default else inside).strip().lower()
        if name not in ("*", "?", "$"):
            found.append(name)
    return found


def has_default(text: str, name: str) -> bool:
    """Whether every variable of `text` for the key `name` (lower case) says what to take without a value."""
    found = [
        _DEFAULT.fullmatch(inside)
        for inside in _VARIABLE.findall(text)
        if inside.partition(",")[0].strip().lower() == name
    ]
    return all(found)


def substitute(text: str, context: Mapping[str, str | tuple[str, ...]]) -> str:
    """`text` with its variables replaced; `context` has lower-case names.

    Raises `UnresolvedError` for a key that is missing and has no default, and for a multivalued one, which
    cannot be a variable.
    """

    def value(match: re.Match[str]) -> str:
        inside = match[1]
        if inside in ("*", "?", "$"):
            return {"*": _STAR, "?": _MARK, "$": "$"}[inside]
        default = _DEFAULT.fullmatch(inside)
        name = (default[1] if default else inside).strip().lower()
        found = context.get(name)
        if isinstance(found, str):
            # what a request brings is text, never a wildcard
            return found.replace("*", _STAR).replace("?", _MARK)
        if default and found is None:
            return default[2].replace("''", "'").replace("*", _STAR).replace("?", _MARK)
        raise UnresolvedError(name)

    return _VARIABLE.sub(value, text)


def widened(text: str, context: Mapping[str, str | tuple[str, ...]]) -> str:
    """`text` with its variables replaced, those without a value by `*`: it matches at least what `text` does,
    whatever their values."""

    def value(match: re.Match[str]) -> str:
        try:
            return substitute(match[0], context)
        except UnresolvedError:
            return "*"

    return _VARIABLE.sub(value, text)


def without_defaults(text: str, names: Iterable[str]) -> str:
    """`text` with the defaults of the variables for these keys (lower case) left out."""

    def bare(match: re.Match[str]) -> str:
        name = match[1].partition(",")[0].strip()
        return f"${{{name}}}" if name.lower() in names else match[0]

    return _VARIABLE.sub(bare, text)


def escaped_beside_variables(text: str) -> str:
    """`text` with each `*` and `?` outside its variables standing for itself in a pattern."""
    parts = re.split(r"(\$\{[^}]*\})", text)
    return "".join(
        part if place % 2 else part.replace("*", _STAR).replace("?", _MARK)
        for place, part in enumerate(parts)
    )


def literal(text: str) -> str:
    """A substituted text without wildcards: escapes become what they stand for."""
    return text.replace(_STAR, "*").replace(_MARK, "?")


@functools.lru_cache(maxsize=65536)
def glob(pattern: str, *, any_case: bool = False) -> Matcher:
    """A matcher for a pattern in which `*` is any text and `?` any one character."""
    if any_case:
        pattern = pattern.lower()
    if "*" not in pattern and "?" not in pattern:
        text = literal(pattern)
        return (lambda value: value.lower() == text) if any_case else text.__eq__
    if pattern.strip("*") == "":
        return lambda _: True
    head = pattern[:-1]
    if pattern.endswith("*") and "*" not in head and "?" not in head:
        start = literal(head)
        if any_case:
            return lambda value: value.lower().startswith(start)
        return lambda value: value.startswith(start)
    test = _globbed(pattern)
    return (lambda value: test(value.lower())) if any_case else test


def _globbed(pattern: str) -> Matcher:
    """The parts between the stars, each as early as it can be: never slower than pattern times text, whatever
    the pattern (a policy is not trusted, and an expression with many stars can take years)."""
    first, *middle, last = pattern.split("*") if "*" in pattern else (pattern, None)
    if last is None:
        whole = _marked(first)
        return lambda value: len(value) == len(first) and whole(value, 0) == 0
    head, tail = _marked(first), _marked(last)
    parts = [(_marked(part), len(part)) for part in middle if part]
    least = len(first) + len(last) + sum(length for _, length in parts)

    def matches(value: str) -> bool:
        end = len(value) - len(last)
        if len(value) < least or head(value[: len(first)], 0) != 0 or tail(value[end:], 0) != 0:
            return False
        position, body = len(first), value[:end]
        for find, length in parts:
            position = find(body, position)
            if position < 0:
                return False
            position += length
        return True

    return matches


def _marked(part: str) -> Callable[[str, int], int]:
    """Where a part without stars is first found in a text, from a position on; -1: nowhere."""
    if "?" not in part:
        text = literal(part)
        return lambda value, start: value.find(text, start)
    compiled = re.compile("".join("." if c == "?" else re.escape(literal(c)) for c in part), re.DOTALL)

    def find(value: str, start: int) -> int:
        found = compiled.search(value, start)
        return -1 if found is None else found.start()

    return find


@functools.lru_cache(maxsize=65536)
def arn(pattern: str) -> Matcher:
    """A matcher for ARNs in conditions: the six parts are compared one by one, so an incomplete pattern
    matches nothing."""
    if pattern.strip("*") == "":
        return lambda _: True
    parts = pattern.split(":", SEGMENTS - 1)
    if len(parts) != SEGMENTS:
        return lambda _: False
    matchers = [glob(part) for part in parts]

    def matches(value: str) -> bool:
        given = value.split(":", SEGMENTS - 1)
        return len(given) == SEGMENTS and all(
            matcher(part) for matcher, part in zip(matchers, given, strict=True)
        )

    return matches


@functools.lru_cache(maxsize=65536)
def resource(pattern: str, *, completed: bool) -> Matcher:
    """A matcher for the Resource element.

    Part for part as `arn`; besides, a `*` that ends a part may go on beyond its colon. `completed`: an
    incomplete ARN (`arn:aws:sqs`) gets `*` for the missing parts, as in identity policies. `*` alone
    matches every resource; a request without a resource (`*`) is matched by it alone.
    """
    if pattern.strip("*") == "":
        return lambda _: True
    parts = pattern.split(":", SEGMENTS - 1)
    if parts[0] != "arn":
        whole = glob(pattern)
        return lambda value: value != "*" and whole(value)
    tests = [arn(pattern)]
    if completed and len(parts) < SEGMENTS:
        tests.append(arn(":".join([*parts, *["*"] * (SEGMENTS - len(parts))])))
    if any(part.endswith("*") for part in parts[:5]):
        tests.append(_across(pattern))
    if len(tests) == 1:
        return tests[0]
    return lambda value: any(test(value) for test in tests)


_WITHIN, _ONE, _BEYOND = object(), object(), object()
"""Wildcards: any text in the part, one character, any text"""


def _across(pattern: str) -> Matcher:
    """The reading in which a `*` that ends one of the first five parts goes on beyond its colon."""
    tokens: list[object] = []
    for place, part in enumerate(parts := pattern.split(":", SEGMENTS - 1)):
        in_resource = place == SEGMENTS - 1
        for number, c in enumerate(part):
            ends = number == len(part) - 1
            if c == "*":
                tokens.append(_BEYOND if in_resource or ends else _WITHIN)
            else:
                tokens.append(_ONE if c == "?" else literal(c))
        if place < len(parts) - 1:
            tokens.append(":")
    colons = pattern.count(":")

    def after(states: Iterable[int]) -> set[int]:
        found: set[int] = set()
        for start in states:
            end = start
            while end < len(tokens) and tokens[end] in (_WITHIN, _BEYOND):
                end += 1
            found.update(range(start, end + 1))
        return found

    def matches(value: str) -> bool:
        if value.count(":") <= colons and colons == SEGMENTS - 1:
            return False  # nothing to go beyond
        states = after([0])
        for c in value:
            stepped = set()
            for state in states:
                token = tokens[state] if state < len(tokens) else None
                if token is _BEYOND or (token is _WITHIN and c != ":"):
                    stepped.add(state)
                elif token == c or (token is _ONE and c != ":"):
                    stepped.add(state + 1)
            if not stepped:
                return False
            states = after(stepped)
        return len(tokens) in states

    return matches
