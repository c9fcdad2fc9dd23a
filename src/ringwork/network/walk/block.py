"""VPC Block Public Access, at the internet and egress-only gateways of a VPC.

VPC user guide, "Block public access to VPCs and subnets"; EC2 API reference, VpcBlockPublicAccessOptions:
`block-bidirectional` blocks "all traffic to and from internet gateways and egress-only internet gateways in
this Region (except for excluded VPCs and subnets)"; with `block-ingress` "only traffic to and from NAT
gateways and egress-only internet gateways is allowed because these gateways only allow outbound connections
to be established": whatever else has a public address starts none. An exclusion leaves its VPC or subnet
open, or open outwards ("outbound internet traffic from the excluded VPCs and subnets is allowed", inbound is
blocked), which "only applies when BPA is set to Bidirectional".
https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

from ringwork.network.addresses import Address
from ringwork.network.model import Block, Place, Vpc
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Ended, State

BLOCKED = "block public access"


def outward(known: Known, state: State, *, egress_only: bool = False) -> State | Ended:
    """What leaves the VPC that it is in, by an internet gateway or an egress-only one."""
    vpc = known.model.vpcs.get(state.vpc or "")
    if vpc is None or (vpc.block is Block.OFF and not vpc.block_unknown):
        return state
    place = Place(vpc.key)
    excluded = _exclusions(known, vpc, _home(known, state, vpc))
    decided = _either_way(state, vpc, excluded)
    if decided is not None:
        return decided
    if vpc.block is Block.BIDIRECTIONAL:
        why = "an exclusion allows egress"
    elif egress_only or _is_nat(known, vpc, state.packet.source):
        why = "its gateway lets connections out only"
    else:
        why = "only NAT gateways and egress-only ones may start connections"
        return state.dropped(vpc.key, BLOCKED, place, why)
    return state.met(vpc.key, BLOCKED, place, True, why).remember(_tracker(vpc))


def inward(known: Known, state: State, vpc_key: str, subnet: str | None) -> State | Ended:
    """What an internet gateway would let into a subnet."""
    vpc = known.model.vpcs.get(vpc_key)
    if vpc is None or (vpc.block is Block.OFF and not vpc.block_unknown):
        return state
    decided = _either_way(state, vpc, _exclusions(known, vpc, subnet))
    if decided is not None:
        return decided
    if _is_nat(known, vpc, state.packet.destination):
        return state  # it lets only answers in, by itself
    return state.dropped(vpc.key, BLOCKED, Place(vpc.key), "nothing may enter from the internet")


def _either_way(state: State, vpc: Vpc, excluded: frozenset[Block]) -> State | Ended | None:
    place = Place(vpc.key)
    if Block.OFF in excluded:
        return state.met(vpc.key, BLOCKED, place, True, "an exclusion from the block allows it")
    if vpc.block_unknown:
        return state.met(vpc.key, BLOCKED, place, None, vpc.block_unknown)
    if state.recalled(_tracker(vpc)):
        return state.met(vpc.key, BLOCKED, place, True, "an answer to a connection that it let pass")
    if vpc.block is Block.BIDIRECTIONAL and not excluded:
        return state.dropped(vpc.key, BLOCKED, place, "nothing may pass to or from the internet")
    return None


def _tracker(vpc: Vpc) -> str:
    return f"{vpc.key} {BLOCKED}"


def _exclusions(known: Known, vpc: Vpc, subnet: str | None) -> frozenset[Block]:
    """What exclusions of the subnet and of its VPC leave blocked. Each exempts what it names."""
    found = known.model.subnets.get(subnet or "")
    both = (vpc.excluded, found.excluded if found is not None else None)
    return frozenset(each for each in both if each is not None)


def _home(known: Known, state: State, vpc: Vpc) -> str | None:
    """The subnet whose exclusion counts for what leaves: the source's, and not that of an appliance on the
    way: traffic of a Gateway Load Balancer, which carries a firewall's too, "is blocked even if the subnet
    containing GWLB endpoints is excluded" (VPC user guide, "VPC BPA basics")."""
    owner = known.owner(vpc.key, state.packet.source)
    if owner is not None:
        return known.model.interfaces[owner].subnet
    found = known.subnet_at(vpc.key, state.packet.source)
    return found.key if found else state.subnet


def _is_nat(known: Known, vpc: Vpc, address: Address) -> bool:
    found = known.model.interfaces.get(known.owner(vpc.key, address) or "")
    return found is not None and found.kind == "nat"
