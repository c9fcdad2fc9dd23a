"""Each world that open conditions of templates allow, asked by itself: what holds in the first one alone is
not proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringwork.workflows.reachability import Seen


def each_world(seen: Seen) -> Iterator[tuple[Seen, str]]:
    """What is asked of in one world, and what holds in that world alone; nothing where there is one only."""
    shared = assumed(seen)
    for estate in seen.worlds:
        own = [each for each in estate.assumptions if each not in shared]
        yield replace(seen, worlds=(estate,)), ", ".join(own) if len(seen.worlds) > 1 else ""


def assumed(seen: Seen) -> list[str]:
    """What is assumed in every world."""
    shared = set.intersection(*(set(estate.assumptions) for estate in seen.worlds))
    return [each for each in seen.worlds[0].assumptions if each in shared]


def pairs(old: Seen, new: Seen) -> Iterator[tuple[Seen, Seen, str]]:
    """Worlds to compare: those in which the same is assumed; of a world without such a fellow, all of the
    others."""
    for after, when in each_world(new):
        befores = list(each_world(old))
        same = [
            one for one, _ in befores if set(one.worlds[0].assumptions) == set(after.worlds[0].assumptions)
        ]
        for before in same or [one for one, _ in befores]:
            yield before, after, when
