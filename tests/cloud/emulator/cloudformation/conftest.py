"""The engine over moto, driven as boto3 would drive it through the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ringwork.cloud.emulator.cloudformation import Engine
from ringwork.cloud.emulator.errors import AwsError

ACCOUNT = "123456789012"  # moto's own for clients without an assumed role
REGION = "eu-west-1"


class Cloud:
    """One account and Region: short names for what the tests do all the time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.engine.call(operation, ACCOUNT, REGION, parameters)

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    def create(self, name: str, resources: Mapping[str, Any], **rest: Any) -> str:
        """Create a stack, wait, and give its status."""
        self.call("CreateStack", StackName=name, TemplateBody=body(resources, rest), **arguments(rest))
        return self.settled(name)

    def update(self, name: str, resources: Mapping[str, Any], **rest: Any) -> str:
        self.call("UpdateStack", StackName=name, TemplateBody=body(resources, rest), **arguments(rest))
        return self.settled(name)

    def delete(self, name: str) -> str:
        identifier = self.stack(name)["StackId"]
        self.call("DeleteStack", StackName=name)
        return self.settled(identifier)

    def settled(self, name: str) -> str:
        assert self.engine.wait_idle(30)
        return str(self.stack(name)["StackStatus"])

    def stack(self, name: str) -> dict[str, Any]:
        return dict(self.call("DescribeStacks", StackName=name)["Stacks"][0])

    def outputs(self, name: str) -> dict[str, str]:
        return {item["OutputKey"]: item["OutputValue"] for item in self.stack(name).get("Outputs", [])}

    def physical(self, name: str, logical: str) -> str:
        detail = self.call("DescribeStackResource", StackName=name, LogicalResourceId=logical)
        return str(detail["StackResourceDetail"]["PhysicalResourceId"])

    def events(self, name: str) -> list[tuple[str, str]]:
        """Logical id and status, oldest first."""
        events = self.call("DescribeStackEvents", StackName=name)["StackEvents"]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(events)]

    def reasons(self, name: str) -> list[str]:
        events = self.call("DescribeStackEvents", StackName=name)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if "ResourceStatusReason" in event]


_SECTIONS = ("Transform", "Outputs", "Parameters", "Conditions", "Mappings", "Metadata", "Description")


def body(resources: Mapping[str, Any], rest: Mapping[str, Any]) -> str:
    sections = {name: rest[name] for name in _SECTIONS if name in rest and not isinstance(rest[name], list)}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, **sections})


def arguments(rest: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in rest.items() if name not in _SECTIONS or isinstance(value, list)}
    if "Values" in given:
        values = given.pop("Values")
        given["Parameters"] = [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]
    return {"Capabilities": ["CAPABILITY_NAMED_IAM"], **given}


class EngineClient:
    """A CloudFormation client whose calls the engine answers, as the gateway would make them."""

    meta = None

    def __init__(self, engine: Engine, region: str) -> None:
        self._engine, self._region = engine, region

    def __getattr__(self, name: str) -> Any:
        operation = "".join(part.title() for part in name.split("_"))

        def call(**parameters: Any) -> dict[str, Any]:
            try:
                return self._engine.call(operation, ACCOUNT, self._region, parameters)
            except AwsError as error:
                answer: Any = {"Error": {"Code": error.code, "Message": error.message}}
                raise ClientError(answer, operation) from error

        return call


def new_engine() -> Engine:
    """An engine over moto; who calls does not matter."""

    def client(service: str, _account: str, region: str, /, **_who: Any) -> Any:
        if service == "cloudformation":
            return EngineClient(engine, region)
        made = boto3.client(service, region_name=region)
        if service == "logs":
            # plain moto knows no data protection policies, and none is made here
            made.get_data_protection_policy = lambda **_group: {}
        return made

    engine = Engine(client)
    return engine


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud(new_engine())
