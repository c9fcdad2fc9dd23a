"""The table of resource types, loaded one service at a time.

`scripts/derive_schemas.py` writes the files under `data/`; each line is one type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


class UnknownTypeError(KeyError):
    """The table has no such resource type. `type` is the name asked for."""

    def __init__(self, type: str) -> None:
        super().__init__(type)
        self.type = type

    def __str__(self) -> str:
        return f"unknown resource type `{self.type}`"


@dataclass(frozen=True, slots=True)
class ResourceSchema:
    """The facts of one resource type. Paths are property names joined by `/`; `*` stands for any item."""

    type: str
    properties: Mapping[str, Mapping[str, Any]]
    """name -> JSON Schema of the property (`$ref`s lead into `definitions`); read-only ones included"""
    required: frozenset[str]
    """names at the top level"""
    read_only: frozenset[str]
    """paths that only AWS sets"""
    create_only: frozenset[str]
    """paths whose change replaces the resource"""
    conditional_create_only: frozenset[str]
    """paths whose change replaces the resource under some condition"""
    write_only: frozenset[str]
    """paths that no read returns"""
    primary_identifier: tuple[str, ...]
    """paths, in the order of the identifier's parts"""
    attributes: frozenset[str]
    """what Fn::GetAtt accepts, `Endpoint.Address`"""
    tag_property: str | None
    """the property that holds tags; none: CloudFormation cannot tag the type"""
    permissions: Mapping[str, tuple[str, ...]]
    """handler (`create`, `read`, `update`, `delete`, `list`) -> IAM actions it needs"""
    definitions: Mapping[str, Mapping[str, Any]]
    schema: Mapping[str, Any]
    """the whole JSON Schema (draft 7, and cfn-lint's `requiredXor`, `requiredOr`, `dependentExcluded`,
    `dependentRequired`, `enumCaseInsensitive`)"""

    @property
    def settable(self) -> tuple[str, ...]:
        """Names of the properties that a template may give, sorted."""
        return tuple(sorted(set(self.properties) - self.read_only))


def _read(name: str) -> Any:
    return json.loads((files("ringwork.schemas") / "data" / f"{name}.json").read_text("utf-8"))


_MANIFEST = _read("manifest")
SOURCE = f"{_MANIFEST['source']} {_MANIFEST['version']} (schemas of {_MANIFEST['schema_date']})"
"""Where the table comes from, with its version."""


@cache
def _service(name: str) -> Mapping[str, Any]:
    return _read(name) if name in _MANIFEST["services"] else {}


@lru_cache(maxsize=4096)
def _facts(type: str) -> Mapping[str, Any] | None:
    parts = type.split("::")
    if len(parts) != 3 or parts[0] != "AWS":
        return None
    found: Mapping[str, Any] | None = _service(parts[1]).get(type)
    return found


def known(type: str) -> bool:
    """Whether the table has `type`. A type that it lacks may still exist on AWS."""
    return _facts(type) is not None


@cache
def types() -> tuple[str, ...]:
    """All types of the table, sorted. Reads every file (about 3 MB)."""
    return tuple(sorted(type for service in _MANIFEST["services"] for type in _service(service)))


def similar_types(type: str) -> tuple[str, ...]:
    """Up to three known types whose names are close to `type`, best first."""
    found = get_close_matches(type, types(), n=3, cutoff=0.8)
    if not found:
        lower = {name.lower(): name for name in types()}
        found = [lower[match] for match in get_close_matches(type.lower(), lower, n=3, cutoff=0.85)]
    return tuple(found)


@cache
def resource_schema(type: str) -> ResourceSchema:
    """The facts of `type`; raises `UnknownTypeError`."""
    facts = _facts(type)
    if facts is None:
        raise UnknownTypeError(type)
    schema = facts["schema"]
    return ResourceSchema(
        type=type,
        properties=MappingProxyType(schema.get("properties", {})),
        required=frozenset(schema.get("required", ())),
        read_only=frozenset(facts.get("read_only", ())),
        create_only=frozenset(facts.get("create_only", ())),
        conditional_create_only=frozenset(facts.get("conditional_create_only", ())),
        write_only=frozenset(facts.get("write_only", ())),
        primary_identifier=tuple(facts.get("primary_identifier", ())),
        attributes=frozenset(facts.get("attributes", ())),
        tag_property=facts.get("tag_property"),
        permissions=MappingProxyType(
            {handler: tuple(actions) for handler, actions in facts.get("permissions", {}).items()}
        ),
        definitions=MappingProxyType(schema.get("definitions", {})),
        schema=MappingProxyType(schema),
    )
