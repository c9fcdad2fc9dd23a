"""NET-03: no security group admits the whole internet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwork.controls.control import Control, Outcome, each, proved, violated
from ringwork.controls.network.rules import (
    INGRESS,
    Rule,
    covers_internet,
    every_rule,
    prefix_list_blocks,
    rule_reads,
)
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Blocks of one protocol and port range are joined: two halves of the internet are the internet."""
    rules = every_rule(estate, INGRESS)

    def decide(group: Resource) -> Iterator[Outcome]:
        found = rules[group.key]
        open_rules = _open(found.known)
        for rule in open_rules:
            yield violated(
                group,
                f"admits the whole internet on {rule.ports}",
                *rule.path,
                evidence=rule.evidence,
                blame=rule.resource,
            )
        if open_rules:
            return
        found.complete()
        for rule in found.known:
            if rule.prefixes is not None:
                entries = prefix_list_blocks(estate, rule)
                if entries is not None and covers_internet(entries):
                    yield violated(
                        group,
                        f"admits the whole internet on {rule.ports} by a prefix list",
                        *rule.path,
                        evidence=rule.evidence,
                        blame=rule.resource,
                    )
                    return
        yield proved(group, f"none of its {len(found.known)} ingress rules admits the whole internet")

    yield from each(estate.of_type("AWS::EC2::SecurityGroup"), decide)


def _open(rules: Iterable[Rule]) -> list[Rule]:
    """The rules that take part in admitting every IPv4 or every IPv6 address."""
    alike: dict[tuple[str, int | None, int | None], list[Rule]] = {}
    for rule in rules:
        if rule.block is not None:
            alike.setdefault((rule.protocol, rule.first, rule.last), []).append(rule)
    found: list[Rule] = []
    for group in alike.values():
        whole = [rule for rule in group if rule.block is not None and rule.block.prefixlen == 0]
        if whole:
            found.extend(whole)
        elif covers_internet([rule.block for rule in group if rule.block is not None]):
            found.extend(group)
    return found


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
