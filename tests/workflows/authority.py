"""Whether an account, as collected, says of its policies what its design says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ringwork.access.authority import Authority, Document
from ringwork.access.reading import read
from ringwork.access.reading.names import Names
from ringwork.estate import Estate

_Key = tuple[str | None, str | None, str, str, str]
"""account, Region, type, stack, logical id"""


def assert_same_authority(desired: Estate, live: Estate) -> None:
    """Each identity and each resource of the design has the same policies in the account, once what stands in
    for ids that AWS assigned is replaced by them; and nothing of the account is unknown."""
    designed, found = read(desired), read(live)
    assert designed.problems == found.problems == ()
    parts = (*found.identities.values(), *found.guarded.values(), *found.endpoints.values())
    reasons = {reason for part in (*parts, *found.accounts.values()) for reason in part.unknown}
    # the local cloud makes no roles of permission sets, so that no account has AWS's policies attached
    unknown = [reason for reason in reasons if "give its document" not in reason]
    assert unknown == [], unknown
    real = _assigned(desired, live, designed, found)
    ours, theirs = _by_logical(desired, designed, real), _by_logical(live, found, {})
    assert ours.keys() <= theirs.keys()
    apart = {key: (ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]}
    assert apart == {}, apart


def _logical(estate: Estate) -> dict[_Key, str]:
    return {
        (one.account, one.region, one.type, one.logical.stack, one.logical.id): one.key
        for one in estate.resources
        if one.logical
    }


def _assigned(desired: Estate, live: Estate, designed: Authority, found: Authority) -> dict[str, str]:
    """Stand-in -> what AWS assigned."""
    there, names = _logical(live), Names(desired)
    real = {designed.organization or "": found.organization or ""}
    for key, ours in _logical(desired).items():
        other = live.get(there.get(key, ""))
        mine = desired.get(ours)
        if other is None or mine is None:
            continue
        if other.physical is not None:
            real[names.physical(mine)] = other.physical
        if ours in designed.guarded and other.key in found.guarded:
            real[designed.guarded[ours].arn] = found.guarded[other.key].arn
    return {stand_in: id for stand_in, id in real.items() if stand_in in designed.placeholders}


def _by_logical(estate: Estate, authority: Authority, real: dict[str, str]) -> dict[_Key, Counter[str]]:
    result = {}
    for key, name in _logical(estate).items():
        if key[2] == "AWS::IAM::ServiceLinkedRole":
            continue  # what AWS gives to it no template says
        texts = Counter(_text(document, real) for document in _documents(authority, name))
        if texts:
            result[key] = texts
    return result


def _documents(authority: Authority, key: str) -> Iterator[Document]:
    identity, guarded = authority.identities.get(key), authority.guarded.get(key)
    endpoint = authority.endpoints.get(key)
    if identity is not None:
        yield from identity.identity
    for document in (
        identity.boundary if identity else None,
        guarded.policy if guarded else None,
        endpoint.policy if endpoint else None,
    ):
        if document is not None:
            yield document


def _text(document: Document, real: dict[str, str]) -> str:
    """Lists are sets in policies, and one value is as good as a list of it."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(item) for name, item in sorted(value.items())}
        if isinstance(value, list):
            items = sorted((plain(item) for item in value), key=str)
            return items[0] if len(items) == 1 else items
        if isinstance(value, str):
            for stand_in in sorted(real, key=len, reverse=True):
                value = value.replace(stand_in, real[stand_in])
        return value

    return json.dumps(plain(document.wider.document), sort_keys=True)
