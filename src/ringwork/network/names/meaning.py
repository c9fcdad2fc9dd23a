"""Whether a property names a given resource."""

from __future__ import annotations

from ringwork.estate import Reference, Resource
from ringwork.network.reading.reader import Reader


def means(reader: Reader, value: object, where: Resource, key: str) -> bool | None:
    """None: it may. An id that is not in the estate is another's: what is not deployed yet has none."""
    named = reader.named(value, where)
    if isinstance(named, str) or named is None:
        return named == key
    if isinstance(value, Reference):
        return False
    return False if isinstance(reader.text(value), str) else None
