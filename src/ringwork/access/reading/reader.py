"""What all parts of the reading share: the estate, its names and documents, problems and gaps."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from ringwork.access.authority import Document, Path, Problem
from ringwork.access.policy import PolicyKind
from ringwork.access.reading.documents import Documents
from ringwork.access.reading.names import Hole, Names, Partial
from ringwork.estate import Estate, Reference, Resource, Text, Unknown


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


@dataclass(frozen=True, slots=True)
class Astray:
    """What a value names is not in the estate (`text`), or is not known (`reason`)."""

    text: str | None
    reason: str


class Reader:
    """An estate, and what could not be read of it so far. Nothing here raises."""

    def __init__(
        self, estate: Estate, *, managed: Mapping[str, object] | None = None, organization: str | None = None
    ) -> None:
        self.estate = estate
        self.names = Names(estate, organization)
        self.documents = Documents(self.names)
        self.managed = dict(managed or {})
        self.problems: list[Problem] = []
        self.collected_managed: dict[str, list[Resource]] = {}
        """ARN of a policy that AWS manages -> what accounts say of it"""
        for resource in estate.of_type("live:iam:aws-managed-policy"):
            arn = resource.properties.get("PolicyArn")
            if isinstance(arn, str):
                self.collected_managed.setdefault(arn, []).append(resource)
        self.collected = frozenset(
            resource.account
            for resource in estate.resources
            if resource.account is not None and any(_collects(one.operation) for one in resource.origins)
        )
        """accounts that were read, as far as there are no gaps"""
        self._users: dict[str, list[Resource]] | None = None
        self._read: dict[tuple[str, Path, PolicyKind], Document] = {}
        self._gaps: dict[tuple[str, str | None, str | None], str | None] = {}

    # --- notes

    def note(self, resource: Resource, message: str, *path: str | int) -> None:
        """A problem at a place of a resource."""
        self.problems.append(Problem(resource.key, message, pointer(path), resource.origin(*path)))

    def noting(self, resource: Resource, path: Path) -> Callable[[str, str], None]:
        """Notes what is wrong within the document at `path`."""

        def note(message: str, inside: str) -> None:
            steps = [step.replace("~1", "/").replace("~0", "~") for step in inside.split("/")[1:]]
            below = tuple(int(step) if step.isdigit() else step for step in steps)
            self.note(resource, message, *path, *below)

        return note

    def gap(self, type: str, account: str | None, region: str | None = None) -> str | None:
        """Why resources of this type may be missing; None: they are all here."""
        key = (type, account, region)
        if key not in self._gaps:
            found = self.estate.gaps_for(type, account, region)
            self._gaps[key] = f"{type} could not be read: {found[0].reason}" if found else None
        return self._gaps[key]

    # --- values

    def text(self, value: object) -> str | Unknown | None:
        """A string as AWS would hold it; None where it is not set."""
        found = self.names.text(value)
        if isinstance(found, Partial):
            return Unknown(next(part.reason for part in found.parts if isinstance(part, Hole)))
        return Unknown(found.reason) if isinstance(found, Hole) else found

    def truth(self, value: object) -> bool | None:
        """A boolean, also where it was written as text; None where it is not known."""
        found = self.text(value)
        return {"true": True, "false": False}.get(found.lower()) if isinstance(found, str) else None

    def items(self, value: object) -> tuple[object, ...] | Unknown:
        """The members of a list; of one value in a list's place; none where it is not set."""
        if value is None:
            return ()
        if isinstance(value, Unknown):
            return value
        return tuple(value) if isinstance(value, (tuple, list)) else (value,)

    def tags(self, resource: Resource) -> tuple[dict[str, str | None], bool]:
        """Tags by key (None: the value is not known), and whether these are all."""
        given = resource.properties.get("Tags")
        found: dict[str, str | None] = {}
        if isinstance(given, Mapping):
            return {str(key): _known(self.text(value)) for key, value in given.items()}, True
        listed, known = self.items(given), True
        for entry in () if isinstance(listed, Unknown) else listed:
            key = self.text(entry.get("Key")) if isinstance(entry, Mapping) else None
            if isinstance(entry, Mapping) and isinstance(key, str):
                found[key] = _known(self.text(entry.get("Value", "")))
            else:
                known = False
        return found, known and not isinstance(listed, Unknown)

    # --- other resources

    def named(self, value: object, resource: Resource, *types: str) -> Resource | Astray:
        """The resource that a value names, as `resource` would mean it: by reference, ARN, or name within
        its account (and Region)."""
        if isinstance(value, Reference):
            found = self.estate.get(value.target)
            return found if found is not None else Astray(None, f"`{value.target}` is not in the estate")
        text = self.text(value)
        if not isinstance(text, str):
            return Astray(None, text.reason if text is not None else "it is not set")
        by_arn = self.estate.by_arn(text) if text.startswith("arn:") else None
        if by_arn is not None and (not types or by_arn.type in types):
            return by_arn
        same = [
            other
            for other in self.estate.by_physical(text)
            if (not types or other.type in types) and other.account in (resource.account, None)
        ]
        here = [other for other in same if other.region == resource.region] or same
        if here:
            return here[0]
        return Astray(text, f"`{text[:120]}` is not in the estate")

    def document(self, resource: Resource, path: Path, kind: PolicyKind, name: str = "") -> Document:
        """The document at a path of a resource, read once."""
        key = (resource.key, path, kind)
        found = self._read.get(key)
        if found is None:
            value: object = resource.properties
            for step in path:
                if isinstance(value, Mapping):
                    value = value.get(str(step))
                elif isinstance(value, (tuple, list)) and isinstance(step, int) and step < len(value):
                    value = value[step]
            found = self.documents.read(
                value,
                kind=kind,
                name=name or resource.name,
                key=resource.key,
                path=path,
                note=self.noting(resource, path),
            )
            self._read[key] = found
        return found

    def unread(self, kind: PolicyKind, name: str, resource: Resource, path: Path, reason: str) -> Document:
        """A document of which nothing is known."""
        return self.documents.unread(kind, name, resource.key, path, reason)

    def users(self, key: str) -> list[Resource]:
        """Who names a role or an instance profile outside of policies."""
        if self._users is None:
            wanted = {one.key for one in self.estate.of_type("AWS::IAM::Role", "AWS::IAM::InstanceProfile")}
            self._users = {}
            for resource in self.estate.resources:
                for name in _named_in(resource.properties, wanted):
                    known = self._users.setdefault(name, [])
                    if not known or known[-1] is not resource:
                        known.append(resource)
        return self._users.get(key, [])


def _collects(operation: str | None) -> bool:
    """Whether what gave a resource was asked of every kind: the report of IAM tells of IAM alone."""
    return operation is not None and operation != "iam:GetAccountAuthorizationDetails"


def _named_in(properties: Mapping[str, object], wanted: Container[str]) -> Iterator[str]:
    """The keys, of those wanted, that properties refer to outside of policies."""
    pending: list[object] = [properties]
    while pending:
        value = pending.pop()
        kind = type(value)
        if kind is str:
            continue
        if kind is Reference:
            target = value.target  # type: ignore[attr-defined]
            if target in wanted:
                yield target
        elif kind is dict or isinstance(value, Mapping):
            if "Statement" not in value:  # type: ignore[operator]
                pending.extend(value.values())  # type: ignore[attr-defined]
        elif kind is tuple or kind is list:
            pending.extend(value)  # type: ignore[arg-type]
        elif isinstance(value, Text):
            pending.extend(value.parts)


def _known(value: str | Unknown | None) -> str | None:
    return value if isinstance(value, str) else None
