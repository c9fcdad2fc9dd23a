"""AWS::Events::EventBusPolicy: one statement of a bus's policy, among those that others put there."""

from __future__ import annotations

import json
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    document,
    ignore_gone,
)

_VERSION = "2012-10-17"


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName", "default"))


def _put(context: Context, properties: Properties) -> None:
    """Resource reference, EventBusPolicy, Statement: a JSON object that replaces the older parameters."""
    events, bus = context.client("events"), _bus(properties)
    policy: dict[str, Any] = json.loads(events.describe_event_bus(Name=bus).get("Policy") or "{}")
    identity = str(properties["StatementId"])
    others = [each for each in policy.get("Statement", ()) if each.get("Sid") != identity]
    own = {**json.loads(document(properties["Statement"])), "Sid": identity}
    text = json.dumps({"Version": _VERSION, "Statement": [*others, own]})
    events.put_permission(EventBusName=bus, Policy=text)


def _create(context: Context, properties: Properties) -> str:
    _put(context, properties)
    physical = f"{_bus(properties)}|{properties['StatementId']}"
    context.made(physical)
    return physical


def _set_statement(context: Context, _physical: str, change: Change) -> None:
    if not change.creating:
        _put(context, change.properties)


def _delete(context: Context, _physical: str, properties: Properties) -> None:
    ignore_gone(
        context.client("events").remove_permission,
        EventBusName=_bus(properties),
        StatementId=str(properties["StatementId"]),
    )


PROVIDERS = {
    "AWS::Events::EventBusPolicy": Provider(
        create=_create,
        delete=_delete,
        takes=frozenset({"EventBusName", "StatementId", "Statement"}),
        setters={"Statement": _set_statement},
    ),
}
