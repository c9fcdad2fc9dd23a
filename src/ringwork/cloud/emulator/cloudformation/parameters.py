"""Parameters of a template: their values, checked against their declarations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.errors import AwsError

_LIST_TYPES = re.compile(r"CommaDelimitedList|List<.+>")
_STORED = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")


def bind(
    declarations: Mapping[str, Mapping[str, Any]],
    given: Iterable[Mapping[str, Any]],
    previous: Mapping[str, str] | None,
) -> list[dict[str, Any]]:
    """The value of every parameter, as Parameters lists it. `previous` are the stack's values, on an update.

    Raises ValidationError for missing, surplus and disallowed values.
    """
    values: dict[str, str] = {}
    for item in given:
        key = item["ParameterKey"]
        if key not in declarations:
            continue
        if item.get("UsePreviousValue"):
            if previous is None or key not in previous:
                raise invalid(
                    f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true "
                    "for a parameter key not in the previous template"
                )
            values[key] = previous[key]
        else:
            values[key] = str(item.get("ParameterValue", ""))
    surplus = sorted({item["ParameterKey"] for item in given} - set(declarations))
    if surplus:
        raise invalid(f"Parameters: [{', '.join(surplus)}] do not exist in the template")
    for key, declared in declarations.items():
        if key not in values and "Default" in declared:
            default = declared["Default"]
            values[key] = str(default).lower() if isinstance(default, bool) else str(default)
    missing = sorted(set(declarations) - set(values))
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for key, declared in declarations.items():
        _check_parameter(key, values[key], declared)
    return [{"ParameterKey": key, "ParameterValue": values[key]} for key in declarations]


def _check_parameter(key: str, value: str, declared: Mapping[str, Any]) -> None:
    kind = str(declared.get("Type", ""))
    if kind.startswith("AWS::SSM::Parameter::Value<") and not stored(declared):
        raise invalid(f"Template format error: Unrecognized parameter type: {kind}")
    items = [part.strip() for part in value.split(",")] if _LIST_TYPES.fullmatch(kind) else [value]
    told = declared.get("ConstraintDescription")

    def refuse(default: str) -> AwsError:
        return invalid(f"Parameter '{key}' {told or default}")

    if kind in {"Number", "List<Number>"}:
        for item in items:
            try:
                amount = float(item)
            except ValueError:
                raise invalid(f"Parameter '{key}' must be a number.") from None
            if "MinValue" in declared and amount < float(declared["MinValue"]):
                raise refuse(f"must be a number not less than {declared['MinValue']}")
            if "MaxValue" in declared and amount > float(declared["MaxValue"]):
                raise refuse(f"must be a number not greater than {declared['MaxValue']}")
    allowed = [str(item) for item in declared.get("AllowedValues", ())]
    if allowed and not set(items) <= set(allowed):
        raise refuse(f"must be one of AllowedValues: [{', '.join(allowed)}]")
    pattern = declared.get("AllowedPattern")
    if pattern and not all(re.fullmatch(pattern, item) for item in items):
        raise refuse(f"must match pattern {pattern}")
    if "MinLength" in declared and len(value) < int(declared["MinLength"]):
        raise refuse(f"must contain at least {declared['MinLength']} characters")
    if "MaxLength" in declared and len(value) > int(declared["MaxLength"]):
        raise refuse(f"must contain at most {declared['MaxLength']} characters")


def stored(declared: Mapping[str, Any]) -> str | None:
    """The type of the value in Parameter Store that a parameter names; None when it holds its value itself
    (User Guide, "Specify existing resources at runtime with CloudFormation-supplied parameter types")."""
    found = _STORED.fullmatch(str(declared.get("Type", "")))
    return found[1] if found else None


def parameter_value(declared: Mapping[str, Any], value: str) -> Any:
    """What Ref of the parameter gives: a list for list types, else the text."""
    if _LIST_TYPES.fullmatch(stored(declared) or str(declared.get("Type", ""))):
        return [part.strip() for part in value.split(",")]
    return value
