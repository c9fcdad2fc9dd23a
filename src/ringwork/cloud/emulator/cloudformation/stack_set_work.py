"""What an operation of a StackSet does in each account and Region.

User Guide, "StackSets concepts": Region after Region, and in each Region account after account. When more
accounts of a Region fail than the failure tolerance allows, the rest of that Region and all later Regions are
cancelled, and the operation has failed.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.cloudformation.families import Errand
from ringwork.cloud.emulator.cloudformation.stack_set_permissions import (
    TargetRefusedError,
    account_gate,
    credentials,
)
from ringwork.cloud.emulator.cloudformation.stack_set_state import Instance, SetOperation, StackSet
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import StackRecord, now

_TOLERANCE_EXCEEDED = "Cancelled since failure tolerance has exceeded"
_STOPPED = "Cancelled since the operation was stopped"

_REMADE = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""States from which a stack can only be deleted, or that are easier left behind: a retry makes it anew."""

NO_UPDATES = "No updates are to be performed."


class WorkFailedError(Exception):
    """A stack did not reach the state that its StackSet wanted."""


Attempt = Callable[[Stacks, StackSet, SetOperation, Instance], bool]
"""Do an operation in one account and Region; False when it failed there."""


def run(
    stacks: Stacks,
    record: StackSet,
    operation: SetOperation,
    work: Sequence[Instance],
    attempt: Attempt | None = None,
) -> None:
    """Do `operation` on the instances `work`, and leave their results in the records. Never raises.

    `attempt` is the work itself, by default that of a StackSet.
    """
    try:
        failed = _run_regions(stacks, record, operation, work, attempt or _work_on)
        status, reason = ("FAILED" if failed else "SUCCEEDED"), None
    except Exception as error:  # noqa: BLE001 (the thread's last resort: callers poll, nobody sees a raise)
        status, reason = "FAILED", f"Internal Failure: {type(error).__name__}: {error}"
    with stacks.lock:
        operation.status = "STOPPED" if operation.status == "STOPPING" else status
        operation.reason, operation.ended = reason, now()


def _run_regions(
    stacks: Stacks,
    record: StackSet,
    operation: SetOperation,
    work: Sequence[Instance],
    attempt: Attempt,
) -> bool:
    by_region: dict[str, list[Instance]] = {}
    order = operation.preferences.get("RegionOrder", ())
    for region in dict.fromkeys([*order, *(instance.region for instance in work)]):
        by_region[region] = [instance for instance in work if instance.region == region]
    exceeded = False
    for instances in by_region.values():
        allowed, failures = _tolerance(operation.preferences, len(instances)), 0
        for instance in instances:
            if exceeded or operation.status == "STOPPING":
                _cancel(stacks, operation, instance, _TOLERANCE_EXCEEDED if exceeded else _STOPPED)
            elif not attempt(stacks, record, operation, instance):
                failures += 1
                exceeded = failures > allowed
    return exceeded


def _tolerance(preferences: Mapping[str, Any], accounts: int) -> int:
    """API reference, StackSetOperationPreferences: a percentage is rounded down; none is 0."""
    if "FailureToleranceCount" in preferences:
        return int(preferences["FailureToleranceCount"])
    return accounts * int(preferences.get("FailureTolerancePercentage", 0)) // 100


def _cancel(stacks: Stacks, operation: SetOperation, instance: Instance, reason: str) -> None:
    with stacks.lock:
        instance.detailed, instance.reason = "CANCELLED", reason
        _result(operation, instance).update(Status="CANCELLED", StatusReason=reason)


def _result(operation: SetOperation, instance: Instance) -> dict[str, Any]:
    for result in operation.results:
        if (result["Account"], result["Region"]) == (instance.account, instance.region):
            return result
    made = {"Account": instance.account, "Region": instance.region, "Status": "PENDING"}
    if instance.unit:
        made["OrganizationalUnitId"] = instance.unit
    operation.results.append(made)
    return made


