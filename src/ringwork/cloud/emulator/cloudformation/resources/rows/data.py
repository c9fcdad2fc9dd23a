"""Where data lies: DynamoDB, Firehose, Glue, Lake Formation, Backup, ECR, access points of buckets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.api import Api, sets
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    present,
)

_VAULT = {"BackupVaultName": "{ref}"}


def _set_lock(context: Context, vault: str, change: Change) -> None:
    backup = context.client("backup")
    if change.new is None:
        backup.delete_backup_vault_lock_configuration(BackupVaultName=vault)
        return
    days = ("MinRetentionDays", "MaxRetentionDays", "ChangeableForDays")
    backup.put_backup_vault_lock_configuration(
        BackupVaultName=vault, **{name: int(change.new[name]) for name in days if name in change.new}
    )


def _set_notifications(context: Context, vault: str, change: Change) -> None:
    backup = context.client("backup")
    if change.new is None:
        backup.delete_backup_vault_notifications(BackupVaultName=vault)
        return
    backup.put_backup_vault_notifications(
        BackupVaultName=vault,
        SNSTopicArn=change.new["SNSTopicArn"],
        BackupVaultEvents=list(change.new["BackupVaultEvents"]),
    )


def _stream(value: Any, _properties: Properties) -> Any:
    """A template that gives a view type asks for the stream."""
    return {"StreamEnabled": True, **{name: item for name, item in value.items() if name != "ResourcePolicy"}}


def _inner_policy(value: Any, _properties: Properties) -> Any:
    return value["PolicyDocument"] if isinstance(value, Mapping) else value


def _set_recovery(context: Context, table: str, change: Change) -> None:
    wanted = change.new or {"PointInTimeRecoveryEnabled": False}
    days = wanted.get("RecoveryPeriodInDays")
    context.client("dynamodb").update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": str(wanted.get("PointInTimeRecoveryEnabled", False)).lower()
            == "true",
            **present(RecoveryPeriodInDays=None if days is None else int(days)),
        },
    )


def _set_time_to_live(context: Context, table: str, change: Change) -> None:
    wanted = change.new or {**change.old, "Enabled": False}
    context.client("dynamodb").update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={
            "AttributeName": wanted.get("AttributeName"),
            "Enabled": str(wanted["Enabled"]).lower() == "true",
        },
    )


def _set_lifecycle(context: Context, repository: str, change: Change) -> None:
    ecr = context.client("ecr")
    if change.new is None:
        ecr.delete_lifecycle_policy(repositoryName=repository)
    else:
        ecr.put_lifecycle_policy(
            repositoryName=repository, lifecyclePolicyText=change.new["LifecyclePolicyText"]
        )


def _delete_repository(context: Context, repository: str, properties: Properties) -> None:
    """`EmptyOnDelete` deletes what is in it; else a repository with images is kept (Resource reference)."""
    force = str(properties.get("EmptyOnDelete", False)).lower() == "true"
    context.client("ecr").delete_repository(repositoryName=repository, force=force)


def _revoke(context: Context, _physical: str, properties: Properties) -> None:
    context.client("lakeformation").revoke_permissions(
        **present(CatalogId=properties.get("Catalog")),
        Principal=dict(properties["Principal"]),
        Resource=json.loads(json.dumps(properties["Resource"])),
        Permissions=list(properties["Permissions"]),
        PermissionsWithGrantOption=list(properties.get("PermissionsWithGrantOption", ())),
    )


_REPOSITORY = {"repositoryName": "{ref}"}
_ACCESS_POINT = {"AccountId": "{account}", "Name": "{ref}"}

ROWS = {
    "AWS::DynamoDB::Table": Api(
        service="dynamodb",
        create="create_table",
        ref="{given[TableName]}",
        key={"TableName": "{ref}"},
        delete="delete_table",
        read="describe_table",
        found="Table",
        update=("update_table",),
        names={
            "SSESpecification/SSEEnabled": "Enabled",
            "SSESpecification/KMSMasterKeyId": "KMSMasterKeyId",
        },
        shaped={"StreamSpecification": _stream, "ResourcePolicy": _inner_policy},
        changes={
            "ResourcePolicy": sets(
                "dynamodb",
                "put_resource_policy",
                "Policy",
                "delete_resource_policy",
                key={"ResourceArn": "arn:aws:dynamodb:{region}:{account}:table/{ref}"},
                shaped=_inner_policy,
            ),
        },
        setters={
            "PointInTimeRecoverySpecification": _set_recovery,
            "TimeToLiveSpecification": _set_time_to_live,
        },
        name="TableName",
        limit=255,
        attributes={"Arn": "{found[TableArn]}", "StreamArn": "{found[LatestStreamArn]}"},
        arn="{found[TableArn]}",
    ),
    "AWS::KinesisFirehose::DeliveryStream": Api(
        service="firehose",
        create="create_delivery_stream",
        ref="{given[DeliveryStreamName]}",
        key={"DeliveryStreamName": "{ref}"},
        delete="delete_delivery_stream",
        read="describe_delivery_stream",
        found="DeliveryStreamDescription",
        system_tags=False,
        name="DeliveryStreamName",
        limit=64,
        attributes={"Arn": "{found[DeliveryStreamARN]}"},
    ),
    "AWS::Glue::Database": Api(
        service="glue",
        create="create_database",
        ref="{given[DatabaseInput][Name]}",
        key={"CatalogId": "{given[CatalogId]}", "Name": "{ref}"},
        delete="delete_database",
        update=("update_database",),
        whole=True,
    ),
    "AWS::LakeFormation::PrincipalPermissions": Api(
        service="lakeformation",
        create="grant_permissions",
        ref="{given[Principal][DataLakePrincipalIdentifier]}|{given[Resource]}",
        delete=_revoke,
        names={"Catalog": "CatalogId"},
    ),
    "AWS::Backup::BackupVault": Api(
        service="backup",
        create="create_backup_vault",
        ref="{given[BackupVaultName]}",
        key=_VAULT,
        delete="delete_backup_vault",
        read="describe_backup_vault",
        setters={
            "AccessPolicy": sets(
                *("backup", "put_backup_vault_access_policy", "Policy"),
                "delete_backup_vault_access_policy",
                key=_VAULT,
            ),
            "LockConfiguration": _set_lock,
            "Notifications": _set_notifications,
        },
        arn="{found[BackupVaultArn]}",
    ),
    "AWS::Backup::BackupPlan": Api(
        service="backup",
        create="create_backup_plan",
        ref="{answer[BackupPlanId]}",
        key={"BackupPlanId": "{ref}"},
        delete="delete_backup_plan",
        read="get_backup_plan",
        update=("update_backup_plan",),
        names={
            "BackupPlan/BackupPlanRule": "Rules",
            "BackupPlan/BackupPlanRule/TargetBackupVault": "TargetBackupVaultName",
        },
        arn="{found[BackupPlanArn]}",
    ),
    "AWS::Backup::BackupSelection": Api(
        service="backup",
        create="create_backup_selection",
        ref="{answer[SelectionId]}",
        key={"BackupPlanId": "{given[BackupPlanId]}", "SelectionId": "{ref}"},
        delete="delete_backup_selection",
        attributes={"SelectionId": "{ref}", "Id": "{ref}_{given[BackupPlanId]}"},
    ),
    "AWS::ECR::Repository": Api(
        service="ecr",
        create="create_repository",
        ref="{given[RepositoryName]}",
        key=_REPOSITORY,
        delete=_delete_repository,
        read="describe_repositories",
        read_key={"repositoryNames": ["{ref}"]},
        found="repositories.0",
        update=("put_image_tag_mutability", "put_image_scanning_configuration"),
        setters={
            "RepositoryPolicyText": sets(
                "ecr", "set_repository_policy", "policyText", "delete_repository_policy", key=_REPOSITORY
            ),
            "LifecyclePolicy": _set_lifecycle,
        },
        ignore=frozenset({"EmptyOnDelete"}),
        name="RepositoryName",
        limit=256,
        lower=True,
        attributes={"Arn": "{found[repositoryArn]}", "RepositoryUri": "{found[repositoryUri]}"},
        arn="{found[repositoryArn]}",
    ),
    "AWS::S3::AccessPoint": Api(
        service="s3control",
        create="create_access_point",
        ref="{given[Name]}",
        key=_ACCESS_POINT,
        delete="delete_access_point",
        read="get_access_point",
        fixed={"AccountId": "{account}"},
        setters={
            "Policy": sets(
                "s3control",
                "put_access_point_policy",
                "Policy",
                "delete_access_point_policy",
                key=_ACCESS_POINT,
            )
        },
        name="Name",
        limit=50,
        lower=True,
        attributes={"Arn": "arn:aws:s3:{region}:{account}:accesspoint/{ref}"},
        arn="arn:aws:s3:{region}:{account}:accesspoint/{ref}",
    ),
}
