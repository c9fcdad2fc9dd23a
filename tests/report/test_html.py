from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.estate import Estate, Gap
from ringwork.findings import Origin, Severity, Status, Subject
from ringwork.report import Event, Report, Section, Step, html
from ringwork.report.palette import DARK, LIGHT

from .sample import finding, report, resource

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</style><script>x</script>",
            "</title><svg/onload=x>",
            "{{ 7 * 7 }}{% raw %}",
            "javascript:alert(1)",
            "' onmouseover='x",
            "]]><!--",
            "&lt;b&gt;",
            "`<b>`",
            "\x00\x1b[31m\u202e",
        ]
    ),
)


class Page(HTMLParser):
    """Reads a page strictly: every element that opens closes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute twice on {tag}"
        self.attributes |= set(given)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.links += [str(given[name]) for name in ("href", "src", "xlink:href") if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_page_is_well_formed_and_its_ids_are_unique() -> None:
    page = Page(html.render(report()))
    assert len(page.ids) == len(set(page.ids))
    assert {"violated", "unknown", "architecture", "controls", "made"} <= set(page.ids)


def test_every_link_leads_to_a_place_in_the_page() -> None:
    page = Page(html.render(report()))
    assert {link for link in page.links if link != "data:,"} <= {f"#{id}" for id in page.ids}


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    text = html.render(report())
    page = Page(text)
    assert set(re.findall(r"https?://[^\s\"'<>)]*", text)) == {"http://www.w3.org/2000/svg"}
    assert not {"script", "iframe", "object", "img", "form"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "@import" not in text
    assert "url(" not in text.replace("url(#rw-arrow", "")
    assert (
        '<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; '
        "style-src &#39;unsafe-inline&#39;; img-src data:;" in text
    )


def test_every_part_of_a_violation_is_on_the_page() -> None:
    text = flat(Page(html.render(report())).text)
    for part in (
        "NET-05",
        "what NET-05 wants",
        "Answer of NET-05",
        "net.json:3:5",
        "ec2:DescribeSecurityGroups",
        "Mend NET-05",
        "ringwork deploy --revert-drift",
        "grant iam:GetRole".capitalize().replace("iam:getrole", "iam:GetRole"),
        "access denied to ec2:DescribeNatGateways",
        "condition HasEgress is false",
        "What happened",
    ):
        assert part in text, part


def test_the_line_to_blame_is_quoted_with_its_neighbours() -> None:
    text = html.render(report())
    assert '<span class="blamed"><i>3</i>    &#34;Service&#34;: {}' in text
    assert '<span class="line"><i>1</i>{' in text


def test_a_line_beyond_the_file_is_not_quoted() -> None:
    lost = finding("NET-01", Status.VIOLATED, origins=(Origin(file="net.json", line=99, column=1),))
    assert 'class="blamed"' not in html.render(report(findings=(lost,)))


@pytest.mark.parametrize("status", Status)
def test_every_finding_appears(status: Status) -> None:
    findings = tuple(finding(f"NET-{n:02}", status, name=f"stack/Resource{n}") for n in range(40))
    text = Page(html.render(report(findings=findings))).text
    for each in findings:
        assert each.control in text
        assert each.subject.name in text


def test_all_resources_of_one_violated_control_appear() -> None:
    findings = tuple(finding("NET-01", Status.VIOLATED, name=f"stack/Resource{n}") for n in range(300))
    cards = html.render(report(findings=findings)).split('id="controls"')[0]
    assert all(f"stack/Resource{n}<" in cards for n in range(300))


def test_a_report_without_findings_or_estate_says_so() -> None:
    empty = Report("empty", "local", "2026-01-01T00:00:00Z", ())
    text = Page(html.render(empty)).text
    assert "Nothing was checked" in text
    assert "No control was evaluated" in text


def test_equal_reports_give_equal_pages() -> None:
    assert html.render(report()) == html.render(report())


@settings(max_examples=60, deadline=None)
@given(st.lists(HOSTILE, min_size=8, max_size=8))
def test_what_others_wrote_is_text_and_never_markup(words: list[str]) -> None:
    name, message, fact, place, title, command, source, gap = words
    plain = Page(html.render(filled(*["x"] * 8)))
    hostile = Page(html.render(filled(name, message, fact, place, title, command, source, gap)))
    # backticks make code elements, an empty text drops its element; nothing else may differ
    ours = {"code", "p", "li", "b", "pre", "div", "span", "i", "text", "title", "ul", "h4"}
    assert [t for t in hostile.tags if t not in ours] == [t for t in plain.tags if t not in ours]
    assert hostile.attributes <= plain.attributes | {"class", "title", "tabindex", "role", "aria-label"}
    assert len(hostile.ids) == len(set(hostile.ids))


def filled(
    name: str, message: str, fact: str, place: str, title: str, command: str, source: str, gap: str
) -> Report:
    subject = Subject("AWS::EC2::VPC", name, physical=name, account="111122223333", region=name)
    vpc = replace(
        resource("AWS::EC2::VPC", "Vpc", {"CidrBlock": name, "Tags": ({"Key": "Name", "Value": name},)}),
        physical=name,
    )
    bad: dict[str, Any] = {
        "subject": subject,
        "message": message,
        "title": title,
        "evidence": (fact,),
        "remediation": fact,
        "settle": fact,
        "origins": (Origin(file=place or "f", line=1, column=1),),
    }
    return Report(
        title=title,
        target=name,
        created="2026-01-01T00:00:00Z",
        findings=(
            finding("NET-01", Status.VIOLATED, **bad),
            finding("NET-02", Status.UNKNOWN, **bad),
            finding("NET-03", Status.PROVED, **bad),
        ),
        estate=Estate([vpc], gaps=[Gap(None, None, name or "x", gap)], assumptions=(gap,)),
        sections=(Section(title, message, (Event(title, message, Status.PROVED),)),),
        next=(Step(command, message),),
        sources={place or "f": source or "x"},
    )


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


PAIRS = [
    *((text, ground) for text in ("ink", "muted", "accent") for ground in ("page", "panel", "sunken")),
    *((status, f"{status}-soft") for status in ("proved", "unknown", "violated")),
    *((status, "panel") for status in ("proved", "unknown", "violated")),
    *((name, "sunken") for name in ("restricted", "confidential", "internal", "public")),
]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_the_contrast_that_wcag_aa_asks_for(colours: dict[str, str], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= 4.5


def test_severities_order_the_cards() -> None:
    findings = tuple(finding(f"NET-0{severity.rank}", Status.VIOLATED, severity) for severity in Severity)
    cards = re.findall(
        r'class="id">(NET-0\d)', html.render(report(findings=findings)).split('id="controls"')[0]
    )
    assert cards == ["NET-04", "NET-03", "NET-02", "NET-01", "NET-00"]
