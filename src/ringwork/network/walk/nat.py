"""NAT gateways, public and private, and what any rewriting component does with answers."""

from __future__ import annotations

from dataclasses import replace

from ringwork.network.addresses import parse_prefix
from ringwork.network.model import Place
from ringwork.network.packets import ICMP, TCP, UDP
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Arrived, Carried, Returning, Sending, Session, State, Step, flow

NAT64 = parse_prefix("64:ff9b::/96")
LOWEST_PORT = 1024
"""VPC user guide, "NAT gateway basics": a NAT gateway "uses ports 1024–65535"; which is not said, so the
client's own stays where it is one of them"""


def carried(known: Known, state: State, at: Carried) -> Step:
    """Out through a NAT gateway: the source becomes its private address, and an internet gateway makes that
    the public one. TCP, UDP and ICMP only. It sends from its own subnet: that one's network ACL and table.

    VPC user guide, "NAT gateway basics": "a NAT gateway supports the following protocols: TCP, UDP, and
    ICMP"; security groups cannot be associated; the subnet's network ACL controls traffic to and from it.
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
    """
    gateway = known.nat_of.get(at.interface)
    component = gateway.key if gateway else at.interface
    packet = state.packet
    if packet.source.version == 6:
        if NAT64.contains(packet.destination):
            yield state.unknown(component, "", None, "NAT64 is not modelled")
        else:
            yield state.dropped(component, "", Place(component), "a NAT gateway translates IPv4 only")
        return
    if packet.protocol not in (TCP, UDP, ICMP):
        yield state.dropped(component, "", Place(component), "a NAT gateway carries TCP, UDP and ICMP only")
        return
    interface = known.model.interfaces[at.interface]
    addresses = [address for address in known.addresses(interface) if address.version == 4]
    if not addresses:
        yield state.unknown(component, "", None, "the NAT gateway's private address is not known")
    for address in addresses:
        port = None if packet.source_port is None else max(packet.source_port, LOWEST_PORT)
        after = replace(packet, source=address, source_port=port)
        session = Session(at.interface, flow(after), packet, Sending(at.interface, False, True))
        passed = state.met(component, "", None, True, f"source becomes {address}", after).opened(session)
        yield passed.to(
            Sending(at.interface, own=False),
            sender=at.interface,
            crossed=(),
            guest="",
            balancer=None,
            referenced=False,
        )


def arrived(known: Known, state: State, at: Arrived) -> Step:
    """In to a NAT gateway's own address: answers only.

    VPC user guide, "NAT gateways": services outside "can't initiate a connection".
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    session = state.recall.session(at.interface, state.packet) if state.recall else None
    if session is not None:
        yield state.to(Returning(session))
        return
    gateway = known.nat_of.get(at.interface)
    component = gateway.key if gateway else at.interface
    yield state.dropped(component, "", Place(component), "no session: a NAT gateway lets only answers in")


def returning(known: Known, state: State, at: Returning) -> Step:
    """An answer is rewritten back into what the client awaits."""
    session = at.session
    answer = session.before.reply()
    why = f"an answer to {session.before}: rewritten back"
    passed = state.met(session.component, "", None, True, why, answer)
    yield passed.to(session.resume, sender=None, crossed=(), guest="", balancer=None, referenced=False)
