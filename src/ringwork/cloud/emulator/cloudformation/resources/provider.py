"""What the engine knows of one resource type: how to make it, set its properties, and delete it."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from botocore.exceptions import ClientError

Properties: TypeAlias = Mapping[str, Any]


class Clients(Protocol):
    """Gives a boto3 client of the stack's account, in the stack's Region or another."""

    def __call__(self, service: str, region: str | None = None, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Where a provider works: one resource of one stack."""

    client: Clients
    """service name -> boto3 client in the stack's account and Region"""
    account: str
    region: str
    stack: str
    """stack name"""
    logical: str
    made: Callable[[str], None]
    """tell the engine the physical id as soon as there is one, so that a later failure can undo it"""

    def name(self, limit: int, *, lower: bool = False) -> str:
        """A physical name as CloudFormation makes one: `stack-logical-RANDOM`, at most `limit` long.

        AWS CloudFormation User Guide, "Name Type": the stack's name, the logical id and a unique ID.
        """
        alphabet = string.ascii_uppercase + string.digits
        unique = "".join(secrets.choice(alphabet) for _ in range(12))
        room = limit - len(unique) - 2
        stack, logical = self.stack, self.logical
        if len(stack) + len(logical) > room:
            logical = logical[: max(room - len(stack), room // 2)]
            stack = stack[: room - len(logical)].rstrip("-")
        name = f"{stack}-{logical}-{unique}"
        return name.lower() if lower else name


Create: TypeAlias = Callable[[Context, Properties], str]
Delete: TypeAlias = Callable[[Context, str, Properties], None]
Attributes: TypeAlias = Callable[[Context, str, Properties], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One property to bring from `old` to `new`; None means absent. `properties` are all new ones."""

    name: str
    old: Any
    new: Any
    properties: Properties
    creating: bool = False
    """the resource was made a moment ago: `old` is what a new resource has"""


Setter: TypeAlias = Callable[[Context, str, Change], None]


@dataclass(frozen=True, slots=True)
class Provider:
    """One CloudFormation resource type on the local cloud."""

    create: Create
    """make it from the properties in `takes`, call `Context.made`, return the physical id (what Ref gives)"""
    delete: Delete
    """undo it; raising a not-found error counts as done"""
    takes: frozenset[str] = frozenset()
    """properties that `create` handles itself"""
    setters: Mapping[str, Setter] = field(default_factory=dict)
    """property -> how to set it on an existing resource; run after `create` for those not in `takes`"""
    attributes: Attributes = lambda _context, _physical, _properties: {}
    """read-only values for Fn::GetAtt, read from the service"""
    replaced_when: Mapping[str, Callable[[Any, Any], bool]] = field(default_factory=dict)
    """properties whose change from an old to a new value replaces the resource only sometimes"""
    named_by: str | None = None
    """the property that gives a custom name: CloudFormation refuses to replace a resource that keeps it"""

    @property
    def properties(self) -> frozenset[str]:
        """Every property that a template may set here."""
        return self.takes | self.setters.keys()


GONE = frozenset(
    {"NoSuchEntity", "NoSuchEntityException", "NoSuchBucket", "NoSuchBucketPolicy", "NotFoundException"}
    | {"ResourceNotFoundException", "404"}
)


def is_gone(error: BaseException) -> bool:
    """Whether a service says that the thing does not exist."""
    if not isinstance(error, ClientError):
        return False
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code in GONE or code.endswith((".NotFound", "NotFound")) or code == "Gateway.NotAttached"


def ignore_gone(call: Callable[..., Any], /, **arguments: Any) -> None:
    """Call, and take "it does not exist" for success."""
    try:
        call(**arguments)
    except ClientError as error:
        if not is_gone(error):
            raise


def present(**values: Any) -> dict[str, Any]:
    """The arguments that have a value."""
    return {name: value for name, value in values.items() if value is not None}


def document(value: Any) -> str:
    """A policy document as the services take it: JSON text."""
    return value if isinstance(value, str) else json.dumps(value)


def flag(value: Any) -> bool:
    """A Boolean as templates write it: `true`, `"true"`."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def number(value: Any) -> int | None:
    return None if value is None else int(value)


def tag_changes(change: Change) -> tuple[list[str], list[dict[str, str]]]:
    """Keys to remove and tags to put, for a `Tags` property that is a list of Key and Value."""
    old = {tag["Key"]: str(tag["Value"]) for tag in change.old or ()}
    new = {tag["Key"]: str(tag["Value"]) for tag in change.new or ()}
    gone = [key for key in old if key not in new]
    put = [{"Key": key, "Value": value} for key, value in new.items() if old.get(key) != value]
    return gone, put


def added_and_removed(change: Change) -> tuple[list[Any], list[Any]]:
    """What a set-like list gains and loses."""
    old, new = list(change.old or ()), list(change.new or ())
    return [item for item in new if item not in old], [item for item in old if item not in new]


class RefusedError(ValueError):
    """A change that the service does not offer: nothing was done."""


def fails(reason: str) -> Setter:
    """A setter for a property that AWS does not let anybody change."""

    def refuse(_context: Context, _physical: str, change: Change) -> None:
        raise RefusedError(f"{change.name}: {reason}")

    return refuse


def setters(names: Iterable[str], setter: Setter) -> dict[str, Setter]:
    """The same setter for several properties that one call sets together."""
    return dict.fromkeys(names, setter)
