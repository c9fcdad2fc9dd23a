"""The organization ring: guard rails of the whole organization."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.organization.analyzers import analyzers
from ringwork.architecture.organization.guard_rails import attached_to, guard_rails
from ringwork.architecture.organization.people import people
from ringwork.estate import Stack


def stacks(layout: Layout) -> Iterator[Stack]:
    """Analyzers, and the organization's policies where teams have accounts of their own."""
    yield from analyzers(layout)
    if layout.blueprint.perimeter.people is not None and layout.many_accounts:
        yield people(layout)
    if layout.many_accounts:
        yield guard_rails(layout)


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    if layout.many_accounts:
        wanted, held = layout.blueprint.perimeter, len(attached_to(layout))
        if wanted.attach != "all":
            yield (
                f"the organization's guard rails hold {held} account(s): say `perimeter: {{attach: all}}` "
                "once the canary works under them"
            )
        yield (
            "the organization's guard rails are service and resource control policies and the opt-out of AI "
            "services: declarative policies, tag policies (control ORG-13) and a limit of instance types "
            "(control ORG-11) are not made"
        )
        if wanted.people is not None:
            yield (
                f"permission sets are made in {layout.home}: IAM Identity Center has to be there, and its "
                "groups must exist"
            )
    elif layout.blueprint.perimeter.exempt or layout.blueprint.perimeter.services:
        yield "`perimeter` holds nothing with one account: it is an organization that has such policies"
