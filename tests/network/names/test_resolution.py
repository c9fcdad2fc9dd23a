"""Expected values: Route 53 guide, "Considerations when working with a private hosted zone" and "What are
Amazon Route 53 Profiles"; PrivateLink guide, "Access an AWS service using an interface VPC endpoint"; VPC
user guide, "DNS attributes for your VPC". Each test names the sentence that it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ringwork.estate import Estate, Gap
from ringwork.network.names import Outcome, resolve
from ringwork.network.reading import read

from .estates import ACCOUNT, API, REGION, alias, asked, endpoint, estate, key, record, ref, vpc, zone

SERVICE = f"com.amazonaws.{REGION}.sagemaker.api"


def _forward(
    domain: str, type: str = "FORWARD", target: str = "192.0.2.53"
) -> dict[str, tuple[str, dict[str, Any]]]:
    rule: dict[str, Any] = {"DomainName": domain, "RuleType": type}
    if type == "FORWARD":
        rule["TargetIps"] = [{"Ip": target, "Port": "53"}]
    name = f"Rule{domain.replace('.', '')}"
    bound = {"ResolverRuleId": ref(name), "VPCId": ref("Vpc")}
    return {
        name: ("Route53Resolver::ResolverRule", rule),
        f"{name}Bound": ("Route53Resolver::ResolverRuleAssociation", bound),
    }


# --- endpoints' private DNS


def test_private_dns_resolves_the_default_name_to_the_endpoint() -> None:
    """ "those requests now go through the endpoint network interfaces" """
    found = asked({**vpc(), "Api": endpoint(SERVICE)})
    assert (found.outcome, found.endpoints) == (Outcome.ENDPOINT, (key("EC2::VPCEndpoint", "Api"),))
    assert found.decided_by == key("EC2::VPCEndpoint", "Api")


def test_without_private_dns_the_default_name_stays_public() -> None:
    found = asked({**vpc(), "Api": endpoint(SERVICE, PrivateDnsEnabled=False)})
    assert found.outcome is Outcome.PUBLIC


def test_an_endpoint_answers_for_its_own_service_only() -> None:
    found = asked({**vpc(), "Runtime": endpoint(f"com.amazonaws.{REGION}.sagemaker.runtime")})
    assert found.outcome is Outcome.PUBLIC


def test_an_endpoint_answers_for_its_own_region_only() -> None:
    found = asked({**vpc(), "Api": endpoint(SERVICE)}, "api.sagemaker.us-east-1.amazonaws.com")
    assert found.outcome is Outcome.PUBLIC


def test_an_endpoint_of_another_vpc_has_no_private_name_here() -> None:
    other = {**vpc("Other", "OtherA", "10.9"), "Api": endpoint(SERVICE, "Other", "OtherA")}
    assert asked({**vpc(), **other}).outcome is Outcome.PUBLIC


@pytest.mark.parametrize("attributes", [{"EnableDnsHostnames": False}, {"EnableDnsHostnames": None}])
def test_private_dns_needs_dns_host_names(attributes: dict[str, object]) -> None:
    """ "... and your VPC has both DNS hostnames and DNS resolution enabled"; off unless said."""
    network = dict(vpc(**attributes))
    network["Vpc"] = ("EC2::VPC", {k: v for k, v in network["Vpc"][1].items() if v is not None})
    found = asked({**network, "Api": endpoint(SERVICE)})
    assert (found.outcome, found.decided_by) == (Outcome.PUBLIC, key("EC2::VPC", "Vpc"))


def test_without_dns_support_nothing_resolves() -> None:
    """ "the Amazon Route 53 Resolver ... is not enabled" """
    found = asked({**vpc(EnableDnsSupport=False), "Api": endpoint(SERVICE)})
    assert (found.outcome, found.decided_by) == (Outcome.BLOCKED, key("EC2::VPC", "Vpc"))


def test_other_dns_servers_are_not_known() -> None:
    servers = {"DomainNameServers": ["192.0.2.53"]}
    bound = {"DhcpOptionsId": ref("Options"), "VpcId": ref("Vpc")}
    options = {
        "Options": ("EC2::DHCPOptions", servers),
        "Bound": ("EC2::VPCDHCPOptionsAssociation", bound),
    }
    found = asked({**vpc(), "Api": endpoint(SERVICE), **options})
    assert (found.outcome, found.decided_by) == (Outcome.UNKNOWN, key("EC2::DHCPOptions", "Options"))
    servers["DomainNameServers"] = ["AmazonProvidedDNS"]
    assert asked({**vpc(), "Api": endpoint(SERVICE), **options}).outcome is Outcome.ENDPOINT


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers"}, Outcome.ENDPOINT),
        ({"PrivateDnsOnlyForInboundResolverEndpoint": "OnlyInboundResolver"}, Outcome.PUBLIC),
        ({}, Outcome.UNKNOWN),
    ],
)
def test_s3_inside_the_vpc_uses_the_gateway_endpoint_where_its_interface_is_for_others(
    options: dict[str, str], outcome: Outcome
) -> None:
    """EC2 API reference, DnsOptionsSpecification: "It routes traffic that originates from the VPC to the
    gateway endpoint and traffic that originates from on-premises to the interface endpoint"."""
    s3 = endpoint(f"com.amazonaws.{REGION}.s3", DnsOptions=options)
    assert asked({**vpc(), "S3": s3}, f"bucket.s3.{REGION}.amazonaws.com").outcome is outcome


