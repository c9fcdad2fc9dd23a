"""Nested stacks (CloudFormation User Guide, "Split a template into reusable pieces using nested stacks";
template reference, AWS::CloudFormation::Stack)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.cloud.emulator.cloudformation.conftest import new_engine

from ringwork.cloud.emulator.errors import AwsError

URL = "https://templates.s3.eu-west-1.amazonaws.com/"
BROKEN = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-00000000", "CidrBlock": "10.9.0.0/24"}}


def group(name: Any, days: Any = 7) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": days}}


def nested(key: str, **parameters: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": URL + key, "Parameters": parameters},
    }


def logs(**more: Any) -> dict[str, Any]:
    """A child that makes a log group of a given name and gives its name back."""
    return {
        "Parameters": {"Name": {"Type": "String"}, "Days": {"Type": "Number", "Default": 7}},
        "Resources": {"Group": group({"Ref": "Name"}, {"Ref": "Days"}), **more},
        "Outputs": {"Group": {"Value": {"Ref": "Group"}}},
    }


@pytest.fixture
def templates(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def put(key: str, template: dict[str, Any]) -> None:
        s3.put_object(Bucket="templates", Key=key, Body=json.dumps(template))

    put("logs.json", logs())
    return put


def groups(cloud) -> dict[str, int]:
    found = cloud.client("logs").describe_log_groups()["logGroups"]
    return {item["logGroupName"]: item["retentionInDays"] for item in found}


def child(cloud, parent: str = "root", logical: str = "Child") -> dict[str, Any]:
    return cloud.stack(cloud.physical(parent, logical))


def test_a_nested_stack_is_made_with_its_parent_and_gives_its_outputs(cloud, templates):
    after = group({"Fn::Sub": "${Child.Outputs.Group}-2"})
    outputs = {"Name": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Group"]}}}
    status = cloud.create(
        "root", {"After": after, "Child": nested("logs.json", Name="/a")}, Outputs=outputs, Tags=[]
    )
    assert status == "CREATE_COMPLETE"
    assert groups(cloud) == {"/a": 7, "/a-2": 7}
    assert cloud.outputs("root") == {"Name": "/a"}
    stack, root = child(cloud), cloud.stack("root")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert (stack["ParentId"], stack["RootId"]) == (root["StackId"], root["StackId"])
    assert stack["StackName"].startswith("root-Child-")
    assert "ParentId" not in root


def test_a_nested_stack_is_updated_with_its_parent(cloud, templates):
    cloud.create("root", {"Child": nested("logs.json", Name="/a")})
    before = child(cloud)["StackId"]
    assert cloud.update("root", {"Child": nested("logs.json", Name="/a", Days=30)}) == "UPDATE_COMPLETE"
    assert groups(cloud) == {"/a": 30}
    assert (child(cloud)["StackId"], child(cloud)["StackStatus"]) == (before, "UPDATE_COMPLETE")


def test_a_new_template_behind_the_same_url_is_an_update(cloud, templates):
    resources = {"Child": nested("logs.json", Name="/a")}
    cloud.create("root", resources)
    with pytest.raises(AwsError, match="No updates are to be performed"):
        cloud.update("root", resources)
    templates("logs.json", logs(Extra=group("/extra")))
    assert cloud.update("root", resources) == "UPDATE_COMPLETE"
    assert groups(cloud) == {"/a": 7, "/extra": 7}


def test_what_uses_an_output_follows_it(cloud, templates):
    def resources(name: str) -> dict[str, Any]:
        return {
            "Child": nested("logs.json", Name=name),
            "After": group({"Fn::Sub": "${Child.Outputs.Group}-2"}),
        }

    cloud.create("root", resources("/a"))
    assert cloud.update("root", resources("/b")) == "UPDATE_COMPLETE"
    assert set(groups(cloud)) == {"/b", "/b-2"}


def test_a_change_set_shows_the_nested_stack_and_what_may_follow_it(cloud, templates):
    after = group({"Fn::Sub": "${Child.Outputs.Group}-2"})
    cloud.create("root", {"Child": nested("logs.json", Name="/a"), "After": after})
    changed = {"Child": nested("logs.json", Name="/b"), "After": after}
    body = json.dumps({"Resources": changed})
    cloud.call("CreateChangeSet", StackName="root", ChangeSetName="c", TemplateBody=body)
    changes = cloud.call("DescribeChangeSet", StackName="root", ChangeSetName="c")["Changes"]
    shown = {
        item["ResourceChange"]["LogicalResourceId"]: (
            item["ResourceChange"]["Action"],
            item["ResourceChange"]["Replacement"],
        )
        for item in changes
    }
    # the name of the second group is known only afterwards: API reference, ResourceChange, Replacement
    assert shown == {"Child": ("Modify", "False"), "After": ("Modify", "Conditional")}


def test_a_nested_stack_is_deleted_with_its_parent(cloud, templates):
    cloud.create("root", {"Child": nested("logs.json", Name="/a")})
    identifier = child(cloud)["StackId"]
    assert cloud.delete("root") == "DELETE_COMPLETE"
    assert cloud.stack(identifier)["StackStatus"] == "DELETE_COMPLETE"
    assert groups(cloud) == {}


def test_a_nested_stack_removed_from_the_template_is_deleted(cloud, templates):
    cloud.create("root", {"Child": nested("logs.json", Name="/a"), "Own": group("/own")})
    identifier = child(cloud)["StackId"]
    assert cloud.update("root", {"Own": group("/own")}) == "UPDATE_COMPLETE"
    assert cloud.stack(identifier)["StackStatus"] == "DELETE_COMPLETE"
    assert groups(cloud) == {"/own": 7}


def test_a_nested_stack_that_fails_rolls_its_parent_back(cloud, templates):
    templates("bad.json", logs(Bad={**BROKEN, "DependsOn": "Group"}))
    resources = {"Own": group("/own"), "Child": {**nested("bad.json", Name="/a"), "DependsOn": "Own"}}
    assert cloud.create("root", resources) == "ROLLBACK_COMPLETE"
    assert groups(cloud) == {}
    assert any(
        text.startswith("Embedded stack arn:aws:cloudformation:eu-west-1:")
        and text.endswith("was not successfully created: The following resource(s) failed to create: [Bad]. ")
        for text in cloud.reasons("root")
    )
    names = [stack["StackName"] for stack in cloud.call("DescribeStacks")["Stacks"]]
    assert names == ["root"]


def test_a_nested_update_that_fails_brings_the_parent_back(cloud, templates):
    cloud.create("root", {"Child": nested("logs.json", Name="/a"), "Own": group("/own")})
    templates("bad.json", logs(Bad={**BROKEN, "DependsOn": "Group"}))
    changed = {
        "Own": group("/own", 30),
        "Child": {**nested("bad.json", Name="/a", Days=30), "DependsOn": "Own"},
    }
    assert cloud.update("root", changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud) == {"/a": 7, "/own": 7}
    assert child(cloud)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason" in t for t in cloud.reasons("root"))


def test_a_failure_after_a_nested_update_brings_the_nested_stack_back_to_its_old_template(cloud, templates):
    resources = {"Child": nested("logs.json", Name="/a")}
    cloud.create("root", resources)
    # the same URL, so only the nested stack itself still knows what the template was
    templates("logs.json", logs(Extra=group("/extra")))
    failing = {**resources, "Bad": {**BROKEN, "DependsOn": "Child"}}
    assert cloud.update("root", failing) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud) == {"/a": 7}


def test_stacks_nest_in_nested_stacks(cloud, templates):
    templates(
        "middle.json",
        {
            "Parameters": {"Name": {"Type": "String"}},
            "Resources": {"Leaf": nested("logs.json", Name={"Ref": "Name"})},
            "Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Leaf", "Outputs.Group"]}}},
        },
    )
    root = {"Child": nested("middle.json", Name="/deep")}
    outputs = {"Group": {"Value": {"Fn::GetAtt": "Child.Outputs.Group"}}}
    assert cloud.create("root", root, Outputs=outputs) == "CREATE_COMPLETE"
    assert cloud.outputs("root") == {"Group": "/deep"}
    leaf = child(cloud, child(cloud)["StackName"], "Leaf")
    assert (leaf["ParentId"], leaf["RootId"]) == (child(cloud)["StackId"], cloud.stack("root")["StackId"])
    assert cloud.delete("root") == "DELETE_COMPLETE"
    assert groups(cloud) == {}


def test_iam_in_a_nested_template_needs_the_parents_acknowledgement(cloud, templates):
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}
    templates("iam.json", {"Resources": {"Role": role}})
    resources = {"Child": {"Type": nested("x")["Type"], "Properties": {"TemplateURL": URL + "iam.json"}}}
    assert cloud.create("root", resources, Capabilities=[]) == "ROLLBACK_COMPLETE"
    assert any("Requires capabilities : [CAPABILITY_IAM]" in text for text in cloud.reasons("root"))


def test_a_missing_template_fails_the_resource(cloud, templates):
    assert cloud.create("root", {"Child": nested("absent.json")}) == "ROLLBACK_COMPLETE"
    assert any("S3 error" in text for text in cloud.reasons("root"))


def test_a_nested_stack_stands_under_its_roots_termination_protection(cloud, templates):
    # User Guide, "Protect CloudFormation stacks from being deleted": termination protection and nested stacks
    cloud.create("root", {"Child": nested("logs.json", Name="/a")}, EnableTerminationProtection=True)
    name = child(cloud)["StackName"]
    assert child(cloud)["EnableTerminationProtection"] is True
    with pytest.raises(AwsError, match="cannot be deleted while TerminationProtection is enabled"):
        cloud.call("DeleteStack", StackName=name)
    with pytest.raises(AwsError, match="can only be changed on its root stack"):
        cloud.call("UpdateTerminationProtection", StackName=name, EnableTerminationProtection=False)
    assert cloud.update("root", {"Own": group("/own")}) == "UPDATE_COMPLETE"
    assert groups(cloud) == {"/own": 7}


def test_an_output_that_the_nested_stack_lacks_fails_the_resource(cloud, templates):
    resources = {
        "Child": nested("logs.json", Name="/a"),
        "After": group({"Fn::GetAtt": ["Child", "Outputs.Nope"]}),
    }
    assert cloud.create("root", resources) == "ROLLBACK_COMPLETE"
    assert groups(cloud) == {}


def test_a_parent_does_not_look_into_its_nested_stacks_for_drift(cloud, templates):
    cloud.create("root", {"Child": nested("logs.json", Name="/a")})
    cloud.client("logs").put_retention_policy(logGroupName="/a", retentionInDays=365)
    cloud.call("DetectStackDrift", StackName="root")
    cloud.settled("root")
    assert cloud.stack("root")["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"


def test_without_rollback_the_next_update_goes_on_in_the_nested_stack(cloud, templates):
    # User Guide, "Choose how to handle failures when provisioning resources"
    templates("bad.json", logs(Bad={**BROKEN, "DependsOn": "Group"}))
    resources = {"Child": nested("bad.json", Name="/a")}
    assert cloud.create("root", resources, DisableRollback=True) == "CREATE_FAILED"
    before = child(cloud)
    assert before["StackStatus"] == "CREATE_FAILED"
    templates("bad.json", logs(Extra=group("/extra")))
    assert cloud.update("root", resources) == "UPDATE_COMPLETE"
    assert (child(cloud)["StackId"], child(cloud)["StackStatus"]) == (before["StackId"], "UPDATE_COMPLETE")
    assert groups(cloud) == {"/a": 7, "/extra": 7}


def test_interrupted_nested_stacks_go_on(cloud, templates):
    cloud.create("root", {"Child": nested("logs.json", Name="/a")})
    state = json.loads(json.dumps(cloud.engine.dump()))
    for stack in state["stacks"]:  # as if the process had died while both were being updated
        stack["status"] = "UPDATE_IN_PROGRESS"
        for record in stack["resources"].values():
            record["status"] = "UPDATE_IN_PROGRESS"
    cloud.engine = new_engine()
    cloud.engine.load(state)
    assert cloud.stack("root")["StackStatus"] == child(cloud)["StackStatus"] == "UPDATE_FAILED"
    assert cloud.update("root", {"Child": nested("logs.json", Name="/a", Days=30)}) == "UPDATE_COMPLETE"
    assert child(cloud)["ParentId"] == cloud.stack("root")["StackId"]
    assert groups(cloud) == {"/a": 30}
