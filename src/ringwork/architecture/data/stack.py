"""The data stack of an environment in one Region: keys, buckets, feature stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ringwork.architecture import scanning
from ringwork.architecture.data import bucket_policies as refuse
from ringwork.architecture.data import features
from ringwork.architecture.data.buckets import (
    Bucket,
    Lock,
    access_log_bucket,
    add_bucket,
    add_policy,
    class_bucket,
)
from ringwork.architecture.data.class_keys import class_key, role_arns
from ringwork.architecture.data.replication import Copies, add_replication, replicated
from ringwork.architecture.data.replication import role_name as replication_role
from ringwork.architecture.grants import (
    APPROVED,
    ARTIFACTS,
    CAPTURE,
    CLASSES,
    FeatureUse,
    Grant,
    artifact_class,
    capture_class,
    feature_bucket,
)
from ringwork.architecture.names import logical, role, role_arn
from ringwork.architecture.policy import Statement
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, TemplateBuilder
from ringwork.blueprint.model import DataClass, WorkloadType
from ringwork.estate import Stack, StackOutput

RING = "data"
ENDPOINT_PATTERN = "^vpce-[0-9a-f]+$"
NO_ENDPOINT = "vpce-none"
"""An id that no endpoint has: a bucket without readers is reached through none."""
APPROVED_LOCK = Lock(365, "GOVERNANCE")
"""What is approved is written once (control DAT-05): for a year nobody deletes a version but break-glass,
whom the bucket's policy lets. Not in the bucket that training writes to: uploads under a default retention
need a checksum (S3, "Object Lock considerations"), which not every container of old sends."""


def data_stack(
    site: Site,
    grants: Sequence[Grant],
    uses: Sequence[FeatureUse],
    networks: Mapping[str, StackOutput],
    *,
    captures: bool,
) -> Stack | None:
    """The stack of an environment's data in one Region, or none where it has no data.

    `grants`, `uses`: on this environment's buckets and feature groups. `networks`: environment -> output of
    its S3 endpoint's id, for each environment that has a VPC. `captures`: whether its endpoints are captured.
    """
    template = TemplateBuilder(
        description=f"Ringwork data ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    buckets = _buckets(site, captures=captures)
    if not buckets:
        return None
    _keys(template, site, {bucket.data_class for bucket in buckets}, grants, uses)
    access_log_bucket(template, site, [bucket.purpose for bucket in buckets])
    copies = add_replication(template, site)
    stores: dict[DataClass, str] = {}
    for bucket in buckets if copies is None else [_copied(bucket, copies) for bucket in buckets]:
        made = add_bucket(template, site, bucket)
        asking = [grant for grant in grants if grant.purpose == bucket.purpose]
        endpoints = _endpoints(template, site, asking, networks)
        add_policy(template, made, _refusals(site, made, bucket, asking, endpoints, copies))
        if bucket.purpose == feature_bucket(bucket.data_class):
            stores[bucket.data_class] = made
    features.add_features(template, site, stores)
    return Stack(
        name=site.stack_name(RING),
        account=site.environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def _buckets(site: Site, *, captures: bool) -> list[Bucket]:
    team = site.team
    found = [
        class_bucket(
            name,
            f"data set {name}",
            data_set.class_,
            lock=Lock(data_set.object_lock_days) if data_set.object_lock_days else None,
            old_versions_days=data_set.retention_days,
            tags={"ringwork:data-set": name},
        )
        for name, data_set in team.data.items()
    ]
    secrecy = artifact_class(team)
    if secrecy is not None:
        found += [
            class_bucket(ARTIFACTS, "what training writes", secrecy),
            class_bucket(
                APPROVED,
                "approved models",
                secrecy,
                controls="DAT-01, DAT-03, DAT-04, DAT-05, DAT-07, DAT-11, DAT-12, DAT-14",
                lock=APPROVED_LOCK,
            ),
        ]
    captured = capture_class(site.blueprint, site.environment.team)
    if captures and captured is not None:
        days = site.blueprint.detection.log_days
        found.append(
            class_bucket(
                CAPTURE,
                "what endpoints were asked and answered",
                captured,
                expire_days=days,
                old_versions_days=30,
                tags={"ringwork:purpose": CAPTURE},
            )
        )
    for data_class in features.by_class(site):
        purpose = feature_bucket(data_class)
        found.append(class_bucket(purpose, "offline feature stores", data_class))
    return found


def _copied(bucket: Bucket, copies: Copies) -> Bucket:
    """The bucket, and that its versions are copied, if they are."""
    configuration = copies.configuration.get(bucket.purpose)
    if configuration is None:
        return bucket
    return replace(bucket, controls=f"{bucket.controls}, DAT-13", replication=configuration)


def _refusals(
    site: Site,
    made: str,
    bucket: Bucket,
    grants: Sequence[Grant],
    endpoints: Json,
    copies: Copies | None,
) -> list[Statement]:
    """What the bucket's policy denies. Services that take up a role of ours reach S3 on their own side."""
    outside: list[str] = []
    if copies is not None and bucket.purpose in copies.configuration:
        outside.append(copies.role_arn)
    if bucket.purpose == feature_bucket(bucket.data_class):
        outside.append(features.role_arn(site))
    is_scanned = bucket.purpose in scanning.scanned(site)
    if is_scanned:
        outside += scanning.role_arns(site)
    found = [
        *refuse.tls(made),
        *refuse.own_key(made, bucket.key_arn),
        refuse.only_through(made, endpoints, exempt=outside),
        *refuse.versions(made),
    ]
    if is_scanned:
        found.append(refuse.threats(made))
    if bucket.purpose == APPROVED:
        found.append(refuse.written_by_promotion(made))
    data_set = site.team.data.get(bucket.purpose)
    if data_set is not None and data_set.redacted:
        cleared = role_arns(
            site, [grant for grant in grants if grant.prefix is None and _processes(site, grant)]
        )
        found.append(refuse.redacted(made, [*cleared, *outside]))
    return found


