"""Models, endpoints and what watches them, from the blueprint to a local cloud and back."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from tests.workflows.rings import WATCHING, assert_blueprint_round_trip, assert_collected

from ringwork.workflows import deployment
from ringwork.workflows.target import workplace


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
    assert_blueprint_round_trip(SHOP, tmp_path, without=WATCHING)


def promoted() -> dict[str, Any]:
    """The candidate serves, more may be asked of it, and the other endpoint has nobody to ask it."""
    after = copy.deepcopy(SHOP)
    serving = after["teams"]["ranking"]["workloads"]["serve"]["serving"]
    serving |= {"release": serving.pop("shadow"), "requests_per_second": 80, "request_kilobytes": 16}
    del after["flows"][1]
    return after


def test_a_release_moves_the_endpoint_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    path.write_text(json.dumps(SHOP), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        deployment.deploy(place).raise_for_failure()
    path.write_text(json.dumps(promoted()), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.deploy(place).raise_for_failure()
        assert_collected(place, tmp_path / "out")
        assert deployment.plan(place).empty
        sagemaker = place.cloud.client(
            "sagemaker", account=place.designed.accounts[0], region="eu-west-1", role="ringwork-audit"
        )
        (endpoint,) = sagemaker.list_endpoints()["Endpoints"]
        (config,) = sagemaker.list_endpoint_configs()["EndpointConfigs"]
        (model,) = sagemaker.list_models()["Models"]
        found = sagemaker.describe_endpoint(EndpointName=endpoint["EndpointName"])
        assert found["EndpointConfigName"] == config["EndpointConfigName"]
        image = sagemaker.describe_model(ModelName=model["ModelName"])["PrimaryContainer"]["Image"]
        assert image.endswith("b" * 64)
