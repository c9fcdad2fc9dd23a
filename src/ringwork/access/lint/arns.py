"""ARNs in policies: whether one is well-formed, and which actions take what it names."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from ringwork.access import catalogue, patterns

_FREE = re.compile(r"\$\{([^}]*)\}?")
_PARTITION = re.compile(r"aws(-[a-z]+)*")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+|")
_ACCOUNT = re.compile(r"[0-9]{12}|aws|[a-z-]+|")


def malformed_arn(text: str) -> str | None:
    """What is wrong with an ARN or a pattern of ARNs; None where nothing is.

    IAM user guide, "IAM identifiers": `arn:partition:service:region:account:resource`.
    """
    if text.strip("*") == "" or text.startswith(("*", "${")):
        return None
    parts = _FREE.sub("*", text).split(":", patterns.SEGMENTS - 1)
    if parts[0] != "arn":
        return "does not begin with `arn:`"
    for name, part, form in zip(
        ("partition", "Region", "account"),
        (parts[1:2] or [""])[:1] + (parts[3:4] or [""])[:1] + (parts[4:5] or [""])[:1],
        (_PARTITION, _REGION, _ACCOUNT),
        strict=True,
    ):
        if wild(part) or (name != "partition" and not part):
            continue
        if not form.fullmatch(part):
            return f"has `{part}` for a {name}"
    if len(parts) < patterns.SEGMENTS and not text.endswith("*"):
        return f"has {len(parts)} of the {patterns.SEGMENTS} parts of an ARN"
    if len(parts) > 2 and not parts[2]:
        return "names no service"
    return None


_PART, _NAME = "\ue000", "\ue001"
"""Stand in an ARN's template for a text without a colon, and for one without colon and slash (private use
characters)"""
_NOT_IN: Mapping[str, str] = {_PART: ":", _NAME: ":/", "*": ""}


@functools.lru_cache(maxsize=65536)
def meet(pattern: str, template: str) -> bool:
    """Whether some text matches both."""
    todo, seen = [(0, 0)], set()
    while todo:
        pair = todo.pop()
        if pair in seen:
            continue
        seen.add(pair)
        i, j = pair
        if i == len(pattern) and j == len(template):
            return True
        a = pattern[i] if i < len(pattern) else ""
        b = template[j] if j < len(template) else ""
        if a == "*":
            todo.append((i + 1, j))
            if b:
                todo.append((i, j + 1))
        elif b in _NOT_IN:
            todo.append((i, j + 1))
            if a and a not in _NOT_IN[b]:
                todo.append((i + 1, j))
        elif a and b and (a in (b, "?") or b == "?"):
            todo.append((i + 1, j + 1))
    return False


_BESIDES: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    # macros: CloudFormation user guide, "Control CloudFormation access with IAM"
    "cloudformation": (("cloudformation", _PART, _PART, "transform/*"),),
}
"""Resources that documents name and the reference leaves out."""
_WITHOUT_SLASH = {"BucketName", "QueueName", "TopicName"}


@functools.lru_cache(maxsize=65536)
def templates(service: str, action: str) -> tuple[tuple[str, str, str, str], ...]:
    """The ARNs that an action takes, from the service on, stand-ins for what is free; none: only `*`."""
    kinds = catalogue.actions(service)[action]["resourceTypes"]
    types = catalogue.resource_types(service)
    found = set()
    for kind in kinds:
        parts = str(types.get(kind["name"], {}).get("arn", "")).split(":", patterns.SEGMENTS - 1)
        if len(parts) < patterns.SEGMENTS or "," in parts[-1]:
            found.add(("*", "*", "*", "*"))  # the data does not say what it looks like
            continue
        named, region, account, rest = (
            *(_FREE.sub(_PART, part) for part in parts[2:5]),
            _FREE.sub(lambda free: _NAME if free[1] in _WITHOUT_SLASH else "*", parts[5]),
        )
        found.add((named, region, account, rest))
    return tuple(sorted(found))


def takes(pattern: str, service: str, action: str) -> bool:
    """Whether the action takes a resource that the pattern matches, part by part where it has all parts."""
    parts = [re.sub(r"\*+", "*", p) for p in _FREE.sub("*", pattern).split(":", patterns.SEGMENTS - 1)]
    whole = len(parts) == patterns.SEGMENTS
    asked = tuple(parts[2:]) if whole else (parts[2] if len(parts) > 2 else "*", ":".join(parts[3:]) or "*")
    for given in (*templates(service, action), *_BESIDES.get(service, ())):
        template = given if whole else (given[0], ":".join(given[1:]))
        if all(meet(one, other) for one, other in zip(asked, template, strict=True)):
            return True
    return False


def wild(text: str) -> bool:
    """Whether it has a wildcard."""
    return "*" in text or "?" in text
