"""The verdict as rings: one for each layer of defence, outermost outside, cut by its answers."""

from __future__ import annotations

import math

from ringwork.findings import Status
from ringwork.report.drawing import number, title
from ringwork.report.report import Report, plural

SIZE = 220
_OUTER, _STEP, _INNER = 98.0, 16.0, 20.0
_ORDER = (Status.PROVED, Status.UNKNOWN, Status.VIOLATED)


def svg(report: Report) -> str:
    """Each ring's arcs are shares of the layer's controls. Empty for a report without findings."""
    if not report.layers:
        return ""
    middle = SIZE / 2
    step = min(_STEP, (_OUTER - _INNER) / len(report.layers))
    parts = []
    for index, (name, results) in enumerate(report.layers.items()):
        radius = _OUTER - index * step
        counts = {status: sum(r.status is status for r in results) for status in _ORDER}
        told = ", ".join(f"{counts[status]} {status.value}" for status in _ORDER if counts[status])
        at = 0.0
        arcs = []
        for status in _ORDER:
            share = counts[status] / len(results)
            if share:
                arcs.append(_arc(middle, radius, at, at + share, status, step * 0.62))
                at += share
        parts.append(f"<g>{title(f'{name}: {told}')}{''.join(arcs)}</g>")
    controls, layers = len(report.controls), len(report.layers)
    name = f"{controls} {plural(controls, 'control')} in {layers} {plural(layers, 'layer')}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rings" role="img" viewBox="0 0 {SIZE} {SIZE}" '
        f'width="{SIZE}" height="{SIZE}">{title(name)}{"".join(parts)}</svg>'
    )


def _arc(middle: float, radius: float, start: float, end: float, status: Status, thick: float) -> str:
    style = f'class="arc {status.value}" stroke-width="{number(thick)}"'
    if end - start >= 1:
        return f'<circle cx="{number(middle)}" cy="{number(middle)}" r="{number(radius)}" {style}/>'
    gap = 2.5 / (2 * math.pi * radius)  # pixels between arcs
    start, end = start + gap / 2, max(end - gap / 2, start + gap)
    x1, y1 = _point(middle, radius, start)
    x2, y2 = _point(middle, radius, end)
    large = int(end - start > 0.5)
    return (
        f'<path d="M{number(x1)} {number(y1)}A{number(radius)} {number(radius)} 0 {large} 1 '
        f'{number(x2)} {number(y2)}" {style}/>'
    )


def _point(middle: float, radius: float, share: float) -> tuple[float, float]:
    """Clockwise from the top."""
    angle = 2 * math.pi * share
    return middle + radius * math.sin(angle), middle - radius * math.cos(angle)
