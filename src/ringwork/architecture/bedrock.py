"""Foundation models by their ids: the ARNs that a call on one is authorized on.

An id may be a model's (`anthropic.claude-...`) or that of a cross-Region inference profile, the model's id
after the place that it spans (`eu.anthropic.claude-...`). A call on a profile is authorized on the profile,
and on the model in every Region that the profile may send it to (Amazon Bedrock user guide, "Prerequisites
for inference profiles").
"""

from __future__ import annotations

from collections.abc import Iterator

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""Converse and ConverseStream are authorized as these (Bedrock API reference, Converse)."""
APPLY = "bedrock:ApplyGuardrail"
"""What a call through a guardrail needs beside (user guide, "Set up permissions to use guardrails")."""
SPANS = frozenset({"apac", "au", "ca", "eu", "global", "jp", "us", "us-gov"})
"""What a cross-Region inference profile's id begins with (Bedrock user guide, "Supported Regions and models
for inference profiles")."""


def model(id: str) -> str:
    """The model's own id."""
    span, _, rest = id.partition(".")
    return rest if span in SPANS else id


def profile(id: str) -> str | None:
    """The id of the inference profile, where it is one."""
    return id if model(id) != id else None


def arns(id: str, region: str, account: str) -> Iterator[str]:
    """For Fn::Sub. Foundation models belong to no account; a profile is the caller's."""
    if profile(id) is None:
        yield f"arn:${{AWS::Partition}}:bedrock:{region}::foundation-model/{id}"
        return
    yield f"arn:${{AWS::Partition}}:bedrock:{region}:{account}:inference-profile/{id}"
    yield f"arn:${{AWS::Partition}}:bedrock:*::foundation-model/{model(id)}"
