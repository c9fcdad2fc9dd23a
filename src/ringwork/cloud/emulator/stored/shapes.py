"""Output structures from stored records: same-named members first, then made-up ids, ARNs, times, states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call

_SETTLED = (
    *("ACTIVE", "ENABLED", "Active", "Enabled", "InService", "Completed", "COMPLETED", "Created"),
    *("SUCCEEDED", "Succeeded", "READY", "AVAILABLE", "available", "RUNNING", "Executing", "PUBLISHED"),
    *("IN_SYNC", "Scheduled", "SUCCESS", "Success"),
)
"""States that a resource reaches when all goes well: the local cloud has no delays."""

_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the values that a service would make: identifiers, ARNs, times, states."""

    call: Call
    noun: str

    def value(self, shape: Any, name: str, values: Mapping[str, Any]) -> Any:
        if shape.type_name == "timestamp":
            return datetime.now(UTC)
        if shape.type_name != "string":
            return None
        low = name.lower()
        if low.endswith("arn"):
            kind = self.noun.replace("_", "-")
            service = self.call.service.partition("-runtime")[0]
            where = f"{service}:{self.call.region}:{self.call.account}"
            return f"arn:aws:{where}:{kind}/{values.get('_id')}"
        if low.endswith("id"):
            return values.get("_id")
        allowed = getattr(shape, "enum", None)
        if allowed:
            return next((state for state in _SETTLED if state in allowed), None)
        return None


def flat(values: Mapping[str, Any], found: dict[str, Any] | None = None) -> dict[str, Any]:
    """The members of nested structures by name; the outermost of a name wins."""
    found = {} if found is None else found
    for name, value in values.items():
        found.setdefault(name, value)
    for value in values.values():
        if isinstance(value, Mapping):
            flat(value, found)
    return found


def fill(shape: Any, values: dict[str, Any], make: Maker | None, depth: int = 0) -> dict[str, Any]:
    """A structure of `shape` from `values`; what `make` makes is added to `values`, so that it stays."""
    if shape is None:
        return {}
    known = flat(values)
    low = {name.lower(): value for name, value in known.items()}
    noun = make.noun.replace("_", "") if make else ""
    filled: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = known.get(name, low.get(name.lower()))
        if value is None and noun and name.lower() == f"{noun}name":
            value = low.get("name")
        if value is None and noun and name.lower() == "name":
            value = low.get(f"{noun}name")
        if value is not None and _fits(member, value):
            filled[name] = value
        elif member.type_name == "structure" and depth < _DEPTH:
            inner = fill(member, values, make, depth + 1)
            if inner:
                filled[name] = inner
        elif make is not None:
            made = make.value(member, name, values)
            if made is not None:
                filled[name] = values.setdefault(name, made)
    return filled


def _fits(shape: Any, value: Any) -> bool:
    kinds = {"structure": Mapping, "map": Mapping, "list": list}
    kind = kinds.get(shape.type_name)
    if kind is not None:
        return isinstance(value, kind)
    return not isinstance(value, Mapping | list)
