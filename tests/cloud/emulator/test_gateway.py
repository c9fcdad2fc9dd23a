"""The local cloud's front door: who may call, who answers, and how a refusal looks."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.accounts import administrator, administrator_role
from ringwork.cloud.emulator.credentials import Credentials
from ringwork.cloud.emulator.gateway import Gateway
from ringwork.cloud.emulator.transport import new_session
from ringwork.cloud.errors import OperationError


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ["111122223333", "444455556666"]}, "Action": "sts:*"}
        ],
    }
)
"""lets both accounts of these tests in"""


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud


def session(cloud: LocalCloud, account: str = "111122223333", region: str = "eu-west-1") -> boto3.Session:
    return cloud.session(account, region)


def test_the_administrator_is_who_it_says(cloud):
    answer = session(cloud).client("sts").get_caller_identity()
    assert answer["Account"] == "111122223333"
    assert answer["Arn"] == "arn:aws:sts::111122223333:assumed-role/ringwork-local-administrator/ringwork"


def test_the_administrator_is_an_ordinary_role_of_its_account(cloud):
    role = session(cloud).client("iam").get_role(RoleName="ringwork-local-administrator")["Role"]
    assert role["Arn"] == "arn:aws:iam::111122223333:role/ringwork-local-administrator"
    said = session(cloud).client("sts").get_caller_identity()["UserId"]
    assert said == f"{role['RoleId']}:ringwork"


def test_accounts_and_regions_do_not_see_each_other(cloud):
    session(cloud).client("ec2").create_vpc(CidrBlock="10.9.0.0/16")

    def blocks(account, region):
        vpcs = session(cloud, account, region).client("ec2").describe_vpcs()["Vpcs"]
        return {vpc["CidrBlock"] for vpc in vpcs}

    assert "10.9.0.0/16" in blocks("111122223333", "eu-west-1")
    assert "10.9.0.0/16" not in blocks("111122223333", "us-east-1")
    assert "10.9.0.0/16" not in blocks("444455556666", "eu-west-1")


def test_a_role_that_does_not_exist_cannot_be_assumed(cloud):
    with pytest.raises(OperationError, match="cannot assume role"):
        cloud.session("444455556666", "eu-west-1", role="absent")


def test_a_role_session_acts_in_the_role_s_account(cloud):
    iam = session(cloud, "444455556666").client("iam")
    arn = iam.create_role(RoleName="ringwork-deploy", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    sts = session(cloud, "111122223333").client("sts")
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="tester")["Credentials"]
    assert keys["AccessKeyId"]
    assumed = cloud.session("444455556666", "eu-west-1", role="ringwork-deploy")
    answer = assumed.client("sts").get_caller_identity()
    assert answer["Account"] == "444455556666"
    assert answer["Arn"] == "arn:aws:sts::444455556666:assumed-role/ringwork-deploy/ringwork"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        (
            "translate",
            "translate_text",
            {"Text": "a", "SourceLanguageCode": "de", "TargetLanguageCode": "en"},
        ),
        ("comprehendmedical", "infer_icd10_cm", {"Text": "a"}),
    ],
)
def test_what_is_not_emulated_says_so(cloud, service, operation, parameters):
    with pytest.raises(ClientError) as error:
        getattr(session(cloud).client(service), operation)(**parameters)
    assert code(error) == "NotEmulated"
    assert f"{service}:" in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("service", "operation", "expected", "status"),
    [
        # "Common Errors" in each service's API reference
        ("ec2", "describe_vpcs", "AuthFailure", 401),
        ("iam", "list_roles", "InvalidClientTokenId", 403),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        ("cloudformation", "list_stacks", "InvalidClientTokenId", 403),
        ("s3", "list_buckets", "InvalidAccessKeyId", 403),
        ("kms", "list_keys", "UnrecognizedClientException", 400),
        ("logs", "describe_log_groups", "UnrecognizedClientException", 400),
    ],
)
def test_a_key_from_elsewhere_is_refused(cloud, service, operation, expected, status):
    application = cloud._application
    stranger = new_session(Credentials("AKIAIOSFODNN7EXAMPLE", "x"), "us-east-1", application)
    with pytest.raises(ClientError) as error:
        getattr(stranger.client(service), operation)()
    assert code(error) == expected
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_key_of_another_account_cannot_be_made_by_changing_the_number(cloud):
    key = cloud.credentials("111122223333").access_key
    other = cloud.credentials("111122223334").access_key
    forged = other[:12] + key[12:]
    session = new_session(Credentials(forged, "x"), "us-east-1", cloud._application)
    with pytest.raises(ClientError) as error:
        session.client("sts").get_caller_identity()
    assert code(error) == "InvalidClientTokenId"


def test_a_token_for_one_role_does_not_open_another(cloud):
    iam = session(cloud).client("iam")
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    sts = session(cloud).client("sts")
    one, two = (
        sts.assume_role(RoleArn=f"arn:aws:iam::111122223333:role/{name}", RoleSessionName="s1")["Credentials"]
        for name in ("one", "two")
    )
    mixed = Credentials(one["AccessKeyId"], one["SecretAccessKey"], two["SessionToken"])
    with pytest.raises(ClientError) as error:
        new_session(mixed, "us-east-1", cloud._application).client("sts").get_caller_identity()
    assert code(error) == "InvalidClientTokenId"


def test_an_iam_user_s_keys_name_that_user(cloud):
    iam = session(cloud).client("iam")
    iam.create_user(UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    keys = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
    answer = new_session(keys, "us-east-1", cloud._application).client("sts").get_caller_identity()
    assert answer["Arn"] == "arn:aws:iam::111122223333:user/alice"


def test_a_role_session_lasts_twelve_hours_at_most(cloud):
    arn = administrator_role("111122223333")
    with pytest.raises(ClientError) as error:
        session(cloud).client("sts").assume_role(RoleArn=arn, RoleSessionName="s1", DurationSeconds=43201)
    assert code(error) == "ValidationError"


def test_a_fault_inside_is_an_error_in_the_service_s_protocol_and_no_html(cloud, monkeypatch):
    def fail(*_):
        raise RuntimeError("something unforeseen")

    monkeypatch.setattr("ringwork.cloud.emulator.routing.services.dispatch", fail)
    for service, operation in (("ec2", "describe_vpcs"), ("kms", "list_keys"), ("s3", "list_buckets")):
        with pytest.raises(ClientError) as error:
            getattr(session(cloud).client(service), operation)()
        assert code(error) == "NotEmulated"
        assert "something unforeseen" in error.value.response["Error"]["Message"]


def test_what_a_user_s_aws_configuration_says_has_no_effect(cloud, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "x")
    answer = session(cloud).client("sts").get_caller_identity()
    assert answer["Arn"].endswith("/ringwork-local-administrator/ringwork")


def test_no_connection_to_another_machine_is_ever_opened(cloud, monkeypatch):
    attempts = []
    real = socket.socket.connect

    def connect(self, address):
        host = address[0] if isinstance(address, tuple) else "unix"
        if host not in ("127.0.0.1", "::1", "unix"):
            attempts.append(address)
            raise AssertionError(f"a connection to {address} was tried")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: attempts.append(a) or [])
    for service, operation, parameters in (
        ("ec2", "describe_vpcs", {}),
        ("ec2", "describe_vpc_block_public_access_options", {}),
        ("s3", "list_buckets", {}),
        ("s3", "get_object", {"Bucket": "absent", "Key": "k"}),
        ("iam", "list_roles", {}),
        ("kms", "list_keys", {}),
        ("logs", "describe_log_groups", {}),
        ("sts", "get_caller_identity", {}),
        ("detective", "list_graphs", {}),
        ("sagemaker", "list_artifacts", {}),
        ("guardduty", "list_detectors", {}),
        ("bedrock", "list_guardrails", {}),
        ("cloudformation", "list_stacks", {}),
        ("cloudformation", "list_stack_sets", {}),
        (
            "cloudformation",
            "create_stack",
            {"StackName": "s", "TemplateURL": "https://bucket.s3.amazonaws.com/template.json"},
        ),
    ):
        try:
            getattr(session(cloud).client(service), operation)(**parameters)
        except ClientError:
            continue
    assert attempts == []


def test_streams_and_metadata_arrive_as_they_were_sent(cloud):
    s3 = session(cloud, region="us-east-1").client("s3")
    s3.create_bucket(Bucket="data")
    body = bytes(range(256)) * 1000
    s3.put_object(Bucket="data", Key="a/b c%2F+ä", Body=body, Metadata={"my_key": "1"})
    got = s3.get_object(Bucket="data", Key="a/b c%2F+ä")
    assert b"".join(got["Body"].iter_chunks(4096)) == body
    assert got["Metadata"] == {"my_key": "1"}
    assert s3.get_object(Bucket="data", Key="a/b c%2F+ä", Range="bytes=1-3")["Body"].read() == body[1:4]
    assert s3.head_object(Bucket="data", Key="a/b c%2F+ä")["ContentLength"] == len(body)
    assert [c["Key"] for c in s3.list_objects_v2(Bucket="data")["Contents"]] == ["a/b c%2F+ä"]


def test_threads_may_call_at_the_same_time(cloud):
    ec2 = session(cloud).client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def make(number):
        return ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(make, range(40)))
    found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert {subnet["SubnetId"] for subnet in found} == made
    assert len(made) == 40


class FakeEngine:
    """Stands for the CloudFormation engine: records what it is asked, answers what it is told."""

    def __init__(self, answer):
        self.asked = None
        self._answer = answer

    def call(self, operation, account, region, parameters, *, caller):
        self.asked = (operation, account, region, parameters, caller)
        return self._answer

    def stack_id(self, account, region, parameters):
        return None


def test_cloudformation_s_parameters_and_results_survive_the_wire(cloud):
    answer = {
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/s/1",
        "Id": "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1",
    }
    engine = FakeEngine(answer)
    gateway = Gateway(replace(cloud._application._desk, engine=lambda: engine), cloud._lock)
    keys = cloud.credentials("111122223333")
    client = new_session(keys, "eu-west-1", gateway).client("cloudformation")
    sent = {
        "StackName": "s",
        "ChangeSetName": "c",
        "TemplateBody": '{"Resources": {"Ä&<": 1}}',
        "Parameters": [
            {"ParameterKey": "A", "ParameterValue": "1,2"},
            {"ParameterKey": "B", "UsePreviousValue": True},
        ],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "k", "Value": "v"}],
        "IncludeNestedStacks": False,
    }
    got = client.create_change_set(**sent)
    caller = administrator("111122223333")
    assert engine.asked == ("CreateChangeSet", "111122223333", "eu-west-1", sent, caller)
    assert {name: got[name] for name in answer} == answer


def test_help_does_not_load_moto():
    script = "import sys, ringwork.cloud.emulator; sys.exit('moto' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_open_policy_document_is_json_again(cloud):
    """IAM answers policies percent-encoded; botocore decodes them, so nothing may encode twice."""
    iam = session(cloud).client("iam")
    trust = json.loads(TRUST)
    trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "a%20b"}}
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == trust
