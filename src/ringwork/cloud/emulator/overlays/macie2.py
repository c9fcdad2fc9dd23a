"""Macie: the session, custom data identifiers that really match, sample findings.

No bucket is inspected in the local cloud: findings come from CreateSampleFindings only.
Source: Macie API reference; user guide, "Building custom data identifiers", "Types of Macie findings".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays import criteria
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_OFF = "Macie is not enabled."
_SAMPLES: Mapping[str, tuple[str, int]] = {
    "Policy:IAMUser/S3BucketPublic": ("High", 3),
    "Policy:IAMUser/S3BlockPublicAccessDisabled": ("High", 3),
    "SensitiveData:S3Object/Credentials": ("High", 3),
    "SensitiveData:S3Object/Financial": ("High", 3),
    "SensitiveData:S3Object/Personal": ("High", 3),
    "SensitiveData:S3Object/CustomIdentifier": ("Medium", 2),
}
_ROLE = "/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
_LONGEST_TEXT = 1000
_LONGEST_REGEX = 512


def _session(call: Call) -> dict[str, Any]:
    found = call.table("session").get("session")
    if found is None:
        raise AwsError("AccessDeniedException", _OFF, 403)
    return found


def _enable(call: Call, _proceed: Proceed) -> dict[str, Any]:
    if "session" in call.table("session"):
        raise AwsError("ConflictException", "Macie has already been enabled.", 409)
    now = datetime.now(UTC)
    call.table("session")["session"] = {
        "createdAt": now,
        "updatedAt": now,
        "status": call.parameters.get("status", "ENABLED"),
        "findingPublishingFrequency": call.parameters.get("findingPublishingFrequency", "SIX_HOURS"),
        "serviceRole": f"arn:aws:iam::{call.account}:role{_ROLE}",
    }
    return {}


def _get_session(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return dict(_session(call))


def _update_session(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _session(call).update(call.parameters, updatedAt=datetime.now(UTC))
    return {}


def _disable(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _session(call)
    for name in ("session", "identifiers", "findings"):
        call.table(name).clear()
    return {}


# custom data identifiers


def _compiled(text: str) -> re.Pattern[str]:
    if not text or len(text) > _LONGEST_REGEX:
        raise AwsError("ValidationException", "The regular expression has 1 to 512 characters.", 400)
    try:
        return re.compile(text)
    except re.error as error:
        raise AwsError("ValidationException", f"The regular expression is not valid: {error}", 400) from None


def _test_identifier(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Macie API reference, TestCustomDataIdentifier: how many matches the sample text has."""
    given = call.parameters
    text = str(given["sampleText"])
    if len(text) > _LONGEST_TEXT:
        raise AwsError("ValidationException", "The sample text has at most 1,000 characters.", 400)
    return {"matchCount": sum(1 for _ in matches(given, text))}


def matches(given: Mapping[str, Any], text: str) -> list[str]:
    """The matches of a custom data identifier in a text: keywords near it, ignored words left out."""
    keywords = [word.lower() for word in given.get("keywords") or ()]
    ignored = list(given.get("ignoreWords") or ())
    distance = int(given.get("maximumMatchDistance") or 50)
    found = []
    for match in _compiled(str(given["regex"])).finditer(text):
        if any(word in match[0] for word in ignored):
            continue
        near = text[max(0, match.start() - distance) : match.end()].lower()
        if keywords and not any(word in near for word in keywords):
            continue
        found.append(match[0])
    return found


def _create_identifier(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _compiled(str(call.parameters.get("regex", "")))
    identifier = str(uuid.uuid4())
    call.table("identifiers")[identifier] = {
        **{name: value for name, value in call.parameters.items() if name != "clientToken"},
        "id": identifier,
        "arn": f"arn:aws:macie2:{call.region}:{call.account}:custom-data-identifier/{identifier}",
        "createdAt": datetime.now(UTC),
        "deleted": False,
    }
    return {"customDataIdentifierId": identifier}


def _identifier(call: Call) -> dict[str, Any]:
    found = call.table("identifiers").get(str(call.parameters["id"]))
    if found is None:
        raise AwsError("ResourceNotFoundException", "The custom data identifier does not exist.", 404)
    return found


def _get_identifier(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return dict(_identifier(call))


def _delete_identifier(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _identifier(call)["deleted"] = True  # Macie keeps it, softly deleted
    return {}


def _list_identifiers(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = [row for row in call.table("identifiers").values() if not row["deleted"]]
    return {"items": [{k: row[k] for k in ("arn", "createdAt", "id", "name") if k in row} for row in rows]}


# findings


def _samples(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _session(call)
    for kind in call.parameters.get("findingTypes") or _SAMPLES:
        label, score = _SAMPLES.get(str(kind), ("Medium", 2))
        identifier = uuid.uuid4().hex
        now = datetime.now(UTC)
        made = {
            "accountId": call.account,
            "archived": False,
            "category": "POLICY" if str(kind).startswith("Policy") else "CLASSIFICATION",
            "count": 1,
            "createdAt": now,
            "description": f"a sample finding of type {kind}",
            "id": identifier,
            "partition": "aws",
            "region": call.region,
            "sample": True,
            "schemaVersion": "1.0",
            "severity": {"description": label, "score": score},
            "title": f"[SAMPLE] {kind}",
            "type": str(kind),
            "updatedAt": now,
        }
        call.table("findings")[identifier] = made
        detail = {**made, "createdAt": now.isoformat(), "updatedAt": now.isoformat()}
        call.emit("aws.macie", "Macie Finding", detail, [])
    return {}


def _list_findings(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _session(call)
    wanted = (call.parameters.get("findingCriteria") or {}).get("criterion") or {}
    sort = call.parameters.get("sortCriteria") or {}
    found = [f for f in call.table("findings").values() if criteria.matches(f, wanted)]
    found = criteria.ordered(found, sort.get("attributeName"), sort.get("orderBy"))
    return {
        "findingIds": [finding["id"] for finding in found][: int(call.parameters.get("maxResults") or 50)]
    }


def _get_findings(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _session(call)
    table = call.table("findings")
    return {"findings": [table[i] for i in call.parameters.get("findingIds") or () if i in table]}


# settings


def _setting(name: str, default: Mapping[str, Any]) -> tuple[Overlay, Overlay]:
    """Reading and changing a setting of the account."""

    def get(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _session(call)
        return {**default, **call.table("settings").get(name, {})}

    def update(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _session(call)
        call.table("settings").setdefault(name, {}).update(call.parameters)
        return {}

    return get, update


_get_discovery, _update_discovery = _setting("discovery", {"status": "DISABLED"})
_get_organization, _update_organization = _setting(
    "organization", {"autoEnable": False, "maxAccountLimitReached": False}
)

OVERLAYS: Mapping[str, Overlay] = {
    "CreateCustomDataIdentifier": _create_identifier,
    "CreateSampleFindings": _samples,
    "DeleteCustomDataIdentifier": _delete_identifier,
    "DescribeOrganizationConfiguration": _get_organization,
    "DisableMacie": _disable,
    "EnableMacie": _enable,
    "GetAutomatedDiscoveryConfiguration": _get_discovery,
    "GetCustomDataIdentifier": _get_identifier,
    "GetFindings": _get_findings,
    "GetMacieSession": _get_session,
    "ListCustomDataIdentifiers": _list_identifiers,
    "ListFindings": _list_findings,
    "TestCustomDataIdentifier": _test_identifier,
    "UpdateAutomatedDiscoveryConfiguration": _update_discovery,
    "UpdateMacieSession": _update_session,
    "UpdateOrganizationConfiguration": _update_organization,
}
