"""CloudWatch Logs groups."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Detail, Kind, Listing
from ringwork.cloud.collect.mapping import Computed, Raw, Tags

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
    ),
    properties={
        "LogGroupName": "logGroupName",
        "RetentionInDays": "retentionInDays",
        "KmsKeyId": "kmsKeyId",
        "LogGroupClass": "logGroupClass",
        "Tags": Tags("$tags"),
    },
    # GetAtt Arn ends with `:*` (CloudFormation, AWS::Logs::LogGroup, Return values).
    attributes={"Arn": Computed(lambda raw: f"{_plain(raw)}:*")},
    arn=lambda raw, where: _plain(raw),
)

KINDS = (LOG_GROUP,)
