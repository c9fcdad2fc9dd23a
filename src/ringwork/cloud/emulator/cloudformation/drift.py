"""How a live resource differs from what its template says.

As CloudFormation does, only properties that the template sets are compared (User Guide, "Detect unmanaged
configuration changes"). So a rule that somebody adds to a security group whose rules are resources of their
own is no drift of the group.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.lost import is_lost
from ringwork.schemas import resource_schema

_POLICY_PROPERTIES = frozenset(
    {"PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "ResourcePolicyDocument"}
)
_ORDERED = frozenset({"Rules", "CorsRules"})
"""Lists of S3 configurations, whose rules S3 returns in the order it was given."""


def normal(value: Any) -> Any:
    """`value` in a form in which equal settings are equal: text scalars, no order in lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, Mapping):
        return {name: normal(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((normal(item) for item in value), key=_key)
    return value


def policy(value: Any) -> Any:
    """A policy document in a form in which equal policies are equal: lists of one are scalars."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return {name: policy(item) if not isinstance(item, str) else item for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = sorted((policy(item) if not isinstance(item, str) else item for item in value), key=_key)
        return items[0] if len(items) == 1 else items
    return normal(value)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def same(name: str, left: Any, right: Any) -> bool:
    """Whether two values of property `name` mean the same."""
    if name in _POLICY_PROPERTIES:
        return bool(policy(left) == policy(right))
    return bool(_canonical(left) == _canonical(right))


def _canonical(value: Any) -> Any:
    """`normal`, with policy documents inside (a role's inline policies) as policies."""
    if isinstance(value, Mapping):
        return {
            name: policy(item) if name in _POLICY_PROPERTIES else _canonical(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return sorted((_canonical(item) for item in value), key=_key)
    return normal(value)


def differences(
    type: str, expected: Mapping[str, Any], actual: Mapping[str, Any], stack_tags: Mapping[str, str]
) -> list[dict[str, str]]:
    """PropertyDifferences of a resource: PropertyPath, ExpectedValue, ActualValue, DifferenceType."""
    schema = resource_schema(type)
    hidden = {path.split("/")[0] for path in schema.write_only if "/" not in path} | schema.read_only
    found: list[dict[str, str]] = []
    for name, value in expected.items():
        if name in hidden:
            continue
        live = actual.get(name)
        if name == schema.tag_property:
            live = _own_tags(value, live, stack_tags)
        found.extend(_compare(f"/{name}", name, value, live))
    return [item for item in found if not is_lost(type, item["PropertyPath"])]


def _own_tags(expected: Any, live: Any, stack_tags: Mapping[str, str]) -> Any:
    """Live tags without those that CloudFormation or the stack put there."""
    wanted = {tag["Key"] for tag in expected}
    return [
        tag
        for tag in live or ()
        if tag["Key"] in wanted
        or not (tag["Key"].startswith("aws:") or stack_tags.get(tag["Key"]) == tag["Value"])
    ]


def _compare(path: str, name: str, expected: Any, actual: Any) -> Iterator[dict[str, str]]:
    if same(name, expected, actual):
        return
    if actual is None:
        # a setting that is off or empty, and one that the service does not mention, are the same
        if not _is_empty(expected):
            yield _difference(path, expected, None, "REMOVE")
    elif name in _POLICY_PROPERTIES or type(expected) is not type(actual):
        yield _difference(path, expected, actual, "NOT_EQUAL")
    elif isinstance(expected, Mapping):
        for key, value in expected.items():
            yield from _compare(f"{path}/{key}", key, value, actual.get(key))
    elif isinstance(expected, list) and name not in _ORDERED:
        extra = list(range(len(actual)))
        for index, item in enumerate(expected):
            matches = [other for other in extra if _covers(item, actual[other])]
            if matches:
                # the closest one: an equal item before one that says more
                extra.remove(min(matches, key=lambda other: len(_key(actual[other]))))
            else:
                yield _difference(f"{path}/{index}", item, None, "REMOVE")
        for index in extra:
            yield _difference(f"{path}/{index}", None, actual[index], "ADD")
    elif isinstance(expected, list) and len(expected) == len(actual):
        for index, (left_item, right_item) in enumerate(zip(expected, actual, strict=True)):
            yield from _compare(f"{path}/{index}", str(index), left_item, right_item)
    else:
        yield _difference(path, expected, actual, "NOT_EQUAL")


def _covers(expected: Any, actual: Any) -> bool:
    """Whether `actual` has all that `expected` sets."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return all(
            (name not in actual and _is_empty(value))
            or (name in actual and (same(name, value, actual[name]) or _covers(value, actual[name])))
            for name, value in expected.items()
        )
    return bool(_canonical(expected) == _canonical(actual))


def _is_empty(value: Any) -> bool:
    return value in ([], {}, "", False, "false")


def _difference(path: str, expected: Any, actual: Any, kind: str) -> dict[str, str]:
    return {
        "PropertyPath": path,
        "ExpectedValue": _shown(expected),
        "ActualValue": _shown(actual),
        "DifferenceType": kind,
    }


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    return value if isinstance(value, str) else json.dumps(value)
