"""Roles that calls hand to services.

IAM user guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

import re

import botocore.session
import pytest

from ringwork.cloud.emulator import doctor
from ringwork.cloud.emulator.authorization.needs import prefix
from ringwork.cloud.emulator.authorization.passing import passed_roles

from .asking import ACCOUNT, ROLE, call, wanted

READS = ("Describe", "Get", "List")
_ROLE_SHAPE = re.compile("(?!.*alias).*role.*arn")
NO_PASS = {
    # STS: assuming a role is not passing it; IAM: its operations are about roles
    "sts",
    "iam",
}


def role_members(shape, above=(), path=()):
    """The paths of members that hold a role's ARN, by the pattern or the name of their shape."""
    if shape.name in above:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from role_members(member, (*above, shape.name), (*path, name))
    elif shape.type_name == "list":
        yield from role_members(shape.member, (*above, shape.name), (*path, 0))
    elif shape.type_name == "string":
        low = shape.name.lower()  # a role alias of IoT is no role
        if ":role/" in shape.metadata.get("pattern", "") or _ROLE_SHAPE.fullmatch(low):
            yield path


def built(path, value):
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def test_every_role_arn_in_a_call_is_asked_for():
    """Found by the shapes of botocore's models, not by the names of the members."""
    checked, missed = 0, []
    for service in doctor.known_services():
        if service in NO_PASS:
            continue
        model = botocore.session.get_session().get_service_model(service)
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            if shape is None or operation.startswith(READS):
                continue
            for path in role_members(shape):
                checked += 1
                asked = call(service, operation, **built(path, ROLE))
                if ROLE not in [arn for arn, _ in passed_roles(asked, prefix(service))]:
                    missed.append((service, operation, path))
    assert missed == [], missed
    assert checked > 300


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "principal"),
    [
        (
            "sagemaker",
            "CreateTrainingJob",
            {"TrainingJobName": "j", "RoleArn": ROLE},
            "sagemaker.amazonaws.com",
        ),
        (
            "sagemaker",
            "CreateDomain",
            {"DefaultUserSettings": {"ExecutionRole": ROLE}},
            "sagemaker.amazonaws.com",
        ),
        ("lambda", "CreateFunction", {"FunctionName": "f", "Role": ROLE}, "lambda.amazonaws.com"),
        (
            "cloudformation",
            "CreateStack",
            {"StackName": "s", "RoleARN": ROLE},
            "cloudformation.amazonaws.com",
        ),
        ("stepfunctions", "CreateStateMachine", {"name": "s", "roleArn": ROLE}, "states.amazonaws.com"),
        ("bedrock-agent", "CreateAgent", {"agentResourceRoleArn": ROLE}, "bedrock.amazonaws.com"),
        ("ec2", "CreateFlowLogs", {"DeliverLogsPermissionArn": ROLE}, "vpc-flow-logs.amazonaws.com"),
        ("events", "PutTargets", {"Targets": [{"RoleArn": ROLE}]}, "events.amazonaws.com"),
        ("glue", "CreateJob", {"Name": "j", "Role": ROLE}, "glue.amazonaws.com"),
        ("glue", "CreateJob", {"Name": "j", "Role": "worker"}, "glue.amazonaws.com"),
        ("s3control", "CreateJob", {"RoleArn": ROLE}, "batchoperations.s3.amazonaws.com"),
        # IAM API reference, AddRoleToInstanceProfile: the caller must be granted PassRole
        (
            "iam",
            "AddRoleToInstanceProfile",
            {"InstanceProfileName": "p", "RoleName": "worker"},
            "ec2.amazonaws.com",
        ),
        ("athena", "CreateWorkGroup", {"Configuration": {"ExecutionRole": ROLE}}, "athena.amazonaws.com"),
    ],
)
def test_a_role_goes_to_the_service_s_principal(service, operation, parameters, principal):
    found = [need for need in wanted(service, operation, **parameters) if need.action == "iam:PassRole"]
    assert [(need.resource, dict(need.context)) for need in found] == [
        (ROLE, {"iam:PassedToService": principal})
    ]


def test_reading_and_assuming_pass_nothing():
    for service, operation in (("sts", "AssumeRole"), ("iam", "GetRole"), ("iam", "CreateRole")):
        found = wanted(service, operation, RoleArn=ROLE, RoleName="worker", RoleSessionName="s")
        assert not [need for need in found if need.action == "iam:PassRole"]


def test_text_that_is_no_role_is_not_passed():
    found = wanted(
        "sagemaker", "CreateModel", ModelName="m", ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:user/u"
    )
    assert not [need for need in found if need.action == "iam:PassRole"]
    assert re.fullmatch(r"arn:aws:iam::\d{12}:role/worker", ROLE)
