"""S3 buckets and their policies, container repositories, and the account's block on public access."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import (
    MISSING,
    Computed,
    Each,
    Parsed,
    Part,
    Raw,
    Rule,
    Tags,
    look,
    mapped,
)

BUCKETS = Listing(
    "s3",
    "ListBuckets",
    "Buckets",
    parameters=lambda where: {"BucketRegion": where.region},
    action="s3:ListAllMyBuckets",
)
"""ListBuckets answers for the whole account; `BucketRegion` leaves the buckets of one Region."""


def _bucket(raw: Raw, where: Where) -> dict[str, str]:
    return {"Bucket": raw["Name"]}


def _repository(raw: Raw, where: Where) -> dict[str, str]:
    return {"repositoryName": raw["repositoryName"]}


def _get(name: str, operation: str, action: str, *absent: str, result: str | None = None) -> Detail:
    return Detail(name, operation, _bucket, result=result, absent=frozenset(absent), action=f"s3:{action}")


def _block(raw: Raw) -> Any:
    """All four settings; a bucket without a configuration has none of them on (S3 API Reference,
    GetPublicAccessBlock). Said outright, because a new bucket's default is the contrary."""
    found = look(raw, "$public_access")
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return {name: bool(found.get(name)) if found is not MISSING else False for name in names}


def _ownership(raw: Raw) -> Any:
    """A bucket without ownership controls behaves as ObjectWriter (S3 User Guide, "Controlling ownership
    of objects": ACLs are enabled). Said outright, because a new bucket's default is the contrary."""
    rules = look(raw, "$ownership.Rules")
    return rules if rules is not MISSING else [{"ObjectOwnership": "ObjectWriter"}]


def _filter(rule: Raw, name: str) -> Any:
    found = look(rule, f"Filter.{name}")
    return found if found is not MISSING else look(rule, f"Filter.And.{name}")


def _rule_tags(rule: Raw) -> Any:
    one = look(rule, "Filter.Tag")
    return [one] if one is not MISSING else look(rule, "Filter.And.Tags")


def _rule_prefix(rule: Raw) -> Any:
    found = _filter(rule, "Prefix")
    return found if found is not MISSING else look(rule, "Prefix")


_LIFECYCLE_RULE = {
    "Id": "ID",
    "Status": "Status",
    "Prefix": Computed(_rule_prefix),
    "TagFilters": Computed(_rule_tags),
    "ObjectSizeGreaterThan": Computed(lambda rule: _filter(rule, "ObjectSizeGreaterThan")),
    "ObjectSizeLessThan": Computed(lambda rule: _filter(rule, "ObjectSizeLessThan")),
    "ExpirationInDays": "Expiration.Days",
    "ExpirationDate": Computed(lambda rule: _date(look(rule, "Expiration.Date"))),
    "ExpiredObjectDeleteMarker": "Expiration.ExpiredObjectDeleteMarker",
    "Transitions": Each(
        "Transitions",
        {
            "StorageClass": "StorageClass",
            "TransitionInDays": "Days",
            "TransitionDate": Computed(lambda step: _date(look(step, "Date"))),
        },
    ),
    "NoncurrentVersionExpiration": Part(
        {
            "NoncurrentDays": "NoncurrentVersionExpiration.NoncurrentDays",
            "NewerNoncurrentVersions": "NoncurrentVersionExpiration.NewerNoncurrentVersions",
        }
    ),
    "NoncurrentVersionTransitions": Each(
        "NoncurrentVersionTransitions",
        {
            "StorageClass": "StorageClass",
            "TransitionInDays": "NoncurrentDays",
            "NewerNoncurrentVersions": "NewerNoncurrentVersions",
        },
    ),
    "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
}


def _replication_filter(rule: Raw) -> Any:
    """CloudFormation's `TagFilter` is S3's `Tag`; a filter without a prefix or tags takes every object."""
    found = look(rule, "Filter")
    if found is MISSING:
        return MISSING
    both = found.get("And", {})
    conditions: dict[str, Any] = {}
    if both:
        conditions["And"] = {
            **({"Prefix": both["Prefix"]} if "Prefix" in both else {}),
            **({"TagFilters": both["Tags"]} if both.get("Tags") else {}),
        }
    if "Tag" in found:
        conditions["TagFilter"] = found["Tag"]
    return conditions or {"Prefix": found.get("Prefix", "")}


