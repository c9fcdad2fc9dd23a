"""What joins VPCs joins no two teams: tables of a Transit Gateway, shared endpoints, inspected egress."""

from __future__ import annotations

import json
from functools import cache
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest

from ringwork.architecture import Architecture, compile_blueprint
from ringwork.architecture.address import WORKLOAD_TIERS, Addresses, Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.network.endpoint_names import ZONES
from ringwork.architecture.network.shared_services import quantity
from ringwork.architecture.network.vpc_endpoints import SERVICES
from ringwork.blueprint import Blueprint, allocate
from ringwork.estate import Acceptable, KeyedOutput, Stack, StackOutput

CENTRAL, WEST = "eu-central-1", "eu-west-1"
JOINED: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": [CENTRAL, WEST],
    "accounts": {"layout": "per-team"},
    "network": {"endpoints": "central", "region_pairs": [[CENTRAL, WEST]]},
    "egress": {"mode": "central", "domains": [".packages.example.com"]},
    "teams": {
        "risk": {"workloads": {"lab": {"type": "notebook"}, "train": {"type": "training"}}},
        "fraud": {"workloads": {"train": {"type": "training"}}},
    },
}
PLAN = "10.0.0.0/8"


def blueprint(**changes: Any) -> Blueprint:
    return Blueprint.model_validate_json(json.dumps({**JOINED, **changes}))


def compiled(**changes: Any) -> tuple[Blueprint, Architecture]:
    given = blueprint(**changes)
    return given, compile_blueprint(given, allocate(given))


@cache
def joined() -> tuple[Blueprint, Architecture]:
    return compiled()


def stack(name: str, region: str = CENTRAL, architecture: Architecture | None = None) -> Stack:
    stacks = (architecture or joined()[1]).stacks
    return next(s for s in stacks if s.name == f"ringwork-acme-{name}" and s.region == region)


