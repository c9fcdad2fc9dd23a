"""The guard rails of an organization with two teams, deployed to a local cloud and read back."""

from __future__ import annotations

from pathlib import Path

from tests.workflows.rings import assert_blueprint_round_trip

BLUEPRINT = {
    "ringwork": 1,
    "organization": "acme",
    "regions": ["eu-central-1"],
    "accounts": {"layout": "per-team"},
    "perimeter": {"attach": "all"},
    "teams": {
        "risk": {
            "data": {"raw": {}},
            "models": {"churn": {}},
            "workloads": {
                "lab": {"type": "studio", "reads": ["raw"]},
                "train": {"type": "training", "reads": ["raw"], "produces": ["churn"]},
                "release": {"type": "pipeline"},
                "serve": {"type": "endpoint", "serves": ["churn"]},
            },
            "foundation_models": ["eu.amazon.nova-lite-v1:0"],
        },
        "care": {"data": {"notes": {}}, "workloads": {"clean": {"type": "processing", "reads": ["notes"]}}},
    },
}


def test_an_organization_comes_back_as_designed(tmp_path: Path) -> None:
    assert_blueprint_round_trip(BLUEPRINT, tmp_path)
