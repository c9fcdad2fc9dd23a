"""Who answers DNS queries; shapes as in the CloudFormation template reference."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect import gather
from ringwork.cloud.collect.mapping import mapped
from ringwork.cloud.collect.resolving import RESOLVER_RULE, RESOLVER_RULE_ASSOCIATION
from ringwork.estate import Resource

REGION, ACCOUNT = "eu-central-1", "123456789012"


def gathered(cloud: Any, *types: str) -> list[Resource]:
    collected = gather(cloud, accounts=[ACCOUNT], regions=(REGION,), types=types)
    assert collected.gaps == ()
    return list(collected.resources)


def test_dhcp_options_name_their_servers_and_their_vpcs(cloud: Any) -> None:
    ec2 = cloud.client("ec2", region=REGION)
    one, other = (ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (1, 2))
    servers = [{"Key": "domain-name-servers", "Values": ["192.0.2.53", "192.0.2.54"]}]
    domain = [{"Key": "domain-name", "Values": ["example.com"]}]
    made = ec2.create_dhcp_options(DhcpConfigurations=servers + domain)["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=one)
    (options,) = [each for each in gathered(cloud, "AWS::EC2::DHCPOptions") if each.physical == made]
    assert options.properties["DomainNameServers"] == ["192.0.2.53", "192.0.2.54"]
    assert options.properties["DomainName"] == "example.com"
    bound = gathered(cloud, "AWS::EC2::VPCDHCPOptionsAssociation")
    assert [each.properties["DhcpOptionsId"] for each in bound if each.properties["VpcId"] == one] == [made]
    assert made not in [
        each.properties["DhcpOptionsId"] for each in bound if each.properties["VpcId"] == other
    ]


def test_a_resolver_rule_says_where_it_forwards_to() -> None:
    # Route 53 API reference, ResolverRule and ResolverRuleAssociation
    raw = {
        "Id": "rslvr-rr-1",
        "DomainName": "example.com.",
        "RuleType": "FORWARD",
        "TargetIps": [{"Ip": "192.0.2.53", "Port": 53}],
        "ResolverEndpointId": "rslvr-out-1",
        "OwnerId": ACCOUNT,
    }
    assert mapped(RESOLVER_RULE.properties, raw) == {
        "DomainName": "example.com",
        "RuleType": "FORWARD",
        "TargetIps": [{"Ip": "192.0.2.53", "Port": 53}],
        "ResolverEndpointId": "rslvr-out-1",
    }
    assert mapped(RESOLVER_RULE.properties, {**raw, "DomainName": "."})["DomainName"] == "."
    bound = {"Id": "rslvr-rrassoc-1", "ResolverRuleId": "rslvr-rr-1", "VPCId": "vpc-1"}
    assert mapped(RESOLVER_RULE_ASSOCIATION.properties, bound) == {
        "ResolverRuleId": "rslvr-rr-1",
        "VPCId": "vpc-1",
    }


def test_rules_that_aws_makes_everywhere_are_left_out() -> None:
    # Route 53 API reference, ListResolverRules, example: the rule for the internet
    own = {"Id": "rslvr-autodefined-rr-internet-resolver", "DomainName": ".", "RuleType": "RECURSIVE"}
    assert not RESOLVER_RULE.keep(own)
    bound = {"Id": "rslvr-autodefined-assoc-vpc-1-internet-resolver", "VPCId": "vpc-1"}
    assert not RESOLVER_RULE_ASSOCIATION.keep({**bound, "ResolverRuleId": own["Id"]})


def test_rules_are_listed_in_the_local_cloud(cloud: Any) -> None:
    resolver = cloud.client("route53resolver", region=REGION)
    made = resolver.create_resolver_rule(
        CreatorRequestId="1", Name="r", RuleType="SYSTEM", DomainName="example.com"
    )["ResolverRule"]["Id"]
    vpc = cloud.client("ec2", region=REGION).create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    resolver.associate_resolver_rule(ResolverRuleId=made, VPCId=vpc)
    (rule,) = gathered(cloud, "AWS::Route53Resolver::ResolverRule")
    assert (rule.physical, rule.properties["DomainName"]) == (made, "example.com")
    (bound,) = gathered(cloud, "AWS::Route53Resolver::ResolverRuleAssociation")
    assert (bound.properties["ResolverRuleId"], bound.properties["VPCId"]) == (made, vpc)
