"""What AWS's services refuse when a resource is made, and the services behind the local cloud may not.

Checked on the resolved properties of a resource, before anything of it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ringwork.access import PolicyError, PolicyKind, parse

Properties = Mapping[str, Any]


class RefusedByServiceError(ValueError):
    """The service would not make a resource of these properties."""


_POLICIES: Mapping[tuple[str, str], PolicyKind] = {
    # MalformedPolicyDocumentException (KMS API reference, CreateKey)
    ("AWS::KMS::Key", "KeyPolicy"): "key",
    ("AWS::KMS::ReplicaKey", "KeyPolicy"): "key",
    # MalformedPolicy (S3 API reference, "Error responses")
    ("AWS::S3::BucketPolicy", "PolicyDocument"): "resource",
    # InvalidAttributeValue, InvalidParameter (API references, SetQueueAttributes, SetTopicAttributes)
    ("AWS::SQS::QueuePolicy", "PolicyDocument"): "resource",
    ("AWS::SNS::TopicPolicy", "PolicyDocument"): "resource",
    # InvalidPolicyDocument (EC2 API reference, "Error codes")
    ("AWS::EC2::VPCEndpoint", "PolicyDocument"): "endpoint",
}

BLOCKED_RUNTIMES = frozenset(
    {"nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x"}
    | {"python2.7", "python3.6", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1"}
    | {"ruby2.5"}
)
"""Lambda developer guide, "Lambda runtimes", deprecated runtimes: no function can be created any more. Only
those are here whose date has never been put off."""


def _policies(type: str, properties: Properties) -> Iterator[str]:
    for (owner, name), kind in _POLICIES.items():
        if owner == type and properties.get(name) is not None:
            try:
                parse(properties[name], kind=kind)
            except PolicyError as error:
                yield f"{name} is malformed: {error}"


def _runtime(type: str, properties: Properties) -> Iterator[str]:
    runtime = properties.get("Runtime")
    if type == "AWS::Lambda::Function" and runtime in BLOCKED_RUNTIMES:
        yield (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions."
        )


_RULES: tuple[Callable[[str, Properties], Iterator[str]], ...] = (_policies, _runtime)


def check(type: str, properties: Properties) -> None:
    """Raise RefusedByServiceError for what the service of `type` would refuse."""
    for rule in _RULES:
        for problem in rule(type, properties):
            raise RefusedByServiceError(problem)
