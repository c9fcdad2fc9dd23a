"""S3: what every bucket has by default, and bucket policies.

moto denies by bucket policy, but reads no condition: a policy that only refuses plain HTTP shuts everybody
out. So moto does not see a policy while it answers: the authorizer has decided before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from ringwork.access.s3_public import is_public
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.kept import forget, keep, recall
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Request

_POLICY_OPERATIONS = {"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus"}
_LOG_DELIVERY = "logging.s3.amazonaws.com"


def _bucket(name: str | None) -> Any:
    """moto's bucket of this name, in whichever account it is; None when there is none."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    if name is None or name not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[name]
    return s3_backends[account][partition].buckets.get(name)


@contextmanager
def quiet(request: Request, operation: Operation) -> Iterator[None]:
    """Keep the bucket's policy and access log from moto while it answers.

    The operations on policies see them. moto would write a log record for each request at once, also for
    reads; AWS delivers them within hours, and the local cloud never.
    """
    bucket = _bucket(request.bucket)
    if bucket is None:
        yield
        return
    policy, logging = bucket.policy, bucket.logging
    hides_policy = operation.name not in _POLICY_OPERATIONS
    hides_logging = operation.name not in ("GetBucketLogging", "PutBucketLogging")
    if hides_policy:
        bucket.policy = None
    target = _bucket(logging.get("TargetBucket")) if logging else None
    before = set(target.keys) if target is not None and not hides_logging else set()
    if hides_logging:
        bucket.logging = {}
    try:
        yield
    finally:
        if hides_policy:
            bucket.policy = policy
        if hides_logging:
            bucket.logging = logging
        elif target is not None:
            for key in set(target.keys) - before:
                del target.keys[key]


def _create_bucket(call: Call, proceed: Proceed) -> dict[str, Any]:
    """New buckets block public access and have ACLs off since April 2023 (S3 user guide, "Default settings
    for new S3 buckets FAQ")."""
    from moto.s3.models import PublicAccessBlock  # noqa: PLC0415

    answer = proceed()
    bucket = _bucket(call.parameters["Bucket"])
    if bucket is not None and bucket.public_access_block is None:
        bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    if bucket is not None and bucket.ownership_rule is None:
        bucket.ownership_rule = "BucketOwnerEnforced"
    if bucket is not None and bucket.encryption is None:
        bucket.encryption = _sse_s3()
    return answer


def _sse_s3() -> dict[str, Any]:
    """The base level of encryption, as moto keeps it on a bucket: its objects then have it, too."""
    return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}


def _delete_bucket_encryption(call: Call, proceed: Proceed) -> dict[str, Any]:
    """S3 API reference, DeleteBucketEncryption: "resets the default encryption for the bucket as server-side
    encryption with Amazon S3 managed keys (SSE-S3)"."""
    answer = proceed()
    bucket = _bucket(call.parameters["Bucket"])
    if bucket is not None:
        bucket.encryption = _sse_s3()
    return answer


