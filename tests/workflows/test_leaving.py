"""What leaves a blueprint is still found: a team with its account, and an account layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ringwork.source import InputError
from ringwork.workflows import deployment
from ringwork.workflows.places import place_file
from ringwork.workflows.target import workplace

TEAM: dict[str, Any] = {
    "data": {"d": {"class": "restricted"}},
    "workloads": {"t": {"type": "training", "reads": ["d"]}},
}
ONE: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": ["eu-west-1"],
    "teams": {"a": TEAM, "b": TEAM},
}
EVENTS = "AWS::SQS::Queue"
"""All that goes: security events that nobody has read yet."""
SEVERAL = {**ONE, "accounts": {"layout": "per-team"}, "perimeter": {"attach": "none"}}


def write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def deploy(path: Path) -> None:
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        deployment.deploy(place).raise_for_failure()


def test_a_team_that_left_with_its_account_is_found_and_its_data_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    write(path, SEVERAL)
    deploy(path)
    write(path, {**SEVERAL, "teams": {"a": TEAM}})
    with workplace(path, "local") as place:
        planned = deployment.plan(place)
        left = {orphan.name for orphan in planned.orphans}
        assert {"ringwork-acme-b-network", "ringwork-acme-b-data", "ringwork-acme-b-identity"} <= left
        removal = deployment.removal(place, planned)
        assert {leaving.type for leaving in removal.destroys_data} <= {EVENTS}
        kept = {leaving.logical for stack in removal.stacks for leaving in stack.retained}
        assert {"DBucket", "RestrictedKey"} <= kept
        deployment.prune(place, planned.orphans, allow_data_loss=True).raise_for_failure()
        account = next(orphan.account for orphan in planned.orphans if orphan.name.endswith("-b-data"))
        names = place.cloud.client("s3", account=account).list_buckets()["Buckets"]
        assert [bucket for bucket in names if bucket["Name"].startswith("acme-b-d-")]
        assert deployment.plan(place).orphans == ()


def test_moving_to_many_accounts_says_what_is_left_in_the_one(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    write(path, ONE)
    deploy(path)
    write(path, SEVERAL)
    with workplace(path, "local") as place:
        planned = deployment.plan(place)
        assert {"ringwork-acme-a-data", "ringwork-acme-b-data"} <= {o.name for o in planned.orphans}
        lost = deployment.removal(place, planned).destroys_data
        assert {leaving.type for leaving in lost} <= {EVENTS}


def test_a_spoilt_record_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    write(path, ONE)
    write(place_file(path), {"not an account": ["eu-west-1"]})
    with workplace(path, "local") as place, pytest.raises(InputError, match="not an account") as caught:
        deployment.plan(place)
    assert caught.value.position is not None
