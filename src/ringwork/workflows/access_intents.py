"""The access intents that are to be decided: the built-in set, a file's, and a blueprint's own about data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from ringwork.access.authority import Authority
from ringwork.blueprint import Blueprint
from ringwork.findings import Origin, Severity
from ringwork.intents import AccessIntent, AccessKind, AccessStatement, Located, built_in
from ringwork.source import InputError, Position
from ringwork.workflows.reachability import Seen
from ringwork.workflows.selecting import ANY, OUTSIDE, values

Found = TypeVar("Found")
Rule = Literal["never", "always", "some"]
"""`some`: a request of the kind is possible; blueprints say so of data"""


@dataclass(frozen=True, slots=True)
class AccessAsked:
    """One intent for one value of what it is for each of."""

    name: str
    title: str
    because: str
    severity: Severity
    rule: Rule
    statement: AccessStatement
    assuming: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    for_each: str | None = None
    origin: Origin | None = None
    """where it is written; none: it is built in"""
    places: Callable[[str], Position | None] = lambda _: None
    """part of the statement -> where it is written"""
    least_depth: int | None = None
    strict: bool = False
    """it is an error if it names what is not there"""


def every(seen: Seen, given: Located | None) -> Iterator[AccessAsked]:
    if given is None or given.intents.built_in:
        left_out = given.intents.without if given is not None else ()
        for name, intent in built_in().intents.access.items():
            if name not in left_out:
                yield _asked(name, intent, None)
    if given is not None:
        for name, intent in given.intents.access.items():
            yield _asked(name, intent, given)
    if seen.blueprint is not None:
        yield from _of_blueprint(seen.blueprint, str(seen.path))


def _asked(name: str, intent: AccessIntent, given: Located | None) -> AccessAsked:
    rule = "must_never" if intent.must_never is not None else "must_always"
    whole = given.document.key_position("access", name) if given is not None else None

    def place(part: str) -> Position | None:
        if given is None:
            return None
        if part == "assuming":
            return given.position("access", name, part)
        return given.position("access", name, rule, *part.split(".") if part else ())

    return AccessAsked(
        name,
        intent.says or _title(intent.statement, never=rule == "must_never", for_each=intent.for_each),
        intent.because,
        Severity(intent.severity),
        "never" if rule == "must_never" else "always",
        intent.statement,
        intent.assuming,
        intent.for_each,
        Origin(file=whole.file, line=whole.line, column=whole.column) if whole is not None else None,
        place,
        intent.least_depth,
        strict=given is not None,
    )


def _title(statement: AccessStatement, *, never: bool, for_each: str | None = None) -> str:
    can = "is never" if never else "is always"
    each = f"for each {for_each}: " if for_each else ""
    who = " or ".join(statement.principal)
    beside = f" beside {_what(statement.beside)}" if statement.beside is not None else ""
    return f"{each}{who} {can} allowed {_what(statement)}{beside}"


def _what(kind: AccessKind) -> str:
    actions = kind.Action or tuple(f"all but {each}" for each in kind.NotAction or ())
    shown = ", ".join(actions[:4]) + (f" and {len(actions) - 4} more" if len(actions) > 4 else "")
    if kind.NotResource:
        return f"{shown} on all but {', '.join(kind.NotResource)}"
    where = "" if kind.Resource == ("*",) else f" on {', '.join(kind.Resource[:3])}"
    return f"{shown}{where}{' under a condition' if kind.Condition else ''}"


DATA_ACTIONS = (
    *("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    "s3:RestoreObject",
)
"""What a blueprint's intent about data means by reaching it."""


def _of_blueprint(blueprint: Blueprint, file: str) -> Iterator[AccessAsked]:
    """The blueprint's own that are about data or models."""
    for index, intent in enumerate(blueprint.intents):
        kind, colon, what = intent.to.partition(":")
        if not colon:
            continue
        team, _, name = what.partition("/")
        statement = AccessStatement.model_validate(
            {"principal": _side(intent.from_), **_reached(kind, team, name)}
        )
        yield AccessAsked(
            f"blueprint-{index + 1}",
            f"{intent.from_} can {intent.rule} reach {intent.to}",
            "the blueprint says so",
            Severity.CRITICAL,
            "never" if intent.rule == "never" else "some",
            statement,
            origin=Origin(file=file),
            least_depth=intent.least_depth,
        )


def _side(text: str) -> list[str]:
    if text == "internet":
        return [OUTSIDE]
    if text == "any":
        return [ANY, OUTSIDE]
    team, _, workload = text.partition("/")
    return [f"team={team}" if workload == "*" else f"team={team},workload={workload}"]


def _reached(kind: str, team: str, name: str) -> dict[str, Any]:
    if kind == "data":
        return {"Action": DATA_ACTIONS, "Resource": [f"team={team},data-set={name},type=AWS::S3::Bucket"]}
    return {
        "Action": (
            "sagemaker:CreateModelPackage",
            "sagemaker:DescribeModelPackage",
            "sagemaker:UpdateModelPackage",
        ),
        "Resource": [f"team={team},model={name},type=AWS::SageMaker::ModelPackageGroup"],
    }


def unfolded(authority: Authority, intent: AccessAsked) -> Iterator[AccessAsked]:
    label = intent.for_each
    if label is None:
        yield intent
        return
    for value in values(authority, label):
        statement = AccessStatement.model_validate(
            _replaced(intent.statement.model_dump(exclude_none=True), f"{{{label}}}", value)
        )
        title = intent.title.removeprefix(f"for each {label}: ").replace(f"{{{label}}}", value)
        yield replace(intent, title=title, statement=statement, for_each=None)


def _replaced(node: Any, text: str, value: str) -> Any:
    if isinstance(node, str):
        return node.replace(text, value)
    if isinstance(node, Mapping):
        return {_replaced(key, text, value): _replaced(inner, text, value) for key, inner in node.items()}
    return [_replaced(item, text, value) for item in node] if isinstance(node, (list, tuple)) else node


def located(position: Position | None, call: Callable[[], Found]) -> Found:
    """Calls, and gives an InputError its place."""
    try:
        return call()
    except InputError as error:
        if position is None or error.position is not None:
            raise
        raise InputError(error.message, position=position, help=error.help) from None
