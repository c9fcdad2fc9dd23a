"""The versions of managed policies that are there and not in force: whoever may switch gets what they allow.

IAM API reference, GetAccountAuthorizationDetails: `PolicyVersionList` has each version of a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.access.policy import Policy, PolicyError, parse
from ringwork.access.reading.details import UNKNOWN_ACCOUNT
from ringwork.access.reading.documents import loaded
from ringwork.estate import resource_key


def versions(details: object) -> Mapping[str, tuple[Policy, ...]]:
    """Key of each policy -> its versions that are not in force, as the answer has them. What cannot be read
    counts as allowing everything."""
    found: dict[str, tuple[Policy, ...]] = {}
    for item in _items(details, "Policies"):
        arn = item.get("Arn")
        parts = arn.split(":") if isinstance(arn, str) else []
        if not isinstance(arn, str) or len(parts) < 6 or not parts[4].isdigit():
            continue
        account = parts[4] or UNKNOWN_ACCOUNT
        key = resource_key(account, None, "AWS::IAM::ManagedPolicy", arn)
        found[key] = tuple(
            _read(version, f"{item.get('PolicyName', arn)} {version.get('VersionId', '')}".strip())
            for version in _items(item, "PolicyVersionList")
            if version.get("IsDefaultVersion") is not True
            and version.get("VersionId") != item.get("DefaultVersionId")
        )
    return found


def _items(holder: object, member: str) -> list[Mapping[str, Any]]:
    given = holder.get(member) if isinstance(holder, Mapping) else None
    return [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []


def _read(version: Mapping[str, Any], name: str) -> Policy:
    document = version.get("Document")
    try:
        return parse(
            loaded(document) if isinstance(document, str) else document,  # type: ignore[arg-type]
            kind="identity",
            name=name,
        )
    except PolicyError:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return parse({"Version": "2012-10-17", "Statement": [everything]}, kind="identity", name=name)
