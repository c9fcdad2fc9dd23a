"""Stack operations: create, update, delete and their rollbacks, one resource after the other.

States, events and their texts are CloudFormation's (User Guide, "Stack status codes", "Understand stack
creation events"). Each operation runs in its own thread and never raises.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ringwork.cloud.emulator.cloudformation import changes, stack_policies
from ringwork.cloud.emulator.cloudformation.changes import Drifted
from ringwork.cloud.emulator.cloudformation.evaluation import Evaluation, Surroundings
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS, nested_stacks
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, now
from ringwork.cloud.emulator.cloudformation.steps import ResourceFailedError, Steps
from ringwork.cloud.emulator.cloudformation.template import Template, needs
from ringwork.cloud.emulator.errors import AwsError


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
    in_place: bool = False
    """the resource is the same; else it was made anew"""
    changed: list[str] = field(default_factory=list)
    """properties set in place"""
    attempted: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """the properties and stack tags that the update was to set"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on one stack."""

    steps: Steps
    surroundings: Surroundings
    exported_elsewhere: Callable[[str], str | None]
    """name of an export -> another stack that exports it"""
    importers: Callable[[str], list[str]]
    """name of an export -> stacks that import it"""
    cancelled: Callable[[], bool] = lambda: False
    """whether somebody has asked to end the operation"""

    # -- create ------------------------------------------------------------------------------------------

    def run_create(self, desired: Desired, on_failure: str) -> None:
        """CREATE_IN_PROGRESS to CREATE_COMPLETE, or what `on_failure` (ROLLBACK, DO_NOTHING, DELETE) says."""
        stack = self.steps.stack
        try:
            evaluation = self.evaluation(desired, stack.resources)
            for logical in evaluation.ordered():
                if self.cancelled():
                    break
                record = self._new_record(evaluation, logical)
                with self.steps.lock:
                    stack.resources[logical] = record
                self.steps.create(record, evaluation.properties(logical), desired.tags)
            else:
                self._publish(evaluation)
        except (ResourceFailedError, AwsError) as error:
            self._create_failed(self._failed(error), on_failure)
            return
        with self.steps.lock:
            # DeleteStack asks for the end under this lock, and only before the creation is complete
            deleted = self.cancelled()
            self.steps.status(
                *(("DELETE_IN_PROGRESS", "User Initiated") if deleted else ("CREATE_COMPLETE",))
            )
        if deleted:
            self.run_delete(frozenset())

    def evaluation(self, desired: Desired, records: Mapping[str, ResourceRecord]) -> Evaluation:
        values = {
            item["ParameterKey"]: item.get("ResolvedValue", item["ParameterValue"])
            for item in desired.parameters
        }
        return Evaluation(desired.template, values, self.steps.stack, self.surroundings, records)

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
            self.steps.status("CREATE_FAILED", reason)
            return
        if on_failure == "DELETE":
            self.steps.status("DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
        else:
            self.steps.status("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
        self._undo_creation(on_failure)

    def _undo_creation(self, on_failure: str) -> None:
        stack = self.steps.stack
        failed = self.steps.remove_all(
            stack.resources.values(),
            lambda record: (
                record.definition.get("DeletionPolicy") == "Retain"
                and record.physical is not None
                and not stack.retain_except_on_create
            ),
        )
        if failed:
            self.steps.status(
                "DELETE_FAILED" if on_failure == "DELETE" else "ROLLBACK_FAILED",
                f"The following resource(s) failed to delete: [{', '.join(failed)}]. ",
            )
        elif on_failure == "DELETE":
            self._gone()
        else:
            self.steps.status("ROLLBACK_COMPLETE")

    def run_rollback(self) -> None:
        """ROLLBACK_IN_PROGRESS to ROLLBACK_COMPLETE, for a creation that failed and was left as it was."""
        self._undo_creation("ROLLBACK")

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
        for item in self.steps.stack.outputs:
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
        with self.steps.lock:
            self.steps.stack.outputs = outputs
            self.steps.stack.imports = evaluation.imported()

    # -- update ------------------------------------------------------------------------------------------

    def run_update(self, desired: Desired, *, rollback: bool, drifted: Drifted | None = None) -> None:
        """UPDATE_IN_PROGRESS to UPDATE_COMPLETE, else back to what was (without rollback: UPDATE_FAILED)."""
        stack = self.steps.stack
        before = {name: copy.deepcopy(getattr(stack, name)) for name in _RESTORED}
        journal: list[Undo] = []
        described = {
            logical: (record, record.definition, record.needs, record.properties)
            for logical, record in stack.resources.items()
        }
        with self.steps.lock:
            stack.previous_template = stack.template_body
            stack.template_body, stack.parameters = desired.template_body, desired.parameters
            stack.description = desired.template.description
            stack.capabilities = desired.capabilities
            previous_tags, stack.tags = stack.tags, desired.tags
            stack.settings = {**stack.settings, **desired.settings}
            stack.updated = now()
        self._clean_up_leftovers()
        try:
            evaluation = self.evaluation(desired, stack.resources)
            for logical in evaluation.ordered():
                if self.cancelled():
                    raise AwsError("ValidationError", "User Initiated")
                self._bring(evaluation, logical, desired.tags, journal, drifted)
            for logical in [name for name in stack.resources if name not in evaluation.active]:
                self._check_policy(stack.resources[logical], "Update:Delete")
            self._publish(evaluation)
        except (ResourceFailedError, AwsError) as error:
            reason = self._failed(error)
            if not rollback:
                self.steps.status("UPDATE_FAILED", reason)
                return
            before["tags"] = previous_tags
            self._update_failed(reason, before, journal, described)
            return
        with self.steps.lock:
            for logical in [name for name in stack.resources if name not in evaluation.active]:
                record = stack.resources.pop(logical)
                record.leaving = "removed"
                stack.cleanup.append(record)
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
        stack = self.steps.stack
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
        if record.type == nested_stacks.TYPE and self.surroundings.outdated(record, properties):
            names = sorted({*names, "TemplateURL"})
        if any(
            name != "Tags"
            and changes.recreates(record.type, name, old.get(name), properties.get(name)) == "Always"
            for name in changes.changed_properties(old, properties)
        ):
            self._check_policy(record, "Update:Replace")
            self._replace(evaluation, record, properties, tags, journal)
            return
        if names:
            self._check_policy(record, "Update:Modify")
            was = copy.deepcopy(record)
            # a drift-aware change set rolls back to the live state that it found
            was.properties = old
            undo = Undo(was, record, in_place=True, attempted=properties, tags=tags)
            journal.append(undo)
            self.steps.change(record, old, properties, tags, names, done=undo.changed)
        with self.steps.lock:
            record.definition = dict(item)
            record.needs = sorted(needs(logical, evaluation.active, evaluation.conditions))
            record.properties = properties
            if actual is not None:
                record.drift = None

    def _check_policy(self, record: ResourceRecord, action: str) -> None:
        stack = self.steps.stack
        reason = stack_policies.refusal(
            stack.policy_during_update or stack.policy, action, record.logical, record.type
        )
        if reason:
            self.steps.mark(record, "UPDATE_FAILED", reason)
            raise ResourceFailedError(record.logical, "update")

    def _add(
        self,
        evaluation: Evaluation,
        logical: str,
        properties: dict[str, Any],
        tags: dict[str, str],
        journal: list[Undo],
    ) -> None:
        stack = self.steps.stack
        before = stack.resources.get(logical)
        record = self._new_record(evaluation, logical)
        with self.steps.lock:
            stack.resources[logical] = record
        journal.append(Undo(before if before and before.physical else None, record))
        self.steps.create(record, properties, tags)

    def _replace(
        self,
        evaluation: Evaluation,
        record: ResourceRecord,
        properties: dict[str, Any],
        tags: dict[str, str],
        journal: list[Undo],
    ) -> None:
        """Make a new resource; the old one goes in the clean-up, after everything else has succeeded."""
        stack, name = self.steps.stack, PROVIDERS[record.type].named_by
        if name and name in properties and properties[name] == record.properties.get(name):
            self.steps.mark(
                record,
                "UPDATE_FAILED",
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {properties[name]} and update the stack again.",
            )
            raise ResourceFailedError(record.logical, "update")
        self.steps.mark(
            record,
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one.",
        )
        made = self._new_record(evaluation, record.logical)
        with self.steps.lock:
            # in one go: a state saved from here on knows the old resource and the new one
            stack.resources[record.logical] = made
            record.leaving = "replaced"
            stack.cleanup.append(record)
        journal.append(Undo(record, made))
        self.steps.create(made, properties, tags, verb="UPDATE")

    def _clean_up_leftovers(self) -> None:
        """Delete what an interrupted operation left; what is still in use waits for this one's clean-up."""
        stack = self.steps.stack
        if stack.cleanup:
            self.steps.remove_all(stack.cleanup, changes.outlives)
            with self.steps.lock:
                stack.cleanup = [record for record in stack.cleanup if record.status == "DELETE_FAILED"]

    def _clean_up(self, final: str) -> None:
        """Delete what was replaced or removed. A failure here does not fail the update, as on AWS."""
        stack = self.steps.stack
        if stack.cleanup:
            self.steps.status(f"{final}_CLEANUP_IN_PROGRESS")
            self.steps.remove_all(stack.cleanup, changes.outlives)
            with self.steps.lock:
                stack.cleanup = []
        self.steps.status(final)

    def _update_failed(
        self,
        reason: str,
        before: Mapping[str, Any],
        journal: list[Undo],
        described: Mapping[str, tuple[ResourceRecord, dict[str, Any], list[str], dict[str, Any]]],
    ) -> None:
        stack = self.steps.stack
        self.steps.status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        failed: list[Undo] = []
        for undo in reversed(journal):
            logical = undo.after.logical
            if undo.in_place:
                if not self._restore(undo):
                    failed.append(undo)
                continue
            with self.steps.lock:
                if undo.after.physical is not None:
                    kept = undo.before is None and not stack.retain_except_on_create
                    undo.after.leaving = "undone" if kept else "unreplaced"
                    stack.cleanup.append(undo.after)
                if undo.before is None:
                    stack.resources.pop(logical, None)
                else:
                    undo.before.leaving = ""
                    stack.resources[logical] = undo.before
                    stack.cleanup = [record for record in stack.cleanup if record is not undo.before]
            if undo.before is not None:
                self.steps.mark(undo.before, "UPDATE_COMPLETE")
        with self.steps.lock:
            for logical, (record, definition, needed, properties) in described.items():
                record.definition, record.needs, record.properties = definition, needed, properties
                stack.resources.setdefault(logical, record)
            for name, value in before.items():
                setattr(stack, name, value)
        self._rolled_back(failed)

    def _restore(self, undo: Undo) -> bool:
        """Set the properties of one resource back; False when the service refuses."""
        was = undo.before
        assert was is not None  # noqa: S101 (the caller has looked)
        try:
            self.steps.change(
                undo.after,
                undo.attempted,
                was.properties,
                was.stack_tags,
                undo.changed,
                old_tags=undo.tags,
                restoring=True,
            )
        except ResourceFailedError:
            return False
        with self.steps.lock:
            undo.after.definition, undo.after.needs = was.definition, was.needs
        return True

    def _rolled_back(self, failed: list[Undo]) -> None:
        with self.steps.lock:
            self.steps.stack.unrestored = [
                {
                    "before": asdict(undo.before),
                    "changed": list(undo.changed),
                    "attempted": undo.attempted,
                    "tags": undo.tags,
                }
                for undo in failed
                if undo.before is not None
            ]
        unrestored = {undo.after.logical for undo in failed}
        for record in self.steps.stack.resources.values():
            if record.status == "UPDATE_FAILED" and record.logical not in unrestored:
                self.steps.mark(record, "UPDATE_COMPLETE")
        if failed:
            names = ", ".join(undo.after.logical for undo in failed)
            self.steps.status(
                "UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{names}]. "
            )
        else:
            self._clean_up("UPDATE_ROLLBACK_COMPLETE")

    def run_continue_rollback(self, skip: frozenset[str]) -> None:
        """UPDATE_ROLLBACK_IN_PROGRESS once more, for what could not be set back, without `skip`."""
        stack = self.steps.stack
        failed: list[Undo] = []
        for item in stack.unrestored:
            was = ResourceRecord(**item["before"])
            undo = Undo(
                was,
                stack.resources[was.logical],
                in_place=True,
                changed=item["changed"],
                attempted=item["attempted"],
                tags=item["tags"],
            )
            if was.logical in skip:
                self.steps.mark(undo.after, "UPDATE_COMPLETE", "Resource skipped")
            elif not self._restore(undo):
                failed.append(undo)
        self._rolled_back(failed)

    # -- delete ------------------------------------------------------------------------------------------

    def run_delete(self, retain: frozenset[str], *, force: bool = False) -> None:
        """DELETE_IN_PROGRESS to DELETE_COMPLETE or DELETE_FAILED; `force`: what cannot be deleted stays."""
        stack = self.steps.stack

        def keep(record: ResourceRecord) -> bool:
            if record.leaving:
                return changes.outlives(record)
            return record.logical in retain or (
                changes.retained(record.definition, "DeletionPolicy") and record.physical is not None
            )

        with self.steps.lock:
            left = [record for record in stack.resources.values() if record.status != "DELETE_COMPLETE"]
        failed = self.steps.remove_all([*left, *stack.cleanup], keep)
        if failed and not force:
            self.steps.status(
                "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            )
        else:
            self._gone()

    def _gone(self) -> None:
        with self.steps.lock:
            self.steps.stack.deleted = now()
            self.steps.stack.outputs, self.steps.stack.imports, self.steps.stack.cleanup = [], [], []
            self.steps.status("DELETE_COMPLETE")


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
