"""How long the examples take to compile and to check, in a fresh process each time.

    python benchmarks/compile.py [EXAMPLE ... | TEAMSxSTAGES ...]

Prints stacks, resources, bytes of the largest template, and of five runs the least, median and greatest wall
time in seconds: `import` of what the work needs, `load` of the blueprint, `compile`, and `check` (schemas,
references, addresses, quotas), which reads the schema table and compiles its validators anew each time; and
the greatest memory of a run, with its child processes. `40x3` is a bank of 40 teams with three stages
(large_blueprint.py). Goals: load, compile and check of `40x3` within 5 s and 1 GB, on two cores that nothing
else uses.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from large_blueprint import large

EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = 5
STEPS = ("import", "load", "compile", "check")


def measure(name: str) -> dict[str, Any]:
    """One cold run: seconds of each step, and what came out."""
    start = perf_counter()
    from ringwork.architecture import compile_blueprint  # noqa: PLC0415 (importing is timed)
    from ringwork.architecture.check import check  # noqa: PLC0415
    from ringwork.blueprint import allocate, load, loads  # noqa: PLC0415
    from ringwork.engine import collector_paused  # noqa: PLC0415

    imported = perf_counter()
    teams, _, stages = name.partition("x")
    if teams.isdigit():
        blueprint = loads(json.dumps(large(int(teams), int(stages))), f"{name}.json")
    else:
        blueprint = load(EXAMPLES / f"{name}.yaml")
    addresses = allocate(blueprint, None)
    loaded = perf_counter()
    with collector_paused():
        architecture = compile_blueprint(blueprint, addresses)
        compiled = perf_counter()
        problems = check(architecture.stacks)
        checked = perf_counter()
    return {
        "import": imported - start,
        "load": loaded - imported,
        "compile": compiled - loaded,
        "check": checked - compiled,
        "stacks": len(architecture.stacks),
        "resources": sum(len(stack.template["Resources"]) for stack in architecture.stacks),
        "bytes": max(len(json.dumps(stack.template)) for stack in architecture.stacks),
        "problems": len(problems),
        "megabytes": sum(
            resource.getrusage(who).ru_maxrss / 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ),
    }


def show(name: str) -> None:
    command = [sys.executable, __file__, "--once", name]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(RUNS)
    ]
    last = runs[-1]
    print(
        f"{name}: {last['stacks']} stacks, {last['resources']:,} resources, "
        f"{last['bytes']:,} bytes at most, {last['problems']} problems"
    )
    for step in STEPS:
        times = [run[step] for run in runs]
        print(f"  {step:8} min {min(times):.3f}  median {median(times):.3f}  max {max(times):.3f} s")
    whole = [run["load"] + run["compile"] + run["check"] for run in runs]
    print(f"  together min {min(whole):.3f}  median {median(whole):.3f}  max {max(whole):.3f} s")
    print(f"  memory   max {max(run['megabytes'] for run in runs):.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(measure(sys.argv[2])))
    else:
        for each in sys.argv[1:] or sorted(path.stem for path in EXAMPLES.glob("*.yaml")):
            show(each)
