"""The long trial: random networks in the kernel beside Ringwork's walker and prover.

`python -m tests.lab.trial --networks 300 --probes 20000` exits with 1 if they disagree about any packet, or
if Ringwork leaves too many open (what may be anything never disagrees); with 2 if no network can be raised
here. `--only N` raises one network of a seed again and shows it.
"""

# ruff: noqa: T201 (it is a command)
from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

from .compare import disagreements, walked
from .kernel import CANNOT, build
from .knocking import knocks
from .namespaces import raised, unavailable
from .networks import Drawn, network
from .probes import Probe, Seen, send
from .proving import contradictions

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "lab.txt"

OPEN = 0.005
"""share of packets of which Ringwork may say that more than one thing may happen: addresses that nobody has
yet, and Transit Gateways that choose a zone"""


def one(
    seed: int, number: int, count: int, tally: Counter[str]
) -> tuple[Drawn, list[tuple[Probe, Seen]], list[str]]:
    """One network of a seed: raised, probed, compared."""
    draws = random.Random(f"{seed}/{number}")  # noqa: S311 (no secret)
    drawn = network(draws)
    probes = knocks(draws, drawn, count)
    begun = time.monotonic()
    standing = build(drawn.estate)
    with raised(standing.wiring):
        tally["ms to raise"] += round(1000 * (time.monotonic() - begun))
        tally["namespaces"] += len(standing.wiring.namespaces)
        seen = send(standing, probes)
        said = walked(drawn.estate, probes)
        walker = [str(one) for one in disagreements(standing, probes, seen, said)]
        prover = [str(one) for one in contradictions(standing, drawn.estate, probes, seen)]
    tally["walker"] += len(walker)
    tally["prover"] += len(prover)
    for word in said:
        tally["undecided"] += not word.decided
    for what in seen:
        tally["arrived"] += what.arrived is not None
        tally["answered"] += what.answered
    tally["probes"] += len(probes)
    tally["networks"] += 1
    return drawn, list(zip(probes, seen, strict=True)), walker + prover


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.trial", description=__doc__)
    parser.add_argument("--networks", type=int, default=300)
    parser.add_argument("--probes", type=int, default=20000, help="in all networks together")
    parser.add_argument("--seed", type=int, help="default: a fresh one")
    parser.add_argument("--seconds", type=float, help="stop after that")
    parser.add_argument("--only", type=int, help="number of the one network to raise, and to show")
    parser.add_argument("--record", action="store_true", help=f"write {RESULTS.name}")
    given = parser.parse_args(arguments)
    why = unavailable()
    if why is not None:
        print(f"no lab here: {why}", file=sys.stderr)
        return 2
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 32)
    count = -(-given.probes // given.networks)
    print(f"seed {seed}: {given.networks} networks, {count} packets each", flush=True)
    tally: Counter[str] = Counter()
    begun, wrong = time.monotonic(), 0
    for number in range(given.networks) if given.only is None else (given.only,):
        drawn, seen, found = one(seed, number, count, tally)
        if given.only is not None:
            _show(drawn, seen)
        for disagreement in found:
            wrong += 1
            print(f"seed {seed} network {number}: {disagreement}", flush=True)
        spent = time.monotonic() - begun
        if (number + 1) % 25 == 0:
            print(f"{number + 1} networks, {tally['probes']} packets, {spent:.0f} s", flush=True)
        if given.seconds and spent > given.seconds:
            break
    result = _result(seed, tally, wrong, time.monotonic() - begun)
    print(result)
    if given.record:
        cannot = "".join(f"- {what}: {why}\n" for what, why in CANNOT.items())
        RESULTS.write_text(f"{result}\nWhat the lab's kernel cannot express:\n{cannot}")
    return 1 if wrong or tally["undecided"] > OPEN * tally["probes"] else 0


def _result(seed: int, tally: Counter[str], wrong: int, seconds: float) -> str:
    return (
        f"seed {seed}: {tally['networks']} networks, {tally['probes']} packets: {tally['arrived']} arrived, "
        f"{tally['answered']} were answered; {wrong} disagreements "
        f"({tally['walker']} of the walker, {tally['prover']} of the prover, whose arrivals are compared); "
        f"of {tally['undecided']} Ringwork says that more than one thing may happen\n"
        f"{seconds:.0f} s; a network of {tally['namespaces'] / max(1, tally['networks']):.0f} namespaces "
        f"is raised in {tally['ms to raise'] / max(1, tally['networks']):.0f} ms"
    )


def _show(drawn: Drawn, seen: list[tuple[Probe, Seen]]) -> None:
    for resource in drawn.estate.resources:
        properties = {name: drawn.estate.literal(v) or v for name, v in resource.properties.items()}
        print(resource.physical, properties, dict(resource.attributes))
    for probe, what in seen:
        print(probe, what)


if __name__ == "__main__":
    sys.exit(main())
