"""What is answered of a name, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    ENDPOINT = "endpoint"
    """addresses of an interface endpoint's network interfaces"""
    PRIVATE = "private"
    """what a record of a private hosted zone says"""
    PUBLIC = "public"
    """what name servers of the internet say: for AWS's names, addresses that a gateway endpoint or a way to
    the internet leads to"""
    BLOCKED = "blocked"
    """nothing: refused, or it does not exist"""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that had a say."""

    key: str
    """the resource: VPC, rule group, hosted zone, endpoint, ..."""
    control: str
    """`VPC attribute`, `DHCP options`, `DNS Firewall`, `resolver rule`, `private hosted zone`,
    `endpoint private DNS`, `profile`; empty where nothing held the name"""
    why: str
    """short sentence for people"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to an instance that asks its VPC's resolver for the addresses of a name."""

    name: str
    vpc: str
    outcome: Outcome
    steps: tuple[Step, ...]
    """in order; the last one decides"""
    endpoints: tuple[str, ...] = ()
    """keys of interface endpoints, where the outcome is ENDPOINT"""
    values: tuple[str, ...] = ()
    """of the record, where it is PRIVATE"""

    @property
    def decided_by(self) -> str:
        """Key of the deciding resource."""
        return self.steps[-1].key

    @property
    def why(self) -> str:
        return self.steps[-1].why
