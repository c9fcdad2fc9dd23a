"""The detection ring: where alarms and events arrive, what is watched, and what is kept.

One file for each idea: topic and queues of each account (`channels`), which events go there (`events`), the
log archive (`archive`), the trail (`trail`) and its alarms (`trail_alarms`), GuardDuty and Macie
(`detectors`), Security Hub (`hub`), AWS Config (`configuration`), log groups of jobs (`log_groups`),
malware in uploads (`malware`), and settings that no type has (`settings`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from ringwork.architecture.detection import archive, malware, trail
from ringwork.architecture.detection.channels import channels, undelivered
from ringwork.architecture.detection.configuration import aggregator, config
from ringwork.architecture.detection.detectors import guardduty, macie
from ringwork.architecture.detection.events import rules
from ringwork.architecture.detection.hub import hub
from ringwork.architecture.detection.log_groups import log_groups
from ringwork.architecture.detection.settings import account_settings
from ringwork.architecture.detection.trail_alarms import trail_alarms
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import TemplateBuilder
from ringwork.blueprint.environment import Shared
from ringwork.estate import Stack
from ringwork.estate.stack import Setting

Part: TypeAlias = Callable[[TemplateBuilder, Layout, AccountSite], None]


def stacks(layout: Layout) -> Iterator[Stack]:
    """Of each account and Region its own; the archive in each Region, the trail once."""
    for site in layout.account_sites:
        yield _stack("detection", layout, site, (channels, undelivered, rules, log_groups))
        parts = (guardduty, macie, hub, config, aggregator)
        yield _stack("security", layout, site, parts, account_settings(layout, site))
    for place in layout.sites:
        stack = malware.malware_stack(layout, place)
        if stack is not None:
            yield stack
    for region in layout.regions:
        yield _stack(archive.RING, layout, _shared(layout, Shared.LOG_ARCHIVE, region), (archive.archive,))
    home = _shared(layout, Shared.MANAGEMENT, layout.home)
    yield _stack(trail.RING, layout, home, (trail.trail, trail_alarms))


def _shared(layout: Layout, kind: Shared, region: str) -> AccountSite:
    return layout.by_account[layout.shared[kind].account_id, region]


def _stack(
    ring: str,
    layout: Layout,
    site: AccountSite,
    parts: Sequence[Part],
    settings: tuple[Setting, ...] = (),
) -> Stack:
    template = TemplateBuilder(
        description=f"Ringwork {ring} ring of {site.organization}/{site.name}",
        ring=ring,
        tags=site.tags(ring),
    )
    for part in parts:
        part(template, layout, site)
    return Stack(
        name=site.stack_name(ring),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(ring),
        settings=settings,
    )


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    if not layout.blueprint.detection.contacts:
        yield "`detection.contacts` names nobody: alarms ring in the queue and the console only"
    yield from malware.notes(layout)
