"""What a VPC reaches beyond itself, by its Region's Transit Gateway: shared endpoints, inspected egress, and
the same environment's VPC in a paired Region. Never another team.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from ringwork.architecture.address import Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import Site
from ringwork.blueprint.addresses import SHARED_SERVICES


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a VPC's routes, rules and ACLs may lead to outside of it."""

    endpoints: IPv4Network | None = None
    """where the Region's shared interface endpoints stand; none: the VPC has its own"""
    internet: bool = False
    """people's machines reach the declared domains through the inspection VPC"""
    peers: tuple[Site, ...] = ()
    """the same environment in paired Regions"""

    @property
    def joined(self) -> bool:
        """Whether the VPC is attached to the Transit Gateway at all: for nothing it is not."""
        return self.endpoints is not None or self.internet or bool(self.peers)


ALONE = Beyond()


def beyond(layout: Layout, site: Site) -> Beyond:
    """What the site's VPC reaches. A VPC that the blueprint names stays as its owner made it: alone."""
    if not layout.has_transit or not layout.has_network(site) or site.existing is not None:
        return ALONE
    return Beyond(
        endpoints=shared_endpoints(layout, site.region) if layout.central_endpoints else None,
        internet=layout.inspects_egress and Tier.INTERACTIVE in site.tiers,
        peers=tuple(
            peer
            for region in paired(layout, site.region)
            if (peer := layout.by_place[site.name, region]) and _can_join(layout, peer)
        ),
    )


def _can_join(layout: Layout, site: Site) -> bool:
    return layout.has_network(site) and site.existing is None


def shared_endpoints(layout: Layout, region: str) -> IPv4Network:
    """Where the Region's shared endpoints stand."""
    return layout.addresses(SHARED_SERVICES, region).tier(Tier.ENDPOINTS)


def paired(layout: Layout, region: str) -> tuple[str, ...]:
    """The Regions that the blueprint pairs with this one, in its order."""
    pairs = layout.blueprint.network.region_pairs
    return tuple(dict.fromkeys(two if one == region else one for one, two in pairs if region in (one, two)))


def joined(layout: Layout, region: str) -> tuple[tuple[Site, Beyond], ...]:
    """The VPCs that are attached to the Region's Transit Gateway, and what each reaches."""
    found = ((site, beyond(layout, site)) for site in layout.sites if site.region == region)
    return tuple((site, reach) for site, reach in found if reach.joined)


def admitted(layout: Layout, blocks: Mapping[str, IPv4Network], room: int) -> Mapping[str, IPv4Network]:
    """Where connections may come from, by name: each block, as long as there is room for a rule each. Else
    the address plan and blocks outside of it: which VPCs of those have a way there is for the Transit
    Gateway's tables to say, which name each.
    """
    if len(blocks) <= room:
        return blocks
    return {f"plan{index or ''}": cidr for index, cidr in enumerate(plans(layout))}


def plans(layout: Layout) -> tuple[IPv4Network, ...]:
    """Every address of the organization: the plan's block, and those of VPCs that are pinned outside."""
    whole = layout.blueprint.network.cidr
    outside = (site.addresses.vpc for site in layout.sites if not site.addresses.vpc.subnet_of(whole))
    return (whole, *sorted(set(outside)))
