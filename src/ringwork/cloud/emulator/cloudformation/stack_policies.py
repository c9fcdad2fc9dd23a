"""Stack policies: what an update may do to the resources of a stack.

Source: CloudFormation User Guide, "Prevent updates to stack resources". A stack without a policy allows every
update; a policy denies what it does not allow, and a Deny overrides an Allow. The guide does not say what a
policy without a statement (`{}`) does: CloudFormation takes it, gives it back, and updates go through.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid

BODY_BYTES = 16_384
"""API reference, SetStackPolicy, StackPolicyBody."""

ACTIONS = frozenset({"Update:Modify", "Update:Replace", "Update:Delete", "Update:*"})

_INVALID = "Error validating stack policy: Invalid stack policy"
_STATEMENT_KEYS = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Principal", "Resource", "NotResource", "Condition"}
)
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringLike": fnmatchcase,
}


def check(body: str) -> str:
    """`body`, or ValidationError when it is no stack policy."""
    if len(body.encode()) > BODY_BYTES:
        raise invalid(f"Stack policy may not exceed {BODY_BYTES} bytes in size.")
    try:
        policy = json.loads(body)
    except ValueError:
        raise invalid(_INVALID) from None
    if not isinstance(policy, Mapping) or not set(policy) <= {"Statement", "Version", "Id"}:
        raise invalid(_INVALID)
    if not all(_is_statement(item) for item in _statements(policy)):
        raise invalid(_INVALID)
    return body


def _is_statement(item: Any) -> bool:
    if not isinstance(item, Mapping) or not set(item) <= _STATEMENT_KEYS:
        return False
    if item.get("Effect") not in ("Allow", "Deny") or item.get("Principal") != "*":
        return False
    if ("Action" in item) == ("NotAction" in item) or ("Resource" in item) == ("NotResource" in item):
        return False
    actions = _listed(item.get("Action", item.get("NotAction")))
    resources = _listed(item.get("Resource", item.get("NotResource")))
    return (
        bool(actions)
        and all(action in ACTIONS for action in actions)
        and all(
            isinstance(name, str) and (name == "*" or name.startswith("LogicalResourceId/"))
            for name in resources
        )
        and all(
            test in _OPERATORS and isinstance(keys, Mapping) and set(keys) == {"ResourceType"}
            for test, keys in item.get("Condition", {}).items()
        )
    )


def refusal(body: str | None, action: str, logical: str, type: str) -> str | None:
    """Why the policy does not let `action` (such as `Update:Replace`) happen; None when it does.

    The text is the status reason of the resource's UPDATE_FAILED event.
    """
    statements = _statements(json.loads(body)) if body else []
    if not statements:
        return None
    name = f"LogicalResourceId/{logical}"
    matching = [
        (number, item["Effect"])
        for number, item in enumerate(statements, 1)
        if _applies(item, action, name, type)
    ]
    for number, effect in matching:
        if effect == "Deny":
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] for "
                f"resource [{name}];"
            )
    if not matching:
        return f"Action not allowed by stack policy: no statement allows [{action}] for resource [{name}];"
    return None


def _applies(item: Mapping[str, Any], action: str, name: str, type: str) -> bool:
    acts = _matches(item, "Action", action) and _matches(item, "Resource", name)
    return acts and all(
        any(_OPERATORS[test](type, wanted) for wanted in _listed(keys["ResourceType"]))
        for test, keys in item.get("Condition", {}).items()
    )


def _matches(item: Mapping[str, Any], element: str, value: str) -> bool:
    if element in item:
        return any(fnmatchcase(value, pattern) for pattern in _listed(item[element]))
    return not any(fnmatchcase(value, pattern) for pattern in _listed(item[f"Not{element}"]))


def _statements(policy: Mapping[str, Any]) -> Sequence[Any]:
    return _listed(policy.get("Statement", []))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
