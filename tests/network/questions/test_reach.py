"""Questions about a network of two peered VPCs whose answers follow from its rules by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.findings import Status
from ringwork.network.packets import ALL, TCP, Traffic
from ringwork.network.questions import Flowing, Network, always, parse, reach, resolve
from ringwork.network.questions.answer import Answer
from ringwork.network.walk import Outcome

from .places import BALANCER, PORTS, TEMPLATE, estate

DATABASE = Traffic(TCP, 5432, 5432)


def ask(folder: Path, source: str, destination: str, traffic: Traffic = ALL, text: str = TEMPLATE) -> Answer:
    ends = parse(source), parse(destination)
    cuts = [prefix for end in ends for prefix in end.prefixes]
    network = Network(estate(folder, text), cuts=cuts, kinds=[traffic])
    one, other = (resolve(network, end) for end in ends)
    return reach(Flowing(network), one, other, [traffic])


def test_what_both_groups_admit_flows_and_the_walker_shows_it_there_and_back(tmp_path: Path) -> None:
    found = ask(tmp_path, "fraud/screen", "credit/store")
    assert found.status is Status.VIOLATED
    (witness,) = found.witnesses
    assert str(witness.packet) == "tcp 10.0.1.10:49152 -> 10.1.1.20:5432"
    assert witness.forward.outcome is Outcome.DELIVERED
    assert witness.forward.arrived == witness.destination
    assert witness.answered
    assert witness.back is not None
    assert witness.back.arrived == witness.source


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("credit/store", "fraud/screen"),  # its only egress is to 10.0.9.0/24
        ("internet", "fraud/screen"),  # no public address
        ("fraud/screen", "internet"),  # egress to 10.1.0.0/16 alone
        ("internet", "credit/store"),  # no internet gateway
    ],
)
def test_what_some_control_refuses_is_proved_not_to_flow(
    tmp_path: Path, source: str, destination: str
) -> None:
    found = ask(tmp_path, source, destination)
    assert found.status is Status.PROVED
    assert (found.witnesses, found.flowing, found.unsettled) == ((), 0, ())
    assert found.looked.pairs > 0


def test_only_the_traffic_that_was_asked_for_counts(tmp_path: Path) -> None:
    ends = ("fraud/screen", "credit/store")
    assert ask(tmp_path, *ends, DATABASE).status is Status.VIOLATED
    assert ask(tmp_path, *ends, Traffic(TCP, 5431, 5431)).status is Status.PROVED


def test_a_part_of_a_subnet_can_be_an_end(tmp_path: Path) -> None:
    assert ask(tmp_path, "fraud/screen", "10.1.1.16/28").status is Status.VIOLATED
    assert ask(tmp_path, "10.0.1.10", "10.1.1.0/28").status is Status.PROVED  # .20 is not among them


def test_an_elastic_address_that_aws_has_yet_to_give_lets_the_internet_in(tmp_path: Path) -> None:
    """Which one it is decides nothing: the packet is shown with one that it may be."""
    found = ask(tmp_path, "internet", "fraud/screen", text=TEMPLATE + PORTS)
    assert found.status is Status.VIOLATED
    (witness,) = found.witnesses
    assert witness.packet.destination_port == 443
    assert [key for _, key in witness.assumed] == [witness.destination]
    assert witness.answered
    # what no rule admits is refused, whatever the address
    ssh = ask(tmp_path, "internet", "fraud/screen", Traffic(TCP, 22, 22), TEMPLATE + PORTS)
    assert ssh.status is Status.PROVED


@pytest.mark.parametrize("inner", ["10.0.2.0/24", "10.0.3.0/28"])
@pytest.mark.parametrize(
    ("scheme", "status"),
    [
        ("internet-facing", Status.VIOLATED),
        ("internal", Status.PROVED),
        ("!ImportValue scheme", Status.UNKNOWN),
    ],
)
def test_a_balancer_that_faces_the_internet_lets_it_in_before_its_addresses_are_known(
    tmp_path: Path, scheme: str, status: Status, inner: str
) -> None:
    """Elastic Load Balancing user guide, "Load balancer scheme": nodes of one that faces the internet have
    public IP addresses."""
    text = BALANCER.replace("SCHEME", scheme).replace("INNER", inner)
    for goal in ("Web", "Front"):
        found = ask(tmp_path, "internet", goal, text=text)
        assert found.status is status, goal
        for witness in found.witnesses:
            assert witness.packet.destination_port == 443
            assert witness.answered
    ports = Traffic(TCP, 22, 22)
    assert ask(tmp_path, "internet", "Web", ports, text).status is Status.PROVED


def test_a_public_address_that_may_be_anothers_leaves_it_open(tmp_path: Path) -> None:
    """EC2 API reference, AssociateAddress: one private address of several gets it."""
    several = (
        "PrivateIpAddresses: [{Primary: true, PrivateIpAddress: 10.0.1.10}, {PrivateIpAddress: 10.0.1.12}]"
    )
    text = TEMPLATE.replace("PrivateIpAddress: 10.0.1.10", several) + PORTS
    assert several in text
    found = ask(tmp_path, "internet", "fraud/screen", text=text)
    assert found.status is Status.UNKNOWN
    assert "public address" in found.unsettled[0].reason
    assert found.unsettled[0].settle


def test_a_route_to_what_is_not_there_is_not_safe(tmp_path: Path) -> None:
    text = TEMPLATE.replace("VpcPeeringConnectionId: !Ref Peering}\n  Back", "LocalGatewayId: lgw-1}\n  Back")
    assert text != TEMPLATE
    found = ask(tmp_path, "fraud/screen", "credit/store", text=text)
    assert found.status is Status.UNKNOWN
    assert found.unsettled


def test_what_joins_networks_and_is_not_modelled_leaves_it_open(tmp_path: Path) -> None:
    lattice = """
  Lattice:
    Type: AWS::VpcLattice::ServiceNetworkVpcAssociation
    Properties: {VpcIdentifier: !Ref Credit, ServiceNetworkIdentifier: sn-1}
