"""All stacks of the local cloud, and the threads that work on them."""

from __future__ import annotations

import copy
import dataclasses
import functools
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, Self

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.cloudformation import allowed_values, notifications, s3_urls
from ringwork.cloud.emulator.cloudformation.evaluation import Surroundings
from ringwork.cloud.emulator.cloudformation.families import NO_ERRAND, Errand, StackFamily
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid, unsettled
from ringwork.cloud.emulator.cloudformation.operations import Operation
from ringwork.cloud.emulator.cloudformation.resources.provider import Clients
from ringwork.cloud.emulator.cloudformation.stack_set_state import StackSet
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord, now
from ringwork.cloud.emulator.cloudformation.steps import Steps


class Client(Protocol):
    """Makes the boto3 clients that resources are made with."""

    def __call__(
        self,
        service: str,
        account: str,
        region: str,
        /,
        *,
        caller: Caller | None = None,
        role: str | None = None,
    ) -> Any:
        """A client with the credentials of `role` (an ARN), else of `caller`, else of the account's
        administrator. Raises botocore's `ClientError` when CloudFormation may not assume `role`."""


class Read(Protocol):
    """How a live resource is read."""

    def __call__(
        self, client: Callable[[str], Any], type: str, physical: str, /, *, account: str
    ) -> dict[str, Any] | None:
        """Its CloudFormation-shaped properties; None: gone."""


_OWN = "cloudformation.amazonaws.com"

Place = tuple[str, str]
"""account and Region"""

NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
"""Names of stacks and change sets (API reference, CreateStack)."""


