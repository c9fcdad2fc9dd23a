"""Trails, detectors, findings hubs, configuration recorders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Raw, Tags, look

# -- AWS CloudTrail ----------------------------------------------------------------------------------------

TRAILS = Listing(
    "cloudtrail", "DescribeTrails", "trailList", parameters=lambda where: {"includeShadowTrails": False}
)
"""Shadow trails are what other Regions, and members of an organization, see of a trail."""


def _trail(raw: Raw, where: Where) -> dict[str, str]:
    return {"TrailName": raw["TrailARN"]}


def _trail_tags(raw: Raw) -> Any:
    lists = look(raw, "$tags")
    return MISSING if lists is MISSING else [tag for each in lists for tag in each.get("TagsList", ())]


def _selectors(name: str) -> Computed:
    return Computed(lambda raw: look(raw, f"$selectors.{name}"))


TRAIL = Kind(
    "AWS::CloudTrail::Trail",
    TRAILS,
    physical=lambda raw: raw["Name"],
    narrow=lambda physical: {"trailNameList": [physical]},
    details=(
        Detail("$status", "GetTrailStatus", lambda raw, where: {"Name": raw["TrailARN"]}),
        Detail("$selectors", "GetEventSelectors", _trail),
        Detail(
            "$insights",
            "GetInsightSelectors",
            _trail,
            result="InsightSelectors",
            absent=frozenset({"InsightNotEnabledException"}),
        ),
        Detail(
            "$tags",
            "ListTags",
            lambda raw, where: {"ResourceIdList": [raw["TrailARN"]]},
            result="ResourceTagList",
        ),
    ),
    properties={
        "TrailName": "Name",
        "S3BucketName": "S3BucketName",
        "S3KeyPrefix": "S3KeyPrefix",
        "SnsTopicName": "SnsTopicName",
        "KMSKeyId": "KmsKeyId",
        "IsLogging": "$status.IsLogging",
        "IsMultiRegionTrail": "IsMultiRegionTrail",
        "IsOrganizationTrail": "IsOrganizationTrail",
        "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
        "EnableLogFileValidation": "LogFileValidationEnabled",
        "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
        "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
        "EventSelectors": _selectors("EventSelectors"),
        "AdvancedEventSelectors": _selectors("AdvancedEventSelectors"),
        "InsightSelectors": "$insights",
        "Tags": Computed(lambda raw: _tag_list(_trail_tags(raw))),
    },
    attributes={"Arn": "TrailARN", "HomeRegion": "HomeRegion"},
    arn=lambda raw, where: raw["TrailARN"],
)


def _tag_list(value: Any) -> Any:
    if value is MISSING:
        return MISSING
    pairs = sorted((tag["Key"], tag.get("Value", "")) for tag in value if not tag["Key"].startswith("aws:"))
    return [{"Key": key, "Value": text} for key, text in pairs]


# -- Amazon GuardDuty --------------------------------------------------------------------------------------

_FOUNDATIONAL = frozenset({"CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"})
"""What every detector has, and nobody sets (GuardDuty API reference, DetectorFeatureConfigurationResult)."""


def _identified(name: str) -> Any:
    """Listings that answer with bare ids."""

    def expand(identity: Any) -> Iterable[Raw]:
        return ({name: identity},)

    return expand


def _features(raw: Raw) -> Any:
    """The features that are on, by name: CloudFormation's list has those that somebody named, AWS's all."""
    found = look(raw, "$detector.Features")
    if found is MISSING:
        return MISSING
    return [
        {
            "Name": feature["Name"],
            "Status": feature["Status"],
            **({"AdditionalConfiguration": more} if (more := _more(feature)) else {}),
        }
        for feature in sorted(found, key=lambda feature: str(feature["Name"]))
        if feature["Status"] == "ENABLED" and feature["Name"] not in _FOUNDATIONAL
    ]


def _more(feature: Raw) -> list[dict[str, Any]]:
    given = sorted(feature.get("AdditionalConfiguration", ()), key=lambda one: str(one["Name"]))
    return [{"Name": one["Name"], "Status": one["Status"]} for one in given if one.get("Status") == "ENABLED"]


DETECTOR = Kind(
    "AWS::GuardDuty::Detector",
    Listing("guardduty", "ListDetectors", "DetectorIds"),
    expand=_identified("DetectorId"),
    physical=lambda raw: raw["DetectorId"],
    details=(Detail("$detector", "GetDetector", lambda raw, where: {"DetectorId": raw["DetectorId"]}),),
    properties={
        "Enable": Computed(lambda raw: _equals(raw, "$detector.Status", "ENABLED")),
        "FindingPublishingFrequency": "$detector.FindingPublishingFrequency",
        "Features": Computed(_features),
        "Tags": Tags("$detector.Tags"),
    },
    arn=lambda raw, where: where.arn("guardduty", f"detector/{raw['DetectorId']}"),
)


def _equals(raw: Raw, path: str, wanted: str) -> Any:
    value = look(raw, path)
    return value if value is MISSING else value == wanted


KINDS = (TRAIL, DETECTOR)
