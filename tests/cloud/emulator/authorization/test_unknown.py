"""What the local cloud does not know is never taken for an Allow."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as cloud:
        s3 = cloud.session(ACCOUNT, REGION).client("s3")
        s3.create_bucket(Bucket=f"data-{ACCOUNT}")
        s3.put_object(Bucket=f"data-{ACCOUNT}", Key="open", Body=b"x", Tagging="class=public")
        s3.put_object(Bucket=f"data-{ACCOUNT}", Key="closed", Body=b"x", Tagging="class=secret")
        yield cloud


def read(cloud, *statements, key="open"):
    """What comes of reading an object with a role of these statements: `Allowed`, or the error's code."""
    admin = cloud.session(ACCOUNT, REGION)
    iam, sts = admin.client("iam"), admin.client("sts")
    name = f"r{len(iam.list_roles()['Roles'])}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    given = sts.assume_role(RoleArn=arn, RoleSessionName="reader")["Credentials"]
    client = admin.client(
        "s3",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    try:
        client.get_object(Bucket=f"data-{ACCOUNT}", Key=key)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "Allowed"


ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null"])
@pytest.mark.parametrize("key", ["aws:NoSuchKey", "s3:signatureAge", "s3:BucketTag/team"])
def test_a_policy_that_decides_by_a_key_that_is_not_known_is_not_decided(cloud, operator, key):
    condition = {operator: {key: "true"}}
    assert read(cloud, {**ALLOW, "Condition": condition}) == "NotEmulated"
    assert read(cloud, ALLOW, {**DENY, "Condition": condition}) == "NotEmulated"


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize("variable", ["${aws:NoSuchKey}", "${s3:signatureAge}", "${aws:NoSuchKey, 'data'}"])
def test_nor_is_one_with_such_a_variable(cloud, effect, variable):
    """Without a value a resource matches nothing: a Deny would not be held."""
    in_resource = {**DENY, "Effect": effect, "Resource": f"arn:aws:s3:::{variable}/*"}
    assert read(cloud, ALLOW, in_resource) == "NotEmulated"
    in_condition = {**DENY, "Effect": effect, "Condition": {"StringLike": {"aws:PrincipalArn": variable}}}
    assert read(cloud, ALLOW, in_condition) == "NotEmulated"


def test_a_variable_that_is_known_to_be_absent_matches_nothing(cloud):
    """AWS: "Policy variables with no value": a role's session has no aws:username."""
    own = {**DENY, "Resource": f"arn:aws:s3:::data-{ACCOUNT}/${{aws:username}}*"}
    assert read(cloud, ALLOW, own) == "Allowed"


def test_such_a_key_in_a_statement_about_something_else_is_no_matter(cloud):
    other = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    assert read(cloud, ALLOW, {**other, "Condition": {"StringEquals": {"aws:NoSuchKey": "x"}}}) == "Allowed"


def test_tags_of_an_object_decide(cloud):
    """S3 user guide, "Tagging and access control policies": s3:ExistingObjectTag/key."""
    secret = {**DENY, "Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "secret"}}}
    assert read(cloud, ALLOW, secret) == "Allowed"
    assert read(cloud, ALLOW, secret, key="closed") == "AccessDenied"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringMatches": {"aws:SourceIp": "x"}},
        {"IpAddress": {"aws:SourceIp": "office"}},
        {"Bool": {"aws:x": 3}},
    ],
)
def test_a_policy_with_what_iam_does_not_have_is_refused_when_it_is_put(cloud, condition):
    with pytest.raises(ClientError) as caught:
        read(cloud, {**ALLOW, "Condition": condition})
    assert caught.value.response["Error"]["Code"] == "MalformedPolicyDocument"
