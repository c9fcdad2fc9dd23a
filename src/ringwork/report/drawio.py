"""Graphs as a file for draw.io: one page each, boxes within boxes, edges tied to what they join.

diagrams.net, "Format of the draw.io file": an `mxfile` holds `diagram` pages, each an `mxGraphModel` whose
cells name their parent, and edges their source and target. Labels are plain text (`html=0`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from ringwork.report.drawing import width
from ringwork.report.graph import Edge, Graph, Node

_SIZE = 12
_LINE = 17
_PADDING = 16
_GAP = 24
_WIDEST = 1600
"""a row of boxes wraps before it grows wider"""
_STACKED = frozenset({"vpc", "vault", "account"})
"""their boxes stand under each other"""

_STYLES = {
    "organization": "rounded=1;arcSize=2;strokeColor=#d3dae3;fillColor=#f6f7f9;",
    "account": "rounded=1;strokeColor=#536072;fillColor=#ffffff;",
    "network": "rounded=1;arcSize=2;strokeColor=#d3dae3;fillColor=#f6f7f9;",
    "team": "rounded=1;arcSize=2;strokeColor=#d3dae3;fillColor=#f6f7f9;",
    "vpc": "rounded=1;arcSize=2;strokeColor=#2456c7;fillColor=#ffffff;",
    "tier": "rounded=1;arcSize=4;strokeColor=none;fillColor=#eef1f5;",
    "workload": "rounded=1;strokeColor=#536072;fillColor=#ffffff;",
    "front": "rounded=1;strokeColor=#8a5a00;fillColor=#fbf0d9;",
    "endpoint": "rounded=1;arcSize=30;strokeColor=#2456c7;fillColor=#ffffff;",
    "vault": "rounded=1;arcSize=4;strokeColor=#d3dae3;fillColor=#eef1f5;",
    "store": "rounded=0;strokeColor=#8a2f7c;fillColor=#ffffff;",
    "transit": "rounded=1;arcSize=2;strokeColor=#17734a;fillColor=#e3f3ea;",
    "table": "rounded=1;strokeColor=#17734a;fillColor=#ffffff;",
}
_EDGES = {
    "flow": "strokeColor=#2456c7;endArrow=block;endFill=1;",
    "link": "strokeColor=#8a2f7c;strokeWidth=2;endArrow=block;endFill=1;",
    "transit": "strokeColor=#17734a;endArrow=none;",
    "data": "strokeColor=#536072;dashed=1;endArrow=open;",
}
_TEXT = "html=0;whiteSpace=wrap;fontSize=12;fontColor=#17202b;"


@dataclass(slots=True)
class _Laid:
    """Where a node stands within its parent, and how large it is."""

    node: Node
    width: float
    height: float
    x: float = 0
    y: float = 0
    inner: list[_Laid] = field(default_factory=list)


def render(pages: Sequence[Graph]) -> str:
    """The file's XML. Equal graphs give equal text."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<mxfile host="ringwork">\n'
        + "".join(_page(page, number) for number, page in enumerate(pages, 1))
        + "</mxfile>\n"
    )


def _page(drawn: Graph, number: int) -> str:
    children: dict[str, list[Node]] = defaultdict(list)
    for node in drawn.nodes:
        children[node.parent].append(node)
    laid = [_lay(node, children) for node in children[""]]
    across, down = _rows(laid, 0, 0)
    cells = [cell for each in laid for cell in _cells(each, "1", number)]
    cells += [_edge(edge, number, index) for index, edge in enumerate(drawn.edges, 1)]
    return (
        f'<diagram id="page{number}" name="{_attribute(drawn.title)}">'
        f'<mxGraphModel grid="1" gridSize="10" page="0" pageWidth="{across:.0f}" '
        f'pageHeight="{down:.0f}">'
        f'<root><mxCell id="0"/><mxCell id="1" parent="0"/>\n{"".join(cells)}</root>'
        "</mxGraphModel></diagram>\n"
    )


def _lay(node: Node, children: dict[str, list[Node]]) -> _Laid:
    text = max(width(line, _SIZE) for line in node.lines) + 2 * _PADDING
    head = _LINE * len(node.lines) + _PADDING
    if node.id not in children:
        return _Laid(node, text, head)
    inner = [_lay(child, children) for child in children[node.id]]
    if node.kind in _STACKED:
        across, down = _column(inner, _PADDING, head)
    else:
        across, down = _rows(inner, _PADDING, head)
    return _Laid(node, max(text, across + _PADDING), down + _PADDING, inner=inner)


def _column(boxes: list[_Laid], x: float, y: float) -> tuple[float, float]:
    """Set the boxes under each other, equally wide; returns the right and the lower edge."""
    widest = max(each.width for each in boxes)
    for each in boxes:
        each.x, each.y, each.width = x, y, widest
        y += each.height + _GAP
    return x + widest, y - _GAP


def _rows(boxes: list[_Laid], x: float, y: float) -> tuple[float, float]:
    """Set the boxes side by side, wrapped; returns the right and the lower edge."""
    left, right, bottom = x, x, y
    for each in boxes:
        if left > x and left + each.width > _WIDEST:
            left, y = x, bottom + _GAP
        each.x, each.y = left, y
        left += each.width + _GAP
        right, bottom = max(right, each.x + each.width), max(bottom, y + each.height)
    return right, bottom


def _cells(laid: _Laid, parent: str, page: int) -> list[str]:
    node = laid.node
    id = f"p{page}{node.id}"
    style = _STYLES[node.kind] + _TEXT
    if laid.inner:
        style += (
            "container=1;collapsible=0;verticalAlign=top;align=left;spacingLeft=10;spacingTop=4;fontStyle=1;"
        )
    own = (
        f'<mxCell id="{id}" value="{_attribute(chr(10).join(node.lines))}" style="{style}" vertex="1" '
        f'parent="{parent}"><mxGeometry x="{laid.x:.0f}" y="{laid.y:.0f}" width="{laid.width:.0f}" '
        f'height="{laid.height:.0f}" as="geometry"/></mxCell>\n'
    )
    return [own, *(cell for each in laid.inner for cell in _cells(each, id, page))]


def _edge(edge: Edge, page: int, index: int) -> str:
    style = f"edgeStyle=orthogonalEdgeStyle;rounded=1;{_EDGES[edge.kind]}{_TEXT}"
    return (
        f'<mxCell id="p{page}e{index}" value="{_attribute(edge.label)}" style="{style}" edge="1" parent="1" '
        f'source="p{page}{edge.source}" target="p{page}{edge.target}">'
        f'<mxGeometry relative="1" as="geometry"/></mxCell>\n'
    )


def _attribute(text: str) -> str:
    return escape(text).replace("\n", "&#10;")
