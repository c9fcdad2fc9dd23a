"""Reads a blueprint; every fault becomes one message at its place, in the blueprint's own words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ringwork.blueprint import model
from ringwork.blueprint.check import check
from ringwork.blueprint.model import Blueprint, Part
from ringwork.blueprint.suggest import closest, help_for
from ringwork.source import Document, InputError, InputErrors, parse_yaml
from ringwork.source import load as load_document
from ringwork.source.shown import shown

_Loc = tuple[str | int, ...]

_NAME = "lower-case letters, digits and single hyphens, from a letter on"
_RULES = {
    model.NAME_PATTERN: ("a name", _NAME),
    model.QUALIFIED_PATTERN: ("a reference", "write `name`, or `team/name` for another team's"),
    model.ACCOUNT_ID_PATTERN: ("an account id", "12 digits, in quotes"),
    model.REGION_PATTERN: ("a Region", "a Region's code, such as `eu-central-1`"),
    model.DOMAIN_PATTERN: (
        "a domain",
        "a DNS name in lower case, such as `example.com`; `.example.com` has its subdomains too",
    ),
    model.PRINCIPAL_PATTERN: (
        "the ARN of a role or user",
        "such as `arn:aws:iam::111122223333:role/ml-admin`",
    ),
    model.MEASUREMENT_PATTERN: ("a measurement", "96 hex digits, as `nitro-cli build-enclave` prints them"),
    model.FEATURE_PATTERN: ("the name of a feature", "letters and digits, with single `_` or `-` between"),
    model.TARGET_PATTERN: ("a target", "`local`, `aws` or `aws:PROFILE`"),
    model.INTENT_SIDE_PATTERN: (
        "a side of an intent",
        "`internet`, `any`, `team/workload`, `team/*`, `data:team/dataset` or `model:team/model`",
    ),
}
"""Pattern -> what the value is, and how it is written."""

_EXAMPLES = {
    "ringwork": "`ringwork: 1` is the format's version",
    "organization": "a short name for all of it, such as `organization: acme`",
    "regions": "such as `regions: [eu-central-1]`",
    "teams": "a blueprint needs one team at least",
    "type": "one of " + ", ".join(f"`{kind}`" for kind in model.WorkloadType),
    "from": "who opens the connection",
    "to": "who is connected to",
    "port": "such as `port: 443`",
    "rule": "`never` or `always`",
}


def load(path: Path) -> Blueprint:
    """Reads a blueprint from a YAML or JSON file.

    Raises InputError, or InputErrors for several faults, each with file, line and column.
    """
    return build(load_document(path))


def loads(text: str, file: str = "blueprint.yaml") -> Blueprint:
    """Reads a blueprint from YAML text; `file` is its name in messages. Raises as `load` does."""
    return build(parse_yaml(text, file))


def build(document: Document) -> Blueprint:
    """The blueprint in a parsed document. Raises as `load` does."""
    if not isinstance(document.value, dict):
        found = "is empty" if document.value is None else "is not a mapping"
        raise InputError(
            f"the blueprint {found}",
            position=document.position(),
            help="start with `ringwork: 1`, or let `ringwork init` write one",
        )
    try:
        blueprint = Blueprint.model_validate(document.value)
    except ValidationError as error:
        faults = _without_echoes(error.errors(include_url=False))
        raise _all([_explain(document, fault) for fault in faults]) from None
    broken = check(blueprint, document)
    if broken:
        raise _all(broken)
    return blueprint


def _all(faults: list[InputError]) -> InputError:
    faults.sort(key=lambda fault: (fault.position.line, fault.position.column) if fault.position else (0, 0))
    return faults[0] if len(faults) == 1 else InputErrors(faults)


def _without_echoes(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """A misspelt key is one fault, not two: the key that it stands for is not called missing."""
    meant = set()
    for fault in faults:
        if fault["type"] == "extra_forbidden":
            parent = fault["loc"][:-1]
            missing = [f["loc"][-1] for f in faults if f["type"] == "missing" and f["loc"][:-1] == parent]
            meant.add((*parent, closest(str(fault["loc"][-1]), [str(name) for name in missing])))
    return [fault for fault in faults if fault["type"] != "missing" or fault["loc"] not in meant]


def _explain(document: Document, fault: ErrorDetails) -> InputError:
    """One of pydantic's errors in the blueprint's words."""
    loc, kind, context = fault["loc"], fault["type"], fault.get("ctx", {})
    at_key = bool(loc) and loc[-1] == "[key]"
    loc = loc[:-1] if at_key else loc
    name = _name(loc)
    if kind == "missing":
        return InputError(
            f"`{loc[-1]}` is missing" + (f" in `{_name(loc[:-1])}`" if len(loc) > 1 else ""),
            position=document.key_position(*loc[:-1]) if len(loc) > 1 else document.position(),
            help=_EXAMPLES.get(str(loc[-1])),
        )
    if kind == "extra_forbidden":
        parent = _part_at(loc[:-1])
        known = [field.alias or key for key, field in parent.model_fields.items()] if parent else []
        where = f"`{_name(loc[:-1])}`" if len(loc) > 1 else "a blueprint"
        return InputError(
            f"key `{_short(loc[-1])}` is not known in {where}",
            position=document.key_position(*loc),
            help=help_for(str(loc[-1]), known, what="known keys"),
        )
    position = document.key_position(*loc) if at_key else document.position(*loc)
    message, help = _describe(name, kind, context, loc[-1] if at_key else fault["input"])
    return InputError(message, position=position, help=help)


def _describe(name: str, kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str | None]:
    """Message and help for a value that does not fit its field."""
    text = _short(value)
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        what, rule = _RULES.get(pattern, (f"a value of `{name}`", f"it has the form `{pattern}`"))
        return f"`{text}` is not {what}", rule
    if kind in ("enum", "literal_error"):
        choices = [part.strip(" '") for part in context["expected"].replace(" or ", ", ").split(", ")]
        return f"`{text}` is not a value of `{name}`", help_for(str(value), choices, what="values")
    if value is None:
        return f"`{name}` has no value", "give it one, or remove the key"
    if kind == "string_too_long":
        return f"`{text}` has {len(str(value))} characters, {context['max_length']} at most", (
            "AWS names are made from it, and they are short"
        )
    if kind == "string_type":
        if isinstance(value, (dict, list)):
            return f"`{name}` needs text, not {_kind(value)}", None
        return f"`{name}` needs text, and {text} without quotes is {_kind(value)}", f'write "{text}"'
    if kind == "tuple_type":
        return f"`{name}` needs a list, not {_kind(value)}", (
            f"write `[{text}]`" if isinstance(value, (str, int)) else "each item starts with `- `"
        )
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"`{name}` needs keys and values, not {_kind(value)}", None
    if kind in ("ip_v4_network", "cidr_text"):
        return f"`{text}` is not an IPv4 block", ("such as `10.0.0.0/16`; all bits after the prefix are zero")
    if kind in ("too_short", "too_long"):
        few = kind == "too_short"
        bound = context["min_length" if few else "max_length"]
        return (
            f"`{name}` has {context['actual_length']} entries, {bound} {'needed' if few else 'at most'}",
            None,
        )
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
        return f"`{name}` is {text}, and must be {bound}", None
    if kind.startswith("int_"):
        return f"`{name}` needs a whole number, not {_kind(value)}", "write it without quotes"
    return f"`{text}` does not fit `{name}`", None


def _name(loc: _Loc) -> str:
    """The field as the user knows it: `teams.risk.data`, `flows[0].from`."""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{_short(step)}" if text else _short(step)
    return text or "blueprint"


def _short(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return shown(str(value) if isinstance(value, (str, int, float)) else _kind(value))


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else "keys and values"


def _part_at(loc: _Loc) -> type[Part] | None:
    """The part of the model that describes this place."""
    annotation: Any = Blueprint
    for step in loc:
        if isinstance(annotation, type) and issubclass(annotation, Part):
            fields = annotation.model_fields
            field = next((f for key, f in fields.items() if step in (f.alias, key)), None)
            if field is None:
                return None
            annotation = field.annotation
            if get_origin(annotation) in (Union, UnionType):
                annotation = get_args(annotation)[0]
        elif get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        elif get_origin(annotation) is tuple:
            annotation = get_args(annotation)[0]
        else:
            return None
    return annotation if isinstance(annotation, type) and issubclass(annotation, Part) else None
