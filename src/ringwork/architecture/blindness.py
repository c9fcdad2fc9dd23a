"""What would switch detection off: no role but the deployer's does it, whatever its own policies say."""

from __future__ import annotations

BLINDING = (
    "access-analyzer:Delete*",
    "cloudtrail:Delete*",
    "cloudtrail:Put*",
    "cloudtrail:Stop*",
    "cloudtrail:Update*",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DisableAlarmActions",
    "config:Delete*",
    "config:Stop*",
    "ec2:DeleteFlowLogs",
    "events:DeleteRule",
    "events:DisableRule",
    "events:RemoveTargets",
    "guardduty:Delete*",
    "guardduty:Disassociate*",
    "guardduty:Stop*",
    "guardduty:Update*",
    "inspector2:Disable*",
    "logs:Delete*",
    "logs:PutRetentionPolicy",
    "macie2:Delete*",
    "macie2:Disable*",
    "macie2:Disassociate*",
    "securityhub:BatchDisable*",
    "securityhub:Delete*",
    "securityhub:Disable*",
    "securityhub:Disassociate*",
)
"""Control ORG-04. Log groups of functions and jobs go with them only by the deployer's hand, too."""
