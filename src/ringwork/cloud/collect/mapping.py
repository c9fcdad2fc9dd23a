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


Read: TypeAlias = Callable[[Raw], Any]
"""A rule made into a function: the value, or `MISSING`; raises `UnreadError`."""


def apply(rule: Rule, raw: Raw) -> Any:
    """The value that `rule` gives, or `MISSING`. Empty lists and strings count as missing: AWS answers
    with them where nothing is set, and CloudFormation leaves the property out."""
    return mapped({"": rule}, raw).get("", MISSING)


def mapped(fields: Mapping[str, Rule], raw: Raw) -> dict[str, Any]:
    """All fields that have a value."""
    return mapper(fields)(raw)


def mapper(fields: Mapping[str, Rule]) -> Callable[[Raw], dict[str, Any]]:
    """`mapped` with the rules taken apart once, for fields that many items have."""
    readers = [(name, reader(rule)) for name, rule in fields.items()]

    def run(raw: Raw) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, read in readers:
            try:
                value = read(raw)
            except UnreadError as error:
                value = Unknown(error.reason)
            if value is not MISSING and (value or not isinstance(value, EMPTY)):
                found[name] = value
        return found

    return run


EMPTY = (str, list, dict)
"""types of which an empty value counts as missing"""


def reader(rule: Rule) -> Read:
    """The rule as a function."""
    if isinstance(rule, str):
        return _path(rule)
    if isinstance(rule, Each):
        return _each(_path(rule.path), rule.fields)
    if isinstance(rule, Part):
        return mapper(rule.fields)
    if isinstance(rule, Parsed):
        path = _path(rule.path)
        return lambda raw: parse_document(path(raw))
    if isinstance(rule, Tags):
        return _tags(_path(rule.path), rule.key, rule.value)
    if isinstance(rule, Number):
        path = _path(rule.path)
        return lambda raw: MISSING if (value := path(raw)) is MISSING else int(value)
    return rule.function


def _path(path: str) -> Read:
    """`look` with the path taken apart once."""
    first, _, rest = path.partition(".")
    below = _path(rest) if rest else None

    def run(raw: Raw) -> Any:
        if type(raw) is not dict:
            return look(raw, path)
        value = raw.get(first)
        if value is None:
            return MISSING
        if type(value) is Failed:
            raise UnreadError(value.reason)
        if below is None:
            return value
        if type(value) is list:
            return [found for item in value if (found := below(item)) is not MISSING]
        return below(value)

    return run


def _each(path: Read, fields: Mapping[str, Rule]) -> Read:
    members = mapper(fields)

    def run(raw: Raw) -> Any:
        value = path(raw)
        return MISSING if value is MISSING else [members(member) for member in value]

    return run


def _tags(path: Read, key: str, name: str) -> Read:
    def run(raw: Raw) -> Any:
        value = path(raw)
        return tags(value, key, name) if value else MISSING

    return run


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
