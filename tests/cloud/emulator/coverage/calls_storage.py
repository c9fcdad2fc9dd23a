"""S3, S3 Control, KMS. Expected answers: S3 API reference and user guide ("Blocking public access", "Object
Lock", "Setting default server-side encryption"); KMS API reference and developer guide ("Key states of AWS
KMS keys", "Grants"); error codes from "List of error codes" and each operation's page."""

from __future__ import annotations

import json

from .recorder import Recorder

DEFAULT = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault"
EVERYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}],
}


def run(r: Recorder) -> None:
    buckets(r)
    objects(r)
    account_block(r)
    keys(r)


def buckets(r: Recorder) -> None:
    name = f"further-{r.account}"
    r.call("s3", "create_bucket", Bucket=name)
    r.call(
        "s3",
        "get_bucket_encryption",
        {
            f"{DEFAULT}.SSEAlgorithm": "AES256",
        },
        security=True,
        Bucket=name,
    )
    r.call(
        "s3",
        "get_public_access_block",
        {
            "PublicAccessBlockConfiguration.BlockPublicPolicy": True,
            "PublicAccessBlockConfiguration.RestrictPublicBuckets": True,
        },
        security=True,
        Bucket=name,
    )
    r.call(
        "s3",
        "get_bucket_ownership_controls",
        {"OwnershipControls.Rules[0].ObjectOwnership": "BucketOwnerEnforced"},
        security=True,
        Bucket=name,
    )
    policy = {**EVERYBODY, "Statement": [{**EVERYBODY["Statement"][0], "Resource": f"arn:aws:s3:::{name}/*"}]}
    r.refused("s3", "put_bucket_policy", "AccessDenied", Bucket=name, Policy=json.dumps(policy))
    r.refused("s3", "put_bucket_policy", "MalformedPolicy", Bucket=name, Policy="{not json")
    r.refused("s3", "get_bucket_policy", "NoSuchBucketPolicy", Bucket=name)
    policy["Statement"][0].update(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    r.call("s3", "put_bucket_policy", security=True, Bucket=name, Policy=json.dumps(policy))
    r.call("s3", "get_bucket_policy_status", {"PolicyStatus.IsPublic": False}, security=True, Bucket=name)
    r.refused("s3", "delete_bucket", "NoSuchBucket", Bucket="no-such-bucket-of-anybody")
    r.refused("s3", "put_object", "NoSuchBucket", Bucket="no-such-bucket-of-anybody", Key="k", Body=b"")
    r.call(
        "s3",
        "put_bucket_versioning",
        security=True,
        Bucket=name,
        VersioningConfiguration={"Status": "Enabled"},
    )
    r.call("s3", "get_bucket_versioning", {"Status": "Enabled"}, security=True, Bucket=name)
    r.bucket = name


def objects(r: Recorder) -> None:
    made = r.call(
        "s3",
        "put_object",
        {"VersionId": str, "ServerSideEncryption": "AES256"},
        Bucket=r.bucket,
        Key="model",
        Body=b"one",
    )
    r.call("s3", "put_object", Bucket=r.bucket, Key="model", Body=b"two")
    r.call("s3", "delete_object", {"DeleteMarker": True}, Bucket=r.bucket, Key="model")
    r.refused("s3", "get_object", "NoSuchKey", Bucket=r.bucket, Key="model")
    r.call(
        "s3",
        "get_object",
        {"ContentLength": 3},
        Bucket=r.bucket,
        Key="model",
        VersionId=made.get("VersionId"),
    )
    r.call("s3", "list_object_versions", {"length(Versions)": 2, "length(DeleteMarkers)": 1}, Bucket=r.bucket)
    r.refused("s3", "delete_bucket", "BucketNotEmpty", Bucket=r.bucket)
    locked = f"locked-{r.account}"
    r.call("s3", "create_bucket", Bucket=locked, ObjectLockEnabledForBucket=True)
    r.call(
        "s3",
        "put_object_lock_configuration",
        security=True,
        Bucket=locked,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    kept = r.call("s3", "put_object", Bucket=locked, Key="log", Body=b"x", ChecksumAlgorithm="CRC32")
    r.call(
        "s3",
        "get_object_retention",
        {"Retention.Mode": "COMPLIANCE"},
        security=True,
        Bucket=locked,
        Key="log",
    )
    r.refused(
        "s3", "delete_object", "AccessDenied", Bucket=locked, Key="log", VersionId=kept.get("VersionId")
    )


def account_block(r: Recorder) -> None:
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    r.call(
        "s3control",
        "put_public_access_block",
        security=True,
        AccountId=r.account,
        PublicAccessBlockConfiguration=block,
    )
    r.call(
        "s3control",
        "get_public_access_block",
        {"PublicAccessBlockConfiguration": block},
        security=True,
        AccountId=r.account,
    )
    point = r.call(
        "s3control",
        "create_access_point",
        {"AccessPointArn": str},
        security=True,
        AccountId=r.account,
        Name="team",
        Bucket=r.bucket,
        VpcConfiguration={"VpcId": "vpc-1"},
    )
    r.call(
        "s3control",
        "get_access_point",
        {"NetworkOrigin": "VPC", "VpcConfiguration.VpcId": "vpc-1"},
        security=True,
        AccountId=r.account,
        Name="team",
    )
    del point


def keys(r: Recorder) -> None:
    made = r.call(
        "kms",
        "create_key",
        {"KeyMetadata.KeyState": "Enabled", "KeyMetadata.Origin": "AWS_KMS"},
        security=True,
    )
    key = made.get("KeyMetadata", {}).get("KeyId")
    r.call(
        "kms",
        "get_key_policy",
        {"Policy": lambda p: ":root" in p},
        security=True,
        KeyId=key,
        PolicyName="default",
    )
    r.call("kms", "disable_key", security=True, KeyId=key)
    r.refused("kms", "encrypt", "DisabledException", KeyId=key, Plaintext=b"x")
    r.refused("kms", "generate_data_key", "DisabledException", KeyId=key, KeySpec="AES_256")
    r.call("kms", "enable_key", security=True, KeyId=key)
    sealed = r.call(
        "kms",
        "encrypt",
        {"KeyId": lambda k: k.startswith("arn:aws:kms:")},
        security=True,
        KeyId=key,
        Plaintext=b"x",
        EncryptionContext={"team": "a"},
    )
    blob = sealed.get("CiphertextBlob")
    r.refused(
        "kms", "decrypt", "InvalidCiphertextException", CiphertextBlob=blob, EncryptionContext={"team": "b"}
    )
    r.call(
        "kms",
        "decrypt",
        {"Plaintext": b"x"},
        security=True,
        CiphertextBlob=blob,
        EncryptionContext={"team": "a"},
    )
    r.refused(
        "kms",
        "decrypt",
        "ValidationException",
        "InvalidCiphertextException",
        CiphertextBlob=blob,
        EncryptionContext={"team": "a"},
        Recipient={"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"garbage"},
    )
    role = f"arn:aws:iam::{r.account}:role/ringwork-local-administrator"
    grant = r.call(
        "kms",
        "create_grant",
        {"GrantId": str, "GrantToken": str},
        security=True,
        KeyId=key,
        GranteePrincipal=role,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"team": "a"}},
    )
    r.call(
        "kms",
        "list_grants",
        {"Grants[0].Constraints.EncryptionContextSubset.team": "a"},
        security=True,
        KeyId=key,
    )
    r.call("kms", "revoke_grant", security=True, KeyId=key, GrantId=grant.get("GrantId"))
    r.call("kms", "list_grants", {"Grants": []}, security=True, KeyId=key)
    r.call("kms", "create_alias", security=True, AliasName="alias/further", TargetKeyId=key)
    r.refused("kms", "create_alias", "AlreadyExistsException", AliasName="alias/further", TargetKeyId=key)
    r.refused(
        "kms",
        "create_alias",
        "NotAuthorizedException",
        "ValidationException",
        AliasName="alias/aws/mine",
        TargetKeyId=key,
    )
    r.call(
        "kms",
        "schedule_key_deletion",
        {"KeyState": "PendingDeletion", "PendingWindowInDays": 7},
        security=True,
        KeyId=key,
        PendingWindowInDays=7,
    )
    r.refused("kms", "encrypt", "KMSInvalidStateException", KeyId=key, Plaintext=b"x")
    r.call("kms", "cancel_key_deletion", security=True, KeyId=key)
    r.call("kms", "describe_key", {"KeyMetadata.KeyState": "Disabled"}, security=True, KeyId=key)
    r.refused("kms", "describe_key", "NotFoundException", KeyId="11111111-1111-1111-1111-111111111111")
