"""A team's data and machines, with every feature, deployed and collected again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.rings import WATCHING, assert_blueprint_round_trip

LAB: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": ["eu-west-1", "eu-central-1"],
    "teams": {
        "lab": {
            "data": {
                "scans": {
                    "class": "restricted",
                    "object_lock_days": 30,
                    "replicate_to": "eu-central-1",
                    "redacted": True,
                },
                "labels": {"class": "confidential", "retention_days": 365},
            },
            "models": {"finder": {"class": "restricted"}},
            "features": {
                "patients": {
                    "class": "restricted",
                    "record": "patient",
                    "time": "seen",
                    "columns": {"age": "Integral"},
                    "online": True,
                    "expire_days": 30,
                }
            },
            "workloads": {
                "prepare": {"type": "processing", "reads": ["scans"], "writes": ["labels", "patients"]},
                "train": {
                    "type": "training",
                    "reads": ["scans", "labels", "patients"],
                    "produces": ["finder"],
                },
                "serve": {"type": "endpoint", "serves": ["finder"]},
            },
        },
    },
}


def test_data_comes_back_as_it_was_designed(tmp_path: Path) -> None:
    assert_blueprint_round_trip(LAB, tmp_path, without=WATCHING)
