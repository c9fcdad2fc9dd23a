"""AWS::Route53Resolver types: DNS Firewall, and logs of queries."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.api import Api
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    RefusedError,
    added_and_removed,
)

_NAMES_A_RULE = ("FirewallDomainListId", "Qtype")
"""Members that tell rules of a group apart (Resolver API reference, DeleteFirewallRule)."""


def _rule(context: Context, rule: Properties) -> dict[str, Any]:
    """CreateFirewallRule wants a name for each rule, which a template has no place for."""
    given = {"Name": f"{context.logical}-{rule['Priority']}", **rule, "Priority": int(rule["Priority"])}
    if "BlockOverrideTtl" in given:
        given["BlockOverrideTtl"] = int(given["BlockOverrideTtl"])
    return given


def _set_rules(context: Context, group: str, change: Change) -> None:
    resolver = context.client("route53resolver")
    add, remove = added_and_removed(change)
    for rule in remove:
        named = {name: rule[name] for name in _NAMES_A_RULE if name in rule}
        resolver.delete_firewall_rule(FirewallRuleGroupId=group, **named)
    for rule in add:
        resolver.create_firewall_rule(FirewallRuleGroupId=group, **_rule(context, rule))


def _delete_group(context: Context, group: str, properties: Properties) -> None:
    resolver = context.client("route53resolver")
    for rule in resolver.list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]:
        named = {name: rule[name] for name in _NAMES_A_RULE if name in rule}
        resolver.delete_firewall_rule(FirewallRuleGroupId=group, **named)
    resolver.delete_firewall_rule_group(FirewallRuleGroupId=group)


def _set_domains(context: Context, domain_list: str, change: Change) -> None:
    context.client("route53resolver").update_firewall_domains(
        FirewallDomainListId=domain_list, Operation="REPLACE", Domains=list(change.new or ())
    )


def _set_association(context: Context, association: str, change: Change) -> None:
    """What is protected from changes changes only when the protection goes (MutationProtection)."""
    if change.creating:
        return
    value = "DISABLED" if change.name == "MutationProtection" and change.new is None else change.new
    if value is None:
        raise RefusedError(f"{change.name}: the local cloud cannot take it back to its default")
    context.client("route53resolver").update_firewall_rule_group_association(
        FirewallRuleGroupAssociationId=association,
        **{change.name: int(value) if change.name == "Priority" else value},
    )


def _stop_logging(context: Context, _association: str, properties: Properties) -> None:
    context.client("route53resolver").disassociate_resolver_query_log_config(
        ResolverQueryLogConfigId=properties["ResolverQueryLogConfigId"], ResourceId=properties["ResourceId"]
    )


ROWS = {
    "AWS::Route53Resolver::FirewallDomainList": Api(
        service="route53resolver",
        create="create_firewall_domain_list",
        ref="{answer[FirewallDomainList][Id]}",
        key={"FirewallDomainListId": "{ref}"},
        delete="delete_firewall_domain_list",
        read="get_firewall_domain_list",
        found="FirewallDomainList",
        fixed={"CreatorRequestId": "{unique}"},
        setters={"Domains": _set_domains},
        name="Name",
        limit=64,
        arn="{found[Arn]}",
    ),
    "AWS::Route53Resolver::FirewallRuleGroup": Api(
        service="route53resolver",
        create="create_firewall_rule_group",
        ref="{answer[FirewallRuleGroup][Id]}",
        key={"FirewallRuleGroupId": "{ref}"},
        delete=_delete_group,
        read="get_firewall_rule_group",
        found="FirewallRuleGroup",
        fixed={"CreatorRequestId": "{unique}"},
        setters={"FirewallRules": _set_rules},
        name="Name",
        arn="{found[Arn]}",
    ),
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": Api(
        service="route53resolver",
        create="associate_firewall_rule_group",
        ref="{answer[FirewallRuleGroupAssociation][Id]}",
        key={"FirewallRuleGroupAssociationId": "{ref}"},
        delete="disassociate_firewall_rule_group",
        read="get_firewall_rule_group_association",
        found="FirewallRuleGroupAssociation",
        fixed={"CreatorRequestId": "{unique}"},
        update=("update_firewall_rule_group_association",),
        changes=dict.fromkeys(("MutationProtection", "Priority", "Name"), _set_association),
        name="Name",
        limit=64,
        arn="{found[Arn]}",
    ),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": Api(
        service="route53resolver",
        create="create_resolver_query_log_config",
        ref="{answer[ResolverQueryLogConfig][Id]}",
        key={"ResolverQueryLogConfigId": "{ref}"},
        delete="delete_resolver_query_log_config",
        read="get_resolver_query_log_config",
        found="ResolverQueryLogConfig",
        fixed={"CreatorRequestId": "{unique}"},
        name="Name",
        limit=64,
        arn="{found[Arn]}",
    ),
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation": Api(
        service="route53resolver",
        create="associate_resolver_query_log_config",
        ref="{answer[ResolverQueryLogConfigAssociation][Id]}",
        key={"ResolverQueryLogConfigAssociationId": "{ref}"},
        delete=_stop_logging,
        read="get_resolver_query_log_config_association",
        found="ResolverQueryLogConfigAssociation",
    ),
}
