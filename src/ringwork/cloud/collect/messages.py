"""Event buses and rules, queues, topics, alarms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Number, Parsed, Raw, Tags, look

_PENDING = frozenset({"PendingConfirmation", "Deleted"})
"""What ListSubscriptions shows in place of an ARN (SNS API Reference, Subscription)."""


def _flag(path: str) -> Computed:
    """A boolean that the API gives as text."""

    def read(raw: Raw) -> Any:
        value = look(raw, path)
        return value if value is MISSING else value == "true"

    return Computed(read)


def _tail(path: str, separator: str) -> Computed:
    """The last part of a name."""

    def read(raw: Raw) -> Any:
        value = look(raw, path)
        return value if value is MISSING else value.rsplit(separator, 1)[-1]

    return Computed(read)


def _alone(path: str) -> Computed:
    """A list with one value."""

    def read(raw: Raw) -> Any:
        value = look(raw, path)
        return value if value is MISSING else [value]

    return Computed(read)


# -- Amazon SNS --------------------------------------------------------------------------------------------

TOPICS = Listing("sns", "ListTopics", "Topics")


def _topic(raw: Raw, where: Where) -> dict[str, str]:
    return {"TopicArn": raw["TopicArn"]}


TOPIC = Kind(
    "AWS::SNS::Topic",
    TOPICS,
    physical=lambda raw: raw["TopicArn"],
    details=(
        Detail("$topic", "GetTopicAttributes", _topic, result="Attributes"),
        Detail(
            "$tags",
            "ListTagsForResource",
            lambda raw, where: {"ResourceArn": raw["TopicArn"]},
            result="Tags",
        ),
    ),
    properties={
        "TopicName": _tail("TopicArn", ":"),
        "DisplayName": "$topic.DisplayName",
        "KmsMasterKeyId": "$topic.KmsMasterKeyId",
        "FifoTopic": _flag("$topic.FifoTopic"),
        "SignatureVersion": "$topic.SignatureVersion",
        "TracingConfig": "$topic.TracingConfig",
        "Tags": Tags("$tags"),
    },
    arn=lambda raw, where: raw["TopicArn"],
)

TOPIC_POLICY = Kind(
    "AWS::SNS::TopicPolicy",
    TOPICS,
    physical=lambda raw: raw["TopicArn"],
    details=(Detail("$topic", "GetTopicAttributes", _topic, result="Attributes"),),
    properties={
        "Topics": _alone("TopicArn"),
        "PolicyDocument": Parsed("$topic.Policy"),
    },
    identity=("Topics",),
)


def _subscription_id(raw: Raw) -> str:
    """Its ARN; until the subscriber confirms, what makes it different from others."""
    arn = str(raw["SubscriptionArn"])
    return f"{raw['TopicArn']}|{raw['Protocol']}|{raw['Endpoint']}" if arn in _PENDING else arn


_SUBSCRIBED = Detail(
    "$subscription",
    "GetSubscriptionAttributes",
    lambda raw, where: {"SubscriptionArn": raw["SubscriptionArn"]},
    result="Attributes",
    when=lambda raw: raw["SubscriptionArn"] not in _PENDING,
    # a subscription that ended between the two calls
    absent=frozenset({"NotFound"}),
)

SUBSCRIPTION = Kind(
    "AWS::SNS::Subscription",
    Listing("sns", "ListSubscriptions", "Subscriptions"),
    physical=_subscription_id,
    details=(_SUBSCRIBED,),
    properties={
        "TopicArn": "TopicArn",
        "Protocol": "Protocol",
        "Endpoint": "Endpoint",
        "FilterPolicy": Parsed("$subscription.FilterPolicy"),
        "RawMessageDelivery": _flag("$subscription.RawMessageDelivery"),
        "RedrivePolicy": Parsed("$subscription.RedrivePolicy"),
    },
    identity=("TopicArn", "Protocol", "Endpoint"),
)

# -- Amazon SQS --------------------------------------------------------------------------------------------

QUEUES = Listing("sqs", "ListQueues", "QueueUrls", parameters=lambda where: {"MaxResults": 1000})
"""Without `MaxResults` the answer ends after 1,000 queues, and says nothing of it (SQS API Reference)."""


def _urls(url: Any) -> Iterable[Raw]:
    return ({"QueueUrl": url},)


def _queue(raw: Raw, where: Where) -> dict[str, Any]:
    return {"QueueUrl": raw["QueueUrl"], "AttributeNames": ["All"]}


_ATTRIBUTES = Detail("$queue", "GetQueueAttributes", _queue, result="Attributes")


def _own_encryption(raw: Raw) -> Any:
    """Asked only where no key is named: with one, SQS answers false."""
    return MISSING if look(raw, "$queue.KmsMasterKeyId") is not MISSING else _SSE.function(raw)


_SSE = _flag("$queue.SqsManagedSseEnabled")

QUEUE = Kind(
    "AWS::SQS::Queue",
    QUEUES,
    expand=_urls,
    physical=lambda raw: raw["QueueUrl"],
    details=(
        _ATTRIBUTES,
        Detail("$tags", "ListQueueTags", lambda raw, where: {"QueueUrl": raw["QueueUrl"]}, result="Tags"),
    ),
    properties={
        "QueueName": _tail("QueueUrl", "/"),
        "DelaySeconds": Number("$queue.DelaySeconds"),
        "MaximumMessageSize": Number("$queue.MaximumMessageSize"),
        "MessageRetentionPeriod": Number("$queue.MessageRetentionPeriod"),
        "ReceiveMessageWaitTimeSeconds": Number("$queue.ReceiveMessageWaitTimeSeconds"),
        "VisibilityTimeout": Number("$queue.VisibilityTimeout"),
        "KmsMasterKeyId": "$queue.KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds": Number("$queue.KmsDataKeyReusePeriodSeconds"),
        "SqsManagedSseEnabled": Computed(_own_encryption),
        "FifoQueue": _flag("$queue.FifoQueue"),
        "RedrivePolicy": Parsed("$queue.RedrivePolicy"),
        "RedriveAllowPolicy": Parsed("$queue.RedriveAllowPolicy"),
        "Tags": Tags("$tags"),
    },
    attributes={"Arn": "$queue.QueueArn"},
    arn=lambda raw, where: look(raw, "$queue.QueueArn") if isinstance(raw.get("$queue"), dict) else None,
)

QUEUE_POLICY = Kind(
    "AWS::SQS::QueuePolicy",
    QUEUES,
    expand=_urls,
    physical=lambda raw: raw["QueueUrl"],
    details=(
        Detail(
            "$policy",
            "GetQueueAttributes",
            lambda raw, where: {"QueueUrl": raw["QueueUrl"], "AttributeNames": ["Policy"]},
            result="Attributes",
        ),
    ),
    properties={
        "Queues": _alone("QueueUrl"),
        "PolicyDocument": Parsed("$policy.Policy"),
    },
    identity=("Queues",),
    exists_by="$policy",
)

KINDS = (TOPIC, TOPIC_POLICY, SUBSCRIPTION, QUEUE, QUEUE_POLICY)
