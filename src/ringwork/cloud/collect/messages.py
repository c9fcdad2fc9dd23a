"""Event buses and rules, queues, topics, alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Number, Parsed, Raw, Tags, look, parse_document

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

# -- Amazon EventBridge ------------------------------------------------------------------------------------

DEFAULT_BUS = "default"
BUSES = Listing("events", "ListEventBuses", "EventBuses")
RULES = Listing(
    "events",
    "ListEventBuses",
    "EventBuses",
    below=Below("ListRules", "Rules", lambda bus, where: {"EventBusName": bus["Name"]}),
)


def _rule_id(raw: Raw) -> str:
    """What Ref returns: the name, after the bus where that is not the account's own."""
    bus = raw.get("EventBusName", DEFAULT_BUS)
    return str(raw["Name"]) if bus == DEFAULT_BUS else f"{bus}|{raw['Name']}"


def _bus(raw: Raw) -> Any:
    bus = look(raw, "EventBusName")
    return MISSING if bus == DEFAULT_BUS else bus


RULE = Kind(
    "AWS::Events::Rule",
    RULES,
    physical=_rule_id,
    keep=lambda raw: not raw.get("ManagedBy"),  # services make rules of their own, which nobody can change
    details=(
        Detail(
            "$targets",
            "ListTargetsByRule",
            lambda raw, where: {"Rule": raw["Name"], "EventBusName": raw.get("EventBusName", DEFAULT_BUS)},
            result="Targets",
        ),
        Detail("$tags", "ListTagsForResource", lambda raw, where: {"ResourceARN": raw["Arn"]}, result="Tags"),
    ),
    properties={
        "Name": "Name",
        "Description": "Description",
        "EventBusName": Computed(_bus),
        "EventPattern": Parsed("EventPattern"),
        "ScheduleExpression": "ScheduleExpression",
        "State": "State",
        "RoleArn": "RoleArn",
        "Targets": "$targets",
        "Tags": Tags("$tags"),
    },
    attributes={"Arn": "Arn"},
    arn=lambda raw, where: raw["Arn"],
)


def _bus_statements(bus: Raw) -> Iterable[Raw]:
    policy = parse_document(bus.get("Policy"))
    if not isinstance(policy, Mapping):
        return
    for statement in policy.get("Statement", ()):
        yield {"EventBusName": bus["Name"], "StatementId": statement.get("Sid", ""), "Statement": statement}


EVENT_BUS_POLICY = Kind(
    "AWS::Events::EventBusPolicy",
    BUSES,
    expand=_bus_statements,
    physical=lambda raw: f"{raw['EventBusName']}|{raw['StatementId']}",
    properties={"EventBusName": "EventBusName", "StatementId": "StatementId", "Statement": "Statement"},
    identity=("EventBusName", "StatementId"),
)

# -- Amazon CloudWatch -------------------------------------------------------------------------------------

_SAME = (
    *("AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions"),
    *("InsufficientDataActions", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions"),
    *("Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator"),
    *("TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics", "ThresholdMetricId"),
)
"""Properties that DescribeAlarms and CloudFormation call and shape alike."""

ALARM = Kind(
    "AWS::CloudWatch::Alarm",
    Listing(
        "cloudwatch",
        "DescribeAlarms",
        "MetricAlarms",
        parameters=lambda where: {"AlarmTypes": ["MetricAlarm"]},
    ),
    physical=lambda raw: raw["AlarmName"],
    narrow=lambda physical: {"AlarmNames": [physical]},
    details=(
        Detail(
            "$tags", "ListTagsForResource", lambda raw, where: {"ResourceARN": raw["AlarmArn"]}, result="Tags"
        ),
    ),
    properties={**{name: name for name in _SAME}, "Tags": Tags("$tags")},
    attributes={"Arn": "AlarmArn"},
    arn=lambda raw, where: raw["AlarmArn"],
)

KINDS = (TOPIC, TOPIC_POLICY, SUBSCRIPTION, QUEUE, QUEUE_POLICY, RULE, EVENT_BUS_POLICY, ALARM)
