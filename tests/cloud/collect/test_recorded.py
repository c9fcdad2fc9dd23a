"""What recordings keep in files of their own, where a live collection asks below others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate import Resource, Unknown

SHARED = Path(os.environ.get("RINGWORK_SHARED", Path(__file__).parents[3].parent / "shared"))
BATFISH = SHARED / "corpora" / "network" / "batfish"
recorded = pytest.mark.skipif(not BATFISH.is_dir(), reason="the recorded snapshots are not here")

BALANCER = "arn:aws:elasticloadbalancing:us-east-2:1:loadbalancer/net/lb/6f"
GROUP = "arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/tg/10"


def of(resources: tuple[Resource, ...], type: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == type]


def write(folder: Path, **answers: list[dict[str, Any]]) -> None:
    for name, items in answers.items():
        (folder / f"{name}.json").write_text(json.dumps({name: items}), encoding="utf-8")


@recorded
def test_a_peering_of_transit_gateways_is_there_once_and_associated_on_both_sides() -> None:
    found = from_snapshot(BATFISH / "test-transit-gateway-peering").resources
    (peering,) = of(found, "AWS::EC2::TransitGatewayPeeringAttachment")
    assert {peering.properties["TransitGatewayId"], peering.properties["PeerTransitGatewayId"]} == {
        "tgw-0e20010ebf43d07a2",
        "tgw-03201f1960ddb0c25",
    }
    tables = {
        association.properties["TransitGatewayRouteTableId"]
        for association in of(found, "AWS::EC2::TransitGatewayRouteTableAssociation")
        if association.properties["TransitGatewayAttachmentId"] == peering.physical
    }
    assert tables == {"tgw-rtb-05d2952671d1f460a", "tgw-rtb-00be87593fb2cd0ae"}
    routes = of(found, "AWS::EC2::TransitGatewayRoute")
    assert sorted(str(route.properties["DestinationCidrBlock"]) for route in routes) == [
        "10.20.0.0/16",
        "192.168.0.0/16",
    ]


@recorded
def test_an_attachment_that_two_accounts_list_is_its_owners() -> None:
    found = from_snapshot(BATFISH / "test-transit-gateway-multi-account").resources
    owners = {
        attachment.physical: attachment.account
        for attachment in of(found, "AWS::EC2::TransitGatewayVpcAttachment")
    }
    assert owners == {
        "tgw-attach-0f832eb2ca4a975a4": "028403472736",
        "tgw-attach-0f8397dbb9b9bce0d": "951601349076",
    }
    assert len(of(found, "AWS::EC2::TransitGateway")) == 1


def test_a_route_without_an_attachment_is_a_blackhole_that_somebody_asked_for(tmp_path: Path) -> None:
    route = {"DestinationCidrBlock": "192.168.0.0/16", "State": "blackhole", "Type": "static"}
    write(
        tmp_path, TransitGatewayStaticRoutes=[{"Routes": [route], "TransitGatewayRouteTableId": "tgw-rtb-1"}]
    )
    (found,) = of(from_snapshot(tmp_path).resources, "AWS::EC2::TransitGatewayRoute")
    assert found.properties == {
        "TransitGatewayRouteTableId": "tgw-rtb-1",
        "DestinationCidrBlock": "192.168.0.0/16",
        "Blackhole": True,
    }


def test_a_prefix_list_has_the_entries_that_were_recorded_for_it_and_else_unknown_ones(
    tmp_path: Path,
) -> None:
    lists = [
        {"PrefixListId": key, "PrefixListName": key, "OwnerId": "111111111111"} for key in ("pl-1", "pl-2")
    ]
    entries = [{"Cidr": "192.168.0.0/24", "Description": "office"}]
    write(
        tmp_path, PrefixLists=lists, ManagedPrefixListEntries=[{"PrefixListId": "pl-1", "Entries": entries}]
    )
    known, other = of(from_snapshot(tmp_path).resources, "AWS::EC2::PrefixList")
    assert known.properties["Entries"] == entries
    assert isinstance(other.properties["Entries"], Unknown)


def test_what_ended_is_not_associated_and_what_is_not_enabled_does_not_propagate(tmp_path: Path) -> None:
    association = {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}
    write(
        tmp_path,
        TransitGatewayAttachments=[
            {
                "TransitGatewayAttachmentId": f"tgw-attach-{state}",
                "TransitGatewayId": "tgw-1",
                "ResourceType": "vpc",
                "State": state,
                "Association": association,
            }
            for state in ("available", "deleted")
        ],
        TransitGatewayPropagations=[
            {
                "TransitGatewayRouteTableId": "tgw-rtb-1",
                "TransitGatewayRouteTablePropagations": [
                    {"TransitGatewayAttachmentId": f"tgw-attach-{state}", "State": state}
                    for state in ("enabled", "disabled")
                ],
            }
        ],
    )
    found = from_snapshot(tmp_path).resources
    for type, attachment in (
        ("AWS::EC2::TransitGatewayRouteTableAssociation", "tgw-attach-available"),
        ("AWS::EC2::TransitGatewayRouteTablePropagation", "tgw-attach-enabled"),
    ):
        (one,) = of(found, type)
        assert one.properties["TransitGatewayAttachmentId"] == attachment


def test_listeners_and_targets_of_a_load_balancer(tmp_path: Path) -> None:
    action = {"Order": 1, "TargetGroupArn": GROUP, "Type": "forward"}
    listener = {
        "ListenerArn": f"{BALANCER}/c8".replace(":loadbalancer/", ":listener/"),
        "LoadBalancerArn": BALANCER,
        "Port": 80,
        "Protocol": "TCP",
        "DefaultActions": [action],
    }
    target = {"AvailabilityZone": "us-east-2a", "Id": "10.10.1.4", "Port": 80}
    write(
        tmp_path,
        LoadBalancerListeners=[{"LoadBalancerArn": BALANCER, "Listeners": [listener]}],
        LoadBalancerTargetHealth=[
            {"TargetGroupArn": GROUP, "TargetHealthDescriptions": [{"Target": target}]}
        ],
        TargetGroups=[
            {
                "TargetGroupArn": GROUP,
                "TargetGroupName": "tg",
                "Protocol": "TCP",
                "Port": 80,
                "TargetType": "ip",
            }
        ],
    )
    found = from_snapshot(tmp_path).resources
    (one,) = of(found, "AWS::ElasticLoadBalancingV2::Listener")
    assert (one.properties["LoadBalancerArn"], one.properties["Port"]) == (BALANCER, 80)
    (group,) = of(found, "AWS::ElasticLoadBalancingV2::TargetGroup")
    (registered,) = group.properties["Targets"]  # type: ignore[misc]
    assert registered == {"Id": "10.10.1.4", "Port": 80, "AvailabilityZone": "us-east-2a"}
    # nobody recorded the attributes: they are not known, and not absent
    assert isinstance(group.properties["TargetGroupAttributes"], Unknown)
