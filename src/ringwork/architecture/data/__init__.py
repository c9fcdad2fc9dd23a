"""The data ring: keys by data class, versioned buckets, and who may reach them from where.

`stack`: an environment's data; `class_keys`, `buckets`, `bucket_policies`, `features`: its parts;
`replication`: copies in other Regions; `registry`: container images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringwork.architecture.data.registry import registry_stack
from ringwork.architecture.data.replication import replica_stack, replicated
from ringwork.architecture.data.stack import data_stack
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import Site
from ringwork.estate import Stack, StackOutput


def stacks(layout: Layout) -> Iterator[Stack]:
    """For each environment and Region: its data, copies of its other Regions' data, and its images."""
    networks: dict[str, dict[str, StackOutput]] = {region: {} for region in layout.regions}
    sources: dict[str, list[Site]] = {}
    for site in layout.sites:
        if layout.has_network(site):
            output = StackOutput(site.stack_id("network"), "S3EndpointId")
            networks[site.region][site.environment.name] = output
        if replicated(site):
            sources.setdefault(site.environment.name, []).append(site)
    for site in layout.sites:
        yield from _stacks(layout, site, networks[site.region], sources)


def _stacks(
    layout: Layout,
    site: Site,
    networks: Mapping[str, StackOutput],
    sources: Mapping[str, list[Site]],
) -> Iterator[Stack]:
    name, grants = site.environment.name, layout.grants
    found = (
        data_stack(
            site,
            grants.by_owner[name],
            grants.features_by_owner.get(name, ()),
            networks,
            captures=grants.captures(site.environment),
        ),
        replica_stack(site, sources.get(name, ())),
        registry_stack(site),
    )
    yield from (stack for stack in found if stack is not None)


def notes(layout: Layout) -> Iterator[str]:
    """Grants that cannot be given, and copies that would be made where the data is."""
    yield from layout.grants.notes
    if layout.blueprint.lake_formation:
        yield (
            "`lake_formation` registers nothing yet: data sets are read by the roles' and buckets' policies, "
            "and only the endpoint for AWS Lake Formation is there"
        )
    for name, team in layout.blueprint.teams.items():
        for data_set, declared in team.data.items():
            if declared.replicate_to is not None and declared.replicate_to in layout.regions:
                yield (
                    f"`{name}/{data_set}` in {declared.replicate_to} itself is copied nowhere: that is where "
                    "copies go"
                )
