"""Macie's inventory of buckets: who reaches them, how they encrypt, what is in them, from S3's own state.

What is in the objects is not looked at: nothing here says that a bucket holds no sensitive data.
Source: Macie API reference, DescribeBuckets, BucketMetadata, GetBucketStatistics; user guide, "Assessing
your Amazon S3 security posture with Macie", "Sensitivity scoring for S3 buckets".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.overlays import criteria, macie2, policy_reach, s3_exposure
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page
from ringwork.cloud.emulator.overlays.policy_reach import UndecidedError

_PAGE = 50
_NOT_ANALYZED = 50
"""sensitivity score of a bucket that automated discovery has not analyzed yet"""
_ENCRYPTION_HEADER = "s3:x-amz-server-side-encryption"
_COMPRESSED = (".gz", ".gzip", ".zip")
_SETTINGS = {
    "blockPublicAcls": "block_public_acls",
    "blockPublicPolicy": "block_public_policy",
    "ignorePublicAcls": "ignore_public_acls",
    "restrictPublicBuckets": "restrict_public_buckets",
}
_STATES = {"ENABLED": "MONITORED", "DISABLED": "NOT_MONITORED"}


def _buckets(call: Call) -> Iterator[dict[str, Any]]:
    from moto.s3.models import s3_backends  # noqa: PLC0415

    call.load("s3", "s3control")
    for bucket in s3_backends[call.account]["aws"].buckets.values():
        if bucket.region_name == call.region:
            yield _row(call, bucket)


def _row(call: Call, bucket: Any) -> dict[str, Any]:
    from moto.s3.models import s3_backends  # noqa: PLC0415

    document = json.loads(bucket.policy) if bucket.policy else None
    tags = s3_backends[bucket.account_id][bucket.partition].tagger.get_tag_dict_for_resource(bucket.arn)
    discovery = macie2.setting(call, "discovery")["status"]
    row = {
        "accountId": bucket.account_id,
        "allowsUnencryptedObjectUploads": _unencrypted_uploads(document),
        "automatedDiscoveryMonitoringStatus": _STATES[discovery],
        "bucketArn": bucket.arn,
        "bucketCreatedAt": bucket.creation_date,
        "bucketName": bucket.name,
        "jobDetails": _jobs(call, bucket.name),
        "lastUpdated": datetime.now(UTC),
        "publicAccess": _public_access(bucket),
        "region": bucket.region_name,
        "replicationDetails": _replication(bucket),
        "serverSideEncryption": _encryption(bucket),
        "sharedAccess": _shared(bucket, document),
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
        "versioning": bucket.versioning_status == "Enabled",
        **_objects(bucket),
    }
    return {**row, "sensitivityScore": _NOT_ANALYZED} if discovery == "ENABLED" else row


def _objects(bucket: Any) -> dict[str, Any]:
    """Counts of the latest versions."""
    found = [key for key in bucket.keys.values() if hasattr(key, "size")]  # no delete markers
    kinds = Counter(
        "kmsManaged" if str(key.encryption).startswith("aws:kms") else "s3Managed" for key in found
    )
    return {
        "objectCount": len(found),
        "objectCountByEncryptionType": {
            **dict.fromkeys(("customerManaged", "kmsManaged", "s3Managed", "unencrypted", "unknown"), 0),
            **kinds,
        },
        "sizeInBytes": sum(key.size for key in found),
        "sizeInBytesCompressed": sum(key.size for key in found if key.name.lower().endswith(_COMPRESSED)),
    }


def _encryption(bucket: Any) -> dict[str, str]:
    """The default encryption: SSE-S3 where nothing else is set."""
    given = (bucket.encryption or {}).get("Rule") or {}
    rule = (given[0] if isinstance(given, list) else given).get("ApplyServerSideEncryptionByDefault") or {}
    kind = str(rule.get("SSEAlgorithm") or "AES256")
    key = rule.get("KMSMasterKeyID")
    return {"type": kind, **({"kmsMasterKeyId": str(key)} if key else {})}


def _unencrypted_uploads(document: Mapping[str, Any] | None) -> str:
    """FALSE: the policy refuses uploads that do not ask for encryption; UNKNOWN: it says something about it
    that is not the plain form of that."""
    found = [
        statement
        for statement in policy_reach.statements(document or {})
        if _ENCRYPTION_HEADER in json.dumps(statement).lower()
    ]
    if not found:
        return "TRUE"
    return "FALSE" if any(map(_requires_encryption, found)) else "UNKNOWN"


def _requires_encryption(statement: Mapping[str, Any]) -> bool:
    action, principal = statement.get("Action"), statement.get("Principal")
    tests = {
        (operator.lower(), key.lower()): value
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, value in keys.items()
    }
    return (
        statement.get("Effect") == "Deny"
        and principal in ("*", {"AWS": "*"})
        and bool({"s3:PutObject", "s3:*", "*"} & set(action if isinstance(action, list) else [action]))
        and len(tests) == 1
        and str(tests.get(("null", _ENCRYPTION_HEADER))).lower() == "true"
    )


def _public_access(bucket: Any) -> dict[str, Any]:
    own = s3_exposure.settings(bucket.public_access_block)
    whole = s3_exposure.settings(s3_exposure.account_block(bucket))
    levels: dict[str, Any] = {
        "blockPublicAccess": {name: own[moto] for name, moto in _SETTINGS.items()},
    }
    try:
        found = s3_exposure.exposure(bucket)
    except UndecidedError:
        effective = "UNKNOWN"
    else:
        effective = "PUBLIC" if found.public else "NOT_PUBLIC"
        levels["accessControlList"] = _access(
            "READ" in found.acl_permissions, "WRITE" in found.acl_permissions
        )
        if found.policy is not None:
            levels["bucketPolicy"] = _access(found.policy_reads, found.policy_writes)
    account = {"blockPublicAccess": {name: whole[moto] for name, moto in _SETTINGS.items()}}
    return {
        "effectivePermission": effective,
        "permissionConfiguration": {
            "accountLevelPermissions": account,
            "bucketLevelPermissions": levels,
        },
    }


def _access(reads: bool, writes: bool) -> dict[str, bool]:
    return {"allowsPublicReadAccess": reads, "allowsPublicWriteAccess": writes}


def _shared(bucket: Any, document: Mapping[str, Any] | None) -> str:
    """Whether other accounts have access by the policy; no Macie organization is known here, so that
    everybody else is external."""
    try:
        outside = policy_reach.external(document or {}, frozenset({bucket.account_id}))
        found = s3_exposure.exposure(bucket)
    except UndecidedError:
        return "UNKNOWN"
    if outside and not found.closed:
        return "EXTERNAL"
    return "UNKNOWN" if found.acl_others else "NOT_SHARED"


def _replication(bucket: Any) -> dict[str, Any]:
    rules = (getattr(bucket, "replication", None) or {}).get("Rule") or ()
    names = {str(rule["Destination"]["Bucket"]).rpartition(":")[2] for rule in rules}
    owners = sorted(owner for owner in map(services.owner_of_bucket, names) if owner is not None)
    return {
        "replicated": bool(names),
        "replicatedExternally": any(owner != bucket.account_id for owner in owners),
        "replicationAccounts": owners,
    }


def _jobs(call: Call, name: str) -> dict[str, Any]:
    defined, monitored = "FALSE", "FALSE"
    last: dict[str, Any] = {}
    for job in macie2.jobs(call):
        if job["jobStatus"] == "CANCELLED":
            continue
        given = job.get("s3JobDefinition") or {}
        if given.get("bucketCriteria") and defined == "FALSE":
            defined = "UNKNOWN"
        if any(name in one.get("buckets", ()) for one in given.get("bucketDefinitions") or ()):
            defined = "TRUE"
            monitored = "TRUE" if job["jobType"] == "SCHEDULED" else monitored
            last = {"lastJobId": job["jobId"], "lastJobRunTime": job["createdAt"]}
    return {"isDefinedInJob": defined, "isMonitoredByJob": monitored, **last}


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    macie2.session(call)
    wanted = call.parameters.get("criteria") or {}
    sort = call.parameters.get("sortCriteria") or {}
    rows = [row for row in _buckets(call) if criteria.matches(row, wanted)]
    rows = criteria.ordered(rows, sort.get("attributeName"), sort.get("orderBy"))
    return page(call, "buckets", rows, most=_PAGE)


def _statistics(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, GetBucketStatistics; what needs a look into objects is left out."""
    macie2.session(call)
    if call.parameters.get("accountId") not in (None, call.account):
        raise NotEmulatedError(
            call.service, call.operation, "members of a Macie organization are not known here"
        )
    rows = list(_buckets(call))
    effective = Counter(row["publicAccess"]["effectivePermission"] for row in rows)
    reads, writes = (
        sum(row["publicAccess"]["effectivePermission"] == "PUBLIC" and _level(row, name) for row in rows)
        for name in ("allowsPublicReadAccess", "allowsPublicWriteAccess")
    )
    kinds = Counter(row["serverSideEncryption"]["type"] for row in rows)
    uploads = Counter(row["allowsUnencryptedObjectUploads"] for row in rows)
    shared = Counter(row["sharedAccess"] for row in rows)
    return {
        "bucketCount": len(rows),
        "bucketCountByEffectivePermission": {
            "publiclyAccessible": effective["PUBLIC"],
            "publiclyReadable": reads,
            "publiclyWritable": writes,
            "unknown": effective["UNKNOWN"],
        },
        "bucketCountByEncryptionType": {
            "kmsManaged": kinds["aws:kms"] + kinds["aws:kms:dsse"],
            "s3Managed": kinds["AES256"],
            "unencrypted": 0,
            "unknown": 0,
        },
        "bucketCountByObjectEncryptionRequirement": {
            "allowsUnencryptedObjectUploads": uploads["TRUE"],
            "deniesUnencryptedObjectUploads": uploads["FALSE"],
            "unknown": uploads["UNKNOWN"],
        },
        "bucketCountBySharedAccessType": {
            "external": shared["EXTERNAL"],
            "internal": 0,
            "notShared": shared["NOT_SHARED"],
            "unknown": shared["UNKNOWN"],
        },
        "lastUpdated": datetime.now(UTC),
        "objectCount": sum(row["objectCount"] for row in rows),
        "sizeInBytes": sum(row["sizeInBytes"] for row in rows),
        "sizeInBytesCompressed": sum(row["sizeInBytesCompressed"] for row in rows),
    }


def _level(row: Mapping[str, Any], name: str) -> bool:
    levels = row["publicAccess"]["permissionConfiguration"]["bucketLevelPermissions"]
    return any(levels.get(part, {}).get(name) for part in ("accessControlList", "bucketPolicy"))


OVERLAYS: Mapping[str, Overlay] = {"DescribeBuckets": _describe, "GetBucketStatistics": _statistics}
