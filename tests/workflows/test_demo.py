"""The demo's story, told once: what was tampered with is found at the right line, and healed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ringwork.findings import Status
from ringwork.report import html
from ringwork.workflows import demo


class Silent:
    def __init__(self) -> None:
        self.steps: list[str] = []
        self.lines: list[str] = []

    def step(self, title: str, why: str) -> None:
        del why
        self.steps.append(title)

    def line(self, text: str, *, good: bool | None = None) -> None:
        del good
        self.lines.append(text)

    @contextmanager
    def progress(self, label: str) -> Iterator[demo.Advance]:
        del label
        yield lambda text, done, total: None


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[demo.Told, Silent]]:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGWORK_LOCAL_STATE", str(folder / "state"))
        patch.chdir(folder)
        teller = Silent()
        yield demo.tell(Path("story"), teller), teller


def _blamed_line(told: demo.Told, control: str) -> str:
    (finding,) = [f for f in told.broken.with_status(Status.VIOLATED) if f.control == control]
    origin = next(origin for origin in finding.origins if origin.file)
    assert origin.file is not None
    assert origin.line is not None
    return Path(origin.file).read_text(encoding="utf-8").splitlines()[origin.line - 1]


def test_the_suspended_versioning_is_blamed_on_the_line_that_enables_it(
    told: tuple[demo.Told, Silent],
) -> None:
    assert _blamed_line(told[0], "DAT-03").strip() == '"Status": "Enabled"'


def test_the_opened_group_is_blamed_on_the_line_of_the_group(told: tuple[demo.Told, Silent]) -> None:
    logical = told[0].tampering.group.split("/")[1]
    assert f'"{logical}"' in _blamed_line(told[0], "NET-03")


def test_nothing_else_of_high_severity_is_claimed(told: tuple[demo.Told, Silent]) -> None:
    violated = told[0].broken.with_status(Status.VIOLATED)
    assert {f.control for f in violated if f.severity.rank >= 3} == {"NET-03", "DAT-03", "DET-29"}
    touched = {told[0].tampering.group, told[0].tampering.bucket}
    assert {f.subject.name for f in violated} == touched


def test_healing_touches_only_what_was_tampered_with(told: tuple[demo.Told, Silent]) -> None:
    healed = [line for line in told[1].lines if line.startswith("drift-aware change set")]
    bucket = told[0].tampering.bucket.split("/")[1]
    assert len(healed) == 1
    assert f"{bucket} (VersioningConfiguration)" in healed[0]
    undone = [line for line in told[1].lines if "undone by: ec2:RevokeSecurityGroupIngress" in line]
    assert len(undone) == 1


def test_all_is_healed_and_the_report_tells_every_step(told: tuple[demo.Told, Silent]) -> None:
    assert told[0].healed
    assert told[0].report.count(Status.VIOLATED) == 0
    page = html.render(told[0].report)
    for word in ("Tampered with", "Healed", "Checked again", told[0].tampering.group):
        assert word in page
    assert told[1].steps == [
        "Design", "Deploy", "Collect", "Check", "Tamper", "Audit", "Heal", "Check again",
    ]  # fmt: skip
