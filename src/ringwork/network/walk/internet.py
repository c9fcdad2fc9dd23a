"""Internet gateways and egress-only gateways."""

from __future__ import annotations

from dataclasses import replace

from ringwork.network.addresses import Address
from ringwork.network.model import Interface, Place, Vpc
from ringwork.network.packets import Packet
from ringwork.network.walk import block
from ringwork.network.walk.known import Known, is_private
from ringwork.network.walk.state import Ended, Gate, Local, Online, Routing, State, Step


def gateway(known: Known, state: State, at: Gate) -> Step:
    """Out by an internet gateway: for IPv4 a one-to-one translation to the source's public address; what
    has none cannot leave. IPv6 goes as it is.

    VPC user guide, "Enable internet access for a VPC using an internet gateway".
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    VPC user guide, "NAT gateway basics": from a private NAT gateway "the internet gateway drops the traffic".
    """
    key = at.target.key
    found = known.model.internet_gateways.get(key)
    if found is None:
        yield state.unknown(key, "", None, "the internet gateway is not in the estate")
        return
    if found.vpc != state.vpc:
        yield state.dropped(key, "", Place(key), "the internet gateway is not attached to this VPC")
        return
    if state.guest.startswith(("pcx:", "vpn:")):
        yield edge_to_edge(state, key)
        return
    passed = block.outward(known, state)
    if isinstance(passed, Ended):
        yield passed
        return
    yield from _translated(known, passed, key)


def edge_to_edge(state: State, key: str) -> Ended:
    """VPC peering guide, "VPC peering limitations": edge-to-edge routing through a gateway is not supported;
    the same for what comes by a VPN gateway.
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html"""
    came = state.guest.partition(":")[2]
    return state.dropped(key, "", Place(key), f"edge to edge: it came into the VPC by `{came}`")


def _translated(known: Known, state: State, key: str) -> Step:
    packet = state.packet
    if packet.source.version == 6:
        yield _out(_bears(known, state, key).met(key, "", None, True, "passes IPv6 as it is"))
        return
    owner = known.owner(state.vpc or "", packet.source)
    interface = known.model.interfaces.get(owner or "")
    public, certain = known.public(interface, packet.source) if interface else (None, False)
    if interface is None and (state.vpc or "", packet.source) in state.hosts:
        yield _unsure(known, state, key, None, "something that the estate does not show may have one")
        return
    if interface is None or (public is None and not interface.public_possible):
        why = f"{packet.source} has no public address, so the gateway drops it"
        yield state.dropped(key, "", Place(key), why)
        return
    if public is None or not certain:
        yield _unsure(known, state, key, public, "it may get one")
        return
    if known.behind(packet.destination) is not None and known.is_stand_in(public):
        yield state.unknown(key, "", None, "which public address it will have is not known")
        return
    what = "a public address that AWS will give it" if known.is_stand_in(public) else str(public)
    yield _out(state.met(key, "", None, True, f"source becomes {what}", _from(state, public)))


def _bears(known: Known, state: State, key: str) -> State:
    """Not found in the guides: whether a gateway passes IPv6 of another VPC, brought by a Transit Gateway."""
    source = state.packet.source
    if known.in_vpc(state.vpc or "", source):
        return state
    return state.met(
        key, "", Place(key), None, f"whether it passes {source}, of another VPC, is not documented"
    )


def _unsure(known: Known, state: State, key: str, public: Address | None, why: str) -> State | Ended:
    """Out with a public address that it may have. Filters of the estate would judge by that address, so
    without it the way back in is unknown."""
    if public is None and known.behind(state.packet.destination) is not None:
        return state.unknown(key, "", None, f"its public address is not known: {why}")
    after = _from(state, public) if public is not None else None
    return _out(state.met(key, "", None, None, f"no public address is known: {why}", after))


def _from(state: State, source: Address) -> Packet:
    return replace(state.packet, source=source)


def _out(state: State) -> State:
    return _rewritten(state).to(Online(outside=False), vpc=None, subnet=None, guest="")


def _rewritten(state: State) -> State:
    """Public addresses match no group reference.

    VPC user guide, "Security group rules": references match private addresses.
    """
    return state.to(state.at, sender=None, crossed=(), balancer=None, referenced=False)


