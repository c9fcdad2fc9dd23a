"""Real packets: many at once, each with its own source port (or ICMP id) by which it is known again.

A socket belongs to the namespace in which it was opened, wherever its process goes afterwards. So one
process has the sockets of all namespaces and waits for all of them together.

TCP is the kernel's own: `connect` sends the SYN, the peer's kernel answers. That a SYN has arrived is seen by
a raw socket, which gets its copy behind all filters: so forward reach and answer are told apart. UDP is
echoed by a listener; ICMP echo requests by the kernel.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .ground import Network, Place
from .namespaces import LabError, inside

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
_PATIENCE = 0.25
"""seconds in which nothing may happen before the rest is called unanswered"""
_ECHO_REQUEST = {ICMP: 8, ICMPV6: 128}
_ECHO_REPLY = {ICMP: 0, ICMPV6: 129}
_SYN, _ACK = 0x02, 0x10


@dataclass(frozen=True, slots=True)
class Probe:
    """One packet to send, and to be answered. No two of a batch have the same `mark`."""

    source: str
    """key of a place"""
    source_address: str
    destination: str
    """an address"""
    protocol: int
    mark: int
    """source port, or for ICMP the identifier of the echo request"""
    port: int = 0
    """destination port"""

    def __str__(self) -> str:
        name = {ICMP: "icmp echo", TCP: "tcp", UDP: "udp", ICMPV6: "icmpv6 echo"}[self.protocol]
        ports = "" if self.protocol in _ECHO_REPLY else f" port {self.mark} -> {self.port}"
        return f"{name} {self.source_address} -> {self.destination}{ports} from {self.source}"


@dataclass(slots=True)
class Seen:
    """What became of a probe."""

    arrived: str | None = None
    """key of the place"""
    source: str | None = None
    """the address that it seemed to come from there"""
    answered: bool = False


@dataclass(slots=True)
class _Field:
    """All sockets of a batch."""

    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def watch(self, made: socket.socket, events: int, call: Callable[[socket.socket], None]) -> None:
        self.selector.register(made, events, call)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        made = self.open.enter_context(socket.socket(family, kind, protocol))
        made.setblocking(False)
        return made


def send(network: Network, probes: Sequence[Probe], patience: float = _PATIENCE) -> list[Seen]:
    """Send all of them, in the order given, and tell what became of each."""
    seen = [Seen() for _ in probes]
    known: dict[tuple[int, int], int] = {}
    for number, probe in enumerate(probes):
        if known.setdefault((probe.protocol, probe.mark), number) != number:
            raise LabError(f"two probes have the mark {probe.mark}")
    field_ = _Field()
    with field_.open, contextlib.closing(field_.selector):
        _listen(field_, network, probes, known, seen)
        by_place: dict[str, list[int]] = {}
        for number, probe in enumerate(probes):
            by_place.setdefault(probe.source, []).append(number)
        for key, numbers in by_place.items():
            with inside(network.places[key].namespace):
                for number in numbers:
                    _send(field_, probes[number], seen[number])
            _poll(field_, 0.0)
        while not all(one.answered for one in seen) and _poll(field_, patience):
            pass
    return seen


def _poll(field_: _Field, timeout: float) -> bool:
    """Whether anything happened."""
    ready = field_.selector.select(timeout)
    for key, _ in ready:
        key.data(key.fileobj)
    return bool(ready)


# --- arriving


def _listen(
    field_: _Field,
    network: Network,
    probes: Sequence[Probe],
    known: Mapping[tuple[int, int], int],
    seen: Sequence[Seen],
) -> None:
    ports = {kind: sorted({p.port for p in probes if p.protocol == kind}) for kind in (TCP, UDP)}
    protocols = {probe.protocol for probe in probes}
    versions = {_version(probe.destination) for probe in probes}
    for place in network.places.values():
        with inside(place.namespace):
            for version in versions:
                _sense(field_, place, version, protocols, known, seen)
            for address in place.addresses:
                if _version(address) in versions:
                    _serve(field_, place, address, ports, known, seen)


def _sense(
    field_: _Field,
    place: Place,
    version: int,
    protocols: Iterable[int],
    known: Mapping[tuple[int, int], int],
    seen: Sequence[Seen],
) -> None:
    """Raw sockets that get a copy of what has passed all filters."""

    def arrived(protocol: int) -> Callable[[socket.socket], None]:
        def read(sensor: socket.socket) -> None:
            for data, source in _received(sensor):
                body = data[(data[0] & 15) * 4 :] if version == socket.AF_INET else data
                if protocol == TCP:
                    mark, flags = int.from_bytes(body[:2], "big"), body[13]
                    if flags & (_SYN | _ACK) != _SYN:
                        continue
                else:
                    mark = int.from_bytes(body[4:6], "big")
                    if (protocol, mark) in known and body[0] == _ECHO_REPLY[protocol]:
                        _answered(seen[known[protocol, mark]], place)
                        continue
                    if body[0] != _ECHO_REQUEST[protocol]:
                        continue
                if (protocol, mark) in known:
                    _arrived(seen[known[protocol, mark]], place, source)

        return read

    for protocol in protocols:
        if protocol != UDP and (protocol == TCP or protocol == _ICMP_OF[version]):
            sensor = field_.socket(version, socket.SOCK_RAW, protocol)
            field_.watch(sensor, selectors.EVENT_READ, arrived(protocol))


def _arrived(one: Seen, place: Place, source: str) -> None:
    if one.arrived not in (None, place.key):
        raise LabError(f"a packet arrived at {one.arrived} and at {place.key}")
    one.arrived, one.source = place.key, source


def _answered(one: Seen, place: Place) -> None:
    one.answered = True
    del place


def _serve(
    field_: _Field,
    place: Place,
    address: str,
    ports: Mapping[int, Sequence[int]],
    known: Mapping[tuple[int, int], int],
    seen: Sequence[Seen],
) -> None:
    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                field_.open.enter_context(listener.accept()[0])

    def echo(listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data, (source, port, *_) = listener.recvfrom(2048)
                if (UDP, mark := struct.unpack("!H", data)[0]) in known:
                    _arrived(seen[known[UDP, mark]], place, source)
                with _unreached():
                    listener.sendto(data, (source, port))

    for port in ports[TCP]:
        listener = field_.socket(_version(address), socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(4096)
        field_.watch(listener, selectors.EVENT_READ, accept)
    for port in ports[UDP]:
        listener = field_.socket(_version(address), socket.SOCK_DGRAM)
        listener.bind((address, port))
        field_.watch(listener, selectors.EVENT_READ, echo)


# --- sending

_NOT_REACHED = {
    errno.EPERM,  # the sender's own filter
    errno.EHOSTUNREACH,  # nobody has the address
    errno.ENETUNREACH,
    errno.ETIMEDOUT,
    errno.EACCES,
    errno.EINVAL,  # a `blackhole` route
}


def _send(field_: _Field, probe: Probe, one: Seen) -> None:
    version = _version(probe.destination)
    if probe.protocol in _ECHO_REQUEST:
        with socket.socket(version, socket.SOCK_RAW, probe.protocol) as made:
            made.bind((probe.source_address, 0))
            with _unreached():
                made.sendto(_echo_request(probe), (probe.destination, 0))
        return
    kind = socket.SOCK_STREAM if probe.protocol == TCP else socket.SOCK_DGRAM
    made = field_.socket(version, kind)
    made.bind((probe.source_address, probe.mark))
    if probe.protocol == TCP:
        # closing forgets the connection at once
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        failed = made.connect_ex((probe.destination, probe.port))
        if failed == errno.EINPROGRESS:
            field_.watch(made, selectors.EVENT_WRITE, lambda sock: _connected(field_, sock, one))
        elif failed not in _NOT_REACHED:
            raise LabError(f"connect: {errno.errorcode.get(failed, failed)}")
        return

    def reply(sock: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError), _unreached():
            sock.recv(2048)
            one.answered = True

    with _unreached():
        made.connect((probe.destination, probe.port))
        made.send(struct.pack("!H", probe.mark))
    field_.watch(made, selectors.EVENT_READ, reply)


def _connected(field_: _Field, made: socket.socket, one: Seen) -> None:
    field_.selector.unregister(made)
    failed = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if failed and failed not in _NOT_REACHED:
        raise LabError(f"connect: {errno.errorcode.get(failed, failed)}")
    one.answered = not failed


@contextlib.contextmanager
def _unreached() -> Iterator[None]:
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NOT_REACHED:
            raise


def _received(sensor: socket.socket) -> Iterator[tuple[bytes, str]]:
    with contextlib.suppress(BlockingIOError):
        while True:
            data, source = sensor.recvfrom(2048)
            yield data, source[0]


_ICMP_OF: Mapping[int, int] = {socket.AF_INET: ICMP, socket.AF_INET6: ICMPV6}


def _version(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _echo_request(probe: Probe) -> bytes:
    """RFC 792; the checksum of ICMPv6 is the kernel's to fill in (RFC 3542)."""
    kind = _ECHO_REQUEST[probe.protocol]
    bare = struct.pack("!BBHHH", kind, 0, 0, probe.mark, 1)
    total = sum(struct.unpack("!4H", bare))
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHHH", kind, 0, ~total & 0xFFFF, probe.mark, 1)
