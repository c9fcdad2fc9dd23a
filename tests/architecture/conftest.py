"""Small blueprints for the compiler's tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pytest

from ringwork.architecture import Architecture, compile_blueprint
from ringwork.blueprint.addresses import shared_vpcs
from ringwork.blueprint.environment import environments
from ringwork.blueprint.model import Blueprint


def addresses_of(blueprint: Blueprint) -> Mapping[str, IPv4Network]:
    """A plan that needs no allocator: blocks in order."""
    blocks = blueprint.network.cidr.subnets(new_prefix=blueprint.network.reserve_prefix)
    places = [*(environment.name for environment in environments(blueprint)), *shared_vpcs(blueprint)]
    return {f"{place}/{region}": next(blocks) for place in places for region in blueprint.regions}


CLINIC: dict[str, Any] = {
    "ringwork": 1,
    "organization": "clinic",
    "regions": ["eu-west-1", "eu-central-1"],
    "accounts": {"layout": "one", "ids": {"main": "111122223333"}},
    "network": {"cidr": "10.0.0.0/8", "vpc_prefix": 20, "reserve_prefix": 18},
    "teams": {
        "imaging": {
            "data": {
                "scans": {"class": "restricted"},
                "labels": {"class": "confidential", "retention_days": 365},
            },
            "models": {"finder": {"class": "restricted"}},
            "workloads": {
                "desk": {"type": "notebook", "reads": ["scans"], "writes": ["labels"]},
                "prepare": {"type": "processing", "reads": ["scans"], "writes": ["labels"]},
                "train": {"type": "training", "reads": ["scans", "labels"], "produces": ["finder"]},
                "release": {"type": "pipeline", "serves": ["finder"]},
                "serve": {"type": "endpoint", "serves": ["finder"]},
                "vault": {"type": "enclave", "serves": ["finder"]},
            },
        },
        "research": {
            "data": {"cohort": {"class": "confidential"}},
            "workloads": {"explore": {"type": "studio", "reads": ["cohort", "imaging/labels"]}},
        },
    },
    "flows": [
        {"from": "imaging/desk", "to": "imaging/serve", "port": 8443},
        {"from": "imaging/serve", "to": "imaging/vault", "port": 7000, "protocol": "udp"},
        {"from": "research/explore", "to": "imaging/serve", "port": 443},
    ],
}


@dataclass(frozen=True)
class Compiled:
    """An architecture with short ways to its parts."""

    architecture: Architecture

    def template(self, environment: str, ring: str = "network", region: str = "eu-west-1") -> dict[str, Any]:
        name = f"-{environment}-{ring}"
        (stack,) = [
            stack
            for stack in self.architecture.stacks
            if stack.name.endswith(name) and stack.region == region
        ]
        return dict(stack.template)

    def of_type(
        self, type: str, environment: str, ring: str = "network", region: str = "eu-west-1"
    ) -> dict[str, dict[str, Any]]:
        """Logical id -> properties."""
        return {
            logical: resource["Properties"]
            for logical, resource in self.template(environment, ring, region)["Resources"].items()
            if resource["Type"] == type
        }


def compile_clinic(**changes: Any) -> Compiled:
    blueprint = Blueprint.model_validate(CLINIC | changes)
    return Compiled(compile_blueprint(blueprint, addresses_of(blueprint)))


@pytest.fixture(scope="session")
def compiling() -> Callable[..., Compiled]:
    """Compiles the clinic with some of its keys changed."""
    return compile_clinic


@pytest.fixture(scope="session")
def clinic() -> Compiled:
    return compile_clinic()
