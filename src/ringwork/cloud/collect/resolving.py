"""Who answers a VPC's DNS queries besides its own resolver: resolver rules, and servers of DHCP options.

What AWS makes in every account (autodefined rules) is not collected. Rules that another account shares are:
they are listed where they hold.
"""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect.kinds import Below, Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Raw, Tags
from ringwork.cloud.collect.network import arn, ids

AUTODEFINED = "rslvr-autodefined-"
"""how ids of AWS's own rules begin (Route 53 guide, "Viewing and editing forwarding rules")"""


def _domain(raw: Raw) -> Any:
    """Without the dot that Route 53 writes at the end; of the root alone it stays."""
    name = raw.get("DomainName")
    return (name.rstrip(".") or ".") if isinstance(name, str) else MISSING


RESOLVER_RULE = Kind(
    "AWS::Route53Resolver::ResolverRule",
    Listing("route53resolver", "ListResolverRules", "ResolverRules"),
    deployed=False,
    physical=lambda raw: raw["Id"],
    keep=lambda raw: not str(raw["Id"]).startswith(AUTODEFINED) and raw.get("Status") != "DELETING",
    properties={
        "Name": "Name",
        "DomainName": Computed(_domain),
        "RuleType": "RuleType",
        "ResolverEndpointId": "ResolverEndpointId",
        "TargetIps": Each("TargetIps", {name: name for name in ("Ip", "Ipv6", "Port", "Protocol")}),
    },
    attributes={"ResolverRuleId": "Id", "Arn": "Arn", "ShareStatus": "ShareStatus"},
    arn=lambda raw, where: raw.get("Arn"),
)

RESOLVER_RULE_ASSOCIATION = Kind(
    "AWS::Route53Resolver::ResolverRuleAssociation",
    Listing("route53resolver", "ListResolverRuleAssociations", "ResolverRuleAssociations"),
    deployed=False,
    physical=lambda raw: raw["Id"],
    keep=lambda raw: (
        not str(raw["ResolverRuleId"]).startswith(AUTODEFINED) and raw.get("Status") != "DELETING"
    ),
    properties={"Name": "Name", "ResolverRuleId": "ResolverRuleId", "VPCId": "VPCId"},
    attributes={"ResolverRuleAssociationId": "Id"},
)


_NAMES = {
    "domain-name": "DomainName",
    "domain-name-servers": "DomainNameServers",
    "ntp-servers": "NtpServers",
    "netbios-name-servers": "NetbiosNameServers",
    "netbios-node-type": "NetbiosNodeType",
}


def _option(key: str) -> Computed:
    single = key in ("domain-name", "netbios-node-type")

    def found(raw: Raw) -> Any:
        for option in raw.get("DhcpConfigurations", ()):
            if option.get("Key") == key:
                values = [value["Value"] for value in option.get("Values", ())]
                return (values[0] if values else MISSING) if single else values
        return MISSING

    return Computed(found)


_OPTIONS = "DescribeDhcpOptions"

DHCP_OPTIONS = Kind(
    "AWS::EC2::DHCPOptions",
    Listing("ec2", _OPTIONS, "DhcpOptions"),
    deployed=False,
    physical=lambda raw: raw["DhcpOptionsId"],
    narrow=ids("DhcpOptionsIds"),
    properties={**{name: _option(key) for key, name in _NAMES.items()}, "Tags": Tags()},
    attributes={"DhcpOptionsId": "DhcpOptionsId"},
    arn=arn("dhcp-options", "DhcpOptionsId"),
)

VPC_DHCP_OPTIONS_ASSOCIATION = Kind(
    "AWS::EC2::VPCDHCPOptionsAssociation",
    Listing(
        "ec2",
        _OPTIONS,
        "DhcpOptions",
        below=Below(
            "DescribeVpcs",
            "Vpcs",
            lambda raw, where: {"Filters": [{"Name": "dhcp-options-id", "Values": [raw["DhcpOptionsId"]]}]},
        ),
    ),
    deployed=False,
    physical=lambda raw: f"{raw['$above']['DhcpOptionsId']}|{raw['VpcId']}",
    properties={"DhcpOptionsId": "$above.DhcpOptionsId", "VpcId": "VpcId"},
)

KINDS = (RESOLVER_RULE, RESOLVER_RULE_ASSOCIATION, DHCP_OPTIONS, VPC_DHCP_OPTIONS_ASSOCIATION)
