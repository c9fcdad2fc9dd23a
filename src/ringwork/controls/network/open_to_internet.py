"""NET-03: no security group admits the whole internet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, violated
from ringwork.controls.network.rules import (
    INGRESS,
    Block,
    Rule,
    covers_internet,
    every_rule,
    rule_blocks,
    rule_reads,
)
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Blocks of rules that admit one port are joined: two halves of the internet are the internet."""
    rules = every_rule(estate, INGRESS)

    def decide(group: Resource) -> Iterator[Outcome]:
        found = rules[group.key]
        doubt = found.error
        blocks: list[tuple[Rule, list[Block]]] = []
        for rule in found.known:
            try:
                blocks.append((rule, rule_blocks(estate, rule)))
            except UndecidedError as error:
                doubt = doubt or error
        open_rules = _open(blocks)
        for rule in open_rules:
            by_list = " by a prefix list" if rule.block is None else ""
            yield violated(
                group,
                f"admits the whole internet on {rule.ports}{by_list}",
                *rule.path,
                evidence=rule.evidence,
                blame=rule.resource,
            )
        if open_rules:
            return
        if doubt is not None:
            raise doubt
        yield proved(group, f"none of its {len(found.known)} ingress rules admits the whole internet")

    yield from each(estate.of_type("AWS::EC2::SecurityGroup"), decide)


def _open(rules: Sequence[tuple[Rule, list[Block]]]) -> list[Rule]:
    """The rules that take part in admitting every public IPv4 or IPv6 address to one port.

    Ranges of ports that have one in common have the first port of one of them in common.
    """
    found: dict[int, Rule] = {}
    for protocol, port in {(rule.protocol, _ports(rule)[0]) for rule, _ in rules}:
        admitting = [
            (index, rule, blocks)
            for index, (rule, blocks) in enumerate(rules)
            if blocks and _admits(rule, protocol, port)
        ]
        whole = [(index, rule) for index, rule, blocks in admitting if covers_internet(blocks)]
        if whole:
            found.update(whole)
        elif covers_internet([block for _, _, blocks in admitting for block in blocks]):
            found.update((index, rule) for index, rule, _ in admitting)
    return [found[index] for index in sorted(found)]


def _ports(rule: Rule) -> tuple[int, int]:
    """First and last port or ICMP type; -1 is any (EC2 API Reference, IpPermission)."""
    if rule.all_traffic or rule.first in (None, -1):
        return 0, 65535
    first = rule.first or 0
    is_type = rule.protocol in ("icmp", "icmpv6")  # there, `ToPort` is the code
    return first, first if is_type or rule.last is None else rule.last


def _admits(rule: Rule, protocol: str, port: int) -> bool:
    first, last = _ports(rule)
    return rule.protocol in ("-1", protocol) and first <= port <= last


CONTROL = Control(
    id="NET-03",
    title="No security group admits the whole internet",
    severity=Severity.HIGH,
    layer="network",
    scope="relational",
    why="One such rule undoes every ring outside the group: whoever scans the internet reaches the port.",
    remediation=(
        "Remove the rule (`ec2:RevokeSecurityGroupIngress`), or replace `CidrIp`/`CidrIpv6` by "
        "`SourceSecurityGroupId` of the group that may connect"
    ),
    sources=(
        "Prowler ec2_securitygroup_allow_ingress_from_internet_to_any_port",
        "AWS Security Hub EC2.18",
        "AWS Security Hub EC2.19",
        "AWS Config VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS",
        "Checkov CKV_AWS_24",
        "Checkov CKV_AWS_260",
        "cdk-nag AwsSolutions-EC23",
        "Trivy AWS-0107",
    ),
    reads=rule_reads(INGRESS),
    check=check,
)