def _work_on(stacks: Stacks, record: StackSet, operation: SetOperation, instance: Instance) -> bool:
    """Do the operation in one account and Region; False when it failed there."""
    with stacks.lock:
        instance.detailed, instance.operation = "RUNNING", operation.id
        result = _result(operation, instance)
        result["Status"] = "RUNNING"
    gate: dict[str, str] | None = None
    reason: str | None = None
    try:
        if operation.action != "DELETE" or not operation.retain:
            session = credentials(stacks, record, instance.account)
            gate = account_gate(stacks, session, instance.region)
            if gate["Status"] == "FAILED":
                raise WorkFailedError(gate["StatusReason"])
            _apply(stacks, record, operation, instance, session)
    except TargetRefusedError as error:
        reason, gate = str(error), {"Status": "FAILED", "StatusReason": str(error)}
    except WorkFailedError as error:
        reason = str(error)
    except ClientError as error:
        reason = str(error.response.get("Error", {}).get("Message", error))
    with stacks.lock:
        if gate:
            result["AccountGateResult"] = gate
        if reason is not None:
            failed_deletion = operation.action == "DELETE" and instance.stack is not None
            instance.status = "INOPERABLE" if failed_deletion else "OUTDATED"
            instance.detailed = "INOPERABLE" if failed_deletion else "FAILED"
            instance.reason = reason
            result.update(Status="FAILED", StatusReason=reason)
            return False
        result["Status"] = "SUCCEEDED"
        if operation.action == "DELETE":
            record.instances.remove(instance)
        else:
            instance.status, instance.detailed, instance.reason = "CURRENT", "SUCCEEDED", None
    return True


def _apply(
    stacks: Stacks, record: StackSet, operation: SetOperation, instance: Instance, session: Caller
) -> None:
    """Bring the stack of `instance` to what the StackSet says, or delete it. Raises on failure."""
    client = stacks.acting_for(session).client("cloudformation", instance.account, instance.region)
    stack = stacks.find(instance.account, instance.region, instance.stack) if instance.stack else None
    if stack is not None and (operation.action == "DELETE" or stack.status in _REMADE):
        client.delete_stack(StackName=stack.id)
        if _settled(stacks, instance) is not None:
            raise WorkFailedError(_why(stack))
        stack = None
    if operation.action == "DELETE":
        return
    wanted = {
        "Parameters": _parameters(record, instance),
        "Capabilities": list(record.capabilities),
        "Tags": [{"Key": key, "Value": value} for key, value in record.tags.items()],
    }
    name = stack.id if stack else f"StackSet-{record.name}-{uuid.uuid4()}"[:128]
    key = (instance.account, instance.region, name)
    # the template may be larger than a request takes
    stacks.errands[key] = Errand(template=record.template_body)
    try:
        if stack is None:
            answer = client.create_stack(StackName=name, **wanted)
            with stacks.lock:
                instance.stack = answer["StackId"]
        else:
            client.update_stack(StackName=name, UsePreviousTemplate=True, **wanted)
    except ClientError as error:
        if error.response.get("Error", {}).get("Message") != NO_UPDATES:
            raise
        return
    finally:
        stacks.errands.pop(key, None)
    after = _settled(stacks, instance)
    if after is None or after.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise WorkFailedError(_why(after) if after else "the stack is gone")


def _parameters(record: StackSet, instance: Instance) -> list[dict[str, str]]:
    values = {item["ParameterKey"]: item["ParameterValue"] for item in record.parameters}
    values.update({item["ParameterKey"]: item["ParameterValue"] for item in instance.overrides})
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _settled(stacks: Stacks, instance: Instance) -> StackRecord | None:
    """The stack once nothing works on it; None when there is none."""
    if instance.stack is None:
        return None
    thread = stacks.running.get(instance.stack)
    if thread is not None:
        thread.join()
    return stacks.find(instance.account, instance.region, instance.stack)


def _why(stack: StackRecord) -> str:
    """The first failure of the stack's last operation, as StackSets report it."""
    found = stack.reason or stack.status
    for event in reversed(stack.events):
        if event["PhysicalResourceId"] == stack.id:
            if re.fullmatch(r"(CREATE|UPDATE|DELETE)_IN_PROGRESS", event["ResourceStatus"]):
                break
        elif event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event:
            found = (
                f"ResourceLogicalId:{event['LogicalResourceId']}, ResourceType:{event['ResourceType']}, "
                f"ResourceStatusReason:{event['ResourceStatusReason']}."
            )
    return str(found)
