"""The lab itself: hand-made networks, whose answers are AWS's rules and were not computed by anything."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies

from .compare import disagreements, walked
from .describing import ACCOUNT, REGION, Description
from .ground import INTERNET, INTERNET_HOSTS
from .kernel import build
from .knocking import knocks
from .namespaces import raised, sweep, unavailable
from .networks import network
from .probes import ICMP, TCP, UDP, Probe, Seen, send
from .proving import contradictions

WHY_NOT = unavailable()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")
OUTSIDE = "198.51.100.10"


def key(interface: str) -> str:
    return f"{ACCOUNT}/{REGION}/AWS::EC2::NetworkInterface/{interface}"


@dataclass
class Lab:
    """A network and the packets to send in it; those for ports that nobody admits to have failed."""

    at: Description = field(default_factory=Description)
    probes: list[Probe] = field(default_factory=list)

    def knock(
        self, source: str, address: str, destination: str, port: int = 80, protocol: int = TCP, mark: int = 0
    ) -> int:
        place = source if source == INTERNET else key(source)
        mark = mark or 40000 + len(self.probes)
        self.probes.append(Probe(place, address, destination, protocol, mark, port))
        return len(self.probes) - 1

    def seen(self) -> list[Seen]:
        network = build(self.at.estate())
        with raised(network.wiring):
            return send(network, self.probes, patience=0.6)

    def open_group(self, vpc: str) -> str:
        group = self.at.group(vpc)
        self.at.admit(group, "0.0.0.0/0")
        self.at.admit(group, "0.0.0.0/0", egress=True)
        return group


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_nacl_is_stateless_and_blocks_the_reply(lab: Lab) -> None:
    """VPC user guide, "Network ACL basics": "NACLs are stateless ... responses to allowed inbound traffic
    are subject to the rules for outbound traffic (and vice versa)"."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    near, far = lab.at.subnet(vpc, "10.0.1.0/24"), lab.at.subnet(vpc, "10.0.2.0/24")
    acl = lab.at.acl(vpc, far)
    lab.at.entry(acl, 100, "allow", protocol=TCP, low=80, high=80, egress=False)
    lab.at.entry(acl, 100, "allow", protocol=TCP, low=32768, high=60999, egress=True)
    group = lab.open_group(vpc)
    one = lab.at.interface(near, "10.0.1.10", groups=(group,))
    two = lab.at.interface(far, "10.0.2.10", groups=(group,))
    inside = lab.knock(one, "10.0.1.10", "10.0.2.10", mark=40000)
    outside = lab.knock(one, "10.0.1.10", "10.0.2.10", mark=20000)
    other = lab.knock(one, "10.0.1.10", "10.0.2.10", port=81)
    seen = lab.seen()
    assert (seen[inside].arrived, seen[inside].answered) == (key(two), True)
    assert (seen[outside].arrived, seen[outside].answered) == (key(two), False)
    assert (seen[other].arrived, seen[other].answered) == (None, False)


