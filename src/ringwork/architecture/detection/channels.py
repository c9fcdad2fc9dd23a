"""Where what was seen arrives: in each account and Region a topic that mails, and a queue that is read.

Everything that rings publishes to the topic; everything that `ringwork ... watch` is to read goes to the
queue. What cannot be delivered waits in a dead letter queue, and an alarm says so.
"""

from __future__ import annotations

import hashlib

from ringwork.architecture import keys, names
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.environment import Shared

TOPIC_OUTPUT, QUEUE_OUTPUT = "AlarmTopicArn", "EventQueueArn"
QUEUE_URL_OUTPUT, DEAD_LETTERS_OUTPUT, KEY_OUTPUT = "EventQueueUrl", "DeadLetterQueueArn", "MessageKeyArn"
TOPIC, QUEUE, DEAD_LETTERS, KEY = "AlarmTopic", "EventQueue", "DeadLetterQueue", "MessageKey"
TWO_WEEKS = 1_209_600
"""Seconds: the most that SQS keeps a message (SQS API Reference, SetQueueAttributes)."""
TRIES = 5
_OPERATORS = (names.DEPLOY, names.BREAK_GLASS)


def channels(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """The topic, the queues, and their key. Those who are to be told are told by the security account."""
    detection = layout.blueprint.detection
    security = layout.shared[Shared.SECURITY].account_id == site.account_id
    _key(template, site)
    _topic(template, site, detection.contacts if security else ())
    _queues(template, site)
    for name, description, value in (
        (TOPIC_OUTPUT, "Topic that alarms publish to", ref(TOPIC)),
        (QUEUE_OUTPUT, "Queue of security events, for rules' targets", get_att(QUEUE, "Arn")),
        (QUEUE_URL_OUTPUT, "URL of the queue of security events, for who reads it", ref(QUEUE)),
        (DEAD_LETTERS_OUTPUT, "Queue of events that could not be delivered", get_att(DEAD_LETTERS, "Arn")),
        (KEY_OUTPUT, "Key of the topic and the queues", get_att(KEY, "Arn")),
    ):
        template.output(name, description, value)


def undelivered(template: TemplateBuilder, _layout: Layout, site: AccountSite) -> None:
    """The alarm of alarms."""
    template.add(
        "UndeliveredAlarm",
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": names.account_wide(site.organization, "undelivered"),
            "AlarmDescription": "Security events could not be delivered, or nobody could read them",
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": get_att(DEAD_LETTERS, "QueueName")}],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [ref(TOPIC)],
        },
        Purpose("DET-06", "An event that nobody gets is told to somebody"),
    )


def watcher() -> Json:
    """Who reads the queues: the audit role, which sees findings and no data."""
    return {"AWS": sub(names.role_arn(names.AUDIT))}


def _key(template: TemplateBuilder, site: AccountSite) -> None:
    """A key that protects messages only.

    EventBridge sends neither `aws:SourceArn` nor `aws:SourceAccount` to KMS (SNS, Key management;
    EventBridge, "My events are not delivered to the target Amazon SQS queue"): its statement has no
    condition, which is why the key protects nothing else. CloudWatch and Budgets send both.
    """
    template.add(
        KEY,
        "AWS::KMS::Key",
        {
            "Description": "Alarms and security events on their way",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    allow(
                        "EventsThroughRules",
                        ("kms:Decrypt", "kms:GenerateDataKey"),
                        principal={"Service": "events.amazonaws.com"},
                    ),
                    allow(
                        "AlarmsOfThisAccount",
                        ("kms:Decrypt", "kms:GenerateDataKey*"),
                        principal={"Service": ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]},
                        conditions={"StringEquals": {"aws:SourceAccount": sub("${AWS::AccountId}")}},
                    ),
                    allow(
                        "WatchersThroughSqs",
                        ("kms:Decrypt",),
                        principal=watcher(),
                        conditions={
                            "StringEquals": {"kms:ViaService": sub("sqs.${AWS::Region}.${AWS::URLSuffix}")}
                        },
                    ),
                ]
            ),
        },
        Purpose("DET-06, DAT-21", "Findings name people and buckets: they travel under a key of their own"),
        retain=True,
    )
    template.add(
        f"{KEY}Alias",
        "AWS::KMS::Alias",
        {"AliasName": names.key_alias(site.organization, "", "messages"), "TargetKeyId": ref(KEY)},
        Purpose("DAT-18", "A name that says what the key is for"),
    )


def _except_operators() -> dict[str, dict[str, Json]]:
    return {"ArnNotLike": {"aws:PrincipalArn": subs(names.administrative_role_arns(*_OPERATORS))}}


