"""Who outside the organization can do something to a resource.

Everybody outside counts as one of two: somebody without credentials, and a principal of a strange account
whose own policies allow everything. For S3, what Block Public Access and ACLs do is counted in: S3 user
guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects and disabling
ACLs".
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ringwork.access.authority import Authority, Guarded
from ringwork.access.conditions import Condition, compile_condition
from ringwork.access.evaluate import Policies
from ringwork.access.policy import Policy
from ringwork.access.questions.asker import Asker
from ringwork.access.questions.possible import Verdict, possible
from ringwork.access.questions.scope import scope
from ringwork.access.questions.situation import Situation, anonymous, outsider, outsiders, token
from ringwork.access.request import Principal
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
        others = outsiders() if name == OUTSIDER else ()
        found.append(Asker(who, None, policies, situation, name, otherwise=_as(others)))
    return tuple(found)


def _as(others: Iterable[tuple[Principal, Policies, Situation]]) -> tuple[Asker, ...]:
    return tuple(Asker(who, None, own, situation, OUTSIDER) for who, own, situation in others)


_WHO = ("aws:principalarn", "aws:principaltype", "aws:principalorg", "aws:userid", "aws:username")
_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([^:]*):role/(.+)")


def _fitting(authority: Authority, resource: Guarded, about: Policy, who: Asker) -> Asker:
    """The stranger with what else they can be, as far as a policy that takes part can tell; roles that its
    patterns of `aws:PrincipalArn` fit among it, as the name of a role is its maker's choice."""
    if not who.otherwise:
        return who
    owner = authority.accounts.get(resource.account or "")
    documents = [] if resource.policy is None else [resource.policy]
    documents += [] if owner is None else [one for level in owner.rcp or () for one in level]
    sides = [side for one in documents for side in (one.wider, one.narrower)]
    if not any(key.startswith(_WHO) for policy in (*sides, about) for key in policy.keys):
        return replace(who, otherwise=())
    names: dict[str, None] = {}
    for policy in sides:
        for statement in policy.statements:
            for condition in statement.conditions if statement.allows else ():
                if condition.key.lower() == "aws:principalarn":
                    for value in condition.values:
                        found = _ARN.fullmatch(value)
                        if found and fnmatch.fnmatchcase(who.principal.account or "", found[1]):
                            names[re.sub(r"[*?]", "x", found[2])] = None
    more = [one for name in list(names)[:8] for one in outsiders(name)[::2]]
    return replace(who, otherwise=(*who.otherwise, *_as(more)))


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


_FORGES = {
    "token.actions.githubusercontent.com": ("repo:", "repo:*/*:*"),
    "gitlab.com": ("project_path:", "project_path:*/*:*"),
    "app.terraform.io": ("organization:", "organization:*:project:*:workspace:*:run_phase:*"),
}
"""providers that give everybody tokens -> what a subject begins with, and its form"""


def _subjects(resource: Guarded, who: Asker) -> Iterator[Condition]:
    """The subjects that a stranger can have at a provider of everybody: of any owner but those that the
    role's trust policy names outright.

    GitHub documentation, "OpenID Connect reference" (a subject is a repository and what it runs for: a
    branch, an environment, a pull request); so GitLab documentation, "OpenID Connect in AWS", and HCP
    Terraform documentation, "Workload identity tokens".
    """
    name = who.principal.arn.rpartition(":oidc-provider/")[2].lower()
    if who.principal.kind != "token" or name not in _FORGES or resource.policy is None:
        return
    start, form = _FORGES[name]
    end = ":" if start == "organization:" else "/"
    key, owned = f"{name}:sub", set[str]()
    for statement in resource.policy.wider.statements:
        for condition in statement.conditions:
            if condition.key.lower() == key:
                for value in condition.values:
                    owner, found, _ = value.removeprefix(start).partition(end)
                    if value.startswith(start) and found and not set(owner) & set("*?$"):
                        owned.add(f"{start}{owner}{end}*")
    yield compile_condition("StringLike", key, (form,), variables=False)
    if owned:
        yield compile_condition("StringNotLike", key, tuple(sorted(owned)), variables=False)


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
    beyond: tuple[str, ...] = ()
    if resource.covers:
        # what has a policy that is known is asked about by itself
        others = (one for one in authority.guarded.values() if one.policy is not None and not one.covers)
        beyond = tuple(pattern for one in others for pattern in scope(one))
    for each in (*strangers(), *_with_tokens(resource)):
        who = _fitting(authority, resource, about, each)
        theirs = (*given, *_subjects(resource, who))
        verdict = possible(alone, who, about, situation=situation, given=theirs, beyond=beyond)
        yield Public(who.name, verdict)
