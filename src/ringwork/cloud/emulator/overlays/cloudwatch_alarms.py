"""CloudWatch alarms: no alarm is evaluated here, so none is called OK before somebody sets its state.

Source: CloudWatch API reference, PutMetricAlarm ("its state is immediately set to INSUFFICIENT_DATA"; an
update leaves the state unchanged), SetAlarmState, DescribeAlarmHistory.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

_STATE = ("history", "state_reason", "state_reason_data", "state_updated_timestamp", "state_value")
"""moto's attributes of an alarm that an update leaves as they are"""


def _alarms(call: Call) -> Mapping[str, Any]:
    from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415

    found: Mapping[str, Any] = cloudwatch_backends[call.account][call.region].alarms
    return found


def _put(call: Call, proceed: Proceed) -> dict[str, Any]:
    name = str(call.parameters["AlarmName"])
    before = _alarms(call).get(name)
    kept = {attribute: getattr(before, attribute) for attribute in _STATE} if before is not None else {}
    answer = proceed()
    for attribute, value in (kept or {"state_value": "INSUFFICIENT_DATA"}).items():
        setattr(_alarms(call)[name], attribute, value)
    return answer


_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def _composite(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto's alarms can have a rule, but it has no operation that makes such. API reference,
    PutCompositeAlarm: "the alarm state is immediately set to INSUFFICIENT_DATA"."""
    from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415

    given = call.parameters
    if any(name in given for name in _SUPPRESSION):
        raise NotEmulatedError("cloudwatch", call.operation, "suppressed actions are not kept here")
    cloudwatch_backends[call.account][call.region].put_metric_alarm(
        name=given["AlarmName"],
        rule=given["AlarmRule"],
        description=given.get("AlarmDescription"),
        alarm_actions=given.get("AlarmActions") or [],
        ok_actions=given.get("OKActions"),
        insufficient_data_actions=given.get("InsufficientDataActions"),
        actions_enabled=given.get("ActionsEnabled"),
        tags=given.get("Tags"),
        dimensions=[],
        **dict.fromkeys(_OF_METRICS),
    )
    return {}


_OF_METRICS = (
    *("comparison_operator", "evaluation_periods", "metric_name", "namespace", "period", "statistic"),
    "threshold",
)
"""moto's parameters that a composite alarm has no use for"""


def _history(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    rows = [
        row
        for name, alarm in _alarms(call).items()
        if given.get("AlarmName") in (None, name)
        for row in _changes(name, alarm)
        if given.get("HistoryItemType") in (None, row["HistoryItemType"])
        and _within(row["Timestamp"], given.get("StartDate"), given.get("EndDate"))
    ]
    rows.sort(key=lambda row: row["Timestamp"], reverse=given.get("ScanBy") != "TimestampAscending")
    return page(call, "AlarmHistoryItems", rows, most=100, names=("MaxRecords", "NextToken"))


def _changes(name: str, alarm: Any) -> Iterator[dict[str, Any]]:
    """The changes of state: moto keeps each state that came to an end."""
    kind = "CompositeAlarm" if alarm.rule else "MetricAlarm"
    states = [(entry[3], entry[1], entry[4]) for entry in alarm.history if entry[0] == "StateUpdate"]
    states.append((alarm.state_value, alarm.state_reason, alarm.state_updated_timestamp))
    for (old, before, _), (new, reason, when) in itertools.pairwise(states):
        data = {
            "version": "1.0",
            "oldState": {"stateValue": old, "stateReason": before},
            "newState": {"stateValue": new, "stateReason": reason},
        }
        yield {
            "AlarmName": name,
            "AlarmType": kind,
            "Timestamp": _aware(when),
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {old} to {new}",
            "HistoryData": json.dumps(data),
        }


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _within(when: datetime, start: Any, end: Any) -> bool:
    return (start is None or when >= _aware(start)) and (end is None or when <= _aware(end))


OVERLAYS: Mapping[str, Overlay] = {
    "DescribeAlarmHistory": _history,
    "PutCompositeAlarm": lambda call, proceed: _put(call, lambda: _composite(call, proceed)),
    "PutMetricAlarm": _put,
}
