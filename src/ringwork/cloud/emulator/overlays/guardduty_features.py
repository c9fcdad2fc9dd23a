"""GuardDuty: which of a detector's features are on, and its tags.

Source: GuardDuty API reference, CreateDetector ("any feature that is not specified in the API call gets
enabled by default, with an exception to RUNTIME_MONITORING"), UpdateDetector, GetDetector,
DataSourceConfigurationsResult, TagResource.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLE = "detector features"
_FOUNDATION = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
"""Always on while the detector is (user guide, "GuardDuty foundational data sources")."""
_DEFAULTS: Mapping[str, str] = {
    "S3_DATA_EVENTS": "ENABLED",
    "EKS_AUDIT_LOGS": "ENABLED",
    "EBS_MALWARE_PROTECTION": "ENABLED",
    "RDS_LOGIN_EVENTS": "ENABLED",
    "LAMBDA_NETWORK_LOGS": "ENABLED",
    "EKS_RUNTIME_MONITORING": "DISABLED",
    "RUNTIME_MONITORING": "DISABLED",
}
"""Of a new detector. EKS_RUNTIME_MONITORING cannot be on together with RUNTIME_MONITORING, which takes its
place; the features that came later (AI_PROTECTION, AI_ANALYST) are there once somebody names them."""
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "S3_DATA_EVENTS": ("S3Logs", "Enable"),
    "EKS_AUDIT_LOGS": ("Kubernetes", "AuditLogs", "Enable"),
    "EBS_MALWARE_PROTECTION": ("MalwareProtection", "ScanEc2InstanceWithFindings", "EbsVolumes"),
}
"""Where the older parameter DataSources sets the same features."""


def _asked(call: Call) -> dict[str, dict[str, Any]]:
    """Feature -> its settings, as the request gives them in either way."""
    found: dict[str, dict[str, Any]] = {}
    for name, path in _SOURCES.items():
        value: Any = call.parameters.get("DataSources")
        for member in path:
            value = value.get(member) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = {"Status": "ENABLED" if value else "DISABLED"}
    for feature in call.parameters.get("Features") or ():
        found[str(feature["Name"])] = {
            key: feature[key] for key in ("Status", "AdditionalConfiguration") if feature.get(key) is not None
        }
    runtime = {"EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING"}
    if all(found.get(name, {}).get("Status") == "ENABLED" for name in runtime):
        message = (
            "The request is rejected because both EKS_RUNTIME_MONITORING and RUNTIME_MONITORING are given."
        )
        raise AwsError("BadRequestException", message)
    return found


def check(call: Call) -> None:
    """Refuse features that exclude each other."""
    _asked(call)


def created(call: Call, detector: str) -> None:
    """Remember the features of a new detector."""
    now = datetime.now(UTC)
    call.table(_TABLE)[detector] = {
        name: {"Status": status, "UpdatedAt": now} for name, status in _DEFAULTS.items()
    }
    updated(call, detector)


def updated(call: Call, detector: str) -> None:
    """Change the features that the request names."""
    kept = call.table(_TABLE).setdefault(detector, {})
    for name, settings in _asked(call).items():
        kept.setdefault(name, {}).update(settings, UpdatedAt=datetime.now(UTC))


def gone(call: Call, detector: str) -> None:
    """Forget the features of a detector that was deleted."""
    call.table(_TABLE).pop(detector, None)


def shown(call: Call, detector: str, answer: dict[str, Any]) -> dict[str, Any]:
    """GetDetector's answer with all features, and the older data sources drawn from them."""
    kept = call.table(_TABLE).get(detector, {})
    status = str(answer.get("Status", "ENABLED"))
    answer["Features"] = [
        *({"Name": name, "Status": status} for name in _FOUNDATION),
        *({"Name": name, **settings} for name, settings in kept.items()),
    ]

    def of(name: str) -> dict[str, str]:
        return {"Status": str(kept.get(name, {}).get("Status", "DISABLED"))}

    answer["DataSources"] = {
        "CloudTrail": {"Status": status},
        "DNSLogs": {"Status": status},
        "FlowLogs": {"Status": status},
        "S3Logs": of("S3_DATA_EVENTS"),
        "Kubernetes": {"AuditLogs": of("EKS_AUDIT_LOGS")},
        "MalwareProtection": {"ScanEc2InstanceWithFindings": {"EbsVolumes": of("EBS_MALWARE_PROTECTION")}},
    }
    return answer


# tags


def _filter_tags(call: Call, detector: str, name: str) -> dict[str, str]:
    """The tags of a filter, which moto drops."""
    return call.table("tags of filters").setdefault(f"{detector}/{name}", {})


def _create_filter(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    tags = _filter_tags(call, call.parameters["DetectorId"], call.parameters["Name"])
    tags.clear()
    tags.update(call.parameters.get("Tags") or {})
    return answer


def _get_filter(call: Call, proceed: Proceed) -> dict[str, Any]:
    tags = _filter_tags(call, call.parameters["DetectorId"], call.parameters["FilterName"])
    return {**proceed(), "Tags": dict(tags)}


def _tags(call: Call) -> dict[str, str]:
    """The tags of the detector or the filter that the ARN names, to be changed in place."""
    from moto.guardduty.models import guardduty_backends  # noqa: PLC0415

    parts = str(call.parameters["ResourceArn"]).split(":", 5)
    path = parts[5].split("/") if len(parts) == 6 else []
    if len(path) == 4 and path[2] == "filter":
        filters = guardduty_backends[call.account][call.region].detectors
        if path[1] in filters and path[3] in filters[path[1]].filters:
            return _filter_tags(call, path[1], path[3])
    detector = (
        guardduty_backends[call.account][call.region].detectors.get(path[1]) if len(path) == 2 else None
    )
    if detector is None:
        raise AwsError("BadRequestException", "The request is rejected because the resource is not found.")
    tags: dict[str, str] = detector.tags
    return tags


def _of_a_detector(call: Call) -> bool:
    """Whether the ARN names a detector, or a filter of one."""
    path = str(call.parameters["ResourceArn"]).rpartition(":")[2].split("/")
    return path[0] == "detector" and (len(path) == 2 or (len(path) == 4 and path[2] == "filter"))


def _list_tags(call: Call, proceed: Proceed) -> dict[str, Any]:
    return {"Tags": dict(_tags(call))} if _of_a_detector(call) else proceed()


def _tag(call: Call, proceed: Proceed) -> dict[str, Any]:
    if not _of_a_detector(call):
        return proceed()
    _tags(call).update(call.parameters["Tags"])
    return {}


def _untag(call: Call, proceed: Proceed) -> dict[str, Any]:
    if not _of_a_detector(call):
        return proceed()
    tags = _tags(call)
    keys: Iterable[str] = call.parameters["TagKeys"]
    for key in keys:
        tags.pop(key, None)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateFilter": _create_filter,
    "GetFilter": _get_filter,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
