"""What traffic a rule of a security group or a network ACL is about.

AWS: EC2 API reference, IpPermission: `-1` is all traffic, whatever ports say; ports count for TCP and UDP,
and stand for type and code of ICMP; every other protocol is meant with all its traffic. NetworkAclEntry: the
same, with ICMP's type and code in `Icmp`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.estate import Unknown
from ringwork.network.packets import ALL, ICMP, ICMPV6, NAMES, TCP, UDP, Traffic
from ringwork.network.reading.reader import Reader, at

_NUMBERS = {**{name: number for number, name in NAMES.items()}, "icmp6": ICMPV6, "ipv6-icmp": ICMPV6}

Read = tuple[Traffic, str | None]
"""the traffic, and why it may be less than that"""


def of_group_rule(reader: Reader, rule: Mapping[str, object]) -> Read:
    """The traffic of a security group's rule."""
    protocol, doubt = protocol_of(reader, rule.get("IpProtocol"))
    if doubt is not None or protocol is None:
        return ALL, doubt
    if protocol not in (TCP, UDP, ICMP, ICMPV6):
        return Traffic(protocol), None
    first, last = reader.number(rule.get("FromPort")), reader.number(rule.get("ToPort"))
    return _ranged(protocol, first, last, all_ports=(-1, -1))


def of_acl_entry(reader: Reader, entry: Mapping[str, object]) -> Read:
    """The traffic of a network ACL's entry."""
    protocol, doubt = protocol_of(reader, entry.get("Protocol"))
    if doubt is not None or protocol is None:
        return ALL, doubt
    if protocol in (TCP, UDP):
        given = entry.get("PortRange")
        if isinstance(given, Unknown):
            return Traffic(protocol), given.reason
        return _ranged(protocol, reader.number(at(given, "From")), reader.number(at(given, "To")))
    if protocol in (ICMP, ICMPV6):
        given = entry.get("Icmp")
        if isinstance(given, Unknown):
            return Traffic(protocol), given.reason
        return _ranged(protocol, reader.number(at(given, "Type")), reader.number(at(given, "Code")))
    return Traffic(protocol), None


def protocol_of(reader: Reader, value: object) -> tuple[int | None, str | None]:
    """The protocol's number (None: all), and why it is not known."""
    if type(value) is int and -1 <= value <= 255:
        return (None if value == -1 else value), None
    found = reader.text(value)
    if found is None:
        return None, "no protocol is given"
    if isinstance(found, Unknown):
        return None, found.reason
    name = found.strip().lower()
    if name in ("-1", "all"):
        return None, None
    if name in _NUMBERS:
        return _NUMBERS[name], None
    if name.isascii() and name.isdigit() and int(name) <= 255:
        return int(name), None
    return None, f"`{found[:40]}` is no protocol that is known"


def _ranged(
    protocol: int,
    low: int | Unknown | None,
    high: int | Unknown | None,
    all_ports: tuple[int, int] | None = None,
) -> Read:
    for end in (low, high):
        if isinstance(end, Unknown):
            return Traffic(protocol), end.reason
    if isinstance(low, Unknown) or isinstance(high, Unknown):  # for the type checker
        return Traffic(protocol), "not known"
    if protocol in (ICMP, ICMPV6):
        if low is None or low == -1:
            # "if you specify all ICMP types, you must specify all ICMP codes" (IpPermission)
            return Traffic(protocol), None if high in (None, -1) else f"all ICMP types with code `{high}`"
        code = None if high is None or high == -1 else high
        if not 0 <= low <= 255 or not 0 <= (code or 0) <= 255:
            return Traffic(protocol), f"`{low}` and `{high}` are no ICMP type and code"
        return Traffic(protocol, low, code), None
    if (low, high) == all_ports:
        return Traffic(protocol, 0, 65535), None
    if low is None or high is None:
        return Traffic(protocol), "TCP and UDP need both ends of a port range"
    if all_ports is not None and -1 in (low, high) and max(low, high) <= 65535:
        # IpPermission knows -1 for both ends only: one end left open may be what it says, or refused
        open_ended = Traffic(protocol, max(low, 0), 65535 if high == -1 else high)
        return open_ended, f"`{low}` to `{high}` is no port range"
    if not 0 <= low <= high <= 65535:
        return Traffic(protocol), f"`{low}` to `{high}` is no port range"
    return Traffic(protocol, low, high), None
