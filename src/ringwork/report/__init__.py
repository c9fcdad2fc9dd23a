"""Findings and the architecture for people and programs: terminal, HTML, JSON, SVG.

`report.html.render`, `report.terminal.render` and `report.json.render` take a `Report`;
`report.diagram.svg` draws an estate.
"""

from ringwork.report.report import Event, Report, Section, Step

__all__ = ["Event", "Report", "Section", "Step"]
