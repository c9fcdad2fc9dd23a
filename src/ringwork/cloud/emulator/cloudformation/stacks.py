"""All stacks of the local cloud, and the threads that work on them."""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ringwork.cloud.emulator.cloudformation.evaluation import Surroundings
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.operations import Operation
from ringwork.cloud.emulator.cloudformation.state import StackRecord, now
from ringwork.cloud.emulator.cloudformation.steps import Steps

Client = Callable[[str, str, str], Any]
"""service, account, Region -> boto3 client"""
Read = Callable[[Callable[[str], Any], str, str], "dict[str, Any] | None"]
"""client by service, type, physical id -> live CloudFormation-shaped properties; None: gone"""

Place = tuple[str, str]
"""account and Region"""

NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
"""Names of stacks and change sets (API reference, CreateStack)."""


class Stacks:
    """The records of all stacks, and what every API operation needs to work on them."""

    def __init__(self, client: Client, read: Read) -> None:
        self.client = client
        self.read = read
        self.on_settled: Callable[[], None] = lambda: None
        self.records: dict[str, StackRecord] = {}
        """by id"""
        self.detections: dict[str, dict[str, Any]] = {}
        """drift detections by id"""
        self.threads: set[threading.Thread] = set()
        self.working: Counter[Place] = Counter()
        """how many threads work in an account and Region"""
        self.touched: set[Place] = set()
        """where records may have changed since they were last asked for"""
        self.lock = threading.RLock()
        """guards the records; never held during a call to a service"""
        self.step = threading.Lock()
        """held while one resource is made, changed or deleted"""

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

        steps = Steps(stack, lambda service: self.client(service, account, region), self.lock, self.step)
        return Operation(steps, self.surroundings(account, region), exporter, importers)

    def surroundings(self, account: str, region: str) -> Surroundings:
        def export(name: str) -> Any:
            with self.lock:
                for stack in self.all(account, region):
                    for output in stack.outputs:
                        if output.get("ExportName") == name:
                            return output["OutputValue"]
            return None

        def zones(where: str) -> list[str]:
            answer = self.client("ec2", account, where).describe_availability_zones()
            return sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"])

        return Surroundings(export, zones)

    def run(
        self, stack: StackRecord, work: Callable[[Operation], None], done: Callable[[], None] = lambda: None
    ) -> None:
        """Do `work` in a thread. A fault of ours stops the stack in a failed state that names it."""

        place = (stack.account, stack.region)

        def body() -> None:
            operation = self.operation(stack)
            try:
                work(operation)
            except Exception as error:  # noqa: BLE001 (the thread's last resort: callers poll, nobody sees a raise)
                failed = stack.status.replace("_COMPLETE_CLEANUP", "").replace("_IN_PROGRESS", "_FAILED")
                operation.steps.status(failed, f"Internal Failure: {type(error).__name__}: {error}")
            finally:
                with self.lock:
                    done()
                    self._ended(place)
                self.on_settled()
                self.threads.discard(threading.current_thread())

        self._start(body, f"cloudformation {stack.name}", place)

    def background(self, work: Callable[[], None], place: Place) -> None:
        """Do `work`, which concerns the stacks of `place`, in a thread."""

        def body() -> None:
            try:
                work()
            finally:
                with self.lock:
                    self._ended(place)
                self.threads.discard(threading.current_thread())

        self._start(body, "cloudformation drift", place)

    def _start(self, body: Callable[[], None], name: str, place: Place) -> None:
        thread = threading.Thread(target=body, name=name, daemon=True)
        with self.lock:
            self.working[place] += 1
            self.touched.add(place)
        self.threads.add(thread)
        thread.start()

    def _ended(self, place: Place) -> None:
        self.working[place] -= 1
        self.touched.add(place)
