"""Macie sees buckets as S3 has them, and no job of it ends without having looked.

Expected: Macie API reference, DescribeBuckets (BucketMetadata), GetBucketStatistics, GetFindingStatistics,
CreateClassificationJob, UpdateClassificationJob; user guide, "Sensitivity scoring for S3 buckets".
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
OPEN = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
)


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        session.client("macie2").enable_macie()
        yield session


@pytest.fixture
def macie(session):
    return session.client("macie2")


@pytest.fixture
def s3(session):
    return session.client("s3")


def make(s3, name, *statements, acl=None):
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter" if acl else "BucketOwnerEnforced")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=OPEN)
    if acl:
        s3.put_bucket_acl(Bucket=name, ACL=acl)
    if statements:
        whole = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        found = [{"Effect": "Allow", "Resource": whole, **statement} for statement in statements]
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": found}))


def bucket(macie, name):
    (found,) = macie.describe_buckets(criteria={"bucketName": {"eq": [name]}})["buckets"]
    return found


READ = {"Principal": "*", "Action": "s3:GetObject"}
SHARE = {"Principal": {"AWS": OTHER}, "Action": "s3:*"}


def test_a_private_bucket(macie, s3):
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="a.csv", Body=b"12345")
    s3.put_object(Bucket="data", Key="b.csv.gz", Body=b"123")
    found = bucket(macie, "data")
    assert found["accountId"] == ACCOUNT
    assert found["region"] == REGION
    assert found["publicAccess"]["effectivePermission"] == "NOT_PUBLIC"
    levels = found["publicAccess"]["permissionConfiguration"]["bucketLevelPermissions"]
    assert set(levels["blockPublicAccess"].values()) == {True}
    assert "bucketPolicy" not in levels
    assert found["sharedAccess"] == "NOT_SHARED"
    assert found["serverSideEncryption"] == {"type": "AES256"}
    assert found["allowsUnencryptedObjectUploads"] == "TRUE"
    assert found["versioning"] is False
    assert (found["objectCount"], found["sizeInBytes"], found["sizeInBytesCompressed"]) == (2, 8, 3)
    assert found["jobDetails"] == {"isDefinedInJob": "FALSE", "isMonitoredByJob": "FALSE"}
    # never scored where automated discovery was never on
    assert "sensitivityScore" not in found


def test_what_s3_has_is_what_macie_shows(session, macie, s3):
    key = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="data")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket="data",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
    s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket="data", Tagging={"TagSet": [{"Key": "team", "Value": "ml"}]})
    found = bucket(macie, "data")
    assert found["serverSideEncryption"] == {"type": "aws:kms", "kmsMasterKeyId": key}
    assert found["versioning"] is True
    assert found["tags"] == [{"key": "team", "value": "ml"}]


@pytest.mark.parametrize(
    ("statements", "acl", "effective", "shared"),
    [
        ([READ], None, "PUBLIC", "EXTERNAL"),
        ([SHARE], None, "NOT_PUBLIC", "EXTERNAL"),
        ([], "public-read", "PUBLIC", "NOT_SHARED"),
        ([], "private", "NOT_PUBLIC", "NOT_SHARED"),
        # a Deny that could close it: Macie has a word for what it cannot tell
        (
            [
                READ,
                READ
                | {
                    "Effect": "Deny",
                    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
                },
            ],
            None,
            "UNKNOWN",
            "UNKNOWN",
        ),
    ],
)
def test_who_reaches_a_bucket(macie, s3, statements, acl, effective, shared):
    make(s3, "data", *statements, acl=acl)
    found = bucket(macie, "data")
    assert found["publicAccess"]["effectivePermission"] == effective
    assert found["sharedAccess"] == shared


def test_block_public_access_of_the_account_closes_it(session, macie, s3):
    make(s3, "data", READ)
    session.client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    found = bucket(macie, "data")["publicAccess"]
    assert found["effectivePermission"] == "NOT_PUBLIC"
    account = found["permissionConfiguration"]["accountLevelPermissions"]["blockPublicAccess"]
    assert account["restrictPublicBuckets"] is True


def test_a_policy_that_refuses_unencrypted_uploads(macie, s3):
    header = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    make(s3, "strict", {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Condition": header})
    assert bucket(macie, "strict")["allowsUnencryptedObjectUploads"] == "FALSE"


def test_criteria_really_filter(macie, s3):
    make(s3, "open", READ)
    make(s3, "shut")
    wanted = {"publicAccess.effectivePermission": {"eq": ["PUBLIC"]}}
    assert [one["bucketName"] for one in macie.describe_buckets(criteria=wanted)["buckets"]] == ["open"]
    prefix = {"bucketName": {"prefix": "sh"}}
    assert [one["bucketName"] for one in macie.describe_buckets(criteria=prefix)["buckets"]] == ["shut"]


def test_pages_come_one_after_the_other(macie, s3):
    for name in ("aaa", "bbb", "ccc"):
        s3.create_bucket(Bucket=name)
    sort = {"attributeName": "bucketName", "orderBy": "DESC"}
    first = macie.describe_buckets(maxResults=2, sortCriteria=sort)
    second = macie.describe_buckets(maxResults=2, sortCriteria=sort, nextToken=first["nextToken"])
    names = [one["bucketName"] for one in first["buckets"] + second["buckets"]]
    assert names == ["ccc", "bbb", "aaa"]
    assert "nextToken" not in second


def test_statistics_count_what_the_buckets_are(macie, s3):
    make(s3, "open", READ)
    make(s3, "shared", SHARE)
    make(s3, "shut")
    s3.put_object(Bucket="shut", Key="k", Body=b"1234")
    found = macie.get_bucket_statistics()
    assert found["bucketCount"] == 3
    assert found["bucketCountByEffectivePermission"] == {
        "publiclyAccessible": 1,
        "publiclyReadable": 1,
        "publiclyWritable": 0,
        "unknown": 0,
    }
    assert found["bucketCountBySharedAccessType"]["external"] == 2
    assert found["bucketCountByEncryptionType"]["s3Managed"] == 3
    assert (found["objectCount"], found["sizeInBytes"]) == (1, 4)


def test_a_bucket_that_discovery_has_not_analyzed_scores_50(macie, s3):
    s3.create_bucket(Bucket="data")
    macie.update_automated_discovery_configuration(status="ENABLED")
    found = bucket(macie, "data")
    assert found["automatedDiscoveryMonitoringStatus"] == "MONITORED"
    assert found["sensitivityScore"] == 50


def test_buckets_are_there_after_the_end_of_the_command(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        session.client("macie2").enable_macie()
        session.client("s3").create_bucket(Bucket="data")
    with LocalCloud(tmp_path / "state") as cloud:
        assert bucket(cloud.session(ACCOUNT, REGION).client("macie2"), "data")["bucketName"] == "data"


# jobs


def job(macie, **more):
    given = {"name": "j", "jobType": "ONE_TIME", "clientToken": "t"}
    where = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["data"]}]}
    return macie.create_classification_job(**{**given, "s3JobDefinition": where, **more})["jobId"]


def test_a_job_never_ends_because_nothing_is_looked_at(macie):
    made = macie.describe_classification_job(jobId=job(macie))
    assert made["jobStatus"] == "RUNNING"
    assert "lastRunErrorStatus" not in made


def test_a_scheduled_job_waits_for_its_time(macie):
    made = job(macie, jobType="SCHEDULED", scheduleFrequency={"dailySchedule": {}})
    assert macie.describe_classification_job(jobId=made)["jobStatus"] == "IDLE"


def test_a_cancelled_job_stays_cancelled(macie, s3):
    s3.create_bucket(Bucket="data")
    made = job(macie)
    assert bucket(macie, "data")["jobDetails"]["isDefinedInJob"] == "TRUE"
    macie.update_classification_job(jobId=made, jobStatus="CANCELLED")
    with pytest.raises(ClientError, match="ValidationException"):
        macie.update_classification_job(jobId=made, jobStatus="RUNNING")
    assert bucket(macie, "data")["jobDetails"]["isDefinedInJob"] == "FALSE"


def test_jobs_are_listed_by_what_is_asked(macie):
    kept = job(macie, name="kept")
    macie.update_classification_job(jobId=job(macie, name="gone"), jobStatus="CANCELLED")
    term = {"comparator": "EQ", "key": "jobStatus", "values": ["CANCELLED"]}
    rows = macie.list_classification_jobs(filterCriteria={"excludes": [term]})["items"]
    assert [row["jobId"] for row in rows] == [kept]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("get_sensitive_data_occurrences", {"findingId": "f"}),
        ("get_resource_profile", {"resourceArn": "arn:aws:s3:::data"}),
        ("list_resource_profile_detections", {"resourceArn": "arn:aws:s3:::data"}),
        ("get_usage_totals", {}),
        ("search_resources", {}),
    ],
)
def test_what_needs_a_look_into_objects_is_refused(macie, name, given):
    with pytest.raises(ClientError, match="NotEmulated"):
        getattr(macie, name)(**given)


# findings


def test_findings_keep_their_kind_and_are_counted_by_it(macie):
    macie.create_sample_findings(
        findingTypes=["Policy:IAMUser/S3BucketPublic", "SensitiveData:S3Object/Personal"]
    )
    macie.create_sample_findings(findingTypes=["Policy:IAMUser/S3BucketPublic"])
    wanted = {"criterion": {"category": {"eq": ["POLICY"]}}}
    ids = macie.list_findings(findingCriteria=wanted)["findingIds"]
    found = macie.get_findings(findingIds=ids)["findings"]
    assert [one["type"] for one in found] == ["Policy:IAMUser/S3BucketPublic"] * 2
    groups = macie.get_finding_statistics(groupBy="type")["countsByGroup"]
    assert groups == [
        {"count": 2, "groupKey": "Policy:IAMUser/S3BucketPublic"},
        {"count": 1, "groupKey": "SensitiveData:S3Object/Personal"},
    ]


def test_without_a_session_there_is_no_answer(session, macie):
    macie.disable_macie()
    for name in ("describe_buckets", "list_findings", "list_classification_jobs"):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(macie, name)()
