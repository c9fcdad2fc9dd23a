"""A report as JSON, for other programs. `format` names the shape; new keys may come, none change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ringwork.findings import Finding, Origin, Status
from ringwork.report.report import Report, Section, layer

FORMAT = "ringwork-report/1"


def render(report: Report) -> dict[str, Any]:
    """JSON-serialisable; findings in order of weight. Nothing is cut or cleaned: encode it as JSON."""
    return {
        "format": FORMAT,
        "title": report.title,
        "target": report.target,
        "created": report.created,
        "version": report.version,
        "verdict": report.verdict,
        "counts": {status.value: report.count(status) for status in Status},
        "findings": [finding(each) for result in report.controls for each in result.findings],
        "gaps": [asdict(gap) for gap in report.estate.gaps] if report.estate else [],
        "assumptions": list(report.estate.assumptions) if report.estate else [],
        "sections": [_section(section) for section in report.sections],
        "next": [asdict(step) for step in report.next],
    }


def finding(found: Finding) -> dict[str, Any]:
    """One finding; keys without a value are left out."""
    entry: dict[str, Any] = {
        "control": found.control,
        "layer": layer(found.control),
        "title": found.title,
        "status": found.status.value,
        "severity": found.severity.value,
        "resource": _present(asdict(found.subject)),
        "message": found.message,
        "origins": [_origin(origin) for origin in found.origins],
        "evidence": list(found.evidence),
        "remediation": found.remediation,
        "settle": found.settle,
    }
    return _present(entry)


def _section(section: Section) -> dict[str, Any]:
    events = [
        {"title": each.title, "text": each.text, "status": each.status.value if each.status else None}
        for each in section.events
    ]
    return {"title": section.title, "text": section.text, "events": events}


def _origin(origin: Origin) -> dict[str, Any]:
    return _present(asdict(origin))


def _present(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value not in (None, "", [])}
