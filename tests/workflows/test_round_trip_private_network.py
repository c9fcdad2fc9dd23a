"""Flows to another team's enclave and endpoint, IPv6, names: deployed, collected, planned again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.rings import WATCHING, assert_blueprint_round_trip

BLUEPRINT: dict[str, Any] = {
    "ringwork": 1,
    "organization": "mint",
    "regions": ["eu-west-1"],
    "accounts": {"layout": "per-team"},
    "network": {"ipv6": True},
    "egress": {"domains": ["packages.example.org", ".example.com"]},
    "teams": {
        "ward": {
            "data": {"notes": {}},
            "workloads": {"desk": {"type": "notebook", "reads": ["notes"]}, "night": {"type": "processing"}},
        },
        "vault": {
            "models": {"risk": {}},
            "workloads": {
                "sealed": {"type": "enclave", "serves": ["risk"]},
                "score": {"type": "endpoint", "serves": ["risk"]},
            },
        },
    },
    "flows": [
        {"from": "ward/night", "to": "vault/sealed", "port": 8443},
        {"from": "ward/desk", "to": "vault/score", "port": 443},
    ],
}


def test_what_is_deployed_is_what_the_templates_say(tmp_path: Path) -> None:
    assert_blueprint_round_trip(BLUEPRINT, tmp_path, without=WATCHING)
