"""Drift detection over a stack."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation import changes, drift, dynamic, live
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.shapes import given_only, page, timed
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord, moment, now

_DETECTABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
    }
)
"""User Guide, "Detect drift on an entire CloudFormation stack"."""


def compare(
    stacks: Stacks, stack: StackRecord, record: ResourceRecord
) -> tuple[str, list[dict[str, str]], dict[str, Any] | None]:
    """StackResourceDriftStatus, PropertyDifferences and the live properties of one resource.

    NOT_CHECKED: nothing reads resources of this type; such resources are not listed (API reference,
    DescribeStackResourceDrifts).
    """
    if record.physical is None:
        return "NOT_CHECKED", [], None
    try:
        actual = live.read(stacks, stack, record)
    except KeyError as error:
        if error.args == (record.type,):
            return "NOT_CHECKED", [], None
        raise
    if actual is None:
        return "DELETED", [], None
    # what stands behind a dynamic reference is not the stack's
    expected = {name: value for name, value in record.properties.items() if not dynamic.holds(value)}
    found = drift.differences(record.type, expected, actual, record.stack_tags)
    return ("MODIFIED" if found else "IN_SYNC"), found, actual


def detect_stack_drift(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"], deleted=False)
    if stack.status not in _DETECTABLE:
        raise invalid(f"Drift detection cannot be performed on stack [{stack.id}] in status {stack.status}")
    identifier = str(uuid.uuid4())
    detection: dict[str, Any] = {
        "StackId": stack.id,
        "StackDriftDetectionId": identifier,
        "DetectionStatus": "DETECTION_IN_PROGRESS",
        "Timestamp": now(),
    }
    with stacks.lock:
        stacks.detections[identifier] = detection
    wanted = frozenset(given.get("LogicalResourceIds") or stack.resources)
    stacks.background(lambda: _detect(stacks, stack, detection, wanted), (account, region))
    return {"StackDriftDetectionId": identifier}


def _detect(stacks: Stacks, stack: StackRecord, detection: dict[str, Any], wanted: frozenset[str]) -> None:
    problems = []
    for logical, record in list(stack.resources.items()):
        if logical not in wanted:
            continue
        try:
            status, found, actual = compare(stacks, stack, record)
        except Exception as error:  # noqa: BLE001 (a reader's fault leaves one resource unknown, not the run)
            status, found, actual = "UNKNOWN", [], None
            problems.append(f"{logical}: {error}")
        if status == "NOT_CHECKED":
            continue
        with stacks.lock:
            record.drift = {
                "StackResourceDriftStatus": status,
                "PropertyDifferences": found,
                "Timestamp": now(),
                "ActualProperties": actual,
            }
    with stacks.lock:
        drifts = [record.drift for record in stack.resources.values() if record.drift]
        bad = [item for item in drifts if item["StackResourceDriftStatus"] in ("MODIFIED", "DELETED")]
        stack.drift_status = "DRIFTED" if bad else "UNKNOWN" if problems else "IN_SYNC"
        stack.drift_checked = now()
        detection.update(
            DetectionStatus="DETECTION_FAILED" if problems else "DETECTION_COMPLETE",
            StackDriftStatus=stack.drift_status,
            DriftedStackResourceCount=len(bad),
        )
        if problems:
            detection["DetectionStatusReason"] = "Failed to detect drift on " + "; ".join(problems)


def describe_stack_drift_detection_status(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        found = stacks.detections.get(given["StackDriftDetectionId"])
        if found is None or f":{region}:{account}:" not in found["StackId"]:
            raise invalid(f"Stack drift detection [{given['StackDriftDetectionId']}] does not exist")
        answer: dict[str, Any] = timed(found)
        return answer


def describe_stack_resource_drifts(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        stack = stacks.stack(account, region, given["StackName"])
        wanted = frozenset(given.get("StackResourceDriftStatusFilters", ()))
        rows = [
            _row(stack, record, record.drift)
            for record in stack.resources.values()
            if record.drift and (not wanted or record.drift["StackResourceDriftStatus"] in wanted)
        ]
        shown, token = page(rows, given)
        return given_only({"StackResourceDrifts": shown, "NextToken": token})


def detect_stack_resource_drift(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"], deleted=False)
    record = stack.resources.get(given["LogicalResourceId"])
    if record is None:
        raise invalid(f"Resource {given['LogicalResourceId']} does not exist for stack {stack.name}")
    status, found, actual = compare(stacks, stack, record)
    if status == "NOT_CHECKED":
        raise invalid(f"Drift detection is not supported for resource type {record.type}")
    with stacks.lock:
        record.drift = {
            "StackResourceDriftStatus": status,
            "PropertyDifferences": found,
            "Timestamp": now(),
            "ActualProperties": actual,
        }
        return {"StackResourceDrift": _row(stack, record, record.drift)}


def _row(stack: StackRecord, record: ResourceRecord, found: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        "StackId": stack.id,
        "LogicalResourceId": record.logical,
        "PhysicalResourceId": record.physical,
        "ResourceType": record.type,
        "ExpectedProperties": changes._text(record.properties),
        "StackResourceDriftStatus": found["StackResourceDriftStatus"],
        "PropertyDifferences": [dict(item) for item in found["PropertyDifferences"]],
        "Timestamp": moment(found["Timestamp"]),
    }
    if found["ActualProperties"] is not None:
        row["ActualProperties"] = changes._text(_only(record.properties, found["ActualProperties"]))
    return row


def _only(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    return {name: actual[name] for name in expected if name in actual}


OPERATIONS = {
    "DetectStackDrift": detect_stack_drift,
    "DescribeStackDriftDetectionStatus": describe_stack_drift_detection_status,
    "DescribeStackResourceDrifts": describe_stack_resource_drifts,
    "DetectStackResourceDrift": detect_stack_resource_drift,
}
