"""Read property values so that what is not known can never be taken for absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from ringwork.controls.control import UndecidedError
from ringwork.estate import Estate, Reference, Resource, Text, Unknown
from ringwork.estate.defaults import default

ABSENT = None


def read(resource: Resource, *path: str | int) -> Any:
    """The value at `path` within the properties, the documented default where it is not set, else None.

    Raises `UndecidedError` where the value, or something above it, is `Unknown`.
    """
    value: Any = resource.properties
    for length, name in enumerate(path):
        if isinstance(value, Unknown):
            raise UndecidedError(value.reason, *path[:length], resource=resource)
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, Sequence) and isinstance(name, int) and not isinstance(value, str):
            value = value[name] if name < len(value) else None
        else:
            value = None
    if isinstance(value, Unknown):
        raise UndecidedError(value.reason, *path, resource=resource)
    if value is None:
        known = default(resource.type, "/".join(part for part in path if isinstance(part, str)))
        return known[0] if known else None
    return value


def items(resource: Resource, *path: str | int) -> tuple[Any, ...]:
    """The members of a list, or of a single value given in a list's place; none where it is not set."""
    value = read(resource, *path)
    if value is None:
        return ()
    if isinstance(value, (tuple, list)):
        return tuple(value)
    return (value,)


def truth(resource: Resource, *path: str | int) -> bool:
    """A boolean, also where it was written as text; False where it is not set and has no default."""
    value = read(resource, *path)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value is None or isinstance(value, bool):
        return bool(value)
    raise UndecidedError("the value is no boolean that is known", *path, resource=resource)


def number(resource: Resource, *path: str | int) -> int | None:
    """An integer, also where it was written as text; None where it is not set."""
    value = read(resource, *path)
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise UndecidedError("the value is no number that is known", *path, resource=resource) from None


def text(estate: Estate, resource: Resource, *path: str | int) -> str | None:
    """A string; None where it is not set. Raises `UndecidedError` where a part of it is not known."""
    value = read(resource, *path)
    if value is None:
        return None
    found = estate.literal(value)
    if found is None:
        raise UndecidedError("the text is known only once the stack is deployed", *path, resource=resource)
    return found


def target(estate: Estate, value: object) -> str:
    """What a value names: the key of a resource of the estate, else the literal id or ARN.

    Two values name the same thing exactly if these are equal. Raises `UndecidedError`.
    """
    if isinstance(value, Unknown):
        raise UndecidedError(value.reason)
    found = estate.resolve(value)
    if found is not None:
        return found.key
    if isinstance(value, Reference):
        return value.target
    literal = estate.literal(value) if isinstance(value, Text) else value
    if not isinstance(literal, str):
        raise UndecidedError("the value is known only once the stack is deployed")
    return literal


def block(estate: Estate, resource: Resource, *path: str | int) -> IPv4Network | IPv6Network | None:
    """A CIDR block; None where it is not set. Raises `UndecidedError` for text that is none."""
    cidr = text(estate, resource, *path)
    if cidr is None:
        return None
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        raise UndecidedError("the text is no CIDR block", *path, resource=resource) from None


def named(estate: Estate, resource: Resource, *path: str | int) -> str | None:
    """`target` of a property; None where it is not set."""
    value = read(resource, *path)
    if value is None:
        return None
    try:
        return target(estate, value)
    except UndecidedError as error:
        raise UndecidedError(error.reason, *path, resource=resource) from None


def tags(resource: Resource) -> dict[str, str | None]:
    """Tags by key; None for a value that is not known. Raises `UndecidedError` if the keys are not known."""
    found: dict[str, str | None] = {}
    for index, tag in enumerate(items(resource, "Tags")):
        key = tag.get("Key") if isinstance(tag, Mapping) else None
        if not isinstance(key, str):
            raise UndecidedError("the tag's key is not known", "Tags", index, resource=resource)
        value = tag.get("Value")
        found[key] = value if isinstance(value, str) else None
    return found


def tag(resource: Resource, key: str) -> str | None:
    """A tag's value; None where there is no such tag. Raises `UndecidedError` where it is not known."""
    found = tags(resource)
    if key in found and found[key] is None:
        raise UndecidedError(f"the value of tag `{key}` is not known", "Tags", resource=resource)
    return found.get(key)
