"""KMS keys that customers manage, their aliases and grants."""

from __future__ import annotations

from datetime import UTC, datetime

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Parsed, Raw, Tags, look

KEYS = Listing("kms", "ListKeys", "Keys")
ALIASES = Listing("kms", "ListAliases", "Aliases")
_OFF = frozenset({"Disabled", "PendingDeletion", "PendingReplicaDeletion"})


def _key(raw: Raw, where: Where) -> dict[str, str]:
    return {"KeyId": raw["KeyId"]}


def _rotates(raw: Raw) -> bool:
    """KMS rotates symmetric encryption keys with material from AWS KMS; it refuses the question for keys
    of custom key stores (KMS API Reference, GetKeyRotationStatus)."""
    meta = raw.get("$key")
    return isinstance(meta, dict) and (
        meta.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        and meta.get("Origin", "AWS_KMS") == "AWS_KMS"
    )


def _ours(raw: Raw) -> bool:
    meta = raw.get("$key")
    return not isinstance(meta, dict) or meta.get("KeyManager") != "AWS"


def _enabled(raw: Raw) -> object:
    """What CloudFormation's `Enabled` says: somebody disabled the key, or has it deleted.

    DescribeKey's own `Enabled` is false in every state but one, also for a key that waits for imported
    material (KMS API Reference, KeyMetadata).
    """
    state = look(raw, "$key.KeyState")
    return look(raw, "$key.Enabled") if state is MISSING else state not in _OFF


def _deletion_date(raw: Raw) -> object:
    """When KMS deletes the key: RFC 3339, UTC. boto3 gives it in the machine's own time zone."""
    value = look(raw, "$key.DeletionDate")
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


KEY = Kind(
    "AWS::KMS::Key",
    KEYS,
    physical=lambda raw: raw["KeyId"],
    keep=_ours,
    details=(
        Detail("$key", "DescribeKey", _key, result="KeyMetadata"),
        Detail(
            "$policy",
            "GetKeyPolicy",
            lambda raw, where: {**_key(raw, where), "PolicyName": "default"},
            result="Policy",
        ),
        Detail(
            "$rotation",
            "GetKeyRotationStatus",
            _key,
            absent=frozenset({"UnsupportedOperationException", "KMSInvalidStateException"}),
            when=_rotates,
        ),
        Detail("$tags", "ListResourceTags", _key, result="Tags"),
    ),
    properties={
        "Description": "$key.Description",
        "Enabled": Computed(_enabled),
        "KeySpec": "$key.KeySpec",
        "KeyUsage": "$key.KeyUsage",
        "MultiRegion": "$key.MultiRegion",
        "Origin": "$key.Origin",
        "KeyPolicy": Parsed("$policy"),
        "EnableKeyRotation": "$rotation.KeyRotationEnabled",
        "RotationPeriodInDays": "$rotation.RotationPeriodInDays",
        "Tags": Tags("$tags", "TagKey", "TagValue"),
    },
    attributes={
        "KeyId": "KeyId",
        "Arn": "KeyArn",
        "KeyState": "$key.KeyState",
        "DeletionDate": Computed(_deletion_date),
    },
    arn=lambda raw, where: raw["KeyArn"],
)


ALIAS = Kind(
    "AWS::KMS::Alias",
    ALIASES,
    physical=lambda raw: raw["AliasName"],
    keep=lambda raw: not raw["AliasName"].startswith("alias/aws/"),
    properties={"AliasName": "AliasName", "TargetKeyId": "TargetKeyId"},
    arn=lambda raw, where: raw["AliasArn"],
)

GRANTS = Listing(
    "kms",
    "ListKeys",
    "Keys",
    below=Below("ListGrants", "Grants", _key),
)

GRANT = Kind(
    "live:kms:grant",
    GRANTS,
    physical=lambda raw: f"{raw['$above']['KeyId']}|{raw['GrantId']}",
    properties={
        "KeyId": "$above.KeyId",
        "GrantId": "GrantId",
        "Name": "Name",
        "GranteePrincipal": "GranteePrincipal",
        "RetiringPrincipal": "RetiringPrincipal",
        "Operations": "Operations",
        "Constraints": "Constraints",
    },
)

KINDS = (KEY, ALIAS, GRANT)
