"""Network ACLs: a second, stateless layer by subnet tier, drawn from the security groups' edges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Network
from typing import TypeAlias

from ringwork.architecture.address import TIER_OF, Tier
from ringwork.architecture.names import logical
from ringwork.architecture.network import ipv6
from ringwork.architecture.network.beyond import ALONE, Beyond
from ringwork.architecture.network.flows import HTTPS, Edge, Place
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json

EPHEMERAL = (1024, 65535)
"""Ports that replies go to (VPC guide, network ACLs, ephemeral ports)."""
ANYWHERE = IPv4Network("0.0.0.0/0")
ALL = -1
TCP = 6
PROTOCOLS = {"tcp": TCP, "udp": 17}
"""IANA, protocol numbers"""


V6 = "V6"
TWIN = 5
"""What is added to the name and to the number of a line for its twin of IPv6."""


class Step(IntEnum):
    """Where a line stands in its ACL; the value is the first rule number of the step.

    Numbers go up to 32766 (VPC guide, network ACL rules).
    """

    NAMED = 100
    ADMINISTRATION = 20000
    PLAN = 20100
    PUBLIC = 30000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a network ACL."""

    name: str
    """end of its logical id: says what it matches, so that a new flow renames no other line"""
    number: int
    egress: bool
    allow: bool
    protocol: int
    """IANA number; -1: all"""
    cidr: IPv4Network | Json
    """IPv6: text, or what computes it"""
    ports: tuple[int, int] | None
    """first and last; none for all protocols"""
    control: str
    why: str


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """The other side of what crosses a tier's border."""

    name: str
    cidr: IPv4Network


Line: TypeAlias = tuple[bool, Side, str, tuple[int, int]]
"""Egress, other side, protocol, first and last port."""
NONE: Mapping[Line, tuple[str, str]] = {}


def acl_entries(
    site: Site,
    tier: Tier,
    edges: tuple[Edge, ...],
    beyond: Beyond = ALONE,
    more: Mapping[Line, tuple[str, str]] = NONE,
) -> tuple[Entry, ...]:
    """The lines of a tier's network ACL in the order in which AWS must read them, per direction:

    1. what the tier's edges need inside the VPC, and the replies (ACLs are stateless);
    2. no remote administration;
    3. nothing else from or to any address of the organization's plan;
    4. what cannot be named closer: HTTPS and its replies for the S3 gateway endpoint, whose prefix list
       an ACL entry cannot name (VPC guide, network ACL rules: a CIDR block only), and for egress.

    Step 1 comes first, so that the denies touch no reply inside the VPC; step 4 loses the ephemeral port
    3389, which Linux never takes (32768-60999). No deny is shadowed: each is wider than every allow before
    it.

    The transit tier sees what passes between the VPC and the Transit Gateway, and its ACL reads only the
    VPC's side of it: sources of what goes there, destinations of what comes back (Transit Gateway guide,
    network ACLs, different subnets).

    `more`: further lines of step 1, with control and reason.

    Where the VPC has IPv6, each line of steps 1 to 3 has a twin, if its other side has IPv6 too. Step 4 has
    none: no route leads out.
    """
    six = ipv6.has_ipv6(site)
    found = [*_named(site, tier, edges, beyond, more), *refused(plan(site), six=six)]
    if tier not in (Tier.ENDPOINTS, Tier.TRANSIT):
        found += _public(tier)
    return tuple(sorted(found, key=lambda entry: (entry.egress, entry.number)))


def _named(
    site: Site, tier: Tier, edges: tuple[Edge, ...], beyond: Beyond, more: Mapping[Line, tuple[str, str]]
) -> Iterator[Entry]:
    lines = dict(more)
    for edge in edges:
        for egress, other in _crossings(site, tier, edge, beyond):
            source, target = (tier.value, other.name) if egress else (other.name, tier.value)
            asked = f"{source} tier to {target} tier on {edge.protocol} {edge.ports}"
            lines.setdefault((egress, other, edge.protocol, (edge.first, edge.last)), ("NET-10", asked))
            replies = f"replies on {edge.protocol}, {target} tier to {source} tier"
            lines.setdefault((not egress, other, edge.protocol, EPHEMERAL), ("NET-13", replies))
    yield from numbered(lines, six=ipv6.has_ipv6(site))


_PARTS = {tier.value: tier for tier in ipv6.TIERS}