def _processes(site: Site, grant: Grant) -> bool:
    workload = site.blueprint.teams[grant.environment.team].workloads[grant.workload]
    return workload.type is WorkloadType.PROCESSING


def _keys(
    template: TemplateBuilder,
    site: Site,
    present: Collection[DataClass],
    grants: Sequence[Grant],
    uses: Sequence[FeatureUse],
) -> None:
    groups = site.team.features
    stored = features.by_class(site)
    copied = {data_set.class_ for data_set in replicated(site).values()}
    for data_class in (each for each in CLASSES if each in present):
        online = [use for use in uses if use.data_class is data_class and groups[use.feature].online]
        class_key(
            template,
            site,
            data_class,
            [grant for grant in grants if grant.data_class is data_class],
            replicators=[role_arn(replication_role(site))] if data_class in copied else (),
            stores=[features.role_arn(site)] if data_class in stored else (),
            scanners=scanning.role_arns(site) if data_class in scanning.scanned(site).values() else (),
            online=sorted(
                {role_arn(role(site.organization, use.environment.name, use.workload)) for use in online}
            ),
            makes_online_stores=any(groups[name].online for name in stored.get(data_class, ())),
        )


def _endpoints(
    template: TemplateBuilder, site: Site, grants: Sequence[Grant], networks: Mapping[str, StackOutput]
) -> Json:
    """The S3 endpoints that a bucket is reached through: the environment's own, and its readers'."""
    own = site.environment.name
    others = sorted({grant.environment.name for grant in grants} - {own})
    found = []
    for name in (*((own,) if own in networks else ()), *others):
        parameter = "S3EndpointId" if name == own else logical(name, "S3EndpointId")
        description = f"S3 gateway endpoint of {site.organization}/{name}'s VPC"
        found.append(template.parameter(parameter, description, ENDPOINT_PATTERN, networks[name]))
    if not found:
        return NO_ENDPOINT
    return found[0] if len(found) == 1 else found
