"""What is billed for being there, counted on small estates written by hand."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from ringwork.estate import Estate, Reference, Resource
from ringwork.estate.billing import BY_USE, FREE
from ringwork.estate.model import Unknown
from ringwork.estate.quantities import COUNTED, Quantity, quantities

ACCOUNT, REGION = "111122223333", "eu-central-1"


def resource(
    type: str, name: str, properties: dict[str, Any] | None = None, region: str = REGION
) -> Resource:
    return Resource(
        key=f"{ACCOUNT}/{region}/{type}/{name}",
        type=type,
        properties=properties or {},
        account=ACCOUNT,
        region=region,
    )


def counted(*resources: Resource) -> dict[tuple[str, str, str], int | None]:
    return {each.key: each.count for each in quantities(Estate(resources)).counted}


def test_interface_endpoints_count_once_for_each_zone_and_gateway_endpoints_not() -> None:
    """AWS PrivateLink pricing: each hour in each Availability Zone; gateway endpoints are free."""
    found = counted(
        resource(
            "AWS::EC2::VPCEndpoint", "a", {"VpcEndpointType": "Interface", "SubnetIds": ("s-1", "s-2", "s-3")}
        ),
        resource("AWS::EC2::VPCEndpoint", "b", {"VpcEndpointType": "Interface", "SubnetIds": ("s-1", "s-2")}),
        resource("AWS::EC2::VPCEndpoint", "c", {"VpcEndpointType": "Gateway"}),
        resource("AWS::EC2::VPCEndpoint", "d", {}),
    )
    assert found == {("endpoint-zones", REGION, ""): 5}


def test_a_zone_that_is_not_known_makes_the_number_unknown_and_never_zero() -> None:
    lost = {"VpcEndpointType": "Interface", "SubnetIds": Unknown("a parameter without a value")}
    known = {"VpcEndpointType": "Interface", "SubnetIds": ("s-1",)}
    for order in ((lost, known), (known, lost)):
        found = counted(*(resource("AWS::EC2::VPCEndpoint", str(i), p) for i, p in enumerate(order)))
        assert found == {("endpoint-zones", REGION, ""): None}


def test_regions_are_counted_apart_and_a_month_has_730_hours() -> None:
    found = quantities(
        Estate([
            resource("AWS::EC2::NatGateway", "a"),
            resource("AWS::EC2::NatGateway", "b"),
            resource("AWS::EC2::NatGateway", "c", region="eu-west-1"),
        ])
    ).counted  # fmt: skip
    assert [(each.region, each.count, each.monthly) for each in found] == [
        ("eu-central-1", 2, 1460),
        ("eu-west-1", 1, 730),
    ]


def test_both_sides_of_a_peering_are_billed_each_in_its_region() -> None:
    found = counted(resource("AWS::EC2::TransitGatewayPeeringAttachment", "p", {"PeerRegion": "eu-west-1"}))
    assert found == {("transit-peerings", REGION, ""): 1, ("transit-peers", "eu-west-1", ""): 1}


def test_an_endpoints_instances_are_those_of_all_its_variants_by_type() -> None:
    config = resource(
        "AWS::SageMaker::EndpointConfig",
        "c",
        {
            "ProductionVariants": (
                {"InstanceType": "ml.m7i.large", "InitialInstanceCount": 2},
                {"ServerlessConfig": {"MaxConcurrency": 5, "MemorySizeInMB": 2048}},
            ),
            "ShadowProductionVariants": ({"InstanceType": "ml.m7i.large", "InitialInstanceCount": 1},),
        },
    )
    unused = resource("AWS::SageMaker::EndpointConfig", "d", dict(config.properties))
    endpoint = resource("AWS::SageMaker::Endpoint", "e", {"EndpointConfigName": Reference(config.key)})
    found = counted(config, unused, endpoint)
    assert found == {("endpoint-instances", REGION, "ml.m7i.large"): 3}


def test_a_group_of_instances_counts_as_many_as_it_starts_with_by_its_templates_type() -> None:
    template = resource(
        "AWS::EC2::LaunchTemplate",
        "t",
        {
            "LaunchTemplateData": {
                "InstanceType": "m7i.xlarge",
                "BlockDeviceMappings": (
                    {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3"}},
                ),
            }
        },
    )
    group = resource(
        "AWS::AutoScaling::AutoScalingGroup",
        "g",
        {"LaunchTemplate": {"LaunchTemplateId": Reference(template.key)}, "MinSize": "2", "MaxSize": "4"},
    )
    assert counted(template, group) == {
        ("instances", REGION, "m7i.xlarge"): 2,
        ("disks", REGION, "gp3"): 60,
    }


def test_web_acls_and_their_rules_are_counted_each() -> None:
    """AWS WAF pricing: for each web ACL, and for each rule in it; a managed group counts as one rule."""
    acl = resource("AWS::WAFv2::WebACL", "a", {"Rules": ({"Name": "one"}, {"Name": "two"})})
    assert counted(acl) == {("web-acls", REGION, ""): 1, ("web-rules", REGION, ""): 2}


def test_what_is_billed_by_use_is_named_and_what_nobody_classified_too() -> None:
    found = quantities(
        Estate([
            resource("AWS::GuardDuty::Detector", "d"),
            resource("AWS::EC2::Subnet", "s"),
            resource("AWS::IAM::Role", "r"),
            resource("AWS::Quantum::Thing", "q"),
        ])
    )  # fmt: skip
    assert found.by_use == {"GuardDuty: analysed events, logs and objects": 1}
    assert found.unclassified == {"AWS::Quantum::Thing": 1}
    assert found.counted == ()


def test_no_type_is_both_free_and_billed() -> None:
    billed = {type for each in COUNTED for type in each.types}
    assert not FREE & (billed | set(BY_USE))


@pytest.mark.parametrize("billed", COUNTED, ids=lambda billed: billed.id)
def test_every_row_names_its_price_list_and_its_source(billed: Any) -> None:
    assert billed.service
    assert "pricing" in billed.source
    assert len({each.id for each in COUNTED}) == len(COUNTED)
    assert Quantity(billed, REGION, "", None).monthly is None


def test_the_page_on_costs_is_what_the_script_writes() -> None:
    root = Path(__file__).parents[2]
    spec = spec_from_file_location("quantities_table", root / "scripts" / "quantities_table.py")
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (root / "docs" / "cost.md").read_text(encoding="utf-8")
    assert written == script.page(), "run `python scripts/quantities_table.py`"
