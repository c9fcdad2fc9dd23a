"""Change sets: made, waited for, read, thrown away, executed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.deploy.changes import Change, from_change_set
from ringwork.cloud.deploy.progress import Patience
from ringwork.cloud.deploy.template import deployed_template
from ringwork.cloud.errors import THROTTLED, OperationError, code
from ringwork.estate.stack import Stack

NAME = "ringwork-"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""How CloudFormation says that a change set would be empty (StatusReason of DescribeChangeSet)."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set that can be executed."""

    arn: str
    stack_arn: str
    changes: tuple[Change, ...]
    drift: str | None = None
    """`DRIFTED`, `IN_SYNC`, ... of a drift-aware change set"""


def create(
    client: Any,
    stack: Stack,
    *,
    kind: str,
    inputs: Mapping[str, Any],
    patience: Patience,
) -> ChangeSet | None:
    """Make a change set of type `CREATE` or `UPDATE` and read it; None where it would change nothing.

    `inputs`: the template, parameters and mode, as CreateChangeSet takes them. A failed change set is
    deleted before its reason is raised as OperationError. AWS's own errors are raised as they are.
    """
    # the reason must be read before the change set is deleted: it goes with it
    name = f"{NAME}{uuid.uuid4().hex}"
    made = client.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType=kind,
        Capabilities=CAPABILITIES,
        Tags=[{"Key": key, "Value": value} for key, value in sorted(stack.tags.items())],
        # a retry after a lost answer finds the same change set
        ClientToken=name,
        **inputs,
    )
    arn, stack_arn = made["Id"], made["StackId"]
    described = _until_made(client, arn, patience)
    if described["Status"] != "CREATE_COMPLETE":
        reason = described.get("StatusReason", "")
        why = _validation_errors(client, arn) or reason
        discard(client, arn, stack_arn if kind == "CREATE" else None)
        if any(phrase in reason for phrase in _NO_CHANGES):
            return None
        raise OperationError(
            f"CloudFormation refuses the template or parameters of stack `{stack.name}`: {why}",
            help="mend what it names, in the blueprint or the template, and repeat the command",
        )
    raw = described["Changes"]
    old = None
    if kind == "UPDATE" and any(_needs_policies(change) for change in raw):
        old = deployed_template(client, stack.name)
    return ChangeSet(
        arn, stack_arn, from_change_set(raw, old, stack.template), described.get("StackDriftStatus")
    )


def parameters(values: Mapping[str, str | None], known: Iterable[str] = ()) -> list[dict[str, Any]]:
    """CreateChangeSet's `Parameters`; a value that is not known yet keeps its previous one."""
    previous = frozenset(known)
    listed: list[dict[str, Any]] = []
    for name, value in sorted(values.items()):
        if value is not None:
            listed.append({"ParameterKey": name, "ParameterValue": value})
        elif name in previous:
            listed.append({"ParameterKey": name, "UsePreviousValue": True})
    return listed


def discard(client: Any, arn: str, shell: str | None = None) -> None:
    """Delete a change set, and the empty stack `shell` that it was made for, if nothing else uses it."""
    try:
        client.delete_change_set(ChangeSetName=arn)
    except ClientError as error:
        if code(error) not in {"ChangeSetNotFound", "ChangeSetNotFoundException"}:
            raise
    if shell is None:
        return
    found = client.describe_stacks(StackName=shell)["Stacks"]
    if found and found[0]["StackStatus"] == "REVIEW_IN_PROGRESS" and not _listed(client, shell):
        client.delete_stack(StackName=shell)


def discard_all(client: Any, stack_arn: str) -> None:
    """Delete every change set of a stack that an interrupted deployment left in `REVIEW_IN_PROGRESS`."""
    for summary in _listed(client, stack_arn):
        discard(client, summary["ChangeSetId"])


def execute(client: Any, change_set: ChangeSet) -> None:
    """Start the change set. A creation that fails deletes what it made, also what it would retain."""
    client.execute_change_set(
        ChangeSetName=change_set.arn, ClientRequestToken=uuid.uuid4().hex, RetainExceptOnCreate=True
    )


def _until_made(client: Any, arn: str, patience: Patience) -> dict[str, Any]:
    """DescribeChangeSet's answer once the change set is made or has failed, with all pages of changes."""
    for _ in patience.rounds():
        try:
            page = client.describe_change_set(ChangeSetName=arn, IncludePropertyValues=True)
        except ClientError as error:
            if code(error) in THROTTLED:
                continue
            raise
        if page["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            break
    first: dict[str, Any] = page
    changes = list(page.get("Changes", ()))
    while page.get("NextToken"):
        page = client.describe_change_set(
            ChangeSetName=arn, IncludePropertyValues=True, NextToken=page["NextToken"]
        )
        changes.extend(page.get("Changes", ()))
    return {**first, "Changes": changes}


def _listed(client: Any, stack_arn: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = client.list_change_sets(StackName=stack_arn, **token)
        found.extend(page["Summaries"])
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def _needs_policies(change: Mapping[str, Any]) -> bool:
    raw = change.get("ResourceChange", {})
    return not raw.get("PolicyAction") and (
        raw.get("Action") in {"Remove", "Dynamic"} or raw.get("Replacement") in {"True", "Conditional"}
    )


def _validation_errors(client: Any, arn: str) -> str:
    """What CloudFormation's validation before deployment found, which StatusReason only points to."""
    try:
        events = client.describe_events(ChangeSetName=arn, Filters={"FailedEvents": True})["OperationEvents"]
    except ClientError:
        return ""  # the reason alone must do: this call only adds detail
    found = [
        f"`{event.get('LogicalResourceId', '')}`: {event['ValidationStatusReason']}"
        for event in events
        if event.get("ValidationStatusReason")
    ]
    return "; ".join(dict.fromkeys(found))
