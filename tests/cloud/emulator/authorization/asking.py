"""Calls as the authorizer sees them, without a local cloud."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.accounts import Caller, administrator
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.authorization.needs import Need, needs
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Request

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"


def call(
    service: str,
    operation: str,
    /,
    caller: Caller | None = None,
    region: str = REGION,
    headers: dict[str, str] | None = None,
    method: str = "POST",
    path: str = "/",
    **parameters: Any,
) -> Asked:
    request = Request(method, "example.amazonaws.com", path, "", headers or {}, b"")
    return Asked(request, Operation(service, operation), parameters, caller or administrator(ACCOUNT), region)


def wanted(service: str, operation: str, /, **given: Any) -> list[Need]:
    return needs(call(service, operation, **given))


def pairs(service: str, operation: str, /, **given: Any) -> list[tuple[str, str]]:
    """Action and resource of each need, `iam:PassRole` left out."""
    found = wanted(service, operation, **given)
    return [(need.action, need.resource) for need in found if need.action != "iam:PassRole"]
