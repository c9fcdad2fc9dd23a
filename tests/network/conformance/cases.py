"""The file of cases: read with positions, bases and prose resolved; nothing about AWS is decided here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.network.conformance.notes import NOTES, Added

from ringwork.source import Document, InputError, load

SHARED = os.environ.get("RINGWORK_SHARED", "")
PUBLISHED = Path(SHARED) / "corpora" / "network" / "conformance.json"
"""the 88 cases; only where RINGWORK_SHARED is set"""

MAX_BASES = 8
"""deepest chain of `base`"""


class UntranslatedError(Exception):
    """The case says something that the translation does not know: skipped, never passed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


T = TypeVar("T")
MALFORMED = (KeyError, IndexError, ValueError, TypeError, AttributeError, StopIteration)
"""what a value in an unexpected form raises where it is read"""


def understood(read: Callable[[], T], what: str) -> T:
    """What `read` gives; `UntranslatedError` where the file has another form there."""
    try:
        return read()
    except MALFORMED as error:
        raise UntranslatedError(f"the {what} is not in a known form: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Case:
    """One case as the file has it."""

    id: str
    title: str
    setup: Mapping[str, Any]
    question: Mapping[str, Any]
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cases:
    """A whole file."""

    path: Path
    cases: tuple[Case, ...]

    def get(self, id: str) -> Case | None:
        return next((case for case in self.cases if case.id == id), None)


def read_cases(path: Path) -> Cases:
    """The cases of a file. Raises `InputError`, with line and column, for what has not that form."""
    document = load(path)
    if not isinstance(document.value, Mapping) or not isinstance(document.value.get("cases"), list):
        raise InputError(
            "no list `cases`", position=document.position(), help='the form is {"cases": [{"id": ...}, ...]}'
        )
    cases: list[Case] = []
    seen: set[str] = set()
    for index, raw in enumerate(document.value["cases"]):
        case = _case(document, index, raw)
        if case.id in seen:
            raise InputError(f"two cases are called `{case.id}`", position=document.position("cases", index))
        seen.add(case.id)
        cases.append(case)
    return Cases(path, tuple(cases))


def _case(document: Document, index: int, raw: Any) -> Case:
    if not isinstance(raw, Mapping):
        raise InputError("a case must be an object", position=document.position("cases", index))
    if not isinstance(raw.get("id"), str):
        raise InputError("a case needs a text `id`", position=document.position("cases", index, "id"))
    for name in ("setup", "question", "expected"):
        if not isinstance(raw.get(name), Mapping):
            raise InputError(
                f"case `{raw['id']}` needs an object `{name}`",
                position=document.position("cases", index, name),
            )
    if not raw["expected"]:
        raise InputError(
            f"case `{raw['id']}` expects nothing", position=document.position("cases", index, "expected")
        )
    return Case(raw["id"], str(raw.get("title", "")), raw["setup"], raw["question"], raw["expected"])


def resolved(case: Case, cases: Cases) -> tuple[dict[str, Any], Path | None]:
    """The setup with its bases below it and its prose translated, and the folder of the snapshot that it
    starts from, if it does. Raises `UntranslatedError`."""
    setup, folder = _based(case.setup, cases, 0)
    notes = [*_prose(setup)]
    known = NOTES.get(case.id)
    for note in notes:
        if known is None or known.text != note:
            raise UntranslatedError(f"the note `{note}` is not translated")
    setup = {key: value for key, value in setup.items() if key != "_note"}
    for key, value in setup.items():
        if isinstance(value, Mapping) and "_note" in value:
            setup[key] = {name: item for name, item in value.items() if name != "_note"}
    return (merged(setup, known.changes) if known and notes else setup), folder


def _based(setup: Mapping[str, Any], cases: Cases, depth: int) -> tuple[dict[str, Any], Path | None]:
    base = setup.get("base")
    own = {key: value for key, value in setup.items() if key != "base"}
    if base is None:
        return own, None
    if depth == MAX_BASES:
        raise UntranslatedError(f"the base `{base}` leads back to itself")
    below = cases.get(str(base))
    if below is not None:
        setup, folder = _based(below.setup, cases, depth + 1)
        return merged(setup, own), folder
    name = str(base).rpartition("/")[2]
    for parent in ("batfish", "batfish-aws"):
        folder = cases.path.parent / parent / name
        if folder.is_dir():
            return own, folder
    raise UntranslatedError(f"its base `{base}` is not here")


def _prose(setup: Mapping[str, Any]) -> list[str]:
    inner = [value["_note"] for value in setup.values() if isinstance(value, Mapping) and "_note" in value]
    return [str(note) for note in ([setup["_note"]] if "_note" in setup else []) + inner]


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` changed by `above`: objects are merged, `Added` appends to a list, the rest replaces."""
    found = dict(below)
    for key, value in above.items():
        if isinstance(value, Added):
            found[key] = [*found.get(key, ()), *value.items]
        elif isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = merged(found[key], value)
        elif isinstance(value, Mapping):
            found[key] = merged({}, value)
        else:
            found[key] = value
    return found
