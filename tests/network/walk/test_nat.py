"""NAT gateways. Expected answers: the conformance suite's `nat` cases, and VPC user guide, "NAT gateway
basics"."""

from __future__ import annotations

from ringwork.network.model import Block, InternetGateway, Model, NatGateway

from .networks import (
    Outcome,
    Start,
    acl,
    exchange,
    interface,
    met,
    packet,
    refused,
    replace,
    subnet,
    table,
    two_subnets,
    vpc,
    walk,
)

FROM_A = Start(interface="a")
OUT = packet("10.0.1.10", "8.8.8.8")


def with_nat(*parts: object, public: bool = True, block: Block = Block.OFF) -> Model:
    return two_subnets(
        vpc("v", "10.0.0.0/16", block=block),
        table("r-v", "v", "0.0.0.0/0 nat:n"),
        table("r-pub", "v", "0.0.0.0/0 igw:igw"),
        subnet("pub", "10.0.250.0/24", table="r-pub"),
        InternetGateway("igw", "v"),
        NatGateway("n", "pub", "n-eni", public),
        interface(
            "n-eni",
            "pub",
            "10.0.250.5",
            groups=None,
            kind="nat",
            public={"10.0.250.5": "5.5.5.5"} if public else {},
        ),
        *parts,
    )


def test_out_by_two_translations_and_back() -> None:
    found = exchange(with_nat(), OUT, FROM_A)
    assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, "internet")]
    assert str(found.forward[0].packet.source) == "5.5.5.5"
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]
    assert found.back[0].packet == OUT.reply()


def test_nothing_enters_by_it_002() -> None:
    asked = replace(packet("8.8.8.8", "5.5.5.5", 49152), source_port=443)
    assert refused(walk(with_nat(), asked, Start(internet=True)))[0] == "n"


def test_tcp_udp_and_icmp_only_003() -> None:
    assert refused(walk(with_nat(), packet("10.0.1.10", "8.8.8.8", protocol=50), FROM_A))[0] == "n"


def test_from_a_private_one_the_internet_gateway_drops_005() -> None:
    assert refused(walk(with_nat(public=False), OUT, FROM_A))[0] == "igw"


def test_in_its_own_subnet_it_is_a_loop_006() -> None:
    net = with_nat(subnet("pub", "10.0.250.0/24"), interface("c", "pub", "10.0.250.9"))
    found = walk(net, packet("10.0.250.9", "8.8.8.8"), Start(interface="c"))
    assert [w.outcome for w in found] == [Outcome.DROPPED]
    assert "routing loop" in found[0].hops[-1].why


def test_the_network_acl_of_its_subnet_counts_both_ways() -> None:
    guarded = subnet("pub", "10.0.250.0/24", table="r-pub", acl="np")
    net = with_nat(guarded, acl("np", "v", "100 allow all 10.0.0.0/16", "100 allow all 0.0.0.0/0"))
    found = exchange(net, OUT, FROM_A)
    assert found.forward[0].outcome is Outcome.DELIVERED
    assert refused(found.back)[:2] == ("np", "network ACL ingress")


def test_block_public_access_on_ingress_lets_it_start_connections() -> None:
    found = exchange(with_nat(block=Block.INGRESS), OUT, FROM_A)
    assert [w.outcome for w in found.back] == [Outcome.DELIVERED]
    assert refused(walk(with_nat(block=Block.BIDIRECTIONAL), OUT, FROM_A))[1] == "block public access"


def test_one_that_has_no_address_yet_works_all_the_same() -> None:
    coming = interface("n-eni", "pub", groups=None, kind="nat", assigned=False, public_possible=True)
    found = exchange(with_nat(coming), OUT, FROM_A)
    assert [(w.outcome, w.arrived) for w in found.forward] == [(Outcome.DELIVERED, "internet")]
    assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "a")]


def test_a_client_port_below_1024_becomes_another() -> None:
    found = exchange(with_nat(), replace(OUT, source_port=500), FROM_A)
    assert found.forward[0].packet.source_port == 1024
    assert found.back[0].packet.destination_port == 500


def test_replies_pass_the_gateways_in_turn() -> None:
    back = exchange(with_nat(), OUT, FROM_A).back[0]
    assert [key for key in dict.fromkeys(met(back)) if key in {"igw", "n-eni", "a"}] == ["igw", "n-eni", "a"]
