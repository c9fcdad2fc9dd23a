"""Create, read, list, update and delete, from the name of an operation and its shapes."""

from __future__ import annotations

import functools
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name

from ringwork.cloud.emulator import pickles, services
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Table
from ringwork.cloud.emulator.stored import tags
from ringwork.cloud.emulator.stored.shapes import Maker, fill, flat

_VERBS: Mapping[str, tuple[str, ...]] = {
    "create": (
        *("create", "put", "enable", "register", "request", "start", "add", "associate", "batch_enable"),
        *("send", "import", "batch_put", "batch_create"),
    ),
    "read": ("describe", "get", "batch_get", "batch_describe", "check", "validate", "test"),
    "list": ("list", "search", "query", "lookup"),
    "update": ("update", "modify"),
    "delete": ("delete", "disable", "remove", "deregister", "disassociate", "stop", "batch_delete"),
}
_PAGING = {"maxresults", "nexttoken", "sortby", "sortorder", "marker", "maxitems", "limit"}
_IDENTIFIES = re.compile(r".*(name|id|arn|identifier)$", re.IGNORECASE)


def kind_of(operation: str) -> tuple[str, str]:
    """What an operation does, and to what: `("create", "monitoring_schedule")`; kind `other` for the rest."""
    name = xform_name(operation)
    for kind, verbs in _VERBS.items():
        for verb in sorted(verbs, key=len, reverse=True):
            if name.startswith(f"{verb}_"):
                return kind, _singular(name.removeprefix(f"{verb}_"))
    return "other", name


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def answer(call: Call, model: Any) -> dict[str, Any]:
    """Answer `call` from its table. `model` is botocore's operation model.

    Raises `AwsError` with one of the operation's own errors where the record does not exist, and
    `NotEmulatedError` for what is neither creating, reading, listing, updating nor deleting.
    """
    if call.operation in tags.OPERATIONS:
        all_stored = services.package(call.service) not in pickles.reaches()
        return tags.answer(call, model, all_stored=all_stored)
    kind, noun = kind_of(call.operation)
    table = call.table(noun)
    make = Maker(call, noun)
    if kind == "create":
        return _create(call, model, table, make)
    if kind == "list" or (kind == "read" and _describes_many(model, noun)):
        return _list(call, model, table, make)
    if kind == "other":
        raise NotEmulatedError(call.service, call.operation)
    found = _find(call, model, table, noun)
    if found is None and not _creatable(model.service_model, noun):
        # a setting of the account: it is there without anybody having made it
        if kind == "update":
            return _create(call, model, table, make)
        return fill(model.output_shape, {}, None)
    if found is None:
        if _required_texts(call, model) or kind != "read":
            raise _missing(call, model, noun)
        return fill(model.output_shape, {}, None)
    record = table[found]
    if kind == "update":
        record["values"].update({k: v for k, v in call.parameters.items() if v is not None})
        record["values"]["LastModifiedTime"] = datetime.now(UTC)
    if kind == "delete":
        del table[found]
        tags.forget(call, record["keys"])
    return fill(model.output_shape, record["values"], make if kind != "delete" else None)


def _describes_many(model: Any, noun: str) -> bool:
    """Whether an operation such as DescribeConformancePacks gives a list of all such things."""
    if xform_name(model.name).endswith(noun) or model.output_shape is None:
        return False
    return any(
        shape.type_name == "list" and shape.member.type_name == "structure"
        for shape in model.output_shape.members.values()
    )


def _create(call: Call, model: Any, table: Table, make: Maker) -> dict[str, Any]:
    now = datetime.now(UTC)
    values: dict[str, Any] = {"CreationTime": now, "LastModifiedTime": now, **call.parameters}
    name = next(
        (v for k, v in call.parameters.items() if k.lower().endswith("name") and isinstance(v, str)), None
    )
    values["_id"] = name or secrets.token_hex(16)
    output = fill(model.output_shape, values, make)
    named = {**values, **flat(output)}
    keys = sorted(
        {str(v) for k, v in named.items() if isinstance(v, str) and _IDENTIFIES.fullmatch(k)}
        | {values["_id"]}
    )
    for other in [k for k, record in table.items() if _same(record["keys"], keys, call, model)]:
        del table[other]
    table[secrets.token_hex(8)] = {"values": values, "keys": keys}
    given = set(_texts(call.parameters))
    tags.begin(call, (key for key in keys if key.startswith("arn:") and key not in given))
    return output


def _same(left: list[str], right: list[str], call: Call, model: Any) -> bool:
    """Whether a new record takes the place of an old one: all that names it is the same."""
    own = set(_required_texts(call, model)) & set(right)
    return bool(own) and own <= set(left)


def _required_texts(call: Call, model: Any) -> list[str]:
    required = model.input_shape.required_members if model.input_shape else []
    return [call.parameters[name] for name in required if isinstance(call.parameters.get(name), str)]


def _find(call: Call, model: Any, table: Table, noun: str) -> str | None:
    """The key of the record that the parameters name; of the last one when nothing is named."""
    compact = noun.replace("_", "")
    own = {
        value
        for name, value in call.parameters.items()
        if isinstance(value, str)
        and (
            compact.startswith(re.sub(r"(arn|id|name|identifier)$", "", name.lower()) or "\0")
            or name.lower() in ("name", "id", "arn", "resourcearn", "identifier")
        )
    } or set(_texts(call.parameters))
    if not own:
        return next(reversed(table), None)
    return next((key for key, record in reversed(table.items()) if own & set(record["keys"])), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _list(call: Call, model: Any, table: Table, make: Maker) -> dict[str, Any]:
    output = model.output_shape
    lists = [(n, s) for n, s in output.members.items() if s.type_name == "list"] if output else []
    if not lists:
        return {}
    wanted = {
        name: str(value)
        for name, value in call.parameters.items()
        if isinstance(value, str | int) and name.lower() not in _PAGING
    }
    named = [
        {str(item) for item in value}
        for value in call.parameters.values()
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value)
    ]
    rows = []
    for record in table.values():
        values = flat(record["values"])
        if all(names & set(record["keys"]) for names in named) and all(
            str(values.get(name, value)) == value for name, value in wanted.items()
        ):
            rows.append(record["values"])
    name, shape = lists[0]
    member = shape.member
    if member.type_name == "structure":
        return {name: [fill(member, row, make) for row in rows]}
    return {name: [row["_id"] for row in rows]} if member.type_name == "string" else {}


def _creatable(service_model: Any, noun: str) -> bool:
    """Whether the service has an operation that makes such things."""
    return ("create", noun) in _offered(service_model)


@functools.cache
def _offered(service_model: Any) -> frozenset[tuple[str, str]]:
    return frozenset(kind_of(name) for name in service_model.operation_names)


def _missing(call: Call, model: Any, noun: str) -> AwsError:
    names = [shape.name for shape in model.error_shapes]
    code = next((n for n in names if re.search("NotFound|NotExist|NoSuch", n)), "ResourceNotFoundException")
    named = next(iter(_required_texts(call, model)), "")
    status = 404 if str(model.service_model.protocol).startswith("rest") else 400
    return AwsError(code, f"{noun.replace('_', ' ')} {named} does not exist", status)
