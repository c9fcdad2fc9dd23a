"""What runs loads code and images: from which object and repository.

Sources: SageMaker API reference, ContainerDefinition; ECR user guide, "Private registry".
"""

from __future__ import annotations

from typing import Any

from ringwork.access.escalation.loads import loads
from ringwork.access.escalation.powers import Load

from ..reading.estates import ACCOUNT, REGION, key, template

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def model(**container: Any) -> tuple[Load, ...]:
    properties = {"ModelName": "model", "PrimaryContainer": container}
    bucket = ("S3::Bucket", {"BucketName": "models"})
    found = loads(template({"Model": ("SageMaker::Model", properties), "Bucket": bucket}))
    return found.get(key("SageMaker::Model", "Model"), ())


def test_a_model_is_loaded_from_its_object() -> None:
    assert model(ModelDataUrl="s3://models/one.tar.gz") == (Load("s3", "arn:aws:s3:::models/one.tar.gz"),)
    assert model(ModelDataUrl={"Fn::Sub": "s3://${Bucket}/one.tar.gz"}) == (
        Load("s3", "arn:aws:s3:::models/one.tar.gz"),
    )


def test_all_below_a_prefix_is_loaded() -> None:
    source = {"S3DataSource": {"S3Uri": "s3://models/one/", "S3DataType": "S3Prefix"}}
    assert model(ModelDataSource=source) == (Load("s3", "arn:aws:s3:::models/one/*"),)


def test_an_image_is_pulled_by_its_tag_and_cannot_be_replaced_by_its_digest() -> None:
    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/serve"
    assert model(Image=f"{REGISTRY}/team/serve:latest") == (Load("ecr", repository),)
    assert model(Image=f"{REGISTRY}/team/serve@sha256:{'0' * 64}") == ()


def test_what_is_not_known_may_be_any_object() -> None:
    (load,) = model(ModelDataUrl={"Fn::ImportValue": "elsewhere"})
    assert (load.kind, load.exact) == ("s3", False)


def test_data_is_no_code() -> None:
    assert model(Environment={"INPUT": "s3://data/table.csv"}) == ()
