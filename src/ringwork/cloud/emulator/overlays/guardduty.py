"""GuardDuty: one detector for each Region, sample findings, and what is done with findings.

Nothing is detected in the local cloud: findings come from CreateSampleFindings only.
Source: GuardDuty API reference; user guide, "Finding types", "GuardDuty finding format", "Processing
GuardDuty findings with Amazon EventBridge".
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays import criteria, guardduty_features
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

_SAMPLES: Mapping[str, float] = {
    "Backdoor:EC2/C&CActivity.B": 8.0,
    "CredentialAccess:IAMUser/AnomalousBehavior": 5.0,
    "CryptoCurrency:EC2/BitcoinTool.B!DNS": 8.0,
    "Exfiltration:S3/AnomalousBehavior": 8.0,
    "Policy:S3/BucketBlockPublicAccessDisabled": 2.0,
    "Recon:EC2/PortProbeUnprotectedPort": 2.0,
    "Stealth:IAMUser/CloudTrailLoggingDisabled": 2.0,
    "UnauthorizedAccess:EC2/TorClient": 8.0,
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS": 8.0,
}
"""Finding types with their severities (user guide, "GuardDuty active finding types"): what is made when no
type is named, and the severities of these; another type is of medium severity, 5."""

_RESOURCES = {"EC2": "Instance", "S3": "S3Bucket", "IAMUser": "AccessKey", "Kubernetes": "EKSCluster"}
_NO_DETECTOR = "The request is rejected because the input detectorId is not owned by the current account."


def detector(call: Call) -> Any:
    """moto's detector; BadRequestException for an id that the account does not have."""
    from moto.guardduty.models import guardduty_backends  # noqa: PLC0415

    detectors = guardduty_backends[call.account][call.region].detectors
    found = detectors.get(str(call.parameters.get("DetectorId")))
    if found is None:
        raise AwsError("BadRequestException", _NO_DETECTOR, 400)
    return found


def _create_detector(call: Call, proceed: Proceed) -> dict[str, Any]:
    """GuardDuty API reference, CreateDetector: "You can have only one detector per account per Region"."""
    from moto.guardduty.models import guardduty_backends  # noqa: PLC0415

    if guardduty_backends[call.account][call.region].detectors:
        message = "The request is rejected because a detector already exists for the current account."
        raise AwsError("BadRequestException", message, 400)
    guardduty_features.check(call)
    answer = proceed()
    guardduty_features.created(call, str(answer["DetectorId"]))
    return answer


def _get_detector(call: Call, proceed: Proceed) -> dict[str, Any]:
    return guardduty_features.shown(call, detector(call).id, proceed())


def _update_detector(call: Call, proceed: Proceed) -> dict[str, Any]:
    found = detector(call)
    guardduty_features.check(call)
    answer = proceed()
    guardduty_features.updated(call, found.id)
    return answer


def _delete_detector(call: Call, proceed: Proceed) -> dict[str, Any]:
    found = detector(call)
    answer = proceed()
    guardduty_features.gone(call, found.id)
    return answer


def _samples(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    for kind in call.parameters.get("FindingTypes") or _SAMPLES:
        made = _sample(call, str(kind))
        call.table("findings")[made["Id"]] = made
        if _suppressed(call, made):
            made["Service"]["Archived"] = True
        else:
            call.emit("aws.guardduty", "GuardDuty Finding", _lower(made), [])
    return {}


def _suppressed(call: Call, finding: Mapping[str, Any]) -> bool:
    """User guide, "Suppression rules": a filter that archives takes new findings, which become no events."""
    return any(
        rule.action == "ARCHIVE" and criteria.matches(finding, _criterion(rule.finding_criteria))
        for rule in detector(call).filters.values()
    )


def _criterion(given: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    """FindingCriteria's conditions, whichever way their names are written."""
    found = given or {}
    return found.get("Criterion") or found.get("criterion") or {}


def _sample(call: Call, kind: str) -> dict[str, Any]:
    identifier = secrets.token_hex(16)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    named = str(call.parameters["DetectorId"])
    subject = kind.partition(":")[2].partition("/")[0]
    resource = _RESOURCES.get(subject, "Instance")
    return {
        "AccountId": call.account,
        "Arn": f"arn:aws:guardduty:{call.region}:{call.account}:detector/{named}/finding/{identifier}",
        "CreatedAt": now,
        "Description": f"a sample finding of type {kind}",
        "Id": identifier,
        "Partition": "aws",
        "Region": call.region,
        "Resource": {"ResourceType": resource},
        "SchemaVersion": "2.0",
        "Service": {
            "Archived": False,
            "Count": 1,
            "DetectorId": named,
            "EventFirstSeen": now,
            "EventLastSeen": now,
            "ResourceRole": "TARGET",
            "ServiceName": "guardduty",
            "AdditionalInfo": {"Value": '{"sample":true}', "Type": "default"},
        },
        "Severity": _SAMPLES.get(kind, 5.0),
        "Title": f"[SAMPLE] {kind}",
        "Type": kind,
        "UpdatedAt": now,
    }


def _lower(value: Any) -> Any:
    """Members as events write them: lower camel case."""
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _mine(call: Call) -> list[dict[str, Any]]:
    named = str(call.parameters["DetectorId"])
    return [f for f in call.table("findings").values() if f["Service"]["DetectorId"] == named]


def _found(call: Call) -> list[dict[str, Any]]:
    """The detector's findings that meet the criteria."""
    detector(call)
    wanted = _criterion(call.parameters.get("FindingCriteria"))
    return [finding for finding in _mine(call) if criteria.matches(finding, wanted)]


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    sort = call.parameters.get("SortCriteria") or {}
    found = criteria.ordered(_found(call), sort.get("AttributeName"), sort.get("OrderBy"))
    ids = [finding["Id"] for finding in found]
    return page(
        call, "FindingIds", ids, most=50, names=("MaxResults", "NextToken"), invalid="BadRequestException"
    )


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    table = call.table("findings")
    return {"Findings": [table[i] for i in call.parameters.get("FindingIds") or () if i in table]}


def _archive(archived: bool) -> Overlay:
    def archive(call: Call, _proceed: Proceed) -> dict[str, Any]:
        detector(call)
        for identifier in call.parameters.get("FindingIds") or ():
            if identifier in call.table("findings"):
                call.table("findings")[identifier]["Service"]["Archived"] = archived
        return {}

    return archive


def _feedback(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    for identifier in call.parameters.get("FindingIds") or ():
        if identifier in call.table("findings"):
            call.table("findings")[identifier]["Service"]["UserFeedback"] = call.parameters.get("Feedback")
    return {}


_GROUPS: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any]], Any]]] = {
    "ACCOUNT": ("GroupedByAccount", "AccountId", lambda one: one["AccountId"]),
    "DATE": ("GroupedByDate", "Date", lambda one: str(one["UpdatedAt"])[:10]),
    "FINDING_TYPE": ("GroupedByFindingType", "FindingType", lambda one: one["Type"]),
    "SEVERITY": ("GroupedBySeverity", "Severity", lambda one: one["Severity"]),
}
"""GroupBy -> the member of the answer, what a row calls its group, and the group of a finding"""


