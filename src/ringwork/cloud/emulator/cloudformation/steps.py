"""Steps of stack operations on single resources: make, change, delete, with CloudFormation's events."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.emulator.cloudformation import changes, dynamic, service_rules, snapshots
from ringwork.cloud.emulator.cloudformation.resources import (
    PROVIDERS,
    Change,
    Context,
    RefusedError,
    is_gone,
    nested_stacks,
    stack_sets,
)
from ringwork.cloud.emulator.cloudformation.resources.nested_stacks import (
    EmbeddedStackError,
    Family,
    NestedContext,
)
from ringwork.cloud.emulator.cloudformation.resources.provider import Clients
from ringwork.cloud.emulator.cloudformation.resources.stack_sets import StackSetOperationError
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord, now
from ringwork.cloud.emulator.errors import AwsError
from ringwork.schemas import resource_schema

_HAVE_STACKS = frozenset({nested_stacks.TYPE, stack_sets.TYPE})
_PARENTS = {"AWS::EC2::VPCCidrBlock": "VpcId"}
"""Type -> property with the physical id of a resource that answers Fn::GetAtt differently from then on: a
VPC's `Ipv6CidrBlocks` (Template reference, AWS::EC2::VPC, "Return values")."""


class ResourceFailedError(Exception):
    """A resource could not be made, changed or deleted; its event has been written."""

    def __init__(self, logical: str, verb: str) -> None:
        super().__init__(f"{logical}: {verb}")
        self.logical = logical
        self.verb = verb


