"""The curve of `network.py` as an SVG: CPU seconds and memory by the number of interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

WIDTH, HEIGHT = 900, 440
TOP, BOTTOM = 96, 330
INK, FAINT, GRID = "#1f2933", "#52606d", "#d9e2ec"
LOAD, PROOF, MEMORY = "#1864ab", "#a61e4d", "#2b6a30"
Points = Sequence[tuple[float, float]]


def picture(runs: Sequence[Mapping[str, Any]]) -> str:
    """Two panels, both with logarithmic axes: seconds on the left, megabytes on the right."""
    load = [(run["interfaces"], run["seconds"]["load"]) for run in runs]
    proof = [(run["interfaces"], run["seconds"]["tables"] + run["seconds"]["pairs"]) for run in runs]
    memory = [(run["interfaces"], run["peak_megabytes"]) for run in runs]
    left = _Panel(70, 410, (-2, 1), "CPU seconds on one core", ("0.01 s", "0.1 s", "1 s", "10 s"))
    right = _Panel(560, 860, (1, 4), "Peak memory", ("10 MB", "100 MB", "1 GB", "10 GB"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-labelledby="title" font-family="system-ui, Helvetica, Arial, sans-serif">',
        '<title id="title">CPU seconds and memory of the network proof, by interfaces</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(24, 34, "Every pair of interfaces, with a reply check", INK, 19, weight="600"),
        *left.frame(),
        *left.line(load, LOAD, "{:.2g} s", above=True),
        *left.line(proof, PROOF, "{:.2g} s", above=False),
        _text(410, BOTTOM - 38, "JSON files to model", LOAD, 14, anchor="end", weight="600"),
        _text(410, BOTTOM - 18, "tables and all pairs", PROOF, 14, anchor="end", weight="600"),
        *right.frame(),
        *right.line(memory, MEMORY, "{:.0f} MB", above=True),
        *(_text(24, HEIGHT - 34 + 20 * line, text, FAINT, 13) for line, text in enumerate(_notes(runs))),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _notes(runs: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    last = runs[-1]
    return (
        f"{last['interfaces']:,} interfaces: {last['vpcs']:,} VPCs, {last['groups']:,} security groups, "
        f"{last['attachments']:,} attachments, {last['megabytes']:.0f} MB of JSON.",
        f"They are {last['classes']:,} classes; between these {last['reachable']:,} pairs can flow and "
        f"{last['answered']:,} are answered.",
    )


class _Panel:
    """One pair of axes, by powers of ten."""

    def __init__(
        self, left: int, right: int, decades: tuple[int, int], title: str, labels: Sequence[str]
    ) -> None:
        self.left, self.right, self.decades, self.title, self.labels = left, right, decades, title, labels

    def x(self, value: float) -> float:
        return self.left + 44 + (log10(value) - 3) / 2 * (self.right - self.left - 64)

    def y(self, value: float) -> float:
        low, high = self.decades
        return BOTTOM - (max(low, log10(value)) - low) / (high - low) * (BOTTOM - TOP)

    def frame(self) -> list[str]:
        found = [_text(self.left, TOP - 24, self.title, INK, 15, weight="600")]
        for number, label in enumerate(self.labels):
            height = self.y(10.0 ** (self.decades[0] + number))
            found.append(
                f'<line x1="{self.left}" x2="{self.right}" y1="{height:.1f}" y2="{height:.1f}" '
                f'stroke="{GRID}"/>'
            )
            found.append(_text(self.left - 8, height + 4, label, FAINT, 13, anchor="end"))
        for size, label in ((1_000, "1,000"), (10_000, "10,000"), (100_000, "100,000")):
            found.append(_text(self.x(size), BOTTOM + 22, label, FAINT, 13, anchor="middle"))
        found.append(
            _text((self.left + self.right) / 2, BOTTOM + 42, "interfaces", FAINT, 13, anchor="middle")
        )
        return found

    def line(self, points: Points, color: str, form: str, *, above: bool) -> list[str]:
        """The points, each with its value."""
        there = [(self.x(size), self.y(value)) for size, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in there)
        found = [f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2.5"/>']
        for (x, y), (_, value) in zip(there, points, strict=True):
            found.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>')
            label = form.format(value)
            found.append(
                _text(x - 6, y - 9, label, color, 13, anchor="end")
                if above
                else _text(x, y + 22, label, color, 13, anchor="middle")
            )
        return found


def _text(
    x: float, y: float, text: str, color: str, size: int, *, anchor: str = "start", weight: str = "400"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{text}</text>'
    )
