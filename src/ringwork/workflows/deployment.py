"""Plan, deploy, heal and remove what a blueprint describes, in one cloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ringwork.cloud import deploy as deployer
from ringwork.cloud.collect import collect
from ringwork.cloud.deploy import ApiCall, Deployment, Event, Plan, Undone, Unseen
from ringwork.cloud.session import DEPLOY_ROLE
from ringwork.source import InputError
from ringwork.workflows.audit import Progress
from ringwork.workflows.design import Design, desired_estate, keep_addresses
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
    """The blueprint's accounts and Regions where `bootstrap` must come first."""
    designed = place.designed
    return deployer.missing(place.cloud, accounts=designed.accounts, regions=designed.regions)


def bootstrap(place: Workplace, *, on_event: OnEvent | None = None) -> Deployment:
    """Make the roles and template buckets of all the blueprint's accounts and Regions."""
    designed = place.designed
    return deployer.bootstrap(
        place.cloud, accounts=designed.accounts, regions=designed.regions, on_event=on_event
    )


def plan(place: Workplace) -> Plan:
    """What deploying would do; see `ringwork.cloud.deploy.plan`."""
    return deployer.plan(place.cloud, place.designed.stacks)


def deploy(place: Workplace, *, on_event: OnEvent | None = None, allow_data_loss: bool = False) -> Deployment:
    """Deploy every stack. The address plan is written first: it must outlive an interruption."""
    keep_addresses(place.designed)
    return deployer.deploy(
        place.cloud, place.designed.stacks, on_event=on_event, allow_data_loss=allow_data_loss
    )


@dataclass(frozen=True, slots=True)
class Healing:
    """What has drifted: what CloudFormation reverts, and what it does not see."""

    plan: Plan
    """of drift-aware change sets"""
    unseen: Unseen

    @property
    def empty(self) -> bool:
        return self.plan.empty and not self.unseen.drift


def plan_healing(place: Workplace, templates: Path, progress: Progress | None = None) -> Healing:
    """Look for drift of both kinds. Changes nothing; change sets that are made are deleted again."""
    designed = place.designed
    planned = deployer.plan_revert(place.cloud, designed.stacks)
    live = collect(
        place.cloud,
        accounts=designed.accounts,
        regions=designed.regions,
        role=DEPLOY_ROLE,
        progress=progress,
    )
    return Healing(planned, deployer.unseen(desired_estate(designed, templates), live))


def heal(
    place: Workplace,
    *,
    undo: Sequence[ApiCall],
    on_event: OnEvent | None = None,
    allow_data_loss: bool = False,
) -> tuple[Deployment, tuple[Undone, ...]]:
    """Revert what CloudFormation sees, then run the calls that the user consented to."""
    deployment = deployer.revert_drift(
        place.cloud, place.designed.stacks, on_event=on_event, allow_data_loss=allow_data_loss
    )
    return deployment, deployer.undo(place.cloud, undo)


def resource_count(designed: Design) -> int:
    return sum(len(stack.template["Resources"]) for stack in designed.stacks)
