"""What an account has once in each Region, against AWS's pages and the controls NET-34, NET-39 and NET-40."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from ringwork.architecture.account.dns_firewall import reverse_zones
from ringwork.architecture.logs import retention

EGRESS = {"domains": ["packages.example.org", ".example.com"], "mode": "per-vpc"}


def account(compiled: Any, region: str = "eu-west-1") -> dict[str, Any]:
    resources: dict[str, Any] = compiled.template("main", "account", region)["Resources"]
    return {logical: resource["Properties"] for logical, resource in resources.items()}


def test_no_traffic_passes_an_internet_gateway_where_no_egress_is_declared(clinic: Any) -> None:
    options = account(clinic)["BlockPublicAccess"]
    assert options == {"InternetGatewayBlockMode": "block-bidirectional"}


def test_nothing_comes_in_where_nat_lets_out(compiling: Any) -> None:
    # "Only traffic to and from NAT gateways and egress-only internet gateways is allowed"
    options = account(compiling(egress=EGRESS))["BlockPublicAccess"]
    assert options == {"InternetGatewayBlockMode": "block-ingress"}


def test_the_block_can_be_left_to_somebody_else(compiling: Any) -> None:
    compiled = compiling(network={"block_public_access": False})
    assert "BlockPublicAccess" not in account(compiled)
    assert any("block_public_access" in note for note in compiled.architecture.notes)


def test_the_resolver_answers_awss_own_names_and_no_other(clinic: Any) -> None:
    parts = account(clinic)
    rules = parts["DnsFirewallRules"]["FirewallRules"]
    assert [(rule["Action"], rule["FirewallDomainListId"]) for rule in rules] == [
        ("ALLOW", {"Ref": "AwsNames"}),
        ("BLOCK", {"Ref": "EveryName"}),
    ]
    assert rules[0]["Priority"] < rules[1]["Priority"]
    assert rules[1]["BlockResponse"] == "NXDOMAIN"
    assert parts["EveryName"]["Domains"] == ["*"]
    assert "DnsEgressRules" not in parts
    names = [name["Fn::Sub"] if isinstance(name, dict) else name for name in parts["AwsNames"]["Domains"]]
    assert {"*.${AWS::Region}.${AWS::URLSuffix}", "*.${AWS::Region}.sagemaker.aws"} <= set(names)
    assert all("${AWS::Region}" in name or name.endswith(".in-addr.arpa") for name in names)


def test_declared_names_resolve_where_people_work_and_nowhere_else(compiling: Any) -> None:
    teams = {
        "jobs": {"workloads": {"train": {"type": "training"}}},
        "people": {"workloads": {"desk": {"type": "notebook"}}},
    }
    compiled = compiling(egress=EGRESS, teams=teams, flows=[])
    parts = account(compiled)
    assert parts["EgressNames"]["Domains"] == ["packages.example.org", "example.com", "*.example.com"]
    (rule,) = parts["DnsEgressRules"]["FirewallRules"]
    # the answer may be a name of a content network
    assert (rule["Action"], rule["FirewallDomainRedirectionAction"]) == ("ALLOW", "TRUST_REDIRECTION_DOMAIN")
    kind = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    assert set(compiled.of_type(kind, "jobs")) == {"DnsFirewall"}
    people = compiled.of_type(kind, "people")
    assert people["DnsEgress"]["Priority"] < people["DnsFirewall"]["Priority"]


@pytest.mark.parametrize("environment", ["imaging", "research"])
def test_each_vpc_is_filtered_and_logged_and_the_filter_is_protected(clinic: Any, environment: str) -> None:
    kind = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    (association,) = clinic.of_type(kind, environment).values()
    assert association["MutationProtection"] == "ENABLED"
    assert association["VpcId"] == {"Ref": "Vpc"}
    assert 100 < association["Priority"] < 9900
    (logged,) = clinic.of_type(
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation", environment
    ).values()
    assert logged["ResourceId"] == {"Ref": "Vpc"}


def test_query_logs_lie_under_a_key_that_serves_their_group_alone(clinic: Any) -> None:
    parts = account(clinic)
    assert parts["QueryLogs"]["DestinationArn"] == {"Fn::GetAtt": ["DnsLogGroup", "Arn"]}
    assert parts["DnsLogGroup"]["KmsKeyId"] == {"Fn::GetAtt": ["DnsLogKey", "Arn"]}
    (statement,) = [s for s in parts["DnsLogKey"]["KeyPolicy"]["Statement"] if s["Sid"] == "CloudWatchLogs"]
    name = parts["DnsLogGroup"]["LogGroupName"]
    (arn,) = statement["Condition"]["ArnEquals"].values()
    assert arn["Fn::Sub"].endswith(f":log-group:{name}")


def test_an_account_has_one_configuration_a_region_whatever_number_of_vpcs(clinic: Any) -> None:
    # quotas: 20 query logging configurations in a Region, 100 VPCs each
    kind = "AWS::Route53Resolver::ResolverQueryLoggingConfig"
    for region in ("eu-west-1", "eu-central-1"):
        stacks = [stack for stack in clinic.architecture.stacks if stack.region == region]
        types = [each["Type"] for stack in stacks for each in stack.template["Resources"].values()]
        assert types.count(kind) == 1


def test_accounts_without_a_vpc_are_closed_and_have_no_filter(compiling: Any) -> None:
    compiled = compiling(
        accounts={"layout": "per-team"},
        teams={"solo": {"workloads": {"train": {"type": "training"}}}},
        flows=[],
    )
    resources = compiled.template("security", "account")["Resources"]
    assert set(resources) == {"BlockPublicAccess"}


@pytest.mark.parametrize(
    ("plan", "zones"),
    [
        ("10.64.0.0/12", ["*.10.in-addr.arpa"]),
        ("192.168.0.0/16", ["*.168.192.in-addr.arpa"]),
        ("172.20.0.0/15", ["*.20.172.in-addr.arpa", "*.21.172.in-addr.arpa"]),
        ("100.64.0.0/10", []),  # the resolver would ask the internet
    ],
)
def test_reverse_names_resolve_where_the_resolver_answers_by_itself(plan: str, zones: list[str]) -> None:
    assert reverse_zones(IPv4Network(plan)) == zones


@pytest.mark.parametrize(("asked", "allowed"), [(1, 1), (2, 3), (365, 365), (366, 400), (3653, 3653)])
def test_retention_is_the_next_that_cloudwatch_logs_allows(asked: int, allowed: int) -> None:
    assert retention(asked) == allowed
