"""What a notebook has by default, and tags."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


@pytest.fixture
def role(session):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = session.client("iam").create_role(RoleName="learner", AssumeRolePolicyDocument=document)
    return made["Role"]["Arn"]


def test_a_notebook_is_open_where_nothing_was_said(session, role):
    """SageMaker API reference, CreateNotebookInstance: RootAccess "The default value is Enabled";
    DirectInternetAccess Enabled; InstanceMetadataServiceConfiguration: "defaults to IMDSv1"."""
    sagemaker = session.client("sagemaker")
    sagemaker.create_notebook_instance(NotebookInstanceName="open", InstanceType="ml.t3.medium", RoleArn=role)
    sagemaker.create_notebook_instance(
        NotebookInstanceName="closed", InstanceType="ml.t3.medium", RoleArn=role, RootAccess="Disabled"
    )
    shown = sagemaker.describe_notebook_instance(NotebookInstanceName="open")
    assert (shown["RootAccess"], shown["DirectInternetAccess"]) == ("Enabled", "Enabled")
    assert shown["InstanceMetadataServiceConfiguration"]["MinimumInstanceMetadataServiceVersion"] == "1"
    shown = sagemaker.describe_notebook_instance(NotebookInstanceName="closed")
    assert shown["RootAccess"] == "Disabled"


def test_what_was_made_without_tags_has_none_and_a_key_is_overwritten(session, role):
    """SageMaker API reference, AddTags."""
    sagemaker = session.client("sagemaker")
    image = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/own:1"}
    arn = sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=image)["ModelArn"]
    sagemaker.create_processing_job(
        ProcessingJobName="p",
        RoleArn=role,
        AppSpecification={"ImageUri": image["Image"]},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
    )
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/p"
    for one in (arn, job):
        assert sagemaker.list_tags(ResourceArn=one)["Tags"] == []
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "tier", "Value": "1"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "team", "Value": "b"},
        {"Key": "tier", "Value": "1"},
    ]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["tier"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    with pytest.raises(ClientError, match="ValidationException"):
        sagemaker.list_tags(ResourceArn=f"{arn}x")
