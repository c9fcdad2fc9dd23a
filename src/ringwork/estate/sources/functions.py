"""CloudFormation's intrinsic functions, from their arguments in the template to estate values.

One function for each page of the "Intrinsic function reference"; `ringwork.estate.intrinsics` computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.estate import intrinsics
from ringwork.estate.model import Unknown, Value
from ringwork.estate.sources.template import Function, StackReader, macro
from ringwork.estate.sources.values import Marker, Resolved, is_open


def _arguments(raw: Any, least: int, most: int) -> list[Any] | None:
    return raw if isinstance(raw, list) and least <= len(raw) <= most else None


def _malformed(name: str) -> Unknown:
    return Unknown(f"`{name}` does not have the arguments that CloudFormation asks for")


def _fn_ref(reader: StackReader, argument: Any) -> Resolved:
    name = argument if isinstance(argument, str) else reader.value(argument)
    return reader.ref(name) if isinstance(name, str) else intrinsics.first_unknown(name) or _malformed("Ref")


def _fn_get_att(reader: StackReader, argument: Any) -> Resolved:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    pair = _arguments(argument, 2, 2)
    if pair is None:
        return _malformed("Fn::GetAtt")
    names = [reader.value(name) for name in pair]
    if not isinstance(names[0], str) or not isinstance(names[1], str):
        return _malformed("Fn::GetAtt")
    return reader.attribute(names[0], names[1])


def _fn_sub(reader: StackReader, argument: Any) -> Resolved:
    template, variables = argument, {}
    if isinstance(argument, list):
        if len(argument) != 2 or not isinstance(argument[1], Mapping):
            return _malformed("Fn::Sub")
        template, variables = argument
    if not isinstance(template, str):
        return _malformed("Fn::Sub")
    parts: list[Value] = []
    for is_name, piece in intrinsics.placeholders(template):
        if not is_name:
            parts.append(intrinsics.dynamic_references(piece))
            continue
        if piece in variables:
            value = reader.value(variables[piece])
        elif piece in reader.resources or "." not in piece:
            found = reader.ref(piece)
            value = Unknown("AWS::NoValue stands within a text") if isinstance(found, Marker) else found
        else:
            value = reader.attribute(*piece.split(".", 1))
        parts.append(reader.embed(value))
    # a dynamic reference may be put together from placeholders
    joined = intrinsics.text(parts)
    return intrinsics.dynamic_references(joined) if isinstance(joined, str) else joined


def _fn_if(reader: StackReader, argument: Any) -> Resolved:
    parts = _arguments(argument, 3, 3)
    if parts is None or not isinstance(parts[0], str):
        return _malformed("Fn::If")
    holds = reader.conditions.holds(parts[0])
    if isinstance(holds, Unknown):
        both = (reader.resolve(parts[1]), reader.resolve(parts[2]))
        return both[0] if both[0] == both[1] and not is_open(both[0]) else holds
    return reader.resolve(parts[1] if holds else parts[2])


def _fn_find_in_map(reader: StackReader, argument: Any) -> Resolved:
    parts = _arguments(argument, 3, 4)
    if parts is None:
        return _malformed("Fn::FindInMap")
    keys: list[str] = []
    for part in parts[:3]:
        value = reader.embed(reader.value(part))
        key = intrinsics.scalar(value)
        if key is None:
            return intrinsics.first_unknown(value) or Unknown("`Fn::FindInMap` with a key that is not known")
        keys.append(key)
    found: Any = reader.mappings
    for key in keys:
        if not isinstance(found, Mapping):
            found = None
            break
        # keys such as account ids may have been read as numbers
        found = found.get(key, next((item for name, item in found.items() if str(name) == key), None))
    if found is not None:
        return reader.resolve(found)
    if len(parts) == 4 and isinstance(parts[3], Mapping) and "DefaultValue" in parts[3]:
        return reader.resolve(parts[3]["DefaultValue"])
    return Unknown(f"mapping `{'.'.join(keys)}` is not defined")


def _fn_import_value(reader: StackReader, argument: Any) -> Resolved:
    name = reader.embed(reader.value(argument))
    if not isinstance(name, str):
        return intrinsics.first_unknown(name) or Unknown("`Fn::ImportValue` of a name that is not known")
    return reader.readers.export(name, reader.stack.account, reader.stack.region)


def _fn_get_stack_output(reader: StackReader, argument: Any) -> Resolved:
    """Template reference, "Fn::GetStackOutput": StackName, OutputName, Region, RoleArn (other account)."""
    if not isinstance(argument, Mapping):
        return _malformed("Fn::GetStackOutput")
    values = {str(name): reader.embed(reader.value(raw)) for name, raw in argument.items()}
    stack, output = values.get("StackName"), values.get("OutputName")
    region, role = values.get("Region", reader.stack.region), values.get("RoleArn")
    account = reader.stack.account
    if isinstance(role, str) and role.count(":") >= 5:
        account = role.split(":")[4]
    elif role is not None:
        return Unknown("`Fn::GetStackOutput` from an account that is not known")
    if not (isinstance(stack, str) and isinstance(output, str) and isinstance(region, str)):
        return Unknown("`Fn::GetStackOutput` of a stack or output that is not known")
    producer = reader.readers.stacks.get(f"{account}/{region}/{stack}")
    if producer is None:
        return Unknown(f"stack `{stack}` in account {account}, {region} is not given")
    return producer.output(output)


def _fn_select(reader: StackReader, argument: Any) -> Resolved:
    pair = _arguments(argument, 2, 2)
    if pair is None:
        return _malformed("Fn::Select")
    index = reader.value(pair[0])
    source = pair[1]
    number = intrinsics.scalar(index)
    if isinstance(source, Mapping) and len(source) == 1 and "Fn::GetAZs" in source and number is not None:
        region = _zones_region(reader, source["Fn::GetAZs"])
        if isinstance(region, str) and number.isascii() and number.isdigit():
            return intrinsics.zone(region, reader.stack.account, int(number[:6]))
    return intrinsics.select(index, reader.value(source))


def _zones_region(reader: StackReader, argument: Any) -> Value:
    region = reader.value(argument)
    return region or reader.stack.region if isinstance(region, str) else region


def _fn_get_azs(reader: StackReader, argument: Any) -> Resolved:
    region = _zones_region(reader, argument)
    if not isinstance(region, str):
        return intrinsics.first_unknown(region) or _malformed("Fn::GetAZs")
    return intrinsics.zones(region, reader.stack.account)


def _fn_join(reader: StackReader, argument: Any) -> Resolved:
    pair = _arguments(argument, 2, 2)
    if pair is None:
        return _malformed("Fn::Join")
    values = reader.value(pair[1])
    if isinstance(values, tuple):
        values = tuple(reader.embed(value) for value in values)
    return intrinsics.join(reader.embed(reader.value(pair[0])), values)


def _fn_split(reader: StackReader, argument: Any) -> Resolved:
    pair = _arguments(argument, 2, 2)
    if pair is None:
        return _malformed("Fn::Split")
    return intrinsics.split(reader.embed(reader.value(pair[0])), reader.embed(reader.value(pair[1])))


def _fn_cidr(reader: StackReader, argument: Any) -> Resolved:
    parts = _arguments(argument, 2, 3)
    if parts is None:
        return _malformed("Fn::Cidr")
    if len(parts) == 2:
        return Unknown("`Fn::Cidr` without the number of host bits")
    return intrinsics.cidr(*(reader.embed(reader.value(part)) for part in parts))


FUNCTIONS: Mapping[str, Function] = {
    "Ref": _fn_ref,
    "Fn::Base64": lambda reader, raw: intrinsics.base64(reader.embed(reader.value(raw))),
    "Fn::Cidr": _fn_cidr,
    "Fn::FindInMap": _fn_find_in_map,
    "Fn::GetAtt": _fn_get_att,
    "Fn::GetAZs": _fn_get_azs,
    "Fn::GetStackOutput": _fn_get_stack_output,
    "Fn::If": _fn_if,
    "Fn::ImportValue": _fn_import_value,
    "Fn::Join": _fn_join,
    "Fn::Length": lambda reader, raw: intrinsics.length(reader.value(raw)),
    "Fn::Select": _fn_select,
    "Fn::Split": _fn_split,
    "Fn::Sub": _fn_sub,
    "Fn::ToJsonString": lambda reader, raw: intrinsics.to_json_string(reader.value(raw)),
    "Fn::Transform": lambda _reader, raw: macro(raw),
}
