"""Calls are recorded as CloudTrail does ("CloudTrail record contents"), found again, and delivered."""

from __future__ import annotations

import gzip
import json

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.record.log import SEGMENT, EventLog

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud


def lookup(session, key, value):
    pages = session.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    return [json.loads(event["CloudTrailEvent"]) for event in pages["Events"]]


def test_a_call_is_an_event_with_who_what_and_where(cloud):
    session = cloud.session(ACCOUNT, REGION)
    session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    (event,) = lookup(session, "EventName", "CreateVpc")
    assert event["eventSource"] == "ec2.amazonaws.com"
    assert event["userIdentity"]["type"] == "AssumedRole"
    assert (
        event["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "ringwork-local-administrator"
    )
    assert event["requestParameters"]["cidrBlock"] == "10.0.0.0/16"
    assert event["responseElements"]["vpc"]["cidrBlock"] == "10.0.0.0/16"
    assert (event["readOnly"], event["managementEvent"], event["recipientAccountId"]) == (
        False,
        True,
        ACCOUNT,
    )


def test_secrets_and_data_are_not_written_down(cloud):
    session = cloud.session(ACCOUNT, REGION)
    session.client("secretsmanager").create_secret(Name="s", SecretString="hunter2")
    iam = session.client("iam")
    iam.create_user(UserName="ada")
    made = iam.create_access_key(UserName="ada")["AccessKey"]
    key = session.client("kms").create_key()["KeyMetadata"]["KeyId"]
    session.client("kms").encrypt(KeyId=key, Plaintext=b"hunter2")
    text = json.dumps(
        [event["CloudTrailEvent"] for event in session.client("cloudtrail").lookup_events()["Events"]]
    )
    assert "hunter2" not in text
    assert made["SecretAccessKey"] not in text
    assert made["AccessKeyId"] in text


def test_a_refused_call_is_recorded_with_its_error(cloud):
    session = cloud.session(ACCOUNT, REGION)
    iam = session.client("iam")
    iam.create_user(UserName="nobody")
    made = iam.create_access_key(UserName="nobody")["AccessKey"]
    with cloud.serve() as serving:
        client = boto3.client(
            "iam",
            endpoint_url=serving.endpoint,
            region_name=REGION,
            aws_access_key_id=made["AccessKeyId"],
            aws_secret_access_key=made["SecretAccessKey"],
        )
        with pytest.raises(ClientError):
            client.list_roles()
    event = lookup(session, "Username", "nobody")[0]
    assert (event["eventName"], event["errorCode"]) == ("ListRoles", "AccessDenied")
    assert event["sourceIPAddress"] == "127.0.0.1"


def test_what_a_service_itself_refuses_is_recorded_with_its_error(cloud):
    session = cloud.session(ACCOUNT, REGION)
    with pytest.raises(ClientError):
        session.client("iam").get_role(RoleName="nobody")
    with pytest.raises(ClientError):
        session.client("ec2").delete_internet_gateway(InternetGatewayId="igw-0123456789abcdef0")
    (event,) = lookup(session, "EventName", "GetRole")
    assert event["errorCode"] == "NoSuchEntity"
    (event,) = lookup(session, "EventName", "DeleteInternetGateway")
    assert (event["errorCode"], event["responseElements"]) == ("InvalidInternetGatewayID.NotFound", None)


def test_assuming_a_role_of_another_account_is_recorded_in_both(cloud):
    here, there = cloud.session(ACCOUNT, REGION), cloud.session(OTHER, REGION)
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    there.client("iam").create_role(RoleName="guest", AssumeRolePolicyDocument=document)
    here.client("sts").assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/guest", RoleSessionName="s1")
    (one,) = lookup(here, "EventName", "AssumeRole")
    (two,) = lookup(there, "EventName", "AssumeRole")
    assert (one["recipientAccountId"], two["recipientAccountId"]) == (ACCOUNT, OTHER)
    assert one["responseElements"]["credentials"]["secretAccessKey"] == "HIDDEN_DUE_TO_SECURITY_REASONS"


def test_events_are_there_in_the_next_command(cloud, tmp_path):
    cloud.session(ACCOUNT, REGION).client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    cloud.__exit__(None, None, None)
    with LocalCloud(tmp_path / "state") as again:
        assert len(lookup(again.session(ACCOUNT, REGION), "EventName", "CreateVpc")) == 1
    cloud.__enter__()


# trails

BUCKET = "trail-of-111122223333"


def trail(session, *, admitted, selectors=None):
    s3, cloudtrail = session.client("s3"), session.client("cloudtrail")
    s3.create_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket="data-of-111122223333")
    if admitted:
        # CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"
        allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        statements = [
            {**allow, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"},
            {
                **allow,
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",
                "Condition": {
                    "StringEquals": {
                        "s3:x-amz-acl": "bucket-owner-full-control",
                        "aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all",
                    }
                },
            },
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        s3.put_bucket_policy(Bucket=BUCKET, Policy=document)
    cloudtrail.create_trail(Name="all", S3BucketName=BUCKET)
    if selectors:
        cloudtrail.put_event_selectors(TrailName="all", **selectors)
    cloudtrail.start_logging(Name="all")


def delivered(session):
    s3 = session.client("s3")
    records = []
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        records += [(item["Key"], record) for record in json.loads(gzip.decompress(body))["Records"]]
    return records


def test_a_trail_delivers_to_a_bucket_that_admits_it(cloud):
    session = cloud.session(ACCOUNT, REGION)
    trail(session, admitted=True)
    session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    session.client("s3").put_object(Bucket="data-of-111122223333", Key="k", Body=b"x")
    cloud.checkpoint()
    found = delivered(session)
    names = {record["eventName"] for _, record in found}
    assert "CreateVpc" in names
    assert "PutObject" not in names, "data events only where a selector asks for them"
    assert all(key.startswith(f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2") for key, _ in found)
    assert all(key.endswith(".json.gz") for key, _ in found)
    status = session.client("cloudtrail").get_trail_status(Name="all")
    assert status["IsLogging"]
    assert status["LatestDeliveryError"] == ""


def test_a_bucket_that_does_not_admit_cloudtrail_gets_nothing(cloud):
    session = cloud.session(ACCOUNT, REGION)
    trail(session, admitted=False)
    session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    cloud.checkpoint()
    assert delivered(session) == []
    status = session.client("cloudtrail").get_trail_status(Name="all")
    assert status["LatestDeliveryError"] == "AccessDenied"


SELECTORS = {
    "basic": {
        "EventSelectors": [
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": False,
                "DataResources": [
                    {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data-of-111122223333/"]}
                ],
            }
        ]
    },
    "advanced": {
        "AdvancedEventSelectors": [
            {
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]},
                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                    {"Field": "readOnly", "Equals": ["false"]},
                    {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::data-of-111122223333/"]},
                ]
            }
        ]
    },
}


@pytest.mark.parametrize("kind", SELECTORS)
def test_data_events_go_to_a_trail_that_selects_them(cloud, kind):
    session = cloud.session(ACCOUNT, REGION)
    trail(session, admitted=True, selectors=SELECTORS[kind])
    s3 = session.client("s3")
    s3.put_object(Bucket="data-of-111122223333", Key="k", Body=b"x")
    s3.get_object(Bucket="data-of-111122223333", Key="k")
    session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    cloud.checkpoint()
    assert [record["eventName"] for _, record in delivered(session)] == ["PutObject"]


# the log itself


@settings(max_examples=20)
@given(st.integers(0, 3 * SEGMENT), st.sets(st.integers(1, 3 * SEGMENT), max_size=4))
def test_the_log_gives_back_everything_newest_first(count, saves):
    parts = {}
    log = EventLog(lambda: parts, parts.get)
    for number in range(1, count + 1):
        log.append(ACCOUNT, REGION, {"eventTime": "2999-01-01T00:00:00Z", "n": number})
        if number in saves:
            parts.update(log.changes())
            log.saved()
            log = EventLog(lambda: parts, parts.get)
    assert [event["n"] for event in log.newest_first(ACCOUNT, REGION)] == list(range(count, 0, -1))
