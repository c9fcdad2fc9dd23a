"""Remove stacks, in the reverse order of their needs: first a list of what goes, then, on demand, the act."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.deploy import changeset, settings
from ringwork.cloud.deploy.apply import one_at_a_time
from ringwork.cloud.deploy.order import at_once, in_order
from ringwork.cloud.deploy.plan import Orphan, Place, orphans
from ringwork.cloud.deploy.progress import OnEvent, Patience, Run, Watch
from ringwork.cloud.deploy.protection import release
from ringwork.cloud.deploy.state import describe, listed_resources
from ringwork.cloud.deploy.template import DATA_TYPES, deployed_template, kept, resources
from ringwork.cloud.errors import OperationError, explain
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Stack

RINGS = ("account", "transit", "services", "inspection", "network", "data", "identity")
"""Order of deployment: for orphans, whose needs nobody knows any more, the name's ending tells the ring."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One resource of a stack that is to be removed."""

    logical: str
    type: str
    physical: str
    data: bool
    """users keep data in it"""


@dataclass(frozen=True, slots=True)
class StackRemoval:
    """What removing one deployed stack takes away, and what it leaves in the account."""

    stack: str
    """account/region/name"""
    name: str
    account: str
    region: str
    status: str
    protected: bool
    goes: tuple[Leaving, ...]
    retained: tuple[Leaving, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """The dry run: deployed stacks only, in the order they were given in."""

    stacks: tuple[StackRemoval, ...]

    @property
    def destroys_data(self) -> tuple[Leaving, ...]:
        return tuple(leaving for stack in self.stacks for leaving in stack.goes if leaving.data)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


class Gone(StrEnum):
    REMOVED = "removed"
    ABSENT = "absent"
    FAILED = "failed"
    SKIPPED = "skipped"
    """a stack that needs it is still there"""


@dataclass(frozen=True, slots=True)
class Removed:
    """How it went for one stack."""

    stack: str
    name: str
    outcome: Gone
    retained: tuple[Leaving, ...] = ()
    """what its deletion left in the account"""
    error: OperationError | None = None

    @property
    def ok(self) -> bool:
        return self.outcome in {Gone.REMOVED, Gone.ABSENT}


@dataclass(frozen=True, slots=True)
class Destruction:
    """How it went for all stacks, in the order they were given in."""

    results: tuple[Removed, ...]

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    @property
    def retained(self) -> tuple[Leaving, ...]:
        return tuple(leaving for result in self.results for leaving in result.retained)

    def raise_for_failure(self) -> None:
        bad = [result.error for result in self.results if result.error and result.outcome is Gone.FAILED]
        if bad:
            raise OperationError("\n".join(error.message for error in bad), help=bad[0].help)


def removal(cloud: Cloud, stacks: Sequence[Stack | Orphan]) -> Removal:
    """What destroying `stacks` would take away and what it would leave. Changes nothing."""

    def one(stack: Stack | Orphan) -> StackRemoval | None:
        client = cloud.client("cloudformation", account=stack.account, region=stack.region)
        try:
            state = describe(client, stack.name)
            if state is None or state.status == "DELETE_COMPLETE":
                return None
            goes, retained = _sorted_out(client, state.arn)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"read stack `{stack.name}` in account {stack.account}") from error
        return StackRemoval(
            stack=_id(stack),
            name=stack.name,
            account=stack.account,
            region=stack.region,
            status=state.status,
            protected=state.protected,
            goes=goes,
            retained=retained,
        )

    return Removal(tuple(found for found in at_once(one, stacks) if found is not None))


def destroy(
    cloud: Cloud,
    stacks: Sequence[Stack | Orphan],
    *,
    confirm: bool = False,
    on_event: OnEvent | None = None,
    patience: Patience | None = None,
) -> Destruction:
    """Delete `stacks`, those first that no other needs. `removal` says beforehand what that means.

    Without `confirm` nothing is touched and OperationError is raised; with it, termination protection
    is turned off and the stacks are deleted. A stack that fails stops those that it needs.
    """
    if not confirm:
        raise OperationError(
            f"destroying {len(stacks)} stacks needs confirmation",
            help="look at what goes with `ringwork destroy --dry-run`, then repeat the command and confirm",
        )
    run = Run(one_at_a_time(on_event or (lambda event: None)), True, patience or Patience())
    by_id = {_id(stack): stack for stack in stacks}

    def work(stack_id: str) -> Removed:
        stack = by_id[stack_id]
        try:
            if isinstance(stack, Stack) and stack.settings:
                _take_back(cloud, stack)
            return _remove(cloud, stack, run)
        except OperationError as error:
            return Removed(stack_id, stack.name, Gone.FAILED, error=error)
        except (ClientError, BotoCoreError) as error:
            where = f"delete stack `{stack.name}` in account {stack.account}, Region {stack.region}"
            return Removed(stack_id, stack.name, Gone.FAILED, error=explain(error, where))

    done = in_order(_needed_by(stacks), work, go_on=lambda result: result.ok, abort=run.patience.stop.set)
    return Destruction(
        tuple(done.get(i) or Removed(i, stack.name, Gone.SKIPPED) for i, stack in by_id.items())
    )


