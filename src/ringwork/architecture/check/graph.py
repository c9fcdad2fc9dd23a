"""Find a circle in a directed graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle, its first node repeated at the end; empty when there is none. Same answer every time."""
    done: set[str] = set()
    for root in sorted(graph):
        if root in done:
            continue
        trail = [root]
        on_trail = {root}
        pending = [iter(sorted(graph[root]))]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                leaving = trail.pop()
                on_trail.discard(leaving)
                done.add(leaving)
            elif following in on_trail:
                return [*trail[trail.index(following) :], following]
            elif following not in done and following in graph:
                trail.append(following)
                on_trail.add(following)
                pending.append(iter(sorted(graph[following])))
    return []
