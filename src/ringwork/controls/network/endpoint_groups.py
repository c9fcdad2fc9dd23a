"""NET-30: interface endpoints admit HTTPS from workloads' groups, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.network.endpoint_services import of_somebody
from ringwork.controls.network.rules import INGRESS, Rule, every_rule, rule_reads
from ringwork.controls.scope import SCOPE_READS, marked_groups, ml_vpcs, workload_groups, workload_vpcs
from ringwork.controls.values import items, named, read, target
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Every ingress rule of every group that guards an endpoint is TCP 443 from a workload's group, or from
    the addresses of another VPC that shares the endpoint.

    The answer is about the group, once, however many endpoints it guards. A service of one's own answers on
    a port of its own: of its endpoint's group only the sources are asked.
    """
    rules = every_rule(estate, INGRESS)
    clients = marked_groups(estate)
    perhaps = {group.key for group in workload_groups(estate)} - clients
    vpcs = {vpc.key for vpc in ml_vpcs(estate)}
    blocks = {vpc.key: block for vpc in workload_vpcs(estate) if (block := _block(vpc)) is not None}
    guards: dict[str, list[str]] = {}
    of_aws: set[str] = set()

    def guarded(endpoint: Resource) -> Iterator[Outcome]:
        if read(endpoint, "VpcEndpointType") != "Interface" or named(estate, endpoint, "VpcId") not in vpcs:
            return
        groups = {target(estate, value) for value in items(endpoint, "SecurityGroupIds")}
        if not groups:
            # EC2 API Reference, CreateVpcEndpoint: without groups, the VPC's default group is taken
            message = "names no security group, so the VPC's default group guards it"
            yield violated(endpoint, message, "SecurityGroupIds")
        if not of_somebody(estate, endpoint):
            of_aws.update(groups)
        for group in sorted(groups):
            guards.setdefault(group, []).append(endpoint.name)
            if group not in rules:
                raise UndecidedError(f"read security group `{group}`", "SecurityGroupIds", resource=endpoint)

    def closed(group: Resource) -> Iterator[Outcome]:
        found = rules[group.key]
        doubt = found.error
        for rule in found.known:
            https = group.key not in of_aws or rule.within("tcp", 443, 443)
            if https and rule.peer in perhaps:
                reason = f"find out whether `{rule.peer}` is a workload's group, and tag it"
                doubt = doubt or UndecidedError(reason, *rule.path, resource=rule.resource)
            elif not (https and (rule.peer in clients or _another(estate, group, rule, blocks))):
                yield violated(
                    group,
                    f"guards {len(guards[group.key])} endpoints and admits more than HTTPS from workloads: "
                    f"{rule.fact}",
                    *rule.path,
                    evidence=rule.evidence,
                    blame=rule.resource,
                )
                return
        if doubt is not None:
            raise doubt
        yield proved(group, f"guards {len(guards[group.key])} endpoints; admits HTTPS from workloads only")

    yield from each(estate.of_type("AWS::EC2::VPCEndpoint"), guarded)
    groups = estate.of_type("AWS::EC2::SecurityGroup")
    yield from each((group for group in groups if group.key in guards), closed)


def _block(vpc: Resource) -> IPv4Network | None:
    cidr = vpc.properties.get("CidrBlock")
    try:
        return IPv4Network(cidr) if isinstance(cidr, str) else None
    except ValueError:
        return None


def _another(estate: Estate, group: Resource, rule: Rule, blocks: Mapping[str, IPv4Network]) -> bool:
    """The rule admits one other workload VPC, or a part of it, to a shared endpoint: of groups in another VPC
    a rule knows none, or only across a Transit Gateway that has it enabled (VPC guide, security group rules).
    """
    if not isinstance(rule.block, IPv4Network):
        return False
    own = named(estate, group, "VpcId")
    return any(rule.block.subnet_of(block) for vpc, block in blocks.items() if vpc != own)


CONTROL = Control(
    id="NET-30",
    title="Interface endpoints accept HTTPS from workloads only",
    severity=Severity.MEDIUM,
    layer="network",
    scope="relational",
    why="An endpoint that answers anybody in the VPC is a way to AWS APIs for whoever gets a foothold in it.",
    remediation=(
        "Set `SecurityGroupIds` to a group whose only rules are TCP 443 with `SourceSecurityGroupId` of each "
        "workload's group (`ec2:ModifyVpcEndpoint`, `ec2:RevokeSecurityGroupIngress`)"
    ),
    sources=(
        "aws-samples/amazon-sagemaker-studio-vpc-blog #2",
        "Mondoo cnspec vpc-endpoint-security-groups",
    ),
    reads=rule_reads(INGRESS)
    | SCOPE_READS
    | reading("AWS::EC2::VPC", "CidrBlock")
    | reading("AWS::EC2::VPCEndpoint", "VpcEndpointType", "ServiceName", "SecurityGroupIds", "VpcId"),
    check=check,
)
