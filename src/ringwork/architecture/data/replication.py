"""Copies in another Region: who copies, the bucket and key there, and what the source bucket says.

The copy's bucket and key are in a stack of their own in the other Region, because each Region's data may be
copied to the other: the data stacks would need each other in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringwork.architecture import keys, names
from ringwork.architecture.data import bucket_policies as refuse
from ringwork.architecture.data.buckets import (
    Bucket,
    Lock,
    access_log_bucket,
    add_bucket,
    add_policy,
    bucket_name,
)
from ringwork.architecture.data.class_keys import key_id
from ringwork.architecture.keys import ROOT
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, allow, document, trust
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.model import DataClass, DataSet
from ringwork.estate import Stack, StackOutput

RING = "replica"
ACCESS_LOGS = "replica-access-logs"
NO_ENDPOINT = "vpce-none"
"""An id that no endpoint has: a copy is read by nobody until somebody declares a reader."""
ROLE, BOUNDARY = "ReplicationRole", "ReplicationBoundary"


def replicated(site: Site) -> dict[str, DataSet]:
    """The data sets whose versions are copied away from here."""
    return {
        name: data_set
        for name, data_set in site.team.data.items()
        if data_set.replicate_to is not None and data_set.replicate_to != site.region
    }


def replica_purpose(data_set: str, source_region: str) -> str:
    """What a copy's bucket is called for; several Regions may send theirs to one."""
    return f"{data_set}-of-{source_region}"


def role_name(site: Site) -> str:
    return names.replication_role(site.organization, site.environment.name, site.region)


def _key_output(data_class: DataClass) -> str:
    return logical(data_class.value, "ReplicaKeyArn")


