"""What VPC Block Public Access leaves of a packet to or from the internet. The rules, with their sources, are
those of `ringwork.network.walk.block`."""

from __future__ import annotations

from collections.abc import Collection

from ringwork.network.model import Block, Model, Subnet
from ringwork.network.reach.path import State


def blocked(
    model: Model, subnets: Collection[Subnet], state: State, *, out: bool, nat: bool = False
) -> State | None:
    """None where it is stopped for all the subnets, doubted where not for each.

    `out`: it leaves; `nat`: by what lets connections out only.
    """
    left = [_at(model, one, state, out=out, nat=nat) for one in subnets]
    passing = [one for one in left if one is not None]
    if not passing:
        return None
    return passing[0] if all(one == left[0] for one in left) else state.doubted()


def _at(model: Model, subnet: Subnet, state: State, *, out: bool, nat: bool) -> State | None:
    vpc = model.vpcs.get(subnet.vpc)
    if vpc is None or Block.OFF in (vpc.excluded, subnet.excluded):
        return state
    if vpc.block_unknown:
        return state.doubted()
    if vpc.block is Block.OFF:
        return state
    outwards = Block.INGRESS in (vpc.excluded, subnet.excluded)
    passes = outwards if vpc.block is Block.BIDIRECTIONAL else nat
    return state if out and passes else None
