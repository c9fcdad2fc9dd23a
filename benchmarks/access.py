"""How long the access engine takes for questions over AWS's own policies, with z3 and cvc5 beside it.

    python benchmarks/access.py [--solvers z3,cvc5] [--only existence,containment,layers] [--record]

Needs RINGWORK_SHARED. The solvers run in `.venv-solvers` (`make solvers`), each a process of its own, on the
same questions as SMT-LIB text: with the actions parted into the same classes, and 3 s for each question.
Times are CPU time of the answer alone: policies are parsed and the catalogue is loaded before. Every witness
of ours is asked of the evaluator again; every answer that differs between two solvers is listed, and then the
exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import access_queries as queries
import access_smt
from ringwork.access import catalogue, evaluate
from ringwork.access.symbolic import Answer, ask, load

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 3000
SAME = {"proved": "unsat", "violated": "sat", "unknown": "unknown"}


class Solver:
    """A peer in a process of its own."""

    def __init__(self, name: str) -> None:
        python = ROOT / ".venv-solvers/bin/python"
        if not python.exists():
            raise SystemExit("the solvers are not installed: run `make solvers`")
        self.name = name
        self.process = self._start(python)

    def _start(self, python: Path) -> subprocess.Popen[str]:
        command = [str(python), str(ROOT / "benchmarks/access_solvers.py"), self.name, str(LIMIT_MS)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self, scripts: Iterable[str]) -> tuple[str, float]:
        """The answer over all classes, and the CPU seconds."""
        spent, unknown = 0.0, False
        for script in scripts:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(json.dumps({"script": script}) + "\n")
            self.process.stdin.flush()
            found = json.loads(self.process.stdout.readline())
            spent += found["seconds"]
            if found["status"] == "sat":
                return "sat", spent
            unknown = unknown or found["status"] != "unsat"
            if spent > LIMIT_MS / 1000:
                return "unknown", spent
        return ("unknown" if unknown else "unsat"), spent


def replayed(asked: queries.Asked, answer: Answer) -> bool:
    """Whether the evaluator agrees that the witness is what was looked for."""
    if answer.status != "violated":
        return True
    question = asked.question
    assert answer.witness is not None
    if not evaluate(answer.witness, question.allowed).allowed:
        return False
    return question.refused is None or not evaluate(answer.witness, question.refused).allowed


def measure(name: str, asked: list[queries.Asked], solvers: list[Solver]) -> dict[str, Any]:
    times: dict[str, list[float]] = {"ringwork": []}
    statuses: dict[str, Counter[str]] = {"ringwork": Counter()}
    differing: list[str] = []
    unsaid: list[str] = []
    not_replayed = 0
    for each in asked:
        # the other solvers are told of no catalogue: for all the same questions
        question = replace(each.question, open_world=True) if solvers else each.question
        started = time.process_time()
        answer = ask(question)
        times["ringwork"].append(time.process_time() - started)
        statuses["ringwork"][answer.status] += 1
        not_replayed += not replayed(each, answer)
        answers = {"ringwork": SAME[answer.status]}
        if solvers:
            try:
                scripts = list(access_smt.scripts(question))
            except access_smt.CannotSayError as error:
                unsaid.append(f"{each.name}: {error}")
                continue
            for solver in solvers:
                status, spent = solver.answer(scripts)
                times.setdefault(solver.name, []).append(spent)
                statuses.setdefault(solver.name, Counter())[status] += 1
                answers[solver.name] = status
        decided = {status for status in answers.values() if status != "unknown"}
        if len(decided) > 1:
            differing.append(f"{each.name}: {answers}")
    print(f"{name}: {len(asked)} questions")
    rows = {}
    for who, spent in times.items():
        rows[who] = row = {**quantiles(spent), "answers": dict(statuses[who])}
        print(
            f"  {who:9} median {row['median_ms']:8.3f}  p90 {row['p90_ms']:8.2f}  p99 {row['p99_ms']:8.2f}  "
            f"greatest {row['greatest_ms']:8.1f} ms  in all {row['seconds']:7.2f} s  {dict(statuses[who])}"
        )
    print(f"  witnesses that the evaluator refuses: {not_replayed}; answers that differ: {len(differing)}")
    for line in differing[:20]:
        print(f"    {line}")
    if unsaid:
        print(f"  not put to the others: {len(unsaid)}, with policy variables of unknown value")
    return {
        "questions": len(asked),
        "solvers": rows,
        "not_replayed": not_replayed,
        "differing": differing,
        "not_put_to_others": len(unsaid),
    }


def quantiles(spent: list[float]) -> dict[str, float]:
    ordered = sorted(spent)

    def at(part: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return {
        "median_ms": round(at(0.5), 4),
        "p90_ms": round(at(0.9), 3),
        "p99_ms": round(at(0.99), 3),
        "greatest_ms": round(1000 * ordered[-1], 2),
        "seconds": round(sum(ordered), 3),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="time the access engine")
    parser.add_argument("--solvers", default="", help="z3, cvc5, or both with a comma")
    parser.add_argument("--only", default="existence,containment,layers")
    parser.add_argument("--record", action="store_true", help="keep it in benchmarks/results/access.json")
    given = parser.parse_args()
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        print("RINGWORK_SHARED is not set: AWS's policies are not here", file=sys.stderr)
        return 2
    latest, history = queries.managed(Path(shared))
    started = time.process_time()
    load()
    print(f"catalogue {catalogue.version()} loaded in {time.process_time() - started:.2f} s")
    sets = {
        "existence": lambda: queries.existence(latest),
        "containment": lambda: queries.containment(history),
        "layers": lambda: queries.layers(latest, Path(shared)),
    }
    solvers = [Solver(name) for name in given.solvers.split(",") if name]
    found = {}
    for name in given.only.split(","):
        asked = list(sets[name]())
        found[name] = measure(name, asked, [] if name == "layers" else solvers)
        if solvers and name != "layers":
            found[f"{name}, requests as AWS's reference has them"] = measure(
                f"{name}, requests as AWS's reference has them", asked, []
            )
    if given.record:
        path = ROOT / "benchmarks/results/access.json"
        record = {"catalogue": catalogue.version(), "limit_ms": LIMIT_MS, "sets": found}
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    bad = any(each["differing"] or each["not_replayed"] for each in found.values())
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
