"""Alarms on what the trail records: who should never act, and what nobody should do often.

The trail's log group has the calls of global services too, which reach no event bus outside us-east-1, and
of every account. Patterns are those of CloudWatch Logs ("Filter pattern syntax for metric filters", JSON):
the metric counts matching events, and rises where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.architecture import names
from ringwork.architecture.detection.channels import TOPIC_OUTPUT
from ringwork.architecture.detection.trail import GROUP
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Purpose, TemplateBuilder, ref
from ringwork.estate import StackOutput

NAMESPACE = "Ringwork/Trail"
TOPIC_ARN = "^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$"


@dataclass(frozen=True, slots=True)
class Sign:
    """What is counted, and how much of it in five minutes is too much."""

    pattern: str
    threshold: int
    control: str
    why: str


def _any(field: str, *values: str) -> str:
    return "(" + " || ".join(f'({field} = "{value}")' for value in values) + ")"


def _of(service: str) -> str:
    return f'($.eventSource = "{service}.amazonaws.com")'


_NAME = "$.eventName"
_DENIED = '(($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*"))'
_READS_MODELS = "(" + " || ".join((_of("bedrock"), _of("sagemaker"))) + ")"

TABLE: Mapping[str, Sign] = {
    "RootUse": Sign(
        '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) '
        '&& ($.eventType != "AwsServiceEvent") }',
        1,
        "DET-13",
        "The root user of an account acted",
    ),
    "BreakGlassUse": Sign(
        f'{{ ($.eventName = "AssumeRole") && ($.requestParameters.roleArn = "*:role/{names.BREAK_GLASS}") }}',
        1,
        "DET-13",
        "Somebody took the break-glass role: whoever it was should have said so before",
    ),
    "GuardRailChanges": Sign(
        f"{{ {_of('organizations')} && "
        + _any(
            _NAME,
            *("AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "DisablePolicyType"),
            *("LeaveOrganization", "MoveAccount", "RemoveAccountFromOrganization", "UpdatePolicy"),
            *("DeregisterDelegatedAdministrator", "DisableAWSServiceAccess"),
        )
        + " }",
        1,
        "DET-13",
        "A guard rail of the organization was changed, or an account left it",
    ),
    "IdentityChanges": Sign(
        f"{{ {_of('iam')} && "
        + _any(
            _NAME,
            *("CreateAccessKey", "CreateLoginProfile", "CreateUser", "DeleteRolePermissionsBoundary"),
            *("CreateSAMLProvider", "CreateOpenIDConnectProvider", "DeactivateMFADevice"),
            *("PutUserPolicy", "AttachUserPolicy", "UpdateAccountPasswordPolicy"),
        )
        + " }",
        1,
        "DET-13",
        "A user, a key, or a provider of identities was made, or a boundary taken away",
    ),
    "ConsoleWithoutSecondFactor": Sign(
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
        '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
        1,
        "DET-13",
        "Somebody signed in to the console without a second factor",
    ),
    "DeniedCalls": Sign(
        f"{{ {_DENIED} && ($.userIdentity.invokedBy NOT EXISTS) }}",
        25,
        "DET-12",
        "Many calls are denied: somebody tries what they may not",
    ),
    "DeniedModelCalls": Sign(
        f'{{ {_of("bedrock")} && (($.errorCode = "AccessDenied*") '
        '|| ($.errorCode = "ValidationException") || ($.errorCode = "ResourceNotFoundException")) }',
        10,
        "DET-12, DET-31",
        "Foundation models are tried that nobody was given: the first sign of stolen credentials put to use",
    ),
    "ModelAccessAsked": Sign(
        f"{{ {_of('bedrock')} && "
        + _any(
            _NAME,
            *("CreateFoundationModelAgreement", "PutFoundationModelEntitlement", "PutUseCaseForModelAccess"),
            *("DeleteModelInvocationLoggingConfiguration", "PutModelInvocationLoggingConfiguration"),
        )
        + " }",
        1,
        "DET-12",
        "Somebody asked for foundation models, or changed how their use is logged",
    ),
    "ModelsEnumerated": Sign(
        f"{{ {_READS_MODELS} && ("
        + " || ".join(f'({_NAME} = "{verb}*")' for verb in ("Describe", "Get", "List"))
        + ") && ($.userIdentity.invokedBy NOT EXISTS) }",
        500,
        "DET-12",
        "Models, endpoints and jobs are listed far more often than people do",
    ),
    "PresignedNotebookUrls": Sign(
        f"{{ {_of('sagemaker')} && "
        + _any(_NAME, "CreatePresignedDomainUrl", "CreatePresignedNotebookInstanceUrl")
        + " }",
        20,
        "DET-12",
        "Many ways into notebooks are made: each is a session that outlives the credentials that made it",
    ),
}
"""Logical id -> sign."""


def trail_alarms(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """A metric filter and an alarm for each sign."""
    topic = template.parameter(
        TOPIC_OUTPUT,
        "Topic that alarms publish to",
        TOPIC_ARN,
        StackOutput(layout.detection_stack_id(site.account_id, site.region), TOPIC_OUTPUT),
    )
    for logical_id, sign in TABLE.items():
        name = names.account_wide(site.organization, names.hyphenated(logical_id))
        template.add(
            f"{logical_id}Filter",
            "AWS::Logs::MetricFilter",
            {
                "FilterName": name,
                "LogGroupName": ref(GROUP),
                "FilterPattern": sign.pattern,
                "MetricTransformations": [
                    {
                        "MetricName": logical_id,
                        "MetricNamespace": NAMESPACE,
                        "MetricValue": "1",
                        "DefaultValue": 0,
                    }
                ],
            },
            Purpose(sign.control, sign.why),
        )
        template.add(
            f"{logical_id}Alarm",
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": name,
                "AlarmDescription": sign.why,
                "Namespace": NAMESPACE,
                "MetricName": logical_id,
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": sign.threshold,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [topic],
            },
            Purpose(sign.control, sign.why),
        )
