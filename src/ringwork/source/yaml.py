"""YAML with a place for each value, and CloudFormation's short forms.

Two readings of plain (unquoted) scalars, because YAML has two:

* Ringwork's own files follow YAML 1.2's core schema: only `true` and `false` are booleans, so `on`, `no`
  and `yes` are names. What versions 1.1 and 1.2 read differently as numbers (`012`) is refused.
* CloudFormation templates follow YAML 1.1, as CloudFormation does ("Template formats" in its user guide:
  YAML 1.1, without the tags binary, omap, pairs, set and timestamp): `yes` is true, `0300` is 192.
  Dates stay text: `Version: 2012-10-17` is not a date.

Keys are always text, as written. Values are built from the parser's events, so depth and the expansion
of aliases are bounded before anything is built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from ringwork.source.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES, Document, Lines, Place
from ringwork.source.position import InputError, Position
from ringwork.source.shown import shown

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it: about ten times faster."""

_UNPRINTABLE = re.compile(
    "[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # YAML 1.1, section 5.1
_TAG = "tag:yaml.org,2002:"
_FUNCTION_TAG = re.compile(r"!([A-Za-z][A-Za-z0-9]*(?:::[A-Za-z][A-Za-z0-9]*)*)")

_CORE_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_CORE_BOOL = {w: w.lower() == "true" for w in ("true", "True", "TRUE", "false", "False", "FALSE")}
_CORE_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_CORE_HEX = re.compile(r"0x[0-9a-fA-F]+")
_CORE_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(r"[-+]?0[0-9_]+|[-+]?0o[0-7]+|[-+]?0b[01_]+")
_OLD_BOOL = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}  # https://yaml.org/type/bool.html, as every YAML 1.1 parser has it: without y and n
_OLD_INT = re.compile(
    r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-9_]*|[1-9][0-9_]*(?P<sixty>(?::[0-5]?[0-9])+)?)"
)  # https://yaml.org/type/int.html; decimals with leading zeros too, see `_old_int`
_OCTAL = re.compile(r"[0-7]+")
_OLD_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)"
)  # https://yaml.org/type/float.html, without base 60
_MAX_NUMBER = 400
"""Characters of the longest number that is read as one."""

_HELP = {
    "mapping values are not allowed in this context": "quote a value that has `: ` in it; check the indent",
    "found character": "indent with spaces, not tabs; quote values that start with `@`, `%` or a backtick",
    "did not find expected key": "check the indent, and that each key has a `:`",
    "could not find expected ':'": "each key needs a `:` and a space after it",
    "did not find expected ',' or ']'": "close the list with `]`",
    "did not find expected ',' or '}'": "close the mapping with `}`",
    "did not find expected '-' indicator": "the items of a list have the same indent",
    "found unexpected end of stream": "close the quote",
    "found undefined alias": "an alias (`*name`) needs an anchor (`&name`) before it; quote a leading `*`",
}


def parse_yaml(text: str, file: str, *, cloudformation: bool = False) -> Document:
    """Reads one YAML document.

    With `cloudformation`, short forms become long ones: `!Ref X` is `{"Ref": "X"}`, `!GetAtt a.b` is
    `{"Fn::GetAtt": ["a", "b"]}`, any other `!Name` is `Fn::Name`.

    Raises InputError, with its place: bad syntax, duplicate keys, unknown tags, several documents,
    nesting or aliases beyond the bounds in `ringwork.source.document`.
    """
    return _Reader(text, file, cloudformation=cloudformation).document()


@dataclass(frozen=True, slots=True)
class _Built:
    value: Any
    place: Place
    size: int
    """values in it, itself included, aliases expanded"""
    height: int
    """levels of nesting in it: 0 for a scalar"""