def test_an_endpoint_whose_names_are_not_known_may_have_a_name_that_no_known_service_has() -> None:
    network = {**vpc(), "Other": endpoint(f"com.amazonaws.{REGION}.comprehend")}
    assert asked(network, f"comprehend.{REGION}.amazonaws.com").outcome is Outcome.UNKNOWN
    assert asked(network).outcome is Outcome.PUBLIC
    assert asked(network, "www.example.com").outcome is Outcome.PUBLIC


# --- private hosted zones


def test_the_most_specific_zone_answers() -> None:
    """ "Resolver chooses accounting.example.com because it's more specific than example.com" """
    zones = {
        "Wide": zone("example.com", "Vpc"),
        "WideRecord": record("Wide", "seattle.accounting.example.com", "10.0.0.1"),
        "Narrow": zone("accounting.example.com", "Vpc"),
        "NarrowRecord": record("Narrow", "seattle.accounting.example.com", "10.0.0.2"),
    }
    found = asked({**vpc(), **zones}, "Seattle.accounting.example.com.")
    assert (found.outcome, found.values) == (Outcome.PRIVATE, ("10.0.0.2",))
    assert found.decided_by == key("Route53::HostedZone", "Narrow")


def test_a_zone_without_the_record_says_that_the_name_does_not_exist() -> None:
    """ "Resolver doesn't forward the request to a public DNS resolver. Instead, it returns NXDOMAIN" """
    zones = {"Zone": zone("example.com", "Vpc"), "Other": record("Zone", "www.example.com", "10.0.0.1")}
    assert asked({**vpc(), **zones}, "accounting.example.com").outcome is Outcome.BLOCKED


def test_a_zone_that_shadows_awss_names_hides_an_endpoint_only_where_it_is_more_specific() -> None:
    network = {**vpc(), "Api": endpoint(SERVICE), "Zone": zone("amazonaws.com", "Vpc")}
    assert asked(network).outcome is Outcome.ENDPOINT
    assert asked(network, f"sts.{REGION}.amazonaws.com").outcome is Outcome.BLOCKED


def test_a_public_zone_and_a_zone_of_other_vpcs_do_not_answer() -> None:
    other = {**vpc("Other", "OtherA", "10.9"), "Zone": zone(API, "Other"), "Public": zone("amazonaws.com")}
    assert asked({**vpc(), **other}).outcome is Outcome.PUBLIC


