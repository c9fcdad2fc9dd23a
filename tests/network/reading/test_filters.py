"""Expected values: VPC user guide, "Network ACL rules", "Security group rules"; EC2 API, IpPermission."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.estate import Gap
from ringwork.network.model import AclEntry, GroupPeer, GroupRule, ListPeer, UnknownPeer
from ringwork.network.packets import ALL, Traffic

from .estates import VPC, att, collected, key, live, live_key, modelled, ref

ACL: dict[str, Any] = {
    **VPC,
    "Acl": ("EC2::NetworkAcl", {"VpcId": ref("Vpc")}),
    "Use": ("EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("A"), "NetworkAclId": ref("Acl")}),
}


def entry(number: int, **more: Any) -> tuple[str, dict[str, Any]]:
    base = {"NetworkAclId": ref("Acl"), "RuleNumber": number, "RuleAction": "allow", "Protocol": 6}
    return ("EC2::NetworkAclEntry", {**base, "CidrBlock": "10.0.0.0/8", **more})


def entries(more: dict[str, Any], egress: bool = False) -> tuple[AclEntry, ...]:
    acl = modelled({**ACL, **more}).acls[key("EC2::NetworkAcl", "Acl")]
    assert acl.unknown is None
    return acl.egress if egress else acl.ingress


def test_entries_stand_by_number_and_direction() -> None:
    more = {
        "E200": entry(200, PortRange={"From": 443, "To": 443}),
        "E100": entry(100, RuleAction="deny", PortRange={"From": 1, "To": 1024}),
        "Out": entry(100, Egress=True, Protocol=-1),
    }
    assert [(e.number, e.allow, e.traffic) for e in entries(more)] == [
        (100, False, Traffic(6, 1, 1024)),
        (200, True, Traffic(6, 443, 443)),
    ]
    assert [(e.number, e.traffic) for e in entries(more, egress=True)] == [(100, ALL)]


@pytest.mark.parametrize(
    ("given", "traffic"),
    [
        ({"Protocol": "-1", "PortRange": {"From": 0, "To": 0}}, ALL),  # ports mean nothing with -1
        ({"Protocol": 1, "Icmp": {"Type": -1, "Code": -1}}, Traffic(1)),
        ({"Protocol": 1, "Icmp": {"Type": 8, "Code": -1}}, Traffic(1, 8, None)),
        ({"Protocol": 1, "Icmp": {"Type": 3, "Code": 4}}, Traffic(1, 3, 4)),
        ({"Protocol": 50}, Traffic(50)),
        ({"Protocol": "17", "PortRange": {"From": "53", "To": "53"}}, Traffic(17, 53, 53)),
    ],
)
def test_traffic_of_an_entry(given: dict[str, Any], traffic: Traffic) -> None:
    (found,) = entries({"E": entry(100, **given)})
    assert found.traffic == traffic


def test_a_subnet_without_an_acl_has_the_default_one_and_a_template_did_not_change_it() -> None:
    net = modelled(ACL)
    assert net.subnets[key("EC2::Subnet", "A")].acl == key("EC2::NetworkAcl", "Acl")
    assert net.subnets[key("EC2::Subnet", "B")].acl is None


def test_entries_that_a_template_adds_to_the_default_acl_stand_with_aws_own() -> None:
    deny = {**entry(90)[1], "NetworkAclId": att("Vpc", "DefaultNetworkAcl"), "RuleAction": "deny"}
    net = modelled({**VPC, "E": ("EC2::NetworkAclEntry", deny | {"PortRange": {"From": 22, "To": 22}})})
    acl = net.acls[net.subnets[key("EC2::Subnet", "A")].acl or ""]
    # "Default network ACL": rule 100 allows all IPv4 traffic, rule 101 all IPv6 traffic
    assert [(e.number, e.allow, str(e.prefix)) for e in acl.ingress] == [
        (90, False, "10.0.0.0/8"),
        (100, True, "0.0.0.0/0"),
        (101, True, "::/0"),
    ]


def test_an_entry_whose_number_or_action_is_not_known_makes_the_acl_unknown() -> None:
    for wrong in ({"RuleAction": "maybe"}, {"RuleNumber": ref("NoSuchThing")}, {"RuleNumber": 0}):
        net = modelled({**ACL, "E": entry(100, **wrong)})
        assert net.acls[key("EC2::NetworkAcl", "Acl")].unknown is not None
        assert net.problems


def test_an_entry_whose_addresses_are_not_known_may_match_fewer_packets() -> None:
    net = modelled({**ACL, "E": entry(100, CidrBlock=ref("NoSuchThing"), Protocol=-1)})
    acl = net.acls[key("EC2::NetworkAcl", "Acl")]
    assert acl.unknown is None
    assert [(str(e.prefix), e.certain) for e in acl.ingress] == [("0.0.0.0/0", False)]


def test_a_gap_in_entries_makes_live_acls_unknown() -> None:
    resources = (
        live("EC2::VPC", "vpc-00000001", {"CidrBlock": "10.0.0.0/16"}),
        live("EC2::NetworkAcl", "acl-00000001", {"VpcId": "vpc-00000001"}, {"IsDefault": True}),
    )
    acl = live_key("EC2::NetworkAcl", "acl-00000001")
    gap = Gap(None, None, "AWS::EC2::NetworkAclEntry", "refused")
    assert collected(resources).acls[acl].unknown is None
    assert collected(resources, (gap,)).acls[acl].unknown is not None


# --- security groups


def group(more: dict[str, Any] | None = None, **properties: Any) -> Any:
    given = {"GroupDescription": "g", "VpcId": ref("Vpc"), **properties}
    net = modelled({**VPC, "G": ("EC2::SecurityGroup", given), **(more or {})})
    return net.groups[key("EC2::SecurityGroup", "G")], net


def rules(found: tuple[GroupRule, ...]) -> list[tuple[str, str]]:
    return [(str(rule.traffic), str(rule.peer)) for rule in found]


def test_a_templates_group_without_egress_rules_lets_everything_out() -> None:
    """CloudFormation, AWS::EC2::SecurityGroup: "we add egress rules that allow all outbound IPv4 and IPv6
    traffic"."""
    found, net = group()
    assert found.ingress == ()
    assert rules(found.egress) == [("all traffic", "0.0.0.0/0"), ("all traffic", "::/0")]
    assert all(rule.certain for rule in found.egress)
    assert net.problems == ()


