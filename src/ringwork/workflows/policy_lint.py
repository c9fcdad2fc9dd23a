"""What is wrong or doubtful in policies, each on its own: of files, or of everything that an estate holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ringwork.access.authority import Authority
from ringwork.access.documents import PolicyText, read_documents
from ringwork.access.lint import Held, lint
from ringwork.access.policy import PolicyKind
from ringwork.access.questions.compare import kind_of
from ringwork.findings import Severity
from ringwork.source import InputError, load, parse_json
from ringwork.workflows.authority import Authorities, steps


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding, with its place."""

    id: str
    severity: Severity
    message: str
    where: str
    """`file:line:column`, or the resource's key"""
    pointer: str
    source: str


@dataclass(frozen=True, slots=True)
class Linted:
    """What was looked at, and what was found."""

    policies: int
    remarks: tuple[Remark, ...]


def of_files(paths: Iterable[Path]) -> Linted:
    """Policy files, and those below folders. Raises InputError for a path that is not there."""
    remarks: list[Remark] = []
    count = 0
    for path in _files(paths):
        text = path.read_text(encoding="utf-8", errors="replace")
        given = PolicyText(str(path), text, _kind(path, text))
        read = read_documents([given])
        count += 1
        for problem in read.problems:
            where = str(problem.position) if problem.position else problem.file
            remarks.append(
                Remark("not-accepted", Severity.HIGH, problem.message, where, problem.pointer, problem.source)
            )
        for policy in read.policies:
            document = parse_json(text, str(path))
            for one in lint(policy, text=text):
                place = document.position(*steps(one.pointer))
                remarks.append(Remark(one.id, one.severity, one.message, str(place), one.pointer, one.source))
    return Linted(count, _sorted(remarks))


def of_authorities(given: Authorities) -> Linted:
    """Every policy that an estate holds, each once."""
    remarks: dict[Remark, None] = {}
    seen: set[tuple[str, tuple[str | int, ...]]] = set()
    for authority in given.worlds:
        remarks.update(dict.fromkeys(_of_authority(authority, seen)))
    return Linted(len(seen), _sorted(remarks))


def _of_authority(authority: Authority, seen: set[tuple[str, tuple[str | int, ...]]]) -> Iterator[Remark]:
    for problem in authority.problems:
        yield Remark("not-accepted", Severity.HIGH, problem.message, problem.key, problem.pointer, "")
    for document in authority.documents:
        place = (document.key, document.path)
        if place in seen:
            continue
        seen.add(place)
        if not document.known or document.key.startswith("arn:"):
            # what is not known cannot be judged; AWS keeps its own managed policies
            continue
        base = "".join(f"/{step}" for step in document.path)
        for one in lint(document.wider, held=_HELD.get(_type(document.key))):
            yield Remark(one.id, one.severity, one.message, document.key, base + one.pointer, one.source)


_HELD: Mapping[str, Held] = {
    "AWS::IAM::Role": "role",
    "AWS::IAM::RolePolicy": "role",
    "AWS::IAM::User": "user",
    "AWS::IAM::UserPolicy": "user",
    "AWS::IAM::Group": "group",
    "AWS::IAM::GroupPolicy": "group",
    "AWS::S3::Bucket": "bucket",
    "AWS::S3::BucketPolicy": "bucket",
}


def _type(key: str) -> str:
    """The type in an estate's key: `ACCOUNT/REGION/TYPE/...`."""
    return next((part for part in key.split("/") if part.startswith("AWS::")), "")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.json"))
        elif path.exists():
            yield path
        else:
            raise InputError(f"`{path}` is not there")


def _kind(path: Path, text: str) -> PolicyKind:
    """By the name where it says so, else by what the document has."""
    name = path.name.lower()
    for word, kind in (
        ("scp", "scp"),
        ("rcp", "rcp"),
        ("service_control", "scp"),
        ("resource_control", "rcp"),
    ):
        if word in name or any(word in part.lower() for part in path.parts[-3:-1]):
            return kind  # type: ignore[return-value]
    try:
        value = load(path).value if text else {}
    except InputError:
        return "identity"
    return kind_of(value) if isinstance(value, dict) else "identity"


def _sorted(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(sorted(remarks, key=lambda one: (-one.severity.rank, one.where, one.pointer, one.id)))
