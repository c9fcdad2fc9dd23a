"""Costs by price lists in AWS's format. Every price here is made up; sums are computed by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ringwork.estate.quantities import COUNTED, Quantity
from ringwork.source import InputError
from ringwork.workflows.cost import cost, quantities_of
from ringwork.workflows.design import design
from ringwork.workflows.prices import read

REGION = "eu-central-1"
BY_ID = {billed.id: billed for billed in COUNTED}
PUBLISHED = "2026-11-01T00:00:00Z"

Product = tuple[str, dict[str, str], list[tuple[str, str, str]], str]
"""SKU, attributes, (begin, end, price made up), unit"""

VPC: list[Product] = [
    ("MADEUP1",
     {"usagetype": "EUC1-VpcEndpoint-Hours", "operation": "VpcEndpoint", "regionCode": REGION},
     [("0", "Inf", "0.0110000000")], "Hrs"),
    ("MADEUP2",
     {"usagetype": "EUC1-TransitGateway-Hours", "operation": "TransitGatewayVPC", "regionCode": REGION},
     [("0", "Inf", "0.0600000000")], "hour"),
    ("MADEUP3",
     {"usagetype": "EUC1-TransitGateway-Hours", "operation": "TransitGatewayVPN", "regionCode": REGION},
     [("0", "Inf", "9.9900000000")], "hour"),
    ("MADEUP4", {"usagetype": "VpcEndpoint-Hours", "operation": "VpcEndpoint", "regionCode": "us-east-1"},
     [("0", "Inf", "8.8800000000")], "Hrs"),
]  # fmt: skip
ZONES: list[Product] = [
    ("MADEUP5", {"usagetype": "HostedZone"},
     [("0", "25", "0.5000000000"), ("25", "Inf", "0.1000000000")], "HostedZone"),
]  # fmt: skip


def json_list(path: Path, service: str, products: list[Product]) -> Path:
    """As *Reading the service price list file for an AWS service* shows it."""
    content = {
        "formatVersion": "v1.0",
        "disclaimer": "made up for a test",
        "offerCode": service,
        "version": "20261101000000",
        "publicationDate": PUBLISHED,
        "products": {
            sku: {"sku": sku, "productFamily": "made up", "attributes": attributes}
            for sku, attributes, _, _ in products
        },
        "terms": {
            "OnDemand": {
                sku: {
                    f"{sku}.JRTCKXETXF": {
                        "offerTermCode": "JRTCKXETXF",
                        "sku": sku,
                        "effectiveDate": PUBLISHED,
                        "priceDimensions": {
                            f"{sku}.JRTCKXETXF.{number}": {
                                "rateCode": f"{sku}.JRTCKXETXF.{number}",
                                "description": "made up",
                                "beginRange": begin,
                                "endRange": end,
                                "unit": unit,
                                "pricePerUnit": {"USD": price},
                                "appliesTo": [],
                            }
                            for number, (begin, end, price) in enumerate(tiers)
                        },
                        "termAttributes": {},
                    }
                }
                for sku, _, tiers, unit in products
            },
            "Reserved": {},
        },
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def csv_list(path: Path, service: str, products: list[Product]) -> Path:
    columns = ["SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate",
               "StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency", "Product Family",
               "serviceCode", "usageType", "operation", "Region Code"]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, quoting=csv.QUOTE_ALL)
        rows.writerows([
            ["FormatVersion", "v1.0"], ["Disclaimer", "made up for a test"], ["Publication Date", PUBLISHED],
            ["Version", "20261101000000"], ["OfferCode", service], columns,
        ])  # fmt: skip
        for sku, given, tiers, unit in products:
            for kind, factor in (("OnDemand", 1), ("Reserved", 0)):
                for begin, end, price in tiers:
                    paid = str(Decimal(price) * factor)
                    rows.writerow([
                        sku, "JRTCKXETXF", f"{sku}.X", kind, "made up", PUBLISHED, begin, end, unit, paid,
                        "USD", "made up", service, given["usagetype"], given.get("operation", ""),
                        given.get("regionCode", ""),
                    ])  # fmt: skip
    return path


WRITERS = pytest.mark.parametrize("write", [json_list, csv_list], ids=["json", "csv"])
Write = Callable[[Path, str, list[Product]], Path]


@WRITERS
def test_a_price_is_found_by_usage_type_operation_and_region(write: Write, tmp_path: Path) -> None:
    """27 endpoint zones: 27 x 730 x 0.011 = 216.81; 4 attachments: 4 x 730 x 0.06 = 175.20."""
    zones = Quantity(BY_ID["endpoint-zones"], REGION, "", 27)
    attachments = Quantity(BY_ID["transit-attachments"], REGION, "", 4)
    (source,), prices = read([write(tmp_path / "vpc", "AmazonVPC", VPC)], [zones, attachments])
    assert (source.service, source.published) == ("AmazonVPC", PUBLISHED)
    ((zone,), (attachment,)) = (prices[zones.key], prices[attachments.key])
    assert (zone.sku, zone.of(27 * 730)) == ("MADEUP1", Decimal("216.81"))
    assert (attachment.sku, attachment.of(4 * 730)) == ("MADEUP2", Decimal("175.2"))


@WRITERS
def test_each_tier_prices_what_lies_in_it(write: Write, tmp_path: Path) -> None:
    """30 zones: 25 x 0.50 + 5 x 0.10 = 13.00. They have no Region."""
    zones = Quantity(BY_ID["hosted-zones"], "", "", 30)
    _, prices = read([write(tmp_path / "zones", "AmazonRoute53", ZONES)], [zones])
    (price,) = prices[zones.key]
    assert [price.of(amount) for amount in (0, 1, 25, 30)] == [
        Decimal(text) for text in ("0", "0.5", "12.5", "13.0")
    ]


def test_another_regions_price_is_never_taken(tmp_path: Path) -> None:
    here = Quantity(BY_ID["endpoint-zones"], "eu-west-3", "", 1)
    assert read([json_list(tmp_path / "vpc.json", "AmazonVPC", VPC)], [here])[1] == {}


def test_an_instance_type_is_matched_whole(tmp_path: Path) -> None:
    made: list[Product] = [
        (f"MADEUP{n}", {"usagetype": f"EUC1-BoxUsage:{type}", "operation": operation, "regionCode": REGION},
         [("0", "Inf", price)], "Hrs")
        for n, (type, operation, price) in enumerate([
            ("m7i.xlarge", "RunInstances", "0.25"),
            ("m7i.xlarge", "RunInstances:0002", "0.99"),
            ("m7i.2xlarge", "RunInstances", "0.50"),
            ("m7ixxlarge", "RunInstances", "0.75"),
        ])
    ]  # fmt: skip
    machine = Quantity(BY_ID["instances"], REGION, "m7i.xlarge", 1)
    _, prices = read([json_list(tmp_path / "ec2.json", "AmazonEC2", made)], [machine])
    assert [price.sku for price in prices[machine.key]] == ["MADEUP0"]


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    path = tmp_path / "blueprint.json"
    given: dict[str, Any] = {
        "ringwork": 1,
        "organization": "acme",
        "regions": [REGION],
        "teams": {
            "ml": {
                "data": {"events": {"class": "internal"}},
                "workloads": {"prepare": {"type": "processing", "reads": ["events"]}},
            }
        },
    }
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def test_without_price_lists_there_are_quantities_for_both_modes_and_no_sum(blueprint: Path) -> None:
    found = cost(blueprint)
    assert [(mode.name, mode.chosen, mode.failure) for mode in found.modes] == [
        ("per-vpc", True, ""),
        ("central", False, ""),
    ]
    assert {line.quantity.billed.id for line in found.own.lines} >= {"endpoint-zones", "keys"}
    assert found.own.sums == {}
    assert found.complete


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_of_every_type_that_the_examples_compile_to_it_is_known_how_it_is_billed(name: str) -> None:
    """A type that is new belongs into `estate/quantities.py` or `estate/billing.py`."""
    example = Path(__file__).resolve().parents[2] / "examples" / f"{name}.yaml"
    assert quantities_of(design(example)).unclassified == {}


def test_what_has_no_price_is_said_and_not_in_the_sum(blueprint: Path, tmp_path: Path) -> None:
    """The sum is the endpoint zones alone: as many as there are x 730 x 0.011."""
    found = cost(blueprint, [json_list(tmp_path / "vpc.json", "AmazonVPC", VPC)])
    zones = sum(
        line.quantity.count or 0 for line in found.own.lines if line.quantity.billed.id == "endpoint-zones"
    )
    assert zones
    assert found.own.sums == {"USD": zones * 730 * Decimal("0.011")}
    assert not found.complete
    reasons = {line.quantity.billed.id: line.reason for line in found.own.unpriced}
    assert reasons["keys"] == "no price list of awskms was given"
    central = found.modes[1]
    assert central.sums["USD"] > 0


def test_prices_that_differ_are_not_chosen_between(blueprint: Path, tmp_path: Path) -> None:
    files = [
        json_list(tmp_path / "one.json", "AmazonVPC", VPC),
        json_list(tmp_path / "two.json", "AmazonVPC", [("OTHER", VPC[0][1], [("0", "Inf", "0.5")], "Hrs")]),
    ]
    (line,) = [
        line for line in cost(blueprint, files).own.lines if line.quantity.billed.id == "endpoint-zones"
    ]
    assert line.cost is None
    assert "they differ: `MADEUP1`, `OTHER`" in line.reason
    same = cost(blueprint, [files[0], files[0]])
    assert all(line.cost for line in same.own.lines if line.quantity.billed.id == "endpoint-zones")


def test_a_price_by_another_unit_prices_nothing(blueprint: Path, tmp_path: Path) -> None:
    odd = json_list(tmp_path / "odd.json", "AmazonVPC", [("ODD", VPC[0][1], [("0", "Inf", "1")], "GB")])
    reasons = {line.quantity.billed.id: line.reason for line in cost(blueprint, [odd]).own.unpriced}
    assert reasons["endpoint-zones"] == "its price is by `GB`, not by hour"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "it names no offer code"),
        ("{", "is not a price list"),
        ("{}", "it names no offer code"),
        ('{"offerCode": "AmazonVPC"}', "it names no publication date"),
        ('{"publicationDate": "x", "products": [], "terms": {"savingsPlan": []}}', "no offer code"),
        ("hello, world", "it names no offer code"),
        ('{"offerCode": "A", "publicationDate": "x", "products": {"A": {"attributes"', "premature EOF"),
    ],
)  # fmt: skip
def test_what_is_no_price_list_is_refused(text: str, fragment: str, blueprint: Path, tmp_path: Path) -> None:
    file = tmp_path / "prices"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        cost(blueprint, [file])
    assert fragment in told.value.message
    with pytest.raises(InputError):
        cost(blueprint, [tmp_path / "absent"])


def test_hostile_shapes_price_nothing_and_crash_nothing(tmp_path: Path) -> None:
    head = {"offerCode": "AmazonVPC", "publicationDate": "x"}
    attributes = VPC[0][1]
    for products, terms in (
        ({"A": None}, {}),
        ({"A": {"attributes": 3}}, {"OnDemand": {"A": 3}}),
        ({"A": {"attributes": attributes}}, {"OnDemand": {"A": {"B": None}}}),
        ({"A": {"attributes": attributes}}, {"OnDemand": {"A": {"B": {"priceDimensions": {"C": 1}}}}}),
        ({"A": {"attributes": attributes}}, {"OnDemand": []}),
    ):
        file = tmp_path / "odd.json"
        file.write_text(json.dumps({**head, "products": products, "terms": terms}), encoding="utf-8")
        assert not any(read([file], [Quantity(BY_ID["endpoint-zones"], REGION, "", 1)])[1].values())


def test_a_long_list_is_read_with_little_memory(tmp_path: Path) -> None:
    """Python's own memory, which a list read whole would fill: 10,000 products are about 20 MB of text."""
    import tracemalloc

    many: list[Product] = [
        (f"SKU{n}", {"usagetype": f"EUC1-Other-{n}", "regionCode": REGION, "note": "x" * 1500},
         [("0", "Inf", "1")], "Hrs")
        for n in range(10_000)
    ]  # fmt: skip
    file = json_list(tmp_path / "long.json", "AmazonVPC", [*many, *VPC])
    assert file.stat().st_size > 15_000_000
    zones = Quantity(BY_ID["endpoint-zones"], REGION, "", 1)
    del many
    tracemalloc.start()
    _, prices = read([file], [zones])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [price.sku for price in prices[zones.key]] == ["MADEUP1"]
    assert peak < 4_000_000
