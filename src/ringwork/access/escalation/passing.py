"""Every operation that hands a role to a service, from `passed_roles.json` (botocore's service models).

What the table of ways does not speak of is a way of its own: the service then works with the role for the
caller, and what it does with it is not said.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from dataclasses import dataclass

from ringwork.access import catalogue
from ringwork.access.escalation.paths import Path, paths


@dataclass(frozen=True, slots=True)
class Passing:
    """An operation that takes a role."""

    action: str
    members: tuple[str, ...]
    """of its input"""
    principal: str | None
    """the service that the role must trust; None: AWS's pages do not say"""


@functools.cache
def operations() -> tuple[Passing, ...]:
    """Every operation that takes a role, once for each service that it goes to."""
    source = importlib.resources.files(__package__).joinpath("passed_roles.json")
    rows = json.loads(source.read_text(encoding="utf-8"))["operations"]
    return tuple(Passing(row["action"], tuple(row["members"]), row["principal"]) for row in rows)


@functools.cache
def others() -> tuple[Path, ...]:
    """Ways for the operations that no way of the table has."""
    spoken_of = {
        (action, path.passed_to) for path in paths() if path.kind == "pass" for action in path.actions
    }
    found = {}
    for one in operations():
        prefix, _, name = one.action.partition(":")
        if (one.action, one.principal) in spoken_of or name.lower() not in catalogue.actions(prefix):
            continue
        id = f"pass:{one.action}" + ("" if one.principal is None else f":{one.principal.partition('.')[0]}")
        found[id] = Path(
            id=id,
            title=f"hand over the role with {one.action}",
            kind="pass",
            needs=("iam:PassRole", one.action),
            passed_to=one.principal,
            unseen=None if one.principal else "which service the role is handed to",
            reaches="use",
            guards=("iam:PassedToService", "iam:AssociatedResourceArn"),
            evidence="derived",
            sources=("botocore",),
        )
    return tuple(found.values())
