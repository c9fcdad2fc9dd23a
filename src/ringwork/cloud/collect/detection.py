"""Trails, detectors, findings hubs, configuration recorders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Parsed, Part, Raw, Tags, look

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


MALWARE_PLAN = Kind(
    "AWS::GuardDuty::MalwareProtectionPlan",
    Listing("guardduty", "ListMalwareProtectionPlans", "MalwareProtectionPlans"),
    physical=lambda raw: raw["MalwareProtectionPlanId"],
    details=(
        Detail(
            "$plan",
            "GetMalwareProtectionPlan",
            lambda raw, where: {"MalwareProtectionPlanId": raw["MalwareProtectionPlanId"]},
        ),
    ),
    properties={
        "Role": "$plan.Role",
        "ProtectedResource": "$plan.ProtectedResource",
        "Actions": "$plan.Actions",
        "Tags": Tags("$plan.Tags"),
    },
    attributes={"Arn": "$plan.Arn", "Status": "$plan.Status"},
    arn=lambda raw, where: where.arn(
        "guardduty", f"malware-protection-plan/{raw['MalwareProtectionPlanId']}"
    ),
)

PUBLISHING_DESTINATION = Kind(
    "AWS::GuardDuty::PublishingDestination",
    Listing(
        "guardduty",
        "ListDetectors",
        "DetectorIds",
        below=Below(
            "ListPublishingDestinations", "Destinations", lambda detector, where: {"DetectorId": detector}
        ),
    ),
    physical=lambda raw: f"{raw['$above']}|{raw['DestinationId']}",
    details=(
        Detail(
            "$destination",
            "DescribePublishingDestination",
            lambda raw, where: {"DetectorId": raw["$above"], "DestinationId": raw["DestinationId"]},
        ),
    ),
    properties={
        "DetectorId": "$above",
        "DestinationType": "$destination.DestinationType",
        "DestinationProperties": "$destination.DestinationProperties",
        "Tags": Tags("$destination.Tags"),
    },
    attributes={"Status": "$destination.Status"},
)

# -- Amazon Macie ------------------------------------------------------------------------------------------

_NOT_ENABLED = "Macie is not enabled"
"""What Macie answers, as access denied, where it is off."""

MACIE_SESSION = Kind(
    "AWS::Macie::Session",
    Listing("macie2", "GetMacieSession", "", absent_saying=_NOT_ENABLED),
    # one a Region; CloudFormation calls it by its account, which the role's ARN names
    physical=lambda raw: str(raw["serviceRole"].split(":")[4]),
    details=(Detail("$discovery", "GetAutomatedDiscoveryConfiguration", lambda raw, where: {}),),
    properties={"Status": "status", "FindingPublishingFrequency": "findingPublishingFrequency"},
    attributes={"ServiceRole": "serviceRole", "AutomatedDiscoveryStatus": "$discovery.status"},
)

DATA_IDENTIFIER = Kind(
    "AWS::Macie::CustomDataIdentifier",
    Listing("macie2", "ListCustomDataIdentifiers", "items", absent_saying=_NOT_ENABLED),
    physical=lambda raw: raw["id"],
    details=(Detail("$identifier", "GetCustomDataIdentifier", lambda raw, where: {"id": raw["id"]}),),
    keep=lambda raw: not (isinstance(raw.get("$identifier"), dict) and raw["$identifier"].get("deleted")),
    properties={
        "Name": "name",
        "Description": "$identifier.description",
        "Regex": "$identifier.regex",
        "Keywords": "$identifier.keywords",
        "IgnoreWords": "$identifier.ignoreWords",
        "MaximumMatchDistance": "$identifier.maximumMatchDistance",
        "Tags": Tags("$identifier.tags"),
    },
    attributes={"Arn": "arn"},
    arn=lambda raw, where: raw["arn"],
)

# -- AWS Security Hub --------------------------------------------------------------------------------------

_NO_HUB = frozenset({"InvalidAccessException", "ResourceNotFoundException"})
"""What Security Hub answers where it is off (API reference, DescribeHub)."""

HUB = Kind(
    "AWS::SecurityHub::Hub",
    Listing("securityhub", "DescribeHub", "", absent=_NO_HUB),
    physical=lambda raw: raw["HubArn"],
    properties={
        "AutoEnableControls": "AutoEnableControls",
        "ControlFindingGenerator": "ControlFindingGenerator",
    },
    attributes={"ARN": "HubArn"},
    arn=lambda raw, where: raw["HubArn"],
)

STANDARD = Kind(
    "AWS::SecurityHub::Standard",
    Listing("securityhub", "GetEnabledStandards", "StandardsSubscriptions", absent=_NO_HUB),
    physical=lambda raw: raw["StandardsSubscriptionArn"],
    properties={"StandardsArn": "StandardsArn"},
    attributes={"StandardsSubscriptionArn": "StandardsSubscriptionArn"},
    arn=lambda raw, where: raw["StandardsSubscriptionArn"],
)

FINDING_AGGREGATOR = Kind(
    "AWS::SecurityHub::FindingAggregator",
    Listing("securityhub", "ListFindingAggregators", "FindingAggregators", absent=_NO_HUB),
    physical=lambda raw: raw["FindingAggregatorArn"],
    # every Region shows it
    is_global=True,
    details=(
        Detail(
            "$aggregator",
            "GetFindingAggregator",
            lambda raw, where: {"FindingAggregatorArn": raw["FindingAggregatorArn"]},
        ),
    ),
    properties={
        "RegionLinkingMode": "$aggregator.RegionLinkingMode",
        "Regions": "$aggregator.Regions",
    },
    attributes={
        "FindingAggregatorArn": "FindingAggregatorArn",
        "FindingAggregationRegion": "$aggregator.FindingAggregationRegion",
    },
    arn=lambda raw, where: raw["FindingAggregatorArn"],
)

# -- AWS Config --------------------------------------------------------------------------------------------

RECORDER = Kind(
    "AWS::Config::ConfigurationRecorder",
    Listing("config", "DescribeConfigurationRecorders", "ConfigurationRecorders"),
    physical=lambda raw: raw["name"],
    # a service's own recorder is not the account's
    keep=lambda raw: not raw.get("servicePrincipal"),
    details=(
        Detail(
            "$status",
            "DescribeConfigurationRecorderStatus",
            lambda raw, where: {"ConfigurationRecorderNames": [raw["name"]]},
            result="ConfigurationRecordersStatus",
        ),
    ),
    properties={
        "Name": "name",
        "RoleARN": "roleARN",
        "RecordingGroup": Part(
            {
                "AllSupported": "recordingGroup.allSupported",
                "IncludeGlobalResourceTypes": "recordingGroup.includeGlobalResourceTypes",
                "ResourceTypes": "recordingGroup.resourceTypes",
            }
        ),
    },
    attributes={"Recording": Computed(lambda raw: any(look(raw, "$status.recording")))},
)

DELIVERY_CHANNEL = Kind(
    "AWS::Config::DeliveryChannel",
    Listing("config", "DescribeDeliveryChannels", "DeliveryChannels"),
    physical=lambda raw: raw["name"],
    properties={
        "Name": "name",
        "S3BucketName": "s3BucketName",
        "S3KeyPrefix": "s3KeyPrefix",
        "S3KmsKeyArn": "s3KmsKeyArn",
        "SnsTopicARN": "snsTopicARN",
        "ConfigSnapshotDeliveryProperties": Part(
            {"DeliveryFrequency": "configSnapshotDeliveryProperties.deliveryFrequency"}
        ),
    },
)

CONFIG_RULE = Kind(
    "AWS::Config::ConfigRule",
    Listing("config", "DescribeConfigRules", "ConfigRules"),
    physical=lambda raw: raw["ConfigRuleName"],
    keep=lambda raw: not raw.get("CreatedBy"),  # Security Hub and others make rules of their own
    properties={
        "ConfigRuleName": "ConfigRuleName",
        "Description": "Description",
        "Source": "Source",
        "Scope": "Scope",
        "InputParameters": Parsed("InputParameters"),
        "MaximumExecutionFrequency": "MaximumExecutionFrequency",
    },
    attributes={"Arn": "ConfigRuleArn", "ConfigRuleId": "ConfigRuleId"},
    arn=lambda raw, where: raw["ConfigRuleArn"],
)

AGGREGATOR = Kind(
    "AWS::Config::ConfigurationAggregator",
    Listing("config", "DescribeConfigurationAggregators", "ConfigurationAggregators"),
    physical=lambda raw: raw["ConfigurationAggregatorName"],
    details=(
        Detail(
            "$tags",
            "ListTagsForResource",
            lambda raw, where: {"ResourceArn": raw["ConfigurationAggregatorArn"]},
            result="Tags",
        ),
    ),
    properties={
        "ConfigurationAggregatorName": "ConfigurationAggregatorName",
        "OrganizationAggregationSource": "OrganizationAggregationSource",
        "AccountAggregationSources": "AccountAggregationSources",
        "Tags": Tags("$tags"),
    },
    attributes={"ConfigurationAggregatorArn": "ConfigurationAggregatorArn"},
    arn=lambda raw, where: raw["ConfigurationAggregatorArn"],
)

KINDS = (
    *(TRAIL, DETECTOR, MALWARE_PLAN, PUBLISHING_DESTINATION, MACIE_SESSION, DATA_IDENTIFIER),
    *(HUB, STANDARD, FINDING_AGGREGATOR, RECORDER, DELIVERY_CHANNEL, CONFIG_RULE, AGGREGATOR),
)
