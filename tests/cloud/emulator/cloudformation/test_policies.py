"""Policies of resources (CloudFormation template reference, the page of each attribute); RollbackStack."""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator.cloudformation import snapshots
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS, Provider
from ringwork.cloud.emulator.errors import AwsError

BROKEN = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-00000000", "CidrBlock": "10.9.0.0/24"}}


def group(name: str, **attributes: object) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


def groups(cloud) -> list[str]:
    return [item["logGroupName"] for item in cloud.client("logs").describe_log_groups()["logGroups"]]


@pytest.mark.parametrize(
    ("policy", "left"),
    [("Retain", ["/a", "/new"]), ("RetainExceptOnCreate", ["/a"]), ("Delete", ["/a"])],
)
def test_what_a_failed_update_added_stays_only_with_retain(cloud, policy, left):
    cloud.create("s", {"A": group("/a")})
    changed = {
        "A": group("/a"),
        "New": group("/new", DeletionPolicy=policy),
        "Bad": {**BROKEN, "DependsOn": "New"},
    }
    assert cloud.update("s", changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud) == left


def test_an_operation_may_say_that_nothing_it_makes_is_retained(cloud):
    # API reference, CreateStack and UpdateStack, RetainExceptOnCreate
    new, bad = group("/new", DeletionPolicy="Retain"), {**BROKEN, "DependsOn": "New"}
    assert cloud.create("s", {"New": new, "Bad": bad}, RetainExceptOnCreate=True) == "ROLLBACK_COMPLETE"
    assert groups(cloud) == []
    cloud.create("t", {"A": group("/a")})
    changed = {"A": group("/a"), "New": new, "Bad": bad}
    assert cloud.update("t", changed, RetainExceptOnCreate=True) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud) == ["/a"]


def test_a_stack_whose_deletion_failed_can_be_deleted_by_force(cloud):
    # API reference, DeleteStack, DeletionMode
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}
    cloud.create("s", {"B": bucket, "A": group("/a")})
    s3, identifier = cloud.client("s3"), cloud.stack("s")["StackId"]
    s3.put_object(Bucket="full", Key="k", Body=b"x")
    with pytest.raises(AwsError, match="FORCE_DELETE_STACK is only for stacks in the DELETE_FAILED state"):
        cloud.call("DeleteStack", StackName="s", DeletionMode="FORCE_DELETE_STACK")
    assert cloud.delete("s") == "DELETE_FAILED"
    cloud.call("DeleteStack", StackName="s", DeletionMode="FORCE_DELETE_STACK")
    assert cloud.settled(identifier) == "DELETE_COMPLETE"
    assert [item["Name"] for item in s3.list_buckets()["Buckets"]] == ["full"]


def test_a_request_may_allow_some_types_only(cloud):
    # API reference, CreateStack, ResourceTypes
    with pytest.raises(AwsError, match="Resource type AWS::Logs::LogGroup is not allowed by parameter"):
        cloud.create("s", {"A": group("/a")}, ResourceTypes=["AWS::EC2::*"])
    assert cloud.create("s", {"A": group("/a")}, ResourceTypes=["AWS::Logs::*"]) == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    "parameters",
    [
        {"DisableValidation": True},
        {"RollbackConfiguration": {"RollbackTriggers": [{"Arn": "arn:x", "Type": "AWS::CloudWatch::Alarm"}]}},
    ],
)
def test_what_the_engine_does_not_do_is_refused(cloud, parameters):
    with pytest.raises(AwsError) as error:
        cloud.create("s", {"A": group("/a")}, **parameters)
    assert error.value.code == "NotEmulated"
    assert groups(cloud) == []


def test_a_resource_that_leaves_the_template_follows_its_deletion_policy(cloud):
    kept = group("/kept", DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Delete")
    cloud.create("s", {"A": group("/a"), "Kept": kept})
    assert cloud.update("s", {"A": group("/a")}) == "UPDATE_COMPLETE"
    assert groups(cloud) == ["/a", "/kept"]


def test_snapshots_are_only_of_types_that_have_them(cloud):
    with pytest.raises(AwsError, match="DeletionPolicy Snapshot is not supported for resource A"):
        cloud.create("s", {"A": group("/a", DeletionPolicy="Snapshot")})


VOLUME = "AWS::EC2::Volume"


@pytest.fixture
def volumes(monkeypatch):
    """A provider of volumes, as small as it can be."""

    def create(context, properties):
        made = context.client("ec2").create_volume(
            AvailabilityZone=properties["AvailabilityZone"], Size=int(properties["Size"])
        )
        context.made(made["VolumeId"])
        return made["VolumeId"]

    def delete(context, physical, _properties):
        context.client("ec2").delete_volume(VolumeId=physical)

    names = frozenset({"AvailabilityZone", "Size"})
    monkeypatch.setitem(PROVIDERS, VOLUME, Provider(create=create, delete=delete, takes=names))


def volume(zone: str) -> dict[str, object]:
    return {
        "Type": VOLUME,
        "Properties": {"AvailabilityZone": zone, "Size": 1},
        "DeletionPolicy": "Snapshot",
        "UpdateReplacePolicy": "Snapshot",
    }


@pytest.mark.parametrize("leave", ["delete", "replace", "remove"])
def test_a_snapshot_is_taken_before_a_volume_goes(cloud, volumes, leave):
    assert cloud.create("s", {"Keep": group("/k"), "V": volume("eu-west-1a")}) == "CREATE_COMPLETE"
    gone = cloud.physical("s", "V")
    if leave == "delete":
        assert cloud.delete("s") == "DELETE_COMPLETE"
    elif leave == "replace":
        assert cloud.update("s", {"Keep": group("/k"), "V": volume("eu-west-1b")}) == "UPDATE_COMPLETE"
    else:
        assert cloud.update("s", {"Keep": group("/k")}) == "UPDATE_COMPLETE"
    ec2 = cloud.client("ec2")
    assert gone not in [item["VolumeId"] for item in ec2.describe_volumes()["Volumes"]]
    taken = ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [gone]}])["Snapshots"]
    assert len(taken) == 1


def test_every_snapshot_that_can_be_taken_is_of_a_type_that_has_them():
    assert set(snapshots.TAKERS) <= snapshots.SUPPORTED


def test_waiting_for_signals_is_refused(cloud):
    waiting = group("/a", CreationPolicy={"ResourceSignal": {"Count": 1, "Timeout": "PT5M"}})
    with pytest.raises(AwsError, match="CreationPolicy of A: it waits for signals") as error:
        cloud.create("s", {"A": waiting})
    assert error.value.code == "NotEmulated"
    free = group("/a", CreationPolicy={"ResourceSignal": {"Count": 0}}, UpdatePolicy={})
    assert cloud.create("s", {"A": free}) == "CREATE_COMPLETE"


def test_a_creation_that_was_left_failed_can_be_rolled_back_later(cloud):
    resources = {"A": group("/a"), "Bad": {**BROKEN, "DependsOn": "A"}}
    assert cloud.create("s", resources, DisableRollback=True) == "CREATE_FAILED"
    assert groups(cloud) == ["/a"]
    cloud.call("RollbackStack", StackName="s")
    assert cloud.settled("s") == "ROLLBACK_COMPLETE"
    assert groups(cloud) == []
    with pytest.raises(AwsError, match="can not be rolled back"):
        cloud.call("RollbackStack", StackName="s")
