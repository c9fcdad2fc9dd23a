"""Transit Gateways: attachments, associations, route tables, peering between gateways."""

from __future__ import annotations

import itertools
from dataclasses import replace

from ringwork.network.addresses import Address
from ringwork.network.model import Attachment, Joined, Model, Place, Subnet, TransitRoute, TransitTable
from ringwork.network.walk import filters, vpn
from ringwork.network.walk.internet import edge_to_edge
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import APART, Ended, Gate, InTransit, Routing, State, Step

TABLE = "transit gateway route table"
PROPAGATED = (Joined.VPC, Joined.DIRECT_CONNECT, Joined.CONNECT, Joined.VPN, Joined.PEERING)
"""Transit Gateway guide, "Route evaluation order": of equal prefixes a static route, then propagated ones by
what they come from. https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html"""


def gate(known: Known, state: State, at: Gate) -> Step:
    """From a subnet into the gateway, by an attachment with a subnet in the same zone.

    Transit Gateway guide, "VPC attachments": "traffic is forwarded to the transit gateway only when the
    transit gateway has an attachment in a subnet in the same Availability Zone".
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    key = at.target.key
    if state.guest.startswith(("pcx:", "vpn:")):
        yield edge_to_edge(state, key)
        return
    attachments = known.attachments(key, Joined.VPC, state.vpc or "")
    if not attachments:
        if key in known.model.transit_gateways:
            yield state.dropped(key, "", Place(key), "this VPC has no attachment to the gateway")
        else:
            yield state.unknown(key, "", None, "the Transit Gateway is not in the estate")
    for attachment in attachments:
        yield _enter(known, state, attachment)


def _enter(known: Known, state: State, attachment: Attachment) -> State | Ended:
    place = Place(attachment.key)
    if not attachment.ready:
        return state.dropped(attachment.key, "", place, "the attachment is not ready")
    if not attachment.certain:
        state = state.met(attachment.key, "", place, None, "the attachment may not be there, or be another")
    own = known.model.subnets.get(state.subnet or "")
    subnets = [known.model.subnets[k] for k in attachment.subnets if k in known.model.subnets]
    zone = own.zone if own else None
    same = [subnet for subnet in subnets if zone is not None and subnet.zone == zone]
    if not same:
        unsure = zone is None or any(subnet.zone is None for subnet in subnets)
        if not unsure and len(subnets) == len(attachment.subnets):
            why = f"no subnet of attachment `{attachment.key}` is in its zone, {zone}"
            return state.dropped(own.key if own else attachment.key, "attachment zone", place, why)
        why = "whether the attachment has a subnet in this zone is not known"
        state = state.met(attachment.key, "attachment zone", place, None, why)
        same = [subnet for subnet in subnets if subnet.zone is None or zone is None]
    if same:
        judged = _into_attachment(known, state, same[0])
        if isinstance(judged, Ended):
            return judged
        state = judged
    state = state.met(attachment.key, "", None, True, "enters the Transit Gateway")
    crossed = (*state.crossed, attachment.gateway if attachment.group_references else APART)
    return state.to(InTransit(attachment.key), vpc=None, subnet=None, crossed=crossed)


def _into_attachment(known: Known, state: State, subnet: Subnet) -> State | Ended:
    """The inbound rules of the attachment's subnet, also where the sender is in that same subnet; its
    outbound rules "are not used to evaluate traffic from the instances to the transit gateway".

    Transit Gateway guide, "Network ACLs for transit gateways".
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    return filters.network_acl(known, state, subnet, filters.INGRESS)


def in_transit(known: Known, state: State, at: InTransit) -> Step:
    """Inside the gateway: looked up in the table that the attachment it came by is associated with.

    Transit Gateway guide, "Routing": "each attachment is associated with exactly one route table".
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
    """
    attachment = known.model.attachments[at.attachment]
    if attachment.association is None:
        why = "the attachment is associated with no route table"
        yield state.dropped(attachment.key, TABLE, Place(attachment.key), why)
        return
    table = known.model.transit_tables.get(attachment.association)
    if table is None:
        yield state.unknown(attachment.association, TABLE, None, "the table is not in the estate")
        return
    routes = look_up(known.model, table, state.packet.destination)
    for route in routes:
        yield from _take(known, state, table, route)
    if not any(route.certain for route in routes):
        why = f"no route for {state.packet.destination}"
        yield state.dropped(table.key, TABLE, Place(table.key), why)
    if table.unknown is not None:
        yield state.unknown(table.key, TABLE, Place(table.key), f"it may have other routes: {table.unknown}")


