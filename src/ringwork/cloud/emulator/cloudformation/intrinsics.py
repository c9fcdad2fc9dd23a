"""CloudFormation's intrinsic functions, resolved against parameters, pseudo parameters and live resources."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.cloud.emulator.errors import AwsError

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set shows for a value that exists only once it is executed."""

NO_VALUE = object()
"""`AWS::NoValue`: the property is absent."""

PSEUDO = frozenset(
    {"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition"}
    | {"AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix"}
)

CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Condition"})
VALUE_FUNCTIONS = frozenset(
    {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap"}
    | {"Fn::If", "Fn::Cidr", "Fn::GetAZs", "Fn::Base64", "Fn::ImportValue"}
    # with the transform AWS::LanguageExtensions
    | {"Fn::Length", "Fn::ToJsonString"}
)

_PLACE = re.compile(r"\$\{(!?)([^}]*)\}")


def invalid(message: str) -> AwsError:
    """A ValidationError, CloudFormation's answer to a template or a request that it does not accept."""
    return AwsError("ValidationError", message)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names lead. Each function raises `AwsError` for a name that it does not know."""

    ref: Callable[[str], Any]
    """a parameter, pseudo parameter or logical id -> its value"""
    attribute: Callable[[str, str], Any]
    """logical id and attribute -> its value"""
    export: Callable[[str], Any]
    zones: Callable[[str], list[str]]
    """Region -> Availability Zones; empty for the stack's own Region"""
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)


def function(value: Any) -> tuple[str, Any] | None:
    """The function's name and argument, if `value` is a call of one."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if isinstance(name, str) and (name in {"Ref", "Condition"} or name.startswith("Fn::")):
            return name, argument
    return None


def unsettled(value: Any) -> bool:
    """Whether some part of `value` will be known only after the change set is executed."""
    if isinstance(value, str):
        return KNOWN_AFTER_APPLY in value
    if isinstance(value, Mapping):
        return any(unsettled(item) for item in value.values())
    if isinstance(value, list):
        return any(unsettled(item) for item in value)
    return False


def resolve(value: Any, scope: Scope) -> Any:
    """`value` with all functions replaced by what they give; `NO_VALUE` where it is to be left out."""
    called = function(value)
    if called and called[0] in VALUE_FUNCTIONS:
        return _FUNCTIONS[called[0]](called[1], scope)
    if called and called[0].startswith("Fn::"):
        raise invalid(f"Template error: Unrecognized intrinsic function {called[0]}")
    if isinstance(value, Mapping):
        items = ((name, resolve(item, scope)) for name, item in value.items())
        return {name: item for name, item in items if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (resolve(item, scope) for item in value) if item is not NO_VALUE]
    return value


def text(value: Any) -> str:
    """A scalar as CloudFormation puts it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(text(item) for item in value)
    return str(value)


def _ref(argument: Any, scope: Scope) -> Any:
    return NO_VALUE if argument == "AWS::NoValue" else scope.ref(argument)


def _get_att(argument: Any, scope: Scope) -> Any:
    logical, attribute = split_attribute(argument)
    if not isinstance(attribute, str):
        attribute = resolve(attribute, scope)
    return scope.attribute(logical, attribute)


def split_attribute(argument: Any) -> tuple[str, Any]:
    """`Logical.Attribute` or `[Logical, Attribute]` -> both."""
    if isinstance(argument, str):
        logical, _, attribute = argument.partition(".")
        return logical, attribute
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
        return argument[0], argument[1]
    raise invalid("Template error: every Fn::GetAtt object requires two non-empty parameters")


def _sub(argument: Any, scope: Scope) -> Any:
    template, variables = (argument, {}) if isinstance(argument, str) else _pair(argument, "Fn::Sub")
    values = {name: resolve(item, scope) for name, item in variables.items()}

    def place(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return "${" + match[2] + "}"
        if name in values:
            return text(values[name])
        if "." in name and name not in PSEUDO:
            return text(scope.attribute(*name.split(".", 1)))
        return text(scope.ref(name))

    return _PLACE.sub(place, template)


def _pair(argument: Any, name: str) -> tuple[str, Mapping[str, Any]]:
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], Mapping)
    ):
        return argument[0], argument[1]
    raise invalid(
        f"Template error: One or more {name} intrinsic functions don't specify expected arguments. "
        "Specify a string as first argument, and an optional second argument to specify a mapping of "
        "values to replace in the string"
    )


