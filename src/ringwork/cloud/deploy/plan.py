"""What a deployment would do, before it does anything. Planning leaves nothing behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.deploy import acceptance, changeset, settings
from ringwork.cloud.deploy.changes import Action, Change, from_templates
from ringwork.cloud.deploy.order import at_once, check
from ringwork.cloud.deploy.parameters import resolve
from ringwork.cloud.deploy.progress import Patience
from ringwork.cloud.deploy.state import StackState, describe, every, taken
from ringwork.cloud.deploy.template import deployed_template, source
from ringwork.cloud.errors import OperationError, explain, explained
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Stack

ORGANIZATION_TAG = "ringwork:organization"
"""The stack tag that says that a stack is ours, and whose."""
BOOTSTRAP_STACK = "ringwork-bootstrap"

Place: TypeAlias = tuple[str, str]
"""Account id and Region."""


class What(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    RECREATE = "recreate"
    """what a failed creation left is deleted first"""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What would happen to one stack."""

    stack: str
    """`Stack.id`"""
    name: str
    account: str
    region: str
    what: What
    changes: tuple[Change, ...] = ()
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    """None: known after deploy"""
    estimated: bool = False
    """compared template with template, without CloudFormation; `notes` says why"""
    notes: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    """requests of the stack that a deployment accepts in another account's name, one sentence each"""
    sets: tuple[str, ...] = ()
    """settings of the account that a deployment writes after the stack, one sentence each"""

    @property
    def destroys_data(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.destroys_data)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A deployed stack with our tag that is not among those planned: removed only on demand."""

    name: str
    account: str
    region: str
    status: str

    @property
    def stack(self) -> str:
        return f"{self.account}/{self.region}/{self.name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen to all stacks, in the order they were given in."""

    stacks: tuple[StackPlan, ...]
    orphans: tuple[Orphan, ...] = ()
    unreached: tuple[str, ...] = ()
    """places that were deployed to before and cannot be looked at any more, with the reason"""

    @property
    def empty(self) -> bool:
        return all(plan.what is What.NOTHING and not plan.accepts and not plan.sets for plan in self.stacks)

    @property
    def destroys_data(self) -> bool:
        return any(plan.destroys_data for plan in self.stacks)

    def count(self, *actions: Action) -> int:
        return sum(change.action in actions for plan in self.stacks for change in plan.changes)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the keys are the fields' names."""
        return {
            **dataclasses.asdict(self),
            "empty": self.empty,
            "destroys_data": self.destroys_data,
        }


def plan(
    cloud: Cloud,
    stacks: Sequence[Stack],
    *,
    formerly: Collection[Place] = (),
    patience: Patience | None = None,
) -> Plan:
    """Compare `stacks` with what is deployed, by change sets that are deleted again.

    `formerly`: places that were deployed to before, to look for what is left over there, too.

    Where a change set cannot be made (an input comes from a stack that is not deployed, the stack is
    busy or broken) templates are compared instead, and the stack's plan says so. Raises OperationError.
    """
    check(stacks)
    patience = patience or Patience()
    states = dict(zip((s.id for s in stacks), at_once(lambda s: _state(cloud, s), stacks), strict=True))
    outputs = {i: state.outputs for i, state in states.items() if state is not None and state.deployed}

    def one(stack: Stack) -> StackPlan:
        try:
            planned = _plan_one(cloud, stack, states[stack.id], outputs, patience)
            planned = _with_accepts(cloud, stack, planned, outputs.get(stack.id, {}))
            return _with_settings(cloud, stack, planned, stack.id in outputs)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"plan stack `{stack.name}` in account {stack.account}") from error

    planned = _later_inputs(stacks, at_once(one, stacks))
    unreached: list[str] = []
    left = orphans(cloud, stacks, formerly=formerly, unreached=unreached)
    return Plan(tuple(planned), left, tuple(unreached))


def orphans(
    cloud: Cloud,
    stacks: Sequence[Stack],
    *,
    formerly: Collection[Place] = (),
    unreached: list[str] | None = None,
) -> tuple[Orphan, ...]:
    """Stacks tagged with our organization, in the accounts and Regions of `stacks` and `formerly`, that are
    not theirs.

    `unreached`: gets a sentence for each place of `formerly` that cannot be looked at any more; without
    it, that raises.
    """
    owners = {stack.tags.get(ORGANIZATION_TAG) for stack in stacks} - {None}
    ours = {stack.id for stack in stacks}
    current = {(stack.account, stack.region) for stack in stacks}
    found = []
    for account, region in sorted(current | set(formerly)):
        try:
            client = cloud.client("cloudformation", account=account, region=region)
            with explained(f"list stacks in account {account}, Region {region}"):
                states = list(every(client))
        except OperationError as error:
            if (account, region) in current or unreached is None:
                raise
            unreached.append(f"account {account}, Region {region}: {error.message}")
            continue
        for state in states:
            orphan = Orphan(state.name, account, region, state.status)
            if (
                state.tags.get(ORGANIZATION_TAG) in owners
                and orphan.stack not in ours
                and state.name != BOOTSTRAP_STACK
                and state.status not in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}
            ):
                found.append(orphan)
    return tuple(found)


def _state(cloud: Cloud, stack: Stack) -> StackState | None:
    with explained(f"read stack `{stack.name}` in account {stack.account}, Region {stack.region}"):
        return describe(
            cloud.client("cloudformation", account=stack.account, region=stack.region), stack.name
        )


