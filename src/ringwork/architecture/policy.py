"""IAM policy statements as values: one way to write them, sorted, ready for CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringwork.architecture.template import Json, sub, subs

VERSION = "2012-10-17"

Conditions = Mapping[str, Mapping[str, Json]]
"""operator -> key -> value; strings through `template.sub` where they have pseudo parameters"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Strings in `actions` and `resources` may hold `${AWS::...}` for Fn::Sub."""

    sid: str
    """letters and digits"""
    effect: str
    actions: Sequence[str]
    resources: Sequence[str | Mapping[str, Json]] = ("*",)
    """ARNs, or intrinsic functions"""
    principal: Json = None
    """resource policies and trust policies: `*`, or `{"Service": ...}`"""
    conditions: Conditions = field(default_factory=dict)
    not_resources: Sequence[str] = ()
    """given: the statement is about everything but these, and `resources` is not used"""
    no_resource: bool = False
    """true for a role's trust policy, which has none"""
    not_actions: Sequence[str] = ()
    """given: the statement is about every action but these, and `actions` is not used"""

    def json(self) -> dict[str, Json]:
        statement: dict[str, Json] = {"Sid": self.sid, "Effect": self.effect}
        if self.principal is not None:
            statement["Principal"] = self.principal
        actions = sorted(self.not_actions or self.actions)
        statement["NotAction" if self.not_actions else "Action"] = (
            actions[0] if len(actions) == 1 else actions
        )
        if self.not_resources:
            statement["NotResource"] = subs(self.not_resources)
        elif not self.no_resource:
            resources = [sub(part) if isinstance(part, str) else part for part in self.resources]
            statement["Resource"] = resources[0] if len(resources) == 1 else resources
        if self.conditions:
            statement["Condition"] = {
                operator: {key: keys[key] for key in sorted(keys)}
                for operator, keys in sorted(self.conditions.items())
            }
        return statement


def allow(sid: str, actions: Sequence[str], resources: Sequence[str | Mapping[str, Json]] = ("*",),
          *, principal: Json = None, conditions: Conditions | None = None) -> Statement:  # fmt: skip
    return Statement(sid, "Allow", actions, resources, principal, conditions or {})


def deny(sid: str, actions: Sequence[str], resources: Sequence[str | Mapping[str, Json]] = ("*",),
         *, principal: Json = None, conditions: Conditions | None = None) -> Statement:  # fmt: skip
    return Statement(sid, "Deny", actions, resources, principal, conditions or {})


def document(statements: Sequence[Statement]) -> dict[str, Json]:
    return {"Version": VERSION, "Statement": [statement.json() for statement in statements]}


def trust(service: str, source_arns: Sequence[str], *, if_exists: bool = False) -> dict[str, Json]:
    """A role's trust policy for one AWS service acting for this account (IAM, the confused deputy problem).

    `if_exists`: the conditions bind only where the service sends the keys.
    """
    suffix = "IfExists" if if_exists else ""
    statement = Statement(
        sid="AssumedByService",
        effect="Allow",
        actions=("sts:AssumeRole",),
        principal={"Service": service},
        conditions={
            f"StringEquals{suffix}": {"aws:SourceAccount": sub("${AWS::AccountId}")},
            f"ArnLike{suffix}": {"aws:SourceArn": subs(source_arns)},
        },
        no_resource=True,
    )
    return document([statement])
