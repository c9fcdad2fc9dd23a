"""Expected names: the endpoints that AWS's own SDK calls (botocore's data), the PrivateLink guide's list of
services, ECR's, Studio's and notebooks' pages for those that have subdomains only."""

from __future__ import annotations

import boto3
import pytest

from ringwork.network.names import services

CLIENTS = {
    "sagemaker.api": "sagemaker",
    "sagemaker.runtime": "sagemaker-runtime",
    "sagemaker.featurestore-runtime": "sagemaker-featurestore-runtime",
    "sagemaker.metrics": "sagemaker-metrics",
    "ecr.api": "ecr",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "elasticfilesystem": "efs",
}
"""where the SDK calls a service by another name than its endpoint"""
NO_CLIENT = {
    "ecr.dkr": "111122223333.dkr.ecr.eu-central-1.amazonaws.com",
    "sagemaker.studio": "d-abc.studio.eu-central-1.sagemaker.aws",
    "sagemaker.notebook": "nb-x1.notebook.eu-central-1.sagemaker.aws",
    "execute-api": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
}
"""ECR guide, "Amazon ECR registries" (`ACCOUNT.dkr.ecr.REGION.amazonaws.com`); SageMaker guide, "Connect to
Studio through an interface VPC endpoint", "Connect to a Notebook Instance Through a VPC Interface Endpoint";
API Gateway guide, "Invoke a private API" (`{restapi-id}.execute-api.{region}.amazonaws.com`)"""


HOSTS = [
    (key, region)
    for key in sorted(set(services.BY_KEY) - set(NO_CLIENT))
    for region in ("eu-central-1", "cn-north-1")
    if region == "eu-central-1" or not key.startswith("bedrock")  # Bedrock is not in China
]


@pytest.mark.parametrize(("key", "region"), HOSTS)
def test_a_service_has_the_host_that_the_sdk_calls(key: str, region: str) -> None:
    client = boto3.client(
        CLIENTS.get(key, key), region_name=region, aws_access_key_id="x", aws_secret_access_key="x"
    )
    assert client.meta.endpoint_url == f"https://{services.host(services.BY_KEY[key], region)}"


@pytest.mark.parametrize(("key", "name"), NO_CLIENT.items())
def test_a_service_of_subdomains_has_those_and_not_the_name_above_them(key: str, name: str) -> None:
    assert [(service.key, region) for service, region in services.owners(name)] == [(key, "eu-central-1")]
    assert not services.holds(services.BY_KEY[key], "eu-central-1", name.partition(".")[2])


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        ("com.amazonaws.eu-central-1.sagemaker.api", "sagemaker.api"),
        ("com.amazonaws.eu-central-1.sagemaker.featurestore-runtime", "sagemaker.featurestore-runtime"),
        ("aws.sagemaker.eu-central-1.studio", "sagemaker.studio"),
        ("aws.sagemaker.eu-central-1.notebook", "sagemaker.notebook"),
        ("com.amazonaws.us-gov-west-1.monitoring", "monitoring"),
        ("cn.com.amazonaws.cn-north-1.sagemaker.api", "sagemaker.api"),
        ("com.amazonaws.eu-central-1.ecr.dkr", "ecr.dkr"),
    ],
)
def test_an_endpoint_service_is_known_by_its_name(endpoint: str, key: str) -> None:
    found = services.behind(endpoint)
    assert found is not None
    assert found[0].key == key


@pytest.mark.parametrize(
    "endpoint",
    ["com.amazonaws.eu-central-1.sagemaker", "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"],
)
def test_what_is_not_in_the_table_is_not_guessed(endpoint: str) -> None:
    assert services.behind(endpoint) is None


def test_no_name_has_two_services() -> None:
    for service in services.SERVICES:
        name = services.example(service, "eu-central-1")
        assert [each.key for each, _ in services.owners(name)] == [service.key]