def _plan_one(
    cloud: Cloud,
    stack: Stack,
    state: StackState | None,
    outputs: Mapping[str, Mapping[str, str]],
    patience: Patience,
) -> StackPlan:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    values = resolve(cloud, stack, outputs)
    unknown = sorted(name for name, value in values.items() if value is None)
    if state is None or state.status in {"REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"}:
        if unknown:
            return _estimate(stack, What.CREATE, None, values, _waits(stack, unknown))
        if state is not None and state.status == "DELETE_IN_PROGRESS":
            note = "the stack is being deleted; a deployment waits for that and makes it anew"
            return _estimate(stack, What.CREATE, None, values, note)
    elif not state.deployed and not state.updatable:
        note = f"the stack is in {state.status}; a deployment deletes what is left and makes it anew"
        return _estimate(stack, What.RECREATE, None, values, note)
    elif not state.updatable:
        note = f"the stack is in {state.status}; a deployment brings that to its end first"
        return _estimate(stack, What.UPDATE, deployed_template(client, stack.name), values, note)
    elif any(name not in state.parameters for name in unknown):
        old = deployed_template(client, stack.name)
        return _estimate(stack, What.UPDATE, old, values, _waits(stack, unknown))
    return _by_change_set(cloud, stack, state, values, patience)


def _by_change_set(
    cloud: Cloud,
    stack: Stack,
    state: StackState | None,
    values: Mapping[str, str | None],
    patience: Patience,
) -> StackPlan:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    new = state is None or state.status == "REVIEW_IN_PROGRESS"
    previous = () if state is None else tuple(state.parameters)
    try:
        inputs = {"Parameters": changeset.parameters(values, previous), **source(cloud, stack)}
    except OperationError as error:
        # a large template whose bucket is not there yet: the rest of the plan is still worth having
        old = None if new else deployed_template(client, stack.name)
        return _estimate(stack, What.CREATE if new else What.UPDATE, old, values, error.message)
    try:
        made = changeset.create(
            client, stack, kind="CREATE" if new else "UPDATE", inputs=inputs, patience=patience
        )
    except ClientError as error:
        if not taken(error):
            raise
        old = None if new else deployed_template(client, stack.name)
        note = "another deployment works on the stack"
        return _estimate(stack, What.CREATE if new else What.UPDATE, old, values, note)
    if made is None:
        return _planned(stack, What.NOTHING, (), values)
    changeset.discard(client, made.arn, made.stack_arn if new else None)
    notes = tuple(
        f"parameter `{name}` keeps its value unless a deployment before it changes the output"
        for name, value in values.items()
        if value is None
    )
    return _planned(stack, What.CREATE if new else What.UPDATE, made.changes, values, notes=notes)


def _estimate(
    stack: Stack, what: What, old: Mapping[str, Any] | None, values: Mapping[str, str | None], note: str
) -> StackPlan:
    changes = from_templates(old, stack.template)
    return _planned(stack, what, changes, values, estimated=True, notes=(note,))


def _planned(
    stack: Stack,
    what: What,
    changes: tuple[Change, ...],
    values: Mapping[str, str | None],
    *,
    estimated: bool = False,
    notes: tuple[str, ...] = (),
) -> StackPlan:
    return StackPlan(
        stack.id, stack.name, stack.account, stack.region, what, changes, dict(values), estimated, notes
    )


def _with_settings(cloud: Cloud, stack: Stack, planned: StackPlan, stands: bool) -> StackPlan:
    """Before the stack stands its services may be off, and have no settings to read: all are new then."""
    if not stack.settings:
        return planned
    new = settings.differing(cloud, stack) if stands else stack.settings
    return dataclasses.replace(planned, sets=tuple(settings.sentence(setting) for setting in new))


def _with_accepts(cloud: Cloud, stack: Stack, planned: StackPlan, outputs: Mapping[str, str]) -> StackPlan:
    """What is new is accepted once it asks; of what stands already, EC2 says what still waits."""
    if not stack.acceptances:
        return planned
    made = {
        change.logical
        for change in planned.changes
        if change.action in {Action.ADD, Action.REPLACE, Action.MAY_REPLACE}
    }
    accepts = [a for a in stack.acceptances if acceptance.logical(stack, a) in made]
    accepts += [a for a in acceptance.waiting(cloud, stack, outputs) if a not in accepts]
    return dataclasses.replace(planned, accepts=tuple(acceptance.sentence(a) for a in accepts))


def _waits(stack: Stack, unknown: Sequence[str]) -> str:
    stacks = sorted(need.rsplit("/", 1)[-1] for need in stack.needs)
    return (
        f"planned from the template alone: {', '.join(f'`{u}`' for u in unknown)} "
        f"known after deploy of {', '.join(f'`{s}`' for s in stacks)}"
    )


def _later_inputs(stacks: Sequence[Stack], plans: Sequence[StackPlan]) -> list[StackPlan]:
    """Note on each stack that one it takes outputs from changes too: its inputs may then differ."""
    moving = {p.stack for p in plans if p.what is not What.NOTHING}
    noted = []
    for stack, planned in zip(stacks, plans, strict=True):
        sources = sorted(stack.needs & moving)
        if sources and not planned.estimated:
            names = ", ".join(f"`{s.rsplit('/', 1)[-1]}`" for s in sources)
            note = f"planned with the present outputs of {names}, which changes too"
            planned = dataclasses.replace(planned, notes=(*planned.notes, note))  # noqa: PLW2901
        noted.append(planned)
    return noted
