"""DNS Firewall and query logs, as the Route 53 API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def resolver(tmp_path: Any) -> Any:
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        client = session.client("route53resolver")
        client.vpc = session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        yield client


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def group(resolver: Any) -> str:
    made = resolver.create_firewall_rule_group(Name="g", CreatorRequestId="1")
    return str(made["FirewallRuleGroup"]["Id"])


def associate(resolver: Any, **more: Any) -> dict[str, Any]:
    arguments = {
        "FirewallRuleGroupId": group(resolver),
        "VpcId": resolver.vpc,
        "Priority": 200,
        "Name": "a",
        "CreatorRequestId": "2",
        **more,
    }
    made: dict[str, Any] = resolver.associate_firewall_rule_group(**arguments)["FirewallRuleGroupAssociation"]
    return made


def test_a_protected_association_is_neither_changed_nor_removed(resolver: Any) -> None:
    made = associate(resolver, MutationProtection="ENABLED")
    named = {"FirewallRuleGroupAssociationId": made["Id"]}
    assert refused(resolver.disassociate_firewall_rule_group, **named) == "ConflictException"
    changed = refused(resolver.update_firewall_rule_group_association, **named, Priority=300)
    assert changed == "ConflictException"
    resolver.update_firewall_rule_group_association(**named, MutationProtection="DISABLED")
    resolver.disassociate_firewall_rule_group(**named)
    assert resolver.list_firewall_rule_group_associations()["FirewallRuleGroupAssociations"] == []


@pytest.mark.parametrize("priority", [100, 9900])
def test_priorities_lie_between_100_and_9900(resolver: Any, priority: int) -> None:
    arguments = {
        "FirewallRuleGroupId": group(resolver),
        "VpcId": resolver.vpc,
        "Priority": priority,
        "Name": "a",
        "CreatorRequestId": "2",
    }
    assert refused(resolver.associate_firewall_rule_group, **arguments) == "ValidationException"


def test_a_vpc_has_each_priority_once(resolver: Any) -> None:
    associate(resolver)
    with pytest.raises(ClientError):
        associate(resolver)


def test_a_list_in_use_and_a_group_in_use_stay(resolver: Any) -> None:
    listed = resolver.create_firewall_domain_list(Name="l", CreatorRequestId="1")["FirewallDomainList"]["Id"]
    association = associate(resolver)
    named = {"FirewallRuleGroupId": association["FirewallRuleGroupId"], "FirewallDomainListId": listed}
    resolver.create_firewall_rule(**named, Priority=1, Action="ALLOW", Name="r", CreatorRequestId="1")
    in_use = refused(resolver.delete_firewall_domain_list, FirewallDomainListId=listed)
    assert in_use == "ConflictException"
    bound = refused(
        resolver.delete_firewall_rule_group, FirewallRuleGroupId=association["FirewallRuleGroupId"]
    )
    assert bound == "ConflictException"


def test_failing_closed_is_the_default(resolver: Any) -> None:
    config = resolver.get_firewall_config(ResourceId=resolver.vpc)["FirewallConfig"]
    assert config["FirewallFailOpen"] == "DISABLED"


def test_a_configuration_with_vpcs_stays(resolver: Any) -> None:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x"
    config = resolver.create_resolver_query_log_config(Name="q", DestinationArn=arn, CreatorRequestId="1")
    named = {"ResolverQueryLogConfigId": config["ResolverQueryLogConfig"]["Id"]}
    resolver.associate_resolver_query_log_config(**named, ResourceId=resolver.vpc)
    assert refused(resolver.delete_resolver_query_log_config, **named) == "InvalidRequestException"
    resolver.disassociate_resolver_query_log_config(**named, ResourceId=resolver.vpc)
    resolver.delete_resolver_query_log_config(**named)
    assert resolver.list_resolver_query_log_configs()["ResolverQueryLogConfigs"] == []


def test_tags_are_kept(resolver: Any) -> None:
    made = resolver.create_firewall_domain_list(
        Name="l", CreatorRequestId="1", Tags=[{"Key": "a", "Value": "1"}]
    )["FirewallDomainList"]["Arn"]
    resolver.tag_resource(ResourceArn=made, Tags=[{"Key": "b", "Value": "2"}])
    resolver.untag_resource(ResourceArn=made, TagKeys=["a"])
    assert resolver.list_tags_for_resource(ResourceArn=made)["Tags"] == [{"Key": "b", "Value": "2"}]
