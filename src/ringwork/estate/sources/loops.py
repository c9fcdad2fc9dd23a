"""`Fn::ForEach` of the AWS::LanguageExtensions transform: one fragment written for each entry of a list.

Source: "Fn::ForEach", CloudFormation template reference: `{"Fn::ForEach::Name": [identifier, collection,
{key: value}]}`; `${Identifier}` and `{"Ref": identifier}` stand for the entry, `&{Identifier}` for the entry
without the characters that a logical id may not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Steps = tuple[str | int, ...]

PREFIX = "Fn::ForEach::"
MAX_FRAGMENTS = 10_000
"""Most fragments from one mapping: far above the 500 resources of a template (CloudFormation quotas)."""


@dataclass(slots=True)
class Expansion:
    """What a mapping holds after its loops ran."""

    entries: dict[str, Any]
    sources: dict[str, Steps]
    """key of an entry made by a loop -> path of its fragment, relative to the mapping"""
    failures: tuple[tuple[str, str], ...] = ()
    """(loop, reason): loops that could not be run, so that entries are missing"""


def expand(mapping: Mapping[Any, Any], collection: Callable[[Any], tuple[str, ...] | str]) -> Expansion:
    """Runs the loops among the mapping's keys, nested ones too.

    `collection(raw)` gives the entries of a loop's list, or why they are not known.
    """
    result = Expansion({}, {})
    failures: list[tuple[str, str]] = []
    _expand(mapping, (), collection, result, failures)
    result.failures = tuple(failures)
    return result


def _expand(
    mapping: Mapping[Any, Any],
    at: Steps,
    collection: Callable[[Any], tuple[str, ...] | str],
    result: Expansion,
    failures: list[tuple[str, str]],
) -> None:
    for key, value in mapping.items():
        name = str(key)
        if not name.startswith(PREFIX):
            result.entries[name] = value
            if at:
                result.sources[name] = (*at, name)
            continue
        loop = name.removeprefix(PREFIX)
        if not (
            isinstance(value, list)
            and len(value) == 3
            and isinstance(value[0], str)
            and isinstance(value[2], Mapping)
        ):
            failures.append((loop, "it is not [identifier, collection, fragment]"))
            continue
        entries = collection(value[1])
        if isinstance(entries, str):
            failures.append((loop, entries))
            continue
        if len(result.entries) + len(entries) > MAX_FRAGMENTS or len(at) > 15:
            failures.append((loop, f"it makes more than {MAX_FRAGMENTS} entries or is nested too deep"))
            continue
        for entry in entries:
            for fragment, content in value[2].items():
                made: dict[Any, Any] = {
                    _in_text(str(fragment), value[0], entry): substitute(content, value[0], entry)
                }
                before = set(result.entries)
                _expand(made, (), collection, result, failures)
                for new in result.entries.keys() - before:
                    result.sources[new] = (*at, name, 2, str(fragment))


def substitute(raw: Any, identifier: str, entry: str) -> Any:
    """`raw` with the loop's identifier replaced by one entry, in keys and values."""
    if isinstance(raw, str):
        return _in_text(raw, identifier, entry)
    if isinstance(raw, list):
        return [substitute(item, identifier, entry) for item in raw]
    if isinstance(raw, Mapping):
        if len(raw) == 1 and raw.get("Ref") == identifier:
            return entry
        return {
            _in_text(str(key), identifier, entry): substitute(item, identifier, entry)
            for key, item in raw.items()
        }
    return raw


def _in_text(value: str, identifier: str, entry: str) -> str:
    return value.replace(f"${{{identifier}}}", entry).replace(
        f"&{{{identifier}}}", re.sub(r"[^A-Za-z0-9]", "", entry)
    )
