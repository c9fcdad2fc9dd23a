"""Who can reach whom, as tables of a page: every cell says in a word and by its form what colour says too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringwork.network.questions.overview import Cell, Flows, Overview, Table

LEGEND: Mapping[Flows, str] = {
    Flows.SURELY: "flows: something of it surely arrives",
    Flows.PERHAPS: "may flow: it could not be decided",
    Flows.NEVER: "proved: nothing can flow",
    Flows.UNKNOWN: "unknown: nothing was found, but not all that may carry packets is known",
}
SIGNS: Mapping[Flows, str] = {
    Flows.SURELY: "→",
    Flows.PERHAPS: "?",
    Flows.NEVER: "–",
    Flows.UNKNOWN: "?",
}
"""what stands before a cell's traffic, so that no two are told apart by colour alone"""
SAID: Mapping[Flows, str] = {
    Flows.SURELY: "flows:",
    Flows.PERHAPS: "may flow:",
    Flows.NEVER: "nothing",
    Flows.UNKNOWN: "unknown",
}
"""what a screen reader says in place of the sign"""


@dataclass(frozen=True, slots=True)
class Row:
    source: str
    cells: tuple[tuple[str, Cell], ...]
    """with the column's name"""


def rows(table: Table) -> tuple[Row, ...]:
    return tuple(
        Row(source, tuple((column, table.cell(source, column)) for column in table.columns))
        for source in table.rows
    )


def counts(table: Table) -> Mapping[Flows, int]:
    """How many cells there are of each kind; those of which there are none are left out."""
    found: dict[Flows, int] = {}
    for row in rows(table):
        for _, cell in row.cells:
            found[cell.flows] = found.get(cell.flows, 0) + 1
    return {flows: found[flows] for flows in Flows if flows in found}


def summary(table: Table) -> str:
    """The first table in a sentence."""
    said = counts(table)
    total = sum(said.values())
    parts = {
        Flows.SURELY: "{} let something pass",
        Flows.PERHAPS: "{} may, which could not be decided",
        Flows.NEVER: "{} are proved to let nothing pass",
        Flows.UNKNOWN: "{} are not known",
    }
    listed = ", ".join(parts[flows].format(f"{count:,}") for flows, count in said.items())
    return f"Of {total:,} pairs, {listed}."


def legend(overview: Overview) -> Iterator[tuple[Flows, str]]:
    """The kinds of cells that there are, each with its meaning."""
    there = {flows for table in overview.tables for flows in counts(table)}
    return ((flows, text) for flows, text in LEGEND.items() if flows in there)