@dataclass(frozen=True, slots=True)
class Steps:
    """What an operation does to the resources of one stack."""

    stack: StackRecord
    client: Clients
    """service -> boto3 client in the stack's account and Region"""
    lock: AbstractContextManager[Any]
    """held while records change"""
    step: AbstractContextManager[Any]
    """held from a resource's first call until its record is complete"""
    family: Family

    # -- records and events ------------------------------------------------------------------------------

    def status(self, status: str, reason: str | None = None) -> None:
        """Bring the stack to `status` and write the event."""
        with self.lock:
            self.stack.status, self.stack.reason = status, reason
            self.event(None, status, reason)

    def event(
        self,
        about: ResourceRecord | None,
        status: str,
        reason: str | None = None,
        *,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a stack event about a resource, or about the stack itself."""
        stack = self.stack
        if about is None:
            logical, physical, type = stack.name, stack.id, nested_stacks.TYPE
        else:
            logical, physical, type = about.logical, about.physical or "", about.type
        time = now()
        own = type == nested_stacks.TYPE
        item: dict[str, Any] = {
            "EventId": str(uuid.uuid4()) if own else f"{logical}-{status}-{time}",
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceType": type,
            "ResourceStatus": status,
            "Timestamp": time,
        }
        if reason:
            item["ResourceStatusReason"] = reason
        if properties is not None:
            item["ResourceProperties"] = changes._text(dict(properties))
        if self.stack.token:
            item["ClientRequestToken"] = self.stack.token
        with self.lock:
            self.stack.events.append(item)

    def mark(self, record: ResourceRecord, status: str, reason: str | None = None) -> None:
        """Bring a resource to `status` and write the event."""
        with self.lock:
            record.status, record.reason, record.updated = status, reason, now()
            self.event(record, status, reason)

    # -- one resource ------------------------------------------------------------------------------------

    def held(self, record: ResourceRecord) -> AbstractContextManager[Any]:
        """`step`, but not while stacks of the resource's own make resources."""
        return nullcontext() if record.type in _HAVE_STACKS else self.step

    def context(self, record: ResourceRecord, *, restoring: bool = False) -> Context:
        def made(physical: str) -> None:
            with self.lock:
                record.physical = physical

        stack = self.stack
        where = (self.client, stack.account, stack.region, stack.name, record.logical, made)
        if record.type in _HAVE_STACKS:
            return NestedContext(*where, family=self.family, restoring=restoring)
        return Context(*where)

    def tagged(
        self, record: ResourceRecord, properties: Mapping[str, Any], tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """`properties` with the stack's tags and CloudFormation's own (User Guide, "Resource tag").

        The resource's own tags come before the stack's.
        """
        where = resource_schema(record.type).tag_property
        if where != "Tags" or "Tags" not in PROVIDERS[record.type].properties:
            return dict(properties)
        system = (
            {}
            if record.type in _HAVE_STACKS
            else {
                "aws:cloudformation:stack-name": self.stack.name,
                "aws:cloudformation:logical-id": record.logical,
                "aws:cloudformation:stack-id": self.stack.id,
            }
        )
        own = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", ())}
        merged = {**tags, **own, **system}
        return {**properties, "Tags": [{"Key": key, "Value": value} for key, value in merged.items()]}

    def create(
        self,
        record: ResourceRecord,
        properties: dict[str, Any],
        tags: dict[str, str],
        *,
        verb: str = "CREATE",
    ) -> None:
        """Make the resource; on failure what was made of it stays in `record` for the rollback.

        `verb` is UPDATE when it replaces another.
        """
        provider = PROVIDERS[record.type]
        full = self.tagged(record, properties, tags)
        with self.lock:
            record.properties, record.stack_tags = properties, dict(tags)
            self.event(record, f"{verb}_IN_PROGRESS", properties=properties)
        try:
            with self.held(record):
                context = self.context(record)
                full = dynamic.resolved(full, self.client)
                service_rules.check(record.type, full)
                provider.create(context, full)
                self.event(record, f"{verb}_IN_PROGRESS", "Resource creation Initiated")
                rest = [name for name in full if name not in provider.takes]
                self._set(context, record, None, full, rest, [])
                record.attributes = dict(provider.attributes(context, str(record.physical), full))
                self._refresh_parent(record, full)
        except Exception as error:
            self.mark(record, f"{verb}_FAILED", failure(error))
            raise ResourceFailedError(record.logical, verb.lower()) from error
        self.mark(record, f"{verb}_COMPLETE")

    def _refresh_parent(self, record: ResourceRecord, properties: Mapping[str, Any]) -> None:
        """What another resource answers after this one is made, where that is more than before."""
        parent = properties.get(_PARENTS.get(record.type, ""))
        for other in self.stack.resources.values() if parent else ():
            if other.physical == parent:
                provider = PROVIDERS[other.type]
                other.attributes = dict(
                    provider.attributes(self.context(other), str(parent), other.properties)
                )

    def change(
        self,
        record: ResourceRecord,
        old: Mapping[str, Any],
        properties: dict[str, Any],
        tags: dict[str, str],
        names: Iterable[str],
        *,
        old_tags: dict[str, str] | None = None,
        done: list[str] | None = None,
        restoring: bool = False,
    ) -> None:
        """Set `names` in place, from their values in `old` to those in `properties`.

        `done` gains the names that were set, or that may be half set when this raises. `restoring` says that
        this takes back an earlier change.
        """
        provider = PROVIDERS[record.type]
        before = self.tagged(record, old, record.stack_tags if old_tags is None else old_tags)
        full = self.tagged(record, properties, tags)
        self.mark(record, "UPDATE_IN_PROGRESS")
        try:
            with self.held(record):
                context = self.context(record, restoring=restoring)
                before, full = (dynamic.resolved(each, self.client) for each in (before, full))
                service_rules.check(record.type, full)
                self._set(context, record, before, full, list(names), [] if done is None else done)
                record.attributes = dict(provider.attributes(context, str(record.physical), full))
                record.properties, record.stack_tags = properties, dict(tags)
        except Exception as error:
            self.mark(record, "UPDATE_FAILED", failure(error))
            raise ResourceFailedError(record.logical, "update") from error
        self.mark(record, "UPDATE_COMPLETE")

    def _set(
        self,
        context: Context,
        record: ResourceRecord,
        old: Mapping[str, Any] | None,
        new: Mapping[str, Any],
        names: list[str],
        done: list[str],
    ) -> None:
        for name, setter in PROVIDERS[record.type].setters.items():
            if name not in names:
                continue
            change = Change(
                name, None if old is None else old.get(name), new.get(name), new, creating=old is None
            )
            done.append(name)
            try:
                setter(context, str(record.physical), change)
            except RefusedError:
                done.remove(name)
                raise

    def remove(self, record: ResourceRecord) -> bool:
        """Delete the resource; False (and an event) when the service refuses."""
        if record.physical is None:
            self.mark(record, "DELETE_COMPLETE")
            return True
        self.mark(record, "DELETE_IN_PROGRESS")
        try:
            with self.held(record):
                made = record.leaving not in ("undone", "unreplaced")
                if made and record.definition.get(changes.parting_policy(record)) == "Snapshot":
                    snapshots.TAKERS[record.type](self.client, record.physical)
                PROVIDERS[record.type].delete(self.context(record), record.physical, record.properties)
        except Exception as error:  # noqa: BLE001 (as in create)
            if not (is_gone(error) or isinstance(error, LookupError)):
                self.mark(record, "DELETE_FAILED", failure(error))
                return False
        self.mark(record, "DELETE_COMPLETE")
        return True

    def remove_all(
        self, records: Iterable[ResourceRecord], keep: Callable[[ResourceRecord], bool]
    ) -> list[str]:
        """Delete, dependents first. Returns the logical ids that failed; what they need is left alone."""
        left = list(records)
        failed: list[str] = []
        blocked: set[str] = set()
        for record in reversed(_after_needs(left)):
            if keep(record):
                self.mark(record, "DELETE_SKIPPED")
            elif record.logical in blocked or not self.remove(record):
                if record.logical not in blocked:
                    failed.append(record.logical)
                blocked.update(record.needs)
        return failed


def _after_needs(records: list[ResourceRecord]) -> list[ResourceRecord]:
    """The records, each after those it needs; a name may stand for an old and a new resource."""
    by_name: dict[str, list[ResourceRecord]] = {}
    for record in records:
        by_name.setdefault(record.logical, []).append(record)
    done: dict[int, ResourceRecord] = {}

    def visit(record: ResourceRecord, above: frozenset[int]) -> None:
        if id(record) in done or id(record) in above:
            return
        for name in record.needs:
            for needed in by_name.get(name, ()):
                visit(needed, above | {id(record)})
        done[id(record)] = record

    for record in records:
        visit(record, frozenset())
    return list(done.values())


_HANDLER_CODES = {
    "AlreadyExists": "AlreadyExists",
    "Duplicate": "AlreadyExists",
    "AccessDenied": "AccessDenied",
    "Unauthorized": "AccessDenied",
}


def failure(error: BaseException) -> str:
    """A resource's status reason as the registry's handlers write it."""
    if isinstance(error, (EmbeddedStackError, StackSetOperationError)):
        return str(error)
    text, code = str(error), "InvalidRequest"
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        text, given = answer.get("Message") or text, str(answer.get("Code", ""))
        if is_gone(error):
            code = "NotFound"
        for part, name in _HANDLER_CODES.items():
            if part in given:
                code = name
        text = f"{text} (Service: {error.operation_name}, Code: {given})"
    elif isinstance(error, AwsError):
        text = error.message
    elif isinstance(error, ValueError) and "already exists" in text:
        code = "AlreadyExists"
    elif not isinstance(error, (ValueError, BotoCoreError)):
        text, code = f"{type(error).__name__}: {text}", "InternalFailure"
    token = uuid.uuid4()
    return f'Resource handler returned message: "{text}" (RequestToken: {token}, HandlerErrorCode: {code})'