def _arguments(argument: Any, count: int, name: str) -> list[Any]:
    if not isinstance(argument, list) or len(argument) != count:
        raise invalid(f"Template error: every {name} object requires {count} parameters")
    return argument


def _join(argument: Any, scope: Scope) -> Any:
    delimiter, items = _arguments(argument, 2, "Fn::Join")
    found = resolve(items, scope)
    if isinstance(found, str) and unsettled(found):
        return KNOWN_AFTER_APPLY
    if not isinstance(found, list):
        raise invalid("Template error: every Fn::Join object requires a list of strings to be joined")
    return str(delimiter).join(text(item) for item in found)


def _select(argument: Any, scope: Scope) -> Any:
    index, items = _arguments(argument, 2, "Fn::Select")
    found, place = resolve(items, scope), resolve(index, scope)
    if isinstance(found, str) and unsettled(found):
        return KNOWN_AFTER_APPLY
    if not isinstance(found, list):
        raise invalid("Template error: Fn::Select requires a list argument with two elements")
    if not str(place).isdigit() or int(place) >= len(found):
        raise invalid(f"Template error: Fn::Select cannot select nonexistent value at index {place}")
    return found[int(place)]


def _split(argument: Any, scope: Scope) -> Any:
    delimiter, whole = _arguments(argument, 2, "Fn::Split")
    found = resolve(whole, scope)
    return KNOWN_AFTER_APPLY if unsettled(found) else text(found).split(str(delimiter))


def _find_in_map(argument: Any, scope: Scope) -> Any:
    *names, last = argument if isinstance(argument, list) and argument else [None]
    default = (
        last if len(names) == 3 and isinstance(last, Mapping) and set(last) == {"DefaultValue"} else None
    )
    asked = names if default is not None else _arguments(argument, 3, "Fn::FindInMap")
    name, top, second = (resolve(item, scope) for item in asked)
    try:
        return scope.mappings[name][text(top)][text(second)]
    except (KeyError, TypeError):
        if default is not None:
            return resolve(default["DefaultValue"], scope)
        raise invalid(
            f"Template error: Unable to get mapping for {name}::{text(top)}::{text(second)}"
        ) from None


def _if(argument: Any, scope: Scope) -> Any:
    condition, yes, no = _arguments(argument, 3, "Fn::If")
    if condition not in scope.conditions:
        raise invalid(f"Template format error: Unresolved condition {condition}")
    return resolve(yes if scope.conditions[condition] else no, scope)


