"""Policies from texts, with what is wrong in each: one broken policy never hides another.

A policy with a problem is not given back, except where the only problem is its size, for AWS raises some
quotas; whoever decides by these policies must take a missing one for unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.access.lint import Held, lint_size, malformed_arn
from ringwork.access.policy import Policy, PolicyError, PolicyKind, parse
from ringwork.source import Document, InputError, Position, parse_json


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy document as it was found."""

    file: str
    """where, for messages"""
    text: str
    """JSON"""
    kind: PolicyKind
    name: str = ""
    """what explanations call it; the file, if empty"""
    held: Held | None = None
    """where AWS keeps it, which decides its quota"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a document is no policy that AWS accepts."""

    file: str
    message: str
    """lower case, no full stop, the document's words in backticks"""
    statement: int | None = None
    """from 0; None: the document as a whole"""
    pointer: str = ""
    """JSON pointer (RFC 6901)"""
    position: Position | None = None
    """of the value that the pointer names, or the nearest above it"""
    source: str = ""
    """AWS's page, where it is a quota or an ARN"""

    def __str__(self) -> str:
        where = f"{self.position}" if self.position else self.file
        return f"{where}: {self.message} at `{self.pointer or '/'}`"


@dataclass(frozen=True, slots=True)
class Read:
    """What the texts came to."""

    policies: tuple[Policy, ...]
    """of those that AWS accepts, in the order given"""
    problems: tuple[Problem, ...]


def read_documents(files: Iterable[PolicyText]) -> Read:
    """Read every text on its own. Never raises for anything in a text."""
    policies: list[Policy] = []
    problems: list[Problem] = []
    for given in files:
        policy, found = _read(given)
        problems += found
        if policy is not None:
            policies.append(policy)
    return Read(tuple(policies), tuple(problems))


def _read(given: PolicyText) -> tuple[Policy | None, list[Problem]]:
    try:
        document = parse_json(given.text, given.file)
    except InputError as error:
        return None, [
            Problem(given.file, f"the policy is not JSON: {error.message}", position=error.position)
        ]
    except RecursionError:
        return None, [Problem(given.file, "the policy is not JSON: it is nested too deeply")]
    name = given.name or given.file
    found = [_problem(document, message, pointer) for message, pointer in _faults(document.value, given.kind)]
    if found:
        return None, found
    policy = parse(document.value, kind=given.kind, name=name)
    arns = list(_bad_arns(document))
    if arns:
        return None, arns
    sizes = lint_size(policy, text=given.text, held=given.held)
    return policy, [_problem(document, one.message, one.pointer, one.source) for one in sizes]


def _faults(value: Any, kind: PolicyKind) -> Iterator[tuple[str, str]]:
    """(message, pointer) of what `parse` refuses: of the whole, else the first in each statement."""
    statements = value.get("Statement") if isinstance(value, Mapping) else None
    seen = set()
    if isinstance(statements, list) and len(statements) > 1:
        for index, statement in enumerate(statements):
            fault = _fault({**value, "Statement": [statement]}, kind)
            if fault is None:
                continue
            message, pointer = fault
            inside = pointer.startswith("/Statement/0")
            pair = message, f"/Statement/{index}{pointer.removeprefix('/Statement/0')}" if inside else pointer
            if pair not in seen:
                seen.add(pair)
                yield pair
    if not seen:
        fault = _fault(value, kind)
        if fault is not None:
            yield fault


def _fault(value: Any, kind: PolicyKind) -> tuple[str, str] | None:
    if not isinstance(value, Mapping):
        return "the policy is not a JSON object", ""
    try:
        parse(value, kind=kind)
    except PolicyError as error:
        return error.message, error.pointer
    return None


def _bad_arns(document: Document) -> Iterator[Problem]:
    statements = document.value["Statement"]
    one = isinstance(statements, Mapping)
    for index, statement in enumerate([statements] if one else statements):
        base = "/Statement" if one else f"/Statement/{index}"
        for element in ("Resource", "NotResource"):
            value = statement.get(element, [])
            listed = isinstance(value, list)
            for number, text in enumerate(value if listed else [value]):
                wrong = malformed_arn(text) if text.startswith("arn:") else None
                if wrong is not None:
                    pointer = f"{base}/{element}" + (f"/{number}" if listed else "")
                    page = "IAM user guide, IAM identifiers"
                    yield _problem(document, f"`{text}` {wrong}", pointer, page)


def _problem(document: Document, message: str, pointer: str, source: str = "") -> Problem:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    path = [int(step) if step.isdigit() else step for step in steps]
    statement = None
    if path[:1] == ["Statement"]:
        listed = isinstance(document.value.get("Statement"), list)
        statement = path[1] if listed and len(path) > 1 and isinstance(path[1], int) else 0
        if listed and len(path) == 1:
            statement = None
    position = document.position(*path)
    return Problem(document.file, message, statement, pointer, position, source)
