"""What the engine remembers of stacks: plain records that become JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any


def now() -> str:
    """The time as the records keep it: ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(slots=True)
class ResourceRecord:
    """One resource of a stack, as it was last made or updated."""

    logical: str
    type: str
    status: str
    updated: str
    physical: str | None = None
    reason: str | None = None
    definition: dict[str, Any] = field(default_factory=dict)
    """the resource's part of the template, intrinsic functions and all"""
    properties: dict[str, Any] = field(default_factory=dict)
    """its properties with all functions resolved, without the stack's tags"""
    stack_tags: dict[str, str] = field(default_factory=dict)
    """the stack's tags that it was given"""
    attributes: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    """logical ids of the resources that it was made from: they outlive it"""
    leaving: str = ""
    """why it is in the stack's cleanup: `removed` from the template, `replaced`; by a rollback `undone`, or
    `unreplaced` when it goes whatever its DeletionPolicy"""
    drift: dict[str, Any] | None = None


@dataclass(slots=True)
class ChangeSet:
    """A change set; its changes are computed when it is created."""

    id: str
    name: str
    kind: str
    """CREATE or UPDATE"""
    created: str
    status: str
    execution: str
    reason: str | None = None
    description: str | None = None
    template_body: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
    """as given, with UsePreviousValue resolved"""
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    on_failure: str | None = None
    deployment_mode: str | None = None
    actual: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    """logical id -> live properties of what has drifted, None where it is gone (REVERT_DRIFT only)"""
    settings: dict[str, Any] = field(default_factory=dict)
    """RoleARN, NotificationARNs, RollbackConfiguration, …: kept and given back"""


@dataclass(slots=True)
class StackRecord:
    """One stack, deleted ones included."""

    id: str
    name: str
    account: str
    region: str
    status: str
    created: str
    reason: str | None = None
    updated: str | None = None
    deleted: str | None = None
    description: str | None = None
    template_body: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    """names of the exports that it reads"""
    resources: dict[str, ResourceRecord] = field(default_factory=dict)
    cleanup: list[ResourceRecord] = field(default_factory=list)
    """replaced or removed resources that are still to be deleted"""
    unrestored: list[dict[str, Any]] = field(default_factory=list)
    """what a failed update rollback could not set back: before, attempted, changed, tags"""
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    """oldest first"""
    change_set: str | None = None
    """id of the change set that was executed last"""
    parent: str | None = None
    """id of the stack whose resource this one is"""
    previous_template: str | None = None
    """the template before the last update: what a rollback of the parent brings back"""
    disable_rollback: bool = False
    retain_except_on_create: bool = False
    """RetainExceptOnCreate of the running operation: what it makes goes when it is rolled back"""
    termination_protection: bool = False
    policy: str | None = None
    """the stack policy"""
    policy_during_update: str | None = None
    """the stack policy that holds instead while an update runs"""
    settings: dict[str, Any] = field(default_factory=dict)
    drift_status: str = "NOT_CHECKED"
    drift_checked: str | None = None
    token: str | None = None
    """ClientRequestToken of the running operation"""

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


def to_json(stack: StackRecord) -> dict[str, Any]:
    """JSON values that share what the record holds: encode or copy them before the record changes."""
    data = _fields(stack)
    data["resources"] = {logical: _fields(record) for logical, record in stack.resources.items()}
    data["cleanup"] = [_fields(record) for record in stack.cleanup]
    data["change_sets"] = {name: _fields(made) for name, made in stack.change_sets.items()}
    return data


def _fields(record: StackRecord | ResourceRecord | ChangeSet) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record)}


def from_json(data: Mapping[str, Any]) -> StackRecord:
    """The record that `to_json` wrote; raises TypeError or KeyError on anything else."""
    values = dict(data)
    values["resources"] = {logical: ResourceRecord(**record) for logical, record in data["resources"].items()}
    values["cleanup"] = [ResourceRecord(**record) for record in data["cleanup"]]
    values["change_sets"] = {name: ChangeSet(**record) for name, record in data["change_sets"].items()}
    return StackRecord(**values)