def look_up(model: Model, table: TransitTable, address: Address) -> tuple[TransitRoute, ...]:
    """The routes that may be taken: the longest prefix, then static before propagated; more than one where
    they tie or are not certain; the last is certain, unless nothing certain matches."""

    def rank(route: TransitRoute) -> tuple[int, int]:
        if not route.propagated:
            return -route.prefix.length, 0
        found = model.attachments.get(route.attachment or "")
        return -route.prefix.length, 1 + (PROPAGATED.index(found.kind) if found else len(PROPAGATED))

    matching = sorted((r for r in table.routes if r.prefix.contains(address)), key=rank)
    chosen: list[TransitRoute] = []
    for _, equals in itertools.groupby(matching, key=rank):
        distinct = {(route.attachment, route.certain): route for route in equals}
        chosen += distinct.values()
        if any(route.certain for route in distinct.values()):
            break
    return tuple(chosen)


def _take(known: Known, state: State, table: TransitTable, route: TransitRoute) -> Step:
    kind = "propagated" if route.propagated else "static"
    if route.attachment is None:
        why = f"{route.prefix} ({kind}) is a blackhole"
        yield state.dropped(table.key, TABLE, route.place, why)
        return
    attachment = known.model.attachments.get(route.attachment)
    if attachment is None:
        yield state.unknown(route.attachment, TABLE, route.place, "the attachment is not in the estate")
        return
    why = f"{route.prefix} ({kind}) leads to `{attachment.key}`"
    if not attachment.ready:
        yield state.dropped(table.key, TABLE, route.place, f"{why}, which is not ready: a blackhole")
        return
    certain = route.certain and attachment.certain
    state = state.met(table.key, TABLE, route.place, certain or None, why if certain else f"{why}, perhaps")
    if attachment.kind is Joined.VPC:
        yield from _leave(known, state, attachment)
    elif attachment.kind is Joined.PEERING:
        yield _to_peer(known, state, attachment)
    else:
        yield vpn.into_external(known, state, attachment.to, attachment.key)


def _to_peer(known: Known, state: State, attachment: Attachment) -> State | Ended:
    """Transit Gateway guide, "Peering attachments": into the other gateway, looked up in the table that the
    attachment is associated with there.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html"""
    other = known.model.attachments.get(attachment.to)
    if other is None:
        return state.unknown(attachment.to, "", None, "the other gateway's attachment is not in the estate")
    if not other.ready:
        return state.dropped(other.key, "", Place(other.key), "the peering attachment is not ready")
    state = state.met(other.key, "", None, True if other.certain else None, "enters the other gateway")
    return state.to(InTransit(other.key), zone=None, crossed=(*state.crossed, APART))


def _leave(known: Known, state: State, attachment: Attachment) -> Step:
    """From the gateway into a VPC by one of the attachment's subnets, whose table then routes it.

    Transit Gateway guide, "Appliance mode": the gateway keeps traffic in the zone that it came from, where
    the attachment has a subnet there; in appliance mode it "selects a single network interface in the
    appliance VPC, using a flow hash algorithm, to send traffic to for the life of the flow", both ways.
    https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
    """
    subnets = [known.model.subnets[k] for k in attachment.subnets if k in known.model.subnets]
    if not subnets:
        yield state.unknown(attachment.key, "", None, "the attachment's subnets are not known")
        return
    if not attachment.group_references and state.crossed:
        state = state.to(state.at, crossed=(*state.crossed[:-1], APART))
    if attachment.appliance:
        pinned = {s for a, s in state.recall.subnets if a == attachment.key} if state.recall else set()
        chosen = [subnet for subnet in subnets if subnet.key in pinned] or subnets
    else:
        chosen = [subnet for subnet in subnets if subnet.zone == state.zone] or subnets
    for subnet in chosen:
        entered = state.met(subnet.key, "", None, True, f"enters `{subnet.vpc}` by the attachment's subnet")
        if attachment.appliance:
            memory = entered.memory
            pins = memory.subnets | {(attachment.key, subnet.key)}
            entered = replace(entered, memory=replace(memory, subnets=pins))
        yield entered.to(
            Routing(subnet.table),
            vpc=subnet.vpc,
            subnet=subnet.key,
            zone=subnet.zone,
            guest=f"tgw:{attachment.gateway}",
        )
