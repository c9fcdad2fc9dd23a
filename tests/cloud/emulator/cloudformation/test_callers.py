"""With whose credentials a stack's resources are made (CloudFormation User Guide, "AWS CloudFormation service
role": the caller's, unless the stack has a service role, which then stays with the stack)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.cloudformation import Engine
from ringwork.cloud.emulator.errors import AwsError

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
UNTRUSTING = f"arn:aws:iam::{ACCOUNT}:role/untrusting"
ANA = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDAANA", kind="user")
BEN = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ben", "AIDABEN", kind="user")


class Recorded:
    """An engine that notes for whom it asks each client."""

    def __init__(self) -> None:
        self.asked: set[tuple[str, Caller | None, str | None]] = set()
        self.engine = Engine(self.client)

    def client(
        self, service: str, _account: str, region: str, /, *, caller: Any = None, role: Any = None
    ) -> Any:
        if role == UNTRUSTING:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
        self.asked.add((service, caller, role))
        return boto3.client(service, region_name=region)

    def call(self, operation: str, caller: Caller | None, **parameters: Any) -> None:
        self.asked.clear()
        self.engine.call(operation, ACCOUNT, REGION, {"StackName": "s", **parameters}, caller=caller)
        assert self.engine.wait_idle(30)


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with mock_aws():
        yield Recorded()


def template(days: int) -> str:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a", "RetentionInDays": days}}
    return json.dumps({"Resources": {"Group": group}})


def test_each_operation_works_with_the_credentials_of_who_asked(recorded):
    recorded.call("CreateStack", ANA, TemplateBody=template(7))
    assert recorded.asked == {("logs", ANA, None)}
    recorded.call("UpdateStack", BEN, TemplateBody=template(14))
    assert recorded.asked == {("logs", BEN, None)}
    recorded.call("DeleteStack", ANA)
    assert recorded.asked == {("logs", ANA, None)}


def test_a_service_role_stays_with_the_stack(recorded):
    recorded.call("CreateStack", ANA, TemplateBody=template(7), RoleARN=ROLE)
    assert recorded.asked == {("sts", ANA, ROLE), ("logs", ANA, ROLE)}
    recorded.call("UpdateStack", BEN, TemplateBody=template(14))
    assert recorded.asked == {("logs", BEN, ROLE)}
    recorded.call("DeleteStack", BEN)
    assert recorded.asked == {("logs", BEN, ROLE)}


def test_a_change_set_works_with_the_credentials_of_who_executes_it(recorded):
    recorded.call("CreateChangeSet", ANA, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template(7))
    assert recorded.asked == set()
    recorded.call("ExecuteChangeSet", BEN, ChangeSetName="c")
    assert recorded.asked == {("logs", BEN, None)}


def test_a_role_that_does_not_trust_cloudformation_is_refused(recorded):
    with pytest.raises(AwsError, match=f"Role {UNTRUSTING} is invalid or cannot be assumed") as error:
        recorded.call("CreateStack", ANA, TemplateBody=template(7), RoleARN=UNTRUSTING)
    assert error.value.code == "ValidationError"
    assert recorded.engine.call("DescribeStacks", ACCOUNT, REGION, {})["Stacks"] == []


def test_a_request_that_cloudformation_makes_to_itself_lengthens_no_chain(recorded):
    # IAM user guide, "Forward access sessions" and aws:CalledVia: each service of the chain once
    via = replace(ANA, called_via=("servicecatalog.amazonaws.com", "cloudformation.amazonaws.com"))
    recorded.call("CreateStack", via, TemplateBody=template(7))
    [(_service, caller, _role)] = recorded.asked
    assert caller == replace(ANA, called_via=("servicecatalog.amazonaws.com",))
