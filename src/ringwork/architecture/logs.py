"""How long log groups keep what they are given, and who may encrypt it."""

from __future__ import annotations

from ringwork.architecture import keys
from ringwork.architecture.policy import Statement, allow
from ringwork.architecture.template import sub

RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288),
    3653,
)
"""Days that CloudWatch Logs allows (AWS::Logs::LogGroup, RetentionInDays)."""


def retention(days: int) -> int:
    """The shortest allowed retention that keeps logs for `days`."""
    return next((allowed for allowed in RETENTIONS if allowed >= days), RETENTIONS[-1])


def group_arn(name: str) -> str:
    """For Fn::Sub."""
    return f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}"


def encryption(group: str) -> Statement:
    """CloudWatch Logs may use a key for this group (CloudWatch Logs, "Encrypt log data in CloudWatch Logs
    using AWS KMS")."""
    return allow(
        "CloudWatchLogs",
        keys.LOG_SERVICE_ACTIONS,
        principal={"Service": sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
        conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": sub(group_arn(group))}},
    )
