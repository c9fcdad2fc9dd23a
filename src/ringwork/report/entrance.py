"""Bands above a VPC's tiers: what callers meet first, and what inspects."""

from __future__ import annotations

from ringwork.report.drawing import CHIP_GAP, CHIP_HEIGHT, LEGEND, Drawn, box, group, label, width
from ringwork.report.mark import mark
from ringwork.report.topology import Place, Topology

_UNGUARDED = "no WAF"


def entrance(place: Place, topology: Topology, x: float, y: float, room: float) -> Drawn:
    """APIs and load balancers with their web ACLs, then firewalls; nothing where there is neither."""
    before = [
        (
            front.name,
            " · ".join(part for part in (front.kind, front.auth) if part),
            f"WAF {front.acl}" if front.acl else _UNGUARDED,
            front.keys,
        )
        for front in place.fronts
    ]
    inspecting = [(name, "Network Firewall", "", ()) for name in place.firewalls]
    parts: list[str] = []
    top = y
    for name, rows in (("in front", before), ("inspection", inspecting)):
        if not rows:
            continue
        wide = (room - LEGEND - 24 - CHIP_GAP) / 2
        height = 24 + (len(rows) + 1) // 2 * (CHIP_HEIGHT + CHIP_GAP) - CHIP_GAP
        parts.append(box(x, y, room, height, "rw-tier", radius=10, name=name))
        parts.append(label(x + 12, y + 22, name, LEGEND - 16, size=12, style="rw-strong"))
        for index, (title, kind, guard, keys) in enumerate(rows):
            left = x + LEGEND + 12 + index % 2 * (wide + CHIP_GAP)
            at = y + 12 + index // 2 * (CHIP_HEIGHT + CHIP_GAP)
            parts.append(_chip(title, kind, guard, left, at, wide))
            parts.append(mark(topology, keys, left + wide, at))
        y += height + 10
    return Drawn(tuple(parts), y - top)


def _chip(name: str, kind: str, guard: str, x: float, y: float, wide: float) -> str:
    open_ = guard == _UNGUARDED
    room = min(width(guard, 11) + 2, wide / 2) if guard else 0
    style = "rw-bad" if open_ else "rw-muted"
    return group(
        (
            box(x, y, wide, CHIP_HEIGHT, "rw-chip rw-exposed" if open_ else "rw-chip"),
            label(x + 12, y + 20, name, wide - 24, size=13, style="rw-strong"),
            label(x + 12, y + 36, kind, wide - 36 - room, size=11, style="rw-muted"),
            label(x + wide - 12, y + 36, guard, room, size=11, style=style, anchor="end"),
        ),
        name=", ".join(part for part in (name, kind, guard) if part),
    )
