"""kill -9 during a deployment, at random moments: does the next deployment complete?

    python benchmarks/kill_deploy.py [BLUEPRINT] [--points 20] [--seed 1]

Each point: an empty local cloud, bootstrapped; a deployment in a process of its own, which is killed
after a random part of the time that an undisturbed deployment takes; then a second deployment, again in
its own process. The point holds if that one succeeds, a third finds nothing to change, and each stack
has exactly the resources of its template. Exits with 1 if a point does not hold.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ringwork.cloud.deploy import Outcome
from ringwork.cloud.deploy.state import describe, listed_resources
from ringwork.cloud.session import Cloud
from ringwork.estate import Stack
from ringwork.workflows import deployment
from ringwork.workflows.target import workplace

EXAMPLE = Path(__file__).parents[1] / "examples" / "hospital.yaml"


def child(path: Path, task: str) -> None:
    """What runs in a process of its own; prints one line, the stacks' states, when the deployment begins."""
    with workplace(path, "local") as place:
        cloud, designed = place.cloud, place.designed
        if task == "bootstrap":
            deployment.bootstrap(place).raise_for_failure()
            return
        stacks = designed.stacks
        print(*states(cloud, stacks), flush=True)
        done = deployment.deploy(place)
        done.raise_for_failure()
        if task == "check":
            changed = [r.name for r in done.results if r.outcome is not Outcome.UNCHANGED]
            if changed:
                sys.exit(f"not complete: {changed}")
            for stack in stacks:
                client = cloud.client("cloudformation", account=stack.account, region=stack.region)
                have = {r["LogicalResourceId"] for r in listed_resources(client, stack.name)}
                if have != set(stack.template["Resources"]):
                    sys.exit(f"stack {stack.name} has other resources than its template")


def states(cloud: Cloud, stacks: tuple[Stack, ...]) -> list[str]:
    """How many stacks are in which state."""
    found = Counter[str]()
    for stack in stacks:
        client = cloud.client("cloudformation", account=stack.account, region=stack.region)
        state = describe(client, stack.name)
        found[state.status if state else "absent"] += 1
    return [f"{count}x{status}" for status, count in sorted(found.items())]


def run(path: Path, task: str, folder: Path, *, kill_after: float | None = None) -> tuple[int, float, str]:
    """Exit code, seconds since the deployment began, output."""
    environment = {**os.environ, "RINGWORK_LOCAL_STATE": str(folder)}
    command = [sys.executable, __file__, str(path), "--child", task]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    begun = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    return process.wait(), time.monotonic() - begun, first + rest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("blueprint", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.blueprint, given.child)
        return 0
    chance = random.Random(given.seed)  # noqa: S311 (moments, not secrets)
    with tempfile.TemporaryDirectory(prefix="ringwork-kill-") as scratch:
        whole = Path(scratch) / "whole"
        empty = Path(scratch) / "bootstrapped"
        run(given.blueprint, "bootstrap", empty)
        shutil.copytree(empty, whole)
        code, seconds, output = run(given.blueprint, "deploy", whole)
        if code:
            print(output)
            return 1
        print(f"undisturbed: {seconds:.1f} s")
        bad = 0
        for point in range(1, given.points + 1):
            folder = Path(scratch) / f"point-{point}"
            moment = chance.uniform(0, seconds)
            while True:
                shutil.copytree(empty, folder)
                killed, _, _ = run(given.blueprint, "deploy", folder, kill_after=moment)
                if killed == -signal.SIGKILL:
                    break
                # the machine was quicker than before: this was no kill, so draw an earlier moment
                shutil.rmtree(folder)
                moment = chance.uniform(0, moment)
            again, took, output = run(given.blueprint, "deploy", folder)
            check, _, checked = run(given.blueprint, "check", folder) if again == 0 else (1, 0.0, output)
            holds = again == 0 and check == 0
            bad += not holds
            print(
                f"{point:3} killed at {moment:5.2f} s, left {output.splitlines()[0]}: "
                + (f"completed in {took:.1f} s" if holds else f"NOT COMPLETED\n{checked}"),
                flush=True,
            )
        print(f"{given.points - bad} of {given.points} completed")
        return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
