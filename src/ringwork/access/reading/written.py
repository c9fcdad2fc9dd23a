"""Where resource policies are written: inside a resource, or as a resource of their own.

From each type's page in the CloudFormation template reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.access.policy import PolicyKind


@dataclass(frozen=True, slots=True)
class Inside:
    """The policy is a property of the resource that it guards."""

    path: tuple[str, ...]
    kind: PolicyKind = "resource"


@dataclass(frozen=True, slots=True)
class Beside:
    """The policy is a resource of its own that names what it guards."""

    target: str
    """the property that names one or several resources"""
    document: str
    types: tuple[str, ...] = ()
    """of what it guards; none: of any type"""


INSIDE: Mapping[str, Inside] = {
    "AWS::ApiGateway::RestApi": Inside(("Policy",)),
    "AWS::Backup::BackupVault": Inside(("AccessPolicy",)),
    "AWS::Backup::LogicallyAirGappedBackupVault": Inside(("AccessPolicy",)),
    "AWS::CodeArtifact::Domain": Inside(("PermissionsPolicyDocument",)),
    "AWS::CodeArtifact::Repository": Inside(("PermissionsPolicyDocument",)),
    "AWS::DynamoDB::Table": Inside(("ResourcePolicy", "PolicyDocument")),
    "AWS::ECR::PublicRepository": Inside(("RepositoryPolicyText",)),
    "AWS::ECR::Repository": Inside(("RepositoryPolicyText",)),
    "AWS::EFS::FileSystem": Inside(("FileSystemPolicy",)),
    "AWS::Elasticsearch::Domain": Inside(("AccessPolicies",)),
    "AWS::Events::EventBus": Inside(("Policy",)),
    "AWS::IAM::Role": Inside(("AssumeRolePolicyDocument",), "trust"),
    "AWS::KMS::Key": Inside(("KeyPolicy",), "key"),
    "AWS::KMS::ReplicaKey": Inside(("KeyPolicy",), "key"),
    "AWS::Logs::Destination": Inside(("DestinationPolicy",)),
    "AWS::Logs::LogGroup": Inside(("ResourcePolicyDocument",)),
    "AWS::OpenSearchService::Domain": Inside(("AccessPolicies",)),
    "AWS::Redshift::Cluster": Inside(("NamespaceResourcePolicy",)),
    "AWS::RedshiftServerless::Namespace": Inside(("NamespaceResourcePolicy",)),
    "AWS::S3::AccessPoint": Inside(("Policy",)),
    "AWS::S3Express::AccessPoint": Inside(("Policy",)),
    "AWS::SageMaker::ModelPackageGroup": Inside(("ModelPackageGroupPolicy",)),
}

BESIDE: Mapping[str, Beside] = {
    "AWS::Bedrock::ResourcePolicy": Beside("ResourceArn", "PolicyDocument"),
    "AWS::BedrockAgentCore::ResourcePolicy": Beside("ResourceArn", "Policy"),
    "AWS::CloudTrail::ResourcePolicy": Beside("ResourceArn", "ResourcePolicy"),
    "AWS::Kinesis::ResourcePolicy": Beside("ResourceArn", "ResourcePolicy"),
    "AWS::Lambda::ResourcePolicy": Beside("ResourceArn", "PolicyDocument"),
    "AWS::S3::BucketPolicy": Beside("Bucket", "PolicyDocument", ("AWS::S3::Bucket",)),
    "AWS::S3Express::BucketPolicy": Beside("Bucket", "PolicyDocument", ("AWS::S3Express::DirectoryBucket",)),
    "AWS::S3ObjectLambda::AccessPointPolicy": Beside(
        "ObjectLambdaAccessPoint", "PolicyDocument", ("AWS::S3ObjectLambda::AccessPoint",)
    ),
    "AWS::S3Tables::TableBucketPolicy": Beside("TableBucketARN", "ResourcePolicy"),
    "AWS::S3Tables::TablePolicy": Beside("TableARN", "ResourcePolicy"),
    "AWS::S3Vectors::VectorBucketPolicy": Beside("VectorBucketArn", "Policy"),
    "AWS::SNS::TopicInlinePolicy": Beside("TopicArn", "PolicyDocument", ("AWS::SNS::Topic",)),
    "AWS::SNS::TopicPolicy": Beside("Topics", "PolicyDocument", ("AWS::SNS::Topic",)),
    "AWS::SQS::QueueInlinePolicy": Beside("Queue", "PolicyDocument", ("AWS::SQS::Queue",)),
    "AWS::SQS::QueuePolicy": Beside("Queues", "PolicyDocument", ("AWS::SQS::Queue",)),
    "AWS::SSM::ResourcePolicy": Beside("ResourceArn", "Policy"),
    "AWS::SecretsManager::ResourcePolicy": Beside(
        "SecretId", "ResourcePolicy", ("AWS::SecretsManager::Secret",)
    ),
    "AWS::VpcLattice::AuthPolicy": Beside("ResourceIdentifier", "Policy"),
    "AWS::VpcLattice::ResourcePolicy": Beside("ResourceArn", "Policy"),
}

NOT_READ: frozenset[str] = frozenset(
    {
        "AWS::ApiGateway::DomainNameV2",
        "AWS::Bedrock::KnowledgeBasePolicy",
        "AWS::DynamoDB::GlobalTable",
        "AWS::ECR::RegistryPolicy",
        "AWS::EventSchemas::RegistryPolicy",
        "AWS::Logs::DeliveryDestination",
        "AWS::Organizations::ResourcePolicy",
        "AWS::S3::MultiRegionAccessPointPolicy",
        "AWS::S3Outposts::AccessPoint",
        "AWS::S3Outposts::BucketPolicy",
        "AWS::XRay::ResourcePolicy",
    }
)
"""types that hold resource policies, too, and that nothing here reads: each is noted as a problem"""
