"""DAT-01, DAT-03, DAT-07 and DAT-11: what a bucket's own settings say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.scope import artifact_buckets, ml_buckets
from ringwork.controls.values import items, read, target, truth
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

FOUR = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_SCOPE = reading("AWS::S3::Bucket", "Tags")


def check_public_access(estate: Estate) -> Iterator[Outcome]:
    def decide(bucket: Resource) -> Iterator[Outcome]:
        off = [name for name in FOUR if not truth(bucket, "PublicAccessBlockConfiguration", name)]
        if bucket.properties.get("PublicAccessBlockConfiguration") is None:
            off = []  # a new bucket blocks all four (S3 User Guide, default settings for new buckets)
        if off:
            evidence = [f"PublicAccessBlockConfiguration/{name}: false" for name in off]
            message = f"does not block public access: {', '.join(f'`{name}`' for name in off)} off"
            yield violated(bucket, message, "PublicAccessBlockConfiguration", evidence=evidence)
        else:
            yield proved(bucket, "blocks public access in all four ways", "PublicAccessBlockConfiguration")

    yield from each(ml_buckets(estate, logs=True), decide)


def check_versions(estate: Estate) -> Iterator[Outcome]:
    def decide(bucket: Resource) -> Iterator[Outcome]:
        status = read(bucket, "VersioningConfiguration", "Status")
        if status == "Enabled":
            yield proved(bucket, "keeps versions", "VersioningConfiguration")
        else:
            message = "keeps no versions of what is written from now on"
            evidence = (f"VersioningConfiguration/Status: {status or 'not set'}",)
            yield violated(bucket, message, "VersioningConfiguration", "Status", evidence=evidence)

    yield from each(artifact_buckets(estate), decide)


def check_encryption(estate: Estate) -> Iterator[Outcome]:
    """The first rule counts: S3 has one (S3 API Reference, ServerSideEncryptionConfiguration)."""
    where = ("BucketEncryption", "ServerSideEncryptionConfiguration")

    def decide(bucket: Resource) -> Iterator[Outcome]:
        rules = items(bucket, *where)
        rule = rules[0] if rules else {}
        if not isinstance(rule, Mapping):
            raise UndecidedError("the encryption rule is not known", *where, resource=bucket)
        algorithm = read(bucket, *where, 0, "ServerSideEncryptionByDefault", "SSEAlgorithm")
        key = read(bucket, *where, 0, "ServerSideEncryptionByDefault", "KMSMasterKeyID")
        if algorithm not in ("aws:kms", "aws:kms:dsse"):
            evidence = (f"SSEAlgorithm: {algorithm or 'AES256'}",)
            message = "encrypts with keys of S3, which every reader of the bucket may use"
            yield violated(bucket, message, "BucketEncryption", evidence=evidence)
        elif key is None or "alias/aws/" in target(estate, key):
            message = "encrypts with the AWS managed key, whose policy nobody can change"
            yield violated(bucket, message, "BucketEncryption", evidence=("KMSMasterKeyID: aws/s3",))
        elif not truth(bucket, *where, 0, "BucketKeyEnabled"):
            message = "uses no bucket key, so that each object costs a call to KMS"
            yield violated(bucket, message, "BucketEncryption", evidence=("BucketKeyEnabled: false",))
        elif _may_be_managed(target(estate, key), bucket):
            raise UndecidedError(
                f"find out whether `{target(estate, key)}` is a customer's key", *where, resource=bucket
            )
        else:
            yield proved(bucket, "encrypts with a customer-managed key", "BucketEncryption")

    yield from each(ml_buckets(estate), decide)


def _may_be_managed(key: str, bucket: Resource) -> bool:
    """A key by id or ARN that is not in the estate may be the AWS managed one, unless it is another
    account's: that one serves its own account only (KMS Developer Guide, "AWS managed keys")."""
    if "/AWS::KMS::" in key or "alias/" in key:
        return False
    account = key.split(":")[4:5]
    return not account or account == [bucket.account] or bucket.account is None


