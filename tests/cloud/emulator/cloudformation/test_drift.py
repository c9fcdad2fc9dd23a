"""What somebody changed behind the stack's back, and how a drift-aware change set heals it."""

from __future__ import annotations

import json

import boto3
import pytest
from moto import mock_aws
from tests.cloud.emulator.cloudformation.conftest import Cloud

from ringwork.cloud.emulator.cloudformation import Engine
from ringwork.cloud.emulator.cloudformation.drift import differences
from ringwork.cloud.emulator.errors import AwsError

BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {"BucketName": "data", "VersioningConfiguration": {"Status": "Enabled"}},
}
RESOURCES = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Embedded": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "rules inside",
            "VpcId": {"Ref": "Vpc"},
            "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
            ],
        },
    },
    "Apart": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "rules outside", "VpcId": {"Ref": "Vpc"}},
    },
    "Rule": {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": {"Ref": "Apart"},
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "CidrIp": "10.0.0.0/16",
        },
    },
    "Data": BUCKET,
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a", "RetentionInDays": 365}},
}
TEMPLATE = json.dumps({"Resources": RESOURCES})
TAG = {"Key": "a", "Value": "b"}
OPEN = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


@pytest.fixture
def stack(cloud):
    assert cloud.create("s", RESOURCES, Tags=[{"Key": "stage", "Value": "prod"}]) == "CREATE_COMPLETE"
    return cloud


def detect(cloud):
    """Stack status, and resource -> (status, [(path, expected, actual, type)])."""
    identifier = cloud.call("DetectStackDrift", StackName="s")["StackDriftDetectionId"]
    assert cloud.engine.wait_idle(30)
    status = cloud.call("DescribeStackDriftDetectionStatus", StackDriftDetectionId=identifier)
    assert status["DetectionStatus"] == "DETECTION_COMPLETE", status
    found = {}
    for item in cloud.call("DescribeStackResourceDrifts", StackName="s")["StackResourceDrifts"]:
        if item["StackResourceDriftStatus"] != "IN_SYNC":
            parts = ("PropertyPath", "ExpectedValue", "ActualValue", "DifferenceType")
            rows = [tuple(row[part] for part in parts) for row in item["PropertyDifferences"]]
            found[item["LogicalResourceId"]] = (item["StackResourceDriftStatus"], rows)
    assert status["DriftedStackResourceCount"] == len(found)
    return status["StackDriftStatus"], found


def revert(cloud, body=TEMPLATE):
    cloud.call(
        "CreateChangeSet",
        StackName="s",
        ChangeSetName="heal",
        TemplateBody=body,
        DeploymentMode="REVERT_DRIFT",
        Tags=[{"Key": "stage", "Value": "prod"}],
    )
    assert cloud.engine.wait_idle(30)
    return cloud.call("DescribeChangeSet", StackName="s", ChangeSetName="heal")


