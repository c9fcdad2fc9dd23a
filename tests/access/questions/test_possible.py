"""Questions to a whole estate. Sources: IAM user guide, "Cross-account policy evaluation logic"; PrivateLink
guide, "Control access to VPC endpoints using endpoint policies"; KMS developer guide, "Key policies"."""

from __future__ import annotations

import json

import pytest

from ringwork.access.questions.asker import asker
from ringwork.access.questions.possible import possible, replays
from ringwork.access.questions.public import public
from ringwork.access.reading import read
from ringwork.access.symbolic import match
from ringwork.estate import Stack
from ringwork.estate.sources import cloudformation

HERE, THERE, REGION = "111122223333", "444455556666", "eu-west-1"


def role(*statements, name="train", **more):
    statements = statements or (allow("s3:ListAllMyBuckets"),)
    statements = statements or (allow("s3:ListAllMyBuckets"),)
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    properties = {"RoleName": name, "AssumeRolePolicyDocument": trust, "Policies": [policy], **more}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def bucket(name, *statements):
    made = {"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        made["DataPolicy"] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": name, "PolicyDocument": document},
        }
    return made


def authority(**accounts):
    """Of one template in each account: `here` and `there`."""
    stacks = [
        Stack(name, {"here": HERE, "there": THERE}[name], REGION, {"Resources": resources})
        for name, resources in accounts.items()
    ]
    (estate,) = cloudformation.read_stacks(stacks)
    return read(estate)


def asked(found, action, resource="*", *, name="train", **more):
    identity = next(one for one in found.identities.values() if one.name == name)
    who = asker(found, identity)
    verdict = possible(found, who, match(action, resource=[resource]), **more)
    if verdict.outcome == "possible":
        assert replays(verdict, found, who)
    return verdict


def test_the_bucket_of_another_account_must_admit_it():
    reader = {"Train": role(allow("s3:GetObject"))}
    closed = authority(here=reader, there=bucket("data"))
    assert asked(closed, "s3:GetObject", "arn:aws:s3:::data/*").outcome == "impossible"
    names = {"Principal": {"AWS": f"arn:aws:iam::{HERE}:role/train"}}
    opened = authority(
        here=reader, there=bucket("data", allow("s3:GetObject", "arn:aws:s3:::data/*", **names))
    )
    verdict = asked(opened, "s3:GetObject", "arn:aws:s3:::data/*")
    assert verdict.outcome == "possible"
    assert verdict.witness.resource_account == THERE


def test_a_bucket_of_the_own_account_needs_no_policy():
    found = authority(here={"Train": role(allow("s3:GetObject")), **bucket("data")})
    assert asked(found, "s3:GetObject", "arn:aws:s3:::data/*").outcome == "possible"


def test_what_a_bucket_refuses_is_not_taken_for_a_bucket_without_a_policy():
    refuses = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}
    found = authority(here={"Train": role(allow("s3:GetObject")), **bucket("data", refuses)})
    assert asked(found, "s3:GetObject", "arn:aws:s3:::data/*").outcome == "impossible"
    assert asked(found, "s3:GetObject").outcome == "possible"


def test_a_key_that_is_not_in_sight_may_admit_anybody():
    found = authority(here={"Train": role(allow("kms:Decrypt"))})
    key = f"arn:aws:kms:{REGION}:{HERE}:key/11111111-2222-3333-4444-555555555555"
    verdict = asked(found, "kms:Decrypt", key)
    assert verdict.outcome == "unknown"
    assert "not in sight" in verdict.reasons[0]


def test_a_key_admits_its_account_or_nobody_can_use_it():
    def key(*principals):
        named = [
            {"Effect": "Allow", "Principal": {"AWS": one}, "Action": "kms:*", "Resource": "*"}
            for one in principals
        ]
        document = {"Version": "2012-10-17", "Statement": named}
        return {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document}}}

    may = {"Train": role(allow("kms:Decrypt"))}
    delegated = authority(here={**may, **key(f"arn:aws:iam::{HERE}:root")})
    assert asked(delegated, "kms:Decrypt").outcome == "possible"
    reserved = authority(here={**may, **key(f"arn:aws:iam::{HERE}:role/other")})
    (one,) = [each for each in reserved.guarded.values() if each.type == "AWS::KMS::Key"]
    assert asked(reserved, "kms:Decrypt", one.arn).outcome == "impossible"


def endpoint(*statements):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Gateway": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "ServiceName": f"com.amazonaws.{REGION}.s3",
                "PolicyDocument": document,
            },
        },
    }


