"""Roles that a call hands to a service: `iam:PassRole` must be allowed as well.

Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service"; iam:PassedToService.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.asked import Asked

_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+")
_NAMES = re.compile(r"(?!.*alias).*role.*|.*permissionarn", re.IGNORECASE)
"""Parameters that hold the role that a service is to assume."""

_PRINCIPALS: Mapping[str, str] = {
    "bedrock-agent": "bedrock.amazonaws.com",
    "bedrock-agentcore-control": "bedrock-agentcore.amazonaws.com",
    "cloudwatch": "cloudwatch.amazonaws.com",
    "dynamodb": "application-autoscaling.amazonaws.com",
    "emr": "elasticmapreduce.amazonaws.com",
    "opensearch": "opensearchservice.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
}
"""botocore's service -> the principal that gets the role, where that is not its IAM prefix"""

_OF_OPERATION: Mapping[tuple[str, str], str] = {
    ("ec2", "CreateFlowLogs"): "vpc-flow-logs.amazonaws.com",
    ("guardduty", "CreateMalwareProtectionPlan"): "malware-protection-plan.guardduty.amazonaws.com",
    ("guardduty", "UpdateMalwareProtectionPlan"): "malware-protection-plan.guardduty.amazonaws.com",
    ("iam", "AddRoleToInstanceProfile"): "ec2.amazonaws.com",
    ("s3control", "CreateAccessGrantsLocation"): "access-grants.s3.amazonaws.com",
    ("s3control", "CreateJob"): "batchoperations.s3.amazonaws.com",
    ("s3control", "UpdateAccessGrantsLocation"): "access-grants.s3.amazonaws.com",
}

_PASS_NOTHING = frozenset({"sts"})
"""Services whose operations name roles that nobody is to get: AssumeRole is authorized as itself."""

_BY_NAME: Mapping[str, re.Pattern[str]] = {
    "batch": re.compile("jobRoleArn|executionRoleArn|serviceRole"),
    "ecs": re.compile("taskRoleArn|executionRoleArn"),
    "glue": re.compile("Role"),
    "iam": re.compile("RoleName"),
    "ssm": re.compile("IamRole"),
}
"""Services that take a role's name as well -> the parameters that they take it in"""
_NAME = re.compile(r"[\w+=,.@-]{1,64}")

_READS = ("Describe", "Get", "List")


def passed_roles(asked: Asked, prefix: str) -> list[tuple[str, str]]:
    """ARN of each role that the call passes, and the service principal it goes to.

    `prefix`: the service's IAM prefix, which most principals begin with.
    """
    service, operation = asked.service, asked.operation.name
    principal = _OF_OPERATION.get((service, operation), _PRINCIPALS.get(service, f"{prefix}.amazonaws.com"))
    if service in _PASS_NOTHING or operation.startswith(_READS):
        return []
    if service == "iam" and (service, operation) not in _OF_OPERATION:
        return []
    found = dict.fromkeys((arn, principal) for arn in _roles(asked, asked.parameters))
    if service in ("autoscaling", "ec2"):
        found.update(dict.fromkeys((arn, "ec2.amazonaws.com") for arn in _profile_roles(asked)))
    return list(found)


def _roles(asked: Asked, value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str):
        by_name = _BY_NAME.get(asked.service)
        if _NAMES.fullmatch(name) and _ROLE.fullmatch(value):
            yield value
        elif by_name is not None and by_name.fullmatch(name) and _NAME.fullmatch(value):
            yield _named(asked.account, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _roles(asked, item, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _roles(asked, item, name)


def _named(account: str, name: str) -> str:
    """The ARN of a role by its name: it has the path."""
    roles = services.iam(account).roles.values()
    arn = next((str(role.arn) for role in roles if role.name == name), None)
    return arn or f"arn:aws:iam::{account}:role/{name}"


def _profile_roles(asked: Asked) -> Iterator[str]:
    """The roles of the instance profile that an instance gets."""
    profile = asked.parameters.get("IamInstanceProfile")
    given = set(profile.values()) if isinstance(profile, Mapping) else {profile}
    backend = services.iam(asked.account)
    for known in backend.instance_profiles.values():
        if known.arn in given or known.name in given:
            for role in known.roles:
                yield str(getattr(role, "arn", role))
