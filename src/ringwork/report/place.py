"""One VPC drawn in full: tiers with their subnets, workloads, flows between them, endpoints, data beside.

Flows run in gutters between the rows of workloads, each on a track of its own, so that no line crosses a
box: straight down or up to the next row, else along a channel at the right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ringwork.report.drawing import (
    BOLD,
    CHIP_GAP,
    CHIP_HEIGHT,
    CHIP_WIDTH,
    LEGEND,
    PADDING,
    Drawn,
    box,
    group,
    label,
    polyline,
    width,
)
from ringwork.report.entrance import entrance
from ringwork.report.mark import mark
from ringwork.report.report import plural
from ringwork.report.stores import Store, Vault
from ringwork.report.topology import Endpoint, Flow, Group, Place, Tier, Topology

HEADER = 46
PILL_HEIGHT, PILL_GAP = 24.0, 8.0
TRACK = 9.0
ARROW_ROOM = 20.0
"""between a gutter's tracks and a row that arrows enter"""
DATA_WIDTH = 236.0
BRIDGE = 92.0
"""between a VPC and its data: gateway endpoints stand here"""
_RUNS = 15.0
"""room for a workload's machines"""
_SUBNETS_SHOWN = 4
_RIGHTMOST = 1000
_FLOWS_DRAWN = 30
"""more would hide each other; the page lists them all"""


def draw(place: Place, topology: Topology, x: float, y: float, room: float) -> Drawn:
    """`room` is the width for VPC, bridge and data together."""
    vpc_width = room - (BRIDGE + DATA_WIDTH if place.vaults else 0)
    inside = _Inside(place, topology, x + PADDING, y + HEADER, vpc_width - 2 * PADDING)
    parts, bottom = inside.draw()
    height = bottom + PADDING - y
    data: list[str] = []
    if place.vaults:
        data, data_bottom = vaults(place.vaults, topology, x + room - DATA_WIDTH, y, DATA_WIDTH)
        height = max(height, data_bottom - y)
    frame = box(x, y, vpc_width, height, "rw-vpc", radius=12, name=f"VPC {place.name} {place.cidr}")
    bridge = _bridge(place, topology, x + vpc_width, y) if place.vaults else []
    return Drawn((frame, *_header(place, topology, x, y, vpc_width), *parts, *data, *bridge), height)


def _header(place: Place, topology: Topology, x: float, y: float, room: float) -> list[str]:
    text, style = internet(place)
    pill = width(text, 11) + 20
    left = room - pill - 3 * PADDING
    name = label(x + PADDING, y + 28, place.name, left * 0.62, size=15, style="rw-strong")
    beside = x + PADDING + min(width(place.name, 15) * BOLD, left * 0.62) + 10
    return [
        name,
        label(beside, y + 28, place.cidr, x + PADDING + left - beside, size=12, mono=True, style="rw-muted"),
        box(x + room - PADDING - pill, y + 12, pill, 24, f"rw-pill {style}", radius=12),
        label(x + room - PADDING - pill / 2, y + 28, text, pill, size=11, style=style, anchor="middle"),
        mark(topology, (place.key,), x + room, y),
    ]


def internet(place: Place) -> tuple[str, str]:
    """The way out, in words, and the class that colours it."""
    if place.internet:
        return " · ".join(place.internet), "rw-warn"
    if place.internet_unknown:
        return "internet gateway: unknown", "rw-warn"
    return "no internet gateway", "rw-good"


def vaults(
    found: Sequence[Vault], topology: Topology, x: float, y: float, room: float
) -> tuple[list[str], float]:
    """Keys with the buckets under them, one card each. Returns parts and the lower edge."""
    parts: list[str] = []
    for vault in found:
        height = 38 + 30 * len(vault.stores) + 6
        parts.append(box(x, y, room, height, "rw-vault" if vault.key else "rw-vault rw-open", radius=10))
        parts.append(_key_glyph(x + 22, y + 20, held=bool(vault.key)))
        parts.append(
            label(x + 38, y + 24, vault.name, room - 50, size=11, mono=bool(vault.key), style="rw-muted")
        )
        parts.append(mark(topology, (vault.key,), x + room, y))
        for index, store in enumerate(vault.stores):
            parts.append(_store(store, topology, x + 10, y + 38 + 30 * index, room - 20))
        y += height + 12
    return parts, y - 12


