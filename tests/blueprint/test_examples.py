from __future__ import annotations

import re
from pathlib import Path

import pytest

from ringwork.blueprint import Blueprint, environments, examples, load, loads, workloads
from ringwork.blueprint.model import AccountLayout, DataClass, WorkloadType
from ringwork.source import InputError

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=examples.NAMES)
def example(request: pytest.FixtureRequest) -> Blueprint:
    return load(ROOT / "examples" / f"{request.param}.yaml")


@pytest.mark.parametrize("name", examples.NAMES)
def test_the_package_has_the_examples_as_they_are(name: str) -> None:
    source = (ROOT / "examples" / f"{name}.yaml").read_text(encoding="utf-8")
    assert examples.text(name) == examples.published(source)
    assert loads(examples.text(name)) == loads(source)
    assert "yaml-language-server" not in examples.text(name)


def test_an_unknown_example_is_refused() -> None:
    with pytest.raises(InputError, match="there is no example `hopsital`") as caught:
        examples.text("hopsital")
    assert caught.value.help == "did you mean `hospital`?"


def test_the_startup_is_one_team_in_one_account() -> None:
    blueprint = loads(examples.text("startup"))
    assert blueprint.accounts.layout is AccountLayout.ONE
    assert len(environments(blueprint)) == 1
    assert not blueprint.egress.domains


def test_the_hospital_has_two_teams_restricted_data_and_an_enclave() -> None:
    blueprint = loads(examples.text("hospital"))
    assert len(blueprint.teams) == 2
    kinds = {w.type for team in blueprint.teams.values() for w in team.workloads.values()}
    assert {WorkloadType.ENCLAVE, WorkloadType.ENDPOINT, WorkloadType.TRAINING} <= kinds
    for team in blueprint.teams.values():
        assert any(d.class_ is DataClass.RESTRICTED for d in team.data.values())
    assert all(flow.from_.split("/")[0] == flow.to.split("/")[0] for flow in blueprint.flows)
    assert not blueprint.egress.domains


def test_the_bank_has_twelve_teams_in_three_stages_and_central_egress() -> None:
    blueprint = loads(examples.text("bank"))
    assert len(environments(blueprint)) == 36
    assert len({environment.account_id for environment in environments(blueprint)}) == 36
    assert blueprint.egress.mode == "central"
    assert blueprint.egress.domains
    for environment in environments(blueprint):
        lab = "lab" in workloads(blueprint, environment)
        assert lab == (environment.stage == "dev")


def test_every_model_that_is_served_is_produced(example: Blueprint) -> None:
    for team in example.teams.values():
        produced = {model for w in team.workloads.values() for model in w.produces}
        assert produced == set(team.models)
        assert produced == {model for w in team.workloads.values() for model in w.serves}


DECLASSIFIERS = {"assistant/redact", "identity/synthesize"}
"""Their purpose is to take people out of data."""


def test_no_workload_writes_data_down_to_a_lower_class(example: Blueprint) -> None:
    rank = list(DataClass).index
    for name, team in example.teams.items():
        for workload_name, w in team.workloads.items():
            read = max((rank(team.data[d].class_) for d in w.reads), default=0)
            written = [rank(team.data[d].class_) for d in w.writes]
            written += [rank(team.models[m].class_) for m in w.produces]
            if f"{name}/{workload_name}" not in DECLASSIFIERS:
                assert all(to >= read for to in written), f"{name}/{workload_name}"


def guide_blocks(kind: str) -> list[str]:
    guide = (ROOT / "docs" / "blueprint.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)


def test_the_guide_shows_a_fault_as_it_is_printed() -> None:
    broken = guide_blocks("yaml")[0].replace("notebook", "notbook")
    with pytest.raises(InputError) as caught:
        loads(broken)
    assert f"{caught.value}\n" in guide_blocks("text")


def test_the_guide_shows_a_useful_blueprint_in_15_lines() -> None:
    text = guide_blocks("yaml")[0]
    assert len(text.splitlines()) == 15
    blueprint = loads(text)
    kinds = {w.type for team in blueprint.teams.values() for w in team.workloads.values()}
    assert {WorkloadType.TRAINING, WorkloadType.ENDPOINT} <= kinds
    assert blueprint.flows
