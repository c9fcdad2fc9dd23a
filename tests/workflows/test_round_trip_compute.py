"""A team's machines, of every kind, deployed and collected again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.rings import WATCHING, assert_blueprint_round_trip

PCR0, PCR8 = "ab" * 48, "cd" * 48
HEARTBEAT: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": ["eu-west-1"],
    "teams": {
        "heart": {
            "data": {"scans": {"class": "restricted"}},
            "models": {"finder": {"class": "restricted"}},
            "workloads": {
                "desk": {"type": "notebook", "reads": ["scans"]},
                "lab": {"type": "studio", "reads": ["scans"]},
                "train": {"type": "training", "reads": ["scans"], "produces": ["finder"]},
                "vault": {
                    "type": "enclave",
                    "serves": ["finder"],
                    "enclave": {"measurements": {"pcr0": PCR0, "pcr8": PCR8}, "instances": 2},
                },
            },
        },
    },
}


def test_machines_come_back_as_they_were_designed(tmp_path: Path) -> None:
    assert_blueprint_round_trip(HEARTBEAT, tmp_path, without=WATCHING)
