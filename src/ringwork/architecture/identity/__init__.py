"""The identity ring: one execution role a workload, and the boundary around all of them."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.identity.boundary import pins_subnets
from ringwork.architecture.identity.people import approvers
from ringwork.architecture.identity.roles import identity_stack
from ringwork.architecture.layout import Layout
from ringwork.estate import Stack


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment that has a workload, in the home Region."""
    for site in layout.sites:
        if layout.has_identity(site):
            stack = identity_stack(site, layout)
            if stack is not None:
                yield stack


def notes(layout: Layout) -> Iterator[str]:
    """Who has a duty that nobody can do, and what a boundary leaves to others."""
    for team, declared in layout.blueprint.teams.items():
        if declared.models and not approvers(layout.blueprint, team):
            yield (
                f"nobody may approve model versions of `{team}`: name `approvers`, or a group under "
                "`perimeter: {people: {approvers: ...}}`"
            )
    if len(layout.regions) > 1 and any(
        layout.has_identity(site) and not pins_subnets(site) for site in layout.sites
    ):
        yield (
            "boundaries ask for a VPC without naming the subnets: with this many Regions the list is longer "
            "than a managed policy; roles and endpoint policies still hold jobs to their own VPC"
        )
