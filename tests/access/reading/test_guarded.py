"""Resources: their policies wherever they are written, grants, and what makes S3 public.

Sources: each type's page in the CloudFormation template reference; KMS developer guide, "Default key policy",
"Grants in AWS KMS"; Lambda API reference, AddPermission; API Gateway developer guide,
"x-amazon-apigateway-policy"; S3 user guide, "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ringwork.access import Principal
from ringwork.access.authority import Block, Guarded
from ringwork.estate import Gap

from .estates import (
    ACCOUNT,
    LAMBDA,
    OTHER,
    REGION,
    allow,
    att,
    authority,
    both,
    collected,
    document,
    key,
    live,
    may,
    ref,
)

STRANGER = Principal("user", OTHER, f"arn:aws:iam::{OTHER}:user/bob")
EVENTS = Principal("service", None, "events.amazonaws.com")
THEIRS = {"AWS": f"arn:aws:iam::{OTHER}:root"}


def opened(action: str, resource: Any = "*", principal: Any = "*", **more: Any) -> dict[str, Any]:
    return document(allow(action, resource, Principal=principal, **more))


ACCESS: dict[str, tuple[dict[str, tuple[str, dict[str, Any]]], str, str]] = {
    "bucket": (
        {
            "X": ("S3::Bucket", {"BucketName": "data"}),
            "P": ("S3::BucketPolicy", {"Bucket": ref("X"), "PolicyDocument": opened("s3:ListBucket")}),
        },
        "s3:ListBucket",
        "arn:aws:s3:::data",
    ),
    "bucket by name": (
        {
            "X": ("S3::Bucket", {"BucketName": "data"}),
            "P": ("S3::BucketPolicy", {"Bucket": "data", "PolicyDocument": opened("s3:ListBucket")}),
        },
        "s3:ListBucket",
        "arn:aws:s3:::data",
    ),
    "access point": (
        {
            "X": (
                "S3::AccessPoint",
                {"Name": "point", "Bucket": "data", "Policy": opened("s3:ListBucket")},
            )
        },
        "s3:ListBucket",
        f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/point",
    ),
    "queue": (
        {
            "X": ("SQS::Queue", {"QueueName": "jobs"}),
            "P": ("SQS::QueuePolicy", {"Queues": [ref("X")], "PolicyDocument": opened("sqs:SendMessage")}),
        },
        "sqs:SendMessage",
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs",
    ),
    "topic": (
        {
            "X": ("SNS::Topic", {"TopicName": "news"}),
            "P": ("SNS::TopicPolicy", {"Topics": [ref("X")], "PolicyDocument": opened("sns:Publish")}),
        },
        "sns:Publish",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:news",
    ),
    "repository": (
        {
            "X": (
                "ECR::Repository",
                {"RepositoryName": "images", "RepositoryPolicyText": opened("ecr:BatchGetImage")},
            )
        },
        "ecr:BatchGetImage",
        f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/images",
    ),
    "package group": (
        {
            "X": (
                "SageMaker::ModelPackageGroup",
                {
                    "ModelPackageGroupName": "models",
                    "ModelPackageGroupPolicy": opened("sagemaker:DescribeModelPackageGroup"),
                },
            )
        },
        "sagemaker:DescribeModelPackageGroup",
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/models",
    ),
    "bus": (
        {"X": ("Events::EventBus", {"Name": "bus", "Policy": opened("events:PutEvents")})},
        "events:PutEvents",
        f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/bus",
    ),
    "bus by statement": (
        {
            "X": ("Events::EventBus", {"Name": "bus"}),
            "P": (
                "Events::EventBusPolicy",
                {
                    "EventBusName": ref("X"),
                    "StatementId": "s",
                    "Statement": allow("events:PutEvents", Principal="*"),
                },
            ),
        },
        "events:PutEvents",
        f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/bus",
    ),
    "log group": (
        {
            "X": ("Logs::LogGroup", {"LogGroupName": "/app"}),
            "P": (
                "Logs::ResourcePolicy",
                {
                    "PolicyName": "p",
                    "PolicyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
                    '"Principal":"*","Action":"logs:PutLogEvents","Resource":"*"}]}',
                },
            ),
        },
        "logs:PutLogEvents",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app",
    ),
    "table": (
        {
            "X": (
                "DynamoDB::Table",
                {"TableName": "t", "ResourcePolicy": {"PolicyDocument": opened("dynamodb:GetItem")}},
            )
        },
        "dynamodb:GetItem",
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t",
    ),
    "domain": (
        {
            "X": (
                "OpenSearchService::Domain",
                {"DomainName": "d", "AccessPolicies": opened("es:ESHttpGet")},
            )
        },
        "es:ESHttpGet",
        f"arn:aws:es:{REGION}:{ACCOUNT}:domain/d",
    ),
    "vault": (
        {
            "X": (
                "Backup::BackupVault",
                {"BackupVaultName": "v", "AccessPolicy": opened("backup:CopyIntoBackupVault")},
            )
        },
        "backup:CopyIntoBackupVault",
        f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:v",
    ),
    "stream": (
        {
            "X": ("Kinesis::Stream", {"Name": "s"}),
            "P": (
                "Kinesis::ResourcePolicy",
                {"ResourceArn": att("X"), "ResourcePolicy": opened("kinesis:PutRecord")},
            ),
        },
        "kinesis:PutRecord",
        f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s",
    ),
    "function": (
        {
            "X": ("Lambda::Function", {"FunctionName": "f", "Code": {}, "Role": "arn:aws:iam::1:role/r"}),
            "P": (
                "Lambda::Permission",
                {"FunctionName": ref("X"), "Action": "lambda:InvokeFunction", "Principal": "*"},
            ),
        },
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
    ),
}


@pytest.mark.parametrize("name", ACCESS)
def test_a_policy_lets_the_public_in_wherever_it_is_written(name: str) -> None:
    resources, action, arn = ACCESS[name]
    found = authority(resources)
    assert found.problems == ()
    guarded = found.resource(arn)
    assert guarded is not None
    assert guarded.key == key(resources["X"][0], "X")
    assert not guarded.placeholder
    assert guarded.unknown == ()
    anybody = Principal("anonymous", None, "*")
    assert may(found, anybody, action, guarded)
    assert not may(found, anybody, action.replace(":", ":x", 1), guarded)
    without = authority({"X": (resources["X"][0], _without_policy(resources["X"][1]))})
    assert not may(without, anybody, action, arn, wider=True)


def _without_policy(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if "Polic" not in name}


def test_what_lies_in_a_resource_is_guarded_by_it() -> None:
    found = authority(
        {
            "B": ("S3::Bucket", {"BucketName": "data"}),
            "L": ("Logs::LogGroup", {"LogGroupName": "/app"}),
            "G": ("SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "models"}),
        }
    )

    def inside(arn: str) -> str | None:
        guarded = found.resource(arn)
        return None if guarded is None else guarded.key

    assert inside("arn:aws:s3:::data/a/b") == key("S3::Bucket", "B")
    assert inside("arn:aws:s3:::database") is None
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app"
    assert inside(f"{logs}:*") == inside(f"{logs}:log-stream:one") == key("Logs::LogGroup", "L")
    prefix = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
    assert inside(f"{prefix}:model-package/models/7") == key("SageMaker::ModelPackageGroup", "G")
    assert inside("arn") is inside("") is None


def test_a_resource_without_a_policy_is_there_with_its_account() -> None:
    found = authority({"J": ("SageMaker::NotebookInstance", {"NotebookInstanceName": "n"})})
    guarded = found.resource(f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance/n")
    assert guarded is not None
    assert (guarded.account, guarded.region, guarded.policy) == (ACCOUNT, REGION, None)


def test_a_key_without_a_policy_has_the_default_one() -> None:
    everything = {"PolicyName": "all", "PolicyDocument": document(allow("kms:*"))}
    found = authority(
        {
            "K": ("KMS::Key", {}),
            "R": ("IAM::Role", {"AssumeRolePolicyDocument": LAMBDA, "Policies": [everything]}),
            "S": ("IAM::Role", {"AssumeRolePolicyDocument": LAMBDA}),
        }
    )
    guarded = found.guarded[key("KMS::Key", "K")]
    assert (guarded.policy_kind, guarded.placeholder) == ("key", True)
    assert found.placeholders[guarded.arn] == guarded.key
    assert may(found, found.identities[key("IAM::Role", "R")], "kms:Decrypt", guarded)
    assert not may(found, found.identities[key("IAM::Role", "S")], "kms:Decrypt", guarded)
    assert not may(found, STRANGER, "kms:Decrypt", guarded)


def test_the_default_bus_is_guarded_though_no_template_has_it() -> None:
    statement = allow("events:PutEvents", Principal=THEIRS)
    found = authority({"P": ("Events::EventBusPolicy", {"StatementId": "s", "Statement": statement})})
    bus = found.resource(f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default")
    assert bus is not None
    assert (bus.account, bus.type) == (ACCOUNT, "AWS::Events::EventBus")
    assert bus.policy is not None
    assert bus.policy.place(0, wider=True) == (key("Events::EventBusPolicy", "P"), ("Statement",))
    assert len(bus.policy.wider.statements) == 1


def test_statements_of_several_policies_of_a_bus_stand_together() -> None:
    def put(who: Any) -> dict[str, Any]:
        return {"StatementId": "s", "Statement": allow("events:PutEvents", Principal=who)}

    found = authority(
        {
            "P": ("Events::EventBusPolicy", put({"AWS": ACCOUNT})),
            "Q": (
                "Events::EventBusPolicy",
                {
                    "StatementId": "old",
                    "Action": "events:PutEvents",
                    "Principal": "*",
                    "Condition": {
                        "Type": "StringEquals",
                        "Key": "aws:PrincipalOrgID",
                        "Value": "o-1234567890",
                    },
                },
            ),
        }
    )
    bus = found.resource(f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default")
    assert bus is not None
    assert bus.policy is not None
    assert [bus.policy.place(i, wider=False)[0] for i in (0, 1)] == [
        key("Events::EventBusPolicy", name) for name in ("P", "Q")
    ]
    who = Principal("anonymous", None, "*")
    assert may(found, who, "events:PutEvents", bus, aws__PrincipalOrgID="o-1234567890")
    assert not may(found, who, "events:PutEvents", bus, aws__PrincipalOrgID="o-2")


def test_a_permission_lets_a_service_invoke_for_one_source() -> None:
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/tick"
    found = authority(
        {
            "F": ("Lambda::Function", {"FunctionName": "f", "Code": {}, "Role": "arn:aws:iam::1:role/r"}),
            "P": (
                "Lambda::Permission",
                {
                    "FunctionName": att("F"),
                    "Action": "lambda:InvokeFunction",
                    "Principal": "events.amazonaws.com",
                    "SourceArn": rule,
                    "SourceAccount": ACCOUNT,
                },
            ),
        }
    )
    f = found.guarded[key("Lambda::Function", "F")]
    keys = {"aws__SourceArn": rule, "aws__SourceAccount": ACCOUNT}
    assert may(found, EVENTS, "lambda:InvokeFunction", f, **keys)
    assert not may(found, EVENTS, "lambda:InvokeFunction", f, **{**keys, "aws__SourceAccount": OTHER})
    assert not may(found, EVENTS, "lambda:InvokeFunction", f)
    assert f.policy is not None
    assert f.policy.place(0, wider=True) == (key("Lambda::Permission", "P"), ())


@pytest.mark.parametrize(
    "name",
    [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live", "f:live", {"Fn::Sub": "${F.Arn}:live"}],
)
def test_a_permission_for_an_alias_is_for_the_alias_alone(name: Any) -> None:
    found = authority(
        {
            "F": ("Lambda::Function", {"FunctionName": "f", "Code": {}, "Role": "arn:aws:iam::1:role/r"}),
            "P": (
                "Lambda::Permission",
                {"FunctionName": name, "Action": "lambda:InvokeFunction", "Principal": OTHER},
            ),
        }
    )
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    (statement,) = found.guarded[key("Lambda::Function", "F")].policy.wider.document["Statement"]  # type: ignore[union-attr]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{arn}:live",
    }


def test_the_short_form_in_an_apis_policy_means_the_api() -> None:
    found = authority(
        {
            "Api": (
                "ApiGateway::RestApi",
                {"Name": "api", "Policy": opened("execute-api:Invoke", ["execute-api:/prod/*"])},
            )
        }
    )
    configured, invoked = found.guarded.values()
    assert configured.policy is None
    assert ":apigateway:" in configured.arn
    assert invoked.key == f"{configured.key}#execute-api"
    assert invoked.arn.startswith(f"arn:aws:execute-api:{REGION}:{ACCOUNT}:")
    anybody = Principal("anonymous", None, "*")
    assert found.resource(f"{invoked.arn}/prod/GET/x") is invoked
    assert may(found, anybody, "execute-api:Invoke", f"{invoked.arn}/prod/GET/x")
    assert not may(found, anybody, "execute-api:Invoke", f"{invoked.arn}/test/GET/x")


def test_somebody_elses_bucket_has_what_the_policy_here_says() -> None:
    found = authority(
        {"P": ("S3::BucketPolicy", {"Bucket": "elsewhere", "PolicyDocument": opened("s3:GetObject")})}
    )
    bucket = found.resource("arn:aws:s3:::elsewhere/x")
    assert bucket is not None
    assert bucket.type == "AWS::S3::Bucket"
    assert may(found, Principal("anonymous", None, "*"), "s3:GetObject", "arn:aws:s3:::elsewhere/x")


def test_two_policies_of_one_bucket_are_a_problem() -> None:
    policy = {"Bucket": ref("B"), "PolicyDocument": opened("s3:GetObject")}
    found = authority(
        {"B": ("S3::Bucket", {}), "P": ("S3::BucketPolicy", policy), "Q": ("S3::BucketPolicy", policy)}
    )
    assert [problem.key for problem in found.problems] == [key("S3::Bucket", "B")]


def test_a_policy_of_an_unknown_bucket_may_be_any_buckets() -> None:
    found = authority(
        {
            "B": ("S3::Bucket", {"BucketName": "data"}),
            "P": ("S3::BucketPolicy", {"Bucket": ref("Which"), "PolicyDocument": opened("s3:GetObject")}),
        },
        Parameters={"Which": {"Type": "String"}},
    )
    who = Principal("anonymous", None, "*")
    assert both(found, who, "s3:GetObject", "arn:aws:s3:::data/x") == (False, True)


def test_a_bucket_whose_policy_could_not_be_read_may_be_open() -> None:
    bucket = live("S3::Bucket", "data", {"BucketName": "data"}, arn="arn:aws:s3:::data")
    found = collected((bucket,), gaps=[Gap(ACCOUNT, REGION, "AWS::S3::BucketPolicy", "access denied")])
    who = Principal("anonymous", None, "*")
    assert both(found, who, "s3:GetObject", "arn:aws:s3:::data/x") == (False, True)
    (guarded,) = found.guarded.values()
    assert "access denied" in guarded.unknown[0]


def test_a_permission_of_an_unknown_function_may_be_one_more() -> None:
    permission = {"Action": "lambda:InvokeFunction", "Principal": OTHER}
    found = authority(
        {
            "F": ("Lambda::Function", {"FunctionName": "f", "Code": {}, "Role": "arn:aws:iam::1:role/r"}),
            "P": (
                "Lambda::Permission",
                {**permission, "FunctionName": ref("F"), "Principal": "777788889999"},
            ),
            "Q": ("Lambda::Permission", {**permission, "FunctionName": ref("Which")}),
        },
        Parameters={"Which": {"Type": "String"}},
    )
    f = found.guarded[key("Lambda::Function", "F")]
    everything = {"PolicyName": "all", "PolicyDocument": document(allow())}
    stranger = authority({"U": ("IAM::User", {"UserName": "bob", "Policies": [everything]})})
    (user,) = stranger.identities.values()
    for account, expected in (
        ("777788889999", (True, True)),
        (OTHER, (False, True)),
        ("1" * 12, (False, False)),
    ):
        other = replace(user, account=account, arn=f"arn:aws:iam::{account}:user/bob")
        assert both(found, other, "lambda:InvokeFunction", f) == expected


def test_a_kind_of_policy_that_is_not_read_is_a_problem() -> None:
    found = authority({"P": ("XRay::ResourcePolicy", {"PolicyDocument": "{}", "PolicyName": "p"})})
    assert "are not read" in found.problems[0].message


# --- grants

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}"


def a_key(*grants: dict[str, Any], gaps: list[Gap] | None = None) -> tuple[Any, Guarded]:
    own = document(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    resources = [live("KMS::Key", KEY, {"KeyPolicy": own}, arn=KEY_ARN)]
    for number, grant in enumerate(grants):
        resources.append(live("live:kms:grant", f"{KEY}|{number}", {"KeyId": KEY, **grant}))
    found = collected(resources, gaps or ())
    guarded = found.resource(KEY_ARN)
    assert guarded is not None
    return found, guarded


def test_a_grant_lets_its_grantee_use_the_key() -> None:
    grant = {
        "GranteePrincipal": STRANGER.arn,
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"team": "vision"}},
    }
    found, guarded = a_key(grant)
    name = {"kms__EncryptionContext:team": "vision"}
    assert may(found, STRANGER, "kms:Decrypt", guarded, **name)
    assert not may(found, STRANGER, "kms:Decrypt", guarded)
    assert not may(found, STRANGER, "kms:Encrypt", guarded, **name)
    assert guarded.grants_known


def test_grants_that_could_not_be_read_are_said() -> None:
    _, guarded = a_key(gaps=[Gap(ACCOUNT, REGION, "live:kms:grant", "access denied")])
    assert not guarded.grants_known
    _, guarded = a_key({"GranteePrincipal": STRANGER.arn, "Operations": ["Decrypt"], "Constraints": 7})
    assert not guarded.grants_known
    assert "constraints" in guarded.unknown[0]


# --- S3

ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def test_a_new_bucket_blocks_the_public_and_has_no_acls() -> None:
    found = authority({"B": ("S3::Bucket", {})})
    exposure = found.guarded[key("S3::Bucket", "B")].exposure
    assert exposure is not None
    assert exposure.block == Block(True, True, True, True)
    assert exposure.account == Block()  # no template says
    assert (exposure.ownership, exposure.acl) == ("BucketOwnerEnforced", "Private")


def test_a_bucket_that_says_something_blocks_what_it_says() -> None:
    found = authority(
        {
            "B": (
                "S3::Bucket",
                {
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "BlockPublicPolicy": ref("P"),
                    },
                    "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
                    "AccessControl": "PublicRead",
                },
            )
        },
        Parameters={"P": {"Type": "String"}},
    )
    exposure = found.guarded[key("S3::Bucket", "B")].exposure
    assert exposure is not None
    assert exposure.block == Block(True, False, None, False)
    assert (exposure.ownership, exposure.acl) == ("ObjectWriter", "PublicRead")


def test_the_block_of_an_account_is_each_buckets() -> None:
    bucket = live("S3::Bucket", "data", {"BucketName": "data"}, arn="arn:aws:s3:::data")
    block = live("live:s3control:public-access-block", "account", ON)
    closed = collected((bucket, block))
    assert closed.guarded[bucket.key].exposure.account == Block(True, True, True, True)  # type: ignore[union-attr]
    assert closed.accounts[ACCOUNT].block == Block(True, True, True, True)
    opened_account = collected((bucket,))
    assert opened_account.accounts[ACCOUNT].block == Block(False, False, False, False)
    unread = collected((bucket,), [Gap(ACCOUNT, None, "live:s3control:public-access-block", "denied")])
    assert unread.accounts[ACCOUNT].block == Block()
    # the ACL is not collected
    assert unread.guarded[bucket.key].exposure.acl is None  # type: ignore[union-attr]


ALL = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
SIGNED = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
LOGS = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
OWNER, ANOTHER = {"Type": "CanonicalUser", "ID": "a"}, {"Type": "CanonicalUser", "ID": "b"}


@pytest.mark.parametrize(
    ("grants", "acl"),
    [
        ([], "Private"),
        ([(LOGS, "WRITE")], "Private"),
        ([(ALL, "READ")], "PublicRead"),
        ([(SIGNED, "READ")], "AuthenticatedRead"),
        ([(SIGNED, "READ"), (ALL, "READ_ACP")], "PublicRead"),
        ([(ALL, "READ"), (ALL, "WRITE")], "PublicReadWrite"),
        ([(ALL, "FULL_CONTROL")], "PublicReadWrite"),
        ([(ANOTHER, "READ")], None),
    ],
)
def test_grants_of_a_bucket_are_as_open_as_a_canned_acl(grants: list[Any], acl: str | None) -> None:
    given = [{"Grantee": who, "Permission": what} for who, what in [(OWNER, "FULL_CONTROL"), *grants]]
    bucket = live("S3::Bucket", "data", {}, arn="arn:aws:s3:::data", attributes={"Grants": given})
    found = collected((bucket,)).guarded[bucket.key].exposure
    assert found is not None
    assert found.acl == acl


def test_an_access_point_names_its_bucket_and_vpc() -> None:
    found = authority(
        {
            "B": ("S3::Bucket", {"BucketName": "data"}),
            "V": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
            "A": (
                "S3::AccessPoint",
                {"Name": "a", "Bucket": ref("B"), "VpcConfiguration": {"VpcId": ref("V")}},
            ),
        }
    )
    exposure = found.guarded[key("S3::AccessPoint", "A")].exposure
    assert exposure is not None
    assert exposure.bucket == key("S3::Bucket", "B")
    assert found.placeholders[exposure.vpc or ""] == key("EC2::VPC", "V")
