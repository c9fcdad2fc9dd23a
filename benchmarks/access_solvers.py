"""One solver as a process of its own: reads questions as SMT-LIB, one JSON object a line, and answers each.

    .venv-solvers/bin/python benchmarks/access_solvers.py z3|cvc5 MILLISECONDS

Each line in: {"script": "..."}; each line out: {"status": "sat|unsat|unknown", "seconds": CPU time}. Runs
with the solvers' own packages alone, and imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time


def z3_answer(script: str, limit: int) -> str:
    import z3  # noqa: PLC0415

    solver = z3.Solver()
    solver.set("timeout", limit)
    solver.from_string(script)
    return str(solver.check())


def cvc5_answer(script: str, limit: int) -> str:
    import cvc5  # noqa: PLC0415

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("tlimit-per", str(limit))
    parser = cvc5.InputParser(solver)
    whole = f"(set-logic ALL)\n(set-option :strings-exp true)\n{script}"
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, whole, "question")
    symbols = parser.getSymbolManager()
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        command.invoke(solver, symbols)
    found = solver.checkSat()
    return "sat" if found.isSat() else "unsat" if found.isUnsat() else "unknown"


def main(arguments: list[str]) -> int:
    answer = {"z3": z3_answer, "cvc5": cvc5_answer}[arguments[0]]
    limit = int(arguments[1])
    for line in sys.stdin:
        script = json.loads(line)["script"]
        started = time.process_time()
        try:
            status = answer(script, limit)
        except Exception as error:  # noqa: BLE001 (a solver's own failure is its answer)
            status = f"failed: {error}"[:200]
        print(json.dumps({"status": status, "seconds": time.process_time() - started}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
