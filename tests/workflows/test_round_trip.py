"""compile -> deploy -> collect gives the estate of the templates: three sources, one shape.

A property that any of the compiler, the engine, the local services or the collectors loses shows here.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ringwork.cloud.collect import collect
from ringwork.cloud.emulator.cloudformation.lost import LOST
from ringwork.controls import CATALOGUE
from ringwork.estate.compare import Difference, Kind, differences
from ringwork.workflows import deployment
from ringwork.workflows.design import desired_estate
from ringwork.workflows.target import workplace

# What no reader of an account can compare, and why. Paths are a difference's first step.
NOT_COMPARABLE = {
    ("AWS::EC2::Subnet", "AvailabilityZone"): "AWS says which zone `Select 0 GetAZs` is, per account",
    ("AWS::EC2::SecurityGroup", "GroupName"): "CloudFormation makes the name",
    ("AWS::IAM::Role", "RoleName"): "CloudFormation makes the name",
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): "CloudFormation makes the name",
    ("AWS::EC2::FlowLog", "LogFormat"): "AWS fills in its default format",
    ("AWS::KMS::Key", "PendingWindowInDays"): "write-only in the registry schema",
    ("AWS::EC2::SecurityGroupEgress", "DestinationPrefixListId"): "AWS assigns it per Region",
    ("AWS::EC2::SecurityGroupIngress", "SourcePrefixListId"): "AWS assigns it per Region",
}


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_the_collected_estate_is_the_estate_of_the_templates(
    name: str, examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shutil.copy(examples / f"{name}.yaml", tmp_path)
    with workplace(Path(path), "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        deployment.deploy(place).raise_for_failure()
        live = collect(place.cloud, accounts=place.designed.accounts, regions=place.designed.regions)
        desired = desired_estate(place.designed, tmp_path / "out")
    found = differences(desired, live)
    assert live.gaps == ()
    assert _of(found, Kind.ONLY_LEFT, Kind.VALUE) == []
    assert {d.stack for d in found if d.kind is Kind.ONLY_RIGHT} == {"ringwork-bootstrap"}
    incomparable = {(d.type, str(d.path[0])) for d in found if d.kind is Kind.NOT_COMPARABLE}
    assert incomparable <= set(NOT_COMPARABLE), incomparable - set(NOT_COMPARABLE)
    assert len({r.logical for r in desired.resources}) == deployment.resource_count(place.designed)


def _of(found: tuple[Difference, ...], *kinds: Kind) -> list[str]:
    return [str(difference) for difference in found if difference.kind in kinds]


def test_no_control_reads_what_the_local_cloud_loses(capsys: pytest.CaptureFixture[str]) -> None:
    lost = {(type_, path.split("/")[0]) for type_, paths in LOST.items() for path in paths}
    read = {pair: record.id for record in CATALOGUE.values() for pair in record.reads}
    with capsys.disabled():
        sys.stdout.write("\nproperties that the local cloud loses:\n")
        sys.stdout.writelines(f"  {type_} {name}\n" for type_, name in sorted(lost))
    assert lost, "the table of lost properties is empty: the comparison would show nothing"
    assert {pair: read[pair] for pair in lost & set(read)} == {}
