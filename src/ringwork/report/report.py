"""What a report says, before anybody decides how it looks."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ringwork.estate import Estate
from ringwork.findings import Finding, Severity, Status
from ringwork.network.questions.overview import Overview

LAYERS: Mapping[str, str] = {
    "ORG": "organization",
    "NET": "network",
    "EPT": "endpoints",
    "IAM": "identity",
    "CMP": "compute",
    "MDL": "models",
    "DAT": "data",
    "DET": "detection",
}
"""A control's id prefix -> its layer, outermost first."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a story: what happened, and how it ended."""

    title: str
    text: str = ""
    status: Status | None = None
    """colours the step; none: neutral"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report that its author tells: text, and steps in order."""

    title: str
    text: str = ""
    """plain text; an empty line separates paragraphs"""
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A command to run next, and what for."""

    command: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ControlResult:
    """All answers of one control."""

    control: str
    title: str
    severity: Severity
    """the worst among its findings"""
    findings: tuple[Finding, ...]
    """violated first, then unknown, then proved; by resource name within"""

    def count(self, status: Status) -> int:
        return sum(finding.status is status for finding in self.findings)

    @property
    def status(self) -> Status:
        """The worst answer: one violated resource violates the control."""
        return min((finding.status for finding in self.findings), key=_WORST_FIRST.index)

    @property
    def layer(self) -> str:
        return layer(self.control)


_WORST_FIRST = (Status.VIOLATED, Status.UNKNOWN, Status.PROVED)


@dataclass(frozen=True)
class Report:
    """An audit's answers with what a reader needs to judge them. Not slotted: it caches what it derives."""

    title: str
    target: str
    """the line that names target, account and Region"""
    created: str
    """RFC 3339, UTC; passed in, so that two renderings are equal"""
    findings: tuple[Finding, ...]
    estate: Estate | None = None
    """what was checked; drawn as the architecture"""
    sections: tuple[Section, ...] = ()
    next: tuple[Step, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    """file name as in `Origin.file` -> its text: the lines to blame are quoted from here"""
    version: str = ""
    """of Ringwork"""
    network: Overview | None = None
    """who can reach whom, and one packet's way; only the page shows it"""

    def count(self, status: Status) -> int:
        return sum(finding.status is status for finding in self.findings)

    @cached_property
    def controls(self) -> tuple[ControlResult, ...]:
        """What matters most first: by worst answer, then severity, then id."""
        grouped: dict[str, list[Finding]] = {}
        for finding in self.findings:
            grouped.setdefault(finding.control, []).append(finding)
        results = [
            ControlResult(
                control,
                findings[0].title,
                max((finding.severity for finding in findings), key=lambda severity: severity.rank),
                tuple(sorted(findings, key=_by_weight)),
            )
            for control, findings in grouped.items()
        ]
        return tuple(
            sorted(results, key=lambda r: (_WORST_FIRST.index(r.status), -r.severity.rank, r.control))
        )

    def with_status(self, status: Status) -> tuple[ControlResult, ...]:
        """Controls with such findings, only those findings in them; by severity, then id."""
        found = []
        for result in self.controls:
            findings = tuple(f for f in result.findings if f.status is status)
            if findings:
                severity = max((f.severity for f in findings), key=lambda each: each.rank)
                found.append(ControlResult(result.control, result.title, severity, findings))
        return tuple(sorted(found, key=lambda r: (-r.severity.rank, r.control)))

    @cached_property
    def layers(self) -> Mapping[str, tuple[ControlResult, ...]]:
        """Controls by layer, outermost first, by id within; layers without a control are left out."""
        found: dict[str, list[ControlResult]] = {}
        for result in sorted(self.controls, key=lambda r: r.control):
            found.setdefault(result.layer, []).append(result)
        order = [*LAYERS.values(), *sorted(set(found) - set(LAYERS.values()))]
        return {name: tuple(found[name]) for name in order if name in found}

    @property
    def verdict(self) -> str:
        """The answer in one sentence, without a full stop."""
        violated = len(self.with_status(Status.VIOLATED))
        unknown = self.count(Status.UNKNOWN)
        undecided = f"{unknown} {plural(unknown, 'question')} could not be decided"
        if violated:
            return f"{violated} {plural(violated, 'control is', 'controls are')} violated" + (
                f"; {undecided}" if unknown else ""
            )
        if unknown:
            return f"Nothing is violated, but {undecided}"
        if not self.findings:
            return "Nothing was checked"
        return "Everything that was checked holds"


def _by_weight(finding: Finding) -> tuple[int, int, str]:
    return (_WORST_FIRST.index(finding.status), -finding.severity.rank, finding.subject.name)


def layer(control: str) -> str:
    """`NET-03` -> `network`; an unknown prefix is its own layer."""
    prefix = control.split("-", maxsplit=1)[0]
    return LAYERS.get(prefix, prefix.lower() or "other")


def plural(count: int, one: str, many: str | None = None) -> str:
    return one if count == 1 else (many or f"{one}s")


def places(finding: Finding) -> tuple[str, ...]:
    """Where to look, most exact first, each once: `file:line:column`, or the API call and its time."""
    return tuple(dict.fromkeys(str(origin) for origin in finding.origins))


def where(finding: Finding) -> str:
    """Account and Region, as far as known."""
    return " ".join(part for part in (finding.subject.account, finding.subject.region) if part)


def printable(text: str) -> str:
    """`text` without characters that could move a cursor, recolour a terminal or reorder what is read.

    Control characters (but line feed and tab), Unicode's bidirectional overrides and the two characters
    that XML refuses become U+FFFD: names and messages come from cloud accounts and templates that others
    write.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in "\n\t"
        or (unicodedata.category(character) not in ("Cc", "Cf", "Cs") and character not in "\ufffe\uffff")
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
