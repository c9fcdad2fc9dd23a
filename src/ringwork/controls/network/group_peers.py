"""NET-05: rules between workloads name a security group, not a range of addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.network.rules import INGRESS, Block, Rule, every_rule, rule_blocks, rule_reads
from ringwork.controls.scope import SCOPE_READS, workload_groups
from ringwork.controls.values import block, named
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """A rule fails whose addresses hold a whole subnet of the estate (so also one that holds a VPC), by
    itself or together with the other rules, in CIDR blocks or in a customer's prefix list."""
    rules = every_rule(estate, INGRESS)

    def decide(group: Resource) -> Iterator[Outcome]:
        found = rules[group.key]
        doubt = found.error
        every: list[tuple[Rule, list[Block]]] = []
        for rule in found.known:
            try:
                every.append((rule, rule_blocks(estate, rule)))
            except UndecidedError as error:
                doubt = doubt or error
        together = [block for _, blocks in every for block in blocks]
        alone = [(rule, blocks) for rule, blocks in every if blocks]
        subnets = list(_subnets(estate, group, together)) if together else []
        for rule, blocks in (*alone, *((rule, together) for rule, _ in alone)):
            held = [
                (subnet, addresses)
                for subnet, addresses in subnets
                if any(_holds(block, addresses) for block in _joined(blocks))
            ]
            if held:
                subnet, addresses = min(held, key=lambda pair: pair[0].name)
                others = f" and {len(held) - 1} more" if len(held) > 1 else ""
                yield violated(
                    group,
                    f"admits {rule.ports} from all of subnet `{subnet.name}`{others} by address",
                    *rule.path,
                    evidence=(*rule.evidence, f"`{subnet.name}`: {addresses}"),
                    blame=rule.resource,
                )
                return
        if doubt is not None:
            raise doubt
        yield proved(group, "its ingress rules admit no whole subnet by its addresses")

    yield from each(workload_groups(estate), decide)


def _joined(blocks: list[Block]) -> Iterator[Block]:
    yield from collapse_addresses([block for block in blocks if isinstance(block, IPv4Network)])
    yield from collapse_addresses([block for block in blocks if isinstance(block, IPv6Network)])


_SMALLEST = {4: 28, 6: 64}
"""The longest prefixes of a subnet (VPC User Guide, "Subnet CIDR blocks")."""


def _subnets(estate: Estate, group: Resource, asked: list[Block]) -> Iterator[tuple[Resource, Block]]:
    """The subnets of the group's VPC, by the address families of `asked`.

    Raises `UndecidedError` where the estate has none and a block of `asked` is large enough to hold one.
    """
    vpc = named(estate, group, "VpcId")
    mine = [
        subnet
        for subnet in estate.of_type("AWS::EC2::Subnet")
        if vpc is None or named(estate, subnet, "VpcId") == vpc
    ]
    if vpc is not None and not mine and any(one.prefixlen <= _SMALLEST[one.version] for one in asked):
        raise UndecidedError(f"read the subnets of `{vpc}`", "VpcId", resource=group)
    versions = {block.version for block in asked}
    for subnet in mine:
        for version, name in ((4, "CidrBlock"), (6, "Ipv6CidrBlock")):
            addresses = block(estate, subnet, name) if version in versions else None
            if addresses is not None:
                yield subnet, addresses


def _holds(outer: Block, inner: Block) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]


CONTROL = Control(
    id="NET-05",
    title="Rules between workloads name a security group, not addresses",
    severity=Severity.MEDIUM,
    layer="network",
    scope="relational",
    why="A rule for a subnet admits everything that is ever started in it, also what an intruder starts.",
    remediation="Replace `CidrIp` by `SourceSecurityGroupId` of the workload that may connect",
    sources=("AWS Well-Architected ML Lens MLSEC03-BP01", "MITRE ATLAS AML.M0032"),
    reads=rule_reads(INGRESS) | SCOPE_READS | reading("AWS::EC2::Subnet", "CidrBlock", "Ipv6CidrBlock"),
    check=check,
)
