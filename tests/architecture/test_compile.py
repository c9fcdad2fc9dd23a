"""One blueprint to stacks: order, determinism, isolation of changes, and names."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.architecture.blueprints import blueprints

from ringwork.architecture import Architecture, compile_blueprint
from ringwork.blueprint import allocate, load, loads
from ringwork.cloud.collect import TYPES
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS
from ringwork.source.position import InputError

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> Architecture:
    blueprint = load(EXAMPLES / f"{name}.yaml")
    return compile_blueprint(blueprint, allocate(blueprint, None))


def canonical(architecture: Architecture) -> str:
    return json.dumps([[stack.id, stack.template, repr(stack.parameters)] for stack in architecture.stacks])


def test_a_stack_stands_after_those_whose_outputs_it_takes(clinic: Any) -> None:
    stacks = clinic.architecture.stacks
    TopologicalSorter({stack.id: stack.needs for stack in stacks}).prepare()  # raises on a cycle
    seen: set[str] = set()
    for stack in stacks:
        assert stack.needs <= seen
        seen.add(stack.id)


def test_every_parameter_is_filled_by_an_output_that_exists(clinic: Any) -> None:
    outputs = {stack.id: set(stack.template.get("Outputs", {})) for stack in clinic.architecture.stacks}
    for stack in clinic.architecture.stacks:
        assert set(stack.parameters) == set(stack.template.get("Parameters", {}))
        for source in stack.parameters.values():
            if hasattr(source, "output"):
                assert source.output in outputs[source.stack]


def test_nothing_is_exported(clinic: Any) -> None:
    for stack in clinic.architecture.stacks:
        for output in stack.template.get("Outputs", {}).values():
            assert "Export" not in output


def test_every_resource_says_its_ring_its_control_and_why(clinic: Any) -> None:
    for stack in clinic.architecture.stacks:
        ring = stack.name.rpartition("-")[2]
        for resource in stack.template["Resources"].values():
            said = resource["Metadata"]["Ringwork"]
            assert said["Ring"] == ring
            assert re.fullmatch(r"((CMP|DAT|DET|EPT|IAM|MDL|NET|ORG)-\d\d(, |$))+", said["Control"])
            assert len(said["Why"]) > 10


def test_taggable_resources_carry_organization_team_and_ring(clinic: Any) -> None:
    for stack in clinic.architecture.stacks:
        for resource in stack.template["Resources"].values():
            if "Tags" in resource["Properties"]:
                tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
                assert tags["ringwork:organization"] == "clinic"
                if stack.name.split("-")[2] in ("imaging", "research"):  # else it is the whole account's
                    assert tags["ringwork:team"] == stack.name.split("-")[2]
                assert tags["ringwork:ring"] == stack.name.rpartition("-")[2]


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_every_type_can_be_made_in_the_local_cloud_and_read_back(content: dict[str, Any]) -> None:
    blueprint = loads(json.dumps(content), "random.json")
    types = {
        resource["Type"]
        for stack in compile_blueprint(blueprint, allocate(blueprint)).stacks
        for resource in stack.template["Resources"].values()
    }
    assert types - set(PROVIDERS) == set()
    assert types - set(TYPES) == set()


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_two_compiles_are_byte_equal(name: str) -> None:
    assert canonical(example(name)) == canonical(example(name))


def test_the_bank_is_large() -> None:
    assert sum(len(stack.template["Resources"]) for stack in example("bank").stacks) > 1500


def test_a_change_of_one_team_touches_only_its_stacks() -> None:
    blueprint = load(EXAMPLES / "bank.yaml")
    addresses = allocate(blueprint, None)
    changed = json.loads(blueprint.model_dump_json(by_alias=True))
    changed["teams"]["fraud"]["workloads"]["probe"] = {"type": "training", "reads": ["devices"]}
    changed["teams"]["fraud"]["data"]["watch-list"]["class"] = "confidential"
    before = compile_blueprint(blueprint, addresses)
    after = compile_blueprint(type(blueprint).model_validate(changed), addresses)
    touched = {
        new.name
        for old, new in zip(before.stacks, after.stacks, strict=True)
        if json.dumps(old.template) != json.dumps(new.template)
    }
    assert touched == {
        f"ringwork-tally-fraud-{stage}-{ring}"
        for stage in ("dev", "test", "prod")
        for ring in ("network", "data", "identity", "registry", "compute")
    }


def test_a_new_flow_adds_its_lines_and_changes_no_other() -> None:
    # AWS replaces an ACL entry whose number changes, and a rule whose content does
    blueprint = load(EXAMPLES / "hospital.yaml")
    addresses = allocate(blueprint, None)
    changed = json.loads(blueprint.model_dump_json(by_alias=True))
    changed["flows"].insert(0, {"from": "triage/prepare", "to": "triage/intake", "port": 80})
    before, after = (
        next(
            stack.template["Resources"]
            for stack in compile_blueprint(each, addresses).stacks
            if stack.name == "ringwork-mercy-triage-network"
        )
        for each in (blueprint, type(blueprint).model_validate(changed))
    )
    assert {logical: after[logical] for logical in before} == before
    assert sorted(resource["Type"] for logical, resource in after.items() if logical not in before) == [
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
    ]


def test_the_digest_is_of_the_content_not_of_the_text(compiling: Any) -> None:
    assert compiling().architecture.blueprint_digest == compiling().architecture.blueprint_digest
    other = compiling(organization="hospital")
    assert other.architecture.blueprint_digest != compiling().architecture.blueprint_digest


def test_a_flow_to_another_teams_endpoint_opens_no_port_to_it(clinic: Any) -> None:
    # its API is called, through the VPC's own endpoint for APIs
    rules = clinic.of_type("AWS::EC2::SecurityGroupEgress", "research")
    assert not [rule for rule in rules if "Serve" in rule]
    assert "ExecuteApiEndpoint" in clinic.of_type("AWS::EC2::VPCEndpoint", "research")


def test_nat_egress_is_said_not_to_tell_domains_apart(compiling: Any) -> None:
    notes = compiling(egress={"domains": ["example.com"]}).architecture.notes
    assert any("cannot tell domains apart" in note for note in notes)


def test_a_bucket_name_fits_s3s_63_characters_whatever_the_names(compiling: Any) -> None:
    organization, team, data_set = "o" * 24, "t" * 24, "d" * 24
    compiled = compiling(
        organization=organization,
        regions=["ap-southeast-1"],
        accounts={"layout": "per-team"},
        teams={
            team: {
                "data": {data_set: {}},
                "workloads": {"w" * 24: {"type": "training", "reads": [data_set]}},
            }
        },
        flows=[],
    )
    names = [
        bucket["BucketName"]["Fn::Sub"]
        for bucket in compiled.of_type("AWS::S3::Bucket", team, "data", "ap-southeast-1").values()
    ]
    deployed = [
        name.replace("${AWS::AccountId}", "1" * 12).replace("${AWS::Region}", "ap-southeast-1")
        for name in names
    ]
    assert all(3 <= len(name) <= 63 for name in deployed)
    assert len(set(deployed)) == 2
    role = compiled.of_type("AWS::IAM::Role", team, "identity", "ap-southeast-1")
    assert all(len(properties["RoleName"]) <= 64 for properties in role.values())


def test_names_that_meet_when_joined_are_refused_by_name(compiling: Any) -> None:
    teams = {
        "risk": {"data": {"models-raw": {}}, "workloads": {"a": {"type": "training"}}},
        "risk-models": {"data": {"raw": {}}, "workloads": {"b": {"type": "training"}}},
    }
    with pytest.raises(InputError) as error:
        compiling(teams=teams, flows=[])
    assert "`risk/models-raw`" in error.value.message
    assert "`risk-models/raw`" in error.value.message


def test_names_that_logical_ids_cannot_tell_apart_are_refused(compiling: Any) -> None:
    teams = {"risk": {"workloads": {"x-1": {"type": "training"}, "x1": {"type": "training"}}}}
    with pytest.raises(InputError, match="X1SecurityGroup"):
        compiling(teams=teams, flows=[])
