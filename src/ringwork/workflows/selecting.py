"""Principals and resources by the short texts that intents name them with."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TypeAlias

from ringwork.access.authority import Authority, Guarded, Identity
from ringwork.source import InputError

TAGS: Mapping[str, str] = {
    "team": "ringwork:team",
    "stage": "ringwork:stage",
    "workload": "ringwork:workload",
    "duty": "ringwork:duty",
    "organization": "ringwork:organization",
    "data-set": "ringwork:data-set",
    "data-class": "ringwork:data-class",
    "model": "ringwork:model",
}
"""labels that are tags of ours, of principals and of resources"""
OF_PRINCIPALS = (*TAGS, "type", "service", "account", "name", "kind")
OF_RESOURCES = (*TAGS, "type", "account", "name")
ANY, OUTSIDE = "any", "outside"

Values: TypeAlias = tuple[frozenset[str], bool]
"""The values of a label, and whether there are no others."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One that a text selects."""

    key: str
    certain: bool = True
    """False: what decides it, a tag, is not known"""


@dataclass(frozen=True, slots=True)
class _Part:
    """`LABEL=PATTERN` or `LABEL!=PATTERN`."""

    label: str
    negated: bool
    pattern: str

    def holds(self, values: Values) -> bool | None:
        """Whether some value fits; of a negated one, whether there are values and none fits. None: not
        known."""
        given, complete = values
        fits = any(fnmatch.fnmatchcase(value, self.pattern) for value in given)
        if self.negated:
            if fits:
                return False
            return bool(given) if complete else None
        return True if fits else (False if complete else None)


def principals(authority: Authority, text: str) -> Iterator[Chosen]:
    """The users and roles that a text names, without `outside`. Raises InputError for what is no such text.

    A service-linked role is chosen by its ARN only: AWS's service alone can assume it, and what it may do is
    AWS's to say.
    """
    if text == ANY:
        yield from (Chosen(one.key) for one in authority.identities.values() if not one.service_linked)
        return
    if text.startswith("arn:"):
        for one in authority.identities.values():
            named = fnmatch.fnmatchcase(one.arn, text)
            if named and (not one.service_linked or ":role/aws-service-role/" in text):
                yield Chosen(one.key)
        return
    parts = _parse(text, OF_PRINCIPALS, "an ARN, `any`, `outside`")
    for one in authority.identities.values():
        if not one.service_linked:
            yield from _chosen(one.key, parts, partial(_of_identity, authority, one))


def resources(authority: Authority, text: str) -> Iterator[Chosen]:
    """The resources that a text names by label. Raises InputError."""
    parts = _parse(text, OF_RESOURCES, "an ARN, `*`")
    for one in authority.guarded.values():
        yield from _chosen(one.key, parts, partial(_of_resource, authority, one))


def by_label(text: str) -> bool:
    """Whether a text of `Resource` names resources by label, and not by ARN."""
    return text != "*" and not text.startswith("arn:") and "=" in text


def values(authority: Authority, label: str) -> list[str]:
    """The values of a label that there are, sorted."""
    found: set[str] = set()
    for identity in authority.identities.values():
        found |= _of_identity(authority, identity, label)[0]
    for resource in authority.guarded.values():
        found |= _of_resource(authority, resource, label)[0]
    return sorted(found)


def nearest(authority: Authority, text: str) -> str | None:
    """A text like it that names somebody."""
    parts = text.split(",")
    label, equals, value = parts[0].partition("=")
    if equals and not label.endswith("!"):
        near = get_close_matches(value, values(authority, label.strip()), n=1)
        return f"{label}={near[0]}" if near else None
    near = get_close_matches(text, [one.arn for one in authority.identities.values()], n=1, cutoff=0.7)
    return near[0] if near else None


def _chosen(key: str, parts: Iterable[_Part], of: Callable[[str], Values]) -> Iterator[Chosen]:
    found = [part.holds(of(part.label)) for part in parts]
    if False not in found:
        yield Chosen(key, None not in found)


def _parse(text: str, labels: tuple[str, ...], others: str) -> list[_Part]:
    found = []
    for piece in text.split(","):
        label, equals, pattern = piece.strip().partition("=")
        negated = label.endswith("!")
        name = label.removesuffix("!").strip()
        if not equals or not pattern or (name not in labels and not name.startswith("tag:")):
            near = get_close_matches(name, labels, n=1)
            raise InputError(
                f"`{piece.strip()}` names nothing",
                help=f"did you mean `{near[0]}=...`?"
                if near and equals
                else f"{others}, or LABEL=VALUE with one of {', '.join(labels)}, tag:KEY",
            )
        found.append(_Part(name, negated, pattern.strip()))
    return found


def _of_identity(authority: Authority, identity: Identity, label: str) -> Values:
    if label == "service":
        return identity.services, identity.trust is None or identity.trust.known
    if label == "kind":
        return frozenset((identity.kind,)), True
    if label == "name":
        return frozenset((identity.name,)), True
    if label == "account":
        return _account(authority, identity.account)
    tag = "ringwork:workload-type" if label == "type" else TAGS.get(label, label.removeprefix("tag:"))
    return _tag(identity.tags, tag, known=identity.tags_known)


def _of_resource(authority: Authority, resource: Guarded, label: str) -> Values:
    if label == "type":
        return frozenset((resource.type,)), True
    if label == "name":
        return frozenset((resource.arn.rpartition(":")[2].rpartition("/")[2],)), True
    if label == "account":
        return _account(authority, resource.account)
    return _tag(resource.tags, TAGS.get(label, label.removeprefix("tag:")), known=resource.tags_known)


def _account(authority: Authority, id: str | None) -> Values:
    if id is None:
        return frozenset(), False
    account = authority.accounts.get(id)
    return frozenset((id, account.name) if account is not None and account.name else (id,)), True


def _tag(tags: Mapping[str, str | None], name: str, *, known: bool) -> Values:
    if name in tags:
        value = tags[name]
        return (frozenset(), False) if value is None else (frozenset((value,)), True)
    return frozenset(), known
