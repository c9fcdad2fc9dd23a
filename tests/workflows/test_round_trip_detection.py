"""What the detection ring builds, deployed to the local cloud and collected, is what its templates say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.rings import assert_blueprint_round_trip

ONE: dict[str, Any] = {
    "ringwork": 1,
    "organization": "watch",
    "regions": ["eu-west-1"],
    "teams": {
        "growth": {
            "data": {"clicks": {"class": "internal"}},
            "models": {"churn": {}},
            "workloads": {
                "train": {"type": "training", "reads": ["clicks"], "produces": ["churn"]},
                "score": {"type": "endpoint", "serves": ["churn"]},
            },
        }
    },
    "detection": {"contacts": ["soc@example.org"]},
}
MANY: dict[str, Any] = {
    "ringwork": 1,
    "organization": "ward",
    "regions": ["eu-central-1"],
    "accounts": {"layout": "per-team"},
    "teams": {
        "imaging": {
            "data": {"scans": {"class": "restricted"}},
            "models": {"finder": {"class": "restricted"}},
            "workloads": {
                "desk": {"type": "notebook", "reads": ["scans"]},
                "serve": {"type": "endpoint", "serves": ["finder"]},
            },
        },
        "triage": {
            "data": {"notes": {"class": "confidential"}},
            "workloads": {"prepare": {"type": "processing", "reads": ["notes"]}},
        },
    },
    "detection": {
        "contacts": ["soc@example.org", "night@example.org"],
        "identifiers": {"patient": {"regex": "P-[0-9]{8}", "keywords": ["patient"]}},
    },
}


def test_one_account(tmp_path: Path) -> None:
    assert_blueprint_round_trip(ONE, tmp_path)


def test_two_teams_in_accounts_of_their_own(tmp_path: Path) -> None:
    assert_blueprint_round_trip(MANY, tmp_path)
