"""What every ring may ask about the blueprint as a whole: its places, its grants, and what stands where.

Rings never call each other. What one ring's stack takes from another's is named by the stack's id and the
output's name, both of which follow from the blueprint alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network

from ringwork.architecture import names
from ringwork.architecture.address import Addresses, Tier, vpc_block
from ringwork.architecture.grants import APPROVED, ARTIFACTS, CAPTURE, Grants, feature_bucket
from ringwork.architecture.links import Link, by_stack, links
from ringwork.architecture.site import AccountSite, SharedSite, Site
from ringwork.blueprint.addresses import INSPECTION, SHARED_SERVICES, shared_vpcs
from ringwork.blueprint.environment import (
    Environment,
    Shared,
    SharedAccount,
    accounts,
    environments,
    shared_accounts,
    workloads,
)
from ringwork.blueprint.model import AccountLayout, Blueprint
from ringwork.estate import Stack, StackOutput


@dataclass(frozen=True)
class Layout:
    """A blueprint, resolved. Not slotted: what follows from it is computed once."""

    blueprint: Blueprint
    reserved: Mapping[str, IPv4Network]
    """`ENVIRONMENT/REGION` -> block reserved for that VPC, shared VPCs included (`blueprint.allocate`)"""

    @property
    def organization(self) -> str:
        return self.blueprint.organization

    @property
    def home(self) -> str:
        """The Region from which IAM and AWS Organizations are written."""
        return self.blueprint.regions[0]

    @property
    def regions(self) -> tuple[str, ...]:
        return self.blueprint.regions

    @cached_property
    def many_accounts(self) -> bool:
        """Whether teams have accounts of their own: only then is there an organization to guard."""
        return self.blueprint.accounts.layout is not AccountLayout.ONE

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        return environments(self.blueprint)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every environment in every Region, in the blueprint's order."""
        return tuple(
            Site(
                blueprint=self.blueprint,
                environment=environment,
                region=region,
                workloads=workloads(self.blueprint, environment),
                addresses=self.addresses(environment.name, region),
            )
            for environment in self.environments
            for region in self.regions
        )

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], Site]:
        """(environment's name, Region) -> site."""
        return {(site.environment.name, site.region): site for site in self.sites}

    def addresses(self, name: str, region: str) -> Addresses:
        """Addresses of an environment's or a shared VPC. Raises `KeyError` where none is reserved."""
        return Addresses(vpc_block(self.reserved[f"{name}/{region}"], self.blueprint.network.vpc_prefix))

    @cached_property
    def grants(self) -> Grants:
        return Grants.of(self.blueprint)

    @cached_property
    def shared(self) -> Mapping[Shared, SharedAccount]:
        return shared_accounts(self.blueprint)

    def shared_site(self, kind: Shared, region: str | None = None) -> SharedSite:
        """A shared account in a Region (none: home)."""
        return SharedSite(self.blueprint, self.shared[kind], region or self.home)

    @cached_property
    def account_ids(self) -> tuple[str, ...]:
        """Every account, teams' first, each once."""
        found = [environment.account_id for environment in self.environments]
        found += [account.account_id for account in self.shared.values()]
        return tuple(dict.fromkeys(found))

    @cached_property
    def account_sites(self) -> tuple[AccountSite, ...]:
        """One place for each account and Region: where what belongs to a whole account is built."""
        named = {id: name for name, (id, _) in reversed(list(accounts(self.blueprint).items()))}
        return tuple(
            AccountSite(self.blueprint, named[account_id], account_id, region)
            for account_id in self.account_ids
            for region in self.regions
        )

    @cached_property
    def by_account(self) -> Mapping[tuple[str, str], AccountSite]:
        """(account's id, Region) -> place."""
        return {(site.account_id, site.region): site for site in self.account_sites}

    def detection_stack_id(self, account_id: str, region: str) -> str:
        """Id of the stack with an account's alarm topic and event queue in a Region: its outputs are
        `AlarmTopicArn`, `EventQueueArn`, `EventQueueUrl`, `DeadLetterQueueArn` and `MessageKeyArn`."""
        return self.by_account[account_id, region].stack_id("detection")

    @property
    def inspects_egress(self) -> bool:
        """Whether what leaves passes the inspection VPC."""
        return INSPECTION in shared_vpcs(self.blueprint)

    @property
    def central_endpoints(self) -> bool:
        """Whether interface endpoints stand in the shared-services VPC."""
        return SHARED_SERVICES in shared_vpcs(self.blueprint)

    @property
    def has_transit(self) -> bool:
        """Whether VPCs are joined by a Transit Gateway in each Region."""
        return bool(shared_vpcs(self.blueprint) or self.blueprint.network.region_pairs)

    # --- what stands where ---------------------------------------------------------------------------

    def has_network(self, site: Site) -> bool:
        """Whether the site has a network stack: a VPC of ours, or our groups in one that exists."""
        return bool(site.workloads)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Declared flows between teams, for each stage and Region."""
        return links(self.blueprint, self.sites)

    def consumed(self, site: Site) -> tuple[Link, ...]:
        """What other teams answer to this site's workloads."""
        return self._links_by_consumer.get(site.stack_id("network"), ())

    def provided(self, site: Site) -> tuple[Link, ...]:
        """What this site's workloads answer to other teams'."""
        return self._links_by_provider.get(site.stack_id("network"), ())

    @cached_property
    def _links_by_consumer(self) -> Mapping[str, tuple[Link, ...]]:
        return by_stack(self.links, "consumer")

    @cached_property
    def _links_by_provider(self) -> Mapping[str, tuple[Link, ...]]:
        return by_stack(self.links, "provider")

    def sites_of(self, place: AccountSite) -> tuple[Site, ...]:
        """The environments that an account has in a Region."""
        return self._sites_by_account.get((place.account_id, place.region), ())

    @cached_property
    def _sites_by_account(self) -> Mapping[tuple[str, str], tuple[Site, ...]]:
        found: dict[tuple[str, str], list[Site]] = {}
        for site in self.sites:
            found.setdefault((site.account_id, site.region), []).append(site)
        return {place: tuple(sites) for place, sites in found.items()}

    def has_vpcs(self, place: AccountSite) -> bool:
        """Whether a VPC of ours, or one that the blueprint names, is in this account and Region."""
        shared = bool(shared_vpcs(self.blueprint))
        if shared and place.account_id == self.shared[Shared.NETWORK].account_id:
            return True
        return any(self.has_network(site) for site in self.sites_of(place))

    def resolves_egress(self, site: Site) -> bool:
        """Whether people's machines in the VPC may ask for the names that `egress` declares."""
        return bool(self.blueprint.egress.domains) and Tier.INTERACTIVE in site.tiers

    def has_data(self, site: Site) -> bool:
        team = site.team
        return bool(team.data or team.models or team.features or self.grants.captures(site.environment))

    def has_identity(self, site: Site) -> bool:
        """In the home Region only: IAM is global."""
        return bool(site.workloads) and site.region == self.home

    def vpc_id(self, site: Site) -> StackOutput | str:
        """The site's VPC, as a parameter's source."""
        existing = site.existing
        return existing.vpc if existing else StackOutput(site.stack_id("network"), "VpcId")

    def reachable_buckets(self, site: Site) -> list[str]:
        """Names, for Fn::Sub, of the buckets that the VPC's S3 endpoint admits: the environment's own, and
        those of others that its workloads have grants on."""
        own = site.environment.name
        wanted = {(own, name) for name in site.team.data}
        wanted |= {(own, feature_bucket(group.class_)) for group in site.team.features.values()}
        if site.team.models:
            wanted |= {(own, ARTIFACTS), (own, APPROVED)}
        if self.grants.captures(site.environment):
            wanted.add((own, CAPTURE))
        for name in site.workloads:
            wanted |= {(grant.owner.name, grant.purpose) for grant in self.grants.by_workload[own, name]}
        return [
            names.bucket_pattern(site.organization, owner, purpose, site.region)
            for owner, purpose in sorted(wanted)
        ]


def order(stacks: list[Stack]) -> tuple[Stack, ...]:
    """Stacks so that each stands after those whose outputs it takes, otherwise in the given order.

    Raises `ValueError` for a circle or an absent stack: a fault in a ring.
    """
    by_id = {stack.id: stack for stack in stacks}
    done: dict[str, Stack] = {}

    def visit(stack: Stack, trail: tuple[str, ...]) -> None:
        if stack.id in done:
            return
        if stack.id in trail:
            raise ValueError(f"stacks need each other in a circle: {' -> '.join((*trail, stack.id))}")
        for needed in sorted(stack.needs):
            if needed not in by_id:
                raise ValueError(f"`{stack.id}` needs `{needed}`, which no ring builds")
            visit(by_id[needed], (*trail, stack.id))
        done[stack.id] = stack

    for stack in stacks:
        visit(stack, ())
    return tuple(done.values())
