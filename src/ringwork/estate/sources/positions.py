"""Where in the template each property of a resource stands; worked out when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.estate.model import Path
from ringwork.estate.sources import loops
from ringwork.estate.sources.template import StackReader
from ringwork.estate.sources.values import Marker, is_function
from ringwork.findings import Origin
from ringwork.source import Document


class Positions(Mapping[Path, Origin]):
    """Path within a resource's properties -> line and column, through `Fn::If` and removed list entries.

    What an intrinsic function computed has one place, that of the function.
    """

    __slots__ = ("_document", "_found", "_logical", "_reader")

    def __init__(self, reader: StackReader, logical: str, document: Document) -> None:
        self._reader = reader
        self._logical = logical
        self._document = document
        self._found: dict[Path, Origin] | None = None

    def __getitem__(self, path: Path) -> Origin:
        return self._all()[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, (dict(self._all()),))

    def _all(self) -> dict[Path, Origin]:
        if self._found is None:
            self._found = {}
            steps = self._reader.resources_expansion.sources.get(self._logical, (self._logical,))
            definition = self._reader.resources[self._logical]
            self._trace(definition.get("Properties"), ("Resources", *steps, "Properties"), ())
        return self._found

    def _trace(self, raw: Any, source: Path, path: Path) -> None:
        if path and self._found is not None:
            place = self._document.key_position(*source)
            self._found[path] = Origin(file=place.file, line=place.line, column=place.column)
        if is_function(raw):
            branches = raw.get("Fn::If")
            if isinstance(branches, list) and len(branches) == 3 and isinstance(branches[0], str):
                holds = self._reader.conditions.holds(branches[0])
                if isinstance(holds, bool):
                    index = 1 if holds else 2
                    self._trace(branches[index], (*source, "Fn::If", index), path)
        elif isinstance(raw, Mapping):
            for name, item in raw.items():
                if not str(name).startswith((loops.PREFIX, "Fn::Transform")) and not self._removed(item):
                    self._trace(item, (*source, str(name)), (*path, str(name)))
        elif isinstance(raw, list):
            index = 0
            for entry, item in enumerate(raw):
                if not self._removed(item):
                    self._trace(item, (*source, entry), (*path, index))
                    index += 1

    def _removed(self, raw: Any) -> bool:
        return is_function(raw) and isinstance(self._reader.resolve(raw), Marker)
