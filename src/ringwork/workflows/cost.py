"""What a blueprint's architecture costs for being there: quantities, and sums by the user's own price lists.

A price that no given file has is never guessed: the quantity is listed without one, and the sum says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ringwork.blueprint import load
from ringwork.estate.quantities import HOURS, Quantities, Quantity, quantities
from ringwork.estate.sources import cloudformation
from ringwork.source import InputError
from ringwork.workflows.design import Design, design
from ringwork.workflows.prices import Key, Price, PriceList, read

MODES = ("per-vpc", "central")
"""Values of `network.endpoints`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity with its price."""

    quantity: Quantity
    price: Price | None
    reason: str
    """why there is no price; empty: there is one, or no price list was given"""

    @property
    def cost(self) -> Decimal | None:
        monthly = self.quantity.monthly
        return None if self.price is None or monthly is None else self.price.of(monthly)

    def to_json(self) -> dict[str, Any]:
        quantity, price = self.quantity, self.price
        return {
            "id": quantity.billed.id,
            "what": quantity.billed.what,
            "region": quantity.region or None,
            "detail": quantity.detail or None,
            "count": quantity.count,
            "monthly": quantity.monthly,
            "unit": quantity.unit,
            "price": None if price is None else {
                "tiers": [tier.to_json() for tier in price.tiers],
                "unit": price.unit,
                "currency": price.currency,
                "sku": price.sku,
                "file": price.source.file,
            },
            "cost": None if self.cost is None else str(self.cost),
            "no_price": self.reason or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mode:
    """What one value of `network.endpoints` comes to."""

    name: str
    chosen: bool
    """whether the blueprint says so"""
    lines: tuple[Line, ...]
    failure: str
    """why it does not compile; empty: it does"""

    @property
    def sums(self) -> Mapping[str, Decimal]:
        """Currency -> a month's sum of what has a price."""
        total: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            if line.price is not None and line.cost is not None:
                total[line.price.currency] += line.cost
        return dict(total)

    @property
    def unpriced(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.reason)


@dataclass(frozen=True, slots=True)
class Cost:
    prices: tuple[PriceList, ...]
    modes: tuple[Mode, ...]
    """the blueprint's own first"""
    by_use: Mapping[str, int]
    unclassified: Mapping[str, int]

    @property
    def own(self) -> Mode:
        return self.modes[0]

    @property
    def complete(self) -> bool:
        """Whether each quantity of the blueprint has a price, where price lists were given."""
        return not self.own.unpriced

    def to_json(self) -> dict[str, Any]:
        return {
            "hours": HOURS,
            "prices": [
                {"file": p.file, "service": p.service, "published": p.published, "version": p.version}
                for p in self.prices
            ],
            "complete": self.complete if self.prices else None,
            "quantities": [line.to_json() for line in self.own.lines],
            "sums": {currency: str(total) for currency, total in self.own.sums.items()},
            "endpoint_modes": [
                {
                    "mode": mode.name,
                    "chosen": mode.chosen,
                    "failure": mode.failure or None,
                    "quantities": [line.to_json() for line in mode.lines],
                    "sums": {currency: str(total) for currency, total in mode.sums.items()},
                    "unpriced": len(mode.unpriced),
                }
                for mode in self.modes
            ],
            "by_use": dict(self.by_use),
            "unclassified": dict(self.unclassified),
        }


def cost(path: Path, price_files: Sequence[Path] = ()) -> Cost:
    """Count the blueprint at `path`, with either mode of interface endpoints; price what the files price.

    Raises InputError for a blueprint or a price list that cannot be read.
    """
    blueprint = load(path)
    own = blueprint.network.endpoints
    counted: list[tuple[str, Quantities | None, str]] = []
    for mode in (own, *(mode for mode in MODES if mode != own)):
        changed = blueprint.network.model_copy(update={"endpoints": mode})
        try:
            found = quantities_of(design(path, blueprint.model_copy(update={"network": changed})))
        except InputError as error:
            if mode == own:
                raise
            counted.append((mode, None, error.message))
        else:
            counted.append((mode, found, ""))
    wanted = {
        quantity.key: quantity
        for _, found, _ in counted
        if found
        for quantity in found.counted
        if quantity.count is not None
    }
    lists, prices = read(price_files, tuple(wanted.values())) if price_files else ([], {})
    modes = tuple(
        Mode(
            name,
            name == own,
            tuple(_line(quantity, lists, prices) for quantity in found.counted) if found else (),
            failure,
        )
        for name, found, failure in counted
    )
    first = counted[0][1]
    return Cost(tuple(lists), modes, first.by_use if first else {}, first.unclassified if first else {})


def quantities_of(designed: Design) -> Quantities:
    return quantities(cloudformation.read_stacks(designed.stacks)[0])


def _line(quantity: Quantity, lists: Sequence[PriceList], prices: Mapping[Key, list[Price]]) -> Line:
    found = prices.get(quantity.key, [])
    service = quantity.billed.service
    if not lists:
        return Line(quantity, None, "")
    if quantity.count is None:
        return Line(quantity, None, "how many there are is not known")
    if not quantity.billed.usage:
        return Line(quantity, None, f"how {service}'s price list names it is not known to Ringwork")
    if len(found) > 1:
        skus = ", ".join(f"`{price.sku}`" for price in found[:4])
        return Line(quantity, None, f"several prices match, and they differ: {skus}")
    if not found:
        if service not in {each.service for each in lists}:
            return Line(quantity, None, f"no price list of {service} was given")
        return Line(quantity, None, f"the price list of {service} has no such line")
    (price,) = found
    if quantity.billed.hourly != any(word in price.unit.lower() for word in ("hr", "hour")):
        return Line(quantity, None, f"its price is by `{price.unit}`, not by {quantity.unit[:-1]}")
    return Line(quantity, price, "")
