"""NET-04: security groups of training and inference let nothing out without naming where."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, violated
from ringwork.controls.network.rules import (
    EGRESS,
    covers_internet,
    every_rule,
    is_nameless,
    prefix_list_blocks,
    rule_reads,
)
from ringwork.controls.scope import INTERACTIVE, SCOPE_READS, WORKLOAD_TYPE, known_tags, workload_groups
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Groups of studios and notebooks are left to declared egress: people may need package indexes."""
    rules = every_rule(estate, EGRESS)

    def decide(group: Resource) -> Iterator[Outcome]:
        found = rules[group.key]
        blocks = []
        doubt = found.error
        for rule in found.known:
            try:
                entries = prefix_list_blocks(estate, rule) if rule.prefixes is not None else []
            except UndecidedError as error:
                doubt, entries = error, []
            blocks.extend([rule.block] if rule.block is not None else entries or [])
            mine = ([rule.block] if rule.block is not None else []) + (entries or [])
            if rule.all_traffic or covers_internet(mine) or any(is_nameless(one) for one in mine):
                yield violated(
                    group,
                    f"lets {rule.ports} out to {rule.block or rule.peer or 'a prefix list'}",
                    *(rule.path or ("IpProtocol",)),
                    evidence=rule.evidence,
                    blame=rule.resource,
                )
                return
        if covers_internet(blocks):
            evidence = [rule.fact for rule in found.known if rule.block is not None]
            yield violated(group, "its egress rules together reach every address", EGRESS, evidence=evidence)
            return
        if doubt is not None:
            raise doubt
        yield proved(group, f"each of its {len(found.known)} egress rules names a narrow destination")

    groups = workload_groups(estate)
    yield from each((g for g in groups if known_tags(g).get(WORKLOAD_TYPE) not in INTERACTIVE), decide)


CONTROL = Control(
    id="NET-04",
    title="Training and inference groups let traffic out only to named destinations",
    severity=Severity.HIGH,
    layer="network",
    scope="relational",
    why="A container that runs somebody's code or model can send training data wherever its group lets it.",
    remediation=(
        "Replace the rule (`ec2:RevokeSecurityGroupEgress`) by `AWS::EC2::SecurityGroupEgress` with "
        "`DestinationSecurityGroupId` or `DestinationPrefixListId`; give `SecurityGroupEgress` one rule to "
        "127.0.0.1/32 so that EC2's allow-all default goes"
    ),
    sources=("Trivy AWS-0104", "MITRE ATLAS AML.M0019", "OWASP ML Top 10 ML05:2023"),
    reads=rule_reads(EGRESS) | SCOPE_READS,
    check=check,
)
