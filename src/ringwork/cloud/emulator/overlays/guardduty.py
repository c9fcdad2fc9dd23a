"""GuardDuty: one detector for each Region, sample findings, and what is done with findings.

Nothing is detected in the local cloud: findings come from CreateSampleFindings only.
Source: GuardDuty API reference; user guide, "Finding types", "GuardDuty finding format", "Processing
GuardDuty findings with Amazon EventBridge".
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays import criteria
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

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
    return proceed()


def _with_detector(call: Call, proceed: Proceed) -> dict[str, Any]:
    detector(call)
    return proceed()


def _samples(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    for kind in call.parameters.get("FindingTypes") or _SAMPLES:
        made = _sample(call, str(kind))
        call.table("findings")[made["Id"]] = made
        call.emit("aws.guardduty", "GuardDuty Finding", _lower(made), [])
    return {}


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


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    wanted = (call.parameters.get("FindingCriteria") or {}).get("Criterion") or {}
    sort = call.parameters.get("SortCriteria") or {}
    found = [finding for finding in _mine(call) if criteria.matches(finding, wanted)]
    found = criteria.ordered(found, sort.get("AttributeName"), sort.get("OrderBy"))
    return {
        "FindingIds": [finding["Id"] for finding in found][: int(call.parameters.get("MaxResults") or 50)]
    }


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


def _statistics(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    wanted = (call.parameters.get("FindingCriteria") or {}).get("Criterion") or {}
    found = [finding for finding in _mine(call) if criteria.matches(finding, wanted)]
    return {"FindingStatistics": {"CountBySeverity": Counter(str(f["Severity"]) for f in found)}}


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


def _coverage(call: Call, _proceed: Proceed) -> dict[str, Any]:
    detector(call)
    return {"CoverageStatistics": {"CountByResourceType": {}, "CountByCoverageStatus": {}}}


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
    "DescribeOrganizationConfiguration": _describe_organization,
    "GetCoverageStatistics": _coverage,
    "GetDetector": _with_detector,
    "GetFindings": _get,
    "GetFindingsStatistics": _statistics,
    "GetIPSet": _get_set("ip sets", "IpSetId"),
    "GetThreatIntelSet": _get_set("threat sets", "ThreatIntelSetId"),
    "ListFindings": _list,
    "ListIPSets": _list_sets("ip sets", "IpSetIds"),
    "ListThreatIntelSets": _list_sets("threat sets", "ThreatIntelSetIds"),
    "UnarchiveFindings": _archive(False),
    "UpdateFindingsFeedback": _feedback,
    "UpdateOrganizationConfiguration": _update_organization,
}
