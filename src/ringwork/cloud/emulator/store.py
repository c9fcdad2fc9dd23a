"""Records of the local cloud that moto has no place for, kept in the snapshot as JSON.

One part of the snapshot for each account, Region and service: `stored/ACCOUNT/REGION/SERVICE`. A part is
read when one of its tables is first asked for, and written when its content differs from what was read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ringwork.cloud.emulator.overlays.call import Table
from ringwork.cloud.emulator.state import BadSnapshotError

PART = "stored/"

Place = tuple[str, str, str]
"""account, Region, service"""


class Store:
    """The tables of one local cloud."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        """`read` gives the content of a part of the snapshot, None when it has no such part."""
        self._read = read
        self._places: dict[Place, dict[str, Table]] = {}
        self._written: dict[Place, bytes] = {}
        self._touched: set[Place] = set()

    def table(self, service: str, account: str, region: str, name: str) -> Table:
        """A mutable table; raises `BadSnapshotError` when its part cannot be read."""
        place = (account, region, service)
        if place not in self._places:
            data = self._read(_part(place))
            self._places[place] = _decode(data) if data is not None else {}
            if data is not None:
                self._written[place] = data
        self._touched.add(place)
        return self._places[place].setdefault(name, {})

    def changes(self) -> dict[str, bytes]:
        """The parts whose content is not what was last read or saved, as bytes."""
        found = {}
        for place in self._touched:
            data = _encode(self._places[place])
            if data != self._written.get(place, _EMPTY):
                found[_part(place)] = data
        return found

    def saved(self, changed: dict[str, bytes]) -> None:
        """`changed`, as `changes` gave it, is in the snapshot."""
        for name, data in changed.items():
            if name.startswith(PART):
                account, region, service = name.removeprefix(PART).split("/")
                self._written[account, region, service] = data
        self._touched.clear()

    def forget(self) -> None:
        """Drop everything in memory."""
        self._places.clear()
        self._written.clear()
        self._touched.clear()


def _part(place: Place) -> str:
    return PART + "/".join(place)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"a {type(value).__name__} cannot be kept in the local cloud's store")


def _encode(tables: dict[str, Table]) -> bytes:
    # a user's own key `$time` would be taken for ours: escape it
    kept = {name: table for name, table in tables.items() if table}
    return json.dumps(_escaped(kept), default=_plain, separators=(",", ":")).encode()


_EMPTY = b"{}"


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {(f"${k}" if k.startswith("$") else k): _escaped(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value


def _restored(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        if "$time" in value:
            return datetime.fromisoformat(value["$time"])
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
    return {(k[1:] if k.startswith("$$") else k): v for k, v in value.items()}


def _decode(data: bytes) -> dict[str, Table]:
    try:
        found: dict[str, Table] = json.loads(data, object_hook=_restored)
    except (ValueError, TypeError, KeyError) as error:
        raise BadSnapshotError(f"stored records cannot be read: {type(error).__name__}") from error
    return found
