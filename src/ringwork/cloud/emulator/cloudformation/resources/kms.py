"""AWS::KMS types."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    document,
    fails,
    flag,
    present,
    tag_changes,
)

_FIXED = "KMS key properties KeySpec, KeyUsage, MultiRegion and Origin cannot be changed"
"""AWS::KMS::Key reference: "the update request fails, regardless of the value of UpdateReplacePolicy"."""


def _create_key(context: Context, properties: Properties) -> str:
    kms = context.client("kms")
    key = kms.create_key(
        **present(
            Description=properties.get("Description"),
            KeyUsage=properties.get("KeyUsage"),
            KeySpec=properties.get("KeySpec"),
            Origin=properties.get("Origin"),
            Policy=document(properties["KeyPolicy"]) if "KeyPolicy" in properties else None,
        ),
        MultiRegion=flag(properties.get("MultiRegion", False)),
        BypassPolicyLockoutSafetyCheck=flag(properties.get("BypassPolicyLockoutSafetyCheck", False)),
        Tags=[_tag(tag) for tag in properties.get("Tags", ())],
    )["KeyMetadata"]["KeyId"]
    context.made(key)
    return str(key)


def _tag(tag: dict[str, str]) -> dict[str, str]:
    return {"TagKey": tag["Key"], "TagValue": str(tag["Value"])}


def _set_policy(context: Context, key: str, change: Change) -> None:
    root = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{context.account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    context.client("kms").put_key_policy(
        KeyId=key, PolicyName="default", Policy=document(root if change.new is None else change.new)
    )


def _set_enabled(context: Context, key: str, change: Change) -> None:
    kms = context.client("kms")
    if change.new is None or flag(change.new):
        kms.enable_key(KeyId=key)
    else:
        kms.disable_key(KeyId=key)


def _set_rotation(context: Context, key: str, change: Change) -> None:
    kms = context.client("kms")
    if flag(change.properties.get("EnableKeyRotation", False)):
        period = change.properties.get("RotationPeriodInDays")
        kms.enable_key_rotation(
            KeyId=key, **present(RotationPeriodInDays=None if period is None else int(period))
        )
    elif not change.creating:
        kms.disable_key_rotation(KeyId=key)


def _set_description(context: Context, key: str, change: Change) -> None:
    context.client("kms").update_key_description(KeyId=key, Description=change.new or "")


def _set_tags(context: Context, key: str, change: Change) -> None:
    gone, put = tag_changes(change)
    kms = context.client("kms")
    if gone:
        kms.untag_resource(KeyId=key, TagKeys=gone)
    if put:
        kms.tag_resource(KeyId=key, Tags=[_tag(tag) for tag in put])


def _nothing(_context: Context, _physical: str, _change: Change) -> None:
    """CloudFormation reads the property at another moment: there is nothing to set."""


def _delete_key(context: Context, key: str, properties: Properties) -> None:
    kms = context.client("kms")
    if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion":
        return
    days = int(properties.get("PendingWindowInDays", 30))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


def _key_attributes(context: Context, key: str, _properties: Properties) -> dict[str, Any]:
    return {"Arn": context.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"], "KeyId": key}


def _create_alias(context: Context, properties: Properties) -> str:
    alias = str(properties["AliasName"])
    context.client("kms").create_alias(AliasName=alias, TargetKeyId=properties["TargetKeyId"])
    context.made(alias)
    return alias


def _set_target(context: Context, alias: str, change: Change) -> None:
    context.client("kms").update_alias(AliasName=alias, TargetKeyId=change.new)


def _delete_alias(context: Context, alias: str, _properties: Properties) -> None:
    context.client("kms").delete_alias(AliasName=alias)


_FIXED_PROPERTIES = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")

PROVIDERS = {
    "AWS::KMS::Key": Provider(
        create=_create_key,
        delete=_delete_key,
        takes=frozenset(
            {*_FIXED_PROPERTIES, "Description", "KeyPolicy", "BypassPolicyLockoutSafetyCheck", "Tags"}
        ),
        setters={
            "KeyPolicy": _set_policy,
            "Enabled": _set_enabled,
            "EnableKeyRotation": _set_rotation,
            "RotationPeriodInDays": _set_rotation,
            "Description": _set_description,
            "Tags": _set_tags,
            "PendingWindowInDays": _nothing,
            "BypassPolicyLockoutSafetyCheck": _nothing,
            **dict.fromkeys(_FIXED_PROPERTIES, fails(_FIXED)),
        },
        attributes=_key_attributes,
    ),
    "AWS::KMS::Alias": Provider(
        create=_create_alias,
        delete=_delete_alias,
        takes=frozenset({"AliasName", "TargetKeyId"}),
        setters={"TargetKeyId": _set_target},
        named_by="AliasName",
    ),
}
