"""What stands for a value while a template is being resolved."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from ringwork.estate.model import Reference, Text, Unknown, Value
from ringwork.estate.sources import loops

MAX_DEPTH = 200
"""Deepest nesting of values that is followed; below it everything is `Unknown`."""


class Marker(Enum):
    NO_VALUE = "AWS::NoValue"
    """the property or list entry is removed"""


NO_VALUE = Marker.NO_VALUE
Resolved: TypeAlias = "Value | Marker"


def is_function(raw: object) -> bool:
    """A mapping with the one key `Ref` or `Fn::...`."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        return False
    name = next(iter(raw))
    return name == "Ref" or (
        isinstance(name, str) and name.startswith("Fn::") and not name.startswith(loops.PREFIX)
    )


def is_open(value: object) -> bool:
    """Whether some part of the value is known only after deployment."""
    if isinstance(value, (Unknown, Reference, Text)):
        return True
    if isinstance(value, tuple):
        return any(is_open(item) for item in value)
    return isinstance(value, Mapping) and any(is_open(item) for item in value.values())