def test_nacl_rules_go_by_number_and_not_by_order(lab: Lab) -> None:
    """VPC user guide, "Network ACL rules": "evaluated starting with the lowest numbered rule"."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    near, far = lab.at.subnet(vpc, "10.0.1.0/24"), lab.at.subnet(vpc, "10.0.2.0/24")
    acl = lab.at.acl(vpc, far)
    lab.at.entry(acl, 200, "allow", egress=False)
    lab.at.entry(acl, 100, "deny", protocol=TCP, low=80, high=80, egress=False)
    lab.at.entry(acl, 50, "allow", "10.0.1.11/32", protocol=TCP, low=80, high=80, egress=False)
    lab.at.entry(acl, 100, "allow", egress=True)
    group = lab.open_group(vpc)
    one = lab.at.interface(near, "10.0.1.10", "10.0.1.11", groups=(group,))
    lab.at.interface(far, "10.0.2.10", groups=(group,))
    denied = lab.knock(one, "10.0.1.10", "10.0.2.10", port=80)
    excepted = lab.knock(one, "10.0.1.11", "10.0.2.10", port=80)
    others = lab.knock(one, "10.0.1.10", "10.0.2.10", port=443)
    seen = lab.seen()
    assert [seen[number].answered for number in (denied, excepted, others)] == [False, True, True]


def test_inside_a_subnet_no_nacl_is_met(lab: Lab) -> None:
    """VPC user guide, "Control subnet traffic with network access control lists": they allow or deny
    "traffic at the subnet level": what stays inside does not pass them."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    subnet = lab.at.subnet(vpc, "10.0.1.0/24")
    lab.at.acl(vpc, subnet)  # no entry: nothing gets in or out
    group = lab.open_group(vpc)
    one = lab.at.interface(subnet, "10.0.1.10", groups=(group,))
    lab.at.interface(subnet, "10.0.1.11", groups=(group,))
    within = lab.knock(one, "10.0.1.10", "10.0.1.11")
    assert lab.seen()[within].answered


@pytest.mark.parametrize("protocol", [TCP, UDP, ICMP])
def test_security_group_is_stateful_and_admits_the_reply(lab: Lab, protocol: int) -> None:
    """VPC user guide, "Security group connection tracking"."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    near, far = lab.at.subnet(vpc, "10.0.1.0/24"), lab.at.subnet(vpc, "10.0.2.0/24")
    client, server = lab.at.group(vpc), lab.at.group(vpc)
    lab.at.admit(client, "0.0.0.0/0", egress=True)
    name, low, high = {TCP: ("tcp", 80, 80), UDP: ("udp", 80, 80), ICMP: ("icmp", 8, 0)}[protocol]
    lab.at.admit(server, client, name, low, high)  # by reference; and it may send nothing of its own
    one = lab.at.interface(near, "10.0.1.10", groups=(client,))
    two = lab.at.interface(far, "10.0.2.10", groups=(server,))
    forward = lab.knock(one, "10.0.1.10", "10.0.2.10", protocol=protocol)
    backward = lab.knock(two, "10.0.2.10", "10.0.1.10", protocol=protocol)
    seen = lab.seen()
    assert (seen[forward].arrived, seen[forward].answered) == (key(two), True)
    assert (seen[backward].arrived, seen[backward].answered) == (None, False)


def test_groups_add_up_and_a_self_reference_is_for_members(lab: Lab) -> None:
    """VPC user guide, "Security groups for your VPC": rules of all groups are aggregated."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    subnet = lab.at.subnet(vpc, "10.0.1.0/24")
    out, team, listed = lab.at.group(vpc), lab.at.group(vpc), lab.at.group(vpc)
    lab.at.admit(out, "0.0.0.0/0", egress=True)
    lab.at.admit(team, team, "tcp", 80, 80)
    lab.at.admit(listed, lab.at.prefix_list("10.0.1.12/32", "192.0.2.0/24"), "tcp", 443, 443)
    member = lab.at.interface(subnet, "10.0.1.10", groups=(out, team))
    stranger = lab.at.interface(subnet, "10.0.1.12", groups=(out,))
    lab.at.interface(subnet, "10.0.1.11", groups=(team, listed))
    fellow = lab.knock(member, "10.0.1.10", "10.0.1.11")
    foreign = lab.knock(stranger, "10.0.1.12", "10.0.1.11")
    on_list = lab.knock(stranger, "10.0.1.12", "10.0.1.11", port=443)
    off_list = lab.knock(member, "10.0.1.10", "10.0.1.11", port=443)
    seen = lab.seen()
    assert [seen[n].answered for n in (fellow, foreign, on_list, off_list)] == [True, False, True, False]


