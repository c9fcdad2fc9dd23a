"""How far a resource policy reaches: to everybody, or past a zone of trust.

What is not certain is `UndecidedError`, never "no". Sources: S3 user guide, "The meaning of 'public'"; IAM
user guide, "Findings for external and unused access", "IAM Access Analyzer supported resource types";
"AWS global condition context keys".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ACCOUNT_KEYS = frozenset(
    {
        *("aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount"),
        "s3:dataaccesspointaccount",
    }
)
_ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"})
_ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_POSITIVE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"},
)
_ACCOUNT = re.compile(r"[0-9]{12}")
_ORGANIZATION = re.compile(r"(o-[a-z0-9]{10,32})(/.*)?")

_HARMLESS = (("bool", "aws:securetransport"), ("numericlessthan", "s3:tlsversion"))
"""Conditions under which a Deny takes nothing from whoever uses TLS."""


class UndecidedError(Exception):
    """The policy has what cannot be decided here."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one Allow statement gives to one of its principals."""

    index: int
    sid: str
    kind: str
    """`AWS`, `Federated`, `CanonicalUser` or `Service`"""
    principal: str
    """`*` for everybody"""
    actions: tuple[str, ...]
    condition: tuple[tuple[str, str], ...]
    """key -> values, joined by commas"""
    limits: tuple[frozenset[str], ...]
    """each condition that only fixed accounts (12 digits) and organizations (`o-...`) can meet"""

    @property
    def everybody(self) -> bool:
        """Whether it names no principal in particular."""
        return self.kind == "AWS" and self.principal == "*"

    @property
    def account(self) -> str | None:
        """The account of a principal that is named; None for everybody and for what is in no account."""
        if self.kind != "AWS":
            return None
        if _ACCOUNT.fullmatch(self.principal):
            return self.principal
        parts = self.principal.split(":")
        return parts[4] if len(parts) > 5 and _ACCOUNT.fullmatch(parts[4]) else None


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy."""
    given = document.get("Statement", [])
    return [given] if isinstance(given, Mapping) else list(given)


def grants(document: Mapping[str, Any]) -> Iterator[Grant]:
    """What the Allow statements give, one for each principal."""
    for index, statement in enumerate(statements(document)):
        if statement.get("Effect") != "Allow":
            continue
        named = statement.get("Principal")
        if named is None:
            raise UndecidedError(f"statement {index + 1} does not say whom it allows")
        for kind, entries in (named if isinstance(named, Mapping) else {"AWS": named}).items():
            for entry in _values(entries):
                yield Grant(
                    index,
                    str(statement.get("Sid", "")),
                    kind,
                    entry,
                    tuple(_values(statement.get("Action", statement.get("NotAction")))),
                    tuple(_shown(statement)),
                    tuple(_limits(statement)),
                )


def _values(given: Any) -> list[str]:
    if given is None:
        return []
    return [str(one) for one in given] if isinstance(given, list | tuple) else [str(given)]


def _tests(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Operator and key in lower case, and the values."""
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            yield operator.lower(), key.lower(), _values(values)


def _shown(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for keys in (statement.get("Condition") or {}).values():
        for key, values in keys.items():
            yield key, ",".join(_values(values))


def _limits(statement: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    for operator, key, values in _tests(statement):
        name = operator.removeprefix("foranyvalue:")
        # `...IfExists` and `ForAllValues:` hold also where the key is absent
        if name not in _POSITIVE or not values:
            continue
        owners = [_owner(key, value) for value in values]
        if all(owners):
            yield frozenset(str(owner) for owner in owners)


def _owner(key: str, value: str) -> str | None:
    """The one account or organization that a condition's value stands for."""
    if "${" in value:
        return None
    if key in _ACCOUNT_KEYS:
        return value if _ACCOUNT.fullmatch(value) else None
    if key in _ARN_KEYS:
        parts = value.split(":", 5)
        return parts[4] if len(parts) == 6 and _ACCOUNT.fullmatch(parts[4]) else None
    if key in _ORGANIZATION_KEYS:
        match = _ORGANIZATION.fullmatch(value)
        return match[1] if match else None
    return None


def external(document: Mapping[str, Any], zone: frozenset[str]) -> list[Grant]:
    """What the policy gives outside `zone`: a set of account ids and organization ids.

    AWS services are not outside. Raises `UndecidedError` where a Deny could take it back.
    """
    found = [grant for grant in grants(document) if _leaves(grant, zone)]
    if found:
        refuse_denies(document)
    return found


def _leaves(grant: Grant, zone: frozenset[str]) -> bool:
    if grant.kind == "Service":
        return False
    if grant.kind == "Federated":
        return True
    if grant.kind != "AWS":
        raise UndecidedError(f"whose canonical user id is {grant.principal}")
    if not grant.everybody and grant.account is None:
        raise UndecidedError(f"whose unique id is {grant.principal}")
    if grant.account in zone:
        return False
    if any(owners <= zone for owners in grant.limits):
        return False
    networks = [key for key, _ in grant.condition if key.lower() in ("aws:sourcevpc", "aws:sourcevpce")]
    if networks:
        raise UndecidedError(f"whose network {networks[0]} in statement {grant.index + 1} names")
    return True


def refuse_denies(document: Mapping[str, Any]) -> None:
    for index, statement in enumerate(statements(document)):
        if statement.get("Effect") == "Deny" and not _harmless(statement):
            raise UndecidedError(f"how much statement {index + 1}, a Deny, takes back")


def _harmless(statement: Mapping[str, Any]) -> bool:
    for operator, key, values in _tests(statement):
        name = operator.removesuffix("ifexists")
        if (name, key) == _HARMLESS[0] and [value.lower() for value in values] == ["false"]:
            return True
        if (name, key) == _HARMLESS[1]:
            return True
    return False


def public(document: Mapping[str, Any]) -> list[Grant]:
    """What the policy gives to everybody: no condition, or none that only known owners meet.

    For other services than S3, whose meaning of "public" is documented (`access.s3_public`). Raises
    `UndecidedError` for conditions of which the documents do not say whether they count.
    """
    found = []
    for grant in grants(document):
        if grant.kind == "Federated":
            raise UndecidedError(f"who signs in with {grant.principal}")
        if not grant.everybody or grant.limits:
            continue
        if grant.condition:
            raise UndecidedError(f"whether the condition of statement {grant.index + 1} keeps strangers out")
        found.append(grant)
    if found:
        refuse_denies(document)
    return found
