"""What is not in sight, and what somebody outside may choose, is never taken for what is good.

Sources: IAM user guide, "Cross-account policy evaluation logic", "AWS global condition context keys", "AWS
JSON policy elements: Principal", "Pass session tags in AWS STS"; KMS developer guide, "Key policies"; ECR
user guide, "Private registry permissions"; DynamoDB developer guide, "Resource-based policies"; GitHub
documentation, "OpenID Connect reference".
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ringwork.access.questions.always import always
from ringwork.access.questions.asker import asker
from ringwork.access.questions.possible import possible
from ringwork.access.questions.public import public, strangers
from ringwork.access.questions.situation import Situation
from ringwork.access.reading import from_documents, read
from ringwork.access.symbolic import match
from ringwork.estate.live import link

from ..reading.estates import live
from .test_possible import HERE, REGION, THERE, allow, asked, authority, bucket, endpoint, role

ELSEWHERE = "999988887777"
OBJECT = "arn:aws:s3:::data/*"


def assured(found, action, resource="*", **more):
    identity = next(one for one in found.identities.values() if one.name == "train")
    return always(found, asker(found, identity), match(action, resource=[resource]), **more).outcome


def of_type(found, type):
    (one,) = [each for each in found.guarded.values() if each.type == type]
    return one


def outcomes(found, resource, about=None):
    return [each.verdict.outcome for each in public(found, resource, about)]


# --- who asks


@pytest.mark.parametrize("name", ["alice", "session"])
def test_a_policy_may_name_any_session_of_a_role(name):
    named = {"AWS": f"arn:aws:sts::{HERE}:assumed-role/train/{name}"}
    here = authority(here={"Train": role(), **bucket("data", allow("s3:GetObject", OBJECT, Principal=named))})
    assert asked(here, "s3:GetObject", OBJECT).outcome == "possible"
    other = {"AWS": f"arn:aws:sts::{HERE}:assumed-role/other/{name}"}
    here = authority(here={"Train": role(), **bucket("data", allow("s3:GetObject", OBJECT, Principal=other))})
    assert asked(here, "s3:GetObject", OBJECT).outcome == "impossible"


def test_a_session_that_a_policy_denies_is_a_request_that_is_refused():
    named = {"AWS": f"arn:aws:sts::{HERE}:assumed-role/train/alice"}
    denied = {"Effect": "Deny", "Principal": named, "Action": "s3:*", "Resource": OBJECT}
    found = authority(here={"Train": role(allow("s3:GetObject")), **bucket("data", denied)})
    assert assured(found, "s3:GetObject", OBJECT) == "refused"


@pytest.mark.parametrize(
    ("patterns", "outcome"), [(["te*"], "possible"), (["TEAM"], "possible"), (["project"], "impossible")]
)
def test_a_tag_that_a_session_may_bring_is_not_the_roles(patterns, outcome):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": HERE},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"ForAllValues:StringLike": {"aws:TagKeys": patterns}},
            }
        ],
    }
    risk = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "risk"}}}
    own = allow("s3:GetObject", OBJECT, **risk)
    tagged = role(own, Tags=[{"Key": "team", "Value": "fraud"}], AssumeRolePolicyDocument=trust)
    found = authority(here={"Train": tagged})
    assert asked(found, "s3:GetObject", OBJECT).outcome == outcome


def test_a_template_does_not_say_that_its_account_is_in_no_organization():
    ours = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}}
    found = authority(
        here={"Train": role(allow("s3:GetObject"))},
        there=bucket("data", allow("s3:GetObject", OBJECT, Principal="*", **ours)),
    )
    assert asked(found, "s3:GetObject", OBJECT).outcome == "possible"


def test_an_account_that_was_read_and_has_no_organization_is_in_none():
    body = {"Version": "2012-10-17", "Statement": [allow("s3:*")]}
    found = read(
        link([live("IAM::Role", "r", {"RoleName": "r", "AssumeRolePolicyDocument": body}, region=None)])
    )
    assert found.accounts[HERE].member is False


def test_an_account_that_a_template_does_not_make_may_be_a_member_all_the_same():
    made = {
        "Type": "AWS::Organizations::Account",
        "Properties": {"AccountName": "new", "Email": "a@b.example"},
    }
    found = authority(here={"Train": role(allow("s3:GetObject")), "New": made}, there=bucket("data"))
    assert found.accounts[THERE].member is None


# --- what is asked for


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("kms:Decrypt", "*"),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:{HERE}:key/*"),
        ("sts:AssumeRole", "*"),
        ("sts:AssumeRole", f"arn:aws:iam::{HERE}:role/deploy*"),
        ("sts:AssumeRole", f"arn:aws:iam::{ELSEWHERE}:role/*"),
        ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ELSEWHERE}:q"),
    ],
)
def test_what_is_not_in_sight_may_admit_who_is_allowed_it(action, resource):
    may = authority(here={"Train": role(allow(action))})
    assert asked(may, action, resource).outcome == "unknown"
    may_not = authority(here={"Train": role(allow("s3:ListAllMyBuckets"))})
    assert asked(may_not, action, resource).outcome == "impossible"


def test_what_others_own_is_not_in_sight():
    """An intent on buckets of others is not proved because there are none in the estate."""
    found = authority(here={"Train": role(allow("s3:PutObject"))})
    identity = next(iter(found.identities.values()))
    theirs = match("s3:PutObject", condition={"StringNotEquals": {"aws:ResourceAccount": HERE}})
    assert possible(found, asker(found, identity), theirs).outcome == "unknown"
    denied = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:ResourceAccount": HERE}},
    }
    found = authority(here={"Train": role(allow("s3:PutObject"), denied)})
    identity = next(iter(found.identities.values()))
    assert possible(found, asker(found, identity), theirs).outcome == "impossible"


def test_a_bucket_of_another_account_without_a_policy_refuses():
    found = authority(here={"Train": role(allow("s3:GetObject"))}, there=bucket("data"))
    assert assured(found, "s3:GetObject", OBJECT) == "refused"
    among = frozenset((of_type(found, "AWS::S3::Bucket").key,))
    assert assured(found, "s3:GetObject", among=among) == "refused"


def test_a_public_policy_that_s3_restricts_lets_no_other_account_in_for_certain():
    opened = authority(
        here={"Train": role(allow("s3:GetObject"))},
        there=bucket("data", allow("s3:GetObject", OBJECT, Principal="*")),
    )
    # a new bucket restricts it
    assert assured(opened, "s3:GetObject", OBJECT) == "unknown"


def test_an_endpoint_that_is_not_in_sight_may_refuse():
    found = authority(here={"Train": role(allow("s3:GetObject")), **bucket("data")})
    through = Situation({"aws:sourcevpce": "vpce-0123456789abcdef0"})
    assert assured(found, "s3:GetObject", OBJECT, situation=through) == "unknown"
    assert assured(found, "s3:GetObject", OBJECT) == "always"


def test_what_is_not_known_counts_where_the_only_endpoint_refuses():
    only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*Object",
        "Resource": OBJECT,
        "Condition": {"StringNotEquals": {"aws:SourceVpce": {"Ref": "Gateway"}}},
    }
    found = authority(
        here={
            "Train": role(allow("s3:*")),
            **bucket("data", only),
            **endpoint({"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}),
        }
    )
    assert asked(found, "s3:GetObject", OBJECT).outcome == "impossible"
    one = of_type(found, "AWS::S3::Bucket")
    unsure = {**found.guarded, one.key: replace(one, unknown=("its policy: a part is not read",))}
    assert asked(replace(found, guarded=unsure), "s3:GetObject", OBJECT).outcome == "unknown"


# --- somebody outside


def queue(**condition):
    document = {
        "Version": "2012-10-17",
        "Statement": [allow("sqs:SendMessage", Principal={"AWS": "*"}, Condition=condition)],
    }
    return authority(
        here={
            "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
            "Policy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Jobs"}], "PolicyDocument": document},
            },
        }
    )


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        # who has an account makes roles and users of any name
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/service-role/Deploy-*"}}, "possible"),
        ({"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{HERE}:role/*"}}, "impossible"),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, "possible"),
        ({"StringLike": {"aws:username": "admin-*"}}, "possible"),
        # an account may be in no organization
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}, "Null": {"aws:PrincipalArn": "false"}},
         "possible"),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}, "impossible"),
    ],
)  # fmt: skip
def test_somebody_outside_is_what_the_policy_admits(condition, outcome):
    found = queue(**json.loads(json.dumps(condition)))
    assert outcomes(found, of_type(found, "AWS::SQS::Queue"))[1] == outcome
    (who,) = [one for one in strangers() if one.own is not None and one.own.identity]
    if "service-role" not in str(condition):
        assert possible(found, who, match("sqs:SendMessage")).outcome == outcome


GITHUB = f"arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("subject", "outcome"),
    [
        ("repo:*:environment:production", "possible"),
        ("repo:*/deploy:*", "possible"),
        # an organization whose name begins so is anybody's to make
        ("repo:ours*", "possible"),
        ("repo:ours/*", "impossible"),
        ("repo:ours/model:ref:refs/heads/main", "impossible"),
    ],
)
def test_a_stranger_at_github_has_any_subject_of_their_own_repositories(subject, outcome):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": GITHUB},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": subject}},
            }
        ],
    }
    found = authority(here={"Train": role(AssumeRolePolicyDocument=trust)})
    answers = {each.who: each.verdict.outcome for each in public(found, of_type(found, "AWS::IAM::Role"))}
    assert answers[f"anybody with a token of {GITHUB}"] == outcome


# --- policies of what is not known, or not read


def open_to_all(action):
    return {"Version": "2012-10-17", "Statement": [allow(action, Principal="*")]}


@pytest.mark.parametrize(
    ("type", "properties", "action"),
    [
        ("S3::BucketPolicy", {"Bucket": {"Ref": "Where"}, "PolicyDocument": "s3:GetObject"}, "s3:GetObject"),
        (
            "Kinesis::ResourcePolicy",
            {"ResourceArn": {"Ref": "Where"}, "ResourcePolicy": "kinesis:GetRecords"},
            "kinesis:GetRecords",
        ),
        (
            "DynamoDB::GlobalTable",
            {"TableName": "t", "Replicas": [{"ResourcePolicy": {"PolicyDocument": "dynamodb:GetItem"}}]},
            "dynamodb:GetItem",
        ),
    ],
)
def test_a_policy_of_what_is_not_known_may_open_it(type, properties, action):
    body = json.loads(json.dumps(properties).replace(f'"{action}"', json.dumps(open_to_all(action))))
    found = authority(here={"Policy": {"Type": f"AWS::{type}", "Properties": body}})
    about = match(action)
    answers = [answer for one in found.guarded.values() for answer in outcomes(found, one, about)]
    assert "unknown" in answers


def test_what_a_registry_lets_in_pulls_from_every_repository():
    policy = {"PolicyText": open_to_all("ecr:BatchGetImage")}
    found = authority(
        here={
            "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "images"}},
            "Policy": {"Type": "AWS::ECR::RegistryPolicy", "Properties": policy},
        }
    )
    assert outcomes(found, of_type(found, "AWS::ECR::Repository"))[1] == "possible"


def test_a_tables_stream_has_a_policy_of_its_own():
    stream = {
        "StreamViewType": "NEW_IMAGE",
        "ResourcePolicy": {"PolicyDocument": open_to_all("dynamodb:Get*")},
    }
    properties = {"TableName": "t", "StreamSpecification": stream}
    found = authority(here={"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}})
    table = of_type(found, "AWS::DynamoDB::Table")
    assert outcomes(found, table, match("dynamodb:GetRecords"))[1] == "possible"


def test_a_policy_is_about_the_actions_of_the_service_that_takes_its_resource():
    """Service Authorization Reference: `vpc-lattice-svcs:Invoke` takes a service of `vpc-lattice`."""
    policy = {"ResourceIdentifier": {"Ref": "Service"}, "Policy": open_to_all("vpc-lattice-svcs:Invoke")}
    found = authority(
        here={
            "Service": {"Type": "AWS::VpcLattice::Service", "Properties": {"Name": "s"}},
            "Policy": {"Type": "AWS::VpcLattice::AuthPolicy", "Properties": policy},
        }
    )
    service = of_type(found, "AWS::VpcLattice::Service")
    assert outcomes(found, service, match("vpc-lattice-svcs:Invoke"))[1] == "possible"


def test_of_a_bucket_that_is_not_in_sight_neither_acls_nor_blocks_are_known():
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": "elsewhere",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    allow(
                        "s3:GetObject",
                        "arn:aws:s3:::elsewhere/*",
                        Principal={"AWS": f"arn:aws:iam::{HERE}:root"},
                    )
                ],
            },
        },
    }
    found = authority(here={"Policy": policy})
    assert set(outcomes(found, of_type(found, "AWS::S3::Bucket"))) == {"unknown"}


def test_a_policy_in_a_file_is_about_the_resources_that_it_names():
    body = {"Version": "2012-10-17", "Statement": [allow("s3:GetObject", OBJECT, Principal="*")]}
    found = from_documents({"bucket.json": json.dumps(body)})
    assert outcomes(found, found.guarded["bucket.json"]) == ["possible", "possible"]
    assert outcomes(found, found.guarded["bucket.json"], match("s3:PutObject")) == ["impossible"] * 2
    asks = [possible(found, who, match("s3:GetObject", resource=[OBJECT])).outcome for who in strangers()]
    assert asks == ["possible", "possible"]


# --- permission sets


@pytest.mark.parametrize(
    "properties",
    [
        {"PermissionSetArn": {"Ref": "Set"}, "TargetId": {"Ref": "Where"}},
        {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1", "TargetId": HERE},
    ],
)
def test_who_is_assigned_what_is_not_known_may_be_anybody(properties):
    given = {"PrincipalId": "p", "PrincipalType": "GROUP", "InstanceArn": "i", "TargetType": "AWS_ACCOUNT"}
    set = {
        "Name": "Admin",
        "InstanceArn": "i",
        "InlinePolicy": {"Version": "2012-10-17", "Statement": [allow("*")]},
    }
    found = authority(
        here={
            "Set": {"Type": "AWS::SSO::PermissionSet", "Properties": set},
            "Assignment": {"Type": "AWS::SSO::Assignment", "Properties": {**given, **properties}},
        }
    )
    (who,) = found.identities.values()
    assert who.account == HERE
    assert who.unknown
    assert possible(found, asker(found, who), match("s3:GetObject")).outcome != "impossible"
