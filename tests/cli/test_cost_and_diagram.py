"""`ringwork cost` and `ringwork diagram` as users run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ringwork.estate.quantities import COUNTED

Run = Callable[..., Any]


def price_list(path: Path, *products: tuple[str, str, str]) -> Path:
    """Products by usage type, Region and a price that is made up."""
    content = {
        "formatVersion": "v1.0",
        "offerCode": "AmazonVPC",
        "version": "1",
        "publicationDate": "2026-11-01T00:00:00Z",
        "products": {
            usage: {"sku": usage, "attributes": {"usagetype": usage, "regionCode": region}}
            for usage, region, _ in products
        },
        "terms": {
            "OnDemand": {
                usage: {"T": {"priceDimensions": {"D": {
                    "beginRange": "0", "endRange": "Inf", "unit": "Hrs", "pricePerUnit": {"USD": price},
                }}}}
                for usage, _, price in products
            }
        },
    }  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_cost_without_prices_counts_and_holds(run: Run, blueprint: Path) -> None:
    ran = run("cost", blueprint)
    assert ran.code == 0
    assert "interface endpoints, each zone" in ran.out
    assert "billed by use" in ran.out
    assert "with `network.endpoints: central` instead of `per-vpc`" in ran.out
    assert "USD" not in ran.out


def test_cost_names_its_price_list_and_what_has_no_price(run: Run, blueprint: Path, tmp_path: Path) -> None:
    counted = json.loads(run("cost", blueprint, "--json").out)
    (zones,) = [row for row in counted["quantities"] if row["id"] == "endpoint-zones"]
    file = price_list(tmp_path / "vpc.json", ("XXX1-VpcEndpoint-Hours", zones["region"], "0.0200000000"))
    ran = run("cost", blueprint, "--prices", file)
    assert ran.code == 3
    assert f"prices of AmazonVPC: {file}, published 2026-11-01T00:00:00Z" in ran.out
    assert f"sum of a month: {zones['count'] * 730 * 2 / 100:,.2f} USD" in ran.out
    assert "no price: KMS keys: no price list of awskms was given" in ran.out


def test_cost_says_the_same_as_json(run: Run, blueprint: Path, tmp_path: Path) -> None:
    file = price_list(tmp_path / "vpc.json", ("XXX1-VpcEndpoint-Hours", "eu-west-9", "0.02"))
    ran = run("cost", blueprint, "--prices", file, "--json")
    assert ran.code == 3
    said = json.loads(ran.out)
    assert said["complete"] is False
    assert said["sums"] == {}
    assert {row["id"] for row in said["quantities"]} <= {billed.id for billed in COUNTED}
    assert [mode["mode"] for mode in said["endpoint_modes"]] == ["per-vpc", "central"]


def test_a_file_that_is_no_price_list_is_the_users_mistake(run: Run, blueprint: Path) -> None:
    ran = run("cost", blueprint, "--prices", blueprint)
    assert ran.code == 2
    assert "is not a service's price list" in ran.err


@pytest.mark.parametrize(("format", "suffix"), [("svg", ".svg"), ("drawio", ".drawio")])
def test_a_diagram_is_written_beside_its_blueprint(
    format: str, suffix: str, run: Run, blueprint: Path
) -> None:
    ran = run("diagram", blueprint, "--format", format)
    assert ran.code == 0
    assert blueprint.with_suffix(suffix).read_text(encoding="utf-8").startswith("<")
    assert blueprint.with_suffix(suffix).name in ran.out


def test_mermaid_goes_to_standard_output_or_to_a_file(run: Run, blueprint: Path, tmp_path: Path) -> None:
    said = run("diagram", blueprint, "--format", "mermaid").out
    assert said.startswith("flowchart ")
    assert run("diagram", blueprint, "--format", "mermaid", "-o", "deep/picture.mmd").code == 0
    assert (tmp_path / "deep" / "picture.mmd").read_text(encoding="utf-8") == said


def test_a_part_that_is_not_there_is_the_users_mistake(run: Run, blueprint: Path) -> None:
    ran = run("diagram", blueprint, "--team", "nobody")
    assert ran.code == 2
    assert "there is no team `nobody`" in ran.err
    assert "there is no environment `x`" in run("diagram", blueprint, "--environment", "x").err
    assert run("diagram", blueprint, "--team", "a", "--environment", "b").code == 2
