"""What all parts of the reading share: names and values of an estate, read so that nothing raises.

A value that is not known stays an `Unknown`, with the reason; one that names nothing is noted as a problem at
its place. No function here raises, whatever a template says.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from ringwork.estate import Estate, Reference, Resource, Text, Unknown, Value
from ringwork.network.addresses import Prefix, parse_prefix
from ringwork.network.model import Problem, Unmodelled

DEPLOYED = Unknown("known only once the stack is deployed")


def is_live(resource: Resource) -> bool:
    """Read from an account, not only from a template."""
    for origin in resource.origins:  # noqa: SIM110 (asked of a hundred thousand, and `any` takes twice as long)
        if origin.operation:
            return True
    return False


class Reader:
    """An estate, and what could not be read of it so far."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.problems: list[Problem] = []
        self.unmodelled: dict[str, Unmodelled] = {}
        self.unplaced: dict[str, str] = {}
        """what may have an interface that is not read -> why"""
        self._gaps: dict[tuple[str, str | None, str | None], str | None] = {}

    # --- notes

    def note(self, resource: Resource, message: str, *path: str | int) -> None:
        """A problem at a place of a resource: something may be there that the model does not have."""
        self.problems.append(Problem(resource.key, message, resource.origin(*path)))

    def doubt(self, resource: Resource, message: str, *path: str | int) -> None:
        """A problem that the model carries, where a packet would meet it: the rule, table or thing that is
        not certain is in it and says so."""
        self.problems.append(Problem(resource.key, message, resource.origin(*path), carried=True))

    def not_placed(self, resource: Resource, message: str, *path: str | int) -> None:
        """A problem: it has an interface, and where is not known."""
        self.note(resource, message, *path)
        self.unplaced.setdefault(resource.key, message)

    def not_modelled(self, resource: Resource, reason: str) -> None:
        self.unmodelled[resource.key] = Unmodelled(resource.key, reason)

    def gap(self, type: str, account: str | None, region: str | None) -> str | None:
        """Why resources of this type may be missing; None: they are all here."""
        key = (type, account, region)
        if key not in self._gaps:
            found = self.estate.gaps_for(type, account, region)
            self._gaps[key] = f"{type} could not be read: {found[0].reason}" if found else None
        return self._gaps[key]

    # --- values

    def text(self, value: object) -> str | Unknown | None:
        """A string as AWS would hold it; None where it is not set."""
        if value is None or isinstance(value, (str, Unknown)):
            return value
        found = self.estate.literal(value)
        if found is not None:
            return found
        if isinstance(value, Reference):
            target = self.estate.get(value.target)
            given = target.properties.get(value.attribute) if target is not None else None
            return given if isinstance(given, str) else DEPLOYED
        if isinstance(value, Text):
            return next((part for part in value.parts if isinstance(part, Unknown)), DEPLOYED)
        return Unknown(f"a text was expected, not {_kind(value)}")

    def number(self, value: object) -> int | Unknown | None:
        """An integer, also where it was written as text."""
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        found = self.text(value)
        if isinstance(found, str):
            try:
                return int(found)
            except ValueError:
                return Unknown(f"`{found[:40]}` is no number")
        return found

    def truth(self, value: object, default: bool) -> bool | Unknown:
        """A boolean, also where it was written as text."""
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        found = self.text(value)
        if isinstance(found, str):
            lower = found.lower()
            return lower == "true" if lower in ("true", "false") else Unknown(f"`{found[:40]}` is no boolean")
        return found if found is not None else default

    def prefix(self, value: object) -> Prefix | Unknown | None:
        """A CIDR block."""
        found = value if type(value) is str else self.text(value)
        if isinstance(found, str):
            try:
                return parse_prefix(found)
            except ValueError:
                return Unknown(f"`{found[:60]}` is not a CIDR block")
        return found

    def items(self, value: object) -> tuple[Value, ...] | Unknown:
        """The members of a list; of one value in a list's place; none where it is not set."""
        if value is None:
            return ()
        if isinstance(value, Unknown):
            return value
        return tuple(value) if isinstance(value, (tuple, list)) else (value,)  # type: ignore[return-value]

    def members(self, resource: Resource, *path: str) -> tuple[Value, ...] | Unknown:
        """`items` of what stands at a path within the properties; a problem is noted where it is unknown."""
        found = self.items(at(resource.properties, *path))
        if isinstance(found, Unknown):
            self.note(resource, found.reason, *path)
        return found

    # --- names

    def named(self, value: object, resource: Resource) -> str | Unknown | None:
        """The key of the resource that a value names, as `resource` would mean it."""
        if isinstance(value, Reference):
            if self.estate.get(value.target) is not None:
                return value.target
            return Unknown(f"`{value.target}` is not in the estate")
        found = self.text(value)
        if not isinstance(found, str):
            return found
        if found.startswith("arn:"):
            by_arn = self.estate.by_arn(found)
            return by_arn.key if by_arn is not None else Unknown(f"`{found}` is not in the estate")
        same = [
            other
            for other in self.estate.by_physical(found)
            if (other.account, other.region) == (resource.account, resource.region)
        ] or list(self.estate.by_physical(found))
        return same[0].key if len(same) == 1 else Unknown(f"`{found[:80]}` is not in the estate")

    def member(
        self, resource: Resource, value: object, known: Container[str], what: str, *path: str | int
    ) -> str | None:
        """The key that a value names, if it is one of `known`; a problem is noted if it names nothing such.

        None also where the value is not set: then nothing is noted.
        """
        if type(value) is Reference and value.target in known:
            return value.target
        found = self.named(value, resource)
        if isinstance(found, Unknown):
            self.note(resource, f"{what} is not known: {found.reason}", *path)
            return None
        if found is not None and found not in known:
            self.note(resource, f"`{found}` is no {what} that could be read", *path)
            return None
        return found

    def may_name(self, value: object, by: Resource, among: Iterable[Resource]) -> list[str]:
        """Of those, the keys of what a value may mean that names none of them in the estate: any of the
        account and Region of `by`. An id means nothing that its own stack makes, and nothing whose id is
        another."""
        if value is None:
            return []  # refused: it is required
        near = [each for each in among if (each.account, each.region) == (by.account, by.region)]
        if isinstance(self.text(value), str):
            stack = by.logical.stack if by.logical is not None else None
            near = [
                each
                for each in near
                if each.physical is None and (each.logical is None or each.logical.stack != stack)
            ]
        return [each.key for each in near]


def at(value: object, *path: str | int) -> object:
    """What stands at a path; an `Unknown` on the way is the answer; None where nothing is."""
    for name in path:
        if type(value) is dict:
            value = value.get(name)
        elif isinstance(value, Unknown):
            return value
        elif isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, (tuple, list)) and isinstance(name, int) and name < len(value):
            value = value[name]
        else:
            return None
    return value


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, (tuple, list)) else type(value).__name__
