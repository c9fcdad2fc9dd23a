"""A report as one HTML file: no script, no request, light and dark, phone, desktop and paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ringwork.findings import Finding, Origin, Status
from ringwork.report import packet_path, palette, reachability, rings
from ringwork.report.diagram import drawn
from ringwork.report.report import Report, places, plural, printable, where
from ringwork.report.topology import Topology, topology

_CONTEXT = 2
"""lines quoted above and below the one to blame"""
_LONGEST = 160
"""characters of a quoted line"""
_LISTED = 200
"""resources listed for one control"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    text: str
    blamed: bool


def render(report: Report) -> str:
    """The whole page. Equal reports give equal pages; everything that others wrote is escaped."""
    seen = topology(report.estate, report.findings) if report.estate else None
    ids = count(1)
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            policy=_POLICY,
            palette=Markup(palette.rules(":root")),  # noqa: S704 (our own constants)
            rings=Markup(rings.svg(report)),  # noqa: S704 (drawn and escaped by us)
            diagram=Markup(drawn(seen)) if seen else None,  # noqa: S704 (drawn and escaped by us)
            flows=_flows(seen) if seen else [],
            network=report.network,
            reachability=reachability,
            lanes=_lanes(report),
            heading=packet_path.heading,
            violated=report.with_status(Status.VIOLATED),
            unknown=report.with_status(Status.UNKNOWN),
            Status=Status,
            listed=_LISTED,
            new_id=lambda: f"n{next(ids)}",
            excerpt=lambda finding: _excerpt(report, finding),
        )
    )
    return page + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ringwork.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters.update(
        prose=_prose, sentence=_sentence, places=places, where=where, plural=_plural, paragraphs=_paragraphs
    )
    return environment


def _clean(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """What stands in backticks becomes code; all of it is escaped."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return escape(printable(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def _sentence(text: str) -> Markup:
    """Prose that begins a line of its own: a capital first, unless it begins with code."""
    return _prose(text[:1].upper() + text[1:])


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _plural(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {plural(number, one, many)}"


def _excerpt(report: Report, finding: Finding) -> tuple[Origin, list[Line]] | None:
    """The lines around the first place whose file we have."""
    for origin in finding.origins:
        if origin.file and origin.line and origin.file in report.sources:
            lines = report.sources[origin.file].splitlines()
            if not 1 <= origin.line <= len(lines):
                continue
            first = max(1, origin.line - _CONTEXT)
            last = min(len(lines), origin.line + _CONTEXT)
            return origin, [
                Line(number, _cut(lines[number - 1]), number == origin.line)
                for number in range(first, last + 1)
            ]
    return None


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _lanes(report: Report) -> list[tuple[str, Markup]]:
    way = report.network.way if report.network else None
    drawn_lanes = packet_path.lanes(way) if way else ()
    return [(name, Markup(lane)) for name, lane in drawn_lanes]  # noqa: S704 (drawn and escaped by us)


def _flows(seen: Topology) -> list[tuple[str, str, str, str]]:
    """Place, caller, called, ports: the diagram's arrows as text."""
    found = []
    for place in seen.places:
        names = {group.key: group.name for group in place.groups}
        found += [
            (place.name, names.get(flow.source, flow.source), names.get(flow.target, flow.target), flow.ports)
            for flow in place.flows
        ]
        found += [
            (place.name, "outside the VPC's groups", group.name, source)
            for group in place.groups
            for source in group.open_to
        ]
    return found
