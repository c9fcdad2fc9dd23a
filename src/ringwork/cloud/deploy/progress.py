"""What happens while a stack operation runs: its events, and how patiently we ask for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.deploy.state import StackState, describe
from ringwork.cloud.errors import THROTTLED, OperationError, code

STACK_TYPE = "AWS::CloudFormation::Stack"
_BETWEEN_REPORTS = 1.0
"""Seconds of pauses between two questions for events: their answer is long, that for the state is short."""
_LATEST_START = 20
"""Rounds (a minute and more, at Patience's pauses) after which an operation without events is over."""


@dataclass(frozen=True, slots=True)
class Event:
    """One CloudFormation event of one stack."""

    stack: str
    """`Stack.id`: account/region/name"""
    time: str
    """RFC 3339, UTC"""
    logical: str
    type: str
    status: str
    """CloudFormation's resource status, `CREATE_COMPLETE`"""
    reason: str = ""
    physical: str = ""

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    @property
    def blames(self) -> bool:
        """This failure is a cause: not an echo on the stack, nor a resource stopped for another's sake."""
        return self.failed and self.type != STACK_TYPE and "cancelled" not in self.reason.lower()


OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses between two questions, in seconds: short at first, so that a quick cloud answers at once,
    and growing, so that a slow one is not hammered."""

    first: float = 0.1
    most: float = 5.0
    factor: float = 1.5
    sleep: Callable[[float], object] | None = None
    """how to pause; None: until the time is over or `stop` is set"""
    stop: threading.Event = field(default_factory=threading.Event)
    """set: nobody waits any longer, because the command was interrupted"""

    def rounds(self, moved: Callable[[], bool] = lambda: False) -> Iterator[float]:
        """Yields at once, then again after each pause, without end, the seconds paused so far. Raises
        OperationError on `stop`.

        `moved`: whether the last question told something new; the next pause is then short again.
        """
        pause, paused = self.first, 0.0
        while True:
            yield paused
            if moved():
                pause = min(2 * self.first, self.most)
            (self.sleep or self.stop.wait)(pause)
            paused += pause
            if self.stop.is_set():
                raise OperationError(
                    "interrupted; CloudFormation goes on by itself",
                    help="repeat the command: it goes on from where the stacks then are",
                )
            pause = min(pause * self.factor, self.most)


@dataclass(frozen=True, slots=True)
class Run:
    """How one deployment is carried out."""

    on_event: OnEvent
    allow_data_loss: bool = False
    patience: Patience = field(default_factory=Patience)


class Watch:
    """The events of one stack from now on, in order, each once."""

    def __init__(self, client: Any, arn: str, stack: str, run: Run) -> None:
        """`arn` is the stack's id, which also names it once it is deleted; `stack` is `Stack.id`."""
        self._client = client
        self._arn = arn
        self._stack = stack
        self._run = run
        self.events: list[Event] = []
        newest = client.describe_stack_events(StackName=arn)["StackEvents"]
        self._seen: set[str] = {event["EventId"] for event in newest}

    def until_settled(self, *, started: bool = False) -> StackState:
        """Report events until no operation runs on the stack; its state then.

        `started`: an operation was just asked for. CloudFormation may still show the state before it, so
        a settled state counts only once the stack has had an event. Throttling that outlives botocore's
        retries only makes the pauses longer.
        """
        told, reported = 0, -_BETWEEN_REPORTS

        def moved() -> bool:
            return len(self.events) > told

        for round_, paused in enumerate(self._run.patience.rounds(moved)):
            told = len(self.events)
            try:
                # the state first: events that came before it are then certainly in the answer
                state = describe(self._client, self._arn)
                if state is None or not state.busy or paused - reported >= _BETWEEN_REPORTS:
                    self._report()
                    reported = paused
            except ClientError as error:
                if code(error) in THROTTLED:
                    continue
                raise
            if state is None:
                return StackState(arn=self._arn, name=self._stack, status="DELETE_COMPLETE")
            begun = not started or state.status == "DELETE_COMPLETE" or round_ >= _LATEST_START
            if not state.busy and (begun or any(event.type == STACK_TYPE for event in self.events)):
                return state
        raise AssertionError("rounds never end")

    def _report(self) -> None:
        fresh: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = self._client.describe_stack_events(StackName=self._arn, **token)
            unseen = [event for event in page["StackEvents"] if event["EventId"] not in self._seen]
            fresh.extend(unseen)
            # newest first: once a page holds something known, all that follows is known
            if len(unseen) < len(page["StackEvents"]) or not page.get("NextToken"):
                break
            token = {"NextToken": page["NextToken"]}
        for raw in reversed(fresh):
            if raw["EventId"] in self._seen:
                continue
            self._seen.add(raw["EventId"])
            event = Event(
                stack=self._stack,
                time=_rfc3339(raw.get("Timestamp")),
                logical=raw.get("LogicalResourceId", ""),
                type=raw.get("ResourceType", ""),
                status=raw.get("ResourceStatus", ""),
                reason=raw.get("ResourceStatusReason", ""),
                physical=raw.get("PhysicalResourceId", ""),
            )
            self.events.append(event)
            self._run.on_event(event)

    def first_cause(self) -> Event | None:
        """The first resource that failed by itself since the watch began."""
        return next((event for event in self.events if event.blames), None)


def _rfc3339(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else ""
