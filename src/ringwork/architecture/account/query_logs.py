"""Where DNS queries of the account's VPCs are logged: one configuration a Region, into an encrypted group.

One for all VPCs, because an account may have 20 configurations in a Region, each for up to 100 VPCs (Route 53
guide, "Quotas on VPC Resolver").
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture import keys, logs, names
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import document
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref

VPCS = 100
"""that one configuration can log; AWS raises it on request"""
CONFIG = "QueryLogConfigId"
"""Output of the stack `account`."""


def build(template: TemplateBuilder, layout: Layout, place: AccountSite) -> None:
    if not layout.has_vpcs(place):
        return
    group = names.account_log_group(place.organization, "dns-queries")
    template.add(
        "DnsLogKey",
        "AWS::KMS::Key",
        {
            "Description": f"DNS query logs of {place.organization}/{place.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document([*keys.administration(), logs.encryption(group)]),
        },
        Purpose("DAT-16, DAT-21, DAT-35", "Logs have a key of their own, usable for this log group only"),
        retain=True,
    )
    template.add(
        "DnsLogGroup",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": group,
            "RetentionInDays": logs.retention(layout.blueprint.detection.log_days),
            "KmsKeyId": get_att("DnsLogKey", "Arn"),
        },
        Purpose("NET-39, DAT-35", "Where DNS queries are kept: names asked for betray who calls whom"),
        retain=True,
    )
    template.add(
        "QueryLogs",
        "AWS::Route53Resolver::ResolverQueryLoggingConfig",
        {
            "Name": names.account_wide(place.organization, "dns-queries"),
            "DestinationArn": get_att("DnsLogGroup", "Arn"),
        },
        Purpose("NET-39", "Every query of every VPC here, answered or refused"),
    )
    template.output(CONFIG, "The query logging configuration of every VPC here", ref("QueryLogs"))


def notes(layout: Layout) -> Iterator[str]:
    for place in layout.account_sites:
        count = sum(1 for site in layout.sites_of(place) if layout.has_network(site))
        if count > VPCS:
            yield (
                f"account {place.account_id} has {count} VPCs in {place.region}, and a query logging "
                f"configuration logs {VPCS}: ask AWS for more (Route 53 guide, quotas on VPC Resolver)"
            )
