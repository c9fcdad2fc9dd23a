"""Route 53 Resolver: DNS Firewall, and logs of queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import Each, Raw, Tags

DOMAIN_LISTS = Listing("route53resolver", "ListFirewallDomainLists", "FirewallDomainLists")
RULE_GROUPS = Listing("route53resolver", "ListFirewallRuleGroups", "FirewallRuleGroups")
ASSOCIATIONS = Listing(
    "route53resolver", "ListFirewallRuleGroupAssociations", "FirewallRuleGroupAssociations"
)
QUERY_LOGS = Listing("route53resolver", "ListResolverQueryLogConfigs", "ResolverQueryLogConfigs")
LOGGED_VPCS = Listing(
    "route53resolver", "ListResolverQueryLogConfigAssociations", "ResolverQueryLogConfigAssociations"
)

TAGS = Detail("$tags", "ListTagsForResource", lambda raw, where: {"ResourceArn": raw["Arn"]}, result="Tags")


def _given(raw: Raw, where: Where) -> str | None:
    return str(raw["Arn"])


def _of(parameter: str) -> Callable[[Raw, Where], dict[str, Any]]:
    return lambda raw, where: {parameter: raw["Id"]}


def _owned(raw: Raw) -> bool:
    """Not one of AWS's lists, and not what another account shares."""
    return not raw.get("ManagedOwnerName") and raw.get("ShareStatus") != "SHARED_WITH_ME"


DOMAIN_LIST = Kind(
    "AWS::Route53Resolver::FirewallDomainList",
    DOMAIN_LISTS,
    physical=lambda raw: raw["Id"],
    keep=_owned,
    details=(
        Detail("$domains", "ListFirewallDomains", _of("FirewallDomainListId"), result="Domains"),
        TAGS,
    ),
    properties={"Name": "Name", "Domains": "$domains", "Tags": Tags("$tags")},
    attributes={"Id": "Id", "Arn": "Arn"},
    arn=_given,
)

_RULE = {
    name: name
    for name in (
        *("Action", "BlockOverrideDnsType", "BlockOverrideDomain", "BlockOverrideTtl", "BlockResponse"),
        *("ConfidenceThreshold", "DnsThreatProtection", "FirewallDomainListId"),
        *("FirewallDomainRedirectionAction", "FirewallThreatProtectionId", "Priority", "Qtype"),
    )
}

RULE_GROUP = Kind(
    "AWS::Route53Resolver::FirewallRuleGroup",
    RULE_GROUPS,
    physical=lambda raw: raw["Id"],
    keep=_owned,
    details=(
        Detail("$rules", "ListFirewallRules", _of("FirewallRuleGroupId"), result="FirewallRules"),
        TAGS,
    ),
    properties={"Name": "Name", "FirewallRules": Each("$rules", _RULE), "Tags": Tags("$tags")},
    attributes={"Id": "Id", "Arn": "Arn", "OwnerId": "OwnerId", "ShareStatus": "ShareStatus"},
    arn=_given,
)

RULE_GROUP_ASSOCIATION = Kind(
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
    ASSOCIATIONS,
    physical=lambda raw: raw["Id"],
    # Firewall Manager's associations have an owner
    keep=lambda raw: raw.get("Status") != "DELETING",
    details=(TAGS,),
    properties={
        "FirewallRuleGroupId": "FirewallRuleGroupId",
        "VpcId": "VpcId",
        "Name": "Name",
        "Priority": "Priority",
        "MutationProtection": "MutationProtection",
        "Tags": Tags("$tags"),
    },
    attributes={"Id": "Id", "Arn": "Arn", "Status": "Status", "ManagedOwnerName": "ManagedOwnerName"},
    arn=_given,
)

QUERY_LOGGING_CONFIG = Kind(
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    QUERY_LOGS,
    physical=lambda raw: raw["Id"],
    keep=_owned,
    details=(TAGS,),
    properties={"Name": "Name", "DestinationArn": "DestinationArn", "Tags": Tags("$tags")},
    attributes={"Id": "Id", "Arn": "Arn", "Status": "Status", "OwnerId": "OwnerId"},
    arn=_given,
)

QUERY_LOGGING_ASSOCIATION = Kind(
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
    LOGGED_VPCS,
    physical=lambda raw: raw["Id"],
    keep=lambda raw: raw.get("Status") != "DELETING",
    properties={"ResolverQueryLogConfigId": "ResolverQueryLogConfigId", "ResourceId": "ResourceId"},
    attributes={"Id": "Id", "Status": "Status", "Error": "Error"},
)

KINDS = (
    DOMAIN_LIST,
    RULE_GROUP,
    RULE_GROUP_ASSOCIATION,
    QUERY_LOGGING_CONFIG,
    QUERY_LOGGING_ASSOCIATION,
)
