"""Stacks whose operation died with the process that ran it.

On AWS an operation goes on when its caller dies. Here it ends with the process, and the state that was
saved last says, for example, CREATE_IN_PROGRESS. Such a stack gets the state that AWS gives an operation
that failed with rollback disabled (User Guide, "Choose how to handle failures when provisioning
resources"): what was made stays, and an update, a change set of type UPDATE or a deletion may follow. So the
next deploy goes on where this one stopped, and no resource is made twice:

- CREATE_IN_PROGRESS becomes CREATE_FAILED: the next update makes what is missing;
- UPDATE_IN_PROGRESS and a running update rollback become UPDATE_FAILED: the next update compares each
  resource with what was last done to it, not with a template;
- a running clean-up after an update becomes UPDATE_COMPLETE (or UPDATE_ROLLBACK_COMPLETE), and what was not
  yet deleted goes with the next operation;
- ROLLBACK_IN_PROGRESS becomes ROLLBACK_FAILED and DELETE_IN_PROGRESS becomes DELETE_FAILED: both can be
  deleted again, and AWS offers nothing else for them.

A state is saved only while no resource is half made (`Engine.paused`), so a resource without a physical id
was not made.
"""

from __future__ import annotations

from ringwork.cloud.emulator.cloudformation.state import StackRecord, now

REASON = "The operation was interrupted: the process that ran it ended"

_ENDS = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}


def recover(stack: StackRecord) -> None:
    """Give an interrupted stack, its resources and its change sets a state to go on from."""
    for change_set in stack.change_sets.values():
        if change_set.status == "CREATE_IN_PROGRESS":
            change_set.status, change_set.reason = "FAILED", REASON
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            change_set.execution = "EXECUTE_FAILED"
    stack.policy_during_update = None
    ended = _ENDS.get(stack.status)
    if ended is None:
        return
    for record in stack.resources.values():
        if record.status.endswith("_IN_PROGRESS"):
            verb = record.status.removesuffix("_IN_PROGRESS")
            record.status, record.reason, record.updated = f"{verb}_FAILED", REASON, now()
    stack.cleanup = [record for record in stack.cleanup if record.status != "DELETE_COMPLETE"]
    if ended in {"CREATE_FAILED", "UPDATE_FAILED"}:
        for logical, record in list(stack.resources.items()):
            if record.physical is None:
                _not_made(stack, logical)
    stack.status, stack.reason = ended, REASON
    stack.events.append(
        {
            "EventId": f"{stack.name}-{ended}-{now()}",
            "LogicalResourceId": stack.name,
            "PhysicalResourceId": stack.id,
            "ResourceType": "AWS::CloudFormation::Stack",
            "ResourceStatus": ended,
            "ResourceStatusReason": REASON,
            "Timestamp": now(),
        }
    )


def _not_made(stack: StackRecord, logical: str) -> None:
    """Forget a resource that was not made; the one that it was to replace is in the stack again."""
    replaced = [r for r in stack.cleanup if r.logical == logical and r.leaving == "replaced"]
    if replaced:
        old = replaced[-1]
        old.leaving = ""
        stack.cleanup = [record for record in stack.cleanup if record is not old]
        stack.resources[logical] = old
    else:
        del stack.resources[logical]