def _statistics(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, GetFindingsStatistics: counts by severity, or by one group in the order of size."""
    found = _found(call)
    grouped = call.parameters.get("GroupBy")
    if not grouped:
        counts = Counter(str(finding["Severity"]) for finding in found)
        return {"FindingStatistics": {"CountBySeverity": counts}}
    if grouped not in _GROUPS:
        raise NotEmulatedError(call.service, call.operation, f"findings have no {grouped} here")
    member, title, read = _GROUPS[str(grouped)]
    groups: dict[Any, list[dict[str, Any]]] = {}
    for finding in found:
        groups.setdefault(read(finding), []).append(finding)
    rows = []
    for value, some in groups.items():
        last = max(str(finding["UpdatedAt"]) for finding in some)
        row: dict[str, Any] = {
            "TotalFindings": len(some),
            "LastGeneratedAt": datetime.fromisoformat(last),
        }
        if grouped == "DATE":
            row["Severity"] = max(finding["Severity"] for finding in some)
            row[title] = datetime.fromisoformat(f"{value}T00:00:00+00:00")
        else:
            row[title] = value
        rows.append(row)
    rows.sort(key=lambda row: int(row["TotalFindings"]), reverse=call.parameters.get("OrderBy") != "ASC")
    return {"FindingStatistics": {member: rows[: int(call.parameters.get("MaxResults") or 100)]}}


def _update_organization(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    given = {k: v for k, v in call.parameters.items() if k != "DetectorId"}
    call.table("organization")["configuration"] = given
    return {}


def _describe_organization(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    kept = call.table("organization").get("configuration", {})
    members = kept.get("AutoEnableOrganizationMembers", "NONE")
    return {
        "AutoEnable": bool(kept.get("AutoEnable", members != "NONE")),
        "MemberAccountLimitReached": False,
        "AutoEnableOrganizationMembers": members,
        "Features": kept.get("Features", []),
    }


def _create_set(kind: str, key: str) -> Overlay:
    def create(call: Call, _proceed: Proceed) -> dict[str, Any]:
        detector(call)
        identifier = secrets.token_hex(16)
        status = "ACTIVE" if call.parameters.get("Activate") else "INACTIVE"
        call.table(kind)[identifier] = {**call.parameters, "Status": status}
        return {key: identifier}

    return create


def _get_set(kind: str, key: str) -> Overlay:
    def get(call: Call, _proceed: Proceed) -> dict[str, Any]:
        detector(call)
        found = call.table(kind).get(str(call.parameters[key]))
        if found is None:
            raise AwsError(
                "BadRequestException", f"The request is rejected because the {key} is not found.", 400
            )
        return {
            name: found[name] for name in ("Name", "Format", "Location", "Status", "Tags") if name in found
        }

    return get


def _list_sets(kind: str, member: str) -> Overlay:
    def rows(call: Call, _proceed: Proceed) -> dict[str, Any]:
        detector(call)
        return {member: list(call.table(kind))}

    return rows


OVERLAYS: Mapping[str, Overlay] = {
    "ArchiveFindings": _archive(True),
    "CreateDetector": _create_detector,
    "CreateIPSet": _create_set("ip sets", "IpSetId"),
    "CreateSampleFindings": _samples,
    "CreateThreatIntelSet": _create_set("threat sets", "ThreatIntelSetId"),
    "DeleteDetector": _delete_detector,
    "DescribeOrganizationConfiguration": _describe_organization,
    "GetDetector": _get_detector,
    "GetFindings": _get,
    "GetFindingsStatistics": _statistics,
    "GetIPSet": _get_set("ip sets", "IpSetId"),
    "GetThreatIntelSet": _get_set("threat sets", "ThreatIntelSetId"),
    "ListFindings": _list,
    "ListIPSets": _list_sets("ip sets", "IpSetIds"),
    "ListThreatIntelSets": _list_sets("threat sets", "ThreatIntelSetIds"),
    "UnarchiveFindings": _archive(False),
    "UpdateDetector": _update_detector,
    "UpdateFindingsFeedback": _feedback,
    "UpdateOrganizationConfiguration": _update_organization,
}
