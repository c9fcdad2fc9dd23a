"""DAT-16 and DAT-17: keys change, and obey named principals only."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.policy import statements
from ringwork.controls.values import read, truth
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

_GOING = frozenset({"PendingDeletion", "PendingReplicaDeletion"})
OWN_KEYS = (
    "kms:CallerAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
)


def _in_use(estate: Estate) -> Iterator[Resource]:
    """Keys that are not waiting for their deletion: those serve nobody and can change nothing."""
    for key in estate.of_type("AWS::KMS::Key"):
        if key.attributes.get("KeyState") not in _GOING:
            yield key


def check_rotation(estate: Estate) -> Iterator[Outcome]:
    """Symmetric encryption keys with material from KMS: the others cannot rotate by themselves (KMS
    Developer Guide, "Rotate AWS KMS keys")."""

    def decide(key: Resource) -> Iterator[Outcome]:
        if read(key, "KeySpec") != "SYMMETRIC_DEFAULT" or read(key, "Origin") != "AWS_KMS":
            return
        if truth(key, "EnableKeyRotation"):
            yield proved(key, "rotates by itself", "EnableKeyRotation")
        else:
            evidence = ("EnableKeyRotation: false",)
            yield violated(key, "never rotates", "EnableKeyRotation", evidence=evidence)

    yield from each(_in_use(estate), decide)


def check_principals(estate: Estate) -> Iterator[Outcome]:
    """A key without a policy of its own has KMS's default policy, which names the account."""

    def decide(key: Resource) -> Iterator[Outcome]:
        for statement in statements(estate, key, "KeyPolicy"):
            place = ("KeyPolicy", "Statement", statement.index)
            if not (statement.allows and statement.anyone) or statement.pins(*OWN_KEYS):
                continue
            if any(condition.key not in _NARROWING for condition in statement.conditions):
                reason = "whether the conditions keep strangers out is not modelled"
                raise UndecidedError(reason, *place, "Condition", resource=key)
            evidence = (f"statement {statement.index}: Allow, Principal *",)
            yield violated(key, "obeys every principal", *place, "Principal", evidence=evidence)
            return
        yield proved(key, "obeys named principals only", "KeyPolicy")

    yield from each(_in_use(estate), decide)


_NARROWING = frozenset({"kms:viaservice", "kms:grantisforawsresource", "aws:securetransport"})
"""Conditions that anybody's request can meet: they do not say whose it is."""

CONTROLS = (
    Control(
        id="DAT-16",
        title="Keys rotate",
        severity=Severity.MEDIUM,
        layer="data",
        scope="resource",
        why="What one leaked piece of key material opens ends where the next one begins.",
        remediation="Set `EnableKeyRotation: true` (`kms:EnableKeyRotation`)",
        sources=(
            "Prowler kms_cmk_rotation_enabled",
            "AWS Security Hub KMS.4",
            "AWS Config CMK_BACKING_KEY_ROTATION_ENABLED",
            "Checkov CKV_AWS_7",
            "cdk-nag AwsSolutions-KMS5",
            "Trivy AWS-0065",
            "NIST 800-53 SC-12",
        ),
        reads=reading("AWS::KMS::Key", "EnableKeyRotation", "KeySpec", "Origin"),
        check=check_rotation,
    ),
    Control(
        id="DAT-17",
        title="Key policies name their principals",
        severity=Severity.CRITICAL,
        layer="data",
        scope="resource",
        why="A key that obeys everybody protects nothing, whatever the bucket's policy says.",
        remediation=(
            "Name principals in the statement, or add `StringEquals` on `kms:CallerAccount` or "
            "`aws:PrincipalOrgID` (`kms:PutKeyPolicy`)"
        ),
        sources=(
            "Prowler kms_key_not_publicly_accessible",
            "AWS Security Hub KMS.5",
            "Checkov CKV_AWS_33",
            "cfn-guard KMS_NO_WILDCARD_PRINCIPAL",
        ),
        reads=reading("AWS::KMS::Key", "KeyPolicy"),
        check=check_principals,
    ),
)
