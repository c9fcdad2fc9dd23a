"""NET-05: rules between workloads name a security group, not a range of addresses."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, each, proved, reading, violated
from ringwork.controls.network.rules import INGRESS, Block, every_rule, rule_reads
from ringwork.controls.scope import SCOPE_READS, workload_groups
from ringwork.controls.values import block, named
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """A rule fails whose CIDR block holds a whole subnet of the estate (so also one that holds a VPC)."""
    rules = every_rule(estate, INGRESS)

    def decide(group: Resource) -> Iterator[Outcome]:
        found = rules[group.key]
        for rule in found.known:
            if rule.block is None:
                continue
            held = [
                (subnet, addresses)
                for subnet, addresses in _subnets(estate, named(estate, group, "VpcId"))
                if _holds(rule.block, addresses)
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
        found.complete()
        yield proved(group, "no ingress rule admits a whole subnet by its addresses")

    yield from each(workload_groups(estate), decide)


def _subnets(estate: Estate, vpc: str | None) -> Iterator[tuple[Resource, Block]]:
    for subnet in estate.of_type("AWS::EC2::Subnet"):
        if vpc is not None and named(estate, subnet, "VpcId") != vpc:
            continue
        addresses = block(estate, subnet, "CidrBlock")
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
    reads=rule_reads(INGRESS) | SCOPE_READS | reading("AWS::EC2::Subnet", "CidrBlock"),
    check=check,
)
