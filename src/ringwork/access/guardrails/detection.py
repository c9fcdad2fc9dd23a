"""Guard rail around detection: nobody switches it off, and nobody makes it look away.

Source: Service Authorization Reference and the API reference of each service; AWS samples of service control
policies name part of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringwork.access.guardrails.model import GuardRail, breach, deny, everybody_but

SWITCHES: Mapping[str, tuple[str, ...]] = {
    "GuardDuty": (
        *("guardduty:DeleteDetector", "guardduty:UpdateDetector", "guardduty:UpdateMemberDetectors"),
        *("guardduty:DeleteMembers", "guardduty:DisassociateMembers", "guardduty:StopMonitoringMembers"),
        *("guardduty:DisassociateFromAdministratorAccount", "guardduty:DisassociateFromMasterAccount"),
        *("guardduty:DisableOrganizationAdminAccount", "guardduty:UpdateOrganizationConfiguration"),
        *("guardduty:DeletePublishingDestination", "guardduty:UpdatePublishingDestination"),
        *("guardduty:DeleteMalwareProtectionPlan", "guardduty:UpdateMalwareProtectionPlan"),
        "guardduty:UpdateMalwareScanSettings",
        # what makes it look away: findings that are archived at once, and addresses that are trusted
        *(
            "guardduty:CreateFilter",
            "guardduty:UpdateFilter",
            "guardduty:CreateIPSet",
            "guardduty:UpdateIPSet",
        ),
        *("guardduty:CreateTrustedEntitySet", "guardduty:UpdateTrustedEntitySet"),
    ),
    "CloudTrail": (
        *("cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"),
        *("cloudtrail:PutEventSelectors", "cloudtrail:PutInsightSelectors"),
        *("cloudtrail:DeleteEventDataStore", "cloudtrail:StopEventDataStoreIngestion"),
        "cloudtrail:UpdateEventDataStore",
    ),
    "Config": (
        *("config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder"),
        *("config:DeleteServiceLinkedConfigurationRecorder", "config:PutConfigurationRecorder"),
        *("config:DisassociateResourceTypes", "config:DeleteDeliveryChannel", "config:PutDeliveryChannel"),
        *("config:DeleteConfigRule", "config:DeleteConformancePack", "config:DeleteOrganizationConfigRule"),
        *("config:DeleteOrganizationConformancePack", "config:DeleteRetentionConfiguration"),
        *("config:PutRetentionConfiguration", "config:DeleteConfigurationAggregator"),
    ),
    "Security Hub": (
        *("securityhub:DisableSecurityHub", "securityhub:DisableSecurityHubV2"),
        *("securityhub:DisableSecurityHubFeatureV2", "securityhub:BatchDisableStandards"),
        *("securityhub:UpdateStandardsControl", "securityhub:BatchUpdateStandardsControlAssociations"),
        *("securityhub:UpdateSecurityHubConfiguration", "securityhub:UpdateOrganizationConfiguration"),
        *("securityhub:DeleteMembers", "securityhub:DisassociateMembers"),
        *("securityhub:DisassociateFromAdministratorAccount", "securityhub:DisassociateFromMasterAccount"),
        *("securityhub:DisableOrganizationAdminAccount", "securityhub:DisableImportFindingsForProduct"),
        # rules that suppress findings
        *("securityhub:CreateAutomationRule", "securityhub:BatchUpdateAutomationRules"),
        *("securityhub:CreateAutomationRuleV2", "securityhub:UpdateAutomationRuleV2"),
    ),
    "Macie": (
        *("macie2:DisableMacie", "macie2:UpdateMacieSession", "macie2:UpdateMemberSession"),
        *("macie2:DeleteMember", "macie2:DisassociateMember"),
        *("macie2:DisassociateFromAdministratorAccount", "macie2:DisassociateFromMasterAccount"),
        *("macie2:DisableOrganizationAdminAccount", "macie2:UpdateOrganizationConfiguration"),
        *("macie2:UpdateAutomatedDiscoveryConfiguration", "macie2:BatchUpdateAutomatedDiscoveryAccounts"),
        *("macie2:UpdateClassificationJob", "macie2:UpdateClassificationScope"),
        *("macie2:CreateFindingsFilter", "macie2:UpdateFindingsFilter"),
    ),
    "IAM Access Analyzer": (
        *("access-analyzer:DeleteAnalyzer", "access-analyzer:DeleteServiceLinkedAnalyzer"),
        *("access-analyzer:UpdateAnalyzer", "access-analyzer:CreateArchiveRule"),
        "access-analyzer:UpdateArchiveRule",
    ),
    "Inspector": (
        *("inspector2:Disable", "inspector2:DisableDelegatedAdminAccount", "inspector2:DisassociateMember"),
        *("inspector2:UpdateOrganizationConfiguration", "inspector2:CreateFilter", "inspector2:UpdateFilter"),
    ),
    "flow logs and alarms": (
        *("ec2:DeleteFlowLogs", "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions"),
        *("events:DeleteRule", "events:DisableRule", "events:RemoveTargets"),
        *("logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy"),
    ),
}
"""Detection of -> the actions that switch it off, narrow it, or make it keep quiet"""


def stays_on(*, but: Sequence[str] = (), of: Sequence[str] = tuple(SWITCHES)) -> GuardRail:
    """Detection stays as it is. `but`: roles (ARN patterns), such as that which deploys; `of`: names in
    `SWITCHES`."""
    actions = {name: SWITCHES[name] for name in of}
    everybody = everybody_but(but)
    return GuardRail(
        "detection-stays-on",
        "nobody switches detection off, narrows it, or makes it keep quiet",
        "scp",
        ("scp", "boundary", "identity"),
        tuple(
            deny(f"{''.join(part.capitalize() for part in name.split())}StaysOn", some, everybody)
            for name, some in actions.items()
        ),
        tuple(breach(f"{name} is switched off or narrowed", *some) for name, some in actions.items()),
        (
            breach("findings are read", "guardduty:GetFindings", "securityhub:GetFindings"),
            breach("detection is switched on", "guardduty:CreateDetector", "cloudtrail:StartLogging"),
        ),
        (
            "the management account is bound by no service control policy",
            "where the delivered logs lie, bucket and key policies decide",
        ),
    )
