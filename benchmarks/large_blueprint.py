"""A bank of any size: the shapes of `examples/bank.yaml`, repeated over more teams and stages.

    python benchmarks/large_blueprint.py [TEAMS [STAGES]] > large.json

`large(40, 3)` is what timings and diagrams are held to. The first teams keep their names, later ones are
numbered (`fraud`, ..., `fraud-2`, ...); each copy's flows and intents stay within the copy.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ringwork.source import load

BANK = Path(__file__).parents[1] / "examples" / "bank.yaml"
STAGES = ("dev", "test", "stage", "load", "audit", "drill", "pilot", "prod")
_REFERENCES = ("reads", "writes", "produces", "serves")


def large(teams: int = 40, stages: int = 3) -> dict[str, Any]:
    """A valid blueprint, as a mapping, with `teams` (1 to 100) teams in `stages` (1 to 8) stages."""
    bank = load(BANK).value
    names = list(bank["teams"])
    # the first stage is development, which notebooks ask for; the last is production
    stage_names = [*STAGES[: stages - 1], STAGES[-1]] if stages > 1 else [STAGES[0]]
    made: dict[str, Any] = {}
    flows: list[dict[str, Any]] = []
    intents: list[dict[str, Any]] = []
    for number in range(-(-teams // len(names))):
        renamed = {
            name: name if number == 0 else f"{name}-{number + 1}"
            for name in names[: teams - number * len(names)]
        }
        for name, new in renamed.items():
            made[new] = _team(bank["teams"][name], renamed, stage_names)
        flows += _within(bank.get("flows", ()), renamed, first=number == 0)
        intents += _within(bank.get("intents", ()), renamed, first=number == 0)
    accounts = {"layout": "per-team-and-stage", "stages": stage_names}
    network = {**bank.get("network", {}), "cidr": "10.0.0.0/8"}
    network.pop("existing", None)
    return {
        **bank,
        "accounts": accounts,
        "network": network,
        "teams": made,
        "flows": flows,
        "intents": intents,
    }


def _team(team: dict[str, Any], renamed: dict[str, str], stages: list[str]) -> dict[str, Any]:
    """A copy: references follow the new names, and workloads keep to stages that exist."""
    workloads = {}
    for name, given in team.get("workloads", {}).items():
        workload = {
            **given,
            **{field: [_side(r, renamed) for r in given[field]] for field in _REFERENCES if field in given},
        }
        if "stages" in workload:
            workload["stages"] = [stage for stage in workload["stages"] if stage in stages] or stages[:1]
        workloads[name] = workload
    copy = {**team, "workloads": workloads}
    copy.pop("cidr", None)
    return copy


def _within(rows: Any, renamed: dict[str, str], *, first: bool) -> list[dict[str, Any]]:
    """The rows whose sides are all of these teams, renamed; rows that name no team come once."""
    found = []
    for row in rows:
        sides = [_side(row[end], renamed) for end in ("from", "to")]
        if "" not in sides and (first or "/" in "".join(sides)):
            found.append({**row, "from": sides[0], "to": sides[1]})
    return found


def _side(side: str, renamed: dict[str, str]) -> str:
    """`data:fraud/cases` -> `data:fraud-2/cases`; empty where the copy has no such team."""
    kind, colon, rest = side.rpartition(":")
    team, slash, name = rest.partition("/")
    if not slash:
        return side
    return f"{kind}{colon}{renamed[team]}{slash}{name}" if team in renamed else ""


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:3]]
    json.dump(large(*numbers), sys.stdout, indent=1)
