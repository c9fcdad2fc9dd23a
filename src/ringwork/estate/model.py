"""The estate: what is deployed, or would be, as immutable CloudFormation-shaped resources.

Values inside `Resource.properties` are plain JSON values with three additions:
`Reference` (another resource of the estate), `Text` (a string that holds references) and
`Unknown` (could not be resolved). No analysis may read an `Unknown` as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ringwork.estate.frozen import quick
from ringwork.estate.organization import Fact
from ringwork.findings import Origin, Subject


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be known from the input. `reason` says why and what would settle it."""

    reason: str
    part_of: Reference | None = field(default=None, compare=False)
    """what it is an entry of, where that is known: `DnsEntries` of an endpoint"""
    fact: Fact | None = field(default=None, compare=False)
    """what the deployer finds out in the organization: the same value wherever it stands"""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another resource: `target` is its `Resource.key`.

    `attribute` is `Ref` for what CloudFormation's Ref returns (the physical id for most types),
    else the name of a GetAtt attribute (`Arn`, `GroupId`, ...).
    """

    target: str
    attribute: str = "Ref"


@dataclass(frozen=True, slots=True)
class Text:
    """A string of which some parts are references or unknown; the other parts are literal."""

    parts: tuple[str | Reference | Unknown, ...]


Value: TypeAlias = (
    "bool | int | float | str | tuple[Value, ...] | Mapping[str, Value] | Reference | Text | Unknown | None"
)
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Logical:
    """A resource's name in a template: CloudFormation stack name and logical id."""

    stack: str
    id: str


@quick
@dataclass(frozen=True, slots=True)
class Resource:
    """One AWS resource. Identity includes account and Region."""

    key: str
    """unique in its estate: `account/region/type/name`; stable between two loads of the same input"""
    type: str
    """CloudFormation type, `AWS::EC2::Subnet`, or a documented pseudo type `live:<service>:<thing>`"""
    properties: Mapping[str, Value]
    """CloudFormation property names; values as the module's docstring says"""
    account: str | None = None
    """12 digits"""
    region: str | None = None
    logical: Logical | None = None
    physical: str | None = None
    """what Ref returns once deployed"""
    arn: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """known GetAtt values and read-only properties, by CloudFormation name (`GroupId`, `VpcId`)"""
    origins: tuple[Origin, ...] = ()
    positions: Mapping[Path, Origin] = field(default_factory=dict)
    """where single properties stand in a template: path within `properties` -> origin"""

    @property
    def name(self) -> str:
        """`stack/LogicalId` where known, else the physical id, else the key."""
        if self.logical:
            return f"{self.logical.stack}/{self.logical.id}"
        return self.physical or self.key

    @property
    def subject(self) -> Subject:
        return Subject(
            type=self.type,
            name=self.name,
            physical=self.physical,
            arn=self.arn,
            account=self.account,
            region=self.region,
        )

    def origin(self, *path: str | int) -> tuple[Origin, ...]:
        """Where to look for `path`: the nearest known place above it, then the resource itself."""
        for length in range(len(path), 0, -1):
            found = self.positions.get(tuple(path[:length]))
            if found is not None:
                return (found, *self.origins)
        return self.origins
