"""Transit Gateways, peering, endpoints, load balancers, firewalls: expected values from AWS's guides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ringwork.network.addresses import parse_prefix
from ringwork.network.model import FirewallPolicy, Joined, Model, Verdict, Via
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP
from ringwork.network.reading import read

from .estates import REGION, VPC, att, key, modelled, ref, template

OTHER: dict[str, Any] = {
    "Vpc2": ("EC2::VPC", {"CidrBlock": "10.1.0.0/16"}),
    "C": ("EC2::Subnet", {"VpcId": ref("Vpc2"), "CidrBlock": "10.1.1.0/24"}),
}


def attachment(vpc: str, subnet: str, **more: Any) -> tuple[str, dict[str, Any]]:
    given = {"TransitGatewayId": ref("Tgw"), "VpcId": ref(vpc), "SubnetIds": [ref(subnet)], **more}
    return ("EC2::TransitGatewayVpcAttachment", given)


def transit_routes(net: Model, table: str) -> list[tuple[str, str | None, bool]]:
    return [
        (str(r.prefix), r.attachment.rpartition("/")[2] if r.attachment else None, r.propagated)
        for r in net.transit_tables[table].routes
    ]


def test_a_transit_gateway_with_its_defaults_associates_and_propagates() -> None:
    """EC2 API reference, TransitGatewayRequestOptions: both are enabled by default."""
    net = modelled(
        {
            **VPC,
            **OTHER,
            "Tgw": ("EC2::TransitGateway", {}),
            "One": attachment("Vpc", "A"),
            "Two": attachment("Vpc2", "C", Options={"ApplianceModeSupport": "enable"}),
        }
    )
    table = f"{key('EC2::TransitGateway', 'Tgw')}#default-route-table"
    assert {a.association for a in net.attachments.values()} == {table}
    assert transit_routes(net, table) == [("10.0.0.0/16", "One", True), ("10.1.0.0/16", "Two", True)]
    one, two = net.attachments.values()
    assert (one.appliance, two.appliance) == (False, True)
    assert one.subnets == (key("EC2::Subnet", "A"),)
    assert not net.transit_gateways[key("EC2::TransitGateway", "Tgw")].group_references
    assert net.problems == ()


def test_a_transit_gateway_without_defaults_routes_what_is_said() -> None:
    off = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
    table = {"TransitGatewayRouteTableId": ref("T")}
    net = modelled(
        {
            **VPC,
            **OTHER,
            "Tgw": ("EC2::TransitGateway", {**off, "SecurityGroupReferencingSupport": "enable"}),
            "One": attachment("Vpc", "A"),
            "Two": attachment("Vpc2", "C"),
            "T": ("EC2::TransitGatewayRouteTable", {"TransitGatewayId": ref("Tgw")}),
            "Use": (
                "EC2::TransitGatewayRouteTableAssociation",
                {**table, "TransitGatewayAttachmentId": ref("One")},
            ),
            "Learn": (
                "EC2::TransitGatewayRouteTablePropagation",
                {**table, "TransitGatewayAttachmentId": ref("Two")},
            ),
            "Static": (
                "EC2::TransitGatewayRoute",
                {**table, "DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayAttachmentId": ref("Two")},
            ),
            "Drop": (
                "EC2::TransitGatewayRoute",
                {**table, "DestinationCidrBlock": "10.0.0.0/8", "Blackhole": True},
            ),
        }
    )
    name = key("EC2::TransitGatewayRouteTable", "T")
    assert net.attachments[key(attachment("", "")[0], "One")].association == name
    assert net.attachments[key(attachment("", "")[0], "Two")].association is None
    assert transit_routes(net, name) == [
        ("10.1.0.0/16", "Two", True),
        ("0.0.0.0/0", "Two", False),
        ("10.0.0.0/8", None, False),
    ]
    assert net.transit_gateways[key("EC2::TransitGateway", "Tgw")].group_references
    assert net.problems == ()


@pytest.mark.parametrize(
    ("options", "six"),
    [
        ({}, None),  # "the default is disable"
        ({"Options": {"Ipv6Support": "disable"}}, None),
        ({"Options": {"Ipv6Support": "enable"}}, True),
        ({"Options": {"Ipv6Support": att("Vpc", "Nope")}}, False),
    ],
)
def test_an_attachment_propagates_ipv6_where_it_supports_it(
    options: dict[str, object], six: bool | None
) -> None:
    """EC2 API reference, CreateTransitGatewayVpcAttachmentRequestOptions: "When disabled [...] IPv6 routes do
    not propagate. The setting does not filter IPv6 traffic": a static route is there all the same."""
    net = modelled(
        {
            **VPC,
            "Six": ("EC2::VPCCidrBlock", {"VpcId": ref("Vpc"), "Ipv6CidrBlock": "2001:db8::/56"}),
            "Tgw": ("EC2::TransitGateway", {}),
            "One": attachment("Vpc", "A", **options),
        }
    )
    routes = net.transit_tables[f"{key('EC2::TransitGateway', 'Tgw')}#default-route-table"].routes
    assert [(str(each.prefix), each.certain) for each in routes] == [
        ("10.0.0.0/16", True),
        *([("2001:db8::/56", six)] if six is not None else []),
    ]


