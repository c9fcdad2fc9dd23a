"""The five-tuple that a Suricata rule's header states, as far as it can be told.

AWS: Network Firewall guide, "Standard stateful rule groups", "Stateful domain list rule groups",
"Limitations and caveats for stateful rules" (`HOME_NET` is the VPC's blocks unless a rule group or policy
says otherwise, and `EXTERNAL_NET` what is not in it); Suricata's documentation, "Rules Format".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.network.addresses import Prefix, parse_prefix
from ringwork.network.model import Verdict
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP

ACTIONS = {
    "pass": Verdict.PASS,
    "drop": Verdict.DROP,
    "reject": Verdict.REJECT,
    "rejectsrc": Verdict.REJECT,
    "rejectdst": Verdict.REJECT,
    "rejectboth": Verdict.REJECT,
    "alert": Verdict.ALERT,
}
PROTOCOLS: Mapping[str, frozenset[int]] = {
    "ip": frozenset(),
    "any": frozenset(),
    "tcp": frozenset((TCP,)),
    "udp": frozenset((UDP,)),
    "icmp": frozenset((ICMP, ICMPV6)),
    "icmpv6": frozenset((ICMPV6,)),
}
"""by name; any other name is an application's protocol, which no header tells"""
OVER_TCP = frozenset(
    {"http", "http2", "tls", "ssl", "ssh", "smtp", "ftp", "imap", "smb", "msn", "dcerpc", "rdp"}
)
SILENT = frozenset({"sid", "msg", "rev", "gid", "classtype", "metadata", "reference", "priority", "target"})
"""options that describe a rule and narrow nothing"""

_RULE = re.compile(
    r"(?P<action>\w+)\s+(?P<protocol>[\w-]+)\s+(?P<source>\[.*?\]|\S+)\s+(?P<source_port>\[.*?\]|\S+)\s+"
    r"(?P<arrow>->|<>)\s+(?P<destination>\[.*?\]|\S+)\s+(?P<destination_port>\[.*?\]|\S+)\s*"
    r"\((?P<options>.*)\)\s*$"
)
_OPTION = re.compile(r"\s*([\w.-]+)\s*(?::(?:[^;\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*)?;")

Sets = Mapping[str, tuple[Prefix, ...] | None]
"""name of a variable -> its blocks; None: not known"""
Ports = Mapping[str, tuple[tuple[int, int], ...] | None]


@dataclass(frozen=True, slots=True)
class Header:
    """What a rule looks at. Empty: any."""

    verdict: Verdict
    protocols: frozenset[int]
    sources: tuple[Prefix, ...]
    destinations: tuple[Prefix, ...]
    source_ports: tuple[tuple[int, int], ...]
    destination_ports: tuple[tuple[int, int], ...]
    both_ways: bool
    certain: bool


def parse(text: str, sets: Sets, ports: Ports) -> tuple[list[Header], str | None]:
    """The rules of a text, and why some of it could not be read."""
    found: list[Header] = []
    lost = None
    for line in _lines(text):
        match = _RULE.match(line)
        header = None
        if match is not None:
            options = {name.lower() for name in _OPTION.findall(match["options"])}
            header = read_header(
                match["action"],
                match["protocol"],
                (match["source"], match["source_port"]),
                (match["destination"], match["destination_port"]),
                match["arrow"] == "<>",
                options,
                sets,
                ports,
            )
        if header is None:
            lost = f"the rule `{line[:60]}` is not understood"
        else:
            found.append(header)
    return found, lost


def _lines(text: str) -> list[str]:
    joined = re.sub(r"\\\s*\n", " ", text)
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]


def read_header(
    action: str,
    protocol: str,
    source: tuple[str, str],
    destination: tuple[str, str],
    both_ways: bool,
    options: set[str],
    sets: Sets,
    ports: Ports,
) -> Header | None:
    """None: the action is not known."""
    verdict = ACTIONS.get(action.lower())
    if verdict is None:
        return None
    name = protocol.lower()
    numbers, certain = PROTOCOLS.get(name), options <= SILENT
    if numbers is None:
        # an application's protocol is told by what is in the packets, on any port
        numbers, certain = frozenset((TCP,)) if name in OVER_TCP else frozenset(), False
    sources, sure = _addresses(source[0], sets)
    certain = certain and sure
    destinations, sure = _addresses(destination[0], sets)
    certain = certain and sure
    source_ports, sure = _ports(source[1], ports)
    certain = certain and sure
    destination_ports, sure = _ports(destination[1], ports)
    return Header(
        verdict, numbers, sources, destinations, source_ports, destination_ports, both_ways, certain and sure
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.strip().strip("[]").split(",") if part.strip()]


def _addresses(text: str, sets: Sets) -> tuple[tuple[Prefix, ...], bool]:
    """Blocks, and whether those are all and no more. What is not told is any address, and not certain."""
    if text.strip().lower() == "any":
        return (), True
    found: list[Prefix] = []
    for part in _parts(text):
        if part.startswith("$"):
            known = sets.get(part[1:])
            if known is None or not known:
                return (), False
            found += known
            continue
        try:
            found.append(parse_prefix(part))
        except ValueError:  # an exclusion, a range, a reference set
            return (), False
    return tuple(found), bool(found)


def _ports(text: str, ports: Ports) -> tuple[tuple[tuple[int, int], ...], bool]:
    if text.strip().lower() == "any":
        return (), True
    found: list[tuple[int, int]] = []
    for part in _parts(text):
        if part.startswith("$"):
            known = ports.get(part[1:])
            if known is None or not known:
                return (), False
            found += known
            continue
        low, colon, high = part.partition(":")
        try:
            first = int(low) if low else 0
            last = (int(high) if high else 65535) if colon else first
        except ValueError:
            return (), False
        if not 0 <= first <= last <= 65535:
            return (), False
        found.append((first, last))
    return tuple(found), bool(found)
