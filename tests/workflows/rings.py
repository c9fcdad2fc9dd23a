"""Deploys a small blueprint to a local cloud and compares what is collected with what was designed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.workflows.authority import assert_same_authority

from ringwork.cloud.collect import collect
from ringwork.estate import Stack
from ringwork.estate.compare import Difference, Kind, differences
from ringwork.workflows import deployment
from ringwork.workflows.design import desired_estate
from ringwork.workflows.target import Workplace, workplace

# What no reader of an account can compare, and why. Paths are a difference's first step.
NOT_COMPARABLE = {
    ("AWS::EC2::Subnet", "AvailabilityZone"): "AWS says which zone `Select 0 GetAZs` is, per account",
    ("AWS::EC2::VPCCidrBlock", "Ipv6CidrBlock"): "Amazon gives it",
    ("AWS::EC2::Subnet", "Ipv6CidrBlock"): "cut from what Amazon gives",
    ("AWS::EC2::NetworkAclEntry", "Ipv6CidrBlock"): "cut from what Amazon gives",
    ("AWS::EC2::SecurityGroup", "GroupName"): "CloudFormation makes the name",
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateData"): "AWS says what the current public AMI is",
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"): "CloudFormation makes the name",
    ("AWS::IAM::Role", "RoleName"): "CloudFormation makes the name",
    ("AWS::SageMaker::Model", "ModelName"): "CloudFormation makes the name",
    ("AWS::SageMaker::EndpointConfig", "EndpointConfigName"): "CloudFormation makes the name",
    ("AWS::SageMaker::DataQualityJobDefinition", "JobDefinitionName"): "CloudFormation makes the name",
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): "CloudFormation makes the name",
    ("AWS::Organizations::Policy", "Content"): "AWS assigns the organization's id, which policies compare",
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"): "CloudFormation makes the name",
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name"): "CloudFormation makes the name",
    ("AWS::EC2::FlowLog", "LogFormat"): "AWS fills in its default format",
    ("AWS::Events::EventBusPolicy", "Statement"): "it has the organization's id, which the deployer looks up",
    ("AWS::SecurityHub::Hub", "EnableDefaultStandards"): "write-only in the registry schema",
    ("AWS::KMS::Key", "PendingWindowInDays"): "write-only in the registry schema",
    ("AWS::Route53Resolver::FirewallDomainList", "Domains"): "write-only in the registry schema",
    ("AWS::EC2::SecurityGroupEgress", "DestinationPrefixListId"): "AWS assigns it per Region",
    ("AWS::EC2::Route", "VpcEndpointId"): "AWS says which endpoint of a firewall is in which zone",
    ("AWS::Route53::RecordSet", "AliasTarget"): "AWS makes the names of endpoints",
    ("AWS::EC2::SecurityGroupIngress", "SourcePrefixListId"): "AWS assigns it per Region",
}


def assert_round_trip(place: Workplace, folder: Path) -> None:
    """Bootstrap, deploy and collect: the estate is that of the templates, and nothing else is there."""
    deployment.bootstrap(place).raise_for_failure()
    deployment.deploy(place).raise_for_failure()
    assert_collected(place, folder)


def assert_collected(place: Workplace, folder: Path) -> None:
    """What is collected is what the templates say."""
    live = collect(place.cloud, accounts=place.designed.accounts, regions=place.designed.regions)
    desired = desired_estate(place.designed, folder)
    found = differences(desired, live)
    assert live.gaps == ()
    assert _of(found, Kind.ONLY_LEFT, Kind.VALUE) == []
    assert {d.stack for d in found if d.kind is Kind.ONLY_RIGHT} == {"ringwork-bootstrap"}
    incomparable = {(d.type, str(d.path[0])) for d in found if d.kind is Kind.NOT_COMPARABLE}
    assert incomparable <= set(NOT_COMPARABLE), incomparable - set(NOT_COMPARABLE)
    assert_same_authority(desired, live)
    assert len({(r.account, r.region, r.logical) for r in desired.resources}) == deployment.resource_count(
        place.designed
    )


WATCHING = frozenset({"analyzers", "archive", "detection", "guard-rails", "security", "trail"})
"""rings that watch and guard what others make, half of all resources where there are several accounts"""


def assert_blueprint_round_trip(
    blueprint: Mapping[str, Any], folder: Path, *, without: frozenset[str] = frozenset()
) -> None:
    """The same for a blueprint given as a mapping; then a second plan is empty. `without`: rings that have
    tests of their own, of which only what the others need is deployed."""
    path = folder / "blueprint.json"
    path.write_text(json.dumps(blueprint), encoding="utf-8")
    with workplace(path, "local") as whole:
        stacks = {stack.id: stack for stack in whole.designed.stacks}
        wanted = [stack for stack in stacks.values() if stack.tags["ringwork:ring"] not in without]
        kept: dict[str, Stack] = {}
        while wanted:
            stack = wanted.pop()
            if stack.id not in kept:
                kept[stack.id] = stack
                wanted += [stacks[need] for need in stack.needs]
        assert len(kept) == len(stacks) or without
        some = replace(
            whole.designed.architecture, stacks=tuple(one for one in stacks.values() if one.id in kept)
        )
        place = replace(whole, designed=replace(whole.designed, architecture=some))
        assert_round_trip(place, folder / "out")
        assert deployment.plan(place).empty


def _of(found: tuple[Difference, ...], *kinds: Kind) -> list[str]:
    return [str(difference) for difference in found if difference.kind in kinds]
