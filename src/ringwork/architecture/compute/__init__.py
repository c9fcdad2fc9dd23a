"""The compute ring: notebooks, Studio domains, job defaults, and enclaves with their parent instances."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.compute.enclaves import add_enclave
from ringwork.architecture.compute.job_defaults import add_defaults
from ringwork.architecture.compute.notebooks import add_notebook
from ringwork.architecture.compute.studio import add_studio
from ringwork.architecture.compute.volumes import add_key, secrecy
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import Site
from ringwork.architecture.template import TemplateBuilder
from ringwork.blueprint.model import WorkloadType
from ringwork.estate import Stack

RING = "compute"
JOBS = (WorkloadType.TRAINING, WorkloadType.PROCESSING, WorkloadType.BATCH)


def stacks(layout: Layout) -> Iterator[Stack]:
    """One stack for each environment and Region that has a machine of its own, or jobs."""
    for site in layout.sites:
        stack = _compute_stack(layout, site)
        if stack is not None:
            yield stack


def _compute_stack(layout: Layout, site: Site) -> Stack | None:
    studios = site.of_type(WorkloadType.STUDIO)
    notebooks = site.of_type(WorkloadType.NOTEBOOK)
    enclaves = site.of_type(WorkloadType.ENCLAVE)
    jobs = site.of_type(*JOBS)
    if not (studios or notebooks or enclaves or jobs):
        return None
    template = TemplateBuilder(
        description=f"Ringwork compute ring of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    grants = layout.grants.by_workload
    machines = [*studios, *notebooks, *enclaves]
    data_class = secrecy([grant for name in machines for grant in grants[site.environment.name, name]])
    if machines:
        services = [*(["sagemaker"] if studios or notebooks else []), *(["ec2"] if enclaves else [])]
        add_key(template, site, data_class, services)
    if studios:
        add_studio(template, site, studios, layout.home, data_class)
    for name in notebooks:
        add_notebook(template, site, name, layout.home, data_class)
    for name in enclaves:
        add_enclave(template, site, name, layout.home, data_class)
    for name in jobs:
        add_defaults(template, site, name, layout.home, grants[site.environment.name, name])
    return Stack(
        name=site.stack_name(RING),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def notes(layout: Layout) -> Iterator[str]:
    """What waits for somebody, and what no blueprint can say yet."""
    for name, team in layout.blueprint.teams.items():
        for workload, declared in team.workloads.items():
            if declared.type is not WorkloadType.ENCLAVE:
                continue
            if declared.enclave is None or declared.enclave.measurements is None:
                yield (
                    f"the sealed key of `{name}/{workload}` decrypts for nobody until "
                    "`enclave.measurements` says what its image measures"
                )
    if layout.blueprint.perimeter.people is None and any(
        site.of_type(WorkloadType.STUDIO) for site in layout.sites
    ):
        yield (
            "Studio signs people in by their IAM roles: with `perimeter.people`, through IAM Identity Center "
            "(control IAM-22)"
        )