def _take_back(cloud: Cloud, stack: Stack) -> None:
    """What the stack set in its account and costs. Of a stack that never stood, nothing was set."""
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    state = describe(client, stack.name)
    if state is not None and state.deployed:
        settings.take_back(cloud, stack)


def prune(
    cloud: Cloud,
    stacks: Sequence[Stack],
    *,
    left: Sequence[Orphan] | None = None,
    formerly: Collection[Place] = (),
    allow_data_loss: bool = False,
    on_event: OnEvent | None = None,
    patience: Patience | None = None,
) -> Destruction:
    """Delete the orphans of `stacks`: ours by their tag, and no longer in the architecture.

    `left`: only those of them, to which somebody has consented. `formerly`: places that were deployed to
    before. Raises OperationError, before anything
    is touched, where data would go without `allow_data_loss`.
    """
    found = orphans(cloud, stacks, formerly=formerly, unreached=[])
    if left is not None:
        agreed = {orphan.stack for orphan in left}
        found = tuple(orphan for orphan in found if orphan.stack in agreed)
    lost = removal(cloud, found).destroys_data
    if lost and not allow_data_loss:
        named = ", ".join(f"`{leaving.logical}` ({leaving.type})" for leaving in lost)
        raise OperationError(
            f"removing stacks that left the blueprint would destroy data: {named}",
            help="save the data, then repeat the command with `--allow-data-loss`",
        )
    return destroy(cloud, found, confirm=True, on_event=on_event, patience=patience)


def _remove(cloud: Cloud, stack: Stack | Orphan, run: Run) -> Removed:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    state = describe(client, stack.name)
    if state is None or state.status == "DELETE_COMPLETE":
        return Removed(_id(stack), stack.name, Gone.ABSENT)
    goes, retained = _sorted_out(client, state.arn)
    watch = Watch(client, state.arn, _id(stack), run)
    if state.busy:
        state = watch.until_settled()
    if state.status == "REVIEW_IN_PROGRESS":
        changeset.discard_all(client, state.arn)
    if state.status != "DELETE_COMPLETE":
        if state.protected:
            client.update_termination_protection(StackName=state.arn, EnableTerminationProtection=False)
        for leaving in goes:
            release(
                lambda service: cloud.client(service, account=stack.account, region=stack.region),
                leaving.type,
                leaving.physical,
            )
        # a new watch: causes of earlier failures are not this deletion's
        watch = Watch(client, state.arn, _id(stack), run)
        client.delete_stack(StackName=state.arn)
        state = watch.until_settled(started=True)
    if state.status != "DELETE_COMPLETE":
        cause = watch.first_cause()
        blame = f"`{cause.logical}` ({cause.type}): {cause.reason}" if cause else state.reason
        raise OperationError(
            f"stack `{stack.name}` in account {stack.account}, Region {stack.region} ended in "
            f"{state.status}: {blame}",
            help="empty or release what it names (buckets must be empty), then repeat the command",
        )
    return Removed(_id(stack), stack.name, Gone.REMOVED, retained)


def _sorted_out(client: Any, arn: str) -> tuple[tuple[Leaving, ...], tuple[Leaving, ...]]:
    """Resources that the stack's deletion deletes, and those that their DeletionPolicy keeps."""
    declared = resources(deployed_template(client, arn))
    goes: list[Leaving] = []
    retained: list[Leaving] = []
    for found in listed_resources(client, arn):
        if found["ResourceStatus"] in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
            continue
        leaving = Leaving(
            logical=found["LogicalResourceId"],
            type=found["ResourceType"],
            physical=found.get("PhysicalResourceId", ""),
            data=found["ResourceType"] in DATA_TYPES,
        )
        safe = kept(declared.get(leaving.logical), "DeletionPolicy")
        (retained if safe else goes).append(leaving)
    return tuple(goes), tuple(retained)


def _needed_by(stacks: Sequence[Stack | Orphan]) -> dict[str, set[str]]:
    """Stack -> the stacks that must be gone before it."""
    before: dict[str, set[str]] = {_id(stack): set() for stack in stacks}
    for stack in stacks:
        for need in _needs(stack, stacks):
            if need in before:
                before[need].add(_id(stack))
    return before


def _needs(stack: Stack | Orphan, stacks: Sequence[Stack | Orphan]) -> set[str]:
    if isinstance(stack, Stack):
        return set(stack.needs)
    return {other.stack for other in stacks if isinstance(other, Orphan) and _ring(other) < _ring(stack)}


def _ring(orphan: Orphan) -> int:
    ending = orphan.name.rsplit("-", 1)[-1]
    return RINGS.index(ending) if ending in RINGS else len(RINGS)


def _id(stack: Stack | Orphan) -> str:
    return stack.id if isinstance(stack, Stack) else stack.stack
