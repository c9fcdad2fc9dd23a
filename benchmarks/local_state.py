"""How long the local cloud takes to save and to load 5,000 resources.

    python benchmarks/local_state.py [--resources 5000]

Fills two accounts in two Regions each with networks (a VPC, 6 subnets, 12 security groups with a rule each,
2 interface endpoints), buckets with 10 objects each, keys, roles, SageMaker models and, as one that only
the generic store has, domains of CodeArtifact; objects and rules are not counted as resources.
Then: a save of everything, a save after one change, a save of nothing; and, each in a process of its own, a
load of everything (from opening the folder until each service has answered, with the imports and clients
that this takes) and the first answer of one service alone.

Writes what it prints to benchmarks/results/local_state.txt. Exits with 1 where saving or loading all takes
3 s or more.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ringwork.cloud.emulator import LocalCloud

RESULT = Path(__file__).resolve().parent / "results" / "local_state.txt"
PLACES = [
    (account, region) for account in ("111122223333", "444455556666") for region in ("eu-west-1", "us-east-1")
]
LONGEST = 3.0
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
READS = {
    "ec2": "describe_vpcs",
    "s3": "list_buckets",
    "kms": "list_keys",
    "iam": "list_roles",
    "sagemaker": "list_models",
    "codeartifact": "list_domains",
    "sts": "get_caller_identity",
}
NETWORK = 21
"""resources of one network"""

LOAD = """
import json, sys, time
from pathlib import Path
from ringwork.cloud.emulator import LocalCloud
state, reads, places = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
begun = time.perf_counter()
with LocalCloud(state) as cloud:
    for service, operation in reads.items():
        # moto's parts of a service are read together, whatever place asks first; the store's one by one
        for account, region in places if service == "codeartifact" else places[:1]:
            getattr(cloud.session(account, region).client(service), operation)()
    print(time.perf_counter() - begun, flush=True)
    assert not cloud.notices, cloud.notices
"""


class Counted:
    """boto3 clients of one place, and how many resources were made there."""

    def __init__(self, cloud: LocalCloud, account: str, region: str) -> None:
        self.session = cloud.session(account, region)
        self.account, self.region = account, region
        self.made = self.calls = 0

    def make(self, client: Any, operation: str, resources: int = 1, **parameters: Any) -> Any:
        self.made += resources
        self.calls += 1
        return getattr(client, operation)(**parameters)


def network(place: Counted, ec2: Any, number: int) -> None:
    vpc = place.make(ec2, "create_vpc", CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        place.make(ec2, "create_subnet", VpcId=vpc, CidrBlock=f"10.{number}.{part}.0/24")["Subnet"][
            "SubnetId"
        ]
        for part in range(6)
    ]
    for part in range(12):
        group = place.make(ec2, "create_security_group", GroupName=f"g{part}", Description="d", VpcId=vpc)
        permission = {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        }
        place.make(
            ec2, "authorize_security_group_ingress", 0, GroupId=group["GroupId"], IpPermissions=[permission]
        )
    for service in ("kms", "logs"):
        place.make(
            ec2,
            "create_vpc_endpoint",
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{place.region}.{service}",
            VpcEndpointType="Interface",
            SubnetIds=subnets[:3],
        )


def others(place: Counted, number: int) -> None:
    """A bucket, a key, two roles, a model, a domain: six resources."""
    s3, kms, iam, sagemaker, codeartifact = (
        place.session.client(name) for name in ("s3", "kms", "iam", "sagemaker", "codeartifact")
    )
    name = f"{place.account}-{place.region}-{number}"
    where = {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    place.make(s3, "create_bucket", Bucket=name, **(where if place.region != "us-east-1" else {}))
    for key in range(10):
        place.make(s3, "put_object", 0, Bucket=name, Key=f"k{key}", Body=b"x" * 1000)
    place.make(kms, "create_key")
    for kind in "ab":
        place.make(
            iam, "create_role", RoleName=f"{place.region}-{kind}{number}", AssumeRolePolicyDocument=TRUST
        )
    role = f"arn:aws:iam::{place.account}:role/{place.region}-a{number}"
    place.make(sagemaker, "create_model", ModelName=f"m{number}", ExecutionRoleArn=role)
    place.make(codeartifact, "create_domain", domain=f"d{number}")


def fill(cloud: LocalCloud, resources: int) -> tuple[int, int]:
    """Make at least so many resources; how many were made, and with how many calls."""
    places = [Counted(cloud, *place) for place in PLACES]
    share = -(-resources // len(places))
    for place in places:
        ec2 = place.session.client("ec2")
        number = 0
        while place.made < share:
            if number % 6 == 5:  # five networks, then six of each of the other six kinds
                for part in range(6):
                    others(place, 6 * number + part)
            else:
                network(place, ec2, number)
            number += 1
    return sum(place.made for place in places), sum(place.calls for place in places)


def load(state: Path, reads: dict[str, str], places: list[tuple[str, str]]) -> float:
    command = [sys.executable, "-c", LOAD, str(state), json.dumps(reads), json.dumps(places)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(ran.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--resources", type=int, default=5000)
    given = parser.parse_args()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        print(line, flush=True)

    with tempfile.TemporaryDirectory(prefix="ringwork-state-") as folder:
        state = Path(folder) / "state"
        with LocalCloud(state) as cloud:
            begun = time.perf_counter()
            resources, calls = fill(cloud, given.resources)
            spent = time.perf_counter() - begun
            say(f"{resources:,} resources in {len(PLACES)} places, made by {calls:,} calls in {spent:.0f} s")
            begun = time.perf_counter()
            cloud.checkpoint()
            saved = time.perf_counter() - begun
            files = list((state / "snapshot" / "parts").iterdir())
            size = sum(path.stat().st_size for path in files)
            say(f"save everything: {saved:.2f} s ({size / 1e6:.1f} MB in {len(files)} parts)")
            cloud.session(*PLACES[0]).client("ec2").create_vpc(CidrBlock="10.255.0.0/16")
            begun = time.perf_counter()
            cloud.checkpoint()
            say(f"save after one change: {time.perf_counter() - begun:.2f} s")
            begun = time.perf_counter()
            cloud.checkpoint()
            say(f"save nothing: {1000 * (time.perf_counter() - begun):.1f} ms")
        loaded = load(state, READS, PLACES)
        say(f"load everything: {loaded:.2f} s (until {len(READS)} services have answered)")
        for service in ("sts", "s3", "kms", "ec2"):
            say(f"load for {service} alone: {load(state, {service: READS[service]}, PLACES[:1]):.2f} s")
        say(f"load of the machine meanwhile: {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors")
    RESULT.write_text("\n".join(said) + "\n", encoding="utf-8")
    return 0 if max(saved, loaded) < LONGEST else 1


if __name__ == "__main__":
    sys.exit(main())