def egress_only(known: Known, state: State, at: Gate) -> Step:
    """Out by an egress-only gateway: IPv6 only, stateful.

    VPC user guide, "Enable outbound IPv6 traffic using an egress-only internet gateway".
    https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
    """
    key = at.target.key
    found = known.model.egress_only_gateways.get(key)
    if found is None:
        yield state.unknown(key, "", None, "the egress-only gateway is not in the estate")
        return
    if found.vpc != state.vpc or state.packet.source.version != 6:
        yield state.dropped(key, "", Place(key), "it serves IPv6 of its own VPC only")
        return
    if state.guest.startswith(("pcx:", "vpn:")):
        yield edge_to_edge(state, key)
        return
    passed = block.outward(known, state, egress_only=True)
    if isinstance(passed, Ended):
        yield passed
        return
    passed = _bears(known, passed, key)
    yield _out(passed.remember(key).met(key, "", None, True, "passes IPv6 out and remembers it"))


def online(known: Known, state: State, at: Online) -> Step:
    """On the internet: to whoever has the address, which may be an interface of the estate again."""
    packet = state.packet
    for address in (packet.source, packet.destination):
        if is_private(address) and (at.outside or address is packet.destination):
            yield state.dropped("internet", "", None, f"{address} is not an address of the internet")
            return
    if packet.destination.version == 4:
        behind = known.behind(packet.destination)
        if behind is not None:
            yield from _in4(known, state, *behind)
            return
    else:
        vpc = next((v for v in known.model.vpcs.values() if known.in_vpc(v.key, packet.destination)), None)
        if vpc is not None:
            yield from _in6(known, state, vpc)
            return
    if at.outside and state.recall is None:
        yield state.dropped("internet", "", None, f"no interface of the estate has {packet.destination}")
        return
    yield state.met("internet", "", None, True, "is received").delivered("internet", Online(outside=True))


def _in4(known: Known, state: State, interface: str, private: Address) -> Step:
    found = known.model.interfaces[interface]
    vpc = known.vpc_of(found) or ""
    key = known.internet_gateway_of.get(vpc)
    if key is None:
        why = f"{state.packet.destination} belongs to a VPC without an internet gateway"
        yield state.dropped(vpc, "", Place(vpc), why)
        return
    yield from _enter(known, state, key, found, private)


def _enter(known: Known, state: State, key: str, interface: Interface, private: Address) -> Step:
    given = not known.public(interface, private)[1]
    packet = replace(state.packet, destination=private)
    why = "it may get this public address" if given else f"destination becomes {private}"
    entered = state.met(key, "", None, None if given else True, why, packet)
    passed = block.inward(known, entered, known.vpc_of(interface) or "", interface.subnet)
    yield passed if isinstance(passed, Ended) else _inside(known, passed, key)


def _in6(known: Known, state: State, vpc: Vpc) -> Step:
    """VPC user guide, "IPv6": addresses "are globally unique, and therefore public by default"."""
    egress = known.egress_only_of.get(vpc.key)
    if egress is not None and state.recalled(egress):
        answer = state.met(egress, "", None, True, "an answer to what went out by it")
        yield answer.to(Local(), vpc=vpc.key, subnet=None, guest=f"igw:{egress}")
        return
    key = known.internet_gateway_of.get(vpc.key)
    if key is None:
        if egress is not None:
            yield state.dropped(egress, "", Place(egress), "an egress-only gateway lets only answers in")
            return
        yield state.dropped(vpc.key, "", Place(vpc.key), "the VPC has no internet gateway")
        return
    subnet = known.subnet_at(vpc.key, state.packet.destination)
    passed = block.inward(known, state, vpc.key, subnet.key if subnet else None)
    if isinstance(passed, Ended):
        yield passed
        return
    yield _inside(known, passed.met(key, "", None, True, "passes IPv6 as it is"), key)


def _inside(known: Known, state: State, key: str) -> State:
    found = known.model.internet_gateways[key]
    at = Routing(found.table, edge=True) if found.table else Local()
    return _rewritten(state).to(at, vpc=found.vpc, subnet=None, guest=f"igw:{key}")
