"""Which events somebody should see: findings of AWS's detectors, alarms, and layers switched off.

In each account and Region every event of the table goes to the queue, and what is loud to the topic too.
With several accounts it also goes to the security account's bus, whose rules are the same: one queue sees
all, and those in `detection.contacts` hear of it. A finding can so arrive twice (the delegated administrator
gets its own copy of members' findings): who reads the queue goes by the finding's id.

Calls of global services (IAM, Organizations, STS's global endpoint) are events in us-east-1 only
(EventBridge guide, "Events from AWS services"): for those the trail's log group has filters (`trail_alarms`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.architecture import names
from ringwork.architecture.detection.channels import DEAD_LETTERS, QUEUE, TOPIC
from ringwork.architecture.detection.trail import ORGANIZATION_ID, ORGANIZATION_OUTPUT, organization_id
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import allow, document, trust
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.environment import Shared


@dataclass(frozen=True, slots=True)
class Watched:
    """One rule."""

    pattern: Mapping[str, Json]
    control: str
    why: str
    loud: bool = False
    """whether somebody is mailed"""
    queued: bool = True


def _calls(*sources: str, names: tuple[str, ...], **detail: Json) -> dict[str, Json]:
    """API calls as the trail records them (EventBridge guide, "AWS service events delivered via CloudTrail").
    Only AWS's services can put events whose source begins with `aws.` (API reference, PutEvents)."""
    return {
        "source": [{"prefix": "aws."}],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": [f"{source}.amazonaws.com" for source in sources],
            "eventName": list(names),
            **detail,
        },
    }


_SEVERE_LABELS = ["HIGH", "CRITICAL"]