def check_ownership(estate: Estate) -> Iterator[Outcome]:
    def decide(bucket: Resource) -> Iterator[Outcome]:
        owner = read(bucket, "OwnershipControls", "Rules", 0, "ObjectOwnership")
        if bucket.properties.get("OwnershipControls") is None:
            owner = "BucketOwnerEnforced"  # S3 User Guide, default settings for new buckets
        if owner == "BucketOwnerEnforced":
            yield proved(bucket, "has its ACLs off", "OwnershipControls")
        else:
            evidence = (f"OwnershipControls/Rules/0/ObjectOwnership: {owner}",)
            yield violated(bucket, "obeys ACLs of objects", "OwnershipControls", evidence=evidence)

    yield from each(ml_buckets(estate, logs=True), decide)


CONTROLS = (
    Control(
        id="DAT-01",
        title="ML buckets block every kind of public access",
        severity=Severity.CRITICAL,
        layer="data",
        scope="resource",
        why="One wrong statement or ACL makes training data public; the block holds whatever is written.",
        remediation=(
            "Set all four members of `PublicAccessBlockConfiguration` to true "
            "(`s3:PutBucketPublicAccessBlock`)"
        ),
        sources=(
            "Prowler s3_bucket_level_public_access_block",
            "AWS Security Hub S3.8",
            "AWS Config S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
            "Checkov CKV_AWS_53",
            "cdk-nag AwsSolutions-S2",
            "Trivy AWS-0086",
        ),
        reads=_SCOPE | reading("AWS::S3::Bucket", "PublicAccessBlockConfiguration"),
        check=check_public_access,
    ),
    Control(
        id="DAT-03",
        title="Model artifact buckets keep versions",
        severity=Severity.CRITICAL,
        layer="data",
        scope="relational",
        why="Without versions whoever can write replaces a model, and the one that was approved is gone.",
        remediation="Set `VersioningConfiguration: {Status: Enabled}` (`s3:PutBucketVersioning`)",
        sources=(
            "Prowler s3_bucket_object_versioning",
            "AWS Security Hub S3.14",
            "AWS Config S3_BUCKET_VERSIONING_ENABLED",
            "Checkov CKV_AWS_21",
            "Trivy AWS-0090",
            "OWASP ML Top 10 ML10:2023",
            "NIST 800-53 CP-9",
        ),
        reads=_SCOPE | reading("AWS::S3::Bucket", "VersioningConfiguration"),
        check=check_versions,
    ),
    Control(
        id="DAT-07",
        title="ML buckets are encrypted with a customer-managed key",
        severity=Severity.HIGH,
        layer="data",
        scope="resource",
        why="Only the policy of a key of one's own keeps somebody out who may read the bucket.",
        remediation=(
            "Set `BucketEncryption` to `aws:kms` with `KMSMasterKeyID` of the data class's key and "
            "`BucketKeyEnabled: true` (`s3:PutEncryptionConfiguration`)"
        ),
        sources=(
            "Prowler s3_bucket_kms_encryption",
            "AWS Security Hub S3.17",
            "AWS Config S3_DEFAULT_ENCRYPTION_KMS",
            "Trivy AWS-0132",
        ),
        reads=_SCOPE | reading("AWS::S3::Bucket", "BucketEncryption"),
        check=check_encryption,
    ),
    Control(
        id="DAT-11",
        title="ML bucket ACLs are off",
        severity=Severity.MEDIUM,
        layer="data",
        scope="resource",
        why="An ACL on one object gives it away past the bucket's policy.",
        remediation=(
            "Set `OwnershipControls` to one rule `ObjectOwnership: BucketOwnerEnforced` "
            "(`s3:PutBucketOwnershipControls`)"
        ),
        sources=(
            "Prowler s3_bucket_acl_prohibited",
            "AWS Security Hub S3.12",
            "AWS Config S3_BUCKET_ACL_PROHIBITED",
        ),
        reads=_SCOPE | reading("AWS::S3::Bucket", "OwnershipControls"),
        check=check_ownership,
    ),
)
