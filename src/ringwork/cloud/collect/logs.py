"""CloudWatch Logs groups."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Detail, Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Parsed, Raw, Tags, look

GROUPS = Listing("logs", "DescribeLogGroups", "logGroups")


def _plain(raw: Raw) -> str:
    """The group's ARN without `:*`, as the tagging operations want it."""
    return str(raw.get("logGroupArn") or raw["arn"].removesuffix(":*"))


LOG_GROUP = Kind(
    "AWS::Logs::LogGroup",
    GROUPS,
    physical=lambda raw: raw["logGroupName"],
    narrow=lambda physical: {"logGroupNamePrefix": physical},
    details=(
        Detail(
            "$tags", "ListTagsForResource", lambda raw, where: {"resourceArn": _plain(raw)}, result="tags"
        ),
        Detail(
            "$protection",
            "GetDataProtectionPolicy",
            lambda raw, where: {"logGroupIdentifier": raw["logGroupName"]},
            # groups of the class DELIVERY have none
            absent=frozenset({"InvalidParameterException", "OperationAbortedException"}),
        ),
    ),
    properties={
        "LogGroupName": "logGroupName",
        "RetentionInDays": "retentionInDays",
        "KmsKeyId": "kmsKeyId",
        "LogGroupClass": "logGroupClass",
        "DataProtectionPolicy": Parsed("$protection.policyDocument"),
        "Tags": Tags("$tags"),
    },
    # GetAtt Arn ends with `:*` (CloudFormation, AWS::Logs::LogGroup, Return values).
    attributes={"Arn": Computed(lambda raw: f"{_plain(raw)}:*")},
    arn=lambda raw, where: _plain(raw),
)


def _dimensions(transformation: Raw) -> object:
    """A map in the API, a list of keys and values in a template."""
    found = look(transformation, "dimensions")
    return MISSING if found is MISSING else [{"Key": key, "Value": found[key]} for key in sorted(found)]


METRIC_FILTER = Kind(
    "AWS::Logs::MetricFilter",
    Listing("logs", "DescribeMetricFilters", "metricFilters"),
    physical=lambda raw: raw["filterName"],
    properties={
        "FilterName": "filterName",
        "FilterPattern": "filterPattern",
        "LogGroupName": "logGroupName",
        "MetricTransformations": Each(
            "metricTransformations",
            {
                "MetricName": "metricName",
                "MetricNamespace": "metricNamespace",
                "MetricValue": "metricValue",
                "DefaultValue": "defaultValue",
                "Unit": "unit",
                "Dimensions": Computed(_dimensions),
            },
        ),
    },
    # a filter's name is unique in its group only
    identity=("FilterName", "LogGroupName"),
)

RESOURCE_POLICY = Kind(
    "AWS::Logs::ResourcePolicy",
    Listing("logs", "DescribeResourcePolicies", "resourcePolicies"),
    deployed=False,
    physical=lambda raw: raw["policyName"],
    properties={"PolicyName": "policyName", "PolicyDocument": Parsed("policyDocument")},
)

KINDS = (LOG_GROUP, METRIC_FILTER, RESOURCE_POLICY)
