"""The trail: every API call of every account, in one place that a breached account cannot reach.

With several accounts it is the organization's, made by the management account; members see it and cannot
change it (CloudTrail guide, "Creating a trail for an organization").

What it records beyond management events, and why so:
- objects in our buckets, by the prefix that all their names have, so that a new team needs no new selector
  (a trail has 500 values at most); the archive itself is left out, or each delivery would record another;
- calls of endpoints and feature stores, functions, and of Bedrock where a team uses it. InvokeModel and
  Converse are management events (Bedrock guide, "Monitor Amazon Bedrock API calls using CloudTrail").
AWS KMS records no data events: its calls are management events, which a trail has unless they are excluded
(CloudTrail guide, "Logging management events"); nothing is excluded here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwork.architecture import keys, logs, names
from ringwork.architecture.detection.archive import (
    KEY_OUTPUT,
    LOCKED,
    archive_stack_id,
    bucket_name,
    trail_arn,
    trail_name,
)
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import allow, document, trust
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.environment import Shared
from ringwork.estate import StackOutput
from ringwork.estate.organization import Fact, OrganizationFact

RING = "trail"
ORGANIZATION_OUTPUT, ORGANIZATION_ID = "OrganizationId", "^o-[a-z0-9]{10,32}$"
GROUP = "TrailLogGroup"
KEY_ARN = "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+$"

SAGEMAKER = ("AWS::SageMaker::Endpoint", "AWS::SageMaker::FeatureGroup")
BEDROCK = ("AWS::Bedrock::Guardrail", "AWS::Bedrock::Model")
"""Values of `resources.type` (CloudTrail guide, "Logging data events", table of resource types)."""


def trail(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """The trail, the group in which its alarms look, and the role that writes there."""
    key = template.parameter(
        KEY_OUTPUT,
        "Key of the log archive",
        KEY_ARN,
        StackOutput(archive_stack_id(layout, layout.home), KEY_OUTPUT),
    )
    _group(template, layout, site)
    if layout.many_accounts:
        organization = template.parameter(
            ORGANIZATION_OUTPUT, "Id of the organization", ORGANIZATION_ID, OrganizationFact(Fact.ID)
        )
        template.output(ORGANIZATION_OUTPUT, "Id of the organization, for accounts in it", organization)
    template.add(
        "Trail",
        "AWS::CloudTrail::Trail",
        {
            "TrailName": trail_name(layout),
            "S3BucketName": bucket_name(layout, LOCKED, layout.home),
            "KMSKeyId": key,
            "IsLogging": True,
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "EnableLogFileValidation": True,
            "IsOrganizationTrail": layout.many_accounts,
            "CloudWatchLogsLogGroupArn": get_att(GROUP, "Arn"),
            "CloudWatchLogsRoleArn": get_att("TrailRole", "Arn"),
            "AdvancedEventSelectors": list(_selectors(layout)),
            "InsightSelectors": [
                {"InsightType": "ApiCallRateInsight"},
                {"InsightType": "ApiErrorRateInsight"},
            ],
        },
        Purpose(
            "DET-08, DET-09, DET-10, DET-11",
            "Every call in every Region and account, validated, under a key, and kept where nobody deletes",
        ),
        depends_on=("TrailRolePolicy",),
    )


def organization_id(layout: Layout, account_id: str) -> OrganizationFact | StackOutput:
    """Where a stack in an account has the organization's id from: only the management account is asked."""
    management = layout.by_account[layout.shared[Shared.MANAGEMENT].account_id, layout.home]
    if account_id == management.account_id:
        return OrganizationFact(Fact.ID)
    return StackOutput(management.stack_id(RING), ORGANIZATION_OUTPUT)


def _selectors(layout: Layout) -> Iterator[dict[str, Json]]:
    yield _selector("Management events", [_field("eventCategory", Equals=["Management"])])
    prefix = f"arn:${{AWS::Partition}}:s3:::{layout.organization}-"
    yield _data(
        "Objects of our buckets",
        "AWS::S3::Object",
        _field("resources.ARN", StartsWith=[sub(prefix)], NotStartsWith=[sub(f"{prefix}-")]),
    )
    for type_ in (*SAGEMAKER, *(BEDROCK if _uses_bedrock(layout) else ()), "AWS::Lambda::Function"):
        yield _data(f"Use of {type_.removeprefix('AWS::').replace('::', ' ')}", type_)


def _uses_bedrock(layout: Layout) -> bool:
    return any(team.foundation_models for team in layout.blueprint.teams.values())


def _field(field: str, **values: Sequence[Json]) -> dict[str, Json]:
    return {"Field": field, **{operator: list(given) for operator, given in values.items()}}


def _selector(name: str, fields: Sequence[Json]) -> dict[str, Json]:
    return {"Name": name, "FieldSelectors": list(fields)}


def _data(name: str, type_: str, *fields: Json) -> dict[str, Json]:
    return _selector(
        name, [_field("eventCategory", Equals=["Data"]), _field("resources.type", Equals=[type_]), *fields]
    )


def _group(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """CloudTrail, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring"."""
    name = names.account_log_group(site.organization, RING)
    template.add(
        "TrailLogKey",
        "AWS::KMS::Key",
        {
            "Description": f"The trail's log group of {site.organization}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document([*keys.administration(), logs.encryption(name)]),
        },
        Purpose("DAT-16, DAT-21, DAT-35", "Logs have a key of their own, usable for this log group only"),
        retain=True,
    )
    template.add(
        GROUP,
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": name,
            "RetentionInDays": logs.retention(layout.blueprint.detection.log_days),
            "KmsKeyId": get_att("TrailLogKey", "Arn"),
        },
        Purpose("DET-12, DAT-35", "Where alarms look at what the trail records"),
        retain=True,
    )
    streams = f"{logs.group_arn(name)}:log-stream:*"
    writes = allow("WriteTrail", ("logs:CreateLogStream", "logs:PutLogEvents"), [streams])
    template.add(
        "TrailBoundary",
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the trail's role may ever do",
            "PolicyDocument": document([writes]),
        },
        Purpose("IAM-09", "A policy added to the role later gives it nothing more"),
    )
    template.add(
        "TrailRole",
        "AWS::IAM::Role",
        {
            "Description": f"The trail of {site.organization} writes to its log group",
            "AssumeRolePolicyDocument": trust("cloudtrail.amazonaws.com", [trail_arn(layout)]),
            "PermissionsBoundary": ref("TrailBoundary"),
        },
        Purpose("DET-08, IAM-07", "This trail, and nobody else's, writes as this role"),
    )
    template.add(
        "TrailRolePolicy",
        "AWS::IAM::RolePolicy",
        {"PolicyName": "write-trail", "RoleName": ref("TrailRole"), "PolicyDocument": document([writes])},
        Purpose("DET-08", "Writing to the trail's log group, and no more"),
    )
