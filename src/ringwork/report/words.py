"""What a resource calls itself: its tags, its name, the place it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.estate import Estate, Resource

_STAGES = ("dev", "development", "test", "staging", "preprod", "prod", "production")
"""In promotion order; other stages come first, by name."""


def promoted(stage: str) -> tuple[int, str]:
    """Sorts stages as they follow each other."""
    return (_STAGES.index(stage) if stage in _STAGES else -1, stage)


def tags(estate: Estate, resource: Resource) -> dict[str, str]:
    """Tags whose key and value are known."""
    given = resource.properties.get("Tags")
    found = {}
    if isinstance(given, tuple | list):
        for tag in given:
            if isinstance(tag, Mapping):
                key = estate.literal(tag.get("Key"))
                value = estate.literal(tag.get("Value"))
                if key is not None and value is not None:
                    found[key] = value
    return found


def text(estate: Estate, value: Any) -> str:
    """A property's value as text; empty where it is not known."""
    return estate.literal(value) or ""


def name(estate: Estate, resource: Resource) -> str:
    """The `Name` tag, else the logical id, else the physical one."""
    named = tags(estate, resource).get("Name")
    return named or (resource.logical.id if resource.logical else resource.physical or resource.key)


def home(estate: Estate, resource: Resource) -> tuple[str | None, ...]:
    """What a VPC and all that belongs to it share: account, Region, team, stage."""
    found = tags(estate, resource)
    return (resource.account, resource.region, found.get("ringwork:team"), found.get("ringwork:stage"))


def place(estate: Estate, vpc: Resource) -> str:
    """A VPC in short: `TEAM-STAGE`, else its name without its organization's."""
    found = tags(estate, vpc)
    owner = "-".join(found[tag] for tag in ("ringwork:team", "ringwork:stage") if tag in found)
    return owner or short(estate, vpc, name(estate, vpc))


def short(estate: Estate, resource: Resource, given: str) -> str:
    """A name without what its neighbours share: the organization's, the team's and the stage's."""
    found = tags(estate, resource)
    parts = [found.get(f"ringwork:{part}") for part in ("organization", "team", "stage")]
    prefix = "-".join(part for part in parts if part)
    return given.removeprefix(f"{prefix}-").lstrip("-") or given if prefix else given


def items(value: Any) -> tuple[Any, ...]:
    """A list's items; nothing where it is absent or not known."""
    return tuple(value) if isinstance(value, tuple | list) else ()
