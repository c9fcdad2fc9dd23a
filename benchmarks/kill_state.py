"""kill -9 while the local cloud works and saves its state, at random moments: is what is left whole?

    python benchmarks/kill_state.py [--points 50] [--seed 1]
                                    [--rounds 3] [--writers 8] [--writes 50]

Two trials, both with processes of their own:

points: a process makes numbered generations. Generation N is one VPC, one role, one bucket with an object,
one model, one graph of Detective (which only the generic store has) and one stack with a log group; then
it saves. It is killed, at the odd points after a random time, at the even ones in the middle of a save; the
next point goes on with what is left, up to ten of them. What is left must be exactly the generations up to
the last one that was said to be saved, or one more, the same in every service, each with its content, and
nothing set aside.

rounds: several writers work on one folder at once, first taking turns with its lock, then through one
server. One of them is killed at a random moment. Every write that a writer said was saved must be there
afterwards, in both of two services, and nothing else but the one that the killed writer was making.

Exits with 1 if a point or a round does not hold.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import IO, Any

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.server import start_server, stop_server

ACCOUNT, REGION = "111122223333", "us-east-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
TEMPLATE = json.dumps({"Resources": {"G": {"Type": "AWS::Logs::LogGroup"}}})
MOST = 250
"""generations: the second byte of a VPC's addresses"""


def generation(session: Any, number: int) -> None:
    session.client("ec2").create_vpc(
        CidrBlock=f"10.{number}.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "n", "Value": str(number)}]}],
    )
    session.client("iam").create_role(RoleName=f"n-{number}", AssumeRolePolicyDocument=TRUST)
    session.client("s3").create_bucket(Bucket=f"generation-{number}")
    session.client("s3").put_object(Bucket=f"generation-{number}", Key="n", Body=content(number))
    session.client("sagemaker").create_model(
        ModelName=f"n-{number}", ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/n-{number}"
    )
    session.client("detective").create_graph(Tags={"n": str(number)})
    session.client("cloudformation").create_stack(StackName=f"n-{number}", TemplateBody=TEMPLATE)
    session.client("cloudformation").get_waiter("stack_create_complete").wait(
        StackName=f"n-{number}", WaiterConfig={"Delay": 0.05}
    )


def content(number: int) -> bytes:
    return str(number).encode() * 9000


def found(session: Any) -> dict[str, list[int]]:
    """The generations that each service knows."""
    vpcs = session.client("ec2").describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["n"]}])["Vpcs"]
    assert all(vpc["Tags"][0]["Value"] == vpc["CidrBlock"].split(".")[1] for vpc in vpcs)
    s3 = session.client("s3")
    buckets = [int(b["Name"].removeprefix("generation-")) for b in s3.list_buckets()["Buckets"]]
    for number in buckets:
        assert s3.get_object(Bucket=f"generation-{number}", Key="n")["Body"].read() == content(number)
    detective = session.client("detective")
    graphs = [graph["Arn"] for graph in detective.list_graphs()["GraphList"]]
    cloudformation = session.client("cloudformation")
    stacks = cloudformation.get_paginator("describe_stacks").paginate()
    groups = set(
        session.client("logs")
        .get_paginator("describe_log_groups")
        .paginate()
        .search("logGroups[].logGroupName")
    )
    made = {
        stack["StackName"]: cloudformation.describe_stack_resource(
            StackName=stack["StackName"], LogicalResourceId="G"
        )["StackResourceDetail"]["PhysicalResourceId"]
        for stack in stacks.search("Stacks[?StackStatus == 'CREATE_COMPLETE']")
    }
    roles = session.client("iam").get_paginator("list_roles").paginate().search("Roles[].RoleName")
    return {
        "ec2": sorted(int(vpc["CidrBlock"].split(".")[1]) for vpc in vpcs),
        "iam": sorted(int(name[2:]) for name in roles if name.startswith("n-")),
        "s3": sorted(buckets),
        "sagemaker": sorted(
            int(name[2:])
            for name in session.client("sagemaker")
            .get_paginator("list_models")
            .paginate()
            .search("Models[].ModelName")
        ),
        "detective": list(range(1, 1 + len(set(graphs)))),
        "cloudformation": sorted(int(name[2:]) for name in made),
        "logs": sorted(int(name[2:]) for name, group in made.items() if group in groups),
    }


def work(state: Path) -> None:
    """What is killed; says what it does, line by line."""
    with LocalCloud(state) as cloud:
        session = cloud.session(ACCOUNT, REGION)
        last = max(found(session)["ec2"], default=0)
        print("found", last, flush=True)
        for number in range(last + 1, MOST):
            generation(session, number)
            print("saving", flush=True)
            cloud.checkpoint()
            print(number, flush=True)


def started(*arguments: str) -> tuple[subprocess.Popen[str], IO[str]]:
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout


def until_saving(output: IO[str], count: int) -> tuple[list[str], float]:
    """Read up to the beginning of the save after `count` whole ones; also how long the last of those took."""
    lines: list[str] = []
    begun = took = 0.0
    for line in output:
        lines.append(line.strip())
        if lines[-1] == "saving":
            begun = time.monotonic()
            if lines.count("saving") > count:
                break
        elif lines[-1].isdigit():
            took = time.monotonic() - begun
    return lines, took


