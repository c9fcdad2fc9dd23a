"""EventBridge's event patterns: which events a rule takes.

Source: EventBridge user guide, "Creating Amazon EventBridge event patterns", "Comparison operators for use in
event patterns", "Array matching".
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ringwork.access.patterns import glob

_ABSENT = object()
_OR = "$or"


class BadPatternError(ValueError):
    """A pattern that EventBridge does not accept."""


def check(pattern: Any, *, top: bool = True) -> None:
    """Raise `BadPatternError` for what is no pattern."""
    if not isinstance(pattern, Mapping) or (not pattern and not top):
        raise BadPatternError('"" must be an object or an array')
    for name, wanted in pattern.items():
        if name == _OR and isinstance(wanted, list):
            for one in wanted:
                check(one, top=False)
        elif isinstance(wanted, Mapping):
            check(wanted, top=False)
        elif not isinstance(wanted, list) or not wanted:
            raise BadPatternError(f'"{name}" must be an object or an array')
        else:
            for matcher in wanted:
                _check_matcher(matcher)


def _check_matcher(matcher: Any) -> None:
    if isinstance(matcher, list):
        raise BadPatternError("Match value must be String, number, true, false, or null")
    if not isinstance(matcher, Mapping):
        return
    if len(matcher) != 1:
        raise BadPatternError("Only one key allowed in match expression")
    ((kind, given),) = matcher.items()
    if kind not in _MATCHERS and kind != "exists":
        raise BadPatternError(f"Unrecognized match type {kind}")
    if kind == "numeric" and (not isinstance(given, list) or len(given) not in (2, 4)):
        raise BadPatternError("Bad numeric range")
    if kind == "numeric" and any(op not in _NUMERIC for op in given[::2]):
        raise BadPatternError("Unrecognized numeric range operator")


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event, or what stands at one place of it, meets all of a pattern.

    In an array, one item must meet all of it ("Array matching").
    """
    if isinstance(event, list):
        return any(matches(pattern, item) for item in event)
    for name, wanted in pattern.items():
        if name == _OR and isinstance(wanted, list):
            if not any(matches(one, event) for one in wanted):
                return False
            continue
        value = event.get(name, _ABSENT) if isinstance(event, Mapping) else _ABSENT
        if isinstance(wanted, Mapping):
            if not matches(wanted, value):
                return False
        elif not any(_meets(value, matcher) for matcher in wanted):
            return False
    return True


def _meets(value: Any, matcher: Any) -> bool:
    if isinstance(matcher, Mapping):
        ((kind, given),) = matcher.items()
        if kind == "exists":
            return (value is not _ABSENT and not isinstance(value, Mapping)) == bool(given)
        return any(_MATCHERS[kind](one, given) for one in _leaves(value))
    return any(_equal(one, matcher) for one in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not _ABSENT and not isinstance(value, Mapping):
        yield value


def _equal(value: Any, wanted: Any) -> bool:
    # true is not 1
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _texts(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else [str(given)]


def _folded(given: Any) -> str | None:
    """The text of `{"equals-ignore-case": text}` inside another matcher."""
    found = given.get("equals-ignore-case") if isinstance(given, Mapping) else None
    return found.lower() if isinstance(found, str) else None


def _prefix(value: Any, given: Any) -> bool:
    if not isinstance(value, str):
        return False
    folded = _folded(given)
    return value.lower().startswith(folded) if folded is not None else value.startswith(tuple(_texts(given)))


def _suffix(value: Any, given: Any) -> bool:
    if not isinstance(value, str):
        return False
    folded = _folded(given)
    return value.lower().endswith(folded) if folded is not None else value.endswith(tuple(_texts(given)))


def _ignoring_case(value: Any, given: Any) -> bool:
    return isinstance(value, str) and value.lower() in [one.lower() for one in _texts(given)]


def _wildcard(value: Any, given: Any) -> bool:
    # only `*` is one here
    return isinstance(value, str) and any(
        glob(one.replace("\\*", "\ue000").replace("?", "\ue001"))(value) for one in _texts(given)
    )


def _anything_but(value: Any, given: Any) -> bool:
    if isinstance(given, Mapping):
        ((kind, inner),) = given.items()
        return not _MATCHERS[kind](value, inner)
    return not any(_equal(value, one) for one in (given if isinstance(given, list) else [given]))


_NUMERIC: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def _numeric(value: Any, given: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_NUMERIC[given[n]](value, float(given[n + 1])) for n in range(0, len(given), 2))


def _cidr(value: Any, given: Any) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(str(given), strict=False)
    except ValueError:
        return False


_MATCHERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