def _put_object(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Every new object is encrypted: by the request's choice, the bucket's default, or SSE-S3 (S3 user guide,
    "Setting default server-side encryption behavior")."""
    answer = proceed()
    if "ServerSideEncryption" not in answer and "SSECustomerAlgorithm" not in call.parameters:
        answer["ServerSideEncryption"] = "AES256"
    return answer


def _get_object_retention(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto cannot write the time of a default retention. S3 API reference, GetObjectRetention."""
    bucket = _bucket(call.parameters["Bucket"])
    if bucket is None:
        return proceed()
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = s3_backends[bucket.account_id][bucket.partition]
    key = backend.get_object(bucket.name, call.parameters["Key"], call.parameters.get("VersionId"))
    if key is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
    if not key.lock_mode:
        message = "The specified object does not have a ObjectLock configuration"
        raise AwsError("NoSuchObjectLockConfiguration", message, 404)
    until = key.lock_until
    if isinstance(until, str):
        until = datetime.fromisoformat(until.replace("Z", "+00:00"))
    return {"Retention": {"Mode": key.lock_mode, "RetainUntilDate": until}}


def _get_bucket_encryption(call: Call, proceed: Proceed) -> dict[str, Any]:
    """SSE-S3 is the base level of encryption of every bucket (S3 user guide, "Setting default server-side
    encryption behavior")."""
    try:
        return proceed()
    except AwsError as error:
        if error.code != "ServerSideEncryptionConfigurationNotFoundError":
            raise
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def _put_bucket_policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    """BlockPublicPolicy refuses public policies (S3 API reference, PublicAccessBlockConfiguration)."""
    bucket = _bucket(call.parameters["Bucket"])
    text = call.parameters.get("Policy", "")
    try:
        policy = json.loads(text)
        statements = policy["Statement"]
    except (ValueError, KeyError, TypeError):
        raise AwsError("MalformedPolicy", "Policies must be valid JSON and have statements") from None
    if bucket is not None and _blocks_public_policy(bucket) and is_public(statements):
        raise AwsError(
            "AccessDenied",
            "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
            status=403,
        )
    return proceed()


def _blocks_public_policy(bucket: Any) -> bool:
    """Whether the bucket's or its account's setting is on."""
    from moto.s3control.models import s3control_backends  # noqa: PLC0415

    account = s3control_backends[bucket.account_id][bucket.partition].public_access_block
    return any(
        setting is not None and setting.block_public_policy in (True, "true")
        for setting in (bucket.public_access_block, account)
    )


def _get_bucket_policy_status(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto always answers that a policy is not public."""
    answer = proceed()
    bucket = _bucket(call.parameters["Bucket"])
    if bucket is not None and bucket.policy:
        public = is_public(json.loads(bucket.policy)["Statement"])
        answer["PolicyStatus"] = {"IsPublic": public}
    return answer


def _put_bucket_logging(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto wants the target's grant to name exactly one prefix, and fails on principals that are `*`.

    While it looks, the target has a plain grant in place of its policy if that grants the log delivery
    service PutObject at all (S3 user guide, "Permissions for log delivery").
    """
    target = _bucket(
        (call.parameters.get("BucketLoggingStatus") or {}).get("LoggingEnabled", {}).get("TargetBucket")
    )
    if target is None or not target.policy:
        return proceed()
    kept = target.policy
    granted = any(
        statement.get("Effect") == "Allow"
        and _LOG_DELIVERY in _values(_principals(statement).get("Service"))
        and {"s3:PutObject", "s3:*", "*"} & set(_values(statement.get("Action")))
        for statement in _statements(json.loads(kept)["Statement"])
    )
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": _LOG_DELIVERY},
        "Action": ["s3:PutObject"],
        "Resource": f"arn:aws:s3:::{target.name}/*",
    }
    target.policy = json.dumps({"Statement": [grant]}).encode() if granted else None
    try:
        return proceed()
    finally:
        target.policy = kept


def _statements(statements: Any) -> Iterable[Mapping[str, Any]]:
    return [statements] if isinstance(statements, Mapping) else list(statements)


def _principals(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    principal = statement.get("Principal", {})
    return principal if isinstance(principal, Mapping) else {"AWS": principal}


def _values(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _anywhere(overlay: Overlay) -> Overlay:
    """A bucket is the same one through the endpoint of any Region."""
    return lambda call, proceed: overlay(replace(call, region=GLOBAL), proceed)


OVERLAYS: dict[str, Overlay] = {
    "CreateBucket": _create_bucket,
    # moto keeps neither which objects are chosen nor how their copies are encrypted
    "DeleteBucketReplication": _anywhere(forget("replication", "Bucket")),
    "GetBucketReplication": _anywhere(recall("replication", "Bucket")),
    "PutBucketReplication": _anywhere(keep("replication", "Bucket")),
    "DeleteBucketEncryption": _delete_bucket_encryption,
    "GetObjectRetention": _get_object_retention,
    "PutObject": _put_object,
    "GetBucketEncryption": _get_bucket_encryption,
    "PutBucketPolicy": _put_bucket_policy,
    "GetBucketPolicyStatus": _get_bucket_policy_status,
    "PutBucketLogging": _put_bucket_logging,
}
