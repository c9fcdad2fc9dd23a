"""The environments that a blueprint spans: one for each team and stage, each in one account."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ringwork.blueprint.model import AccountLayout, Blueprint, Workload

DEFAULT_STAGES = ("dev", "test", "prod")


@dataclass(frozen=True, slots=True)
class Environment:
    """One team's place in one stage: it gets an account (or shares it) and a VPC in each Region."""

    team: str
    stage: str | None
    account: str
    """account name: `main`, `TEAM` or `TEAM-STAGE`"""
    account_id: str
    """12 digits"""
    assumed_id: bool
    """true: the blueprint names no id; this one exists in the local cloud only"""

    @property
    def name(self) -> str:
        """`TEAM` or `TEAM-STAGE`."""
        return self.team if self.stage is None else f"{self.team}-{self.stage}"


def local_account_id(organization: str, account: str) -> str:
    """The id that an account without one gets in the local cloud: 12 digits, the same every time."""
    digest = hashlib.sha256(f"{organization}/{account}".encode()).digest()
    return str(100_000_000_000 + int.from_bytes(digest[:8]) % 900_000_000_000)


def environments(blueprint: Blueprint) -> tuple[Environment, ...]:
    """Every environment, in the blueprint's order of teams, then of stages."""
    layout = blueprint.accounts.layout
    found = []
    for team in blueprint.teams:
        stages: tuple[str | None, ...] = (None,)
        if layout is AccountLayout.PER_TEAM_AND_STAGE:
            stages = blueprint.accounts.stages or DEFAULT_STAGES
        for stage in stages:
            account = (
                "main"
                if layout is AccountLayout.ONE
                else team if stage is None else f"{team}-{stage}"
            )  # fmt: skip
            declared = blueprint.accounts.ids.get(account)
            found.append(
                Environment(
                    team=team,
                    stage=stage,
                    account=account,
                    account_id=declared or local_account_id(blueprint.organization, account),
                    assumed_id=declared is None,
                )
            )
    return tuple(found)


def workloads(blueprint: Blueprint, environment: Environment) -> dict[str, Workload]:
    """The workloads that exist in this environment, by name."""
    return {
        name: workload
        for name, workload in blueprint.teams[environment.team].workloads.items()
        if workload.stages is None or environment.stage is None or environment.stage in workload.stages
    }


class Shared(StrEnum):
    """Accounts that belong to no team. With the layout `one` they are all the one account."""

    MANAGEMENT = "management"
    """the organization's: policies, delegation, the organization's trail"""
    NETWORK = "network"
    """Transit Gateways, the inspection VPC, the shared-services VPC"""
    SECURITY = "security"
    """the delegated administrator of every detector"""
    LOG_ARCHIVE = "log-archive"
    """what nobody may delete"""


@dataclass(frozen=True, slots=True)
class SharedAccount:
    """One of the accounts that belong to no team."""

    kind: Shared
    account_id: str
    """12 digits"""
    assumed_id: bool
    """true: the blueprint names no id; this one exists in the local cloud only"""

    @property
    def name(self) -> str:
        return self.kind.value


def shared_accounts(blueprint: Blueprint) -> Mapping[Shared, SharedAccount]:
    """The shared accounts; with the layout `one`, each is the account `main`."""
    ids = blueprint.accounts.ids
    found = {}
    for kind in Shared:
        name = "main" if blueprint.accounts.layout is AccountLayout.ONE else kind.value
        declared = ids.get(name)
        found[kind] = SharedAccount(
            kind, declared or local_account_id(blueprint.organization, name), declared is None
        )
    return found


def accounts(blueprint: Blueprint) -> Mapping[str, tuple[str, bool]]:
    """Account name -> (id, whether it is assumed), teams' first, each once."""
    found = {place.account: (place.account_id, place.assumed_id) for place in environments(blueprint)}
    if blueprint.accounts.layout is not AccountLayout.ONE:
        for shared in shared_accounts(blueprint).values():
            found[shared.name] = (shared.account_id, shared.assumed_id)
    return found
