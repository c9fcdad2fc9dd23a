"""A blueprint that grows: what a change may touch, and that data is never replaced.

Whether a change of a property replaces the resource is what CloudFormation's registry says
(`createOnlyProperties`), not our own word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from tests.architecture.blueprints import blueprints
from tests.effort import examples

from ringwork.architecture import compile_blueprint
from ringwork.blueprint import allocate, loads
from ringwork.estate import Stack
from ringwork.schemas import resource_schema

FEW = settings(parent=examples(20), derandomize=True)
SHARED_RINGS = {
    "transit",
    "segments",
    "inspection",
    "services",
    "guard-rails",
    "trail",
    "archive",
    "security",
    "account",
    "detection",
}
"""Rings of which many teams have a part: a new team may change them in place."""
HOLDS_DATA = {
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::ECR::Repository",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::ModelPackageGroup",
}
Content = dict[str, Any]
Addresses = dict[str, IPv4Network]


def compiled(content: Content, kept: Addresses | None = None) -> tuple[dict[str, Stack], Addresses]:
    """Stacks by id, and the address plan, which a later compile keeps."""
    blueprint = loads(json.dumps(content), "growing.json")
    addresses = allocate(blueprint, {name: str(block) for name, block in (kept or {}).items()})
    stacks = {stack.id: stack for stack in compile_blueprint(blueprint, addresses).stacks}
    return stacks, {**(kept or {}), **addresses}


def grown(before: Content, after: Content) -> tuple[dict[str, Stack], dict[str, Stack]]:
    old, addresses = compiled(before)
    new, _ = compiled(after, addresses)
    return old, new


def replaced(old: dict[str, Stack], new: dict[str, Stack]) -> Iterator[str]:
    """Resources of both whose change AWS can only make by a new one."""
    for stack_id in old.keys() & new.keys():
        here, there = old[stack_id].template["Resources"], new[stack_id].template["Resources"]
        for logical in here.keys() & there.keys():
            before, after = here[logical], there[logical]
            if before["Type"] != after["Type"]:
                yield f"{stack_id} {logical}: {before['Type']} to {after['Type']}"
                continue
            for path in resource_schema(before["Type"]).create_only:
                first, second = _at(before, path), _at(after, path)
                if first != second:
                    yield f"{stack_id} {logical} ({before['Type']}) {path}: {first} to {second}"


def _at(resource: Content, path: str) -> Any:
    value: Any = resource.get("Properties", {})
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def gone(old: dict[str, Stack], new: dict[str, Stack]) -> list[str]:
    """Resources that hold data and are there no more."""
    return [
        f"{stack_id} {logical}"
        for stack_id, stack in old.items()
        for logical, resource in stack.template["Resources"].items()
        if resource["Type"] in HOLDS_DATA
        and (stack_id not in new or logical not in new[stack_id].template["Resources"])
    ]


def ring(stack: Stack) -> str:
    return str(stack.tags["ringwork:ring"])


@FEW
@given(blueprints())
def test_a_new_team_touches_no_stack_of_another_team(content: Content) -> None:
    after = deepcopy(content)
    after["teams"]["newcomers"] = {
        "data": {"d": {}},
        "models": {"m": {}},
        "workloads": {"t": {"type": "training", "reads": ["d"], "produces": ["m"]}},
    }
    old, new = grown(content, after)
    touched = {
        ring(stack)
        for stack_id, stack in old.items()
        if stack_id not in new or new[stack_id].template != stack.template
    }
    assert touched <= SHARED_RINGS
    assert list(replaced(old, new)) == []
    assert gone(old, new) == []


@FEW
@given(blueprints())
def test_a_new_workload_touches_its_own_team_and_replaces_no_data(content: Content) -> None:
    team = next(iter(content["teams"]))
    after = deepcopy(content)
    after["teams"][team]["workloads"]["newcomer"] = {"type": "processing"}
    old, new = grown(content, after)
    touched = {
        stack.tags.get("ringwork:team")
        for stack_id, stack in old.items()
        if new[stack_id].template != stack.template and ring(stack) not in SHARED_RINGS
    }
    assert touched <= {team}
    assert [line for line in replaced(old, new) if any(kind in line for kind in HOLDS_DATA)] == []
    assert gone(old, new) == []


@FEW
@given(blueprints())
def test_a_new_region_replaces_nothing(content: Content) -> None:
    after = deepcopy(content)
    after["regions"] = [*content["regions"], "ap-southeast-2"]
    old, new = grown(content, after)
    assert list(replaced(old, new)) == []
    assert gone(old, new) == []
    own = {"network", "data", "compute", "models"}
    assert not [
        stack_id
        for stack_id, stack in old.items()
        if ring(stack) in own and new[stack_id].template != stack.template
    ]


@FEW
@given(blueprints())
def test_what_holds_data_outlives_its_stack(content: Content) -> None:
    """A team that leaves the blueprint leaves its data in the account."""
    stacks, _ = compiled(content)
    for stack in stacks.values():
        for logical, resource in stack.template["Resources"].items():
            if resource["Type"] in HOLDS_DATA:
                assert resource.get("DeletionPolicy") == "Retain", f"{stack.id} {logical}"
                assert resource.get("UpdateReplacePolicy") == "Retain", f"{stack.id} {logical}"


def test_a_replacement_would_be_found() -> None:
    def stack(cidr: str) -> dict[str, Stack]:
        vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}
        return {"s": Stack("s", "111122223333", "eu-west-1", {"Resources": {"Vpc": vpc}})}

    assert list(replaced(stack("10.0.0.0/16"), stack("10.1.0.0/16"))) == [
        "s Vpc (AWS::EC2::VPC) CidrBlock: 10.0.0.0/16 to 10.1.0.0/16"
    ]


TEAM: Content = {
    "data": {"d": {"class": "restricted"}},
    "models": {"m": {}},
    "workloads": {"t": {"type": "training", "reads": ["d"], "produces": ["m"]}},
}


@pytest.mark.parametrize("layout", ["per-team", "per-team-and-stage"])
def test_moving_to_many_accounts_leaves_every_stack_of_the_one_account_to_be_pruned(layout: str) -> None:
    """Stacks are in other accounts then: none of the old ones is changed in place, so nothing is replaced;
    `plan` lists them as left over, and their data stays."""
    one: Content = {
        "ringwork": 1,
        "organization": "acme",
        "regions": ["eu-west-1"],
        "teams": {"a": TEAM, "b": TEAM},
    }
    old, new = grown(one, {**one, "accounts": {"layout": layout}})
    assert not old.keys() & new.keys()
