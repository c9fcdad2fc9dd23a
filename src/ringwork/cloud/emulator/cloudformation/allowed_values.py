"""Values that a service's API does not have: AWS answers them with a validation error, boto3 sends them.

botocore checks the types and the presence of parameters before it sends them, not their enumerations. Here a
client of CloudFormation's refuses a value that the service's model does not list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

_HANDLER = "ringwork-allowed-values"

_OPEN = frozenset({("ec2", "InstanceType"), ("sagemaker", "InstanceType")})
"""Enumerations that grow all the time: a value that they lack may be one that AWS has since."""


def watch(client: Any) -> Any:
    """The client, which from now on refuses what its service would refuse."""
    meta = getattr(client, "meta", None)
    if meta is not None:
        meta.events.register("before-parameter-build", _check, unique_id=_HANDLER)
    return client


def _check(params: dict[str, Any], model: Any, **_kwargs: Any) -> None:
    service = model.service_model.service_name
    for path, value, allowed in _unknown(model.input_shape, params, ""):
        if (service, path.rsplit(".", 1)[-1]) in _OPEN:
            continue
        listed = ", ".join(allowed)
        member = path[:1].lower() + path[1:]
        message = (
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{listed}]"
        )
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, model.name)


def _unknown(shape: Any, value: Any, path: str) -> Iterator[tuple[str, Any, list[str]]]:
    """Path, value and allowed values of each string in `value` that its enumeration lacks."""
    if shape is None or value is None:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield from _unknown(member, value[name], f"{path}.{name}" if path else name)
    elif shape.type_name == "list" and isinstance(value, (list, tuple)):
        for number, item in enumerate(value, 1):
            yield from _unknown(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        allowed = list(getattr(shape, "enum", None) or [])
        if allowed and value not in allowed:
            yield path, value, allowed