def test_internet_gateway_maps_one_to_one(lab: Lab) -> None:
    """VPC user guide, "Internet gateways": "logically provides the one-to-one NAT on behalf of your
    instance"; no public address, no internet."""
    vpc = lab.at.vpc("10.0.0.0/16")
    table = lab.at.table(vpc, main=True)
    lab.at.route(table, "0.0.0.0/0", lab.at.internet_gateway(vpc))
    subnet = lab.at.subnet(vpc, "10.0.1.0/24")
    group = lab.open_group(vpc)
    one = lab.at.interface(subnet, "10.0.1.10", groups=(group,), public="52.0.0.10")
    two = lab.at.interface(subnet, "10.0.1.11", groups=(group,))
    three = lab.at.interface(subnet, "10.0.1.12", groups=(group,), public="52.0.0.12", associated=True)
    out = lab.knock(one, "10.0.1.10", OUTSIDE)
    nothing = lab.knock(two, "10.0.1.11", OUTSIDE)
    within = lab.knock(INTERNET, OUTSIDE, "52.0.0.10")
    hairpin = lab.knock(one, "10.0.1.10", "52.0.0.12")
    nobody = lab.knock(INTERNET, OUTSIDE, "52.0.0.13")
    seen = lab.seen()
    assert seen[out] == Seen(INTERNET, "52.0.0.10", answered=True)
    assert seen[nothing] == Seen()
    assert seen[within] == Seen(key(one), OUTSIDE, answered=True)
    assert seen[hairpin] == Seen(key(three), "52.0.0.10", answered=True)
    assert seen[nobody] == Seen()


def test_a_subnet_without_a_route_to_the_gateway_cannot_answer(lab: Lab) -> None:
    """VPC user guide, "Enable internet access": the subnet's table needs the route, for answers too."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    lab.at.internet_gateway(vpc)
    one = lab.at.interface(
        lab.at.subnet(vpc, "10.0.1.0/24"), "10.0.1.10", groups=(lab.open_group(vpc),), public="52.0.0.10"
    )
    within = lab.knock(INTERNET, OUTSIDE, "52.0.0.10")
    assert lab.seen()[within] == Seen(key(one), OUTSIDE, answered=False)


@pytest.mark.parametrize("protocol", [TCP, UDP, ICMP])
def test_nat_gateway_lets_out_and_nothing_in(lab: Lab, protocol: int) -> None:
    """VPC user guide, "NAT gateways": instances in private subnets "can connect to services outside your
    VPC but external services can't initiate a connection with those instances"."""
    vpc = lab.at.vpc("10.0.0.0/16")
    public, private = lab.at.table(vpc, main=True), lab.at.table(vpc)
    lab.at.route(public, "0.0.0.0/0", lab.at.internet_gateway(vpc))
    front, behind = lab.at.subnet(vpc, "10.0.1.0/24"), lab.at.subnet(vpc, "10.0.2.0/24", table=private)
    lab.at.route(private, "0.0.0.0/0", lab.at.nat_gateway(front, "10.0.1.5", "52.0.0.5"))
    group = lab.open_group(vpc)
    one = lab.at.interface(behind, "10.0.2.10", groups=(group,))
    out = lab.knock(one, "10.0.2.10", OUTSIDE, protocol=protocol)
    within = lab.knock(INTERNET, OUTSIDE, "52.0.0.5", protocol=protocol)
    seen = lab.seen()
    assert seen[out] == Seen(INTERNET, "52.0.0.5", answered=True)
    assert seen[within] == Seen()


