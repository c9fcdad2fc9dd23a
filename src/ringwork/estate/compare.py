"""Where two estates differ: the round trip between what templates say and what an account holds."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from typing import Any

from ringwork import schemas
from ringwork.estate import defaults, intrinsics
from ringwork.estate.canonical import POLICIES
from ringwork.estate.estate import Estate
from ringwork.estate.model import Path, Reference, Resource, Text, Unknown


class Kind(StrEnum):
    """How two estates differ in one place."""

    ONLY_LEFT = "only left"
    """the resource is missing on the right"""
    ONLY_RIGHT = "only right"
    VALUE = "value"
    """the values differ"""
    NOT_COMPARABLE = "not comparable"
    """one side cannot be known: an `Unknown`, a value that AWS makes up, or one it never gives back"""


class Absent(Enum):
    """Stands for a property or list entry that is not set."""

    ABSENT = "absent"

    def __str__(self) -> str:
        return "absent"

    __repr__ = __str__


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two estates differ."""

    kind: Kind
    stack: str
    logical: str
    type: str
    path: Path = ()
    """within the properties; `("@physical",)` and `("@arn",)` for the names; empty for the resource"""
    left: Any = ABSENT
    """in normal form: scalars as text, references as `Named`"""
    right: Any = ABSENT
    account: str | None = None
    region: str | None = None

    def __str__(self) -> str:
        where = "/".join(str(step) for step in self.path)
        if not self.path:
            return f"{self.kind}: {self.stack}/{self.logical} ({self.type})"
        return f"{self.kind}: {self.stack}/{self.logical} ({self.type}) {where}: {self.left} | {self.right}"


@dataclass(frozen=True, slots=True)
class Named:
    """A reference by what both estates call its target: `stack/LogicalId`, else its key."""

    target: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.target}.{self.attribute}"


class Unordered(list[Any]):
    """A list whose order means nothing, sorted so that equal sets are equal lists."""


def differences(
    left: Estate, right: Estate, *, ignore: Mapping[str, frozenset[str]] | None = None
) -> tuple[Difference, ...]:
    """Where the estates differ, resources joined by account, stack and logical id (and Region).

    Resources without a logical id are left out. `ignore`: type (`*` for all) -> property paths that are
    not compared (names joined by `/`; what is below them is not compared either). Differences of kind
    `NOT_COMPARABLE` are no disagreement; they are listed so that nobody takes them for agreement.
    Read as equal: a property that is not set and its documented default (`ringwork.estate.defaults`); text
    and number, text and boolean; the order of sets; ways to write the same policy.
    """
    pairs = list(_joined(left, right))
    there = {one.key: other for one, other in pairs if one is not None and other is not None}
    sides = (_Side(left, there, right), _Side(right, {}, right))
    found: list[Difference] = []
    for one, other in pairs:
        resource = one or other
        if resource is None or resource.logical is None:
            continue
        difference = partial(
            Difference,
            stack=resource.logical.stack,
            logical=resource.logical.id,
            type=resource.type,
            account=resource.account,
            region=resource.region,
        )
        if one is None or other is None:
            found.append(difference(Kind.ONLY_RIGHT if one is None else Kind.ONLY_LEFT))
            continue
        ignored = (ignore or {}).get(one.type, frozenset()) | (ignore or {}).get("*", frozenset())
        comparison = _Comparison(one.type, ignored, sides)
        if one.type != other.type:
            found.append(difference(Kind.VALUE, path=("@type",), left=one.type, right=other.type))
        for name, a, b in (("@physical", one.physical, other.physical), ("@arn", one.arn, other.arn)):
            if a is not None and b is not None and a != b and name not in ignored:
                found.append(difference(Kind.VALUE, path=(name,), left=a, right=b))
        comparison.mapping(
            comparison.normal(one.properties, "", 0), comparison.normal(other.properties, "", 1), ()
        )
        found += [difference(kind, path=path, left=a, right=b) for kind, path, a, b in comparison.found]
    return tuple(found)


def _joined(left: Estate, right: Estate) -> Iterator[tuple[Resource | None, Resource | None]]:
    """Pairs by account, Region, stack and logical id; Region left out where that is unambiguous."""

    def exact(resource: Resource) -> tuple[Any, ...]:
        logical = resource.logical
        assert logical is not None  # noqa: S101 (callers filter)
        return (resource.account, resource.region, logical.stack, logical.id)

    ours = [resource for resource in left.resources if resource.logical is not None]
    theirs = [resource for resource in right.resources if resource.logical is not None]
    by_exact = {exact(resource): resource for resource in theirs}
    matched: dict[str, Resource] = {
        resource.key: by_exact[exact(resource)] for resource in ours if exact(resource) in by_exact
    }
    taken = {resource.key for resource in matched.values()}
    loose: dict[tuple[Any, ...], list[Resource]] = {}
    for resource in theirs:
        if resource.key not in taken:
            name = exact(resource)
            loose.setdefault((name[0], name[2], name[3]), []).append(resource)
    for resource in ours:
        if resource.key not in matched:
            name = exact(resource)
            candidates = loose.get((name[0], name[2], name[3]), [])
            fitting = [c for c in candidates if None in (c.region, resource.region)]
            if len(fitting) == 1:
                matched[resource.key] = fitting[0]
                candidates.remove(fitting[0])
                taken.add(fitting[0].key)
    for resource in ours:
        yield resource, matched.get(resource.key)
    for resource in theirs:
        if resource.key not in taken:
            yield None, resource


