"""Why nothing flows between two ends: every control that refuses a packet, in the order that it meets them.

The packet is walked; what drops it is noted and opened, as if it had failed open, and the packet is walked
again, until it arrives or meets what is no filter: no route, no gateway, no public address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ringwork.network.addresses import EVERYWHERE, Address
from ringwork.network.model import AclEntry, Block, GroupRule, Model, Place, Verdict
from ringwork.network.packets import ALL, Packet, Traffic
from ringwork.network.questions.ends import Party
from ringwork.network.questions.flowing import INTERNET, PLACE, Candidate, Point
from ringwork.network.questions.network import Network
from ringwork.network.questions.reach import traffic_bits
from ringwork.network.questions.witness import arrives, packets, start_of
from ringwork.network.walk import Hop, Known, Outcome, Walk, walk

MOST_PAIRS = 3
"""pairs that one answer explains"""
MOST_OPENED = 12
"""controls that are opened one after the other"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that refuses the packet."""

    hop: Hop
    filters: bool
    """a filter, which could be opened; else there is no way at all behind it"""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why one packet does not arrive."""

    source: str
    destination: str
    packet: Packet
    refusals: tuple[Refusal, ...]
    arrives: bool
    """with all of the filters among them open it would arrive"""
    unknown: tuple[str, ...] = ()
    """what on its way is not known"""


def explain(
    network: Network, source: Party, destination: Party, traffic: Sequence[Traffic] = (ALL,)
) -> tuple[Blocked, ...]:
    """For a few pairs, the most real first: everything that refuses a packet of `traffic`."""
    bits = traffic_bits(network, traffic)
    found: list[Blocked] = []
    for candidate in _pairs(network, source, destination):
        made = next(packets(network, replace(candidate, bits=bits)), None)
        if made is not None:
            found.append(_blocked(network, candidate, *made))
        if len(found) == MOST_PAIRS:
            break
    return tuple(found)


def _pairs(network: Network, source: Party, destination: Party) -> Iterator[Candidate]:
    bits = network.prover.traffic.nothing
    seen: set[tuple[str, str]] = set()
    for one in _points(network, source):
        for other in _points(network, destination):
            atoms = network.prover.addresses
            owners = (_owner(network, one), _owner(network, other))
            if atoms.version(one.atom) != atoms.version(other.atom) or owners in seen:
                continue
            if one == other and network.model.interfaces[one.keys[0]].kind != PLACE:
                continue
            seen.add(owners)
            yield Candidate(one, other, bits)


def _owner(network: Network, point: Point) -> str:
    interface = network.model.interfaces.get(point.keys[0])
    return interface.owner if interface is not None else point.keys[0]


def _points(network: Network, party: Party) -> list[Point]:
    """Interfaces that exist first, then those that resources will make, then places for jobs; one of each
    face."""
    prover, interfaces = network.prover, network.model.interfaces
    points = [
        Point(party.members[int(prover.faces.owner[number])], prover.faces.faces[number].atom)
        for number in sorted(party.faces)
    ]

    def rank(point: Point) -> tuple[bool, bool]:
        interface = interfaces[point.keys[0]]
        return (interface.kind == PLACE, not interface.assigned)

    points.sort(key=rank)
    points += [Point((INTERNET,), atom, interface=False) for atom in party.internet[:1]]
    points += [Point((key,), atoms[0], interface=False) for key, atoms in party.externals.items() if atoms]
    return points


def _blocked(
    network: Network,
    candidate: Candidate,
    packet: Packet,
    holders: dict[Address, str],
    source: str,
    destination: str,
) -> Blocked:
    start = start_of(candidate.source, source)
    model, known = network.model, network.known
    refusals: list[Refusal] = []
    unknown: dict[str, None] = {}
    for _ in range(MOST_OPENED):
        ways = walk(known, packet, start, holders)
        for way in ways:
            for hop in way.hops:
                if hop.passed is None:
                    unknown[f"{network.name(hop.component)}: {hop.why}"] = None
        if any(arrives(network, way, candidate, destination) for way in ways):
            return Blocked(source, destination, packet, tuple(refusals), True, tuple(unknown))
        dropping = _dropping(ways)
        opened = model
        for hop in dropping:
            opener = OPENERS.get(hop.control)
            mended = opener(opened, hop) if opener is not None else opened
            if (hop.component, hop.control) not in {(r.hop.component, r.hop.control) for r in refusals}:
                refusals.append(Refusal(hop, mended is not opened))
            opened = mended
        if opened is model:
            break
        model, known = opened, Known(opened)
    return Blocked(source, destination, packet, tuple(refusals), False, tuple(unknown))


def _dropping(ways: Sequence[Walk]) -> list[Hop]:
    found: dict[tuple[str, str], Hop] = {}
    for way in ways:
        if way.outcome is Outcome.DROPPED and way.hops:
            hop = way.hops[-1]
            found.setdefault((hop.component, hop.control), hop)
    return list(found.values())


# --- opening one control


def _open_groups(egress: bool) -> Callable[[Model, Hop], Model]:
    def open_(model: Model, hop: Hop) -> Model:
        keys: Sequence[str] = (hop.component,)
        if hop.component in model.interfaces:
            keys = sorted(model.interfaces[hop.component].groups or ())
        place = Place(hop.component)
        rules = tuple(GroupRule(ALL, prefix, place) for prefix in EVERYWHERE)
        groups = dict(model.groups)
        for key in keys:
            if key in groups:
                group = groups[key]
                groups[key] = replace(group, egress=rules) if egress else replace(group, ingress=rules)
        return model if groups == model.groups else replace(model, groups=groups)

    return open_


def _open_acl(egress: bool) -> Callable[[Model, Hop], Model]:
    def open_(model: Model, hop: Hop) -> Model:
        acl = model.acls.get(hop.component)
        if acl is None:
            return model
        place = Place(hop.component)
        entries = tuple(
            AclEntry(number, True, ALL, prefix, place) for number, prefix in enumerate(EVERYWHERE, 1)
        )
        opened = replace(acl, egress=entries) if egress else replace(acl, ingress=entries)
        return replace(model, acls={**model.acls, acl.key: opened})

    return open_


def _open_firewall(model: Model, hop: Hop) -> Model:
    policy = model.policies.get(hop.component)
    if policy is None:
        return model
    opened = replace(policy, stateless=(), stateless_default=Verdict.PASS, stateful=())
    return replace(model, policies={**model.policies, policy.key: opened})


def _open_block(model: Model, hop: Hop) -> Model:
    if all(vpc.block is Block.OFF for vpc in model.vpcs.values()):
        return model
    return replace(model, vpcs={key: replace(vpc, block=Block.OFF) for key, vpc in model.vpcs.items()})


OPENERS: dict[str, Callable[[Model, Hop], Model]] = {
    "security-group egress": _open_groups(True),
    "security-group ingress": _open_groups(False),
    "network ACL egress": _open_acl(True),
    "network ACL ingress": _open_acl(False),
    "firewall policy": _open_firewall,
    "block public access": _open_block,
}
"""control -> the model in which it has failed open; the same model if it cannot"""
