"""Who may read and write which data: the blueprint's `reads`, `writes`, `produces` and `serves`, resolved.

Bucket policies, key policies, endpoint policies and roles are all drawn from these grants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ringwork.blueprint.environment import Environment, environments, workloads
from ringwork.blueprint.model import Blueprint, DataClass, Team, Workload, WorkloadType

ARTIFACTS = "artifacts"
"""A team's bucket for what training writes."""
CANDIDATES, APPROVED = "candidates", "approved"
"""Prefix of what training writes in the first bucket; prefix and bucket of what serving reads. No role of a
workload writes to the second, and what is in it is locked (control DAT-05)."""
CAPTURE = "capture"
"""An environment's bucket for what its endpoints were asked and answered."""
CAPTURED, REPORTS = "captured", "reports"
"""Prefixes in it: what endpoints write, `captured/ENDPOINT/`, and what monitors make of it."""
MONITOR = "-monitor"
"""Stands for a workload: what watches an environment's endpoints. Its role is `ORG-ENV--monitor`, and no name
of a blueprint begins with a hyphen."""
FEATURES = "features"
"""Beginning of the buckets of offline feature stores, one for each class: `features-confidential`."""
REDACTED = "redacted/"
"""Prefix of what processing leaves of a data set once personal data is out of it."""


