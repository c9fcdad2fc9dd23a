"""What the table says about one type: how to list it, read its details, and name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from ringwork.cloud.collect.mapping import Raw, Rule, mapper

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Where:
    """The place that is read."""

    account: str
    """12 digits"""
    region: str
    """for global services: the Region whose endpoint is asked"""
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """A regional ARN of this account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def partition(region: str) -> str:
    """The partition of a Region (AWS General Reference, ARN format): `aws`, `aws-cn`, `aws-us-gov`, ..."""
    for prefix, name in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eusc-", "aws-eusc"),
    ):
        if region.startswith(prefix):
            return name
    return "aws"


Parameters: TypeAlias = Callable[[Raw, Where], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Below:
    """A second listing, of what each listed item has below it: the stages of an API, the versions of a
    guardrail."""

    operation: str
    result: str
    parameters: Parameters
    action: str | None = None
    absent: frozenset[str] = frozenset()
    parts: Callable[[Raw, Where], Iterable[Raw]] = lambda raw, where: (raw,)
    """what of a listed item is asked about, each part by a call of its own"""
    below: Below | None = None
    """a third listing, of what each of these has below it"""


@dataclass(frozen=True, slots=True)
class Listing:
    """The operation that lists all items of an account and Region."""

    service: str
    """boto3's name"""
    operation: str
    """as in the API, `DescribeVpcs`"""
    result: str
    """the answer's member that holds the list; empty: the answer itself is the one item"""
    parameters: Callable[[Where], Mapping[str, Any]] = lambda where: NOTHING
    action: str | None = None
    """the IAM action, where it is not `service:Operation`"""
    absent: frozenset[str] = frozenset()
    """error codes that mean: there is nothing"""
    absent_saying: str | None = None
    """part of a message that means the same, where the code alone would not say so"""
    below: Below | None = None
    """then the items are those of this listing, each with the one above it under `$above`"""

    @property
    def permission(self) -> str:
        return self.action or f"{self.service}:{self.operation}"

    @property
    def permissions(self) -> tuple[str, ...]:
        """Of all its listings."""
        found, below = [self.permission], self.below
        while below is not None:
            found.append(below.action or f"{self.service}:{below.operation}")
            below = below.below
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Detail:
    """One more operation for each item; its answer stands in the `Raw` under `name`."""

    name: str
    """`$` and a word"""
    operation: str
    parameters: Parameters
    result: str | None = None
    """the answer's member that is kept; none: the whole answer"""
    absent: frozenset[str] = frozenset()
    """error codes that mean: this is not set"""
    when: Callable[[Raw], bool] = lambda raw: True
    service: str | None = None
    """none: the listing's"""
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How resources of one CloudFormation type are read."""

    type: str
    listing: Listing
    physical: Callable[[Raw], str]
    """the physical id as CloudFormation has it ("Return values", Ref, of the type's page)"""
    properties: Mapping[str, Rule]
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    """GetAtt values and read-only facts that the controls need"""
    arn: Callable[[Raw, Where], str | None] = lambda raw, where: None
    expand: Callable[[Raw], Iterable[Raw]] = lambda raw: (raw,)
    """the resources that one listed item holds"""
    details: tuple[Detail, ...] = ()
    keep: Callable[[Raw], bool] = lambda raw: True
    """asked before and after each detail; False: not one of ours"""
    owner: str | None = None
    """path of the owner's account, where accounts see what others own: only the owner's is read"""
    owner_region: str | None = None
    """path of the owner's Region, where other Regions see it too"""
    narrow: Callable[[str], Mapping[str, Any]] = lambda physical: NOTHING
    """parameters of the listing that leave little more than this physical id"""
    identity: tuple[str, ...] = ()
    """properties that together name the resource, where CloudFormation's physical id is an opaque name"""
    alone: bool = False
    """whether there is one in an account and Region, whatever id CloudFormation gives it"""
    is_global: bool = False
    deployed: bool = True
    """whether stacks of ours have it, so that the deploy role must be able to make it"""
    exists_by: str | None = None
    """name of the detail without whose answer there is no such resource"""
    read_properties: Callable[[Raw], dict[str, Any]] = field(init=False, repr=False, compare=False)
    read_attributes: Callable[[Raw], dict[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "read_properties", mapper(self.properties))
        object.__setattr__(self, "read_attributes", mapper(self.attributes))

    @property
    def actions(self) -> frozenset[str]:
        """The IAM actions that reading this type needs."""
        return frozenset(
            (
                *self.listing.permissions,
                *(
                    detail.action or f"{detail.service or self.listing.service}:{detail.operation}"
                    for detail in self.details
                ),
            )
        )
