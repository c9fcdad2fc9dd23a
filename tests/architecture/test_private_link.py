"""Flows between teams, against the PrivateLink guide and the controls NET-18, NET-31 and NET-32."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.estate import Acceptable, StackOutput
from ringwork.estate.sources import cloudformation
from ringwork.findings import Status
from ringwork.workflows.reachability import Seen, ask, question

TEAMS = {
    "ward": {"workloads": {"night": {"type": "batch"}, "desk": {"type": "notebook"}}},
    "vault": {
        "models": {"risk": {}},
        "workloads": {
            "sealed": {"type": "enclave", "serves": ["risk"]},
            "score": {"type": "endpoint", "serves": ["risk"]},
        },
    },
}
FLOWS = [
    {"from": "ward/night", "to": "vault/sealed", "port": 8443},
    {"from": "ward/desk", "to": "vault/score", "port": 443},
]


@pytest.fixture(scope="module")
def linked(compiling: Any) -> Any:
    return compiling(regions=["eu-west-1"], accounts={"layout": "per-team"}, teams=TEAMS, flows=FLOWS)


def parts(compiled: Any, environment: str, ring: str) -> dict[str, Any]:
    resources = compiled.template(environment, ring)["Resources"]
    return {logical: resource["Properties"] for logical, resource in resources.items()}


def stack(compiled: Any, name: str) -> Any:
    (found,) = [each for each in compiled.architecture.stacks if each.name == name]
    return found


def test_the_service_accepts_by_hand_and_names_who_may_ask(linked: Any) -> None:
    provider = parts(linked, "vault", "private-link")
    assert provider["SealedService"]["AcceptanceRequired"] is True
    (principal,) = provider["SealedServicePermissions"]["AllowedPrincipals"]
    consumer = stack(linked, "ringwork-clinic-ward-consumers").account
    assert principal == {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{consumer}:role/ringwork-deploy"}


def test_the_load_balancer_is_internal_and_its_group_holds_for_privatelink(linked: Any) -> None:
    provider = parts(linked, "vault", "private-link")
    balancer = provider["SealedBalancer"]
    assert balancer["Scheme"] == "internal"
    assert balancer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "on"
    (rule,) = [part for name, part in provider.items() if name.startswith("SealedFromWard")]
    # with enforcement "the source of the traffic is the private IP address of the client"
    tier = [
        subnet["CidrBlock"]
        for name, subnet in linked.of_type("AWS::EC2::Subnet", "ward").items()
        if name.startswith("Build")
    ]
    assert rule["CidrIp"].split("/")[0] == tier[0].split("/")[0]
    assert (rule["FromPort"], rule["ToPort"]) == (8443, 8443)


def test_the_workload_admits_the_load_balancer_and_no_address(linked: Any) -> None:
    provider = parts(linked, "vault", "private-link")
    rule = provider["SealedIngress8443"]
    assert rule["GroupId"] == {"Ref": "SealedSecurityGroupId"}
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": ["SealedBalancerSecurityGroup", "GroupId"]}
    # "you must ensure that outbound rules do not block health check traffic"
    egress = provider["SealedBalancerEgress8443"]
    assert egress["DestinationSecurityGroupId"] == {"Ref": "SealedSecurityGroupId"}
    group = provider["SealedTargets8443"]
    assert (group["HealthCheckProtocol"], group["HealthCheckPort"]) == ("TCP", "traffic-port")


def test_the_enclaves_parent_instances_are_the_targets(linked: Any) -> None:
    provider = stack(linked, "ringwork-clinic-vault-private-link")
    group = provider.template["Resources"]["SealedTargets8443"]["Properties"]
    assert group["TargetType"] == "instance"
    assert group["Targets"] == [{"Id": {"Ref": "SealedInstanceId1"}, "Port": 8443}]
    compute = stack(linked, "ringwork-clinic-vault-compute")
    assert provider.parameters["SealedInstanceId1"] == StackOutput(compute.id, "SealedInstanceId1")


def test_what_has_no_instances_is_said_to_wait_for_addresses(compiling: Any) -> None:
    teams = {
        "ward": {"workloads": {"night": {"type": "batch"}}},
        "lab": {"workloads": {"desk": {"type": "notebook"}}},
    }
    flow = {"from": "ward/night", "to": "lab/desk", "port": 9000}
    compiled = compiling(regions=["eu-west-1"], teams=teams, flows=[flow])
    group = parts(compiled, "lab", "private-link")["DeskTargets9000"]
    assert group["TargetType"] == "ip"
    assert "Targets" not in group
    assert any("`lab/desk`" in note and "empty" in note for note in compiled.architecture.notes)


def test_the_consumers_endpoint_admits_the_declared_workload_on_the_declared_port(linked: Any) -> None:
    consumer = parts(linked, "ward", "consumers")
    ingress = [part for name, part in consumer.items() if "Ingress" in name]
    assert [(rule["SourceSecurityGroupId"], rule["FromPort"], rule["ToPort"]) for rule in ingress] == [
        ({"Ref": "NightSecurityGroupId"}, 8443, 8443)
    ]
    endpoint = consumer["VaultSealedEndpoint"]
    assert len(endpoint["SubnetIds"]) == 3
    assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": ["VaultSealedSecurityGroup", "GroupId"]}]


def test_the_deployer_accepts_the_connection_in_the_providers_account(linked: Any) -> None:
    consumers = stack(linked, "ringwork-clinic-ward-consumers")
    provider = stack(linked, "ringwork-clinic-vault-private-link")
    (acceptance,) = consumers.acceptances
    assert acceptance.kind is Acceptable.ENDPOINT_CONNECTION
    assert acceptance.account == provider.account != consumers.account
    assert consumers.template["Outputs"][acceptance.output]["Value"] == {"Ref": "VaultSealedEndpoint"}
    assert consumers.parameters["VaultSealedServiceName"] == StackOutput(provider.id, "SealedServiceName")


def test_no_route_leads_to_another_team(linked: Any) -> None:
    for environment in ("ward", "vault"):
        assert not linked.of_type("AWS::EC2::Route", environment)


def acl(compiled: Any, environment: str, tier: str) -> set[tuple[bool, str, int, int]]:
    """(egress, block, first port, last port) of the allows."""
    return {
        (entry["Egress"], entry["CidrBlock"], entry["PortRange"]["From"], entry["PortRange"]["To"])
        for entry in compiled.of_type("AWS::EC2::NetworkAclEntry", environment).values()
        if entry["RuleAction"] == "allow" and entry["NetworkAclId"] == {"Ref": f"{tier}Acl"}
    }


def test_acls_let_the_connection_and_its_replies_through_on_both_sides(linked: Any) -> None:
    # ward is 10.0.0.0/20 and vault 10.0.64.0/20; tiers are quarters, endpoints half of the last one
    build, endpoints, serving = "10.0.4.0/22", "10.0.12.0/23", "10.0.72.0/22"
    assert {(True, endpoints, 8443, 8443), (False, endpoints, 1024, 65535)} <= acl(linked, "ward", "Build")
    assert {(False, build, 8443, 8443), (True, build, 1024, 65535)} <= acl(linked, "ward", "Endpoints")
    # the load balancer serves all zones: it crosses subnets within its tier
    own = {(egress, serving, *ports) for egress in (True, False) for ports in ((8443, 8443), (1024, 65535))}
    assert own <= acl(linked, "vault", "Serving")


def test_the_providers_acl_admits_the_consumer_whatever_address_it_sees(linked: Any) -> None:
    """Network Load Balancer guide, security groups: through PrivateLink "the source of the traffic is the
    private IP address of the client"; whether a network ACL sees that, no page says."""
    build = "10.0.4.0/22"  # the consumer's tier
    found = acl(linked, "vault", "Serving")
    assert {line for line in found if line[1] == build} == {
        (False, build, 8443, 8443),
        (True, build, 1024, 65535),
    }
    # of no other workload of the team, and in no other tier
    for tier in ("Interactive", "Endpoints"):
        assert not [line for line in acl(linked, "ward", tier) if line[1] == "10.0.72.0/22"]


