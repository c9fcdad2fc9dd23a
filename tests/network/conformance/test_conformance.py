"""The published cases and ours, and that the runner can say no.

Expected values are the cases' own, each from the AWS page that it names.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.network.conformance.cases import PUBLISHED, Case, Cases, UntranslatedError, read_cases
from tests.network.conformance.estates import translate
from tests.network.conformance.proved import check_proved
from tests.network.conformance.questions import check

OWN = Path(__file__).with_name("own_cases.json")
PROGRAM = Path(__file__).parents[3] / "benchmarks" / "conformance.py"
published = pytest.mark.skipif(not PUBLISHED.is_file(), reason="RINGWORK_SHARED names no published cases")


def cases_of(path: Path) -> list[tuple[Cases, Case]]:
    if not path.is_file():
        return []
    cases = read_cases(path)
    return [(cases, case) for case in cases.cases]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("cases", "case"), cases_of(OWN), ids=lambda value: getattr(value, "id", ""))
def test_our_own_cases(cases: Cases, case: Case) -> None:
    assert str(check(case, cases)) == f"{case.id}: ok"


@published
def test_of_the_published_cases_none_is_wrong_and_one_is_skipped() -> None:
    cases = read_cases(PUBLISHED)
    verdicts = [check(case, cases) for case in cases.cases]
    assert len(verdicts) == 88
    assert [str(each) for each in verdicts if each.status == "WRONG"] == []
    assert [str(each) for each in verdicts if each.status == "skipped"] == [
        "vgw-001: skipped: its base `batfish-aws/test-public-private-subnet` is not here"
    ]


@pytest.mark.parametrize(
    ("cases", "case"),
    [*cases_of(OWN), *cases_of(PUBLISHED)],
    ids=lambda value: getattr(value, "id", ""),
)
def test_the_prover_agrees_where_it_is_asked(cases: Cases, case: Case) -> None:
    verdict = check_proved(case, cases)
    if verdict.status == "skipped":
        pytest.skip(verdict.detail)
    assert verdict.status == "ok", str(verdict)


def otherwise(key: str, expected: Any) -> Any:
    """Something else than what is expected under a key."""
    if isinstance(expected, bool):
        return not expected
    if key in ("blocked_at", "reply_blocked_at"):
        return "nacl:elsewhere:out:7"
    if key == "nat":
        return {side: [*way[:-1], "192.0.2.77"] for side, way in expected.items()}
    if key.startswith("seen_src"):
        return "192.0.2.77"
    if isinstance(expected, list):
        return [*expected, "elsewhere"]
    return "elsewhere"


@pytest.mark.parametrize(
    ("cases", "case"),
    [*cases_of(OWN), *cases_of(PUBLISHED)],
    ids=lambda value: getattr(value, "id", ""),
)
def test_every_single_expectation_can_fail(cases: Cases, case: Case) -> None:
    if check(case, cases).status == "skipped":
        pytest.skip("it is not asked at all")
    for key, expected in case.expected.items():
        turned = Case(case.id, "", case.setup, case.question, {key: otherwise(key, expected)})
        assert check(turned, cases).status == "WRONG", key


@published
@pytest.mark.parametrize(
    ("id", "control"),
    [
        ("nacl-001", "nacl:n2:in:100"),
        ("nacl-001", "nacl:n2:out:90"),
        ("nacl-013", "nacl:n2:in:*"),
        ("sg-002", "sg:ga:in"),
        ("sg-002", "sg:gb:out"),
        ("nat-003", "nat:n (no session)"),
        ("nat-005", "igw (no listener)"),
        ("nlb-009", "nlb:L (loopback)"),
        ("tgw-007", "subnet:sb (no TGW attachment in AZ b)"),
    ],
)
def test_a_control_beside_the_right_one_is_wrong(id: str, control: str) -> None:
    cases = read_cases(PUBLISHED)
    case = cases.get(id)
    assert case is not None
    turned = Case(id, "", case.setup, case.question, {"blocked_at": control})
    assert check(turned, cases).status == "WRONG"


SETUP: dict[str, Any] = {
    "vpcs": {"v": {"cidrs": ["10.0.0.0/16"]}},
    "enis": {
        "a": {"subnet": "s", "ip": "10.0.1.10", "sgs": ["open"]},
        "b": {"subnet": "s", "ip": "10.0.1.20", "sgs": ["open"]},
    },
}
QUESTION: dict[str, Any] = {"from": "a", "to": "b", "packet": {"proto": 6, "dport": 443}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"_note": "b is on the moon"}, "the note `b is on the moon` is not translated"),
        ({"base": "nobody"}, "its base `nobody` is not here"),
        ({"base": "case"}, "the base `case` leads back to itself"),
        ({"lattice": {}}, "the setup's `lattice` is not known"),
        (
            {"enis": {**SETUP["enis"], "b": {**SETUP["enis"]["b"], "trunk": "a"}}},
            "`trunk` of `b` in the setup's `enis` is not known",
        ),
        (
            {"enis": {**SETUP["enis"], "b": {**SETUP["enis"]["b"], "sgs": ["web"]}}},
            "what the security group `web` admits is not said",
        ),
        (
            {"rtbs": {"r": {"subnets": ["s"], "routes": [["0.0.0.0/0", "eni:m"]]}}},
            "the interface `m`, which a route leads to, is not declared",
        ),
    ],
)
def test_what_is_not_understood_is_skipped_and_never_passed(change: dict[str, Any], reason: str) -> None:
    case = Case("case", "", {**SETUP, **change}, QUESTION, {"reach": True})
    verdict = check(case, Cases(Path("cases.json"), (case,)))
    assert verdict.status == "skipped"
    assert reason in verdict.detail


def test_a_known_note_with_other_words_is_skipped() -> None:
    case = Case("pcx-004", "", {**SETUP, "_note": "B has no IGW"}, QUESTION, {"reach": True})
    with pytest.raises(UntranslatedError, match="B has no IGW"):
        translate(case, Cases(Path("cases.json"), (case,)))


@pytest.mark.parametrize(
    ("question", "expected", "reason"),
    [
        ({**QUESTION, "when": "noon"}, {"reach": True}, "the question"),
        (QUESTION, {"colour": "red"}, "the expectation `colour` is not known to this question"),
        ({**QUESTION, "to": {"port": 1}}, {"reach": True}, "the question is not in a known form"),
        ({**QUESTION, "packet": {"dport": 1}}, {"reach": True}, "the question is not in a known form"),
        ({"route_lookup": {"dst": "10.0.0.300"}}, {"target": "igw"}, "the question is not in a known form"),
        ({**QUESTION, "from": "nobody"}, {"reach": True}, "the question's `nobody` is not in the setup"),
    ],
)
def test_a_question_that_is_not_understood_is_skipped(
    question: dict[str, Any], expected: dict[str, Any], reason: str
) -> None:
    case = Case("case", "", SETUP, question, expected)
    verdict = check(case, Cases(Path("cases.json"), (case,)))
    assert verdict.status == "skipped"
    assert reason in verdict.detail


def test_the_program_exits_with_0_1_and_2(tmp_path: Path) -> None:
    right = {"id": "right", "setup": SETUP, "question": QUESTION, "expected": {"reach": True}}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [right]}), encoding="utf-8")
    good = run(file)
    assert (good.returncode, good.stdout) == (0, "right: ok\n1 cases: 1 ok, 0 wrong, 0 skipped\n")

    wrong = {**right, "id": "wrong", "expected": {"reach": False}}
    file.write_text(json.dumps({"cases": [right, wrong]}), encoding="utf-8")
    bad = run(file, "--json")
    assert bad.returncode == 1
    record = json.loads(bad.stdout)
    assert (record["ok"], record["wrong"], record["skipped"]) == (1, 1, 0)
    assert record["verdicts"][1]["detail"].startswith("expected reach False got True")

    file.write_text('{"cases": [\n {"id": "x", "setup": {}, "question": {}}\n]}', encoding="utf-8")
    none = run(file)
    assert none.returncode == 2
    assert none.stderr.startswith(f"{file}:2:2: case `x` needs an object `expected`")
    assert run(tmp_path / "absent.json").returncode == 2
