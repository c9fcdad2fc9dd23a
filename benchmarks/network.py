"""Time and memory of the network proof on generated networks of 1,000, 10,000 and 100,000 interfaces.

    python benchmarks/network.py [--interfaces N ...] [--seed 1] [--repeat 3] [--sample 60] [--json] [--keep]

For each size, three times, each in a process of its own: the JSON files of `network_generator` to a `Model`
(load), address and traffic atoms, classes and tables (tables), all pairs with the reply check (pairs); CPU
seconds of one core, of each step the least, as others who use the machine only add to it; peak memory, and
what there was to count. `loop` is a fixed loop of Python's, timed between the steps: it takes 0.117 s where
the machine is quiet, and more where others use its caches and clock, which lengthens the other figures
likewise.

Then some pairs of interfaces are asked of the walker, packet by packet, which knows nothing of classes and
tables. Exit 1 if the tables count other pairs among these than the walker. `--keep` writes the result and its
picture to `benchmarks/results/network.json` and `docs/network-speed.svg`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from network_generator import answers, write
from network_picture import picture
from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.engine import collector_paused
from ringwork.estate.live import link
from ringwork.network.addresses import Address
from ringwork.network.model import Interface, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet
from ringwork.network.reach.atoms import Piece
from ringwork.network.reach.pairs import Pairs, some
from ringwork.network.reach.prover import Prover
from ringwork.network.reading import read
from ringwork.network.walk import Known, Outcome, Start, Walk, exchange

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "network.json"
PICTURE = ROOT / "docs" / "network-speed.svg"
SIZES = (1_000, 10_000, 100_000)
IN_VPC = 100
"""interfaces of each VPC"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="time the network proof on generated networks")
    parser.add_argument("--interfaces", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each size")
    parser.add_argument("--sample", type=int, default=60, help="pairs of interfaces that the walker is asked")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--keep", action="store_true", help="write the result and its picture")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.folder:
        print(json.dumps(_measured(given.folder, given.seed, given.sample)))
        return 0
    runs = []
    for size in given.interfaces:
        run = _run(size, given.seed, given.sample, given.repeat)
        runs.append(run)
        if not given.json:
            print(_line(run), flush=True)
    record: dict[str, Any] = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "seed": given.seed,
        "repeat": given.repeat,
    }
    record |= {"load_average": [round(one, 1) for one in os.getloadavg()], "runs": runs}
    if given.json:
        print(json.dumps(record, indent=1))
    if given.keep:
        RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        PICTURE.write_text(picture(runs), encoding="utf-8")
    return 1 if any(run["sample"]["differences"] for run in runs) else 0


