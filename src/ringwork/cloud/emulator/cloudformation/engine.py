"""The local CloudFormation: its API operations over stacks whose work is done through other services."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ringwork.cloud.collect import read as read_live
from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.cloudformation import (
    change_sets,
    describe,
    drift_calls,
    stack_calls,
    stack_set_calls,
    stack_set_describe,
    stack_set_state,
    type_calls,
)
from ringwork.cloud.emulator.cloudformation.recovery import REASON, recover
from ringwork.cloud.emulator.cloudformation.stack_set_state import StackSet
from ringwork.cloud.emulator.cloudformation.stacks import Client, Read, Stacks
from ringwork.cloud.emulator.cloudformation.state import StackRecord, from_json, to_json
from ringwork.cloud.emulator.errors import NotEmulatedError

_FORMAT = 1

OPERATIONS: Mapping[str, Callable[[Stacks, str, str, Mapping[str, Any]], dict[str, Any]]] = {
    **stack_calls.OPERATIONS,
    **change_sets.OPERATIONS,
    **drift_calls.OPERATIONS,
    **describe.OPERATIONS,
    **stack_set_calls.OPERATIONS,
    **stack_set_describe.OPERATIONS,
    **type_calls.OPERATIONS,
}


UNMODELLED = ("DeploymentConfig", "DisableValidation", "ForceRollback")
"""Parameters of requests that change what happens, and that the engine does not have."""


class Engine:
    """CloudFormation for every account and Region of the local cloud.

    `client(service, account, region, caller=, role=)` gives the boto3 clients that resources are made with;
    it must be safe to call from other threads. `read(client, type, physical)` gives the live
    CloudFormation-shaped properties of a resource, None when it is gone: drift detection compares with them.
    """

    def __init__(self, client: Client, *, read: Read = read_live) -> None:
        self._stacks = Stacks(client, read)

    @property
    def on_settled(self) -> Callable[[], None]:
        """Called after each stack operation, from the thread that ran it, with no lock held."""
        return self._stacks.on_settled

    @on_settled.setter
    def on_settled(self, hook: Callable[[], None]) -> None:
        self._stacks.on_settled = hook

    def call(
        self,
        operation: str,
        account: str,
        region: str,
        parameters: Mapping[str, Any],
        *,
        caller: Caller | None = None,
    ) -> dict[str, Any]:
        """Answer one API call with botocore-shaped members; raises `AwsError`.

        Operations that change stacks return at once and go on in a thread, as on AWS. What they do is done
        with the credentials of `caller` (None: the account's administrator), or of the stack's service role.
        """
        answer = OPERATIONS.get(operation)
        if answer is None:
            raise NotEmulatedError("cloudformation", operation)
        for name in UNMODELLED:
            if parameters.get(name):
                raise NotEmulatedError("cloudformation", operation, name)
        if parameters.get("RollbackConfiguration", {}).get("RollbackTriggers"):
            raise NotEmulatedError(
                "cloudformation", operation, "RollbackTriggers: alarms are not watched during an operation"
            )
        if not operation.startswith(("Describe", "Get", "List", "Validate")):
            with self._stacks.lock:
                self._stacks.touched.add((account, region))
        return answer(self._stacks.acting_for(caller), account, region, parameters)

    def stack_id(self, account: str, region: str, parameters: Mapping[str, Any]) -> str | None:
        """The ARN of the stack that a call's parameters name, by its name, its ARN or a change set's ARN;
        None when there is no such stack."""
        name, change_set = parameters.get("StackName"), parameters.get("ChangeSetName")
        with self._stacks.lock:
            if isinstance(name, str):
                stack = self._stacks.find(account, region, name, deleted=True)
                return None if stack is None else stack.id
            if isinstance(change_set, str):
                for stack in self._stacks.all(account, region):
                    if any(one.id == change_set for one in stack.change_sets.values()):
                        return stack.id
        return None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No resource is half made inside: the moment to save the services' state together with `dump`."""
        with self._stacks.step:
            yield

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until no stack operation runs; False when `timeout` seconds were not enough."""
        end = None if timeout is None else time.monotonic() + timeout
        threads = self._stacks.threads
        while running := [thread for thread in tuple(threads) if thread.is_alive()]:
            if end is not None and time.monotonic() >= end:
                return False
            running[0].join(None if end is None else max(0.0, end - time.monotonic()))
        return True

    def dump(self) -> dict[str, Any]:
        """All stacks as JSON values, apart from what goes on afterwards."""
        with self._stacks.lock:
            return copy.deepcopy(_written(self._stacks.records.values(), self._stacks.stack_sets.values()))

    def changes(self) -> dict[tuple[str, str], bytes]:
        """The stacks of each account and Region where any may have changed since the last call, as JSON.

        Each is a `dump` of its own; `load_all` takes them together.
        """
        stacks = self._stacks
        with stacks.lock:
            places = set(stacks.touched)
            # what is being worked on may change the moment the lock is free again
            stacks.touched.intersection_update({place for place in places if stacks.working[place]})
            return {
                place: json.dumps(
                    _written(
                        stacks.all(*place),
                        [each for each in stacks.stack_sets.values() if (each.account, each.region) == place],
                    )
                ).encode()
                for place in sorted(places)
            }

    def unsaved(self, places: Iterable[tuple[str, str]]) -> None:
        """What `changes` gave could not be kept: give it again next time."""
        with self._stacks.lock:
            self._stacks.touched.update(places)

    def load_all(self, dumps: Iterable[bytes]) -> None:
        """Take the stacks of several dumps. Raises ValueError as `load` does."""
        parts = [json.loads(dump) for dump in dumps]
        for part in parts:
            _check_format(part)
        self.load(
            {
                "format": _FORMAT,
                "stacks": [stack for part in parts for stack in part["stacks"]],
                "stack_sets": [each for part in parts for each in part.get("stack_sets", ())],
            }
        )

    def load(self, data: Mapping[str, Any]) -> None:
        """Take the stacks of a `dump`. Operations that it caught running are ended: see `recovery`.

        Raises ValueError when `data` is of another format.
        """
        _check_format(data)
        try:
            records = [from_json(item) for item in data["stacks"]]
            sets = [stack_set_state.from_json(item) for item in data.get("stack_sets", ())]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"stack state cannot be read: {error}") from error
        for stack in records:
            recover(stack)
        for each in sets:
            stack_set_state.recover(each, REASON)
        with self._stacks.lock:
            self._stacks.records.clear()
            self._stacks.records.update({stack.id: stack for stack in records})
            self._stacks.stack_sets.clear()
            self._stacks.stack_sets.update({each.id: each for each in sets})


def _check_format(data: Mapping[str, Any]) -> None:
    if data.get("format") != _FORMAT:
        raise ValueError(f"stack state of format `{data.get('format')}`, not `{_FORMAT}`")


def _written(records: Iterable[StackRecord], sets: Iterable[StackSet]) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "stacks": [to_json(stack) for stack in records],
        "stack_sets": [stack_set_state.to_json(each) for each in sets],
    }
