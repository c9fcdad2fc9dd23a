"""Tags of stored records: given when a record is made, changed by TagResource and UntagResource, read by
ListTagsForResource. These three have the same meaning in every service that has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Table

OPERATIONS = frozenset(("ListTagsForResource", "TagResource", "UntagResource"))
_TABLE = "tags of stored records"


def begin(call: Call, arns: Iterable[str]) -> None:
    """Records with these ARNs were made by `call`, with the tags that it gave."""
    given = next((value for name, value in call.parameters.items() if name.lower() == "tags"), None)
    for arn in arns:
        call.table(_TABLE)[arn] = _plain(given)


def forget(call: Call, arns: Iterable[str]) -> None:
    """Records with these ARNs are gone."""
    for arn in arns:
        call.table(_TABLE).pop(arn, None)


def answer(call: Call, model: Any, *, all_stored: bool) -> dict[str, Any]:
    """Answer one of `OPERATIONS`. `all_stored`: every resource of the service is a stored record, so that
    one which is not here does not exist.

    Raises `NotEmulatedError` for resources that others keep: no tags would be an invented answer.
    """
    tags = _tags_of(call, call.table(_TABLE), model, all_stored=all_stored)
    if call.operation == "TagResource":
        tags.update(_plain(_named(call.parameters, "tags")))
        return {}
    if call.operation == "UntagResource":
        for key in _named(call.parameters, "tagkeys") or ():
            tags.pop(key, None)
        return {}
    for name, shape in model.output_shape.members.items():
        if name.lower() == "tags":
            return {name: _shaped(shape, tags)}
    raise NotEmulatedError(call.service, call.operation, "its answer has no tags")


def _tags_of(call: Call, table: Table, model: Any, *, all_stored: bool) -> dict[str, Any]:
    named = [value for value in call.parameters.values() if isinstance(value, str)]
    found = next((value for value in named if value in table), None)
    if found is not None:
        return table[found]
    if not all_stored:
        reason = "the tags of a resource that is kept elsewhere are not known to it"
        raise NotEmulatedError(call.service, call.operation, reason)
    codes = [shape.name for shape in model.error_shapes]
    code = next((one for one in codes if "NotFound" in one), "ResourceNotFoundException")
    raise AwsError(code, f"The resource {', '.join(named)} does not exist.", 404)


def _named(parameters: Mapping[str, Any], wanted: str) -> Any:
    return next((value for name, value in parameters.items() if name.lower() == wanted), None)


def _plain(given: Any) -> dict[str, Any]:
    """Tags as a dictionary, from a map or from a list of structures of a key and a value."""
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items()}
    found = {}
    for pair in given or ():
        parts = {name.lower().removeprefix("tag"): value for name, value in pair.items()}
        found[str(parts["key"])] = parts.get("value", "")
    return found


def _shaped(shape: Any, tags: Mapping[str, Any]) -> Any:
    if shape.type_name == "map":
        return dict(tags)
    key, value = (
        next(name for name in shape.member.members if name.lower().removeprefix("tag") == part)
        for part in ("key", "value")
    )
    return [{key: one, value: text} for one, text in tags.items()]
