"""What one command makes, the next one finds: moto's state through a snapshot and back."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap

import pytest

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.pickles import ForbiddenClassError, load
from ringwork.cloud.emulator.state import StateFolder, versions
from ringwork.cloud.errors import OperationError

ONE, TWO = "111122223333", "444455556666"
EMPTY_TRUST = json.dumps(
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


def reopened(state):
    """The same local cloud, as the next command sees it."""
    return LocalCloud(state)


def test_a_network_survives(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        ec2 = cloud.session(ONE, "eu-west-1").client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "UserIdGroupPairs": [{"GroupId": group}],
                }
            ],
        )
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        endpoint = ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName="com.amazonaws.eu-west-1.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[table],
            PolicyDocument=policy,
        )["VpcEndpoint"]["VpcEndpointId"]
    with reopened(tmp_path / "s") as cloud:
        assert cloud.notices == []
        ec2 = cloud.session(ONE, "eu-west-1").client("ec2")
        assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"] == "10.1.0.0/16"
        assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"] == vpc
        found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        assert found["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group
        read = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
        assert json.loads(read["PolicyDocument"]) == json.loads(policy)
        # and what was read back is alive: a new subnet goes into the old VPC
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.2.0/24")
        other = cloud.session(ONE, "us-east-1").client("ec2")
        assert all(v["VpcId"] != vpc for v in other.describe_vpcs()["Vpcs"])


def test_buckets_survive_with_every_version_of_an_object(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        s3 = cloud.session(ONE, "us-east-1").client("s3")
        s3.create_bucket(Bucket="model-artifacts")
        s3.put_bucket_versioning(Bucket="model-artifacts", VersioningConfiguration={"Status": "Enabled"})
        for body in (b"first", b"second"):
            s3.put_object(Bucket="model-artifacts", Key="m/model.tar.gz", Body=body)
        s3.delete_object(Bucket="model-artifacts", Key="m/model.tar.gz")
    with reopened(tmp_path / "s") as cloud:
        s3 = cloud.session(ONE, "us-east-1").client("s3")
        assert s3.get_bucket_versioning(Bucket="model-artifacts")["Status"] == "Enabled"
        listed = s3.list_object_versions(Bucket="model-artifacts")
        assert len(listed["DeleteMarkers"]) == 1
        bodies = {
            s3.get_object(Bucket="model-artifacts", Key=v["Key"], VersionId=v["VersionId"])["Body"].read()
            for v in listed["Versions"]
        }
        assert bodies == {b"first", b"second"}
        # bucket names are global: another account cannot take the name
        taken = cloud.session(TWO, "us-east-1").client("s3")
        with pytest.raises(taken.exceptions.BucketAlreadyExists):
            taken.create_bucket(Bucket="model-artifacts")


def test_what_a_key_encrypted_before_decrypts_after(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        kms = cloud.session(ONE, "eu-west-1").client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/restricted", TargetKeyId=key)
        secret = kms.encrypt(KeyId="alias/restricted", Plaintext=b"weights")["CiphertextBlob"]
        signer = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        signature = kms.sign(KeyId=signer, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
    with reopened(tmp_path / "s") as cloud:
        kms = cloud.session(ONE, "eu-west-1").client("kms")
        assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"weights"
        assert kms.verify(
            KeyId=signer, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256", Signature=signature
        )["SignatureValid"]


def test_roles_of_two_accounts_and_log_groups_of_two_regions_survive(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        for account in (ONE, TWO):
            iam = cloud.session(account, "us-east-1").client("iam")
            iam.create_role(RoleName=f"role-{account}", AssumeRolePolicyDocument=EMPTY_TRUST)
        for region in ("eu-west-1", "us-east-1"):
            logs = cloud.session(ONE, region).client("logs")
            logs.create_log_group(logGroupName=f"group-{region}")
            logs.put_retention_policy(logGroupName=f"group-{region}", retentionInDays=30)
    with reopened(tmp_path / "s") as cloud:
        for account in (ONE, TWO):
            roles = cloud.session(account, "us-east-1").client("iam").list_roles()["Roles"]
            names = {role["RoleName"] for role in roles}
            assert names == {"ringwork-local-administrator", f"role-{account}"}
        for region in ("eu-west-1", "us-east-1"):
            groups = cloud.session(ONE, region).client("logs").describe_log_groups()["logGroups"]
            assert [(g["logGroupName"], g["retentionInDays"]) for g in groups] == [(f"group-{region}", 30)]


def test_access_keys_are_the_same_in_the_next_process_and_differ_between_folders(tmp_path):
    def key(state):
        with LocalCloud(state) as cloud:
            return cloud.credentials(ONE).access_key

    assert key(tmp_path / "a") == key(tmp_path / "a")
    assert key(tmp_path / "a") != key(tmp_path / "b")


def test_only_what_changed_is_written(tmp_path):
    state = tmp_path / "s"
    with LocalCloud(state) as cloud:
        cloud.session(ONE, "eu-west-1").client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
        cloud.session(TWO, "eu-west-1").client("ec2").create_vpc(CidrBlock="10.2.0.0/16")
        cloud.checkpoint()
        before = StateFolder(state).read()
        cloud.session(ONE, "eu-west-1").client("ec2").create_vpc(CidrBlock="10.3.0.0/16")
        cloud.checkpoint()
        after = StateFolder(state).read()
    # the network itself, and CloudTrail's record of the call
    changed = {f"moto/ec2/{ONE}/eu-west-1", f"events/{ONE}/eu-west-1/000001"}
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == changed
    kept = {path.name for path in (state / "snapshot" / "parts").iterdir()}
    assert kept == set(after.values())


def make(state):
    """A saved local cloud with one VPC."""
    with LocalCloud(state) as cloud:
        cloud.session(ONE, "eu-west-1").client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    return StateFolder(state)


def blocks(cloud):
    vpcs = cloud.session(ONE, "eu-west-1").client("ec2").describe_vpcs()["Vpcs"]
    return {vpc["CidrBlock"] for vpc in vpcs}


def assert_starts_empty(state, reason):
    with LocalCloud(state) as cloud:
        assert "10.1.0.0/16" not in blocks(cloud)
        assert len(cloud.notices) == 1
        assert reason in cloud.notices[0]
    assert len(list(state.glob("snapshot-set-aside-*"))) == 1


def test_a_tampered_part_is_set_aside(tmp_path):
    make(tmp_path / "s")
    for path in (tmp_path / "s" / "snapshot" / "parts").iterdir():
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    assert_starts_empty(tmp_path / "s", "was changed")


def test_a_tampered_manifest_is_set_aside(tmp_path):
    make(tmp_path / "s")
    path = tmp_path / "s" / "snapshot" / "manifest.json"
    path.write_text(path.read_text().replace(ONE, TWO))
    assert_starts_empty(tmp_path / "s", "authentication code is wrong")


def test_a_snapshot_under_another_key_is_set_aside(tmp_path):
    make(tmp_path / "s")
    (tmp_path / "s" / "key").unlink()
    assert_starts_empty(tmp_path / "s", "authentication code is wrong")


def test_a_snapshot_of_another_version_is_set_aside(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("ringwork.cloud.emulator.state.versions", lambda: {**versions(), "moto": "5.2.4"})
        make(tmp_path / "s")
    assert_starts_empty(tmp_path / "s", "moto 5.2.4")


class Hostile:
    def __init__(self, call, *arguments):
        self.reduced = (call, arguments)

    def __reduce__(self):
        return self.reduced


def hostile(tmp_path):
    """Pickles that would do something if they were read by plain pickle."""
    mark = f"touch {tmp_path / 'pwned'}"
    return {
        "os.system": pickle.dumps({"x": Hostile(os.system, mark)}),
        "builtins.eval": pickle.dumps({"x": Hostile(eval, f"__import__('os').system({mark!r})")}),
        "subprocess.Popen": pickle.dumps({"x": Hostile(subprocess.Popen, ["sh", "-c", mark])}),
        # a dotted name walks attributes: from a listed module to what it imported
        "dotted": b"\x80\x04\x8c\x0emoto.s3.models\x8c\x09os.system\x93" + b"\x8c\x04true\x85R.",
        "reached through a module": b"cmoto.s3.models\nos\n.",
        "marshal": pickle.dumps({"x": Hostile(__import__("marshal").loads, b"c")}),
    }


@pytest.mark.parametrize("kind", hostile(__import__("pathlib").Path("/nowhere")))
def test_a_hostile_pickle_is_refused(tmp_path, kind):
    data = hostile(tmp_path)[kind]
    with pytest.raises(ForbiddenClassError):
        load(data, lambda name: None)
    assert not (tmp_path / "pwned").exists()


def test_a_hostile_part_with_a_right_code_is_set_aside_too(tmp_path):
    folder = make(tmp_path / "s")
    parts = folder.read()
    name = next(name for name in parts if name.startswith("moto/ec2/"))
    folder.write(parts, {name: hostile(tmp_path)["os.system"]})
    assert_starts_empty(tmp_path / "s", "is not a class that a snapshot may contain")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_open_to_others_is_refused(tmp_path, mode):
    (tmp_path / "s").mkdir()
    (tmp_path / "s").chmod(mode)
    with pytest.raises(OperationError, match="open to other users"), LocalCloud(tmp_path / "s"):
        pass


def test_a_second_process_waits_and_then_says_who_is_in_the_way(tmp_path):
    script = "import sys; from ringwork.cloud.emulator import LocalCloud; from pathlib import Path\n"
    script += "with LocalCloud(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "s")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(OperationError, match="in use by another process"):
            LocalCloud(tmp_path / "s", patience=0.2).__enter__()
    finally:
        holder.communicate(b"")
    with LocalCloud(tmp_path / "s", patience=0.2) as cloud:
        assert cloud.notices == []


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from ringwork.cloud.emulator import LocalCloud, state

    writes = 0
    real = state._write

    def write(path, data):
        global writes
        if armed:
            writes += 1
            if writes == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
        real(path, data)

    state._write = write
    armed = False
    with LocalCloud(Path(sys.argv[1])) as cloud:
        for account in ("111122223333", "444455556666"):
            ec2 = cloud.session(account, "eu-west-1").client("ec2")
            ec2.create_vpc(CidrBlock="10.1.0.0/16")
        cloud.checkpoint()
        for account in ("111122223333", "444455556666"):
            ec2 = cloud.session(account, "eu-west-1").client("ec2")
            ec2.create_vpc(CidrBlock="10.2.0.0/16")
        armed = True
        cloud.checkpoint()
""")


@pytest.mark.parametrize("write", [1, 2, 3, 4, 5])
def test_a_process_killed_between_writes_leaves_the_older_state_whole(tmp_path, write):
    # for each account its network and its record of calls, then the manifest: the fifth write is the last
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "s"), str(write)], check=False, capture_output=True
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()
    with LocalCloud(tmp_path / "s") as cloud:
        assert cloud.notices == []
        for account in (ONE, TWO):
            vpcs = cloud.session(account, "eu-west-1").client("ec2").describe_vpcs()["Vpcs"]
            found = {vpc["CidrBlock"] for vpc in vpcs}
            assert "10.1.0.0/16" in found
            assert "10.2.0.0/16" not in found


def test_the_fifth_write_is_the_last(tmp_path):
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "s"), "6"], check=False)
    assert ran.returncode == 0
    with LocalCloud(tmp_path / "s") as cloud:
        assert "10.2.0.0/16" in blocks(cloud)
