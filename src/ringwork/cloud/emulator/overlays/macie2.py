"""Macie: the session, custom data identifiers that really match, jobs, sample findings.

No object is inspected in the local cloud: findings come from CreateSampleFindings only, and a job that was
made runs for ever, because one that ends without findings would say that there was nothing to find.
Source: Macie API reference; user guide, "Building custom data identifiers", "Types of Macie findings".
"""

from __future__ import annotations

import operator
import re
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays import criteria
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

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
_PAGE = 50


def session(call: Call) -> dict[str, Any]:
    """Macie's session; AccessDeniedException where Macie is off."""
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
    return dict(session(call))


def _update_session(call: Call, _proceed: Proceed) -> dict[str, Any]:
    session(call).update(call.parameters, updatedAt=datetime.now(UTC))
    return {}


def _disable(call: Call, _proceed: Proceed) -> dict[str, Any]:
    session(call)
    for name in ("session", "identifiers", "findings", "jobs"):
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


def _batch_identifiers(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, BatchGetCustomDataIdentifiers: summaries, deleted ones included."""
    table, wanted = call.table("identifiers"), call.parameters.get("ids") or ()
    names = ("arn", "createdAt", "deleted", "description", "id", "name")
    return {
        "customDataIdentifiers": [
            {name: table[one][name] for name in names if name in table[one]} for one in wanted if one in table
        ],
        "notFoundIdentifierIds": [one for one in wanted if one not in table],
    }


# classification jobs


def jobs(call: Call) -> list[dict[str, Any]]:
    """The classification jobs, oldest first."""
    return list(call.table("jobs").values())


def _create_job(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, CreateClassificationJob: a one-time job starts at once, a scheduled one waits for its
    time, unless `initialRun` is set."""
    session(call)
    given = call.parameters
    if given["jobType"] == "SCHEDULED" and not given.get("scheduleFrequency"):
        raise AwsError("ValidationException", "A scheduled job needs a schedule frequency.", 400)
    identifier, now = uuid.uuid4().hex, datetime.now(UTC)
    arn = f"arn:aws:macie2:{call.region}:{call.account}:classification-job/{identifier}"
    runs = given["jobType"] == "ONE_TIME" or bool(given.get("initialRun"))
    call.table("jobs")[identifier] = {
        **given,
        "jobId": identifier,
        "jobArn": arn,
        "jobStatus": "RUNNING" if runs else "IDLE",
        "createdAt": now,
        **({"lastRunTime": now, "statistics": {"numberOfRuns": 1.0}} if runs else {}),
    }
    return {"jobId": identifier, "jobArn": arn}


def _job(call: Call) -> dict[str, Any]:
    session(call)
    found = call.table("jobs").get(str(call.parameters["jobId"]))
    if found is None:
        raise AwsError("ResourceNotFoundException", "The classification job does not exist.", 404)
    return found


def _describe_job(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return dict(_job(call))


_JOB_CHANGES: Mapping[str, tuple[str, ...]] = {
    "CANCELLED": ("IDLE", "PAUSED", "RUNNING", "USER_PAUSED"),
    "RUNNING": ("USER_PAUSED",),
    "USER_PAUSED": ("IDLE", "PAUSED", "RUNNING"),
}
"""API reference, UpdateClassificationJob: new status -> the statuses that it can follow"""


def _update_job(call: Call, _proceed: Proceed) -> dict[str, Any]:
    job, wanted = _job(call), str(call.parameters["jobStatus"])
    if job["jobStatus"] not in _JOB_CHANGES.get(wanted, ()):
        message = f"The job's status cannot change from {job['jobStatus']} to {wanted}."
        raise AwsError("ValidationException", message, 400)
    job["jobStatus"] = wanted
    return {}


_JOB_ROW = ("createdAt", "jobId", "jobStatus", "jobType", "name")


def _list_jobs(call: Call, _proceed: Proceed) -> dict[str, Any]:
    session(call)
    wanted = call.parameters.get("filterCriteria") or {}
    sort = call.parameters.get("sortCriteria") or {}
    found = [
        job
        for job in jobs(call)
        if all(_job_meets(job, term) for term in wanted.get("includes") or ())
        and not any(_job_meets(job, term) for term in wanted.get("excludes") or ())
    ]
    rows = []
    for job in criteria.ordered(found, sort.get("attributeName"), sort.get("orderBy")):
        given = job.get("s3JobDefinition") or {}
        buckets = {name: given[name] for name in ("bucketCriteria", "bucketDefinitions") if name in given}
        rows.append({**{name: job[name] for name in _JOB_ROW}, **buckets})
    return page(call, "items", rows, most=_PAGE)


def _job_meets(job: Mapping[str, Any], term: Mapping[str, Any]) -> bool:
    """API reference, ListJobsFilterTerm."""
    value, values = job.get(str(term.get("key"))), [str(one) for one in term.get("values") or ()]
    if isinstance(value, datetime):
        moments = [datetime.fromisoformat(one) for one in values]
        return any(_ORDER[str(term["comparator"])](value, moment) for moment in moments)
    match term.get("comparator"):
        case "EQ":
            return value in values
        case "NE":
            return value not in values
        case "CONTAINS":
            return any(one in str(value) for one in values)
        case "STARTS_WITH":
            return str(value).startswith(tuple(values))
    raise AwsError("ValidationException", f"{term.get('comparator')} does not compare texts.", 400)


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
    "NE": operator.ne,
}


# findings


def _samples(call: Call, _proceed: Proceed) -> dict[str, Any]:
    session(call)
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
    sort = call.parameters.get("sortCriteria") or {}
    found = criteria.ordered(_found(call), sort.get("attributeName"), sort.get("orderBy"))
    return page(call, "findingIds", [finding["id"] for finding in found], most=_PAGE)


def _found(call: Call) -> list[dict[str, Any]]:
    """The findings that meet the criteria."""
    session(call)
    wanted = (call.parameters.get("findingCriteria") or {}).get("criterion") or {}
    return [finding for finding in call.table("findings").values() if criteria.matches(finding, wanted)]


def _finding_statistics(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, GetFindingStatistics."""
    path = str(call.parameters["groupBy"])
    counts = Counter(
        str(value) for value in (criteria.at(one, path) for one in _found(call)) if value is not None
    )
    sort = call.parameters.get("sortCriteria") or {}
    rows: list[dict[str, Any]] = [{"groupKey": key, "count": count} for key, count in counts.items()]
    rows.sort(key=lambda row: row[sort.get("attributeName") or "count"], reverse=sort.get("orderBy") != "ASC")
    return page(call, "countsByGroup", rows, most=_PAGE, names=("size", "nextToken"))


def _get_findings(call: Call, _proceed: Proceed) -> dict[str, Any]:
    session(call)
    table = call.table("findings")
    return {"findings": [table[i] for i in call.parameters.get("findingIds") or () if i in table]}


# settings


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "discovery": {"status": "DISABLED"},
    "organization": {"autoEnable": False, "maxAccountLimitReached": False},
}


def setting(call: Call, name: str) -> dict[str, Any]:
    """A setting of the account."""
    return {**_DEFAULTS[name], **call.table("settings").get(name, {})}


def _setting(name: str) -> tuple[Overlay, Overlay]:
    """Reading and changing a setting of the account."""

    def get(call: Call, _proceed: Proceed) -> dict[str, Any]:
        session(call)
        return setting(call, name)

    def update(call: Call, _proceed: Proceed) -> dict[str, Any]:
        session(call)
        call.table("settings").setdefault(name, {}).update(call.parameters)
        return {}

    return get, update


_get_discovery, _update_discovery = _setting("discovery")
_get_organization, _update_organization = _setting("organization")

OVERLAYS: Mapping[str, Overlay] = {
    "BatchGetCustomDataIdentifiers": _batch_identifiers,
    "CreateClassificationJob": _create_job,
    "DescribeClassificationJob": _describe_job,
    "GetFindingStatistics": _finding_statistics,
    "ListClassificationJobs": _list_jobs,
    "UpdateClassificationJob": _update_job,
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
