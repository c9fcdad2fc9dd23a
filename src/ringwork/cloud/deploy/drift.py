"""Drift that CloudFormation sees: found by its detection, healed by its drift-aware change sets.

Rules followed (CloudFormation User Guide, "Using drift-aware change sets"): the deployed template and
parameters are used again, so that nothing but drift changes; create-only properties are not reconciled;
tag keys that the template does not name stay; a failed heal rolls back to the state before it.
What is not in a template at all is not seen: `ringwork.cloud.deploy.unseen` finds that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.deploy import changeset
from ringwork.cloud.deploy.apply import (
    Deployment,
    Outcome,
    StackResult,
    carry_out,
    one_at_a_time,
    refusal,
)
from ringwork.cloud.deploy.changes import Action, Change
from ringwork.cloud.deploy.order import at_once, check, in_order
from ringwork.cloud.deploy.plan import Plan, StackPlan, What
from ringwork.cloud.deploy.progress import OnEvent, Patience, Run
from ringwork.cloud.deploy.settle import settle
from ringwork.cloud.deploy.state import StackState, describe
from ringwork.cloud.deploy.template import deployed_template
from ringwork.cloud.errors import THROTTLED, OperationError, code, explain
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Stack


class Drifted(StrEnum):
    IN_SYNC = "in-sync"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    """it could not be decided; `StackDrift.reason` says why"""
    ABSENT = "absent"
    """there is no such stack"""


@dataclass(frozen=True, slots=True)
class DriftedProperty:
    """One property that is not what the template says."""

    path: str
    """JSON pointer within the properties, `/VersioningConfiguration/Status`"""
    kind: str
    """`ADD`, `REMOVE` or `NOT_EQUAL`"""
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """One resource that is not what the template says."""

    logical: str
    type: str
    physical: str
    status: str
    """`MODIFIED`, `DELETED`, or `UNKNOWN` where detection failed for it"""
    properties: tuple[DriftedProperty, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StackDrift:
    """What detection found in one stack."""

    stack: str
    """`Stack.id`"""
    name: str
    account: str
    region: str
    status: Drifted
    resources: tuple[ResourceDrift, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """What detection found, in the order of the stacks given."""

    stacks: tuple[StackDrift, ...]

    @property
    def found(self) -> bool:
        return any(stack.status is Drifted.DRIFTED for stack in self.stacks)

    @property
    def undecided(self) -> bool:
        return any(stack.status is Drifted.UNKNOWN for stack in self.stacks)

    def to_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "found": self.found, "undecided": self.undecided}


def drift(cloud: Cloud, stacks: Sequence[Stack], *, patience: Patience | None = None) -> Drift:
    """Detect drift in each stack, several at once. Only properties that a template names are compared."""
    patient = patience or Patience()

    def one(stack: Stack) -> StackDrift:
        try:
            return _detect(cloud, stack, patient)
        except (ClientError, BotoCoreError) as error:
            where = f"detect drift of stack `{stack.name}` in account {stack.account}"
            raise explain(error, where) from error

    return Drift(tuple(at_once(one, stacks)))


def plan_revert(cloud: Cloud, stacks: Sequence[Stack], *, patience: Patience | None = None) -> Plan:
    """What `revert_drift` would do: drift-aware change sets, read and deleted again."""
    patient = patience or Patience()

    def one(stack: Stack) -> StackPlan:
        client = cloud.client("cloudformation", account=stack.account, region=stack.region)
        notes: tuple[str, ...] = ()
        made = None
        try:
            state = describe(client, stack.name)
            if state is None or not state.updatable:
                notes = (f"the stack is {'not deployed' if state is None else f'in {state.status}'}",)
            else:
                made = _drift_aware(client, stack, state, patient)
                if made is not None:
                    changeset.discard(client, made.arn)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"plan the healing of stack `{stack.name}`") from error
        what = What.UPDATE if made else What.NOTHING
        changes = made.changes if made else ()
        return StackPlan(stack.id, stack.name, stack.account, stack.region, what, changes, notes=notes)

    return Plan(tuple(at_once(one, stacks)))


def revert_drift(
    cloud: Cloud,
    stacks: Sequence[Stack],
    *,
    on_event: OnEvent | None = None,
    approve: Callable[[Stack, tuple[Change, ...]], bool] | None = None,
    allow_data_loss: bool = False,
    patience: Patience | None = None,
) -> Deployment:
    """Bring drifted resources back to the templates that are deployed.

    `approve` is asked with what would change in a stack, before it does; stacks that it turns down are
    `SKIPPED`. Stacks that are not deployed are `SKIPPED` too. Never makes a stack.
    """
    check(stacks)
    run = Run(one_at_a_time(on_event or (lambda event: None)), allow_data_loss, patience or Patience())
    by_id = {stack.id: stack for stack in stacks}

    def work(stack_id: str) -> StackResult:
        stack = by_id[stack_id]
        try:
            return _revert(cloud, stack, approve, run)
        except OperationError as error:
            return StackResult(stack.id, stack.name, Outcome.FAILED, error=error)
        except (ClientError, BotoCoreError) as error:
            where = f"heal stack `{stack.name}` in account {stack.account}, Region {stack.region}"
            return StackResult(stack.id, stack.name, Outcome.FAILED, error=explain(error, where))

    # healing changes no ids, so stacks need not wait for each other
    alone: dict[str, tuple[str, ...]] = {stack.id: () for stack in stacks}
    done = in_order(alone, work, go_on=lambda result: result.ok, abort=run.patience.stop.set)
    return Deployment(tuple(done[stack.id] for stack in stacks))


def _revert(
    cloud: Cloud, stack: Stack, approve: Callable[[Stack, tuple[Change, ...]], bool] | None, run: Run
) -> StackResult:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    found = describe(client, stack.name)
    if found is None or not (found.busy or found.deployed):
        where = "not deployed" if found is None else f"in {found.status}"
        error = OperationError(f"stack `{stack.name}` is {where}", help="run `ringwork deploy` first")
        return StackResult(stack.id, stack.name, Outcome.SKIPPED, error=error)
    state = settle(client, stack, run)
    if state is None:
        error = OperationError(f"stack `{stack.name}` is gone", help="run `ringwork deploy` first")
        return StackResult(stack.id, stack.name, Outcome.SKIPPED, error=error)
    made = _drift_aware(client, stack, state, run.patience)
    if made is None:
        return StackResult(stack.id, stack.name, Outcome.UNCHANGED, state.outputs)
    lost = [change for change in made.changes if change.destroys_data]
    if lost and not run.allow_data_loss:
        changeset.discard(client, made.arn)
        return StackResult(
            stack.id, stack.name, Outcome.REFUSED, changes=made.changes, error=refusal(stack, lost)
        )
    if approve is not None and not approve(stack, made.changes):
        changeset.discard(client, made.arn)
        error = OperationError(f"healing stack `{stack.name}` was turned down")
        return StackResult(stack.id, stack.name, Outcome.SKIPPED, changes=made.changes, error=error)
    after = carry_out(client, stack, made, run)
    return StackResult(stack.id, stack.name, Outcome.UPDATED, after.outputs, made.changes)


def _drift_aware(
    client: Any, stack: Stack, state: StackState, patience: Patience
) -> changeset.ChangeSet | None:
    """A change set whose only difference is drift; None where there is nothing to heal.

    Template, parameters and tags are those that are deployed.
    """
    deployed = dataclasses.replace(
        stack, template=deployed_template(client, state.arn) or {}, parameters={}, tags=state.tags
    )
    inputs = {
        "UsePreviousTemplate": True,
        "Parameters": changeset.parameters(dict.fromkeys(state.parameters), state.parameters),
        "DeploymentMode": "REVERT_DRIFT",
    }
    made = changeset.create(client, deployed, kind="UPDATE", inputs=inputs, patience=patience)
    if made is not None and all(change.action is Action.NONE for change in made.changes):
        changeset.discard(client, made.arn)
        return None
    return made


def _detect(cloud: Cloud, stack: Stack, patience: Patience) -> StackDrift:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    name = (stack.id, stack.name, stack.account, stack.region)
    state = describe(client, stack.name)
    if state is None or state.status in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
        return StackDrift(*name, Drifted.ABSENT)
    try:
        detection = client.detect_stack_drift(StackName=state.arn)["StackDriftDetectionId"]
    except ClientError as error:
        if code(error) == "ValidationError":  # the stack's state does not allow it
            return StackDrift(*name, Drifted.UNKNOWN, reason=f"the stack is in {state.status}")
        raise
    answer = _until_detected(client, detection, patience)
    status = {"IN_SYNC": Drifted.IN_SYNC, "DRIFTED": Drifted.DRIFTED}.get(
        answer.get("StackDriftStatus", ""), Drifted.UNKNOWN
    )
    reason = ""
    if answer["DetectionStatus"] == "DETECTION_FAILED":
        # what could be read may have drifted; that the rest has not is not known
        reason = answer.get("DetectionStatusReason", "detection failed")
        status = Drifted.DRIFTED if status is Drifted.DRIFTED else Drifted.UNKNOWN
    resources = tuple(_resource_drifts(client, state.arn)) if status is not Drifted.IN_SYNC else ()
    return StackDrift(*name, status, resources, reason)


def _until_detected(client: Any, detection: str, patience: Patience) -> dict[str, Any]:
    for _ in patience.rounds():
        try:
            answer: dict[str, Any] = client.describe_stack_drift_detection_status(
                StackDriftDetectionId=detection
            )
        except ClientError as error:
            if code(error) in THROTTLED:
                continue
            raise
        if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return answer
    raise AssertionError("rounds never end")


def _resource_drifts(client: Any, arn: str) -> Iterator[ResourceDrift]:
    token: dict[str, str] = {}
    while True:
        page = client.describe_stack_resource_drifts(
            StackName=arn, StackResourceDriftStatusFilters=["MODIFIED", "DELETED", "UNKNOWN"], **token
        )
        for raw in page["StackResourceDrifts"]:
            yield ResourceDrift(
                logical=raw["LogicalResourceId"],
                type=raw["ResourceType"],
                physical=raw.get("PhysicalResourceId", ""),
                status=raw["StackResourceDriftStatus"],
                properties=tuple(
                    DriftedProperty(
                        path=item["PropertyPath"],
                        kind=item["DifferenceType"],
                        expected=item.get("ExpectedValue", ""),
                        actual=item.get("ActualValue", ""),
                    )
                    for item in raw.get("PropertyDifferences", ())
                ),
                reason=raw.get("DriftStatusReason", ""),
            )
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
