"""Least privilege from what was observed: what was never used, the policy without it, and a proof that
nothing observed is lost.

The tightened policy keeps every statement with its resources and conditions, and of its actions those that
were used. So for a used action it allows exactly what the old one did, whatever the resource and the context
of the calls; that is proved, not assumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.access import catalogue
from ringwork.access.evaluate import Policies
from ringwork.access.policy import Policy, parse
from ringwork.access.request import Principal
from ringwork.access.symbolic import Answer, Question, actions, ask, match
from ringwork.access.symbolic.statements import clauses

_SOMEBODY = Principal("user", "111122223333", "arn:aws:iam::111122223333:user/x")


@dataclass(frozen=True, slots=True)
class Least:
    """One policy, tightened."""

    name: str
    old: Policy
    document: Mapping[str, Any] | None
    """the tightened policy; None: nothing of it was used"""
    granted: int
    """how many actions it allows"""
    used: tuple[str, ...]
    """those of them that were used"""
    unused: tuple[str, ...]
    """those that were not, by the catalogue's names"""
    kept: Answer
    """whether every request for a used action that the old policy allows is allowed still"""
    nothing_new: Answer
    """whether the tightened policy allows nothing that the old one does not"""


def tighten(policy: Policy, used: Collection[str]) -> Least:
    """The policy with the actions `used` (`s3:GetObject`) alone, and with those on which they depend."""
    wanted = _with_dependencies(used)
    bits = 0
    for action in wanted:
        bits |= actions.known_bits(action)
    granted = 0
    for clause in clauses(policy):
        if clause.statement.allows:
            granted |= clause.bits(())
    document = _document(policy, bits)
    new = None if document is None else parse(document, kind=policy.kind, name=f"{policy.name}, tightened")
    names = tuple(actions.name(place, ()) for place in actions.each(granted & bits))
    about = match(*names) if names else None
    kept = Answer("proved", catalogue=catalogue.version()) if about is None else _no_more(policy, new, about)
    nothing_new = (
        Answer("proved", catalogue=catalogue.version()) if new is None else _no_more(new, policy, match("*"))
    )
    return Least(
        policy.name,
        policy,
        document,
        granted.bit_count(),
        names,
        tuple(actions.name(place, ()) for place in actions.each(granted & ~bits)),
        kept,
        nothing_new,
    )


def _no_more(inner: Policy, outer: Policy | None, about: Policy) -> Answer:
    """Whether `inner` allows no request of a kind that `outer` does not."""
    others = () if outer is None else (outer,)
    return ask(
        Question(
            _SOMEBODY,
            about,
            Policies(identity=(inner,)),
            Policies(identity=others),
            anyone=True,
            open_world=True,
        )
    )


def _with_dependencies(used: Iterable[str]) -> set[str]:
    """With the actions that AWS authorizes besides: Service Authorization Reference, "Dependent actions"."""
    found: set[str] = set()
    waiting = list(used)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        prefix, _, rest = name.partition(":")
        known = catalogue.actions(prefix.lower()).get(rest.lower())
        if known is None:
            continue
        more = list(known.get("dependentActions", ()))
        for kind in known["resourceTypes"]:
            more += kind.get("dependentActions", ())
        waiting += more
    return found


def _document(policy: Policy, bits: int) -> Mapping[str, Any] | None:
    given = policy.document["Statement"]
    items = [given] if isinstance(given, Mapping) else given
    kept = []
    for item, clause in zip(items, clauses(policy), strict=True):
        if not clause.statement.allows:
            kept.append(dict(item))
            continue
        names = [actions.name(place, ()) for place in actions.each(clause.bits(()) & bits)]
        if names:
            rest = {name: value for name, value in item.items() if name not in ("Action", "NotAction")}
            kept.append({**rest, "Action": names})
    if not any(item["Effect"] == "Allow" for item in kept):
        return None
    return {"Version": policy.document.get("Version", "2008-10-17"), "Statement": kept}
