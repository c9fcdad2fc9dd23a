"""Bootstrap has two halves, stacks and registrations: an interruption between them is no end of it."""

from __future__ import annotations

import json
from pathlib import Path

from ringwork.cloud import deploy as deployer
from ringwork.workflows import deployment
from ringwork.workflows.target import workplace

REGION = "eu-central-1"


def test_what_was_interrupted_before_its_registrations_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    team = {"workloads": {"tidy": {"type": "processing"}}}
    content = {
        "ringwork": 1,
        "organization": "acme",
        "regions": [REGION],
        "accounts": {"layout": "per-team"},
        "teams": {"risk": team},
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    with workplace(path, "local") as place:
        accounts = place.designed.accounts
        assert {account for account, _ in deployment.not_bootstrapped(place)} == set(accounts)
        deployer.bootstrap(place.cloud, accounts=accounts, regions=(REGION,)).raise_for_failure()
        [(management, region)] = deployment.not_bootstrapped(place)
        assert (management in accounts, region) == (True, REGION)
        deployment.bootstrap(place).raise_for_failure()
        assert deployment.not_bootstrapped(place) == ()
