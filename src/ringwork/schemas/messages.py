"""Say in plain words what a schema error means."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import jsonschema_rs

from ringwork.schemas.rewrite import INTRINSIC_KEY

Path = tuple[str | int, ...]
Explained = tuple[Path, str]
_SHOWN = 60
"""characters of a value that a message shows"""


def explain(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> Iterator[Explained]:
    """Paths and messages of one error of `schema`, the rewritten schema of a type."""
    yield from _explain(error, schema, ())


def _explain(
    error: jsonschema_rs.ValidationError, schema: Mapping[str, Any], base: Path
) -> Iterator[Explained]:
    path: Path = (*base, *error.instance_path)
    keyword_path = tuple(error.schema_path)
    detail: Any = error.kind  # its attributes depend on the keyword
    kind = detail.name
    parent = _at(schema, keyword_path[:-1])
    expected = _at(schema, keyword_path)
    instance: Any = error.instance
    value = shown(instance)
    match kind:
        case "additionalProperties":
            allowed = [name for name, part in parent.get("properties", {}).items() if part is not False]
            for name in detail.unexpected:
                yield (*path, name), _unknown_property(name, allowed)
        case "required":
            yield path, f"`{detail.property}` is required"
        case "type":
            yield path, f"expected {_types(expected)}, not {value}"
        case "enum":
            yield path, f"expected {_choice(expected)}, not {value}" + _meant(instance, expected)
        case "const":
            yield path, f"expected {shown(expected)}, not {value}"
        case "pattern":
            choices = parent.get("enumCaseInsensitive")
            if choices:
                yield path, f"expected {_choice(choices)}, not {value}" + _meant(instance, choices)
            else:
                yield path, f"{value} does not match `{expected}`"
        case "minLength" | "maxLength":
            bound = "at least" if kind == "minLength" else "at most"
            yield path, f"{value} has {len(instance)} characters, expected {bound} {expected}"
        case "minItems" | "maxItems":
            bound = "at least" if kind == "minItems" else "at most"
            yield path, f"expected {bound} {expected} items, not {len(instance)}"
        case "minProperties" | "maxProperties":
            bound = "at least" if kind == "minProperties" else "at most"
            yield path, f"expected {bound} {expected} properties, not {len(instance)}"
        case "minimum" | "maximum":
            bound = "at least" if kind == "minimum" else "at most"
            yield path, f"expected {bound} {expected}, not {value}"
        case "uniqueItems":
            yield path, "the same item occurs twice"
        case "falseSchema":
            yield path, _refused(path, schema, keyword_path)
        case "oneOf" | "anyOf":
            yield from _alternatives(error, schema, path, expected)
        case "not":
            yield path, f"{value} is not allowed here"
        case _:
            yield path, error.message.rstrip(".")


def _alternatives(
    error: jsonschema_rs.ValidationError, schema: Mapping[str, Any], path: Path, expected: Any
) -> Iterator[Explained]:
    if isinstance(expected, Sequence) and all(set(part) == {"required"} for part in expected):
        groups = [" with ".join(f"`{name}`" for name in part["required"]) for part in expected]
        present: Any = error.instance
        given = [group for group in groups if group.strip("`") in present]
        if error.kind.name == "oneOf" and len(given) > 1:
            yield path, f"{' and '.join(given)} exclude each other: give one of {', '.join(groups)}"
        else:
            amount = "exactly" if error.kind.name == "oneOf" else "at least"
            yield path, f"{amount} one of {', '.join(groups)} is required"
        return
    branches = [branch for branch in getattr(error.kind, "context", ()) if branch]
    if not branches:
        yield path, error.message.rstrip(".")
        return
    faults = [fault for branch in branches for fault in branch]
    if all(fault.kind.name == "type" and not fault.instance_path for fault in faults):
        names = dict.fromkeys(_types(_at(schema, tuple(fault.schema_path))) for fault in faults)
        yield path, f"expected {' or '.join(names)}, not {shown(error.instance)}"
        return
    for inner in min(branches, key=_distance):
        yield from _explain(inner, schema, ())


def _distance(branch: Sequence[jsonschema_rs.ValidationError]) -> tuple[bool, int, int]:
    """Orders branches by how likely they were meant: right type, then deepest fault, then fewest faults."""
    wrong_type = any(fault.kind.name == "type" and not fault.instance_path for fault in branch)
    return wrong_type, -max(len(fault.instance_path) for fault in branch), len(branch)


def _unknown_property(name: str, allowed: Sequence[str]) -> str:
    near = get_close_matches(name, allowed, n=1, cutoff=0.6)
    if not near:
        lower = {each.lower(): each for each in allowed}
        near = [lower[match] for match in get_close_matches(name.lower(), lower, n=1, cutoff=0.6)]
    if near:
        return f"unknown property `{name}`, did you mean `{near[0]}`?"
    if 0 < len(allowed) <= 8:
        return f"unknown property `{name}`, expected {_choice(sorted(allowed))}"
    return f"unknown property `{name}`"


def _refused(path: Path, schema: Mapping[str, Any], keyword_path: Path) -> str:
    name = path[-1] if path else "it"
    # .../then/properties/NAME comes from dependentExcluded; properties/NAME from a read-only property
    if len(keyword_path) >= 3 and keyword_path[-3] == "then":
        other = _at(schema, (*keyword_path[:-3], "if", "required"))
        return f"`{name}` cannot stand beside `{other[0]}`"
    return f"`{name}` is read-only: AWS sets it"


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        schema = schema[int(part) if isinstance(schema, list) else part]
    return schema


def shown(value: Any) -> str:
    """A value in backticks, shortened."""
    if isinstance(value, dict) and set(value) == {INTRINSIC_KEY} and isinstance(value[INTRINSIC_KEY], dict):
        value = value[INTRINSIC_KEY]
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}`"


def _types(expected: Any) -> str:
    names = [expected] if isinstance(expected, str) else list(expected)
    articles = {"object": "an object", "array": "a list", "integer": "an integer", "null": "null"}
    return " or ".join(articles.get(name, f"a {name}") for name in names)


def _choice(values: Sequence[Any]) -> str:
    listed = [f"`{value}`" for value in values[:12]]
    if len(values) > 12:
        return f"one of {', '.join(listed)} and {len(values) - 12} more"
    if len(listed) == 1:
        return listed[0]
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def _meant(value: Any, choices: Sequence[Any]) -> str:
    lower = {str(choice).lower(): str(choice) for choice in choices}
    near = get_close_matches(str(value).lower(), lower, n=1, cutoff=0.6)
    return f", did you mean `{lower[near[0]]}`?" if near else ""
