"""AWS price list files: the lines that price given quantities, read as a stream.

AWS Billing user guide, "Reading the service price list file for an AWS service": JSON has `formatVersion`,
`offerCode`, `publicationDate`, `products` by SKU with attributes, and `terms` by kind, SKU and term with
`priceDimensions`. CSV has five rows of such metadata, a row of column names, and one row for each price.
Amazon EC2's files have gigabytes: nothing but what matches is kept.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias

import ijson

from ringwork.estate.quantities import Quantity
from ringwork.source import InputError

_PREFIX = r"(?:[A-Z0-9]+-|[a-z]{2,4}(?:-[a-z]+)+-\d-)?"
"""A usage type may begin with its Region's code, `EUC1-`, or name, `eu-central-1-`."""
Key: TypeAlias = tuple[str, str, str]
"""`Quantity.key`"""
_WANTED = "a service's price list file, JSON or CSV, is `offers/v1.0/aws/SERVICE/current/REGION/index.json`"


@dataclass(frozen=True, slots=True)
class PriceList:
    """One file, as it names itself."""

    file: str
    service: str
    published: str
    version: str


@dataclass(frozen=True, slots=True, order=True)
class Tier:
    """One price for what lies between two amounts of a month."""

    begin: Decimal
    end: Decimal | None
    """None: no end"""
    price: Decimal
    """of one unit"""

    def to_json(self) -> dict[str, str | None]:
        end = None if self.end is None else str(self.end)
        return {"begin": str(self.begin), "end": end, "price": str(self.price)}


@dataclass(frozen=True, slots=True)
class Price:
    """What a quantity costs, by one line of a price list."""

    sku: str
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    source: PriceList

    @property
    def says(self) -> tuple[object, ...]:
        """What two lines that price alike share."""
        return (self.unit, self.currency, self.tiers)

    def of(self, amount: int) -> Decimal:
        """What `amount` units of a month cost; each tier's price holds for what lies in it."""
        total = Decimal(0)
        for tier in self.tiers:
            end = Decimal(amount) if tier.end is None else min(Decimal(amount), tier.end)
            total += max(end - tier.begin, Decimal(0)) * tier.price
        return total


_Product = Mapping[str, str]
"""A product's attributes; names in lower case without spaces, as JSON and CSV write them differently."""


def read(files: Sequence[Path], wanted: Sequence[Quantity]) -> tuple[list[PriceList], dict[Key, list[Price]]]:
    """The files, and for the key of each of `wanted` the on-demand prices that match it: none, one, or
    several that differ.

    Raises InputError for a file that is not a service's price list.
    """
    lists = []
    found: dict[Key, list[Price]] = defaultdict(list)
    for file in files:
        with _opened(file) as source:
            some = source.read(wanted)
        lists.append(source.list)
        for key, prices in some.items():
            for price in prices:
                if all(p.says != price.says for p in found[key]):
                    found[key].append(price)
    return lists, dict(found)


def _matcher(quantity: Quantity) -> Callable[[_Product], bool]:
    billed = quantity.billed
    usage = re.compile(_PREFIX + re.escape(billed.usage.replace("{}", quantity.detail)))

    def matches(product: _Product) -> bool:
        return (
            usage.fullmatch(product.get("usagetype", "")) is not None
            and (billed.everywhere or product.get("regioncode") == quantity.region)
            and all(product.get(name) == value for name, value in billed.attributes.items())
        )

    return matches


def _by_usage(list: PriceList, wanted: Sequence[Quantity]) -> Callable[[_Product], list[Key]]:
    """Which of `wanted` a product prices, by key."""
    ours = [
        (each.key, _matcher(each))
        for each in wanted
        if each.billed.usage and each.billed.service == list.service
    ]
    return lambda product: [each for each, matches in ours if matches(product)]


@contextmanager
def _opened(file: Path) -> Iterator[_Json | _Csv]:
    try:
        with file.open("rb") as stream:
            start = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        source: _Json | _Csv = _Json(file) if start.startswith(b"{") else _Csv(file)
        yield source
    except OSError as error:
        raise InputError(f"cannot read `{file}`: {error.strerror}", help=_WANTED) from error
    except (ijson.JSONError, UnicodeDecodeError, csv.Error, InvalidOperation) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"`{file}` is not a price list: {why}", help=_WANTED) from error


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _normal(name: str) -> str:
    return name.lower().replace(" ", "")


