"""What a call must be allowed: the IAM actions and resources that AWS authorizes it by."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ringwork.access import catalogue
from ringwork.cloud.emulator import protocol
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.authorization import dynamodb, ec2, kms, logs, s3, tagging
from ringwork.cloud.emulator.authorization.identify import IDENTIFY
from ringwork.cloud.emulator.authorization.names import ACTIONS, ALTERNATIVES, BESIDES, PREFIXES
from ringwork.cloud.emulator.authorization.passing import passed_roles
from ringwork.cloud.emulator.authorization.templates import Template


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be allowed."""

    action: str
    resource: str = "*"
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """condition keys of this need alone"""


@functools.cache
def prefix(service: str) -> str:
    """The IAM prefix of botocore's service: `sagemaker` for `sagemaker-runtime`."""
    if service in PREFIXES:
        return PREFIXES[service]
    metadata = protocol.service_model(service).metadata
    return str(metadata.get("signingName") or metadata["endpointPrefix"])


def action_of(service: str, operation: str) -> str:
    """The IAM action that authorizes an operation, prefix included."""
    return f"{prefix(service)}:{ACTIONS.get(service, {}).get(operation, operation)}"


def needs(asked: Asked) -> list[Need]:
    """Everything that `asked` must be allowed. All of it must be, or the call is refused."""
    service, operation = asked.service, asked.operation.name
    if service == "s3":
        found = [Need(action, resource) for action, resource in s3.needs(asked)]
    elif service == "kms":
        found = [Need(action, resource) for action, resource in kms.needs(asked)]
    elif service in ("apigateway", "apigatewayv2"):
        path = asked.request.path
        found = [Need(f"apigateway:{asked.request.method}", f"arn:aws:apigateway:{asked.region}::{path}")]
    elif service == "dynamodb" and (several := dynamodb.needs(asked)) is not None:
        found = [Need(action, resource) for action, resource in several]
    else:
        action = action_of(service, operation)
        found = [Need(action, resource) for resource in resources(asked, action)]
        found += [
            Need(more, resource) for more in _besides(service, operation) for resource in _places(found)
        ]
        if operation == "AssumeRole":
            found += [Need(more, str(asked.parameters.get("RoleArn"))) for more in _with_session(asked)]
        if service == "logs":
            found += [Need(more, resource) for more in logs.besides(asked) for resource in _places(found)]
        if service == "ec2":
            found += [Need(action, resource, context) for action, resource, context in ec2.tagging(asked)]
    tags = tagging.action(asked)
    if tags is not None:
        found += [Need(f"{prefix(service)}:{tags}", resource) for resource in _tagged(asked, found)]
    found += [
        Need("iam:PassRole", arn, {"iam:PassedToService": principal})
        for arn, principal in passed_roles(asked, prefix(service))
    ]
    return found


def _besides(service: str, operation: str) -> tuple[str, ...]:
    """Further actions on the same resource."""
    return tuple(f"{prefix(service)}:{name}" for name in BESIDES.get(service, {}).get(operation, ()))


def _places(found: list[Need]) -> list[str]:
    return list(dict.fromkeys(need.resource for need in found))


def _tagged(asked: Asked, found: list[Need]) -> list[str]:
    """What is tagged: what is created, which is the first of the resources."""
    if asked.service == "kms":
        return [f"arn:aws:kms:{asked.region}:{asked.account}:key/*"]
    return _places(found)[:1]


def _with_session(asked: Asked) -> Iterator[str]:
    """IAM user guide, "Pass session tags in AWS STS" (sts:TagSession, also for tags that a chain hands on);
    "Monitor and control actions taken with assumed roles" (sts:SetSourceIdentity)."""
    if asked.parameters.get("Tags") or asked.caller.transitive_tags:
        yield "sts:TagSession"
    if asked.parameters.get("SourceIdentity") or asked.caller.source_identity:
        yield "sts:SetSourceIdentity"


_FIXED = {"logs:DescribeLogGroups": "arn:aws:logs:{}:{}:log-group::log-stream:"}
"""Resources that services name in their refusals where the Service Authorization Reference has none"""


def resources(asked: Asked, action: str) -> list[str]:
    """The ARNs of the resources that an action is authorized on; `*` where it has none.

    Service Authorization Reference, "Actions table": a required resource type must be allowed, an optional
    one only where the request names one.
    """
    types = _types(action)
    if not types:
        return [_FIXED.get(action, "*").format(asked.region, asked.account)]
    parameters = _named(asked)
    if asked.service == "ec2":
        parameters = {**parameters, **ec2.parameters(asked)}
    elif asked.service in IDENTIFY:
        parameters = {**parameters, **IDENTIFY[asked.service](asked)}
    place = (asked.region, asked.account, asked.operation.name)
    arns_given = {
        name: tuple(value for value in values if value.startswith("arn:"))
        for name, values in parameters.items()
    }
    filled = [
        # an optional type is not meant just because there is a `Name`
        (
            template.fill(parameters if required or not template.generic else arns_given, *place),
            template,
            required,
        )
        for template, required in types
    ]
    one_is_meant = _one_is_meant(action) and any(arns for arns, _, _ in filled)
    found: list[str] = []
    for arns, template, required in filled:
        if arns:
            found.extend(arn for arn in arns if arn not in found)
        elif required and not one_is_meant and not any(template.is_like(arn) for arn in found):
            found.append(template.any(parameters, *place))
    return found or ["*"]


@functools.cache
def _one_is_meant(action: str) -> bool:
    """Whether the required resource types of an action are alternatives, not all of them."""
    return any(fnmatchcase(action, pattern) for pattern in ALTERNATIVES)


@functools.cache
def _types(action: str) -> tuple[tuple[Template, bool], ...]:
    service, _, name = action.partition(":")
    described = catalogue.actions(service).get(name.lower())
    if described is None:
        return ()
    known = catalogue.resource_types(service)
    types = [t for t in described["resourceTypes"] if t["name"] in known]
    required = [t for t in types if t["required"]]
    return tuple(
        # where a service marks none of its types, one of them is meant
        (Template(known[t["name"]]["arn"]), bool(t["required"]) or (not required and len(types) == 1))
        for t in sorted(types, key=lambda t: not t["required"])
    )


def _named(asked: Asked) -> dict[str, tuple[str, ...]]:
    """The texts among the parameters by lower-case name, those of nested structures as well."""
    found: dict[str, tuple[str, ...]] = {}
    for name, values in _texts(asked.parameters, 0):
        found.setdefault(name.lower(), values)
    return found


def _texts(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    nested = []
    for name, item in value.items():
        if isinstance(item, str):
            yield name, (item,)
        elif isinstance(item, list) and item and all(isinstance(one, str) for one in item):
            yield name, tuple(item)
        elif isinstance(item, Mapping) and depth < 2:
            nested.append(item)
    for item in nested:
        yield from _texts(item, depth + 1)


_ACCOUNT = re.compile(r"arn:[^:]+:[^:]*:[^:]*:([0-9]{12}):.*", re.DOTALL)


def account_in(arn: str) -> str | None:
    """The account that an ARN names, if it names one."""
    match = _ACCOUNT.fullmatch(arn)
    return match[1] if match else None
