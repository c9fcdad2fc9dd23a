"""What the kernel did beside what the prover says may arrive, and surely arrives, where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringwork.estate import Estate
from ringwork.network.packets import Packet, Traffic
from ringwork.network.reach.faces import Face
from ringwork.network.reach.filters import Admits
from ringwork.network.reach.prover import Prover
from ringwork.network.reading import read

from .compare import SURE, packet
from .ground import INTERNET, Network
from .probes import Probe, Seen, send


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The prover calls impossible what arrived, or sure what did not."""

    probe: Probe
    seen: Seen
    may: tuple[str, ...]
    must: tuple[str, ...]

    def __str__(self) -> str:
        arrived = self.seen.arrived or "nowhere"
        return f"{self.probe}\n  kernel: arrived {arrived}\n  prover: may {self.may}, surely {self.must}"


def contradictions(
    network: Network, estate: Estate, probes: Sequence[Probe], seen: Sequence[Seen]
) -> list[Contradiction]:
    """Those that hold when the packets in question are sent again, with more patience. The network stands.

    Arrivals only: whether an answer comes back, and from which address, is the walker's comparison.
    """
    doubted = [one.probe for one in _contradictions(estate, probes, seen)]
    return _contradictions(estate, doubted, send(network, doubted, patience=SURE)) if doubted else []


def _contradictions(estate: Estate, probes: Sequence[Probe], seen: Sequence[Seen]) -> list[Contradiction]:
    sent = [packet(probe) for probe in probes]
    ends = (address.prefix for one in sent for address in (one.source, one.destination))
    prover = Prover(read(estate), cuts=ends, kinds=map(_kind, sent))
    found = []
    for probe, one, what in zip(probes, sent, seen, strict=True):
        admitted: dict[str, Admits] = {}
        for place, admits in _reached(prover, probe, one):
            admitted[place] = admitted[place] | admits if place in admitted else admits
        kind = prover.traffic.bits(_kind(one))
        may = tuple(place for place, admits in admitted.items() if (admits.may & kind).any())
        must = tuple(place for place, admits in admitted.items() if (admits.must & kind).any())
        if what.arrived not in may if what.arrived is not None else must:
            found.append(Contradiction(probe, what, may, must))
    return found


def _kind(one: Packet) -> Traffic:
    if one.has_ports:
        return Traffic(one.protocol, one.destination_port, one.destination_port)
    return Traffic(one.protocol, one.icmp_type, one.icmp_code)


def _reached(prover: Prover, probe: Probe, one: Packet) -> Iterator[tuple[str, Admits]]:
    source, destination = prover.addresses.of(one.source), prover.addresses.of(one.destination)
    for key, receiver in _faces(prover):
        if probe.source == INTERNET:
            if destination in (receiver.public, receiver.atom):
                yield from ((key, flow.admits) for flow in prover.from_internet(receiver, (source,)))
        else:
            for sender in _faces_of(prover, probe.source):
                if sender.atom == source:
                    for flow in prover.flows(sender, receiver):
                        if flow.path.sent_to == destination:
                            yield key, flow.admits
    if probe.source != INTERNET:
        for sender in _faces_of(prover, probe.source):
            if sender.atom == source:
                yield from ((INTERNET, flow.admits) for flow in prover.to_internet(sender, (destination,)))


def _faces(prover: Prover) -> Iterator[tuple[str, Face]]:
    for key in prover.faces.of_interface:
        yield from ((key, face) for face in _faces_of(prover, key))


def _faces_of(prover: Prover, key: str) -> Iterator[Face]:
    faces = prover.faces
    return (faces.faces[number] for number in faces.classes[faces.of_interface[key]].faces)