def numbered(lines: Mapping[Line, tuple[str, str]], *, six: bool = False) -> Iterator[Entry]:
    """An allow entry for each line; its value is control and reason. `six`: and one for IPv6, where the
    other side is a tier of the same VPC. Those come last, so that they renumber no other."""
    taken: set[tuple[bool, int]] = set()
    for family in (4, 6) if six else (4,):
        for egress, other, protocol, ports in sorted(lines):
            if family == 6 and other.name not in _PARTS:
                continue
            control, why = lines[egress, other, protocol, ports]
            span = f"{ports[0]}" if ports[0] == ports[1] else f"{ports[0]}To{ports[1]}"
            name = logical(other.name, protocol, span) + (V6 if family == 6 else "")
            number = _number(name)
            while (egress, number) in taken:
                number += 1
            taken.add((egress, number))
            cidr = ipv6.tier_block(_PARTS[other.name]) if family == 6 else other.cidr
            yield Entry(name, number, egress, True, PROTOCOLS[protocol], cidr, ports, control, why)


def _number(name: str) -> int:
    """A rule number from what the line says, so that a new flow renumbers no other line: AWS replaces an
    entry whose number changes, and order among allows means nothing."""
    span = Step.ADMINISTRATION - Step.NAMED - 100
    return Step.NAMED + int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % span


def refused(own: Sequence[IPv4Network], *, six: bool = False) -> Iterator[Entry]:
    """No remote administration, and nothing else inside the organization. `own`: its addresses; `six`: and
    the VPC's of IPv6, which are all that it knows of the organization's."""
    for egress in (False, True):
        for index, (port, service) in enumerate(((22, "Ssh"), (3389, "Rdp"))):
            number = Step.ADMINISTRATION + 10 * index
            why = f"no remote administration over {service.upper()}"
            ports = (port, port)
            yield Entry(f"No{service}", number, egress, False, TCP, ANYWHERE, ports, "NET-11", why)
            if six:
                name, number, any6 = f"No{service}{V6}", number + TWIN, ipv6.ANYWHERE
                yield Entry(name, number, egress, False, TCP, any6, ports, "NET-11", why)
        for index, cidr in enumerate(own):
            name = "NoOther" if index == 0 else f"NoOtherOwn{index if index > 1 else ''}"
            why = "nothing else inside the organization's address plan"
            yield Entry(name, Step.PLAN + 10 * index, egress, False, ALL, cidr, None, "NET-10", why)
        if six:
            number, block, why = Step.PLAN + TWIN, ipv6.vpc_block(), "nothing else inside the VPC"
            yield Entry(f"NoOther{V6}", number, egress, False, ALL, block, None, "NET-10", why)


def _public(tier: Tier) -> Iterator[Entry]:
    why = (
        "NAT passes HTTPS for declared egress"
        if tier is Tier.EDGE
        else "the S3 gateway endpoint keeps S3's public addresses, and an ACL entry cannot name its prefix "
        "list; route tables and security groups hold the rest back"
    )
    yield from public(why)


def public(why: str) -> Iterator[Entry]:
    """HTTPS to public addresses, and its replies."""
    yield Entry(
        "AnywhereHttps", Step.PUBLIC, True, True, TCP, ANYWHERE, (HTTPS, HTTPS), "NET-10, NET-25", why
    )
    yield Entry(
        "AnywhereReplies", Step.PUBLIC, False, True, TCP, ANYWHERE, EPHEMERAL, "NET-13", f"replies: {why}"
    )


def tier_side(site: Site, tier: Tier) -> Side:
    """A tier as the other side; in a VPC that the blueprint names, the VPC, whose tiers nobody knows."""
    if site.existing is not None:
        return Side("vpc", site.existing.cidr)
    return Side(tier.value, site.addresses.tier(tier))


def _crossings(site: Site, tier: Tier, edge: Edge, beyond: Beyond) -> Iterator[tuple[bool, Side]]:
    """(egress, other side) for each direction in which the edge passes the tier's ACL.

    What leaves to S3 or to the internet has a public address: `_public` is for that. The edge tier sees the
    internet's connections arrive from the interactive one, on their way to NAT; the transit tier sees
    whatever leaves the VPC for the Transit Gateway.
    """

    def side(of: Tier) -> Side:
        return tier_side(site, of)

    source = TIER_OF[site.workloads[edge.source].type]
    target: Tier | None
    match edge.target:
        case Place.S3:
            return
        case Place.ENDPOINTS:
            target = Tier.ENDPOINTS if beyond.endpoints is None else Tier.TRANSIT
        case Place.INTERNET:
            target = Tier.TRANSIT if beyond.internet else Tier.EDGE
        case workload:
            target = TIER_OF[site.workloads[workload].type]
    if tier is target:
        yield False, side(source)
    if tier is not source:
        return
    if edge.target is Place.ENDPOINTS and beyond.endpoints is not None:
        yield True, Side("shared-endpoints", beyond.endpoints)
    elif target not in (Tier.EDGE, Tier.TRANSIT):
        yield True, side(target)


def plan(site: Site) -> tuple[IPv4Network, ...]:
    """Every address of the organization: the plan's block, and the VPC's where it is pinned outside."""
    whole = site.blueprint.network.cidr
    own = site.existing.cidr if site.existing else site.addresses.vpc
    return (whole,) if own.subnet_of(whole) else (whole, own)
