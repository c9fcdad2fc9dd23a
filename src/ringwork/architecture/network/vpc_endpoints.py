"""Which interface endpoints a VPC needs, and what their policies admit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringwork.architecture.policy import Statement, allow, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, sub
from ringwork.blueprint.model import WorkloadType


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service behind an interface endpoint."""

    logical: str
    """beginning of the logical id"""
    name: str
    """endpoint service name, for Fn::Sub"""
    actions: str
    """the API's IAM prefix"""
    types: frozenset[WorkloadType]
    """workload types that need it; empty: all"""
    breaks: str
    """what fails without it"""
    opens: str | None = None
    """for endpoints that people open a page through: the kind of resource behind it"""


def _service(logical: str, name: str, actions: str, breaks: str, *types: WorkloadType) -> Service:
    return Service(logical, f"com.amazonaws.${{AWS::Region}}.{name}", actions, frozenset(types), breaks)


SERVICES = (
    _service("SageMakerApi", "sagemaker.api", "sagemaker", "jobs, pipelines and Studio cannot be controlled"),
    _service("SageMakerRuntime", "sagemaker.runtime", "sagemaker", "inference endpoints cannot be invoked"),
    _service("Sts", "sts", "sts", "SDKs cannot tell or renew who they are"),
    _service("Logs", "logs", "logs", "containers cannot write their logs"),
    _service("Monitoring", "monitoring", "cloudwatch", "metrics are lost"),
    _service("Kms", "kms", "kms", "encrypted data cannot be read"),
    _service("EcrApi", "ecr.api", "ecr", "container images cannot be found"),
    _service("EcrDocker", "ecr.dkr", "ecr", "container images cannot be pulled"),
    Service(
        "Studio",
        "aws.sagemaker.${AWS::Region}.studio",
        "sagemaker",
        frozenset({WorkloadType.STUDIO}),
        "Studio cannot be opened from the VPC",
        opens="user-profile",
    ),
    _service(
        "ElasticFileSystem",
        "elasticfilesystem",
        "elasticfilesystem",
        "Studio's home directories cannot be mounted",
        WorkloadType.STUDIO,
    ),
    Service(
        "Notebook",
        "aws.sagemaker.${AWS::Region}.notebook",
        "sagemaker",
        frozenset({WorkloadType.NOTEBOOK}),
        "notebook instances cannot be opened from the VPC",
        opens="notebook-instance",
    ),
)
"""From SageMaker's pages "Connect Studio in a VPC to External Resources", "Give SageMaker Training Jobs
Access to Resources in Your Amazon VPC", "Give SageMaker Hosted Endpoints Access to Resources in Your Amazon
VPC", "Connect to a Notebook Instance Through a VPC Interface Endpoint"; ECR's "Amazon ECR interface VPC
endpoints"; control NET-24."""

DATA_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
"""What workloads do to their own buckets."""


def services(site: Site) -> tuple[Service, ...]:
    """The interface endpoints of a VPC: all that its workload types need."""
    present = {workload.type for workload in site.workloads.values()}
    return tuple(service for service in SERVICES if not service.types or service.types & present)


def interface_policy(service: Service, accounts: Sequence[str] = ()) -> dict[str, Json]:
    """Only this account's principals, only this account's resources, and AWS services for us.

    As AWS's data-perimeter samples (`vpc_endpoint_policies/default_endpoint_policy.json`), with the account
    in place of the organization and the service's own actions in place of all. Through the endpoints of
    Studio and notebooks people open pages with a presigned URL and no signature of their own, so there the
    resource is the condition (SageMaker, "Create a VPC Endpoint Policy for SageMaker Notebook Instances").

    `accounts`: of a shared endpoint, whose principals it serves, each for its own account's resources still.
    """
    if service.opens is not None:
        own = accounts or ("${AWS::AccountId}",)
        arns = [
            f"arn:${{AWS::Partition}}:sagemaker:${{AWS::Region}}:{account}:{service.opens}/*"
            for account in own
        ]
        return document([allow("OpenOwn", ("sagemaker:CreatePresigned*Url",), arns, principal="*")])
    own_account: dict[str, Json] = {
        "aws:PrincipalAccount": sub("${AWS::AccountId}"),
        "aws:ResourceAccount": sub("${AWS::AccountId}"),
    }
    if accounts:
        # a policy variable, not one of CloudFormation's (IAM guide, policy variables)
        own_account = {
            "aws:PrincipalAccount": list(accounts),
            "aws:ResourceAccount": "${aws:PrincipalAccount}",
        }
    return document(
        [
            allow(
                "OwnPrincipalsToOwnResources",
                [f"{service.actions}:*"],
                principal="*",
                conditions={"StringEquals": own_account},
            ),
            _aws_services([f"{service.actions}:*"], ("*",)),
        ]
    )


def gateway_policy(site: Site, buckets: Sequence[str]) -> dict[str, Json]:
    """The S3 endpoint: the named buckets, and those of AWS that SageMaker and ECR read from.

    `buckets`: names for Fn::Sub. AWS-owned buckets as in the data-perimeter samples' list of service-owned
    resources; requests to them are signed by AWS, so no condition on the principal can hold there.
    """
    statements = []
    if buckets:
        arns = [f"arn:${{AWS::Partition}}:s3:::{name}{tail}" for name in buckets for tail in ("", "/*")]
        statements.append(
            allow(
                "OwnPrincipalsToNamedBuckets",
                DATA_ACTIONS,
                arns,
                principal="*",
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": sub("${AWS::AccountId}"),
                        "aws:ResourceAccount": sub("${AWS::AccountId}"),
                    }
                },
            )
        )
        statements.append(_aws_services(DATA_ACTIONS, arns))
    owned = ["arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"]
    if site.of_type(WorkloadType.STUDIO, WorkloadType.NOTEBOOK, WorkloadType.ENDPOINT):
        cache = "arn:${AWS::Partition}:s3:::jumpstart-cache-prod-${AWS::Region}"
        owned += [cache, f"{cache}/*"]
    statements.append(allow("ReadAwsOwnedBuckets", ("s3:GetObject", "s3:ListBucket"), owned, principal="*"))
    return document(statements)


def _aws_services(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return allow(
        "AwsServicePrincipals",
        actions,
        resources,
        principal="*",
        conditions={"Bool": {"aws:PrincipalIsAWSService": "true"}},
    )
