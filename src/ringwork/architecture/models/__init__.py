"""The models ring: model package groups, who approves, and the guardrail of foundation models."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.models.guardrail import guardrail
from ringwork.architecture.models.registry import package_group, state_changes
from ringwork.architecture.site import Site
from ringwork.architecture.template import TemplateBuilder
from ringwork.estate import Stack, StackOutput

RING = "models"


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment and Region whose team has models or calls foundation models."""
    for site in layout.sites:
        if site.team.models or site.team.foundation_models:
            yield _stack(layout, site)


def _stack(layout: Layout, site: Site) -> Stack:
    template = TemplateBuilder(
        description=f"Ringwork models ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    detection = layout.detection_stack_id(site.account_id, site.region)
    if site.team.models:
        grants = layout.grants.by_owner[site.environment.name]
        groups = [package_group(template, site, model, grants) for model in site.team.models]
        queue = template.parameter(
            "EventQueueArn",
            "The account's queue of events",
            "^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:.+$",
            StackOutput(detection, "EventQueueArn"),
        )
        state_changes(template, site, groups, queue)
    if site.team.foundation_models:
        topic = template.parameter(
            "AlarmTopicArn",
            "The account's topic of alarms",
            "^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$",
            StackOutput(detection, "AlarmTopicArn"),
        )
        guardrail(template, site, topic)
    return Stack(
        name=site.stack_name(RING),
        account=site.environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    if any(team.foundation_models for team in layout.blueprint.teams.values()):
        yield (
            "CloudFormation has no type for the logging of foundation model invocations: switch it on in "
            "each account and Region with PutModelInvocationLoggingConfiguration (control MDL-23)"
        )
