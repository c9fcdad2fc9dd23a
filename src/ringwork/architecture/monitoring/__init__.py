"""The monitoring ring: what watches each endpoint for drift.

One file for each idea: definition and schedule (`schedules`), the role (`role`), AWS's image (`images`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture import placement
from ringwork.architecture.callers import released
from ringwork.architecture.grants import MONITOR, capture_class
from ringwork.architecture.layout import Layout
from ringwork.architecture.monitoring.images import image
from ringwork.architecture.monitoring.role import ROLE, monitor_role
from ringwork.architecture.monitoring.schedules import schedule
from ringwork.architecture.names import logical, rule
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder
from ringwork.blueprint.model import DataClass
from ringwork.estate import Stack, StackOutput

RING = "monitoring"
VIOLATED = "CompletedWithViolations"


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment and Region in which an endpoint is watched, and for the home Region."""
    for site in layout.sites:
        if _watched(layout, site):
            yield _stack(layout, site)


def _watched(layout: Layout, site: Site) -> tuple[str, ...]:
    """The endpoints that serve, keep what they are asked, and are not left out."""
    return tuple(
        name
        for name in released(layout, site)
        if (serving := site.workloads[name].serving) is not None
        and serving.monitor
        and serving.capture_percent > 0
        and image(site.region) is not None
    )


def _stack(layout: Layout, site: Site) -> Stack:
    template = TemplateBuilder(
        description=f"Ringwork monitoring ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    secrecy = capture_class(layout.blueprint, site.environment.team)
    assert secrecy is not None  # noqa: S101 (a release is of a model that the workload serves)
    # the first Region with a monitor has the role: IAM is global
    first = next(
        layout.by_place[site.environment.name, region]
        for region in layout.regions
        if _watched(layout, layout.by_place[site.environment.name, region])
    )
    if first is site:
        keys = {
            region: _key(template, layout.by_place[site.environment.name, region], secrecy, region)
            for region in layout.regions
        }
        role = monitor_role(template, site, layout.grants.by_workload[site.environment.name, MONITOR], keys)
        template.output(ROLE, "The role that monitors take up", role)
    else:
        source = StackOutput(first.stack_id(RING), ROLE)
        role = template.parameter(ROLE, "The role that monitors take up", placement.ROLE_PATTERN, source)
    key = _key(template, site, secrecy, site.region)
    for name in _watched(layout, site):
        schedule(template, site, name, role, key)
    _rules(template, layout, site, role)
    return Stack(
        name=site.stack_name(RING),
        account=site.environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def _key(template: TemplateBuilder, place: Site, secrecy: DataClass, region: str) -> Json:
    output = logical(secrecy.value, "KeyArn")
    return template.parameter(
        logical(output, region),
        f"ARN of the key for {secrecy.value} data in {region}",
        "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+$",
        StackOutput(place.stack_id("data"), output),
    )


def _rules(template: TemplateBuilder, layout: Layout, site: Site, role: Json) -> None:
    """How each of the monitors' jobs ended goes to the queue; what was violated or failed, to people too.

    A monitor runs as a processing job whose exit message begins with the execution's status (SageMaker
    developer guide, "Interpret results"; "Events that Amazon SageMaker AI sends to Amazon EventBridge").
    """
    detection = layout.detection_stack_id(site.account_id, site.region)
    queue = template.parameter(
        "EventQueueArn",
        "The account's queue of events",
        "^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:.+$",
        StackOutput(detection, "EventQueueArn"),
    )
    topic = template.parameter(
        "AlarmTopicArn",
        "The account's topic of alarms",
        "^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$",
        StackOutput(detection, "AlarmTopicArn"),
    )
    of_monitors = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Processing Job State Change"],
    }
    ended: Json = {"RoleArn": [role], "ProcessingJobStatus": ["Completed", "Failed", "Stopped"]}
    bad: Json = {
        "RoleArn": [role],
        "$or": [
            {"ExitMessage": [{"prefix": VIOLATED}]},
            {"ProcessingJobStatus": ["Failed"]},
        ],
    }
    for name, detail, target, why in (
        ("monitors-ended", ended, ("event-queue", queue), "Every result is read by who watches"),
        ("drift", bad, ("alarm-topic", topic), "Somebody is told of drift, and of monitors that fail"),
    ):
        template.add(
            logical(name, "Rule"),
            "AWS::Events::Rule",
            {
                "Name": rule(site.organization, site.environment.name, name),
                "Description": f"Monitors of {site.organization}/{site.environment.name}: {name}",
                "EventPattern": {**of_monitors, "detail": detail},
                "State": "ENABLED",
                "Targets": [{"Id": target[0], "Arn": target[1]}],
            },
            Purpose("DET-16", why),
        )


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    said: dict[str, None] = {}
    for site in layout.sites:
        watched = _watched(layout, site)
        if watched:
            said[
                "Amazon SageMaker Model Monitor takes no new customers: in an account that never used it no "
                "schedule can be made; set `serving.monitor: false` there"
            ] = None
            said[
                "each monitor compares with `reports/WORKLOAD/baseline/` in the capture bucket, which a "
                "baselining job writes: until then its runs fail, and say so"
            ] = None
        for name in released(layout, site):
            if name not in watched:
                said[
                    f"endpoint `{site.environment.team}/{name}` has no monitor in {site.region} (DET-14)"
                ] = None
    yield from said
