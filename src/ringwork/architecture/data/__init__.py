"""The data ring: keys by data class, versioned buckets, and who may reach them from where."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.data.buckets import data_stack
from ringwork.architecture.layout import Layout
from ringwork.estate import Stack, StackOutput


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment and Region whose team has data, models or features."""
    for site in layout.sites:
        endpoints = {
            other.environment.name: StackOutput(other.stack_id("network"), "S3EndpointId")
            for other in layout.sites
            if other.region == site.region and layout.has_network(other)
        }
        stack = data_stack(site, layout.grants.by_owner[site.environment.name], endpoints)
        if stack is not None:
            yield stack


def notes(layout: Layout) -> Iterator[str]:
    """Grants that cannot be given."""
    yield from layout.grants.notes
