"""A packet's way as SVG: a labelled box for each thing that it meets, in order; a lane for each direction."""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.network.questions.overview import Stop, Way
from ringwork.report.drawing import box, group, label, number, polyline, title, width

WIDTH = 524.0
_MARGIN, _INSET, _GAP = 2.0, 12.0, 18.0
_LINE, _TOP = 19.0, 22.0
_NUMBER = 30.0
"""room for a box's number"""
_ROOM = WIDTH - 2 * _MARGIN - 2 * _INSET - _NUMBER
_SIZE, _SMALL = 13.5, 13.0
"""of text: at least 10 pixels on a phone, where a lane is shown at 0.8 of its size"""
_MOST_LINES = 3
"""of one text; what does not fit then has the whole as its title"""
KINDS = {
    "route table": "Route table",
    "transit gateway route table": "Transit Gateway route table",
    "network ACL egress": "Network ACL, egress",
    "network ACL ingress": "Network ACL, ingress",
    "security-group egress": "Security group, egress",
    "security-group ingress": "Security group, ingress",
}
"""a control's name as a heading; others have a capital first"""


def lanes(way: Way) -> tuple[tuple[str, str], ...]:
    """There, and back if something comes back: a heading and a picture each."""
    there = ("There", _lane(way.forward, f"The way of {way.packet}", "path-there"))
    if not way.back:
        return (there,)
    heading = "Back" if way.answered else "Back: it does not surely arrive"
    return there, (heading, _lane(way.back, "The way of the answer", "path-back"))


def heading(stop: Stop) -> str:
    """What kind of thing it is: the control, or what it does."""
    if stop.control:
        return KINDS.get(stop.control, stop.control[:1].upper() + stop.control[1:])
    does = {"sends": "sends", "receives": "receives"}.get(stop.why, "")
    kind = stop.kind or "step"
    return f"{kind[:1].upper()}{kind[1:]}{f' that {does}' if does else ''}"


def _lane(stops: Sequence[Stop], name: str, id: str) -> str:
    parts: list[str] = []
    y = 2.0
    for index, stop in enumerate(stops):
        lines = _lines(stop)
        height = _TOP + _LINE * len(lines) + 9
        if index:
            middle = WIDTH / 2
            parts.append(
                polyline(((middle, y - _GAP), (middle, y - 2)), "rw-way", bend=0).replace(
                    "/>", f' marker-end="url(#{id})"/>'
                )
            )
        parts.append(_box(stop, index + 1, lines, y, height))
        y += height + _GAP
    height = max(y - _GAP + 2, 4)
    arrow = (
        f'<defs><marker id="{id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" class="rw-tip"/></marker></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rw-path" role="img" '
        f'viewBox="0 0 {number(WIDTH)} {number(height)}">{title(name)}{arrow}{"".join(parts)}</svg>'
    )


def _lines(stop: Stop) -> list[tuple[str, str]]:
    """Text and its style, below the heading."""
    lines = [(text, "") for text in _wrapped(stop.name)]
    if stop.why not in ("sends", "receives"):
        lines += [(text, "rw-muted") for text in _wrapped(stop.why.replace("`", ""))]
    if stop.passed is not True:
        lines.append(("may stop here" if stop.passed is None else "stops here", "rw-bad"))
    for change in stop.changes:
        lines += [(text, "rw-change") for text in _wrapped(f"rewritten: {change}")]
    return lines


def _wrapped(text: str) -> list[str]:
    """Lines of a box's width, broken at spaces, or after a slash where a name is long."""
    pieces = text.replace("/", "/\0").replace(" ", " \0").split("\0")
    lines = [""]
    for piece in pieces:
        if lines[-1] and len(lines) < _MOST_LINES and width(lines[-1] + piece.rstrip(), _SMALL) > _ROOM:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def _box(stop: Stop, index: int, lines: list[tuple[str, str]], y: float, height: float) -> str:
    passed = "rw-stop" if stop.control else "rw-stop rw-carrier"
    if stop.passed is not True:
        passed += " rw-halted"
    left, room = _MARGIN + _INSET + _NUMBER, _ROOM
    parts = [
        box(_MARGIN, y, WIDTH - 2 * _MARGIN, height, passed),
        label(_MARGIN + _INSET, y + _TOP, str(index), _NUMBER, size=_SIZE, style="rw-muted"),
        label(left, y + _TOP, heading(stop), room, size=_SIZE, style="rw-strong"),
    ]
    for line, (text, style) in enumerate(lines, 1):
        parts.append(label(left, y + _TOP + _LINE * line, text, room, size=_SMALL, style=style))
    return group(parts)
