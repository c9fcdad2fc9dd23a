"""NET-27 and NET-28: endpoints pass only what somebody named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.network.endpoint_services import of_somebody
from ringwork.controls.policy import (
    Condition,
    Statement,
    is_every_action,
    is_every_resource,
    pattern,
    statements,
)
from ringwork.controls.scope import SCOPE_READS, ml_vpcs
from ringwork.controls.values import named, read, text
from ringwork.estate import Estate, Reference, Resource
from ringwork.findings import Severity

OWN_KEYS = (
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:ResourceAccount",
)
"""Conditions that keep strangers, or strangers' resources, out (IAM User Guide, "Establish permissions
guardrails using data perimeters")."""


def _service_itself(statement: Statement) -> bool:
    """Only AWS's own service principals match."""
    return any(
        condition.key == "aws:principalisawsservice"
        and condition.operator == "Bool"
        and condition.demands
        and condition.values == ("true",)
        for condition in statement.conditions
    )


def _every_action(statement: Statement) -> bool:
    """`*`, or `service:*`: an endpoint passes requests to one service only."""
    return any(is_every_action(action, "") for action in statement.actions)


def check_full_access(estate: Estate) -> Iterator[Outcome]:
    """Gateway Load Balancer endpoints carry packets, not requests: they have no policy. Nor have those of
    endpoint services that are not AWS's: only integrated AWS services read one."""

    def decide(endpoint: Resource) -> Iterator[Outcome]:
        if read(endpoint, "VpcEndpointType") in ("GatewayLoadBalancer", "Resource", "ServiceNetwork"):
            return
        if of_somebody(estate, endpoint):
            return
        if endpoint.properties.get("PolicyDocument") is None:
            yield violated(endpoint, "has no policy, so AWS's full access policy applies", "PolicyDocument")
            return
        for statement in statements(estate, endpoint, "PolicyDocument"):
            place = ("PolicyDocument", "Statement", statement.index)
            if not (statement.allows and statement.anyone):
                continue
            if statement.pins(*OWN_KEYS) or _service_itself(statement):
                continue
            if statement.not_actions or statement.not_resources:
                raise UndecidedError("an Allow by exception is not modelled; name what is allowed", *place)
            if not _every_action(statement):
                continue
            if None in statement.resources:
                raise UndecidedError("a resource is not known", *place, "Resource", resource=endpoint)
            if any(one and is_every_resource(one, "", any_account=True) for one in statement.resources):
                yield violated(
                    endpoint,
                    "lets everybody do everything through it",
                    *place,
                    evidence=(f"statement {statement.index}: Allow, every principal, action and resource",),
                )
                return
        yield proved(endpoint, "its policy names whom, or what, it passes", "PolicyDocument")

    yield from each(estate.of_type("AWS::EC2::VPCEndpoint"), decide)


_REGION = r"[a-z]{2}(?:-(?:gov|iso[a-z]?))?-(?:central|(?:north|south)?(?:east|west)?)-[1-9]"
AWS_OWNED = re.compile(
    rf"prod-{_REGION}-starport-layer-bucket|jumpstart-(?:private-)?cache-prod-{_REGION}"
    r"|sagemaker-sample-files"
    rf"|aws-ssm-(?:document-attachments-|distributor-file-)?{_REGION}|patch-baseline-snapshot-{_REGION}"
    rf"|al2023-repos-{_REGION}-de612dc2|amazonlinux-2-repos-{_REGION}"
    rf"|amazonlinux\.{_REGION}\.amazonaws\.com"
)
"""Buckets that AWS services read from on a customer's behalf (aws-samples/data-perimeter-policy-examples,
"service_owned_resources"; Amazon ECR User Guide, "Amazon ECR interface VPC endpoints")."""


def _bucket(resource: str) -> str:
    """The bucket's name in an ARN pattern of S3."""
    if resource.startswith("\0"):
        end = resource.index("\0", 1) + 1  # the reference holds slashes itself
        return resource[:end] + resource[end:].split("/", 1)[0]
    return resource.split(":::", 1)[-1].split("/", 1)[0]


def _whose(estate: Estate, conditions: Iterable[Condition]) -> None:
    """One of the conditions names accounts of the estate. Raises `UndecidedError`: another account, or an
    organization, may be anybody's."""
    accounts = {resource.account for resource in estate.resources}
    names: list[str | None] = []
    for condition in conditions:
        if condition.key == "aws:resourceaccount" and accounts.issuperset(condition.values):
            return
        names.extend(condition.values)
    raise UndecidedError(f"find out whose {', '.join(f'`{name}`' for name in names)} is")


