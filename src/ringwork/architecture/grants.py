"""Who may read and write which data: the blueprint's `reads`, `writes`, `produces` and `serves`, resolved.

Bucket policies, key policies, endpoint policies and roles are all drawn from these grants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ringwork.blueprint.environment import Environment, environments, workloads
from ringwork.blueprint.model import Blueprint, DataClass, Team, Workload, WorkloadType

ARTIFACTS = "artifacts"
"""A team's one bucket for models."""
CANDIDATES, APPROVED = "candidates", "approved"
"""Prefixes in it: what training writes, what serving reads. No role of a workload writes the second."""


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
    """the data set's name, or `artifacts`"""
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


def classes(team: Team) -> tuple[DataClass, ...]:
    """The classes that a team has data of, from least to most secret: one key each."""
    present = {data_set.class_ for data_set in team.data.values()}
    artifacts = artifact_class(team)
    if artifacts is not None:
        present.add(artifacts)
    return tuple(data_class for data_class in CLASSES if data_class in present)


@dataclass(frozen=True, slots=True)
class Grants:
    """All grants of a blueprint, by the side that asks."""

    by_workload: Mapping[tuple[str, str], tuple[Grant, ...]]
    """(environment, workload) -> what it may do"""
    by_owner: Mapping[str, tuple[Grant, ...]]
    """environment -> what may be done to its buckets"""
    notes: tuple[str, ...]

    @classmethod
    def of(cls, blueprint: Blueprint) -> Grants:
        found = environments(blueprint)
        places = {(environment.team, environment.stage): environment for environment in found}
        by_workload: dict[tuple[str, str], tuple[Grant, ...]] = {}
        by_owner: dict[str, list[Grant]] = {environment.name: [] for environment in found}
        notes: dict[str, None] = {}
        for environment in found:
            for name, workload in workloads(blueprint, environment).items():
                granted = []
                for grant in _grants(blueprint, places, environment, name, workload):
                    if isinstance(grant, str):
                        notes[grant] = None
                    else:
                        granted.append(grant)
                        by_owner[grant.owner.name].append(grant)
                by_workload[environment.name, name] = tuple(granted)
        return cls(by_workload, {name: tuple(grants) for name, grants in by_owner.items()}, tuple(notes))


def _grants(
    blueprint: Blueprint,
    places: Mapping[tuple[str, str | None], Environment],
    environment: Environment,
    name: str,
    workload: Workload,
) -> Iterator[Grant | str]:
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
                "grants across accounts come with the organization ring"
            )
            continue
        if workload.type is WorkloadType.ENDPOINT and mode is Mode.WRITE:
            yield (
                f"`{environment.team}/{name}` may not write `{full}`: inference roles are read-only (control "
                "IAM-16)"
            )
            continue
        owning = blueprint.teams[owner.team]
        if kind == "data":
            yield Grant(environment, name, owner, part, None, mode, owning.data[part].class_)
        else:
            secrecy = artifact_class(owning)
            if secrecy is None:
                raise KeyError(full)
            yield Grant(environment, name, owner, ARTIFACTS, f"{kind}/{part}/", mode, secrecy)
