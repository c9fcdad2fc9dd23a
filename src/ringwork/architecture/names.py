"""Every name that Ringwork derives. AWS limits are beside the name that they bind.

A name that would be too long is cut and gets eight hex digits of the SHA-256 of the whole name, so that
it stays unique and the same in each compile.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from functools import lru_cache

ADMINISTRATIVE_ROLES = ("ringwork-audit", "ringwork-break-glass", "ringwork-deploy")
"""Made by `ringwork bootstrap` in each account, before any stack."""
AUDIT, BREAK_GLASS, DEPLOY = ADMINISTRATIVE_ROLES

ACCOUNT_ROOT = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"


def shortened(name: str, limit: int) -> str:
    """`name` in at most `limit` characters."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: limit - 9].rstrip('-')}-{digest}"


@lru_cache(maxsize=65536)
def logical(*parts: str) -> str:
    """A logical id: `logical("feature-train", "SecurityGroup")` is `FeatureTrainSecurityGroup`."""
    return "".join(word[:1].upper() + word[1:] for part in parts for word in re.split(r"[^A-Za-z0-9]+", part))


def hyphenated(logical_id: str) -> str:
    """A name from a logical id: `AwsNames` is `aws-names`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", logical_id).lower()


def stack(organization: str, environment: str, ring: str) -> str:
    """At most 128 characters (CloudFormation, CreateStack)."""
    return shortened(f"ringwork-{organization}-{environment}-{ring}", 128)


def role(organization: str, environment: str, workload: str) -> str:
    """At most 64 characters (IAM, CreateRole)."""
    return shortened(f"{organization}-{environment}-{workload}", 64)


class Duty(StrEnum):
    """What a person does in an environment. Nobody has two of these at once."""

    AUTHOR = "author"
    """builds models: runs jobs, registers versions"""
    APPROVER = "approver"
    """approves or rejects model versions, and nothing else"""
    OPERATOR = "operator"
    """puts approved versions into service, and reads no data"""


def person_role(organization: str, environment: str, duty: Duty) -> str:
    """The role of people with a duty in an environment. At most 64 characters (IAM, CreateRole).

    Two hyphens, which no name of a blueprint has: a workload that is called `author` has another role.
    """
    return shortened(f"{organization}-{environment}--{duty.value}", 64)


def boundary(organization: str, environment: str) -> str:
    """At most 128 characters (IAM, CreatePolicy)."""
    return shortened(f"{organization}-{environment}-boundary", 128)


def bucket(organization: str, environment: str, purpose: str, *, account: str, region: str) -> str:
    """At most 63 characters (S3, bucket naming rules); account and Region keep it unique worldwide."""
    return f"{_bucket_stem(organization, environment, purpose, region)}-{account}-{region}"


def bucket_pattern(
    organization: str, environment: str, purpose: str, region: str, *, here: bool = True
) -> str:
    """The bucket's name for Fn::Sub; `here`: the stack is in the bucket's Region."""
    stem = _bucket_stem(organization, environment, purpose, region)
    return f"{stem}-${{AWS::AccountId}}-{'${AWS::Region}' if here else region}"


def _bucket_stem(organization: str, environment: str, purpose: str, region: str) -> str:
    return shortened(f"{organization}-{environment}-{purpose}", 63 - 12 - len(region) - 2)


def account_wide(organization: str, purpose: str) -> str:
    """What an account has once in a Region. Two hyphens, which no name of a blueprint has: never the name of
    an environment's resource. At most 64 characters, which queues, topics, rules and roles allow."""
    return shortened(f"{organization}--{purpose}", 64)


def key_alias(organization: str, environment: str, purpose: str) -> str:
    """At most 256 characters (KMS, CreateAlias)."""
    return f"alias/{organization}-{environment}-{purpose}"


def account_log_group(organization: str, purpose: str) -> str:
    """Of what an account has once in a Region; no environment's name has two hyphens."""
    return f"/ringwork/{organization}/--account/{purpose}"


def flow_log_group(organization: str, environment: str) -> str:
    """At most 512 characters (CloudWatch Logs, CreateLogGroup)."""
    return f"/ringwork/{organization}/{environment}/flow-logs"


