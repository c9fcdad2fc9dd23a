"""Where AWS keeps the container that Model Monitor runs, by Region.

Source: SageMaker developer guide, "Amazon SageMaker Model Monitor prebuilt container"; accounts from the
SageMaker Python SDK, `image_uri_config/model-monitor.json`, which "Docker Registry Paths" is made from.
"""

from __future__ import annotations

from collections.abc import Mapping

REPOSITORY = "sagemaker-model-monitor-analyzer"
ACCOUNTS: Mapping[str, str] = {
    "ap-east-1": "001633400207",
    "ap-northeast-1": "574779866223",
    "ap-northeast-2": "709848358524",
    "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676",
    "ap-southeast-2": "563025443158",
    "ca-central-1": "536280801234",
    "cn-north-1": "453000072557",
    "cn-northwest-1": "453252182341",
    "eu-central-1": "048819808253",
    "eu-north-1": "895015795356",
    "eu-west-1": "468650794304",
    "eu-west-2": "749857270468",
    "eu-west-3": "680080141114",
    "me-south-1": "607024016150",
    "sa-east-1": "539772159869",
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}
"""Region -> the account that has the image"""


def image(region: str) -> str | None:
    """For Fn::Sub; none where no account is known."""
    account = ACCOUNTS.get(region)
    return account and f"{account}.dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/{REPOSITORY}"
