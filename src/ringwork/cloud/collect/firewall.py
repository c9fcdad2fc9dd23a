"""Network Firewall: rule groups, policies, firewalls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Raw, Tags, look


def _described(name: str, operation: str, argument: str) -> Detail:
    return Detail(name, operation, lambda raw, where: {argument: raw["Arn"]})


def _arn(raw: Raw, where: Where) -> str:
    return str(raw["Arn"])


RULE_GROUP = Kind(
    "AWS::NetworkFirewall::RuleGroup",
    Listing(
        "network-firewall", "ListRuleGroups", "RuleGroups", parameters=lambda where: {"Scope": "ACCOUNT"}
    ),
    physical=lambda raw: raw["Arn"],
    details=(_described("$group", "DescribeRuleGroup", "RuleGroupArn"),),
    properties={
        "RuleGroupName": "$group.RuleGroupResponse.RuleGroupName",
        "Type": "$group.RuleGroupResponse.Type",
        "Capacity": "$group.RuleGroupResponse.Capacity",
        "Description": "$group.RuleGroupResponse.Description",
        "RuleGroup": "$group.RuleGroup",
        "Tags": Tags("$group.RuleGroupResponse.Tags"),
    },
    attributes={"RuleGroupArn": "Arn", "RuleGroupId": "$group.RuleGroupResponse.RuleGroupId"},
    arn=_arn,
)
FIREWALL_POLICY = Kind(
    "AWS::NetworkFirewall::FirewallPolicy",
    Listing("network-firewall", "ListFirewallPolicies", "FirewallPolicies"),
    physical=lambda raw: raw["Arn"],
    details=(_described("$policy", "DescribeFirewallPolicy", "FirewallPolicyArn"),),
    properties={
        "FirewallPolicyName": "$policy.FirewallPolicyResponse.FirewallPolicyName",
        "Description": "$policy.FirewallPolicyResponse.Description",
        "FirewallPolicy": "$policy.FirewallPolicy",
        "Tags": Tags("$policy.FirewallPolicyResponse.Tags"),
    },
    attributes={
        "FirewallPolicyArn": "Arn",
        "FirewallPolicyId": "$policy.FirewallPolicyResponse.FirewallPolicyId",
    },
    arn=_arn,
)


def _endpoints(raw: Raw) -> Any:
    """`ZONE:ENDPOINT` for each zone, as CloudFormation gives it."""
    states = look(raw, "$firewall.FirewallStatus.SyncStates")
    if not isinstance(states, Mapping):
        return MISSING
    return [f"{zone}:{states[zone].get('Attachment', {}).get('EndpointId')}" for zone in sorted(states)]


FIREWALLS = Listing("network-firewall", "ListFirewalls", "Firewalls")
FIREWALL = Kind(
    "AWS::NetworkFirewall::Firewall",
    FIREWALLS,
    physical=lambda raw: raw["FirewallArn"],
    details=(
        Detail("$firewall", "DescribeFirewall", lambda raw, where: {"FirewallArn": raw["FirewallArn"]}),
    ),
    properties={
        "FirewallName": "FirewallName",
        "FirewallPolicyArn": "$firewall.Firewall.FirewallPolicyArn",
        "VpcId": "$firewall.Firewall.VpcId",
        "SubnetMappings": Each(
            "$firewall.Firewall.SubnetMappings", {"SubnetId": "SubnetId", "IPAddressType": "IPAddressType"}
        ),
        "DeleteProtection": "$firewall.Firewall.DeleteProtection",
        "SubnetChangeProtection": "$firewall.Firewall.SubnetChangeProtection",
        "FirewallPolicyChangeProtection": "$firewall.Firewall.FirewallPolicyChangeProtection",
        "Description": "$firewall.Firewall.Description",
        "Tags": Tags("$firewall.Firewall.Tags"),
    },
    attributes={
        "FirewallArn": "FirewallArn",
        "FirewallId": "$firewall.Firewall.FirewallId",
        "EndpointIds": Computed(_endpoints),
    },
    arn=lambda raw, where: raw["FirewallArn"],
)
LOGGING_CONFIGURATION = Kind(
    "AWS::NetworkFirewall::LoggingConfiguration",
    FIREWALLS,
    physical=lambda raw: raw["FirewallArn"],
    details=(
        Detail(
            "$logging",
            "DescribeLoggingConfiguration",
            lambda raw, where: {"FirewallArn": raw["FirewallArn"]},
            result="LoggingConfiguration",
        ),
    ),
    exists_by="$logging",
    properties={
        "FirewallArn": "FirewallArn",
        "LoggingConfiguration": Computed(lambda raw: _logging(look(raw, "$logging"))),
    },
    identity=("FirewallArn",),
)


def _logging(found: Any) -> Any:
    if not isinstance(found, Mapping):
        return MISSING
    return {"LogDestinationConfigs": [dict(each) for each in found.get("LogDestinationConfigs", ())]}


KINDS = (RULE_GROUP, FIREWALL_POLICY, FIREWALL, LOGGING_CONFIGURATION)