class _Reader:
    def __init__(self, text: str, file: str, *, cloudformation: bool) -> None:
        self.text = text[1:] if text.startswith("\ufeff") else text
        self.file = file
        self.cloudformation = cloudformation
        self.anchors: dict[str, _Built] = {}
        self.open_anchors: set[str] = set()
        self.values = 0
        self.parser: Any = None

    def document(self) -> Document:
        if len(self.text) > MAX_BYTES:
            raise InputError(f"`{self.file}` is larger than {MAX_BYTES // 1024 // 1024} MiB")
        bad = _UNPRINTABLE.search(self.text)
        if bad:
            line, column = Lines(self.text).place(bad.start())
            raise InputError(
                f"character U+{ord(bad[0]):04X} is not allowed in YAML",
                position=Position(self.file, line, column),
                help="remove it, or write it as an escape in double quotes",
            )
        self.parser = _Parser(self.text)
        try:
            return self.read()
        except yaml.MarkedYAMLError as error:
            raise self.syntax(error) from None
        finally:
            self.parser.dispose()

    def syntax(self, error: yaml.MarkedYAMLError) -> InputError:
        problem = (error.problem or "cannot be read").rstrip(".")
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        last = self.text.count("\n") + 1
        if line > last:
            line, column = last, len(self.text) - self.text.rfind("\n")
        return InputError(
            f"this is not YAML: {problem}",
            position=Position(self.file, line, column),
            help=next((text for start, text in _HELP.items() if problem.startswith(start)), None),
        )

    def error(self, event: Any, message: str, help: str | None = None) -> InputError:
        mark = event.start_mark
        return InputError(message, position=Position(self.file, mark.line + 1, mark.column + 1), help=help)

    def read(self) -> Document:
        self.parser.get_event()  # the stream's start
        event = self.parser.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            return Document(None, self.file, Place(1, 1))
        built = self.node(self.parser.get_event(), None, 1)
        self.parser.get_event()  # the document's end
        event = self.parser.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.error(event, "a second YAML document starts here", "keep one document in a file")
        return Document(built.value, self.file, built.place)

    def node(self, event: Any, key: tuple[int, int] | None, depth: int) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, key, depth)
        self.count(event, 1)
        anchor: str | None = event.anchor
        if anchor is not None:
            if anchor in self.open_anchors:
                raise self.error(event, f"anchor `&{anchor}` is defined inside itself")
            self.open_anchors.add(anchor)
        scalar = isinstance(event, yaml.ScalarEvent)
        if not scalar and depth > MAX_DEPTH:
            raise self.error(event, f"nested deeper than {MAX_DEPTH} levels")
        tag = event.tag
        function = None
        if tag is not None and tag != "!" and not tag.startswith(_TAG):
            function = self.function(event, tag)
        # the function's own mapping is one level: what it holds stands below it
        if scalar:
            built = self.scalar(event, key, plain_text=function is not None)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.expect_tag(event, "seq")
            built = self.sequence(event, key, depth)
        else:
            self.expect_tag(event, "map")
            built = self.mapping(event, key, depth)
        if function is not None:
            built = self.call(event, function, built, key)
        if anchor is not None:
            self.open_anchors.discard(anchor)
            self.anchors[anchor] = built
        return built

    def count(self, event: Any, size: int) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            raise self.error(event, f"more than {MAX_VALUES:,} values in one file, aliases expanded")

    def alias(self, event: Any, key: tuple[int, int] | None, depth: int) -> _Built:
        name = event.anchor
        if name in self.open_anchors:
            raise self.error(event, f"alias `*{name}` stands inside its own anchor")
        if name not in self.anchors:
            raise self.error(
                event,
                f"alias `*{name}` has no anchor `&{name}` before it",
                "quote a value that starts with `*`",
            )
        built = self.anchors[name]
        self.count(event, built.size)
        if depth + built.height - 1 > MAX_DEPTH:
            raise self.error(event, f"nested deeper than {MAX_DEPTH} levels")
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1, key, built.place.children)
        return _Built(built.value, place, built.size, built.height)

    def function(self, event: Any, tag: str) -> str:
        """The long name of a CloudFormation short form."""
        match = _FUNCTION_TAG.fullmatch(tag)
        if not self.cloudformation or match is None:
            raise self.error(
                event, f"tag `{shown(tag)}` is not known here", "remove the tag, or quote the value"
            )
        name = match[1]
        return name if name in ("Ref", "Condition") else f"Fn::{name}"

    def call(self, event: Any, function: str, built: _Built, key: tuple[int, int] | None) -> _Built:
        value, inner = built.value, built.place
        here = (inner.line, inner.column)
        if function == "Fn::GetAtt" and isinstance(value, str) and "." in value:
            value = value.split(".", 1)
            inner = Place(*here, children=[Place(*here), Place(*here)])
        self.count(event, 1)
        argument = Place(inner.line, inner.column, here, inner.children)
        return _Built(
            {function: value}, Place(*here, key, {function: argument}), built.size + 1, built.height + 1
        )

    def expect_tag(self, event: Any, kind: str) -> None:
        tag = event.tag
        if tag is not None and tag.startswith(_TAG) and tag != _TAG + kind:
            raise self.error(event, f"tag `!!{shown(tag[len(_TAG) :])}` is not supported", "remove the tag")

    def sequence(self, start: Any, key: tuple[int, int] | None, depth: int) -> _Built:
        values: list[Any] = []
        places: list[Place] = []
        size, height = 1, 0
        event = self.parser.get_event()
        while not isinstance(event, yaml.SequenceEndEvent):
            built = self.node(event, None, depth + 1)
            values.append(built.value)
            places.append(built.place)
            size += built.size
            height = max(height, built.height)
            event = self.parser.get_event()
        mark = start.start_mark
        return _Built(values, Place(mark.line + 1, mark.column + 1, key, places), size, height + 1)

    def mapping(self, start: Any, key: tuple[int, int] | None, depth: int) -> _Built:
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        merged: list[_Built] = []
        size, height = 1, 0
        event = self.parser.get_event()
        while not isinstance(event, yaml.MappingEndEvent):
            name = self.key(event)
            at = (event.start_mark.line + 1, event.start_mark.column + 1)
            merge = name == "<<" and not event.style
            if name in values:
                first = places[name].key or at
                raise self.error(
                    event, f"key `{shown(name)}` is given twice", f"its first place is line {first[0]}"
                )
            value_event = self.parser.get_event()
            built = self.node(value_event, at, depth + 1)
            size += built.size
            height = max(height, built.height)
            if merge:
                merged.extend(self.merge_sources(value_event, built))
            else:
                values[name], places[name] = built.value, built.place
            event = self.parser.get_event()
        for source in merged:
            assert isinstance(source.place.children, dict)  # noqa: S101 (merge_sources saw to it)
            for name, value in source.value.items():
                if name not in values:
                    values[name], places[name] = value, source.place.children[name]
        mark = start.start_mark
        return _Built(values, Place(mark.line + 1, mark.column + 1, key, places), size, height + 1)

    def key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, "an alias cannot be a key", "write the key itself")
        if not isinstance(event, yaml.ScalarEvent):
            raise self.error(
                event, "a key must be plain text", "quote a key that starts with `{`, `[` or `*`"
            )
        if event.tag not in (None, "!", _TAG + "str"):
            raise self.error(event, f"tag `{shown(event.tag)}` cannot stand at a key", "remove the tag")
        if event.anchor is not None:
            raise self.error(event, "an anchor cannot stand at a key", "put it at the value")
        return str(event.value)

    def merge_sources(self, event: Any, built: _Built) -> list[_Built]:
        """The mappings that `<<` names (https://yaml.org/type/merge.html), the first winning."""
        if isinstance(built.value, dict):
            return [built]
        children = built.place.children
        if isinstance(built.value, list) and isinstance(children, list):
            found = [
                _Built(value, place, 0, 0)
                for value, place in zip(built.value, children, strict=True)
                if isinstance(value, dict)
            ]
            if len(found) == len(built.value):
                return found
        raise self.error(event, "`<<` needs a mapping, or a list of mappings")

    def scalar(self, event: Any, key: tuple[int, int] | None, *, plain_text: bool) -> _Built:
        mark = event.start_mark
        text = event.value
        tag = event.tag
        value: Any = text
        if plain_text or tag in ("!", _TAG + "str"):
            pass
        elif tag is not None:
            value = self.tagged(event, tag[len(_TAG) :], text)
        elif not event.style:
            value = self.plain_old(text) if self.cloudformation else self.plain_core(event, text)
        return _Built(value, Place(mark.line + 1, mark.column + 1, key), 1, 0)

    def tagged(self, event: Any, tag: str, text: str) -> Any:
        value = self.plain_old(text) if self.cloudformation else self.plain_core(event, text)
        expected: dict[str, type | tuple[type, ...]] = {
            "int": int,
            "float": (int, float),
            "bool": bool,
            "null": type(None),
        }
        if tag not in expected:
            raise self.error(event, f"tag `!!{shown(tag)}` is not supported", "remove the tag")
        if not isinstance(value, expected[tag]) or (isinstance(value, bool) and tag != "bool"):
            raise self.error(event, f"`{shown(text)}` is not of type `!!{tag}`", "remove the tag")
        return float(value) if tag == "float" and isinstance(value, int) else value

    def plain_core(self, event: Any, text: str) -> Any:
        """YAML 1.2, section 10.3.2."""
        if text in _CORE_NULL:
            return None
        if text in _CORE_BOOL:
            return _CORE_BOOL[text]
        if text[0] not in "+-.0123456789" or len(text) > _MAX_NUMBER:
            return text
        if _CORE_INT.fullmatch(text):
            return int(text)
        if _AMBIGUOUS.fullmatch(text):
            raise self.error(
                event,
                f"`{shown(text)}` without quotes is read as different numbers by YAML's versions",
                f'write "{shown(text)}" for text (an account id), or a number without leading zeros',
            )
        if _CORE_HEX.fullmatch(text):
            return int(text, 16)
        return _finite(text, text) if _CORE_FLOAT.fullmatch(text) else text

    def plain_old(self, text: str) -> Any:
        """YAML 1.1's types, as CloudFormation reads them; dates, infinity and base-60 floats stay text."""
        if text in _CORE_NULL:
            return None
        if text in _OLD_BOOL:
            return _OLD_BOOL[text]
        if text[0] not in "+-.0123456789" or len(text) > _MAX_NUMBER:
            return text
        match = _OLD_INT.fullmatch(text)
        if match:
            return _old_int(text.replace("_", ""), text)
        if _OLD_FLOAT.fullmatch(text):
            return _finite(text.replace("_", ""), text)
        return text


def _finite(text: str, otherwise: str) -> float | str:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if value - value == 0 else otherwise


def _old_int(text: str, otherwise: str) -> int | float | str:
    """The number that CloudFormation makes of it: `0300` is 192, octal; `012345678901`, which no octal can
    be, is 12345678901 as a floating-point number (a String parameter gets `1.2345678901E10`)."""
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    try:
        if digits.startswith("0b"):
            return sign * int(digits[2:], 2)
        if digits.startswith("0x"):
            return sign * int(digits[2:], 16)
        if len(digits) > 1 and digits.startswith("0"):
            return sign * int(digits, 8) if _OCTAL.fullmatch(digits) else sign * float(digits)
        value = 0
        for part in digits.split(":"):
            value = value * 60 + int(part)
    except ValueError:
        return otherwise
    return sign * value
