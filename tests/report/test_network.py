"""Who reaches whom, and a packet's way, on the page."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ringwork.estate import Estate
from ringwork.network.questions.overview import Cell, Flows, Overview, Stop, Table, Way
from ringwork.report import html, packet_path, reachability
from ringwork.report.palette import rules

from .browser import measured, needs_browser
from .sample import estate, report
from .test_html import Page, flat

SVG = "{http://www.w3.org/2000/svg}"
LONG = "ringwork-mercy-imaging-with-a-long-name-network/SecurityGroupOfTheWorkloadThatTrainsTheModelOfScans"


def way(name: str = "net/Desk", why: str = "a rule allows tcp 443 to 10.0.0.0/24") -> Way:
    forward = (
        Stop("", "network interface", name, "sends", True),
        Stop("security-group egress", "", name, why, True, origins=("net.json:3:5",)),
        Stop("", "NAT gateway", name, "translates", True, ("source 10.0.0.5 → 203.0.113.9",)),
        Stop("firewall policy", "", name, why, None),
    )
    back = (Stop("network ACL ingress", "", name, why, True), Stop("", "subnet", name, "receives", True))
    return Way(name, name, "tcp 10.0.0.5:49152 -> 10.0.0.9:443", forward, back, True)


def network(**changes: Flows) -> Overview:
    cells = {
        ("fraud/train", "endpoints"): Cell(Flows.SURELY, "tcp 443"),
        ("fraud/train", "internet"): Cell(Flows.PERHAPS, "tcp 8443"),
    }
    names = ("internet", "endpoints", "fraud/train")
    return Overview((Table("Everything", names, names, cells, **changes),), way(), services=("sts",))


def page(seen: Overview) -> Page:
    return Page(html.render(report(network=seen)))


def test_the_page_names_traffic_ends_rules_and_rewritten_headers() -> None:
    found = page(network())
    text = flat(found.text)
    for part in (
        "Who reaches whom",
        "tcp 443",
        "tcp 8443",
        "Of 9 pairs, 1 let something pass, 1 may, which could not be decided, 7 are proved",
        "Security group, egress",
        "a rule allows tcp 443 to 10.0.0.0/24",
        "rewritten: source 10.0.0.5 → 203.0.113.9",
        "net.json:3:5",
        "Endpoints lead to sts.",
    ):
        assert part in text, part
    assert {"network", "way"} <= set(found.ids)
    assert "#network" in found.links
    assert "script" not in found.tags


def test_a_report_without_a_network_has_no_such_section() -> None:
    assert "network" not in Page(html.render(report())).ids


def test_no_two_kinds_of_cells_are_told_apart_by_colour_alone() -> None:
    assert len(set(reachability.SAID.values())) == len(Flows)
    assert reachability.SIGNS[Flows.SURELY] != reachability.SIGNS[Flows.PERHAPS]
    assert reachability.SIGNS[Flows.NEVER] not in (reachability.SIGNS[Flows.UNKNOWN], "")
    # `?` alone is unknown, `?` with traffic is what may flow; each has its own word for a screen reader
    text = flat(page(network(absent=Flows.UNKNOWN)).text)
    assert "may flow: tcp 8443" in text
    assert "?unknown" in text
    assert "–nothing" not in text


def test_the_legend_explains_only_what_is_there() -> None:
    assert [flows for flows, _ in reachability.legend(network())] == [
        Flows.SURELY,
        Flows.PERHAPS,
        Flows.NEVER,
    ]


def test_a_cell_that_is_not_known_is_never_said_to_be_proved() -> None:
    text = flat(page(network(absent=Flows.UNKNOWN)).text).split("What could not be decided")[0]
    assert "proved to let nothing pass" not in text
    assert "7 are not known" in text


@pytest.mark.parametrize("name", ["<script>x</script>", '"><img src=x>', "a\x1b[31m\u202e", "`<b>`", "]]>"])
def test_names_that_others_wrote_are_text_in_the_picture_and_on_the_page(name: str) -> None:
    hostile = way(name, name)
    for _, lane in packet_path.lanes(hostile):
        tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(lane).iter()}  # noqa: S314 (ours)
        assert tags <= {"svg", "title", "defs", "marker", "path", "g", "rect", "text"}
    seen = Overview((Table(name, (name,), (name,), {(name, name): Cell(Flows.SURELY, name)}),), hostile)
    assert not {"script", "img"} & set(page(seen).tags)


def test_boxes_stand_in_order_with_an_arrow_between_each_two() -> None:
    (there, picture), _ = packet_path.lanes(way())
    root = ET.fromstring(picture)  # noqa: S314 (our own output)
    tops = [float(box.get("y", "")) for box in root.iter(f"{SVG}rect")]
    assert there == "There"
    assert tops == sorted(tops)
    assert len(tops) == 4
    assert picture.count("marker-end") == 3


def test_a_way_that_is_not_answered_for_sure_says_so() -> None:
    given = way()
    unsure = Way(given.source, given.destination, given.packet, given.forward, given.back, False)
    assert packet_path.lanes(unsure)[1][0] == "Back: it does not surely arrive"


@needs_browser
@pytest.mark.parametrize("shown", [524, 424], ids=["desktop", "phone"])
def test_no_text_leaves_its_box_and_all_of_it_has_ten_pixels(shown: int, tmp_path: Path) -> None:
    """424 is the least width that the style sheet lets a lane have."""
    css = html._environment().get_template("report.css").render()
    style = f"<style>{rules(':root')}{css}</style>"
    (_, picture), _ = packet_path.lanes(way(LONG, f"10.64.140.0/23 (static) leads to {LONG}/{LONG}"))
    seen = measured(style + picture, tmp_path, width=shown)
    assert len(seen["texts"]) > 12
    for text in seen["texts"]:
        assert text["size"] >= 10, text
        left, top, right, bottom = text["at"]
        assert any(
            box[0] <= left and box[1] <= top and right <= box[2] and bottom <= box[3] for box in seen["boxes"]
        ), text


def test_the_page_says_that_it_shows_one_of_several_networks() -> None:
    one_of = Estate(estate().resources, assumptions=("parameter `Open` of stack `net` is `yes`",))
    text = flat(Page(html.render(report(network=network(), estate=one_of))).text)
    assert "This is one of several networks" in text
    assert "parameter Open of stack net is yes" in text
    sure = Estate(estate().resources)
    assert "several networks" not in flat(Page(html.render(report(network=network(), estate=sure))).text)
