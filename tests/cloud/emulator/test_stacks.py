"""CloudFormation through the gateway: a stack of every type lives, is kept, and goes without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "123456789012", "eu-west-1"
EVERYTHING = (Path(__file__).parent / "cloudformation" / "everything.yaml").read_text(encoding="utf-8")


def client(cloud):
    return cloud.session(ACCOUNT, REGION).client("cloudformation")


def settled(cloud, name, kind):
    waiter = client(cloud).get_waiter(f"stack_{kind}_complete")
    waiter.config.delay = 0.05
    waiter.config.max_attempts = 1200
    waiter.wait(StackName=name)


@pytest.fixture
def state(tmp_path):
    """A local cloud in which another command has deployed one stack with every type."""
    with LocalCloud(tmp_path / "s") as cloud:
        client(cloud).create_stack(
            StackName="all", TemplateBody=EVERYTHING, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        settled(cloud, "all", "create")
    return tmp_path / "s"


def test_a_stack_of_every_type_is_kept_and_deleted_by_later_commands(state):
    with LocalCloud(state) as cloud:
        assert cloud.notices == []
        listed = client(cloud).list_stack_resources(StackName="all")["StackResourceSummaries"]
        assert {resource["ResourceStatus"] for resource in listed} == {"CREATE_COMPLETE"}
        assert len({resource["ResourceType"] for resource in listed}) >= 25
        ec2 = cloud.session(ACCOUNT, REGION).client("ec2")
        vpcs = [r["PhysicalResourceId"] for r in listed if r["ResourceType"] == "AWS::EC2::VPC"]
        assert len(ec2.describe_vpcs(VpcIds=vpcs)["Vpcs"]) == len(vpcs)
    with LocalCloud(state) as cloud:
        client(cloud).delete_stack(StackName="all")
        settled(cloud, "all", "delete")
        assert cloud.notices == []
    with LocalCloud(state) as cloud:
        session = cloud.session(ACCOUNT, REGION)
        assert all(vpc["IsDefault"] for vpc in session.client("ec2").describe_vpcs()["Vpcs"])
        roles = session.client("iam").list_roles()["Roles"]
        assert [role["RoleName"] for role in roles] == ["ringwork-local-administrator"]
        assert session.client("logs").describe_log_groups()["logGroups"] == []


def test_the_end_of_a_command_waits_for_the_stack_it_started(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        client(cloud).create_stack(
            StackName="all", TemplateBody=EVERYTHING, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
    with LocalCloud(tmp_path / "s") as cloud:
        stack = client(cloud).describe_stacks(StackName="all")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
