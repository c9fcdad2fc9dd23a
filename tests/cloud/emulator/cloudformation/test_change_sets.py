"""Change sets: what they announce, and what becomes of them."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator.errors import AwsError

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
SUBNET = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"}}


def log_group(name="/a", **properties):
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, **properties}}


def change_set(cloud, stack, resources, *, name="c1", kind="UPDATE", **rest):
    parameters = {"Parameters": rest.pop("Declared")} if "Declared" in rest else {}
    return cloud.call(
        "CreateChangeSet",
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=json.dumps({"Resources": resources, **parameters}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **rest,
    )


def describe(cloud, stack, name="c1", **rest):
    return cloud.call("DescribeChangeSet", StackName=stack, ChangeSetName=name, **rest)


def changes(cloud, stack, name="c1"):
    return {
        c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]
        for c in describe(cloud, stack, name)["Changes"]
    }


def execute(cloud, stack, name="c1"):
    cloud.call("ExecuteChangeSet", StackName=stack, ChangeSetName=name)
    return cloud.settled(stack)


def test_a_stack_by_change_set(cloud):
    made = change_set(cloud, "net", {"Vpc": VPC, "Subnet": SUBNET}, kind="CREATE")
    assert cloud.stack("net")["StackStatus"] == "REVIEW_IN_PROGRESS"
    described = describe(cloud, "net")
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert {name: c["Action"] for name, c in changes(cloud, "net").items()} == {"Vpc": "Add", "Subnet": "Add"}
    assert cloud.call("ListStackResources", StackName="net")["StackResourceSummaries"] == []
    assert execute(cloud, "net") == "CREATE_COMPLETE"
    assert cloud.stack("net")["ChangeSetId"] == made["Id"]
    assert describe(cloud, "net")["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_in_place_replaced_added_removed(cloud):
    cloud.create("x", {"A": log_group(RetentionInDays=7), "B": log_group("/b"), "C": log_group("/c")})
    change_set(cloud, "x", {"A": log_group(RetentionInDays=30), "B": log_group("/bb"), "D": log_group("/d")})
    found = changes(cloud, "x")
    assert {name: (c["Action"], c.get("Replacement")) for name, c in found.items()} == {
        "A": ("Modify", "False"),
        "B": ("Modify", "True"),
        "C": ("Remove", None),
        "D": ("Add", None),
    }
    (detail,) = found["A"]["Details"]
    assert detail["Target"]["Attribute"] == "Properties"
    assert detail["Target"]["Name"] == "RetentionInDays"
    assert detail["Target"]["RequiresRecreation"] == "Never"
    assert (detail["Evaluation"], detail["ChangeSource"]) == ("Static", "DirectModification")
    assert found["A"]["Scope"] == ["Properties"]
    assert found["A"]["PhysicalResourceId"] == "/a"
    assert found["B"]["Details"][0]["Target"]["RequiresRecreation"] == "Always"
    assert found["B"]["PolicyAction"] == "ReplaceAndDelete"
    assert found["C"]["PolicyAction"] == "Delete"


def test_what_depends_on_a_replacement_may_be_replaced(cloud):
    cloud.create("net", {"Vpc": VPC, "Subnet": SUBNET})
    change_set(cloud, "net", {"Vpc": {**VPC, "Properties": {"CidrBlock": "10.0.0.0/17"}}, "Subnet": SUBNET})
    found = changes(cloud, "net")
    assert found["Vpc"]["Replacement"] == "True"
    assert found["Subnet"]["Replacement"] == "Conditional"
    (detail,) = found["Subnet"]["Details"]
    assert (detail["Evaluation"], detail["ChangeSource"], detail["CausingEntity"]) == (
        "Dynamic",
        "ResourceReference",
        "Vpc",
    )


def test_a_changed_parameter_is_named_as_the_cause(cloud):
    declared = {"Days": {"Type": "Number", "Default": 7}, "Name": {"Type": "String"}}
    group = log_group({"Ref": "Name"}, RetentionInDays={"Ref": "Days"})
    cloud.create("x", {"A": group}, Parameters=declared, Values={"Name": "/n"})
    previous = {"ParameterKey": "Name", "UsePreviousValue": True}
    change_set(
        cloud, "x", {"A": group}, Declared=declared,
        Parameters=[previous, {"ParameterKey": "Days", "ParameterValue": "30"}],
    )  # fmt: skip
    (detail,) = changes(cloud, "x")["A"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "Days")
    assert execute(cloud, "x") == "UPDATE_COMPLETE"
    assert {p["ParameterKey"]: p["ParameterValue"] for p in cloud.stack("x")["Parameters"]} == {
        "Days": "30",
        "Name": "/n",
    }


def test_a_changed_tag_of_the_stack_changes_every_taggable_resource(cloud):
    cloud.create("net", {"Vpc": VPC})
    change_set(cloud, "net", {"Vpc": VPC}, Tags=[{"Key": "stage", "Value": "prod"}])
    assert changes(cloud, "net")["Vpc"]["Scope"] == ["Tags"]
    assert execute(cloud, "net") == "UPDATE_COMPLETE"
    vpc = cloud.client("ec2").describe_vpcs(VpcIds=[cloud.physical("net", "Vpc")])["Vpcs"][0]
    assert {"Key": "stage", "Value": "prod"} in vpc["Tags"]


def test_nothing_changed(cloud):
    cloud.create("x", {"A": log_group()})
    change_set(cloud, "x", {"A": log_group()})
    described = describe(cloud, "x")
    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"] == (
        "The submitted information didn't contain changes. "
        "Submit different information to create a change set."
    )
    with pytest.raises(AwsError) as error:
        cloud.call("ExecuteChangeSet", StackName="x", ChangeSetName="c1")
    assert error.value.code == "InvalidChangeSetStatus"


def test_metadata_alone_is_a_change_without_calls(cloud):
    cloud.create("x", {"A": log_group()})
    change_set(cloud, "x", {"A": {**log_group(), "Metadata": {"Why": "logs"}}})
    change = changes(cloud, "x")["A"]
    assert (change["Scope"], change["Replacement"]) == (["Metadata"], "False")
    assert execute(cloud, "x") == "UPDATE_COMPLETE"
    detail = cloud.call("DescribeStackResource", StackName="x", LogicalResourceId="A")["StackResourceDetail"]
    assert json.loads(detail["Metadata"]) == {"Why": "logs"}


def test_pages_of_changes(cloud):
    change_set(cloud, "x", {f"L{n}": log_group(f"/{n}") for n in range(130)}, kind="CREATE")
    first = describe(cloud, "x")
    rest = describe(cloud, "x", NextToken=first["NextToken"])
    names = {c["ResourceChange"]["LogicalResourceId"] for page in (first, rest) for c in page["Changes"]}
    assert len(names) == 130
    assert "NextToken" not in rest
    with pytest.raises(AwsError, match="NextToken"):
        describe(cloud, "x", NextToken="%%%")


def test_executing_one_makes_the_others_obsolete(cloud):
    cloud.create("x", {"A": log_group()})
    change_set(cloud, "x", {"A": log_group(RetentionInDays=7)}, name="week")
    change_set(cloud, "x", {"A": log_group(RetentionInDays=30)}, name="month")
    assert execute(cloud, "x", "week") == "UPDATE_COMPLETE"
    summaries = cloud.call("ListChangeSets", StackName="x")["Summaries"]
    assert {s["ChangeSetName"]: s["ExecutionStatus"] for s in summaries} == {
        "week": "EXECUTE_COMPLETE",
        "month": "OBSOLETE",
    }
    with pytest.raises(AwsError, match="cannot be executed in its current execution status of"):
        execute(cloud, "x", "month")
    cloud.call("DeleteChangeSet", StackName="x", ChangeSetName="month")
    with pytest.raises(AwsError) as error:
        describe(cloud, "x", "month")
    assert (error.value.code, error.value.status) == ("ChangeSetNotFound", 404)


@pytest.mark.parametrize(
    ("kind", "stack", "message"),
    [
        ("UPDATE", "none", r"Stack \[none\] does not exist"),
        ("CREATE", "there", r"Stack \[there\] already exists and cannot be created again"),
    ],
)
def test_the_kind_of_change_set_must_fit_the_stack(cloud, kind, stack, message):
    cloud.create("there", {"A": log_group()})
    with pytest.raises(AwsError, match=message):
        change_set(cloud, stack, {"A": log_group("/b")}, kind=kind)


def test_a_name_is_used_once(cloud):
    cloud.create("x", {"A": log_group()})
    change_set(cloud, "x", {"A": log_group(RetentionInDays=7)})
    with pytest.raises(AwsError) as error:
        change_set(cloud, "x", {"A": log_group(RetentionInDays=7)})
    assert error.value.code == "AlreadyExistsException"


def test_a_type_cannot_change(cloud):
    cloud.create("x", {"A": log_group()})
    with pytest.raises(AwsError, match="Update of resource type is not permitted"):
        change_set(cloud, "x", {"A": VPC})


def test_a_stack_in_review_is_deleted_without_a_trace(cloud):
    change_set(cloud, "x", {"A": log_group()}, kind="CREATE")
    assert cloud.delete("x") == "DELETE_COMPLETE"
    assert cloud.client("logs").describe_log_groups()["logGroups"] == []
