"""The architecture as one SVG: inline in the page, or a file of its own. No script, no request.

A few VPCs are drawn in full; many as one card each, so that the whole organization stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from ringwork.estate import Estate
from ringwork.findings import Finding
from ringwork.report import bands
from ringwork.report.drawing import BOLD, box, group, label, number, title, width
from ringwork.report.mark import mark
from ringwork.report.palette import rules
from ringwork.report.place import DATA_WIDTH, draw, internet, vaults
from ringwork.report.report import plural
from ringwork.report.topology import Place, Topology, topology

WIDTH = 1080.0
_MARGIN = 24.0
IN_FULL = 6
"""up to this many VPCs are drawn in full"""
_CARD_GAP = 18.0
_CARD_WIDTH = (WIDTH - 2 * _CARD_GAP - 2) / 3
_CARD_HEIGHT, _CARD_LINE = 160.0, 19.0

_STYLE = (
    rules(".rw-diagram")
    + """
.rw-diagram{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.rw-diagram.rw-alone{background:var(--rw-page)}
.rw-diagram text{fill:var(--rw-ink)}
.rw-diagram .rw-mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.rw-diagram .rw-strong{font-weight:600}
.rw-diagram .rw-muted{fill:var(--rw-muted)}
.rw-diagram .rw-vpc{fill:var(--rw-panel);stroke:var(--rw-accent);stroke-width:1.5}
.rw-diagram .rw-transit{stroke:var(--rw-proved)}
.rw-diagram .rw-tier{fill:var(--rw-sunken)}
.rw-diagram .rw-chip,.rw-diagram .rw-card{fill:var(--rw-panel);stroke:var(--rw-line)}
.rw-diagram .rw-exposed{stroke:var(--rw-violated);stroke-width:1.5}
.rw-diagram .rw-endpoint,.rw-diagram .rw-gateway{fill:var(--rw-panel);stroke:var(--rw-accent)}
.rw-diagram .rw-endpoint{stroke-opacity:.55}
.rw-diagram .rw-vault{fill:var(--rw-panel);stroke:var(--rw-line)}
.rw-diagram .rw-open{stroke-dasharray:4 4}
.rw-diagram .rw-store{fill:var(--rw-sunken)}
.rw-diagram .rw-glyph{fill:none;stroke:var(--rw-muted);stroke-width:1.6;stroke-linecap:round}
.rw-diagram .rw-faint{stroke-opacity:.35}
.rw-diagram .rw-flow,.rw-diagram .rw-bridge{fill:none;stroke:var(--rw-accent);stroke-width:1.5}
.rw-diagram .rw-halo{fill:none;stroke:var(--rw-sunken);stroke-width:5}
.rw-diagram .rw-head{fill:var(--rw-accent)}
.rw-diagram .rw-quiet{fill:var(--rw-muted)}
.rw-diagram text.rw-port{fill:var(--rw-accent);paint-order:stroke;stroke:var(--rw-sunken);stroke-width:3px}
.rw-diagram .rw-pill{stroke:none}
.rw-diagram rect.rw-good{fill:var(--rw-proved-soft)}
.rw-diagram text.rw-good{fill:var(--rw-proved)}
.rw-diagram rect.rw-warn{fill:var(--rw-unknown-soft)}
.rw-diagram text.rw-warn{fill:var(--rw-unknown)}
.rw-diagram text.rw-bad{fill:var(--rw-violated)}
.rw-diagram .rw-mark{fill:var(--rw-violated)}
.rw-diagram text.rw-count{fill:var(--rw-panel);font-weight:700}
"""
    + "".join(
        f".rw-diagram rect.rw-{name},.rw-diagram text.rw-{name}{{fill:var(--rw-{name})}}"
        for name in ("restricted", "confidential", "internal", "public")
    )
)


def _arrow(id: str, style: str, size: int) -> str:
    return (
        f'<marker id="{id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" markerHeight="{size}" '
        f'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" class="{style}"/></marker>'
    )


_MARKERS = _arrow("rw-arrow", "rw-head", 7) + _arrow("rw-arrow-muted", "rw-quiet", 4)


def svg(estate: Estate, findings: Iterable[Finding] = ()) -> str:
    """The diagram; violated `findings` are marked where they hang. Equal input gives equal bytes."""
    return drawn(topology(estate, findings))


def drawn(seen: Topology, *, full: bool | None = None, alone: bool = False) -> str:
    """`full`: each VPC with all that is in it, or as one card; None: in full up to `IN_FULL` VPCs.
    `alone`: a file of its own, with a ground and a margin."""
    parts: list[str] = []
    y = 12.0
    full = full if full is not None else len(seen.places) <= IN_FULL
    room = WIDTH - (12 if full else 2)
    around = bands.accounts(seen, 1, y, room)
    parts += around.parts
    y += around.height + (12 if around.parts else 0)
    for gateway in seen.transits:
        done = bands.transit(gateway, seen, 1, y, room)
        parts += done.parts
        y += done.height + 26
    if full:
        names = {account.id: account.name for account in seen.accounts}
        for account, places in groupby(seen.places, key=lambda place: (place.account, place.region)):
            parts.append(_account(*account, names.get(account[0], ""), y))
            y += 30
            for place in places:
                done = draw(place, seen, 1, y, WIDTH - 12)
                parts += done.parts
                y += done.height + 26
    else:
        for heading, members in groupby(sorted(seen.places, key=_idle), key=_heading):
            held = list(members)
            parts.append(label(1, y + 14, heading, WIDTH, size=14, style="rw-strong"))
            y += 28
            height = _CARD_HEIGHT + _CARD_LINE * max(len(_guarding(place)) for place in held)
            for index, place in enumerate(held):
                column, line = index % 3, index // 3
                left = 1 + column * (_CARD_WIDTH + _CARD_GAP)
                parts.append(_card(place, seen, left, y + line * (height + _CARD_GAP), height))
            y += ((len(held) + 2) // 3) * (height + _CARD_GAP) + 10
    if seen.links:
        done = bands.links(seen.links, seen, 1, y, room)
        parts += done.parts
        y += done.height
    if seen.elsewhere:
        parts.append(label(1, y + 14, "data beside no VPC", WIDTH, size=14, style="rw-strong"))
        y += 28
        bottom = y
        for index, vault in enumerate(seen.elsewhere):
            column = index % 4
            if column == 0 and index:
                y = bottom + 14
            some, edge = vaults((vault,), seen, 1 + column * (DATA_WIDTH + 34), y, DATA_WIDTH)
            parts += some
            bottom = max(bottom, edge)
        y = bottom + 16
    if not seen.places and not seen.elsewhere and not seen.transits:
        parts.append(
            label(1, y + 16, "no VPC and no bucket in this estate", WIDTH, size=14, style="rw-muted")
        )
        y += 34
    name = _summary(seen)
    margin = _MARGIN if alone else 0
    across, down = number(WIDTH + 2 * margin), number(y + margin)
    style = "rw-diagram rw-alone" if alone else "rw-diagram"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{style}" role="img" '
        f'viewBox="{number(-margin)} 0 {across} {down}" width="{across}" height="{down}">'
        f"{title(name)}<style>{_STYLE}</style><defs>{_MARKERS}</defs>{''.join(parts)}</svg>"
    )


def _summary(seen: Topology) -> str:
    vpcs, groups = len(seen.places), sum(len(place.groups) for place in seen.places)
    flows = sum(len(place.flows) for place in seen.places)
    return (
        f"architecture: {vpcs} {plural(vpcs, 'VPC')}, {groups} {plural(groups, 'workload')}, "
        f"{flows} {plural(flows, 'flow')}"
    )


def _account(account: str, region: str, name: str, y: float) -> str:
    text = f"account {name or account or 'unknown'}"
    place = f"{account} {region}" if name else region
    start = min(width(text, 14) * BOLD, WIDTH * 0.6) + 12
    return label(1, y + 14, text, WIDTH * 0.6, size=14, style="rw-strong") + label(
        start, y + 14, place, WIDTH - start, size=12, mono=True, style="rw-muted"
    )


def _idle(place: Place) -> bool:
    """Whether it is of no team and no group of a workload is in it, as in the VPC that AWS makes with an
    account: these come last, together."""
    return not (place.team or place.shared or place.groups or place.endpoints or place.fronts)


def _heading(place: Place) -> str:
    if _idle(place):
        return "other VPCs"
    if place.team:
        return f"team {place.team}"
    return f"{'shared networks of ' if place.shared else ''}account {place.account or 'unknown'}"


def _guarding(place: Place) -> list[str]:
    """What a card says beside what every VPC has."""
    told = [f"inspected by {name}" for name in place.firewalls]
    if place.fronts:
        count, guarded = len(place.fronts), sum(bool(front.acl) for front in place.fronts)
        behind = "behind WAF" if guarded == count else f"{guarded} of {count} behind WAF"
        told.append(f"{count} {plural(count, 'API')} in front, {behind}")
    return told


def _counts(*counted: tuple[int, str]) -> str:
    """`12 subnets · 1 flow`; what there is none of is left out."""
    return " · ".join(f"{count} {plural(count, word)}" for count, word in counted if count)


def _card(place: Place, seen: Topology, x: float, y: float, height: float) -> str:
    """One VPC in short. Its mark counts all that hangs on it."""
    room = _CARD_WIDTH - 28
    keys = (
        place.key,
        *(store.key for vault in place.vaults for store in vault.stores),
        *(vault.key for vault in place.vaults),
        *(key for front in place.fronts for key in front.keys),
    )
    more = _guarding(place)
    endpoints = len(place.endpoints)
    text, style = internet(place)
    pill = min(width(text, 11) + 20, room)
    left = x + 14
    account = f"{place.account} {place.region}".strip()
    tiers = " · ".join(tier.name for tier in place.tiers if tier.subnets and tier.name != "transit")
    subnets = sum(len(tier.subnets) for tier in place.tiers)
    running = _counts((subnets, "subnet"), (len(place.groups), "workload"), (len(place.flows), "flow"))
    keys_held = sum(bool(vault.key) for vault in place.vaults)
    holding = _counts((endpoints, "endpoint"), (place.stores, "bucket"), (keys_held, "key"))
    cidr = width(place.cidr, 11, mono=True)
    return group(
        (
            box(x, y, _CARD_WIDTH, height, "rw-card", radius=10),
            label(left, y + 26, place.name, room - cidr - 12, size=14, style="rw-strong"),
            label(
                x + _CARD_WIDTH - 14,
                y + 26,
                place.cidr,
                cidr + 1,
                size=11,
                mono=True,
                style="rw-muted",
                anchor="end",
            ),
            label(left, y + 46, account, room, size=11, mono=True, style="rw-muted"),
            *(
                label(left, y + 70 + _CARD_LINE * index, line, room, size=11.5)
                for index, line in enumerate(part for part in (tiers, running, holding, *more) if part)
            ),
            box(left, y + height - 38, pill, 24, f"rw-pill {style}", radius=12),
            label(left + pill / 2, y + height - 22, text, pill - 8, size=11, style=style, anchor="middle"),
            mark(seen, keys, x + _CARD_WIDTH - 11, y + 1),
        ),
        name=f"VPC {place.name} {place.cidr}: "
        + ", ".join(part for part in (running, holding, *more, text) if part),
    )