def _store(store: Store, topology: Topology, x: float, y: float, room: float) -> str:
    tag = store.data_class
    tag_room = width(tag, 10) + 12 if tag else 0
    dot = mark(topology, (store.key,), x + room - 8, y + 13)
    end = x + room - (26 if dot else 8)
    colour = f"rw-{tag}" if tag in ("restricted", "confidential", "internal", "public") else "rw-public"
    versions = {True: "versioned", False: "not versioned", None: "versioning unknown"}[store.versioned]
    parts = [
        box(x, y, room, 26, "rw-store", radius=6),
        box(x, y, 4, 26, f"rw-stripe {colour}", radius=2),
        label(x + 14, y + 17, store.name, end - tag_room - x - 18, size=12),
    ]
    if tag:
        parts.append(label(end, y + 17, tag, tag_room, size=10, style=f"rw-tag {colour}", anchor="end"))
    parts.append(dot)
    return group(parts, name=f"bucket {store.name}, {tag or 'no data class'}, {versions}")


def _key_glyph(x: float, y: float, *, held: bool) -> str:
    style = "rw-glyph" if held else "rw-glyph rw-faint"
    return (
        f'<g class="{style}"><circle cx="{x - 4:.0f}" cy="{y:.0f}" r="4"/>'
        f'<path d="M{x:.0f} {y:.0f}h9m-3 0v4"/></g>'
    )


def _loop(x: float, y: float) -> str:
    """Members of the group may call each other."""
    circle = f"M{x + 4:.0f} {y - 3:.0f}a5 5 0 1 0 1 4"
    return f'<path d="{circle}" class="rw-glyph rw-loop" marker-end="url(#rw-arrow-muted)"/>'


def _bridge(place: Place, topology: Topology, edge: float, y: float) -> list[str]:
    """Gateway endpoints, on the VPC's border."""
    parts = []
    gateways = [endpoint for endpoint in place.endpoints if endpoint.gateway]
    for index, endpoint in enumerate(gateways):
        top = y + 56 + index * 58
        parts.append(
            polyline(((edge + 64, top + 15), (edge + BRIDGE - 4, top + 15)), "rw-bridge", arrow=True)
        )
        parts.append(
            group(
                (
                    box(edge - 14, top, 78, 30, "rw-gateway", radius=15),
                    label(edge + 25, top + 19, endpoint.name, 66, size=11, mono=True, anchor="middle"),
                    label(edge + 38, top + 43, "gateway", 60, size=10, style="rw-muted", anchor="middle"),
                ),
                name=f"gateway endpoint {endpoint.name}",
            )
        )
        parts.append(mark(topology, (endpoint.key,), edge + 60, top + 2))
    return parts


@dataclass(frozen=True, slots=True)
class _Row:
    """Workloads side by side."""

    tier: int
    chips: tuple[Group, ...]


