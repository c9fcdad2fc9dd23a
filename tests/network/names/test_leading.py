"""Where a name leads from a subnet. Expected ways: PrivateLink guide, "Access an AWS service using an
interface VPC endpoint" (private DNS answers with the endpoint) and "Gateway endpoints" (the service's own
name stays public, the route table leads to the endpoint); VPC user guide, "NAT gateways"."""

from __future__ import annotations

import pytest

from ringwork.findings import Status
from ringwork.network.leading import Lead, Leading, Way
from ringwork.network.reading import read

from .estates import API, REGION, Resources, att, endpoint, estate, key, record, ref, vpc, zone


def _lead(resources: Resources, name: str = API, subnet: str = "A") -> Lead:
    found = estate(resources)
    return Leading(found, read(found)).lead(key("EC2::Subnet", subnet), name)


def _table(**routes: object) -> Resources:
    """A table of the subnet `A` with a default route."""
    table = {
        "Table": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "InTable": (
            "EC2::SubnetRouteTableAssociation",
            {"SubnetId": ref("A"), "RouteTableId": ref("Table")},
        ),
    }
    if routes:
        route = {"RouteTableId": ref("Table"), "DestinationCidrBlock": "0.0.0.0/0", **routes}
        table["Out"] = ("EC2::Route", route)
    return table


def _nat() -> Resources:
    """A NAT gateway in a public subnet of the VPC."""
    return {
        "Public": (
            "EC2::Subnet",
            {"VpcId": ref("Vpc"), "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "eu-central-1a"},
        ),
        "Gateway": ("EC2::InternetGateway", {}),
        "Attached": (
            "EC2::VPCGatewayAttachment",
            {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Gateway")},
        ),
        "PublicTable": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "InPublicTable": (
            "EC2::SubnetRouteTableAssociation",
            {"SubnetId": ref("Public"), "RouteTableId": ref("PublicTable")},
        ),
        "Online": (
            "EC2::Route",
            {
                "RouteTableId": ref("PublicTable"),
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": ref("Gateway"),
            },
        ),
        "Ip": ("EC2::EIP", {"Domain": "vpc"}),
        "Nat": ("EC2::NatGateway", {"SubnetId": ref("Public"), "AllocationId": att("Ip", "AllocationId")}),
    }


def test_the_api_of_sagemaker_leads_to_the_endpoint_where_there_is_one_and_else_out_by_nat() -> None:
    out = {**vpc(), **_nat(), **_table(NatGatewayId=ref("Nat"))}
    kept = _lead({**out, "Api": endpoint(f"com.amazonaws.{REGION}.sagemaker.api")})
    assert (kept.way, kept.status) == (Way.ENDPOINT, Status.PROVED)
    assert kept.through == (key("EC2::VPCEndpoint", "Api"),)
    left = _lead(out)
    assert (left.way, left.status) == (Way.INTERNET, Status.VIOLATED)
    assert left.through == (key("EC2::NatGateway", "Nat"), key("EC2::InternetGateway", "Gateway"))
    assert left.certain


def test_an_endpoint_without_private_dns_keeps_nothing_inside() -> None:
    found = _lead(
        {
            **vpc(),
            **_nat(),
            **_table(NatGatewayId=ref("Nat")),
            "Api": endpoint(f"com.amazonaws.{REGION}.sagemaker.api", PrivateDnsEnabled=False),
        }
    )
    assert found.way is Way.INTERNET


def test_without_endpoint_and_way_out_it_leads_nowhere() -> None:
    found = _lead({**vpc(), **_table()})
    assert (found.way, found.status) == (Way.NOWHERE, Status.VIOLATED)
    assert "no route" in found.why


def test_the_name_of_s3_is_public_and_the_route_leads_to_the_gateway_endpoint() -> None:
    gateway = (
        "EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "ServiceName": f"com.amazonaws.{REGION}.s3",
            "VpcEndpointType": "Gateway",
            "RouteTableIds": [ref("Table")],
        },
    )
    for name in ("s3", f"s3.{REGION}.amazonaws.com", f"data.s3.{REGION}.amazonaws.com"):
        found = _lead({**vpc(), **_nat(), **_table(NatGatewayId=ref("Nat")), "S3": gateway}, name)
        assert (found.way, found.status) == (Way.GATEWAY, Status.PROVED)
        assert found.through == (key("EC2::VPCEndpoint", "S3"),)
    elsewhere = _lead(
        {**vpc(), **_nat(), **_table(NatGatewayId=ref("Nat")), "S3": gateway}, "s3.us-east-1.amazonaws.com"
    )
    assert elsewhere.way is Way.INTERNET  # a gateway endpoint serves its own Region alone


def test_another_services_gateway_endpoint_is_none_of_dynamodb() -> None:
    gateway = (
        "EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "ServiceName": f"com.amazonaws.{REGION}.s3",
            "VpcEndpointType": "Gateway",
            "RouteTableIds": [ref("Table")],
        },
    )
    assert _lead({**vpc(), **_table(), "S3": gateway}, "dynamodb").way is Way.NOWHERE


def test_a_private_zone_decides_by_what_its_record_says() -> None:
    zoned = {**vpc(), **_nat(), **_table(NatGatewayId=ref("Nat")), "Zone": zone("corp.example", "Vpc")}
    for value, way in (("10.7.0.5", Way.PRIVATE), ("93.184.216.34", Way.INTERNET)):
        found = _lead({**zoned, "Record": record("Zone", "db.corp.example", value)}, "db.corp.example")
        assert found.way is way
    assert _lead(zoned, "none.corp.example").way is Way.NOWHERE


def test_a_parameter_in_the_way_leaves_it_open() -> None:
    """`GatewayId` by a parameter without a value: nobody knows what it leads to."""
    found = _lead({**vpc(), **_table(GatewayId=ref("Later"))})
    assert (found.way, found.status) == (Way.UNKNOWN, Status.UNKNOWN)


def test_a_route_to_part_of_the_internet_may_be_the_services() -> None:
    part = {"RouteTableId": ref("Table"), "DestinationCidrBlock": "52.0.0.0/8", "NatGatewayId": ref("Nat")}
    found = _lead({**vpc(), **_nat(), **_table(), "Part": ("EC2::Route", part)})
    assert (found.way, found.status) == (Way.UNKNOWN, Status.UNKNOWN)


def test_a_subnet_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a subnet"):
        _lead(vpc(), subnet="Nowhere")
