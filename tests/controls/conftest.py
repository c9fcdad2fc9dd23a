"""Small estates written by hand: a `World` holds resources, and answers one control at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ringwork.controls import CATALOGUE, evaluate
from ringwork.estate import Estate, Gap, Logical, Reference, Resource, Unknown
from ringwork.findings import Finding, Origin, Status

ACCOUNT, REGION = "111122223333", "eu-central-1"


class World:
    """An estate under construction."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.gaps: list[Gap] = []

    def add(
        self,
        type: str,
        name: str,
        properties: Mapping[str, Any] | None = None,
        *,
        tags: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        arn: str | None = None,
        physical: str | None = None,
        live: bool = False,
        account: str = ACCOUNT,
        region: str = REGION,
    ) -> Reference:
        """Add (or replace) a resource of the template stack `s`, or a live one; returns a reference."""
        full = f"AWS::{type}"
        key = f"{account}/{region}/{full}/{name}"
        content = dict(properties or {})
        if tags is not None:
            content["Tags"] = tuple({"Key": k, "Value": v} for k, v in tags.items())
        origin = (
            Origin(operation="ec2:DescribeThings", time="2026-01-01T00:00:00Z")
            if live
            else Origin(file="s.yaml", line=len(self.resources) + 1)
        )
        self.resources[key] = Resource(
            key=key,
            type=full,
            properties=content,
            account=account,
            region=region,
            logical=None if live else Logical("s", name),
            physical=physical or (name if live else None),
            arn=arn,
            attributes=attributes or {},
            origins=(origin,),
        )
        return Reference(key)

    def gap(self, type: str, account: str = ACCOUNT, region: str | None = REGION) -> None:
        self.gaps.append(Gap(account, region, f"AWS::{type}", "`x:List` failed: AccessDenied"))

    @property
    def estate(self) -> Estate:
        return Estate(self.resources.values(), gaps=self.gaps)

    def findings(self, control: str) -> tuple[Finding, ...]:
        return evaluate(self.estate, [control])

    def answers(self, control: str) -> dict[str, Status]:
        """Status by the subject's name; every finding carries what its status owes the reader."""
        found = self.findings(control)
        for finding in found:
            assert finding.title == CATALOGUE[control].title
            assert finding.message
            assert bool(finding.settle) == (finding.status is Status.UNKNOWN), finding
            assert bool(finding.remediation) == (finding.status is not Status.PROVED)
        return {finding.subject.name.removeprefix("s/"): finding.status for finding in found}

    # parts that many estates have

    def vpc(self, name: str = "Vpc", cidr: Any = "10.0.0.0/16", **more: Any) -> Reference:
        return self.add("EC2::VPC", name, {"CidrBlock": cidr}, tags={"ringwork:team": "a"}, **more)

    def subnet(self, vpc: Reference, name: str = "Subnet", **properties: Any) -> Reference:
        given = {"VpcId": vpc, "CidrBlock": "10.0.1.0/24", **properties}
        return self.add("EC2::Subnet", name, given, tags={"ringwork:tier": "build"})

    def group(self, name: str = "Group", *, workload: str | None = "train", **properties: Any) -> Reference:
        tags = {"ringwork:workload": workload, "ringwork:workload-type": "training"} if workload else {}
        return self.add("EC2::SecurityGroup", name, {"GroupDescription": "d", **properties}, tags=tags)

    def ingress(self, group: Any, name: str = "Rule", **properties: Any) -> Reference:
        given = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **properties}
        return self.add("EC2::SecurityGroupIngress", name, given)

    def egress(self, group: Any, name: str = "Out", **properties: Any) -> Reference:
        given = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **properties}
        return self.add("EC2::SecurityGroupEgress", name, given)

    def role(self, name: str = "Role", **properties: Any) -> Reference:
        return self.add("IAM::Role", name, properties, tags={"ringwork:workload": "train"})

    def bucket(
        self, name: str = "Bucket", *, tags: Mapping[str, Any] | None = None, **properties: Any
    ) -> Reference:
        """A data bucket that holds models, named `NAME` in lower case."""
        return self.add(
            "S3::Bucket",
            name,
            {"BucketName": name.lower(), **properties},
            tags={"ringwork:data-class": "restricted", "ringwork:team": "a"} if tags is None else tags,
            arn=f"arn:aws:s3:::{name.lower()}",
            physical=name.lower(),
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def not_known() -> Unknown:
    return Unknown("a parameter without a value; name it")
