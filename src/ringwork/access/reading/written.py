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
    among: tuple[str, ...] = ()
    """of what it may guard, where it may name any type"""

    @property
    def guarded(self) -> tuple[str, ...]:
        return self.types or self.among


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

_TRAILS = ("AWS::CloudTrail::Channel", "AWS::CloudTrail::EventDataStore", "AWS::CloudTrail::Dashboard")
_LATTICE = ("AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetwork")
_STREAMS = ("AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer")

BESIDE: Mapping[str, Beside] = {
    "AWS::Bedrock::ResourcePolicy": Beside("ResourceArn", "PolicyDocument"),
    "AWS::BedrockAgentCore::ResourcePolicy": Beside("ResourceArn", "Policy"),
    "AWS::CloudTrail::ResourcePolicy": Beside(
        "ResourceArn",
        "ResourcePolicy",
        among=_TRAILS,
    ),
    "AWS::Kinesis::ResourcePolicy": Beside("ResourceArn", "ResourcePolicy", among=_STREAMS),
    "AWS::Lambda::ResourcePolicy": Beside("ResourceArn", "PolicyDocument", among=("AWS::Lambda::Function",)),
    "AWS::S3::BucketPolicy": Beside("Bucket", "PolicyDocument", ("AWS::S3::Bucket",)),
    "AWS::S3Express::BucketPolicy": Beside("Bucket", "PolicyDocument", ("AWS::S3Express::DirectoryBucket",)),
    "AWS::S3ObjectLambda::AccessPointPolicy": Beside(
        "ObjectLambdaAccessPoint", "PolicyDocument", ("AWS::S3ObjectLambda::AccessPoint",)
    ),
    "AWS::S3Tables::TableBucketPolicy": Beside(
        "TableBucketARN", "ResourcePolicy", among=("AWS::S3Tables::TableBucket",)
    ),
    "AWS::S3Tables::TablePolicy": Beside("TableARN", "ResourcePolicy", among=("AWS::S3Tables::Table",)),
    "AWS::S3Vectors::VectorBucketPolicy": Beside(
        "VectorBucketArn", "Policy", among=("AWS::S3Vectors::VectorBucket",)
    ),
    "AWS::SNS::TopicInlinePolicy": Beside("TopicArn", "PolicyDocument", ("AWS::SNS::Topic",)),
    "AWS::SNS::TopicPolicy": Beside("Topics", "PolicyDocument", ("AWS::SNS::Topic",)),
    "AWS::SQS::QueueInlinePolicy": Beside("Queue", "PolicyDocument", ("AWS::SQS::Queue",)),
    "AWS::SQS::QueuePolicy": Beside("Queues", "PolicyDocument", ("AWS::SQS::Queue",)),
    "AWS::SSM::ResourcePolicy": Beside("ResourceArn", "Policy", among=("AWS::SSM::Parameter",)),
    "AWS::SecretsManager::ResourcePolicy": Beside(
        "SecretId", "ResourcePolicy", ("AWS::SecretsManager::Secret",)
    ),
    "AWS::VpcLattice::AuthPolicy": Beside("ResourceIdentifier", "Policy", among=_LATTICE),
    "AWS::VpcLattice::ResourcePolicy": Beside("ResourceArn", "Policy", among=_LATTICE),
}

ALSO_INSIDE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # DynamoDB developer guide, "Resource-based policies": a stream has a policy of its own
    "AWS::DynamoDB::Table": (("StreamSpecification", "ResourcePolicy", "PolicyDocument"),),
}
"""Second policies, about what lies in a resource"""

OF_A_PLACE: Mapping[str, tuple[str, str]] = {
    # ECR user guide, "Private registry permissions": the policy counts in every request
    "AWS::ECR::RegistryPolicy": ("PolicyText", "AWS::ECR::Repository"),
    # CloudWatch Logs API reference, PutResourcePolicy
    "AWS::Logs::ResourcePolicy": ("PolicyDocument", "AWS::Logs::LogGroup"),
}
"""Policies of an account and Region: type -> (property, type of what they guard)"""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A type that holds resource policies in a shape that nothing here reads."""

    service: str
    """in the ARNs of what is guarded"""
    property: str = ""
    """where the policy would be, at any depth; empty: the whole resource is one"""


NOT_READ: Mapping[str, NotRead] = {
    "AWS::ApiGateway::DomainNameV2": NotRead("execute-api", "Policy"),
    "AWS::Bedrock::KnowledgeBasePolicy": NotRead("bedrock"),
    "AWS::DynamoDB::GlobalTable": NotRead("dynamodb", "ResourcePolicy"),
    "AWS::EventSchemas::RegistryPolicy": NotRead("schemas"),
    "AWS::Logs::DeliveryDestination": NotRead("logs", "DeliveryDestinationPolicy"),
    "AWS::Organizations::ResourcePolicy": NotRead("organizations"),
    "AWS::S3::MultiRegionAccessPointPolicy": NotRead("s3"),
    "AWS::S3Outposts::AccessPoint": NotRead("s3-outposts", "Policy"),
    "AWS::S3Outposts::BucketPolicy": NotRead("s3-outposts"),
    "AWS::XRay::ResourcePolicy": NotRead("xray"),
}
"""each is noted as a problem, and of what it may guard nothing is proved"""
