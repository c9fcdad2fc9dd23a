"""Resource types that are rows of a table: what a service would lose is refused, not lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS, Change, Context
from ringwork.cloud.emulator.cloudformation.resources.arguments import NoPlaceError

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/m"
MODEL = {"ModelName": "m", "EnableNetworkIsolation": True, "PrimaryContainer": {"Image": "i"}}
KEPT = {"ModelName": "m", "ModelArn": ARN, "EnableNetworkIsolation": True, "PrimaryContainer": {"Image": "i"}}


def context(**methods):
    def client(_service, _region=None, /):
        return SimpleNamespace(**methods)

    return Context(client, "111122223333", "eu-west-1", "stack", "X", lambda _physical: None)


def create(described):
    where = context(create_model=lambda **_: {"ModelArn": ARN}, describe_model=lambda **_: described)
    return PROVIDERS["AWS::SageMaker::Model"].create(where, MODEL)


def test_what_the_service_keeps_is_made():
    assert create(KEPT) == ARN


@pytest.mark.parametrize("lost", ["EnableNetworkIsolation", "PrimaryContainer"])
def test_a_property_that_the_service_forgets_fails_the_resource(lost):
    described = {name: value for name, value in KEPT.items() if name != lost}
    with pytest.raises(ValueError, match=lost):
        create(described)


def test_a_part_of_a_property_that_the_service_forgets_fails_the_resource():
    with pytest.raises(ValueError, match="PrimaryContainer/Image"):
        create({**KEPT, "PrimaryContainer": {"ContainerHostname": "h"}})


def test_a_change_that_the_service_does_not_make_fails():
    where = context(
        update_endpoint=lambda **_: {},
        describe_endpoint=lambda **_: {"EndpointName": "e", "EndpointConfigName": "before"},
    )
    setter = PROVIDERS["AWS::SageMaker::Endpoint"].setters["EndpointConfigName"]
    change = Change("EndpointConfigName", "before", "after", {"EndpointConfigName": "after"})
    with pytest.raises(ValueError, match="EndpointConfigName"):
        setter(where, "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/e", change)


def test_a_part_that_the_operation_does_not_take_is_refused_before_the_call():
    where = context(create_model=lambda **_: pytest.fail("the operation was called"))
    wrong = {**MODEL, "PrimaryContainer": {"Image": "i", "Nonsense": 1}}
    with pytest.raises(NoPlaceError, match="PrimaryContainer/Nonsense"):
        PROVIDERS["AWS::SageMaker::Model"].create(where, wrong)
