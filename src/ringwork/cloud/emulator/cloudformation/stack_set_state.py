"""What the engine remembers of StackSets: plain records that become JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ringwork.cloud.emulator.cloudformation.state import now


@dataclass(slots=True)
class Instance:
    """One stack of a StackSet: an account and a Region, whether or not the stack exists."""

    account: str
    region: str
    status: str = "OUTDATED"
    """CURRENT, OUTDATED or INOPERABLE (API reference, StackInstance)"""
    detailed: str = "PENDING"
    reason: str | None = None
    stack: str | None = None
    """the stack's id, once there is one"""
    unit: str | None = None
    """the organizational unit through which the account is a target"""
    overrides: list[dict[str, Any]] = field(default_factory=list)
    operation: str | None = None
    """the operation that worked on it last"""


@dataclass(slots=True)
class SetOperation:
    """One operation of a StackSet over accounts and Regions."""

    id: str
    action: str
    """CREATE, UPDATE or DELETE"""
    created: str
    preferences: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, Any] = field(default_factory=dict)
    """DeploymentTargets as given"""
    status: str = "RUNNING"
    ended: str | None = None
    reason: str | None = None
    retain: bool | None = None
    """of a deletion: RetainStacks"""
    results: list[dict[str, Any]] = field(default_factory=list)
    """StackSetOperationResultSummary of each account and Region, in the order of the work"""


@dataclass(slots=True)
class StackSet:
    """One StackSet, deleted ones included."""

    id: str
    """name:uuid"""
    name: str
    account: str
    region: str
    created: str
    status: str = "ACTIVE"
    description: str | None = None
    template_body: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    permission_model: str = "SELF_MANAGED"
    administration_role: str | None = None
    execution_role: str | None = None
    auto_deployment: dict[str, Any] | None = None
    units: list[str] = field(default_factory=list)
    """organizational units that it has been deployed to"""
    unit_regions: list[str] = field(default_factory=list)
    """Regions for accounts that join these units"""
    instances: list[Instance] = field(default_factory=list)
    operations: list[SetOperation] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stackset/{self.id}"

    @property
    def running(self) -> SetOperation | None:
        return next((each for each in self.operations if each.status in ("RUNNING", "STOPPING")), None)

    def instance(self, account: str, region: str) -> Instance | None:
        return next((i for i in self.instances if (i.account, i.region) == (account, region)), None)

    def operation(self, identifier: str) -> SetOperation | None:
        return next((each for each in self.operations if each.id == identifier), None)


def to_json(record: StackSet) -> dict[str, Any]:
    return asdict(record)


def from_json(data: Mapping[str, Any]) -> StackSet:
    """The record that `to_json` wrote; raises TypeError or KeyError on anything else."""
    values = dict(data)
    values["instances"] = [Instance(**item) for item in data["instances"]]
    values["operations"] = [SetOperation(**item) for item in data["operations"]]
    return StackSet(**values)


def recover(record: StackSet, reason: str) -> None:
    """End an operation whose process died: what it had not finished is outdated, and can be tried again."""
    for operation in record.operations:
        if operation.status in ("RUNNING", "STOPPING"):
            operation.status, operation.reason, operation.ended = "FAILED", reason, now()
            for result in operation.results:
                if result["Status"] in ("PENDING", "RUNNING"):
                    result.update(Status="CANCELLED", StatusReason=reason)
    for instance in record.instances:
        if instance.detailed in ("PENDING", "RUNNING"):
            instance.status, instance.detailed, instance.reason = "OUTDATED", "CANCELLED", reason
