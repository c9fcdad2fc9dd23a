"""When S3 counts a policy as public.

Source: S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of 'public'".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

_FIXED_KEYS = {
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "aws:principalorgid",
    "aws:principalaccount",
    "aws:principalarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}
"""Condition keys that make a grant to everybody non-public when their values are fixed.

S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of 'public'".
"""


_EQUALS = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}


def is_public(statements: Any) -> bool:
    """Whether a bucket policy's statements make it public in S3's sense.

    S3 user guide, "The meaning of 'public'": a policy is public unless each grant is limited to fixed
    principals or by a condition on a fixed value. A negated operator limits nothing.
    """
    return any(
        statement.get("Effect") == "Allow" and _for_everybody(statement) and not _limited(statement)
        for statement in _statements(statements)
    )


def _statements(statements: Any) -> Iterable[Mapping[str, Any]]:
    return [statements] if isinstance(statements, Mapping) else list(statements)


def _principals(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    principal = statement.get("Principal", {})
    return principal if isinstance(principal, Mapping) else {"AWS": principal}


def _for_everybody(statement: Mapping[str, Any]) -> bool:
    if "NotPrincipal" in statement:
        return True
    return any("*" in value for values in _principals(statement).values() for value in _values(values))


def _limited(statement: Mapping[str, Any]) -> bool:
    for operator, tests in (statement.get("Condition") or {}).items():
        name = operator.lower().removeprefix("foranyvalue:").removeprefix("forallvalues:")
        if name.endswith("ifexists") or operator.lower().startswith("forallvalues:"):
            continue  # holds also when the key is absent
        for key, values in tests.items():
            fixed, key_name = _values(values), key.lower()
            if not fixed:
                continue
            if name in _EQUALS and key_name in _FIXED_KEYS:
                if not any(_variable(key_name, value) for value in fixed):
                    return True
            elif name == "ipaddress" and key_name == "aws:sourceip" and not any(map(_everywhere, fixed)):
                return True
    return False


def _variable(key: str, value: str) -> bool:
    """Whether a value can match many owners: wildcards, except in the part of an ARN after the account and
    after a role's id, and policy variables."""
    if "${" in value:
        return True
    if key in ("aws:sourcearn", "aws:principalarn", "s3:dataaccesspointarn"):
        parts = value.split(":")
        return len(parts) < 6 or any("*" in part or "?" in part for part in parts[2:5])
    if key == "aws:userid":
        value = value.removesuffix(":*")
    return "*" in value or "?" in value


def _everywhere(cidr: str) -> bool:
    """Very wide ranges are public: IPv4 wider than /8, IPv6 wider than /32 (S3 user guide)."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return True
    return network.prefixlen < (8 if network.version == 4 else 32)


def _values(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
