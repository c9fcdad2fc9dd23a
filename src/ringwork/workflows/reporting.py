"""Audit to report: what readers need beside the answers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ringwork import __version__
from ringwork.findings import Finding
from ringwork.network.questions import Network
from ringwork.network.questions.overview import overview
from ringwork.report import Report, Section, Step
from ringwork.workflows.audit import Audit


def now() -> str:
    """RFC 3339, UTC, whole seconds. `SOURCE_DATE_EPOCH` fixes it, for reproducible reports."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def report_of(
    audit: Audit, *, title: str, sections: Iterable[Section] = (), steps: Iterable[Step] = ()
) -> Report:
    """The report of one audit, quoting the lines to blame from their files."""
    return Report(
        title=title,
        target=audit.target,
        created=now(),
        findings=audit.findings,
        estate=audit.estate,
        sections=tuple(sections),
        next=tuple(steps),
        sources=_sources(audit.findings),
        version=__version__,
    )


def with_network(report: Report) -> Report:
    """The report, with who can reach whom: for the page alone, as it takes a while on a large estate."""
    return replace(report, network=overview(Network(report.estate))) if report.estate else report


def _sources(findings: Iterable[Finding]) -> dict[str, str]:
    """The text of every file that a finding blames, as far as it can be read."""
    texts: dict[str, str] = {}
    for finding in findings:
        for origin in finding.origins:
            if origin.file and origin.file not in texts:
                path = Path(origin.file)
                if path.is_file():
                    texts[origin.file] = path.read_text(encoding="utf-8", errors="replace")
    return texts
