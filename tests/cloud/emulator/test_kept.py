"""What one command makes, the next finds: for services whose state has locks, defaults and models in it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


def _queue(session):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    return lambda session: (
        session.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
    )


def _multipart(session):
    s3 = session.client("s3")
    s3.create_bucket(Bucket="data")
    upload = s3.create_multipart_upload(Bucket="data", Key="k", Metadata={"team": "ml"})["UploadId"]
    part = s3.upload_part(Bucket="data", Key="k", UploadId=upload, PartNumber=1, Body=b"part")
    s3.complete_multipart_upload(
        Bucket="data",
        Key="k",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )

    def kept(session):
        found = session.client("s3").get_object(Bucket="data", Key="k")
        return (found["Body"].read(), found["Metadata"]) == (b"part", {"team": "ml"})

    return kept


def _parameter(session):
    session.client("ssm").put_parameter(
        Name="/a", Value="v", Type="String", Tags=[{"Key": "team", "Value": "ml"}]
    )

    def kept(session):
        ssm = session.client("ssm")
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a")["TagList"]
        ssm.put_parameter(Name="/b", Value="new", Type="String")
        return ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "v" and tags[0]["Value"] == "ml"

    return kept


def _rule(session):
    config = session.client("config")
    source = {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}
    config.put_config_rule(ConfigRule={"ConfigRuleName": "r", "Source": source})

    def kept(session):
        rules = session.client("config").describe_config_rules()["ConfigRules"]
        return [one["ConfigRuleName"] for one in rules] == ["r"]

    return kept


def _function(session):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = session.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("h.py", "")
    client = session.client("lambda")
    client.create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": buffer.getvalue()}
    )
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")

    def kept(session):
        client = session.client("lambda")
        client.create_alias(FunctionName="f", Name="next", FunctionVersion="1")
        return {one["Name"] for one in client.list_aliases(FunctionName="f")["Aliases"]} == {"live", "next"}

    return kept


@pytest.mark.parametrize("make", [_queue, _multipart, _parameter, _rule, _function])
def test_it_is_there_for_the_next_command_and_for_the_one_after(tmp_path, make):
    with LocalCloud(tmp_path / "state") as cloud:
        kept = make(cloud.session(ACCOUNT, REGION))
    assert cloud.notices == []
    with LocalCloud(tmp_path / "state") as cloud:
        # a change, so that what was read is written again
        cloud.session(ACCOUNT, REGION).client("sns").create_topic(Name="t")
    with LocalCloud(tmp_path / "state") as cloud:
        assert kept(cloud.session(ACCOUNT, REGION))
    assert cloud.notices == []