def point(state: Path, chance: random.Random, *, in_a_save: bool) -> tuple[str, str | None]:
    """Kill one process; returns when it was killed, and what is wrong."""
    process, output = started("--work", str(state))
    first = output.readline().split()
    if first[:1] != ["found"]:
        return "before it began", f"the process ended with {process.wait()}"
    lines: list[str] = []
    begun = time.monotonic()
    if in_a_save:
        lines, took = until_saving(output, chance.randint(1, 3))
        time.sleep(chance.uniform(0.0, took))
    else:
        time.sleep(chance.uniform(0.0, 2.5))
    process.send_signal(signal.SIGKILL)
    after = time.monotonic() - begun
    lines += output.read().split()
    if process.wait() != -signal.SIGKILL:
        return f"after {after:.2f} s", f"the process ended by itself, with {process.returncode}"
    said = [int(first[1]), *(int(line) for line in lines if line.isdigit())]
    at = "in the save" if lines[-1:] == ["saving"] else "at work"
    when = f"{at} after {after:.2f} s, {len(said) - 1} generations in"
    with LocalCloud(state) as cloud:
        if cloud.notices:
            return when, f"the state was not used: {cloud.notices}"
        have = found(cloud.session(ACCOUNT, REGION))
    whole = have["ec2"]
    if any(numbers != whole for numbers in have.values()):
        return when, f"services are not at the same generation: {have}"
    if whole != list(range(1, len(whole) + 1)):
        return when, f"a generation is missing: {whole}"
    if len(whole) not in (max(said), max(said) + 1):
        return when, f"generation {max(said)} was saved, found {len(whole)}"
    return when, None


def points(count: int, seed: int) -> bool:
    chance = random.Random(seed)  # noqa: S311 (moments, not secrets)
    held = 0
    moments: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="ringwork-kill-") as folder:
        for number in range(1, count + 1):
            state = Path(folder) / f"state-{number // 10}"  # a fresh cloud now and then: states stay small
            when, wrong = point(state, chance, in_a_save=number % 2 == 0)
            held += wrong is None
            moments[when.partition(" after")[0]] += 1
            print(f"point {number:3}: killed {when}: {wrong or 'whole'}", flush=True)
    print(
        f"{held} of {count} states were the last or the one before, whole "
        f"(killed {', '.join(f'{n} times {at}' for at, n in sorted(moments.items()))})"
    )
    return held == count


def write(state: Path, name: str, writes: int) -> None:
    """One writer: each write opens the cloud anew, as a command does."""
    logging.getLogger("ringwork").setLevel(logging.ERROR)  # that it waits for the others is the point
    for number in range(writes):
        with LocalCloud(state, patience=600.0) as cloud:
            session = cloud.session(ACCOUNT, REGION)
            session.client("s3").create_bucket(Bucket=f"{name}-{number}")
            session.client("detective").create_graph(Tags={"n": f"{name}-{number}"})
            cloud.checkpoint()
        print(f"{name}-{number}", flush=True)


def together(state: Path, writers: int, writes: int, chance: random.Random) -> str | None:
    """Let all write at once, kill one of them on its way; returns what is wrong."""
    names = [f"writer-{number}" for number in range(writers)]
    running = [started("--write", str(state), "--name", name, "--writes", str(writes)) for name in names]
    killed, output = running[chance.randrange(writers)]
    said = {output.readline().strip() for _ in range(chance.randint(1, max(1, writes - 2)))}
    time.sleep(chance.uniform(0.0, 0.5))
    killed.send_signal(signal.SIGKILL)
    for process, lines in running:
        said.update(lines.read().split())
        code = process.wait()
        if code != (-signal.SIGKILL if process is killed else 0):
            return f"a writer ended with {code}"
    with LocalCloud(state) as cloud:
        if cloud.notices:
            return f"the state was not used: {cloud.notices}"
        session = cloud.session(ACCOUNT, REGION)
        buckets = {bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]}
        graphs = {graph["Arn"] for graph in session.client("detective").list_graphs()["GraphList"]}
    if said - buckets or len(graphs) < len(said):
        return f"lost: {sorted(said - buckets)}; {len(graphs)} graphs for {len(said)} writes"
    if len(buckets - said) > 1 or len(graphs) > len(said) + 1:
        return (
            f"never said to be saved: {sorted(buckets - said)}; {len(graphs)} graphs for {len(said)} writes"
        )
    return None


def rounds(count: int, writers: int, writes: int, seed: int) -> bool:
    chance = random.Random(seed)  # noqa: S311 (moments, not secrets)
    held = 0
    with tempfile.TemporaryDirectory(prefix="ringwork-write-") as folder:
        for number in range(1, count + 1):
            for way in ("turns", "server"):
                state = Path(folder) / f"{way}-{number}"
                if way == "server":
                    start_server(state)
                begun = time.monotonic()
                try:
                    wrong = together(state, writers, writes, chance)
                finally:
                    if way == "server":
                        stop_server(state)
                held += wrong is None
                took = time.monotonic() - begun
                print(
                    f"round {number}, {writers} writers x {writes} writes, {way}: "
                    f"{wrong or 'no write lost'} ({took:.0f} s)",
                    flush=True,
                )
    print(f"{held} of {2 * count} rounds lost no write")
    return held == 2 * count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--writes", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work is not None:
        work(given.work)
        return 0
    if given.write is not None:
        write(given.write, given.name, given.writes)
        return 0
    held = points(given.points, given.seed) if given.points else True
    held = (rounds(given.rounds, given.writers, given.writes, given.seed) if given.rounds else True) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
