"""The detection ring: where alarms and events arrive, what is watched, and what is kept.

One file for each idea: topic and queues of each account (`channels`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.detection.channels import channels
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import TemplateBuilder
from ringwork.blueprint.environment import Shared
from ringwork.estate import Stack

RING = "detection"


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each account and Region."""
    for site in layout.account_sites:
        yield _detection_stack(layout, site)


def _detection_stack(layout: Layout, site: AccountSite) -> Stack:
    template = TemplateBuilder(
        description=f"Ringwork detection ring of {site.organization}/{site.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    security = layout.shared[Shared.SECURITY].account_id == site.account_id
    channels(template, site, contacts=layout.blueprint.detection.contacts if security else ())
    return Stack(
        name=site.stack_name(RING),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    if not layout.blueprint.detection.contacts:
        yield "`detection.contacts` names nobody: alarms ring in the queue and the console only"