def test_two_zones_of_one_name_are_not_decided() -> None:
    assert asked({**vpc(), "Api": endpoint(SERVICE), "Zone": zone(API, "Vpc")}).outcome is Outcome.UNKNOWN


def test_a_wildcard_stands_for_any_labels_unless_a_name_nearer_exists() -> None:
    """RFC 4592, 2.2.1: the example of a wildcard and the names that it does not stand for."""
    zones = {
        "Zone": zone("example", "Vpc"),
        "Star": record("Zone", "*.example", "10.0.0.1"),
        "Sub": record("Zone", "host1.sub.example", "10.0.0.2"),
    }
    assert asked({**vpc(), **zones}, "foo.bar.example").values == ("10.0.0.1",)
    assert asked({**vpc(), **zones}, "ghost.sub.example").outcome is Outcome.BLOCKED
    assert asked({**vpc(), **zones}, "host1.sub.example").values == ("10.0.0.2",)


def test_an_alias_leads_to_the_endpoint_of_another_vpc() -> None:
    central = {
        **vpc("Hub", "HubA", "10.9"),
        "Api": endpoint(SERVICE, "Hub", "HubA", PrivateDnsEnabled=False),
        "Zone": zone(API, "Hub", "Vpc"),
        "Record": alias("Zone", API, "Api"),
    }
    found = asked({**vpc(), **central})
    assert (found.outcome, found.endpoints) == (Outcome.ENDPOINT, (key("EC2::VPCEndpoint", "Api"),))
    assert found.decided_by == key("Route53::HostedZone", "Zone")


def test_a_cname_is_followed() -> None:
    zones = {
        "Zone": zone("example.com", "Vpc"),
        "Record": record("Zone", "ml.example.com", f"{API}.", type="CNAME"),
    }
    found = asked({**vpc(), "Api": endpoint(SERVICE), **zones}, "ml.example.com")
    assert (found.outcome, found.endpoints) == (Outcome.ENDPOINT, (key("EC2::VPCEndpoint", "Api"),))


def test_a_loop_of_cnames_is_unknown() -> None:
    zones = {
        "Zone": zone("example.com", "Vpc"),
        "One": record("Zone", "a.example.com", "b.example.com", type="CNAME"),
        "Two": record("Zone", "b.example.com", "a.example.com", type="CNAME"),
    }
    assert asked({**vpc(), **zones}, "a.example.com").outcome is Outcome.UNKNOWN


def test_a_zone_whose_name_is_not_known_may_be_the_names_own() -> None:
    unknown = ("Route53::HostedZone", {"Name": ref("Later"), "VPCs": [{"VPCId": ref("Vpc")}]})
    assert asked({**vpc(), "Api": endpoint(SERVICE), "Zone": unknown}).outcome is Outcome.UNKNOWN


OWN = "vpce-099deb00b40f00e22-lj2wisx3"
"""from the PrivateLink guide's example of an endpoint's DNS entries"""


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (f"{OWN}.sagemaker.api.{REGION}.vpce.amazonaws.com", True),
        (f"{OWN}-{REGION}a.sagemaker.api.{REGION}.vpce.amazonaws.com", True),
        (f"vpce-0123456789abcdef0-lj2wisx3.sagemaker.api.{REGION}.vpce.amazonaws.com", False),
    ],
)
def test_an_endpoints_own_names_lead_to_it_from_everywhere(name: str, known: bool) -> None:
    """ "The DNS records that we create for your interface VPC endpoint are public": also from another VPC,
    with and without private DNS, in a record and by themselves."""
    central = {
        **vpc("Hub", "HubA", "10.9"),
        "Api": endpoint(SERVICE, "Hub", "HubA", PrivateDnsEnabled=False),
        "Zone": zone("example.com", "Vpc"),
        "Record": record("Zone", "ml.example.com", name, type="CNAME"),
    }
    made = estate({**vpc(), **central})
    deployed = Estate(
        replace(each, physical="vpce-099deb00b40f00e22") if each.type == "AWS::EC2::VPCEndpoint" else each
        for each in made.resources
    )
    for query in (name, "ml.example.com"):
        found = resolve(deployed, read(deployed), key("EC2::Subnet", "A"), query)
        assert found.outcome is (Outcome.ENDPOINT if known else Outcome.UNKNOWN)
        assert found.endpoints == ((key("EC2::VPCEndpoint", "Api"),) if known else ())


