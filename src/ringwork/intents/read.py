"""Reads a file of intents; every fault becomes one message at its place."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ringwork.intents.model import NAME_PATTERN, Intents, Part
from ringwork.source import Document, InputError, InputErrors, Position, parse_yaml
from ringwork.source import load as load_document
from ringwork.source.shown import shown

_Loc = tuple[str | int, ...]
_EXAMPLES = {
    "intents": "`intents: 1` is the format's version",
    "because": "say why it must hold, for whoever has to mend it",
    "from": "who opens the connection, such as `from: team=fraud`",
    "to": "who is connected to, such as `to: internet`",
    "principal": "who asks, such as `principal: team=fraud`",
}


@dataclass(frozen=True, slots=True)
class Located:
    """Intents with the places of their parts."""

    intents: Intents
    document: Document

    def position(self, *path: str | int) -> Position:
        return self.document.position(*path)


def load(path: Path) -> Located:
    """Reads a YAML or JSON file. Raises InputError, or InputErrors for several faults, each located."""
    return _build(load_document(path))


def loads(text: str, file: str = "intents.yaml") -> Located:
    """Reads YAML text; `file` is its name in messages. Raises as `load` does."""
    return _build(parse_yaml(text, file))


def _build(document: Document) -> Located:
    if not isinstance(document.value, dict):
        found = "is empty" if document.value is None else "is not a mapping"
        raise InputError(
            f"the file of intents {found}", position=document.position(), help="start with `intents: 1`"
        )
    try:
        return Located(Intents.model_validate(document.value), document)
    except ValidationError as error:
        faults = [_explain(document, fault) for fault in _distinct(error.errors(include_url=False))]
    faults.sort(key=lambda each: (each.position.line, each.position.column) if each.position else (0, 0))
    raise faults[0] if len(faults) == 1 else InputErrors(faults)


def _distinct(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """A misspelt key is one fault: the key that it stands for is not called missing as well."""
    known = {str(fault["loc"][-1]) for fault in faults if fault["type"] == "missing"}
    misspelt = {
        near[0]
        for fault in faults
        if fault["type"] == "extra_forbidden"
        and (near := get_close_matches(str(fault["loc"][-1]), known, n=1))
    }
    return [fault for fault in faults if fault["type"] != "missing" or str(fault["loc"][-1]) not in misspelt]


def _explain(document: Document, fault: ErrorDetails) -> InputError:
    loc, kind = fault["loc"], fault["type"]
    context = fault.get("ctx", {})
    at_key = bool(loc) and loc[-1] == "[key]"
    loc = loc[:-1] if at_key else loc
    name = ".".join(str(step) for step in loc) or "intents"
    if kind == "missing":
        where = f" in `{'.'.join(str(step) for step in loc[:-1])}`" if len(loc) > 1 else ""
        return InputError(
            f"`{loc[-1]}` is missing{where}",
            position=document.key_position(*loc[:-1]) if len(loc) > 1 else document.position(),
            help=_EXAMPLES.get(str(loc[-1])),
        )
    if kind == "extra_forbidden":
        return InputError(
            f"key `{shown(str(loc[-1]))}` is not known here",
            position=document.key_position(*loc),
            help=_nearest(str(loc[-1]), _keys_at(loc[:-1])),
        )
    position = document.key_position(*loc) if at_key else document.position(*loc)
    value = loc[-1] if at_key else fault["input"]
    text = shown(str(value)) if isinstance(value, (str, int, float)) else "this"
    if kind == "value_error":
        return InputError(str(context.get("error", "")).strip(), position=document.key_position(*loc))
    if kind == "string_pattern_mismatch":
        if context.get("pattern") == NAME_PATTERN:
            return InputError(
                f"`{text}` is not a name",
                position=position,
                help="lower-case letters, digits and single hyphens, from a letter on",
            )
        return InputError(f"`{text}` does not fit `{name}`", position=position)
    if kind in ("enum", "literal_error"):
        choices = [part.strip(" '") for part in context["expected"].replace(" or ", ", ").split(", ")]
        return InputError(
            f"`{text}` is not a value of `{name}`",
            position=position,
            help=_nearest(str(value), choices),
        )
    if value is None:
        return InputError(f"`{name}` has no value", position=position, help="give it one, or remove the key")
    message = str(fault["msg"])
    return InputError(
        f"`{name}` does not fit: {message[:1].lower()}{message[1:].rstrip('.')}", position=position
    )


def _nearest(word: str, known: list[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    if near:
        return f"did you mean `{near[0]}`?"
    return "one of " + ", ".join(f"`{each}`" for each in known) if known else ""


def _keys_at(loc: _Loc) -> list[str]:
    """The keys that this place takes."""
    annotation: Any = Intents
    for step in loc:
        if isinstance(annotation, type) and issubclass(annotation, Part):
            fields = annotation.model_fields
            found = next((field for key, field in fields.items() if step in (field.alias, key)), None)
            if found is None:
                return []
            annotation = found.annotation
            if get_origin(annotation) in (Union, UnionType):
                annotation = get_args(annotation)[0]
        elif get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        else:
            return []
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [field.alias or key for key, field in annotation.model_fields.items()]
    return []
