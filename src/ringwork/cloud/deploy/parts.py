"""Policies that are longer than IAM allows, cut into several that together say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.schemas.quotas import MANAGED_POLICY

_ROOM = MANAGED_POLICY.value - 300
"""Characters of a part: `${AWS::...}` grows when it is filled in."""


def packed(statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The statements in as few policies as a managed policy's size allows, each cut at its actions where it
    is too long (IAM quotas: 6,144 characters a managed policy, spaces not counted; 10 on a role)."""
    parts: list[list[dict[str, Any]]] = [[]]

    def size(*more: Mapping[str, Any]) -> int:
        return len(json.dumps(document(*parts[-1], *more), separators=(",", ":")))

    for statement in statements:
        rest, index = dict(statement), 1
        while size(rest) > _ROOM:
            actions = rest["Action"] if rest["Effect"] == "Allow" else []
            fit = 0
            while fit < len(actions) and size({**rest, "Action": actions[: fit + 1]}) <= _ROOM:
                fit += 1
            if fit:
                parts[-1].append({**rest, "Action": actions[:fit]})
                index += 1
                rest = {**rest, "Sid": f"{statement['Sid']}{index}", "Action": actions[fit:]}
            parts.append([])
        parts[-1].append(rest)
    return [document(*part) for part in parts if part]


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