def replica_stack(site: Site, sources: Sequence[Site]) -> Stack | None:
    """The copies that the environment's other Regions send here, or none."""
    copies = [
        (source, name, data_set)
        for source in sources
        for name, data_set in replicated(source).items()
        if data_set.replicate_to == site.region
    ]
    if not copies:
        return None
    template = TemplateBuilder(
        description=f"Ringwork copies of {site.organization}/{site.environment.name}'s data",
        ring=RING,
        tags=site.tags(RING),
    )
    for data_class in sorted({data_set.class_ for _, _, data_set in copies}, key=lambda c: c.value):
        roles = {role_name(source) for source, _, data_set in copies if data_set.class_ is data_class}
        _key(template, site, data_class, sorted(roles))
    purposes = [replica_purpose(name, source.region) for source, name, _ in copies]
    access_log_bucket(template, site, purposes, purpose=ACCESS_LOGS)
    for source, name, data_set in copies:
        key_arn = get_att(f"{key_id(data_set.class_)}Replica", "Arn")
        bucket = add_bucket(
            template,
            site,
            Bucket(
                replica_purpose(name, source.region),
                f"a copy of data set {name} of {source.region}",
                data_set.class_,
                key_arn,
                controls="DAT-01, DAT-03, DAT-04, DAT-07, DAT-11, DAT-12, DAT-13, DAT-14",
                lock=Lock(data_set.object_lock_days) if data_set.object_lock_days else None,
                old_versions_days=data_set.retention_days,
                tags={"ringwork:data-set": name},
            ),
            logs=ACCESS_LOGS,
        )
        add_policy(
            template,
            bucket,
            [
                *refuse.tls(bucket),
                *refuse.own_key(bucket, key_arn),
                refuse.only_through(bucket, NO_ENDPOINT),
                *refuse.versions(bucket),
            ],
        )
    return Stack(
        name=site.stack_name(RING),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def _key(template: TemplateBuilder, site: Site, data_class: DataClass, roles: Sequence[str]) -> None:
    """S3 encrypts copies with the rights of the replication role (S3, "Replicating encrypted objects")."""
    logical_id = f"{key_id(data_class)}Replica"
    template.add(
        logical_id,
        "AWS::KMS::Key",
        {
            "Description": f"Copies of {data_class.value} data of {site.organization}/{site.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    allow(
                        "WriteCopies",
                        ("kms:Encrypt", "kms:GenerateDataKey"),
                        principal=ROOT,
                        conditions={
                            "ArnEquals": {"aws:PrincipalArn": subs([names.role_arn(role) for role in roles])},
                            "StringEquals": {
                                "kms:CallerAccount": sub("${AWS::AccountId}"),
                                "kms:ViaService": sub("s3.${AWS::Region}.amazonaws.com"),
                            },
                        },
                    ),
                ]
            ),
        },
        Purpose(
            "DAT-13, DAT-16, DAT-17, DAT-18, DAT-21",
            f"Copies of {data_class.value} data are under a key of this Region, with which no role decrypts",
        ),
        tags={"ringwork:data-class": data_class.value},
        retain=True,
    )
    alias = names.key_alias(site.organization, site.environment.name, f"{data_class.value}-replica")
    template.add(
        f"{logical_id}Alias",
        "AWS::KMS::Alias",
        {"AliasName": alias, "TargetKeyId": ref(logical_id)},
        Purpose("DAT-18", "A name that says whose key it is and for what"),
    )
    template.output(
        _key_output(data_class), f"ARN of the key for copies of {data_class.value} data",
        get_att(logical_id, "Arn"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Copies:
    """What the source's stack says of its copies."""

    configuration: Mapping[str, Json]
    """data set -> `ReplicationConfiguration`"""
    role_arn: str
    """for Fn::Sub"""


def add_replication(template: TemplateBuilder, site: Site) -> Copies | None:
    """The role that copies, and each data set's configuration; none where nothing is copied."""
    chosen = replicated(site)
    if not chosen:
        return None
    targets: dict[str, tuple[Json, Json]] = {}
    statements: list[Statement] = []
    account: Json = sub("${AWS::AccountId}")
    for name, data_set in chosen.items():
        target = names.bucket_pattern(
            site.organization,
            site.environment.name,
            replica_purpose(name, site.region),
            str(data_set.replicate_to),
            here=False,
        )
        copy = f"arn:${{AWS::Partition}}:s3:::{target}"
        source = f"arn:${{AWS::Partition}}:s3:::{bucket_name(site, name)}"
        there = f"{site.account_id}/{data_set.replicate_to}/{site.stack_name(RING)}"
        key = template.parameter(
            logical(str(data_set.replicate_to), _key_output(data_set.class_)),
            f"ARN of the key for copies in {data_set.replicate_to}",
            "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+$",
            StackOutput(there, _key_output(data_set.class_)),
        )
        targets[name] = (sub(copy), key)
        part = logical(name)
        statements += [
            allow(f"{part}Configuration", ("s3:GetReplicationConfiguration", "s3:ListBucket"), [source]),
            allow(
                f"{part}Versions",
                (
                    "s3:GetObjectLegalHold",
                    "s3:GetObjectRetention",
                    "s3:GetObjectVersionAcl",
                    "s3:GetObjectVersionForReplication",
                    "s3:GetObjectVersionTagging",
                ),
                [f"{source}/*"],
            ),
            allow(
                f"{part}Copies",
                ("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
                [f"{copy}/*"],
                conditions={"StringEquals": {"aws:ResourceAccount": account}},
            ),
            allow(
                f"{part}Decrypt",
                ("kms:Decrypt",),
                [get_att(key_id(data_set.class_), "Arn")],
                conditions={"StringEquals": {"kms:ViaService": sub("s3.${AWS::Region}.amazonaws.com")}},
            ),
            allow(
                f"{part}Encrypt",
                ("kms:Encrypt", "kms:GenerateDataKey"),
                [key],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{data_set.replicate_to}.amazonaws.com"}},
            ),
        ]
    _role(template, site, sorted(chosen), statements)
    return Copies(
        {name: _configuration(*target) for name, target in targets.items()},
        names.role_arn(role_name(site)),
    )


def _role(
    template: TemplateBuilder, site: Site, data_sets: Sequence[str], statements: Sequence[Statement]
) -> None:
    template.add(
        BOUNDARY,
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the replication role may ever do",
            "PolicyDocument": document(statements),
        },
        Purpose("IAM-09", "A policy added to the replication role later gives it nothing more"),
    )
    sources = [f"arn:${{AWS::Partition}}:s3:::{bucket_name(site, name)}" for name in data_sets]
    template.add(
        ROLE,
        "AWS::IAM::Role",
        {
            "RoleName": role_name(site),
            "Description": f"Copies data of {site.organization}/{site.environment.name} to other Regions",
            "AssumeRolePolicyDocument": trust("s3.amazonaws.com", sources, if_exists=True),
            "PermissionsBoundary": ref(BOUNDARY),
        },
        Purpose("DAT-13, IAM-07", "S3 copies as this role, for these buckets of this account only"),
    )
    template.add(
        f"{ROLE}Policy",
        "AWS::IAM::RolePolicy",
        {"PolicyName": "replicate", "RoleName": ref(ROLE), "PolicyDocument": document(statements)},
        Purpose("DAT-13", "Reads versions of these buckets, writes to their copies, and no more"),
    )


def _configuration(bucket_arn: Json, key: Json) -> Json:
    """Every version, encrypted anew; what is deleted at the source stays in the copy.

    S3, "Replication configuration file elements": a filter makes it the latest version of the schema, which
    asks for a priority and says what happens to delete markers.
    """
    return {
        "Role": get_att(ROLE, "Arn"),
        "Rules": [
            {
                "Id": "every-version",
                "Status": "Enabled",
                "Priority": 1,
                "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Disabled"},
                "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                "Destination": {
                    "Bucket": bucket_arn,
                    "EncryptionConfiguration": {"ReplicaKmsKeyID": key},
                },
            }
        ],
    }
