"""NET-11. Order and matching: VPC User Guide, "Network ACL rules" and "Default network ACL"."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwork.estate import Reference, Unknown
from ringwork.findings import Status

P, V, U = Status.PROVED, Status.VIOLATED, Status.UNKNOWN
HIDDEN = Unknown("a parameter without a value; name it")
ANY, ANY6 = "0.0.0.0/0", "::/0"
SSH, RDP = (22, 22), (3389, 3389)


def entry(world: Any, acl: Any, number: Any, action: Any, cidr: Any, ports: Any = None, **more: Any) -> None:
    name = "Ipv6CidrBlock" if isinstance(cidr, str) and ":" in cidr else "CidrBlock"
    properties = {
        "NetworkAclId": acl,
        "RuleNumber": number,
        "RuleAction": action,
        "Protocol": 6 if ports else -1,
        name: cidr,
        **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
        **more,
    }
    world.add("EC2::NetworkAclEntry", f"E{len(world.resources)}", properties)


def acl(world: Any, *entries: tuple[Any, ...]) -> Reference:
    """The ACL of a workload's subnet."""
    vpc = world.vpc()
    made: Reference = world.add("EC2::NetworkAcl", "Acl", {"VpcId": vpc})
    joined = {"SubnetId": world.subnet(vpc), "NetworkAclId": made}
    world.add("EC2::SubnetNetworkAclAssociation", "Joined", joined)
    for given_ in entries:
        entry(world, made, *given_)
    return made


@pytest.mark.parametrize(
    "entries",
    [
        [(100, "allow", ANY)],
        [(100, "allow", ANY, SSH)],
        [(100, "allow", ANY, (3000, 4000))],
        [(100, "allow", ANY6, RDP)],
        [(100, "allow", "203.0.113.7/32", SSH)],
        [(100, "allow", "8.0.0.0/6", SSH)],  # 10.0.0.0/8 is within, 8.0.0.0/8 is public
        [(100, "deny", ANY, SSH), (200, "allow", ANY)],  # RDP is left
        [(100, "deny", ANY, (1, 4000)), (200, "allow", ANY), (300, "allow", ANY6)],
        [(300, "deny", ANY), (200, "allow", ANY, SSH)],
        [(100, "deny", "0.0.0.0/1"), (200, "allow", ANY, SSH)],
    ],
)
def test_fails(world: Any, entries: Any) -> None:
    acl(world, *entries)
    assert set(world.answers("NET-11").items()) == {("Acl", V)}


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [(100, "allow", "10.0.0.0/8"), (110, "allow", "fd00::/8")],
        [(100, "allow", ANY, (443, 443)), (110, "allow", ANY, (4000, 65535))],
        [(100, "deny", ANY, SSH), (110, "deny", ANY, RDP), (200, "allow", ANY)],
        [(100, "deny", "0.0.0.0/1"), (110, "deny", "128.0.0.0/1"), (200, "allow", ANY)],
        [(100, "deny", "8.0.0.0/6"), (200, "allow", "8.0.0.0/8", SSH)],
    ],
)
def test_passes(world: Any, entries: Any) -> None:
    acl(world, *entries)
    assert world.answers("NET-11") == {"Acl": P}


@pytest.mark.parametrize("more", [{"Egress": True}, {"Protocol": 17}, {"Protocol": 1}])
def test_passes_for_what_is_no_tcp_coming_in(world: Any, more: Any) -> None:
    entry(world, acl(world), 100, "allow", ANY, SSH, **more)
    assert world.answers("NET-11") == {"Acl": P}


@pytest.mark.parametrize(
    "more",
    [
        {"RuleNumber": HIDDEN},
        {"RuleAction": HIDDEN},
        {"CidrBlock": HIDDEN},
        {"Protocol": HIDDEN},
        {"Egress": HIDDEN},
        {"PortRange": HIDDEN},
        {"PortRange": {"From": HIDDEN, "To": 22}},
        {"NetworkAclId": HIDDEN},
    ],
)
def test_unknown(world: Any, more: Any) -> None:
    entry(world, acl(world), 100, "deny", ANY, SSH, **more)
    assert world.answers("NET-11") == {"Acl": U}


def test_an_unknown_entry_after_the_decision_changes_nothing(world: Any) -> None:
    made = acl(world, (100, "deny", ANY), (110, "deny", ANY6))
    entry(world, made, 200, HIDDEN, HIDDEN)
    assert world.answers("NET-11") == {"Acl": P}


def test_an_unknown_entry_after_the_fault_hides_nothing(world: Any) -> None:
    entry(world, acl(world, (100, "allow", ANY)), 200, HIDDEN, HIDDEN)
    assert world.answers("NET-11") == {"Acl": V}


