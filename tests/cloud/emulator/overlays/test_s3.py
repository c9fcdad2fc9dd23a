"""Objects are encrypted however they come; access points are in a Region, and their policies are public or
not."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION, OTHER = "111122223333", "eu-west-1", "us-east-1"


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud


def test_an_access_point_is_on_a_bucket_and_in_a_region(cloud):
    """S3 API reference, CreateAccessPoint, ListAccessPoints ("in the current Region")."""
    here, there = (cloud.session(ACCOUNT, region).client("s3control") for region in (REGION, OTHER))
    with pytest.raises(ClientError, match="InvalidRequest"):
        here.create_access_point(AccountId=ACCOUNT, Name="point", Bucket="none")
    s3 = cloud.session(ACCOUNT, REGION).client("s3")
    s3.create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = here.create_access_point(AccountId=ACCOUNT, Name="point", Bucket="data-1")
    arn = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/point"
    assert made["AccessPointArn"] == arn
    assert [p["AccessPointArn"] for p in here.list_access_points(AccountId=ACCOUNT)["AccessPointList"]] == [
        arn
    ]
    assert there.list_access_points(AccountId=ACCOUNT)["AccessPointList"] == []
    assert here.get_access_point(AccountId=ACCOUNT, Name="point")["Bucket"] == "data-1"
    with pytest.raises(ClientError, match="NoSuchAccessPoint"):
        there.get_access_point(AccountId=ACCOUNT, Name="point")
    with pytest.raises(ClientError, match="AccessPointAlreadyOwnedByYou"):
        here.create_access_point(AccountId=ACCOUNT, Name="point", Bucket="data-1")


@pytest.mark.parametrize(
    ("principal", "public"), [("*", True), ({"AWS": "arn:aws:iam::444455556666:root"}, False)]
)
def test_an_access_point_s_policy_is_public_if_it_is_for_everybody(cloud, principal, public):
    """S3 user guide, "The meaning of 'public'"."""
    session = cloud.session(ACCOUNT, REGION)
    session.client("s3").create_bucket(
        Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    s3control = session.client("s3control")
    made = s3control.create_access_point(
        AccountId=ACCOUNT,
        Name="point",
        Bucket="data-1",
        PublicAccessBlockConfiguration={"BlockPublicPolicy": False},
    )
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"{made['AccessPointArn']}/object/*",
    }
    s3control.put_access_point_policy(
        AccountId=ACCOUNT,
        Name="point",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    status = s3control.get_access_point_policy_status(AccountId=ACCOUNT, Name="point")
    assert status["PolicyStatus"]["IsPublic"] is public


@pytest.mark.parametrize("algorithm", [None, "aws:kms"])
def test_every_object_is_encrypted_however_it_comes(cloud, algorithm):
    """S3 user guide, "Setting default server-side encryption behavior for Amazon S3 buckets"."""
    s3 = cloud.session(ACCOUNT, REGION).client("s3")
    s3.create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    if algorithm is not None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        s3.put_bucket_encryption(Bucket="data-1", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="data-1", Key="put", Body=b"1")
    s3.copy_object(Bucket="data-1", Key="copied", CopySource="data-1/put")
    upload = s3.create_multipart_upload(Bucket="data-1", Key="parts")["UploadId"]
    part = s3.upload_part(Bucket="data-1", Key="parts", UploadId=upload, PartNumber=1, Body=b"1")
    s3.complete_multipart_upload(
        Bucket="data-1",
        Key="parts",
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
    )
    for key in ("put", "copied", "parts"):
        assert s3.head_object(Bucket="data-1", Key=key)["ServerSideEncryption"] == (algorithm or "AES256")


def test_without_its_own_setting_a_bucket_is_encrypted_as_a_new_one(cloud):
    """S3 API reference, DeleteBucketEncryption."""
    s3 = cloud.session(ACCOUNT, REGION).client("s3")
    s3.create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket="data-1", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.delete_bucket_encryption(Bucket="data-1")
    (shown,) = s3.get_bucket_encryption(Bucket="data-1")["ServerSideEncryptionConfiguration"]["Rules"]
    assert shown["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    s3.put_object(Bucket="data-1", Key="put", Body=b"1")
    assert s3.head_object(Bucket="data-1", Key="put")["ServerSideEncryption"] == "AES256"
