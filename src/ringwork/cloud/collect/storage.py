"""S3 buckets and their policies, and the account's block on public access."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Parsed, Part, Raw, Tags, look, mapped

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
        _get("$tags", "GetBucketTagging", "GetBucketTagging", "NoSuchTagSet", result="TagSet"),
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
        "Tags": Tags("$tags"),
    },
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

KINDS = (BUCKET, BUCKET_POLICY, ACCOUNT_PUBLIC_ACCESS_BLOCK)
