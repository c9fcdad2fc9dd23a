"""One blueprint to all of its stacks, in deployment order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from ringwork.architecture import names
from ringwork.architecture.address import Addresses, vpc_block
from ringwork.architecture.data import ACCESS_LOGS, data_stack
from ringwork.architecture.flows import between_teams
from ringwork.architecture.grants import ARTIFACTS, Grants
from ringwork.architecture.identity import identity_stack
from ringwork.architecture.network import network_stack
from ringwork.architecture.site import Site
from ringwork.blueprint.environment import Environment, environments, workloads
from ringwork.blueprint.model import Blueprint, WorkloadType
from ringwork.estate import Stack, StackOutput
from ringwork.source.position import InputError


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
    """All stacks of a blueprint: networks, then data, then identity.

    `addresses`: `"{environment.name}/{region}"` -> block reserved for that VPC (`blueprint.allocate`).
    Raises `InputError` when derived names collide, `KeyError` for a missing block.
    """
    places = environments(blueprint)
    _refuse_collisions(blueprint, places)
    grants = Grants.of(blueprint)
    sites = [
        Site(
            blueprint=blueprint,
            environment=environment,
            region=region,
            workloads=workloads(blueprint, environment),
            addresses=Addresses(
                vpc_block(addresses[f"{environment.name}/{region}"], blueprint.network.vpc_prefix)
            ),
        )
        for environment in places
        for region in blueprint.regions
    ]
    networks: dict[tuple[str, str], Stack] = {}
    for site in sites:
        stack = network_stack(site, _reachable_buckets(site, grants))
        if stack is not None:
            networks[site.environment.name, site.region] = stack
    data: dict[tuple[str, str], Stack] = {}
    for site in sites:
        endpoints = {
            name: StackOutput(network.id, "S3EndpointId")
            for (name, region), network in networks.items()
            if region == site.region
        }
        stack = data_stack(site, grants.by_owner[site.environment.name], endpoints)
        if stack is not None:
            data[site.environment.name, site.region] = stack
    vpcs = {place: StackOutput(network.id, "VpcId") for place, network in networks.items()}
    keys = {place: stack.id for place, stack in data.items()}
    identities = [
        identity_stack(site, grants, vpcs, keys) for site in sites if site.region == blueprint.regions[0]
    ]
    return Architecture(
        digest(blueprint),
        (*networks.values(), *data.values(), *(stack for stack in identities if stack is not None)),
        (*_notes(blueprint, sites), *grants.notes),
    )


def digest(blueprint: Blueprint) -> str:
    """Hex digest of the blueprint's content: the same for two files that say the same."""
    content = json.dumps(blueprint.model_dump(mode="json", by_alias=True), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _reachable_buckets(site: Site, grants: Grants) -> list[str]:
    """Names, for Fn::Sub, of the buckets that the VPC's S3 endpoint admits: the environment's own, and those
    of others that its workloads have grants on."""
    team = site.blueprint.teams[site.environment.team]
    own = site.environment.name
    wanted = {(own, name) for name in team.data}
    if team.models:
        wanted.add((own, ARTIFACTS))
    for name in site.workloads:
        wanted |= {(grant.owner.name, grant.purpose) for grant in grants.by_workload[own, name]}
    return [
        names.bucket_pattern(site.organization, owner, purpose, site.region)
        for owner, purpose in sorted(wanted)
    ]


def _notes(blueprint: Blueprint, sites: list[Site]) -> Iterator[str]:
    for flow in between_teams(blueprint):
        yield (
            f"flow `{flow.from_}` to `{flow.to}` on {flow.protocol.value} {flow.port} has no route: the "
            "teams' VPCs stand alone until the Transit Gateway ring joins them"
        )
    if blueprint.egress.domains:
        if blueprint.egress.mode == "central":
            yield (
                "`egress.mode` is `central`: VPCs stand alone in this architecture, without any egress; the "
                "inspection VPC comes with the Transit Gateway ring"
            )
        elif any(site.egress for site in sites):
            yield (
                "egress goes through NAT gateways, which cannot tell domains apart: studios and notebooks "
                "reach any host over HTTPS until the firewall ring enforces `egress.domains`"
            )
        if blueprint.egress.mode == "per-vpc" and not all(site.egress for site in sites):
            yield (
                "`egress` is for studios and notebooks only: training, processing and inference have no "
                "route to the internet (controls NET-04, NET-08, NET-09), and VPCs without people's "
                "machines have no gateway"
            )
    yield (
        "each VPC's default security group keeps AWS's rules, and nothing uses it: CloudFormation cannot "
        "empty it (control NET-02)"
    )
    if any(site.of_type(WorkloadType.ENCLAVE) for site in sites):
        yield (
            "enclave workloads have a role, a group and a place in the network; keys that only an attested "
            "enclave may use come with the enclave ring"
        )


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
        for purpose, what in (*buckets.items(), *own.items()):
            claim("S3", names.bucket(organization, name, purpose, account=account, region=region), what)
        for workload in workloads(blueprint, environment):
            claim(account, names.role(organization, name, workload), f"workload `{team}/{workload}`")
