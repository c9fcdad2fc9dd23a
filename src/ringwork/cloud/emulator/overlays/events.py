"""EventBridge: putting events, and trying patterns.

Source: EventBridge API reference, PutEvents, TestEventPattern.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator import events
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_MOST = 10


def _put_events(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Users cannot put events whose source begins with `aws.`; other services' events come by `emit`."""
    entries = call.parameters.get("Entries") or ()
    if len(entries) > _MOST:
        raise AwsError("ValidationException", "PutEvents takes at most 10 entries")
    for entry in entries:
        _refuse_bus_elsewhere(call, str(entry.get("EventBusName") or ""))
    answered = [_put(call, entry) for entry in entries]
    failed = sum("ErrorCode" in one for one in answered)
    return {"FailedEntryCount": failed, "Entries": answered}


def _refuse_bus_elsewhere(call: Call, bus: str) -> None:
    """A bus of another account or Region is named by its ARN; the caller's bus of that name gets nothing."""
    if bus.startswith("arn:") and bus.split(":")[3:5] != [call.region, call.account]:
        reason = "events are put on buses of the caller's account and Region only"
        raise NotEmulatedError(call.service, call.operation, reason)


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if str(entry["Source"]).startswith("aws.") and call.caller.kind != "service":
        return {
            "ErrorCode": "NotAuthorizedForSourceException",
            "ErrorMessage": "Not authorized for the source.",
        }
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    made = events.event(
        call, entry["Source"], entry["DetailType"], detail, entry.get("Resources") or (), entry.get("Time")
    )
    events.deliver(call, str(entry.get("EventBusName") or "default").rpartition("/")[2], made)
    return {"EventId": made["id"]}


def _test_pattern(call: Call, _proceed: Proceed) -> dict[str, Any]:
    from moto.events.models import EventPattern  # noqa: PLC0415

    try:
        event = json.loads(call.parameters["Event"])
        pattern = EventPattern.load(call.parameters["EventPattern"])
    except ValueError:
        raise AwsError("InvalidEventPatternException", "Event pattern is not valid.") from None
    return {"Result": bool(pattern.matches_event(event))}


OVERLAYS: Mapping[str, Overlay] = {"PutEvents": _put_events, "TestEventPattern": _test_pattern}