def sagemaker_prefix(organization: str, environment: str) -> str:
    """What the names of an environment's SageMaker resources begin with: `acme-risk--`.

    Two hyphens, which no name of a blueprint has, so that `acme-risk--*` never matches what belongs to
    `acme-risk-models`. Names allow 63 characters (SageMaker, CreateTrainingJob): 29 stay for the rest.
    """
    return f"{shortened(f'{organization}-{environment}', 32)}--"


def role_arn(name: str) -> str:
    """For Fn::Sub."""
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{name}"


def administrative_role_arns(*roles: str) -> list[str]:
    """For Fn::Sub; none given: all three."""
    return [role_arn(name) for name in (roles or ADMINISTRATIVE_ROLES)]


def endpoint(organization: str, environment: str, workload: str) -> str:
    """At most 63 characters (SageMaker, CreateEndpoint)."""
    return shortened(sagemaker_prefix(organization, environment) + workload, 63)


def api_role(organization: str, environment: str, workload: str, region: str) -> str:
    """The role by which API Gateway asks an endpoint. At most 64 characters (IAM, CreateRole)."""
    return shortened(f"{organization}-{environment}--api-{workload}-{region}", 64)


def api_stage(environment: str, workload: str) -> str:
    """The stage of the private API before an endpoint. It names the API in policies that are written before
    API Gateway gives it an id. At most 128 characters of letters, digits, hyphens and underscores (API
    Gateway, CreateStage)."""
    return f"{environment}--{workload}"


def repository_prefix(organization: str, environment: str) -> str:
    """Where an environment's container images lie in its registry (ECR, CreateRepository)."""
    return f"{organization}-{environment}"


def log_group(organization: str, environment: str, workload: str) -> str:
    """For workloads whose log group SageMaker does not name."""
    return f"/ringwork/{organization}/{environment}/{workload}"


def model_package_group(organization: str, environment: str, model: str) -> str:
    """At most 63 characters (SageMaker, CreateModelPackageGroup)."""
    return shortened(sagemaker_prefix(organization, environment) + model, 63)


def guardrail(organization: str, environment: str) -> str:
    """At most 50 characters (Bedrock, CreateGuardrail)."""
    return shortened(f"{organization}-{environment}", 50)


def rule(organization: str, environment: str, purpose: str) -> str:
    """At most 64 characters (EventBridge, PutRule). Two hyphens: never the name of another environment's."""
    return shortened(f"{organization}-{environment}--{purpose}", 64)


def alarm(organization: str, environment: str, purpose: str) -> str:
    """At most 255 characters (CloudWatch, PutMetricAlarm)."""
    return shortened(f"{organization}-{environment}--{purpose}", 255)


def replication_role(organization: str, environment: str, region: str) -> str:
    """The role that copies an environment's data out of a Region. At most 64 characters (IAM, CreateRole)."""
    return shortened(f"{organization}-{environment}--replicate-{region}", 64)


def malware_role(organization: str, environment: str, region: str) -> str:
    """The role that scans an environment's buckets for malware. At most 64 characters (IAM, CreateRole)."""
    return shortened(f"{organization}-{environment}--malware-{region}", 64)


def feature_role(organization: str, environment: str, region: str) -> str:
    """The role that writes offline feature stores. At most 64 characters (IAM, CreateRole)."""
    return shortened(f"{organization}-{environment}--features-{region}", 64)


def feature_group(organization: str, environment: str, feature: str) -> str:
    """At most 64 characters (SageMaker, CreateFeatureGroup)."""
    return shortened(sagemaker_prefix(organization, environment) + feature, 63)


def repository(organization: str, environment: str, workload: str) -> str:
    """At most 256 characters (ECR, CreateRepository)."""
    return f"{repository_prefix(organization, environment)}/{workload}"


def job_defaults(organization: str, environment: str, workload: str) -> str:
    """At most 1,011 characters (Systems Manager, PutParameter)."""
    return f"/ringwork/{organization}/{environment}/{workload}/sagemaker-defaults"


def notebook(organization: str, environment: str, workload: str) -> str:
    """At most 63 characters (SageMaker, CreateNotebookInstance)."""
    return shortened(sagemaker_prefix(organization, environment) + workload, 63)