def test_an_alias_to_a_name_among_an_endpoints_entries_leads_to_it() -> None:
    entry = {"DnsName": f"{OWN}.anything.at.all", "HostedZoneId": "ZC8PG0KIFKBRI"}
    target = {"DNSName": f"{OWN}.anything.at.all", "HostedZoneId": "ZC8PG0KIFKBRI"}
    central = {
        **vpc("Hub", "HubA", "10.9"),
        "Api": endpoint(SERVICE, "Hub", "HubA", PrivateDnsEnabled=False),
        "Zone": zone(API, "Vpc"),
        "Record": (
            "Route53::RecordSet",
            {"HostedZoneId": ref("Zone"), "Name": API, "Type": "A", "AliasTarget": target},
        ),
    }
    made = estate({**vpc(), **central})
    deployed = Estate(
        replace(each, attributes={"DnsEntries": (entry,)}) if each.type == "AWS::EC2::VPCEndpoint" else each
        for each in made.resources
    )
    found = resolve(deployed, read(deployed), key("EC2::Subnet", "A"), API)
    assert (found.outcome, found.endpoints) == (Outcome.ENDPOINT, (key("EC2::VPCEndpoint", "Api"),))


@pytest.mark.parametrize("type", ["AWS::Route53::HostedZone", "AWS::Route53Resolver::ResolverRule", None])
def test_what_could_not_be_read_may_decide(type: str | None) -> None:
    made = estate({**vpc(), "Api": endpoint(SERVICE)})
    hidden = Estate(made.resources, gaps=[Gap(ACCOUNT, None, type, "access denied")])
    found = resolve(hidden, read(hidden), key("EC2::Subnet", "A"), API)
    assert found.outcome is Outcome.UNKNOWN
    assert "access denied" in found.why


# --- resolver rules


def test_a_forwarding_rule_for_the_same_domain_wins_over_a_private_zone() -> None:
    """ "the Resolver rule takes precedence over the private hosted zone" """
    zones = {"Zone": zone("example.com", "Vpc"), "Record": record("Zone", "a.example.com", "10.0.0.1")}
    found = asked({**vpc(), **zones, **_forward("example.com")}, "a.example.com")
    assert found.outcome is Outcome.UNKNOWN
    assert found.decided_by == key("Route53Resolver::ResolverRule", "Ruleexamplecom")


def test_private_names_still_resolve_under_a_forwarding_rule_for_a_wider_domain() -> None:
    """ "autodefined rules ensure that your private hosted zones ... continue to resolve if you create
    conditional forwarding rules for less specific domain names such as "." (dot) or "com" " """
    network = {**vpc(), "Api": endpoint(SERVICE), **_forward(".")}
    assert asked(network).outcome is Outcome.ENDPOINT
    assert asked(network, f"sts.{REGION}.amazonaws.com").outcome is Outcome.UNKNOWN


def test_a_system_rule_keeps_names_from_being_forwarded() -> None:
    """ "System rules cause VPC Resolver to locally resolve DNS queries for specific domains" """
    network = {**vpc(), **_forward("."), **_forward("amazonaws.com", "SYSTEM")}
    assert asked(network).outcome is Outcome.PUBLIC
    assert asked(network, "example.com").outcome is Outcome.UNKNOWN


