"""Each resource type: a stack makes it, its service shows it, an update changes it, a deletion removes it."""

from __future__ import annotations

import dataclasses
import json

import jmespath
import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.cloudformation import PROVIDERS
from ringwork.cloud.emulator.cloudformation.resources import WRITTEN
from ringwork.source import parse_yaml

from .every_type import ACCOUNT, CASES, REGION
from .test_types import EVERYTHING


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("types") / "state") as cloud:
        organizations = cloud.session(ACCOUNT, REGION).client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        root = organizations.list_roots()["Roots"][0]["Id"]
        organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        yield cloud, root


class Stack:
    def __init__(self, local, case):
        self.cloud, root = local
        self.session = self.cloud.session(ACCOUNT, REGION)
        self.cloudformation = self.session.client("cloudformation")
        self.case = case
        self.name = "t-" + case.type.replace("::", "-").removeprefix("AWS-")
        self.root = root

    def _template(self, changes=None):
        properties = {**self.case.properties, **(changes or {})}
        resources = {**self.case.needs, "X": {"Type": self.case.type, "Properties": properties}}
        outputs = {}
        wanted = json.dumps(dict(self.case.arguments))
        for name in resources:
            outputs[f"Ref{name}"] = {"Value": {"Ref": name}}
        for word in wanted.replace('"', " ").split():
            if word.startswith("@"):
                name, _, attribute = word[1:].partition(".")
                outputs[f"Att{name}{attribute}"] = {"Value": {"Fn::GetAtt": [name, attribute]}}
        body = json.dumps({"Resources": resources, "Outputs": outputs})
        return body.replace("%root", self.root)

    def settled(self):
        assert self.cloud.engine().wait_idle(60)
        return self.cloudformation.describe_stacks(StackName=self.id)["Stacks"][0]

    def reasons(self):
        events = self.cloudformation.describe_stack_events(StackName=self.id)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if "ResourceStatusReason" in event]

    def create(self):
        answer = self.cloudformation.create_stack(
            StackName=self.name, TemplateBody=self._template(), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        self.id = answer["StackId"]
        return self.settled()["StackStatus"]

    def update(self):
        self.cloudformation.update_stack(
            StackName=self.id,
            TemplateBody=self._template(self.case.change),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        return self.settled()["StackStatus"]

    def delete(self):
        self.cloudformation.delete_stack(StackName=self.id)
        return self.settled()["StackStatus"]

    def ask(self):
        """What the service says of it, in the case's question."""
        outputs = {each["OutputKey"]: each["OutputValue"] for each in self.settled()["Outputs"]}

        def given(value):
            if isinstance(value, list):
                return [given(item) for item in value]
            if value == "$":
                return outputs["RefX"]
            if isinstance(value, str) and value.startswith("#"):
                return outputs[f"Ref{value[1:]}"]
            if isinstance(value, str) and value.startswith("@"):
                return outputs["Att" + value[1:].replace(".", "")]
            return value

        self.asked = {name: given(value) for name, value in self.case.arguments.items()}
        found = self.ask_again()
        return "$" if self.case.want == "$" and found == outputs["RefX"] else found

    def ask_again(self):
        """The same question, when the stack may be gone."""
        client = self.session.client(self.case.service)
        return jmespath.search(self.case.path, getattr(client, self.case.method)(**self.asked))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.type)
def test_made_read_changed_and_deleted(local, case):
    stack = Stack(local, case)
    assert stack.create() == "CREATE_COMPLETE", stack.reasons()
    try:
        assert stack.ask() == case.want
        if case.change is not None:
            before = stack.settled()["Outputs"]
            assert stack.update() == "UPDATE_COMPLETE", stack.reasons()
            assert stack.ask() == case.changed
            assert stack.settled()["Outputs"] == before  # in place: no other physical id
    finally:
        assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    try:
        after = stack.ask_again()
    except ClientError:
        return
    assert after != (case.want if case.change is None else case.changed)


def test_a_replica_key_is_made_from_a_key_of_another_region(local):
    cloud, _root = local
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    primary = cloud.session(ACCOUNT, "eu-west-1").client("kms").create_key(MultiRegion=True)["KeyMetadata"]
    session = cloud.session(ACCOUNT, REGION)
    resources = {
        "X": {
            "Type": "AWS::KMS::ReplicaKey",
            "Properties": {"PrimaryKeyArn": primary["Arn"], "KeyPolicy": policy},
        }
    }
    session.client("cloudformation").create_stack(
        StackName="replica", TemplateBody=json.dumps({"Resources": resources})
    )
    assert cloud.engine().wait_idle(60)
    stack = session.client("cloudformation").describe_stack_resources(StackName="replica")["StackResources"]
    assert stack[0]["ResourceStatus"] == "CREATE_COMPLETE", stack
    # KMS developer guide, "Multi-Region keys": related keys share the key id, each has its own policy
    assert stack[0]["PhysicalResourceId"] == primary["KeyId"]
    kms = session.client("kms")
    found = kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
    assert found["Arn"] == primary["Arn"].replace("eu-west-1", REGION)
    assert found["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
    assert json.loads(kms.get_key_policy(KeyId=primary["KeyId"], PolicyName="default")["Policy"]) == policy


def test_the_role_of_api_gateways_logs_outlives_its_stack(local):
    # Template reference, AWS::ApiGateway::Account: a deleted stack leaves the role in the settings
    cloud, _root = local
    session = cloud.session(ACCOUNT, REGION)
    arn = f"arn:aws:iam::{ACCOUNT}:role/logs"
    resources = {"X": {"Type": "AWS::ApiGateway::Account", "Properties": {"CloudWatchRoleArn": arn}}}
    cloudformation = session.client("cloudformation")
    cloudformation.create_stack(StackName="api-logs", TemplateBody=json.dumps({"Resources": resources}))
    assert cloud.engine().wait_idle(60)
    assert session.client("apigateway").get_account()["cloudwatchRoleArn"] == arn
    cloudformation.delete_stack(StackName="api-logs")
    assert cloud.engine().wait_idle(60)
    assert session.client("apigateway").get_account()["cloudwatchRoleArn"] == arn


def test_every_type_that_can_be_made_has_a_case():
    template = parse_yaml(EVERYTHING, "everything.yaml", cloudformation=True).value
    used = {each["Type"] for each in template["Resources"].values()}
    apart = {"AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::KMS::ReplicaKey"}
    apart |= {"AWS::ApiGateway::Account"}
    assert {case.type for case in CASES} | used | apart == set(PROVIDERS)
    assert set(WRITTEN) <= set(PROVIDERS)


def test_a_type_that_does_not_exist_is_refused(local):
    cloud, _root = local
    client = cloud.session(ACCOUNT, REGION).client("cloudformation")
    body = json.dumps({"Resources": {"X": {"Type": "AWS::Nonsense::Type", "Properties": {"Foo": "bar"}}}})
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Nonsense::Type\]"):
        client.create_stack(StackName="nonsense", TemplateBody=body)


@pytest.mark.parametrize("type", ["AWS::SNS::Topic", "AWS::SageMaker::Model", "AWS::WAFv2::WebACL"])
def test_a_property_that_the_type_lacks_is_refused(local, type):
    cloud, _root = local
    client = cloud.session(ACCOUNT, REGION).client("cloudformation")
    body = json.dumps({"Resources": {"X": {"Type": type, "Properties": {"Foo": "bar"}}}})
    with pytest.raises(ClientError, match="Foo"):
        client.create_stack(StackName="unknown-property", TemplateBody=body)


def test_a_stages_variables_are_changed_and_taken_away(local):
    case = next(case for case in CASES if case.type == "AWS::ApiGateway::Stage")
    properties = {**case.properties, "Variables": {"colour": "red", "size": "large"}}
    stack = Stack(
        local,
        dataclasses.replace(
            case, properties=properties, change={"Variables": {"colour": "blue"}}, path="variables"
        ),
    )
    stack.name += "-variables"
    assert stack.create() == "CREATE_COMPLETE", stack.reasons()
    assert stack.ask() == {"colour": "red", "size": "large"}
    assert stack.update() == "UPDATE_COMPLETE", stack.reasons()
    assert stack.ask() == {"colour": "blue"}
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_deployments_description_is_changed_by_another_deployment(local):
    """moto has no UpdateDeployment: a new deployment takes the place of the old one."""
    case = next(case for case in CASES if case.type == "AWS::ApiGateway::Deployment")
    stack = Stack(
        local, dataclasses.replace(case, change={"Description": "another"}, path="items[].description")
    )
    stack.name += "-described"
    assert stack.create() == "CREATE_COMPLETE", stack.reasons()
    assert stack.update() == "UPDATE_COMPLETE", stack.reasons()
    assert stack.ask() == ["another"]
    assert stack.delete() == "DELETE_COMPLETE"
