"""Stacks in the local cloud with authorization: CloudFormation does what the caller or the service role may
(CloudFormation User Guide, "Control CloudFormation access with AWS Identity and Access Management" and "AWS
CloudFormation service role")."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
TEMPLATE = json.dumps(
    {
        "Resources": {
            "First": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/first"}},
            "Vpc": {
                "Type": "AWS::EC2::VPC",
                "DependsOn": "First",
                "Properties": {"CidrBlock": "10.7.0.0/16"},
            },
        }
    }
)


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


class Account:
    """An account with roles that may do some things."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud

    def client(self, service: str, role: str | None = None) -> Any:
        return self.cloud.session(ACCOUNT, REGION, role).client(service)

    def role(self, name: str, *actions: str, trusted: dict[str, str] | None = None) -> str:
        iam = self.client("iam")
        made = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=document(Principal=trusted or {"AWS": ROOT}, Action="sts:AssumeRole"),
        )
        iam.put_role_policy(
            RoleName=name,
            PolicyName="p",
            PolicyDocument=document(Action=list(actions) or "none:None", Resource="*"),
        )
        return str(made["Role"]["Arn"])

    def create(self, role: str, **parameters: Any) -> str:
        stacks = self.client("cloudformation", role)
        stacks.create_stack(StackName="s", TemplateBody=TEMPLATE, **parameters)
        return self.settled()

    def settled(self) -> str:
        assert self.cloud.engine().wait_idle(60)
        found = self.client("cloudformation").describe_stacks(StackName="s")
        return str(found["Stacks"][0]["StackStatus"])

    def made(self) -> tuple[list[str], int]:
        groups = self.client("logs").describe_log_groups()["logGroups"]
        wanted = [{"Name": "cidr", "Values": ["10.7.0.0/16"]}]
        vpcs = self.client("ec2").describe_vpcs(Filters=wanted)["Vpcs"]
        return [item["logGroupName"] for item in groups], len(vpcs)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with LocalCloud(tmp_path / "state") as cloud:
        yield Account(cloud)


BOTH = (["/first"], 1)
NOTHING: tuple[list[str], int] = ([], 0)


def test_what_the_caller_may_not_make_rolls_the_stack_back(account):
    account.role("logger", "cloudformation:*", "logs:*")
    assert account.create("logger") == "ROLLBACK_COMPLETE"
    assert account.made() == NOTHING
    events = account.client("cloudformation").describe_stack_events(StackName="s")["StackEvents"]
    failed = next(event for event in events if event["ResourceStatus"] == "CREATE_FAILED")
    assert failed["LogicalResourceId"] == "Vpc"
    assert "ec2:CreateVpc" in failed["ResourceStatusReason"]
    assert "assumed-role/logger/" in failed["ResourceStatusReason"]
    assert "HandlerErrorCode: AccessDenied" in failed["ResourceStatusReason"]


def test_who_may_everything_that_is_needed_makes_the_stack(account):
    account.role("builder", "cloudformation:*", "logs:*", "ec2:*")
    assert account.create("builder") == "CREATE_COMPLETE"
    assert account.made() == BOTH


def test_who_may_not_create_stacks_does_not_begin(account):
    account.role("maker", "logs:*", "ec2:*")
    with pytest.raises(ClientError, match="cloudformation:CreateStack") as error:
        account.create("maker")
    assert error.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    assert account.made() == NOTHING


def test_a_service_role_makes_what_its_caller_may_not(account):
    arn = account.role("service", "logs:*", "ec2:*", trusted={"Service": "cloudformation.amazonaws.com"})
    account.role("clicker", "cloudformation:*", "iam:PassRole")
    assert account.create("clicker", RoleARN=arn) == "CREATE_COMPLETE"
    assert account.made() == BOTH
    # whoever asks, later operations have the role as well
    account.client("cloudformation", "clicker").delete_stack(StackName="s")
    assert account.cloud.engine().wait_idle(60)
    assert account.made() == NOTHING


def test_a_service_role_must_be_passed(account):
    arn = account.role("service", "logs:*", "ec2:*", trusted={"Service": "cloudformation.amazonaws.com"})
    account.role("clicker", "cloudformation:*")
    with pytest.raises(ClientError, match="iam:PassRole"):
        account.create("clicker", RoleARN=arn)
    assert account.made() == NOTHING


def test_a_role_that_trusts_somebody_else_is_no_service_role(account):
    arn = account.role("other", "logs:*", "ec2:*", trusted={"Service": "ec2.amazonaws.com"})
    account.role("clicker", "cloudformation:*", "iam:PassRole")
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        account.create("clicker", RoleARN=arn)
    assert account.made() == NOTHING


def test_a_deletion_by_who_may_not_delete_fails_and_says_so(account):
    account.role("builder", "cloudformation:*", "logs:*", "ec2:*")
    account.role("logger", "cloudformation:*", "logs:*")
    account.create("builder")
    account.client("cloudformation", "logger").delete_stack(StackName="s")
    assert account.settled() == "DELETE_FAILED"
    reason = account.client("cloudformation").describe_stacks(StackName="s")["Stacks"][0]["StackStatusReason"]
    assert reason == "The following resource(s) failed to delete: [Vpc]. "
    assert account.made()[1] == 1


def test_a_nested_stack_needs_the_right_to_create_stacks_of_its_name(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="nested", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="nested", Key="t.json", Body=TEMPLATE)
    url = f"https://nested.s3.{REGION}.amazonaws.com/t.json"
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    account.role("wide", "cloudformation:*", "logs:*", "ec2:*", "s3:GetObject")
    body = json.dumps({"Resources": {"Child": child}})
    stacks = account.client("cloudformation", "wide")
    stacks.create_stack(StackName="s", TemplateBody=body)
    assert account.settled() == "CREATE_COMPLETE"
    assert account.made() == BOTH
    stacks.delete_stack(StackName="s")
    assert account.cloud.engine().wait_idle(60)
    assert account.made() == NOTHING
    account.role("narrow", "logs:*", "ec2:*", "s3:GetObject")
    account.client("iam").put_role_policy(
        RoleName="narrow",
        PolicyName="stack",
        PolicyDocument=document(
            Action="cloudformation:*", Resource=f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/*"
        ),
    )
    account.client("cloudformation", "narrow").create_stack(StackName="s", TemplateBody=body)
    assert account.settled() == "ROLLBACK_COMPLETE"
    assert account.made() == NOTHING