def test_an_untouched_stack_is_in_sync(stack):
    assert detect(stack) == ("IN_SYNC", {})
    assert stack.stack("s")["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"


def test_suspended_versioning_is_drift(stack):
    stack.client("s3").put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Suspended"})
    status, found = detect(stack)
    assert status == "DRIFTED"
    assert found == {
        "Data": ("MODIFIED", [("/VersioningConfiguration/Status", "Enabled", "Suspended", "NOT_EQUAL")])
    }


def test_an_extra_rule_is_drift_of_a_group_with_embedded_rules_only(stack):
    ec2 = stack.client("ec2")
    for logical in ("Embedded", "Apart"):
        ec2.authorize_security_group_ingress(GroupId=stack.physical("s", logical), IpPermissions=OPEN)
    _, found = detect(stack)
    assert list(found) == ["Embedded"]
    ((path, expected, actual, kind),) = found["Embedded"][1]
    assert (path, expected, kind) == ("/SecurityGroupIngress/1", "null", "ADD") or (
        path,
        expected,
        kind,
    ) == ("/SecurityGroupIngress/0", "null", "ADD")
    assert json.loads(actual)["CidrIp"] == "0.0.0.0/0"


def test_a_deleted_resource_is_drift(stack):
    stack.client("logs").delete_log_group(logGroupName="/a")
    assert detect(stack)[1] == {"Logs": ("DELETED", [])}


def test_filters_and_expected_properties(stack):
    stack.client("logs").put_retention_policy(logGroupName="/a", retentionInDays=1)
    detect(stack)
    rows = stack.call(
        "DescribeStackResourceDrifts", StackName="s", StackResourceDriftStatusFilters=["MODIFIED"]
    )
    (row,) = rows["StackResourceDrifts"]
    assert json.loads(row["ExpectedProperties"])["RetentionInDays"] == 365
    assert json.loads(row["ActualProperties"])["RetentionInDays"] == 1


def test_a_property_that_the_template_does_not_set_is_not_compared(stack):
    stack.client("s3").put_bucket_lifecycle_configuration(
        Bucket="data",
        LifecycleConfiguration={
            "Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    )
    assert detect(stack) == ("IN_SYNC", {})


def test_a_drift_aware_change_set_heals_what_the_template_did_not_change(stack):
    s3, logs, ec2 = stack.client("s3"), stack.client("logs"), stack.client("ec2")
    group = stack.physical("s", "Embedded")
    s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Suspended"})
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=OPEN)
    logs.delete_log_group(logGroupName="/a")

    described = revert(stack)
    assert (described["Status"], described["DeploymentMode"]) == ("CREATE_COMPLETE", "REVERT_DRIFT")
    changes = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in described["Changes"]}
    assert {name: (c["Action"], c["ResourceDriftStatus"]) for name, c in changes.items()} == {
        "Data": ("Modify", "MODIFIED"),
        "Embedded": ("Modify", "MODIFIED"),
        "Logs": ("Add", "DELETED"),
    }
    (detail,) = changes["Data"]["Details"]
    target = detail["Target"]
    assert (target["BeforeValueFrom"], target["AfterValueFrom"]) == ("ACTUAL_STATE", "TEMPLATE")
    assert json.loads(target["BeforeValue"]) == {"Status": "Suspended"}
    assert json.loads(target["Drift"]["PreviousValue"]) == {"Status": "Enabled"}
    previous = json.loads(changes["Data"]["PreviousDeploymentContext"])
    assert previous["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}

    stack.call("ExecuteChangeSet", StackName="s", ChangeSetName="heal")
    assert stack.settled("s") == "UPDATE_COMPLETE"
    assert s3.get_bucket_versioning(Bucket="data")["Status"] == "Enabled"
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 365
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    inbound = [rule["CidrIpv4"] for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    assert inbound == ["10.0.0.0/16"]
    assert detect(stack) == ("IN_SYNC", {})


def test_an_ordinary_change_set_does_not_see_drift(stack):
    stack.client("s3").put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Suspended"})
    stack.call(
        "CreateChangeSet", StackName="s", ChangeSetName="plain", TemplateBody=TEMPLATE,
        Tags=[{"Key": "stage", "Value": "prod"}],
    )  # fmt: skip
    described = stack.call("DescribeChangeSet", StackName="s", ChangeSetName="plain")
    assert described["Status"] == "FAILED"


def test_nothing_to_revert(stack):
    described = revert(stack)
    assert described["Status"] == "FAILED"
    assert "didn't contain changes" in described["StatusReason"]


def test_a_template_that_adopts_the_live_value_leaves_nothing_to_change(stack):
    stack.client("logs").put_retention_policy(logGroupName="/a", retentionInDays=30)
    adopted = json.loads(TEMPLATE)
    adopted["Resources"]["Logs"]["Properties"]["RetentionInDays"] = 30
    described = revert(stack, json.dumps(adopted))
    (change,) = [c["ResourceChange"] for c in described["Changes"]]
    assert (change["LogicalResourceId"], change["Action"]) == ("Logs", "SyncWithActual")
    stack.call("ExecuteChangeSet", StackName="s", ChangeSetName="heal")
    assert stack.settled("s") == "UPDATE_COMPLETE"
    assert detect(stack) == ("IN_SYNC", {})


def test_a_failed_revert_goes_back_to_the_live_state(stack):
    stack.client("s3").put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Suspended"})
    broken = json.loads(TEMPLATE)
    broken["Resources"]["Bad"] = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.0.0/24"},
        "DependsOn": "Data",
    }
    revert(stack, json.dumps(broken))
    stack.call("ExecuteChangeSet", StackName="s", ChangeSetName="heal")
    assert stack.settled("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.client("s3").get_bucket_versioning(Bucket="data")["Status"] == "Suspended"


def test_a_new_stack_has_no_drift_to_revert(cloud):
    with pytest.raises(AwsError, match="REVERT_DRIFT"):
        cloud.call(
            "CreateChangeSet", StackName="n", ChangeSetName="c", ChangeSetType="CREATE",
            TemplateBody=TEMPLATE, DeploymentMode="REVERT_DRIFT",
        )  # fmt: skip


def test_a_resource_that_cannot_be_read_is_unknown_not_in_sync():
    def unreadable(_client, _type, _physical, *, account):
        raise RuntimeError("no access")

    with mock_aws():
        engine = Engine(
            lambda s, _account, region, **_who: boto3.client(s, region_name=region), read=unreadable
        )

        def call(operation, **parameters):
            return engine.call(operation, "123456789012", "eu-west-1", parameters)

        call("CreateStack", StackName="s", TemplateBody=json.dumps({"Resources": {"Data": BUCKET}}))
        engine.wait_idle(30)
        identifier = call("DetectStackDrift", StackName="s")["StackDriftDetectionId"]
        engine.wait_idle(30)
        status = call("DescribeStackDriftDetectionStatus", StackDriftDetectionId=identifier)
        assert (status["DetectionStatus"], status["StackDriftStatus"]) == ("DETECTION_FAILED", "UNKNOWN")
        assert "Data" in status["DetectionStatusReason"]


@pytest.mark.parametrize(
    ("expected", "actual", "paths"),
    [
        ({"RetentionInDays": "7"}, {"RetentionInDays": 7}, []),
        ({"Tags": [TAG]}, {"Tags": [TAG, {"Key": "stage", "Value": "prod"}]}, []),
        ({"Tags": [TAG]}, {"Tags": [{"Key": "a", "Value": "c"}]}, ["/Tags/0", "/Tags/0"]),
        ({"Tags": []}, {"Tags": [{"Key": "aws:x", "Value": "y"}]}, []),
        ({"Tags": []}, {"Tags": [{"Key": "new", "Value": "y"}]}, ["/Tags/0"]),
        ({"RetentionInDays": 7}, {}, ["/RetentionInDays"]),
    ],
)  # fmt: skip
def test_comparison_of_values(expected, actual, paths):
    found = differences("AWS::Logs::LogGroup", expected, actual, {"stage": "prod"})
    assert [item["PropertyPath"] for item in found] == paths


@pytest.mark.parametrize(
    ("actual", "paths"),
    [
        ({"SSEAlgorithm": "AES256"}, []),
        ({"SSEAlgorithm": "aws:kms"}, ["ServerSideEncryptionConfiguration/0"] * 2),
    ],
)
def test_only_what_the_template_sets_is_compared_inside_a_list_too(actual, paths):
    def encryption(rule):
        return {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}

    expected = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    live = {"ServerSideEncryptionByDefault": actual, "BucketKeyEnabled": False}
    found = differences("AWS::S3::Bucket", encryption(expected), encryption(live), {})
    assert [item["PropertyPath"].removeprefix("/BucketEncryption/") for item in found] == paths


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        # IAM User Guide, "IAM JSON policy elements reference": a list of one and its item mean the same
        ({"Action": ["s3:Get"]}, {"Action": "s3:Get"}, True),
        ({"Statement": [{"Action": ["b", "a"]}]}, {"Statement": {"Action": ["a", "b"]}}, True),
        ({"Statement": [{"Effect": "Allow"}]}, {"Statement": [{"Effect": "Deny"}]}, False),
        ({"Action": ["a", "b"]}, {"Action": "a"}, False),
        ({"A": {"Bool": {"x": "true"}}}, {"A": {"Bool": {"x": True}}}, True),
    ],
)
def test_comparison_of_policies(left, right, equal):
    found = differences("AWS::IAM::RolePolicy", {"PolicyDocument": left}, {"PolicyDocument": right}, {})
    assert (found == []) is equal


def test_drift_of_one_resource_is_found_at_once(stack):
    # API reference, DetectStackResourceDrift: unlike DetectStackDrift it answers with the result
    stack.client("logs").put_retention_policy(logGroupName="/a", retentionInDays=7)
    found = stack.call("DetectStackResourceDrift", StackName="s", LogicalResourceId="Logs")
    drifted = found["StackResourceDrift"]
    assert drifted["StackResourceDriftStatus"] == "MODIFIED"
    difference = drifted["PropertyDifferences"][0]
    assert (difference["PropertyPath"], difference["ExpectedValue"], difference["ActualValue"]) == (
        "/RetentionInDays",
        "365",
        "7",
    )
    with pytest.raises(AwsError, match="Resource Absent does not exist"):
        stack.call("DetectStackResourceDrift", StackName="s", LogicalResourceId="Absent")


def test_a_type_that_nothing_reads_is_not_checked():
    # User Guide, "Detect unmanaged configuration changes": other types are not checked, and do not count
    def reads_nothing(_client: object, type: str, _physical: str, *, account: str) -> None:
        raise KeyError(type)

    with mock_aws():
        engine = Engine(
            lambda s, _account, region, **_who: boto3.client(s, region_name=region), read=reads_nothing
        )
        cloud = Cloud(engine)
        cloud.create("s", {"Logs": RESOURCES["Logs"]})
        cloud.call("DetectStackDrift", StackName="s")
        cloud.settled("s")
        assert cloud.call("DescribeStackResourceDrifts", StackName="s")["StackResourceDrifts"] == []
        assert cloud.stack("s")["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"
        with pytest.raises(AwsError, match="not supported for resource type AWS::Logs::LogGroup"):
            cloud.call("DetectStackResourceDrift", StackName="s", LogicalResourceId="Logs")
