"""CreateStack, UpdateStack, DeleteStack and the settings of a stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringwork.cloud.emulator.cloudformation import changes
from ringwork.cloud.emulator.cloudformation.changes import Drifted
from ringwork.cloud.emulator.cloudformation.families import ancestors
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.operations import Desired
from ringwork.cloud.emulator.cloudformation.requests import check_new, stack_policy
from ringwork.cloud.emulator.cloudformation.requests import desired as desired_of
from ringwork.cloud.emulator.cloudformation.shapes import given_only
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import StackRecord
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

NESTING = 30
"""Levels of nested stacks that the local cloud makes, as each has a thread. CloudFormation names no limit."""

UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"}
)
"""CREATE_FAILED, UPDATE_FAILED: User Guide, "Choose how to handle failures when provisioning resources"."""


def create_stack(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    name = given["StackName"]
    if stacks.find(account, region, name):
        raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
    errand = stacks.errand(account, region, name)
    desired = desired_of(stacks, account, region, given, None, errand)
    on_failure = given.get("OnFailure") or ("DO_NOTHING" if given.get("DisableRollback") else "ROLLBACK")
    stack = stacks.new_stack(account, region, name, "CREATE_IN_PROGRESS")
    stack.parent = errand.parent
    if len(ancestors(stacks, stack)) > NESTING:
        raise NotEmulatedError("cloudformation", "CreateStack", f"stacks nested deeper than {NESTING} levels")
    check_new(stacks, stack, desired)
    stack.termination_protection = bool(given.get("EnableTerminationProtection", False))
    stack.policy = stack_policy(stacks, account, region, given)
    start_create(
        stacks,
        stack,
        desired,
        on_failure,
        given.get("ClientRequestToken"),
        retain_except_on_create=bool(given.get("RetainExceptOnCreate")),
    )
    return {"StackId": stack.id}


def start_create(
    stacks: Stacks,
    stack: StackRecord,
    desired: Desired,
    on_failure: str,
    token: str | None,
    done: Callable[[], None] = lambda: None,
    *,
    retain_except_on_create: bool = False,
) -> None:
    with stacks.lock:
        stack.retain_except_on_create = retain_except_on_create
        if stacks.find(stack.account, stack.region, stack.name) not in (None, stack):
            raise AwsError("AlreadyExistsException", f"Stack [{stack.name}] already exists")
        stack.template_body, stack.parameters = desired.template_body, desired.parameters
        stack.description, stack.tags = desired.template.description, desired.tags
        stack.capabilities, stack.settings = desired.capabilities, desired.settings
        stack.disable_rollback, stack.token = on_failure == "DO_NOTHING", token
        stacks.records[stack.id] = stack
        stacks.operation(stack).steps.status("CREATE_IN_PROGRESS", "User Initiated")
    stacks.run(stack, lambda operation: operation.run_create(desired, on_failure), done)


def check_updatable(stacks: Stacks, stack: StackRecord) -> None:
    if stack.status not in UPDATABLE:
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def update_stack(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    stack = stacks.find(account, region, given["StackName"])
    if stack is None:
        raise invalid(f"Stack [{given['StackName']}] does not exist")
    check_updatable(stacks, stack)
    errand = stacks.errand(account, region, given["StackName"])
    desired = desired_of(stacks, account, region, given, stack, errand)
    if not changes_anything(stacks, stack, desired, plan(stacks, stack, desired, None)):
        raise invalid("No updates are to be performed.")
    new_policy = stack_policy(stacks, account, region, given)
    temporary = stack_policy(stacks, account, region, given, "StackPolicyDuringUpdate")

    def done() -> None:
        stack.policy_during_update = None
        if new_policy is not None and stack.status == "UPDATE_COMPLETE":
            stack.policy = new_policy

    start_update(
        stacks,
        stack,
        desired,
        rollback=not given.get("DisableRollback"),
        token=given.get("ClientRequestToken"),
        policy=temporary,
        done=done,
        retain_except_on_create=bool(given.get("RetainExceptOnCreate")),
    )
    return {"StackId": stack.id}


def plan(
    stacks: Stacks, stack: StackRecord, desired: Desired, drifted: Drifted | None
) -> list[changes.Planned]:
    evaluation = stacks.operation(stack).evaluation(desired, stack.resources)
    return changes.plan(evaluation, desired.tags, drifted)


def changes_anything(
    stacks: Stacks, stack: StackRecord, desired: Desired, planned: Sequence[changes.Planned]
) -> bool:
    """Whether an update does anything: to resources, outputs, the stack's tags, or a failed state."""
    if any(item.action != "Keep" for item in planned) or stack.tags != desired.tags or stack.cleanup:
        return True
    if stack.status in ("CREATE_FAILED", "UPDATE_FAILED"):
        return True
    evaluation = stacks.operation(stack).evaluation(desired, stack.resources)
    return evaluation.outputs() != stack.outputs


def start_update(
    stacks: Stacks,
    stack: StackRecord,
    desired: Desired,
    *,
    rollback: bool,
    token: str | None,
    drifted: Drifted | None = None,
    policy: str | None = None,
    done: Callable[[], None] = lambda: None,
    retain_except_on_create: bool = False,
) -> None:
    with stacks.lock:
        stack.retain_except_on_create = retain_except_on_create
        check_updatable(stacks, stack)  # once more: another operation may have started in the meantime
        stack.token, stack.policy_during_update = token, policy
        stacks.operation(stack).steps.status("UPDATE_IN_PROGRESS", "User Initiated")
    stacks.run(
        stack, lambda operation: operation.run_update(desired, rollback=rollback, drifted=drifted), done
    )


