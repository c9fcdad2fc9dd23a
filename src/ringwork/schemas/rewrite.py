"""Turn a registry schema into the draft 7 schema that we validate with.

Where a value is asked for, an intrinsic function satisfies it too (the validator writes those that it looks
into as `{"Ref": ...}`). cfn-lint's own keywords become draft 7. What is only annotation (formats, defaults)
is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INTRINSIC_KEY = "Ref"
_INTRINSIC = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "propertyNames": {"pattern": f"^({INTRINSIC_KEY}$|Fn::)"},
}
_NAMED = ("properties", "patternProperties")
_ANNOTATIONS = frozenset({"insertionOrder", "default", "format"})
_OWN = frozenset(
    {"requiredXor", "requiredOr", "dependentExcluded", "dependentRequired", "enumCaseInsensitive"}
)

_ASK_OF_NAMES = frozenset(
    {"type", "required", "minProperties", "maxProperties", "propertyNames", "definitions"}
    | {"description", "title", "$comment"}
)
"""Keywords that look at a map's names at most, never at its values."""


def rewrite(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A new schema for the properties of one resource type. `schema` stays as it is."""
    rewritten: dict[str, Any] = _schema(schema, wrap=True)
    rewritten["type"] = "object"
    if "definitions" in schema:
        rewritten["definitions"] = {
            name: _schema(part, wrap=True) for name, part in schema["definitions"].items()
        }
    return rewritten


def _place(schema: Any, *, wrap: bool) -> Any:
    """The schema of a value: an intrinsic function, or what `schema` says."""
    if isinstance(schema, bool):
        return schema
    inner = _schema(schema, wrap=wrap)
    if not wrap or not inner:
        return inner
    return {"if": _INTRINSIC, "else": inner}


def _schema(schema: Any, *, wrap: bool) -> Any:
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema and len(schema) > 1:
        # draft 7 ignores what stands beside $ref
        rest = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        return {"allOf": [{"$ref": schema["$ref"]}, _schema(rest, wrap=wrap)]}
    out: dict[str, Any] = {}
    also: list[dict[str, Any]] = []
    for keyword, value in schema.items():
        if keyword in _ANNOTATIONS or keyword == "definitions":
            continue
        if keyword in _NAMED:
            out[keyword] = {name: _place(part, wrap=wrap) for name, part in value.items()}
        elif keyword == "items" and isinstance(value, list):
            out[keyword] = [_place(part, wrap=wrap) for part in value]
        elif keyword in ("items", "additionalProperties", "propertyNames"):
            out[keyword] = _place(value, wrap=wrap and keyword != "propertyNames")
        elif keyword in ("allOf", "anyOf"):
            also.append({keyword: [_schema(part, wrap=wrap) for part in value]})
        elif keyword == "oneOf":
            # with an intrinsic inside, two branches that a literal would tell apart can both fit
            exclusive = all(set(part) == {"required"} for part in value)
            also.append({"oneOf" if exclusive else "anyOf": [_schema(part, wrap=wrap) for part in value]})
        elif keyword in ("if", "not"):
            out[keyword] = _schema(value, wrap=False)
        elif keyword in ("then", "else"):
            out[keyword] = _schema(value, wrap=wrap)
        elif keyword == "dependencies":
            out[keyword] = {
                name: part if isinstance(part, list) else _schema(part, wrap=wrap)
                for name, part in value.items()
            }
        elif keyword not in _OWN:
            out[keyword] = value
    also.extend(_own(schema))
    for part in also:
        # most schemas have one such keyword: keep it where it was, so that paths stay short
        ((keyword, value),) = part.items() if len(part) == 1 else ((None, None),)
        if keyword is not None and keyword not in out:
            out[keyword] = value
        else:
            out.setdefault("allOf", []).append(part)
    return out


_LITERAL = "ringwork-literal"
"""A definition that refuses, at any depth, the functions that stand for something other than one value."""


def literal_only(rewritten: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that takes what `rewritten` takes, unless a function that chooses (`Fn::If`), removes
    (`AWS::NoValue`) or writes properties (`Fn::Transform`, `Fn::ForEach`) is somewhere in it."""
    reference = {"$ref": f"#/definitions/{_LITERAL}"}
    literal = {
        "properties": {
            "Fn::If": False,
            "Fn::Transform": False,
            INTRINSIC_KEY: {"allOf": [reference, {"not": {"const": "AWS::NoValue"}}]},
        },
        "patternProperties": {"^Fn::ForEach::": False},
        "additionalProperties": reference,
        "items": reference,
    }
    return {
        **rewritten,
        "allOf": [*rewritten.get("allOf", ()), reference],
        "definitions": {**rewritten.get("definitions", {}), _LITERAL: literal},
    }


def inspected(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """Names of the properties into whose values a rewritten `schema` looks; None: it may be any."""
    names: set[str] = set()
    for keyword, value in schema.items():
        if keyword == "properties":
            names |= value.keys()
        elif keyword in ("allOf", "anyOf", "oneOf"):
            parts = value
        elif keyword in ("if", "then", "else", "not"):
            parts = [value]
        elif keyword == "dependencies":
            parts = [part for part in value.values() if not isinstance(part, list)]
        elif keyword in _ASK_OF_NAMES or (keyword == "additionalProperties" and isinstance(value, bool)):
            continue
        else:
            return None
        if keyword != "properties":
            for part in parts:
                below = frozenset() if isinstance(part, bool) else inspected(part)
                if below is None:
                    return None
                names |= below
    return frozenset(names)


def _own(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """cfn-lint's keywords as draft 7."""
    parts: list[dict[str, Any]] = []
    if "requiredXor" in schema:
        parts.append({"oneOf": [{"required": [name]} for name in schema["requiredXor"]]})
    if "requiredOr" in schema:
        parts.append({"anyOf": [{"required": [name]} for name in schema["requiredOr"]]})
    if "dependentRequired" in schema:
        for name, others in schema["dependentRequired"].items():
            parts.append({"if": {"required": [name]}, "then": {"required": list(others)}})
    if "dependentExcluded" in schema:
        for name, others in schema["dependentExcluded"].items():
            parts.append({"if": {"required": [name]}, "then": {"properties": dict.fromkeys(others, False)}})
    if "enumCaseInsensitive" in schema:
        values = schema["enumCaseInsensitive"]
        spelled = "|".join("".join(_either_case(letter) for letter in str(value)) for value in values)
        parts.append({"pattern": f"^({spelled})$", "enumCaseInsensitive": values})
    return parts


def _either_case(letter: str) -> str:
    if letter.isalpha():
        return f"[{letter.lower()}{letter.upper()}]"
    return letter if letter.isalnum() else "\\" + letter
