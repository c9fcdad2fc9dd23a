"""Gives every VPC a block of addresses that overlaps no other and never moves."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network
from itertools import pairwise
from typing import TypeAlias

from ringwork.blueprint.environment import Environment, environments
from ringwork.blueprint.model import Blueprint
from ringwork.source import InputError

AddressPlan: TypeAlias = Mapping[str, IPv4Network]
"""`ENVIRONMENT/REGION` -> the block reserved for that VPC. The VPC starts with the block's first
`/vpc_prefix` and can grow into the rest (a VPC takes further CIDR blocks)."""

AVOIDED = (IPv4Network("172.17.0.0/16"),)
"""Amazon VPC user guide, "VPC CIDR blocks": "some AWS services use the 172.17.0.0/16 CIDR range", among
them SageMaker AI."""


INSPECTION, SHARED_SERVICES = "inspection-vpc", "shared-services-vpc"
"""Keys of the VPCs that belong to no environment, where an environment's name stands for others."""


def shared_vpcs(blueprint: Blueprint) -> tuple[str, ...]:
    """The VPCs that each Region has beside those of environments."""
    central = bool(blueprint.egress.domains) and blueprint.egress.mode == "central"
    return (
        *((INSPECTION,) if central else ()),
        *((SHARED_SERVICES,) if blueprint.network.endpoints == "central" else ()),
    )


def plan_key(environment: Environment, region: str) -> str:
    """The VPC's key in an address plan."""
    return f"{environment.name}/{region}"


def allocate(blueprint: Blueprint, existing: Mapping[str, str] | None = None) -> AddressPlan:
    """Reserves a block for each environment and Region, in the blueprint's order.

    A key in `existing` (block by key, from an earlier plan or from what is deployed) keeps its block, so
    that a blueprint can grow; then pinned teams get theirs; all others take the first free slot. Blocks of
    environments that the blueprint no longer names stay taken until the caller drops them.

    Raises InputError (without position) when the plan is full, a pin is taken, or `existing` contradicts
    the blueprint or itself.
    """
    network = blueprint.network
    size = 2 ** (32 - network.reserve_prefix)
    first, last = int(network.cidr.network_address), int(network.cidr.broadcast_address)
    slots = range(first // size, (last + 1) // size if last - first + 1 >= size else first // size)
    taken: dict[int, str] = {}

    def take(key: str, block: IPv4Network) -> None:
        low = max(int(block.network_address), first)
        high = min(int(block.broadcast_address), last)
        for slot in range(low // size, high // size + 1) if low <= high else ():
            taken[slot] = key

    kept = _kept(existing or {})
    for key, block in kept.items():
        take(key, block)
    for block in AVOIDED:
        take("AWS services", block)

    places = [*(env.name for env in environments(blueprint)), *shared_vpcs(blueprint)]
    keys = [f"{place}/{region}" for region in blueprint.regions for place in places]
    pins = _pins(blueprint)
    plan: dict[str, IPv4Network] = {}
    for key, pin in pins.items():
        if key in kept:
            if kept[key].network_address != pin.network_address:
                raise InputError(
                    f"`{key}` has the addresses `{kept[key]}`, but the blueprint pins `{pin}`",
                    help="a VPC cannot move: remove the pin, or destroy the environment first",
                )
            continue
        slot = int(pin.network_address) // size
        if slot in taken:
            raise InputError(
                f"the pinned block `{pin}` of `{key}` is taken by `{taken[slot]}`", help="pin another block"
            )
        take(key, pin)
        plan[key] = pin

    free = (slot for slot in slots if slot not in taken)
    for key in keys:
        if key in kept:
            if kept[key].prefixlen > network.vpc_prefix:
                raise InputError(
                    f"`{key}` has the addresses `{kept[key]}`, too few for a VPC of /{network.vpc_prefix}",
                    help=f"set `vpc_prefix: {kept[key].prefixlen}`, or destroy the environment first",
                )
            plan[key] = kept[key]
        elif key not in plan:
            slot = next(free, -1)
            if slot < 0:
                room = len([slot for slot in slots if taken.get(slot, "") in ("", *keys)])
                raise InputError(
                    f"`{network.cidr}` has room for {room} of {len(keys)} VPCs, "
                    f"which reserve a /{network.reserve_prefix} each",
                    help="choose a larger `cidr` or a longer `reserve_prefix`",
                )
            plan[key] = IPv4Network((slot * size, network.reserve_prefix))
    return {key: plan[key] for key in keys}


def _kept(existing: Mapping[str, str]) -> dict[str, IPv4Network]:
    kept: dict[str, IPv4Network] = {}
    for key, text in existing.items():
        try:
            block = ip_network(text)
        except ValueError:
            block = None
        if not isinstance(block, IPv4Network):
            raise InputError(f"`{text}` of `{key}` is not an IPv4 block")
        kept[key] = block
    in_order = sorted(kept.items(), key=lambda item: (item[1].network_address, item[1].prefixlen))
    for (key, block), (next_key, next_block) in pairwise(in_order):
        if block.overlaps(next_block):
            raise InputError(f"`{next_block}` of `{next_key}` overlaps `{block}` of `{key}`")
    return kept


def _pins(blueprint: Blueprint) -> dict[str, IPv4Network]:
    """A team's `cidr` pins its first environment in the home Region."""
    home = blueprint.regions[0]
    pins: dict[str, IPv4Network] = {}
    seen: set[str] = set()
    for environment in environments(blueprint):
        cidr = blueprint.teams[environment.team].cidr
        if environment.team not in seen and cidr is not None:
            reserved = (int(cidr.network_address), blueprint.network.reserve_prefix)
            pins[plan_key(environment, home)] = IPv4Network(reserved)
        seen.add(environment.team)
    return pins