TABLE: Mapping[str, Watched] = {
    "GuardDutyFindings": Watched(
        {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]},
        "DET-06",
        "Every finding of GuardDuty is kept for the guard that watches",
    ),
    "GuardDutyAlarms": Watched(
        {
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", 7]}]},
        },
        "DET-06, DET-07",
        "A finding of severity high or critical (7 and more) is told to somebody at once",
        loud=True,
        queued=False,
    ),
    "MalwareFound": Watched(
        {
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Malware Protection Object Scan Result"],
            "detail": {"scanResultDetails": {"scanResultStatus": ["THREATS_FOUND"]}},
        },
        "DET-04, DET-06",
        "An upload to a data or model bucket is malware",
        loud=True,
    ),
    "MacieFindings": Watched(
        {"source": ["aws.macie"], "detail-type": ["Macie Finding"]},
        "DET-06, DAT-23",
        "Macie found sensitive data, or a bucket that is open",
    ),
    "MacieAlarms": Watched(
        {
            "source": ["aws.macie"],
            "detail-type": ["Macie Finding"],
            "detail": {"severity": {"description": ["High"]}},
        },
        "DET-06",
        "Sensitive data where it must not be is told to somebody at once",
        loud=True,
        queued=False,
    ),
    "SecurityHubFindings": Watched(
        {
            "source": ["aws.securityhub"],
            "detail-type": ["Security Hub Findings - Imported"],
            "detail": {
                "findings": {
                    "RecordState": ["ACTIVE"],
                    "Severity": {"Label": _SEVERE_LABELS},
                    "Workflow": {"Status": ["NEW"]},
                }
            },
        },
        "DET-06",
        "New findings of severity high or critical, whichever product made them",
    ),
    "ExternalAccess": Watched(
        {
            "source": ["aws.access-analyzer"],
            "detail-type": ["Access Analyzer Finding"],
            "detail": {"status": ["ACTIVE"]},
        },
        "DET-06, IAM-23",
        "Something became reachable from outside the zone of trust",
        loud=True,
    ),
    "Vulnerabilities": Watched(
        {
            "source": ["aws.inspector2"],
            "detail-type": ["Inspector2 Finding"],
            "detail": {"severity": _SEVERE_LABELS, "status": ["ACTIVE"]},
        },
        "DET-06, DET-30",
        "An image, host or function has a vulnerability of severity high or critical",
    ),
    "ConfigurationDrift": Watched(
        {
            "source": ["aws.config"],
            "detail-type": ["Config Rules Compliance Change"],
            "detail": {"newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]}},
        },
        "DET-06, DET-28",
        "A resource is no longer as one of our layers needs it",
    ),
    "Alarms": Watched(
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"state": {"value": ["ALARM"]}},
        },
        "DET-06, DET-12",
        "Every alarm is seen where all accounts are watched",
    ),
    "DetectionOff": Watched(
        _calls(
            *("cloudtrail", "guardduty", "macie2", "securityhub", "config", "access-analyzer", "inspector2"),
            names=(
                *("DeleteTrail", "PutEventSelectors", "PutInsightSelectors", "StopLogging", "UpdateTrail"),
                *("DeleteDetector", "DeleteMalwareProtectionPlan", "DeletePublishingDestination"),
                *("DisassociateFromAdministratorAccount", "StopMonitoringMembers", "UpdateDetector"),
                *("DisableMacie", "UpdateMacieSession", "UpdateAutomatedDiscoveryConfiguration"),
                *("BatchDisableStandards", "DisableSecurityHub", "DeleteAnalyzer", "Disable"),
                *("DeleteConfigRule", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
                "StopConfigurationRecorder",
            ),
        ),
        "DET-13",
        "A detector or the trail was switched off or changed",
        loud=True,
    ),
    "AlarmsOff": Watched(
        _calls(
            *("monitoring", "events", "sns", "sqs", "logs"),
            names=(
                *("DeleteAlarms", "DisableAlarmActions", "DeleteRule", "DisableRule", "RemoveTargets"),
                *("DeleteTopic", "Unsubscribe", "DeleteQueue", "PurgeQueue"),
                *("DeleteLogGroup", "DeleteLogStream", "DeleteRetentionPolicy", "DeleteMetricFilter"),
                "DeleteDataProtectionPolicy",
            ),
        ),
        "DET-13",
        "What rings, or what is told to whom, was switched off",
        loud=True,
    ),
    "NetworkOpened": Watched(
        _calls(
            *("ec2", "wafv2", "network-firewall", "route53resolver"),
            names=(
                *("AttachInternetGateway", "DeleteFlowLogs", "DeleteNetworkAclEntry", "DeleteVpcEndpoints"),
                *("DeleteVpcBlockPublicAccessExclusion", "CreateVpcBlockPublicAccessExclusion"),
                *("DisableVpcBlockPublicAccess", "ModifyVpcBlockPublicAccessOptions", "ModifyVpcEndpoint"),
                *("ReplaceNetworkAclAssociation", "ReplaceNetworkAclEntry", "CreateVpcPeeringConnection"),
                *("DeleteWebACL", "DeleteLoggingConfiguration", "DisassociateWebACL", "UpdateWebACL"),
                *("DeleteFirewall", "DeleteFirewallPolicy", "UpdateFirewallPolicy", "DisassociateSubnets"),
                *("DeleteFirewallRule", "DisassociateFirewallRuleGroup", "UpdateFirewallConfig"),
                "DisassociateResolverQueryLogConfig",
            ),
        ),
        "DET-13",
        "A wall of the network was taken away, or a door was made in it",
        loud=True,
    ),
    "DataOpened": Watched(
        _calls(
            *("s3", "s3express", "ecr"),
            names=(
                *("DeleteBucketEncryption", "DeleteBucketPolicy", "DeletePublicAccessBlock"),
                *("DeleteAccountPublicAccessBlock", "PutAccountPublicAccessBlock", "PutBucketAcl"),
                *("PutBucketLogging", "PutBucketPolicy", "PutBucketReplication", "PutBucketVersioning"),
                *("PutBucketPublicAccessBlock", "PutBucketLifecycle", "PutBucketObjectLockConfiguration"),
                *("PutImageTagMutability", "SetRepositoryPolicy", "DeleteRepositoryPolicy"),
            ),
        ),
        "DET-13",
        "A bucket's or a registry's protection was changed",
    ),
    "KeysLost": Watched(
        _calls("kms", names=("DisableKey", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion")),
        "DET-13",
        "A key was disabled, is to be deleted, or opened to others",
        loud=True,
    ),
    "ModelGuardsOff": Watched(
        _calls(
            *("bedrock", "sagemaker"),
            names=(
                *("DeleteGuardrail", "DeleteModelInvocationLoggingConfiguration", "UpdateGuardrail"),
                *("PutModelInvocationLoggingConfiguration", "DeleteModelPackageGroupPolicy"),
                *("DeleteMonitoringSchedule", "StopMonitoringSchedule", "PutModelPackageGroupPolicy"),
                "UpdateNotebookInstanceLifecycleConfig",
            ),
        ),
        "DET-13, MDL-23",
        "A guardrail, the log of model calls, or a monitor was switched off or changed",
        loud=True,
    ),
}
"""Logical id -> rule. Event shapes: each service's page on events for EventBridge."""


def rules(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """The rules; the bus for other accounts in the security account, and the way there from all others."""
    security = layout.shared[Shared.SECURITY].account_id
    forwards = layout.many_accounts and site.account_id != security
    if forwards:
        _forwarder(template, site, security)
    if layout.many_accounts and not forwards:
        _bus_policy(template, layout, site)
    for logical_id, watched in TABLE.items():
        targets = []
        if watched.queued:
            targets.append(_target("queue", get_att(QUEUE, "Arn")))
            if forwards:
                targets.append(
                    {**_target("security", _bus(security)), "RoleArn": get_att("ForwarderRole", "Arn")}
                )
        if watched.loud:
            targets.append(_target("topic", ref(TOPIC)))
        template.add(
            logical_id,
            "AWS::Events::Rule",
            {
                "Name": names.account_wide(site.organization, names.hyphenated(logical_id)),
                "Description": watched.why,
                "EventPattern": watched.pattern,
                "State": "ENABLED",
                "Targets": targets,
            },
            Purpose(watched.control, watched.why),
        )


def _target(name: str, arn: Json) -> dict[str, Json]:
    return {
        "Id": name,
        "Arn": arn,
        "DeadLetterConfig": {"Arn": get_att(DEAD_LETTERS, "Arn")},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
    }


def _bus(account: str) -> Json:
    return sub(f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:{account}:event-bus/default")


def _forwarder(template: TemplateBuilder, site: AccountSite, security: str) -> None:
    """EventBridge guide, "Sending and receiving events between AWS accounts": the rule acts as a role."""
    puts = allow(
        "PutSecurityEvents",
        ("events:PutEvents",),
        [f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:{security}:event-bus/default"],
    )
    template.add(
        "ForwarderBoundary",
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the role of forwarding rules may ever do",
            "PolicyDocument": document([puts]),
        },
        Purpose("IAM-09", "A policy added to the role later gives it nothing more"),
    )
    rules_of_ours = names.account_wide(site.organization, "")
    template.add(
        "ForwarderRole",
        "AWS::IAM::Role",
        {
            "Description": "Rules send security events to the security account",
            "AssumeRolePolicyDocument": trust(
                "events.amazonaws.com",
                [
                    f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}"
                    f":rule/{rules_of_ours}*"
                ],
            ),
            "PermissionsBoundary": ref("ForwarderBoundary"),
        },
        Purpose("DET-06, IAM-07", "Our rules in this account and Region, and no others, act as this role"),
    )
    template.add(
        "ForwarderRolePolicy",
        "AWS::IAM::RolePolicy",
        {"PolicyName": "put-events", "RoleName": ref("ForwarderRole"), "PolicyDocument": document([puts])},
        Purpose("DET-06", "Putting events on the security account's bus, and no more"),
    )


def _bus_policy(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    organization = template.parameter(
        ORGANIZATION_OUTPUT,
        "Id of the organization",
        ORGANIZATION_ID,
        organization_id(layout, site.account_id),
    )
    template.add(
        "BusPolicy",
        "AWS::Events::EventBusPolicy",
        {
            "StatementId": "OurAccountsPutEvents",
            "Statement": {
                "Sid": "OurAccountsPutEvents",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": _bus("${AWS::AccountId}"),
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}},
            },
        },
        Purpose("DET-06", "The organization's accounts, and nobody else, tell the security account"),
    )
