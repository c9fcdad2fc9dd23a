"""Bring a stack from whatever state an interruption left it in to one that can be deployed to.

States and what may follow them: CloudFormation User Guide, "Stack status codes", and API reference,
ContinueUpdateRollback and DeleteStack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.deploy import changeset
from ringwork.cloud.deploy.progress import Run, Watch
from ringwork.cloud.deploy.protection import Clients, release
from ringwork.cloud.deploy.state import StackState, describe, listed_resources
from ringwork.cloud.deploy.template import DATA_TYPES, deployed_template, kept, resources
from ringwork.cloud.errors import OperationError
from ringwork.estate.stack import Stack

_GIVE_UP = 12
"""Steps after which a stack that never settles is an error: each real path takes at most four."""


def settle(client: Any, stack: Stack, run: Run, clients: Clients | None = None) -> StackState | None:
    """The stack's state once it can be updated; None once there is none, so that it can be created.

    Waits for operations that run, deletes what a failed creation left, finishes an interrupted deletion
    and a failed rollback. Raises OperationError where that fails, or would destroy data that
    `run` does not allow to lose. `clients`: of the stack's account and Region, to end a resource's own
    protection before it is deleted.
    """
    tried: set[str] = set()
    for _ in range(_GIVE_UP):
        state = describe(client, stack.name)
        if state is None or state.status == "DELETE_COMPLETE":
            return None
        if state.status == "REVIEW_IN_PROGRESS":
            changeset.discard_all(client, state.arn)
            return None
        if state.busy:
            Watch(client, state.arn, stack.id, run).until_settled()
            continue
        if state.updatable:
            return state
        if state.status in tried:
            raise _stuck(stack, state, None)
        tried.add(state.status)
        watch = Watch(client, state.arn, stack.id, run)
        if state.status == "UPDATE_ROLLBACK_FAILED":
            client.continue_update_rollback(StackName=state.arn)
        elif state.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}:
            _release(client, state, clients)
            client.delete_stack(StackName=state.arn)
        elif state.status == "DELETE_FAILED":
            _refuse_to_lose(client, stack, state, run.allow_data_loss)
            _release(client, state, clients)
            client.delete_stack(StackName=state.arn)
        else:
            raise _stuck(stack, state, None)
        after = watch.until_settled(started=True)
        if after.status in {"DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}:
            raise _stuck(stack, after, watch)
    raise OperationError(
        f"stack `{stack.name}` does not settle: somebody else keeps changing it",
        help="find out who deploys to it, wait for them, and repeat the command",
    )


def _release(client: Any, state: StackState, clients: Clients | None) -> None:
    if clients is None:
        return
    for found in listed_resources(client, state.arn):
        if found["ResourceStatus"] not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
            release(clients, found["ResourceType"], found.get("PhysicalResourceId", ""))


def _stuck(stack: Stack, state: StackState, watch: Watch | None) -> OperationError:
    cause = watch.first_cause() if watch else None
    blame = f"`{cause.logical}` ({cause.type}): {cause.reason}" if cause else state.reason
    helps = {
        "DELETE_FAILED": "empty or release what it names, then repeat the command",
        "UPDATE_ROLLBACK_FAILED": "mend what it names, then repeat the command; or skip the resource with "
        f"`aws cloudformation continue-update-rollback --stack-name {stack.name} --resources-to-skip ...`",
    }
    return OperationError(
        f"stack `{stack.name}` in account {stack.account}, Region {stack.region} is stuck in "
        f"{state.status}" + (f": {blame}" if blame else ""),
        help=helps.get(state.status, "look at the stack's events, mend the cause, then repeat the command"),
    )


def _refuse_to_lose(client: Any, stack: Stack, state: StackState, allow_data_loss: bool) -> None:
    """A deletion that stopped half way may have stopped at data: going on with it needs consent."""
    if allow_data_loss:
        return
    left = _data_left(client, state, deployed_template(client, state.arn))
    if left:
        raise OperationError(
            f"stack `{stack.name}` was being deleted and still holds data: {', '.join(left)}; "
            "CloudFormation can only go on deleting it",
            help="save the data, then repeat the command with `--allow-data-loss`",
        )


def _data_left(client: Any, state: StackState, template: Mapping[str, Any] | None) -> list[str]:
    declared = resources(template)
    return [
        f"`{r['LogicalResourceId']}` ({r['ResourceType']})"
        for r in listed_resources(client, state.arn)
        if r["ResourceType"] in DATA_TYPES
        and r["ResourceStatus"] != "DELETE_COMPLETE"
        and not kept(declared.get(r["LogicalResourceId"]), "DeletionPolicy")
    ]
