"""How a VPC's first block is cut into subnets: the same place for a tier in every VPC.

A block has four quarters: interactive, build, serving, infrastructure. The last one is halved: endpoints
and edge. Each tier's part is cut in four: one subnet for each of three Availability Zones, one quarter
spare. A tier that gains its first workload later so moves nobody. The spare quarters of the last two hold
the subnets of a Transit Gateway attachment. A /20 gives workloads 251 usable addresses in each zone and
endpoints 123; a /22, the smallest block that blueprints allow, 59 and 27 (AWS keeps five addresses of each
subnet: VPC guide, subnet CIDR blocks).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from itertools import islice

from ringwork.blueprint.model import WorkloadType

ZONES = ("A", "B", "C")


class Tier(StrEnum):
    """Subnets with one purpose, one route table and one network ACL."""

    INTERACTIVE = "interactive"
    BUILD = "build"
    SERVING = "serving"
    ENDPOINTS = "endpoints"
    EDGE = "edge"
    TRANSIT = "transit"
    """where a Transit Gateway's interfaces stand, and nothing else"""
    FIREWALL = "firewall"
    """of an inspection VPC, in the place that endpoints have elsewhere"""


WORKLOAD_TIERS = (Tier.INTERACTIVE, Tier.BUILD, Tier.SERVING)

TIER_OF = {
    WorkloadType.STUDIO: Tier.INTERACTIVE,
    WorkloadType.NOTEBOOK: Tier.INTERACTIVE,
    WorkloadType.TRAINING: Tier.BUILD,
    WorkloadType.PROCESSING: Tier.BUILD,
    WorkloadType.PIPELINE: Tier.BUILD,
    WorkloadType.BATCH: Tier.BUILD,
    WorkloadType.ENDPOINT: Tier.SERVING,
    WorkloadType.ENCLAVE: Tier.SERVING,
}
"""People's machines, what they start, and what answers others are kept apart."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """One VPC's block and its parts."""

    vpc: IPv4Network

    def tier(self, tier: Tier) -> IPv4Network:
        """The tier's whole part: what a network ACL names."""
        quarters = list(self.vpc.subnets(prefixlen_diff=2))
        if tier in WORKLOAD_TIERS:
            return quarters[WORKLOAD_TIERS.index(tier)]
        halves = list(quarters[3].subnets(prefixlen_diff=1))
        if tier is Tier.TRANSIT:
            raise ValueError("the transit tier has subnets, and no block of its own")
        return halves[0] if tier in (Tier.ENDPOINTS, Tier.FIREWALL) else halves[1]

    def subnets(self, tier: Tier) -> tuple[IPv4Network, ...]:
        """One subnet for each zone.

        A Transit Gateway's are /28, the smallest that AWS has, as it advises (Transit Gateway guide, design
        best practices). In a VPC of /22 a spare quarter holds two of them.
        """
        if tier is Tier.TRANSIT:
            spares = (
                list(self.tier(half).subnets(prefixlen_diff=2))[3] for half in (Tier.EDGE, Tier.ENDPOINTS)
            )
            smallest = (subnet for spare in spares for subnet in spare.subnets(new_prefix=28))
            return tuple(islice(smallest, len(ZONES)))
        return tuple(islice(self.tier(tier).subnets(prefixlen_diff=2), len(ZONES)))


def vpc_block(reserved: IPv4Network, prefix: int) -> IPv4Network:
    """A VPC's first block: the beginning of what is reserved for it."""
    return next(reserved.subnets(new_prefix=max(prefix, reserved.prefixlen)))
