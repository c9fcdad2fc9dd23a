"""VPCs joined by Transit Gateways stand in the local cloud as they were designed, accepted and all."""

from __future__ import annotations

from pathlib import Path

from tests.workflows.rings import WATCHING, assert_blueprint_round_trip

JOINED = {
    "ringwork": 1,
    "organization": "acme",
    "regions": ["eu-central-1", "eu-west-1"],
    "accounts": {"layout": "per-team"},
    "network": {"endpoints": "central", "region_pairs": [["eu-central-1", "eu-west-1"]]},
    "egress": {"mode": "central", "domains": [".packages.example.com", "models.example.net"]},
    "teams": {
        "risk": {"workloads": {"lab": {"type": "notebook"}, "train": {"type": "training"}}},
        "fraud": {"workloads": {"train": {"type": "training"}}},
    },
}


def test_joined_vpcs_come_back_as_they_were_designed(tmp_path: Path) -> None:
    assert_blueprint_round_trip(JOINED, tmp_path, without=WATCHING)