class _Inside:
    """The inner part of a VPC: measures first (flows need gutters), then draws."""

    def __init__(self, place: Place, topology: Topology, x: float, y: float, room: float) -> None:
        self.place, self.topology = place, topology
        self.x, self.y, self.room = x, y, room
        self.rows: list[_Row] = []
        self.flows = place.flows[:_FLOWS_DRAWN]
        self.chip = CHIP_HEIGHT + (_RUNS if any(group.runs for group in place.groups) else 0)
        self.per_row = self._columns(reserve=bool(self.flows))
        for index, tier in enumerate(place.tiers):
            for start in range(0, len(tier.groups), self.per_row):
                self.rows.append(_Row(index, tier.groups[start : start + self.per_row]))
        self.spot = {
            chip.key: (line, column)
            for line, row in enumerate(self.rows)
            for column, chip in enumerate(row.chips)
        }
        self._assign()

    def _columns(self, *, reserve: bool) -> int:
        room = self.room - LEGEND - 2 * 12 - (40 if reserve else 0)
        return max(1, int((room + CHIP_GAP) // (CHIP_WIDTH + CHIP_GAP)))

    def _assign(self) -> None:
        """Give each flow its gutters, tracks and points of contact."""
        self.tracks: Counter[int] = Counter()
        """gutter -> tracks; gutter n lies above row n"""
        self.entered: set[tuple[int, str]] = set()
        """(gutter, `above` or `below`): arrows end at the row above or below the gutter"""
        self.channels = 0
        contacts: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
        self.routes: dict[int, tuple[int, int, int, int, int]] = {}
        # what comes through the channel enters from the right: it takes the outermost tracks and contacts
        order = sorted(range(len(self.flows)), key=lambda i: self._far(self.flows[i]))
        for index in order:
            flow = self.flows[index]
            (line, column), (goal, goal_column) = self.spot[flow.source], self.spot[flow.target]
            if line < goal:  # down: leaves below, enters above
                first, last, exit_side, entry_side = line + 1, goal, "bottom", "top"
            elif line > goal:
                first, last, exit_side, entry_side = line, goal + 1, "top", "bottom"
            else:
                first = last = line + 1
                exit_side = entry_side = "bottom"
            self.entered.add((last, "below" if entry_side == "top" else "above"))
            first_track = self._track(first)
            last_track = first_track if last == first else self._track(last)
            channel = -1
            if last != first:
                channel = self.channels
                self.channels += 1
                column = goal_column = _RIGHTMOST
            contacts[flow.source, exit_side].append((goal_column, index))
            contacts[flow.target, entry_side].append((column, index + len(self.flows)))
            self.routes[index] = (first, first_track, last, last_track, channel)
        self.contact: dict[int, tuple[str, float]] = {}
        for (_, side), ends in contacts.items():
            for position, (_, end) in enumerate(sorted(ends)):
                self.contact[end] = (side, (position + 1) / (len(ends) + 1))

    def _far(self, flow: Flow) -> bool:
        """Whether a row lies between the two ends."""
        line, goal = self.spot[flow.source][0], self.spot[flow.target][0]
        return abs(line - goal) > 1

    def _track(self, gutter: int) -> int:
        self.tracks[gutter] += 1
        return self.tracks[gutter] - 1

    def _gutter(self, index: int) -> float:
        """Height of gutter `index` without the room around bands."""
        tracks = self.tracks[index]
        if not tracks:
            return 0.0
        enters = sum((index, side) in self.entered for side in ("above", "below"))
        return TRACK * (tracks + 1) + ARROW_ROOM * enters

    def draw(self) -> tuple[list[str], float]:
        parts: list[str] = []
        self.tops: dict[int, float] = {}
        self.gutters: dict[int, float] = {}
        ahead = entrance(self.place, self.topology, self.x, self.y, self.room)
        parts += ahead.parts
        y = self.y + ahead.height
        row = 0
        for index, tier in enumerate(self.place.tiers):
            rows = [r for r in self.rows if r.tier == index]
            if rows:
                # tracks above a band's first row run outside the band
                self.gutters[row] = y
                y += self._gutter(row)
            top = y
            y += 12
            for offset, _ in enumerate(rows):
                if offset:
                    self.gutters[row] = y
                    y += max(self._gutter(row), CHIP_GAP)
                self.tops[row] = y
                y += self.chip
                row += 1
            if tier.name == "endpoints":
                pills, y = self._pills(self.x + LEGEND + 12, y, self.room - LEGEND - 24)
            elif tier.name == "transit" and not rows:
                pills = self._transit(top + 22)
            else:
                pills = []
            y = max(y, top + 34 + 14 * min(len(tier.subnets), _SUBNETS_SHOWN + 1)) + 12
            parts.append(box(self.x, top, self.room, y - top, "rw-tier", radius=10, name=f"tier {tier.name}"))
            parts += self._legend(tier, top)
            parts += pills
            y += 10
            if rows and row == len(self.rows):
                self.gutters[row] = y
                y += self._gutter(row)
        if not any(tier.name == "endpoints" for tier in self.place.tiers) and any(
            not endpoint.gateway for endpoint in self.place.endpoints
        ):
            pills, y = self._pills(self.x, y + 4, self.room)
            parts += pills
            y += 10
        parts += [self._line(index, *route) for index, route in self.routes.items()]
        parts += [self._ports(index, route[2], route[3]) for index, route in self.routes.items()]
        for chip in (chip for held in self.rows for chip in held.chips):
            parts.append(self._chip(chip))
        return parts, y - 10

    def _transit(self, y: float) -> list[str]:
        """Where the VPC's attachment leads."""
        left = self.x + LEGEND + 12
        return [
            label(left, y + 18 * line, f"Transit Gateway: {table.ways}", self.room - LEGEND - 24, size=11.5)
            for line, table in enumerate(self.place.transit)
        ]

    def _legend(self, tier: Tier, top: float) -> list[str]:
        name = "security groups" if tier.name == "groups" else tier.name
        parts = [label(self.x + 12, top + 22, name, LEGEND - 16, size=12, style="rw-strong")]
        shown = tier.subnets[:_SUBNETS_SHOWN]
        for index, subnet in enumerate(shown):
            parts.append(
                label(
                    self.x + 12,
                    top + 38 + 14 * index,
                    subnet,
                    LEGEND - 16,
                    size=10.5,
                    mono=True,
                    style="rw-muted",
                )
            )
        if len(tier.subnets) > len(shown):
            rest = f"and {len(tier.subnets) - len(shown)} more subnets"
            parts.append(
                label(self.x + 12, top + 38 + 14 * len(shown), rest, LEGEND - 16, size=10.5, style="rw-muted")
            )
        return parts

    def _pills(self, x: float, y: float, room: float) -> tuple[list[str], float]:
        """Interface endpoints, wrapped; returns parts and the lower edge."""
        found = [endpoint for endpoint in self.place.endpoints if not endpoint.gateway]
        parts: list[str] = []
        if not found:
            return parts, y
        callers, groups = self.place.endpoint_callers, len(self.place.groups)
        told = f"{len(found)} interface {plural(len(found), 'endpoint')}"
        if groups:
            told += f", called by {callers} of {groups} {plural(groups, 'workload')}"
        parts.append(label(x, y + 11, told, room, size=11, style="rw-muted"))
        y += 20
        left = x
        for endpoint in found:
            wide = min(width(endpoint.name, 11, mono=True) + 20, room)
            if left + wide > x + room:
                left = x
                y += PILL_HEIGHT + PILL_GAP
            parts.append(self._pill(endpoint, left, y, wide))
            left += wide + PILL_GAP
        return parts, y + PILL_HEIGHT

    def _pill(self, endpoint: Endpoint, x: float, y: float, wide: float) -> str:
        return group(
            (
                box(x, y, wide, PILL_HEIGHT, "rw-endpoint", radius=12),
                label(x + wide / 2, y + 16, endpoint.name, wide - 12, size=11, mono=True, anchor="middle"),
                mark(self.topology, (endpoint.key,), x + wide - 2, y + 2),
            ),
            name=f"interface endpoint {endpoint.name}",
        )

    def _corner(self, key: str) -> tuple[float, float]:
        line, column = self.spot[key]
        return self.x + LEGEND + 12 + column * (CHIP_WIDTH + CHIP_GAP), self.tops[line]

    def _chip(self, chip: Group) -> str:
        x, y = self._corner(chip.key)
        second, style = chip.kind, "rw-chip"
        if chip.open_to:
            second = "; ".join(chip.open_to)
        if chip.exposed:
            style = "rw-chip rw-exposed"
        told = f"security group {chip.name}"
        if chip.kind:
            told += f", {chip.kind}"
        if chip.runs:
            told += f", {chip.runs}"
        if chip.itself:
            told += f", members reach each other on {chip.itself}"
        if chip.open_to:
            told += f", open to others: {'; '.join(chip.open_to)}"
        return group(
            (
                box(x, y, CHIP_WIDTH, self.chip, style),
                label(x + 12, y + 20, chip.name, CHIP_WIDTH - 22, size=13, style="rw-strong"),
                label(
                    x + 12,
                    y + 36,
                    second,
                    CHIP_WIDTH - (42 if chip.itself else 22),
                    size=11,
                    style="rw-bad" if chip.exposed else "rw-muted",
                ),
                label(x + 12, y + 52, chip.runs, CHIP_WIDTH - 22, size=11, style="rw-muted"),
                _loop(x + CHIP_WIDTH - 16, y + 31) if chip.itself else "",
                mark(self.topology, (chip.key,), x + CHIP_WIDTH, y),
            ),
            name=told,
        )

    def _line(
        self, index: int, first: int, first_track: int, last: int, last_track: int, channel: int
    ) -> str:
        flow = self.flows[index]
        start, end = self._point(flow.source, index), self._point(flow.target, index + len(self.flows))
        one, two = self._height(first, first_track), self._height(last, last_track)
        points = [start, (start[0], one)]
        if channel >= 0:
            across = self.x + self.room - 10 - 7 * (channel % 5)
            points += [(across, one), (across, two)]
        points += [(end[0], two), end]
        names = {chip.key: chip.name for chip in self.place.groups}
        return group(
            (polyline(points, "rw-halo"), polyline(points, "rw-flow", arrow=True)),
            name=f"{names[flow.source]} may call {names[flow.target]} on {flow.ports}",
        )

    def _ports(self, index: int, gutter: int, track: int) -> str:
        """Beside the arrow, between its head's band and the next track, over all lines."""
        flow = self.flows[index]
        x, y = self._point(flow.target, index + len(self.flows))
        below = y < self._height(gutter, track)
        return label(x + 6, y + (25 if below else -16), flow.ports, 80, size=10.5, mono=True, style="rw-port")

    def _point(self, key: str, end: int) -> tuple[float, float]:
        side, share = self.contact[end]
        x, y = self._corner(key)
        return x + CHIP_WIDTH * share, y if side == "top" else y + self.chip

    def _height(self, gutter: int, track: int) -> float:
        above = ARROW_ROOM if (gutter, "above") in self.entered else 0
        return self.gutters[gutter] + above + TRACK * (track + 1)