@pytest.mark.parametrize("both", [True, False])
def test_egress_only_gateway_lets_out_and_only_answers_in(lab: Lab, both: bool) -> None:
    """VPC user guide, "Egress-only internet gateways": "prevents the internet from initiating an IPv6
    connection"; "stateful: it forwards traffic from the instances in the subnet to the internet ... and then
    sends the response back"."""
    vpc = lab.at.vpc("10.0.0.0/16", "2600:1f14::/56")
    table = lab.at.table(vpc, main=True)
    lab.at.route(table, "::/0", lab.at.egress_only_gateway(vpc))
    if both:
        lab.at.internet_gateway(vpc)  # by which one may enter, but the subnet's answers leave otherwise
    group = lab.at.group(vpc)
    lab.at.admit(group, "::/0")
    lab.at.admit(group, "::/0", egress=True)
    subnet = lab.at.subnet(vpc, "10.0.1.0/24", "2600:1f14::/64")
    one = lab.at.interface(subnet, "10.0.1.10", "2600:1f14::10", groups=(group,))
    out = lab.knock(one, "2600:1f14::10", INTERNET_HOSTS[2])
    within = lab.knock(INTERNET, INTERNET_HOSTS[2], "2600:1f14::10")
    seen = lab.seen()
    assert seen[out] == Seen(INTERNET, "2600:1f14::10", answered=True)
    assert (seen[within].arrived is not None) is both


def test_peering_is_not_transitive(lab: Lab) -> None:
    """VPC peering guide, "How VPC peering connections work": "transitive peering is not supported"."""
    blocks = ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"]
    vpcs = [lab.at.vpc(block) for block in blocks]
    tables = [lab.at.table(vpc, main=True) for vpc in vpcs]
    first, second = lab.at.peering(vpcs[0], vpcs[1]), lab.at.peering(vpcs[1], vpcs[2])
    lab.at.route(tables[0], "10.0.0.0/8", first)
    lab.at.route(tables[1], "10.0.0.0/16", first)
    lab.at.route(tables[1], "10.2.0.0/16", second)
    lab.at.route(tables[2], "10.0.0.0/8", second)
    hosts = [
        lab.at.interface(
            lab.at.subnet(vpc, f"10.{number}.1.0/24"), f"10.{number}.1.10", groups=(lab.open_group(vpc),)
        )
        for number, vpc in enumerate(vpcs)
    ]
    direct = lab.knock(hosts[0], "10.0.1.10", "10.1.1.10")
    through = lab.knock(hosts[0], "10.0.1.10", "10.2.1.10")
    back = lab.knock(hosts[2], "10.2.1.10", "10.1.1.10")
    seen = lab.seen()
    assert seen[direct] == Seen(key(hosts[1]), "10.0.1.10", answered=True)
    assert seen[through] == Seen()
    assert seen[back] == Seen(key(hosts[1]), "10.2.1.10", answered=True)


def test_the_longest_prefix_wins_and_a_blackhole_drops(lab: Lab) -> None:
    """VPC user guide, "Route priority": "the most specific route that matches"; a blackhole route matches
    like any other ("the state of the route is blackhole"), and what matches it is lost."""
    vpcs = [lab.at.vpc("10.0.0.0/16"), lab.at.vpc("10.1.0.0/16")]
    tables = [lab.at.table(vpc, main=True) for vpc in vpcs]
    peering = lab.at.peering(*vpcs)
    lab.at.route(tables[0], "10.1.0.0/16", peering)
    lab.at.route(tables[0], "10.1.2.0/24", "nat-00000000000000099", state="blackhole")
    lab.at.route(tables[1], "10.0.0.0/16", peering)
    groups = [lab.open_group(vpc) for vpc in vpcs]
    one = lab.at.interface(lab.at.subnet(vpcs[0], "10.0.1.0/24"), "10.0.1.10", groups=(groups[0],))
    lab.at.interface(lab.at.subnet(vpcs[1], "10.1.1.0/24"), "10.1.1.10", groups=(groups[1],))
    lab.at.interface(lab.at.subnet(vpcs[1], "10.1.2.0/24"), "10.1.2.10", groups=(groups[1],))
    shorter = lab.knock(one, "10.0.1.10", "10.1.1.10")
    longer = lab.knock(one, "10.0.1.10", "10.1.2.10")
    seen = lab.seen()
    assert (seen[shorter].answered, seen[longer]) == (True, Seen())