@pytest.mark.parametrize(
    ("through", "outcome"), [("s3:GetObject", "possible"), ("s3:PutObject", "impossible")]
)
def test_the_policy_of_the_only_endpoint_that_a_bucket_admits_counts(through, outcome):
    only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*Object",
        "Resource": "arn:aws:s3:::data/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": {"Ref": "Gateway"}}},
    }
    found = authority(
        here={
            "Train": role(allow("s3:*")),
            **bucket("data", only),
            **endpoint({"Effect": "Allow", "Principal": "*", "Action": through, "Resource": "*"}),
        }
    )
    verdict = asked(found, "s3:GetObject", "arn:aws:s3:::data/*")
    assert verdict.outcome == outcome
    if outcome == "possible":
        assert verdict.endpoint is not None


def test_a_policy_that_is_not_known_is_never_taken_for_none():
    unknown = {"Train": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/SomePolicyOfAws"], Policies=[])}
    verdict = asked(authority(here=unknown), "s3:GetObject")
    assert verdict.outcome == "unknown"
    assert any("SomePolicyOfAws" in reason for reason in verdict.reasons)


def test_tags_of_the_role_are_what_its_policies_see():
    own = allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/team}-data/*")
    tagged = {"Train": role(own, Tags=[{"Key": "team", "Value": "fraud"}])}
    found = authority(here=tagged)
    assert asked(found, "s3:GetObject", "arn:aws:s3:::fraud-data/*").outcome == "possible"
    assert asked(found, "s3:GetObject", "arn:aws:s3:::risk-data/*").outcome == "impossible"


def queue(principal, **condition):
    document = {
        "Version": "2012-10-17",
        "Statement": [allow("sqs:SendMessage", Principal=principal, **condition)],
    }
    return {
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Jobs"}], "PolicyDocument": document},
        },
    }


@pytest.mark.parametrize(
    ("principal", "condition", "outcomes"),
    [
        ("*", {}, ["possible", "possible"]),
        ({"AWS": HERE}, {}, ["impossible", "impossible"]),
        ("*", {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}}, ["impossible"] * 2),
        (
            "*",
            {"Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}},
            ["impossible", "possible"],
        ),
        (
            "*",
            {"Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}},
            ["impossible", "possible"],
        ),
    ],
)
def test_who_outside_reaches_a_queue(principal, condition, outcomes):
    found = authority(here=queue(principal, **json.loads(json.dumps(condition))))
    resource = next(one for one in found.guarded.values() if one.type == "AWS::SQS::Queue")
    assert [each.verdict.outcome for each in public(found, resource)] == outcomes


GITHUB = f"arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com"
SAML = f"arn:aws:iam::{HERE}:saml-provider/idp"


@pytest.mark.parametrize(
    ("provider", "action", "condition", "open_to_others"),
    [
        (GITHUB, "WebIdentity", {}, True),
        (GITHUB, "WebIdentity", {"StringEquals": {"aud": "sts.amazonaws.com"}}, True),
        (GITHUB, "WebIdentity", {"StringLike": {"sub": "repo:*"}}, True),
        (GITHUB, "WebIdentity", {"StringLike": {"sub": "repo:ours/*"}}, False),
        (GITHUB, "WebIdentity", {"StringLikeIfExists": {"sub": "repo:ours/*"}}, False),
        (SAML, "SAML", {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, True),
        (SAML, "SAML", {"StringEquals": {"SAML:sub": "ada"}}, False),
    ],
)
def test_a_trust_without_a_subject_is_open_to_every_token_of_the_provider(
    provider, action, condition, open_to_others
):
    """IAM user guide, "Create a role for OpenID Connect federation": limit the subject."""
    keys = {
        operator: {
            key if ":" in key else f"token.actions.githubusercontent.com:{key}": value
            for key, value in tests.items()
        }
        for operator, tests in condition.items()
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": f"sts:AssumeRoleWith{action}",
                "Condition": keys,
            }
        ],
    }
    found = authority(here={"Train": role(AssumeRolePolicyDocument=trust)})
    (resource,) = [one for one in found.guarded.values() if one.type == "AWS::IAM::Role"]
    answers = {each.who: each.verdict.outcome for each in public(found, resource)}
    assert answers.pop(f"anybody with a token of {provider}") == (
        "possible" if open_to_others else "impossible"
    )
    assert set(answers.values()) == {"impossible"}


@pytest.mark.parametrize(
    ("ownership", "outcome"), [("BucketOwnerEnforced", "impossible"), ("ObjectWriter", "unknown")]
)
def test_where_acls_count_nobody_outside_is_proved_kept_out(ownership, outcome):
    """S3 user guide: an object's writer may open it by its ACL, whatever the bucket's ACL is."""
    properties = {
        "BucketName": "data",
        "OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]},
        "PublicAccessBlockConfiguration": {"IgnorePublicAcls": False, "RestrictPublicBuckets": True},
    }
    found = authority(here={"Data": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    (resource,) = [one for one in found.guarded.values() if one.type == "AWS::S3::Bucket"]
    assert {each.verdict.outcome for each in public(found, resource)} == {outcome}
