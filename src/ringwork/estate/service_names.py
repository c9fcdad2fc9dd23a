"""AWS services by name: what clients look up in DNS, and what an endpoint of theirs is called.

One table, for whoever writes such names (the compiler's hosted zones) and for whoever reads them (name
resolution). The two names of a service are not each other turned round: it is
`api.sagemaker.REGION.amazonaws.com` for `com.amazonaws.REGION.sagemaker.api`, and `monitoring` for CloudWatch
(awslabs/landing-zone-accelerator-on-aws issues 173, 348, 690 and 1014 tell what wrong ones cost).

Names of endpoint services: AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink"
(https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html). Names in DNS: each
row's page. FIPS and dual-stack names are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

_GENERAL = "https://docs.aws.amazon.com/general/latest/gr"
_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/dg"


@dataclass(frozen=True, slots=True)
class ServiceName:
    """What an endpoint leads to. `{region}` stands for the Region, `{suffix}` for `amazonaws.com`."""

    key: str
    """short, as it ends the endpoint service's name: `sagemaker.api`"""
    endpoint: str
    """endpoint service name"""
    host: str
    """in DNS"""
    source: str
    """the page that has the name in DNS"""
    itself: bool = True
    """`host` is a name of the service"""
    subdomains: bool = False
    """every name below `host` is: registries, buckets, notebooks"""
    gateway: bool = False
    """it has gateway endpoints (PrivateLink guide, "Gateway endpoints"), also beside interface endpoints"""


def _api(key: str, host: str, page: str) -> ServiceName:
    return ServiceName(
        key, f"com.amazonaws.{{region}}.{key}", f"{host}.{{region}}.{{suffix}}", f"{_GENERAL}/{page}.html"
    )


SERVICES = (
    _api("sagemaker.api", "api.sagemaker", "sagemaker"),
    _api("sagemaker.runtime", "runtime.sagemaker", "sagemaker"),
    _api("sagemaker.featurestore-runtime", "featurestore-runtime.sagemaker", "sagemaker"),
    _api("sagemaker.metrics", "metrics.sagemaker", "sagemaker"),
    ServiceName(
        "sagemaker.studio",
        "aws.sagemaker.{region}.studio",
        "studio.{region}.sagemaker.aws",
        f"{_SAGEMAKER}/studio-interface-endpoint.html",
        itself=False,
        subdomains=True,
    ),
    ServiceName(
        "sagemaker.notebook",
        "aws.sagemaker.{region}.notebook",
        "notebook.{region}.sagemaker.aws",
        f"{_SAGEMAKER}/notebook-interface-endpoint.html",
        itself=False,
        subdomains=True,
    ),
    _api("bedrock", "bedrock", "bedrock"),
    _api("bedrock-runtime", "bedrock-runtime", "bedrock"),
    _api("bedrock-agent", "bedrock-agent", "bedrock"),
    _api("bedrock-agent-runtime", "bedrock-agent-runtime", "bedrock"),
    ServiceName(
        "s3",
        "com.amazonaws.{region}.s3",
        "s3.{region}.{suffix}",
        f"{_GENERAL}/s3.html",
        subdomains=True,
        gateway=True,
    ),
    ServiceName(
        "dynamodb",
        "com.amazonaws.{region}.dynamodb",
        "dynamodb.{region}.{suffix}",
        f"{_GENERAL}/ddb.html",
        gateway=True,
    ),
    _api("ecr.api", "api.ecr", "ecr"),
    ServiceName(
        "ecr.dkr",
        "com.amazonaws.{region}.ecr.dkr",
        "dkr.ecr.{region}.{suffix}",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
        itself=False,
        subdomains=True,
    ),
    _api("sts", "sts", "sts"),
    _api("kms", "kms", "kms"),
    _api("monitoring", "monitoring", "cw_region"),
    _api("logs", "logs", "cwl_region"),
    _api("secretsmanager", "secretsmanager", "asm"),
    _api("ssm", "ssm", "ssm"),
    _api("events", "events", "ev"),
    _api("sqs", "sqs", "sqs-service"),
    _api("sns", "sns", "sns"),
    _api("athena", "athena", "athena"),
    _api("glue", "glue", "glue"),
    _api("lakeformation", "lakeformation", "lake-formation"),
    _api("elasticfilesystem", "elasticfilesystem", "elasticfilesystem"),
    _api("servicecatalog", "servicecatalog", "servicecatalog"),
    _api("states", "states", "step-functions"),
    _api("lambda", "lambda", "lambda-service"),
    _api("ec2", "ec2", "ec2-service"),
    _api("xray", "xray", "xray"),
    ServiceName(
        "execute-api",
        "com.amazonaws.{region}.execute-api",
        "execute-api.{region}.{suffix}",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html",
        itself=False,
        subdomains=True,
    ),
)
