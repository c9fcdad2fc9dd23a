"""VPC Block Public Access: what no route, group or address of any VPC in the account can undo.

VPC guide, "Block public access to VPCs and subnets": `block-bidirectional` refuses all traffic through
internet gateways and egress-only internet gateways, `block-ingress` all but what NAT gateways and
egress-only internet gateways let out. Nothing of ours answers the internet, so no exclusion is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Purpose, TemplateBuilder
from ringwork.blueprint.environment import Shared


def build(template: TemplateBuilder, layout: Layout, place: AccountSite) -> None:
    if not layout.blueprint.network.block_public_access:
        return
    leaves = _leaves(layout, place)
    template.add(
        "BlockPublicAccess",
        "AWS::EC2::VPCBlockPublicAccessOptions",
        {"InternetGatewayBlockMode": "block-ingress" if leaves else "block-bidirectional"},
        Purpose(
            "NET-34",
            "NAT lets out what the blueprint's egress declares, and nothing comes in"
            if leaves
            else "No VPC of this account has a way to the internet, and none can be given one",
        ),
    )


def _leaves(layout: Layout, place: AccountSite) -> bool:
    """Whether traffic leaves to the internet from this account and Region; of a VPC that was there before,
    nobody knows."""
    if layout.inspects_egress and place.account_id == layout.shared[Shared.NETWORK].account_id:
        return True
    return any(
        site.egress or site.existing is not None
        for site in layout.sites_of(place)
        if layout.has_network(site)
    )


def notes(layout: Layout) -> Iterator[str]:
    network = layout.blueprint.network
    if not network.block_public_access:
        yield "`network.block_public_access` is off: only routes and groups keep the internet out"
    elif network.existing:
        yield (
            "VPC Block Public Access (`block-ingress`) holds for all VPCs of an account, so the VPCs in "
            "`network.existing`, and others beside them, accept nothing from the internet any more; if that "
            "must not be, set `network.block_public_access: false`"
        )
