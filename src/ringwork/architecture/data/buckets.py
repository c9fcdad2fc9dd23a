"""A bucket: private, versioned, under its class's key, access logged, and kept when its stack goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringwork.architecture import names
from ringwork.architecture.data import bucket_policies as refuse
from ringwork.architecture.data.class_keys import key_id
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, allow, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.model import DataClass

ACCESS_LOGS = "access-logs"
ACCESS_LOG_DAYS = 365
PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
ABORT_UPLOADS: Json = {
    "Id": "abort-incomplete-uploads",
    "Status": "Enabled",
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


@dataclass(frozen=True, slots=True)
class Lock:
    """Object Lock: for how long a new version cannot be deleted (S3, "Locking objects with Object Lock")."""

    days: int
    mode: str = "COMPLIANCE"
    """`COMPLIANCE`: by nobody; `GOVERNANCE`: by nobody but whom the bucket's policy lets"""

    def properties(self) -> dict[str, Json]:
        retention = {"Mode": self.mode, "Days": self.days}
        return {
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": retention},
            },
        }


@dataclass(frozen=True, slots=True)
class Bucket:
    """What distinguishes one bucket from another."""

    purpose: str
    """of `names.bucket`, and of the logical id"""
    what: str
    """for the reason: `data set scans`"""
    data_class: DataClass
    key_arn: Json
    controls: str = "DAT-01, DAT-03, DAT-04, DAT-07, DAT-11, DAT-12, DAT-14"
    lock: Lock | None = None
    old_versions_days: int | None = None
    """after which old versions expire; none: never"""
    expire_days: int | None = None
    """after which objects expire; none: never"""
    replication: Json = None
    """`ReplicationConfiguration`"""
    tags: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)
    """Checkov check id -> why it does not apply"""


def bucket_name(site: Site, purpose: str) -> str:
    """For Fn::Sub."""
    return names.bucket_pattern(site.organization, site.environment.name, purpose, site.region)


def class_bucket(purpose: str, what: str, data_class: DataClass, **more: Json) -> Bucket:
    """A bucket under the key of its class, which is in the same stack."""
    return Bucket(purpose, what, data_class, get_att(key_id(data_class), "Arn"), **more)


def _lifecycle(bucket: Bucket) -> list[Json]:
    rules = [ABORT_UPLOADS]
    if bucket.expire_days is not None:
        rules.append({"Id": "expire", "Status": "Enabled", "ExpirationInDays": bucket.expire_days})
    if bucket.old_versions_days is not None:
        rules.append(
            {
                "Id": "expire-old-versions",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": bucket.old_versions_days},
            }
        )
    return rules


def add_bucket(template: TemplateBuilder, site: Site, bucket: Bucket, *, logs: str = ACCESS_LOGS) -> str:
    """The bucket's logical id. `logs`: purpose of the bucket in the same stack that gets its access logs."""
    return template.add(
        logical(bucket.purpose, "Bucket"),
        "AWS::S3::Bucket",
        {
            "BucketName": sub(bucket_name(site, bucket.purpose)),
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": bucket.key_arn,
                        },
                    }
                ]
            },
            "LifecycleConfiguration": {"Rules": _lifecycle(bucket)},
            "LoggingConfiguration": {
                "DestinationBucketName": ref(logical(logs, "Bucket")),
                "LogFilePrefix": f"{bucket.purpose}/",
            },
            **(bucket.lock.properties() if bucket.lock else {}),
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": dict(PUBLIC_ACCESS_BLOCK),
            **({"ReplicationConfiguration": bucket.replication} if bucket.replication else {}),
            "VersioningConfiguration": {"Status": "Enabled"},
        },
        Purpose(
            bucket.controls,
            f"Holds {bucket.what} ({bucket.data_class.value}): private, versioned, under its class's key, "
            "access logged",
        ),
        tags={"ringwork:data-class": bucket.data_class.value, **bucket.tags},
        depends_on=(logical(logs, "BucketPolicy"),),
        skip=dict(bucket.skip),
        retain=True,
    )


def add_policy(template: TemplateBuilder, bucket: str, statements: Sequence[Statement]) -> None:
    template.add(
        f"{bucket}Policy",
        "AWS::S3::BucketPolicy",
        {"Bucket": ref(bucket), "PolicyDocument": document(statements)},
        Purpose(
            "DAT-06, DAT-08, DAT-09, DAT-10",
            "TLS only, the bucket's key only, data through the VPC endpoint only, and versions stay",
        ),
    )


def access_log_bucket(
    template: TemplateBuilder, site: Site, sources: Sequence[str], *, purpose: str = ACCESS_LOGS
) -> None:
    """Where S3 writes server access logs: SSE-S3, because S3 can write them under no KMS key of ours, and
    no ACL, because the bucket policy admits the logging service (S3, Enabling server access logging)."""
    bucket = template.add(
        logical(purpose, "Bucket"),
        "AWS::S3::Bucket",
        {
            "BucketName": sub(bucket_name(site, purpose)),
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "expire-logs",
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        "ExpirationInDays": ACCESS_LOG_DAYS,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    }
                ]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": dict(PUBLIC_ACCESS_BLOCK),
            "VersioningConfiguration": {"Status": "Enabled"},
        },
        Purpose("DAT-12", "Server access logs of this environment's buckets"),
        tags={"ringwork:data-class": DataClass.INTERNAL.value, "ringwork:purpose": purpose},
        skip={"CKV_AWS_18": "it is the access log bucket: logging into itself would never end"},
        retain=True,
    )
    arns = [
        f"arn:${{AWS::Partition}}:s3:::{bucket_name(site, source)}" for source in sources
    ]  # computed names: a Ref would close a circle
    template.add(
        f"{bucket}Policy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": ref(bucket),
            "PolicyDocument": document(
                [
                    allow(
                        "S3WritesLogs",
                        ("s3:PutObject",),
                        refuse.objects(bucket),
                        principal={"Service": "logging.s3.amazonaws.com"},
                        conditions={
                            "ArnLike": {"aws:SourceArn": subs(arns)},
                            "StringEquals": {"aws:SourceAccount": sub("${AWS::AccountId}")},
                        },
                    ),
                    *refuse.tls(bucket),
                    *refuse.versions(bucket),
                ]
            ),
        },
        Purpose(
            "DAT-06, DAT-08, DAT-12", "S3's logging service writes for our buckets; nobody removes a log"
        ),
    )
