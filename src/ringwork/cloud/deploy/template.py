"""A template on its way to CloudFormation: its text, its upload, and which of its resources hold data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from ringwork.cloud.errors import OperationError, code, explain
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Stack
from ringwork.source import InputError, parse_yaml

BODY_LIMIT = 51_200
"""Bytes that a request may carry; more goes through S3 (CloudFormation quotas, template body size)."""
URL_LIMIT = 1_000_000
"""Bytes that a template in S3 may have: 1 MB (the same page)."""

DATA_TYPES = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::CodeCommit::Repository",
        "AWS::Cognito::UserPool",
        "AWS::DocDB::DBCluster",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::FSx::FileSystem",
        "AWS::FSx::Volume",
        "AWS::KMS::Key",
        "AWS::KMS::ReplicaKey",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::Neptune::DBCluster",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
        "AWS::S3::Bucket",
        "AWS::S3Express::DirectoryBucket",
        "AWS::S3Tables::TableBucket",
        "AWS::SQS::Queue",
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::ModelPackage",
        "AWS::SageMaker::ModelPackageGroup",
        "AWS::SageMaker::NotebookInstance",
        "AWS::SageMaker::Space",
        "AWS::SageMaker::UserProfile",
        "AWS::SecretsManager::Secret",
        "AWS::Timestream::Table",
    }
)
"""Types whose deletion deletes what users keep in them (a KMS key: the way to read it)."""

_KEEPS = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
"""DeletionPolicy values under which a created resource, or a copy of it, outlives its stack."""


def template_bucket(account: str, region: str) -> str:
    """The bucket that bootstrap makes for large templates."""
    return f"ringwork-templates-{account}-{region}"


def body(template: Mapping[str, Any]) -> str:
    """The template as compact JSON."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)


def resources(template: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Logical id -> resource; transforms such as `Fn::ForEach` are no resources and are left out."""
    listed = (template or {}).get("Resources") or {}
    return {logical: r for logical, r in listed.items() if isinstance(r, Mapping) and "Type" in r}


def holds_data(template: Mapping[str, Any]) -> bool:
    return any(resource["Type"] in DATA_TYPES for resource in resources(template).values())


def kept(resource: Mapping[str, Any] | None, policy: str) -> bool:
    """Whether `DeletionPolicy` or `UpdateReplacePolicy` keeps it. RDS's implicit Snapshot counts as not."""
    return resource is not None and resource.get(policy) in _KEEPS


def deployed_template(client: Any, name: str) -> Mapping[str, Any] | None:
    """The template that the stack was last deployed with; None where it cannot be read as a template."""
    raw = client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    if isinstance(raw, Mapping):
        return raw
    try:
        value = parse_yaml(raw, name, cloudformation=True).value
    except InputError:
        return None
    return value if isinstance(value, Mapping) else None


def source(cloud: Cloud, stack: Stack) -> dict[str, str]:
    """`TemplateBody`, or `TemplateURL` after an upload to the account's template bucket.

    The key is the content's SHA-256, so that a second upload changes nothing. Raises OperationError
    where the bucket is missing or the template is over CloudFormation's limit.
    """
    text = body(stack.template)
    data = text.encode()
    if len(data) <= BODY_LIMIT:
        return {"TemplateBody": text}
    if len(data) > URL_LIMIT:
        raise OperationError(
            f"the template of stack `{stack.name}` has {len(data):,} bytes, over the limit of {URL_LIMIT:,}",
            help="split the stack, for example by team",
        )
    bucket = template_bucket(stack.account, stack.region)
    key = f"templates/{hashlib.sha256(data).hexdigest()}.json"
    s3 = cloud.client("s3", account=stack.account, region=stack.region)
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=data,
            ContentType="application/json",
            ServerSideEncryption="AES256",
            ExpectedBucketOwner=stack.account,
        )
    except ClientError as error:
        if code(error) == "NoSuchBucket":
            raise OperationError(
                f"stack `{stack.name}` needs the template bucket `{bucket}`, which does not exist",
                help=f"run `ringwork bootstrap` for account {stack.account}, Region {stack.region}",
            ) from error
        raise explain(error, f"upload the template of stack `{stack.name}` to `{bucket}`") from error
    return {"TemplateURL": f"https://{bucket}.s3.{stack.region}.{_suffix(stack.region)}/{key}"}


def _suffix(region: str) -> str:
    session = botocore.session.Session()
    partition = session.get_partition_for_region(region)
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
