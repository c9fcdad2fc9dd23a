"""A small language that says how an AWS answer becomes CloudFormation properties.

A rule is a path (`"Groups.GroupId"`), or one of the values below. What a rule does not find is left
out of the properties; what could not be read becomes `Unknown`, never absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

from ringwork.estate import Unknown

Raw: TypeAlias = Mapping[str, Any]
"""One listed item, with each detail's answer under the detail's name (`$versioning`)."""


class Missing:
    """The answer has no such value."""


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class Failed:
    """Stands in a `Raw` for the answer of an operation that failed."""

    reason: str


class UnreadError(Exception):
    """A value was asked for whose operation failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def look(raw: Any, path: str) -> Any:
    """The value at a dotted path, or `MISSING`; through a list, the values of its members that have one.

    Raises `UnreadError` where the path leads into the answer of a failed operation.
    """
    value = raw
    names = path.split(".")
    for index, name in enumerate(names):
        if isinstance(value, Failed):
            raise UnreadError(value.reason)
        if isinstance(value, Mapping):
            value = value.get(name, MISSING)
        elif isinstance(value, (list, tuple)):
            rest = ".".join(names[index:])
            return [found for item in value if (found := look(item, rest)) is not MISSING]
        else:
            return MISSING
        if value is None:
            return MISSING
    if isinstance(value, Failed):
        raise UnreadError(value.reason)
    return value


@dataclass(frozen=True, slots=True)
class Each:
    """A list of structures: each member is mapped by itself."""

    path: str
    fields: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Part:
    """A nested structure, left out when nothing of it is there."""

    fields: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON document: given as text (also percent-encoded, as IAM's raw API does) or parsed by boto3."""

    path: str


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags as CloudFormation's list of Key and Value, sorted by key, without those that AWS sets (`aws:`)."""

    path: str = "Tags"
    key: str = "Key"
    value: str = "Value"


@dataclass(frozen=True, slots=True)
class Number:
    """An integer that the API gives as text."""

    path: str


@dataclass(frozen=True, slots=True)
class Computed:
    """What no rule above can say. The function may raise `UnreadError` (by `look`) or return `MISSING`."""

    function: Callable[[Raw], Any]


Rule: TypeAlias = "str | Each | Part | Parsed | Tags | Number | Computed"


def apply(rule: Rule, raw: Raw) -> Any:
    """The value that `rule` gives, or `MISSING`. Empty lists and strings count as missing: AWS answers
    with them where nothing is set, and CloudFormation leaves the property out."""
    try:
        value = _value(rule, raw)
    except UnreadError as error:
        return Unknown(error.reason)
    return MISSING if isinstance(value, (str, list, dict)) and not value else value


def mapped(fields: Mapping[str, Rule], raw: Raw) -> dict[str, Any]:
    """All fields that have a value."""
    return {name: value for name, rule in fields.items() if (value := apply(rule, raw)) is not MISSING}


def _value(rule: Rule, raw: Raw) -> Any:
    if isinstance(rule, str):
        return look(raw, rule)
    if isinstance(rule, Each):
        members = look(raw, rule.path)
        return MISSING if members is MISSING else [mapped(rule.fields, member) for member in members]
    if isinstance(rule, Part):
        return mapped(rule.fields, raw)
    if isinstance(rule, Parsed):
        return parse_document(look(raw, rule.path))
    if isinstance(rule, Tags):
        return tags(look(raw, rule.path), rule.key, rule.value)
    if isinstance(rule, Number):
        value = look(raw, rule.path)
        return MISSING if value is MISSING else int(value)
    return rule.function(raw)


def parse_document(value: Any) -> Any:
    """A policy document as plain JSON; text that is not JSON is `Unknown`."""
    if not isinstance(value, str):
        return value
    text = unquote(value) if value.lstrip().startswith("%") else value
    try:
        return json.loads(text)
    except ValueError:
        return Unknown("the document that AWS returned is not JSON")


def tags(value: Any, key: str = "Key", name: str = "Value") -> Any:
    """CloudFormation's tag list, from a list of pairs or from a mapping."""
    if value is MISSING:
        return MISSING
    pairs: Sequence[tuple[str, str]] = (
        list(value.items())
        if isinstance(value, Mapping)
        else [(item[key], item.get(name, "")) for item in value]
    )
    return [{"Key": k, "Value": v} for k, v in sorted(pairs) if not k.startswith("aws:")]
