"""The data ring: keys by data class, versioned buckets, and who may reach them from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringwork.architecture import keys, names
from ringwork.architecture.grants import APPROVED, ARTIFACTS, Grant, artifact_class, classes
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.model import DataClass
from ringwork.estate import Stack, StackOutput

RING = "data"
ACCESS_LOGS = "access-logs"
ACCESS_LOG_DAYS = 365
ENDPOINT_PATTERN = "^vpce-[0-9a-f]+$"
NO_ENDPOINT = "vpce-none"
"""An id that no endpoint has: a bucket without readers is reached through none."""
PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
DATA_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:ListBucket*",
    "s3:ListMultipartUploadParts",
    "s3:PutObject*",
    "s3:RestoreObject",
)
"""Read, write and list, in every version and with tags and retention: what the endpoint-only Deny covers. No
policy and no configuration of a bucket, so that nobody is locked out of mending one."""


def data_stack(site: Site, grants: Sequence[Grant], networks: Mapping[str, StackOutput]) -> Stack | None:
    """The stack of an environment's data in one Region, or none where it has no data.

    `grants`: on this environment's buckets. `networks`: environment -> output of its S3 endpoint's id,
    for each environment that has a VPC.
    """
    team = site.blueprint.teams[site.environment.team]
    secrecy = artifact_class(team)
    buckets = {name: (data_set.class_, data_set.retention_days) for name, data_set in team.data.items()}
    if not buckets and secrecy is None:
        return None
    template = TemplateBuilder(
        description=f"Ringwork data ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    for data_class in classes(team):
        _key(template, site, data_class, [grant for grant in grants if grant.data_class is data_class])
    all_buckets = [*buckets, *([ARTIFACTS] if secrecy else [])]
    _access_log_bucket(template, site, all_buckets)
    for name, (data_class, retention) in buckets.items():
        bucket = _bucket(template, site, name, data_class, retention, {"ringwork:data-set": name})
        readers = [grant for grant in grants if grant.purpose == name and grant.prefix is None]
        _bucket_policy(template, site, bucket, data_class, _endpoints(template, site, readers, networks))
    if secrecy:
        bucket = _bucket(template, site, ARTIFACTS, secrecy, None, {})
        readers = [grant for grant in grants if grant.prefix is not None]
        endpoints = _endpoints(template, site, readers, networks)
        _bucket_policy(template, site, bucket, secrecy, endpoints, serving=True)
    return Stack(
        name=site.stack_name(RING),
        account=site.environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def key_output(data_class: DataClass) -> str:
    """Name of the output with a key's ARN."""
    return logical(data_class.value, "KeyArn")


def _key_id(data_class: DataClass) -> str:
    return logical(data_class.value, "Key")


def _roles(site: Site, grants: Sequence[Grant]) -> list[str]:
    """ARNs, for Fn::Sub, of the roles that have one of the grants."""
    return sorted(
        {
            names.role_arn(names.role(site.organization, grant.environment.name, grant.workload))
            for grant in grants
        }
    )


