"""Change sets, drift-aware ones included."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.cloud.emulator.cloudformation import changes
from ringwork.cloud.emulator.cloudformation.changes import Drifted
from ringwork.cloud.emulator.cloudformation.drift_calls import compare
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.operations import Desired
from ringwork.cloud.emulator.cloudformation.requests import desired as desired_of
from ringwork.cloud.emulator.cloudformation.requests import known_values
from ringwork.cloud.emulator.cloudformation.shapes import given_only, page, tag_list, timed
from ringwork.cloud.emulator.cloudformation.stack_calls import (
    changes_anything,
    check_updatable,
    plan,
    start_create,
    start_update,
)
from ringwork.cloud.emulator.cloudformation.stacks import NAME, Stacks
from ringwork.cloud.emulator.cloudformation.state import ChangeSet, StackRecord, moment, now
from ringwork.cloud.emulator.cloudformation.template import parse
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


def create_change_set(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    kind = given.get("ChangeSetType", "UPDATE")
    for name in ("ResourcesToImport", "ImportExistingResources", "IncludeNestedStacks"):
        if given.get(name):
            raise NotEmulatedError("cloudformation", "CreateChangeSet", name)
    if kind not in ("CREATE", "UPDATE"):
        raise NotEmulatedError("cloudformation", "CreateChangeSet", f"ChangeSetType {kind}")
    mode = given.get("DeploymentMode")
    if mode not in (None, "REVERT_DRIFT"):
        raise invalid(f"DeploymentMode {mode} is not supported")
    name, set_name = given["StackName"], given["ChangeSetName"]
    if not NAME.fullmatch(set_name):
        raise invalid(
            f"1 validation error detected: Value '{set_name}' at 'changeSetName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    stack = stacks.find(account, region, name)
    fresh = stack is None
    if kind == "CREATE":
        if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise invalid(
                f"Stack [{name}] already exists and cannot be created again with the changeSet [{set_name}]."
            )
        if mode:
            raise invalid("DeploymentMode REVERT_DRIFT is not supported for ChangeSetType CREATE")
        stack = stack or stacks.new_stack(account, region, name, "REVIEW_IN_PROGRESS")
    elif stack is None:
        raise invalid(f"Stack [{name}] does not exist")
    else:
        check_updatable(stacks, stack)
    if set_name in stack.change_sets:
        raise AwsError(
            "AlreadyExistsException", f"ChangeSet [{stack.change_sets[set_name].id}] already exists"
        )
    desired = desired_of(
        stacks, account, region, given, None if kind == "CREATE" else stack, through_change_set=True
    )
    planned = [] if mode else plan(stacks, stack, desired, None)
    arn = f"arn:aws:cloudformation:{region}:{account}:changeSet/{set_name}/{uuid.uuid4()}"
    change_set = ChangeSet(
        id=arn,
        name=set_name,
        kind=kind,
        created=now(),
        status="CREATE_IN_PROGRESS",
        execution="UNAVAILABLE",
        description=given.get("Description"),
        template_body=desired.template_body,
        parameters=desired.parameters,
        tags=desired.tags,
        capabilities=desired.capabilities,
        on_failure=given.get("OnStackFailure"),
        deployment_mode=mode,
        settings=desired.settings,
    )
    with stacks.lock:
        stacks.records[stack.id] = stack
        stack.change_sets[set_name] = change_set
        if fresh:
            stacks.operation(stack).steps.status("REVIEW_IN_PROGRESS", "User Initiated")
    if mode:
        stacks.background(lambda: _plan_revert(stacks, stack, change_set, desired), (account, region))
    else:
        _settle(stacks, stack, change_set, desired, planned)
    return {"Id": arn, "StackId": stack.id}


def _settle(
    stacks: Stacks,
    stack: StackRecord,
    change_set: ChangeSet,
    desired: Desired,
    planned: Sequence[changes.Planned],
) -> None:
    idle = change_set.kind == "UPDATE" and not changes_anything(stacks, stack, desired, planned)
    with stacks.lock:
        if idle:
            change_set.status, change_set.reason = "FAILED", _NO_CHANGES
            return
        change_set.changes = [
            {"plain": item.shown(values=False), "full": item.shown(values=True)}
            for item in planned
            if item.action != "Keep"
        ]
        change_set.status, change_set.execution = "CREATE_COMPLETE", "AVAILABLE"


def _plan_revert(stacks: Stacks, stack: StackRecord, change_set: ChangeSet, desired: Desired) -> None:
    """A drift-aware change set compares the live state, the last deployment and the new template."""
    try:
        drifted = Drifted(checked=now())
        for logical, record in list(stack.resources.items()):
            status, _found, actual = compare(stacks, stack, record)
            drifted.statuses[logical] = status
            if status in ("MODIFIED", "DELETED"):
                drifted.actual[logical] = actual
        planned = plan(stacks, stack, desired, drifted)
        with stacks.lock:
            change_set.actual = drifted.actual
        _settle(stacks, stack, change_set, desired, planned)
    except Exception as error:  # noqa: BLE001 (callers poll: a raise in the thread would be lost)
        with stacks.lock:
            change_set.status = "FAILED"
            change_set.reason = error.message if isinstance(error, AwsError) else str(error)


def find_change_set(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> tuple[StackRecord, ChangeSet]:
    wanted, name = given["ChangeSetName"], given.get("StackName")
    if not wanted.startswith("arn:"):
        if not name:
            raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
        candidates = [stacks.stack(account, region, name)]
    else:
        candidates = stacks.all(account, region)
    for stack in candidates:
        for change_set in stack.change_sets.values():
            if wanted in (change_set.name, change_set.id):
                return stack, change_set
    raise AwsError("ChangeSetNotFound", f"ChangeSet [{wanted}] does not exist", 404)


def describe_change_set(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        stack, change_set = find_change_set(stacks, account, region, given)
        form = "full" if given.get("IncludePropertyValues") else "plain"
        shown, token = page([timed(item[form]) for item in change_set.changes], given)
        return given_only(
            {
                **_summary(stacks, stack, change_set),
                "Parameters": [dict(item) for item in change_set.parameters],
                "Tags": tag_list(change_set.tags),
                "Capabilities": list(change_set.capabilities),
                "Changes": shown,
                "NextToken": token,
                "IncludeNestedStacks": False,
                "OnStackFailure": change_set.on_failure,
                "DeploymentMode": change_set.deployment_mode,
                "NotificationARNs": change_set.settings.get("NotificationARNs", []),
                "RollbackConfiguration": change_set.settings.get("RollbackConfiguration", {}),
            }
        )


def _summary(stacks: Stacks, stack: StackRecord, change_set: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "CreationTime": moment(change_set.created),
        "ExecutionStatus": change_set.execution,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
    }


def list_change_sets(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        stack = stacks.stack(account, region, given["StackName"])
        rows = [given_only(_summary(stacks, stack, change_set)) for change_set in stack.change_sets.values()]
        shown, token = page(rows, given)
        return given_only({"Summaries": shown, "NextToken": token})


def delete_change_set(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        try:
            stack, change_set = find_change_set(stacks, account, region, given)
        except AwsError as error:
            if error.code == "ChangeSetNotFound":
                return {}
            raise
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be deleted in its current execution status of "
                "[EXECUTE_IN_PROGRESS]",
            )
        del stack.change_sets[change_set.name]
    return {}


def execute_change_set(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        stack, change_set = find_change_set(stacks, account, region, given)
        if change_set.status != "CREATE_COMPLETE" or change_set.execution != "AVAILABLE":
            kind = "status" if change_set.status != "CREATE_COMPLETE" else "execution status"
            state = change_set.status if kind == "status" else change_set.execution
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current {kind} of [{state}]",
            )
        if change_set.kind == "UPDATE":
            check_updatable(stacks, stack)
        desired = Desired(
            parse(change_set.template_body, known_values(account, region, change_set.parameters, None)),
            change_set.template_body,
            change_set.parameters,
            change_set.tags,
            change_set.capabilities,
            change_set.settings,
        )
        change_set.execution = "EXECUTE_IN_PROGRESS"
        stack.change_set = change_set.id
        for other in stack.change_sets.values():
            if other is not change_set and other.execution == "AVAILABLE":
                other.execution = "OBSOLETE"

    def done() -> None:
        good = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        change_set.execution = "EXECUTE_COMPLETE" if good else "EXECUTE_FAILED"

    rollback = not given.get("DisableRollback") and change_set.on_failure != "DO_NOTHING"
    token, excepted = given.get("ClientRequestToken"), bool(given.get("RetainExceptOnCreate"))
    if change_set.kind == "CREATE":
        on_failure = change_set.on_failure or ("ROLLBACK" if rollback else "DO_NOTHING")
        start_create(stacks, stack, desired, on_failure, token, done, retain_except_on_create=excepted)
    else:
        drifted = Drifted(dict(change_set.actual)) if change_set.deployment_mode else None
        start_update(
            stacks,
            stack,
            desired,
            rollback=rollback,
            token=token,
            drifted=drifted,
            done=done,
            retain_except_on_create=excepted,
        )
    return {}


OPERATIONS = {
    "CreateChangeSet": create_change_set,
    "DescribeChangeSet": describe_change_set,
    "ListChangeSets": list_change_sets,
    "DeleteChangeSet": delete_change_set,
    "ExecuteChangeSet": execute_change_set,
}
