"""Plan, deploy, heal and remove what a blueprint describes, in one cloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ringwork.blueprint import environment as blueprints
from ringwork.blueprint.environment import Shared
from ringwork.cloud import deploy as deployer
from ringwork.cloud.collect import collect
from ringwork.cloud.deploy import (
    ApiCall,
    Deployment,
    Destruction,
    Event,
    Orphan,
    Plan,
    Removal,
    Undone,
    Unseen,
)
from ringwork.cloud.deploy.state import describe
from ringwork.cloud.errors import OperationError, explained
from ringwork.cloud.session import DEPLOY_ROLE
from ringwork.estate import Gap
from ringwork.source import InputError
from ringwork.workflows.audit import Progress
from ringwork.workflows.design import Design, desired_estate, keep_addresses
from ringwork.workflows.exit import Exit
from ringwork.workflows.lockout import refuse_lockout
from ringwork.workflows.places import formerly, keep_places
from ringwork.workflows.target import Workplace

OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a resource is in the architecture, from its template's Metadata."""

    stack: str
    logical: str
    type: str
    ring: str
    control: str
    why: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def explain(designed: Design, name: str) -> tuple[Explanation, ...]:
    """Every resource called `name` (`LogicalId` or `STACK/LogicalId`). Raises InputError if none is."""
    stack_name, _, logical = name.rpartition("/")
    found = []
    names: set[str] = set()
    for stack in designed.stacks:
        names.update(stack.template["Resources"])
        resource = stack.template["Resources"].get(logical)
        if resource is None or (stack_name and stack_name != stack.name):
            continue
        said = resource["Metadata"]["Ringwork"]
        found.append(
            Explanation(stack.name, logical, resource["Type"], said["Ring"], said["Control"], said["Why"])
        )
    if not found:
        near = get_close_matches(logical, names, n=3)
        hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
        raise InputError(
            f"no resource is called `{name}`", help=hint or "list them with `ringwork plan --all`"
        )
    return tuple(found)


def not_bootstrapped(place: Workplace) -> tuple[tuple[str, str], ...]:
    """The blueprint's accounts and Regions where `bootstrap` must come first, or was interrupted."""
    designed = place.designed
    missing = deployer.missing(place.cloud, accounts=designed.accounts, regions=designed.regions)
    if missing:
        return missing
    management, security = _administrators(place)
    if management == security:
        return ()
    return deployer.undelegated(
        place.cloud, management=management, security=security, regions=designed.regions
    )


def bootstrap(
    place: Workplace,
    *,
    trusted: Sequence[str] = (),
    role: str | None = None,
    on_event: OnEvent | None = None,
) -> Deployment:
    """Make the roles and template buckets of all the blueprint's accounts and Regions, and `delegate`."""
    designed = place.designed
    done = deployer.bootstrap(
        place.cloud,
        accounts=designed.accounts,
        regions=designed.regions,
        trusted=trusted_by(place, trusted),
        role=role,
        on_event=on_event,
    )
    if done.ok:
        delegate(place, role=role)
    return done


def delegate(place: Workplace, *, role: str | None = None) -> tuple[str, ...]:
    """Make the security account the administrator of the organization's detectors, where there are several
    accounts; names what was not so before. Raises OperationError with the commands that are left."""
    management, security = _administrators(place)
    if management == security:
        return ()
    return deployer.delegate(
        place.cloud, management=management, security=security, regions=place.designed.regions, role=role
    )


def _administrators(place: Workplace) -> tuple[str, str]:
    """The management account and the security account."""
    shared = blueprints.shared_accounts(place.designed.blueprint)
    return shared[Shared.MANAGEMENT].account_id, shared[Shared.SECURITY].account_id


def trusted_by(place: Workplace, given: Sequence[str] = ()) -> tuple[str, ...]:
    """Who may take the roles: those given, else whom the caller's account lets; and the blueprint's
    administrators."""
    administrators = place.designed.blueprint.administrators
    if not administrators:
        return tuple(given)
    caller = place.cloud.caller()
    return (*(given or (f"arn:{caller.partition}:iam::{caller.account}:root",)), *administrators)


def plan(place: Workplace) -> Plan:
    """What deploying would do, and what is left over where the blueprint was deployed before; see
    `ringwork.cloud.deploy.plan`. Raises OperationError for guard rails that would lock the deployer out."""
    refuse_lockout(place)
    return deployer.plan(place.cloud, place.designed.stacks, formerly=formerly(place.designed))


def deploy(place: Workplace, *, on_event: OnEvent | None = None, allow_data_loss: bool = False) -> Deployment:
    """Deploy every stack. The address plan and the record of places are written first: they must outlive an
    interruption. Raises OperationError, and changes nothing, for guard rails that would lock the deployer
    out."""
    refuse_lockout(place)
    keep_addresses(place.designed)
    keep_places(place.designed)
    return deployer.deploy(
        place.cloud, place.designed.stacks, on_event=on_event, allow_data_loss=allow_data_loss
    )


def removal(place: Workplace, planned: Plan) -> Removal:
    """What pruning would take away and leave: the stacks of `planned` that left the blueprint."""
    return deployer.removal(place.cloud, planned.orphans)


