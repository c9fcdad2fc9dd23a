"""Key policies: who administers a key, who uses it, and through which service."""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture import names
from ringwork.architecture.policy import Conditions, Statement, allow
from ringwork.architecture.template import Json, sub, subs

ADMINISTRATION_ACTIONS = (
    "kms:CancelKeyDeletion",
    "kms:Create*",
    "kms:Delete*",
    "kms:Describe*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:Put*",
    "kms:Revoke*",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:Update*",
)
"""KMS's page "Default key policy", section on key administrators: nothing here reads or writes data."""
READ_ONLY_ACTIONS = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*")
VOLUME_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext")
"""What SageMaker does with a role's rights for a job's encrypted volumes and output (SageMaker, "Protect Data
at Rest Using Encryption"; KMS, "How Amazon EBS uses KMS")."""
MAKE_VOLUME_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext")
"""What a service does with the rights of who makes an encrypted volume, beside a grant (EC2, "Requirements
for Amazon EBS encryption"). Decrypt opens the volume's own data key, for the service."""
ROOT: Json = {"AWS": sub(names.ACCOUNT_ROOT)}
"""The account, whose roles a statement's condition names: a role that is deleted and made again keeps its
right, and no role must exist beforehand."""
FOR_AWS: Conditions = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
"""Grants that an AWS service makes for what it runs, and nobody else (KMS, condition keys)."""
LOG_SERVICE_ACTIONS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)
"""CloudWatch Logs, "Encrypt log data in CloudWatch Logs using KMS"."""


def administration() -> list[Statement]:
    """Who may change the key. The blueprint's administrators act through the deploy role.

    The account is the principal and `aws:PrincipalArn` names who: a role deleted and made again keeps its
    right, and no role must exist beforehand. The root user stays, so that the key never becomes
    unmanageable (KMS, "Default key policy"). Break-glass may do all, the deploy role may not decrypt.
    """

    def only(*arns: str) -> dict[str, dict[str, object]]:
        return {"ArnEquals": {"aws:PrincipalArn": subs(arns)}}

    return [
        allow(
            "RootUserAndBreakGlass",
            ["kms:*"],
            principal=ROOT,
            conditions=only(names.ACCOUNT_ROOT, names.role_arn(names.BREAK_GLASS)),
        ),
        allow(
            "AdministerWithoutData",
            ADMINISTRATION_ACTIONS,
            principal=ROOT,
            conditions=only(names.role_arn(names.DEPLOY)),
        ),
        allow(
            "Audit", READ_ONLY_ACTIONS, principal=ROOT, conditions=only(names.role_arn(names.AUDIT))
        ),
    ]  # fmt: skip


def use(
    sid: str,
    actions: Sequence[str],
    roles: Sequence[str],
    service: str,
    more: Conditions | None = None,
) -> Statement:
    """Use of a key by roles through one service (KMS, kms:ViaService)."""
    return allow(
        sid,
        actions,
        principal=ROOT,
        conditions={
            "ArnEquals": {"aws:PrincipalArn": subs(roles)},
            "StringEquals": {
                "kms:CallerAccount": sub("${AWS::AccountId}"),
                "kms:ViaService": sub(f"{service}.${{AWS::Region}}.amazonaws.com"),
            },
            **(more or {}),
        },
    )
