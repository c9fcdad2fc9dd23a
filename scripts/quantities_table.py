"""Writes docs/cost.md: what `ringwork cost` counts, and how it knows a price, from the tables themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ringwork.estate.billing import BY_USE, FREE_SERVICES
from ringwork.estate.quantities import COUNTED, HOURS, Billed

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"

INTRODUCTION = f"""\
# Costs

<!-- written by scripts/quantities_table.py; do not edit -->

`ringwork cost BLUEPRINT` counts what AWS bills of the compiled architecture by the hour or by the month, a
month having {HOURS} hours, for all accounts together. It counts the stacks' resources, not the blueprint,
with either value of `network.endpoints`, and shows what differs between the two.

Prices come only from price list files that you give with `--prices`, one for each service (and Region), as
AWS publishes them: `aws pricing list-price-lists` and `get-price-list-file-url`, JSON or CSV. Each file is
named in the output with its publication date. Files are read as streams: those of Amazon EC2 may be larger
than memory. Ringwork ships no price and asks none of the internet.

A price is taken from on-demand terms where exactly one price matches the row below: the product's usage type
(after the Region's prefix, such as `EUC1-` or `eu-central-1-`), its `regionCode`, and what else the row
names. Prices by tier are applied to the whole month of all accounts. What matches no line, or several lines
whose prices differ, is listed without a price and is in no sum; the exit code is 3 then. No sum has taxes,
discounts, Savings Plans, free tiers that the list does not state, data transfer, or anything billed by use.

The names of usage types are AWS's, as its bills and public tools use them. A row whose name is wrong finds
no price; it never finds another one.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    yield "## Counted\n"
    yield "| what | of | by the | service | usage type | also | AWS page |"
    yield "|---|---|---|---|---|---|---|"
    for billed in COUNTED:
        yield f"| {' | '.join(_cells(billed))} |"
    yield "\n`{}` stands for the instance or volume type. A row without a usage type is counted, and never"
    yield "priced.\n"
    yield "## Billed by use, named only\n"
    yield "| what | of |"
    yield "|---|---|"
    for told in sorted(set(BY_USE.values())):
        types = ", ".join(f"`{_short(type)}`" for type in sorted(BY_USE) if BY_USE[type] == told)
        yield f"| {told} | {types} |"
    services = ", ".join(sorted(FREE_SERVICES))
    yield "\n## Not billed\n"
    yield f"Resources of {services}, and types that belong to what is billed (`estate/billing.py`). A type of"
    yield "which no table speaks is printed as not known."


def _cells(billed: Billed) -> Iterator[str]:
    yield billed.what
    yield ", ".join(f"`{_short(type)}`" for type in billed.types)
    yield "hour" if billed.hourly else "month"
    yield billed.service
    yield f"`{billed.usage}`" if billed.usage else ""
    yield ", ".join(f"{name} `{value}`" for name, value in billed.attributes.items())
    yield billed.source


def _short(type: str) -> str:
    return type.removeprefix("AWS::")


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parents[1]))


if __name__ == "__main__":
    main()