def test_a_peering_of_transit_gateways_has_two_sides() -> None:
    off = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
    peering = {"TransitGatewayId": ref("Tgw"), "PeerTransitGatewayId": ref("Far")}
    net = modelled(
        {
            "Tgw": ("EC2::TransitGateway", off),
            "Far": ("EC2::TransitGateway", off),
            "Peer": ("EC2::TransitGatewayPeeringAttachment", peering),
            "T": ("EC2::TransitGatewayRouteTable", {"TransitGatewayId": ref("Far")}),
            "Back": (
                "EC2::TransitGatewayRoute",
                {
                    "TransitGatewayRouteTableId": ref("T"),
                    "DestinationCidrBlock": "10.0.0.0/16",
                    "TransitGatewayAttachmentId": ref("Peer"),
                },
            ),
        }
    )
    here = key("EC2::TransitGatewayPeeringAttachment", "Peer")
    there = f"{here}#peer"
    assert (net.attachments[here].to, net.attachments[there].to) == (there, here)
    assert net.attachments[there].gateway == key("EC2::TransitGateway", "Far")
    assert net.attachments[here].kind is Joined.PEERING
    (route,) = net.transit_tables[key("EC2::TransitGatewayRouteTable", "T")].routes
    assert route.attachment == there


def test_a_peering_is_active_in_ones_own_account_and_refused_where_blocks_overlap() -> None:
    net = modelled(
        {
            **VPC,
            **OTHER,
            "Same": ("EC2::VPC", {"CidrBlock": "10.0.128.0/17"}),
            "P": ("EC2::VPCPeeringConnection", {"VpcId": ref("Vpc"), "PeerVpcId": ref("Vpc2")}),
            "Q": ("EC2::VPCPeeringConnection", {"VpcId": ref("Vpc"), "PeerVpcId": ref("Same")}),
        }
    )
    good = net.peerings[key("EC2::VPCPeeringConnection", "P")]
    assert (good.active, good.certain) == (True, True)
    assert not net.peerings[key("EC2::VPCPeeringConnection", "Q")].certain
    assert [p.key for p in net.problems] == [key("EC2::VPCPeeringConnection", "Q")]


# --- PrivateLink and load balancers


