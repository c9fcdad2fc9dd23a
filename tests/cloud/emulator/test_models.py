"""Sharing botocore's data between sessions: once parsed, and the same for each as if it were its own."""

from __future__ import annotations

import gc

import pytest
from botocore.loaders import Loader, create_loader
from botocore.regions import EndpointResolver

from ringwork.cloud.emulator import LocalCloud, models

SERVICES = ("ec2", "s3", "iam", "sts", "kms", "sagemaker", "organizations")
REGIONS = ("us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", None)
VARIANTS = ((False, False), (True, False), (False, True), (True, True))


def test_sessions_share_ec2s_model_and_the_endpoints_but_not_s3s_model():
    with models.shared():
        one, two = create_loader(), create_loader()
        assert one.load_data("endpoints") is two.load_data("endpoints")
        assert (
            one.load_service_model("ec2", "service-2")["shapes"]
            is (two.load_service_model("ec2", "service-2")["shapes"])
        )
        # botocore changes it for its own use
        assert (
            one.load_service_model("s3", "service-2")["shapes"]
            is not (two.load_service_model("s3", "service-2")["shapes"])
        )
    assert create_loader().load_data("endpoints") is not one.load_data("endpoints")


def test_botocore_reads_files_as_before_when_the_cloud_is_closed():
    before = Loader.FILE_LOADER_CLASS
    with pytest.raises(ValueError, match="stop"), models.shared():
        raise ValueError("stop")
    assert Loader.FILE_LOADER_CLASS is before


def resolved(data):
    """The endpoints of some services, asked in an order in which each could disturb the next."""
    resolver = EndpointResolver(data)
    found = {}
    for service in SERVICES:
        for region in REGIONS:
            for dualstack, fips in VARIANTS:
                try:
                    endpoint = resolver.construct_endpoint(
                        service, region, use_dualstack_endpoint=dualstack, use_fips_endpoint=fips
                    )
                except Exception as error:  # noqa: BLE001 (what it is called is part of the answer)
                    endpoint = type(error).__name__
                found[service, region, dualstack, fips] = (
                    dict(endpoint) if isinstance(endpoint, dict) else endpoint
                )
    return found


def test_endpoints_that_others_have_used_resolve_like_fresh_ones():
    fresh = resolved(create_loader().load_data("endpoints"))
    with models.shared():
        data = create_loader().load_data("endpoints")
    resolved(data)
    assert resolved(data) == fresh
    assert fresh["ec2", "eu-west-1", False, False]["hostname"] == "ec2.eu-west-1.amazonaws.com"


def test_collection_goes_on_afterwards_also_after_a_failure():
    assert gc.isenabled()
    with pytest.raises(ValueError, match="stop"), models.uncollected():
        assert not gc.isenabled()
        raise ValueError("stop")
    assert gc.isenabled()


def test_collection_that_was_off_stays_off():
    gc.disable()
    try:
        with models.uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_a_cloud_holds_is_left_alone_by_the_collector_until_it_closes(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        cloud.session("111122223333", "eu-west-1").client("ec2").describe_vpcs()
        assert gc.get_freeze_count() > 0
        assert gc.isenabled()
    assert gc.get_freeze_count() == 0
