"""Write `src/ringwork/access/escalation/passed_roles.json`: every operation by which a role is handed to a
service, from botocore's service models.

A member of an operation's input counts if its name speaks of a role and it holds text; `NOT_PASSED` lists
those that do not hand a role over, each with the reason, so that a new one is never passed over in silence.
Run it again after an update of botocore; a test says when.

    python scripts/passrole_operations.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session
from botocore.model import ServiceModel

TABLE = Path(__file__).parent.parent / "src/ringwork/access/escalation/passed_roles.json"

SERVICES: Mapping[str, tuple[str, str | None]] = {
    "athena": ("athena", "athena.amazonaws.com"),
    "batch": ("batch", "batch.amazonaws.com"),
    "bedrock": ("bedrock", "bedrock.amazonaws.com"),
    "bedrock-agent": ("bedrock", "bedrock.amazonaws.com"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore.amazonaws.com"),
    "bedrock-agentcore-control": ("bedrock-agentcore", "bedrock-agentcore.amazonaws.com"),
    "codebuild": ("codebuild", "codebuild.amazonaws.com"),
    "comprehend": ("comprehend", "comprehend.amazonaws.com"),
    "datazone": ("datazone", "datazone.amazonaws.com"),
    "ecs": ("ecs", "ecs.amazonaws.com"),
    "emr": ("elasticmapreduce", "elasticmapreduce.amazonaws.com"),
    "emr-serverless": ("emr-serverless", "emr-serverless.amazonaws.com"),
    "events": ("events", "events.amazonaws.com"),
    "forecast": ("forecast", "forecast.amazonaws.com"),
    "glue": ("glue", "glue.amazonaws.com"),
    "kendra": ("kendra", "kendra.amazonaws.com"),
    "lakeformation": ("lakeformation", "lakeformation.amazonaws.com"),
    "lambda": ("lambda", "lambda.amazonaws.com"),
    # AWS's pages do not yet say which service principal an ingestion stream's role must trust
    "opensearchserverless": ("aoss", None),
    "osis": ("osis", "osis-pipelines.amazonaws.com"),
    "personalize": ("personalize", "personalize.amazonaws.com"),
    "pipes": ("pipes", "pipes.amazonaws.com"),
    "rekognition": ("rekognition", "rekognition.amazonaws.com"),
    "sagemaker": ("sagemaker", "sagemaker.amazonaws.com"),
    "sagemaker-geospatial": ("sagemaker-geospatial", "sagemaker-geospatial.amazonaws.com"),
    "scheduler": ("scheduler", "scheduler.amazonaws.com"),
    "stepfunctions": ("states", "states.amazonaws.com"),
    "transcribe": ("transcribe", "transcribe.amazonaws.com"),
}
"""botocore's name -> (prefix of its IAM actions, service principal that roles must trust)"""

OTHER_PRINCIPALS: tuple[tuple[str, str, str], ...] = (
    ("batch", r"(jobRoleArn|executionRoleArn)$", "ecs-tasks.amazonaws.com"),
    ("batch", r"instanceRole$", "ec2.amazonaws.com"),
    ("batch", r"spotIamFleetRole$", "spotfleet.amazonaws.com"),
    ("batch", r"infrastructureRoleArn$", "ecs.amazonaws.com"),
    ("bedrock", r"sageMaker\.executionRole$", "sagemaker.amazonaws.com"),
    ("ecs", r"(taskRoleArn|executionRoleArn)$", "ecs-tasks.amazonaws.com"),
    ("emr", r"JobFlowRole$", "ec2.amazonaws.com"),
    ("pipes", r"Overrides\.(ExecutionRoleArn|TaskRoleArn)$", "ecs-tasks.amazonaws.com"),
)
"""(service, member, principal) where another service assumes the role"""

NOT_PASSED: tuple[tuple[str, str, str], ...] = (
    (r"bedrock-agent(core)?", r"(messages\.\[\]|conversational)\.role$", "who speaks in a conversation"),
    ("codebuild", r"approverRoles", "roles of people in a code repository"),
    ("datazone", r"rolePrincipalArn$", "a principal that gets a profile"),
    ("datazone", r"^environmentRoleArn$|snowflakeRole$", "named, and assumed by nobody for it"),
    ("datazone", r"PermissionBoundary$", "a permissions boundary"),
    ("emr", r"InstanceRole$", "which part of a cluster an instance plays"),
    ("glue", r"(RoleSessionName|SessionPolicy)$", "the name or the policy of a session"),
    ("lakeformation", r"^RoleArn$@AssumeDecoratedRoleWithSAML", "assumed by its trust, not passed"),
    ("sagemaker", r"RoleName$", "a role in a partner's application"),
    ("sagemaker", r"AssumableRoleArns", "assumed by the user's own role, by its trust"),
    ("transcribe", r"ParticipantRole$", "who speaks in a call"),
)
"""(service, member or member@operation, what it is)"""

Row = dict[str, Any]


def members(shape: Any, path: tuple[str, ...] = (), above: frozenset[str] = frozenset()) -> Iterator[str]:
    """The members of an input that speak of a role and hold text, as paths."""
    if shape.type_name == "structure" and shape.name not in above:
        for name, member in shape.members.items():
            if member.type_name == "string":
                if re.search("role", name, re.IGNORECASE):
                    yield ".".join((*path, name))
            else:
                yield from members(member, (*path, name), above | {shape.name})
    elif shape.type_name == "list":
        if shape.member.type_name != "string":
            yield from members(shape.member, (*path, "[]"), above)
        elif path and re.search("role", path[-1], re.IGNORECASE):
            yield ".".join((*path, "[]"))
    elif shape.type_name == "map" and shape.value.type_name != "string":
        yield from members(shape.value, (*path, "{}"), above)


def why_not(service: str, operation: str, member: str) -> str | None:
    """Why a member hands no role over; None if it does."""
    for of, pattern, reason in NOT_PASSED:
        named, _, only = pattern.partition("@")
        if re.fullmatch(of, service) and re.search(named, member) and only in ("", operation):
            return reason
    return None


def principal(service: str, member: str) -> str | None:
    """The service principal that a role must trust to be handed over in a member."""
    for of, pattern, other in OTHER_PRINCIPALS:
        if of == service and re.search(pattern, member):
            return other
    return SERVICES[service][1]


def operations() -> list[Row]:
    """The table: one row for each operation and service principal."""
    loader = botocore.session.get_session().get_component("data_loader")
    found: list[Row] = []
    for service, (prefix, _) in SERVICES.items():
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        for name in model.operation_names:
            shape = model.operation_model(name).input_shape
            by_principal: dict[str | None, list[str]] = {}
            for member in members(shape) if shape is not None else ():
                if why_not(service, name, member) is None:
                    by_principal.setdefault(principal(service, member), []).append(member)
            for who, passed in by_principal.items():
                found.append(
                    {
                        "service": service,
                        "operation": name,
                        "action": f"{prefix}:{name}",
                        "members": passed,
                        "principal": who,
                    }
                )
    return found


def main() -> None:
    rows = operations()
    table = {"source": f"botocore {botocore.__version__}", "operations": rows}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"{TABLE.name}: {len(rows)} rows, {len({row['action'] for row in rows})} actions")


if __name__ == "__main__":
    main()
