"""The log archive: what nobody may delete, in an account of its own, once in each Region.

Two buckets, because AWS Config refuses to deliver where Object Lock has a default retention (Config guide,
"Managing the Delivery Channel"): trails and exported findings go to one that is locked in compliance mode,
the configuration's history to one whose policy refuses deletion. Who delivers is named by ARNs that follow
from the blueprint, so the archive stands before the trail and neither waits for the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture import keys, names
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.environment import Shared

RING = "archive"
LOCKED, HISTORY, ACCESS = "archive", "config-history", "archive-access"
BUCKETS = {LOCKED: "ArchiveBucket", HISTORY: "ConfigBucket", ACCESS: "AccessLogBucket"}
KEYS = {LOCKED: "ArchiveKey", HISTORY: "HistoryKey"}
KEY_OUTPUT, HISTORY_KEY_OUTPUT = "ArchiveKeyArn", "HistoryKeyArn"
TRAIL = "trail"
_ACCESS_LOG_DAYS = 365
_BLOCKED = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


def bucket_name(layout: Layout, purpose: str, region: str) -> str:
    """Of the archive in a Region, whole: others deliver to it from their own accounts."""
    account = layout.shared[Shared.LOG_ARCHIVE].account_id
    return names.bucket(layout.organization, "", purpose, account=account, region=region)


def archive_stack_id(layout: Layout, region: str) -> str:
    return layout.by_account[layout.shared[Shared.LOG_ARCHIVE].account_id, region].stack_id(RING)


def trail_name(layout: Layout) -> str:
    return names.account_wide(layout.organization, TRAIL)


def trail_arn(layout: Layout) -> str:
    """For Fn::Sub: the one trail, of the management account's home Region."""
    account = layout.shared[Shared.MANAGEMENT].account_id
    return f"arn:${{AWS::Partition}}:cloudtrail:{layout.home}:{account}:trail/{trail_name(layout)}"


