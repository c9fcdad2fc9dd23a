"""A blueprint's architecture as a picture: what its stacks would give, as SVG, Mermaid or for draw.io."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ringwork.estate.sources import cloudformation
from ringwork.report import drawio, mermaid
from ringwork.report.diagram import IN_FULL, drawn
from ringwork.report.focus import focus
from ringwork.report.graph import Graph, graph
from ringwork.report.topology import Topology, topology
from ringwork.source import InputError
from ringwork.workflows.design import Design


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"
    DRAWIO = "drawio"


SUFFIXES = {Format.SVG: ".svg", Format.MERMAID: ".mmd", Format.DRAWIO: ".drawio"}


@dataclass(frozen=True, slots=True)
class Picture:
    text: str
    vpcs: int
    in_full: bool
    """whether each VPC is drawn with all that is in it, or as one box"""
    note: str = ""
    """what the reader should know of what is not shown"""


def picture(
    designed: Design,
    format: Format,
    *,
    team: str = "",
    environment: str = "",
    seen: Topology | None = None,
) -> Picture:
    """Draw the estate that the stacks would give; of it one team's or environment's part, where named.

    `seen`: what was read of that estate already.

    Raises InputError for a team or an environment that the blueprint does not have.
    """
    if seen is None:
        # the picture shows one world: where conditions were open, the first
        seen = topology(cloudformation.read_stacks(designed.stacks)[0])
    part = bool(team or environment)
    if part:
        seen = _part(designed, seen, team, environment)
    full = part or len(seen.places) <= IN_FULL
    title = " ".join(
        word for word in (designed.blueprint.organization, environment or team, "architecture") if word
    )
    note = "" if full else "each VPC is one box: `--team` or `--environment` draws a part in full"
    if format is Format.SVG:
        return Picture(drawn(seen, full=full, alone=True), len(seen.places), full, note)
    if format is Format.DRAWIO:
        pages = [graph(seen, title, full=full)]
        if not full:
            pages += _teams(seen)
            note = "the first page is the whole; each team has a page of its own"
        return Picture(drawio.render(pages), len(seen.places), full, note)
    text = mermaid.render(graph(seen, title, full=full))
    if full and len(text) > mermaid.LONGEST:
        text, full = mermaid.render(graph(seen, title, full=False)), False
        note = f"drawn in short: in full it has more characters than Mermaid takes ({mermaid.LONGEST:,})"
    elif len(text) > mermaid.LONGEST:
        note = (
            f"Mermaid draws {mermaid.LONGEST:,} characters unless its page sets `maxTextSize`; "
            f"this has {len(text):,}"
        )
    return Picture(text, len(seen.places), full, note)


def _part(designed: Design, seen: Topology, team: str, environment: str) -> Topology:
    teams = list(designed.blueprint.teams)
    names = [each.name for each in designed.environments]
    if team and team not in teams:
        raise InputError(f"there is no team `{team}`", help=f"teams are {_listed(teams)}")
    if environment and environment not in names:
        raise InputError(
            f"there is no environment `{environment}`", help=f"environments are {_listed(names)}"
        )
    found = focus(seen, team=team, environment=environment)
    if not found.places:
        raise InputError(
            f"`{environment or team}` has no VPC of its own to draw",
            help="an environment without workloads, or in a VPC that exists already, has none",
        )
    return found


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown


def _teams(seen: Topology) -> list[Graph]:
    teams = dict.fromkeys(place.team for place in seen.places if place.team)
    return [graph(focus(seen, team=team), f"team {team}", full=True) for team in teams]


def default_file(blueprint: Path, format: Format) -> Path:
    """Beside the blueprint, with its name."""
    return blueprint.with_suffix(SUFFIXES[format])
