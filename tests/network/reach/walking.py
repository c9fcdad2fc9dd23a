"""What the walker says of one packet in the prover's words: where it may arrive, where it surely does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwork.network.addresses import Address
from ringwork.network.model import Interface, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet
from ringwork.network.reach.atoms import Piece
from ringwork.network.reach.faces import Face, door_keys
from ringwork.network.reach.prover import Prover
from ringwork.network.walk import Outcome, Walk

NOBODY_KNOWS = "?"
TABLES = frozenset({"route table", "transit gateway route table"})
Told = dict[str, tuple[bool, bool]]
"""where -> whether it may arrive there, and whether it surely does"""


def packets(prover: Prover, source: Address, destination: Address) -> Iterator[tuple[int, Packet]]:
    """For each traffic atom one of its packets: protocol 99 and ICMP type 77 for what no rule names."""
    for index, piece in enumerate(prover.traffic.pieces):
        yield index, example(piece, source, destination)


def example(piece: Piece, source: Address, destination: Address, port: int | None = None) -> Packet:
    if piece.protocol in (TCP, UDP):
        return Packet(source, destination, piece.protocol, 50000, piece.low if port is None else port)
    if piece.protocol in (ICMP, ICMPV6):
        kind = 77 if piece.low is None else piece.low
        code = 77 if piece.high is None else piece.high
        return Packet(source, destination, piece.protocol, icmp_type=kind, icmp_code=code)
    return Packet(source, destination, 99 if piece.protocol is None else piece.protocol)


def told(model: Model, walks: Sequence[Walk]) -> Told:
    """Everywhere that the walks end, and the doors that take the packet on the way."""
    found: list[dict[str, bool]] = []
    for walk in filter(_consistent, walks):
        mine: dict[str, bool] = {}
        if walk.outcome is not Outcome.DROPPED:
            mine[walk.arrived or NOBODY_KNOWS] = walk.outcome is Outcome.DELIVERED
        mine.update(_taken(model, walk))
        found.append(mine)
    places = {place for mine in found for place in mine}
    return {place: (True, all(mine.get(place, False) for mine in found)) for place in places}


def _consistent(walk: Walk) -> bool:
    """Whether no table answers twice in two ways. A route that is perhaps there is there or not: the walker
    tries each way at each look-up, the prover asks a table once for an address."""
    answers: dict[tuple[str, Address], str] = {}
    for hop in walk.hops:
        if hop.control in TABLES:  # what they say names the route
            key = hop.component, hop.before.destination
            if answers.setdefault(key, hop.why) != hop.why:
                return False
    return True


def _taken(model: Model, walk: Walk) -> Iterator[tuple[str, bool]]:
    """Load balancers whose listener takes the packet, and endpoints that lead to a provider."""
    for key in door_keys(model):
        sure, linked = True, False
        for number, hop in enumerate(walk.hops):
            sure = sure and hop.passed is True
            linked = linked or hop.why == "comes out of PrivateLink"
            if _takes(model.interfaces[key], model, walk, number) and not linked:
                yield key, sure
                break
            if hop.control == "listener":
                linked = False  # it is out of that load balancer, and may come to others by their addresses


def _takes(door: Interface, model: Model, walk: Walk, number: int) -> bool:
    hop = walk.hops[number]
    if not hop.passed:
        return False
    if door.kind == "endpoint":
        return hop.component == door.key and hop.why.startswith("leads to")
    return (
        hop.control == "listener"
        and hop.before.destination in door.addresses
        and door.key in model.load_balancers[door.owner].interfaces
        and hop.component == door.owner
    )


def faces_of(prover: Prover, key: str) -> list[Face]:
    faces = prover.faces
    return [faces.faces[number] for number in faces.classes[faces.of_interface[key]].faces]
