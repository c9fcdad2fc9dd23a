"""VPC peering connections."""

from __future__ import annotations

from ringwork.network.model import Place
from ringwork.network.walk.internet import edge_to_edge
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Gate, Local, State, Step


def gate(known: Known, state: State, at: Gate) -> Step:
    """From one VPC into the other, and no further: not to a third VPC, nor to the other's gateways, endpoints
    or networks.

    VPC peering guide, "VPC peering limitations": no transitive peering; no edge-to-edge routing through a
    gateway or private connection.
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
    """
    key = at.target.key
    peering = known.model.peerings.get(key)
    if peering is None:
        yield state.unknown(key, "", None, "the peering connection is not in the estate")
        return
    place = Place(key)
    if state.vpc not in peering.vpcs:
        yield state.dropped(key, "peering", place, "the peering connection does not join this VPC")
        return
    if not peering.active:
        yield state.dropped(key, "peering", place, "the peering connection is not active")
        return
    other = peering.vpcs[1] if state.vpc == peering.vpcs[0] else peering.vpcs[0]
    inside = known.in_vpc(state.vpc, state.packet.source)
    if state.guest and not inside:
        yield edge_to_edge(state, key)
        return
    if other not in known.model.vpcs:
        yield state.unknown(key, "peering", place, "the other VPC is not in the estate")
        return
    if not known.in_vpc(other, state.packet.destination):
        why = f"{state.packet.destination} is not in `{other}`: peering leads no further than that VPC"
        yield state.dropped(key, "peering", place, why)
        return
    if not inside:
        why = f"{state.packet.source} is not in `{state.vpc}`: whether peering carries it is not documented"
        state = state.met(key, "peering", place, None, why)
    why = f"leads into `{other}`" if peering.certain else f"may lead into `{other}`"
    state = state.met(key, "peering", place, True if peering.certain else None, why)
    yield state.to(
        Local(), vpc=other, subnet=None, zone=None, guest=f"pcx:{key}", crossed=(*state.crossed, key)
    )