@dataclass(frozen=True, slots=True)
class _Side:
    """One estate, and how to say its references as the right estate would."""

    estate: Estate
    there: Mapping[str, Resource]
    """key here -> the same resource on the right"""
    right: Estate

    def named(self, reference: Reference) -> Named:
        target = self.estate.get(reference.target)
        counterpart = self.there.get(reference.target, target)
        if counterpart is None:
            return Named(reference.target, reference.attribute)
        region = "" if counterpart.region is None else counterpart.region
        return Named(f"{counterpart.account}/{region}/{counterpart.name}", reference.attribute)

    def literal(self, value: Reference) -> str | None:
        counterpart = self.there.get(value.target)
        found = None
        if counterpart is not None:
            found = self.right.literal(Reference(counterpart.key, value.attribute))
        return found if found is not None else self.estate.literal(value)


@dataclass(frozen=True, slots=True)
class _Line:
    """A string with references: how both estates name it, and what it would read as."""

    parts: tuple[str | Named | Unknown, ...]
    literal: str | None

    def __str__(self) -> str:
        return self.literal or "".join(str(part) for part in self.parts)


class _Comparison:
    """Compares the properties of one pair of resources."""

    def __init__(self, type: str, ignored: Iterable[str], sides: tuple[_Side, _Side]) -> None:
        self.type = type
        self.ignored = frozenset(ignored)
        self.sides = sides
        self.found: list[tuple[Kind, Path, Any, Any]] = []
        self.write_only = (
            frozenset(schemas.resource_schema(type).write_only) if schemas.known(type) else frozenset()
        )

    # normal form

    def normal(self, value: Any, path: str, side: int) -> Any:
        name = path.rsplit("/", 1)[-1]
        if isinstance(value, Mapping):
            if name in POLICIES:
                return self._policy(value, path, side)
            return {
                key: self.normal(item, f"{path}/{key}" if path else key, side) for key, item in value.items()
            }
        if isinstance(value, (tuple, list)):
            items = [self.normal(item, path, side) for item in value]
            return _unordered(items) if name in defaults.UNORDERED else items
        if isinstance(value, Reference):
            return _Line((self.sides[side].named(value),), self.sides[side].literal(value))
        if isinstance(value, Text):
            parts = tuple(
                self.sides[side].named(part) if isinstance(part, Reference) else part for part in value.parts
            )
            literals = [
                self.sides[side].literal(part) if isinstance(part, Reference) else part
                for part in value.parts
            ]
            known = [part for part in literals if isinstance(part, str)]
            return _Line(parts, "".join(known) if len(known) == len(literals) else None)
        literal = intrinsics.scalar(value)
        return value if literal is None else _spelling(name, literal)

    def _policy(self, document: Mapping[str, Any], path: str, side: int) -> Any:
        result: dict[str, Any] = {}
        for key, value in document.items():
            if key != "Statement":
                result[key] = self.normal(value, f"{path}/{key}", side)
                continue
            statements = value if isinstance(value, (tuple, list)) else (value,)
            result[key] = _unordered(
                [
                    self._statement(statement, f"{path}/{key}", side)
                    if isinstance(statement, Mapping)
                    else self.normal(statement, f"{path}/{key}", side)
                    for statement in statements
                ]
            )
        return result

    def _statement(self, statement: Mapping[str, Any], path: str, side: int) -> Any:
        result: dict[str, Any] = {}
        for key, value in statement.items():
            below = f"{path}/{key}"
            if key in ("Action", "NotAction", "Resource", "NotResource"):
                result[key] = self._set(value, below, side)
            elif key in ("Principal", "NotPrincipal"):
                # "AWS JSON policy elements: Principal": "*" and {"AWS": "*"} are the same
                principals = value if isinstance(value, Mapping) else {"AWS": value}
                result[key] = {
                    kind: _unordered([_account(item) for item in self._set(who, f"{below}/{kind}", side)])
                    for kind, who in principals.items()
                }
            elif key == "Condition" and isinstance(value, Mapping):
                result[key] = {
                    operator: {
                        name: self._set(wanted, f"{below}/{operator}/{name}", side)
                        for name, wanted in keys.items()
                    }
                    if isinstance(keys, Mapping)
                    else self.normal(keys, f"{below}/{operator}", side)
                    for operator, keys in value.items()
                }
            else:
                result[key] = self.normal(value, below, side)
        return result

    def _set(self, value: Any, path: str, side: int) -> Unordered:
        items = value if isinstance(value, (tuple, list)) else (value,)
        return _unordered([self.normal(item, path, side) for item in items])

    # comparison

    def mapping(self, left: Mapping[str, Any], right: Mapping[str, Any], path: Path) -> None:
        for name in dict.fromkeys((*left, *right)):
            below = (*path, name)
            where = _names(below)
            if where in self.ignored:
                continue
            if name in left and name in right:
                self.value(left[name], right[name], below)
                continue
            here, there = left.get(name, ABSENT), right.get(name, ABSENT)
            known = defaults.default(self.type, where)
            if known:
                present = left[name] if name in left else right[name]
                trial = _Comparison(self.type, self.ignored, self.sides)
                trial.value(trial.normal(known[0], where, 1), present, below)
                if all(kind is Kind.NOT_COMPARABLE for kind, *_ in trial.found):
                    self.found += trial.found
                    continue
            unread = where in self.write_only or defaults.is_generated(self.type, where)
            open_value = any(_has_unknown(value) and not _container(value) for value in (here, there))
            kind = Kind.NOT_COMPARABLE if unread or open_value else Kind.VALUE
            self.found.append((kind, below, here, there))

    def value(self, left: Any, right: Any, path: Path) -> None:
        if left == right:
            return
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            self.found.append((Kind.NOT_COMPARABLE, path, left, right))
        elif isinstance(left, Mapping) and isinstance(right, Mapping):
            self.mapping(left, right, path)
        elif isinstance(left, Unordered) and isinstance(right, Unordered):
            self._unordered(left, right, path)
        elif isinstance(left, list) and isinstance(right, list):
            for index in range(max(len(left), len(right))):
                if index >= len(left) or index >= len(right):
                    pair = (left[index:] or ABSENT, right[index:] or ABSENT)
                    self.found.append((Kind.VALUE, (*path, index), *pair))
                    return
                self.value(left[index], right[index], (*path, index))
        else:
            kind = _lines(left, right)
            if kind is not None:
                self.found.append((kind, path, left, right))

    def _unordered(self, left: Unordered, right: Unordered, path: Path) -> None:
        mine, theirs = list(left), list(right)
        for item in left:
            if item in theirs:
                mine.remove(item)
                theirs.remove(item)
        indexes = {id(item): index for index, item in enumerate(left)}
        for item in list(mine):
            for other in theirs:
                trial = _Comparison(self.type, self.ignored, self.sides)
                trial.value(item, other, (*path, indexes[id(item)]))
                if all(kind is Kind.NOT_COMPARABLE for kind, *_ in trial.found):
                    self.found += trial.found
                    mine.remove(item)
                    theirs.remove(other)
                    break
        if len(mine) == 1 and len(theirs) == 1:
            self.value(mine[0], theirs[0], (*path, indexes[id(mine[0])]))
            return
        for item in mine:
            self.found.append((Kind.VALUE, (*path, indexes[id(item)]), item, ABSENT))
        for item in theirs:
            self.found.append((Kind.VALUE, (*path, len(left)), ABSENT, item))


