"""The examples' networks: by the blueprints, `hospital` shares one set of endpoints in a VPC of its own, in
the others each VPC has its own; none has another way to AWS's APIs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from ringwork.estate import Estate
from ringwork.findings import Status
from ringwork.network.completeness import answers
from ringwork.network.model import Model
from ringwork.network.names import Names, Outcome, services
from ringwork.network.reading import read
from ringwork.workflows.design import design, desired_estate

ROOT = Path(__file__).parents[3]
Example = Callable[[str], tuple[Estate, Model]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    @functools.cache
    def made(name: str) -> tuple[Estate, Model]:
        folder = tmp_path_factory.mktemp(name)
        estate = desired_estate(design(ROOT / "examples" / f"{name}.yaml"), folder)
        return estate, read(estate)

    return made


@pytest.mark.parametrize(("name", "shared"), [("startup", False), ("hospital", True), ("bank", False)])
def test_the_name_of_the_sagemaker_api_leads_to_the_endpoint(
    example: Example, name: str, shared: bool
) -> None:
    estate, model = example(name)
    names = Names(estate, model)
    asked = 0
    for vpc in model.vpcs.values():
        if "/ringwork-" not in vpc.key or vpc.key.split("/")[-2].endswith(("-inspection", "-services")):
            continue
        asked += 1
        assert vpc.region is not None
        found = names.in_vpc(vpc.key, services.host(services.BY_KEY["sagemaker.api"], vpc.region))
        assert found.outcome is Outcome.ENDPOINT
        where = {model.interface_endpoints[each].vpc for each in found.endpoints}
        if shared:
            (key,) = where
            assert key.split("/")[-2] == "ringwork-mercy-network-services"
        else:
            assert where == {vpc.key}
    assert asked >= 1


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_what_each_declared_workload_surely_calls_is_surely_reached(example: Example, name: str) -> None:
    estate, model = example(name)
    found = answers(estate, model)
    sure = [each for each in found if not each.need.when]
    assert [each.message for each in sure if each.status is not Status.PROVED] == []
    asked: set[str] = set()
    for each in sure:
        asked |= model.interfaces[each.place.interface].groups or frozenset()
    declared = set()
    for group in estate.of_type("AWS::EC2::SecurityGroup"):
        tags = group.properties.get("Tags", ())
        assert isinstance(tags, tuple)
        named = {tag["Key"]: tag["Value"] for tag in tags}  # type: ignore[index,call-overload,union-attr]
        if named.get("ringwork:workload-type") not in (None, "enclave"):
            declared.add(group.key)
    assert declared
    assert declared <= asked
