"""What services refuse although the template's form is right."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation import allowed_values, service_rules


def statement(**changed: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": "*", **changed}


def policy(**changed: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement(**changed)]}


@pytest.mark.parametrize(
    ("type", "name"),
    [
        ("AWS::KMS::Key", "KeyPolicy"),
        ("AWS::S3::BucketPolicy", "PolicyDocument"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument"),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
    ],
)
def test_a_malformed_policy_is_refused(type, name):
    # IAM user guide, "IAM JSON policy elements: Effect": Allow and Deny, nothing else
    service_rules.check(type, {name: policy()})
    service_rules.check(type, {name: json.dumps(policy())})
    with pytest.raises(service_rules.RefusedByServiceError, match="Effect is neither `Allow` nor `Deny`"):
        service_rules.check(type, {name: policy(Effect="Permit")})
    with pytest.raises(service_rules.RefusedByServiceError):
        service_rules.check(type, {name: "no json"})


def test_a_runtime_that_lambda_has_ended_is_refused():
    # Lambda developer guide, "Lambda runtimes", deprecated runtimes
    service_rules.check("AWS::Lambda::Function", {"Runtime": "python3.13"})
    with pytest.raises(service_rules.RefusedByServiceError, match=r"python2\.7 is no longer supported"):
        service_rules.check("AWS::Lambda::Function", {"Runtime": "python2.7"})


def test_a_key_with_a_malformed_policy_is_never_made(cloud):
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy(Effect="Permit")}}
    assert cloud.create("kms", {"Key": key}) == "ROLLBACK_COMPLETE"
    assert cloud.client("kms").list_keys()["Keys"] == []
    assert any("KeyPolicy is malformed" in text for text in cloud.reasons("kms"))


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "at"),
    [
        (
            "sagemaker",
            "create_notebook_instance",
            {
                "NotebookInstanceName": "n",
                "InstanceType": "ml.t3.medium",
                "RoleArn": "arn:aws:iam::123456789012:role/x",
                "DirectInternetAccess": "Maybe",
            },
            "directInternetAccess",
        ),
        (
            "guardduty",
            "create_detector",
            {"Enable": True, "Features": [{"Name": "S3_DATA_EVENT", "Status": "ENABLED"}]},
            "features.1.member.Name",
        ),
    ],
)
def test_values_that_an_api_does_not_have_are_refused(service, operation, parameters, at):
    # the enumerations are those of the services' API references
    client = allowed_values.watch(allowed_values.watch(boto3.client(service, region_name="eu-west-1")))
    with pytest.raises(ClientError, match="must satisfy enum value set") as error:
        getattr(client, operation)(**parameters)
    assert f"at '{at}'" in error.value.response["Error"]["Message"]


def test_a_new_instance_type_is_not_refused_for_being_new():
    client = allowed_values.watch(boto3.client("ec2", region_name="eu-west-1"))
    with pytest.raises(ClientError) as error:
        client.meta.events.emit(
            "before-parameter-build.ec2.RunInstances",
            params={"InstanceType": "z99.huge", "Placement": {"Tenancy": "nowhere"}},
            model=client.meta.service_model.operation_model("RunInstances"),
        )
    assert "placement.Tenancy" in str(error.value)
