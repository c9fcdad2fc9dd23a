"""The details of a refusal, which EC2 encodes for those who may call `sts:DecodeAuthorizationMessage`.

Source: STS API reference, DecodeAuthorizationMessage; IAM user guide, "Use DecodeAuthorizationMessage with a
CLI" (the decoded document of a refusal by a Deny).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ringwork.access import Decision, Policy, Request
from ringwork.cloud.emulator.accounts import Caller


def details(caller: Caller, request: Request, decision: Decision, policies: Iterable[Policy]) -> bytes:
    """The decoded document, compressed. `policies`: all that applied to the request."""
    document = {
        "allowed": decision.allowed,
        "explicitDeny": decision.explicit,
        "matchedStatements": _items(_matched(caller, decision, tuple(policies))),
        "failures": _items(()),
        "context": {
            "principal": _principal(caller),
            "action": request.action,
            "resource": request.resource,
            "conditions": _items(_condition(key, value) for key, value in sorted(request.context.items())),
        },
    }
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode())


def _items(found: Iterable[Any]) -> dict[str, list[Any]]:
    return {"items": list(found)}


def _values(found: Any) -> dict[str, list[Any]]:
    return _items({"value": str(one)} for one in (found if isinstance(found, list | tuple) else [found]))


def _condition(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "values": _values(value)}


def _principal(caller: Caller) -> dict[str, str]:
    named = {"name": caller.arn.rpartition("/")[2]} if caller.kind == "user" else {}
    return {"id": caller.user_id, **named, "arn": caller.arn}


def _matched(caller: Caller, decision: Decision, policies: tuple[Policy, ...]) -> Iterator[Mapping[str, Any]]:
    for reference in decision.statements:
        policy = next((one for one in policies if one.name == reference.policy), None)
        if policy is None:
            continue
        given = policy.document["Statement"]
        statement = (given if isinstance(given, list) else [given])[reference.index]
        tests = (statement.get("Condition") or {}).values()
        yield {
            "statementId": reference.sid,
            "effect": str(statement["Effect"]).upper(),
            "principals": _items([{"value": caller.user_id.partition(":")[0]}]),
            "principalGroups": _items(()),
            "actions": _values(statement.get("Action", [])),
            "resources": _values(statement.get("Resource", [])),
            "conditions": _items(_condition(key, value) for keys in tests for key, value in keys.items()),
        }
