"""Finding criteria of GuardDuty and Macie: conditions on members of a finding, named by their path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def matches(finding: Mapping[str, Any], criterion: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether every condition holds. A condition's name is a path such as `service.archived`, in any case.

    GuardDuty API reference, Condition; Macie API reference, CriterionAdditionalProperties: `eq`, `neq`, `gt`,
    `gte`, `lt`, `lte`, and GuardDuty's long names for them.
    """
    return all(_holds(_at(finding, name.split(".")), condition) for name, condition in criterion.items())


def at(finding: Mapping[str, Any], path: str) -> Any:
    """The member that a path such as `severity.description` names; None when there is none."""
    return _at(finding, path.split("."))


def _at(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    if isinstance(value, list):
        found = [_at(item, path) for item in value]
        return [item for item in found if item is not None]
    if not isinstance(value, Mapping):
        return None
    low = path[0].lower()
    return next((_at(item, path[1:]) for name, item in value.items() if name.lower() == low), None)


def _holds(value: Any, condition: Mapping[str, Any]) -> bool:
    values = value if isinstance(value, list) else [value]
    texts = {_text(item) for item in values if item is not None}
    for name, wanted in condition.items():
        operator = name.lower()
        if operator in ("eq", "equals", "eqexactmatch"):
            good = bool(texts & {_text(item) for item in _each(wanted)})
        elif operator in ("neq", "notequals"):
            good = not texts & {_text(item) for item in _each(wanted)}
        elif operator in ("gt", "greaterthan"):
            good = any(_number(item) > float(wanted) for item in values if item is not None)
        elif operator in ("gte", "greaterthanorequal"):
            good = any(_number(item) >= float(wanted) for item in values if item is not None)
        elif operator in ("lt", "lessthan"):
            good = any(_number(item) < float(wanted) for item in values if item is not None)
        elif operator in ("lte", "lessthanorequal"):
            good = any(_number(item) <= float(wanted) for item in values if item is not None)
        elif operator in ("prefix", "matches"):
            good = any(text.startswith(_text(item)) for text in texts for item in _each(wanted))
        else:
            good = False
        if not good:
            return False
    return True


def _each(wanted: Any) -> Iterable[Any]:
    return wanted if isinstance(wanted, list | tuple) else (wanted,)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # conditions name whole numbers without a fraction: a severity of 8.0 equals `8`
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp() * 1000
    try:
        return float(value)
    except (TypeError, ValueError):
        try:
            return datetime.fromisoformat(str(value)).timestamp() * 1000
        except ValueError:
            return float("nan")


def ordered(findings: list[dict[str, Any]], attribute: str | None, order: str | None) -> list[dict[str, Any]]:
    """Findings sorted by a member (by its path), descending for `DESC`."""
    if not attribute:
        return findings
    return sorted(
        findings, key=lambda finding: _rank(at(finding, attribute)), reverse=(order or "").upper() == "DESC"
    )


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers and times by size, before texts; what is absent comes first."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, datetime | int | float) and not isinstance(value, bool):
        return (1, _number(value), "")
    return (2, 0.0, str(value))
