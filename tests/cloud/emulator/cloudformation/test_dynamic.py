"""Values from Parameter Store and Secrets Manager (CloudFormation User Guide, "Get values stored in other
services using dynamic references", and its page on parameter types that CloudFormation supplies)."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator.cloudformation import dynamic
from ringwork.cloud.emulator.errors import AwsError


@pytest.fixture
def stored(cloud):
    """A cloud with a parameter of two versions, a list, and a secret."""
    ssm, secrets = cloud.client("ssm"), cloud.client("secretsmanager")
    ssm.put_parameter(Name="/name", Type="String", Value="/first")
    ssm.put_parameter(Name="/name", Type="String", Value="/second", Overwrite=True)
    ssm.put_parameter(Name="/list", Type="StringList", Value="a,b")
    secrets.create_secret(Name="db", SecretString=json.dumps({"user": "/admin", "password": "hush"}))
    return cloud


def group(name: object) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}


def names(cloud) -> list[str]:
    return [item["logGroupName"] for item in cloud.client("logs").describe_log_groups()["logGroups"]]


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("{{resolve:ssm:/name}}", "/second"),
        ("{{resolve:ssm:/name:1}}", "/first"),
        ("{{resolve:secretsmanager:db:SecretString:user}}", "/admin"),
        ("{{resolve:secretsmanager:db:SecretString:user:AWSCURRENT}}", "/admin"),
        ("/x{{resolve:ssm:/name:1}}/y", "/x/first/y"),
    ],
)
def test_a_reference_stands_for_the_value(stored, reference, value):
    assert stored.create("s", {"A": group(reference)}) == "CREATE_COMPLETE"
    assert names(stored) == [value]
    assert stored.physical("s", "A") == value


def test_the_stack_keeps_the_reference_and_never_the_value(stored):
    reference = "{{resolve:secretsmanager:db:SecretString:password}}"
    assert stored.create("s", {"A": group(reference)}) == "CREATE_COMPLETE"
    events = stored.call("DescribeStackEvents", StackName="s")["StackEvents"]
    properties = [event["ResourceProperties"] for event in events if "ResourceProperties" in event]
    assert properties == [json.dumps({"LogGroupName": reference})]
    assert "hush" not in json.dumps(stored.engine.dump()["stacks"][0]["resources"]["A"]["properties"])
    stored.call("DetectStackDrift", StackName="s")
    stored.settled("s")
    assert stored.stack("s")["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"


@pytest.mark.parametrize(
    "reference",
    [
        "{{resolve:ssm:/absent}}",
        "{{resolve:secretsmanager:absent}}",
        "{{resolve:secretsmanager:db:SecretString:absent}}",
        "{{resolve:elsewhere:/name}}",
        "{{resolve:ssm-secure:/name:1}}",
    ],
)
def test_a_reference_that_leads_nowhere_fails_the_resource(stored, reference):
    assert stored.create("s", {"A": group(reference)}) == "ROLLBACK_COMPLETE"
    assert names(stored) == []


def test_a_secret_may_be_named_by_its_arn(stored):
    arn = stored.client("secretsmanager").describe_secret(SecretId="db")["ARN"]
    reference = "{{resolve:secretsmanager:" + arn + ":SecretString:user}}"
    assert dynamic.resolved({"a": [reference]}, stored.client) == {"a": ["/admin"]}


def test_a_parameter_may_name_its_value_in_parameter_store(stored):
    parameters = {
        "Name": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/name"},
        "All": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/list"},
    }
    outputs = {"Second": {"Value": {"Fn::Select": [1, {"Ref": "All"}]}}}
    resources = {"A": group({"Ref": "Name"})}
    assert stored.create("s", resources, Parameters=parameters, Outputs=outputs) == "CREATE_COMPLETE"
    assert names(stored) == ["/second"]
    assert stored.outputs("s") == {"Second": "b"}
    described = {item["ParameterKey"]: item for item in stored.stack("s")["Parameters"]}
    assert described["Name"] == {
        "ParameterKey": "Name",
        "ParameterValue": "/name",
        "ResolvedValue": "/second",
    }
    # an update reads the value anew
    stored.client("ssm").put_parameter(Name="/name", Type="String", Value="/third", Overwrite=True)
    assert stored.update("s", resources, Parameters=parameters, Outputs=outputs) == "UPDATE_COMPLETE"
    assert names(stored) == ["/third"]


def test_a_name_that_parameter_store_does_not_know_is_refused(stored):
    parameters = {"Name": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/absent"}}
    with pytest.raises(
        AwsError, match=r"Unable to fetch parameters .*absent.* from parameter store"
    ) as error:
        stored.create("s", {"A": group({"Ref": "Name"})}, Parameters=parameters)
    assert error.value.code == "ValidationError"
