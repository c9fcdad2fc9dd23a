"""Policy documents as statements that a control can ask questions of.

Grammar: IAM User Guide, "IAM JSON policy elements reference". What cannot be read with certainty raises
`UndecidedError`: an operator that AWS does not document, `NotPrincipal`, a document that is not a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ringwork.controls.control import UndecidedError
from ringwork.controls.values import read
from ringwork.estate import Estate, Reference, Resource, Text, Unknown

_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_OPERATOR = re.compile(
    r"(?P<set>ForAllValues:|ForAnyValue:)?(?P<name>"
    r"String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like|"
    r"Numeric(?:Not)?Equals|NumericLessThan(?:Equals)?|NumericGreaterThan(?:Equals)?|"
    r"Date(?:Not)?Equals|DateLessThan(?:Equals)?|DateGreaterThan(?:Equals)?|"
    r"Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?P<if>IfExists)?"
)
"""IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys"."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of one operator; all conditions of a statement must hold."""

    operator: str
    """without set prefix and `IfExists`"""
    key: str
    """lower case: keys are not case-sensitive"""
    values: tuple[str | None, ...]
    """as `pattern` gives them; None: one that is not known"""
    raw: tuple[Any, ...]
    """the values as they stand in the estate, references included"""
    if_exists: bool
    for_all: bool
    """`ForAllValues`: holds when the key is absent"""
    for_any: bool
    """`ForAnyValue`: fails when the key is absent, also with a negated operator"""

    @property
    def negated(self) -> bool:
        """A negated operator holds when the key is absent."""
        return "Not" in self.operator

    @property
    def demands(self) -> bool:
        """The condition fails where the key is absent, so it restricts every request."""
        return not (self.if_exists or self.for_all or self.negated or self.operator == "Null")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Empty `actions` or `resources`: the statement has the `Not...` form or none."""

    index: int
    effect: str
    actions: tuple[str, ...]
    """lower case"""
    not_actions: tuple[str, ...]
    resources: tuple[str | None, ...]
    """ARN patterns, as `pattern` gives them; None: one that is not known"""
    not_resources: tuple[str | None, ...]
    principals: tuple[tuple[str, str], ...]
    """(kind, value): (`*`, `*`), (`AWS`, ARN or account id), (`Service`, name), (`Federated`, ...)"""
    conditions: tuple[Condition, ...]

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"

    @property
    def anyone(self) -> bool:
        """The principal is everybody: `*`, or AWS `*` (IAM User Guide, "Principal": the two are the same)."""
        return any(value == "*" for kind, value in self.principals if kind in ("*", "AWS"))

    def covers(self, action: str) -> bool:
        """Whether the statement is about `action` (`s3:GetObject`)."""
        lower = action.lower()
        if self.not_actions:
            return not any(glob(action, lower) for action in self.not_actions)
        return any(glob(action, lower) for action in self.actions)

    def pins(self, *keys: str) -> bool:
        """A condition limits one of `keys` to named values in every request that the statement admits."""
        return next(self.pinning(*keys), None) is not None

    def pinning(self, *keys: str) -> Iterator[Condition]:
        """The conditions that do so."""
        wanted = {key.lower() for key in keys}
        for condition in self.conditions:
            if (
                condition.key in wanted
                and condition.operator in _NAMING
                and condition.demands
                and condition.values != ()
                and all(value is not None and is_narrow(value) for value in condition.values)
            ):
                yield condition


def is_wild(value: str) -> bool:
    """A pattern that any value matches."""
    return value != "" and set(value) <= {"*", "?"} and "*" in value


_NAMING = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
"""Operators that compare with names; those of ARNs take wildcards even when they are called Equals."""
_OWN_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[^:]*:[0-9]{12}:.*")


def is_narrow(value: str) -> bool:
    """A name, or a pattern of ARNs of one account: nobody else's can match. A policy variable (IAM User
    Guide, "Variables and tags") is whatever the request says."""
    if has_variable(value):
        return False
    return not ("*" in value or "?" in value) or _OWN_ARN.fullmatch(value) is not None


def is_pattern(value: str) -> bool:
    """A wildcard stands in the value."""
    return "*" in value or "?" in value


def has_variable(value: str) -> bool:
    """A policy variable, `${aws:PrincipalTag/team}`, stands in the value."""
    return "${" in value


_ANY = "\1"
"""A part of a name that no pattern holds, so that only a wildcard matches it."""


def is_every_action(pattern: str, service: str | None = None) -> bool:
    """The action pattern leaves out nothing: of any service, or of `service`, or (service `""`) of the one
    that the pattern names. `*`, `*:*`, `s3:**`."""
    own = pattern.partition(":")[0].replace("*", "").replace("?", _ANY)
    return glob(pattern, f"{own or _ANY if service == '' else service or _ANY}:{_ANY}")


def is_every_resource(pattern: str, service: str | None = None, *, any_account: bool = False) -> bool:
    """The resource pattern leaves out nothing: of any service, or of `service`, or (service `""`) of the
    one that the pattern names. `*`, `arn:*`, `arn:aws:s3:::*`.

    A pattern for one Region or one account counts, too; with `any_account` only if it names no account.
    """
    parts = pattern.split(":", 5)

    def part(index: int) -> str:
        named = index < len(parts) and "*" not in parts[index] and "?" not in parts[index]
        return parts[index] if named else _ANY

    if any_account and part(4) not in ("", _ANY):
        return False
    asked = part(2) if service == "" else service or _ANY
    return glob(pattern, ":".join(("arn", part(1), asked, part(3), part(4), f"{_ANY}/{_ANY}")))


