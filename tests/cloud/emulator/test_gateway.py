"""The local cloud's front door: who may call, who answers, and how a refusal looks."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.errors import OperationError


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud


def session(cloud: LocalCloud, account: str = "111122223333", region: str = "eu-west-1") -> boto3.Session:
    return cloud.session(account, region)


def test_the_administrator_is_who_it_says(cloud):
    answer = session(cloud).client("sts").get_caller_identity()
    assert answer["Account"] == "111122223333"
    assert answer["Arn"] == "arn:aws:iam::111122223333:role/ringwork-local-administrator"


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
    arn = iam.create_role(RoleName="ringwork-deploy", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    sts = session(cloud, "111122223333").client("sts")
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="tester")["Credentials"]
    assert keys["AccessKeyId"]
    assumed = cloud.session("444455556666", "eu-west-1", role="ringwork-deploy")
    answer = assumed.client("sts").get_caller_identity()
    assert answer["Account"] == "444455556666"
    assert answer["Arn"] == "arn:aws:sts::444455556666:assumed-role/ringwork-deploy/ringwork"


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ec2", "describe_vpc_block_public_access_options"), ("detective", "list_graphs")],
)
def test_what_is_not_emulated_says_so(cloud, service, operation):
    with pytest.raises(ClientError) as error:
        getattr(session(cloud).client(service), operation)()
    assert code(error) == "NotEmulated"
    assert f"{service}:" in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