def test_a_rule_to_the_inbound_endpoint_of_another_vpc_is_answered_there() -> None:
    inbound = {"SubnetId": ref("HubA"), "Ip": "10.9.1.53"}
    central = {
        **vpc("Hub", "HubA", "10.9"),
        "Api": endpoint(SERVICE, "Hub", "HubA"),
        "Inbound": (
            "Route53Resolver::ResolverEndpoint",
            {"Direction": "INBOUND", "IpAddresses": [inbound], "SecurityGroupIds": []},
        ),
    }
    found = asked({**vpc(), **central, **_forward("amazonaws.com", target="10.9.1.53")})
    assert (found.outcome, found.endpoints) == (Outcome.ENDPOINT, (key("EC2::VPCEndpoint", "Api"),))


# --- Profiles: the guide's table of examples


def _profile(domain: str | None) -> dict[str, tuple[str, dict[str, Any]]]:
    """A Profile of the VPC that carries a zone, whose records say 10.1.1.1."""
    bound = {"Name": "p", "ProfileId": ref("Profile"), "ResourceId": ref("Vpc")}
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "Profile": ("Route53Profiles::Profile", {"Name": "p"}),
        "Bound": ("Route53Profiles::ProfileAssociation", bound),
        **vpc("Hub", "HubA", "10.9"),
    }
    if domain is not None:
        arn = {"Fn::Sub": "arn:aws:route53:::hostedzone/${Shared}"}
        held = {"Name": "z", "ProfileId": ref("Profile"), "ResourceArn": arn}
        made["Shared"] = zone(domain, "Hub")
        made["SharedRecord"] = record("Shared", f"*.{domain}", "10.1.1.1")
        made["SharedApex"] = record("Shared", domain, "10.1.1.1")
        made["Held"] = ("Route53Profiles::ProfileResourceAssociation", held)
    return made


@pytest.mark.parametrize(
    ("query", "profile", "local", "answer"),
    [
        ("example.com", "example.com", "example.com", "10.0.0.1"),
        ("test.example.com", "test.example.com", "example.com", "10.1.1.1"),
        ("marketing.example.com", None, "marketing.example.com", "10.0.0.1"),
    ],
)
def test_the_most_specific_wins_and_of_equals_the_vpcs_own(
    query: str, profile: str | None, local: str, answer: str
) -> None:
    own = {
        "Zone": zone(local, "Vpc"),
        "Apex": record("Zone", local, "10.0.0.1"),
        "Star": record("Zone", f"*.{local}", "10.0.0.1"),
    }
    found = asked({**vpc(), **own, **_profile(profile)}, query)
    assert (found.outcome, found.values) == (Outcome.PRIVATE, (answer,))


def test_a_profile_that_is_not_in_the_estate_may_carry_anything() -> None:
    bound = {"Name": "p", "ProfileId": "rp-0123456789abcdef", "ResourceId": ref("Vpc")}
    network = {**vpc(), "Api": endpoint(SERVICE), "Bound": ("Route53Profiles::ProfileAssociation", bound)}
    assert asked(network).outcome is Outcome.UNKNOWN


def test_a_profile_carries_an_endpoint_with_its_private_name() -> None:
    """Route 53 guide, "Associate interface VPC endpoints to a Route 53 Profile"."""
    arn = {"Fn::Sub": "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint/${Api}"}
    held = {"Name": "e", "ProfileId": ref("Profile"), "ResourceArn": arn}
    network = {
        **vpc(),
        **_profile(None),
        "Api": endpoint(SERVICE, "Hub", "HubA"),
        "Held": ("Route53Profiles::ProfileResourceAssociation", held),
    }
    found = asked(network)
    assert (found.outcome, found.endpoints) == (Outcome.ENDPOINT, (key("EC2::VPCEndpoint", "Api"),))


def test_asking_from_no_subnet_of_the_model_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a subnet"):
        asked(dict(vpc()), subnet="Nowhere")
