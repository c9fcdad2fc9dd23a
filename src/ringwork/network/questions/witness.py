"""From a candidate to a concrete packet, walked there and back; what is not confirmed is not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from ringwork.network.addresses import Address, Prefix, parse_address
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet
from ringwork.network.questions.answer import Witness
from ringwork.network.questions.flowing import ANSWERS, INTERNET, Candidate, Point
from ringwork.network.questions.network import EXAMPLES, Network
from ringwork.network.reach.atoms import Bits, Piece
from ringwork.network.walk import Outcome, Start, Walk, exchange

LIKELY_PORTS = (443, 22, 80, 8080, 8443, 3389, 5432, 3306, 2049, 53, 123)
"""shown where a whole range flows"""
SOURCE_PORTS = (49152, 1024, 33000)
"""ephemeral ports, tried in turn: systems choose from different ranges (VPC user guide, "Ephemeral ports")"""
MOST_TRIES = 12
"""packets that one candidate is tried with"""
PUBLIC_STAND_IN = parse_address("203.0.113.77")
"""for a public address that AWS has yet to choose"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of walking a candidate's packets: a witness, or the walks that decided nothing."""

    witness: Witness | None
    doubts: tuple[str, ...] = ()
    """why the walker could not say"""
    refused: bool = False
    """the walker says that no packet that was tried arrives"""
    excused: bool = False
    """what may arrive goes through something that is excepted"""


def replay(network: Network, candidate: Candidate, excepted: frozenset[str] = frozenset()) -> Replayed:
    """Walks packets of the candidate until one surely arrives. Ways through something of `excepted` do not
    count."""
    if candidate.doubt:
        return Replayed(None, (candidate.doubt,))
    doubts: dict[str, None] = {}
    refused = excused = False
    unanswered: Witness | None = None
    for packet, holders, source, destination in islice(packets(network, candidate), MOST_TRIES):
        start = start_of(candidate.source, source)
        found = exchange(network.known, packet, start, holders)
        forward = [walk for walk in found.forward if not _through(walk, excepted)]
        arrived = [walk for walk in forward if arrives(network, walk, candidate, destination)]
        if arrived:
            back = [walk for walk in found.back if walk.outcome is Outcome.DELIVERED]
            answered = bool(back) and len(back) == len(found.back)
            shown = back[0] if back else found.back[0] if found.back else None
            witness = Witness(
                source, destination, packet, start, arrived[0], shown, answered, tuple(holders.items())
            )
            if answered or packet.protocol not in (TCP, UDP):
                return Replayed(witness)
            unanswered = unanswered or witness
        elif not unanswered:
            excused = excused or (len(forward) < len(found.forward))
            for walk in forward:
                if walk.outcome is Outcome.UNKNOWN or arrives(
                    network, walk, candidate, destination, surely=False
                ):
                    doubts.update(
                        (f"{network.name(hop.component)}: {hop.why}", None)
                        for hop in walk.hops
                        if hop.passed is None
                    )
                else:
                    refused = True
    if unanswered is not None:
        return Replayed(unanswered)
    return Replayed(None, tuple(doubts), refused and not doubts, excused and not doubts)


def _through(walk: Walk, excepted: frozenset[str]) -> bool:
    return bool(excepted) and any(hop.component in excepted and hop.passed is not False for hop in walk.hops)


def start_of(point: Point, key: str) -> Start:
    if point.interface:
        return Start(interface=key)
    return Start(internet=True) if key == INTERNET else Start(external=key)


def arrives(
    network: Network, walk: Walk, candidate: Candidate, destination: str, *, surely: bool = True
) -> bool:
    """Whether a walk comes to the destination, `surely` or perhaps. Of a load balancer's or an endpoint's
    interface that is where it is let in, whatever becomes of it behind."""
    if not candidate.destination.interface:
        return walk.outcome is Outcome.DELIVERED and walk.arrived == destination
    keys = candidate.destination.keys
    if walk.outcome is Outcome.DELIVERED and walk.arrived in keys:
        return True
    doors_there = set(keys) & set(doors(network))
    if not doors_there:
        return walk.outcome is Outcome.DELIVERED and _met(walk, frozenset(keys), "", surely)
    balancers = frozenset(
        balancer.key
        for balancer in network.model.load_balancers.values()
        if doors_there & set(balancer.interfaces)
    )
    return _met(walk, frozenset(doors_there), "", surely) or _met(walk, balancers, "listener", surely)


