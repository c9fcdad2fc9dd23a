"""Holds statements against the questions of a guard rail, on top of everything else being allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from ringwork.access import catalogue
from ringwork.access.evaluate import Policies
from ringwork.access.guardrails.model import Breach, Form, GuardRail, Json
from ringwork.access.policy import Policy, PolicyKind, parse
from ringwork.access.questions.situation import Situation, anonymous, outsider, outsiders
from ringwork.access.request import Principal
from ringwork.access.symbolic import Answer, Question, ask

ACCOUNT = "111122223333"
ORGANIZATION = "o-aaaaaaaaaa"
"""The account and the organization of whoever is asked about as one of ours."""
VERSION = "2012-10-17"
_ALL: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/administrator"
_OURS: dict[str, str | tuple[str, ...]] = {
    "aws:principalorgid": ORGANIZATION,
    "aws:resourceorgid": ORGANIZATION,
}
_KINDS: tuple[tuple[Literal["resource", "key", "trust"], PolicyKind, tuple[str, ...]], ...] = (
    # a key's and a role's policies are evaluated by rules of their own
    ("resource", "resource", ("kms:*", "sts:AssumeRole*", "sts:TagSession", "sts:SetSourceIdentity")),
    ("key", "key", ()),
    ("trust", "trust", ()),
)


@dataclass(frozen=True, slots=True)
class Held:
    """What statements do about one kind of request."""

    breach: Breach
    answer: Answer
    """proved: no such request is allowed; violated: with one that is"""


def hold(
    rail: GuardRail, statements: Iterable[Json] | None = None, *, form: Form | None = None
) -> tuple[Held, ...]:
    """The answer for each breach. `statements`: these in place of its own, for those who wrote others."""
    given = rail.statements if statements is None else tuple(statements)
    return tuple(Held(each, decide(each, given, form or rail.form)) for each in rail.breaches)


def admits(
    rail: GuardRail, statements: Iterable[Json] | None = None, *, form: Form | None = None
) -> tuple[Held, ...]:
    """The answer for each kind of request that must stay possible: `violated` is the good one."""
    given = rail.statements if statements is None else tuple(statements)
    return tuple(Held(each, decide(each, given, form or rail.form)) for each in rail.admits)


def decide(breach: Breach, statements: Iterable[Json], form: Form) -> Answer:
    """Whether no such request is allowed where the statements stand and all else allows everything: the
    principal is an administrator, and the resource's own policy is open to the world."""
    given = tuple(statements)
    own = breach.who in ("role", "root", "outsider")
    reasons: list[str] = []
    answer = Answer("proved")
    for (who, situation), (kind, policy_kind, without) in product(_who(breach), _KINDS):
        answer = ask(
            Question(
                who,
                breach.match,
                _policies(given, form, kind, policy_kind, own=own),
                resource_account=ACCOUNT,
                fixed={**situation.fixed, **breach.fixed},
                absent=situation.absent - breach.fixed.keys(),
                given=breach.given,
                without=(*breach.without, *(without or _all_but(kind))),
            )
        )
        if answer.status == "violated":
            return answer
        reasons += answer.reasons
    if reasons:
        return Answer("unknown", reasons=tuple(dict.fromkeys(reasons)), catalogue=answer.catalogue)
    return answer


def _who(breach: Breach) -> list[tuple[Principal, Situation]]:
    """Whoever is meant; somebody outside is what they like, a role or of no organization."""
    if breach.who == "role":
        role = breach.role or _ROLE
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/session"
        return [(Principal("role", ACCOUNT, session, role), Situation(_OURS))]
    if breach.who == "root":
        return [(Principal("root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"), Situation(_OURS))]
    resource = Situation({"aws:resourceorgid": ORGANIZATION})
    if breach.who == "service":
        return [(Principal("service", None, "sagemaker.amazonaws.com"), resource)]
    found = (outsider(), *outsiders()) if breach.who == "outsider" else (anonymous(),)
    return [(who, situation.and_(resource)) for who, _, situation in found]


def _all_but(kind: str) -> tuple[str, ...]:
    kept = {"key": "kms", "trust": "sts"}[kind]
    return tuple(f"{prefix}:*" for prefix in catalogue.services() if prefix != kept)


def _policies(
    statements: tuple[Json, ...],
    form: Form,
    kind: Literal["resource", "key", "trust"],
    policy_kind: PolicyKind,
    *,
    own: bool,
) -> Policies:
    open_to_all = [*(statements if form == "resource" else ()), _ALL]
    return Policies(
        identity=(_parsed("identity", [*(statements if form == "identity" else ()), _ALL]),) if own else (),
        boundary=_parsed("boundary", [*statements, _ALL]) if form == "boundary" else None,
        scp=((_parsed("scp", [*statements, _ALL]),),) if form == "scp" else None,
        rcp=((_parsed("rcp", statements),),) if form == "rcp" and statements else None,
        resource=_parsed(policy_kind, open_to_all),
        resource_kind=kind,
    )


def _parsed(kind: PolicyKind, statements: Iterable[Json]) -> Policy:
    found: list[dict[str, Any]] = []
    for statement in statements:
        each = dict(statement)
        if kind in ("resource", "key", "trust", "rcp"):
            each["Principal"] = "*"
        if kind == "trust":
            if not _about_roles(each):
                continue
            each.pop("Resource", None)
            each.pop("NotResource", None)
            if each.get("Action") == "*":
                each["Action"] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
        found.append(each)
    return parse({"Version": VERSION, "Statement": found}, kind=kind, name=kind)


def _about_roles(statement: Json) -> bool:
    actions = statement.get("Action", ())
    listed = [actions] if isinstance(actions, str) else list(actions)
    return any(each == "*" or each.lower().startswith("sts:") for each in listed)
