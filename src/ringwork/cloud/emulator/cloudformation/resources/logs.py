"""AWS::Logs types."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    document,
    fails,
    ignore_gone,
    present,
    tag_changes,
)


def _create(context: Context, properties: Properties) -> str:
    name = str(properties.get("LogGroupName") or context.name(512))
    context.client("logs").create_log_group(
        logGroupName=name,
        **present(kmsKeyId=properties.get("KmsKeyId"), logGroupClass=properties.get("LogGroupClass")),
        tags={tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", ())},
    )
    context.made(name)
    return name


def _set_retention(context: Context, name: str, change: Change) -> None:
    logs = context.client("logs")
    if change.new is None:
        ignore_gone(logs.delete_retention_policy, logGroupName=name)
    else:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(change.new))


def _set_key(context: Context, name: str, change: Change) -> None:
    logs = context.client("logs")
    if change.new is None:
        logs.disassociate_kms_key(logGroupName=name)
    else:
        logs.associate_kms_key(logGroupName=name, kmsKeyId=change.new)


def _set_tags(context: Context, name: str, change: Change) -> None:
    gone, put = tag_changes(change)
    logs = context.client("logs")
    arn = _arn(context, name)
    if gone:
        logs.untag_resource(resourceArn=arn, tagKeys=gone)
    if put:
        logs.tag_resource(resourceArn=arn, tags={tag["Key"]: tag["Value"] for tag in put})


def _set_protection(context: Context, name: str, change: Change) -> None:
    logs = context.client("logs")
    if change.new is None:
        ignore_gone(logs.delete_data_protection_policy, logGroupIdentifier=name)
    else:
        logs.put_data_protection_policy(logGroupIdentifier=name, policyDocument=document(change.new))


def _arn(context: Context, name: str) -> str:
    """As tagging takes it: without the `:*` that GetAtt Arn ends with."""
    return f"arn:aws:logs:{context.region}:{context.account}:log-group:{name}"


def _delete(context: Context, name: str, _properties: Properties) -> None:
    context.client("logs").delete_log_group(logGroupName=name)


def _attributes(context: Context, name: str, _properties: Properties) -> dict[str, Any]:
    return {"Arn": f"{_arn(context, name)}:*"}


PROVIDERS = {
    "AWS::Logs::LogGroup": Provider(
        create=_create,
        delete=_delete,
        takes=frozenset({"LogGroupName", "KmsKeyId", "LogGroupClass", "Tags"}),
        setters={
            "RetentionInDays": _set_retention,
            "KmsKeyId": _set_key,
            "DataProtectionPolicy": _set_protection,
            "LogGroupClass": fails("the class of a log group cannot be changed"),
            "Tags": _set_tags,
        },
        attributes=_attributes,
        named_by="LogGroupName",
    ),
}