"""
    assert ask(tmp_path, "credit/store", "fraud/screen").status is Status.PROVED
    found = ask(tmp_path, "credit/store", "fraud/screen", text=TEMPLATE + lattice)
    assert found.status is Status.UNKNOWN
    assert "not modelled" in found.unsettled[0].reason


def test_must_always_needs_an_answer_from_each_that_is_there(tmp_path: Path) -> None:
    network = Network(estate(tmp_path), kinds=[DATABASE])
    flowing = Flowing(network)
    screen, store = (resolve(network, parse(text)) for text in ("fraud/screen", "credit/store"))
    assert always(flowing, screen, store, [DATABASE]).status is Status.PROVED
    assert always(flowing, store, screen, [DATABASE]).status is Status.VIOLATED
    # without the way back the packet arrives, and no answer does
    oneway = estate(tmp_path, TEMPLATE.replace("10.0.0.0/16,\n       Vpc", "10.0.9.0/24,\n       Vpc"))
    network = Network(oneway, kinds=[DATABASE])
    flowing = Flowing(network)
    screen, store = (resolve(network, parse(text)) for text in ("fraud/screen", "credit/store"))
    assert reach(flowing, screen, store, [DATABASE]).status is Status.VIOLATED
    unanswered = always(flowing, screen, store, [DATABASE])
    assert unanswered.status is Status.VIOLATED
    assert unanswered.witness is not None
    assert not unanswered.witness.answered


def test_a_network_refuses_questions_that_its_atoms_are_too_coarse_for(tmp_path: Path) -> None:
    network = Network(estate(tmp_path))
    anything = resolve(network, parse("any"))
    with pytest.raises(ValueError, match="tcp 22"):
        reach(Flowing(network), anything, anything, [Traffic(TCP, 22, 22)])
    with pytest.raises(ValueError, match=r"10\.9\.0\.0"):
        resolve(network, parse("10.9.0.0/16"))
