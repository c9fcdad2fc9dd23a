"""Virtual private gateways, and the networks behind VPN connections and Direct Connect."""

from __future__ import annotations

from ringwork.network.model import Place
from ringwork.network.walk.internet import edge_to_edge
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Abroad, Ended, Gate, InTransit, Local, Routing, State, Step


def gate(known: Known, state: State, at: Gate) -> Step:
    """Out by a virtual private gateway, from its own VPC only.

    VPN user guide, "Route tables and VPN route priority".
    https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
    """
    key = at.target.key
    gateway = known.model.vpn_gateways.get(key)
    if gateway is None:
        yield state.unknown(key, "", None, "the virtual private gateway is not in the estate")
        return
    if gateway.vpc != state.vpc:
        yield state.dropped(key, "", Place(key), "the virtual private gateway is not attached to this VPC")
        return
    if state.guest and not known.in_vpc(state.vpc, state.packet.source):
        yield edge_to_edge(state, key)
        return
    if not gateway.externals:
        yield state.dropped(key, "", Place(key), "it has no connection to any network")
        return
    passed = state.met(key, "", None, True, "leaves by the virtual private gateway")
    stating = [e for e in gateway.externals if _states(known, e, passed)]
    for external in stating or gateway.externals:
        yield into_external(known, passed, external, key)


def _states(known: Known, external: str, state: State) -> bool:
    found = known.model.externals.get(external)
    return found is not None and any(p.contains(state.packet.destination) for p in found.prefixes)


def into_external(known: Known, state: State, external: str, by: str) -> Ended:
    """To a network that is not AWS's: it has what it states, and perhaps more."""
    if _states(known, external, state):
        passed = state.met(external, "", None, True, "is received")
        return passed.delivered(external, Abroad(external))
    why = f"whether {state.packet.destination} is there is not known"
    return state.met(external, "", None, None, why).delivered(external, Abroad(external))


def abroad(known: Known, state: State, at: Abroad) -> Step:
    """In from a network that is not AWS's: by a virtual private gateway to its VPC, whatever the subnets'
    tables say, or by an attachment to a Transit Gateway.

    VPC user guide, "Gateway route tables".
    https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
    """
    ways = 0
    for gateway in known.model.vpn_gateways.values():
        if at.external in gateway.externals and known.in_vpc(gateway.vpc, state.packet.destination):
            ways += 1
            entered = state.met(gateway.key, "", None, True, f"enters `{gateway.vpc}`")
            where = Routing(gateway.table, edge=True) if gateway.table else Local()
            yield entered.to(where, vpc=gateway.vpc, subnet=None, guest=f"vpn:{gateway.key}")
    for attachment in known.model.attachments.values():
        if attachment.to == at.external and attachment.ready:
            ways += 1
            why = "enters the Transit Gateway"
            entered = state.met(attachment.key, "", None, True if attachment.certain else None, why)
            yield entered.to(InTransit(attachment.key))
    if not ways:
        why = f"no gateway that it is connected to leads to {state.packet.destination}"
        yield state.dropped(at.external, "", None, why)