_REPLICATION_RULE: dict[str, Rule] = {
    "Id": "ID",
    "Status": "Status",
    "Priority": "Priority",
    "Prefix": "Prefix",
    "Filter": Computed(_replication_filter),
    "DeleteMarkerReplication": "DeleteMarkerReplication",
    "SourceSelectionCriteria": "SourceSelectionCriteria",
    "Destination": "Destination",
}


def _date(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _nested(path: str, name: str, fields: Any) -> Computed:
    """`{name: [mapped members]}`, left out when there are none."""

    def build(raw: Raw) -> Any:
        members = look(raw, path)
        return MISSING if members is MISSING else {name: [mapped(fields, member) for member in members]}

    return Computed(build)


def _lock(raw: Raw) -> Any:
    """Days or years, whichever the default retention has (S3 API Reference, DefaultRetention)."""
    found = look(raw, "$lock")
    if found is MISSING or not found.get("Rule"):
        return MISSING
    kept = {name: value for name, value in found["Rule"]["DefaultRetention"].items() if value}
    return {**found, "Rule": {"DefaultRetention": kept}}


def _lock_enabled(raw: Raw) -> Any:
    return look(raw, "$lock.ObjectLockEnabled") == "Enabled" or MISSING


BUCKET = Kind(
    "AWS::S3::Bucket",
    BUCKETS,
    physical=lambda raw: raw["Name"],
    details=(
        _get("$versioning", "GetBucketVersioning", "GetBucketVersioning"),
        _get(
            "$encryption",
            "GetBucketEncryption",
            "GetEncryptionConfiguration",
            "ServerSideEncryptionConfigurationNotFoundError",
            result="ServerSideEncryptionConfiguration",
        ),
        _get(
            "$public_access",
            "GetPublicAccessBlock",
            "GetBucketPublicAccessBlock",
            "NoSuchPublicAccessBlockConfiguration",
            result="PublicAccessBlockConfiguration",
        ),
        _get(
            "$ownership",
            "GetBucketOwnershipControls",
            "GetBucketOwnershipControls",
            "OwnershipControlsNotFoundError",
            result="OwnershipControls",
        ),
        _get(
            "$lifecycle",
            "GetBucketLifecycleConfiguration",
            "GetLifecycleConfiguration",
            "NoSuchLifecycleConfiguration",
        ),
        _get("$logging", "GetBucketLogging", "GetBucketLogging", result="LoggingEnabled"),
        _get(
            "$lock",
            "GetObjectLockConfiguration",
            "GetBucketObjectLockConfiguration",
            "ObjectLockConfigurationNotFoundError",
            result="ObjectLockConfiguration",
        ),
        _get(
            "$replication",
            "GetBucketReplication",
            "GetReplicationConfiguration",
            "ReplicationConfigurationNotFoundError",
            result="ReplicationConfiguration",
        ),
        _get("$tags", "GetBucketTagging", "GetBucketTagging", "NoSuchTagSet", result="TagSet"),
        _get("$acl", "GetBucketAcl", "GetBucketAcl", result="Grants"),
    ),
    properties={
        "BucketName": "Name",
        "VersioningConfiguration": Part({"Status": "$versioning.Status"}),
        "BucketEncryption": _nested(
            "$encryption.Rules",
            "ServerSideEncryptionConfiguration",
            {
                "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
                "BucketKeyEnabled": "BucketKeyEnabled",
            },
        ),
        "PublicAccessBlockConfiguration": Computed(_block),
        "OwnershipControls": Part({"Rules": Computed(_ownership)}),
        "LifecycleConfiguration": _nested("$lifecycle.Rules", "Rules", _LIFECYCLE_RULE),
        "LoggingConfiguration": Part(
            {"DestinationBucketName": "$logging.TargetBucket", "LogFilePrefix": "$logging.TargetPrefix"}
        ),
        "ObjectLockEnabled": Computed(_lock_enabled),
        "ObjectLockConfiguration": Computed(_lock),
        "ReplicationConfiguration": Part(
            {"Role": "$replication.Role", "Rules": Each("$replication.Rules", _REPLICATION_RULE)}
        ),
        "Tags": Tags("$tags"),
    },
    # the canned ACL that CloudFormation sets cannot be read back, only the grants that it made
    attributes={"Grants": "$acl"},
    arn=lambda raw, where: f"arn:{where.partition}:s3:::{raw['Name']}",
)

BUCKET_POLICY = Kind(
    "AWS::S3::BucketPolicy",
    BUCKETS,
    physical=lambda raw: raw["Name"],
    details=(_get("$policy", "GetBucketPolicy", "GetBucketPolicy", "NoSuchBucketPolicy", result="Policy"),),
    properties={"Bucket": "Name", "PolicyDocument": Parsed("$policy")},
    identity=("Bucket",),
    exists_by="$policy",
)

ACCESS_POINT = Kind(
    "AWS::S3::AccessPoint",
    Listing(
        "s3control",
        "ListAccessPoints",
        "AccessPointList",
        parameters=lambda where: {"AccountId": where.account},
        action="s3:ListAccessPoints",
    ),
    deployed=False,
    physical=lambda raw: raw["Name"],
    details=(
        Detail(
            "$point",
            "GetAccessPoint",
            lambda raw, where: {"AccountId": where.account, "Name": raw["Name"]},
            action="s3:GetAccessPoint",
        ),
        Detail(
            "$policy",
            "GetAccessPointPolicy",
            lambda raw, where: {"AccountId": where.account, "Name": raw["Name"]},
            result="Policy",
            absent=frozenset({"NoSuchAccessPointPolicy"}),
            action="s3:GetAccessPointPolicy",
        ),
    ),
    properties={
        "Name": "Name",
        "Bucket": "Bucket",
        "VpcConfiguration": Part({"VpcId": "$point.VpcConfiguration.VpcId"}),
        "PublicAccessBlockConfiguration": "$point.PublicAccessBlockConfiguration",
        "Policy": Parsed("$policy"),
    },
    attributes={"Arn": "AccessPointArn", "NetworkOrigin": "NetworkOrigin"},
    arn=lambda raw, where: where.arn("s3", f"accesspoint/{raw['Name']}"),
)

ACCOUNT_PUBLIC_ACCESS_BLOCK = Kind(
    "live:s3control:public-access-block",
    # The one "item" is the account; S3 Control has no list operation for it.
    Listing(
        "s3control",
        "GetPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        parameters=lambda where: {"AccountId": where.account},
        action="s3:GetAccountPublicAccessBlock",
        absent=frozenset({"NoSuchPublicAccessBlockConfiguration"}),
    ),
    physical=lambda raw: "account",
    properties={
        name: name
        for name in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    },
    is_global=True,
)

REPOSITORY = Kind(
    "AWS::ECR::Repository",
    Listing("ecr", "DescribeRepositories", "repositories"),
    physical=lambda raw: raw["repositoryName"],
    details=(
        Detail(
            "$policy",
            "GetRepositoryPolicy",
            _repository,
            result="policyText",
            absent=frozenset({"RepositoryPolicyNotFoundException"}),
        ),
        Detail(
            "$lifecycle",
            "GetLifecyclePolicy",
            _repository,
            result="lifecyclePolicyText",
            absent=frozenset({"LifecyclePolicyNotFoundException"}),
        ),
        Detail(
            "$tags",
            "ListTagsForResource",
            lambda raw, where: {"resourceArn": raw["repositoryArn"]},
            result="tags",
        ),
    ),
    properties={
        "RepositoryName": "repositoryName",
        "EncryptionConfiguration": Part(
            {
                "EncryptionType": "encryptionConfiguration.encryptionType",
                "KmsKey": "encryptionConfiguration.kmsKey",
            }
        ),
        "ImageScanningConfiguration": Part({"ScanOnPush": "imageScanningConfiguration.scanOnPush"}),
        "ImageTagMutability": "imageTagMutability",
        "LifecyclePolicy": Part({"LifecyclePolicyText": "$lifecycle"}),
        "RepositoryPolicyText": Parsed("$policy"),
        "Tags": Tags("$tags"),
    },
    attributes={"Arn": "repositoryArn", "RepositoryUri": "repositoryUri"},
    arn=lambda raw, where: raw["repositoryArn"],
)

KINDS = (BUCKET, BUCKET_POLICY, ACCESS_POINT, REPOSITORY, ACCOUNT_PUBLIC_ACCESS_BLOCK)