def prune(
    place: Workplace,
    left: Sequence[Orphan],
    *,
    on_event: OnEvent | None = None,
    allow_data_loss: bool = False,
) -> Destruction:
    """Delete the stacks `left` that left the blueprint, as the user consented. Raises OperationError."""
    return deployer.prune(
        place.cloud,
        place.designed.stacks,
        left=left,
        formerly=formerly(place.designed),
        on_event=on_event,
        allow_data_loss=allow_data_loss,
    )


@dataclass(frozen=True, slots=True)
class Blindness:
    """Types that could not be read, for one reason."""

    reason: str
    types: tuple[str, ...]
    """sorted; empty: resources of any type"""
    accounts: tuple[str, ...]

    def __str__(self) -> str:
        count = len(self.types)
        what = "any type" if not count else self.types[0] if count == 1 else f"{count} types"
        where = ", ".join(self.accounts)
        return f"could not look at {what}{f' in {where}' if where else ''}: {self.reason}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def blindness(gaps: Iterable[Gap]) -> tuple[Blindness, ...]:
    """The gaps by their reason. Calls that fail alike fail for one reason: which call it was is left out."""
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(_CALL.sub("", gap.reason), []).append(gap)
    return tuple(
        Blindness(
            reason,
            () if any(gap.type is None for gap in same) else tuple(sorted({gap.type or "" for gap in same})),
            tuple(sorted({gap.account for gap in same if gap.account})),
        )
        for reason, same in found.items()
    )


_CALL = re.compile(r"^`[a-z0-9-]+:[A-Za-z0-9]+` failed: (?:OperationError: )?")


@dataclass(frozen=True, slots=True)
class Healing:
    """What has drifted: what CloudFormation reverts, and what it does not see."""

    plan: Plan
    """of drift-aware change sets"""
    unseen: Unseen
    absent: tuple[str, ...] = ()
    """`Stack.id` of those that are designed and not deployed: healing does not make them"""
    undecided: tuple[str, ...] = ()
    """`Stack.id` of those in a state in which CloudFormation compares nothing"""

    @property
    def empty(self) -> bool:
        return self.plan.empty and not self.unseen.drift

    def exit(self, *, healed: bool) -> Exit:
        """Violated while a stack is missing or drift stays, else undecided where something was not seen.

        `healed`: all that was found is undone.
        """
        if self.absent or not (healed or self.empty):
            return Exit.VIOLATED
        return Exit.UNDECIDED if self.undecided or self.unseen.gaps else Exit.HOLDS


def plan_healing(place: Workplace, templates: Path, progress: Progress | None = None) -> Healing:
    """Look for drift of both kinds. Changes nothing; change sets that are made are deleted again.

    Raises OperationError where nothing of the blueprint is deployed: there is nothing to compare.
    """
    designed = place.designed
    absent, undecided = _not_comparable(place)
    if len(absent) == len(designed.stacks):
        raise _not_deployed(place)
    planned = deployer.plan_revert(place.cloud, designed.stacks)
    live = collect(
        place.cloud,
        accounts=designed.accounts,
        regions=designed.regions,
        role=DEPLOY_ROLE,
        progress=progress,
    )
    unseen = deployer.unseen(desired_estate(designed, templates), live)
    return Healing(planned, unseen, absent, undecided)


def _not_comparable(place: Workplace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Stacks that are not deployed, and those that are and that CloudFormation works on or left broken."""
    if not_bootstrapped(place):
        raise _not_deployed(place)
    absent, undecided = [], []
    for stack in place.designed.stacks:
        with explained(f"read stack `{stack.name}` in account {stack.account}, Region {stack.region}"):
            client = place.cloud.client("cloudformation", account=stack.account, region=stack.region)
            state = describe(client, stack.name)
        if state is None or not (state.deployed or state.busy):
            absent.append(stack.id)
        elif not state.updatable:
            undecided.append(stack.id)
    return tuple(absent), tuple(undecided)


def _not_deployed(place: Workplace) -> OperationError:
    return OperationError(f"not deployed: run `{command_line(place, 'deploy')}`")


def command_line(place: Workplace, verb: str) -> str:
    """`ringwork deploy blueprint.yaml`, with the target where the blueprint does not say it."""
    designed, target = place.designed, place.cloud.target
    where = "" if target == designed.blueprint.target else f" --target {target}"
    return f"ringwork {verb} {designed.path}{where}"


def heal(
    place: Workplace,
    *,
    undo: Sequence[ApiCall],
    only: Collection[str] | None = None,
    on_event: OnEvent | None = None,
    allow_data_loss: bool = False,
) -> tuple[Deployment, tuple[Undone, ...]]:
    """Revert what CloudFormation sees, then run the calls that the user consented to.

    `only`: `Stack.id`s to revert (none: all).
    """
    stacks = [stack for stack in place.designed.stacks if only is None or stack.id in only]
    deployment = deployer.revert_drift(
        place.cloud, stacks, on_event=on_event, allow_data_loss=allow_data_loss
    )
    return deployment, deployer.undo(place.cloud, undo)


def resource_count(designed: Design) -> int:
    return sum(len(stack.template["Resources"]) for stack in designed.stacks)