def _met(walk: Walk, components: frozenset[str], control: str, surely: bool) -> bool:
    """Whether it got past one of the components."""
    for number, hop in enumerate(walk.hops):
        if hop.passed is False or (surely and hop.passed is None):
            return False
        if number and hop.component in components and hop.control == control:
            return True
    return False


# --- packets


def packets(network: Network, candidate: Candidate) -> Iterator[tuple[Packet, dict[Address, str], str, str]]:
    """Packets of the candidate, the likeliest first, with who is taken to have which address."""
    source = candidate.source.keys[0]
    # two jobs in one place have one key
    destination = next((key for key in candidate.destination.keys if key != source), source)
    holders: dict[Address, str] = {}
    sent_from = _address(network, candidate.source, source, holders, frozenset())
    taken = frozenset((sent_from,)) if sent_from is not None else frozenset()
    own = _address(network, candidate.destination, destination, holders, taken)
    if sent_from is None or own is None:
        return
    addresses = [_sent_to(network, candidate, destination, own, holders)]
    interface = network.model.interfaces.get(destination)
    if interface is not None and candidate.path is None:
        addresses += [public for private, public in interface.public.items() if private == own]
    # one packet of each piece first, then the other ports
    pieces = [network.prover.traffic.pieces[index] for index in _ordered(network, candidate.bits)]
    likely = (*(port for _, port in ANSWERS.get(destination, ())), *LIKELY_PORTS)
    for port, piece, sent_to in product(SOURCE_PORTS, pieces[:MOST_TRIES], addresses):
        packet = _packet(network, piece, sent_from, sent_to, port, likely)
        if packet is not None and (packet.has_ports or port == SOURCE_PORTS[0]):
            yield packet, holders, source, destination


def _sent_to(
    network: Network, candidate: Candidate, key: str, own: Address, holders: dict[Address, str]
) -> Address:
    """The address that the sender knows: the public one, where it comes from the internet."""
    if not candidate.destination.interface:
        return own
    interface = network.model.interfaces[key]
    atoms = network.prover.addresses
    from_outside = not candidate.source.interface and candidate.source.keys == (INTERNET,)
    entrance = _entrance(network, candidate) if from_outside and own.version == 4 else None
    if entrance is not None:
        taken = frozenset((*holders, own))
        if _address(network, Point((entrance,), candidate.sent_to), entrance, holders, taken) is not None:
            holders[PUBLIC_STAND_IN] = entrance
            return PUBLIC_STAND_IN
    if candidate.sent_to >= 0 and candidate.sent_to != candidate.destination.atom:
        through = candidate.path.through if candidate.path is not None else ()
        for door in (interface, *(network.model.interfaces[key] for key in through if key in doors(network))):
            for address in (*door.public.values(), *network.known.addresses(door)):
                if atoms.of(address) == candidate.sent_to:
                    return address
        for door_key in (key for key in through if key in doors(network)):
            if any(face.atom == candidate.sent_to for face in network.prover.doors.faces[door_key]):
                point = Point((door_key,), candidate.sent_to)
                address_of = _address(network, point, door_key, holders, frozenset((*holders, own)))
                if address_of is not None:
                    return address_of
        return atoms.example(candidate.sent_to)
    if from_outside and own.version == 4:
        holders[PUBLIC_STAND_IN] = key
        return PUBLIC_STAND_IN
    return own


def _entrance(network: Network, candidate: Candidate) -> str | None:
    """The door that a packet from outside enters by, where its public address is not known."""
    through = candidate.path.through if candidate.path is not None else ()
    key = next((each for each in through if each in doors(network)), None)
    door = network.model.interfaces[key] if key is not None else None
    return key if door is not None and door.public_possible and not door.public else None


