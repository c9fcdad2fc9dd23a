"""Plan, deploy, heal and remove what a blueprint describes, in one cloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from ringwork.cloud import deploy as deployer
from ringwork.cloud.deploy import Deployment, Event, Plan
from ringwork.source import InputError
from ringwork.workflows.design import Design, keep_addresses
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
        hint = (
            f"did you mean {' or '.join(f'`{n}`' for n in near)}?"
            if near
            else "list them with `ringwork plan --all`"
        )
        raise InputError(f"no resource is called `{name}`", help=hint)
    return tuple(found)


def plan(place: Workplace) -> Plan:
    """What deploying would do; see `ringwork.cloud.deploy.plan`."""
    return deployer.plan(place.cloud, place.designed.stacks)


def deploy(place: Workplace, *, on_event: OnEvent, allow_data_loss: bool = False) -> Deployment:
    """Deploy every stack. The address plan is written first: it must outlive an interruption."""
    keep_addresses(place.designed)
    return deployer.deploy(
        place.cloud, place.designed.stacks, on_event=on_event, allow_data_loss=allow_data_loss
    )
