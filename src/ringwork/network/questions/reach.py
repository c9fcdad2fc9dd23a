"""Can anything flow from one set of things to another? Proved not to, shown to, or not decided and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ringwork.findings import Status
from ringwork.network.model import Model
from ringwork.network.packets import ALL, Traffic
from ringwork.network.questions.answer import MOST_WITNESSES, Answer, Looked, Unsettled, Witness
from ringwork.network.questions.ends import Party, may_mean
from ringwork.network.questions.flowing import PLACE, Candidate, Flowing
from ringwork.network.questions.network import Network
from ringwork.network.questions.witness import Replayed, replay
from ringwork.network.reach.atoms import Bits
from ringwork.network.reach.prover import Flow

MOST_REPLAYED = 400
"""candidates that one answer replays, until some are confirmed"""
THROUGH: Mapping[str, Callable[[Model], Iterable[str]]] = {
    "firewall": lambda model: (key for one in model.firewalls.values() for key in one.interfaces),
    "load-balancer": lambda model: (key for one in model.load_balancers.values() for key in one.interfaces),
    "private-link": lambda model: (
        key for one in model.interface_endpoints.values() if one.provider for key in one.interfaces
    ),
    "transit-gateway": lambda model: model.attachments,
}
"""what a way may go through -> the keys that stand for it on paths and walks"""


def excepted(network: Network, names: Iterable[str]) -> frozenset[str]:
    """The keys of what ways may go through without counting: names of `THROUGH`."""
    return frozenset(key for name in names for key in THROUGH[name](network.model))


def reach(
    flowing: Flowing,
    source: Party,
    destination: Party,
    traffic: Sequence[Traffic] = (ALL,),
    *,
    but: Sequence[Traffic] = (),
    unless_through: frozenset[str] = frozenset(),
    most: int = MOST_WITNESSES,
) -> Answer:
    """Whether anything of `traffic` can be sent from `source` so that it arrives at `destination`, answered
    or not. Traffic of `but`, and ways through something of `unless_through`, do not count.

    The traffic and the addresses of both ends must be among those that the network was made with.
    """
    network = flowing.network
    bits = traffic_bits(network, traffic) & ~traffic_bits(network, but)
    looked = _looked(network, source, destination, bits)
    witnesses: dict[tuple[str, str], Witness] = {}
    unsettled: dict[Unsettled, None] = {}
    decided: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    pairs: set[tuple[str, str]] = set()
    replayed = 0
    for candidate in flowing.between(source, destination, bits):
        if unless_through and _always_through(flowing, candidate, unless_through):
            continue
        pairs.update(_between(candidate))
        pair = (candidate.source.keys, candidate.destination.keys)
        if pair in decided or len(witnesses) >= most:
            continue
        if replayed >= MOST_REPLAYED:
            unsettled[_too_many(replayed)] = None
            break
        name = candidate.destination.keys[0]
        if name.startswith("?"):
            unsettled[_not_modelled(network, name[1:])] = None
            continue
        replayed += 1
        found = replay(network, candidate, unless_through)
        if found.witness is not None:
            decided.add(pair)
            owners = (_owner(network, found.witness.source), _owner(network, found.witness.destination))
            witnesses.setdefault(owners, found.witness)
        elif not found.excused:
            sure = found.refused and _sure(flowing, candidate)
            unsettled[_disagree(network, candidate) if sure else undecided(network, candidate, found)] = None
    unsettled.update(dict.fromkeys(unread(network, source, destination)))
    status = Status.VIOLATED if witnesses else Status.UNKNOWN if unsettled else Status.PROVED
    return Answer(status, looked, tuple(witnesses.values()), len(pairs), tuple(unsettled))


def always(
    flowing: Flowing, source: Party, destination: Party, traffic: Sequence[Traffic] = (ALL,)
) -> Answer:
    """Whether what is in `source` can surely connect to something of `destination`, and be answered.

    Each thing that is there, or that a resource will make, must; where only security groups stand for jobs
    that nobody has started yet, one place must be from which it can. `proved`: they can, with witnesses.
    """
    network = flowing.network
    bits = traffic_bits(network, traffic)
    looked = _looked(network, source, destination, bits)
    wanted: dict[str, bool] = {}
    for key in sorted(source.interfaces):
        interface = network.model.interfaces[key]
        if interface.kind != PLACE:
            wanted.setdefault(interface.owner, False)
    if not wanted:
        wanted = {"": False}
    witnesses: dict[str, Witness] = {}
    unsettled: dict[Unsettled, None] = {}
    pairs: set[tuple[str, str]] = set()
    refused: Witness | None = None
    replayed = 0
    for candidate in flowing.between(source, destination, bits):
        pairs.update(_between(candidate))
        owner = _owner(network, candidate.source.keys[0]) if "" not in wanted else ""
        if owner in witnesses or owner not in wanted:
            continue
        if candidate.destination.keys[0].startswith("?"):
            unsettled[_not_modelled(network, candidate.destination.keys[0][1:])] = None
            continue
        if replayed >= MOST_REPLAYED:
            unsettled[_too_many(replayed)] = None
            break
        replayed += 1
        found = replay(network, candidate)
        if found.witness is not None and (found.witness.answered or not found.witness.packet.has_ports):
            witnesses[owner] = found.witness
        elif found.witness is not None:
            refused = refused or found.witness
        elif found.doubts:
            unsettled[undecided(network, candidate, found)] = None
    lacking = [owner for owner in wanted if owner not in witnesses]
    if not lacking:  # what else the end may be must connect, too
        unsettled = dict.fromkeys(_hidden(network, source))
    elif destination.hidden or "" in wanted:
        unsettled.update(dict.fromkeys(_hidden(network, source, destination)))
    if not lacking and not unsettled:
        return Answer(Status.PROVED, looked, tuple(witnesses.values()), len(pairs))
    if unsettled:
        return Answer(Status.UNKNOWN, looked, tuple(witnesses.values()), len(pairs), tuple(unsettled))
    shown = (refused,) if refused is not None else ()
    why = tuple(
        Unsettled(f"`{network.name(owner) if owner else source.text}` cannot connect", "", owner)
        for owner in lacking
    )
    return Answer(Status.VIOLATED, looked, shown, len(pairs), why)


def traffic_bits(network: Network, traffic: Sequence[Traffic]) -> Bits:
    """Raises ValueError for traffic that the network was not made with: its atoms would be too coarse."""
    bits = network.prover.traffic.nothing
    for each in traffic:
        if each not in network.kinds:
            raise ValueError(f"the network was not made with `{each}` among its kinds")
        bits = bits | network.prover.traffic.bits(each)
    return bits


def _always_through(flowing: Flowing, candidate: Candidate, keys: frozenset[str]) -> bool:
    """Whether each way of the candidate goes through one of the keys."""
    if candidate.path is not None:
        return not keys.isdisjoint(candidate.path.through)
    flows = list(_flows(flowing, candidate))
    return bool(flows) and all(not keys.isdisjoint(flow.path.through) for flow in flows)


def _flows(flowing: Flowing, candidate: Candidate) -> Iterator[Flow]:
    faces = flowing.network.prover.faces.faces
    one, other = candidate.faces
    if one >= 0 and other >= 0:
        yield from flowing.network.prover.flows(faces[one], faces[other])


def _sure(flowing: Flowing, candidate: Candidate) -> bool:
    """Whether the prover says that something surely flows, so that walks must find it."""
    if candidate.path is not None:
        return candidate.path.certain and candidate.faces != (-1, -1)
    return any((flow.admits.must & candidate.bits).any() for flow in _flows(flowing, candidate))


def _looked(network: Network, source: Party, destination: Party, bits: Bits) -> Looked:
    def sides(party: Party) -> int:
        other = len(party.services) + len(party.externals) + bool(party.internet or party.outside)
        return len(party.members) + other

    atoms = len(network.prover.traffic.indexes(bits))
    pairs = sides(source) * sides(destination)
    return Looked(pairs, (len(source.interfaces), len(destination.interfaces)), atoms)


def _between(candidate: Candidate) -> Iterator[tuple[str, str]]:
    for one in candidate.source.keys:
        for other in candidate.destination.keys:
            if one != other:
                yield one, other


def _owner(network: Network, key: str) -> str:
    interface = network.model.interfaces.get(key)
    return interface.owner if interface is not None else key


# --- why something is not decided


def undecided(network: Network, candidate: Candidate, found: Replayed) -> Unsettled:
    """Why a candidate that was walked is neither here nor there."""
    one = network.name(candidate.source.keys[0])
    other = network.name(candidate.destination.keys[0])
    reason = "; ".join(found.doubts[:3]) or "no packet that was tried surely arrives"
    settle = "ask the live account, where addresses and groups are known; or close the way"
    return Unsettled(f"`{one}` may reach `{other}`: {reason}", settle, candidate.destination.keys[0])


def _disagree(network: Network, candidate: Candidate) -> Unsettled:
    one = network.name(candidate.source.keys[0])
    other = network.name(candidate.destination.keys[0])
    return Unsettled(
        f"from `{one}` to `{other}` the prover finds a way on which the packet walker drops every packet "
        "that was tried",
        "this is a fault of Ringwork's: please report it",
        candidate.destination.keys[0],
    )


def _not_modelled(network: Network, key: str) -> Unsettled:
    unmodelled = network.model.unmodelled.get(key)
    reason = unmodelled.reason if unmodelled else "it is not in what was read, or is not modelled"
    return Unsettled(
        f"`{network.name(key)}` takes packets for it, and nobody knows where they end: {reason}",
        "read the account that has it, or look at its own rules",
        key,
    )


def _too_many(count: int) -> Unsettled:
    return Unsettled(
        f"more than {count} ways may be open and none that was walked is surely so", "ask about fewer things"
    )


def _hidden(network: Network, *parties: Party) -> Iterator[Unsettled]:
    """What may be of an end, as its labels or its place are not known."""
    for interface, untold, reason in network.hidden:
        for party in parties:
            of = party.end
            if of is None or interface.key in party.interfaces:
                continue
            if may_mean(network, of, interface, untold):
                yield Unsettled(
                    f"`{network.name(interface.key)}` may be of `{party.text}`: {reason}",
                    "mend what could not be read",
                    interface.key,
                )


def unread(network: Network, source: Party, destination: Party) -> Iterator[Unsettled]:
    """What is not modelled, or could not be read, and may join the two ends: it is of one of them, or of no
    VPC that is known, or of a VPC that packets of theirs may come through."""
    both = source.interfaces | destination.interfaces
    owners = {network.model.interfaces[key].owner for key in both}
    vpcs = frozenset(network.vpc(network.model.interfaces[key]) for key in both)
    inside = len(vpcs) == 1 and not (source.beyond or destination.beyond)
    through = vpcs if inside else network.near.joined(vpcs)

    def near(key: str) -> bool:
        found = network.near.vpcs_of(key)
        return not found or bool(found & through)

    for key, unmodelled in network.model.unmodelled.items():
        if key in owners or (key not in network.near.passive and near(key)):
            yield Unsettled(
                f"`{network.name(key)}` may carry packets: {unmodelled.reason}",
                "look at its own rules, or leave it out",
                key,
            )
    for problem in network.model.problems:
        key = problem.key
        if key in network.near.ends and key not in owners:
            continue
        carried = problem.carried and key not in vpcs and bool(network.near.vpcs_of(key))
        if key in owners or (not carried and near(key)):
            yield Unsettled(
                f"`{network.name(key)}`: {problem.message}",
                "mend what could not be read",
                key,
            )
    yield from _hidden(network, source, destination)
