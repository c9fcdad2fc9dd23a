"""Live resources as an estate: what collectors read becomes the same shape that templates give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ringwork.estate import canonical
from ringwork.estate.estate import Estate, Gap
from ringwork.estate.model import Resource


def link(resources: Iterable[Resource], *, gaps: Iterable[Gap] = ()) -> Estate:
    """The estate of resources as collectors give them: plain JSON properties and physical ids.

    Physical ids, ARNs and known attributes of other resources become references by the rules of
    `ringwork.estate.canonical`. Keys stay as given. Raises `ValueError` on two equal keys.
    """
    frozen = (replace(resource, properties=_frozen(resource.properties)) for resource in resources)
    return Estate(canonical.link(frozen), gaps=gaps)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _frozen(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(item) for item in value)
    return value
