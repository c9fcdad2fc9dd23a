"""Law: whatever a template says of names, the answer is one of the five, and nothing raises."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwork.network.completeness import answers
from ringwork.network.names import Outcome, resolve
from ringwork.network.reading import read

from .estates import API, REGION, alias, endpoint, estate, key, record, ref, vpc, zone

JUNK = st.sampled_from(
    [
        *(0, -1, 5, True, "", "x", "..", "*", "a" * 300, [], [[]], [5], {}, {"a": 1}, [{}], [{"VPCId": 7}]),
        *(ref("Later"), ref("Vpc"), ref("Nowhere"), {"Fn::GetAtt": ["Api", "DnsEntries"]}),
        *({"Fn::Select": [9, {"Fn::GetAtt": ["Api", "DnsEntries"]}]}, "arn:aws:route53:::hostedzone/Z1"),
    ]
)


def _whole() -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        **vpc(),
        "Api": endpoint(f"com.amazonaws.{REGION}.sagemaker.api"),
        "Zone": zone("example.com", "Vpc"),
        "Record": record("Zone", "a.example.com", "10.0.0.1"),
        "Alias": alias("Zone", "b.example.com", "Api"),
        "Sets": (
            "Route53::RecordSetGroup",
            {"HostedZoneName": "example.com.", "RecordSets": [{"Name": "c.example.com", "Type": "A"}]},
        ),
        "Rule": (
            "Route53Resolver::ResolverRule",
            {"DomainName": "b.test", "RuleType": "FORWARD", "TargetIps": [{"Ip": "10.9.9.9"}]},
        ),
        "RuleOf": (
            "Route53Resolver::ResolverRuleAssociation",
            {"ResolverRuleId": ref("Rule"), "VPCId": ref("Vpc")},
        ),
        "Inbound": (
            "Route53Resolver::ResolverEndpoint",
            {"Direction": "INBOUND", "IpAddresses": [{"SubnetId": ref("A"), "Ip": "10.9.9.9"}]},
        ),
        "Profile": ("Route53Profiles::Profile", {"Name": "p"}),
        "ProfileOf": (
            "Route53Profiles::ProfileAssociation",
            {"ProfileId": ref("Profile"), "ResourceId": ref("Vpc"), "Priority": 100},
        ),
        "Held": (
            "Route53Profiles::ProfileResourceAssociation",
            {"ProfileId": ref("Profile"), "ResourceArn": {"Fn::GetAtt": ["Group", "Arn"]}},
        ),
        "List": ("Route53Resolver::FirewallDomainList", {"Domains": ["bad.example"]}),
        "Group": (
            "Route53Resolver::FirewallRuleGroup",
            {"FirewallRules": [{"Action": "BLOCK", "Priority": 1, "FirewallDomainListId": ref("List")}]},
        ),
        "GroupOf": (
            "Route53Resolver::FirewallRuleGroupAssociation",
            {"FirewallRuleGroupId": ref("Group"), "VpcId": ref("Vpc"), "Priority": 200},
        ),
        "Options": ("EC2::DHCPOptions", {"DomainNameServers": ["AmazonProvidedDNS"]}),
        "OptionsOf": (
            "EC2::VPCDHCPOptionsAssociation",
            {"DhcpOptionsId": ref("Options"), "VpcId": ref("Vpc")},
        ),
        "Notebook": (
            "SageMaker::NotebookInstance",
            {"SubnetId": ref("A"), "SecurityGroupIds": [], "DirectInternetAccess": "Disabled"},
        ),
        "Features": ("SageMaker::FeatureGroup", {"OnlineStoreConfig": {"EnableOnlineStore": True}}),
    }


PLACES = [(name, each) for name, (_, properties) in _whole().items() if name != "A" for each in properties]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=4),
    st.sampled_from([API, "a.example.com", "b.example.com", "c.example.com", "b.test", "", ".", "x" * 80]),
)
def test_bad_input_gives_an_answer(changes: list[tuple[tuple[str, str], Any]], name: str) -> None:
    resources = _whole()
    for (resource, member), junk in changes:
        resources[resource][1][member] = junk
    made = estate(resources)
    model = read(made)
    if key("EC2::Subnet", "A") not in model.subnets:
        return
    assert resolve(made, model, key("EC2::Subnet", "A"), name).outcome in Outcome
    for answer in answers(made, model):
        assert answer.message
