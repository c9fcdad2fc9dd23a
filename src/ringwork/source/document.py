"""A parsed file that still knows where each of its values stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringwork.source.position import InputError, Position

MAX_BYTES = 16 * 1024 * 1024
"""Largest file that is read. CloudFormation itself stops at 1 MB (its quota "Template body size in an
Amazon S3 object"); Terraform plans are larger."""
MAX_DEPTH = 128
"""Deepest nesting."""
MAX_VALUES = 1_000_000
"""Most values in one file, aliases counted as often as they are used: a bound for alias bombs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands, where its key stands, and the places inside it. Lines, columns from 1."""

    line: int
    column: int
    key: tuple[int, int] | None = None
    """line and column of the value's key, for a value in a mapping"""
    children: Mapping[str, Place] | Sequence[Place] | None = None

    def child(self, step: str | int) -> Place | None:
        """The place of the value under a key or index; None where there is none."""
        if isinstance(self.children, Mapping):
            return self.children.get(str(step))
        if self.children is not None and isinstance(step, int) and 0 <= step < len(self.children):
            return self.children[step]
        return None


@dataclass(frozen=True, slots=True)
class Document:
    """The file's value (plain dicts, lists and scalars; never change it, aliases share parts) and places."""

    value: Any
    file: str
    root: Place = field(default=Place(1, 1), repr=False)

    def has(self, *path: str | int) -> bool:
        """Whether the file has a value (null too) at `path`."""
        place: Place | None = self.root
        for step in path:
            place = place.child(step) if place is not None else None
        return place is not None

    def position(self, *path: str | int) -> Position:
        """Where the value at `path` stands; the nearest parent that exists, when it is absent."""
        place = self.root
        for step in path:
            below = place.child(step)
            if below is None:
                break
            place = below
        return Position(self.file, place.line, place.column)

    def key_position(self, *path: str | int) -> Position:
        """Where the key of the value at `path` stands. Items of a list have no key: their own place."""
        place = self.root
        for step in path:
            below = place.child(step)
            if below is None:
                return Position(self.file, place.line, place.column)
            place = below
        line, column = place.key or (place.line, place.column)
        return Position(self.file, line, column)


class Lines:
    """Turns offsets in a text into lines and columns."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def read_text(path: Path) -> str:
    """The text of a UTF-8 file (a byte order mark is dropped).

    Raises InputError where the file is absent, unreadable, too large or not UTF-8.
    """
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"there is no file `{file}`", help="check the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot read `{file}`: {reason.lower()}") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"`{file}` is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", "replace")
        line, column = Lines(good).place(len(good))
        raise InputError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            position=Position(file, line, column),
            help="save the file as UTF-8",
        ) from None
