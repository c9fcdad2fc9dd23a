"""AWS::SNS and AWS::SQS types: their settings are attributes, each a text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    RefusedError,
    document,
    fails,
    setters,
    tag_changes,
)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (Mapping, list)) else str(value)


# -- AWS::SNS::Topic ---------------------------------------------------------------------------------------

_TOPIC = {
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "ContentBasedDeduplication": "false",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
    "ArchivePolicy": "{}",
    "FifoThroughputScope": "Topic",
}
"""attribute -> what it is when nothing is set (SNS API reference, SetTopicAttributes)"""


def _create_topic(context: Context, properties: Properties) -> str:
    name = properties.get("TopicName")
    fifo = _text(properties.get("FifoTopic", False)) == "true"
    if name is None:
        name = context.name(251) + (".fifo" if fifo else "")
    attributes = {key: _text(properties[key]) for key in (*_TOPIC, "FifoTopic") if key in properties}
    topic = context.client("sns").create_topic(
        Name=name,
        Attributes=attributes,
        Tags=[{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in properties.get("Tags", ())],
    )["TopicArn"]
    context.made(topic)
    return str(topic)


def _set_topic(context: Context, topic: str, change: Change) -> None:
    if not change.creating:
        value = _TOPIC[change.name] if change.new is None else _text(change.new)
        context.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName=change.name, AttributeValue=value
        )


def _set_data_protection(context: Context, topic: str, change: Change) -> None:
    policy = "{}" if change.new is None else document(change.new)
    context.client("sns").put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=policy)


def _set_subscribers(context: Context, topic: str, change: Change) -> None:
    sns = context.client("sns")
    wanted = {(each["Protocol"], each["Endpoint"]) for each in change.new or ()}
    before = {(each["Protocol"], each["Endpoint"]) for each in change.old or ()}
    for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        for found in page["Subscriptions"]:
            if (found["Protocol"], found["Endpoint"]) in before - wanted:
                sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])
    for protocol, endpoint in sorted(wanted - before):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def _set_topic_tags(context: Context, topic: str, change: Change) -> None:
    gone, put = tag_changes(change)
    sns = context.client("sns")
    if gone:
        sns.untag_resource(ResourceArn=topic, TagKeys=gone)
    if put:
        sns.tag_resource(ResourceArn=topic, Tags=put)


def _delete_topic(context: Context, topic: str, _properties: Properties) -> None:
    context.client("sns").delete_topic(TopicArn=topic)


def _topic_attributes(_context: Context, topic: str, _properties: Properties) -> dict[str, Any]:
    return {"TopicArn": topic, "TopicName": topic.rsplit(":", 1)[-1]}


# -- AWS::SNS::Subscription --------------------------------------------------------------------------------

_SUBSCRIPTION = (
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"),
    *("ReplayPolicy", "SubscriptionRoleArn"),
)


def _subscribe(context: Context, properties: Properties) -> str:
    region = properties.get("Region") or context.region
    subscription = context.client("sns", region).subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        **({"Endpoint": properties["Endpoint"]} if "Endpoint" in properties else {}),
        Attributes={name: _text(properties[name]) for name in _SUBSCRIPTION if name in properties},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    context.made(subscription)
    return str(subscription)


def _set_subscription(context: Context, subscription: str, change: Change) -> None:
    if change.creating:
        return
    if change.new is None and change.name not in ("FilterPolicy", "RedrivePolicy", "DeliveryPolicy"):
        raise RefusedError(f"{change.name}: the local cloud cannot take it back to its default")
    context.client("sns", change.properties.get("Region") or context.region).set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName=change.name,
        AttributeValue="{}" if change.new is None else _text(change.new),
    )


def _unsubscribe(context: Context, subscription: str, properties: Properties) -> None:
    client = context.client("sns", properties.get("Region") or context.region)
    client.unsubscribe(SubscriptionArn=subscription)


# -- policies ----------------------------------------------------------------------------------------------


def _topic_policy(context: Context, topics: Any, policy: str) -> None:
    for topic in topics:
        context.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=policy
        )


def _default_topic_policy(context: Context, topic: str) -> str:
    """SNS developer guide, "Default policy": the owner's account may use the topic."""
    actions = (
        *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"),
        *("Subscribe", "ListSubscriptionsByTopic", "Publish"),
    )
    return json.dumps(
        {
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [f"SNS:{action}" for action in actions],
                    "Resource": topic,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": context.account}},
                }
            ],
        }
    )


def _create_topic_policy(context: Context, properties: Properties) -> str:
    _topic_policy(context, properties["Topics"], document(properties["PolicyDocument"]))
    physical = context.name(128)
    context.made(physical)
    return physical


def _set_topic_policy(context: Context, _physical: str, change: Change) -> None:
    if change.creating:
        return
    if change.name == "Topics":
        for topic in set(change.old or ()) - set(change.new or ()):
            _topic_policy(context, [topic], _default_topic_policy(context, topic))
    _topic_policy(context, change.properties["Topics"], document(change.properties["PolicyDocument"]))


