"""JSON (RFC 8259) with a place for each value.

The standard decoder keeps no places, and YAML's parser differs from JSON in tabs, escapes and numbers;
so this is a small decoder of its own. It is stricter than the standard one: duplicate keys, `NaN`,
`Infinity` and half surrogate pairs are refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ringwork.source.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES, Document, Lines, Place
from ringwork.source.position import InputError, Position
from ringwork.source.shown import shown

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
    (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9.eE+\-]))
    |(?P<word>true|false|null)(?![A-Za-z0-9_])
    |(?P<mark>[{}\[\],:])
    |(?P<end>\Z))""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}


def parse_json(text: str, file: str) -> Document:
    """Reads one JSON value. Raises InputError, with its place, for all that is not exactly JSON."""
    return _Decoder(text, file).document()


class _Decoder:
    def __init__(self, text: str, file: str) -> None:
        self.text = text[1:] if text.startswith("\ufeff") else text
        self.file = file
        self.lines = Lines(self.text)
        self.offset = 0
        self.values = 0

    def document(self) -> Document:
        if len(self.text) > MAX_BYTES:
            raise InputError(f"`{self.file}` is larger than {MAX_BYTES // 1024 // 1024} MiB")
        kind, lexeme, at = self.next()
        value, place = self.read(kind, lexeme, at, None, 1)
        kind, lexeme, at = self.next()
        if kind != "end":
            raise self.error(at, f"`{shown(lexeme)}` stands after the end of the JSON value")
        return Document(value, self.file, place)

    def error(self, offset: int, message: str, help: str | None = None) -> InputError:
        line, column = self.lines.place(min(offset, len(self.text)))
        return InputError(message, position=Position(self.file, line, column), help=help)

    def next(self) -> tuple[str, str, int]:
        """Kind, text and offset of the next token."""
        match = _TOKEN.match(self.text, self.offset)
        if match is None or match.lastgroup is None:
            raise self.bad_token()
        self.offset = match.end()
        return match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)

    def bad_token(self) -> InputError:
        space = _SPACE.match(self.text, self.offset)
        at = space.end() if space else self.offset
        character = self.text[at]
        if character == '"':
            end = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*').match(self.text, at + 1)
            bad = end.end() if end else at + 1
            if bad >= len(self.text) or self.text[bad] in "\r\n":
                return self.error(at, "this string has no closing quote")
            if self.text[bad] == "\\":
                return self.error(bad, f"`{self.text[bad : bad + 2]}` is not an escape that JSON knows")
            return self.error(bad, "a control character in a string must be escaped", "write a tab as `\\t`")
        if character in "/#":
            return self.error(at, "JSON has no comments", "remove the comment")
        if character == "'":
            return self.error(at, "JSON strings stand in double quotes")
        word = re.compile(r"[^\s,:\[\]{}\"]+").match(self.text, at)
        return self.error(at, f"`{shown(word[0] if word else character)}` is not a JSON value")

    def string(self, lexeme: str, at: int) -> str:
        value = lexeme[1:-1] if "\\" not in lexeme else str(json.loads(lexeme))
        if _SURROGATE.search(value):
            raise self.error(at, "half of a surrogate pair is not a character")
        return value

    def read(
        self, kind: str, lexeme: str, at: int, key: tuple[int, int] | None, depth: int
    ) -> tuple[Any, Place]:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.error(at, f"more than {MAX_VALUES:,} values in one file")
        line, column = self.lines.place(at)
        if kind == "string":
            return self.string(lexeme, at), Place(line, column, key)
        if kind == "word":
            return _WORDS[lexeme], Place(line, column, key)
        if kind == "number":
            return self.number(lexeme, at), Place(line, column, key)
        if lexeme in ("{", "["):
            if depth > MAX_DEPTH:
                raise self.error(at, f"nested deeper than {MAX_DEPTH} levels")
            if lexeme == "{":
                return self.object(line, column, key, depth)
            return self.array(line, column, key, depth)
        if kind == "end":
            raise self.error(at, "the file ends where a JSON value is expected")
        raise self.error(at, f"`{lexeme}` stands where a JSON value is expected")

    def number(self, lexeme: str, at: int) -> int | float:
        if len(lexeme) > 400:
            raise self.error(at, "this number has more than 400 characters")
        if lexeme.lstrip("-").isdigit():
            return int(lexeme)
        value = float(lexeme)
        if value in (float("inf"), float("-inf")):
            raise self.error(at, f"`{shown(lexeme)}` is too large a number")
        return value

    def object(
        self, line: int, column: int, own_key: tuple[int, int] | None, depth: int
    ) -> tuple[dict[str, Any], Place]:
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        kind, lexeme, at = self.next()
        while lexeme != "}" or kind != "mark":
            if kind != "string":
                raise self.error(at, self.expected("a key in double quotes", kind, lexeme))
            key = self.string(lexeme, at)
            key_place = self.lines.place(at)
            if key in values:
                first = places[key].key or (line, column)
                raise self.error(
                    at, f"key `{shown(key)}` is given twice", f"its first place is line {first[0]}"
                )
            kind, lexeme, at = self.next()
            if kind != "mark" or lexeme != ":":
                raise self.error(at, self.expected("`:`", kind, lexeme))
            values[key], places[key] = self.read(*self.next(), key_place, depth + 1)
            kind, lexeme, at = self.next()
            if kind == "mark" and lexeme == ",":
                kind, lexeme, at = self.next()
                if kind == "mark" and lexeme == "}":
                    raise self.error(at, "JSON allows no comma before `}`")
            elif kind != "mark" or lexeme != "}":
                raise self.error(at, self.expected("`,` or `}`", kind, lexeme))
        return values, Place(line, column, own_key, places)

    def array(
        self, line: int, column: int, own_key: tuple[int, int] | None, depth: int
    ) -> tuple[list[Any], Place]:
        values: list[Any] = []
        places: list[Place] = []
        kind, lexeme, at = self.next()
        while lexeme != "]" or kind != "mark":
            value, place = self.read(kind, lexeme, at, None, depth + 1)
            values.append(value)
            places.append(place)
            kind, lexeme, at = self.next()
            if kind == "mark" and lexeme == ",":
                kind, lexeme, at = self.next()
                if kind == "mark" and lexeme == "]":
                    raise self.error(at, "JSON allows no comma before `]`")
            elif kind != "mark" or lexeme != "]":
                raise self.error(at, self.expected("`,` or `]`", kind, lexeme))
        return values, Place(line, column, own_key, places)

    def expected(self, what: str, kind: str, lexeme: str) -> str:
        found = "the file ends" if kind == "end" else f"`{shown(lexeme)}` stands"
        return f"{found} where {what} is expected"
