"""How long the local cloud takes to save and to load its state.

    python benchmarks/local_state.py [VPCS]

Fills one account with VPCs (each with 6 subnets, 12 security groups with a rule, 2 endpoints), 50 buckets
with 20 objects, 50 keys and 200 roles, then saves all, saves after one change, and loads in new processes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
LOAD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from ringwork.cloud.emulator import LocalCloud
with LocalCloud(Path(sys.argv[1])) as cloud:
    session = cloud.session("111122223333", "eu-west-1")
    opened = time.perf_counter()
    client = session.client(sys.argv[2])
    made = time.perf_counter()
    getattr(client, sys.argv[3])()
    done = time.perf_counter()
    assert not cloud.notices
spent = (opened - start, made - opened, done - made)
print(f"{sys.argv[2]:4}", "import+open %.2f s, client %.2f s, first call %.2f s" % spent)
"""


def fill(cloud: LocalCloud, vpcs: int) -> int:
    session = cloud.session(ACCOUNT, REGION)
    ec2, s3, kms, iam = (session.client(name) for name in ("ec2", "s3", "kms", "iam"))
    calls = 0
    for number in range(vpcs):
        vpc = ec2.create_vpc(CidrBlock=f"10.{number % 256}.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{number % 256}.{part}.0/24")["Subnet"]["SubnetId"]
            for part in range(6)
        ]
        for part in range(12):
            group = ec2.create_security_group(GroupName=f"g{part}", Description="d", VpcId=vpc)["GroupId"]
            permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
            ec2.authorize_security_group_ingress(
                GroupId=group, IpPermissions=[{**permission, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
            )
        for service in ("kms", "logs"):
            ec2.create_vpc_endpoint(
                VpcId=vpc,
                ServiceName=f"com.amazonaws.{REGION}.{service}",
                VpcEndpointType="Interface",
                SubnetIds=subnets[:3],
            )
        calls += 33
    for number in range(50):
        s3.create_bucket(Bucket=f"bucket-{number}", CreateBucketConfiguration={"LocationConstraint": REGION})
        for key in range(20):
            s3.put_object(Bucket=f"bucket-{number}", Key=f"k{key}", Body=b"x" * 1000)
        kms.create_key()
        calls += 22
    for number in range(200):
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=TRUST)
        calls += 1
    return calls


def main() -> None:
    vpcs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        with LocalCloud(state) as cloud:
            start = time.perf_counter()
            calls = fill(cloud, vpcs)
            spent = time.perf_counter() - start
            print(f"{calls} calls in {spent:.1f} s, {1000 * spent / calls:.1f} ms each")
            start = time.perf_counter()
            cloud.checkpoint()
            print(f"save everything: {time.perf_counter() - start:.2f} s")
            cloud.session(ACCOUNT, REGION).client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
            start = time.perf_counter()
            cloud.checkpoint()
            print(f"save after one change: {time.perf_counter() - start:.2f} s")
            start = time.perf_counter()
            cloud.checkpoint()
            print(f"save nothing: {1000 * (time.perf_counter() - start):.1f} ms")
        size = sum(path.stat().st_size for path in (state / "snapshot" / "parts").iterdir())
        print(f"{size / 1e6:.1f} MB in {len(list((state / 'snapshot' / 'parts').iterdir()))} parts")
        for service, operation in (
            ("sts", "get_caller_identity"),
            ("s3", "list_buckets"),
            ("kms", "list_keys"),
            ("ec2", "describe_vpcs"),
        ):
            ran = subprocess.run(
                [sys.executable, "-c", LOAD, str(state), service, operation],
                check=True,
                capture_output=True,
                text=True,
            )
            print(ran.stdout.strip())


if __name__ == "__main__":
    main()
