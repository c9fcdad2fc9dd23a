"""Wildcards, ARN patterns and policy variables.

Sources: IAM user guide, "IAM JSON policy elements: Resource" (wildcards within the segments of an ARN),
"Policy elements: variables and tags" (variables, default values, variables without value).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
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


def substitute(text: str, context: Mapping[str, str | tuple[str, ...]]) -> str:
    """`text` with its variables replaced; `context` has lower-case names.

    Raises `UnresolvedError` for a key that is missing or multivalued and has no default.
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
        if default:
            return default[2].replace("''", "'").replace("*", _STAR).replace("?", _MARK)
        raise UnresolvedError(name)

    return _VARIABLE.sub(value, text)


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
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(literal(c)) for c in pattern)
    compiled = re.compile(expression, re.DOTALL)
    if any_case:
        return lambda value: compiled.fullmatch(value.lower()) is not None
    return lambda value: compiled.fullmatch(value) is not None


@functools.lru_cache(maxsize=65536)
def arn(pattern: str) -> Matcher:
    """A matcher for ARNs: six parts, and a wildcard in one of the first five does not reach into the next.

    A short pattern (`arn:aws:s3*`) is taken as if the missing parts were `*`, as IAM does for identity
    policies. `*` alone matches every resource; a request without a resource (`*`) is matched by it alone.
    """
    if pattern == "*":
        return lambda _: True
    parts = pattern.split(":", SEGMENTS - 1)
    if parts[0] != "arn":
        whole = glob(pattern)
        return lambda value: value != "*" and whole(value)
    parts += ["*"] * (SEGMENTS - len(parts))
    matchers = [glob(part) for part in parts]

    def matches(value: str) -> bool:
        given = value.split(":", SEGMENTS - 1)
        return len(given) == SEGMENTS and all(
            matcher(part) for matcher, part in zip(matchers, given, strict=True)
        )

    return matches
