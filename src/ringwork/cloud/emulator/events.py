"""EventBridge: events on a bus, and their way to the targets of its rules.

Every delivery is a call of its own, made by the service principal `events.amazonaws.com` on behalf of the
rule, so a target's resource policy must admit it. What cannot be delivered goes to the target's dead-letter
queue, if it has one.

Sources: EventBridge user guide, "Events from AWS services", "Event structure reference", "Using
resource-based policies for Amazon EventBridge", "Input transformation"; API reference, PutEvents.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator import event_patterns
from ringwork.cloud.emulator.accounts import Caller

if TYPE_CHECKING:
    from ringwork.cloud.emulator.overlays.call import Call

_LOG = logging.getLogger(__name__)
_PRINCIPAL = "events.amazonaws.com"
_DEFAULT = "default"


def emit(
    call: Call, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
) -> None:
    """Put an event of an AWS service on the default bus of the call's account and Region."""
    deliver(call, _DEFAULT, event(call, source, detail_type, detail, resources))


def event(
    call: Call,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str] = (),
    time: datetime | None = None,
) -> dict[str, Any]:
    """An event in EventBridge's structure."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": call.account,
        "time": (time or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": call.region,
        "resources": list(resources),
        "detail": dict(detail),
        # what an input template may name besides (EventBridge user guide, "Input transformation")
        "ingestion-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def deliver(call: Call, bus: str, made: dict[str, Any]) -> None:
    """Send an event to the targets of every enabled rule of a bus that matches it."""
    from moto.events.models import events_backends  # noqa: PLC0415

    call.load("events")
    found = events_backends[call.account][call.region].event_buses.get(bus)
    for rule in list(found.rules.values()) if found is not None else ():
        # a rule with a schedule only has no pattern, and takes no event
        pattern = rule.event_pattern.get_pattern()
        if rule.state == "ENABLED" and pattern and event_patterns.matches(pattern, made):
            for target in rule.targets:
                _send(call, rule, target, made)


def _send(call: Call, rule: Any, target: Mapping[str, Any], made: dict[str, Any]) -> None:
    arn = str(target["Arn"])
    _, _, service, region, account, resource = arn.split(":", 5)

    def client(name: str) -> Any:
        return call.client(name, principal=_PRINCIPAL, account=account, region=region, source_arn=rule.arn)

    body = _input(rule, target, made)
    made = {name: value for name, value in made.items() if name != "ingestion-time"}
    try:
        if service == "sqs":
            _to_queue(client("sqs"), account, region, resource, body, target)
        elif service == "sns":
            client("sns").publish(TopicArn=arn, Message=body)
        elif service == "logs":
            _to_log(client("logs"), resource, body, made["id"])
        elif service == "events" and resource.startswith("event-bus/"):
            _between_buses(call, rule, target, region).put_events(Entries=[_entry(arn, made)])
        elif service == "events":
            rule._send_to_events_archive(made.get("archive-arn", arn).rpartition("/")[2], made)
        else:
            _LOG.warning("the local cloud delivers no events to %s", arn)
    except ClientError as error:
        _LOG.warning("event %s of rule %s is not delivered to %s: %s", made["id"], rule.arn, arn, error)
        _to_dead_letters(call, rule, target, body, error)


def _input(rule: Any, target: Mapping[str, Any], made: dict[str, Any]) -> str:
    """What the target gets: the event, a part of it, a constant, or a template filled from it."""
    if target.get("Input"):
        return str(target["Input"])
    shown = {name: value for name, value in made.items() if name != "ingestion-time"}
    if target.get("InputPath"):
        found = _at(shown, str(target["InputPath"]))
        return json.dumps(found[0] if found else None)
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(shown)
    values = {
        "aws.events.event": {name: value for name, value in shown.items() if name != "detail"},
        "aws.events.event.ingestion-time": made["ingestion-time"],
        "aws.events.event.json": shown,
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
    }
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        found = _at(shown, str(path))
        if found:
            values[name] = found[0]
    return filled(str(transformer["InputTemplate"]), values)


def _at(made: Mapping[str, Any], path: str) -> list[Any]:
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415

    return [match.value for match in parse(path).find(made)]


_PLACE = re.compile(r'\\.|"|<([A-Za-z0-9._-]+)>')


def filled(template: str, values: Mapping[str, Any]) -> str:
    """An input template with its variables replaced.

    EventBridge user guide, "Input transformation": in a quoted text a variable is text; elsewhere it is a
    JSON value, so that a string gets its quotes; one whose path is not in the event does not appear.
    """
    quoted = False

    def value(match: re.Match[str]) -> str:
        nonlocal quoted
        if match[1] is None:
            quoted = quoted != (match[0] == '"')
            return match[0]
        if match[1] not in values:
            return ""
        text = json.dumps(values[match[1]])
        if not quoted:
            return text
        return text[1:-1] if isinstance(values[match[1]], str) else text.replace('"', "")

    return _PLACE.sub(value, template)


def _to_queue(sqs: Any, account: str, region: str, name: str, body: str, target: Mapping[str, Any]) -> None:
    group = target.get("SqsParameters", {}).get("MessageGroupId")
    sqs.send_message(
        QueueUrl=f"https://sqs.{region}.amazonaws.com/{account}/{name}",
        MessageBody=body,
        **({"MessageGroupId": group} if group else {}),
    )


def _to_log(logs: Any, resource: str, body: str, identifier: str) -> None:
    group = resource.removeprefix("log-group:").removesuffix(":*")
    logs.create_log_stream(logGroupName=group, logStreamName=identifier)
    stamp = int(datetime.now(UTC).timestamp() * 1000)
    logs.put_log_events(
        logGroupName=group, logStreamName=identifier, logEvents=[{"timestamp": stamp, "message": body}]
    )


def _between_buses(call: Call, rule: Any, target: Mapping[str, Any], region: str) -> Any:
    """A client that puts events on another bus: with the target's role, or in the name of the account that
    the rule is in (user guide, "Sending and receiving events between AWS accounts")."""
    role = target.get("RoleArn")
    if role is None:
        root = Caller(
            call.account, f"arn:aws:iam::{call.account}:root", call.account, kind="root", source_arn=rule.arn
        )
        return call.surroundings.client(root, "events", call.account, region)
    sts = call.client("sts", principal=_PRINCIPAL, source_arn=rule.arn)
    user = sts.assume_role(RoleArn=role, RoleSessionName="events")["AssumedRoleUser"]
    session = Caller(call.account, user["Arn"], user["AssumedRoleId"], role=str(role), source_arn=rule.arn)
    return call.surroundings.client(session, "events", call.account, region)


def _entry(bus: str, made: dict[str, Any]) -> dict[str, Any]:
    return {
        "EventBusName": bus,
        "Time": made["time"],
        "Source": made["source"],
        "DetailType": made["detail-type"],
        "Detail": json.dumps(made["detail"]),
        "Resources": made["resources"],
    }


def _to_dead_letters(call: Call, rule: Any, target: Mapping[str, Any], body: str, error: ClientError) -> None:
    """EventBridge user guide, "Using dead-letter queues": the event with attributes that say why."""
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if not queue:
        return
    _, _, _, region, account, name = str(queue).split(":", 5)
    sqs = call.client("sqs", principal=_PRINCIPAL, account=account, region=region, source_arn=rule.arn)
    said = error.response.get("Error", {})
    attributes = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": str(target["Arn"]),
        "ERROR_CODE": str(said.get("Code", "")),
        "ERROR_MESSAGE": str(said.get("Message", ""))[:500] or "-",
    }
    try:
        sqs.send_message(
            QueueUrl=f"https://sqs.{region}.amazonaws.com/{account}/{name}",
            MessageBody=body,
            MessageAttributes={
                key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
            },
        )
    except ClientError as second:
        _LOG.warning("the dead-letter queue %s refuses: %s", queue, second)