class Stacks:
    """The records of all stacks, and what every API operation needs to work on them.

    `acting_for` gives the same stacks as one caller works on them: with that caller's credentials, unless the
    stack has a service role (User Guide, "AWS CloudFormation service role").
    """

    def __init__(self, client: Client, read: Read) -> None:
        self._client = client
        self.caller: Caller | None = None
        """who asks; None: the account's administrator"""
        self.read = read
        self.on_settled: Callable[[], None] = lambda: None
        self.records: dict[str, StackRecord] = {}
        """by id"""
        self.stack_sets: dict[str, StackSet] = {}
        """by id"""
        self.detections: dict[str, dict[str, Any]] = {}
        """drift detections by id"""
        self.threads: set[threading.Thread] = set()
        self.running: dict[str, threading.Thread] = {}
        """the thread that works on a stack, or did last, by the stack's id"""
        self.cancelled: set[str] = set()
        """ids of stacks whose running operation is to end"""
        self.errands: dict[tuple[str, str, str], Errand] = {}
        """what CloudFormation asks of itself just now, by account, Region and stack name or id"""
        self.working: Counter[Place] = Counter()
        """how many threads work in an account and Region"""
        self.touched: set[Place] = set()
        """where records may have changed since they were last asked for"""
        self.lock = threading.RLock()
        """guards the records; never held during a call to a service"""
        self.step = threading.Lock()
        """held while one resource is made, changed or deleted"""

    def acting_for(self, caller: Caller | None) -> Self:
        """These stacks, the very same records, worked on with the credentials of `caller`."""
        if caller is not None and caller.called_via[-1:] == (_OWN,):
            # CloudFormation asks itself, about a nested stack: it is in the chain of services once
            caller = dataclasses.replace(caller, called_via=caller.called_via[:-1])
        view = copy.copy(self)
        view.caller = caller
        return view

    def client(self, service: str, account: str, region: str, role: str | None = None) -> Any:
        """A boto3 client that calls as `role`, or without one as the caller."""
        made = self._client(service, account, region, caller=self.caller, role=role)
        return allowed_values.watch(made)

    def check_role(self, account: str, region: str, role: str | None) -> None:
        """Raise ValidationError when CloudFormation may not assume the service role."""
        if role is not None:
            try:
                self.client("sts", account, region, role)
            except ClientError as error:
                raise invalid(f"Role {role} is invalid or cannot be assumed") from error

    def errand(self, account: str, region: str, stack: str) -> Errand:
        """What CloudFormation's own request about a stack carries; empty for anybody else's."""
        return self.errands.get((account, region, stack), NO_ERRAND)

    def all(self, account: str, region: str) -> list[StackRecord]:
        return [s for s in self.records.values() if (s.account, s.region) == (account, region)]

    def find(self, account: str, region: str, name: str, *, deleted: bool = False) -> StackRecord | None:
        """By name, or by id; a deleted stack only by id (API reference, DescribeStacks)."""
        with self.lock:
            for stack in self.all(account, region):
                if stack.id == name and (deleted or stack.status != "DELETE_COMPLETE"):
                    return stack
                if stack.name == name and stack.status != "DELETE_COMPLETE":
                    return stack
        return None

    def stack(self, account: str, region: str, name: str | None, *, deleted: bool = True) -> StackRecord:
        if not name:
            raise invalid(
                "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: "
                "Member must not be null"
            )
        stack = self.find(account, region, name, deleted=deleted)
        if stack is None:
            raise invalid(f"Stack with id {name} does not exist")
        return stack

    def new_stack(self, account: str, region: str, name: str, status: str) -> StackRecord:
        if not NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        arn = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        return StackRecord(id=arn, name=name, account=account, region=region, status=status, created=now())

    def operation(self, stack: StackRecord) -> Operation:
        account, region = stack.account, stack.region

        def others() -> Iterator[StackRecord]:
            with self.lock:
                yield from [s for s in self.all(account, region) if s is not stack and not s.deleted]

        def exporter(name: str) -> str | None:
            found = (s.name for s in others() for o in s.outputs if o.get("ExportName") == name)
            return next(found, None)

        def importers(name: str) -> list[str]:
            return [s.name for s in others() if name in s.imports]

        steps = Steps(stack, self.clients(stack), self.lock, self.step, StackFamily(self, stack))
        return Operation(
            steps, self.surroundings(stack), exporter, importers, lambda: stack.id in self.cancelled
        )

    def clients(self, stack: StackRecord) -> Clients:
        """service -> boto3 client for the stack's resources: its service role's, else the caller's.

        The role is looked up at each use, because an update may set another one.
        """

        @functools.cache
        def client(service: str, region: str, role: str | None) -> Any:
            return self.client(service, stack.account, region, role)

        return lambda service, region=None, /: client(
            service, region or stack.region, stack.settings.get("RoleARN")
        )

    def surroundings(self, stack: StackRecord) -> Surroundings:
        account, region = stack.account, stack.region

        def export(name: str) -> Any:
            with self.lock:
                outputs = (output for other in self.all(account, region) for output in other.outputs)
                return next((o["OutputValue"] for o in outputs if o.get("ExportName") == name), None)

        def zones(where: str) -> list[str]:
            role = stack.settings.get("RoleARN")
            answer = self.client("ec2", account, where, role).describe_availability_zones()
            return sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"])

        def outdated(record: ResourceRecord, properties: Mapping[str, Any]) -> bool:
            child = self.find(account, region, str(record.physical))
            url = properties["TemplateURL"]
            if child is None or unsettled(url):
                return True
            nests = any(inner.type == record.type for inner in child.resources.values())
            return (
                nests or s3_urls.fetch(self.clients(stack)("s3"), "TemplateURL", url) != child.template_body
            )

        return Surroundings(export, zones, outdated)

    def run(
        self, stack: StackRecord, work: Callable[[Operation], None], done: Callable[[], None] = lambda: None
    ) -> None:
        """Do `work` in a thread. A fault of ours stops the stack in a failed state that names it."""

        place = (stack.account, stack.region)
        first = max(len(stack.events) - 1, 0)  # the operation's first event is there already

        def body() -> None:
            operation = self.operation(stack)
            try:
                work(operation)
            except Exception as error:  # noqa: BLE001 (the thread's last resort: callers poll, nobody sees a raise)
                failed = stack.status.replace("_COMPLETE_CLEANUP", "").replace("_IN_PROGRESS", "_FAILED")
                operation.steps.status(failed, f"Internal Failure: {type(error).__name__}: {error}")
            finally:
                if stack.settings.get("NotificationARNs"):
                    notifications.publish(stack, stack.events[first:], self.clients(stack)("sns"))
                with self.lock:
                    self.cancelled.discard(stack.id)
                    done()
                    self._ended(place)
                self.on_settled()
                self.threads.discard(threading.current_thread())

        self._start(body, f"cloudformation {stack.name}", place, stack.id)

    def background(self, work: Callable[[], None], place: Place, *, settles: bool = False) -> None:
        """Do `work`, which concerns the stacks of `place`, in a thread; `settles`: then keep the state."""

        def body() -> None:
            try:
                work()
            finally:
                with self.lock:
                    self._ended(place)
                if settles:
                    self.on_settled()
                self.threads.discard(threading.current_thread())

        self._start(body, "cloudformation background", place)

    def _start(self, body: Callable[[], None], name: str, place: Place, stack: str | None = None) -> None:
        thread = threading.Thread(target=body, name=name, daemon=True)
        if stack is not None:
            self.running[stack] = thread
        with self.lock:
            self.working[place] += 1
            self.touched.add(place)
        self.threads.add(thread)
        thread.start()

    def _ended(self, place: Place) -> None:
        self.working[place] -= 1
        self.touched.add(place)