class Mode(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Grant:
    """One workload's right to one bucket, or to one prefix of it."""

    environment: Environment
    """where the workload runs"""
    workload: str
    owner: Environment
    """whose bucket it is"""
    purpose: str
    """the data set's name, or one of the purposes above"""
    prefix: str | None
    """`approved/churn/`; none: the whole bucket"""
    mode: Mode
    data_class: DataClass
    """class of the bucket's key"""


CLASSES = tuple(DataClass)
"""From least to most secret."""


def artifact_class(team: Team) -> DataClass | None:
    """The artifact bucket's class: that of the team's most secret model; none without models."""
    return max((model.class_ for model in team.models.values()), key=CLASSES.index, default=None)


def capture_class(blueprint: Blueprint, team: str) -> DataClass | None:
    """The capture bucket's class: that of the most secret model that the team's endpoints serve, which their
    answers can give away; none where no endpoint serves a model."""
    served = [
        blueprint.teams[owner or team].models[model].class_
        for workload in blueprint.teams[team].workloads.values()
        if workload.type is WorkloadType.ENDPOINT
        for owner, _, model in (reference.rpartition("/") for reference in workload.serves)
    ]
    return max(served, key=CLASSES.index, default=None)


def feature_bucket(data_class: DataClass) -> str:
    """Purpose of the bucket of the offline stores of one class."""
    return f"{FEATURES}-{data_class.value}"


@dataclass(frozen=True, slots=True)
class FeatureUse:
    """One workload's right to records of a feature group, through SageMaker's API."""

    environment: Environment
    """where the workload runs"""
    workload: str
    owner: Environment
    feature: str
    mode: Mode
    data_class: DataClass


@dataclass(frozen=True, slots=True)
class Grants:
    """All grants of a blueprint, by the side that asks."""

    by_workload: Mapping[tuple[str, str], tuple[Grant, ...]]
    """(environment, workload) -> what it may do"""
    by_owner: Mapping[str, tuple[Grant, ...]]
    """environment -> what may be done to its buckets"""
    features: Mapping[tuple[str, str], tuple[FeatureUse, ...]]
    """(environment, workload) -> feature groups whose records it may read or write"""
    features_by_owner: Mapping[str, tuple[FeatureUse, ...]]
    """environment -> who may read or write records of its feature groups"""
    notes: tuple[str, ...]

    @classmethod
    def of(cls, blueprint: Blueprint) -> Grants:
        found = environments(blueprint)
        places = {(environment.team, environment.stage): environment for environment in found}
        by_workload: dict[tuple[str, str], tuple[Grant, ...]] = {}
        by_owner: dict[str, list[Grant]] = {environment.name: [] for environment in found}
        features: dict[tuple[str, str], tuple[FeatureUse, ...]] = {}
        notes: dict[str, None] = {}
        for environment in found:
            present = workloads(blueprint, environment)
            asked = {
                name: list(_grants(blueprint, places, environment, name, workload))
                for name, workload in present.items()
            }
            secrecy = capture_class(blueprint, environment.team)
            if secrecy is not None:
                asked |= _monitoring(environment, present, asked, secrecy)
            for name, answers in asked.items():
                by_workload[environment.name, name] = tuple(a for a in answers if isinstance(a, Grant))
                features[environment.name, name] = tuple(a for a in answers if isinstance(a, FeatureUse))
                notes |= dict.fromkeys(a for a in answers if isinstance(a, str))
                for grant in by_workload[environment.name, name]:
                    by_owner[grant.owner.name].append(grant)
        owned = {name: tuple(grants) for name, grants in by_owner.items()}
        used: dict[str, list[FeatureUse]] = {}
        for use in (use for uses in features.values() for use in uses):
            used.setdefault(use.owner.name, []).append(use)
        by_group = {name: tuple(uses) for name, uses in used.items()}
        return cls(by_workload, owned, features, by_group, tuple(notes))

    def captures(self, environment: Environment) -> bool:
        """Whether endpoints there serve models, so that what they are asked and answer is kept."""
        return (environment.name, MONITOR) in self.by_workload


Answer: TypeAlias = "Grant | FeatureUse | str"
"""What a workload gets for one of its references; text: nothing, and why."""


def _monitoring(
    environment: Environment,
    present: Mapping[str, Workload],
    asked: Mapping[str, list[Answer]],
    secrecy: DataClass,
) -> dict[str, list[Answer]]:
    """Endpoints write what they are asked and answer, each to its own prefix; monitors read all of it."""

    def grant(workload: str, prefix: str, mode: Mode) -> Grant:
        return Grant(environment, workload, environment, CAPTURE, prefix, mode, secrecy)

    endpoints = [
        name
        for name, workload in present.items()
        if workload.type is WorkloadType.ENDPOINT and workload.serves
    ]
    if not endpoints:
        return {}
    return {
        **{name: [*asked[name], grant(name, f"{CAPTURED}/{name}/", Mode.WRITE)] for name in endpoints},
        MONITOR: [
            grant(MONITOR, f"{CAPTURED}/", Mode.READ),
            grant(MONITOR, f"{REPORTS}/", Mode.READ),
            grant(MONITOR, f"{REPORTS}/", Mode.WRITE),
        ],
    }


def _grants(
    blueprint: Blueprint,
    places: Mapping[tuple[str, str | None], Environment],
    environment: Environment,
    name: str,
    workload: Workload,
) -> Iterator[Answer]:
    """Grants, and a note for each that cannot be given."""
    asked: list[tuple[str, str, Mode]] = [
        *(("data", reference, Mode.READ) for reference in workload.reads),
        *(("data", reference, Mode.WRITE) for reference in workload.writes),
        *((CANDIDATES, reference, Mode.WRITE) for reference in workload.produces),
        *((APPROVED, reference, Mode.READ) for reference in workload.serves),
    ]
    if workload.type is WorkloadType.PIPELINE:
        # a pipeline tests a version before anybody approves it
        asked += [(CANDIDATES, reference, Mode.READ) for reference in workload.serves]
    for kind, reference, mode in asked:
        team, _, part = reference.rpartition("/")
        owner = places.get((team or environment.team, environment.stage))
        full = f"{team or environment.team}/{part}"
        if owner is None or owner.account_id != environment.account_id:
            yield (
                f"`{environment.team}/{name}` gets no access to `{full}`: it is in another account, and "
                "nothing is granted across accounts"
            )
            continue
        if workload.type is WorkloadType.ENDPOINT and mode is Mode.WRITE:
            yield (
                f"`{environment.team}/{name}` may not write `{full}`: inference roles are read-only (control "
                "IAM-16)"
            )
            continue
        owning = blueprint.teams[owner.team]
        if kind != "data":
            secrecy = artifact_class(owning)
            if secrecy is None:
                raise KeyError(full)
            bucket = APPROVED if kind == APPROVED else ARTIFACTS
            yield Grant(environment, name, owner, bucket, f"{kind}/{part}/", mode, secrecy)
        elif part in owning.data:
            data_set = owning.data[part]
            cleared = workload.type is WorkloadType.PROCESSING or not data_set.redacted
            prefix = REDACTED if mode is Mode.READ and not cleared else None
            yield Grant(environment, name, owner, part, prefix, mode, data_set.class_)
        else:
            group = owning.features[part]
            yield FeatureUse(environment, name, owner, part, mode, group.class_)
            if mode is Mode.READ:
                # the offline store's role writes it, whoever puts a record
                bucket = feature_bucket(group.class_)
                yield Grant(environment, name, owner, bucket, f"{part}/", mode, group.class_)
