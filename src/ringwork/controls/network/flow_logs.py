"""NET-01: every VPC with ML workloads logs its traffic."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.scope import SCOPE_READS, ml_vpcs
from ringwork.controls.values import named, read
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Logs of single subnets or interfaces do not count: what is started elsewhere would go unseen. Nor does
    one whose delivery failed (EC2 API Reference, FlowLog, DeliverLogsStatus)."""

    def decide(vpc: Resource) -> Iterator[Outcome]:
        doubt: UndecidedError | None = None
        partial: Resource | None = None
        failed: Resource | None = None
        for log in estate.of_type("AWS::EC2::FlowLog"):
            try:
                if named(estate, log, "ResourceId") != vpc.key:
                    continue
                whole = read(log, "TrafficType") == "ALL" and read(log, "ResourceType") == "VPC"
                if log.attributes.get("DeliverLogsStatus") == "FAILED":
                    failed = log
                    continue
                if whole:
                    yield proved(vpc, f"`{log.name}` logs all of its traffic")
                    return
                partial = log
            except UndecidedError as error:
                doubt = error
        if doubt is not None:
            raise doubt
        if failed is not None:
            message = f"`{failed.name}` cannot deliver what it logs"
            evidence = ("DeliverLogsStatus: FAILED",)
            yield violated(vpc, message, evidence=evidence, blame=failed)
        elif partial is not None:
            message = f"`{partial.name}` logs only a part of its traffic"
            yield violated(vpc, message, "TrafficType", blame=partial)
        else:
            yield violated(vpc, "no flow log covers it", by_absence=True)

    yield from each(ml_vpcs(estate), decide)


CONTROL = Control(
    id="NET-01",
    title="Every VPC with ML workloads logs all of its traffic",
    severity=Severity.MEDIUM,
    layer="network",
    scope="relational",
    why="Without flow logs nobody can say afterwards what left, or which way somebody came.",
    remediation=(
        "Add `AWS::EC2::FlowLog` with `ResourceType: VPC`, `ResourceId` of the VPC and `TrafficType: ALL` "
        "(`ec2:CreateFlowLogs`)"
    ),
    sources=(
        "Prowler vpc_flow_logs_enabled",
        "AWS Security Hub EC2.6",
        "AWS Config VPC_FLOW_LOGS_ENABLED",
        "cdk-nag AwsSolutions-VPC7",
        "Trivy AWS-0178",
        "NIST 800-53 AU-12",
    ),
    reads=SCOPE_READS | reading("AWS::EC2::FlowLog", "ResourceId", "ResourceType", "TrafficType"),
    check=check,
)
