"""Facts about the organization that its management account knows, and that no blueprint has to name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fact(StrEnum):
    """What the deployer finds out, from the account that the stack is in."""

    ID = "id"
    """`o-...` (Organizations API reference, DescribeOrganization)"""
    ROOT = "root"
    """`r-...` (Organizations API reference, ListRoots)"""
    ENTRY = "entry role"
    """name of the role by which an account is entered before bootstrap made ours"""


@dataclass(frozen=True, slots=True)
class OrganizationFact:
    """A parameter value that the deployer looks up in the organization of the stack's account."""

    fact: Fact
