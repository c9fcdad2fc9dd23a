"""Deploy stacks: change set, refusal of what destroys data, execution, events, outputs.

Safe to repeat, and safe to interrupt: nothing is remembered outside CloudFormation, and every state
that an interruption leaves is handled (`settle`). Two deployers on one stack: CloudFormation lets one
through; the other waits for it and goes on.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.deploy import acceptance, changeset, settings
from ringwork.cloud.deploy.changes import Change
from ringwork.cloud.deploy.order import at_once, check, in_order
from ringwork.cloud.deploy.parameters import resolve
from ringwork.cloud.deploy.progress import Event, OnEvent, Patience, Run, Watch
from ringwork.cloud.deploy.settle import settle
from ringwork.cloud.deploy.state import StackState, describe, taken
from ringwork.cloud.deploy.template import holds_data, source
from ringwork.cloud.errors import OperationError, explain
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Stack, StackOutput

_ATTEMPTS = 5
"""How often a stack is started again after another deployer was quicker."""


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    """it would destroy data"""
    FAILED = "failed"
    SKIPPED = "skipped"
    """a stack that it needs did not succeed"""


@dataclass(frozen=True, slots=True)
class StackResult:
    """How it went for one stack."""

    stack: str
    """`Stack.id`"""
    name: str
    outcome: Outcome
    outputs: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    error: OperationError | None = None
    """for `FAILED` and `REFUSED`; for `SKIPPED`: which stack is to blame"""

    @property
    def ok(self) -> bool:
        return self.outcome in {Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED}


@dataclass(frozen=True, slots=True)
class Deployment:
    """How it went for all stacks, in the order they were given in."""

    results: tuple[StackResult, ...]

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    @property
    def outputs(self) -> dict[str, Mapping[str, str]]:
        """`Stack.id` -> outputs, for stacks that are deployed."""
        return {result.stack: result.outputs for result in self.results if result.ok}

    def raise_for_failure(self) -> None:
        """Raise an OperationError that names each stack that failed or was refused."""
        bad = [result.error for result in self.results if result.error and result.outcome != Outcome.SKIPPED]
        if len(bad) == 1:
            raise bad[0]
        if bad:
            raise OperationError("\n".join(e.message for e in bad), help=bad[0].help)


def deploy(
    cloud: Cloud,
    stacks: Sequence[Stack],
    *,
    on_event: OnEvent | None = None,
    allow_data_loss: bool = False,
    only: Collection[str] | None = None,
    patience: Patience | None = None,
) -> Deployment:
    """Create or update `stacks` in the order of their needs, independent ones at once.

    `only`: `Stack.id`s to deploy; what they need outside must be deployed already. `on_event` is called
    from one thread at a time. A stack that fails or is refused stops those that need it and no others.
    Raises OperationError only for what concerns no single stack (credentials, a circle of needs).
    """
    check(stacks)
    emit = one_at_a_time(on_event or (lambda event: None))
    run = Run(emit, allow_data_loss, patience or Patience())
    chosen = {stack.id: stack for stack in stacks if only is None or stack.id in only}
    outputs = _outputs_outside(cloud, stacks, chosen)

    def work(stack_id: str) -> StackResult:
        stack = chosen[stack_id]
        try:
            result = _deploy_one(cloud, stack, outputs, run)
        except OperationError as error:
            return StackResult(stack.id, stack.name, Outcome.FAILED, error=error)
        except (ClientError, BotoCoreError) as error:
            where = f"deploy stack `{stack.name}` in account {stack.account}, Region {stack.region}"
            return StackResult(stack.id, stack.name, Outcome.FAILED, error=explain(error, where))
        if result.ok:
            outputs[stack.id] = result.outputs
        return result

    needs = {i: stack.needs for i, stack in chosen.items()}
    done = in_order(needs, work, go_on=lambda result: result.ok, abort=run.patience.stop.set)
    return Deployment(tuple(done.get(i) or _skipped(stack, done) for i, stack in chosen.items()))


def _deploy_one(
    cloud: Cloud,
    stack: Stack,
    outputs: Mapping[str, Mapping[str, str]],
    run: Run,
) -> StackResult:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    values = resolve(cloud, stack, outputs)
    _require_all(stack, values)
    inputs = {"Parameters": changeset.parameters(values), **source(cloud, stack)}
    run = dataclasses.replace(run, on_event=acceptance.as_asked(cloud, stack, run.on_event, run.patience))
    for attempt in range(_ATTEMPTS):
        if stack.acceptances:
            acceptance.go_on(cloud, client, stack, describe(client, stack.name), run.patience)
        state = settle(
            client,
            stack,
            run,
            lambda service: cloud.client(service, account=stack.account, region=stack.region),
        )
        try:
            result = _change(client, stack, state, inputs, run)
            if result.ok:
                acceptance.accept_all(cloud, stack, result.outputs, run.patience)
                settings.write_all(cloud, stack)
            return result
        except ClientError as error:
            if not taken(error):
                raise
            if attempt == _ATTEMPTS - 1:
                raise OperationError(
                    f"another deployment keeps changing stack `{stack.name}` in account {stack.account}, "
                    f"Region {stack.region}",
                    help="wait until it has finished and repeat the command",
                ) from error
    raise AssertionError("the last attempt returns or raises")


def _change(
    client: Any,
    stack: Stack,
    state: StackState | None,
    inputs: Mapping[str, Any],
    run: Run,
) -> StackResult:
    kind = "CREATE" if state is None else "UPDATE"
    made = changeset.create(client, stack, kind=kind, inputs=inputs, patience=run.patience)
    if made is None:
        if state is None:
            raise OperationError(
                f"stack `{stack.name}` has no resources", help="leave it out of the deployment"
            )
        if not state.deployed:
            raise OperationError(
                f"stack `{stack.name}` is in {state.status}, and CloudFormation sees nothing to change in it",
                help=f"retry it: `aws cloudformation update-stack --stack-name {stack.name} "
                "--use-previous-template`, then repeat the command",
            )
        _protect(client, stack, state)
        return StackResult(stack.id, stack.name, Outcome.UNCHANGED, state.outputs)
    lost = [change for change in made.changes if change.destroys_data]
    if lost and not run.allow_data_loss:
        changeset.discard(client, made.arn)
        return StackResult(
            stack.id, stack.name, Outcome.REFUSED, changes=made.changes, error=refusal(stack, lost)
        )
    after = carry_out(client, stack, made, run)
    _protect(client, stack, after)
    outcome = Outcome.CREATED if state is None else Outcome.UPDATED
    return StackResult(stack.id, stack.name, outcome, after.outputs, made.changes)


def carry_out(client: Any, stack: Stack, made: changeset.ChangeSet, run: Run) -> StackState:
    """Execute a change set and wait for its end. Raises OperationError with the first cause of failure."""
    watch = Watch(client, made.stack_arn, stack.id, run)
    changeset.execute(client, made)
    after = watch.until_settled(started=True)
    if after.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return after
    raise _failure(stack, after, watch.first_cause())


def _failure(stack: Stack, after: StackState, cause: Event | None) -> OperationError:
    where = f"stack `{stack.name}` in account {stack.account}, Region {stack.region}"
    if cause is None:
        return OperationError(
            f"{where} ended in {after.status}" + (f": {after.reason}" if after.reason else ""),
            help="look at the stack's events, mend the cause and repeat the command",
        )
    verb = cause.status.removesuffix("_FAILED").lower().replace("_", " ")
    left = (
        "the next deployment removes what is left and starts it anew"
        if after.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
        else "the stack is back at what it was"
        if after.status == "UPDATE_ROLLBACK_COMPLETE"
        else f"the stack is in {after.status}; the next deployment goes on from there"
    )
    if "exists" in cause.reason.lower():
        left = (
            "something of that name is there already, perhaps kept when an earlier stack was removed; "
            f"delete it or import it into the stack. {left[0].upper()}{left[1:]}"
        )
    return OperationError(
        f"{where}: {verb} of `{cause.logical}` ({cause.type}) failed: {cause.reason}",
        help=f"mend this cause and repeat the command: {left}",
    )


def refusal(stack: Stack, lost: Sequence[Change]) -> OperationError:
    """The error for changes that would destroy data."""
    named = ", ".join(f"`{c.logical}` ({c.type}, {c.action.value})" for c in lost)
    return OperationError(
        f"the change of stack `{stack.name}` would destroy data: {named}",
        help="keep the resources (`DeletionPolicy` and `UpdateReplacePolicy`: `Retain`), "
        "or repeat the command with `--allow-data-loss`",
    )


def _protect(client: Any, stack: Stack, state: StackState) -> None:
    """Termination protection for stacks that hold data: nobody deletes them by one call."""
    if holds_data(stack.template) and not state.protected:
        client.update_termination_protection(StackName=state.arn, EnableTerminationProtection=True)


def _require_all(stack: Stack, values: Mapping[str, str | None]) -> None:
    missing = sorted(name for name, value in values.items() if value is None)
    if not missing:
        return
    given = stack.parameters[missing[0]]
    wanted = (
        f"output `{given.output}` of stack `{given.stack}`" if isinstance(given, StackOutput) else "a value"
    )
    raise OperationError(
        f"stack `{stack.name}` needs {wanted} for parameter `{missing[0]}`, which is not there",
        help="deploy that stack first, with a template that has the output",
    )


def _outputs_outside(
    cloud: Cloud, stacks: Sequence[Stack], chosen: Mapping[str, Stack]
) -> dict[str, Mapping[str, str]]:
    """Outputs of deployed stacks that chosen ones need and that are not deployed in this run."""
    wanted = {need for stack in chosen.values() for need in stack.needs} - chosen.keys()
    return outputs_of(cloud, [stack for stack in stacks if stack.id in wanted])


def outputs_of(cloud: Cloud, stacks: Sequence[Stack]) -> dict[str, Mapping[str, str]]:
    """`Stack.id` -> outputs, for those of `stacks` that are deployed."""

    def read(stack: Stack) -> StackState | None:
        try:
            client = cloud.client("cloudformation", account=stack.account, region=stack.region)
            return describe(client, stack.name)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"read stack `{stack.name}` in account {stack.account}") from error

    states = at_once(read, stacks)
    return {
        stack.id: state.outputs
        for stack, state in zip(stacks, states, strict=True)
        if state is not None and state.deployed
    }


def _skipped(stack: Stack, done: Mapping[str, StackResult]) -> StackResult:
    blamed = sorted(need for need in stack.needs if need not in done or not done[need].ok)
    return StackResult(
        stack.id,
        stack.name,
        Outcome.SKIPPED,
        error=OperationError(f"stack `{stack.name}` waits for `{blamed[0]}`" if blamed else "skipped"),
    )


def one_at_a_time(on_event: OnEvent) -> Callable[[Event], None]:
    """`on_event`, called by one thread at a time."""
    lock = threading.Lock()

    def emit(event: Event) -> None:
        with lock:
            on_event(event)

    return emit
