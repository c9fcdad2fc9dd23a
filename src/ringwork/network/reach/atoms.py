"""Atoms: the coarsest pieces of addresses and of traffic that no rule of the network splits.

All addresses of an address atom match the same prefixes; all packets of a traffic atom match the same rules.
So a set of packets to one atom is a set of traffic atoms, and that is a row of bits.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ringwork.network.addresses import Address, Prefix
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Traffic

Bits: TypeAlias = npt.NDArray[np.uint64]
"""packet sets: traffic atoms as bits, 64 to a word, along the last axis"""
Index: TypeAlias = npt.NDArray[np.int64]

_IPV6 = 1 << 32
"""IPv6 addresses follow the IPv4 ones on one line"""
_END = _IPV6 + (1 << 128)


def _on_line(version: int, value: int) -> int:
    return value if version == 4 else _IPV6 + value


class AddressAtoms:
    """Intervals between the cut points of all prefixes. Atom `i` is `[starts[i], starts[i + 1])`."""

    def __init__(self, prefixes: Iterable[Prefix]) -> None:
        cuts = {0, _IPV6}
        for prefix in prefixes:
            low = _on_line(prefix.version, prefix.low)
            cuts.add(low)
            cuts.add(low + prefix.high - prefix.low + 1)
        cuts.discard(_END)
        self._starts = sorted(cuts)
        self.count = len(self._starts)
        self.first_ipv6 = bisect_left(self._starts, _IPV6)
        self._within: dict[Prefix, range] = {}

    def of(self, address: Address) -> int:
        value = address.value if address.version == 4 else _IPV6 + address.value
        return bisect_right(self._starts, value) - 1

    def of_each(self, addresses: Iterable[Address]) -> list[int]:
        starts = self._starts
        lines = [one.value if one.version == 4 else _IPV6 + one.value for one in addresses]
        return [bisect_right(starts, line) - 1 for line in lines]

    def within(self, prefix: Prefix) -> range:
        """The atoms of a prefix that was given when the atoms were made: it has whole ones."""
        found = self._within.get(prefix)
        if found is None:
            low = _on_line(prefix.version, prefix.low)
            high = low + prefix.high - prefix.low + 1
            found = range(bisect_left(self._starts, low), bisect_left(self._starts, high))
            self._within[prefix] = found
        return found

    def version(self, atom: int) -> int:
        return 4 if atom < self.first_ipv6 else 6

    def example(self, atom: int) -> Address:
        """Its first address."""
        start = self._starts[atom]
        return Address(4, start) if start < _IPV6 else Address(6, start - _IPV6)

    def last(self, atom: int) -> Address:
        """Its last address."""
        end = (self._starts[atom + 1] if atom + 1 < self.count else _END) - 1
        return Address(4, end) if end < _IPV6 else Address(6, end - _IPV6)


@dataclass(frozen=True, slots=True)
class Piece:
    """One traffic atom: what all its packets share."""

    protocol: int | None
    """None: any protocol that no rule names"""
    low: int | None = None
    """TCP and UDP: its first destination port; ICMP: the type, None: any that no rule names"""
    high: int | None = None
    """TCP and UDP: its last destination port; ICMP: the code, None: any that no rule names with this type"""


class TrafficAtoms:
    """Cut points of all port ranges, ICMP types and codes, and protocols that rules name."""

    def __init__(self, traffic: Iterable[Traffic]) -> None:
        ports: dict[int, set[int]] = {TCP: {0}, UDP: {0}}
        codes: dict[int, dict[int, set[int]]] = {ICMP: {}, ICMPV6: {}}
        others: set[int] = set()
        for one in traffic:
            if one.protocol in ports:
                if one.low is not None:
                    ports[one.protocol].add(one.low)
                if one.high is not None and one.high < 65535:
                    ports[one.protocol].add(one.high + 1)
            elif one.protocol in codes:
                if one.low is not None:
                    named = codes[one.protocol].setdefault(one.low, set())
                    if one.high is not None:
                        named.add(one.high)
            elif one.protocol is not None:
                others.add(one.protocol)
        pieces: list[Piece] = [Piece(None)]
        pieces += [Piece(protocol) for protocol in sorted(others)]
        for protocol, types in codes.items():
            pieces.append(Piece(protocol))
            for type_ in sorted(types):
                pieces.append(Piece(protocol, type_))
                pieces += [Piece(protocol, type_, code) for code in sorted(types[type_])]
        self._span: dict[int, range] = {}
        for protocol, cuts in ports.items():
            begin = len(pieces)
            starts = sorted(cuts)
            ends = [*(start - 1 for start in starts[1:]), 65535]
            pieces += [Piece(protocol, low, high) for low, high in zip(starts, ends, strict=True)]
            self._span[protocol] = range(begin, len(pieces))
        self.pieces = tuple(pieces)
        self.words = (len(pieces) + 63) // 64
        self._memo: dict[Traffic, Bits] = {}
        self.everything = self._row(range(len(pieces)))
        self.nothing: Bits = np.zeros(self.words, np.uint64)

    def bits(self, traffic: Traffic) -> Bits:
        """The atoms that a rule's traffic has. It must be one of those that the atoms were made from."""
        found = self._memo.get(traffic)
        if found is None:
            found = self._memo[traffic] = self._row(
                index for index, piece in enumerate(self.pieces) if _has(traffic, piece)
            )
        return found

    def indexes(self, bits: Bits) -> list[int]:
        """The atoms of a row."""
        return [
            64 * word + bit
            for word in range(self.words)
            if (value := int(bits[word]))
            for bit in range(64)
            if value >> bit & 1
        ]

    def of(self, protocol: int, low: int | None = None, high: int | None = None) -> Bits:
        """Every atom that has a packet of this protocol, with a destination port (or ICMP type `low` and
        code `high`) in the range."""
        return self._row(
            index
            for index, piece in enumerate(self.pieces)
            if (
                piece.protocol == protocol
                or (piece.protocol is None and all(other.protocol != protocol for other in self.pieces))
            )
            and _meets(piece, protocol, low, high)
        )

    def groups(self) -> tuple[Bits, ...]:
        """The atoms by what a reply to them has: TCP, UDP, ICMP, ICMPv6 and each other protocol."""
        by_protocol: dict[int | None, list[int]] = {}
        for index, piece in enumerate(self.pieces):
            by_protocol.setdefault(piece.protocol, []).append(index)
        return tuple(self._row(indexes) for indexes in by_protocol.values())

    def _row(self, indexes: Iterable[int]) -> Bits:
        row = np.zeros(self.words, np.uint64)
        for index in indexes:
            row[index >> 6] |= np.uint64(1 << (index & 63))
        return row


def _has(traffic: Traffic, piece: Piece) -> bool:
    """Whether the rule matches the packets of the piece (all or none: the pieces are cut that way)."""
    if traffic.protocol is None:
        return True
    if traffic.protocol != piece.protocol:
        return False
    if piece.protocol in (TCP, UDP):
        high = 65535 if traffic.high is None else traffic.high
        return piece.low is not None and (traffic.low or 0) <= piece.low and piece.low <= high
    if piece.protocol in (ICMP, ICMPV6):
        if traffic.low is None:
            return True
        return traffic.low == piece.low and traffic.high in (None, piece.high)
    return True


def _meets(piece: Piece, protocol: int, low: int | None, high: int | None) -> bool:
    if protocol in (TCP, UDP) and piece.low is not None and piece.high is not None:
        return piece.low <= (65535 if high is None else high) and piece.high >= (low or 0)
    if protocol in (ICMP, ICMPV6) and low is not None:
        return piece.low in (None, low) and (high is None or piece.high in (None, high))
    return True