def pattern(estate: Estate, value: Any) -> str | None:
    """A value of a policy as the pattern that AWS compares with. What AWS has not named yet stands as its
    key between NUL characters: it is one resource, never a wildcard. None: not known at all."""
    known = estate.literal(value)
    if known is not None:
        return known
    if isinstance(value, Reference):
        return f"\0{value.target}\0"
    if isinstance(value, Text):
        parts = [pattern(estate, part) for part in value.parts]
        return None if None in parts else "".join(part for part in parts if part is not None)
    return None


def glob(wildcards: str, value: str) -> bool:
    """IAM's wildcards: `*` any characters, `?` one. There are no character classes."""
    return fnmatchcase(value, wildcards.replace("[", "[[]"))


def statements(estate: Estate, resource: Resource, *path: str | int) -> tuple[Statement, ...]:
    """The statements of the policy document at `path`; none where it is not set.

    Raises `UndecidedError` where a part that every question needs is not known.
    """
    document = read(resource, *path)
    if document is None:
        return ()
    return parse(estate, document, resource, *path)


def parse(estate: Estate, document: Any, resource: Resource, *path: str | int) -> tuple[Statement, ...]:
    """The statements of a document that stands at `path` of `resource`."""
    try:
        return tuple(_statements(estate, document))
    except UndecidedError as error:
        raise UndecidedError(error.reason, *path, *error.path, resource=resource) from None


def _statements(estate: Estate, document: Any) -> Iterator[Statement]:
    if isinstance(document, Unknown):
        raise UndecidedError(document.reason)
    if not isinstance(document, Mapping):
        raise UndecidedError("the policy is no document that is known")
    raw = document.get("Statement", ())
    for index, statement in enumerate(raw if isinstance(raw, (tuple, list)) else (raw,)):
        place = ("Statement", index)
        if isinstance(statement, Unknown):
            raise UndecidedError(statement.reason, *place)
        if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
            raise UndecidedError("the statement's effect is not known", *place)
        for name in statement:
            if name not in _ELEMENTS and name != "NotPrincipal":
                raise UndecidedError(f"`{name}` is no element of a statement that is known", *place)
        if "NotPrincipal" in statement:
            raise UndecidedError("`NotPrincipal` is not modelled; name the principals", *place)
        yield Statement(
            index=index,
            effect=str(statement["Effect"]),
            actions=tuple(action.lower() for action in _texts(statement, "Action", place)),
            not_actions=tuple(action.lower() for action in _texts(statement, "NotAction", place)),
            resources=tuple(pattern(estate, value) for value in _list(statement, "Resource", place)),
            not_resources=tuple(pattern(estate, value) for value in _list(statement, "NotResource", place)),
            principals=tuple(_principals(estate, statement.get("Principal"), place)),
            conditions=tuple(_conditions(estate, statement.get("Condition"), place)),
        )


def _list(statement: Mapping[str, Any], name: str, place: tuple[str | int, ...]) -> tuple[Any, ...]:
    value = statement.get(name, ())
    if isinstance(value, Unknown):
        raise UndecidedError(value.reason, *place, name)
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _texts(statement: Mapping[str, Any], name: str, place: tuple[str | int, ...]) -> Iterator[str]:
    for value in _list(statement, name, place):
        if not isinstance(value, str):
            raise UndecidedError("the action is known only once the stack is deployed", *place, name)
        yield value


def _principals(estate: Estate, value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if value == "*":
        yield "*", "*"
        return
    if not isinstance(value, Mapping):
        raise UndecidedError("the principal is not known", *place, "Principal")
    for kind, names in value.items():
        for name in names if isinstance(names, (tuple, list)) else (names,):
            found = pattern(estate, name)
            if found is None:
                raise UndecidedError("the principal is not known", *place, "Principal")
            if "*" in found and (kind, found) != ("AWS", "*"):
                # IAM User Guide, "Principal": a wildcard cannot match a part of a name or ARN
                raise UndecidedError(f"`{found}` is no principal that is known", *place, "Principal")
            yield str(kind), found


def _conditions(estate: Estate, value: Any, place: tuple[str | int, ...]) -> Iterator[Condition]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise UndecidedError("the condition is not known", *place, "Condition")
    for operator, keys in value.items():
        match = _OPERATOR.fullmatch(operator)
        if match is None:
            raise UndecidedError(f"`{operator}` is no condition operator that is known", *place, "Condition")
        if not isinstance(keys, Mapping):
            raise UndecidedError("the condition's keys are not known", *place, "Condition", operator)
        for key, values in keys.items():
            if isinstance(values, Unknown):
                raise UndecidedError(values.reason, *place, "Condition", operator, key)
            listed = values if isinstance(values, (tuple, list)) else (values,)
            yield Condition(
                operator=match["name"],
                key=key.lower(),
                values=tuple(pattern(estate, item) for item in listed),
                raw=tuple(listed),
                if_exists=match["if"] is not None,
                for_all=match["set"] == "ForAllValues:",
                for_any=match["set"] == "ForAnyValue:",
            )
