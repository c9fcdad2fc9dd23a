"""How many calls a second the local cloud answers, and how soon a fresh command has its first answer.

    python benchmarks/emulator_calls.py [--calls 100] [--runs 5]

calls: of each operation, `--calls` times, in this process and over HTTP against a server of its own process.
Authorization is on, as always; the caller is a role with a policy of six statements, in a member account of
an organization with a service control policy, so that each call is decided by several documents.

first command: a fresh process opens a local cloud that has some content, makes a client, and gets the
first answer: seconds from starting Python to that answer, the median of `--runs`, and the processor's time.
Bytecode is compiled once before, as it is for a package that is installed.

Writes benchmarks/results/emulator_calls.json. Exits with 1 where a promised figure is not reached: 250
calls a second in process, 1 s to the first answer. Both hold on a machine that is quiet: the load is noted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.server import start_server, stop_server

RESULT = Path(__file__).resolve().parent / "results" / "emulator_calls.json"
MANAGEMENT, REGION = "111122223333", "eu-west-1"
ROLE = "engineer"
LEAST, LONGEST = 250.0, 1.0

FIRST = """
import sys, time
from pathlib import Path
from ringwork.cloud.emulator import LocalCloud
with LocalCloud(Path(sys.argv[1])) as cloud:
    client = cloud.session(sys.argv[2], "eu-west-1").client(sys.argv[3])
    getattr(client, sys.argv[4])()
    print(time.process_time(), flush=True)
"""
FIRST_CALLS = (
    ("sts", "get_caller_identity"),
    ("ec2", "describe_vpcs"),
    ("iam", "list_roles"),
    ("s3", "list_buckets"),
    ("kms", "list_keys"),
    ("sagemaker", "list_models"),
    ("cloudformation", "list_stacks"),
    ("organizations", "describe_organization"),
)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


POLICY = document(
    allow("ec2:*", Condition={"StringEquals": {"aws:RequestedRegion": REGION}}),
    allow("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    allow("kms:DescribeKey", "kms:TagResource", "kms:ListKeys"),
    allow("sagemaker:*Model*", "sagemaker:AddTags"),
    allow("iam:GetRole", "iam:TagRole", "iam:PassRole"),
    {"Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*"},
)
GUARDRAIL = document(
    allow("*"),
    {"Effect": "Deny", "Action": ["cloudtrail:StopLogging", "kms:ScheduleKeyDeletion"], "Resource": "*"},
)


def prepare(cloud: LocalCloud) -> str:
    """An organization, a member account with a guardrail, and a role in it; the account's id."""
    organizations = cloud.session(MANAGEMENT, REGION).client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    made = organizations.create_account(Email="m@example.com", AccountName="m")["CreateAccountStatus"]
    member = str(made["AccountId"])
    policy = organizations.create_policy(
        Content=GUARDRAIL, Description="d", Name="guardrail", Type="SERVICE_CONTROL_POLICY"
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=member)
    session = cloud.session(member, REGION)
    iam = session.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": member}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=ROLE, PolicyName="p", PolicyDocument=POLICY)
    session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    session.client("kms").create_key(Tags=[{"TagKey": "n", "TagValue": "bench"}])
    s3 = session.client("s3")
    s3.create_bucket(Bucket="bench", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="bench", Key="k", Body=b"x" * 1000)
    session.client("sagemaker").create_model(ModelName="bench", ExecutionRoleArn=role_arn(member))
    return member


def role_arn(account: str) -> str:
    return f"arn:aws:iam::{account}:role/{ROLE}"


def operations(client: Callable[[str], Any], account: str) -> dict[str, Callable[[int], Any]]:
    """Reads and writes, by name; a write is given a number that no other has."""
    ec2, s3, kms, iam, sagemaker = (client(name) for name in ("ec2", "s3", "kms", "iam", "sagemaker"))
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    key = kms.list_keys()["Keys"][0]["KeyId"]
    return {
        "read ec2:DescribeVpcs": lambda _: ec2.describe_vpcs(),
        "read s3:GetObject": lambda _: s3.get_object(Bucket="bench", Key="k")["Body"].read(),
        "read kms:DescribeKey": lambda _: kms.describe_key(KeyId=key),
        "read iam:GetRole": lambda _: iam.get_role(RoleName=ROLE),
        "read sagemaker:DescribeModel": lambda _: sagemaker.describe_model(ModelName="bench"),
        "write ec2:CreateSecurityGroup": lambda n: ec2.create_security_group(
            GroupName=f"g{n}", Description="d", VpcId=vpc
        ),
        "write s3:PutObject": lambda n: s3.put_object(Bucket="bench", Key=f"k{n}", Body=b"x" * 1000),
        "write kms:TagResource": lambda n: kms.tag_resource(
            KeyId=key, Tags=[{"TagKey": "n", "TagValue": str(n)}]
        ),
        "write iam:TagRole": lambda n: iam.tag_role(RoleName=ROLE, Tags=[{"Key": "n", "Value": str(n)}]),
        "write sagemaker:CreateModel": lambda n: sagemaker.create_model(
            ModelName=f"m{n}", ExecutionRoleArn=role_arn(account)
        ),
    }


