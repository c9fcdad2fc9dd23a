"""Compares recorded networks (describe-JSON of AWS, as Batfish keeps them) with their known answers.

    python benchmarks/snapshots.py [DIR] [--json]

DIR holds `expectations.json` and the folders that it names; else it is
$RINGWORK_SHARED/corpora/network/batfish. One line for each thing compared, then a summary. Exit 1 if an
answer is wrong, 2 if the folder cannot be used.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from ringwork.source import InputError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.network.conformance.cases import PUBLISHED, SHARED
from tests.network.conformance.recordings import read_expectations
from tests.network.conformance.snapshots import compare
from tests.network.conformance.units import units


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="compare recorded networks with their known answers")
    parser.add_argument("folder", nargs="?", type=Path, help="with expectations.json in it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    if given.folder is None and not SHARED:
        print("no folder named, and RINGWORK_SHARED is not set", file=sys.stderr)
        print("  help: make snapshots DIR=folder", file=sys.stderr)
        return 2
    folder = given.folder or PUBLISHED.parent / "batfish"
    try:
        expected = read_expectations(folder)
        lines = [line for each in expected["snapshots"] for line in compare(folder, each)]
        lines += units(folder, expected.get("unit", ()))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    counts = Counter(line.status for line in lines)
    summary = ", ".join(f"{counts[status]} {status}" for status in sorted(counts))
    if given.json:
        rows = [{"what": each.what, "status": each.status, "detail": each.detail} for each in lines]
        print(json.dumps({"summary": dict(counts), "lines": rows}, indent=1))
    else:
        for line in lines:
            print(line)
        print(f"{len(lines)} compared: {summary}")
    return 1 if counts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
