"""Two values of one property, as the few lines that tell them apart.

CloudFormation gives values as text: policies, tags and rules as JSON, which is compared by path, so that
a reader sees the one principal that differs and not two documents that begin alike.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

MOST_LINES = 8
"""changed JSON paths that are shown of one property"""
WIDEST = 600
"""characters that are shown of one value"""
_LEAD = 20
"""characters that are shown before the first difference of two long texts"""
_NARROW = 60
_IDENTITIES = ("Sid", "Key", "Id")
"""what names an item of a list: a policy's statement, a tag, a lifecycle rule"""
_PENDING = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""CloudFormation's word in a change set for what only the deployment finds out (User Guide, "View a
change set")"""


def changed(name: str, before: str | None, after: str | None) -> tuple[str, ...]:
    """What differs between two values of the property `name`, None being no value: one line for each
    changed JSON path, at most `MOST_LINES` and then their number; one line for what is no JSON."""
    if before is None and after is None:
        return ()
    old, new = _parsed(before), _parsed(after)
    if old is None or new is None:
        return (f"{name}: {_apart(_plain(before), _plain(after))}",)
    lines = list(_differences(name, old, new)) or [f"{name}: the same JSON, written differently"]
    more = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], f"and {more} more") if more > 0 else tuple(lines)


def _parsed(text: str | None) -> Any:
    """The JSON object or list in `text`; None for anything else, plain numbers and words included."""
    if text is None or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, str) and isinstance(new, str):
        inner = _parsed(old), _parsed(new)  # a policy may stand as text within a larger value
        if old != new and inner[0] is not None and inner[1] is not None:
            old, new = inner
    if _same(old, new):
        return
    # where policies take a list they take its only item alone, too
    if isinstance(old, list) and len(old) > 1 and not isinstance(new, list):
        new = [new]
    elif isinstance(new, list) and len(new) > 1 and not isinstance(old, list):
        old = [old]
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            here = f"{path}.{_printable(key)}"
            if key not in new:
                yield f"{here}: {_json(old[key])} -> (none)"
            elif key not in old:
                yield f"{here}: (none) -> {_json(new[key])}"
            else:
                yield from _differences(here, old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(path, old, new)
    else:
        yield f"{path}: {_apart(_full(old), _full(new))}"


def _list_differences(path: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    """Items of one name belong together; of the others equal ones do, and then those of equal rank."""
    names = _names(old, new)
    before = {name: item for item in old if (name := _name(item)) in names}
    after = {name: item for item in new if (name := _name(item)) in names}
    lines: list[str] = []
    for name in names:
        here = f"{path}[{_printable(name)}]"
        if name not in after:
            lines.append(f"{here}: {_json(before[name])} -> (none)")
        elif name not in before:
            lines.append(f"{here}: (none) -> {_json(after[name])}")
        else:
            lines.extend(_differences(here, before[name], after[name]))
    left = [(i, item) for i, item in enumerate(old) if _name(item) not in names]
    right = [(i, item) for i, item in enumerate(new) if _name(item) not in names]
    for place in list(left):
        twin = next((other for other in right if _same(place[1], other[1])), None)
        if twin is not None:
            left.remove(place)
            right.remove(twin)
    for (_, was), (i, now) in zip(left, right, strict=False):
        lines.extend(_differences(f"{path}[{i}]", was, now))
    lines.extend(f"{path}[{i}]: {_json(was)} -> (none)" for i, was in left[len(right) :])
    lines.extend(f"{path}[{i}]: (none) -> {_json(now)}" for i, now in right[len(left) :])
    yield from lines or [f"{path}: the same items in another order"]


def _names(old: list[Any], new: list[Any]) -> tuple[str, ...]:
    """The names that stand for one item at most on each side, in the order of their appearance."""
    counts = [Counter(map(_name, items)) for items in (old, new)]
    return tuple(
        name
        for name in dict.fromkeys(map(_name, (*old, *new)))
        if name is not None and all(count[name] <= 1 for count in counts)
    )


def _name(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((item[key] for key in _IDENTITIES if isinstance(item.get(key), str)), None)


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON: `true` is not 1, which Python's equality takes it for."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _apart(old: str, new: str) -> str:
    """`old -> new`; long texts are cut to what stands around their first difference."""
    if max(len(old), len(new)) <= _NARROW:
        return f"{old} -> {new}"
    first = next(
        (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    start = 0 if "(none)" in {old, new} else max(0, first - _LEAD)
    return f"{_window(old, start)} -> {_window(new, start)}"


def _window(text: str, start: int) -> str:
    shown = ("..." if start else "") + text[start : start + WIDEST]
    rest = len(text) - start - WIDEST
    return f"{shown}... ({rest} more characters)" if rest > 0 else shown


def _plain(value: str | None) -> str:
    return "(none)" if value is None else _printable(value)


def _json(value: Any) -> str:
    return _window(_full(value), 0)


def _full(value: Any) -> str:
    if value == _PENDING:
        return _printable(_PENDING)
    return _printable(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def _printable(text: str) -> str:
    """`text` on one line, with nothing in it that moves a terminal's cursor or turns its text around."""
    text = text.replace(_PENDING, "(known after deploy)")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