def test_a_live_group_has_the_rules_that_were_collected() -> None:
    net = collected(
        (
            live("EC2::VPC", "vpc-00000001", {"CidrBlock": "10.0.0.0/16"}),
            live("EC2::SecurityGroup", "sg-00000001", {"VpcId": "vpc-00000001", "GroupName": "default"}),
        )
    )
    found = net.groups[live_key("EC2::SecurityGroup", "sg-00000001")]
    assert (found.ingress, found.egress) == ((), ())


def test_rules_inside_and_beside_the_group() -> None:
    found, net = group(
        {
            "In": (
                "EC2::SecurityGroupIngress",
                {
                    "GroupId": att("G", "GroupId"),
                    "IpProtocol": "udp",
                    "FromPort": 53,
                    "ToPort": 53,
                    "SourceSecurityGroupId": ref("H"),
                },
            ),
            "H": ("EC2::SecurityGroup", {"GroupDescription": "h", "VpcId": ref("Vpc")}),
        },
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"},
            {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "CidrIpv6": "2001:db8::/32"},
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "CidrIp": "10.0.0.0/8"},
            {"IpProtocol": "50", "CidrIp": "10.0.0.0/8"},
        ],
        SecurityGroupEgress=[{"IpProtocol": "6", "FromPort": 1, "ToPort": 9, "CidrIp": "127.0.0.1/32"}],
    )
    assert [rule.traffic for rule in found.ingress] == [
        Traffic(6, 443, 443),
        ALL,
        Traffic(1, 8, None),
        Traffic(50),
        Traffic(17, 53, 53),
    ]
    assert found.ingress[-1].peer == GroupPeer(key("EC2::SecurityGroup", "H"))
    assert found.ingress[0].place.path == ("SecurityGroupIngress", 0)
    assert rules(found.egress) == [("tcp 1-9", "127.0.0.1/32")]
    assert net.problems == ()


def test_whom_a_rule_names_that_is_not_in_the_estate_is_anybody_or_nobody() -> None:
    for peer in (
        {"SourceSecurityGroupId": "sg-0123456789abcdef0"},
        {"SourceSecurityGroupName": "nobody"},
        {"SourcePrefixListId": "pl-0123456789abcdef0"},
    ):
        rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, **peer}
        found, net = group(SecurityGroupIngress=[rule])
        assert isinstance(found.ingress[0].peer, UnknownPeer)
        assert net.problems[0].key == key("EC2::SecurityGroup", "G")


def test_a_prefix_list_is_named_and_a_group_by_its_name() -> None:
    found, net = group(
        {"L": ("EC2::PrefixList", {"PrefixListName": "l", "Entries": [{"Cidr": "192.0.2.0/24"}]})},
        GroupName="mine",
        SecurityGroupIngress=[
            {"IpProtocol": "-1", "SourcePrefixListId": ref("L")},
            {"IpProtocol": "-1", "SourceSecurityGroupName": "mine"},
        ],
    )
    assert [rule.peer for rule in found.ingress] == [
        ListPeer(key("EC2::PrefixList", "L")),
        GroupPeer(key("EC2::SecurityGroup", "G")),
    ]
    assert net.problems == ()


def test_a_range_that_is_not_known_admits_at_most_all_ports() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": ref("NoSuchThing"), "ToPort": 443, "CidrIp": "10.0.0.0/8"}
    found, net = group(SecurityGroupIngress=[rule])
    assert [(r.traffic, r.certain) for r in found.ingress] == [(Traffic(6), False)]
    assert net.problems


def test_a_templates_vpc_has_a_default_group_too() -> None:
    """VPC user guide, "Default security groups for your VPCs": all from its members in, all out."""
    net = modelled(VPC)
    default = net.groups[f"{key('EC2::VPC', 'Vpc')}#default-security-group"]
    assert [rule.peer for rule in default.ingress] == [GroupPeer(default.key)]
    assert rules(default.egress) == [("all traffic", "0.0.0.0/0"), ("all traffic", "::/0")]


def test_a_gap_in_rules_adds_one_that_is_anybodys() -> None:
    net = collected(
        (
            live("EC2::VPC", "vpc-00000001", {"CidrBlock": "10.0.0.0/16"}),
            live("EC2::SecurityGroup", "sg-00000001", {"VpcId": "vpc-00000001", "GroupName": "x"}),
        ),
        (Gap(None, None, "AWS::EC2::SecurityGroupIngress", "refused"),),
    )
    (rule,) = net.groups[live_key("EC2::SecurityGroup", "sg-00000001")].ingress
    assert isinstance(rule.peer, UnknownPeer)
    assert not rule.certain
