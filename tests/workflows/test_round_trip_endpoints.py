"""Models, endpoints and what watches them, from the blueprint to a local cloud and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.rings import assert_blueprint_round_trip

def release(letter: str, version: str) -> dict[str, str]:
    return {"model": "order", "image": f"order@sha256:{letter * 64}", "artifact": f"{version}/model.tar.gz"}


SHOP: dict[str, Any] = {
    "ringwork": 1,
    "organization": "shop",
    "regions": ["eu-west-1"],
    "teams": {
        "ranking": {
            "data": {"clicks": {"class": "internal"}},
            "models": {"order": {"class": "confidential"}},
            "foundation_models": ["anthropic.claude-3-haiku-20240307-v1:0"],
            "workloads": {
                "desk": {"type": "notebook", "reads": ["clicks"]},
                "train": {"type": "training", "reads": ["clicks"], "produces": ["order"]},
                "serve": {
                    "type": "endpoint",
                    "serves": ["order"],
                    "serving": {"release": release("a", "v1"), "shadow": release("b", "v2")},
                },
                "later": {"type": "endpoint", "serves": ["order"]},
            },
        }
    },
    "flows": [
        {"from": "ranking/desk", "to": "ranking/serve", "port": 443},
        {"from": "ranking/desk", "to": "ranking/later", "port": 443},
    ],
}
"""One team; one endpoint with a release and a candidate beside it, one that waits."""


def test_models_and_endpoints_are_collected_as_they_were_designed(tmp_path: Path) -> None:
    assert_blueprint_round_trip(SHOP, tmp_path)
