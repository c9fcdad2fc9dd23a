"""Addresses and prefixes of IPv4 and IPv6, as integers.

Not `ipaddress`: a hundred thousand interfaces are read in a second, and comparisons are all that is asked.
"""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_pton

from ringwork.estate.frozen import quick


@quick
@dataclass(frozen=True, slots=True, order=True)
class Prefix:
    """A CIDR block. The host bits of `low` are zero."""

    version: int
    """4 or 6"""
    low: int
    """its first address"""
    length: int
    """0 to 32, or to 128"""

    @property
    def high(self) -> int:
        """Its last address."""
        return self.low | ((1 << (_BITS[self.version] - self.length)) - 1)

    def contains(self, address: Address) -> bool:
        return self.version == address.version and self.low <= address.value <= self.high

    def covers(self, other: Prefix) -> bool:
        """Whether every address of `other` is in this one."""
        return self.version == other.version and self.low <= other.low and other.high <= self.high

    def overlaps(self, other: Prefix) -> bool:
        return self.version == other.version and self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{Address(self.version, self.low)}/{self.length}"


@quick
@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One address."""

    version: int
    value: int

    @property
    def prefix(self) -> Prefix:
        """The block that has this address alone."""
        return Prefix(self.version, self.value, _BITS[self.version])

    def __str__(self) -> str:
        kind = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        return str(kind(self.value))


_BITS = {4: 32, 6: 128}
EVERYWHERE = (Prefix(4, 0, 0), Prefix(6, 0, 0))


@functools.lru_cache(maxsize=1 << 17)
def parse_prefix(text: str) -> Prefix:
    """`text` as a block; host bits are cleared, as EC2 does (API reference, CreateSubnet: "if you specify
    100.68.0.18/18, we modify it to 100.68.0.0/18"). A bare address is a block of one. Raises ValueError."""
    address, slash, length = text.strip().partition("/")
    found = _numbered(address)
    if found is not None:
        version, value = found
    elif ":" in address:
        version, value = 6, int(ipaddress.IPv6Address(address))
    else:
        parts = address.split(".")
        if len(parts) != 4 or not all(
            part.isascii() and part.isdigit() and int(part) < 256 for part in parts
        ):
            raise ValueError(f"`{text}` is not a CIDR block")
        version, value = 4, int.from_bytes(bytes(int(part) for part in parts), "big")
    bits = _BITS[version]
    if slash and not (length.isascii() and length.isdigit() and int(length) <= bits):
        raise ValueError(f"`{text}` is not a CIDR block")
    size = int(length) if slash else bits
    return Prefix(version, value >> (bits - size) << (bits - size), size)


def parse_address(text: str) -> Address:
    """Raises ValueError."""
    found = _numbered(text)
    if found is not None:
        return Address(*found)
    block = parse_prefix(text)  # another spelling, or none: the block of one says which
    if "/" in text:
        raise ValueError(f"`{text}` is not an address")
    return Address(block.version, block.low)


def _numbered(text: str) -> tuple[int, int] | None:
    """Version and value of an address in its usual spelling; there are hundreds of thousands."""
    version, family = (6, AF_INET6) if ":" in text else (4, AF_INET)
    try:
        return version, int.from_bytes(inet_pton(family, text), "big")
    except (OSError, ValueError):
        return None
