"""`Estate`: all resources of one world, immutable, with the indexes that analyses need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from ringwork.estate.model import Path, Reference, Resource, Text, Unknown

Found = TypeVar("Found", bound=Reference | Unknown)


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that could not be read, so that what is absent from the estate may still exist.

    An analysis that concludes from absence ("no such resource") must ask `Estate.gaps_for` first
    and answer unknown if a gap could hide what it looks for.
    """

    account: str | None
    """12 digits; None: any account"""
    region: str | None
    """None: any Region, or a global service"""
    type: str | None
    """CloudFormation or pseudo type; None: resources of any type"""
    reason: str
    """why, in lower case; what would settle it"""


def resource_key(account: str | None, region: str | None, type: str, name: str) -> str:
    """`Resource.key`: `account/region/type/name`; `-` where account or Region is not known.

    `name` is `stack/LogicalId` for a resource of a template, else the physical id.
    """
    return f"{account or '-'}/{region or '-'}/{type}/{name}"


def references(value: object, path: Path = ()) -> Iterator[tuple[Path, Reference]]:
    """Every `Reference` within `value` and the path to it; one inside a `Text` has the Text's path."""
    return _within(value, path, Reference)


def unknowns(value: object, path: Path = ()) -> Iterator[tuple[Path, Unknown]]:
    """Every `Unknown` within `value` and the path to it; one inside a `Text` has the Text's path."""
    return _within(value, path, Unknown)


def _within(value: object, path: Path, kind: type[Found]) -> Iterator[tuple[Path, Found]]:
    pending: list[tuple[Path, object]] = [(path, value)]
    while pending:
        here, current = pending.pop()
        if isinstance(current, str):
            continue
        if isinstance(current, Mapping):
            pending.extend(((*here, name), item) for name, item in current.items())
        elif isinstance(current, (tuple, list)):
            pending.extend(((*here, index), item) for index, item in enumerate(current))
        elif isinstance(current, kind):
            yield here, current
        elif isinstance(current, Text):
            for part in current.parts:
                if isinstance(part, kind):
                    yield here, part


def plain_arn(arn: str) -> str:
    """The ARN under which a resource is indexed: a log group's ARN without its trailing `:*`.

    CloudWatch Logs names the same group both ways ("Actions, resources, and condition keys for Amazon
    CloudWatch Logs": `log-group:NAME` and `log-group:NAME:*`).
    """
    return arn[:-2] if arn.endswith(":*") and ":logs:" in arn else arn


class Estate:
    """Resources, indexed by key, type, ARN, physical id and by who refers to them.

    Built in time linear in the input; all indexes but those by key and type when first asked for.
    `resources` keep the order in which they were given.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        gaps: Iterable[Gap] = (),
        assumptions: tuple[str, ...] = (),
    ) -> None:
        """Raises `ValueError` if two resources have the same key."""
        self._resources = tuple(resources)
        self._gaps = tuple(dict.fromkeys(gaps))
        self._assumptions = tuple(assumptions)
        by_key = {resource.key: resource for resource in self._resources}
        if len(by_key) != len(self._resources):
            keys = Counter(resource.key for resource in self._resources)
            raise ValueError(f"two resources have the key `{keys.most_common(1)[0][0]}`")
        by_type: dict[str, list[Resource]] = {}
        for resource in self._resources:
            by_type.setdefault(resource.type, []).append(resource)
        self._by_key: Mapping[str, Resource] = MappingProxyType(by_key)
        self._by_type = {type: tuple(members) for type, members in by_type.items()}

    def __repr__(self) -> str:
        return f"Estate({len(self._resources)} resources, {len(self._gaps)} gaps)"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self._resources, self._gaps, self._assumptions))

    @property
    def resources(self) -> tuple[Resource, ...]:
        return self._resources

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be read."""
        return self._gaps

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What holds in this world and was not decided by the input; findings should repeat it."""
        return self._assumptions

    @property
    def types(self) -> frozenset[str]:
        """The types of which there is at least one resource."""
        return frozenset(self._by_type)

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """All resources of these types: by type as named, then in the order of `resources`."""
        if len(types) == 1:
            return self._by_type.get(types[0], ())
        return tuple(resource for type in types for resource in self._by_type.get(type, ()))

    def get(self, key: str) -> Resource | None:
        return self._by_key.get(key)

    def by_arn(self, arn: str) -> Resource | None:
        """The resource with this ARN; a log group is found with and without the trailing `:*`."""
        return self._by_arn.get(plain_arn(arn))

    def by_physical(self, physical: str, type: str | None = None) -> tuple[Resource, ...]:
        """Resources with this physical id: several, if accounts, Regions or types share a name."""
        found = self._by_physical.get(physical, ())
        if type is None:
            return tuple(found)
        return tuple(resource for resource in found if resource.type == type)

    def resolve(self, value: object) -> Resource | None:
        """The resource that a property value names: a `Reference`, or a literal ARN. Else None."""
        if isinstance(value, Reference):
            return self._by_key.get(value.target)
        if isinstance(value, str) and value.startswith("arn:"):
            return self.by_arn(value)
        return None

    def literal(self, value: object) -> str | None:
        """`value` as the string that AWS would hold, or None if some part of it is not known.

        References give the physical id or the ARN of their resource, or a known attribute.
        """
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, Reference):
            resource = self._by_key.get(value.target)
            if resource is None:
                return None
            if value.attribute == "Ref":
                return resource.physical
            if value.attribute == "Arn":
                return resource.arn
            known = resource.attributes.get(value.attribute)
            return known if isinstance(known, str) else None
        if isinstance(value, Text):
            parts = [self.literal(part) for part in value.parts]
            return None if None in parts else "".join(part for part in parts if part is not None)
        return None

    def referrers(self, key: str) -> tuple[tuple[Resource, Path], ...]:
        """Who refers to the resource, and by which property: (resource, path within its properties)."""
        return self._referrers.get(key, ())

    def gaps_for(self, type: str, account: str | None = None, region: str | None = None) -> tuple[Gap, ...]:
        """The gaps that could hide a resource of this type (in this account and Region, if given)."""
        return tuple(
            gap
            for gap in self._gaps
            if gap.type in (None, type)
            and (account is None or gap.account in (None, account))
            and (region is None or gap.region in (None, region))
        )

    @cached_property
    def _by_arn(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in self._resources:
            if resource.arn is not None:
                found.setdefault(plain_arn(resource.arn), resource)
        return found

    @cached_property
    def _by_physical(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self._resources:
            if resource.physical is not None:
                found.setdefault(resource.physical, []).append(resource)
        return found

    @cached_property
    def _referrers(self) -> dict[str, tuple[tuple[Resource, Path], ...]]:
        found: dict[str, list[tuple[Resource, Path]]] = {}
        for resource in self._resources:
            for path, reference in references(resource.properties):
                found.setdefault(reference.target, []).append((resource, path))
        return {target: tuple(uses) for target, uses in found.items()}


def _rebuild(resources: tuple[Resource, ...], gaps: tuple[Gap, ...], assumptions: tuple[str, ...]) -> Estate:
    return Estate(resources, gaps=gaps, assumptions=assumptions)