def transit(lab: Lab) -> tuple[list[str], list[str], str]:
    """Three VPCs on a Transit Gateway that has no route yet: hosts, attachments, table."""
    gateway = lab.at.transit_gateway()
    table = lab.at.transit_table(gateway)
    hosts, attachments = [], []
    for number in range(3):
        vpc = lab.at.vpc(f"10.{number}.0.0/16")
        lab.at.route(lab.at.table(vpc, main=True), "10.0.0.0/8", gateway)
        inside = lab.at.subnet(vpc, f"10.{number}.1.0/24")
        attachments.append(lab.at.attachment(gateway, vpc, lab.at.subnet(vpc, f"10.{number}.9.0/28")))
        lab.at.associate(table, attachments[-1])
        hosts.append(lab.at.interface(inside, f"10.{number}.1.10", groups=(lab.open_group(vpc),)))
    return hosts, attachments, table


def test_transit_gateway_goes_by_propagation_static_route_and_blackhole(lab: Lab) -> None:
    """Transit Gateway guide, "How transit gateways work", "Route evaluation order": "the most specific
    route for the destination address"; static routes before propagated ones."""
    hosts, attachments, table = transit(lab)
    for attachment in attachments[:2]:
        lab.at.propagate(table, attachment)
    lab.at.propagate(table, attachments[2])
    lab.at.transit_route(table, "10.2.0.0/16", None)
    there = lab.knock(hosts[0], "10.0.1.10", "10.1.1.10")
    lost = lab.knock(hosts[0], "10.0.1.10", "10.2.1.10")
    seen = lab.seen()
    assert (seen[there].arrived, seen[there].answered) == (key(hosts[1]), True)
    assert seen[lost] == Seen()


def test_transit_gateway_without_a_way_back_gives_no_answer(lab: Lab) -> None:
    """The same: each direction is looked up by itself."""
    hosts, attachments, table = transit(lab)
    lab.at.propagate(table, attachments[1])
    there = lab.knock(hosts[0], "10.0.1.10", "10.1.1.10")
    assert lab.seen()[there] == Seen(key(hosts[1]), "10.0.1.10", answered=False)


def test_transit_gateway_is_out_of_reach_from_a_zone_that_it_is_not_in(lab: Lab) -> None:
    """Transit Gateway guide, "VPC attachments": "any resources in Availability Zones where there is no
    transit gateway attachment cannot reach the transit gateway"."""
    gateway = lab.at.transit_gateway()
    table = lab.at.transit_table(gateway)
    hosts = []
    for number, zone in ((0, "b"), (1, "a")):
        vpc = lab.at.vpc(f"10.{number}.0.0/16")
        lab.at.route(lab.at.table(vpc, main=True), "10.0.0.0/8", gateway)
        legs = lab.at.subnet(vpc, f"10.{number}.9.0/28", zone="a")
        attachment = lab.at.attachment(gateway, vpc, legs)
        lab.at.associate(table, attachment)
        lab.at.propagate(table, attachment)
        subnet = lab.at.subnet(vpc, f"10.{number}.1.0/24", zone=zone)
        hosts.append(lab.at.interface(subnet, f"10.{number}.1.10", groups=(lab.open_group(vpc),)))
    cut_off = lab.knock(hosts[0], "10.0.1.10", "10.1.1.10")
    still_receives = lab.knock(hosts[1], "10.1.1.10", "10.0.1.10")
    seen = lab.seen()
    assert seen[cut_off] == Seen()
    assert seen[still_receives] == Seen(key(hosts[0]), "10.1.1.10", answered=False)


