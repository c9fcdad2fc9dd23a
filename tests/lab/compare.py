"""What the kernel did beside what Ringwork says of the same estate and the same packets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ringwork.estate import Estate
from ringwork.network import packets
from ringwork.network.addresses import parse_address
from ringwork.network.packets import Packet

from .ground import INTERNET, Network
from .probes import ICMP, ICMPV6, Probe, Seen, send

SURE = 1.5
"""seconds to wait before a missing answer is held against anybody: a busy machine may be slow, not silent"""


@dataclass(frozen=True, slots=True)
class Said:
    """What may become of a packet, as Ringwork says. More than one where it cannot tell."""

    arrivals: frozenset[tuple[str, str] | None]
    """(key of the place, the address that it seems to come from); None: it is dropped"""
    answers: frozenset[bool]
    hops: tuple[str, ...] = ()
    """why, for people"""

    def admits(self, seen: Seen) -> bool:
        arrival = None if seen.arrived is None else (seen.arrived, seen.source or "")
        return arrival in self.arrivals and seen.answered in self.answers

    @property
    def decided(self) -> bool:
        return len(self.arrivals) == 1 and len(self.answers) == 1


@dataclass(frozen=True, slots=True)
class Disagreement:
    probe: Probe
    seen: Seen
    said: Said

    def __str__(self) -> str:
        arrived = (
            f"arrived at {self.seen.arrived} from {self.seen.source}" if self.seen.arrived else "dropped"
        )
        answer = "answered" if self.seen.answered else "not answered"
        said = ", ".join(sorted(str(arrival) for arrival in self.said.arrivals))
        hops = "".join(f"\n    {hop}" for hop in self.said.hops)
        answers = sorted(self.said.answers)
        return f"{self.probe}\n  kernel: {arrived}, {answer}\n  walker: {said}; answered {answers}{hops}"


def packet(probe: Probe) -> Packet:
    source, destination = parse_address(probe.source_address), parse_address(probe.destination)
    if probe.protocol in (ICMP, ICMPV6):
        kind = 8 if probe.protocol == packets.ICMP else 128
        return Packet(source, destination, probe.protocol, icmp_type=kind, icmp_code=0)
    return Packet(source, destination, probe.protocol, probe.mark, probe.port)


def walked(estate: Estate, probes: Iterable[Probe]) -> list[Said]:
    """The walker's word."""
    from ringwork.network.reading import read
    from ringwork.network.walk import Known, Outcome, Start, exchange

    known = Known(read(estate))
    found = []
    for probe in probes:
        outside = probe.source == INTERNET
        start = Start(internet=True) if outside else Start(interface=probe.source)
        said = exchange(known, packet(probe), start)
        arrivals: set[tuple[str, str] | None] = set()
        for walk in said.forward:
            if walk.outcome is not Outcome.DELIVERED:
                arrivals.add(None)
            if walk.outcome is not Outcome.DROPPED:
                arrivals.add((walk.arrived, str(walk.packet.source)))
        answers = {False} if None in arrivals else set()
        for walk in said.back:
            if walk.outcome is not Outcome.DELIVERED:
                answers.add(False)
            if walk.outcome is not Outcome.DROPPED:
                # one that comes from elsewhere is no answer to whoever asked
                answers.add(str(walk.packet.source) == probe.destination)
        hops = tuple(
            f"{way} {hop.component.rsplit('/', 1)[-1]} {hop.control}: {hop.why}"
            for way, walks in (("->", said.forward), ("<-", said.back))
            for walk in walks
            for hop in walk.hops
        )
        found.append(Said(frozenset(arrivals), frozenset(answers or {False}), hops))
    return found


def disagreements(
    network: Network, probes: Sequence[Probe], seen: Sequence[Seen], said: Sequence[Said]
) -> list[Disagreement]:
    """Those that hold when the packets in question are sent again, with more patience. The network stands."""
    doubted = [n for n, one in enumerate(said) if not one.admits(seen[n])]
    if not doubted:
        return []
    again = send(network, [probes[n] for n in doubted], patience=SURE)
    return [
        Disagreement(probes[n], one, said[n])
        for n, one in zip(doubted, again, strict=True)
        if not said[n].admits(one)
    ]
