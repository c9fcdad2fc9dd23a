"""A dot where something is violated."""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.report.drawing import group
from ringwork.report.topology import Topology

_MESSAGES_TOLD = 10


def mark(topology: Topology, keys: Sequence[str], x: float, y: float) -> str:
    """A dot with the number of violations, at a box's upper right corner."""
    messages = topology.violated(keys)
    if not messages:
        return ""
    circle = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="10" class="rw-mark"/>'
    count = str(len(messages)) if len(messages) < 100 else "99+"
    size = 11 if len(messages) < 100 else 8
    style = f'font-size="{size}" text-anchor="middle" class="rw-count"'
    number = f'<text x="{x:.0f}" y="{y + 4:.0f}" {style}>{count}</text>'
    told = "; ".join(messages[:_MESSAGES_TOLD])
    if len(messages) > _MESSAGES_TOLD:
        told += f"; and {len(messages) - _MESSAGES_TOLD} more"
    return group((circle, number), name=f"violated: {told}")