def _lines(left: Any, right: Any) -> Kind | None:
    """How two strings differ, any of which may hold references: None if they are the same."""
    texts = [side.literal if isinstance(side, _Line) else side for side in (left, right)]
    if isinstance(texts[0], str) and texts[0] == texts[1]:
        return None
    if isinstance(left, _Line) and isinstance(right, _Line) and left.parts == right.parts:
        return None
    for one, other in ((left, texts[1]), (right, texts[0])):
        if isinstance(one, _Line) and any(isinstance(part, Unknown) for part in one.parts):
            pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in one.parts)
            if not isinstance(other, str) or re.fullmatch(pattern, other, re.DOTALL):
                return Kind.NOT_COMPARABLE
    return Kind.VALUE


def _names(path: Path) -> str:
    return "/".join(step for step in path if isinstance(step, str))


def _unordered(items: list[Any]) -> Unordered:
    return Unordered(sorted(items, key=repr))


def _account(principal: Any) -> Any:
    """`123456789012` is short for the account's root ("AWS JSON policy elements: Principal")."""
    if isinstance(principal, str) and re.fullmatch(r"[0-9]{12}", principal):
        return f"arn:aws:iam::{principal}:root"
    return principal


_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_CIDRS = frozenset(
    {"CidrBlock", "CidrIp", "CidrIpv6", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "Ipv6CidrBlock"}
)


def _spelling(name: str, value: str) -> str:
    """One spelling for protocols (number or name) and CIDR blocks (EC2 clears host bits)."""
    if name == "IpProtocol":
        return _PROTOCOLS.get(value, value.lower())
    if name in _CIDRS:
        try:
            return str(ipaddress.ip_network(value, strict=False))
        except ValueError:
            return value
    return value


def _container(value: Any) -> bool:
    return isinstance(value, (Mapping, list))


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Unknown):
        return True
    return isinstance(value, _Line) and any(isinstance(part, Unknown) for part in value.parts)
