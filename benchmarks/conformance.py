"""Runs AWS cases of the compact form: estate, reading, walk, and each thing that a case expects.

    python benchmarks/conformance.py [FILE] [--json] [--prover]

FILE is $RINGWORK_SHARED/corpora/network/conformance.json if none is named. One line for each case: `ok`,
`WRONG expected ... got ...` or `skipped: REASON`. The walker answers; with `--prover` the prover does, which
is asked of pairs alone (`reach`). Exit 1 if an answer is wrong, 2 if the file cannot be used.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from ringwork.source import InputError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.network.conformance.cases import PUBLISHED, SHARED, read_cases
from tests.network.conformance.proved import check_proved
from tests.network.conformance.questions import Verdict, check


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="run AWS network cases")
    parser.add_argument(
        "file", nargs="?", type=Path, help="cases; else the published ones of RINGWORK_SHARED"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--prover", action="store_true", help="ask the prover whether a packet can flow")
    given = parser.parse_args(arguments)
    if given.file is None and not SHARED:
        print("no file named, and RINGWORK_SHARED is not set", file=sys.stderr)
        print("  help: make conformance FILE=cases.json", file=sys.stderr)
        return 2
    try:
        cases = read_cases(given.file or PUBLISHED)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    ask = check_proved if given.prover else check
    verdicts = [ask(case, cases) for case in cases.cases]
    counts = Counter(verdict.status for verdict in verdicts)
    if given.json:
        print(json.dumps(_record(verdicts, counts), indent=1))
    else:
        for verdict in verdicts:
            print(verdict)
        print(
            f"{len(verdicts)} cases: {counts['ok']} ok, {counts['WRONG']} wrong, {counts['skipped']} skipped"
        )
    return 1 if counts["WRONG"] else 0


def _record(verdicts: list[Verdict], counts: Counter[str]) -> dict[str, object]:
    return {
        "cases": len(verdicts),
        "ok": counts["ok"],
        "wrong": counts["WRONG"],
        "skipped": counts["skipped"],
        "verdicts": [{"id": v.case, "status": v.status.lower(), "detail": v.detail} for v in verdicts],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
