"""Evaluate controls over an estate. What was not read can hide what a control looks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ringwork.controls.control import Control, Outcome, UndecidedError, undecided
from ringwork.estate import Estate, Gap
from ringwork.findings import Finding, Status, Subject


def findings(estate: Estate, controls: Iterable[Control]) -> tuple[Finding, ...]:
    """Every answer of every control, sorted: violated, unknown, proved; then by severity, control, name."""
    found = [_finding(control, outcome) for control in controls for outcome in _outcomes(estate, control)]
    return tuple(sorted(found, key=_order))


def _outcomes(estate: Estate, control: Control) -> Iterator[Outcome]:
    gaps = [gap for gap in estate.gaps if gap.type is None or gap.type in control.types]
    for outcome in _checked(estate, control):
        doubted = outcome.status is Status.PROVED or outcome.by_absence
        gap = _hiding(gaps, outcome.subject, control) if doubted else None
        if gap is None:
            yield outcome
        else:
            yield replace(
                outcome,
                status=Status.UNKNOWN,
                message=f"could not be decided: {_named(gap)} could not be read",
                settle=gap.reason,
                by_absence=False,
            )
    for gap in gaps:
        yield Outcome(
            Status.UNKNOWN,
            Subject(
                type=gap.type or "any type",
                name=f"{gap.account or 'any account'}/{gap.region or 'any Region'}",
                account=gap.account,
                region=gap.region,
            ),
            f"{_named(gap)} could not be read",
            settle=gap.reason,
        )


def _checked(estate: Estate, control: Control) -> Iterator[Outcome]:
    """The check's outcomes; one that no single resource can be asked for is about the estate."""
    try:
        yield from control.check(estate)
    except UndecidedError as error:
        if error.resource is not None:
            yield undecided(error.resource, error)
        else:
            subject = Subject(type="live:ringwork:estate", name="the whole estate")
            message = f"could not be decided: {error.reason}"
            yield Outcome(Status.UNKNOWN, subject, message, settle=error.reason)


def _hiding(gaps: Iterable[Gap], subject: Subject, control: Control) -> Gap | None:
    """A gap that could hide what the answer about `subject` depends on."""
    for gap in gaps:
        same_account = None in (gap.account, subject.account) or gap.account == subject.account
        same_region = None in (gap.region, subject.region) or gap.region == subject.region
        if control.across or (same_account and same_region):
            return gap
    return None


def _named(gap: Gap) -> str:
    place = " ".join(part for part in (gap.account, gap.region) if part)
    return f"{gap.type or 'resources of any type'}{f' in {place}' if place else ''}"


def _finding(control: Control, outcome: Outcome) -> Finding:
    return Finding(
        control=control.id,
        title=control.title,
        status=outcome.status,
        severity=control.severity,
        subject=outcome.subject,
        message=outcome.message,
        origins=outcome.origins,
        evidence=outcome.evidence,
        remediation=control.remediation if outcome.status is not Status.PROVED else "",
        settle=outcome.settle,
    )


_FIRST = (Status.VIOLATED, Status.UNKNOWN, Status.PROVED)


def _order(finding: Finding) -> tuple[object, ...]:
    subject = finding.subject
    return (
        _FIRST.index(finding.status),
        -finding.severity.rank,
        finding.control,
        subject.account or "",
        subject.region or "",
        subject.type,
        subject.name,
        finding.message,
    )