def _delete_topic_policy(context: Context, _physical: str, properties: Properties) -> None:
    for topic in properties["Topics"]:
        _topic_policy(context, [topic], _default_topic_policy(context, topic))


def _queue_policy(context: Context, queues: Any, policy: str) -> None:
    for queue in queues:
        context.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


def _create_queue_policy(context: Context, properties: Properties) -> str:
    _queue_policy(context, properties["Queues"], document(properties["PolicyDocument"]))
    physical = context.name(128)
    context.made(physical)
    return physical


def _set_queue_policy(context: Context, _physical: str, change: Change) -> None:
    if change.creating:
        return
    if change.name == "Queues":
        _queue_policy(context, set(change.old or ()) - set(change.new or ()), "")
    _queue_policy(context, change.properties["Queues"], document(change.properties["PolicyDocument"]))


def _delete_queue_policy(context: Context, _physical: str, properties: Properties) -> None:
    _queue_policy(context, properties["Queues"], "")


# -- AWS::SQS::Queue ---------------------------------------------------------------------------------------

_QUEUE = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "KmsMasterKeyId": "",
    "KmsDataKeyReusePeriodSeconds": "300",
    "SqsManagedSseEnabled": "true",
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
"""attribute -> what it is when nothing is set (SQS API reference, CreateQueue)"""


def _create_queue(context: Context, properties: Properties) -> str:
    fifo = _text(properties.get("FifoQueue", False)) == "true"
    name = properties.get("QueueName") or context.name(75) + (".fifo" if fifo else "")
    names = (*_QUEUE, *(["FifoQueue"] if fifo else []))
    queue = context.client("sqs").create_queue(
        QueueName=name,
        Attributes={key: _text(properties[key]) for key in names if key in properties},
        tags={tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", ())},
    )["QueueUrl"]
    context.made(queue)
    return str(queue)


def _set_queue(context: Context, queue: str, change: Change) -> None:
    if not change.creating:
        value = _QUEUE[change.name] if change.new is None else _text(change.new)
        context.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={change.name: value})


def _set_queue_tags(context: Context, queue: str, change: Change) -> None:
    gone, put = tag_changes(change)
    sqs = context.client("sqs")
    if gone:
        sqs.untag_queue(QueueUrl=queue, TagKeys=gone)
    if put:
        sqs.tag_queue(QueueUrl=queue, Tags={tag["Key"]: tag["Value"] for tag in put})


def _delete_queue(context: Context, queue: str, _properties: Properties) -> None:
    context.client("sqs").delete_queue(QueueUrl=queue)


def _queue_attributes(context: Context, queue: str, _properties: Properties) -> dict[str, Any]:
    name = queue.rsplit("/", 1)[-1]
    arn = f"arn:aws:sqs:{context.region}:{context.account}:{name}"
    return {"Arn": arn, "QueueName": name, "QueueUrl": queue}


PROVIDERS = {
    "AWS::SNS::Topic": Provider(
        create=_create_topic,
        delete=_delete_topic,
        takes=frozenset({"TopicName", "FifoTopic", "Tags", *_TOPIC}),
        setters={
            **setters(_TOPIC, _set_topic),
            "DataProtectionPolicy": _set_data_protection,
            "Subscription": _set_subscribers,
            "Tags": _set_topic_tags,
        },
        attributes=_topic_attributes,
        named_by="TopicName",
    ),
    "AWS::SNS::TopicPolicy": Provider(
        create=_create_topic_policy,
        delete=_delete_topic_policy,
        takes=frozenset({"Topics", "PolicyDocument"}),
        setters=setters(("Topics", "PolicyDocument"), _set_topic_policy),
        attributes=lambda _context, physical, _properties: {"Id": physical},
    ),
    "AWS::SNS::Subscription": Provider(
        create=_subscribe,
        delete=_unsubscribe,
        takes=frozenset({"TopicArn", "Protocol", "Endpoint", "Region", *_SUBSCRIPTION}),
        setters={
            **setters(_SUBSCRIPTION, _set_subscription),
            "Region": fails("a subscription stays in the Region of its topic"),
        },
        attributes=lambda _context, physical, _properties: {"Arn": physical},
    ),
    "AWS::SQS::Queue": Provider(
        create=_create_queue,
        delete=_delete_queue,
        takes=frozenset({"QueueName", "FifoQueue", "Tags", *_QUEUE}),
        setters={**setters(_QUEUE, _set_queue), "Tags": _set_queue_tags},
        attributes=_queue_attributes,
        named_by="QueueName",
    ),
    "AWS::SQS::QueuePolicy": Provider(
        create=_create_queue_policy,
        delete=_delete_queue_policy,
        takes=frozenset({"Queues", "PolicyDocument"}),
        setters=setters(("Queues", "PolicyDocument"), _set_queue_policy),
        attributes=lambda _context, physical, _properties: {"Id": physical},
    ),
}
