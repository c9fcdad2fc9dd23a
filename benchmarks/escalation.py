"""Escalation: the files of `iam-vulnerable`, each with its way, and how long a large estate takes.

    python benchmarks/escalation.py --shared ../shared [--blueprint examples/bank.yaml]

For each file: the way that it is named for, whether it was found, whether a way was found where none is, and
whether the policy that `mend` computes closes it, by the engine's proof. For the blueprint: every user and
role, the ways of each and how far they lead. Times are of one run, with the processor's time in brackets.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.access.escalation.iam_vulnerable import cases, common, tell

from ringwork.access.escalation.graph import Graph
from ringwork.access.escalation.loads import loads
from ringwork.access.escalation.mend import mend
from ringwork.access.escalation.powers import Sight
from ringwork.access.escalation.reach import reach
from ringwork.access.reading import read
from ringwork.access.symbolic import load
from ringwork.workflows.reachability import from_path


class Clock:
    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        return f"{time.perf_counter() - self.wall:.1f} s ({time.process_time() - self.cpu:.1f} s)"


def corpus(shared: Path) -> None:
    trust = common(shared)
    clock = Clock()
    wrong = 0
    for case in cases(shared):
        told = tell(case, trust)
        wanted = case.expected
        right = wanted in told.paths if wanted else not told.paths
        closed = all(
            mend(told.authority, told.graph.sight, one.source).left == ()
            for one in told.reaches
            if one.chains
        )
        wrong += not (right and closed)
        end = "everything" if any(one.administrates for one in told.reaches) else "the role"
        said = f"{wanted}, to {end}, {'closed' if closed else 'NOT CLOSED'}" if wanted else "no way"
        print(f"{'ok ' if right else 'BAD'} {case.file:58} {said}")
    print(f"{wrong} wrong; all in {clock}")


def estate(path: Path) -> None:
    load()
    clock = Clock()
    (seen,) = from_path(path).worlds
    print(f"{path}: designed in {clock}")
    clock = Clock()
    authority = read(seen)
    accounts = {one.account for one in authority.identities.values()}
    print(f"read in {clock}: {len(authority.identities)} users and roles, {len(accounts)} accounts")
    clock = Clock()
    graph = Graph(authority, Sight(loads=loads(seen)))
    reaches = [reach(graph, node.id) for node in graph.sources()]
    entries = graph.entries()
    print(f"asked in {clock}: {len(reaches)} sources, {graph.powers.asked} questions of the engine")
    edges = [edge for node in graph.sources() for edge in graph.out(node.id)]
    unconfirmed = sum(not step.allowed for edge in edges for step in edge.steps)
    for (status, way), count in sorted(Counter((edge.status, edge.path) for edge in edges).items()):
        print(f"  {status:8} {way:28} {count}")
    print(
        f"{sum(bool(one.chains) for one in reaches)} get to others, "
        f"{sum(bool(one.administrates) for one in reaches)} to everything in an account, "
        f"{sum(bool(one.unknown) for one in reaches)} with ways that are not decided; "
        f"{len(entries)} ways in from outside; {unconfirmed} requests that the evaluator does not allow"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--blueprint", type=Path)
    given = parser.parse_args()
    if given.shared:
        corpus(given.shared)
    if given.blueprint:
        estate(given.blueprint)


if __name__ == "__main__":
    main()
