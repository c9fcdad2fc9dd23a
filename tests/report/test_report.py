from __future__ import annotations

import json
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ringwork.findings import Finding, Severity, Status, Subject
from ringwork.report import Report, terminal
from ringwork.report import json as report_json
from ringwork.report.report import layer, printable

from .sample import ACCOUNT, CREATED, finding, report

FINDINGS = st.lists(
    st.builds(
        Finding,
        control=st.sampled_from(["NET-01", "NET-02", "IAM-03", "DAT-09", "odd"]),
        title=st.text(),
        status=st.sampled_from(Status),
        severity=st.sampled_from(Severity),
        subject=st.builds(Subject, type=st.just("AWS::S3::Bucket"), name=st.text()),
        message=st.text(),
    ),
    max_size=12,
).map(tuple)


def printed(given: Report, width: int = 120) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system="truecolor", force_terminal=True).print(
        terminal.render(given)
    )
    return out.getvalue()


def plain(given: Report, width: int = 120) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(terminal.render(given))
    return out.getvalue()


def test_the_worst_violation_comes_first_and_what_is_proved_is_counted() -> None:
    text = plain(report())
    places = [text.index(control) for control in ("NET-05", "NET-02", "IAM-07")]
    assert places == sorted(places)
    assert "DAT-03" not in text
    assert "2 violated  1 unknown  1 proved  of 4 answers by 4 controls" in text


def test_a_violation_shows_place_evidence_remedy_and_the_next_command() -> None:
    text = plain(report())
    for part in (
        "net.json:3:5",
        "ec2:DescribeSecurityGroups",
        "`CidrIp` is `0.0.0.0/0`",
        "mend NET-05",
        "ringwork deploy --revert-drift",
        ACCOUNT,
    ):
        assert part in text


def test_an_unknown_answer_shows_what_would_settle_it() -> None:
    assert "grant `iam:GetRole`" in plain(report())


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([], "Nothing was checked"),
        ([Status.PROVED], "Everything that was checked holds"),
        ([Status.PROVED, Status.UNKNOWN], "Nothing is violated, but 1 question could not be decided"),
        ([Status.VIOLATED], "1 control is violated"),
        (
            [Status.VIOLATED, Status.VIOLATED, Status.UNKNOWN, Status.UNKNOWN],
            "2 controls are violated; 2 questions could not be decided",
        ),
    ],
)
def test_the_verdict_never_hides_an_unknown(statuses: list[Status], verdict: str) -> None:
    findings = tuple(finding(f"NET-{index:02}", status) for index, status in enumerate(statuses))
    assert report(findings=findings).verdict == verdict


def test_one_violated_resource_violates_the_control() -> None:
    given = report(
        findings=(
            finding("NET-01", Status.PROVED, name="net/A"),
            finding("NET-01", Status.VIOLATED, Severity.LOW, name="net/B"),
            finding("NET-01", Status.UNKNOWN, name="net/C"),
        )
    )
    (control,) = given.controls
    assert control.status is Status.VIOLATED
    assert [each.subject.name for each in control.findings] == ["net/B", "net/C", "net/A"]


@settings(deadline=None)
@given(FINDINGS)
def test_every_finding_is_under_exactly_one_layer_and_status(findings: tuple[Finding, ...]) -> None:
    given = report(findings=findings)
    by_layer = [each for results in given.layers.values() for result in results for each in result.findings]
    by_status = [
        each for status in Status for result in given.with_status(status) for each in result.findings
    ]
    expected = sorted(map(repr, findings))
    assert sorted(map(repr, by_layer)) == expected
    assert sorted(map(repr, by_status)) == expected


@settings(deadline=None)
@given(FINDINGS)
def test_a_terminal_gets_no_control_characters_from_what_others_wrote(findings: tuple[Finding, ...]) -> None:
    text = plain(report(findings=findings))
    assert all(character == "\n" or printable(character) == character for character in text)


def test_names_are_not_read_as_markup_or_escapes() -> None:
    hostile = "[red]a[/red]\x1b]0;title\x07\u202e"
    text = plain(report(findings=(finding("NET-01", Status.VIOLATED, name=hostile),)), width=200)
    assert "[red]a[/red]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_colours_are_rich_s_own_only() -> None:
    assert "\x1b[" in printed(report())


@settings(deadline=None)
@given(FINDINGS)
def test_json_holds_every_finding_and_survives_a_round_trip(findings: tuple[Finding, ...]) -> None:
    given = report(findings=findings)
    rendered = report_json.render(given)
    assert json.loads(json.dumps(rendered)) == rendered
    assert len(rendered["findings"]) == len(findings)
    assert rendered["counts"] == {
        status.value: sum(each.status is status for each in findings) for status in Status
    }


def test_json_names_time_target_gaps_and_places() -> None:
    rendered = report_json.render(report())
    assert rendered["created"] == CREATED
    assert rendered["gaps"][0]["type"] == "AWS::EC2::NatGateway"
    worst = rendered["findings"][0]
    assert (worst["control"], worst["layer"], worst["status"]) == ("NET-05", "network", "violated")
    assert worst["origins"] == [
        {"file": "net.json", "line": 3, "column": 5},
        {"operation": "ec2:DescribeSecurityGroups"},
    ]


@pytest.mark.parametrize(("control", "name"), [("NET-03", "network"), ("DAT-1", "data"), ("X9-1", "x9")])
def test_layers_come_from_the_control_s_prefix(control: str, name: str) -> None:
    assert layer(control) == name
