"""Pictures of the examples and of 40 teams in three stages, held to what a reader needs; in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from ringwork.blueprint.read import build
from ringwork.estate.sources import cloudformation
from ringwork.report.topology import Topology, topology
from ringwork.source import InputError, parse_json
from ringwork.workflows.design import Design, design
from ringwork.workflows.diagram import Format, picture

from ..report.browser import measured, mermaid_problems, needs_browser, needs_mermaid

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("startup", "hospital", "bank", "40 teams x 3 stages")
LARGE = NAMES[-1]


@cache
def designed(name: str) -> Design:
    if name != LARGE:
        return design(ROOT / "examples" / f"{name}.yaml")
    large: Callable[[int, int], dict[str, Any]] = _benchmark("large_blueprint").large
    return design(Path("large.json"), build(parse_json(json.dumps(large(40, 3)), "large.json")))


def _benchmark(name: str) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def seen(name: str) -> Topology:
    return topology(cloudformation.read_stacks(designed(name).stacks)[0])


@cache
def drawn(name: str, format: Format, team: str = "", environment: str = "") -> str:
    return picture(designed(name), format, team=team, environment=environment, seen=seen(name)).text


PICTURES = [
    *[pytest.param(name, "", "", id=name) for name in NAMES],
    pytest.param("bank", "fraud", "", id="one team of the bank"),
    pytest.param(LARGE, "", "credit-4-prod", id="one environment of 40 teams"),
]


@needs_browser
@pytest.mark.parametrize(("name", "team", "environment"), PICTURES)
def test_at_1440_pixels_no_two_labels_overlap_none_leaves_its_box_and_all_have_10_pixels(
    name: str, team: str, environment: str, tmp_path: Path
) -> None:
    shown = measured(drawn(name, Format.SVG, team, environment), tmp_path)
    texts, boxes, frame = shown["texts"], shown["boxes"], shown["frame"]
    assert frame[2] - frame[0] == 1440
    assert len(texts) > 20
    assert shown["requests"] == []
    small = [each["text"] for each in texts if each["size"] < 10]
    assert small == []
    overlapping = [
        (one["text"], two["text"])
        for index, one in enumerate(texts)
        for two in texts[index + 1 :]
        if _overlap(one["at"], two["at"])
    ]
    assert overlapping == []
    outside = [each["text"] for each in texts if not _within(each["at"], _holder(each["at"], boxes, frame))]
    assert outside == []


def _overlap(one: list[float], two: list[float]) -> bool:
    """By more than half a pixel each way."""
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    return across > 0.5 and down > 0.5


def _holder(text: list[float], boxes: list[list[float]], frame: list[float]) -> list[float]:
    """The smallest box around the text's middle, else the picture."""
    x, y = (text[0] + text[2]) / 2, (text[1] + text[3]) / 2
    around = [box for box in boxes if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
    return min(around or [frame], key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))


def _within(text: list[float], box: list[float]) -> bool:
    """Within half a pixel."""
    left, top, right, bottom = box
    return (
        text[0] >= left - 0.5 and text[1] >= top - 0.5 and text[2] <= right + 0.5 and text[3] <= bottom + 0.5
    )


@needs_browser
def test_a_dark_page_has_light_text(tmp_path: Path) -> None:
    def brightest(*, dark: bool) -> int:
        texts = measured(drawn("startup", Format.SVG), tmp_path, dark=dark)["texts"]
        return max(min(int(part) for part in re.findall(r"\d+", each["colour"])[:3]) for each in texts)

    assert brightest(dark=False) < 128 < brightest(dark=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_runs_nothing_asks_for_nothing_and_says_what_it_is(name: str) -> None:
    text = drawn(name, Format.SVG)
    root = ElementTree.fromstring(text)
    assert root[0].tag == f"{SVG}title"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "style", "defs", "marker", "path", "g", "rect", "text", "circle",
    }  # fmt: skip
    assert set(re.findall(r"https?://[^\s\"'<>)]*", text)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in text.replace("url(#rw-arrow", "")
    assert "prefers-color-scheme:dark" in text
    assert text == picture(designed(name), Format.SVG, seen=seen(name)).text


@pytest.mark.parametrize("name", NAMES)
def test_each_team_and_each_vpc_is_named_in_the_picture(name: str) -> None:
    root = ElementTree.fromstring(drawn(name, Format.SVG))
    said = {"".join(element.itertext()) for element in root.iter(f"{SVG}text")}
    organization = designed(name).blueprint.organization
    for environment in designed(name).environments:
        assert any(text.startswith(f"{organization}-{environment.name}") for text in said), environment.name


@needs_mermaid
def test_mermaid_draws_each_of_them(tmp_path: Path) -> None:
    texts = {name: drawn(name, Format.MERMAID) for name in NAMES}
    texts["team"] = drawn("bank", Format.MERMAID, "fraud")
    assert mermaid_problems(texts, tmp_path) == dict.fromkeys(texts, "")


@pytest.mark.parametrize("name", NAMES)
def test_a_draw_io_file_is_well_formed_and_every_edge_joins_two_boxes(name: str) -> None:
    file = ElementTree.fromstring(drawn(name, Format.DRAWIO))
    assert file.tag == "mxfile"
    ids: set[str] = set()
    for page in file:
        cells = page.findall("./mxGraphModel/root/mxCell")
        own = {cell.get("id"): cell for cell in cells}
        assert len(own) == len(cells)
        vertices = {id for id, cell in own.items() if cell.get("vertex") == "1"}
        assert vertices
        assert not ids & vertices
        ids |= {str(id) for id in vertices}
        for cell in cells:
            assert cell.get("id") == "0" or cell.get("parent") in own
            if cell.get("edge") == "1":
                assert cell.get("source") in vertices
                assert cell.get("target") in vertices
            elif cell.get("vertex") == "1":
                place = cell.find("mxGeometry")
                assert place is not None
                assert min(float(str(place.get(side))) for side in ("width", "height")) > 0


def test_many_vpcs_have_a_page_for_each_team_in_draw_io() -> None:
    file = ElementTree.fromstring(drawn("bank", Format.DRAWIO))
    names = [page.get("name") for page in file]
    assert names[0] == "tally architecture"
    assert {f"team {team}" for team in designed("bank").blueprint.teams} <= set(names)


def test_a_part_has_that_teams_vpcs_only() -> None:
    text = drawn("bank", Format.SVG, "fraud")
    assert "tally-fraud-prod" in text
    assert "tally-marketing-prod" not in text
    alone = drawn("bank", Format.SVG, "", "fraud-prod")
    assert "tally-fraud-dev" not in alone


def test_a_team_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no team `nobody`"):
        picture(designed("startup"), Format.SVG, team="nobody", seen=seen("startup"))