def of(found: Stack, type: str) -> dict[str, dict[str, Any]]:
    resources = found.template["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == f"AWS::{type}"}


def source(found: Stack, value: Any) -> Any:
    """Where a parameter's value comes from."""
    return found.parameters[value["Ref"]]


def block(place: str, region: str = CENTRAL) -> Addresses:
    given = joined()[0]
    return Layout(given, allocate(given)).addresses(place, region)


def test_the_gateway_joins_nothing_by_itself() -> None:  # controls NET-15 and NET-16
    (gateway,) = of(stack("network-transit"), "EC2::TransitGateway").values()
    assert gateway["AutoAcceptSharedAttachments"] == "disable"
    assert gateway["DefaultRouteTableAssociation"] == "disable"
    assert gateway["DefaultRouteTablePropagation"] == "disable"
    types = {r["Type"] for s in joined()[1].stacks for r in s.template["Resources"].values()}
    assert "AWS::EC2::TransitGatewayRouteTablePropagation" not in types


def test_peered_gateways_have_as_numbers_of_their_own() -> None:
    numbers = [
        next(iter(of(stack("network-transit", region), "EC2::TransitGateway").values()))["AmazonSideAsn"]
        for region in (CENTRAL, WEST)
    ]
    assert len(set(numbers)) == 2
    assert all(64512 <= number <= 65534 for number in numbers)


def test_only_the_accounts_that_attach_share_the_gateway() -> None:
    (share,) = of(stack("network-transit"), "RAM::ResourceShare").values()
    attaching = {stack("risk-network").account, stack("fraud-network").account}
    assert set(share["Principals"]) == attaching
    assert share["AllowExternalPrincipals"] is False


def test_each_attachment_has_a_table_of_its_own() -> None:  # control NET-17
    seen: dict[Any, Any] = {}
    for each in joined()[1].stacks:
        if each.region != CENTRAL:
            continue
        for properties in of(each, "EC2::TransitGatewayRouteTableAssociation").values():
            attachment = source(each, properties["TransitGatewayAttachmentId"])
            table = properties["TransitGatewayRouteTableId"]["Ref"]
            key = each.parameters.get(table, f"{each.id}/{table}")
            assert attachment not in seen
            assert key not in seen.values()
            seen[attachment] = key
    # two teams, two shared VPCs and the peering
    assert len(seen) == 5


def routes(found: Stack, table: str) -> dict[str, Any]:
    """Destination -> source of the attachment, None for a blackhole."""
    return {
        route["DestinationCidrBlock"]: None
        if route["Blackhole"]
        else source(found, route["TransitGatewayAttachmentId"])
        for route in of(found, "EC2::TransitGatewayRoute").values()
        if route["TransitGatewayRouteTableId"]["Ref"] == table
    }


def test_a_team_reaches_what_is_shared_and_itself_elsewhere_and_drops_the_rest() -> None:
    # controls NET-18 and NET-19
    network = stack("network-transit").account
    own = routes(stack("network-segments-risk"), "RiskRouteTable")
    assert own == {
        PLAN: None,
        str(block("shared-services-vpc").tier(Tier.ENDPOINTS)): StackOutput(
            f"{network}/{CENTRAL}/ringwork-acme-network-services", "TransitGatewayAttachmentId"
        ),
        "0.0.0.0/0": StackOutput(
            f"{network}/{CENTRAL}/ringwork-acme-network-inspection", "TransitGatewayAttachmentId"
        ),
        str(block("risk", WEST).vpc): StackOutput(
            f"{network}/{CENTRAL}/ringwork-acme-network-peering-eu-west-1", "PeeringId"
        ),
    }
    # no people's machines: no way to the internet
    assert "0.0.0.0/0" not in routes(stack("network-segments-fraud"), "FraudRouteTable")


def test_shared_tables_lead_back_to_each_vpc_and_no_further() -> None:
    back = {
        route["DestinationCidrBlock"]: route["TransitGatewayAttachmentId"]["Ref"]
        for route in of(stack("network-segments-fraud"), "EC2::TransitGatewayRoute").values()
        if "Shared" in route["TransitGatewayRouteTableId"]["Ref"]
    }
    assert back == {str(block("fraud").vpc): "FraudAttachmentId"}
    dropped = of(stack("network-segments"), "EC2::TransitGatewayRoute").values()
    assert {route["DestinationCidrBlock"] for route in dropped if route["Blackhole"]} == {PLAN}
    assert len(dropped) == 3  # services, inspection, peerings


def test_the_owner_accepts_attachments_of_other_accounts_only() -> None:
    network = stack("network-transit").account
    (asked,) = stack("risk-network").acceptances
    assert (asked.kind, asked.account, asked.region) == (
        Acceptable.TRANSIT_GATEWAY_ATTACHMENT,
        network,
        CENTRAL,
    )
    (peering,) = stack("network-peering-eu-west-1").acceptances
    assert (peering.kind, peering.region) == (Acceptable.TRANSIT_GATEWAY_PEERING, WEST)
    _, alone = compiled(accounts={"layout": "one"}, network={"endpoints": "central"}, regions=[CENTRAL])
    assert all(not each.acceptances for each in alone.stacks)
    assert all(not of(each, "RAM::ResourceShare") for each in alone.stacks)


def test_routes_to_the_gateway_come_after_the_attachment() -> None:
    found = stack("risk-routes")
    assert f"{stack('risk-network').id}" in found.needs
    assert not [r for r in of(stack("risk-network"), "EC2::Route").values() if "TransitGatewayId" in r]
    internet = [r for r in of(found, "EC2::Route").values() if r["DestinationCidrBlock"] == "0.0.0.0/0"]
    tables = {source(found, route["RouteTableId"]).output for route in internet}
    assert tables == {"InteractiveRouteTableId"}  # controls NET-08 and NET-09


def test_vpcs_with_shared_endpoints_have_none_of_their_own_and_name_their_addresses() -> None:
    network = stack("risk-network")
    endpoints = str(block("shared-services-vpc").tier(Tier.ENDPOINTS))
    kinds = {each["VpcEndpointType"] for each in of(network, "EC2::VPCEndpoint").values()}
    assert kinds == {"Gateway"}
    assert "EndpointsSecurityGroup" not in network.template["Resources"]
    rule = of(network, "EC2::SecurityGroupEgress")["TrainToEndpointsEgress443"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == (endpoints, 443, 443)
    asked = of(network, "EC2::NetworkAclEntry")["BuildAclEgressSharedEndpointsTcp443"]
    assert (asked["CidrBlock"], asked["RuleAction"]) == (endpoints, "allow")


def test_the_acl_of_transit_subnets_reads_the_vpcs_side() -> None:
    # Transit Gateway guide, network ACLs, different subnets: inbound by source, outbound by destination
    entries = of(stack("risk-network"), "EC2::NetworkAclEntry")
    mine = {name: entry for name, entry in entries.items() if name.startswith("TransitAcl")}
    allowed = {
        (entry["Egress"], entry["CidrBlock"], entry["PortRange"]["From"])
        for entry in mine.values()
        if entry["RuleAction"] == "allow"
    }
    build, people = (str(block("risk").tier(tier)) for tier in (Tier.BUILD, Tier.INTERACTIVE))
    assert allowed == {(False, build, 443), (False, people, 443), (True, build, 1024), (True, people, 1024)}
    assert {entry["CidrBlock"] for entry in mine.values() if entry["Protocol"] == -1} == {PLAN}


HOSTS = {  # General Reference, endpoints of each service; PrivateLink and SageMaker guides
    "SageMakerApi": "api.sagemaker.${AWS::Region}.${AWS::URLSuffix}",
    "SageMakerRuntime": "runtime.sagemaker.${AWS::Region}.${AWS::URLSuffix}",
    "Sts": "sts.${AWS::Region}.${AWS::URLSuffix}",
    "Logs": "logs.${AWS::Region}.${AWS::URLSuffix}",
    "Monitoring": "monitoring.${AWS::Region}.${AWS::URLSuffix}",
    "Kms": "kms.${AWS::Region}.${AWS::URLSuffix}",
    "EcrApi": "api.ecr.${AWS::Region}.${AWS::URLSuffix}",
    "EcrDocker": "*.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}",
    "Notebook": "*.notebook.${AWS::Region}.sagemaker.aws",
}


@pytest.mark.parametrize("service", HOSTS)
def test_the_record_of_a_shared_endpoint_has_the_hosts_name(service: str) -> None:  # control NET-33
    services = stack("network-services")
    record = of(services, "Route53::RecordSet")[f"{service}Record"]
    zone = of(services, "Route53::HostedZone")[f"{service}Zone"]
    assert record["Name"] == {"Fn::Sub": HOSTS[service]}
    assert zone["Name"] == {"Fn::Sub": HOSTS[service].removeprefix("*.")}
    assert of(services, "EC2::VPCEndpoint")[f"{service}Endpoint"]["PrivateDnsEnabled"] is False


def test_every_service_has_a_name() -> None:
    assert {service.name for service in SERVICES} <= ZONES.keys()


def test_a_shared_endpoint_serves_each_account_for_its_own_resources() -> None:
    policy = of(stack("network-services"), "EC2::VPCEndpoint")["KmsEndpoint"]["PolicyDocument"]
    own = policy["Statement"][0]["Condition"]["StringEquals"]
    assert own["aws:ResourceAccount"] == "${aws:PrincipalAccount}"
    assert {stack("risk-network").account, stack("fraud-network").account} <= set(own["aws:PrincipalAccount"])
    assert policy["Statement"][0]["Action"] == "kms:*"


def test_shared_endpoints_admit_https_from_the_vpcs_only() -> None:
    rules = of(stack("network-services"), "EC2::SecurityGroupIngress").values()
    blocks = {str(block(team).vpc) for team in ("risk", "fraud")}
    assert {(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in rules} == {
        (cidr, 443, 443) for cidr in blocks
    }
    leads = of(stack("network-services"), "EC2::Route").values()
    assert {route["DestinationCidrBlock"] for route in leads} == blocks


def test_the_firewall_drops_what_is_not_declared_and_is_protected() -> None:  # controls NET-35 to NET-37
    found = stack("network-inspection")
    (policy,) = of(found, "NetworkFirewall::FirewallPolicy").values()
    rules = policy["FirewallPolicy"]
    assert rules["StatelessDefaultActions"] == ["aws:forward_to_sfe"]
    assert rules["StatefulDefaultActions"] == ["aws:drop_established", "aws:alert_established"]
    assert rules["StatefulEngineOptions"]["RuleOrder"] == "STRICT_ORDER"
    people = [str(block("risk").tier(Tier.INTERACTIVE))]
    assert rules["PolicyVariables"]["RuleVariables"]["HOME_NET"]["Definition"] == people
    (group,) = of(found, "NetworkFirewall::RuleGroup").values()
    allowed = group["RuleGroup"]["RulesSource"]["RulesSourceList"]
    assert allowed == {
        "GeneratedRulesType": "ALLOWLIST",
        "TargetTypes": ["TLS_SNI", "HTTP_HOST"],
        "Targets": [".packages.example.com"],
    }
    (firewall,) = of(found, "NetworkFirewall::Firewall").values()
    assert len(firewall["SubnetMappings"]) == 3
    protections = ("DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection")
    assert all(firewall[each] is True for each in protections)
    (logging,) = of(found, "NetworkFirewall::LoggingConfiguration").values()
    logs = logging["LoggingConfiguration"]["LogDestinationConfigs"]
    assert {each["LogType"] for each in logs} == {"ALERT", "FLOW"}


def test_a_question_and_its_answer_pass_the_same_zones_endpoint() -> None:
    found = stack("network-firewall-routes")
    for route in of(found, "EC2::Route").values():
        table = source(found, route["RouteTableId"]).output
        endpoint = source(found, route["VpcEndpointId"])
        assert isinstance(endpoint, KeyedOutput)
        assert endpoint.key == f"Zone{table.removesuffix('Id')[-1]}"
    ways = {
        (source(found, r["RouteTableId"]).output, r["DestinationCidrBlock"])
        for r in of(found, "EC2::Route").values()
    }
    people = str(block("risk").tier(Tier.INTERACTIVE))
    assert ways == {
        *((f"TransitRouteTable{zone}Id", "0.0.0.0/0") for zone in "ABC"),
        *((f"EdgeRouteTable{zone}Id", people) for zone in "ABC"),
    }
    (attachment,) = of(stack("network-inspection"), "EC2::TransitGatewayVpcAttachment").values()
    assert attachment["Options"]["ApplianceModeSupport"] == "enable"
    assert len(of(stack("network-inspection"), "EC2::NatGateway")) == 3


@pytest.mark.parametrize("size", ["10.0.0.0/16", "10.0.0.0/20", "10.0.0.0/22"])
def test_transit_subnets_take_nobodys_place(size: str) -> None:
    addresses = Addresses(IPv4Network(size))
    transit = addresses.subnets(Tier.TRANSIT)
    assert [subnet.prefixlen for subnet in transit] == [28, 28, 28]
    others = [s for tier in (*WORKLOAD_TIERS, Tier.ENDPOINTS, Tier.EDGE) for s in addresses.subnets(tier)]
    for one, two in combinations([*transit, *others], 2):
        assert not one.overlaps(two)
    assert all(subnet.subnet_of(addresses.vpc) for subnet in transit)


def test_more_tables_than_the_quota_are_a_note_and_no_error() -> None:
    teams = {f"team-{n}": {"workloads": {"train": {"type": "training"}}} for n in range(21)}
    _, many = compiled(teams=teams, network={"endpoints": "central"}, regions=[CENTRAL], egress={})
    assert any("L-43872EB7" in note and "22 route tables" in note for note in many.notes)
    assert not any("L-43872EB7" in note for note in joined()[1].notes)


def test_a_new_team_changes_no_other_teams_stack() -> None:
    given, before = joined()
    teams = {**JOINED["teams"], "new": {"workloads": {"train": {"type": "training"}}}}
    changed = blueprint(teams=teams)
    kept = {key: str(cidr) for key, cidr in allocate(given).items()}
    after = compile_blueprint(changed, allocate(changed, kept))
    old = {each.id: json.dumps(each.template) for each in before.stacks}
    touched = {
        each.name for each in after.stacks if each.id in old and old[each.id] != json.dumps(each.template)
    }
    assert not any("-risk" in name or "-fraud" in name for name in touched), touched


def test_the_quantity_of_endpoints_can_be_asked_either_way() -> None:
    given = joined()[0]
    layout = Layout(given, allocate(given))
    shared, own = (quantity(layout, CENTRAL, central=central) for central in (True, False))
    assert (shared.endpoints, shared.zones, shared.attachments) == (9, 3, 3)
    assert (own.endpoints, own.attachments) == (9 + 8, 0)
