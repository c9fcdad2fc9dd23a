"""The places of values in a JSON text that is written here: known without reading it back.

`json.dumps` lays a value out in one way; walking along it is several times as fast as decoding the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any

from ringwork.source.document import Document, Place


def written(value: Any, file: str) -> Document:
    """As `parse_json(json.dumps(value, indent=2), file)`, for a value of mappings with texts as keys,
    sequences and scalars."""
    return Document(value, file, _place(value, 1, 1, None, 0)[0])


def _place(value: Any, line: int, column: int, key: tuple[int, int] | None, indent: int) -> tuple[Place, int]:
    """The place of a value that begins there, and its last line. `indent`: of the line that it begins on."""
    kind = type(value)
    if kind is str or kind is int or kind is bool:  # most are: an abstract class takes long to ask
        return Place(line, column, key), line
    if kind is dict or isinstance(value, Mapping):
        inside, last = dict[str, Place](), line
        for name, below in value.items():
            last += 1
            at = (last, indent + 3)
            after = at[1] + _width(name) + 2  # a colon and a space
            inside[name], last = _place(below, last, after, at, indent + 2)
        return Place(line, column, key, inside), last + bool(inside)
    if kind is list or (isinstance(value, Sequence) and not isinstance(value, str)):
        items, last = list[Place](), line
        for below in value:
            place, last = _place(below, last + 1, indent + 3, None, indent + 2)
            items.append(place)
        return Place(line, column, key, items), last + bool(items)
    return Place(line, column, key), line


def _width(text: str) -> int:
    plain = text.isascii() and text.isalnum()
    return len(text) + 2 if plain else len(encode_basestring_ascii(text))
