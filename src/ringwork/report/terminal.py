"""A report on a terminal: short, what matters first, and what to do next."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ringwork.findings import Finding, Severity, Status
from ringwork.report.report import ControlResult, Report, places, plural, printable, where

_STYLE = {Status.VIOLATED: "bold red", Status.UNKNOWN: "yellow", Status.PROVED: "green"}
_SEVERITY_STYLE = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "dim",
}
_MOST_VIOLATED = 5
"""resources shown for one violated control"""
_MOST_UNKNOWN = 8
"""unknown controls shown"""


def render(report: Report) -> RenderableType:
    """Violated by severity, unknown, how much is proved, the next command.

    All text goes in as text, never as rich's markup, and without control characters.
    """
    parts: list[RenderableType] = []
    violated = report.with_status(Status.VIOLATED)
    for result in violated:
        parts += [_control(result), *_violations(result), Text()]
    unknown = report.with_status(Status.UNKNOWN)
    for result in unknown[:_MOST_UNKNOWN]:
        parts += [_control(result), _unknown(result), Text()]
    if len(unknown) > _MOST_UNKNOWN:
        rest = len(unknown) - _MOST_UNKNOWN
        parts += [
            Text(f"and {rest} more {plural(rest, 'control')} with unknown answers", style="dim"),
            Text(),
        ]
    parts.append(_summary(report))
    if report.next:
        parts += [Text(), _next(report)]
    return Group(*parts)


def _control(result: ControlResult) -> Text:
    status = result.status
    severity = _SEVERITY_STYLE[result.severity] if status is Status.VIOLATED else "dim"
    return Text.assemble(
        (f"{status.value:<9}", _STYLE[status]),
        (f" {result.severity.value} ", severity),
        (f" {printable(result.control)}  ", "bold"),
        printable(result.title),
    )


def _violations(result: ControlResult) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for finding in result.findings[:_MOST_VIOLATED]:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(Text("resource"), _resource(finding))
        table.add_row(Text("found"), Text(printable(finding.message)))
        for index, place in enumerate(places(finding)):
            table.add_row(
                Text("at" if index == 0 else ""), Text(printable(place), style="bold" * (index == 0))
            )
        for index, line in enumerate(finding.evidence):
            table.add_row(Text("evidence" if index == 0 else ""), Text(printable(line), style="dim"))
        if finding.remediation:
            table.add_row(Text("do"), Text(printable(finding.remediation)))
        parts.append(Padding(table, (0, 0, 0, 2)))
    rest = len(result.findings) - _MOST_VIOLATED
    if rest > 0:
        parts.append(Text(f"  and {rest} more {plural(rest, 'resource')}", style="dim"))
    return parts


def _unknown(result: ControlResult) -> RenderableType:
    finding = result.findings[0]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    rest = len(result.findings) - 1
    name = _resource(finding)
    if rest:
        name.append(f" and {rest} more", style="dim")
    table.add_row(Text("resource"), name)
    table.add_row(Text("because"), Text(printable(finding.message)))
    for place in places(finding)[:1]:
        table.add_row(Text("at"), Text(printable(place)))
    if finding.settle:
        table.add_row(Text("settle"), Text(printable(finding.settle)))
    return Padding(table, (0, 0, 0, 2))


def _resource(finding: Finding) -> Text:
    text = Text(printable(finding.subject.name), style="bold")
    detail = " ".join(part for part in (finding.subject.type, where(finding)) if part)
    return text.append(f"  {printable(detail)}", style="dim")


def _summary(report: Report) -> Text:
    text = Text()
    for status in (Status.VIOLATED, Status.UNKNOWN, Status.PROVED):
        count = report.count(status)
        text.append(f"{count} {status.value}", style=_STYLE[status] if count else "dim")
        text.append("  ")
    text.append(
        f"of {len(report.findings)} {plural(len(report.findings), 'answer')} "
        f"by {len(report.controls)} {plural(len(report.controls), 'control')}",
        style="dim",
    )
    return text


def _next(report: Report) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(style="bold", overflow="fold")
    table.add_column(style="dim")
    for index, step in enumerate(report.next):
        purpose = Text(printable(step.purpose))
        table.add_row(Text("next" if index == 0 else ""), Text(printable(step.command)), purpose)
    return table
