"""kill -9 while the local cloud changes and saves its state, at random moments: is what is left whole?

    python benchmarks/kill_state.py [--points 50] [--seed 1]

A process of its own makes numbered generations: generation N is one VPC, one role, one bucket with an object,
one model, one graph of Detective (which only the generic store has), and one stack; then a save. It is
killed after a random time. What the next process finds must be exactly the generations up to the last one
that was said to be saved, or one more; every service must be at the same generation, and nothing may have
been set aside.
Exits with 1 if a point does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def generation(session: Any, number: int) -> None:
    session.client("ec2").create_vpc(
        CidrBlock=f"10.{number}.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "n", "Value": str(number)}]}],
    )
    session.client("iam").create_role(RoleName=f"n-{number}", AssumeRolePolicyDocument=TRUST)
    session.client("s3").create_bucket(Bucket=f"generation-{number}")
    session.client("s3").put_object(Bucket=f"generation-{number}", Key="n", Body=str(number).encode() * 9000)
    session.client("sagemaker").create_model(
        ModelName=f"n-{number}", ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/n-{number}"
    )
    session.client("detective").create_graph(Tags={"n": str(number)})
    session.client("cloudformation").create_stack(
        StackName=f"n-{number}",
        TemplateBody=json.dumps({"Resources": {"G": {"Type": "AWS::Logs::LogGroup"}}}),
    )
    session.client("cloudformation").get_waiter("stack_create_complete").wait(
        StackName=f"n-{number}", WaiterConfig={"Delay": 0.05}
    )


def found(session: Any) -> dict[str, set[int]]:
    """The generations that each service knows."""
    vpcs = session.client("ec2").describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["n"]}])["Vpcs"]
    roles = session.client("iam").list_roles()["Roles"]
    s3 = session.client("s3")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    for bucket in buckets:
        s3.get_object(Bucket=bucket, Key="n")["Body"].read()
    stacks = session.client("cloudformation").describe_stacks()["Stacks"]
    return {
        "ec2": {int(vpc["CidrBlock"].split(".")[1]) for vpc in vpcs},
        "iam": {int(role["RoleName"][2:]) for role in roles if role["RoleName"].startswith("n-")},
        "s3": {int(bucket.rpartition("-")[2]) for bucket in buckets},
        "sagemaker": {int(m["ModelName"][2:]) for m in session.client("sagemaker").list_models()["Models"]},
        "detective": set(range(1, 1 + len(session.client("detective").list_graphs()["GraphList"]))),
        "cloudformation": {
            int(stack["StackName"][2:]) for stack in stacks if stack["StackStatus"] == "CREATE_COMPLETE"
        },
    }


def child(state: Path) -> None:
    with LocalCloud(state) as cloud:
        session = cloud.session(ACCOUNT, REGION)
        last = max(found(session)["ec2"], default=0)
        print("ready", flush=True)
        for number in range(last + 1, 250):
            generation(session, number)
            cloud.checkpoint()
            print(number, flush=True)


def trial(state: Path, wait: float) -> str | None:
    """Kill one process after `wait` seconds of work; returns what is wrong."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--child", str(state)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(wait)
    os.kill(process.pid, signal.SIGKILL)
    said = [int(line) for line in process.stdout.read().split() if line.isdigit()]
    process.wait()
    process.stdout.close()
    with LocalCloud(state) as cloud:
        if cloud.notices:
            return f"the state was not used: {cloud.notices}"
        have = found(cloud.session(ACCOUNT, REGION))
    counts = {service: len(numbers) for service, numbers in have.items()}
    # the stack of a generation settles, and is saved, before the checkpoint that ends the generation: a
    # generation may be there in part of the services only between two saves, never fewer than were said
    saved = max(said, default=0)
    least, most = min(counts.values()), max(counts.values())
    if saved and least < saved:
        return f"generation {saved} was saved, found {counts}"
    if most > least + 1:
        return f"services are more than one generation apart: {counts}"
    if any(numbers != set(range(1, len(numbers) + 1)) for numbers in have.values()):
        return f"a generation is missing: {have}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child is not None:
        child(options.child)
        return 0
    chance = random.Random(options.seed)  # noqa: S311 (a seed that can be repeated)
    held = 0
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        for point in range(options.points):
            if point % 10 == 0:  # a fresh cloud now and then, so that the states stay small
                state = Path(folder) / f"state-{point}"
            wait = chance.uniform(0.0, 2.5)
            wrong = trial(state, wait)
            held += wrong is None
            print(f"point {point + 1:3}: killed after {wait:.2f} s: {wrong or 'whole'}", flush=True)
    print(f"{held} of {options.points} states were the last or the one before, whole")
    return 0 if held == options.points else 1


if __name__ == "__main__":
    sys.exit(main())