def _run(size: int, seed: int, sample: int, repeat: int) -> dict[str, Any]:
    """One size, each time in a process of its own, so that its peak of memory is its own. The sample is asked
    of the walker once."""
    with tempfile.TemporaryDirectory() as folder:
        megabytes = write(Path(folder), answers(max(1, size // IN_VPC), min(size, IN_VPC), seed)) / 1e6
        runs: list[dict[str, Any]] = []
        for asked in (sample, *[0] * (repeat - 1)):
            command = [sys.executable, __file__, "--folder", folder]
            command += ["--seed", str(seed), "--sample", str(asked)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout))
    least = {step: min(run["seconds"][step] for run in runs) for step in runs[0]["seconds"]}
    loop = min(run["loop"] for run in runs)
    return {"megabytes": round(megabytes, 1), **runs[0], "seconds": least, "loop": loop}


def _line(run: dict[str, Any]) -> str:
    seconds, sample = run["seconds"], run["sample"]
    return (
        f"{run['interfaces']:>7} interfaces, {run['megabytes']:>5} MB: load {seconds['load']:.2f} s, "
        f"tables {seconds['tables']:.2f} s, pairs {seconds['pairs']:.2f} s (loop {run['loop']:.3f} s), "
        f"{run['peak_megabytes']} MB; {run['classes']} classes, {run['reachable']} pairs of faces reachable, "
        f"{run['answered']} answered, {run['special']} special; of {sample['pairs']} sampled "
        f"{sample['reachable']} reachable, the walker says {sample['walked']}, "
        f"{len(sample['differences'])} differ"
    )


# --- one size


def _loop() -> float:
    begin, total = time.process_time(), 0
    for number in range(3_000_000):
        total += number & 3
    return time.process_time() - begin


def _measured(folder: Path, seed: int, sample: int) -> dict[str, Any]:
    loops = [_loop()]
    begin = time.process_time()
    with collector_paused():
        collected = from_snapshot(folder)
        model = read(link(collected.resources, gaps=collected.gaps, handed_over=True))
    load = time.process_time() - begin
    del collected
    loops.append(_loop())
    with collector_paused():
        begin = time.process_time()
        prover = Prover(model)
        pairs = Pairs(model, prover.addresses, prover.traffic, prover.faces)
        tables = time.process_time() - begin
        loops.append(_loop())
        counts: Counter[str] = Counter()
        begin = time.process_time()
        for block in pairs.blocks(reply=True):
            counts["reachable"] += int(np.count_nonzero(some(block.bits)))
            counts["answered"] += int(np.count_nonzero(block.reply))
            counts["special"] += int(np.count_nonzero(block.special))
        joined = time.process_time() - begin
    loops.append(_loop())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    chance = random.Random(seed)  # noqa: S311 (a sample, no secret)
    return {
        "interfaces": len(model.interfaces),
        "vpcs": len(model.vpcs),
        "groups": len(model.groups),
        "attachments": len(model.attachments),
        "classes": len(prover.faces.classes),
        "faces": len(prover.faces.faces),
        "address_atoms": prover.addresses.count,
        "traffic_atoms": len(prover.traffic.pieces),
        **{name: counts[name] for name in ("reachable", "answered", "special")},
        "seconds": {"load": round(load, 2), "tables": round(tables, 2), "pairs": round(joined, 2)},
        "loop": round(sum(loops) / len(loops), 3),
        "peak_megabytes": round(peak),
        "sample": _compared(model, prover, pairs, chance, sample),
    }


# --- the slow count


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two interfaces by one address each, and what the tables say: atoms that flow, and whether some answer
    comes back."""

    source: Interface
    own: Address
    destination: Interface
    address: Address
    flows: frozenset[int]
    answered: bool

    def __str__(self) -> str:
        return f"{self.source.key} {self.own} -> {self.destination.key} {self.address}"


def _compared(
    model: Model, prover: Prover, pairs: Pairs, chance: random.Random, count: int
) -> dict[str, Any]:
    """What tables and walker say of the sampled pairs, each for itself."""
    chosen = list(_told(prover, pairs, list(_chosen(model, chance, count))))
    known, differences, walked = Known(model), [], 0
    for pair in chosen:
        flows, answered = _walked(known, prover, pair)
        walked += bool(flows)
        if (flows, answered) != (pair.flows, pair.answered):
            differences.append(str(pair))
    reachable = sum(bool(pair.flows) for pair in chosen)
    return {"pairs": len(chosen), "reachable": reachable, "walked": walked, "differences": differences}


def _chosen(model: Model, chance: random.Random, count: int) -> Iterator[tuple[Interface, Interface]]:
    """Half within a VPC, where most is reachable; a third in VPCs that are joined; the rest anywhere."""
    in_vpc: dict[str, list[Interface]] = {}
    for interface in model.interfaces.values():
        in_vpc.setdefault(model.subnets[interface.subnet].vpc, []).append(interface)
    joined: dict[str, list[str]] = {}
    attached = [one.to for one in model.attachments.values()]
    for vpc in attached:
        joined[vpc] = attached
    for peering in model.peerings.values():
        for one, other in (peering.vpcs, peering.vpcs[::-1]):
            joined.setdefault(one, []).append(other)
    vpcs = sorted(in_vpc)
    while count > 0:
        vpc = chance.choice(vpcs)
        other = vpc if count % 2 else chance.choice(joined.get(vpc, vpcs) if count % 3 else vpcs)
        source, destination = chance.choice(in_vpc[vpc]), chance.choice(in_vpc[other])
        if source.key != destination.key:
            yield source, destination
            count -= 1


def _told(prover: Prover, pairs: Pairs, chosen: list[tuple[Interface, Interface]]) -> Iterator[_Pair]:
    """What the tables say of each two addresses of one version."""
    wanted: dict[tuple[int, int], list[tuple[Interface, Address, Interface, Address]]] = {}
    for source, destination in chosen:
        for own in source.addresses:
            for address in destination.addresses:
                if own.version == address.version:
                    key = (_face(prover, source, own), _face(prover, destination, address))
                    wanted.setdefault(key, []).append((source, own, destination, address))
    found: dict[tuple[int, int], tuple[frozenset[int], bool]] = {}
    for block in pairs.blocks(reply=True):
        rows = {int(face): row for row, face in enumerate(block.sources)}
        columns = {int(face): column for column, face in enumerate(block.destinations)}
        for source_face, face in wanted:
            if source_face in rows and face in columns:
                row, column = rows[source_face], columns[face]
                flows = frozenset(prover.traffic.indexes(block.bits[row, column]))
                answer = block.reply is not None and bool(block.reply[row, column])
                found[source_face, face] = (flows, answer)
    for key, items in wanted.items():
        for item in items:
            yield _Pair(*item, *found.get(key, (frozenset(), False)))


def _face(prover: Prover, interface: Interface, address: Address) -> int:
    atom = prover.addresses.of(address)
    members = prover.faces.classes[prover.faces.of_interface[interface.key]].faces
    return next(number for number in members if prover.faces.faces[number].atom == atom)


def _walked(known: Known, prover: Prover, pair: _Pair) -> tuple[frozenset[int], bool]:
    """The atoms of which a packet arrives, and whether an answer to one of them does.

    A sender chooses its port, and no rule sees it before the answer is sent: of each protocol one packet that
    arrives is sent again from every port that some rule tells from others.
    """
    start = Start(interface=pair.source.key)
    ports = [piece.low for piece in prover.traffic.pieces if piece.protocol in (TCP, UDP)]
    flows, answered, tried = set(), False, set()
    for index, piece in enumerate(prover.traffic.pieces):
        again = [port for port in ports if port is not None] if piece.protocol not in tried else []
        for port in (50_000, *again):
            if port != 50_000 and (answered or index not in flows or piece.protocol not in (TCP, UDP)):
                break
            found = exchange(known, _packet(piece, pair.own, pair.address, port), start)
            if any(_arrives(w, pair.destination) for w in found.forward):
                flows.add(index)
                answered |= any(_arrives(w, pair.source) for w in found.back)
        if index in flows:
            tried.add(piece.protocol)
    return frozenset(flows), answered


def _arrives(walk: Walk, at: Interface) -> bool:
    """At the interface: of an endpoint's the walk says that it leads to the service."""
    there = walk.hops[-1].component if at.kind == "endpoint" and walk.hops else walk.arrived
    return walk.outcome is not Outcome.DROPPED and there == at.key


def _packet(piece: Piece, source: Address, destination: Address, port: int) -> Packet:
    """One packet of the atom. Protocol 99 stands for what no rule names; an echo request for ICMP, as nothing
    else is answered, unless rules name it."""
    if piece.protocol in (TCP, UDP):
        return Packet(source, destination, piece.protocol, port, piece.low)
    if piece.protocol in (ICMP, ICMPV6):
        kind = (8 if piece.protocol == ICMP else 128) if piece.low is None else piece.low
        code = 0 if piece.high is None else piece.high
        return Packet(source, destination, piece.protocol, icmp_type=kind, icmp_code=code)
    return Packet(source, destination, 99 if piece.protocol is None else piece.protocol)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
