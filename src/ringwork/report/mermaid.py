"""A graph as a Mermaid flowchart, for Markdown that draws it.

Mermaid, "Flowcharts - Basic Syntax": text stands in quotes, and characters with a meaning become entity
codes (`#35;`).
"""

from __future__ import annotations

from collections import defaultdict

from ringwork.report.graph import Graph, Node

LONGEST = 50_000
"""Characters that Mermaid draws unless its page allows more (Mermaid, "Configuration", `maxTextSize`)."""

_SHAPES = {
    "store": ("[(", ")]"),
    "front": ("{{", "}}"),
    "endpoint": ("([", "])"),
    "table": ("[/", "/]"),
}
_ARROWS = {"flow": "-->", "link": "==>", "transit": "---", "data": "-.->"}
_CLASSES = {
    "organization": "fill:#f6f7f9,stroke:#d3dae3,color:#17202b",
    "account": "fill:#ffffff,stroke:#536072,color:#17202b",
    "network": "fill:#f6f7f9,stroke:#d3dae3,color:#17202b",
    "team": "fill:#f6f7f9,stroke:#d3dae3,color:#17202b",
    "vpc": "fill:#ffffff,stroke:#2456c7,color:#17202b",
    "tier": "fill:#eef1f5,stroke:#d3dae3,color:#17202b",
    "workload": "fill:#ffffff,stroke:#536072,color:#17202b",
    "front": "fill:#fbf0d9,stroke:#8a5a00,color:#17202b",
    "endpoint": "fill:#ffffff,stroke:#2456c7,color:#17202b",
    "vault": "fill:#eef1f5,stroke:#d3dae3,color:#17202b",
    "store": "fill:#ffffff,stroke:#8a2f7c,color:#17202b",
    "transit": "fill:#e3f3ea,stroke:#17734a,color:#17202b",
    "table": "fill:#ffffff,stroke:#17734a,color:#17202b",
}
"""Fill and text are both given, so that a dark page stays readable."""
_MEANING = frozenset('#"&<>`;\\%{}|[]()')


def render(drawn: Graph) -> str:
    """The flowchart. Equal graphs give equal text."""
    children: dict[str, list[Node]] = defaultdict(list)
    for node in drawn.nodes:
        children[node.parent].append(node)
    # boxes of one team side by side, teams below each other: many stay narrow enough to read
    short = not any(node.kind == "tier" for node in drawn.nodes)
    lines = [f"flowchart {'LR' if short else 'TB'}", f"  accTitle: {_plain(drawn.title)}"]
    lines.append(f"  accDescr: {len(drawn.nodes)} boxes and {len(drawn.edges)} arrows")
    for node in children[""]:
        lines += _node(node, children, "  ", short=short)
    for edge in drawn.edges:
        label = f'|"{_text(edge.label)}"|' if edge.label else ""
        lines.append(f"  {edge.source} {_ARROWS[edge.kind]}{label} {edge.target}")
    used = sorted({node.kind for node in drawn.nodes})
    for kind in used:
        lines.append(f"  classDef {kind} {_CLASSES[kind]}")
        lines.append(f"  class {','.join(node.id for node in drawn.nodes if node.kind == kind)} {kind}")
    return "\n".join(lines) + "\n"


def _node(node: Node, children: dict[str, list[Node]], indent: str, *, short: bool) -> list[str]:
    text = "<br/>".join(_text(line) for line in node.lines)
    if node.id not in children:
        before, after = _SHAPES.get(node.kind, ("[", "]"))
        return [f'{indent}{node.id}{before}"{text}"{after}']
    inner = [
        line for child in children[node.id] for line in _node(child, children, indent + "  ", short=short)
    ]
    direction = [f"{indent}  direction TB"] if short else []
    return [f'{indent}subgraph {node.id}["{text}"]', *direction, *inner, f"{indent}end"]


def _text(line: str) -> str:
    return "".join(f"#{ord(each)};" if each in _MEANING else each for each in line)


def _plain(line: str) -> str:
    """A title has no quotes around it, and no entity codes."""
    return "".join(" " if each in _MEANING else each for each in line).strip() or "architecture"
