"""The local cloud over HTTP: one state for several commands and for other tools, on this machine only."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.server import environment, reset, start_server, status, stop_server
from ringwork.cloud.errors import OperationError

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def state(tmp_path):
    state = tmp_path / "state"
    yield state
    stop_server(state)


def blocks(session):
    return {vpc["CidrBlock"] for vpc in session.client("ec2").describe_vpcs()["Vpcs"]}


def test_a_server_keeps_state_beyond_its_own_life(state):
    assert status(state) is None
    info = start_server(state)
    assert start_server(state) == info, "a second start finds the first server"
    assert status(state) == info
    with LocalCloud(state) as cloud:
        cloud.session(ACCOUNT, REGION).client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    # a second command sees what the first did, through the same server
    with LocalCloud(state) as cloud:
        assert "10.1.0.0/16" in blocks(cloud.session(ACCOUNT, REGION))
        with pytest.raises(OperationError, match="already runs"):
            cloud.serve()
    stopped = stop_server(state)
    assert stopped is not None
    assert stopped.pid == info.pid
    assert status(state) is None
    with LocalCloud(state) as cloud:
        assert "10.1.0.0/16" in blocks(cloud.session(ACCOUNT, REGION))


def test_a_killed_server_leaves_what_was_checkpointed(state):
    info = start_server(state)
    with LocalCloud(state) as cloud:
        cloud.session(ACCOUNT, REGION).client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
        cloud.checkpoint()
    os.kill(info.pid, 9)
    with LocalCloud(state) as cloud:
        assert cloud.notices == []
        assert "10.1.0.0/16" in blocks(cloud.session(ACCOUNT, REGION))


def test_other_tools_reach_it_through_environment_variables(state):
    info = start_server(state)
    script = """
import boto3, json
s3 = boto3.client("s3")
s3.create_bucket(Bucket="tool", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
s3.put_object(Bucket="tool", Key="a/b c%2F", Body=b"bytes\\x00", Metadata={"my_key": "1"})
got = s3.get_object(Bucket="tool", Key="a/b c%2F")
head = s3.head_object(Bucket="tool", Key="a/b c%2F")
print(json.dumps([boto3.client("sts").get_caller_identity()["Arn"], got["Body"].read().hex(),
    got["Metadata"], head["ContentLength"], len(boto3.client("kms").list_keys()["Keys"]),
    boto3.client("s3control").list_access_points(AccountId="111122223333")["AccessPointList"]]))
"""
    variables = {**os.environ, **environment(info, account=ACCOUNT, region=REGION)}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/ringwork-local-administrator/ringwork",
        b"bytes\x00".hex(),
        {"my_key": "1"},
        6,
        0,
        [],
    ]


def test_s3_control_s_host_prefix_and_virtual_hosts_are_understood(state):
    with LocalCloud(state) as cloud, cloud.serve() as serving:
        keys = cloud.credentials(ACCOUNT)

        def send(host, method, path, service, body=b""):
            from botocore.auth import S3SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials

            request = AWSRequest(method, f"http://{host}{path}", data=body)
            request.headers["x-amz-account-id"] = ACCOUNT
            S3SigV4Auth(Credentials(keys.access_key, keys.secret_key), service, REGION).add_auth(request)
            connection = http.client.HTTPConnection("127.0.0.1", serving.port)
            connection.request(method, path, body, {**dict(request.headers.items()), "Host": host})
            response = connection.getresponse()
            answer = response.status, response.read()
            connection.close()
            return answer

        session = cloud.session(ACCOUNT, REGION)
        session.client("s3").create_bucket(
            Bucket="virtual", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        body = b"<BlockPublicAcls>true</BlockPublicAcls>"
        body = b"<PublicAccessBlockConfiguration>" + body + b"</PublicAccessBlockConfiguration>"
        path = "/v20180820/configuration/publicAccessBlock"
        host = f"{ACCOUNT}.localhost:{serving.port}"
        assert send(host, "PUT", path, "s3", body)[0] in (200, 201)
        found = session.client("s3control").get_public_access_block(AccountId=ACCOUNT)
        assert found["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
        assert send("virtual.s3.eu-west-1.amazonaws.com", "PUT", "/key", "s3", b"v")[0] == 200
        read = session.client("s3").get_object(Bucket="virtual", Key="key")
        assert read["Body"].read() == b"v"


def test_only_known_keys_are_answered(state):
    with LocalCloud(state) as cloud, cloud.serve() as serving:
        stranger = boto3.client(
            "ec2",
            endpoint_url=serving.endpoint,
            region_name=REGION,
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="x",
            config=Config(retries={"max_attempts": 0}),
        )
        with pytest.raises(ClientError) as error:
            stranger.describe_vpcs()
        assert error.value.response["Error"]["Code"] == "AuthFailure"


def test_a_web_page_s_name_for_this_machine_is_refused(state):
    with LocalCloud(state) as cloud, cloud.serve() as serving:
        connection = http.client.HTTPConnection("127.0.0.1", serving.port)
        connection.request("GET", "/", headers={"Host": "rebound.example"})
        assert connection.getresponse().status == 403
        connection.close()


def test_it_listens_on_loopback_only(state):
    with LocalCloud(state) as cloud, cloud.serve() as serving:
        assert serving._server.server_address[0] == "127.0.0.1"
        assert serving.endpoint == f"http://127.0.0.1:{serving.port}"


def test_another_program_on_the_port_is_not_taken_for_the_server(state):
    with LocalCloud(state.with_name("other")) as cloud, cloud.serve() as serving:
        state.mkdir(mode=0o700)
        (state / "server.json").write_text(json.dumps({"pid": 1, "port": serving.port}))
        assert status(state) is None, "it has another key"


def test_reset_removes_everything_and_needs_the_server_down(state):
    start_server(state)
    with LocalCloud(state) as cloud:
        key = cloud.credentials(ACCOUNT).access_key
        cloud.session(ACCOUNT, REGION).client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    with pytest.raises(OperationError, match="in use"):
        reset(state)
    stop_server(state)
    reset(state)
    with LocalCloud(state) as cloud:
        assert "10.1.0.0/16" not in blocks(cloud.session(ACCOUNT, REGION))
        assert cloud.credentials(ACCOUNT).access_key == key
        assert cloud.notices == []
