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
from ringwork.schemas.rewrite import INTRINSIC_KEY, rewrite
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
    validator, schema, nested_read_only = _compiled(type)
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


@cache
def _compiled(type: str) -> tuple[jsonschema_rs.Draft7Validator, dict[str, Any], tuple[Sequence[str], ...]]:
    facts = resource_schema(type)
    schema = rewrite(facts.schema)
    for name in facts.read_only & set(facts.properties) - facts.required:
        schema["properties"][name] = False
    nested = tuple(tuple(path.split("/")) for path in sorted(facts.read_only) if "/" in path)
    return jsonschema_rs.Draft7Validator(schema, validate_formats=False), schema, nested


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
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _matches(item, pattern[1:] if pattern[0] == "*" else pattern, (*path, position))
