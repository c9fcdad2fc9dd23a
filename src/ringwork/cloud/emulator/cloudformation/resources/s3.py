"""AWS::S3 types.

CloudFormation's property names become S3's own here; the tables say which differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    RefusedError,
    Setter,
    document,
    flag,
    is_gone,
)

# -- CloudFormation's shape -> S3's ----------------------------------------------------------------------


def _encryption(value: Any) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        made: dict[str, Any] = {}
        if "ServerSideEncryptionByDefault" in rule:
            made["ApplyServerSideEncryptionByDefault"] = dict(rule["ServerSideEncryptionByDefault"])
        if "BucketKeyEnabled" in rule:
            made["BucketKeyEnabled"] = flag(rule["BucketKeyEnabled"])
        rules.append(made)
    return {"Rules": rules}


def _flags(value: Any) -> dict[str, bool]:
    return {name: flag(item) for name, item in value.items()}


def _set_logging(context: Context, bucket: str, change: Change) -> None:
    """Resource reference, LoggingConfiguration: without a destination the bucket's logs go to itself."""
    status: dict[str, Any] = {}
    if change.new is not None:
        target = {
            "TargetBucket": change.new.get("DestinationBucketName", bucket),
            "TargetPrefix": change.new.get("LogFilePrefix", ""),
        }
        if "TargetObjectKeyFormat" in change.new:
            target["TargetObjectKeyFormat"] = change.new["TargetObjectKeyFormat"]
        status = {"LoggingEnabled": target}
    context.client("s3").put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def _transition(value: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"StorageClass": value["StorageClass"]}
    if "TransitionInDays" in value:
        made["Days"] = int(value["TransitionInDays"])
    if "TransitionDate" in value:
        made["Date"] = value["TransitionDate"]
    return made


def _noncurrent_transition(value: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "StorageClass": value["StorageClass"],
        "NoncurrentDays": int(value["TransitionInDays"]),
    }
    if "NewerNoncurrentVersions" in value:
        made["NewerNoncurrentVersions"] = int(value["NewerNoncurrentVersions"])
    return made


def _lifecycle_filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if rule.get("Prefix"):
        parts["Prefix"] = rule["Prefix"]
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in rule:
            parts[name] = int(rule[name])
    tags = [dict(tag) for tag in rule.get("TagFilters", ())]
    if not parts and not tags:
        return {"Prefix": ""}
    if len(parts) + len(tags) == 1:
        return parts or {"Tag": tags[0]}
    return {"And": {**parts, **({"Tags": tags} if tags else {})}}


def _lifecycle(value: Any) -> dict[str, Any]:
    rules = []
    for rule in value["Rules"]:
        made: dict[str, Any] = {"Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
        if "Id" in rule:
            made["ID"] = rule["Id"]
        expiration: dict[str, Any] = {}
        if "ExpirationInDays" in rule:
            expiration["Days"] = int(rule["ExpirationInDays"])
        if "ExpirationDate" in rule:
            expiration["Date"] = rule["ExpirationDate"]
        if "ExpiredObjectDeleteMarker" in rule:
            expiration["ExpiredObjectDeleteMarker"] = flag(rule["ExpiredObjectDeleteMarker"])
        if expiration:
            made["Expiration"] = expiration
        noncurrent = dict(rule.get("NoncurrentVersionExpiration", {}))
        if "NoncurrentVersionExpirationInDays" in rule:
            noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
        if noncurrent:
            made["NoncurrentVersionExpiration"] = {name: int(item) for name, item in noncurrent.items()}
        transitions = [*rule.get("Transitions", ()), *([rule["Transition"]] if "Transition" in rule else ())]
        if transitions:
            made["Transitions"] = [_transition(item) for item in transitions]
        noncurrent_transitions = [
            *rule.get("NoncurrentVersionTransitions", ()),
            *([rule["NoncurrentVersionTransition"]] if "NoncurrentVersionTransition" in rule else ()),
        ]
        if noncurrent_transitions:
            made["NoncurrentVersionTransitions"] = [
                _noncurrent_transition(item) for item in noncurrent_transitions
            ]
        abort = rule.get("AbortIncompleteMultipartUpload")
        if abort:
            made["AbortIncompleteMultipartUpload"] = {
                "DaysAfterInitiation": int(abort["DaysAfterInitiation"])
            }
        rules.append(made)
    return {"Rules": rules}


def _object_lock(value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"ObjectLockEnabled": value.get("ObjectLockEnabled", "Enabled")}
    retention = value.get("Rule", {}).get("DefaultRetention")
    if retention:
        made["Rule"] = {
            "DefaultRetention": {
                name: int(item) if name in ("Days", "Years") else item for name, item in retention.items()
            }
        }
    return made


def _replication(value: Any) -> dict[str, Any]:
    """CloudFormation has `Id` where S3 has `ID`, and `TagFilter` in a rule's filter where S3 has `Tag`."""
    rules = []
    for rule in value["Rules"]:
        made = {name: item for name, item in rule.items() if name not in ("Id", "Filter", "Priority")}
        if "Id" in rule:
            made["ID"] = rule["Id"]
        if "Priority" in rule:
            made["Priority"] = int(rule["Priority"])
        if "Filter" in rule:
            names = {"TagFilter": "Tag", "TagFilters": "Tags"}
            made["Filter"] = _renamed(rule["Filter"], names)
        rules.append(made)
    return {"Role": value["Role"], "Rules": rules}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names.get(name, name): _renamed(item, names) for name, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, (list, tuple)) else value


# -- one row for each configuration: put, argument, conversion, and how to take it away ------------------