def _topic(template: TemplateBuilder, site: AccountSite, contacts: tuple[str, ...]) -> None:
    template.add(
        TOPIC,
        "AWS::SNS::Topic",
        {
            "TopicName": names.account_wide(site.organization, "alarms"),
            "DisplayName": f"Ringwork alarms of {site.organization}"[:100],
            "KmsMasterKeyId": get_att(KEY, "Arn"),
        },
        Purpose("DET-06", "Every alarm of this account and Region publishes here"),
    )
    template.add(
        f"{TOPIC}Policy",
        "AWS::SNS::TopicPolicy",
        {
            "Topics": [ref(TOPIC)],
            "PolicyDocument": document(
                [
                    # EventBridge honours no condition in a topic's policy (EventBridge, "Using
                    # resource-based policies", Amazon SNS permissions)
                    allow(
                        "RulesPublish",
                        ("sns:Publish",),
                        [ref(TOPIC)],
                        principal={"Service": "events.amazonaws.com"},
                    ),
                    allow(
                        "AlarmsPublish",
                        ("sns:Publish",),
                        [ref(TOPIC)],
                        principal={"Service": ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]},
                        conditions={"StringEquals": {"aws:SourceAccount": sub("${AWS::AccountId}")}},
                    ),
                    deny(
                        "PlainHttp",
                        ("sns:Publish",),
                        [ref(TOPIC)],
                        principal="*",
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                    deny(
                        "NobodySilencesOrListens",
                        (
                            *("sns:AddPermission", "sns:DeleteTopic", "sns:RemovePermission"),
                            *("sns:SetTopicAttributes", "sns:Subscribe"),
                        ),
                        [ref(TOPIC)],
                        principal="*",
                        conditions=_except_operators(),
                    ),
                ]
            ),
        },
        Purpose(
            "DET-06, DET-13", "Only alarms and rules publish; only those who deploy subscribe or silence"
        ),
    )
    for contact in contacts:
        template.add(
            f"Contact{hashlib.sha256(contact.encode()).hexdigest()[:8]}",
            "AWS::SNS::Subscription",
            {"TopicArn": ref(TOPIC), "Protocol": "email", "Endpoint": contact},
            Purpose("DET-06", "Somebody is told; they confirm once, by the mail that SNS sends them"),
        )


def _queues(template: TemplateBuilder, site: AccountSite) -> None:
    common = {"KmsMasterKeyId": get_att(KEY, "Arn"), "MessageRetentionPeriod": TWO_WEEKS}
    template.add(
        DEAD_LETTERS,
        "AWS::SQS::Queue",
        {"QueueName": names.account_wide(site.organization, "dead-letters"), **common},
        Purpose("DET-06", "Keeps what could not be delivered, so that no finding is lost unseen"),
    )
    template.add(
        QUEUE,
        "AWS::SQS::Queue",
        {
            "QueueName": names.account_wide(site.organization, "events"),
            "VisibilityTimeout": 120,
            "RedrivePolicy": {"deadLetterTargetArn": get_att(DEAD_LETTERS, "Arn"), "maxReceiveCount": TRIES},
            **common,
        },
        Purpose("DET-06", "Security events wait here for the guard that watches"),
    )
    for queue in (DEAD_LETTERS, QUEUE):
        template.add(
            f"{queue}Policy",
            "AWS::SQS::QueuePolicy",
            {"Queues": [ref(queue)], "PolicyDocument": document(_queue_statements(queue))},
            Purpose("DET-06, DET-13", "Rules of this account send, the audit role reads, nobody empties it"),
        )


def _queue_statements(queue: str) -> list[Statement]:
    arn = get_att(queue, "Arn")
    return [
        allow(
            "RulesOfThisAccountSend",
            ("sqs:SendMessage",),
            [arn],
            principal={"Service": "events.amazonaws.com"},
            conditions={
                "ArnLike": {
                    "aws:SourceArn": sub(
                        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
                    )
                }
            },
        ),
        allow(
            "WatchersReceive",
            (
                *("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
                *("sqs:GetQueueUrl", "sqs:ReceiveMessage"),
            ),
            [arn],
            principal=watcher(),
        ),
        deny(
            "PlainHttp",
            ("sqs:*",),
            [arn],
            principal="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        deny(
            "NobodyEmptiesIt",
            (
                *("sqs:AddPermission", "sqs:DeleteQueue", "sqs:PurgeQueue"),
                *("sqs:RemovePermission", "sqs:SetQueueAttributes"),
            ),
            [arn],
            principal="*",
            conditions=_except_operators(),
        ),
    ]
