"""Stack events on SNS topics (CloudFormation API reference, CreateStack, NotificationARNs)."""

from __future__ import annotations

import json


def group(name: str) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}


def listen(cloud):
    """A topic, and the messages that come from it."""
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name="events")["TopicArn"]
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def received():
        found = []
        while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for item in batch:
                found.append(json.loads(item["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=item["ReceiptHandle"])
        return found

    return topic, received


def told(notices):
    """Logical id and status of each notification."""
    lines = [dict(line.split("=", 1) for line in n["Message"].splitlines()) for n in notices]
    return [(line["LogicalResourceId"].strip("'"), line["ResourceStatus"].strip("'")) for line in lines]


def test_every_event_of_an_operation_is_published(cloud):
    topic, received = listen(cloud)
    cloud.create("s", {"A": group("/a")}, NotificationARNs=[topic])
    notices = received()
    assert sorted(told(notices)) == sorted(cloud.events("s"))
    assert {notice["Subject"] for notice in notices} == {"AWS CloudFormation Notification"}
    assert f"StackId='{cloud.stack('s')['StackId']}'\n" in notices[0]["Message"]
    before = len(cloud.events("s"))
    cloud.update("s", {"A": group("/a"), "B": group("/b")})
    assert sorted(told(received())) == sorted(cloud.events("s")[before:])


def test_a_topic_that_is_gone_does_not_hold_the_stack_up(cloud):
    arn = "arn:aws:sns:eu-west-1:123456789012:absent"
    assert cloud.create("s", {"A": group("/a")}, NotificationARNs=[arn]) == "CREATE_COMPLETE"
