"""What S3's operations need.

Source: Amazon S3 user guide, "Required permissions for Amazon S3 API operations".
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.authorization.names import ACTIONS

_VERSIONED = {
    *("GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectAttributes", "PutObjectAcl"),
    *("PutObjectTagging", "DeleteObject", "DeleteObjectTagging", "GetObjectTorrent"),
}
"""Actions that become `...Version...` when the request names a version."""

_OWNER_S = "bucket-owner-full-control"
"""A canned ACL that needs s3:PutObject alone: "Amazon S3 bucket policy for CloudTrail" grants no more."""

_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def needs(asked: Asked) -> Iterator[tuple[str, str]]:
    """Action and resource, one after the other."""
    operation, parameters = asked.operation.name, asked.parameters
    if operation in ("ListBuckets", "ListDirectoryBuckets"):
        # the pattern `arn:aws:s3:::*` matches it in AWS's own examples, a bucket's ARN does not
        yield f"s3:{ACTIONS['s3'][operation]}", "arn:aws:s3:::*"
        return
    bucket = bucket_arn(str(parameters.get("Bucket", "*")))
    key = parameters.get("Key")
    if operation == "DeleteObjects":
        for item in parameters.get("Delete", {}).get("Objects", ()):
            action = "s3:DeleteObjectVersion" if item.get("VersionId") else "s3:DeleteObject"
            yield action, f"{bucket}/{item['Key']}"
        return
    if operation in ("CopyObject", "UploadPartCopy"):
        yield from _copy(asked, f"{bucket}/{key}")
        return
    name = ACTIONS["s3"].get(operation, operation)
    if parameters.get("VersionId") and name in _VERSIONED:
        name = _versioned(name)
    resource = f"{bucket}/{key}" if key is not None else bucket
    if operation == "GetObjectAttributes":
        # GetObjectAttributes, "Permissions": that of reading the object as well
        yield f"s3:{'GetObjectVersion' if parameters.get('VersionId') else 'GetObject'}", resource
    yield f"s3:{name}", resource
    yield from _more(asked, operation, resource)


def _versioned(name: str) -> str:
    for verb in ("Get", "Put", "Delete"):
        if name.startswith(f"{verb}Object"):
            return f"{verb}ObjectVersion{name.removeprefix(f'{verb}Object')}"
    return name


def _copy(asked: Asked, target: str) -> Iterator[tuple[str, str]]:
    source = asked.parameters.get("CopySource", "")
    if isinstance(source, str):
        path, _, version = source.lstrip("/").partition("?versionId=")
        name, _, key = unquote(path).partition("/")
    else:
        name, key, version = source.get("Bucket", ""), source.get("Key", ""), source.get("VersionId", "")
    yield f"s3:{'GetObjectVersion' if version else 'GetObject'}", f"{bucket_arn(name)}/{key}"
    yield "s3:PutObject", target
    yield from _more(asked, asked.operation.name, target)


def _more(asked: Asked, operation: str, resource: str) -> Iterator[tuple[str, str]]:
    """What optional parameters ask for besides."""
    parameters = asked.parameters
    if operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        if any(parameters.get(name) not in (None, _OWNER_S) for name in _GRANTS):
            yield "s3:PutObjectAcl", resource
        if parameters.get("Tagging"):
            yield "s3:PutObjectTagging", resource
        if parameters.get("ObjectLockMode") or parameters.get("ObjectLockRetainUntilDate"):
            yield "s3:PutObjectRetention", resource
        if parameters.get("ObjectLockLegalHoldStatus"):
            yield "s3:PutObjectLegalHold", resource
    if parameters.get("BypassGovernanceRetention"):
        yield "s3:BypassGovernanceRetention", resource
    if operation == "CreateBucket":
        if any(parameters.get(name) for name in _GRANTS):
            yield "s3:PutBucketAcl", resource
        if parameters.get("ObjectLockEnabledForBucket"):
            yield "s3:PutBucketObjectLockConfiguration", resource
            yield "s3:PutBucketVersioning", resource
        if parameters.get("ObjectOwnership"):
            yield "s3:PutBucketOwnershipControls", resource


def bucket_arn(name: str) -> str:
    """The ARN of a bucket, or of the access point that stands in its place."""
    return name if name.startswith("arn:") else f"arn:aws:s3:::{name}"
