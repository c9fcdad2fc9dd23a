"""The events of each account and Region: written once, kept in segments, the oldest dropped.

A segment is a part of the snapshot, `events/ACCOUNT/REGION/NUMBER`; a full one never changes, so a save
writes only what is new.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator.state import BadSnapshotError

PART = "events/"
SEGMENT = 500
"""events in a segment"""
MOST = 100
"""segments kept for an account and Region: 50,000 events"""
KEPT = timedelta(days=90)
"""CloudTrail user guide, "Viewing recent management events": the past 90 days"""

Place = tuple[str, str]
"""account, Region"""
Event = dict[str, Any]


class EventLog:
    """`names` gives the names of the snapshot's parts, `read` the content of one."""

    def __init__(self, names: Callable[[], Iterable[str]], read: Callable[[str], bytes | None]) -> None:
        self._names = names
        self._read = read
        self._last: dict[Place, tuple[int, list[Event]]] = {}
        """number and events of the segment that grows"""
        self._full: dict[str, list[Event]] = {}
        """segments that are full and not saved yet"""
        self._changed: set[Place] = set()
        self._dropped: set[str] = set()

    def append(self, account: str, region: str, event: Event) -> None:
        """Keep an event, whose values are JSON's."""
        place = (account, region)
        number, events = self._open(place)
        events.append(event)
        self._changed.add(place)
        if len(events) >= SEGMENT:
            self._full[_part(place, number)] = events
            self._last[place] = (number + 1, [])
            self._drop(place, number + 1)

    def newest_first(self, account: str, region: str) -> Iterator[Event]:
        """The events of the last 90 days."""
        place = (account, region)
        number, events = self._open(place)
        oldest = (datetime.now(UTC) - KEPT).strftime("%Y-%m-%dT%H:%M:%SZ")
        while True:
            for event in reversed(events):
                if event["eventTime"] < oldest:
                    return
                yield event
            number -= 1
            if number < 1:
                return
            events = self._segment(_part(place, number))

    def changes(self) -> dict[str, bytes]:
        """The segments that are not in the snapshot as they are now."""
        found = {name: _encode(events) for name, events in self._full.items()}
        for place in self._changed:
            number, events = self._last[place]
            found[_part(place, number)] = _encode(events)
        found.update(dict.fromkeys(self._dropped, b"[]"))
        return found

    def saved(self) -> None:
        """What `changes` gave is in the snapshot."""
        self._full.clear()
        self._changed.clear()
        self._dropped.clear()

    def forget(self) -> None:
        """Drop everything in memory."""
        self._last.clear()
        self.saved()

    def _open(self, place: Place) -> tuple[int, list[Event]]:
        if place not in self._last:
            prefix = _part(place, 0).rpartition("/")[0] + "/"
            numbers = [int(name.rpartition("/")[2]) for name in self._names() if name.startswith(prefix)]
            number = max(numbers, default=1)
            events = self._segment(_part(place, number))
            self._last[place] = (number + 1, []) if len(events) >= SEGMENT else (number, events)
        return self._last[place]

    def _segment(self, name: str) -> list[Event]:
        if name in self._full:
            return self._full[name]
        data = self._read(name)
        try:
            return json.loads(data) if data is not None else []
        except ValueError as error:
            raise BadSnapshotError(f"its part `{name}` cannot be read") from error

    def _drop(self, place: Place, newest: int) -> None:
        gone = newest - MOST
        if gone >= 1:
            self._dropped.add(_part(place, gone))
            self._full.pop(_part(place, gone), None)


def _part(place: Place, number: int) -> str:
    return f"{PART}{place[0]}/{place[1]}/{number:06}"


def _encode(events: list[Event]) -> bytes:
    return json.dumps(events, separators=(",", ":")).encode()