def test_the_declared_flow_is_proved_to_connect_and_to_be_answered(linked: Any) -> None:
    estate = cloudformation.read_stacks(linked.architecture.stacks)[0]
    asked = question(("ward/night",), ("vault/sealed",), ("8443",), "tcp")
    assert ask(Seen("", (estate,)), asked, must=True).answer.status is Status.PROVED
    back = question(("vault/sealed",), ("ward/night",))
    assert ask(Seen("", (estate,)), back).answer.status is Status.PROVED


def test_an_endpoint_is_called_by_its_api_alone(linked: Any) -> None:
    endpoint = parts(linked, "ward", "network")["ExecuteApiEndpoint"]
    assert endpoint["ServiceName"] == {"Fn::Sub": "com.amazonaws.${AWS::Region}.execute-api"}
    (statement,) = endpoint["PolicyDocument"]["Statement"]
    vault = stack(linked, "ringwork-clinic-vault-network").account
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"] == {
        "Fn::Sub": f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:{vault}:*/vault--score/*"
    }
    assert "ExecuteApiEndpointId" in linked.template("ward")["Outputs"]
    assert "ExecuteApiEndpoint" not in parts(linked, "vault", "network")


def test_links_stay_in_their_stage(compiling: Any) -> None:
    compiled = compiling(
        regions=["eu-west-1"],
        accounts={"layout": "per-team-and-stage", "stages": ["dev", "prod"]},
        teams={
            **TEAMS,
            "ward": {"workloads": {"night": {"type": "batch", "stages": ["prod"]}}},
        },
        flows=FLOWS[:1],
    )
    names = {each.name for each in compiled.architecture.stacks}
    assert "ringwork-clinic-vault-prod-private-link" in names
    assert "ringwork-clinic-vault-dev-private-link" not in names
    consumers = stack(compiled, "ringwork-clinic-ward-prod-consumers")
    assert "ringwork-clinic-vault-prod-private-link" in {need.rpartition("/")[2] for need in consumers.needs}


def test_udp_between_teams_is_said_to_be_refused(compiling: Any) -> None:
    flow = {"from": "ward/night", "to": "vault/sealed", "port": 7000, "protocol": "udp"}
    compiled = compiling(regions=["eu-west-1"], teams=TEAMS, flows=[flow])
    assert any("udp 7000 is refused" in note for note in compiled.architecture.notes)
    assert not [each for each in compiled.architecture.stacks if each.name.endswith("private-link")]
