"""Which names VPCs may ask for: rule groups of Route 53 Resolver DNS Firewall, shared by an account's VPCs.

The resolver at the VPC's second address answers whatever routes, security groups and network ACLs say, and
asks any name server in the world: without a filter, a query's name carries data out (Route 53 guide, "Using
DNS Firewall to filter outbound DNS traffic"; control NET-40). So AWS's own names in the Region resolve, and
what `egress.domains` declares; all else does not exist. Rules are read by priority, first the group with the
lowest one ("Managing associations between your VPC and DNS Firewall rule groups"): the group that allows
egress, where a VPC has it, stands before the one that ends in a refusal.

Fail closed is what a VPC has unless somebody says otherwise ("DNS Firewall VPC configuration"): when the
filter does not answer, neither does the resolver.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from ringwork.architecture import names
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref, sub

AWS_NAMES = (
    "*.${AWS::Region}.${AWS::URLSuffix}",
    "*.${AWS::Region}.vpce.${AWS::URLSuffix}",
    "*.${AWS::Region}.api.aws",
    "*.${AWS::Region}.on.aws",
    "*.${AWS::Region}.sagemaker.aws",
)
"""Endpoints of AWS services in the Region (AWS General Reference, "AWS service endpoints": also of Amazon S3,
and, beside them, of ECR's registries and EFS's mount targets); interface endpoints' own names (PrivateLink
guide, "Access an AWS service"); dual-stack endpoints and ECR's dual-stack registries; Studio and notebook
instances ("Connect to Studio through an interface VPC endpoint"). Of other Regions, nothing."""
INSTANCE_NAMES = "*.${AWS::Region}.compute.internal"
FIRST_INSTANCE_NAMES = "*.ec2.internal"
"""Private names of network interfaces (EC2 guide, "EC2 instance hostnames and domains"); the second in
us-east-1."""
RULES, EGRESS_RULES = "DnsFirewallRuleGroupId", "DnsEgressRuleGroupId"
"""Outputs of the stack `account`."""


def build(template: TemplateBuilder, layout: Layout, place: AccountSite) -> None:
    if not layout.has_vpcs(place):
        return
    _rule_group(
        template,
        place,
        "DnsFirewall",
        "AWS's own names in this Region, and of the VPC; nothing else exists",
        [
            _allow(
                _domains(template, place, "AwsNames", _own_names(layout, place), "what workloads ask for")
            ),
            {
                "Action": "BLOCK",
                "BlockResponse": "NXDOMAIN",
                "FirewallDomainListId": _domains(template, place, "EveryName", ["*"], "what is left"),
                "Priority": 9000,
            },
        ],
    )
    template.output(RULES, "The DNS Firewall rule group of every VPC here", ref("DnsFirewallRules"))
    if any(layout.resolves_egress(site) for site in layout.sites_of(place)):
        declared = _declared(layout)
        names_out = _domains(template, place, "EgressNames", declared, "the blueprint's `egress.domains`")
        # a declared name may lead to a content network's: the chain is part of the answer
        _rule_group(
            template,
            place,
            "DnsEgress",
            "The names that the blueprint's egress declares",
            [{**_allow(names_out), "FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN"}],
        )
        template.output(EGRESS_RULES, "The rule group of VPCs with egress", ref("DnsEgressRules"))


def _allow(domains: Json) -> dict[str, Json]:
    return {"Action": "ALLOW", "FirewallDomainListId": domains, "Priority": 100}


def _domains(template: TemplateBuilder, place: AccountSite, name: str, domains: list[str], why: str) -> Json:
    return ref(
        template.add(
            name,
            "AWS::Route53Resolver::FirewallDomainList",
            {
                "Name": names.account_wide(place.organization, names.hyphenated(name)),
                "Domains": [sub(domain) for domain in domains],
            },
            Purpose("NET-40", f"Names for the DNS Firewall: {why}"),
        )
    )


def _rule_group(
    template: TemplateBuilder, place: AccountSite, name: str, why: str, rules: list[dict[str, Json]]
) -> None:
    template.add(
        f"{name}Rules",
        "AWS::Route53Resolver::FirewallRuleGroup",
        {"Name": names.account_wide(place.organization, names.hyphenated(name)), "FirewallRules": rules},
        Purpose("NET-40", why),
    )


def _own_names(layout: Layout, place: AccountSite) -> list[str]:
    instances = FIRST_INSTANCE_NAMES if place.region == "us-east-1" else INSTANCE_NAMES
    return [*AWS_NAMES, instances, *reverse_zones(layout.blueprint.network.cidr)]


def _declared(layout: Layout) -> list[str]:
    """`.example.com` means the name and its subdomains, as in Network Firewall's domain lists."""
    found: dict[str, None] = {}
    for domain in layout.blueprint.egress.domains:
        found[domain.removeprefix(".")] = None
        if domain.startswith("."):
            found[f"*{domain}"] = None
    return list(found)


_LOCAL = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
"""Blocks for which the resolver answers reverse queries by itself (Route 53 guide, "Domain names for which
VPC Resolver creates autodefined system rules"): those leave no VPC."""


def reverse_zones(plan: IPv4Network) -> list[str]:
    """Names of addresses in the organization's plan: distributed jobs look their own up."""
    if plan.subnet_of(_LOCAL[0]):
        return ["*.10.in-addr.arpa"]
    if not any(plan.subnet_of(block) for block in _LOCAL):
        return []
    first, second = plan.network_address.packed[:2]
    last = plan.broadcast_address.packed[1]
    return [f"*.{octet}.{first}.in-addr.arpa" for octet in range(second, last + 1)]
