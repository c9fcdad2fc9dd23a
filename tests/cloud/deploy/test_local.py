"""The deployer on the local cloud: whole lives of stacks, and a deployment that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from ringwork.cloud.deploy import (
    Drifted,
    Outcome,
    bootstrap,
    deploy,
    destroy,
    drift,
    missing,
    plan,
    revert_drift,
    undo_bootstrap,
)
from ringwork.cloud.session import open_cloud
from ringwork.estate.stack import PrefixListId, Stack, StackOutput

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
TAGS = {"ringwork:organization": "acme"}


def network(account=OTHER, **more) -> Stack:
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "train", "VpcId": {"Ref": "Vpc"}},
        },
        "Lists": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {
                "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "DestinationPrefixListId": {"Ref": "S3"},
            },
        },
        **more,
    }
    template = {
        "Parameters": {"S3": {"Type": "String"}},
        "Resources": resources,
        "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}},
    }
    return Stack("ringwork-acme-ml-network", account, REGION, template, {"S3": PrefixListId("s3")}, TAGS)


def data(net: Stack) -> Stack:
    bucket = {
        "BucketName": "acme-ml-data",
        "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": [{"Key": "vpc", "Value": {"Ref": "VpcId"}}],
    }
    template = {
        "Parameters": {"VpcId": {"Type": "String"}},
        "Resources": {"Store": {"Type": "AWS::S3::Bucket", "Properties": bucket}},
    }
    return Stack(
        "ringwork-acme-ml-data", ACCOUNT, REGION, template, {"VpcId": StackOutput(net.id, "VpcId")}, TAGS
    )


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", str(tmp_path / "state"))
    with open_cloud("local", region=REGION) as opened:
        yield opened


def test_the_first_line_says_that_nothing_goes_to_aws(cloud):
    assert cloud.first_line() == (
        "target local (the local cloud, nothing is sent to AWS), account 000000000000, Region eu-west-1"
    )


def test_two_stacks_in_two_accounts_live_from_plan_to_removal(cloud, patience):
    net = network()
    stacks = [net, data(net)]
    shown = plan(cloud, stacks)
    assert [p.estimated for p in shown.stacks] == [False, True]

    done = deploy(cloud, stacks)
    done.raise_for_failure()
    vpc = done.outputs[net.id]["VpcId"]
    found = cloud.client("ec2", account=OTHER, region=REGION).describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert found[0]["CidrBlock"] == "10.0.0.0/16"
    s3 = cloud.client("s3", account=ACCOUNT)
    tags = {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket="acme-ml-data")["TagSet"]}
    assert tags["vpc"] == vpc

    assert plan(cloud, stacks).empty
    assert [r.outcome for r in deploy(cloud, stacks).results] == [Outcome.UNCHANGED] * 2

    s3.put_bucket_versioning(Bucket="acme-ml-data", VersioningConfiguration={"Status": "Suspended"})
    assert [s.status for s in drift(cloud, stacks).stacks] == [Drifted.IN_SYNC, Drifted.DRIFTED]
    healed = revert_drift(cloud, stacks)
    assert [r.outcome for r in healed.results] == [Outcome.UNCHANGED, Outcome.UPDATED]
    assert s3.get_bucket_versioning(Bucket="acme-ml-data")["Status"] == "Enabled"

    gone = destroy(cloud, stacks, confirm=True)
    gone.raise_for_failure()
    assert plan(cloud, stacks).stacks[0].what.value == "create"


def test_a_failing_resource_is_named_with_its_reason_and_mended_by_the_next_deployment(cloud):
    overlapping = {
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "192.168.0.0/24"},
        }
    }
    done = deploy(cloud, [network(**overlapping)])
    assert done.results[0].outcome is Outcome.FAILED
    assert "`Subnet` (AWS::EC2::Subnet)" in str(done.results[0].error)
    assert "192.168.0.0/24" in str(done.results[0].error)
    assert deploy(cloud, [network()]).results[0].outcome is Outcome.CREATED


def test_a_large_template_goes_through_the_bucket_that_bootstrap_makes(cloud):
    many = {
        f"Group{i}": {
            "Type": "AWS::EC2::SecurityGroup",
            "Metadata": {"Why": "x" * 5000},
            "Properties": {"GroupDescription": "a", "VpcId": {"Ref": "Vpc"}},
        }
        for i in range(11)
    }
    assert missing(cloud, accounts=[OTHER], regions=[REGION]) == ((OTHER, REGION),)
    bootstrap(cloud, accounts=[OTHER], regions=[REGION]).raise_for_failure()
    assert missing(cloud, accounts=[OTHER], regions=[REGION]) == ()
    deploy(cloud, [network(**many)]).raise_for_failure()
    bucket = f"ringwork-templates-{OTHER}-{REGION}"
    # the deploy role puts templates there and need not list them
    administrator = cloud.as_first().client("s3", account=OTHER)
    assert administrator.list_objects_v2(Bucket=bucket)["KeyCount"] == 1

    destroy(cloud, [network()], confirm=True).raise_for_failure()
    undo_bootstrap(cloud, accounts=[OTHER], regions=[REGION], confirm=True).raise_for_failure()
    assert missing(cloud, accounts=[OTHER], regions=[REGION]) == ((OTHER, REGION),)


@pytest.mark.parametrize("account", [OTHER, "000000000000"])
def test_what_is_deployed_after_bootstrap_in_one_command_is_deployed_by_the_deploy_role(cloud, account):
    """The caller's own account and another one; clients were opened before the role was there."""

    def who():
        return cloud.client("sts", account=account).get_caller_identity()["Arn"].split("/")[1]

    assert who() == "ringwork-local-administrator"
    bootstrap(cloud, accounts=[account], regions=[REGION]).raise_for_failure()
    assert who() == "ringwork-deploy"
    undo_bootstrap(cloud, accounts=[account], regions=[REGION], confirm=True).raise_for_failure()
    assert who() == "ringwork-local-administrator"


CHILD = """
import os, signal, sys
import botocore.client
from ringwork.cloud.deploy import deploy
from ringwork.cloud.session import open_cloud
sys.path.insert(0, {folder!r})
from test_local import data, network

left = int(sys.argv[1])
call = botocore.client.BaseClient._make_api_call

def counted(self, operation, parameters):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return call(self, operation, parameters)

botocore.client.BaseClient._make_api_call = counted
with open_cloud("local", region="eu-west-1") as cloud:
    net = network()
    deploy(cloud, [net, data(net)]).raise_for_failure()
"""


@pytest.mark.parametrize("call", [6, 13, 30])
def test_a_deployment_that_is_killed_is_completed_by_the_next(tmp_path, monkeypatch, call):
    """Killed before its n-th AWS call, counting the local CloudFormation engine's own."""
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", str(tmp_path / "state"))
    script = CHILD.format(folder=str(__file__).rpartition("/")[0])
    killed = subprocess.run([sys.executable, "-c", script, str(call)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with open_cloud("local", region=REGION) as cloud:
        net = network()
        stacks = [net, data(net)]
        deploy(cloud, stacks).raise_for_failure()
        assert plan(cloud, stacks).empty
        vpcs = cloud.client("ec2", account=OTHER).describe_vpcs(
            Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}]
        )["Vpcs"]
        assert len(vpcs) == 1
