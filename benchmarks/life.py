"""The whole life of a blueprint in the local cloud: deploy, collect back equal, plan empty, update, destroy.

    python benchmarks/life.py [BLUEPRINT ...] [--random 20] [--seed 1]

Each BLUEPRINT (none, and no --random: the three examples) gets an empty local cloud. `collect` compares what
is read back with the templates, property by property; `update` adds a processing workload to the first team,
deploys and compares again; `destroy` removes all stacks, and then nothing of them may be left but what is
declared to be retained. `--random` makes valid blueprints by Hypothesis (tests/architecture/blueprints.py);
the seed makes them repeatable. Prints a line each with resources and seconds; exits with 1 if one does not
hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
import traceback
from copy import deepcopy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from tests.architecture.blueprints import blueprints  # noqa: E402
from tests.workflows.rings import assert_collected, assert_round_trip  # noqa: E402

from ringwork.cloud import deploy as deployer  # noqa: E402
from ringwork.source import parse_yaml  # noqa: E402
from ringwork.workflows import deployment  # noqa: E402
from ringwork.workflows.target import workplace  # noqa: E402

EXAMPLES = ("startup", "hospital", "bank")


def live(content: dict[str, Any], folder: Path) -> str:
    """One life; raises AssertionError or OperationError where it does not hold."""
    path = folder / "blueprint.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    said = []
    start = time.perf_counter()

    def lap(what: str) -> None:
        nonlocal start
        now = time.perf_counter()
        said.append(f"{what} {now - start:.0f} s")
        start = now

    with workplace(path, "local") as place:
        count = deployment.resource_count(place.designed)
        stacks = len(place.designed.stacks)
        assert_round_trip(place, folder / "out")
        lap("deploy and collect")
        assert deployment.plan(place).empty, "a second plan is not empty"
        lap("plan")
    grown = deepcopy(content)
    first = next(iter(grown["teams"].values()))
    first["workloads"]["latecomer"] = {"type": "processing"}
    path.write_text(json.dumps(grown), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.deploy(place).raise_for_failure()
        assert_collected(place, folder / "out")
        lap("update")
        removal = deployer.removal(place.cloud, place.designed.stacks)
        kept = {(gone.stack, leaving.logical) for gone in removal.stacks for leaving in gone.retained}
        done = deployer.destroy(place.cloud, place.designed.stacks, confirm=True)
        done.raise_for_failure()
        assert len(done.retained) == len(kept), "destroy kept something else than it had said"
        wanted = {
            (stack.id, logical)
            for stack in place.designed.stacks
            for logical, resource in stack.template["Resources"].items()
            if resource.get("DeletionPolicy") == "Retain"
        }
        assert kept == wanted, f"kept and not declared, or the reverse: {sorted(kept ^ wanted)[:5]}"
        assert not deployer.removal(place.cloud, place.designed.stacks).stacks, "stacks are left"
        lap("destroy")
    return f"{stacks} stacks, {count} resources: {', '.join(said)}"


def held(name: str, content: dict[str, Any]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RINGWORK_LOCAL_STATE"] = str(Path(folder) / "state")
        try:
            print(f"{name}: {live(content, Path(folder))}", flush=True)
        except Exception as error:  # noqa: BLE001 (each life is told, whatever ends it)
            print(f"{name}: DOES NOT HOLD: {type(error).__name__}: {error}", flush=True)
            traceback.print_exc(limit=-3)
            return False
        finally:
            gc.collect()  # a closed cloud is cyclic garbage, of which there is much
    return True


def drawn(number: int, with_seed: int) -> list[dict[str, Any]]:
    """`number` different random blueprints."""
    found: list[dict[str, Any]] = []

    @seed(with_seed)
    @settings(
        max_examples=number * 2,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(blueprints())
    def draw(content: dict[str, Any]) -> None:
        if content not in found:
            found.append(content)

    draw()
    return found[-number:]  # Hypothesis begins with its simplest ones


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("blueprints", nargs="*", type=Path)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = options.blueprints or (
        [] if options.random else [ROOT / "examples" / f"{name}.yaml" for name in EXAMPLES]
    )
    contents = [(path.stem, parse_yaml(path.read_text(encoding="utf-8"), str(path)).value) for path in chosen]
    contents += [
        (f"random {index}", content)
        for index, content in enumerate(drawn(options.random, options.seed) if options.random else (), 1)
    ]
    results = [held(name, content) for name, content in contents]
    print(f"{sum(results)} of {len(results)} hold")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
