"""The network ring: VPCs, what joins them, and what they reach.

One file for each idea: a VPC (`vpc`), who may connect to whom (`flows`), network ACLs (`acls`), endpoints for
AWS services (`vpc_endpoints`), flow logs (`flow_logs`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.network.flows import between_teams
from ringwork.architecture.network.vpc import network_stack
from ringwork.architecture.site import Site
from ringwork.blueprint.model import WorkloadType
from ringwork.estate import Stack


def stacks(layout: Layout) -> Iterator[Stack]:
    """One VPC for each environment and Region that has a workload."""
    for site in layout.sites:
        stack = network_stack(layout, site)
        if stack is not None:
            yield stack


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    blueprint = layout.blueprint
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
        elif any(site.egress for site in layout.sites):
            yield (
                "egress goes through NAT gateways, which cannot tell domains apart: studios and notebooks "
                "reach any host over HTTPS until the firewall ring enforces `egress.domains`"
            )
        if blueprint.egress.mode == "per-vpc" and not all(site.egress for site in layout.sites):
            yield (
                "`egress` is for studios and notebooks only: training, processing and inference have no "
                "route to the internet (controls NET-04, NET-08, NET-09), and VPCs without people's "
                "machines have no gateway"
            )
    yield (
        "each VPC's default security group keeps AWS's rules, and nothing uses it: CloudFormation cannot "
        "empty it (control NET-02)"
    )
    if any(_enclaves(site) for site in layout.sites):
        yield (
            "enclave workloads have a role, a group and a place in the network; keys that only an attested "
            "enclave may use come with the enclave ring"
        )


def _enclaves(site: Site) -> list[str]:
    return site.of_type(WorkloadType.ENCLAVE)
