"""The transform AWS::LanguageExtensions: what a template says once its parameters are known.

Source: CloudFormation template reference, "AWS::LanguageExtensions transform" and the pages of Fn::ForEach,
Fn::FindInMap (default values), Fn::Length, Fn::ToJsonString and of the DeletionPolicy attribute. Loops,
policies, and functions in the names that Ref and Fn::GetAtt take are worked out here; the functions
themselves with all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import (
    Scope,
    decide,
    function,
    invalid,
    resolve,
    text,
)
from ringwork.cloud.emulator.cloudformation.parameters import parameter_value
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.estate.sources import loops

TRANSFORM = "AWS::LanguageExtensions"
CAPABILITY = "CAPABILITY_AUTO_EXPAND"

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_ADDED = frozenset({"Fn::Length", "Fn::ToJsonString"})


def declared(body: Mapping[str, Any]) -> list[str]:
    """The transforms of a template. Raises NotEmulatedError for those that only AWS can run."""
    given = body.get("Transform") or []
    names = given if isinstance(given, list) else [given]
    for name in names:
        if name != TRANSFORM:
            shown = name.get("Name", name) if isinstance(name, Mapping) else name
            raise NotEmulatedError("cloudformation", "CreateChangeSet", f"transform {shown}")
    return [str(name) for name in names]


def processed(body: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, Any]:
    """The template after its transform: without it, as it is.

    `values` are parameter values; the others have their defaults. Raises ValidationError.
    """
    if not declared(body):
        _refuse_extensions(body)
        return body
    scope = _scope(body, values)
    expanded = {
        name: _walk(section, scope) if name in ("Conditions", "Resources", "Outputs") else section
        for name, section in body.items()
        if name != "Transform"
    }
    try:
        conditions = decide(expanded.get("Conditions", {}), scope)
    except AwsError:
        conditions = {}  # the template's own check says what is wrong with them
    full = _scope(body, values, conditions)
    resources = expanded.get("Resources", {})
    for item in resources.values() if isinstance(resources, Mapping) else ():
        for policy in _POLICIES:
            # `_walk` has made these mappings: they are ours
            if isinstance(item, dict) and isinstance(item.get(policy), Mapping):
                item[policy] = text(resolve(item[policy], full))
    return expanded


def _refuse_extensions(value: Any) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if str(name).startswith(loops.PREFIX) or (name in _ADDED and len(value) == 1):
                raise invalid(f"Template error: {name} requires the transform {TRANSFORM}")
            if name == "Fn::FindInMap" and isinstance(item, list) and len(item) == 4:
                raise invalid(f"Template error: a default value of {name} requires the transform {TRANSFORM}")
            _refuse_extensions(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_extensions(item)


def _scope(
    body: Mapping[str, Any], values: Mapping[str, str], conditions: Mapping[str, bool] | None = None
) -> Scope:
    declarations = body.get("Parameters", {})

    def ref(name: str) -> Any:
        if name in values and name not in declarations:  # pseudo parameters
            return values[name]
        parameter = declarations.get(name)
        if not isinstance(parameter, Mapping) or (name not in values and "Default" not in parameter):
            raise invalid(f"Template error: {name} cannot be resolved before the stack is made")
        value = values[name] if name in values else text(parameter["Default"])
        return parameter_value(parameter, value)

    def later(*_names: str) -> Any:
        raise invalid("Template error: the transform takes only what is known before the stack is made")

    return Scope(ref, later, later, later, body.get("Mappings", {}), conditions or {})


def _walk(value: Any, scope: Scope) -> Any:
    """`value` with its loops run and the names in Ref and Fn::GetAtt worked out."""
    called = function(value)
    if called and called[0] == "Ref" and not isinstance(called[1], str):
        return {"Ref": text(resolve(called[1], scope))}
    if called and called[0] == "Fn::GetAtt" and isinstance(called[1], list) and called[1]:
        first, *rest = called[1]
        return {"Fn::GetAtt": [first if isinstance(first, str) else text(resolve(first, scope)), *rest]}
    if isinstance(value, Mapping):
        entries: Mapping[Any, Any] = value
        if any(str(name).startswith(loops.PREFIX) for name in value):
            expansion = loops.expand(value, lambda raw: _entries(raw, scope))
            if expansion.failures:
                loop, reason = expansion.failures[0]
                raise invalid(f"Template error: {loops.PREFIX}{loop}: {reason}")
            entries = expansion.entries
        return {name: _walk(item, scope) for name, item in entries.items()}
    return [_walk(item, scope) for item in value] if isinstance(value, list) else value


def _entries(raw: Any, scope: Scope) -> tuple[str, ...] | str:
    found = resolve(raw, scope)
    if not isinstance(found, list) or not all(isinstance(item, (str, int, float)) for item in found):
        return "its collection is not a list of strings"
    return tuple(text(item) for item in found)