def _cidr(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        raise invalid("Template error: every Fn::Cidr object requires two or three parameters")
    block, count, *rest = resolve(argument, scope)
    if unsettled(block):
        return KNOWN_AFTER_APPLY
    try:
        network = ipaddress.ip_network(text(block))
        # cidrBits is the number of subnet (host) bits: 8 gives /24 of IPv4 (User Guide, Fn::Cidr)
        bits = int(rest[0]) if rest else 8
        length = network.max_prefixlen - bits
        if not network.prefixlen <= length or not 1 <= int(count) <= 256:
            raise ValueError
        step = 1 << bits
        first = int(network.network_address)
        blocks = [
            f"{ipaddress.ip_address(first + step * index)}/{length}"
            if network.version == 4
            else f"{ipaddress.IPv6Address(first + step * index)}/{length}"
            for index in range(int(count))
        ]
        if first + step * int(count) - 1 > int(network.broadcast_address):
            raise ValueError
    except ValueError:
        raise invalid(
            f"Template error: Fn::Cidr cannot make {text(count)} blocks of {text(rest[0]) if rest else 8} "
            f"bits from {text(block)}"
        ) from None
    return blocks


def _get_azs(argument: Any, scope: Scope) -> Any:
    region = resolve(argument, scope)
    return scope.zones(text(region) if region else "")


def _base64(argument: Any, scope: Scope) -> Any:
    found = resolve(argument, scope)
    return KNOWN_AFTER_APPLY if unsettled(found) else base64.b64encode(text(found).encode()).decode()


def _length(argument: Any, scope: Scope) -> Any:
    found = resolve(argument, scope)
    if isinstance(found, str) and unsettled(found):
        return KNOWN_AFTER_APPLY
    if not isinstance(found, list):
        raise invalid("Template error: Fn::Length requires a list")
    return len(found)


def _to_json_string(argument: Any, scope: Scope) -> Any:
    found = resolve(argument, scope)
    if not isinstance(found, (dict, list)):
        raise invalid("Template error: Fn::ToJsonString requires an object or a list")
    return KNOWN_AFTER_APPLY if unsettled(found) else json.dumps(found, separators=(",", ":"))


def _import_value(argument: Any, scope: Scope) -> Any:
    return scope.export(text(resolve(argument, scope)))


_FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::Base64": _base64,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}


# -- conditions ------------------------------------------------------------------------------------------


def decide(definitions: Mapping[str, Any], scope: Scope) -> dict[str, bool]:
    """The value of every condition of a template."""
    known: dict[str, bool] = {}

    def named(name: str, above: tuple[str, ...]) -> bool:
        if name in known:
            return known[name]
        if name not in definitions:
            raise invalid(
                f"Template format error: Unresolved condition dependency {name} in the Conditions block"
            )
        if name in above:
            raise invalid(f"Template format error: Circular dependency between conditions {sorted(above)}")
        known[name] = holds(definitions[name], (*above, name))
        return known[name]

    def holds(value: Any, above: tuple[str, ...]) -> bool:
        called = function(value)
        if called is None or called[0] not in CONDITION_FUNCTIONS:
            raise invalid("Template format error: Conditions can only be boolean operations on parameters")
        name, argument = called
        if name == "Condition":
            return named(argument, above)
        if name == "Fn::Equals":
            left, right = (resolve(item, scope) for item in _arguments(argument, 2, name))
            return text(left) == text(right)
        if not isinstance(argument, list):
            raise invalid(f"Template error: every {name} object requires a list of conditions")
        if name == "Fn::Not":
            return not holds(_arguments(argument, 1, name)[0], above)
        parts = [holds(item, above) for item in argument]
        return all(parts) if name == "Fn::And" else any(parts)

    for condition in definitions:
        named(condition, ())
    return known


# -- what a value depends on -----------------------------------------------------------------------------


def references(value: Any, conditions: Mapping[str, bool] | None = None) -> Iterator[tuple[str, str | None]]:
    """Names that `value` refers to: `(name, None)` for Ref, `(logical id, attribute)` for GetAtt.

    With `conditions`, only the taken branch of an Fn::If counts.
    """
    called = function(value)
    if called:
        name, argument = called
        if name == "Ref" and isinstance(argument, str):
            yield argument, None
            return
        if name == "Fn::GetAtt":
            logical, attribute = split_attribute(argument)
            yield logical, attribute if isinstance(attribute, str) else ""
            if not isinstance(attribute, str):
                yield from references(attribute, conditions)
            return
        if name == "Fn::Sub":
            yield from _sub_references(argument, conditions)
            return
        if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            if conditions is not None and argument[0] in conditions:
                yield from references(argument[1 if conditions[argument[0]] else 2], conditions)
            else:
                yield from references(argument[1:], conditions)
            return
    if isinstance(value, Mapping):
        for item in value.values():
            yield from references(item, conditions)
    elif isinstance(value, list):
        for item in value:
            yield from references(item, conditions)


def _sub_references(argument: Any, conditions: Mapping[str, bool] | None) -> Iterator[tuple[str, str | None]]:
    template, variables = (argument, {}) if isinstance(argument, str) else _pair(argument, "Fn::Sub")
    yield from references(dict(variables), conditions)
    for literal, place in _PLACE.findall(template):
        name = place.strip()
        if literal or name in variables:
            continue
        if "." in name and name not in PSEUDO:
            logical, _, attribute = name.partition(".")
            yield logical, attribute
        else:
            yield name, None
