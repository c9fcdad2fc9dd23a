"""Random packets for a random network: mostly such as have a chance, and at the borders of port ranges."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from .ground import INTERNET, INTERNET_HOSTS
from .networks import Drawn
from .probes import ICMP, ICMPV6, TCP, UDP, Probe
from .rules import PORTS

_NEAR = (21, 23, 79, 81, 442, 444, 1023)
_MARKS = ((1024, 32767), (32768, 60999), (32768, 60999), (61000, 65535))


def knocks(random: Random, drawn: Drawn, count: int) -> list[Probe]:
    marks = _marks(random)
    return [_knock(random, drawn, next(marks)) for _ in range(count)]


def _marks(random: Random) -> Iterator[int]:
    """Source ports, none twice, and none that something listens on."""
    used = {*PORTS, *_NEAR}
    while True:
        mark = random.randint(*random.choice(_MARKS))
        if mark not in used:
            used.add(mark)
            yield mark


def _knock(random: Random, drawn: Drawn, mark: int) -> Probe:
    inside = drawn.hosts
    outside = tuple((INTERNET, host) for host in INTERNET_HOSTS)
    led = [*drawn.public, *(host for _, host in inside if ":" in host)]
    source, address = random.choice(outside if led and random.random() < 0.15 else inside)
    if source == INTERNET:
        destination = random.choice(led)
        address = random.choice([host for host in INTERNET_HOSTS if (":" in host) == (":" in destination)])
        return _packet(random, source, address, destination, mark)
    version = ":" in address
    chance = random.random()
    if chance < 0.68:
        known = [host for key, host in inside if key != source]
    elif chance < 0.85:
        known = list(INTERNET_HOSTS)
    elif chance < 0.97:
        known = [*drawn.public, *INTERNET_HOSTS]
    else:
        known = [*drawn.unassigned, *INTERNET_HOSTS]
    known = [host for host in known if (":" in host) == version]
    destination = random.choice(known or [host for host in INTERNET_HOSTS if (":" in host) == version])
    return _packet(random, source, address, destination, mark)


def _packet(random: Random, source: str, address: str, destination: str, mark: int) -> Probe:
    protocol = random.choice((TCP, TCP, TCP, UDP, ICMPV6 if ":" in address else ICMP))
    port = random.choice(PORTS if random.random() < 0.85 else _NEAR) if protocol in (TCP, UDP) else 0
    return Probe(source, address, destination, protocol, mark, port)