def check_named_buckets(estate: Estate) -> Iterator[Outcome]:
    """Every bucket that the S3 endpoint of an ML VPC passes requests to is one of the estate's, or AWS's."""
    vpcs = {vpc.key for vpc in ml_vpcs(estate)}
    ours = {
        bucket.physical or pattern(estate, bucket.properties.get("BucketName", Reference(bucket.key)))
        for bucket in estate.of_type("AWS::S3::Bucket")
    }

    def decide(endpoint: Resource) -> Iterator[Outcome]:
        if of_somebody(estate, endpoint):
            return
        service = text(estate, endpoint, "ServiceName")
        if service is None or not service.endswith(".s3") or named(estate, endpoint, "VpcId") not in vpcs:
            return
        if endpoint.properties.get("PolicyDocument") is None:
            yield violated(
                endpoint, "has no policy, so every bucket of the world is reached", "PolicyDocument"
            )
            return
        passed = set()
        for statement in statements(estate, endpoint, "PolicyDocument"):
            if not statement.allows:
                continue
            place = ("PolicyDocument", "Statement", statement.index)
            if statement.not_resources or statement.not_actions:
                raise UndecidedError("an Allow by exception is not modelled; name what is allowed", *place)
            for resource in statement.resources:
                if resource is None:
                    raise UndecidedError("a bucket's name is not known", *place, "Resource")
                bucket = _bucket(resource)
                if bucket in ours or AWS_OWNED.fullmatch(bucket):
                    passed.add(bucket)
                    continue
                wild = "*" in bucket or "?" in bucket
                limits = tuple(statement.pinning("aws:ResourceAccount", "aws:ResourceOrgID"))
                if wild and limits:
                    try:
                        _whose(estate, limits)
                    except UndecidedError as error:
                        raise UndecidedError(error.reason, *place, "Condition") from None
                    continue
                what = "buckets by pattern" if wild else "a bucket that is not in the estate"
                yield violated(
                    endpoint,
                    f"passes requests to {what}: `{bucket}`",
                    *place,
                    "Resource",
                    evidence=(f"statement {statement.index}: Resource {resource}",),
                    by_absence=not wild,
                )
                return
        yield proved(endpoint, f"passes requests to {len(passed)} named buckets only", "PolicyDocument")

    yield from each(estate.of_type("AWS::EC2::VPCEndpoint"), decide)


CONTROLS = (
    Control(
        id="NET-27",
        title="Every VPC endpoint has a policy narrower than full access",
        severity=Severity.HIGH,
        layer="network",
        scope="resource",
        why="With AWS's default policy, keys of any account send data out through your own endpoint.",
        remediation=(
            "Give `PolicyDocument` a condition on `aws:PrincipalOrgID` and `aws:ResourceOrgID`, or on "
            "`aws:PrincipalAccount` and `aws:ResourceAccount` (`ec2:ModifyVpcEndpoint`)"
        ),
        sources=(
            "Prowler vpc_endpoint_connections_trust_boundaries",
            "aws-samples/data-perimeter-policy-examples AllowRequestsByOrgsIdentitiesToOrgsResources",
            "MITRE ATLAS AML.M0019",
        ),
        reads=reading("AWS::EC2::VPCEndpoint", "VpcEndpointType", "ServiceName", "PolicyDocument"),
        check=check_full_access,
    ),
    Control(
        id="NET-28",
        title="The S3 endpoint passes requests to named buckets only",
        severity=Severity.HIGH,
        layer="network",
        scope="relational",
        why="An endpoint that reaches every bucket is a way to copy training data into somebody else's.",
        remediation=(
            "Name the team's buckets and the AWS-owned ones in `Resource` of the endpoint's `PolicyDocument` "
            "(`ec2:ModifyVpcEndpoint`)"
        ),
        sources=(
            "aws-samples/data-perimeter-policy-examples AllowRequestsToAWSOwnedResources",
            "aws-samples/data-perimeter-policy-examples #15",
        ),
        reads=SCOPE_READS
        | reading("AWS::EC2::VPCEndpoint", "ServiceName", "PolicyDocument")
        | reading("AWS::S3::Bucket", "BucketName"),
        check=check_named_buckets,
    ),
)
