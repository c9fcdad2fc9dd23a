"""A secret is named without the end of its ARN, and its own policy counts all the same.

Secrets Manager user guide, "Permissions policy examples" (`secret:name-??????`), "Resource-based policies".
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        secrets = cloud.session(ACCOUNT, REGION).client("secretsmanager")
        secrets.create_secret(Name="db", SecretString="x")
        secrets.create_secret(Name="dbx", SecretString="x")
        yield cloud


def reader(cloud, resource):
    """A client of a user who may read the secrets of a pattern."""
    admin = cloud.session(ACCOUNT, REGION)
    iam = admin.client("iam")
    iam.create_user(UserName="u")
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="u")["AccessKey"]
    return admin.client(
        "secretsmanager",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token="",
    )


def allowed(client, name):
    try:
        client.get_secret_value(SecretId=name)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
        return False
    return True


def test_a_pattern_of_a_secret_s_arn_is_held_against_its_name(cloud):
    client = reader(cloud, f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-??????")
    assert allowed(client, "db")
    assert not allowed(client, "dbx")


def test_a_secret_s_own_policy_denies_whoever_names_it_how(cloud):
    client = reader(cloud, "*")
    admin = cloud.session(ACCOUNT, REGION).client("secretsmanager")
    arn = admin.describe_secret(SecretId="db")["ARN"]
    assert allowed(client, "db")
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/u"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    admin.put_resource_policy(SecretId="db", ResourcePolicy=json.dumps(document))
    assert not allowed(client, "db")
    assert not allowed(client, arn)
    assert allowed(client, "dbx")
