"""What stands around the VPCs, drawn as bands as wide as the page: accounts with their guards, Transit
Gateways with their route tables, services between VPCs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ringwork.report.accounts import Account
from ringwork.report.drawing import BOLD, PADDING, Drawn, box, group, label, polyline, width
from ringwork.report.links import Link
from ringwork.report.mark import mark
from ringwork.report.report import plural
from ringwork.report.topology import Topology
from ringwork.report.transit import TransitGateway, TransitTable

_GAP = 14.0
_PILL, _PILL_GAP = 22.0, 6.0
_COLUMNS = 4
_ROW = 26.0
_CELLS = 3
_FIRST = ("management", "network", "security", "log-archive")


def accounts(seen: Topology, x: float, y: float, room: float) -> Drawn:
    """Accounts of no team, one card each, then one card for all accounts of teams. Accounts of which there
    is nothing to say but what is drawn anyway are left out."""
    drawn = {place.account for place in seen.places}
    alone = [a for a in seen.accounts if not a.team and a.id and (a.guards or a.id not in drawn)]
    teams = [a for a in seen.accounts if a.team]
    told = _shared_guards(teams)
    alone.sort(key=lambda a: _FIRST.index(a.name) if a.name in _FIRST else len(_FIRST))
    parts: list[str] = []
    top = y
    wide = (room - (_COLUMNS - 1) * _GAP) / _COLUMNS
    for start in range(0, len(alone), _COLUMNS):
        row = alone[start : start + _COLUMNS]
        height = 56 + max(_pills(account.guards, 0, 0, wide - 2 * PADDING)[1] for account in row)
        for column, account in enumerate(row):
            parts.append(_account(account, seen, x + column * (wide + _GAP), y, wide, height))
        y += height + _GAP
    if told:
        pills, height = _pills(told, x + PADDING, y + 40, room - 2 * PADDING)
        count = len(teams)
        name = (
            f"account {teams[0].name or teams[0].id}"
            if count == 1
            else f"{count} {plural(count, 'account')} of teams"
        )
        keys = [key for account in teams for key in account.keys]
        parts.append(
            group(
                (
                    box(x, y, room, height + 50, "rw-card", radius=10),
                    label(x + PADDING, y + 25, name, room - 2 * PADDING, size=13, style="rw-strong"),
                    *pills,
                    mark(seen, keys, x + room - 11, y + 1),
                ),
                name=f"{name}: {', '.join(told)}",
            )
        )
        y += height + 50 + _GAP
    return Drawn(tuple(parts), y - top)


def _shared_guards(teams: Sequence[Account]) -> tuple[str, ...]:
    """What guards accounts of teams; of how many, where it is not all. What is counted is left out."""
    found = Counter(guard for account in teams for guard in account.guards if not guard[:1].isdigit())
    return tuple(
        guard if number == len(teams) else f"{guard} in {number} of {len(teams)}"
        for guard, number in found.items()
    )


def _account(account: Account, seen: Topology, x: float, y: float, wide: float, height: float) -> str:
    pills, _ = _pills(account.guards, x + PADDING, y + 46, wide - 2 * PADDING)
    return group(
        (
            box(x, y, wide, height, "rw-card", radius=10),
            label(
                x + PADDING, y + 22, account.name or "account", wide - 2 * PADDING, size=13, style="rw-strong"
            ),
            label(x + PADDING, y + 38, account.id, wide - 2 * PADDING, size=11, mono=True, style="rw-muted"),
            *pills,
            mark(seen, account.keys, x + wide - 11, y + 1),
        ),
        name=f"account {account.name} {account.id}: {', '.join(account.guards) or 'nothing that guards'}",
    )


def _pills(texts: Sequence[str], x: float, y: float, room: float) -> tuple[list[str], float]:
    """Words in pills, wrapped; returns parts and the height that they take."""
    parts: list[str] = []
    left, top = x, y
    for text in texts:
        wide = min(width(text, 11) + 18, room)
        if left > x and left + wide > x + room:
            left, top = x, top + _PILL + _PILL_GAP
        parts.append(box(left, top, wide, _PILL, "rw-endpoint", radius=11))
        parts.append(label(left + wide / 2, top + 15, text, wide - 12, size=11, anchor="middle"))
        left += wide + _PILL_GAP
    return parts, top + _PILL - y if texts else 0


def transit(gateway: TransitGateway, seen: Topology, x: float, y: float, room: float) -> Drawn:
    """One Transit Gateway: a row for each route table of no team, then a grid of those of teams."""
    shared = [table for table in gateway.tables if not table.team]
    teams = [table for table in gateway.tables if table.team]
    inner = room - 2 * PADDING
    name = f"Transit Gateway {gateway.name}"
    beside = x + PADDING + min(width(name, 15) * BOLD, inner * 0.6) + 12
    parts = [
        label(x + PADDING, y + 28, name, inner * 0.6, size=15, style="rw-strong"),
        label(
            beside,
            y + 28,
            f"{gateway.account} {gateway.region}",
            x + room - PADDING - beside,
            size=12,
            mono=True,
            style="rw-muted",
        ),
        mark(seen, (gateway.key,), x + room - 11, y + 1),
    ]
    bottom = y + 42
    if gateway.loose:
        lost = ", ".join(each.name for each in gateway.loose)
        parts.append(
            label(
                x + PADDING,
                bottom + 12,
                f"attached to no route table: {lost}",
                inner,
                size=11.5,
                style="rw-bad",
            )
        )
        bottom += 22
    for table in shared:
        parts.append(_shared_table(table, seen, x + PADDING, bottom, inner))
        bottom += 44 + 8
    if teams:
        always = set.intersection(*({each.name for each in table.reaches} for table in teams))
        never = set.intersection(*(set(table.blackholes) for table in teams))
        who = "each team's environment has a route table of its own"
        reached = f"all reach {', '.join(sorted(always))}" if always else "none is reached by all"
        if never:
            reached += f"; all drop {', '.join(sorted(never))}"
        parts.append(label(x + PADDING, bottom + 14, f"{who}; {reached}", inner, size=11.5, style="rw-muted"))
        bottom += 26
        wide = (inner - (_CELLS - 1) * 8) / _CELLS
        column = 0
        last = teams[0].team
        staged = len({table.team for table in teams}) < len(teams)
        for table in teams:
            if column == _CELLS or (column and staged and table.team != last):
                column, bottom = 0, bottom + _ROW + 6
            last = table.team
            left = x + PADDING + column * (wide + 8)
            parts.append(_team_table(table, always | never, seen, left, bottom, wide))
            column += 1
        bottom += _ROW
    height = bottom + PADDING - y
    frame = box(x, y, room, height, "rw-vpc rw-transit", radius=12, name=name)
    return Drawn((frame, *parts), height)


def _told(table: TransitTable) -> str:
    reaches = ", ".join(each.name for each in table.reaches) or "nobody"
    attached = ", ".join(each.name for each in table.attached) or "nobody"
    drops = f", drops {', '.join(table.blackholes)}" if table.blackholes else ""
    return f"route table {table.name}: routes what comes from {attached}, reaches {reaches}{drops}"


def _shared_table(table: TransitTable, seen: Topology, x: float, y: float, room: float) -> str:
    attached = ", ".join(each.name for each in table.attached)
    return group(
        (
            box(x, y, room, 44, "rw-chip"),
            label(x + 12, y + 18, attached or table.name, room - 40, size=12, style="rw-strong"),
            label(x + 12, y + 35, table.ways, room - 24, size=11, style="rw-muted"),
            mark(seen, table.keys, x + room - 11, y + 1),
        ),
        name=_told(table),
    )


def _team_table(table: TransitTable, alike: set[str], seen: Topology, x: float, y: float, room: float) -> str:
    """What it reaches and drops beside what all do."""
    more = [each.name for each in table.reaches if each.name not in alike]
    drops = len(set(table.blackholes) - alike)
    told = (
        f"and {', '.join(more)}" if more else "",
        f"{drops} more {plural(drops, 'blackhole')}" if drops else "",
    )
    right = " · ".join(part for part in told if part)
    name = "-".join(part for part in (table.team, table.stage) if part)
    taken = min(width(right, 11), room * 0.55)
    return group(
        (
            box(x, y, room, _ROW, "rw-chip", radius=6),
            label(x + 10, y + 17, name, room - taken - 40, size=11.5, style="rw-strong"),
            label(x + room - 10, y + 17, right, taken + 1, size=11, style="rw-muted", anchor="end"),
            mark(seen, table.keys, x + room - 4, y + 1),
        ),
        name=_told(table),
    )


def links(found: Sequence[Link], seen: Topology, x: float, y: float, room: float) -> Drawn:
    """Services between VPCs: who takes it, the port, who offers it."""
    top = y
    parts = [label(x, y + 14, "services between VPCs, by PrivateLink", room, size=14, style="rw-strong")]
    y += 28
    half = (room - 20) / 2
    ordered = sorted(found, key=lambda e: (e.provider_name, e.service, e.consumer_name, e.endpoint))
    for index, link in enumerate(ordered):
        left = x + (index % 2) * (half + 20)
        if index and index % 2 == 0:
            y += 46 + 12
        parts.append(_link(link, seen, left, y, half))
    return Drawn(tuple(parts), y + 46 + 20 - top)


def _link(link: Link, seen: Topology, x: float, y: float, room: float) -> str:
    chip, between = 190.0, room - 2 * 190.0
    right = x + chip + between
    consumer = link.consumer_name or ("nobody in this estate" if not link.endpoint else "not known")
    return group(
        (
            box(x, y, chip, 46, "rw-chip"),
            label(x + 12, y + 20, consumer, chip - 22, size=12.5, style="rw-strong"),
            label(
                x + 12,
                y + 36,
                link.endpoint_name or "no endpoint",
                chip - 22,
                size=11,
                style="rw-muted",
            ),
            polyline(((x + chip, y + 23), (right, y + 23)), "rw-flow", arrow=True),
            label(
                x + chip + between / 2, y + 17, link.ports, between - 24, size=11, mono=True, anchor="middle"
            ),
            box(right, y, chip, 46, "rw-chip"),
            label(right + 12, y + 20, link.service, chip - 22, size=12.5, style="rw-strong"),
            label(
                right + 12, y + 36, link.provider_name or "not known", chip - 22, size=11, style="rw-muted"
            ),
            mark(seen, (link.endpoint,), x + chip, y),
            mark(seen, (link.key,), right + chip - 4, y + 1),
        ),
        name=f"{consumer} may call {link.service} of {link.provider_name} on {link.ports}",
    )
