"""One blueprint to all of its stacks, in deployment order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from ringwork.architecture import (
    account,
    compute,
    data,
    detection,
    endpoints,
    identity,
    models,
    monitoring,
    names,
    network,
    organization,
)
from ringwork.architecture.data.buckets import ACCESS_LOGS
from ringwork.architecture.grants import APPROVED, ARTIFACTS, CAPTURE, feature_bucket
from ringwork.architecture.layout import Layout, order
from ringwork.blueprint.environment import Environment, workloads
from ringwork.blueprint.model import Blueprint
from ringwork.estate import Stack
from ringwork.source.position import InputError

RINGS = (account, network, data, identity, compute, models, endpoints, monitoring, detection, organization)
"""Each has `stacks(layout)` and `notes(layout)`. What guards the whole organization comes last, so that it
cannot refuse the deployment of the rest."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a blueprint compiles to."""

    blueprint_digest: str
    """SHA-256, hex, of the blueprint as canonical JSON"""
    stacks: tuple[Stack, ...]
    """in deployment order: a stack stands after those whose outputs it takes"""
    notes: tuple[str, ...]
    """what the blueprint asks for that this architecture does not give, and why"""


def compile_blueprint(blueprint: Blueprint, addresses: Mapping[str, IPv4Network]) -> Architecture:
    """All stacks of a blueprint, ring by ring.

    `addresses`: `"{environment.name}/{region}"` -> block reserved for that VPC (`blueprint.allocate`).
    Raises `InputError` when derived names collide, `KeyError` for a missing block.
    """
    layout = Layout(blueprint, addresses)
    _refuse_collisions(blueprint, layout.environments)
    return Architecture(
        digest(blueprint),
        order(_guarded([stack for ring in RINGS for stack in ring.stacks(layout)])),
        tuple(note for ring in RINGS for note in ring.notes(layout)),
    )


def _guarded(stacks: list[Stack]) -> list[Stack]:
    """The stacks, where those that hold the others stand after them: first deployed, then held."""
    held = frozenset(stack.id for stack in stacks if not stack.last)
    return [replace(stack, after=held) if stack.last else stack for stack in stacks]


def digest(blueprint: Blueprint) -> str:
    """Hex digest of the blueprint's content: the same for two files that say the same."""
    content = json.dumps(blueprint.model_dump(mode="json", by_alias=True), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _refuse_collisions(blueprint: Blueprint, places: tuple[Environment, ...]) -> None:
    """Names are joined with hyphens, so `a` + `b-c` and `a-b` + `c` meet; say so before AWS does."""
    owners: dict[tuple[str, str], str] = {}
    organization = blueprint.organization

    def claim(account: str, name: str, what: str) -> None:
        first = owners.setdefault((account, name), what)
        if first != what:
            raise InputError(
                f"{first} and {what} both get the name `{name}`", help="rename one of them in the blueprint"
            )

    region = max(blueprint.regions, key=len)
    for environment in places:
        account, name, team = environment.account_id, environment.name, environment.team
        claim(account, f"{organization}-{name}", f"environment `{team}/{environment.stage or ''}`")
        buckets = {data_set: f"data set `{team}/{data_set}`" for data_set in blueprint.teams[team].data}
        own = {ACCESS_LOGS: f"the access logs of team `{team}`"}
        if blueprint.teams[team].models:
            own[ARTIFACTS] = f"the models of team `{team}`"
            own[APPROVED] = f"the approved models of team `{team}`"
        own[CAPTURE] = f"what the endpoints of team `{team}` answer"
        for group in blueprint.teams[team].features.values():
            own[feature_bucket(group.class_)] = f"the features of team `{team}`"
        for purpose, what in (*buckets.items(), *own.items()):
            claim("S3", names.bucket(organization, name, purpose, account=account, region=region), what)
        for workload in workloads(blueprint, environment):
            claim(account, names.role(organization, name, workload), f"workload `{team}/{workload}`")
