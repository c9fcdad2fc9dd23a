"""One key for each data class of an environment: who uses it, and through which service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringwork.architecture import keys, names
from ringwork.architecture.grants import Grant, Mode
from ringwork.architecture.keys import FOR_AWS, use
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref
from ringwork.blueprint.model import DataClass

ONLINE_STORE_ACTIONS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""What the caller of CreateFeatureGroup needs on an online store's key, beside grants and lists (SageMaker
API Reference, OnlineStoreSecurityConfig)."""


def key_output(data_class: DataClass) -> str:
    """Name of the output with a key's ARN."""
    return logical(data_class.value, "KeyArn")


def key_id(data_class: DataClass) -> str:
    """Logical id of a class's key."""
    return logical(data_class.value, "Key")


def role_arns(site: Site, grants: Iterable[Grant]) -> list[str]:
    """ARNs, for Fn::Sub, of the roles that have one of the grants."""
    return sorted(
        {
            names.role_arn(names.role(site.organization, grant.environment.name, grant.workload))
            for grant in grants
        }
    )


def class_key(
    template: TemplateBuilder,
    site: Site,
    data_class: DataClass,
    grants: Sequence[Grant],
    *,
    replicators: Sequence[str] = (),
    stores: Sequence[str] = (),
    scanners: Sequence[str] = (),
    online: Sequence[str] = (),
    makes_online_stores: bool = False,
) -> None:
    """The key of one class. `grants`: of this class. Each further list has role ARNs for Fn::Sub: roles that
    replicate buckets, that write offline feature stores, that scan for malware, that read and write online
    feature stores."""
    team = site.environment.team
    statements: list[Statement] = keys.administration()
    roles = role_arns(site, grants)
    readers = sorted({*roles, *replicators, *stores, *scanners})
    if readers:
        statements.append(use("ReadThroughS3", ("kms:Decrypt",), readers, "s3"))
    writers = role_arns(site, [grant for grant in grants if grant.mode is Mode.WRITE])
    # a scan begins with an object that GuardDuty writes to prove whose bucket it is
    writing = sorted({*writers, *stores, *scanners})
    if writing:
        statements.append(use("WriteThroughS3", ("kms:GenerateDataKey",), writing, "s3"))
    if roles:
        statements += [
            use("VolumesOfJobs", keys.VOLUME_ACTIONS, roles, "sagemaker"),
            use("GrantsForVolumesOfJobs", ("kms:CreateGrant",), roles, "sagemaker", FOR_AWS),
        ]
    if online:
        statements.append(use("RecordsOfOnlineStores", ("kms:Decrypt",), online, "sagemaker"))
    if makes_online_stores:
        deploy = [names.role_arn(names.DEPLOY)]
        statements += [
            use("MakeOnlineStores", ONLINE_STORE_ACTIONS, deploy, "sagemaker"),
            use("GrantsForOnlineStores", ("kms:CreateGrant",), deploy, "sagemaker", FOR_AWS),
        ]
    key = template.add(
        key_id(data_class),
        "AWS::KMS::Key",
        {
            "Description": f"{data_class.value} data of {site.organization}/{site.environment.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(statements),
        },
        Purpose(
            "DAT-16, DAT-17, DAT-18, DAT-20, DAT-21",
            f"Team {team}'s {data_class.value} data has a key of its own, used by its declared readers "
            "through S3 and SageMaker only",
        ),
        tags={"ringwork:data-class": data_class.value},
        retain=True,
    )
    template.add(
        f"{key}Alias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, site.environment.name, data_class.value),
            "TargetKeyId": ref(key),
        },
        Purpose("DAT-18", "A name that says whose key it is and for what"),
    )
    template.output(
        key_output(data_class), f"ARN of the key for {data_class.value} data", get_att(key, "Arn")
    )
