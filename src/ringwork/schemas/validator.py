"""Check one resource's properties against its type's schema.

Intrinsic functions (CloudFormation User Guide, *Intrinsic function reference*) may stand in any place:
`Fn::If` is looked into, so that each branch is checked; `Ref: AWS::NoValue` removes the property; every
other one satisfies any schema. Scalars must have the schema's type: that CloudFormation would also take
`"443"` for 443 is not modelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs

from ringwork.schemas.messages import explain
from ringwork.schemas.rewrite import INTRINSIC_KEY, inspected, literal_only, rewrite
from ringwork.schemas.table import resource_schema

Path = tuple[str | int, ...]
_BRANCH_LIMIT = 64
"""Bound on the combinations of one resource's Fn::If branches that are checked."""
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a resource's properties. `path` leads from `Properties` to the place."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{'/'.join(str(part) for part in self.path) or 'Properties'}: {self.message}"


def validate(type: str, properties: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything wrong with `properties`, ordered by path; nothing when they fit.

    Raises `UnknownTypeError` when the table has no such type.
    """
    schema, nested_read_only = _rules(type)
    if _fits(type, properties, nested_read_only):
        return ()
    validator = _validator(type)
    found: dict[Problem, None] = {}
    for candidate in _branches(properties):
        if not validator.is_valid(candidate):
            for error in validator.iter_errors(candidate):
                for path, message in explain(error, schema):
                    found[Problem(path, message)] = None
        for pattern in nested_read_only:
            for path in _matches(candidate, pattern, ()):
                found[Problem(path, f"`{path[-1]}` is read-only: AWS sets it")] = None
    return tuple(sorted(found, key=lambda p: ([str(part) for part in p.path], p.message)))


def _fits(type: str, properties: Any, nested_read_only: Sequence[Sequence[str]]) -> bool:
    """Whether the properties have no problem, asked without a copy of them; False: they may still have none.

    The copies that `_branches` makes differ from `properties` in functions only: where the schema asks for a
    value it takes both forms of a function, and what gives several copies is refused here.
    """
    try:
        if not _literal_validator(type).is_valid(properties):
            return False
    except ValueError:  # not of dict, list and scalars
        return False
    return not any(True for pattern in nested_read_only for _ in _matches(properties, pattern, ()))


@cache
def open_properties(type: str) -> frozenset[str]:
    """Names of the properties of which the schema asks no more than to be a map: whatever stands within the
    map changes no answer of `validate`, as for policy documents.

    Raises `UnknownTypeError` when the table has no such type.
    """
    schema, nested_read_only = _rules(type)
    elsewhere = inspected({keyword: value for keyword, value in schema.items() if keyword != "properties"})
    if elsewhere is None:
        return frozenset()
    closed = elsewhere | {pattern[0] for pattern in nested_read_only}
    return frozenset(
        name for name, part in schema["properties"].items() if name not in closed and _takes_any_map(part)
    )


_NEVER_OF_MAPS = frozenset(
    {"description", "title", "minLength", "maxLength", "pattern", "enumCaseInsensitive"}
    | {"minimum", "maximum", "items", "minItems", "maxItems", "uniqueItems"}
)
"""Keywords that ask nothing of a map (JSON Schema draft 7, *Validation*, 6.2 to 6.4)."""


def _takes_any_map(schema: Any) -> bool:
    """Whether a rewritten schema of a property takes a map with anything in it."""
    if not isinstance(schema, dict):
        return schema is True
    asked = schema.get("else", schema)
    types = asked.get("type", "object")
    return asked.keys() <= {"type", *_NEVER_OF_MAPS} and (types == "object" or "object" in types)


@cache
def _rules(type: str) -> tuple[dict[str, Any], tuple[Sequence[str], ...]]:
    """The rewritten schema of a type, and the paths below the top level that only AWS sets."""
    facts = resource_schema(type)
    schema = rewrite(facts.schema)
    for name in facts.read_only & set(facts.properties) - facts.required:
        schema["properties"][name] = False
    return schema, tuple(tuple(path.split("/")) for path in sorted(facts.read_only) if "/" in path)


@cache
def _validator(type: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(_rules(type)[0], validate_formats=False)


@cache
def _literal_validator(type: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(literal_only(_rules(type)[0]), validate_formats=False)


def _branches(properties: Mapping[str, Any]) -> Iterator[Any]:
    """The properties with each intrinsic function as `{"Ref": <it>}`, once for each Fn::If branch."""
    for index in range(min(_width(properties), _BRANCH_LIMIT)):
        yield _pick(properties, index)


def _leaves(value: Mapping[str, Any]) -> list[Any] | None:
    """The outcomes of a well-formed Fn::If, else None."""
    if len(value) == 1 and "Fn::If" in value:
        arguments = value["Fn::If"]
        if isinstance(arguments, list | tuple) and len(arguments) == 3:
            return [leaf for branch in arguments[1:] for leaf in _outcomes(branch)]
    return None


def _outcomes(branch: Any) -> list[Any]:
    return (_leaves(branch) if isinstance(branch, Mapping) else None) or [branch]


def _width(value: Any) -> int:
    """How many picks see every Fn::If branch below `value` at least once."""
    if isinstance(value, str):
        return 1
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 (dict answers faster)
        leaves = _leaves(value)
        if leaves is not None:
            return sum(map(_width, leaves))
        return max(map(_width, value.values()), default=1)
    if isinstance(value, list | tuple):
        return max(map(_width, value), default=1)
    return 1


def _is_intrinsic(value: Mapping[str, Any]) -> bool:
    if len(value) == 1:
        name = next(iter(value))
        return name == INTRINSIC_KEY or (isinstance(name, str) and name.startswith("Fn::"))
    # these two stand beside other keys and add to them
    return any(isinstance(n, str) and (n == "Fn::Transform" or n.startswith("Fn::ForEach::")) for n in value)


def _pick(value: Any, index: int) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 (dict answers faster)
        if _is_intrinsic(value):
            leaves = _leaves(value)
            if leaves is None:
                return _ABSENT if value.get("Ref") == "AWS::NoValue" else {INTRINSIC_KEY: value}
            for leaf in leaves[:-1]:
                width = _width(leaf)
                if index < width:
                    return _pick(leaf, index)
                index -= width
            return _pick(leaves[-1], index)
        picked = {name: _pick(part, index) for name, part in value.items()}
        return {name: part for name, part in picked.items() if part is not _ABSENT}
    if isinstance(value, list | tuple):
        return [part for part in (_pick(part, index) for part in value) if part is not _ABSENT]
    return value


def _matches(value: Any, pattern: Sequence[str], path: Path) -> Iterator[Path]:
    """Paths within `value` that `pattern` names; `*` is any item of a list or map."""
    if not pattern:
        yield path
    elif isinstance(value, dict):
        if INTRINSIC_KEY in value:
            return
        for name in value if pattern[0] == "*" else (pattern[0],):
            if name in value:
                yield from _matches(value[name], pattern[1:], (*path, name))
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from _matches(item, pattern[1:] if pattern[0] == "*" else pattern, (*path, position))
