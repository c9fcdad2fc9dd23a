"""One blueprint to all of its stacks, in deployment order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from ringwork.architecture.address import Addresses, vpc_block
from ringwork.architecture.network import network_stack
from ringwork.architecture.site import Site
from ringwork.blueprint.environment import environments, workloads
from ringwork.blueprint.model import Blueprint
from ringwork.estate import Stack


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
    """All stacks of a blueprint.

    `addresses`: `"{environment.name}/{region}"` -> block reserved for that VPC (`blueprint.allocate`).
    Raises `InputError` when derived names collide, `KeyError` for a missing block.
    """
    stacks = []
    for environment in environments(blueprint):
        for region in blueprint.regions:
            reserved = addresses[f"{environment.name}/{region}"]
            site = Site(
                blueprint=blueprint,
                environment=environment,
                region=region,
                workloads=workloads(blueprint, environment),
                addresses=Addresses(vpc_block(reserved, blueprint.network.vpc_prefix)),
            )
            stacks.append(network_stack(site, ()))
    return Architecture(digest(blueprint), tuple(stacks), ())


def digest(blueprint: Blueprint) -> str:
    """Hex digest of the blueprint's content: the same for two files that say the same."""
    content = json.dumps(blueprint.model_dump(mode="json", by_alias=True), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
