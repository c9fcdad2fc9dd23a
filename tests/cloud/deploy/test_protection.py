"""What a service protects from deletion by itself is released before its stack goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringwork.cloud.deploy.protection import release
from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def clients(tmp_path: Path) -> Any:
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        yield session.client


def test_a_protected_association_can_go_after_its_release(clients: Any) -> None:
    resolver = clients("route53resolver")
    vpc = clients("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = resolver.create_firewall_rule_group(Name="g", CreatorRequestId="1")["FirewallRuleGroup"]["Id"]
    association = resolver.associate_firewall_rule_group(
        FirewallRuleGroupId=group,
        VpcId=vpc,
        Priority=200,
        Name="a",
        CreatorRequestId="2",
        MutationProtection="ENABLED",
    )["FirewallRuleGroupAssociation"]["Id"]
    release(clients, "AWS::Route53Resolver::FirewallRuleGroupAssociation", association)
    resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=association)


@pytest.mark.parametrize(
    ("type", "physical"),
    [
        ("AWS::Route53Resolver::FirewallRuleGroupAssociation", "rslvr-frgassoc-gone"),
        ("AWS::Route53Resolver::FirewallRuleGroupAssociation", ""),
        ("AWS::EC2::VPC", "vpc-1"),
    ],
)
def test_what_is_gone_or_has_no_protection_is_left_alone(clients: Any, type: str, physical: str) -> None:
    release(clients, type, physical)
