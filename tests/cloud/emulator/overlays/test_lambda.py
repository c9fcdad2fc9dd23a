"""The local cloud runs no code that it is given, by whichever way a function would be called.

Ways to invoke a function: Lambda developer guide, "Invoking Lambda with events from other AWS services".
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


class RanError(BaseException):
    """Not an `Exception`, so that no handler in between can hide it."""


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A session in which running a function fails the test."""
    from moto.awslambda.models import LambdaFunction

    def ran(*_arguments, **_more):
        raise RanError("a function was run")

    monkeypatch.setattr(LambdaFunction, "invoke", ran)
    monkeypatch.setattr(LambdaFunction, "_invoke_lambda", ran)
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


@pytest.fixture
def function(session):
    """The ARN of a function that everything of its account may call."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = session.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as packed:
        packed.writestr("index.py", "def handler(event, context): raise SystemExit")
    arn = session.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=role["Arn"],
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    for service in ("sns", "events", "s3", "logs"):
        session.client("lambda").add_permission(
            FunctionName="f",
            StatementId=service,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
        )
    return arn


def quietly(call, **parameters):
    """A call may be refused as not emulated; what it may not is run a function."""
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotEmulated":
            raise
        return False
    return True


@pytest.mark.parametrize("way", ["invoke", "invoke_async", "invoke_with_response_stream"])
def test_a_call_of_a_function_is_refused_and_says_why(session, function, way):
    given = {"InvokeArgs": b"{}"} if way == "invoke_async" else {"Payload": b"{}"}
    with pytest.raises(ClientError) as caught:
        getattr(session.client("lambda"), way)(FunctionName=function, **given)
    error = caught.value.response["Error"]
    assert error["Code"] == "NotEmulated"
    assert "runs no code" in error["Message"]


def test_a_function_that_is_not_there_is_not_found(session):
    """Lambda API reference, Invoke: ResourceNotFoundException."""
    with pytest.raises(ClientError) as caught:
        session.client("lambda").invoke(FunctionName="nowhere")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_message_to_a_topic_runs_no_subscriber(session, function):
    sns = session.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    if quietly(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=function):
        quietly(sns.publish, TopicArn=topic, Message="x")


def test_a_message_in_a_queue_runs_no_consumer(session, function):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = session.client("lambda").create_event_source_mapping
    if quietly(made, EventSourceArn=arn, FunctionName="f"):
        quietly(sqs.send_message, QueueUrl=url, MessageBody="x")


def test_an_event_runs_no_target(session, function):
    events = session.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["own"]}))
    if quietly(events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": function}]):
        quietly(events.put_events, Entries=[{"Source": "own", "DetailType": "d", "Detail": "{}"}])


def test_an_object_runs_no_listener(session, function):
    s3 = session.client("s3")
    s3.create_bucket(Bucket=f"listened-{ACCOUNT}")
    listening = {
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}]
    }
    given = {"Bucket": f"listened-{ACCOUNT}", "NotificationConfiguration": listening}
    if quietly(s3.put_bucket_notification_configuration, **given):
        quietly(s3.put_object, Bucket=f"listened-{ACCOUNT}", Key="k", Body=b"x")


def test_a_log_line_runs_no_subscriber(session, function):
    logs = session.client("logs")
    logs.create_log_group(logGroupName="/g")
    logs.create_log_stream(logGroupName="/g", logStreamName="s")
    given = {"logGroupName": "/g", "filterName": "x", "filterPattern": "", "destinationArn": function}
    if quietly(logs.put_subscription_filter, **given):
        event = {"timestamp": 1767225600000, "message": "x"}
        quietly(logs.put_log_events, logGroupName="/g", logStreamName="s", logEvents=[event])


def test_an_item_of_a_table_runs_no_consumer(session, function):
    dynamodb = session.client("dynamodb")
    table = dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    made = session.client("lambda").create_event_source_mapping
    if quietly(made, EventSourceArn=table["LatestStreamArn"], FunctionName="f", StartingPosition="LATEST"):
        quietly(dynamodb.put_item, TableName="t", Item={"k": {"S": "1"}})


def test_a_secret_s_rotation_runs_nothing(session, function):
    secrets = session.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="x")
    session.client("lambda").add_permission(
        FunctionName="f",
        StatementId="r",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    quietly(secrets.rotate_secret, SecretId="s", RotationLambdaARN=function)


def test_a_job_of_batch_is_refused(session):
    """Batch API reference, SubmitJob."""
    with pytest.raises(ClientError) as caught:
        session.client("batch").submit_job(jobName="j", jobQueue="q", jobDefinition="d")
    assert caught.value.response["Error"]["Code"] == "NotEmulated"


def test_a_mapping_is_kept_all_the_same(session, function):
    """Lambda API reference, CreateEventSourceMapping, ListEventSourceMappings."""
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = session.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="f")
    listed = session.client("lambda").list_event_source_mappings(FunctionName="f")["EventSourceMappings"]
    assert [one["UUID"] for one in listed] == [made["UUID"]]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == ["x"]
