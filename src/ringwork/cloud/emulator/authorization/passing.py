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
_NAMES = re.compile(r".*(role|rolearn|rolearns|executionrole|permissionarn|iamroleid)$", re.IGNORECASE)
"""Parameters that hold the role that a service is to assume."""

_PRINCIPALS: Mapping[str, str] = {
    **{
        name: f"{name}.amazonaws.com"
        for name in (
            *(
                "backup",
                "batch",
                "cloudformation",
                "cloudtrail",
                "config",
                "datasync",
                "ecs",
                "eks",
                "events",
            ),
            *("firehose", "glue", "guardduty", "lambda", "pipes", "rds", "s3", "sagemaker", "scheduler"),
            *("ssm", "states", "transfer", "bedrock", "lakeformation", "securitylake", "codebuild"),
        )
    },
    "apigateway": "apigateway.amazonaws.com",
    "bedrock-agent": "bedrock.amazonaws.com",
    "bedrock-agentcore-control": "bedrock-agentcore.amazonaws.com",
    "ec2": "ec2.amazonaws.com",
    "logs": "logs.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
}
"""botocore's service -> the principal that gets the role"""

_FLOW_LOGS = "vpc-flow-logs.amazonaws.com"
_READS = ("Describe", "Get", "List")


def passed_roles(asked: Asked) -> list[tuple[str, str]]:
    """ARN of each role that the call passes, and the service principal it goes to."""
    principal = _PRINCIPALS.get(asked.service)
    if principal is None or asked.operation.name.startswith(_READS):
        return []
    if asked.operation.name == "CreateFlowLogs":
        principal = _FLOW_LOGS
    found = dict.fromkeys((arn, principal) for arn in _roles(asked.parameters))
    if asked.service == "ec2":
        found.update(dict.fromkeys((arn, principal) for arn in _profile_roles(asked)))
    return list(found)


def _roles(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if _NAMES.fullmatch(name) and _ROLE.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _roles(item, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _roles(item, name)


def _profile_roles(asked: Asked) -> Iterator[str]:
    """The roles of the instance profile that an instance gets."""
    profile = asked.parameters.get("IamInstanceProfile")
    if not isinstance(profile, Mapping):
        return
    backend = services.iam(asked.account)
    for known in backend.instance_profiles.values():
        if profile.get("Arn") == known.arn or profile.get("Name") == known.name:
            for role in known.roles:
                yield str(getattr(role, "arn", role))
