"""How a VPC's first block is cut into subnets: the same place for a tier in every VPC.

A block has four quarters: interactive, build, serving, infrastructure. The last one is halved: endpoints
and edge. Each tier's part is cut in four: one subnet for each of three Availability Zones, one quarter
spare (Transit Gateway attachments and firewalls, once those rings come). A tier that gains its first
workload later so moves nobody. A /20 gives workloads 251 usable addresses in each zone and endpoints 123;
a /22, the smallest block that blueprints allow, 59 and 27 (AWS keeps five addresses of each subnet: VPC
guide, subnet CIDR blocks).
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
        return halves[0] if tier is Tier.ENDPOINTS else halves[1]

    def subnets(self, tier: Tier) -> tuple[IPv4Network, ...]:
        """One subnet for each zone."""
        return tuple(islice(self.tier(tier).subnets(prefixlen_diff=2), len(ZONES)))


def vpc_block(reserved: IPv4Network, prefix: int) -> IPv4Network:
    """A VPC's first block: the beginning of what is reserved for it."""
    return next(reserved.subnets(new_prefix=max(prefix, reserved.prefixlen)))
