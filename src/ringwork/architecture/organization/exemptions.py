"""Whom a guard rail of the organization does not hold.

Each statement exempts as few as can be, by the role's ARN in any account: `aws:PrincipalArn` of a session
is the role's (IAM user guide, "AWS global condition context keys"). Nobody else can make or change a role of
one of these names (`foundations.py`). Service-linked roles and the management account are never held by
SCPs (Organizations user guide, "Tasks and entities not restricted by SCPs").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringwork.architecture import names
from ringwork.architecture.policy import Conditions
from ringwork.architecture.template import Json, ref, sub
from ringwork.blueprint.model import Blueprint

ANYWHERE = "arn:${AWS::Partition}:iam::*:role/"
"""A role in any account, for Fn::Sub."""


ENTRY_ROLE = "EntryRole"
"""Parameter: name of the role by which an account is first entered, and bootstrapped again."""


def entry_role() -> Json:
    """ARN of that role in any account."""
    return {"Fn::Join": ["", [sub(ANYWHERE), ref(ENTRY_ROLE)]]}


def roles(*given: str) -> list[Json]:
    return [sub(f"{ANYWHERE}{name}") for name in given]


def but(blueprint: Blueprint, *roles_: str, entry: bool = False) -> Conditions:
    """Everybody but these roles, break-glass, and whom the blueprint exempts; `entry`: and the role that
    bootstraps."""
    found = roles(names.BREAK_GLASS, *sorted(roles_))
    return unless([*found, *([entry_role()] if entry else []), *sorted(blueprint.perimeter.exempt)])


def unless(principals: Sequence[Json]) -> Conditions:
    return {"ArnNotLikeIfExists": {"aws:PrincipalArn": list(principals)}}


def both(first: Conditions, **more: Mapping[str, Json]) -> Conditions:
    """Conditions that must hold together."""
    joined: dict[str, dict[str, Json]] = {operator: dict(keys) for operator, keys in first.items()}
    for operator, keys in more.items():
        joined.setdefault(operator, {}).update(keys)
    return joined
