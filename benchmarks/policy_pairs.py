"""Pairs of policies with a known relation: what `ringwork access compare` says of each.

    python benchmarks/policy_pairs.py DIR [--show]

DIR holds `labels.json`: a list (or an object with a list) of `{id, old, new, relation}`, where `old` and
`new` are policy files in DIR, or policies, and `relation` is that of the new one to the old one: `equal`,
`wider`, `narrower` or `incomparable`. One line for each pair that differs (with --show for each); exit code 1
if one does.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ringwork.access import Policy, PolicyError, parse
from ringwork.access.questions.compare import compare, kind_of
from ringwork.access.symbolic import load


def labels(folder: Path) -> list[dict[str, Any]]:
    """The pairs of a folder."""
    found = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    if isinstance(found, list):
        return found
    lists = [value for value in found.values() if isinstance(value, list)]
    return lists[0] if lists else [{"id": name, **each} for name, each in found.items()]


def document(folder: Path, given: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(given, Mapping):
        return given
    found: Mapping[str, Any] = json.loads((folder / given).read_text(encoding="utf-8"))
    return found


def pair(folder: Path, label: Mapping[str, Any]) -> tuple[Policy, Policy]:
    """Both policies, read as one kind. Raises PolicyError."""
    old, new = document(folder, label["old"]), document(folder, label["new"])
    kinds = {kind_of(old), kind_of(new)}
    kind = "identity" if kinds == {"identity"} else "trust" if kinds == {"trust"} else "resource"
    return parse(old, kind=kind, name="old"), parse(new, kind=kind, name="new")


def main(arguments: list[str]) -> int:
    show = "--show" in arguments
    named = [argument for argument in arguments if not argument.startswith("-")]
    if len(named) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(named[0])
    load()
    counts: Counter[str] = Counter()
    spent = 0.0
    for label in labels(folder):
        try:
            old, new = pair(folder, label)
        except (PolicyError, OSError, ValueError) as error:
            counts["not read"] += 1
            print(f"{label['id']}: not read: {error}")
            continue
        started = time.process_time()
        found = compare(old, new)
        spent += time.process_time() - started
        right = found.relation == label["relation"]
        counts["ok" if right else "WRONG" if found.relation != "unknown" else "unknown"] += 1
        if show or not right:
            requests = [
                f"{each.witness.principal.arn} {each.witness.action} {each.witness.resource} "
                f"{dict(each.witness.context)}"
                if each.witness
                else each.status
                for each in (found.gained, found.lost)
            ]
            print(f"{label['id']}: expected {label['relation']}, found {found.relation}")
            print(f"    only the new one allows: {requests[0]}")
            print(f"    only the old one allows: {requests[1]}")
    print(f"{dict(counts)}, {spent:.1f} s of CPU")
    return 0 if set(counts) <= {"ok"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
