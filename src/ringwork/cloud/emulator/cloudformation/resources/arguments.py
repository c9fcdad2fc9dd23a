"""Properties of a CloudFormation resource as the arguments of an API operation.

Most resource types repeat the request of the operation that makes them, with other capitals: `Name` for
`name`, numbers and Booleans as text, policies as objects. botocore's model of the operation says what it
takes; what it has no member for is refused, never dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.loaders
import botocore.model

from ringwork.cloud.emulator import models
from ringwork.cloud.emulator.cloudformation.resources.provider import flag


class NoPlaceError(ValueError):
    """The operation has no member for a part of a property. `path` names it, `Rules/0/Name`."""

    def __init__(self, path: str, operation: str) -> None:
        super().__init__(f"the local cloud cannot set {path}: {operation} takes no such member")
        self.path = path


@cache
def _service(name: str) -> botocore.model.ServiceModel:
    with models.shared():
        model = _loader().load_service_model(name, "service-2")
        return botocore.model.ServiceModel(model, service_name=name)


@cache
def _loader() -> botocore.loaders.Loader:
    return botocore.loaders.create_loader()


@cache
def operation(service: str, method: str) -> botocore.model.OperationModel:
    """The model behind a method of a boto3 client, `create_vpc`. Raises KeyError when there is none."""
    return _service(service).operation_model(_methods(service)[method])


@cache
def _methods(service: str) -> Mapping[str, str]:
    return {botocore.xform_name(name): name for name in _service(service).operation_names}


def member(shape: Any, name: str) -> str | None:
    """The member of a structure that `name` means, whatever the capitals."""
    if name in shape.members:
        return name
    lower = name.lower()
    return next((each for each in shape.members if each.lower() == lower), None)


def place(service: str, method: str, name: str, wraps: str = "") -> tuple[str, ...] | None:
    """Where an operation takes a property: the path of members, or None. `wraps` is looked into first."""
    shape = operation(service, method).input_shape
    if shape is None:
        return None
    inside: tuple[str, ...] = ()
    for part in [part for part in wraps.split(".") if part]:
        inside, shape = (*inside, part), shape.members[part]
    if inside and (found := member(shape, name)):
        return (*inside, found)
    found = member(operation(service, method).input_shape, name)
    return (found,) if found else None


def shape_at(service: str, method: str, path: tuple[str, ...]) -> Any:
    """The shape of the member at `path` of an operation's input."""
    shape = operation(service, method).input_shape
    for part in path:
        shape = shape.members[part]
    return shape


def put(arguments: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set the member at `path`, making the structures above it."""
    for part in path[:-1]:
        arguments = arguments.setdefault(part, {})
    arguments[path[-1]] = value


def convert(value: Any, shape: Any, names: Mapping[str, str], path: str, method: str) -> Any:
    """`value` as `shape` has it. `names` gives members that are called otherwise, by path without indices:
    `{"Rules/Days": "Rules/NumberOfDays"}` says that `Days` inside `Rules` is `NumberOfDays` there."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, Mapping):
            raise NoPlaceError(path, method)
        given = {}
        for name, item in value.items():
            inner = f"{path}/{name}"
            target = member(shape, names.get(_plain(inner), name))
            if target is None:
                raise NoPlaceError(inner, method)
            given[target] = convert(item, shape.members[target], names, inner, method)
        return given
    if kind == "list":
        items = value if isinstance(value, (list, tuple)) else [value]
        return [
            convert(item, shape.member, names, f"{path}/{number}", method)
            for number, item in enumerate(items)
        ]
    if kind == "map":
        if not isinstance(value, Mapping):
            raise NoPlaceError(path, method)
        return {
            str(key): convert(item, shape.value, names, f"{path}/{key}", method)
            for key, item in value.items()
        }
    return _scalar(value, kind)


def _scalar(value: Any, kind: str) -> Any:
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return flag(value)
    if kind == "string":
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if isinstance(value, (Mapping, list)) else str(value)
    return value


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if not part.isdigit())
