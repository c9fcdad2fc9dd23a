"""The endpoints ring: inference endpoints, and the private API and web ACL in front.

One file for each idea: the endpoint itself (`hosting`), the API (`api`), the web ACL (`web_acl`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwork.architecture import keys, logs, names, placement
from ringwork.architecture.callers import callers, fronted, released, way_in
from ringwork.architecture.endpoints.api import private_api
from ringwork.architecture.endpoints.hosting import endpoint, log_group
from ringwork.architecture.endpoints.web_acl import web_acl
from ringwork.architecture.grants import capture_class
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, allow, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref, sub, subs
from ringwork.blueprint.model import Serving, WorkloadType
from ringwork.estate import Stack, StackOutput

RING = "endpoints"
ENDPOINT_PATTERN = "^vpce-[0-9a-f]+$"
KEY_PATTERN = "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+$"


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment and Region that serves something, or that somebody may ask."""
    for site in layout.sites:
        if released(layout, site) or fronted(layout, site):
            yield _stack(layout, site)


def _stack(layout: Layout, site: Site) -> Stack:
    template = TemplateBuilder(
        description=f"Ringwork endpoints ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    days = layout.blueprint.detection.log_days
    groups = [*_hosting(template, layout, site, days), *_fronts(template, layout, site, days)]
    _log_key(template, site, groups)
    return Stack(
        name=site.stack_name(RING),
        account=site.environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def _hosting(template: TemplateBuilder, layout: Layout, site: Site, days: int) -> Iterator[str]:
    """What serves; names of its log groups."""
    for name in released(layout, site):
        serving = site.workloads[name].serving
        assert serving is not None and serving.release is not None  # noqa: S101 (`released` looked)
        secrecy = capture_class(layout.blueprint, site.environment.team)
        assert secrecy is not None  # noqa: S101 (a release is of a model that the workload serves)
        output = logical(secrecy.value, "KeyArn")
        key = template.parameter(
            output,
            f"ARN of the key for {secrecy.value} data",
            KEY_PATTERN,
            StackOutput(site.stack_id("data"), output),
        )
        topic = template.parameter(
            "AlarmTopicArn",
            "The account's topic of alarms",
            "^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$",
            StackOutput(layout.detection_stack_id(site.account_id, site.region), "AlarmTopicArn"),
        )
        yield log_group(template, site, name, days)
        endpoint(template, site, name, serving, serving.release, layout.home, key, topic)


def _fronts(template: TemplateBuilder, layout: Layout, site: Site, days: int) -> Iterator[str]:
    """APIs and web ACLs; names of their log groups."""
    for name in fronted(layout, site):
        serving = site.workloads[name].serving or Serving()
        declared = callers(layout, site, name)
        ways_in = _ways_in(template, layout, site, [caller.site for caller in declared])
        template.parameter(
            "ApiLogRoleArn",
            "The role by which API Gateway writes this account's logs",
            placement.ROLE_PATTERN,
            StackOutput(layout.by_account[site.account_id, site.region].stack_id("account"), "ApiLogRoleArn"),
        )
        identity = f"{site.account_id}/{layout.home}/{site.stack_name('identity')}"
        boundary = template.parameter(
            "BoundaryArn",
            "The most that a role of this environment may do",
            "^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$",
            StackOutput(identity, "BoundaryArn"),
        )
        yield private_api(template, site, name, serving, declared, ways_in, boundary, days)
        yield web_acl(template, site, name, serving, days)


def _ways_in(template: TemplateBuilder, layout: Layout, site: Site, consumers: Sequence[Site]) -> list[Json]:
    """Ids of the endpoints of the sites that call, each once."""
    found: dict[StackOutput, Json] = {}
    for consumer in consumers:
        source = way_in(layout, consumer)
        own = consumer.environment.name == site.environment.name or layout.central_endpoints
        name = "ExecuteApiEndpointId" if own else logical(consumer.environment.name, "ExecuteApiEndpointId")
        found[source] = template.parameter(
            name,
            f"Endpoint through which {consumer.environment.name} calls private APIs",
            ENDPOINT_PATTERN,
            source,
        )
    return list(found.values())


def _log_key(template: TemplateBuilder, site: Site, groups: Sequence[str]) -> None:
    template.add(
        "EndpointLogKey",
        "AWS::KMS::Key",
        {
            "Description": f"Logs of the endpoints of {site.organization}/{site.environment.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document([*keys.administration(), _encryption(groups)]),
        },
        Purpose("DAT-16, DAT-21, DAT-35", "Logs of endpoints have a key of their own, for these groups only"),
        retain=True,
    )
    template.add(
        "EndpointLogKeyAlias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, site.environment.name, "endpoint-logs"),
            "TargetKeyId": ref("EndpointLogKey"),
        },
        Purpose("DAT-35", "A name for the key of endpoints' logs"),
    )


def _encryption(groups: Sequence[str]) -> Statement:
    """CloudWatch Logs may use the key for these groups ("Encrypt log data in CloudWatch Logs using KMS")."""
    return allow(
        "CloudWatchLogs",
        keys.LOG_SERVICE_ACTIONS,
        principal={"Service": sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
        conditions={
            "ArnEquals": {
                "kms:EncryptionContext:aws:logs:arn": subs([logs.group_arn(group) for group in groups])
            }
        },
    )


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    said: dict[str, None] = {}
    for site in layout.sites:
        team = site.environment.team
        ready = released(layout, site)
        for name in site.of_type(WorkloadType.ENDPOINT):
            serving = site.workloads[name].serving
            if name not in ready:
                said[
                    f"endpoint `{team}/{name}` waits: name the approved model, image and artifact in "
                    "`serving.release`; all around it stands"
                ] = None
            elif serving is not None and serving.instances < 2:
                said[
                    f"endpoint `{team}/{name}` has one instance: one zone's failure ends it (control EPT-02)"
                ] = None
            if serving is not None and serving.capture_percent == 0:
                said[
                    f"endpoint `{team}/{name}` keeps nothing of its requests: drift is not seen (EPT-03)"
                ] = None
    yield from said
