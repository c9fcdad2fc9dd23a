"""What an account has once in each Region: one stack, to which rings add parts.

Settings that CloudFormation has no type for, such as Amazon EBS encryption by default, are the deployer's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ringwork.architecture.account import api_logs, dns_firewall, public_access, query_logs
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import TemplateBuilder
from ringwork.estate import Stack

RING = "account"

Part: TypeAlias = Callable[[TemplateBuilder, Layout, AccountSite], None]
"""Adds its resources and outputs, or none where the account needs nothing of it."""

PARTS: tuple[Part, ...] = (public_access.build, dns_firewall.build, query_logs.build, api_logs.build)
"""In the order in which a template has them."""


def stacks(layout: Layout) -> Iterator[Stack]:
    """One for each account and Region in which some part has something to say."""
    for place in layout.account_sites:
        template = TemplateBuilder(
            description=f"Ringwork account ring of {place.organization}/{place.name}",
            ring=RING,
            tags=place.tags(RING),
        )
        for part in PARTS:
            part(template, layout, place)
        if template.resources:
            yield Stack(
                name=place.stack_name(RING),
                account=place.account_id,
                region=place.region,
                template=template.build(),
                parameters=dict(sorted(template.sources.items())),
                tags=place.tags(RING),
            )


def notes(layout: Layout) -> Iterator[str]:
    yield from public_access.notes(layout)
    yield from query_logs.notes(layout)
