"""Dynamic references: values that stay in Parameter Store or Secrets Manager until a resource is made.

Source: CloudFormation User Guide, "Get values stored in other services using dynamic references". The stack
keeps the reference, never the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.errors import NotEmulatedError

Client = Callable[[str], Any]

_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):([^}]*)\}\}")


def holds(value: Any) -> bool:
    """Whether some text in `value` holds a dynamic reference."""
    if isinstance(value, str):
        return "{{resolve:" in value
    if isinstance(value, Mapping):
        return any(holds(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(holds(item) for item in value)


def resolved(value: Any, client: Client) -> Any:
    """`value` with what its references stand for, read with the stack's credentials.

    Raises ValidationError for a reference of another form, NotEmulatedError for secure strings, and what the
    services raise.
    """
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _value(match[1], match[2], client), value)
    if isinstance(value, Mapping):
        return {name: resolved(item, client) for name, item in value.items()}
    return [resolved(item, client) for item in value] if isinstance(value, list) else value


def _value(service: str, name: str, client: Client) -> str:
    if service == "ssm":
        # with or without a version: `name:3`
        return str(client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    if service == "secretsmanager":
        return _secret(name, client)
    if service == "ssm-secure":
        raise NotEmulatedError("cloudformation", "CreateStack", "dynamic references of the kind ssm-secure")
    raise invalid(f"Dynamic reference {{{{resolve:{service}:{name}}}}} is not supported")


def _secret(text: str, client: Client) -> str:
    """`secret-id:SecretString:json-key:version-stage:version-id`, where the id may be an ARN."""
    taken = 7 if text.startswith("arn:") else 1
    parts = text.split(":")
    secret, rest = ":".join(parts[:taken]), [*parts[taken:], "", "", "", ""]
    kind, key, stage, version = rest[:4]
    if kind not in ("", "SecretString"):
        raise invalid(f"Dynamic reference to {secret}: only SecretString is supported")
    asked = {"VersionStage": stage} if stage else {"VersionId": version} if version else {}
    found = str(client("secretsmanager").get_secret_value(SecretId=secret, **asked)["SecretString"])
    if not key:
        return found
    try:
        return str(json.loads(found)[key])
    except (ValueError, KeyError, TypeError):
        raise invalid(f"Could not find a value associated with JSONKey in SecretString of {secret}") from None
