"""What a control is, and what its check answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ringwork.estate import Estate, Resource
from ringwork.findings import Origin, Severity, Status, Subject


class UndecidedError(Exception):
    """A value that a check needs is not known. `reason` says why, `path` where in the resource."""

    def __init__(self, reason: str, *path: str | int, resource: Resource | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.resource = resource


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer about one resource."""

    status: Status
    subject: Subject
    message: str
    """one sentence: lower case, no full stop, names in backticks"""
    origins: tuple[Origin, ...] = ()
    """the property to blame, then the resource"""
    evidence: tuple[str, ...] = ()
    settle: str = ""
    by_absence: bool = False
    """violated because something was not found: a gap in what was read makes it unknown"""


def proved(resource: Resource, message: str, *path: str | int, evidence: Iterable[str] = ()) -> Outcome:
    """The control holds; `path`: the property that shows it."""
    return Outcome(Status.PROVED, resource.subject, message, resource.origin(*path), tuple(evidence))


def violated(
    resource: Resource,
    message: str,
    *path: str | int,
    evidence: Iterable[str] = (),
    blame: Resource | None = None,
    by_absence: bool = False,
) -> Outcome:
    """The control does not hold; `path`: the property at fault, in `blame` where that is another resource."""
    origins = (blame or resource).origin(*path)
    if blame is not None:
        origins = tuple(dict.fromkeys((*origins, *resource.origins)))
    return Outcome(
        Status.VIOLATED, resource.subject, message, origins, tuple(evidence), by_absence=by_absence
    )


def undecided(resource: Resource, error: UndecidedError) -> Outcome:
    """The control could not be decided for `resource`."""
    where = "/".join(str(part) for part in error.path)
    at = f"`{where}` of " if where else ""
    culprit = error.resource or resource
    return Outcome(
        Status.UNKNOWN,
        resource.subject,
        f"could not be decided: {at}`{culprit.name}`: {error.reason}",
        culprit.origin(*error.path),
        settle=error.reason,
    )


def each(resources: Iterable[Resource], decide: Callable[[Resource], Iterator[Outcome]]) -> Iterator[Outcome]:
    """Decide every resource by itself: what is unknown about one says nothing about the others."""
    for resource in resources:
        try:
            yield from list(decide(resource))
        except UndecidedError as error:
            yield undecided(resource, error)


@dataclass(frozen=True, slots=True)
class Control:
    """A rule of the catalogue: its record, and the function that decides it."""

    id: str
    title: str
    """what must hold"""
    severity: Severity
    layer: str
    """`network`, `identity` or `data`"""
    scope: str
    """`resource`: one resource decides; `relational`: how resources stand to each other decides"""
    why: str
    """what goes wrong where it does not hold"""
    remediation: str
    """the exact property or API call that mends it"""
    sources: tuple[str, ...]
    """ids of the same rule elsewhere, `System id`"""
    reads: frozenset[tuple[str, str]]
    """every (type, property) that the check reads"""
    check: Callable[[Estate], Iterator[Outcome]]
    across: bool = field(default=False)
    """the answer about one resource depends on other accounts and Regions"""

    @property
    def types(self) -> frozenset[str]:
        """The types that the check reads: a gap in one of them leaves it undecided."""
        return frozenset(type for type, _ in self.reads)


def reading(type: str, *properties: str) -> frozenset[tuple[str, str]]:
    """`Control.reads` of one type."""
    return frozenset((type, name) for name in properties)