def test_an_endpoint_of_somebodys_service_leads_to_its_load_balancer_and_targets() -> None:
    net = modelled(
        {
            **VPC,
            **OTHER,
            "G": ("EC2::SecurityGroup", {"GroupDescription": "g", "VpcId": ref("Vpc")}),
            "I": ("EC2::Instance", {"SubnetId": ref("A")}),
            "Nlb": (
                "ElasticLoadBalancingV2::LoadBalancer",
                {"Type": "network", "Scheme": "internal", "Subnets": [ref("A"), ref("B")]},
            ),
            "Tg": (
                "ElasticLoadBalancingV2::TargetGroup",
                {
                    "Protocol": "TCP",
                    "Port": 8443,
                    "VpcId": ref("Vpc"),
                    "Targets": [{"Id": ref("I"), "Port": 9000}],
                    "TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}],
                },
            ),
            "L": (
                "ElasticLoadBalancingV2::Listener",
                {
                    "LoadBalancerArn": ref("Nlb"),
                    "Port": 443,
                    "Protocol": "TCP",
                    "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref("Tg")}],
                },
            ),
            "Service": ("EC2::VPCEndpointService", {"NetworkLoadBalancerArns": [ref("Nlb")]}),
            "Endpoint": (
                "EC2::VPCEndpoint",
                {
                    "VpcId": ref("Vpc2"),
                    "VpcEndpointType": "Interface",
                    "ServiceName": {"Fn::Sub": "com.amazonaws.vpce.${AWS::Region}.${Service}"},
                    "SubnetIds": [ref("C")],
                },
            ),
        }
    )
    (endpoint,) = net.interface_endpoints.values()
    assert endpoint.provider == key("EC2::VPCEndpointService", "Service")
    assert not endpoint.private_dns
    place = net.interfaces[endpoint.interfaces[0]]
    assert place.groups == {f"{key('EC2::VPC', 'Vpc2')}#default-security-group"}  # none was named
    (service,) = net.endpoint_services.values()
    balancer = net.load_balancers[service.balancers[0]]
    assert (balancer.kind, balancer.internet_facing, balancer.cross_zone) == ("network", False, False)
    assert [net.interfaces[each].groups for each in balancer.interfaces] == [None, None]
    (listener,) = balancer.listeners
    assert (listener.protocol, listener.port) == ("TCP", 443)
    group = net.target_groups[listener.groups[0]]
    assert (group.kind, group.preserve_client_ip, group.certain) == ("instance", False, True)
    (target,) = group.targets
    assert (target.interface, target.port) == (f"{key('EC2::Instance', 'I')}#0", 9000)
    assert net.problems == ()


def test_a_literal_service_name_may_be_that_of_a_service_that_has_none_yet() -> None:
    """AWS names a service when it makes it; a template may name, in the letters that AWS gave, one that
    another template has."""
    name = f"com.amazonaws.vpce.{REGION}.vpce-svc-0123456789abcdef0"

    def net(service: str, *, provided: bool = True) -> Model:
        resources: dict[str, tuple[str, Mapping[str, Any]]] = {
            "Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
            "A": ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.0/24"}),
            "Endpoint": (
                "EC2::VPCEndpoint",
                {
                    "VpcId": ref("Vpc"),
                    "VpcEndpointType": "Interface",
                    "ServiceName": service,
                    "SubnetIds": [ref("A")],
                },
            ),
        }
        if provided:
            resources["Nlb"] = (
                "ElasticLoadBalancingV2::LoadBalancer",
                {"Type": "network", "Scheme": "internal", "Subnets": [ref("A")]},
            )
            resources["Service"] = ("EC2::VPCEndpointService", {"NetworkLoadBalancerArns": [ref("Nlb")]})
        return modelled(resources)

    (problem,) = net(name).problems
    assert problem.key == key("EC2::VPCEndpoint", "Endpoint")
    assert "may be a service here" in problem.message
    assert net(name, provided=False).problems == ()
    assert net(f"com.amazonaws.{REGION}.sts").problems == ()


def test_a_listener_whose_targets_are_not_known_may_forward_to_anybody() -> None:
    actions: list[Any]
    for actions in (
        [
            {
                "Type": "forward",
                "TargetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/x/1",
            }
        ],
        [{"Type": "forward"}],
        [{"Type": "forward", "TargetGroupArn": ref("NoSuchThing")}],
    ):
        given = {"LoadBalancerArn": ref("Nlb"), "Port": 443, "Protocol": "TCP", "DefaultActions": actions}
        net = modelled(
            {
                **VPC,
                "Nlb": ("ElasticLoadBalancingV2::LoadBalancer", {"Type": "network", "Subnets": [ref("A")]}),
                "L": ("ElasticLoadBalancingV2::Listener", given),
            }
        )
        (balancer,) = net.load_balancers.values()
        assert balancer.internet_facing  # API reference, CreateLoadBalancer: the default scheme
        assert net.interfaces[balancer.interfaces[0]].public_possible
        (group,) = balancer.listeners[0].groups
        assert (net.target_groups[group].certain, net.target_groups[group].targets) == (False, ())


