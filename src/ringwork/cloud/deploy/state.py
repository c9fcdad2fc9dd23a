"""A stack as CloudFormation has it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.errors import code, text


@dataclass(frozen=True, slots=True)
class StackState:
    """What DescribeStacks says, as far as deploying needs it."""

    arn: str
    """the stack's id; a stack made again under the same name has another one"""
    name: str
    status: str
    reason: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False
    """termination protection is on"""

    @property
    def busy(self) -> bool:
        """An operation runs. `REVIEW_IN_PROGRESS` is none: it waits for somebody to execute a change set."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def deployed(self) -> bool:
        """It holds resources of a finished create, update or import, so that its outputs can be used."""
        return (
            self.status.startswith(("CREATE_COMPLETE", "UPDATE_", "IMPORT_"))
            and self.status != "IMPORT_IN_PROGRESS"
        )

    @property
    def updatable(self) -> bool:
        """A change set of type UPDATE can be made and executed now.

        Also in CREATE_FAILED, which a stack has only when what it made was to be preserved: the update
        makes what is missing (User Guide, "Choose how to handle failures when provisioning resources").
        """
        if self.status == "CREATE_FAILED":
            return True
        return self.deployed and not self.busy and not self.status.endswith("ROLLBACK_FAILED")


def describe(client: Any, name: str) -> StackState | None:
    """The stack called `name` (or with that id), or None where there is none."""
    try:
        found = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if absent(error):
            return None
        raise
    return _state(found[0]) if found else None


def every(client: Any) -> Iterator[StackState]:
    """All stacks of the client's account and Region."""
    token: dict[str, str] = {}
    while True:
        page = client.describe_stacks(**token)
        yield from map(_state, page["Stacks"])
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def listed_resources(client: Any, name: str) -> Iterator[dict[str, Any]]:
    """ListStackResources, all pages: DescribeStackResources stops at 100 (API reference)."""
    token: dict[str, str] = {}
    while True:
        page = client.list_stack_resources(StackName=name, **token)
        yield from page["StackResourceSummaries"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def absent(error: ClientError) -> bool:
    """DescribeStacks answers ValidationError for a stack that does not exist (API reference, Errors)."""
    return code(error) == "ValidationError" and "does not exist" in text(error)


def taken(error: ClientError) -> bool:
    """CloudFormation's own lock: another operation runs on the stack, or has overtaken our change set."""
    if code(error) in {"InvalidChangeSetStatus", "InvalidChangeSetStatusException"}:
        return True
    if code(error) in {"ChangeSetNotFound", "ChangeSetNotFoundException", "OperationInProgressException"}:
        return True
    return code(error) == "ValidationError" and "_IN_PROGRESS state" in text(error)


def _state(raw: dict[str, Any]) -> StackState:
    return StackState(
        arn=raw["StackId"],
        name=raw["StackName"],
        status=raw["StackStatus"],
        reason=raw.get("StackStatusReason", ""),
        outputs={o["OutputKey"]: o["OutputValue"] for o in raw.get("Outputs", ())},
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in raw.get("Parameters", ())},
        tags={t["Key"]: t["Value"] for t in raw.get("Tags", ())},
        protected=bool(raw.get("EnableTerminationProtection", False)),
    )