def doors(network: Network) -> Mapping[str, object]:
    """Interfaces that are called for what stands behind them."""
    return network.prover.doors.faces


def _address(
    network: Network, point: Point, key: str, holders: dict[Address, str], taken: frozenset[Address]
) -> Address | None:
    """An address of the point's atom: the interface's own, or one that AWS may give it."""
    atoms = network.prover.addresses
    if not point.interface:
        return _likely(network, point.atom)
    interface = network.model.interfaces[key]
    for address in interface.addresses:
        if atoms.of(address) == point.atom:
            return address
    subnet = network.model.subnets[interface.subnet]
    first, last = atoms.example(point.atom), atoms.last(point.atom)
    for prefix in subnet.prefixes:
        if prefix.version != first.version:
            continue
        for value in _free(prefix, first, last):
            address = Address(prefix.version, value)
            if address not in taken and network.known.owner(subnet.vpc, address) in (None, key):
                holders[address] = key
                return address
    return None


def _free(prefix: Prefix, first: Address, last: Address) -> range:
    """The addresses of a subnet within an atom, without AWS's own five (VPC user guide, "Subnet sizing")."""
    low, high = max(first.value, prefix.low + 4), min(last.value, prefix.high - 1)
    # .10 rather than .4, where there is room: it reads as an address of somebody's
    return range(low + 6 if low + 6 <= high else low, high + 1)


def _likely(network: Network, atom: int) -> Address:
    atoms = network.prover.addresses
    first, last = atoms.example(atom), atoms.last(atom)
    for address in EXAMPLES:
        if address.version == first.version and first.value <= address.value <= last.value:
            return address
    return first if first.value == last.value else Address(first.version, first.value + 1)


def _ordered(network: Network, bits: Bits) -> list[int]:
    """Atoms that people know first: TCP, UDP, ICMP, the others."""
    order = {TCP: 0, UDP: 1, ICMP: 2, ICMPV6: 2}
    pieces = network.prover.traffic.pieces

    def rank(index: int) -> tuple[int, int, int]:
        piece = pieces[index]
        likely = piece.protocol in (TCP, UDP) and any(
            (piece.low or 0) <= port <= (piece.high or 65535) for port in LIKELY_PORTS
        )
        return (order.get(piece.protocol, 3) if piece.protocol is not None else 4, not likely, index)

    return sorted(network.prover.traffic.indexes(bits), key=rank)


def _packet(
    network: Network,
    piece: Piece,
    source: Address,
    destination: Address,
    port: int,
    likely: tuple[int, ...],
) -> Packet | None:
    """A packet of the piece; None where every number that it could have is another piece's."""
    if piece.protocol in (TCP, UDP):
        low, high = piece.low or 0, 65535 if piece.high is None else piece.high
        to = next((each for each in likely if low <= each <= high), max(low, 1) if high else low)
        return Packet(source, destination, piece.protocol, port, to)
    if piece.protocol in (ICMP, ICMPV6):
        # one of the other version of IP is odd and still a packet, by its protocol number
        return _icmp(network, piece, source, destination)
    if piece.protocol is not None:
        return Packet(source, destination, piece.protocol)
    named = {each.protocol for each in network.prover.traffic.pieces} | {TCP, UDP, ICMP, ICMPV6}
    other = next((number for number in (47, 50, 132, 2, *range(3, 255)) if number not in named), None)
    return None if other is None else Packet(source, destination, other)


def _icmp(network: Network, piece: Piece, source: Address, destination: Address) -> Packet | None:
    """An echo request where it may be one."""
    pieces = [each for each in network.prover.traffic.pieces if each.protocol == piece.protocol]
    kind, code = piece.low, piece.high
    if kind is None:
        named = {each.low for each in pieces}
        echo = 8 if piece.protocol == ICMP else 128
        kind = next((each for each in (echo, *range(256)) if each not in named), None)
    if code is None:
        used = {each.high for each in pieces if each.low == kind}
        code = next((each for each in range(256) if each not in used), None)
    if kind is None or code is None or piece.protocol is None:
        return None
    return Packet(source, destination, piece.protocol, icmp_type=kind, icmp_code=code)
