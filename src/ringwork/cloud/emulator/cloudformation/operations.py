"""Stack operations: create, update, delete and their rollbacks, one resource after the other.

States, events and their texts are CloudFormation's (User Guide, "Stack status codes", "Understand stack
creation events"). Each operation runs in its own thread and never raises.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.emulator.cloudformation import changes
from ringwork.cloud.emulator.cloudformation.changes import Drifted
from ringwork.cloud.emulator.cloudformation.evaluation import Evaluation, Surroundings
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS, Change, Context, is_gone
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord, now
from ringwork.cloud.emulator.cloudformation.template import Template, needs, parse
from ringwork.cloud.emulator.errors import AwsError
from ringwork.schemas import resource_schema

STACK = "AWS::CloudFormation::Stack"


class ResourceFailedError(Exception):
    """A resource could not be made, changed or deleted; its event has been written."""

    def __init__(self, logical: str, verb: str) -> None:
        super().__init__(f"{logical}: {verb}")
        self.logical = logical
        self.verb = verb


@dataclass(frozen=True, slots=True)
class Desired:
    """What a stack is to become."""

    template: Template
    template_body: str
    parameters: list[dict[str, Any]]
    tags: dict[str, str]
    capabilities: list[str]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Undo:
    """How one step of an update is taken back."""

    before: ResourceRecord | None
    """the record as it was; None: the resource was new"""
    after: ResourceRecord
    changed: tuple[str, ...] = ()
    """properties set in place; none: the resource was made anew"""
    attempted: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """the properties and stack tags that the update was to set"""


@dataclass(slots=True)
class Operation:
    """One operation on one stack."""

    stack: StackRecord
    client: Callable[[str], Any]
    surroundings: Surroundings
    lock: AbstractContextManager[Any]
    """held while records change"""
    step: AbstractContextManager[Any]
    """held from a resource's first call until its record is complete"""
    exported_elsewhere: Callable[[str], str | None]
    """name of an export -> another stack that exports it"""
    importers: Callable[[str], list[str]]
    """name of an export -> stacks that import it"""

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
            logical, physical, type = stack.name, stack.id, STACK
        else:
            logical, physical, type = about.logical, about.physical or "", about.type
        time = now()
        own = type == STACK
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

    def context(self, record: ResourceRecord) -> Context:
        def made(physical: str) -> None:
            with self.lock:
                record.physical = physical

        return Context(
            self.client, self.stack.account, self.stack.region, self.stack.name, record.logical, made
        )

    def tagged(
        self, record: ResourceRecord, properties: Mapping[str, Any], tags: Mapping[str, str]
    ) -> dict[str, Any]:
        """`properties` with the stack's tags and CloudFormation's own (User Guide, "Resource tag").

        The resource's own tags come before the stack's.
        """
        where = resource_schema(record.type).tag_property
        if where != "Tags" or "Tags" not in PROVIDERS[record.type].properties:
            return dict(properties)
        system = {
            "aws:cloudformation:stack-name": self.stack.name,
            "aws:cloudformation:logical-id": record.logical,
            "aws:cloudformation:stack-id": self.stack.id,
        }
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
            with self.step:
                context = self.context(record)
                provider.create(context, full)
                self.event(record, f"{verb}_IN_PROGRESS", "Resource creation Initiated")
                self._set(context, record, None, full, [name for name in full if name not in provider.takes])
                record.attributes = dict(provider.attributes(context, str(record.physical), full))
        except Exception as error:
            self.mark(record, f"{verb}_FAILED", failure(error))
            raise ResourceFailedError(record.logical, verb.lower()) from error
        self.mark(record, f"{verb}_COMPLETE")

    def change(
        self,
        record: ResourceRecord,
        old: Mapping[str, Any],
        properties: dict[str, Any],
        tags: dict[str, str],
        names: Iterable[str],
        *,
        old_tags: dict[str, str] | None = None,
    ) -> None:
        """Set `names` in place, from their values in `old` to those in `properties`."""
        provider = PROVIDERS[record.type]
        before = self.tagged(record, old, record.stack_tags if old_tags is None else old_tags)
        full = self.tagged(record, properties, tags)
        self.mark(record, "UPDATE_IN_PROGRESS")
        try:
            with self.step:
                context = self.context(record)
                self._set(context, record, before, full, list(names))
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
    ) -> None:
        for name, setter in PROVIDERS[record.type].setters.items():
            if name not in names:
                continue
            change = Change(
                name, None if old is None else old.get(name), new.get(name), new, creating=old is None
            )
            setter(context, str(record.physical), change)

    def remove(self, record: ResourceRecord) -> bool:
        """Delete the resource; False (and an event) when the service refuses."""
        if record.physical is None:
            self.mark(record, "DELETE_COMPLETE")
            return True
        self.mark(record, "DELETE_IN_PROGRESS")
        try:
            with self.step:
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

    # -- create ------------------------------------------------------------------------------------------

    def run_create(self, desired: Desired, on_failure: str) -> None:
        """CREATE_IN_PROGRESS to CREATE_COMPLETE, or what `on_failure` (ROLLBACK, DO_NOTHING, DELETE) says."""
        stack = self.stack
        try:
            evaluation = self.evaluation(desired, stack.resources)
            for logical in evaluation.ordered():
                record = self._new_record(evaluation, logical)
                with self.lock:
                    stack.resources[logical] = record
                self.create(record, evaluation.properties(logical), desired.tags)
            self._publish(evaluation)
        except (ResourceFailedError, AwsError) as error:
            self._create_failed(self._failed(error), on_failure)
            return
        self.status("CREATE_COMPLETE")

    def evaluation(self, desired: Desired, records: Mapping[str, ResourceRecord]) -> Evaluation:
        values = {item["ParameterKey"]: item["ParameterValue"] for item in desired.parameters}
        return Evaluation(desired.template, values, self.stack, self.surroundings, records)

    def _new_record(self, evaluation: Evaluation, logical: str) -> ResourceRecord:
        item = evaluation.template.resources[logical]
        return ResourceRecord(
            logical=logical,
            type=item["Type"],
            status="CREATE_IN_PROGRESS",
            updated=now(),
            definition=dict(item),
            needs=sorted(needs(logical, evaluation.active, evaluation.conditions)),
        )

    def _failed(self, error: Exception) -> str:
        if isinstance(error, ResourceFailedError):
            return f"The following resource(s) failed to {error.verb}: [{error.logical}]. "
        return error.message if isinstance(error, AwsError) else str(error)

    def _create_failed(self, reason: str, on_failure: str) -> None:
        if on_failure == "DO_NOTHING":
            self.status("CREATE_FAILED", reason)
            return
        if on_failure == "DELETE":
            self.status("DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
        else:
            self.status("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
        stack = self.stack
        failed = self.remove_all(
            stack.resources.values(),
            lambda record: (
                record.definition.get("DeletionPolicy") == "Retain" and record.physical is not None
            ),
        )
        if failed:
            self.status(
                "DELETE_FAILED" if on_failure == "DELETE" else "ROLLBACK_FAILED",
                f"The following resource(s) failed to delete: [{', '.join(failed)}]. ",
            )
        elif on_failure == "DELETE":
            self._gone()
        else:
            self.status("ROLLBACK_COMPLETE")

    def _publish(self, evaluation: Evaluation) -> None:
        """Work out the outputs; raises when an export is taken, or one in use would change or go."""
        outputs = evaluation.outputs()
        new = {item["ExportName"]: item["OutputValue"] for item in outputs if "ExportName" in item}
        for name in new:
            other = self.exported_elsewhere(name)
            if other:
                raise AwsError(
                    "ValidationError", f"Export with name {name} is already exported by stack {other}. "
                )
        for item in self.stack.outputs:
            name = item.get("ExportName")
            users = self.importers(name) if name else []
            if users and name not in new:
                raise AwsError(
                    "ValidationError",
                    f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}",
                )
            if users and new[name] != item["OutputValue"]:
                raise AwsError(
                    "ValidationError",
                    f"Export {name} cannot be updated as it is in use by {' and '.join(users)}",
                )
        with self.lock:
            self.stack.outputs = outputs
            self.stack.imports = evaluation.imported()

    # -- update ------------------------------------------------------------------------------------------

    def run_update(self, desired: Desired, *, rollback: bool, drifted: Drifted | None = None) -> None:
        """UPDATE_IN_PROGRESS to UPDATE_COMPLETE, else back to what was (without rollback: UPDATE_FAILED)."""
        stack = self.stack
        before = {name: copy.deepcopy(getattr(stack, name)) for name in _RESTORED}
        journal: list[Undo] = []
        with self.lock:
            stack.template_body, stack.parameters = desired.template_body, desired.parameters
            stack.description = desired.template.description
            stack.capabilities = desired.capabilities
            previous_tags, stack.tags = stack.tags, desired.tags
            stack.settings = {**stack.settings, **desired.settings}
            stack.updated = now()
        try:
            evaluation = self.evaluation(desired, stack.resources)
            for logical in evaluation.ordered():
                self._bring(evaluation, logical, desired.tags, journal, drifted)
            self._publish(evaluation)
        except (ResourceFailedError, AwsError) as error:
            reason = self._failed(error)
            if not rollback:
                self.status("UPDATE_FAILED", reason)
                return
            before["tags"] = previous_tags
            self._update_failed(reason, before, journal)
            return
        with self.lock:
            gone = [logical for logical in stack.resources if logical not in evaluation.active]
            stack.cleanup.extend(stack.resources.pop(logical) for logical in gone)
        self._clean_up("UPDATE_COMPLETE")

    def _bring(
        self,
        evaluation: Evaluation,
        logical: str,
        tags: dict[str, str],
        journal: list[Undo],
        drifted: Drifted | None,
    ) -> None:
        """Bring one resource to what the template says."""
        stack = self.stack
        item = evaluation.template.resources[logical]
        properties = evaluation.properties(logical)
        record = stack.resources.get(logical)
        deleted = drifted is not None and logical in drifted.actual and drifted.actual[logical] is None
        if record is None or record.physical is None or deleted:
            self._add(evaluation, logical, properties, tags, journal)
            return
        actual = drifted.actual.get(logical) if drifted else None
        old = changes._current(record, actual)
        names = changes.changed_properties(old, properties)
        if record.stack_tags != tags and "Tags" in PROVIDERS[record.type].setters:
            names = sorted({*names, "Tags"})
        if record.status in ("CREATE_FAILED", "UPDATE_FAILED"):
            # an earlier operation stopped half way: set everything that can be set once more
            names = sorted({*names, *PROVIDERS[record.type].setters.keys() & properties.keys()})
        if any(
            name != "Tags"
            and changes.recreates(record.type, name, old.get(name), properties.get(name)) == "Always"
            for name in changes.changed_properties(old, properties)
        ):
            self._replace(evaluation, record, properties, tags, journal)
            return
        if names:
            was = copy.deepcopy(record)
            # a drift-aware change set rolls back to the live state that it found
            was.properties = old
            journal.append(Undo(was, record, tuple(names), properties, tags))
            self.change(record, old, properties, tags, names)
        with self.lock:
            record.definition = dict(item)
            record.needs = sorted(needs(logical, evaluation.active, evaluation.conditions))
            if actual is not None:
                record.drift = None

    def _add(
        self,
        evaluation: Evaluation,
        logical: str,
        properties: dict[str, Any],
        tags: dict[str, str],
        journal: list[Undo],
    ) -> None:
        stack = self.stack
        before = stack.resources.get(logical)
        record = self._new_record(evaluation, logical)
        with self.lock:
            stack.resources[logical] = record
        journal.append(Undo(before if before and before.physical else None, record))
        self.create(record, properties, tags)

    def _replace(
        self,
        evaluation: Evaluation,
        record: ResourceRecord,
        properties: dict[str, Any],
        tags: dict[str, str],
        journal: list[Undo],
    ) -> None:
        """Make a new resource; the old one goes in the clean-up, after everything else has succeeded."""
        stack, name = self.stack, PROVIDERS[record.type].named_by
        if name and name in properties and properties[name] == record.properties.get(name):
            self.mark(
                record,
                "UPDATE_FAILED",
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {properties[name]} and update the stack again.",
            )
            raise ResourceFailedError(record.logical, "update")
        self.mark(
            record,
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one.",
        )
        made = self._new_record(evaluation, record.logical)
        with self.lock:
            stack.resources[record.logical] = made
        journal.append(Undo(record, made))
        self.create(made, properties, tags, verb="UPDATE")
        with self.lock:
            record.definition = {
                **record.definition,
                "DeletionPolicy": record.definition.get("UpdateReplacePolicy", "Delete"),
            }
            stack.cleanup.append(record)

    def _clean_up(self, final: str) -> None:
        """Delete what was replaced or removed. A failure here does not fail the update, as on AWS."""
        stack = self.stack
        if stack.cleanup:
            self.status(f"{final}_CLEANUP_IN_PROGRESS")
            self.remove_all(
                stack.cleanup, lambda record: changes.retained(record.definition, "DeletionPolicy")
            )
            with self.lock:
                stack.cleanup = []
        self.status(final)

    def _update_failed(self, reason: str, before: Mapping[str, Any], journal: list[Undo]) -> None:
        stack = self.stack
        self.status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        made: list[ResourceRecord] = []
        failed: list[str] = []
        for undo in reversed(journal):
            logical = undo.after.logical
            if undo.changed and undo.before is not None:
                was = undo.before
                try:
                    self.change(
                        undo.after,
                        undo.attempted,
                        was.properties,
                        was.stack_tags,
                        undo.changed,
                        old_tags=undo.tags,
                    )
                except ResourceFailedError:
                    failed.append(logical)
                    continue
                with self.lock:
                    undo.after.definition, undo.after.needs = was.definition, was.needs
                continue
            with self.lock:
                if undo.before is None:
                    stack.resources.pop(logical, None)
                else:
                    stack.resources[logical] = undo.before
                    stack.cleanup = [record for record in stack.cleanup if record is not undo.before]
            if undo.before is not None:
                self.mark(undo.before, "UPDATE_COMPLETE")
            made.append(undo.after)
        with self.lock:
            for name, value in before.items():
                setattr(stack, name, value)
            stack.cleanup.extend(record for record in made if record.physical is not None)
            for record in made:
                record.definition = {
                    name: item for name, item in record.definition.items() if name != "DeletionPolicy"
                }
        if failed:
            self.status(
                "UPDATE_ROLLBACK_FAILED",
                f"The following resource(s) failed to update: [{', '.join(failed)}]. ",
            )
            return
        self._clean_up("UPDATE_ROLLBACK_COMPLETE")

    # -- delete ------------------------------------------------------------------------------------------

    def run_delete(self, retain: frozenset[str]) -> None:
        """DELETE_IN_PROGRESS to DELETE_COMPLETE or DELETE_FAILED."""
        stack = self.stack

        def keep(record: ResourceRecord) -> bool:
            return record.logical in retain or (
                changes.retained(record.definition, "DeletionPolicy") and record.physical is not None
            )

        with self.lock:
            left = [record for record in stack.resources.values() if record.status != "DELETE_COMPLETE"]
        failed = self.remove_all([*left, *stack.cleanup], keep)
        if failed:
            self.status(
                "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            )
        else:
            self._gone()

    def _gone(self) -> None:
        with self.lock:
            self.stack.deleted = now()
            self.stack.outputs, self.stack.imports, self.stack.cleanup = [], [], []
            self.status("DELETE_COMPLETE")


_RESTORED = (
    "template_body",
    "parameters",
    "description",
    "capabilities",
    "tags",
    "settings",
    "outputs",
    "imports",
)
"""What of a stack an update rollback brings back."""


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
}


def failure(error: BaseException) -> str:
    """A resource's status reason as the registry's handlers write it."""
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


def desired_from(stack: StackRecord) -> Desired:
    """What the stack is at present."""
    return Desired(
        parse(stack.template_body), stack.template_body, stack.parameters, stack.tags, stack.capabilities
    )