def test_transit_gateway_in_the_instances_own_subnet_asks_its_nacl_only_on_the_way_out(lab: Lab) -> None:
    """Transit Gateway guide, "Network ACLs", same subnet: to the gateway outbound rules (by destination)
    and inbound rules (by source); from the gateway none."""
    gateway = lab.at.transit_gateway()
    table = lab.at.transit_table(gateway)
    hosts, subnets = [], []
    for number in range(2):
        vpc = lab.at.vpc(f"10.{number}.0.0/16")
        lab.at.route(lab.at.table(vpc, main=True), "10.0.0.0/8", gateway)
        subnets.append(lab.at.subnet(vpc, f"10.{number}.1.0/24"))
        attachment = lab.at.attachment(gateway, vpc, subnets[-1])
        lab.at.associate(table, attachment)
        lab.at.propagate(table, attachment)
        hosts.append(lab.at.interface(subnets[-1], f"10.{number}.1.10", groups=(lab.open_group(vpc),)))
    acl = lab.at.acl(vpc, subnets[1])
    lab.at.entry(acl, 100, "allow", "10.0.0.0/16", egress=True)
    # would be needed for the answer: it comes from the subnet itself
    lab.at.entry(acl, 100, "allow", "10.1.0.0/16", protocol=UDP, low=1, high=65535, egress=False)
    datagram = lab.knock(hosts[0], "10.0.1.10", "10.1.1.10", port=53, protocol=UDP)
    segment = lab.knock(hosts[0], "10.0.1.10", "10.1.1.10")
    seen = lab.seen()
    assert seen[datagram] == Seen(key(hosts[1]), "10.0.1.10", answered=True)
    assert seen[segment] == Seen(key(hosts[1]), "10.0.1.10", answered=False)


@pytest.mark.parametrize("forwards", [True, False])
def test_middlebox_forwards_if_its_check_is_off_and_hides_group_membership(lab: Lab, forwards: bool) -> None:
    """VPC user guide, "Middlebox routing" and "Security group rules": a group reference does not match what
    a middlebox has forwarded, an address does."""
    vpc = lab.at.vpc("10.0.0.0/16")
    lab.at.table(vpc, main=True)
    there, back = lab.at.table(vpc), lab.at.table(vpc)
    near, far = lab.at.subnet(vpc, "10.0.1.0/24", table=there), lab.at.subnet(vpc, "10.0.2.0/24", table=back)
    group = lab.open_group(vpc)
    box = lab.at.interface(lab.at.subnet(vpc, "10.0.3.0/24"), "10.0.3.10", groups=(group,), forwards=forwards)
    lab.at.route(there, "10.0.2.0/24", box)
    lab.at.route(back, "10.0.1.0/24", box)
    server = lab.at.group(vpc)
    lab.at.admit(server, group, "tcp", 80, 80)
    lab.at.admit(server, "10.0.1.0/24", "tcp", 443, 443)
    one = lab.at.interface(near, "10.0.1.10", groups=(group,))
    lab.at.interface(far, "10.0.2.10", groups=(server,))
    by_reference = lab.knock(one, "10.0.1.10", "10.0.2.10")
    by_address = lab.knock(one, "10.0.1.10", "10.0.2.10", port=443)
    seen = lab.seen()
    assert not seen[by_reference].arrived
    assert seen[by_address].answered is forwards


_LEFT = """
import time
from tests.lab.namespaces import Wiring, path, raised
wiring = Wiring()
wiring.join(wiring.add("one"), "eth0", wiring.add("two"), "eth0")
with raised(wiring):
    print(path("one"), path("two"), flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_leaves_is_taken_down() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", _LEFT], stdout=subprocess.PIPE, text=True, cwd=root) as one:
        assert one.stdout is not None
        left = [Path(name) for name in one.stdout.readline().split()]
        assert len(left) == 2
        assert all(name.exists() for name in left)
        one.kill()
    sweep()
    assert not any(name.exists() for name in left)


@settings(
    max_examples=12,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # each try raises a network: too slow to shrink
)
@given(strategies.randoms(use_true_random=False))
def test_walker_and_prover_say_what_the_kernel_does(random: Random) -> None:
    drawn = network(random)
    probes = knocks(random, drawn, 60)
    standing = build(drawn.estate)
    with raised(standing.wiring):
        seen = send(standing, probes)
        said = walked(drawn.estate, probes)
        found = [str(one) for one in disagreements(standing, probes, seen, said)]
        found += [str(one) for one in contradictions(standing, drawn.estate, probes, seen)]
    assert not found, "\n".join(found)