def _key(template: TemplateBuilder, site: Site, data_class: DataClass, grants: Sequence[Grant]) -> None:
    team = site.environment.team
    root = {"AWS": sub(names.ACCOUNT_ROOT)}
    statements: list[Statement] = keys.administration()
    roles = _roles(site, grants)
    if roles:
        writers = _roles(site, [grant for grant in grants if grant.mode == "write"])
        statements.append(_use("ReadThroughS3", ("kms:Decrypt",), roles, "s3", root))
        if writers:
            statements.append(_use("WriteThroughS3", ("kms:GenerateDataKey",), writers, "s3", root))
        statements += [
            _use("VolumesOfJobs", keys.VOLUME_ACTIONS, roles, "sagemaker", root),
            _use(
                "GrantsForVolumesOfJobs",
                ("kms:CreateGrant",),
                roles,
                "sagemaker",
                root,
                {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        ]
    key = template.add(
        _key_id(data_class),
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


def _use(
    sid: str,
    actions: Sequence[str],
    roles: Sequence[str],
    service: str,
    root: Json,
    more: Mapping[str, Mapping[str, Json]] | None = None,
) -> Statement:
    """Use of a key by roles through one service (KMS, kms:ViaService)."""
    return allow(
        sid,
        actions,
        principal=root,
        conditions={
            "ArnEquals": {"aws:PrincipalArn": subs(roles)},
            "StringEquals": {
                "kms:CallerAccount": sub("${AWS::AccountId}"),
                "kms:ViaService": sub(f"{service}.${{AWS::Region}}.amazonaws.com"),
            },
            **(more or {}),
        },
    )


def _bucket_name(site: Site, purpose: str) -> str:
    return names.bucket_pattern(site.organization, site.environment.name, purpose, site.region)


def _bucket(
    template: TemplateBuilder,
    site: Site,
    purpose: str,
    data_class: DataClass,
    retention_days: int | None,
    tags: Mapping[str, str],
) -> str:
    rules: list[Json] = [
        {
            "Id": "abort-incomplete-uploads",
            "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ]
    if retention_days is not None:
        rules.append(
            {
                "Id": "expire-old-versions",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": retention_days},
            }
        )
    what = "models" if purpose == ARTIFACTS else f"data set {purpose}"
    return template.add(
        logical(purpose, "Bucket"),
        "AWS::S3::Bucket",
        {
            "BucketName": sub(_bucket_name(site, purpose)),
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": get_att(_key_id(data_class), "Arn"),
                        },
                    }
                ]
            },
            "LifecycleConfiguration": {"Rules": rules},
            "LoggingConfiguration": {
                "DestinationBucketName": ref(logical(ACCESS_LOGS, "Bucket")),
                "LogFilePrefix": f"{purpose}/",
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": dict(PUBLIC_ACCESS_BLOCK),
            "VersioningConfiguration": {"Status": "Enabled"},
        },
        Purpose(
            "DAT-01, DAT-03, DAT-04, DAT-07, DAT-11, DAT-12, DAT-14",
            f"Holds {what} ({data_class.value}): private, versioned, under its class's key, access logged",
        ),
        tags={"ringwork:data-class": data_class.value, **tags},
        depends_on=(logical(ACCESS_LOGS, "BucketPolicy"),),
        retain=True,
    )


def _endpoints(
    template: TemplateBuilder, site: Site, grants: Sequence[Grant], networks: Mapping[str, StackOutput]
) -> Json:
    """The S3 endpoints that a bucket is reached through: the environment's own, and its readers'."""
    own = site.environment.name
    others = sorted({grant.environment.name for grant in grants} - {own})
    found = []
    for name in (*((own,) if own in networks else ()), *others):
        parameter = "S3EndpointId" if name == own else logical(name, "S3EndpointId")
        description = f"S3 gateway endpoint of {site.organization}/{name}'s VPC"
        found.append(template.parameter(parameter, description, ENDPOINT_PATTERN, networks[name]))
    if not found:
        return NO_ENDPOINT
    return found[0] if len(found) == 1 else found


def _bucket_policy(
    template: TemplateBuilder,
    site: Site,
    bucket: str,
    data_class: DataClass,
    endpoints: Json,
    *,
    serving: bool = False,
) -> None:
    """What a bucket refuses whoever asks. What is allowed, roles say (identity ring).

    In a Deny, `StringNotEquals` holds for an absent key too, with or without `IfExists` (IAM, Condition
    operators). The endpoint-only Deny wants that: a request from outside any VPC has no `aws:SourceVpce`.
    The key Denies do not, so they ask with `Null` for the header: an upload that leaves encryption to the
    bucket's default passes.
    """
    whole = [{"Fn::GetAtt": [bucket, "Arn"]}, sub(f"${{{bucket}.Arn}}/*")]
    objects = [sub(f"${{{bucket}.Arn}}/*")]
    by_key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    by_algorithm = "s3:x-amz-server-side-encryption"
    statements = [
        *_tls(whole),
        deny(
            "AnotherKey",
            ("s3:PutObject",),
            objects,
            principal="*",
            conditions={
                "Null": {by_key: "false"},
                "StringNotEquals": {by_key: get_att(_key_id(data_class), "Arn")},
            },
        ),
        deny(
            "NotUnderKms",
            ("s3:PutObject",),
            objects,
            principal="*",
            conditions={"Null": {by_algorithm: "false"}, "StringNotEquals": {by_algorithm: "aws:kms"}},
        ),
        deny(
            "DataOnlyThroughEndpoint",
            DATA_ACTIONS,
            whole,
            principal="*",
            conditions={
                "ArnNotLikeIfExists": {"aws:PrincipalArn": subs(names.administrative_role_arns())},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                "StringNotEqualsIfExists": {"aws:SourceVpce": endpoints},
            },
        ),
        *_versions(bucket, objects),
    ]
    if serving:
        statements.append(
            deny(
                "ServingModelsAreWrittenByPromotion",
                ("s3:DeleteObject", "s3:PutObject"),
                [sub(f"${{{bucket}.Arn}}/{APPROVED}/*")],
                principal="*",
                conditions=_except(names.DEPLOY, names.BREAK_GLASS),
            )
        )
    template.add(
        f"{bucket}Policy",
        "AWS::S3::BucketPolicy",
        {"Bucket": ref(bucket), "PolicyDocument": document(statements)},
        Purpose(
            "DAT-06, DAT-08, DAT-09, DAT-10",
            "TLS only, the bucket's key only, data through the VPC endpoint only, and versions stay",
        ),
    )


def _tls(resources: Sequence[Json]) -> list[Statement]:
    return [
        deny(
            "PlainHttp",
            ("s3:*",),
            resources,
            principal="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        deny(
            "OldTls",
            ("s3:*",),
            resources,
            principal="*",
            conditions={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ),
    ]


def _versions(bucket: str, objects: Sequence[Json]) -> list[Statement]:
    """Old versions go by lifecycle or by break-glass; what keeps them, the deploy role changes."""
    return [
        deny(
            "VersionsStay",
            ("s3:DeleteObjectVersion",),
            objects,
            principal="*",
            conditions=_except(names.BREAK_GLASS),
        ),
        deny(
            "VersioningStays",
            ("s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"),
            [get_att(bucket, "Arn")],
            principal="*",
            conditions=_except(names.DEPLOY, names.BREAK_GLASS),
        ),
    ]


def _except(*roles: str) -> dict[str, dict[str, Json]]:
    return {"ArnNotLike": {"aws:PrincipalArn": subs(names.administrative_role_arns(*roles))}}


def _access_log_bucket(template: TemplateBuilder, site: Site, sources: Sequence[str]) -> None:
    """Where S3 writes server access logs: SSE-S3, because S3 can write them under no KMS key of ours, and
    no ACL, because the bucket policy admits the logging service (S3, Enabling server access logging)."""
    bucket = template.add(
        logical(ACCESS_LOGS, "Bucket"),
        "AWS::S3::Bucket",
        {
            "BucketName": sub(_bucket_name(site, ACCESS_LOGS)),
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
        tags={"ringwork:data-class": DataClass.INTERNAL.value, "ringwork:purpose": ACCESS_LOGS},
        skip={"CKV_AWS_18": "it is the access log bucket: logging into itself would never end"},
        retain=True,
    )
    arns = [
        f"arn:${{AWS::Partition}}:s3:::{_bucket_name(site, source)}" for source in sources
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
                        [sub(f"${{{bucket}.Arn}}/*")],
                        principal={"Service": "logging.s3.amazonaws.com"},
                        conditions={
                            "ArnLike": {"aws:SourceArn": subs(arns)},
                            "StringEquals": {"aws:SourceAccount": sub("${AWS::AccountId}")},
                        },
                    ),
                    *_tls([get_att(bucket, "Arn"), sub(f"${{{bucket}.Arn}}/*")]),
                    *_versions(bucket, [sub(f"${{{bucket}.Arn}}/*")]),
                ]
            ),
        },
        Purpose(
            "DAT-06, DAT-08, DAT-12", "S3's logging service writes for our buckets; nobody removes a log"
        ),
    )