class _Json:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.list = self._header()

    def _header(self) -> PriceList:
        """What stands before the products; reads no further."""
        said: dict[str, str] = {}
        with self.file.open("rb") as stream:
            for prefix, event, value in ijson.parse(stream):
                if event == "string" and prefix and "." not in prefix:
                    said[prefix] = value
                elif event in ("start_map", "start_array") and prefix:
                    break
        return _list(self.file, said.get("offerCode"), said.get("publicationDate"), said.get("version"))

    def read(self, wanted: Sequence[Quantity]) -> dict[Key, list[Price]]:
        prices_what = _by_usage(self.list, wanted)
        skus: dict[str, list[Key]] = {}
        with self.file.open("rb") as stream:
            for sku, given in ijson.kvitems(stream, "products"):
                attributes = _mapping(_mapping(given).get("attributes"))
                matched = prices_what({_normal(str(name)): str(value) for name, value in attributes.items()})
                if matched:
                    skus[sku] = matched
        found: dict[Key, list[Price]] = defaultdict(list)
        if not skus:
            return found
        with self.file.open("rb") as stream:
            for sku, terms in ijson.kvitems(stream, "terms.OnDemand"):
                for key in skus.get(sku, ()):
                    for term in _mapping(terms).values():
                        found[key] += self._prices(sku, term)
        return found

    def _prices(self, sku: str, term: Any) -> Iterator[Price]:
        tiers: dict[tuple[str, str], list[Tier]] = defaultdict(list)
        for line in map(_mapping, _mapping(_mapping(term).get("priceDimensions")).values()):
            for currency, price in _mapping(line.get("pricePerUnit")).items():
                tiers[str(line.get("unit", "")), currency].append(
                    _tier(line.get("beginRange"), line.get("endRange"), price)
                )
        for (unit, currency), found in tiers.items():
            yield Price(sku, unit, currency, tuple(sorted(found)), self.list)


class _Csv:
    """Five rows of metadata, the columns' names, then a price each row."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with file.open(encoding="utf-8-sig", newline="") as stream:
            said = {
                _normal(row[0]): row[1]
                for row, _ in zip(csv.reader(stream), range(5), strict=False)
                if len(row) > 1
            }
        self.list = _list(file, said.get("offercode"), said.get("publicationdate"), said.get("version"))

    def read(self, wanted: Sequence[Quantity]) -> dict[Key, list[Price]]:
        prices_what = _by_usage(self.list, wanted)
        tiers: dict[tuple[str, str, str, str], list[Tier]] = defaultdict(list)
        matched: dict[str, list[Key]] = {}
        with self.file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            for _ in range(5):
                next(rows, None)
            names = [_normal(name) for name in next(rows, [])]
            for row in rows:
                given = dict(zip(names, row, strict=False))
                if given.get("termtype") != "OnDemand":
                    continue
                sku = given.get("sku", "")
                priced = prices_what(given)
                if priced:
                    matched[sku] = priced
                    line = (
                        sku,
                        given.get("offertermcode", ""),
                        given.get("unit", ""),
                        given.get("currency", ""),
                    )
                    tiers[line].append(
                        _tier(given.get("startingrange"), given.get("endingrange"), given.get("priceperunit"))
                    )
        found: dict[Key, list[Price]] = defaultdict(list)
        for (sku, _term, unit, currency), some in tiers.items():
            for key in matched[sku]:
                found[key].append(Price(sku, unit, currency, tuple(sorted(some)), self.list))
        return found


def _list(file: Path, service: str | None, published: str | None, version: str | None) -> PriceList:
    if not service or not published:
        absent = "offer code" if not service else "publication date"
        raise InputError(f"`{file}` is not a service's price list: it names no {absent}", help=_WANTED)
    return PriceList(str(file), service, published, version or "")


def _tier(begin: Any, end: Any, price: Any) -> Tier:
    last = None if end in (None, "", "Inf") else Decimal(str(end))
    return Tier(Decimal(str(begin or "0")), last, Decimal(str(price)))
