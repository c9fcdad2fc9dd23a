"""The local CloudFormation: its API operations over stacks whose work is done through other services."""

from __future__ import annotations

import base64
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation import changes, drift
from ringwork.cloud.emulator.cloudformation.changes import Drifted
from ringwork.cloud.emulator.cloudformation.evaluation import Surroundings
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.operations import STACK, Desired, Operation
from ringwork.cloud.emulator.cloudformation.recovery import recover
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS
from ringwork.cloud.emulator.cloudformation.state import (
    ChangeSet,
    ResourceRecord,
    StackRecord,
    from_json,
    moment,
    now,
    to_json,
)
from ringwork.cloud.emulator.cloudformation.template import (
    BODY_BYTES,
    URL_BYTES,
    Template,
    bind,
    check_properties,
    parse,
)
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

Client = Callable[[str, str, str], Any]
Read = Callable[[Callable[[str], Any], str, str], "dict[str, Any] | None"]

_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"}
)
"""CREATE_FAILED, UPDATE_FAILED: User Guide, "Choose how to handle failures when provisioning resources"."""

_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_PAGE = 100
_SETTINGS = ("RoleARN", "NotificationARNs", "RollbackConfiguration")
_FORMAT = 1


class Engine:
    """CloudFormation for every account and Region of the local cloud.

    `client(service, account, region)` gives the boto3 clients that resources are made with; it must be safe
    to call from other threads. `read(client, type, physical)` gives the live CloudFormation-shaped properties
    of a resource, None when it is gone: without it drift is not detected. `on_settled` is called after each
    stack operation, from the thread that ran it, with no lock held.
    """

    def __init__(self, client: Client, *, read: Read | None = None) -> None:
        self.on_settled: Callable[[], None] = lambda: None
        self._client = client
        self._read = read
        self._stacks: dict[str, StackRecord] = {}
        self._detections: dict[str, dict[str, Any]] = {}
        self._lock = threading.RLock()  # guards the records; never held during a call to a service
        self._step = threading.Lock()  # held while one resource is made, changed or deleted
        self._threads: set[threading.Thread] = set()

    # -- for the local cloud -----------------------------------------------------------------------------

    def call(
        self, operation: str, account: str, region: str, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Answer one API call with botocore-shaped members; raises `AwsError`.

        Operations that change stacks return at once and go on in a thread, as on AWS.
        """
        method = _OPERATIONS.get(operation)
        if method is None:
            raise NotEmulatedError("cloudformation", operation)
        answer: dict[str, Any] = method(self, account, region, parameters)
        return answer

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No resource is half made inside: the moment to save the services' state together with `dump`."""
        with self._step:
            yield

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until no stack operation runs; False when `timeout` seconds were not enough."""
        end = None if timeout is None else time.monotonic() + timeout
        for thread in tuple(self._threads):
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in tuple(self._threads))

    def dump(self) -> dict[str, Any]:
        """All stacks as JSON values."""
        with self._lock:
            return {"format": _FORMAT, "stacks": [to_json(stack) for stack in self._stacks.values()]}

    def load(self, data: Mapping[str, Any]) -> None:
        """Take the stacks of a `dump`. Operations that it caught running are ended: see `recovery`.

        Raises ValueError when `data` is of another format.
        """
        if data.get("format") != _FORMAT:
            raise ValueError(f"stack state of format `{data.get('format')}`, not `{_FORMAT}`")
        try:
            stacks = [from_json(item) for item in data["stacks"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"stack state cannot be read: {error}") from error
        for stack in stacks:
            recover(stack)
        with self._lock:
            self._stacks = {stack.id: stack for stack in stacks}

    # -- stacks ------------------------------------------------------------------------------------------

    def _all(self, account: str, region: str) -> list[StackRecord]:
        return [s for s in self._stacks.values() if (s.account, s.region) == (account, region)]

    def _find(self, account: str, region: str, name: str, *, deleted: bool = False) -> StackRecord | None:
        """By name, or by id; a deleted stack only by id (API reference, DescribeStacks)."""
        with self._lock:
            for stack in self._all(account, region):
                if stack.id == name and (deleted or stack.status != "DELETE_COMPLETE"):
                    return stack
                if stack.name == name and stack.status != "DELETE_COMPLETE":
                    return stack
        return None

    def _stack(self, account: str, region: str, name: str | None, *, deleted: bool = True) -> StackRecord:
        if not name:
            raise invalid(
                "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: "
                "Member must not be null"
            )
        stack = self._find(account, region, name, deleted=deleted)
        if stack is None:
            raise invalid(f"Stack with id {name} does not exist")
        return stack

    def _new_stack(self, account: str, region: str, name: str, status: str) -> StackRecord:
        if not _STACK_NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        arn = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        return StackRecord(id=arn, name=name, account=account, region=region, status=status, created=now())

    def _operation(self, stack: StackRecord) -> Operation:
        account, region = stack.account, stack.region

        def others() -> Iterator[StackRecord]:
            with self._lock:
                yield from [s for s in self._all(account, region) if s is not stack and not s.deleted]

        def exporter(name: str) -> str | None:
            found = (s.name for s in others() for o in s.outputs if o.get("ExportName") == name)
            return next(found, None)

        def importers(name: str) -> list[str]:
            return [s.name for s in others() if name in s.imports]

        return Operation(
            stack,
            lambda service: self._client(service, account, region),
            self._surroundings(account, region),
            self._lock,
            self._step,
            exporter,
            importers,
        )

    def _surroundings(self, account: str, region: str) -> Surroundings:
        def export(name: str) -> Any:
            with self._lock:
                for stack in self._all(account, region):
                    for output in stack.outputs:
                        if output.get("ExportName") == name:
                            return output["OutputValue"]
            return None

        def zones(where: str) -> list[str]:
            answer = self._client("ec2", account, where).describe_availability_zones()
            return sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"])

        return Surroundings(export, zones)

    def _run(
        self, stack: StackRecord, work: Callable[[Operation], None], done: Callable[[], None] = lambda: None
    ) -> None:
        """Do `work` in a thread. A fault of ours stops the stack in a failed state that names it."""

        def body() -> None:
            operation = self._operation(stack)
            try:
                work(operation)
            except Exception as error:  # noqa: BLE001 (the thread's last resort: callers poll, nobody sees a raise)
                failed = stack.status.replace("_COMPLETE_CLEANUP", "").replace("_IN_PROGRESS", "_FAILED")
                operation.status(failed, f"Internal Failure: {type(error).__name__}: {error}")
            finally:
                with self._lock:
                    done()
                self.on_settled()
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=body, name=f"cloudformation {stack.name}", daemon=True)
        self._threads.add(thread)
        thread.start()

    # -- templates ---------------------------------------------------------------------------------------

    def _body(self, account: str, region: str, given: Mapping[str, Any], previous: StackRecord | None) -> str:
        """The template's text, from the request, from S3, or from the stack."""
        if given.get("UsePreviousTemplate"):
            if previous is None or not previous.template_body:
                raise invalid("Either Template URL or Template Body must be specified.")
            return previous.template_body
        if given.get("TemplateBody"):
            body = str(given["TemplateBody"])
            if len(body.encode()) > BODY_BYTES:
                raise invalid(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                    f"Member must have length less than or equal to {BODY_BYTES}"
                )
            return body
        if given.get("TemplateURL"):
            return self._from_s3(account, region, str(given["TemplateURL"]))
        raise invalid("Either Template URL or Template Body must be specified.")

    def _from_s3(self, account: str, region: str, url: str) -> str:
        place = s3_place(url)
        if place is None:
            raise invalid("TemplateURL must be a supported URL.")
        bucket, key = place
        try:
            text: bytes = (
                self._client("s3", account, region).get_object(Bucket=bucket, Key=key)["Body"].read()
            )
        except ClientError as error:
            raise invalid(f"S3 error: {error.response['Error'].get('Message', error)}") from error
        if len(text) > URL_BYTES:
            raise invalid(f"Template may not exceed {URL_BYTES} bytes in size.")
        return text.decode("utf-8", "replace")

    def _desired(
        self, account: str, region: str, given: Mapping[str, Any], stack: StackRecord | None
    ) -> Desired:
        """What a request wants, checked."""
        body = self._body(account, region, given, stack)
        template = parse(body)
        previous = (
            {item["ParameterKey"]: item["ParameterValue"] for item in stack.parameters} if stack else None
        )
        parameters = bind(template, given.get("Parameters", ()), previous)
        check_properties(template.resources.items())
        needed, _logical = template.capabilities()
        have = set(given.get("Capabilities", ()))
        if needed and not (have & {*needed, "CAPABILITY_NAMED_IAM"}):
            raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed[0]}]")
        tags = {tag["Key"]: tag["Value"] for tag in given["Tags"]} if "Tags" in given else None
        if tags is None:
            tags = dict(stack.tags) if stack else {}
        reserved = [key for key in tags if key.startswith("aws:")]
        if reserved or len(tags) > 50:
            raise invalid(
                "aws: prefixed tag key names are not allowed for external use."
                if reserved
                else "Tags: at most 50 tags are allowed"
            )
        settings = {name: given[name] for name in _SETTINGS if name in given}
        return Desired(template, body, parameters, tags, list(given.get("Capabilities", ())), settings)

    def _check_new(self, stack: StackRecord, desired: Desired) -> None:
        """Resolve everything once before anything is made, so that a bad reference stops the request."""
        operation = self._operation(stack)
        changes.plan(operation.evaluation(desired, stack.resources), desired.tags)

    # -- create, update, delete --------------------------------------------------------------------------

    def create_stack(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given["StackName"]
        if self._find(account, region, name):
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        desired = self._desired(account, region, given, None)
        on_failure = given.get("OnFailure") or ("DO_NOTHING" if given.get("DisableRollback") else "ROLLBACK")
        stack = self._new_stack(account, region, name, "CREATE_IN_PROGRESS")
        self._check_new(stack, desired)
        stack.termination_protection = bool(given.get("EnableTerminationProtection", False))
        stack.policy = given.get("StackPolicyBody")
        self._start_create(stack, desired, on_failure, given.get("ClientRequestToken"))
        return {"StackId": stack.id}

    def _start_create(
        self,
        stack: StackRecord,
        desired: Desired,
        on_failure: str,
        token: str | None,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        with self._lock:
            stack.template_body, stack.parameters = desired.template_body, desired.parameters
            stack.description, stack.tags = desired.template.description, desired.tags
            stack.capabilities, stack.settings = desired.capabilities, desired.settings
            stack.disable_rollback, stack.token = on_failure == "DO_NOTHING", token
            self._stacks[stack.id] = stack
            self._operation(stack).status("CREATE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda operation: operation.run_create(desired, on_failure), done)

    def _updatable(self, stack: StackRecord) -> None:
        if stack.status not in _UPDATABLE:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")

    def update_stack(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._find(account, region, given["StackName"])
        if stack is None:
            raise invalid(f"Stack [{given['StackName']}] does not exist")
        self._updatable(stack)
        desired = self._desired(account, region, given, stack)
        if not self._changes_anything(stack, desired, self._plan(stack, desired, None)):
            raise invalid("No updates are to be performed.")
        self._start_update(
            stack, desired, rollback=not given.get("DisableRollback"), token=given.get("ClientRequestToken")
        )
        return {"StackId": stack.id}

    def _plan(self, stack: StackRecord, desired: Desired, drifted: Drifted | None) -> list[changes.Planned]:
        evaluation = self._operation(stack).evaluation(desired, stack.resources)
        return changes.plan(evaluation, desired.tags, drifted)

    def _changes_anything(
        self, stack: StackRecord, desired: Desired, planned: Sequence[changes.Planned]
    ) -> bool:
        """Whether an update does anything: to resources, outputs, the stack's tags, or a failed state."""
        if any(item.action != "Keep" for item in planned) or stack.tags != desired.tags or stack.cleanup:
            return True
        if stack.status in ("CREATE_FAILED", "UPDATE_FAILED"):
            return True
        evaluation = self._operation(stack).evaluation(desired, stack.resources)
        return evaluation.outputs() != stack.outputs

    def _start_update(
        self,
        stack: StackRecord,
        desired: Desired,
        *,
        rollback: bool,
        token: str | None,
        drifted: Drifted | None = None,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        with self._lock:
            stack.token = token
            self._operation(stack).status("UPDATE_IN_PROGRESS", "User Initiated")
        self._run(
            stack, lambda operation: operation.run_update(desired, rollback=rollback, drifted=drifted), done
        )

    def delete_stack(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        stack = self._find(account, region, given["StackName"])
        if stack is None:
            return {}
        if stack.termination_protection:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.busy and stack.status != "DELETE_IN_PROGRESS":
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be deleted.")
        if stack.status == "DELETE_IN_PROGRESS":
            return {}
        retain = frozenset(given.get("RetainResources", ()))
        if retain and stack.status != "DELETE_FAILED":
            raise invalid(
                f"Invalid operation on stack [{stack.id}]. To retain resources, the stack must be in the "
                "DELETE_FAILED state."
            )
        operation = self._operation(stack)
        for output in stack.outputs:
            users = operation.importers(output["ExportName"]) if "ExportName" in output else []
            if users:
                # AWS writes the refusal on the stack and leaves its status as it was
                operation.status(
                    stack.status,
                    f"Delete canceled. Cannot delete export {output['ExportName']} as it is in use by "
                    f"{' and '.join(users)}.",
                )
                return {}
        with self._lock:
            stack.token = given.get("ClientRequestToken")
            operation.status("DELETE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda running: running.run_delete(retain))
        return {}

    # -- change sets -------------------------------------------------------------------------------------

    def create_change_set(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        kind = given.get("ChangeSetType", "UPDATE")
        for name in ("ResourcesToImport", "ImportExistingResources", "IncludeNestedStacks"):
            if given.get(name):
                raise NotEmulatedError("cloudformation", "CreateChangeSet", name)
        if kind not in ("CREATE", "UPDATE"):
            raise NotEmulatedError("cloudformation", "CreateChangeSet", f"ChangeSetType {kind}")
        mode = given.get("DeploymentMode")
        if mode not in (None, "REVERT_DRIFT"):
            raise invalid(f"DeploymentMode {mode} is not supported")
        name, set_name = given["StackName"], given["ChangeSetName"]
        if not _STACK_NAME.fullmatch(set_name):
            raise invalid(
                f"1 validation error detected: Value '{set_name}' at 'changeSetName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        stack = self._find(account, region, name)
        fresh = stack is None
        if kind == "CREATE":
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise invalid(
                    f"Stack [{name}] already exists and cannot be created again with the changeSet "
                    f"[{set_name}]."
                )
            if mode:
                raise invalid("DeploymentMode REVERT_DRIFT is not supported for ChangeSetType CREATE")
            stack = stack or self._new_stack(account, region, name, "REVIEW_IN_PROGRESS")
        elif stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        else:
            self._updatable(stack)
        if set_name in stack.change_sets:
            raise AwsError(
                "AlreadyExistsException", f"ChangeSet [{stack.change_sets[set_name].id}] already exists"
            )
        desired = self._desired(account, region, given, None if kind == "CREATE" else stack)
        planned = [] if mode else self._plan(stack, desired, None)
        arn = f"arn:aws:cloudformation:{region}:{account}:changeSet/{set_name}/{uuid.uuid4()}"
        change_set = ChangeSet(
            id=arn,
            name=set_name,
            kind=kind,
            created=now(),
            status="CREATE_IN_PROGRESS",
            execution="UNAVAILABLE",
            description=given.get("Description"),
            template_body=desired.template_body,
            parameters=desired.parameters,
            tags=desired.tags,
            capabilities=desired.capabilities,
            on_failure=given.get("OnStackFailure"),
            deployment_mode=mode,
            settings=desired.settings,
        )
        with self._lock:
            self._stacks[stack.id] = stack
            stack.change_sets[set_name] = change_set
            if fresh:
                self._operation(stack).status("REVIEW_IN_PROGRESS", "User Initiated")
        if mode:
            self._background(lambda: self._plan_revert(stack, change_set, desired))
        else:
            self._settle(stack, change_set, desired, planned)
        return {"Id": arn, "StackId": stack.id}

    def _background(self, work: Callable[[], None]) -> None:
        def body() -> None:
            try:
                work()
            finally:
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=body, name="cloudformation drift", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _settle(
        self, stack: StackRecord, change_set: ChangeSet, desired: Desired, planned: Sequence[changes.Planned]
    ) -> None:
        with self._lock:
            if change_set.kind == "UPDATE" and not self._changes_anything(stack, desired, planned):
                change_set.status, change_set.reason = "FAILED", _NO_CHANGES
                return
            change_set.changes = [
                {"plain": item.shown(values=False), "full": item.shown(values=True)}
                for item in planned
                if item.action != "Keep"
            ]
            change_set.status, change_set.execution = "CREATE_COMPLETE", "AVAILABLE"

    def _plan_revert(self, stack: StackRecord, change_set: ChangeSet, desired: Desired) -> None:
        """A drift-aware change set compares the live state, the last deployment and the new template."""
        try:
            drifted = Drifted(checked=now())
            for logical, record in list(stack.resources.items()):
                status, _found, actual = self._compare(stack, record)
                drifted.statuses[logical] = status
                if status in ("MODIFIED", "DELETED"):
                    drifted.actual[logical] = actual
            planned = self._plan(stack, desired, drifted)
            with self._lock:
                change_set.actual = drifted.actual
            self._settle(stack, change_set, desired, planned)
        except (AwsError, ClientError, ValueError, LookupError) as error:
            with self._lock:
                change_set.status = "FAILED"
                change_set.reason = error.message if isinstance(error, AwsError) else str(error)

    def _change_set(
        self, account: str, region: str, given: Mapping[str, Any]
    ) -> tuple[StackRecord, ChangeSet]:
        wanted, name = given["ChangeSetName"], given.get("StackName")
        if not wanted.startswith("arn:"):
            if not name:
                raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
            stacks = [self._stack(account, region, name)]
        else:
            stacks = self._all(account, region)
        for stack in stacks:
            for change_set in stack.change_sets.values():
                if wanted in (change_set.name, change_set.id):
                    return stack, change_set
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{wanted}] does not exist", 404)

    def describe_change_set(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stack, change_set = self._change_set(account, region, given)
            form = "full" if given.get("IncludePropertyValues") else "plain"
            shown, token = _page([_timed(item[form]) for item in change_set.changes], given)
            return _given(
                {
                    **self._summary(stack, change_set),
                    "Parameters": [dict(item) for item in change_set.parameters],
                    "Tags": _tags(change_set.tags),
                    "Capabilities": list(change_set.capabilities),
                    "Changes": shown,
                    "NextToken": token,
                    "IncludeNestedStacks": False,
                    "OnStackFailure": change_set.on_failure,
                    "DeploymentMode": change_set.deployment_mode,
                    "NotificationARNs": change_set.settings.get("NotificationARNs", []),
                    "RollbackConfiguration": change_set.settings.get("RollbackConfiguration", {}),
                }
            )

    def _summary(self, stack: StackRecord, change_set: ChangeSet) -> dict[str, Any]:
        return {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.id,
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": change_set.description,
            "CreationTime": moment(change_set.created),
            "ExecutionStatus": change_set.execution,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
        }

    def list_change_sets(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stack = self._stack(account, region, given["StackName"])
            rows = [_given(self._summary(stack, change_set)) for change_set in stack.change_sets.values()]
            shown, token = _page(rows, given)
            return _given({"Summaries": shown, "NextToken": token})

    def delete_change_set(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            try:
                stack, change_set = self._change_set(account, region, given)
            except AwsError as error:
                if error.code == "ChangeSetNotFound":
                    return {}
                raise
            if change_set.execution == "EXECUTE_IN_PROGRESS":
                raise AwsError(
                    "InvalidChangeSetStatus",
                    f"ChangeSet [{change_set.id}] cannot be deleted in its current execution status of "
                    "[EXECUTE_IN_PROGRESS]",
                )
            del stack.change_sets[change_set.name]
        return {}

    def execute_change_set(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stack, change_set = self._change_set(account, region, given)
            if change_set.status != "CREATE_COMPLETE" or change_set.execution != "AVAILABLE":
                kind = "status" if change_set.status != "CREATE_COMPLETE" else "execution status"
                state = change_set.status if kind == "status" else change_set.execution
                raise AwsError(
                    "InvalidChangeSetStatus",
                    f"ChangeSet [{change_set.id}] cannot be executed in its current {kind} of [{state}]",
                )
            if change_set.kind == "UPDATE":
                self._updatable(stack)
            desired = Desired(
                parse(change_set.template_body),
                change_set.template_body,
                change_set.parameters,
                change_set.tags,
                change_set.capabilities,
                change_set.settings,
            )
            change_set.execution = "EXECUTE_IN_PROGRESS"
            stack.change_set = change_set.id
            for other in stack.change_sets.values():
                if other is not change_set and other.execution == "AVAILABLE":
                    other.execution = "OBSOLETE"

        def done() -> None:
            good = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
            change_set.execution = "EXECUTE_COMPLETE" if good else "EXECUTE_FAILED"

        rollback = not given.get("DisableRollback") and change_set.on_failure != "DO_NOTHING"
        token = given.get("ClientRequestToken")
        if change_set.kind == "CREATE":
            on_failure = change_set.on_failure or ("ROLLBACK" if rollback else "DO_NOTHING")
            self._start_create(stack, desired, on_failure, token, done)
        else:
            drifted = Drifted(dict(change_set.actual)) if change_set.deployment_mode else None
            self._start_update(stack, desired, rollback=rollback, token=token, drifted=drifted, done=done)
        return {}

    # -- drift -------------------------------------------------------------------------------------------

    def _compare(
        self, stack: StackRecord, record: ResourceRecord
    ) -> tuple[str, list[dict[str, str]], dict[str, Any] | None]:
        """StackResourceDriftStatus, PropertyDifferences and the live properties of one resource."""
        if self._read is None:
            raise NotEmulatedError("cloudformation", "DetectStackDrift", "no reader of live resources")
        if record.physical is None:
            return "NOT_CHECKED", [], None
        actual = self._read(
            lambda service: self._client(service, stack.account, stack.region), record.type, record.physical
        )
        if actual is None:
            return "DELETED", [], None
        found = drift.differences(record.type, record.properties, actual, record.stack_tags)
        return ("MODIFIED" if found else "IN_SYNC"), found, actual

    def detect_stack_drift(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if self._read is None:
            raise NotEmulatedError("cloudformation", "DetectStackDrift", "no reader of live resources")
        stack = self._stack(account, region, given["StackName"], deleted=False)
        if stack.status not in {*_UPDATABLE, "UPDATE_ROLLBACK_FAILED"} - {"CREATE_FAILED"}:
            raise invalid(
                f"Drift detection cannot be performed on stack [{stack.id}] in status {stack.status}"
            )
        identifier = str(uuid.uuid4())
        detection: dict[str, Any] = {
            "StackId": stack.id,
            "StackDriftDetectionId": identifier,
            "DetectionStatus": "DETECTION_IN_PROGRESS",
            "Timestamp": now(),
        }
        with self._lock:
            self._detections[identifier] = detection
        wanted = frozenset(given.get("LogicalResourceIds") or stack.resources)
        self._background(lambda: self._detect(stack, detection, wanted))
        return {"StackDriftDetectionId": identifier}

    def _detect(self, stack: StackRecord, detection: dict[str, Any], wanted: frozenset[str]) -> None:
        problems = []
        for logical, record in list(stack.resources.items()):
            if logical not in wanted:
                continue
            try:
                status, found, actual = self._compare(stack, record)
            except Exception as error:  # noqa: BLE001 (a reader's fault leaves one resource unknown, not the run)
                status, found, actual = "UNKNOWN", [], None
                problems.append(f"{logical}: {error}")
            with self._lock:
                record.drift = {
                    "StackResourceDriftStatus": status,
                    "PropertyDifferences": found,
                    "Timestamp": now(),
                    "ActualProperties": actual,
                }
        with self._lock:
            drifts = [record.drift for record in stack.resources.values() if record.drift]
            bad = [item for item in drifts if item["StackResourceDriftStatus"] in ("MODIFIED", "DELETED")]
            stack.drift_status = "DRIFTED" if bad else "UNKNOWN" if problems else "IN_SYNC"
            stack.drift_checked = now()
            detection.update(
                DetectionStatus="DETECTION_FAILED" if problems else "DETECTION_COMPLETE",
                StackDriftStatus=stack.drift_status,
                DriftedStackResourceCount=len(bad),
            )
            if problems:
                detection["DetectionStatusReason"] = "Failed to detect drift on " + "; ".join(problems)

    def describe_stack_drift_detection_status(
        self, account: str, region: str, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        with self._lock:
            found = self._detections.get(given["StackDriftDetectionId"])
            if found is None or f":{region}:{account}:" not in found["StackId"]:
                raise invalid(f"Stack drift detection [{given['StackDriftDetectionId']}] does not exist")
            answer: dict[str, Any] = _timed(found)
            return answer

    def describe_stack_resource_drifts(
        self, account: str, region: str, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        with self._lock:
            stack = self._stack(account, region, given["StackName"])
            wanted = frozenset(given.get("StackResourceDriftStatusFilters", ()))
            rows = []
            for record in stack.resources.values():
                found = record.drift
                if found is None or (wanted and found["StackResourceDriftStatus"] not in wanted):
                    continue
                row = {
                    "StackId": stack.id,
                    "LogicalResourceId": record.logical,
                    "PhysicalResourceId": record.physical,
                    "ResourceType": record.type,
                    "ExpectedProperties": changes._text(record.properties),
                    "StackResourceDriftStatus": found["StackResourceDriftStatus"],
                    "PropertyDifferences": [dict(item) for item in found["PropertyDifferences"]],
                    "Timestamp": moment(found["Timestamp"]),
                }
                if found["ActualProperties"] is not None:
                    row["ActualProperties"] = changes._text(
                        _only(record.properties, found["ActualProperties"])
                    )
                rows.append(row)
            shown, token = _page(rows, given)
            return _given({"StackResourceDrifts": shown, "NextToken": token})

    # -- what there is -----------------------------------------------------------------------------------

    def describe_stacks(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            if given.get("StackName"):
                stacks = [self._stack(account, region, given["StackName"])]
            else:
                stacks = [s for s in reversed(self._all(account, region)) if s.status != "DELETE_COMPLETE"]
            shown, token = _page([self._described(stack) for stack in stacks], given)
            return _given({"Stacks": shown, "NextToken": token})

    def _described(self, stack: StackRecord) -> dict[str, Any]:
        protection = stack.termination_protection
        return _given(
            {
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": stack.change_set,
                "Description": stack.description,
                "Parameters": [dict(item) for item in stack.parameters],
                **_times(stack),
                "StackStatus": stack.status,
                "StackStatusReason": stack.reason,
                "DisableRollback": stack.disable_rollback,
                "Capabilities": list(stack.capabilities),
                "Outputs": [dict(item) for item in stack.outputs],
                "Tags": _tags(stack.tags),
                "EnableTerminationProtection": protection,
                "DriftInformation": _drift_information(stack),
                "NotificationARNs": stack.settings.get("NotificationARNs", []),
                "RollbackConfiguration": stack.settings.get("RollbackConfiguration", {}),
                "RoleARN": stack.settings.get("RoleARN"),
            }
        )

    def list_stacks(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        wanted = frozenset(given.get("StackStatusFilter", ()))
        with self._lock:
            rows = [
                _given(
                    {
                        "StackId": stack.id,
                        "StackName": stack.name,
                        "TemplateDescription": stack.description,
                        **_times(stack),
                        "StackStatus": stack.status,
                        "StackStatusReason": stack.reason,
                        "DriftInformation": _drift_information(stack),
                    }
                )
                for stack in reversed(self._all(account, region))
                if not wanted or stack.status in wanted
            ]
        shown, token = _page(rows, given)
        return _given({"StackSummaries": shown, "NextToken": token})

    def describe_stack_events(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stack = self._stack(account, region, given.get("StackName"))
            rows = [
                {
                    **event,
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "Timestamp": moment(event["Timestamp"]),
                }
                for event in reversed(stack.events)
            ]
        shown, token = _page(rows, given)
        return _given({"StackEvents": shown, "NextToken": token})

    def _resource_row(self, stack: StackRecord, record: ResourceRecord, time_key: str) -> dict[str, Any]:
        status = (record.drift or {}).get("StackResourceDriftStatus", "NOT_CHECKED")
        information = {"StackResourceDriftStatus": status}
        if record.drift:
            information["LastCheckTimestamp"] = moment(record.drift["Timestamp"])
        return _given(
            {
                "StackName": stack.name,
                "StackId": stack.id,
                "LogicalResourceId": record.logical,
                "PhysicalResourceId": record.physical,
                "ResourceType": record.type,
                time_key: moment(record.updated),
                "ResourceStatus": record.status,
                "ResourceStatusReason": record.reason,
                "DriftInformation": information,
            }
        )

    def describe_stack_resources(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        physical, logical = given.get("PhysicalResourceId"), given.get("LogicalResourceId")
        with self._lock:
            if given.get("StackName"):
                stacks = [self._stack(account, region, given["StackName"])]
            elif physical:
                stacks = [
                    stack
                    for stack in self._all(account, region)
                    if any(record.physical == physical for record in stack.resources.values())
                    and not stack.deleted
                ]
                if not stacks:
                    raise invalid(f"Stack for {physical} does not exist")
            else:
                raise invalid("Either StackName or PhysicalResourceId must be specified")
            rows = [
                self._resource_row(stack, record, "Timestamp")
                for stack in stacks
                for record in stack.resources.values()
                if not logical or record.logical == logical
            ]
        # at most 100 resources, without pages (API reference, DescribeStackResources)
        return {"StackResources": rows[:100]}

    def describe_stack_resource(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stack = self._stack(account, region, given["StackName"])
            record = stack.resources.get(given["LogicalResourceId"])
            if record is None:
                raise invalid(f"Resource {given['LogicalResourceId']} does not exist for stack {stack.name}")
            row = self._resource_row(stack, record, "LastUpdatedTimestamp")
            row["Metadata"] = changes._text(record.definition.get("Metadata", {}))
        return {"StackResourceDetail": row}

    def list_stack_resources(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            stack = self._stack(account, region, given["StackName"])
            rows = [
                self._resource_row(stack, record, "LastUpdatedTimestamp")
                for record in stack.resources.values()
            ]
        for row in rows:
            del row["StackName"], row["StackId"]
        shown, token = _page(rows, given)
        return _given({"StackResourceSummaries": shown, "NextToken": token})

    # -- templates, exports, settings --------------------------------------------------------------------

    def get_template(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            if given.get("ChangeSetName"):
                body = self._change_set(account, region, given)[1].template_body
            else:
                body = self._stack(account, region, given.get("StackName")).template_body
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def _asked_template(self, account: str, region: str, given: Mapping[str, Any]) -> Template:
        if given.get("StackName"):
            return parse(self._stack(account, region, given["StackName"]).template_body)
        return parse(self._body(account, region, given, None))

    def get_template_summary(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        template = self._asked_template(account, region, given)
        summary = _template_facts(template)
        for item, declared in zip(summary["Parameters"], template.parameters.values(), strict=True):
            item["ParameterType"] = declared.get("Type", "String")
            item["ParameterConstraints"] = _given(
                {"AllowedValues": [str(value) for value in declared.get("AllowedValues", ())] or None}
            )
        summary["ResourceTypes"] = sorted({item["Type"] for item in template.resources.values()})
        return _given(
            {
                **summary,
                "Version": template.body.get("AWSTemplateFormatVersion"),
                "Metadata": changes._text(template.body["Metadata"]) if "Metadata" in template.body else None,
            }
        )

    def validate_template(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return _given(_template_facts(self._asked_template(account, region, given)))

    def list_exports(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            rows = [
                {"ExportingStackId": stack.id, "Name": output["ExportName"], "Value": output["OutputValue"]}
                for stack in self._all(account, region)
                for output in stack.outputs
                if "ExportName" in output
            ]
        shown, token = _page(rows, given)
        return _given({"Exports": shown, "NextToken": token})

    def list_imports(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            names = [s.name for s in self._all(account, region) if given["ExportName"] in s.imports]
        if not names:
            raise invalid(f"Export '{given['ExportName']}' is not imported by any stack.")
        shown, token = _page(names, given)
        return _given({"Imports": shown, "NextToken": token})

    def update_termination_protection(
        self, account: str, region: str, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        with self._lock:
            stack = self._stack(account, region, given["StackName"], deleted=False)
            stack.termination_protection = bool(given["EnableTerminationProtection"])
        return {"StackId": stack.id}

    def get_stack_policy(self, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return _given({"StackPolicyBody": self._stack(account, region, given["StackName"]).policy})


_OPERATIONS: Mapping[str, Callable[[Engine, str, str, Mapping[str, Any]], dict[str, Any]]] = {
    "CreateChangeSet": Engine.create_change_set,
    "CreateStack": Engine.create_stack,
    "DeleteChangeSet": Engine.delete_change_set,
    "DeleteStack": Engine.delete_stack,
    "DescribeChangeSet": Engine.describe_change_set,
    "DescribeStackDriftDetectionStatus": Engine.describe_stack_drift_detection_status,
    "DescribeStackEvents": Engine.describe_stack_events,
    "DescribeStackResource": Engine.describe_stack_resource,
    "DescribeStackResourceDrifts": Engine.describe_stack_resource_drifts,
    "DescribeStackResources": Engine.describe_stack_resources,
    "DescribeStacks": Engine.describe_stacks,
    "DetectStackDrift": Engine.detect_stack_drift,
    "ExecuteChangeSet": Engine.execute_change_set,
    "GetStackPolicy": Engine.get_stack_policy,
    "GetTemplate": Engine.get_template,
    "GetTemplateSummary": Engine.get_template_summary,
    "ListChangeSets": Engine.list_change_sets,
    "ListExports": Engine.list_exports,
    "ListImports": Engine.list_imports,
    "ListStackResources": Engine.list_stack_resources,
    "ListStacks": Engine.list_stacks,
    "UpdateStack": Engine.update_stack,
    "UpdateTerminationProtection": Engine.update_termination_protection,
    "ValidateTemplate": Engine.validate_template,
}


# -- shapes ----------------------------------------------------------------------------------------------


def s3_place(url: str) -> tuple[str, str] | None:
    """Bucket and key of an S3 URL in path or virtual-hosted style."""
    path = re.fullmatch(r"https?://s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com/([^/]+)/([^?]+)(?:\?.*)?", url)
    if path is None and not re.match(r"https?://s3[.-]", url):
        path = re.fullmatch(
            r"https?://([a-z0-9][a-z0-9.-]+)\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com/([^?]+)(?:\?.*)?", url
        )
    if path is None:
        path = re.fullmatch(r"https?://s3\.amazonaws\.com/([^/]+)/([^?]+)(?:\?.*)?", url)
    return (path[1], path[2]) if path else None


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _times(stack: StackRecord) -> dict[str, Any]:
    return {
        "CreationTime": moment(stack.created),
        "LastUpdatedTime": moment(stack.updated) if stack.updated else None,
        "DeletionTime": moment(stack.deleted) if stack.deleted else None,
    }


def _drift_information(stack: StackRecord) -> dict[str, Any]:
    checked = stack.drift_checked
    return _given(
        {"StackDriftStatus": stack.drift_status, "LastCheckTimestamp": moment(checked) if checked else None}
    )


def _timed(value: Any) -> Any:
    """`value` with its timestamps as datetimes, as botocore shapes them."""
    if isinstance(value, Mapping):
        return {
            name: moment(item) if name in ("Timestamp", "DriftDetectionTimestamp") else _timed(item)
            for name, item in value.items()
        }
    return [_timed(item) for item in value] if isinstance(value, list) else value


def _page(rows: Sequence[Any], given: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    """One page of `rows` and the token of the next. CloudFormation's pages end at 1 MB, ours at 100 rows."""
    start = 0
    if given.get("NextToken"):
        try:
            start = int(base64.urlsafe_b64decode(str(given["NextToken"])).decode())
        except ValueError:
            raise invalid("Invalid NextToken") from None
    size = int(given.get("MaxResults") or _PAGE)
    more = start + size < len(rows)
    token = base64.urlsafe_b64encode(str(start + size).encode()).decode() if more else None
    return list(rows[start : start + size]), token


def _only(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    return {name: actual[name] for name in expected if name in actual}


def _template_facts(template: Template) -> dict[str, Any]:
    needed, logical = template.capabilities()
    types = ", ".join(sorted({template.resources[name]["Type"] for name in logical}))
    reason = f"The following resource(s) require capabilities: [{types}]" if logical else None
    return {
        "Parameters": [
            _given(
                {
                    "ParameterKey": key,
                    "DefaultValue": str(declared["Default"]) if "Default" in declared else None,
                    "NoEcho": str(declared.get("NoEcho", False)).lower() == "true",
                    "Description": declared.get("Description"),
                }
            )
            for key, declared in template.parameters.items()
        ],
        "Description": template.description,
        "Capabilities": list(needed),
        "CapabilitiesReason": reason,
        "DeclaredTransforms": [],
    }


__all__ = ["PROVIDERS", "STACK", "Engine", "s3_place"]
