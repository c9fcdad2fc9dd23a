"""The Network Firewall of an inspection VPC: only the declared domains pass, and everything is logged.

Sources: Network Firewall guide, "Managing evaluation order for Suricata compatible rules" (strict order),
"Firewall policy settings", "Stateful domain list rule groups", "Troubleshooting rules" (`HOME_NET`),
"Logging network traffic". CloudFormation has no property for a customer key of a firewall or its rules;
their logs have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

from ringwork.architecture import keys, names
from ringwork.architecture.address import Tier
from ringwork.architecture.network.flow_logs import RETENTION_DAYS
from ringwork.architecture.network.shared_vpc import zone_subnets
from ringwork.architecture.policy import allow, document
from ringwork.architecture.site import SharedSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.addresses import INSPECTION

FIREWALL = "Firewall"
CAPACITY = 1000
"""Of the rule group, which cannot grow later: a domain needs one for each of its two kinds, so 500 domains. A
policy has room for 30,000 (Network Firewall quotas)."""
LOGS = ("ALERT", "FLOW")


def firewall(
    template: TemplateBuilder, place: SharedSite, vpc: str, served: Mapping[str, IPv4Network]
) -> None:
    """`served`: the addresses whose connections are let out."""
    name = names.account_wide(place.organization, INSPECTION)
    template.add(
        "DeclaredDomains",
        "AWS::NetworkFirewall::RuleGroup",
        {
            "RuleGroupName": name,
            "Type": "STATEFUL",
            "Capacity": CAPACITY,
            "Description": "The domains that the blueprint's egress declares",
            "RuleGroup": {
                "RuleVariables": {"IPSets": {"HOME_NET": {"Definition": _blocks(served)}}},
                "RulesSource": {
                    "RulesSourceList": {
                        "GeneratedRulesType": "ALLOWLIST",
                        "TargetTypes": ["TLS_SNI", "HTTP_HOST"],
                        "Targets": list(place.blueprint.egress.domains),
                    }
                },
                "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"},
            },
        },
        Purpose(
            "NET-35",
            "Declared domains pass, by the name in the TLS or HTTP greeting; HOME_NET names the "
            "environments, since the firewall's own VPC is its default and holds none of them",
        ),
        name=name,
    )
    template.add(
        "FirewallPolicy",
        "AWS::NetworkFirewall::FirewallPolicy",
        {
            "FirewallPolicyName": name,
            "Description": "What no rule passes is dropped",
            "FirewallPolicy": {
                "StatelessDefaultActions": ["aws:forward_to_sfe"],
                "StatelessFragmentDefaultActions": ["aws:drop"],
                "StatefulDefaultActions": ["aws:drop_established", "aws:alert_established"],
                "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "DROP"},
                "StatefulRuleGroupReferences": [{"ResourceArn": ref("DeclaredDomains"), "Priority": 100}],
                "PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": _blocks(served)}}},
            },
        },
        Purpose(
            "NET-35", "Each connection is looked at, and dropped with an alert unless its domain is declared"
        ),
        name=name,
    )
    template.add(
        FIREWALL,
        "AWS::NetworkFirewall::Firewall",
        {
            "FirewallName": name,
            "FirewallPolicyArn": ref("FirewallPolicy"),
            "VpcId": ref(vpc),
            "SubnetMappings": [{"SubnetId": subnet} for subnet in zone_subnets(Tier.FIREWALL)],
            "DeleteProtection": True,
            "SubnetChangeProtection": True,
            "FirewallPolicyChangeProtection": True,
        },
        Purpose("NET-35, NET-36, NET-37", "In every zone, and no single call removes or bypasses it"),
        name=name,
    )
    _logs(template, place)


def _blocks(served: Mapping[str, IPv4Network]) -> list[Json]:
    return [str(cidr) for cidr in sorted(served.values())]


def _logs(template: TemplateBuilder, place: SharedSite) -> None:
    groups = {
        kind: names.log_group(place.organization, INSPECTION, f"firewall-{kind.lower()}") for kind in LOGS
    }
    arns = [
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group}"
        for group in groups.values()
    ]
    template.add(
        "FirewallLogKey",
        "AWS::KMS::Key",
        {
            "Description": f"Firewall logs of {place.organization}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    allow(
                        "CloudWatchLogs",
                        keys.LOG_SERVICE_ACTIONS,
                        principal={"Service": sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
                        conditions={
                            "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": [sub(arn) for arn in arns]}
                        },
                    ),
                ]
            ),
        },
        Purpose("DAT-16, DAT-21, DAT-35", "Firewall logs have a key of their own, usable for them only"),
        retain=True,
    )
    template.add(
        "FirewallLogKeyAlias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(place.organization, INSPECTION, "firewall-logs"),
            "TargetKeyId": ref("FirewallLogKey"),
        },
        Purpose("DAT-35", "A name for the firewall logs' key"),
    )
    for kind, group in groups.items():
        template.add(
            f"Firewall{kind.title()}Logs",
            "AWS::Logs::LogGroup",
            {
                "LogGroupName": group,
                "RetentionInDays": RETENTION_DAYS,
                "KmsKeyId": get_att("FirewallLogKey", "Arn"),
            },
            Purpose("NET-36, DAT-35", f"Where the firewall's {kind.lower()} log is kept"),
            retain=True,
        )
    template.add(
        "FirewallLogging",
        "AWS::NetworkFirewall::LoggingConfiguration",
        {
            "FirewallArn": ref(FIREWALL),
            "LoggingConfiguration": {
                "LogDestinationConfigs": [
                    {
                        "LogType": kind,
                        "LogDestinationType": "CloudWatchLogs",
                        "LogDestination": {"logGroup": ref(f"Firewall{kind.title()}Logs")},
                    }
                    for kind in LOGS
                ]
            },
        },
        Purpose("NET-36", "What was dropped, and every connection that was tried"),
    )