def archive(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """The Region's archive."""
    detection = layout.blueprint.detection
    _key(template, site, LOCKED, [*_trail_encrypts(layout, site), _guardduty_encrypts(layout)])
    _key(template, site, HISTORY, [_config_encrypts(layout)])
    _access_logs(template, layout, site)
    _bucket(
        template,
        layout,
        site,
        LOCKED,
        [*_trail_delivers(layout, site), *_guardduty_delivers(layout)],
        lock_days=detection.lock_days,
        why="Trails and findings stay as they were written: nobody, the root user included, deletes them",
    )
    _bucket(
        template,
        layout,
        site,
        HISTORY,
        _config_delivers(layout),
        lock_days=None,
        why="The configuration's history, which AWS Config cannot write under a default lock",
    )
    for name, purpose in ((KEY_OUTPUT, LOCKED), (HISTORY_KEY_OUTPUT, HISTORY)):
        template.output(name, f"ARN of the key of the bucket {purpose}", get_att(KEYS[purpose], "Arn"))


def _from_our_accounts(layout: Layout) -> dict[str, Json]:
    found = list(layout.account_ids)
    return {"aws:SourceAccount": found[0] if len(found) == 1 else found}


def _key(template: TemplateBuilder, site: AccountSite, purpose: str, writers: Sequence[Statement]) -> None:
    key = KEYS[purpose]
    template.add(
        key,
        "AWS::KMS::Key",
        {
            "Description": f"Log archive of {site.organization}: {purpose}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document([*keys.administration(), *writers]),
        },
        Purpose("DET-08, DAT-16, DAT-21", "Logs have a key that delivering services write under"),
        retain=True,
    )
    template.add(
        f"{key}Alias",
        "AWS::KMS::Alias",
        {"AliasName": names.key_alias(site.organization, "", purpose), "TargetKeyId": ref(key)},
        Purpose("DAT-18", "A name that says what the key is for"),
    )


def _config_encrypts(layout: Layout) -> Statement:
    """Config, "Permissions for the KMS Key for the AWS Config Delivery Channel"."""
    return allow(
        "ConfigWrites",
        ("kms:Decrypt", "kms:GenerateDataKey"),
        principal={"Service": "config.amazonaws.com"},
        conditions={"StringEquals": _from_our_accounts(layout)},
    )


def _guardduty_encrypts(layout: Layout) -> Statement:
    """GuardDuty, "Exporting findings to an S3 bucket", step 2."""
    return allow(
        "GuardDutyWrites",
        ("kms:GenerateDataKey",),
        principal={"Service": "guardduty.amazonaws.com"},
        conditions={"StringEquals": _from_our_accounts(layout), "ArnLike": _detectors()},
    )


def _trail_encrypts(layout: Layout, site: AccountSite) -> list[Statement]:
    """CloudTrail, "Configure AWS KMS key policies for CloudTrail"."""
    if site.region != layout.home:
        return []
    management = layout.shared[Shared.MANAGEMENT].account_id
    trail = {"aws:SourceArn": sub(trail_arn(layout))}
    service = {"Service": "cloudtrail.amazonaws.com"}
    any_trail = sub(f"arn:${{AWS::Partition}}:cloudtrail:*:{management}:trail/*")
    return [
        allow(
            "TheTrailWrites",
            ("kms:GenerateDataKey*",),
            principal=service,
            conditions={
                "StringEquals": trail,
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": any_trail},
            },
        ),
        allow("TheTrailLooks", ("kms:DescribeKey",), principal=service, conditions={"StringEquals": trail}),
    ]


def _detectors() -> dict[str, Json]:
    return {"aws:SourceArn": sub("arn:${AWS::Partition}:guardduty:${AWS::Region}:*:detector/*")}


def _objects(bucket: str, path: str = "*") -> Json:
    return sub(f"${{{bucket}.Arn}}/{path}")


def _trail_delivers(layout: Layout, site: AccountSite) -> list[Statement]:
    """CloudTrail, "Amazon S3 bucket policy for CloudTrail": the trail delivers to its home Region only."""
    if site.region != layout.home:
        return []
    bucket = BUCKETS[LOCKED]
    service = {"Service": "cloudtrail.amazonaws.com"}
    ours = {"aws:SourceArn": sub(trail_arn(layout))}
    return [
        allow(
            "TrailLooks",
            ("s3:GetBucketAcl",),
            [get_att(bucket, "Arn")],
            principal=service,
            conditions={"StringEquals": ours},
        ),
        allow(
            "TrailWrites",
            ("s3:PutObject",),
            [_objects(bucket, "AWSLogs/*")],
            principal=service,
            conditions={"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    ]


def _guardduty_delivers(layout: Layout) -> list[Statement]:
    """GuardDuty, "Exporting findings to an S3 bucket", step 3."""
    bucket = BUCKETS[LOCKED]
    service = {"Service": "guardduty.amazonaws.com"}
    ours = {"StringEquals": _from_our_accounts(layout), "ArnLike": _detectors()}
    return [
        allow(
            "GuardDutyLooks",
            ("s3:GetBucketLocation",),
            [get_att(bucket, "Arn")],
            principal=service,
            conditions=ours,
        ),
        allow("GuardDutyWrites", ("s3:PutObject",), [_objects(bucket)], principal=service, conditions=ours),
    ]


def _config_delivers(layout: Layout) -> list[Statement]:
    """Config, "Permissions for the Amazon S3 Bucket for the AWS Config Delivery Channel"."""
    bucket = BUCKETS[HISTORY]
    service = {"Service": "config.amazonaws.com"}
    ours = _from_our_accounts(layout)
    return [
        allow(
            "ConfigLooks",
            ("s3:GetBucketAcl", "s3:ListBucket"),
            [get_att(bucket, "Arn")],
            principal=service,
            conditions={"StringEquals": ours},
        ),
        allow(
            "ConfigWrites",
            ("s3:PutObject",),
            [_objects(bucket, "AWSLogs/*/Config/*")],
            principal=service,
            conditions={"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    ]


def _bucket(
    template: TemplateBuilder,
    layout: Layout,
    site: AccountSite,
    purpose: str,
    delivery: Sequence[Statement],
    *,
    lock_days: int | None,
    why: str,
) -> None:
    bucket = BUCKETS[purpose]
    lock: dict[str, Json] = {}
    if lock_days is not None:
        rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": lock_days}}
        lock = {
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule},
        }
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": get_att(KEYS[purpose], "Arn")}
    template.add(
        bucket,
        "AWS::S3::Bucket",
        {
            "BucketName": bucket_name(layout, purpose, site.region),
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": by_key}
                ]
            },
            "LifecycleConfiguration": {"Rules": [_expiry(layout.blueprint.detection.log_days)]},
            "LoggingConfiguration": {
                "DestinationBucketName": ref(BUCKETS[ACCESS]),
                "LogFilePrefix": f"{purpose}/",
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": dict(_BLOCKED),
            "VersioningConfiguration": {"Status": "Enabled"},
            **lock,
        },
        Purpose("DET-08, DAT-01, DAT-03, DAT-04, DAT-07, DAT-11, DAT-12", why),
        tags={"ringwork:purpose": purpose},
        depends_on=(f"{BUCKETS[ACCESS]}Policy",),
        retain=True,
    )
    _policy(template, bucket, delivery, "Only the services that deliver write, and nobody deletes")


def _expiry(days: int) -> dict[str, Json]:
    """What Object Lock holds stays until it is free (S3 guide, "Object Lock considerations")."""
    return {
        "Id": "expire",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "ExpirationInDays": days,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }


def _policy(template: TemplateBuilder, bucket: str, delivery: Sequence[Statement], why: str) -> None:
    whole = [get_att(bucket, "Arn"), _objects(bucket)]

    def but(*roles: str) -> dict[str, dict[str, Json]]:
        return {"ArnNotLike": {"aws:PrincipalArn": subs(names.administrative_role_arns(*roles))}}

    statements = [
        *delivery,
        deny(
            "PlainHttp",
            ("s3:*",),
            whole,
            principal="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        deny(
            "OldTls",
            ("s3:*",),
            whole,
            principal="*",
            conditions={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ),
        deny(
            "LogsStay",
            ("s3:DeleteObject", "s3:DeleteObjectVersion"),
            [_objects(bucket)],
            principal="*",
            conditions=but(names.BREAK_GLASS),
        ),
        deny(
            "TheArchiveStays",
            (
                *("s3:BypassGovernanceRetention", "s3:DeleteBucket", "s3:DeleteBucketPolicy"),
                *("s3:PutBucketObjectLockConfiguration", "s3:PutBucketPolicy", "s3:PutBucketVersioning"),
                *("s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
            ),
            whole,
            principal="*",
            conditions=but(names.DEPLOY, names.BREAK_GLASS),
        ),
    ]
    template.add(
        f"{bucket}Policy",
        "AWS::S3::BucketPolicy",
        {"Bucket": ref(bucket), "PolicyDocument": document(statements)},
        Purpose("DET-08, DET-13, DAT-06, DAT-08", why),
    )


def _access_logs(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """Who reads the archive: SSE-S3, because S3 writes access logs under no KMS key of ours."""
    bucket = BUCKETS[ACCESS]
    template.add(
        bucket,
        "AWS::S3::Bucket",
        {
            "BucketName": bucket_name(layout, ACCESS, site.region),
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "LifecycleConfiguration": {"Rules": [_expiry(_ACCESS_LOG_DAYS)]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": dict(_BLOCKED),
            "VersioningConfiguration": {"Status": "Enabled"},
        },
        Purpose("DAT-12", "Server access logs of the archive: who reads what nobody may delete"),
        tags={"ringwork:purpose": ACCESS},
        skip={"CKV_AWS_18": "it is the access log bucket: logging into itself would never end"},
        retain=True,
    )
    sources = [
        f"arn:${{AWS::Partition}}:s3:::{bucket_name(layout, purpose, site.region)}"
        for purpose in (LOCKED, HISTORY)
    ]
    writes = allow(
        "S3WritesLogs",
        ("s3:PutObject",),
        [_objects(bucket)],
        principal={"Service": "logging.s3.amazonaws.com"},
        conditions={
            "ArnLike": {"aws:SourceArn": subs(sources)},
            "StringEquals": {"aws:SourceAccount": sub("${AWS::AccountId}")},
        },
    )
    _policy(template, bucket, [writes], "S3's logging service writes for the archive, and nobody deletes")