def test_blames_the_entry_that_allows(world: Any) -> None:
    acl(world, (100, "deny", ANY, SSH), (200, "allow", ANY))
    (finding,) = world.findings("NET-11")
    assert finding.message == "entry 200 admits TCP 3389 from 0.0.0.0/0"
    assert finding.origins[0].line == len(world.resources)  # the last line: entry 200


def test_the_acl_of_the_public_edge_does_not_count(world: Any) -> None:
    made = acl(world, (100, "allow", ANY))
    subnet = world.resources[f"{made.target.split('/AWS')[0]}/AWS::EC2::Subnet/Subnet"]
    world.add("EC2::Subnet", "Subnet", subnet.properties, tags={"ringwork:tier": "edge"})
    assert world.answers("NET-11") == {}


def test_unknown_for_an_acl_that_was_not_read(world: Any) -> None:
    joined = {"SubnetId": world.subnet(world.vpc()), "NetworkAclId": "acl-0123456789abcdef0"}
    world.add("EC2::SubnetNetworkAclAssociation", "Joined", joined)
    assert world.answers("NET-11") == {"Subnet": U}


class TestDefaultAcl:
    def test_fails_where_a_template_leaves_it_as_aws_makes_it(self, world: Any) -> None:
        world.subnet(world.vpc())
        assert world.answers("NET-11") == {"Vpc": V}

    def test_unknown_where_an_association_could_not_be_read(self, world: Any) -> None:
        world.subnet(world.vpc())
        world.gap("EC2::SubnetNetworkAclAssociation")
        assert world.answers("NET-11")["Vpc"] is U

    def test_passes_where_the_template_denies_before_entry_100(self, world: Any) -> None:
        vpc = world.vpc()
        world.subnet(vpc)
        default = Reference(vpc.target, "DefaultNetworkAcl")
        entry(world, default, 50, "deny", ANY, SSH)
        entry(world, default, 60, "deny", ANY, RDP)
        assert world.answers("NET-11") == {"Vpc": P}
        ipv6 = {"VpcId": vpc, "AmazonProvidedIpv6CidrBlock": True}
        world.add("EC2::VPCCidrBlock", "Six", ipv6)
        assert world.answers("NET-11") == {"Vpc": V}

    def test_a_live_one_is_found_by_its_vpc(self, world: Any) -> None:
        vpc = world.add("EC2::VPC", "vpc-1", {}, live=True)
        world.add("EC2::Subnet", "subnet-1", {"VpcId": vpc}, live=True)
        assert world.answers("NET-11") == {"subnet-1": U}
        default = {"IsDefault": True}
        made = world.add("EC2::NetworkAcl", "acl-1", {"VpcId": vpc}, attributes=default, live=True)
        entry(world, made, 100, "allow", ANY)
        assert world.answers("NET-11") == {"acl-1": V}

    def test_unknown_for_a_subnet_whose_vpc_is_not_known(self, world: Any) -> None:
        world.add("EC2::Subnet", "Subnet", {"VpcId": HIDDEN})
        assert world.answers("NET-11") == {"Subnet": U}


PUBLIC = [
    *map(ip_address, ("1.2.3.4", "8.0.0.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "150.0.0.1")),
    *map(ip_address, ("172.32.0.1", "200.1.2.3")),
]
"""a public address in each part into which `CIDRS` cut IPv4"""
CIDRS = ("0.0.0.0/0", "8.0.0.0/6", "8.8.8.8/32", "9.0.0.0/8", "10.0.0.0/8", "11.0.0.0/8", "172.0.0.0/8")
CIDRS += ("200.1.2.3/32", "128.0.0.0/1", "172.16.0.0/12", "192.168.0.0/16")
ENTRIES = st.tuples(
    st.sampled_from(("allow", "deny")),
    st.sampled_from(CIDRS),
    st.sampled_from((None, (22, 22), (3389, 3389), (1, 1000), (443, 443))),
    st.sampled_from((-1, 6, 17)),
)


def admitted(ordered: list[Any]) -> bool:
    """By brute force: the first entry that matches one of the addresses on one of the ports allows it."""
    for address in PUBLIC:
        for port in (22, 3389):
            for action, cidr, ports, protocol in ordered:
                matches = protocol == -1 or (
                    protocol == 6 and (ports is None or ports[0] <= port <= ports[1])
                )
                if matches and address in ip_network(cidr):
                    if action == "allow":
                        return True
                    break
    return False


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=st.lists(ENTRIES, max_size=6), random=st.randoms())
def test_is_what_brute_force_says(world: Any, entries: list[Any], random: Any) -> None:
    world.resources.clear()
    made = acl(world)
    numbered = list(enumerate(entries, start=1))
    random.shuffle(numbered)
    for number, (action, cidr, ports, protocol) in numbered:
        entry(world, made, number, action, cidr, ports, Protocol=protocol)
    assert set(world.answers("NET-11").values()) == ({V} if admitted(entries) else {P})
