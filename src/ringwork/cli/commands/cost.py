"""`ringwork cost`: billable quantities, and sums by the user's own price lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwork.cli.console import Output, json_option

if TYPE_CHECKING:
    from rich.table import Table

    from ringwork.workflows.cost import Cost, Mode


@click.command("cost", short_help="Count what AWS bills, and price it by your price lists.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--prices", "-p", "files", multiple=True, metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="An AWS price list file of one service, JSON or CSV. May be repeated.",
)  # fmt: skip
@json_option
def command(blueprint: Path, files: tuple[Path, ...], as_json: bool) -> int:
    """Count what BLUEPRINT has that AWS bills by the hour or month (730 hours), with either mode of
    interface endpoints. What is billed by use is named, and not counted.

    Prices come only from the files that you give, as AWS publishes them for each service and Region
    (`aws pricing get-price-list-file-url`). A quantity that they do not price is listed without a price,
    and the exit code is 3. On-demand list prices: no tax, discount, free tier or data transfer.

    \b
      ringwork cost bank.yaml
      ringwork cost bank.yaml --prices AmazonVPC.json --prices AmazonEC2.csv
    """
    from ringwork.workflows.cost import cost
    from ringwork.workflows.exit import Exit

    say = Output(as_json)
    found = cost(blueprint, files)
    say.say(f"quantities of {blueprint}, a month of 730 hours, all accounts together")
    for each in found.prices:
        say.say(f"prices of {each.service}: {each.file}, published {each.published}")
    say.say(_table(found.own, priced=bool(found.prices)))
    if found.prices:
        said = ", ".join(f"{total:,.2f} {currency}" for currency, total in sorted(found.own.sums.items()))
        unpriced = len(found.own.unpriced)
        partly = f"; {unpriced} row(s) have no price and are not in it" if unpriced else ""
        say.say(f"sum of a month: {said or 'nothing has a price'}{partly}")
        for line in found.own.unpriced:
            say.say(f"no price: {_what(line.quantity.billed.what, line.quantity.detail)}: {line.reason}")
    _by_use(say, found)
    _modes(say, found)
    say.result({"blueprint": str(blueprint), **found.to_json()})
    return Exit.HOLDS if found.complete else Exit.UNDECIDED


def _what(what: str, detail: str) -> str:
    return f"{what}, {detail.rstrip('-')}" if detail else what


def _table(mode: Mode, *, priced: bool) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("", "Region"):
        table.add_column(name)
    for name in ("number", "a month", *(("cost",) if priced else ())):
        table.add_column(name, justify="right")
    for line in mode.lines:
        quantity = line.quantity
        monthly = "not known" if quantity.monthly is None else f"{quantity.monthly:,}"
        cells = [
            _what(quantity.billed.what, quantity.detail),
            quantity.region or "all",
            "not known" if quantity.count is None else f"{quantity.count:,}",
            f"{monthly} h" if quantity.billed.hourly and quantity.monthly is not None else monthly,
        ]
        if priced:
            money = line.price is not None and line.cost is not None
            cells.append(f"{line.cost:,.2f} {line.price.currency}" if money and line.price else "no price")
        table.add_row(*cells)
    return table


def _by_use(say: Output, found: Cost) -> None:
    say.say("billed by use, so that only use tells how much:")
    for what, number in found.by_use.items():
        say.say(f"  {what} ({number:,})")
    for type, number in found.unclassified.items():
        say.say(f"not known how it is billed: {type} ({number:,})")


def _modes(say: Output, found: Cost) -> None:
    """Rows that differ between the two modes of interface endpoints."""
    own, *others = found.modes
    for other in others:
        if other.failure:
            say.say(f"with `network.endpoints: {other.name}` it does not compile: {other.failure}")
            continue
        say.say(f"with `network.endpoints: {other.name}` instead of `{own.name}`, a month:")
        here, there = (_monthly(mode) for mode in (own, other))
        for key in dict.fromkeys((*here, *there)):
            before, after = here.get(key, 0), there.get(key, 0)
            if before != after:
                what, region, unit = key
                say.say(f"  {what}, {region or 'all Regions'}: {before:,} -> {after:,} {unit}")
        if here == there:
            say.say("  nothing that is counted changes")
        for currency in sorted({*own.sums, *other.sums}):
            before_sum, after_sum = own.sums.get(currency, 0), other.sums.get(currency, 0)
            partly = " (of what has a price)" if own.unpriced or other.unpriced else ""
            say.say(f"  sum: {before_sum:,.2f} -> {after_sum:,.2f} {currency}{partly}")


def _monthly(mode: Mode) -> dict[tuple[str, str, str], int]:
    return {
        (_what(q.billed.what, q.detail), q.region, q.unit): q.monthly
        for line in mode.lines
        if (q := line.quantity).monthly is not None
    }
