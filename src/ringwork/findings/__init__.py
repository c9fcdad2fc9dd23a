"""The one record of what was found or proved, and its evidence.

Field names follow OCSF's Compliance Finding class where it has one (title, status, severity,
resource, remediation); the writers in `ringwork.report` map the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The three answers. There is no silent default: what cannot be decided is `UNKNOWN`."""

    PROVED = "proved"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (informational) to 4 (critical)."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a resource or property was seen: a line of a template, or an API call at a time."""

    file: str | None = None
    line: int | None = None
    """from 1"""
    column: int | None = None
    """from 1"""
    operation: str | None = None
    """`service:Operation`, for a live origin"""
    time: str | None = None
    """RFC 3339, UTC, when the operation was called"""

    def __str__(self) -> str:
        if self.file:
            return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{self.operation} at {self.time}" if self.time else (self.operation or "unknown origin")


@dataclass(frozen=True, slots=True)
class Subject:
    """The resource that a finding is about, named so that a person finds it again."""

    type: str
    """CloudFormation type, or a documented `live:<service>:<thing>`"""
    name: str
    """`stack/LogicalId` where known, else the physical id"""
    physical: str | None = None
    arn: str | None = None
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one control (or proof) about one resource."""

    control: str
    """the control's id, `NET-03`"""
    title: str
    """what should hold"""
    status: Status
    severity: Severity
    subject: Subject
    message: str
    """what was found, in one sentence: lower case, no full stop, names in backticks"""
    origins: tuple[Origin, ...] = ()
    """most exact first: the property to blame, then the resource"""
    evidence: tuple[str, ...] = ()
    """the facts that decide, one a line (property paths with values; never secrets)"""
    remediation: str = ""
    """what to do"""
    settle: str = ""
    """for `UNKNOWN`: what would settle it"""
