"""Two versions of a policy: whether the new one allows what the old one does not, and the other way round.

The documents are compared as they stand: over every resource and every key that a request could have, whoever
asks. What else would limit the access (other policies, whether an action takes a key) plays no part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ringwork.access.conditions import Condition, compile_condition
from ringwork.access.evaluate import Policies
from ringwork.access.policy import Policy, PolicyKind
from ringwork.access.principals import account_of
from ringwork.access.questions.situation import EVERYTHING
from ringwork.access.request import Principal
from ringwork.access.symbolic import Answer, Question, ask, match
from ringwork.access.symbolic.keys import OF_IAM_PRINCIPALS

Relation: TypeAlias = Literal["equal", "wider", "narrower", "incomparable", "unknown"]

_SOME_ACCOUNT, _STRANGE_ACCOUNT, _OWNER = "111122223333", "999999999999", "000000000000"
_ANYTHING = match("*")
_NO_IAM = OF_IAM_PRINCIPALS | {"aws:username", "aws:principalorgid", "aws:principalorgpaths"}
"""keys that the requests of services and of whoever is anonymous do not have"""
_WITH_PRINCIPALS = ("resource", "trust", "key", "endpoint")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a new policy lies to an old one."""

    relation: Relation
    """of the new one to the old one"""
    gained: Answer
    """whether nothing is allowed that was not; else a request that is new"""
    lost: Answer
    """whether everything is allowed that was; else a request that no longer is"""


def kind_of(document: Mapping[str, Any]) -> PolicyKind:
    """What kind of policy a document is, by its elements: a resource's names principals."""
    given = document.get("Statement")
    items = given if isinstance(given, list) else [given]
    named = any(
        isinstance(item, Mapping) and ("Principal" in item or "NotPrincipal" in item) for item in items
    )
    if not named:
        return "identity"
    resources = any(
        isinstance(item, Mapping) and ("Resource" in item or "NotResource" in item) for item in items
    )
    return "resource" if resources else "trust"


def compare(old: Policy, new: Policy) -> Comparison:
    """Compare two policies of one kind."""
    gained = contained(new, old)
    lost = contained(old, new)
    return Comparison(relation_of(gained, lost), gained, lost)


def relation_of(gained: Answer, lost: Answer) -> Relation:
    """The relation of new to old that two answers make."""
    if gained.status == "unknown" or lost.status == "unknown":
        both = gained.status == "violated", lost.status == "violated"
        return "incomparable" if all(both) else "unknown"
    return {
        (False, False): "equal",
        (True, False): "wider",
        (False, True): "narrower",
        (True, True): "incomparable",
    }[gained.status == "violated", lost.status == "violated"]  # type: ignore[return-value]


def contained(inner: Policy, outer: Policy) -> Answer:
    """Whether `outer` allows all that `inner` allows; else a request that only `inner` allows."""
    if inner.kind not in _WITH_PRINCIPALS:
        who = Principal("user", _SOME_ACCOUNT, f"arn:aws:iam::{_SOME_ACCOUNT}:user/x")
        return ask(
            Question(
                who,
                _ANYTHING,
                Policies(identity=(inner,)),
                Policies(identity=(outer,)),
                anyone=True,
                open_world=True,
            )
        )
    reasons: list[str] = []
    answer = Answer("proved")
    for someone in _someone((inner, outer)):
        answer = ask(
            Question(
                someone.principal,
                _ANYTHING,
                Policies(identity=(EVERYTHING,), resource=inner),
                Policies(identity=(EVERYTHING,), resource=outer),
                resource_account=_OWNER,
                fixed=someone.fixed,
                absent=someone.absent,
                given=someone.given,
                anyone=True,
                open_world=True,
            )
        )
        if answer.status == "violated":
            return answer
        reasons += answer.reasons
    if reasons:
        return Answer("unknown", reasons=tuple(dict.fromkeys(reasons)), catalogue=answer.catalogue)
    return answer


@dataclass(frozen=True, slots=True)
class _Someone:
    """One principal for all whom the Principal elements of the policies do not tell apart."""

    principal: Principal
    fixed: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    given: tuple[Condition, ...] = ()
    absent: frozenset[str] = frozenset()


def _someone(policies: tuple[Policy, ...]) -> Iterator[_Someone]:
    aws: dict[str, None] = {}
    services: dict[str, None] = {}
    federated: dict[str, None] = {}
    for policy in policies:
        for statement in policy.statements:
            for principals in (statement.principals, statement.not_principals):
                if principals is not None:
                    aws.update(dict.fromkeys(principals.aws))
                    services.update(dict.fromkeys(principals.services))
                    federated.update(dict.fromkeys(principals.federated))
    arns = [entry for entry in aws if account_of(entry) is None]
    accounts = dict.fromkeys(account for entry in aws if (account := account_of(entry)) is not None)
    accounts.update(dict.fromkeys(account for arn in arns if (account := _account(arn)) is not None))
    for arn in arns:
        found = _named(arn)
        yield _Someone(found, {"aws:principalarn": found.role or found.arn})
    for account in accounts:
        yield _other(account, arns)
    yield _stranger(tuple(accounts))
    for service in (*services, "example.amazonaws.com"):
        yield _Someone(
            Principal("service", None, service), {"aws:principalisawsservice": "true"}, absent=_NO_IAM
        )
    for provider in federated:
        yield _Someone(Principal("token", None, provider), absent=_NO_IAM)
    yield _Someone(Principal("anonymous", None, "*"), absent=_NO_IAM)


def _account(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and re.fullmatch(r"\d{12}", parts[4]) else None


def _named(entry: str) -> Principal:
    account = _account(entry)
    if ":assumed-role/" in entry:
        role = entry.rpartition(":assumed-role/")[2].partition("/")[0]
        return Principal("role", account, entry, f"arn:aws:iam::{account}:role/{role}")
    if ":role/" in entry:
        name = entry.rpartition("/")[2]
        return Principal("role", account, f"arn:aws:sts::{account}:assumed-role/{name}/session", entry)
    if ":federated-user/" in entry:
        return Principal("federated", account, entry)
    # a user's ARN, or a unique id: nothing more is known of it
    return Principal("user", account or _STRANGE_ACCOUNT, entry)


def _other(account: str, arns: list[str]) -> _Someone:
    """Somebody of an account whom no policy names."""
    arn = f"arn:aws:iam::{account}:user/somebody"
    given = [_condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{account}:*")]
    named = [entry for entry in arns if _account(entry) == account]
    if named:
        given.append(_condition("StringNotEquals", "aws:PrincipalArn", *named))
    return _Someone(Principal("user", account, arn), {"aws:principalaccount": account}, tuple(given))


def _stranger(accounts: tuple[str, ...]) -> _Someone:
    """Somebody of an account that no policy names."""
    given = [_condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:*")]
    if accounts:
        given.append(_condition("StringNotEquals", "aws:PrincipalAccount", *accounts))
        given.append(
            _condition(
                "ArnNotLike", "aws:PrincipalArn", *(f"arn:aws:iam::{account}:*" for account in accounts)
            )
        )
    arn = f"arn:aws:iam::{_STRANGE_ACCOUNT}:user/stranger"
    return _Someone(Principal("user", _STRANGE_ACCOUNT, arn), {}, tuple(given))


def _condition(operator: str, key: str, *values: str) -> Condition:
    return compile_condition(operator, key, values, variables=False)
