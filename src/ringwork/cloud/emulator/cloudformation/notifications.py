"""Events of a stack, published to its NotificationARNs.

User Guide, "Stack options": Amazon SNS topics that get every event of the stack. AWS publishes each event as
it happens; the local cloud publishes those of an operation when it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.emulator.cloudformation.state import StackRecord

SUBJECT = "AWS CloudFormation Notification"

_LINES = (
    *("StackId", "Timestamp", "EventId", "LogicalResourceId", "Namespace", "PhysicalResourceId"),
    *("ResourceProperties", "ResourceStatus", "ResourceStatusReason", "ResourceType", "StackName"),
    "ClientRequestToken",
)


def message(stack: StackRecord, event: Mapping[str, Any]) -> str:
    """The text of one notification: a line for each member of the event."""
    values = {**event, "StackId": stack.id, "StackName": stack.name, "Namespace": stack.account}
    return "".join(f"{name}='{values.get(name, 'null')}'\n" for name in _LINES)


def publish(stack: StackRecord, events: Sequence[Mapping[str, Any]], sns: Any) -> None:
    """Publish `events` with the client `sns`. A topic that refuses does not hold the stack up."""
    for topic in stack.settings.get("NotificationARNs", ()):
        for event in events:
            try:
                sns.publish(TopicArn=topic, Subject=SUBJECT, Message=message(stack, event))
            except (ClientError, BotoCoreError):
                break