# --- firewalls


def policy(group: dict[str, Any], kind: str = "Stateful", **more: Any) -> FirewallPolicy:
    reference = {"ResourceArn": ref("Rules"), "Priority": 1}
    given = {
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:drop"],
        f"{kind}RuleGroupReferences": [reference],
        **more,
    }
    net = modelled(
        {
            **VPC,
            "Rules": ("NetworkFirewall::RuleGroup", {"RuleGroup": group}),
            "Policy": ("NetworkFirewall::FirewallPolicy", {"FirewallPolicy": given}),
            "Wall": (
                "NetworkFirewall::Firewall",
                {
                    "FirewallPolicyArn": ref("Policy"),
                    "VpcId": ref("Vpc"),
                    "SubnetMappings": [{"SubnetId": ref("A")}],
                },
            ),
        }
    )
    (wall,) = net.firewalls.values()
    assert wall.interfaces == (f"{key('NetworkFirewall::Firewall', 'Wall')}#A",)
    return net.policies[wall.policy or ""]


def strings(text: str, **more: Any) -> FirewallPolicy:
    return policy({"RulesSource": {"RulesString": text}}, **more)


def test_stateless_rules_stand_by_priority() -> None:
    def rule(priority: int, action: str, **match: Any) -> dict[str, Any]:
        return {"Priority": priority, "RuleDefinition": {"Actions": [action], "MatchAttributes": match}}

    rules = [
        rule(20, "aws:drop"),
        rule(
            10,
            "aws:pass",
            Sources=[{"AddressDefinition": "10.0.0.0/8"}],
            DestinationPorts=[{"FromPort": 443, "ToPort": 443}],
            Protocols=[6],
        ),
    ]
    found = policy(
        {"RulesSource": {"StatelessRulesAndCustomActions": {"StatelessRules": rules}}}, kind="Stateless"
    )
    assert found.stateless_default is Verdict.FORWARD
    first, second = found.stateless
    assert (first.verdict, first.protocols, first.destination_ports) == (
        Verdict.PASS,
        {TCP},
        ((443, 443),),
    )
    assert first.sources == (parse_prefix("10.0.0.0/8"),)
    assert (second.verdict, second.sources, second.certain) == (Verdict.DROP, (), True)
    assert found.unknown is None


