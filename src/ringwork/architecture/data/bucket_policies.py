"""What a bucket refuses, whoever asks. What is allowed, roles say (identity ring).

In a Deny, `StringNotEquals` holds for an absent key too, with or without `IfExists` (IAM, Condition
operators). The endpoint-only Deny wants that: a request from outside any VPC has no `aws:SourceVpce`. The
key Denies do not, so they ask with `Null` for the header: an upload that leaves encryption to the bucket's
default passes.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture import names, scanning
from ringwork.architecture.grants import REDACTED
from ringwork.architecture.policy import Statement, deny
from ringwork.architecture.template import Json, get_att, sub, subs

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


def whole(bucket: str) -> list[Json]:
    """A bucket and its objects, by the bucket's logical id."""
    return [get_att(bucket, "Arn"), sub(f"${{{bucket}.Arn}}/*")]


def objects(bucket: str) -> list[Json]:
    return [sub(f"${{{bucket}.Arn}}/*")]


def tls(bucket: str) -> list[Statement]:
    return [
        deny(
            "PlainHttp",
            ("s3:*",),
            whole(bucket),
            principal="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        deny(
            "OldTls",
            ("s3:*",),
            whole(bucket),
            principal="*",
            conditions={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ),
    ]


def own_key(bucket: str, key_arn: Json) -> list[Statement]:
    by_key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    by_algorithm = "s3:x-amz-server-side-encryption"
    return [
        deny(
            "AnotherKey",
            ("s3:PutObject",),
            objects(bucket),
            principal="*",
            conditions={"Null": {by_key: "false"}, "StringNotEquals": {by_key: key_arn}},
        ),
        deny(
            "NotUnderKms",
            ("s3:PutObject",),
            objects(bucket),
            principal="*",
            conditions={"Null": {by_algorithm: "false"}, "StringNotEquals": {by_algorithm: "aws:kms"}},
        ),
    ]


def only_through(bucket: str, endpoints: Json, *, exempt: Sequence[str] = ()) -> Statement:
    """Data through these endpoints only. `exempt`: ARNs, for Fn::Sub, of roles that a service takes up on its
    own side of the network, such as replication's."""
    return deny(
        "DataOnlyThroughEndpoint",
        DATA_ACTIONS,
        whole(bucket),
        principal="*",
        conditions={
            "ArnNotLikeIfExists": {"aws:PrincipalArn": subs([*names.administrative_role_arns(), *exempt])},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
            "StringNotEqualsIfExists": {"aws:SourceVpce": endpoints},
        },
    )


def threats(bucket: str) -> Statement:
    """What a scan found to be malware is read by nobody but break-glass (GuardDuty guide, "Using tag-based
    access control with Malware Protection for S3")."""
    return deny(
        "MalwareIsNotRead",
        ("s3:GetObject", "s3:GetObjectVersion"),
        objects(bucket),
        principal="*",
        conditions={
            "ArnNotLike": {"aws:PrincipalArn": subs(names.administrative_role_arns(names.BREAK_GLASS))},
            "StringEquals": {f"s3:ExistingObjectTag/{scanning.TAG}": scanning.THREAT},
        },
    )


def versions(bucket: str) -> list[Statement]:
    """Old versions go by lifecycle or by break-glass; what keeps them, the deploy role changes."""
    return [
        deny(
            "VersionsStay",
            ("s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"),
            objects(bucket),
            principal="*",
            conditions=excepting(names.BREAK_GLASS),
        ),
        deny(
            "VersioningStays",
            ("s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"),
            [get_att(bucket, "Arn")],
            principal="*",
            conditions=excepting(names.DEPLOY, names.BREAK_GLASS),
        ),
    ]


def written_by_promotion(bucket: str) -> Statement:
    return deny(
        "ServingModelsAreWrittenByPromotion",
        ("s3:DeleteObject", "s3:PutObject"),
        objects(bucket),
        principal="*",
        conditions=excepting(names.DEPLOY, names.BREAK_GLASS),
    )


def redacted(bucket: str, cleared: Sequence[str]) -> Statement:
    """Only what processing left is read by anybody else, whatever a role's own policy says (control DAT-25).
    `cleared`: ARNs, for Fn::Sub, of roles that see the data as it came."""
    return Statement(
        "OnlyRedactedIsRead",
        "Deny",
        ("s3:GetObject*",),
        principal="*",
        conditions={
            "ArnNotLike": {
                "aws:PrincipalArn": subs([*names.administrative_role_arns(names.BREAK_GLASS), *cleared])
            }
        },
        not_resources=(f"${{{bucket}.Arn}}/{REDACTED}*",),
    )


def excepting(*roles: str) -> dict[str, dict[str, Json]]:
    return {"ArnNotLike": {"aws:PrincipalArn": subs(names.administrative_role_arns(*roles))}}
