"""The identity ring: one execution role a workload, and the boundary around all of them."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.identity.roles import identity_stack
from ringwork.architecture.layout import Layout
from ringwork.estate import Stack


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment that has a workload, in the home Region."""
    vpcs = {place: layout.vpc_id(site) for place, site in layout.by_place.items() if layout.has_network(site)}
    keys = {place: site.stack_id("data") for place, site in layout.by_place.items() if layout.has_data(site)}
    for site in layout.sites:
        if layout.has_identity(site):
            stack = identity_stack(site, layout.grants, vpcs, keys)
            if stack is not None:
                yield stack


def notes(layout: Layout) -> Iterator[str]:
    """Nothing: what the blueprint asks of this ring, it gives."""
    yield from ()
