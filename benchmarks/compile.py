"""How long the examples take to compile and to check, in a fresh process each.

    python benchmarks/compile.py

Prints stacks, resources, bytes of the largest template, and seconds of wall time. Goals for `bank`: compile
under 1 s, check (schemas, references, addresses, quotas) under 0.5 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

EXAMPLES = Path(__file__).parents[1] / "examples"


def measure(name: str) -> None:
    from ringwork.architecture import compile_blueprint  # noqa: PLC0415 (importing is not what we time)
    from ringwork.architecture.check import check  # noqa: PLC0415
    from ringwork.blueprint import allocate, load  # noqa: PLC0415

    start = perf_counter()
    blueprint = load(EXAMPLES / f"{name}.yaml")
    addresses = allocate(blueprint, None)
    loaded = perf_counter()
    architecture = compile_blueprint(blueprint, addresses)
    compiled = perf_counter()
    problems = check(architecture.stacks)
    checked = perf_counter()
    resources = sum(len(stack.template["Resources"]) for stack in architecture.stacks)
    largest = max(len(json.dumps(stack.template)) for stack in architecture.stacks)
    print(
        f"{name:9} {len(architecture.stacks):4} stacks {resources:6} resources {largest:7} bytes at most; "
        f"load {loaded - start:.3f} s, compile {compiled - loaded:.3f} s, check {checked - compiled:.3f} s, "
        f"{len(problems)} problems"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        for each in sorted(path.stem for path in EXAMPLES.glob("*.yaml")):
            subprocess.run([sys.executable, __file__, each], check=True)