def _check_deletable(stack: StackRecord) -> None:
    if stack.busy and stack.status not in ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
        raise invalid(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")


def delete_stack(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    stack = stacks.find(account, region, given["StackName"])
    if stack is None:
        return {}
    above = ancestors(stacks, stack)
    # a nested stack goes with its parent, and else stands under its root's protection (User Guide, "Protect
    # CloudFormation stacks from being deleted")
    errand = stacks.errand(account, region, given["StackName"])
    if (above[-1] if above else stack).termination_protection and errand.parent is None:
        raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    _check_deletable(stack)
    if stack.status == "DELETE_IN_PROGRESS":
        return {}
    with stacks.lock:
        if stack.status == "CREATE_IN_PROGRESS":
            # the creation ends after the resource that is being made, and the deletion follows
            stacks.cancelled.add(stack.id)
            return {}
    retain = frozenset(given.get("RetainResources", ()))
    if retain and stack.status != "DELETE_FAILED":
        raise invalid(
            f"Invalid operation on stack [{stack.id}]. To retain resources, the stack must be in the "
            "DELETE_FAILED state."
        )
    operation = stacks.operation(stack)
    for output in stack.outputs:
        users = operation.importers(output["ExportName"]) if "ExportName" in output else []
        if users:
            # AWS writes the refusal on the stack and leaves its status as it was
            operation.steps.status(
                stack.status,
                f"Delete canceled. Cannot delete export {output['ExportName']} as it is in use by "
                f"{' and '.join(users)}.",
            )
            return {}
    force = given.get("DeletionMode") == "FORCE_DELETE_STACK"
    if force and stack.status != "DELETE_FAILED":
        raise invalid(
            f"Invalid operation on stack [{stack.id}]. FORCE_DELETE_STACK is only for stacks in the "
            "DELETE_FAILED state."
        )
    _take_role(stacks, stack, given)
    with stacks.lock:
        _check_deletable(stack)  # once more: another operation may have started in the meantime
        if stack.status == "DELETE_IN_PROGRESS":
            return {}
        stack.token = given.get("ClientRequestToken")
        operation.steps.status("DELETE_IN_PROGRESS", "User Initiated")
    stacks.run(stack, lambda running: running.run_delete(retain, force=force))
    return {}


def _take_role(stacks: Stacks, stack: StackRecord, given: Mapping[str, Any]) -> None:
    """Without a RoleARN the stack keeps the role that it has (API reference, DeleteStack, RoleARN)."""
    role = given.get("RoleARN")
    if role:
        stacks.check_role(stack.account, stack.region, role)
        with stacks.lock:
            stack.settings = {**stack.settings, "RoleARN": role}


def continue_update_rollback(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"], deleted=False)
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not continue update rollback.")
    skip = frozenset(given.get("ResourcesToSkip", ()))
    _take_role(stacks, stack, given)
    with stacks.lock:
        stack.token = given.get("ClientRequestToken")
        stacks.operation(stack).steps.status("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    stacks.run(stack, lambda operation: operation.run_continue_rollback(skip))
    return {}


def cancel_update_stack(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"], deleted=False)
    with stacks.lock:
        if stack.status != "UPDATE_IN_PROGRESS":
            raise invalid("CancelUpdateStack cannot be called from current stack status")
        stacks.cancelled.add(stack.id)
    return {}


def rollback_stack(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"], deleted=False)
    if stack.status == "UPDATE_FAILED":
        raise NotEmulatedError("cloudformation", "RollbackStack", "a failed update that was left as it was")
    _take_role(stacks, stack, given)
    with stacks.lock:
        if stack.status != "CREATE_FAILED":
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        stack.token = given.get("ClientRequestToken")
        stack.retain_except_on_create = bool(given.get("RetainExceptOnCreate"))
        stacks.operation(stack).steps.status("ROLLBACK_IN_PROGRESS", "User Initiated")
    stacks.run(stack, lambda operation: operation.run_rollback())
    return {"StackId": stack.id}


def update_termination_protection(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        stack = stacks.stack(account, region, given["StackName"], deleted=False)
        if stack.parent is not None:
            raise invalid("Termination protection of a nested stack can only be changed on its root stack")
        stack.termination_protection = bool(given["EnableTerminationProtection"])
    return {"StackId": stack.id}


def get_stack_policy(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"])
    return given_only({"StackPolicyBody": stack.policy_during_update or stack.policy})


def set_stack_policy(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    stack = stacks.stack(account, region, given["StackName"], deleted=False)
    policy = stack_policy(stacks, account, region, given)
    if policy is not None:
        with stacks.lock:
            stack.policy = policy
    return {}


OPERATIONS = {
    "CreateStack": create_stack,
    "UpdateStack": update_stack,
    "DeleteStack": delete_stack,
    "ContinueUpdateRollback": continue_update_rollback,
    "CancelUpdateStack": cancel_update_stack,
    "RollbackStack": rollback_stack,
    "UpdateTerminationProtection": update_termination_protection,
    "GetStackPolicy": get_stack_policy,
    "SetStackPolicy": set_stack_policy,
}
