"""One environment in one Region: what each ring's file needs to know about the place it builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ringwork.architecture import names
from ringwork.architecture.address import TIER_OF, WORKLOAD_TIERS, Addresses, Tier
from ringwork.blueprint.environment import Environment, SharedAccount
from ringwork.blueprint.model import Blueprint, ExistingVpc, Flow, Team, Workload, WorkloadType


@dataclass(frozen=True)
class Site:
    """An environment in a Region. Not slotted: its tiers are computed once."""

    blueprint: Blueprint
    environment: Environment
    region: str
    workloads: Mapping[str, Workload]
    """the environment's workloads by name"""
    addresses: Addresses

    @property
    def organization(self) -> str:
        return self.blueprint.organization

    @property
    def team(self) -> Team:
        return self.blueprint.teams[self.environment.team]

    @property
    def account_id(self) -> str:
        return self.environment.account_id

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The declared flows that begin or end in this team."""
        own = f"{self.environment.team}/"
        return tuple(
            flow for flow in self.blueprint.flows if flow.from_.startswith(own) or flow.to.startswith(own)
        )

    @property
    def existing(self) -> ExistingVpc | None:
        """The VPC that the blueprint names instead of asking for one."""
        return self.blueprint.network.existing.get(f"{self.environment.name}/{self.region}")

    @cached_property
    def tiers(self) -> tuple[Tier, ...]:
        """Workload tiers that have a workload, in the address plan's order."""
        present = {TIER_OF[workload.type] for workload in self.workloads.values()}
        return tuple(tier for tier in WORKLOAD_TIERS if tier in present)

    @property
    def egress(self) -> bool:
        """Whether this VPC has its own way to the internet.

        Only the interactive tier gets one: training and inference stay without (controls NET-04, NET-08
        and NET-09), and with `central` egress the way leads through the Transit Gateway. A VPC that the
        blueprint names keeps the ways that its owner made.
        """
        declared = self.blueprint.egress
        per_vpc = declared.mode == "per-vpc" and self.existing is None
        return bool(declared.domains) and per_vpc and Tier.INTERACTIVE in self.tiers

    def of_type(self, *types: WorkloadType) -> list[str]:
        """Names of the workloads of these types, in the blueprint's order."""
        return [name for name, workload in self.workloads.items() if workload.type in types]

    @property
    def name(self) -> str:
        """`TEAM` or `TEAM-STAGE`."""
        return self.environment.name

    def role(self, workload: str) -> str:
        return names.role(self.organization, self.environment.name, workload)

    def tags(self, ring: str) -> dict[str, str]:
        """The tags of every taggable resource of a ring here."""
        return environment_tags(self.organization, self.environment, ring)

    def stack_name(self, ring: str) -> str:
        return names.stack(self.organization, self.environment.name, ring)

    def stack_id(self, ring: str) -> str:
        return f"{self.environment.account_id}/{self.region}/{self.stack_name(ring)}"


@dataclass(frozen=True, slots=True)
class SharedSite:
    """An account that belongs to no team, in a Region."""

    blueprint: Blueprint
    account: SharedAccount
    region: str

    @property
    def organization(self) -> str:
        return self.blueprint.organization

    @property
    def account_id(self) -> str:
        return self.account.account_id

    @property
    def name(self) -> str:
        """Stands in AWS names where a site has its environment's."""
        return self.account.name

    def tags(self, ring: str) -> dict[str, str]:
        return {"ringwork:organization": self.organization, "ringwork:ring": ring}

    def stack_name(self, ring: str) -> str:
        return names.stack(self.organization, self.account.name, ring)

    def stack_id(self, ring: str) -> str:
        return f"{self.account_id}/{self.region}/{self.stack_name(ring)}"


@dataclass(frozen=True, slots=True)
class AccountSite:
    """One account in one Region, whoever uses it: where what belongs to a whole account is built.

    Named after the account, not after an environment in it: who comes and goes there changes no name.
    """

    blueprint: Blueprint
    name: str
    """the account's: `main`, a team's, `TEAM-STAGE`, or a shared account's"""
    account_id: str
    region: str

    @property
    def organization(self) -> str:
        return self.blueprint.organization

    def tags(self, ring: str) -> dict[str, str]:
        return {"ringwork:organization": self.organization, "ringwork:ring": ring}

    def stack_name(self, ring: str) -> str:
        return names.stack(self.organization, self.name, ring)

    def stack_id(self, ring: str) -> str:
        return f"{self.account_id}/{self.region}/{self.stack_name(ring)}"


def environment_tags(organization: str, environment: Environment, ring: str) -> dict[str, str]:
    tags = {"ringwork:organization": organization, "ringwork:team": environment.team, "ringwork:ring": ring}
    if environment.stage is not None:
        tags["ringwork:stage"] = environment.stage
    return tags