def measure(
    client: Callable[[str], Any],
    account: str,
    calls: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Calls a second of each operation, and of all reads and all writes."""
    spent: dict[str, float] = {}
    for name, call in operations(client, account).items():
        call(-1)
        begun = clock()
        for number in range(calls):
            call(number)
        spent[name] = clock() - begun
    told = {
        f"all {kind}s": calls * sum(n.startswith(kind) for n in spent) / sum_of(spent, kind)
        for kind in ("read", "write")
    }
    told |= {name: calls / seconds for name, seconds in spent.items()}
    return {name: round(rate) for name, rate in told.items()}


def sum_of(spent: dict[str, float], kind: str) -> float:
    return sum(seconds for name, seconds in spent.items() if name.startswith(kind))


def in_process(state: Path, account: str, calls: int) -> dict[str, float]:
    with LocalCloud(state) as cloud:
        return measure(cloud.session(account, REGION, ROLE).client, account, calls)


def of_processor(state: Path, account: str, calls: int) -> dict[str, float]:
    """As in process, by this process's own time: what others do on the machine weighs less."""
    with LocalCloud(state) as cloud:
        client = cloud.session(account, REGION, ROLE).client
        return measure(client, account, calls, time.process_time)


def over_http(state: Path, account: str, calls: int) -> dict[str, float]:
    """Another process serves; boto3 as any other tool would use it."""
    endpoint = start_server(state).endpoint
    try:
        with LocalCloud(state) as cloud:
            given = cloud.session(account, REGION, ROLE).get_credentials().get_frozen_credentials()
        session = boto3.Session(given.access_key, given.secret_key, given.token, region_name=REGION)
        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
        return measure(
            lambda service: session.client(service, endpoint_url=endpoint, config=config), account, calls
        )
    finally:
        stop_server(state)


@contextmanager
def compiled() -> Iterator[dict[str, str]]:
    """An environment in which bytecode is kept, as it is for an installed package."""
    with tempfile.TemporaryDirectory(prefix="ringwork-bytecode-") as folder:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        yield {**environment, "PYTHONPYCACHEPREFIX": folder}


def first_commands(state: Path, account: str, runs: int) -> dict[str, dict[str, float]]:
    told = {}
    with compiled() as environment:
        for service, operation in FIRST_CALLS:
            command = [sys.executable, "-c", FIRST, str(state), account, service, operation]
            taken = []
            for _ in range(runs + 1):
                begun = time.perf_counter()
                process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
                assert process.stdout is not None
                processor = process.stdout.readline()
                seconds = time.perf_counter() - begun
                process.communicate()
                assert process.returncode == 0, service
                taken.append((seconds, float(processor)))
            taken = taken[1:]  # the first compiled what nobody had asked for before
            told[f"{service} {operation}"] = {
                "seconds": round(statistics.median(seconds for seconds, _ in taken), 2),
                "processor": round(statistics.median(seconds for _, seconds in taken), 2),
            }
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringwork-calls-") as folder:
        state = Path(folder) / "state"
        with LocalCloud(state) as cloud:
            account = prepare(cloud)
        load = os.getloadavg()[0]
        result = {
            "first command": first_commands(state, account, given.runs),
            "calls a second": {
                name: run(Path(shutil.copytree(state, Path(folder) / name)), account, given.calls)
                for name, run in (
                    ("in process", in_process),
                    ("in process, of processor time", of_processor),
                    ("over HTTP", over_http),
                )
            },
            "machine": {"processors": os.cpu_count(), "load before": round(load, 1)},
        }
    print(json.dumps(result, indent=1))
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    rates = result["calls a second"]["in process"]
    slow = [f"{kind}: {rates[kind]}" for kind in ("all reads", "all writes") if rates[kind] < LEAST]
    slow += [n for n, took in result["first command"].items() if took["seconds"] >= LONGEST]
    if slow:
        print(f"slower than promised: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
