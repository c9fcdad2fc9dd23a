"""Who outside the organization can do something to a resource.

Everybody outside counts as one of two: somebody without credentials, and a principal of a strange account
whose own policies allow everything. For S3, what Block Public Access and ACLs do is counted in: S3 user
guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects and disabling
ACLs".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ringwork.access.authority import Authority, Guarded
from ringwork.access.conditions import Condition
from ringwork.access.policy import Policy
from ringwork.access.questions.asker import Asker
from ringwork.access.questions.possible import Verdict, possible
from ringwork.access.questions.scope import scope
from ringwork.access.questions.situation import Situation, anonymous, outsider, token
from ringwork.access.symbolic import match

ANONYMOUS, OUTSIDER = "anybody, without credentials", "a principal of another organization"


@dataclass(frozen=True, slots=True)
class Public:
    """What one kind of outsider can do to a resource."""

    who: str
    verdict: Verdict


def strangers() -> tuple[Asker, ...]:
    """Both kinds of outsiders."""
    found = []
    for name, (who, policies, situation) in ((ANONYMOUS, anonymous()), (OUTSIDER, outsider())):
        found.append(Asker(who, None, policies, situation, name))
    return tuple(found)


def _with_tokens(resource: Guarded) -> Iterator[Asker]:
    """Whoever has a token of one of the identity providers that a role trusts, for another subject."""
    if resource.policy is None or resource.policy_kind != "trust":
        return
    providers: dict[str, None] = {}
    for side in (resource.policy.wider, resource.policy.narrower):
        for statement in side.statements:
            if statement.principals is not None:
                providers.update(dict.fromkeys(statement.principals.federated))
    for provider in providers:
        who, policies, situation = token(provider)
        yield Asker(who, None, policies, situation, f"anybody with a token of {provider}")


def public(
    authority: Authority,
    resource: Guarded,
    wanted: Policy | None = None,
    *,
    situation: Situation | None = None,
    given: tuple[Condition, ...] = (),
) -> Iterator[Public]:
    """What each kind of outsider can do. `wanted`: the requests that count; None: all. `situation`, `given`:
    what is known of them."""
    about = wanted or match("*", resource=scope(resource))
    alone = replace(authority, guarded={resource.key: resource})
    for who in (*strangers(), *_with_tokens(resource)):
        yield Public(who.name, possible(alone, who, about, situation=situation, given=given))
