"""SageMaker Model Monitor: schedules. Nothing runs in the local cloud, so a schedule has no executions.

Source: SageMaker API reference, monitoring schedule operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.sagemaker_models import arn
from ringwork.cloud.emulator.overlays.sagemaker_tags import remember

_TABLE = "monitoring schedules"


def _schedule(call: Call) -> dict[str, Any]:
    name = str(call.parameters["MonitoringScheduleName"])
    found = call.table(_TABLE).get(name)
    if found is None:
        raise AwsError("ResourceNotFound", f"Monitoring Schedule {name} does not exist.")
    return found


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    name = str(call.parameters["MonitoringScheduleName"])
    made = arn(call, "monitoring-schedule", name)
    if name in call.table(_TABLE):
        raise AwsError("ResourceInUse", f"Monitoring Schedule names must be unique: {made}")
    config = call.parameters["MonitoringScheduleConfig"]
    now = datetime.now(UTC)
    record = {
        "MonitoringScheduleArn": made,
        "MonitoringScheduleName": name,
        "MonitoringScheduleStatus": "Scheduled",
        "MonitoringType": config.get("MonitoringType", "DataQuality"),
        "CreationTime": now,
        "LastModifiedTime": now,
        "MonitoringScheduleConfig": config,
    }
    endpoint = _endpoint(config)
    if endpoint is not None:
        record["EndpointName"] = endpoint
    call.table(_TABLE)[name] = record
    remember(call, made)
    return {"MonitoringScheduleArn": made}


def _endpoint(config: Mapping[str, Any]) -> str | None:
    inputs = config.get("MonitoringJobDefinition", {}).get("MonitoringInputs") or ()
    names = (item.get("EndpointInput", {}).get("EndpointName") for item in inputs)
    return next((name for name in names if name), None)


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return dict(_schedule(call))


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    record = _schedule(call)
    record["MonitoringScheduleConfig"] = call.parameters["MonitoringScheduleConfig"]
    record["LastModifiedTime"] = datetime.now(UTC)
    return {"MonitoringScheduleArn": record["MonitoringScheduleArn"]}


def _become(status: str) -> Overlay:
    def become(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _schedule(call).update(MonitoringScheduleStatus=status, LastModifiedTime=datetime.now(UTC))
        return {}

    return become


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    del call.table(_TABLE)[_schedule(call)["MonitoringScheduleName"]]
    return {}


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    rows = [
        {
            key: record[key]
            for key in (
                *("MonitoringScheduleArn", "MonitoringScheduleName", "MonitoringScheduleStatus"),
                *("MonitoringType", "CreationTime", "LastModifiedTime", "EndpointName"),
            )
            if key in record
        }
        for record in call.table(_TABLE).values()
        if given.get("EndpointName") in (None, record.get("EndpointName"))
        and given.get("StatusEquals") in (None, record["MonitoringScheduleStatus"])
        and given.get("NameContains", "") in record["MonitoringScheduleName"]
    ]
    return {"MonitoringScheduleSummaries": rows}


def _executions(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"MonitoringExecutionSummaries": []}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateMonitoringSchedule": _create,
    "DeleteMonitoringSchedule": _delete,
    "DescribeMonitoringSchedule": _describe,
    "ListMonitoringExecutions": _executions,
    "ListMonitoringSchedules": _list,
    "StartMonitoringSchedule": _become("Scheduled"),
    "StopMonitoringSchedule": _become("Stopped"),
    "UpdateMonitoringSchedule": _update,
}
