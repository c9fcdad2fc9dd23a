"""What a VPC's resolver may answer, and that it is logged: the account's rules, bound to one VPC.

The stack `account` has the rule groups and the logging configuration (`architecture.account`): VPCs share
them. A VPC with egress gets a second group before the first one, so that declaring egress, or taking it
back, changes nothing of the group that refuses. Call it last for a template.
"""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.layout import Layout
from ringwork.architecture.template import Json, Purpose, TemplateBuilder
from ringwork.estate import StackOutput

EGRESS_PRIORITY, PRIORITY = 200, 300
"""Which group is asked first; above 100 and below 9900 (AssociateFirewallRuleGroup, Priority)."""

FOLLOWS_FLOWS = frozenset(
    {"AWS::EC2::NetworkAclEntry", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"}
)
"""Types that a new flow adds resources of."""


def resolver(
    template: TemplateBuilder,
    layout: Layout,
    *,
    account: str,
    region: str,
    vpc: Json,
    name: str,
    egress: bool,
    filtered: bool = True,
) -> None:
    """Bind a VPC of any stack. `name`: what stands in names where others have their environment's;
    `egress`: whether the names that the blueprint's egress declares resolve; `filtered`: false for a VPC in
    which others are, who would lose their names."""
    home = layout.by_account[account, region].stack_id("account")

    def given(output: str, description: str, pattern: str) -> Json:
        return template.parameter(output, description, pattern, StackOutput(home, output))

    label = names.shortened(f"{layout.organization}-{name}", 64)
    template.add(
        "QueryLogging",
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        {
            "ResolverQueryLogConfigId": given(
                "QueryLogConfigId", "The query logging configuration of this account's VPCs", "^rqlc-.+$"
            ),
            "ResourceId": vpc,
        },
        Purpose("NET-39", "Each query is logged, so that a name that carries data is seen"),
    )
    if not filtered:
        return
    if egress:
        template.add(
            "DnsEgress",
            "AWS::Route53Resolver::FirewallRuleGroupAssociation",
            {
                "FirewallRuleGroupId": given(
                    "DnsEgressRuleGroupId", "The names that VPCs with egress may ask for", "^rslvr-frg-.+$"
                ),
                "VpcId": vpc,
                "Priority": EGRESS_PRIORITY,
                "Name": label,
            },
            Purpose("NET-40", "The names that the blueprint's egress declares; taking them away only closes"),
        )
    # what is protected cannot be rolled back: it comes last, when what takes long and may fail is made. Rules
    # and entries are left out, so that a new flow changes nothing here
    before = [
        made
        for made, resource in template.resources.items()
        if {"Ref": made} != vpc and resource["Type"] not in FOLLOWS_FLOWS
    ]
    template.add(
        "DnsFirewall",
        "AWS::Route53Resolver::FirewallRuleGroupAssociation",
        {
            "FirewallRuleGroupId": given(
                "DnsFirewallRuleGroupId", "The DNS Firewall rules of this account's VPCs", "^rslvr-frg-.+$"
            ),
            "VpcId": vpc,
            "Priority": PRIORITY,
            "Name": label,
            "MutationProtection": "ENABLED",
        },
        Purpose("NET-40", "The resolver answers no name but the allowed ones: names carry no data out"),
        depends_on=before,
    )
