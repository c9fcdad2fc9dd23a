"""Stacks from creation to deletion: states, events, rollbacks."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator.errors import AwsError

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


def bucket(name: str, **properties: object) -> dict[str, object]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **properties}}


def subnet(block: str) -> dict[str, object]:
    return {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": block}}


def log_group(name: str, **properties: object) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, **properties}}


BROKEN = subnet("10.9.0.0/24")
"""A subnet outside its VPC: every check of the template passes, and EC2 refuses it."""


def test_resources_are_made_in_the_order_of_their_references(cloud):
    assert cloud.create("net", {"Subnet": subnet("10.0.1.0/24"), "Vpc": VPC}) == "CREATE_COMPLETE"
    assert cloud.events("net") == [
        ("net", "CREATE_IN_PROGRESS"),
        ("Vpc", "CREATE_IN_PROGRESS"),
        ("Vpc", "CREATE_IN_PROGRESS"),
        ("Vpc", "CREATE_COMPLETE"),
        ("Subnet", "CREATE_IN_PROGRESS"),
        ("Subnet", "CREATE_IN_PROGRESS"),
        ("Subnet", "CREATE_COMPLETE"),
        ("net", "CREATE_COMPLETE"),
    ]


def test_a_failed_creation_removes_what_was_made(cloud):
    assert cloud.create("net", {"Vpc": VPC, "Bad": BROKEN}) == "ROLLBACK_COMPLETE"
    found = cloud.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]
    assert found == []
    assert cloud.events("net")[-5:] == [
        ("net", "ROLLBACK_IN_PROGRESS"),
        ("Bad", "DELETE_COMPLETE"),
        ("Vpc", "DELETE_IN_PROGRESS"),
        ("Vpc", "DELETE_COMPLETE"),
        ("net", "ROLLBACK_COMPLETE"),
    ]
    reasons = " ".join(cloud.reasons("net"))
    assert "The following resource(s) failed to create: [Bad]. Rollback requested by user." in reasons
    assert "InvalidSubnet.Range" in reasons


def test_a_resource_that_fails_after_it_was_made_is_removed_too(cloud):
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "ManagedPolicyArns": ["arn:aws:iam::123456789012:policy/nobody-made-this"],
        },
    }
    assert cloud.create("iam", {"Role": role}) == "ROLLBACK_COMPLETE"
    assert cloud.client("iam").list_roles()["Roles"] == []
    assert "HandlerErrorCode: NotFound" in " ".join(cloud.reasons("iam"))


def test_without_rollback_what_was_made_stays_and_an_update_goes_on(cloud):
    status = cloud.create("net", {"Vpc": VPC, "Bad": BROKEN}, DisableRollback=True)
    assert status == "CREATE_FAILED"
    vpc = cloud.physical("net", "Vpc")
    assert cloud.update("net", {"Vpc": VPC, "Bad": subnet("10.0.9.0/24")}) == "UPDATE_COMPLETE"
    assert cloud.physical("net", "Vpc") == vpc


def test_on_failure_delete_leaves_nothing(cloud):
    cloud.call(
        "CreateStack",
        StackName="net",
        TemplateBody=json.dumps({"Resources": {"Vpc": VPC, "Bad": BROKEN}}),
        OnFailure="DELETE",
    )
    cloud.engine.wait_idle(30)
    stacks = cloud.call("ListStacks")["StackSummaries"]
    assert [(stack["StackName"], stack["StackStatus"]) for stack in stacks] == [("net", "DELETE_COMPLETE")]


def test_an_update_in_place_keeps_the_physical_id(cloud):
    cloud.create("logs", {"Group": log_group("/a", RetentionInDays=7)})
    assert cloud.update("logs", {"Group": log_group("/a", RetentionInDays=30)}) == "UPDATE_COMPLETE"
    assert cloud.physical("logs", "Group") == "/a"
    assert cloud.client("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 30


def test_a_replacement_makes_the_new_before_it_deletes_the_old(cloud):
    cloud.create("logs", {"Group": log_group("/a")})
    assert cloud.update("logs", {"Group": log_group("/b")}) == "UPDATE_COMPLETE"
    assert [group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]] == [
        "/b"
    ]
    assert cloud.events("logs")[-8:] == [
        ("Group", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_COMPLETE"),
        ("logs", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Group", "DELETE_IN_PROGRESS"),
        ("Group", "DELETE_COMPLETE"),
        ("logs", "UPDATE_COMPLETE"),
    ]


def test_dependents_follow_a_replacement(cloud):
    first = {"Vpc": VPC, "Subnet": subnet("10.0.1.0/24")}
    cloud.create("net", first)
    before = cloud.physical("net", "Subnet")
    moved = {"Vpc": {**VPC, "Properties": {"CidrBlock": "10.1.0.0/16"}}, "Subnet": subnet("10.1.1.0/24")}
    assert cloud.update("net", moved) == "UPDATE_COMPLETE"
    ec2 = cloud.client("ec2")
    found = ec2.describe_subnets(SubnetIds=[cloud.physical("net", "Subnet")])["Subnets"][0]
    assert found["VpcId"] == cloud.physical("net", "Vpc")
    assert before not in [item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]]


def test_a_resource_with_a_custom_name_is_not_replaced(cloud):
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "worker",
            "Path": "/a/",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        },
    }
    cloud.create("iam", {"Role": role})
    moved = {**role, "Properties": {**role["Properties"], "Path": "/b/"}}
    assert cloud.update("iam", {"Role": moved}) == "UPDATE_ROLLBACK_COMPLETE"
    assert any(
        "custom-named resource requires replacing. Rename worker" in text for text in cloud.reasons("iam")
    )


def test_a_failed_update_brings_everything_back(cloud):
    cloud.create("net", {"Vpc": VPC, "Logs": log_group("/a", RetentionInDays=7), "Old": log_group("/old")})
    old = cloud.physical("net", "Vpc")
    changed = {
        "Vpc": VPC,
        "Logs": log_group("/a", RetentionInDays=30),
        "Old": log_group("/new"),
        "Extra": log_group("/extra"),
        "Bad": {**BROKEN, "DependsOn": ["Logs", "Old", "Extra"]},
    }
    assert cloud.update("net", changed) == "UPDATE_ROLLBACK_COMPLETE"
    groups = {g["logGroupName"]: g for g in cloud.client("logs").describe_log_groups()["logGroups"]}
    assert set(groups) == {"/a", "/old"}
    assert groups["/a"]["retentionInDays"] == 7
    assert cloud.physical("net", "Vpc") == old
    assert cloud.physical("net", "Old") == "/old"
    assert "Extra" not in cloud.call("GetTemplate", StackName="net")["TemplateBody"]
    resources = cloud.call("ListStackResources", StackName="net")["StackResourceSummaries"]
    assert {item["LogicalResourceId"] for item in resources} == {"Vpc", "Logs", "Old"}
    assert ("net", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS") in cloud.events("net")


def test_a_resource_removed_from_the_template_is_deleted(cloud):
    cloud.create("logs", {"A": log_group("/a"), "B": log_group("/b")})
    assert cloud.update("logs", {"A": log_group("/a")}) == "UPDATE_COMPLETE"
    assert [g["logGroupName"] for g in cloud.client("logs").describe_log_groups()["logGroups"]] == ["/a"]


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_retained_resource_outlives_its_stack(cloud, policy):
    cloud.create("data", {"Data": {**bucket("kept-for-ever"), "DeletionPolicy": policy}})
    assert cloud.delete("data") == "DELETE_COMPLETE"
    assert [b["Name"] for b in cloud.client("s3").list_buckets()["Buckets"]] == ["kept-for-ever"]


@pytest.mark.parametrize(("policy", "left"), [("Retain", ["half"]), ("RetainExceptOnCreate", [])])
def test_deletion_policy_in_a_failed_creation(cloud, policy, left):
    resources = {
        "Data": {**bucket("half"), "DeletionPolicy": policy},
        "Vpc": VPC,
        "Bad": {**BROKEN, "DependsOn": "Data"},
    }
    assert cloud.create("data", resources) == "ROLLBACK_COMPLETE"
    assert [b["Name"] for b in cloud.client("s3").list_buckets()["Buckets"]] == left


def test_update_replace_policy_keeps_the_replaced_resource(cloud):
    cloud.create("logs", {"Group": {**log_group("/a"), "UpdateReplacePolicy": "Retain"}})
    assert (
        cloud.update("logs", {"Group": {**log_group("/b"), "UpdateReplacePolicy": "Retain"}})
        == "UPDATE_COMPLETE"
    )
    assert {g["logGroupName"] for g in cloud.client("logs").describe_log_groups()["logGroups"]} == {
        "/a",
        "/b",
    }


def test_a_bucket_with_objects_fails_the_deletion_until_it_is_retained(cloud):
    cloud.create("data", {"Data": bucket("full"), "Logs": log_group("/a")})
    s3 = cloud.client("s3")
    s3.put_object(Bucket="full", Key="k", Body=b"x")
    assert cloud.delete("data") == "DELETE_FAILED"
    assert cloud.stack("data")["StackStatusReason"] == "The following resource(s) failed to delete: [Data]. "
    assert cloud.client("logs").describe_log_groups()["logGroups"] == []
    cloud.call("DeleteStack", StackName="data", RetainResources=["Data"])
    cloud.engine.wait_idle(30)
    assert cloud.call("DescribeStacks")["Stacks"] == []
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["full"]


def test_termination_protection_refuses_the_deletion(cloud):
    cloud.create("logs", {"Group": log_group("/a")}, EnableTerminationProtection=True)
    with pytest.raises(AwsError, match="cannot be deleted while TerminationProtection is enabled"):
        cloud.call("DeleteStack", StackName="logs")
    cloud.call("UpdateTerminationProtection", StackName="logs", EnableTerminationProtection=False)
    assert cloud.delete("logs") == "DELETE_COMPLETE"


def test_a_deleted_stack_is_found_by_id_only(cloud):
    cloud.create("logs", {"Group": log_group("/a")})
    identifier = cloud.stack("logs")["StackId"]
    cloud.delete("logs")
    assert cloud.stack(identifier)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(AwsError, match="Stack with id logs does not exist"):
        cloud.stack("logs")
    assert cloud.create("logs", {"Group": log_group("/a")}) == "CREATE_COMPLETE"
    assert cloud.stack("logs")["StackId"] != identifier


def test_an_existing_name_is_refused(cloud):
    cloud.create("logs", {"Group": log_group("/a")})
    with pytest.raises(AwsError) as error:
        cloud.create("logs", {"Group": log_group("/a")})
    assert (error.value.code, error.value.message) == (
        "AlreadyExistsException",
        "Stack [logs] already exists",
    )


def test_an_update_without_changes_is_refused(cloud):
    cloud.create("logs", {"Group": log_group("/a")})
    with pytest.raises(AwsError, match="No updates are to be performed"):
        cloud.update("logs", {"Group": log_group("/a")})


def test_a_rolled_back_stack_can_only_be_deleted(cloud):
    cloud.create("net", {"Vpc": VPC, "Bad": BROKEN})
    with pytest.raises(AwsError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        cloud.update("net", {"Vpc": VPC})
    assert cloud.delete("net") == "DELETE_COMPLETE"


def test_events_are_newest_first_and_paged(cloud):
    cloud.create("logs", {f"Group{n}": log_group(f"/{n}") for n in range(40)})
    first = cloud.call("DescribeStackEvents", StackName="logs")
    rest = cloud.call("DescribeStackEvents", StackName="logs", NextToken=first["NextToken"])
    events = first["StackEvents"] + rest["StackEvents"]
    assert len(events) == 2 + 40 * 3
    assert [e["Timestamp"] for e in events] == sorted((e["Timestamp"] for e in events), reverse=True)
    assert "NextToken" not in rest


def test_operations_that_are_not_emulated_are_refused_by_name(cloud):
    with pytest.raises(AwsError, match="cloudformation:RegisterType") as error:
        cloud.call("RegisterType", TypeName="A::B::C", SchemaHandlerPackage="s3://b/k")
    assert error.value.code == "NotEmulated"
