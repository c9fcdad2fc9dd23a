"""An organization with two teams: guard rails, analyzers, people, deployed to a local cloud and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.rings import assert_blueprint_round_trip

from ringwork.blueprint.environment import local_account_id
from ringwork.cloud.session import open_cloud

BLUEPRINT: dict[str, Any] = {
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


def group(number: int) -> str:
    return f"{number}1111111-2222-3333-4444-555555555555"


def test_an_organization_comes_back_as_designed(tmp_path: Path) -> None:
    management = local_account_id("acme", "management")
    with open_cloud("local", region="eu-central-1") as cloud:
        (center,) = cloud.client("sso-admin", account=management).list_instances()["Instances"]
    people = {
        "instance": center["InstanceArn"],
        "authors": group(1),
        "approvers": group(2),
        "operators": group(3),
        "auditors": group(4),
    }
    assert_blueprint_round_trip({**BLUEPRINT, "perimeter": {"attach": "all", "people": people}}, tmp_path)
