"""EventBridge: putting events, and trying patterns.

Source: EventBridge API reference, PutEvents, TestEventPattern.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator import event_patterns, events
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_MOST = 10


def _put_events(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Users cannot put events whose source begins with `aws.`; other services' events come by `emit`."""
    entries = call.parameters.get("Entries") or ()
    if len(entries) > _MOST:
        raise AwsError("ValidationException", "PutEvents takes at most 10 entries")
    answered = [_put(call, entry) for entry in entries]
    failed = sum("ErrorCode" in one for one in answered)
    return {"FailedEntryCount": failed, "Entries": answered}


def _bus(call: Call, named: str) -> tuple[Call, str]:
    """Where a bus is, and its name: one of another account or Region is named by its ARN. Whether the caller
    may put events there has been decided."""
    if not named.startswith("arn:"):
        return call, named.rpartition("/")[2] or "default"
    region, account, resource = named.split(":", 5)[3:]
    return replace(call, account=account, region=region), resource.partition("/")[2]


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    # a rule that sends an AWS service's event to another bus names itself as where it comes from
    forwarded = call.caller.kind == "service" or call.caller.source_arn is not None
    if str(entry["Source"]).startswith("aws.") and not forwarded:
        return {
            "ErrorCode": "NotAuthorizedForSourceException",
            "ErrorMessage": "Not authorized for the source.",
        }
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    made = events.event(
        call, entry["Source"], entry["DetailType"], detail, entry.get("Resources") or (), _time(entry)
    )
    # an event for a bus that is not there is accepted, and matches no rule
    events.deliver(*_bus(call, str(entry.get("EventBusName") or "")), made)
    return {"EventId": made["id"]}


def _time(entry: Mapping[str, Any]) -> datetime | None:
    given = entry.get("Time")
    if given is None or isinstance(given, datetime):
        return given
    return datetime.fromtimestamp(float(given), UTC)


def _pattern(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
        event_patterns.check(found)
    except ValueError as error:
        message = f"Event pattern is not valid. Reason: {error}"
        raise AwsError("InvalidEventPatternException", message) from None
    pattern: Mapping[str, Any] = found
    return pattern


def _test_pattern(call: Call, _proceed: Proceed) -> dict[str, Any]:
    try:
        event = json.loads(call.parameters["Event"])
    except ValueError:
        raise AwsError("ValidationException", "Parameter Event is not valid.") from None
    missing = next((name for name in _OF_EVENTS if name not in event), None)
    if missing is not None:
        raise AwsError("ValidationException", f"Parameter Event is not valid. Reason: no {missing}.")
    return {"Result": event_patterns.matches(_pattern(call.parameters["EventPattern"]), event)}


_OF_EVENTS = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What an event must have (API reference, TestEventPattern)"""


def _put_rule(call: Call, proceed: Proceed) -> dict[str, Any]:
    if call.parameters.get("EventPattern"):
        _pattern(str(call.parameters["EventPattern"]))
    return proceed()


def _create_bus(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto drops LogConfig."""
    answer = proceed()
    _keep_logs(call, str(call.parameters["Name"]))
    return answer


def _keep_logs(call: Call, name: str) -> None:
    if "LogConfig" in call.parameters:
        call.table("bus log configurations")[name] = dict(call.parameters["LogConfig"])


def _describe_bus(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    logs = call.table("bus log configurations").get(answer["Name"])
    return {**answer, "LogConfig": logs} if logs else answer


def _delete_bus(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    call.table("bus log configurations").pop(str(call.parameters["Name"]), None)
    return answer


def _update_bus(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """EventBridge API reference, UpdateEventBus: what is given is changed."""
    from moto.core.utils import unix_time  # noqa: PLC0415
    from moto.events.models import events_backends  # noqa: PLC0415

    given = call.parameters
    name = str(given.get("Name") or "default")
    bus = events_backends[call.account][call.region].event_buses.get(name)
    if bus is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    for member, attribute in (
        ("Description", "description"),
        ("KmsKeyIdentifier", "kms_key_identifier"),
        ("DeadLetterConfig", "dead_letter_config"),
    ):
        if member in given:
            setattr(bus, attribute, given[member])
    _keep_logs(call, name)
    bus.last_modified_time = unix_time()
    return {"Arn": bus.arn, "Name": name, **{key: value for key, value in given.items() if key != "Name"}}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateEventBus": _create_bus,
    "DeleteEventBus": _delete_bus,
    "DescribeEventBus": _describe_bus,
    "UpdateEventBus": _update_bus,
    "PutEvents": _put_events,
    "PutRule": _put_rule,
    "TestEventPattern": _test_pattern,
}
