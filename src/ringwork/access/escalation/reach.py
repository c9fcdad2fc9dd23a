"""How far a principal gets: the transitive closure of the graph, by shortest chains."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringwork.access.escalation.graph import ADMINISTRATOR, Edge, Graph


@dataclass(frozen=True, slots=True)
class Reach:
    """What one principal can get to."""

    source: str
    chains: Mapping[str, tuple[Edge, ...]]
    """what is reached -> the proved edges to it, the fewest"""
    unknown: tuple[Edge, ...]
    """edges that are not decided, from the source or from what it surely reaches, to what it does not"""

    @property
    def administrates(self) -> tuple[str, ...]:
        """The accounts in which it gets to do everything."""
        return tuple(
            sorted(one.removeprefix(ADMINISTRATOR) for one in self.chains if one.startswith(ADMINISTRATOR))
        )


def reach(graph: Graph, source: str, entries: Iterable[Edge] = ()) -> Reach:
    """What `source` gets to: a node of the graph, or one of those that `entries` start from."""
    chains: dict[str, tuple[Edge, ...]] = {source: ()}
    undecided: dict[tuple[str, str, str], Edge] = {}
    line = deque([source])
    first = tuple(edge for edge in entries if edge.source == source)
    been: set[tuple[str, str]] = set()

    def follow(edges: Iterable[Edge], before: tuple[Edge, ...]) -> None:
        for edge in edges:
            if edge.status == "unknown":
                undecided.setdefault((edge.source, edge.target, edge.path), edge)
            elif edge.target not in chains or (edge.whole and not _whole(chains[edge.target])):
                # what gives all that the target may do counts before what gives its data alone
                chains[edge.target] = (*before, edge)
                if edge.whole:
                    line.append(edge.target)

    while line:
        here = line.popleft()
        before = chains[here]
        if here.startswith(ADMINISTRATOR):
            follow(_crossings(graph, here), before)
            continue
        follow(first if here == source and here not in graph.nodes else graph.out(here), before)
        # what it has become, it may change, and be more
        whole = [id for id in chains if id in graph.nodes and _whole(chains[id])]
        for one in whole:
            if any(edge.target.startswith(ADMINISTRATOR) for edge in graph.out(one)):
                continue
            for other in whole:
                if one != other and (one, other) not in been:
                    been.add((one, other))
                    if not _same(one, other):
                        found = graph.changes(graph.nodes[one], graph.nodes[other])
                        together = {id(edge): edge for edge in (*chains[other], *chains[one])}
                        follow(found, tuple(together.values()))
    del chains[source]
    left = (
        edge
        for edge in undecided.values()
        if edge.target != source
        and (edge.target not in chains or (edge.whole and not _whole(chains[edge.target])))
    )
    return Reach(source, chains, tuple(left))


def _whole(chain: tuple[Edge, ...]) -> bool:
    return not chain or chain[-1].whole


def _same(one: str, other: str) -> bool:
    """Whether both are the same principal, as it is and changed."""
    return one.partition("#")[0] == other.partition("#")[0]


def _crossings(graph: Graph, administrator: str) -> list[Edge]:
    """Who does everything in an account is whoever he likes in it, and assumes what trusts them elsewhere."""
    account = administrator.removeprefix(ADMINISTRATOR)
    found: list[Edge] = []
    for node in graph.sources():
        if node.identity.account != account:
            continue
        found += graph.assumed_elsewhere(node)
    return found