def test_stateful_rules_of_five_and_strict_order() -> None:
    header = {
        "Protocol": "TCP",
        "Source": "$HOME_NET",
        "SourcePort": "ANY",
        "Direction": "ANY",
        "Destination": "192.0.2.0/24",
        "DestinationPort": "8000:8100",
    }
    rule = {"Action": "PASS", "Header": header, "RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}]}
    found = policy(
        {"RulesSource": {"StatefulRules": [rule]}},
        StatefulEngineOptions={"RuleOrder": "STRICT_ORDER"},
        StatefulDefaultActions=["aws:drop_strict"],
    )
    assert found.strict
    assert found.stateful_default == {"aws:drop_strict"}
    (only,) = found.stateful
    # HOME_NET is the VPC's block unless a policy or group says otherwise
    assert only.sources == (parse_prefix("10.0.0.0/16"),)
    assert (only.verdict, only.both_ways, only.destination_ports, only.certain) == (
        Verdict.PASS,
        True,
        ((8000, 8100),),
        True,
    )


@pytest.mark.parametrize(
    ("text", "verdict", "protocols", "certain"),
    [
        ('drop ip any any -> any any (msg:"no; \\"way\\""; sid:1;)', Verdict.DROP, set(), True),
        ("pass icmp any any -> any any (sid:2; rev:1;)", Verdict.PASS, {ICMP, ICMPV6}, True),
        ("reject udp [10.0.0.0/8,!10.1.0.0/16] any -> any 53 (sid:3;)", Verdict.REJECT, {UDP}, False),
        ('pass tls any any -> any any (tls.sni; content:"x"; sid:4;)', Verdict.PASS, {TCP}, False),
        ("drop tcp any any -> any any (flow:to_server; sid:5;)", Verdict.DROP, {TCP}, False),
    ],
)
def test_a_suricata_rule_is_certain_only_if_its_header_says_all(
    text: str, verdict: Verdict, protocols: set[int], certain: bool
) -> None:
    found = strings(text)
    (only,) = found.stateful
    assert (only.verdict, only.protocols, only.certain) == (verdict, protocols, certain)
    assert found.unknown is None


def test_a_rule_that_is_not_understood_makes_the_policy_unknown() -> None:
    assert strings("# a comment\nconfig something\ndrop ip any any -> any any (sid:1;)").unknown is not None


def test_a_domain_list_may_pass_what_it_lists_and_drops_the_rest_of_its_protocols() -> None:
    listed = {"GeneratedRulesType": "ALLOWLIST", "TargetTypes": ["TLS_SNI"], "Targets": ["example.com"]}
    found = policy({"RulesSource": {"RulesSourceList": listed}})
    assert [(r.verdict, r.certain, r.protocols) for r in found.stateful] == [
        (Verdict.PASS, False, {TCP}),
        (Verdict.DROP, False, {TCP}),
    ]


def test_a_rule_group_that_is_not_in_the_estate_makes_the_policy_unknown() -> None:
    missing = "arn:aws:network-firewall:eu-central-1:111122223333:stateful-rulegroup/other"
    found = policy(
        {"RulesSource": {"RulesString": "drop ip any any -> any any (sid:1;)"}},
        StatefulRuleGroupReferences=[{"ResourceArn": missing}],
    )
    assert found.unknown == "a stateful rule group is not in the estate"


def test_a_route_to_a_firewalls_endpoint_that_is_not_known_yet_leads_to_each_of_them() -> None:
    endpoint = {"Fn::Select": [0, {"Fn::GetAtt": ["Wall", "EndpointIds"]}]}
    net = read(
        template(
            {
                **VPC,
                "Policy": (
                    "NetworkFirewall::FirewallPolicy",
                    {"FirewallPolicy": {"StatelessDefaultActions": ["aws:pass"]}},
                ),
                "Wall": (
                    "NetworkFirewall::Firewall",
                    {
                        "FirewallPolicyArn": ref("Policy"),
                        "VpcId": ref("Vpc"),
                        "SubnetMappings": [{"SubnetId": ref("A")}, {"SubnetId": ref("B")}],
                    },
                ),
                "T": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
                "R": (
                    "EC2::Route",
                    {
                        "RouteTableId": ref("T"),
                        "DestinationCidrBlock": "0.0.0.0/0",
                        "VpcEndpointId": endpoint,
                    },
                ),
            }
        )
    )
    _, *routes = net.tables[key("EC2::RouteTable", "T")].routes
    wall = key("NetworkFirewall::Firewall", "Wall")
    assert [(r.target.via, r.target.key) for r in routes] == [
        (Via.FIREWALL_ENDPOINT, f"{wall}#A"),
        (Via.FIREWALL_ENDPOINT, f"{wall}#B"),
    ]


def test_what_forwards_and_has_no_model_is_said() -> None:
    net = modelled(
        {
            **VPC,
            "Client": ("EC2::ClientVpnEndpoint", {"ClientCidrBlock": "172.16.0.0/22"}),
            "Lattice": ("VpcLattice::ServiceNetworkVpcAssociation", {"VpcIdentifier": ref("Vpc")}),
            "Core": ("NetworkManager::VpcAttachment", {"VpcArn": "arn"}),
            "New": ("EC2::SomethingOfTomorrow", {}),
            "Logs": ("EC2::FlowLog", {"ResourceId": ref("Vpc"), "ResourceType": "VPC"}),
        }
    )
    assert {name.rpartition("/")[2] for name in net.unmodelled} == {"Client", "Lattice", "Core", "New"}