def _configuration(
    put: str,
    argument: str,
    convert: Callable[[Any], Any],
    absent: str | Mapping[str, Any],
) -> Setter:
    """`absent`: the operation that removes the configuration, or the value that stands for none."""

    def set_it(context: Context, bucket: str, change: Change) -> None:
        s3 = context.client("s3")
        if change.new is not None:
            getattr(s3, put)(Bucket=bucket, **{argument: convert(change.new)})
        elif isinstance(absent, str):
            getattr(s3, absent)(Bucket=bucket)
        else:
            getattr(s3, put)(Bucket=bucket, **{argument: dict(absent)})

    return set_it


def _versioning(value: Any) -> dict[str, Any]:
    return {"Status": value["Status"]}


def _same(value: Any) -> dict[str, Any]:
    return dict(value)


def _set_tags(context: Context, bucket: str, change: Change) -> None:
    # S3 keeps tags with the prefix aws: for itself and refuses them in PutBucketTagging
    own = [
        {"Key": tag["Key"], "Value": str(tag["Value"])}
        for tag in change.new or ()
        if not tag["Key"].startswith("aws:")
    ]
    s3 = context.client("s3")
    if own:
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": own})
    elif not change.creating:
        s3.delete_bucket_tagging(Bucket=bucket)


def _set_lock_enabled(_context: Context, _bucket: str, change: Change) -> None:
    if not change.creating and flag(change.new) != flag(change.old or False):
        raise RefusedError("ObjectLockEnabled can be set only when the bucket is created")


CONFIGURATIONS: Mapping[str, Setter] = {
    "VersioningConfiguration": _configuration(
        # versioning cannot be taken away, only suspended (S3 User Guide, "Retaining multiple versions")
        "put_bucket_versioning",
        "VersioningConfiguration",
        _versioning,
        {"Status": "Suspended"},
    ),
    "BucketEncryption": _configuration(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration", _encryption, "delete_bucket_encryption"
    ),
    "PublicAccessBlockConfiguration": _configuration(
        "put_public_access_block", "PublicAccessBlockConfiguration", _flags, "delete_public_access_block"
    ),
    "OwnershipControls": _configuration(
        "put_bucket_ownership_controls", "OwnershipControls", _same, "delete_bucket_ownership_controls"
    ),
    "LifecycleConfiguration": _configuration(
        "put_bucket_lifecycle_configuration", "LifecycleConfiguration", _lifecycle, "delete_bucket_lifecycle"
    ),
    "LoggingConfiguration": _set_logging,
    "ObjectLockConfiguration": _configuration(
        "put_object_lock_configuration",
        "ObjectLockConfiguration",
        _object_lock,
        {"ObjectLockEnabled": "Enabled"},
    ),
    "ReplicationConfiguration": _configuration(
        "put_bucket_replication", "ReplicationConfiguration", _replication, "delete_bucket_replication"
    ),
    "Tags": _set_tags,
    "ObjectLockEnabled": _set_lock_enabled,
}


def _create(context: Context, properties: Properties) -> str:
    name = str(properties.get("BucketName") or context.name(63, lower=True))
    arguments: dict[str, Any] = {}
    if context.region != "us-east-1":
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
    if flag(properties.get("ObjectLockEnabled", False)):
        arguments["ObjectLockEnabledForBucket"] = True
    s3 = context.client("s3")
    if context.region == "us-east-1" and _owned(s3, name):
        # in us-east-1 CreateBucket answers 200 for a bucket that one owns already (S3 API reference,
        # CreateBucket, BucketAlreadyOwnedByYou); CloudFormation still reports that it exists
        raise ValueError(f"{name} already exists")
    s3.create_bucket(Bucket=name, **arguments)
    context.made(name)
    return name


def _owned(s3: Any, name: str) -> bool:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError:
        return False
    return True


def _delete(context: Context, bucket: str, _properties: Properties) -> None:
    context.client("s3").delete_bucket(Bucket=bucket)


def _attributes(context: Context, bucket: str, _properties: Properties) -> dict[str, Any]:
    region = context.region
    return {
        "Arn": f"arn:aws:s3:::{bucket}",
        "DomainName": f"{bucket}.s3.amazonaws.com",
        "RegionalDomainName": f"{bucket}.s3.{region}.amazonaws.com",
        "DualStackDomainName": f"{bucket}.s3.dualstack.{region}.amazonaws.com",
        "WebsiteURL": f"http://{bucket}.s3-website-{region}.amazonaws.com",
    }


# -- AWS::S3::BucketPolicy -------------------------------------------------------------------------------


def _create_policy(context: Context, properties: Properties) -> str:
    bucket = str(properties["Bucket"])
    s3 = context.client("s3")
    try:
        s3.get_bucket_policy(Bucket=bucket)
    except ClientError as error:
        if not is_gone(error) or error.response["Error"]["Code"] == "NoSuchBucket":
            raise
    else:
        raise ValueError(f"The bucket policy already exists on bucket {bucket}.")
    s3.put_bucket_policy(Bucket=bucket, Policy=document(properties["PolicyDocument"]))
    context.made(bucket)
    return bucket


def _set_policy(context: Context, bucket: str, change: Change) -> None:
    context.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(change.new))


def _delete_policy(context: Context, bucket: str, _properties: Properties) -> None:
    context.client("s3").delete_bucket_policy(Bucket=bucket)


PROVIDERS = {
    "AWS::S3::Bucket": Provider(
        create=_create,
        delete=_delete,
        takes=frozenset({"BucketName", "ObjectLockEnabled"}),
        setters=CONFIGURATIONS,
        attributes=_attributes,
        named_by="BucketName",
    ),
    "AWS::S3::BucketPolicy": Provider(
        create=_create_policy,
        delete=_delete_policy,
        takes=frozenset({"Bucket", "PolicyDocument"}),
        setters={"PolicyDocument": _set_policy},
    ),
}
