"""Draw SVG: escaped text that never leaves its box, boxes, lines; colours by class."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from ringwork.report.report import printable

PADDING = 16
"""between a frame and what it holds"""
CHIP_WIDTH, CHIP_HEIGHT, CHIP_GAP = 150.0, 46.0, 16.0
"""of a workload's box"""
LEGEND = 138.0
"""room for a band's name, left of what it holds"""
MONO = 0.62
"""width of a character of common monospaced fonts, in em"""
BOLD = 1.1
"""how much wider bold text is"""
_NARROW = frozenset("iIjl.,:;|!'` ()[]/\\-tfr")
_WIDE = frozenset("mwMW@%")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Parts of a picture, and the height that they take."""

    parts: tuple[str, ...]
    height: float


def width(text: str, size: float, *, mono: bool = False) -> float:
    """Pixels that `text` takes at most, by the widest of the common system fonts (DejaVu Sans, Verdana)."""
    total = 0.0
    for character in text:
        if unicodedata.east_asian_width(character) in "WF":
            total += 1.05
        elif mono:
            total += MONO
        elif character in _NARROW:
            total += 0.43
        elif character in _WIDE:
            total += 1.0
        elif character.isascii() and (character.islower() or character.isdigit()):
            total += 0.645
        else:
            total += 0.82
    return total * size


def fit(text: str, room: float, size: float, *, mono: bool = False) -> str:
    """`text`, cut with an ellipsis to fit into `room` pixels; empty when not one character fits."""
    text = " ".join(printable(text).split())
    if width(text, size, mono=mono) <= room:
        return text
    room -= size
    kept = ""
    for character in text:
        if width(kept + character, size, mono=mono) > room:
            break
        kept += character
    return f"{kept}…" if kept else ""


def number(value: float) -> str:
    """A coordinate, at most one decimal, the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def title(text: str) -> str:
    """A name for the shape that holds it: a tooltip, and what a screen reader says."""
    return f"<title>{escape(printable(text))}</title>"


def label(
    x: float,
    y: float,
    text: str,
    room: float,
    *,
    size: float = 12,
    style: str = "",
    mono: bool = False,
    anchor: str = "start",
) -> str:
    """Text within `room` pixels; cut text has its whole as a title. Style `rw-strong` is bold."""
    cut = fit(text, room / BOLD if "rw-strong" in style else room, size, mono=mono)
    if not cut:
        return ""
    classes = " ".join(part for part in ("rw-mono" if mono else "", style) if part)
    attributes = f' class="{classes}"' if classes else ""
    if anchor != "start":
        attributes += f' text-anchor="{anchor}"'
    whole = title(text) if cut != text else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{attributes}>'
        f"{whole}{escape(cut)}</text>"
    )


def box(x: float, y: float, w: float, h: float, style: str, *, radius: float = 8, name: str = "") -> str:
    inner = title(name) if name else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" '
        f'rx="{number(radius)}" class="{style}">{inner}</rect>'
    )


def polyline(
    points: Iterable[tuple[float, float]], style: str, *, bend: float = 6, arrow: bool = False
) -> str:
    """A right-angled line with rounded corners."""
    corners = list(dict.fromkeys(points))
    if len(corners) < 2:
        return ""
    path = [f"M{number(corners[0][0])} {number(corners[0][1])}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        enter, leave = _towards(corner, before, bend), _towards(corner, after, bend)
        path.append(f"L{number(enter[0])} {number(enter[1])}")
        path.append(f"Q{number(corner[0])} {number(corner[1])} {number(leave[0])} {number(leave[1])}")
    path.append(f"L{number(corners[-1][0])} {number(corners[-1][1])}")
    end = ' marker-end="url(#rw-arrow)"' if arrow else ""
    return f'<path d="{" ".join(path)}" class="{style}"{end}/>'


def _towards(start: tuple[float, float], end: tuple[float, float], most: float) -> tuple[float, float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(abs(dx), abs(dy))
    step = min(most, length / 2)
    return (start[0] + step * dx / length, start[1] + step * dy / length) if length else start


def group(parts: Iterable[str], *, name: str = "", style: str = "") -> str:
    attributes = f' class="{style}"' if style else ""
    return f"<g{attributes}>{title(name) if name else ''}{''.join(parts)}</g>"
