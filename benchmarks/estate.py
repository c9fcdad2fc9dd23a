"""How long it takes to build an estate of 100,000 resources, to index it and to read it from stacks.

Usage: python benchmarks/estate.py [resources]
"""

from __future__ import annotations

import resource as process
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ringwork.estate import Estate, Reference, Resource, Stack, Unknown, resource_key
from ringwork.estate.compare import differences
from ringwork.estate.live import link
from ringwork.estate.sources.cloudformation import read_stacks

REGION = "eu-west-1"
PER_STACK = 500
"""resources in one stack: CloudFormation's quota"""


def template(number: int) -> dict[str, object]:
    """A VPC, and subnets, groups, roles and buckets around it: 500 resources."""
    resources: dict[str, object] = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": f"10.{number % 256}.0.0/16"}}
    }
    tags = [{"Key": "ringwork:team", "Value": f"team-{number}"}, {"Key": "ringwork:stage", "Value": "prod"}]
    for index in range((PER_STACK - 1) // 4 + 1):
        resources[f"Subnet{index}"] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": {
                    "Fn::Select": [index, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 125, 8]}]
                },
                "AvailabilityZone": {"Fn::Select": [index % 3, {"Fn::GetAZs": ""}]},
                "Tags": tags,
            },
        }
        resources[f"Group{index}"] = {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "workload",
                "VpcId": {"Ref": "Vpc"},
                "SecurityGroupIngress": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}
                ],
                "Tags": tags,
            },
        }
        bucket = {"Fn::Sub": f"data-{number}-{index}-${{AWS::AccountId}}"}
        resources[f"Bucket{index}"] = {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": bucket,
                "VersioningConfiguration": {"Status": "Enabled"},
                "Tags": tags,
            },
        }
        allow = {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": {"Fn::Sub": f"${{Bucket{index}.Arn}}/*"},
        }
        resources[f"Role{index}"] = {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": f"role-{number}-{index}",
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [allow]}}],
                "Tags": tags,
            },
        }
    return {"Resources": dict(list(resources.items())[:PER_STACK])}


T = TypeVar("T")


def timed(label: str, run: Callable[[], T]) -> T:
    """Runs and prints the seconds."""
    start = time.perf_counter()
    found = run()
    print(f"{label:44} {time.perf_counter() - start:7.2f} s")
    return found


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    stacks = [
        Stack(f"s{n}", f"{100_000_000_000 + n}", REGION, template(n))
        for n in range(max(1, wanted // PER_STACK))
    ]
    (estate,) = timed(f"read {wanted} resources from {len(stacks)} stacks", lambda: read_stacks(stacks))
    timed("index of references", lambda: estate.referrers(""))
    timed("build the indexes alone", lambda: Estate(estate.resources))
    physical = {resource.key: _physical(resource, number) for number, resource in enumerate(estate.resources)}
    collected = [_as_collected(resource, physical) for resource in estate.resources]
    live = timed("link the same as collected", lambda: link(collected))
    found = timed("compare both", lambda: differences(estate, live))
    print(f"{len(estate.resources)} resources, {len(found)} differences", end=", ")
    print(f"{process.getrusage(process.RUSAGE_SELF).ru_maxrss // 1024} MB at most")


def _physical(resource: Resource, number: int) -> str:
    prefix = {"AWS::EC2::VPC": "vpc", "AWS::EC2::Subnet": "subnet", "AWS::EC2::SecurityGroup": "sg"}
    return resource.physical or f"{prefix[resource.type]}-{number:017x}"


def _as_collected(resource: Resource, physical: Mapping[str, str]) -> Resource:
    """The resource as a collector gives it: ids instead of references, lists instead of tuples."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: plain(item) for name, item in value.items()}
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        if isinstance(value, Reference):
            return physical[value.target]
        return f"{REGION}a" if isinstance(value, Unknown) else value

    name = physical[resource.key]
    return Resource(
        key=resource_key(resource.account, resource.region, resource.type, name),
        type=resource.type,
        properties=plain(resource.properties),
        account=resource.account,
        region=resource.region,
        logical=resource.logical,
        physical=name,
    )


if __name__ == "__main__":
    main()
