"""Prefix lists in Transit Gateway route tables. Expected: Transit Gateway guide, "Prefix list references" and
"How transit gateways work", route evaluation order; EC2 API reference."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def ec2(state):
    with LocalCloud(state) as cloud:
        yield cloud.session(ACCOUNT, REGION).client("ec2")


def made(ec2):
    """A gateway with two attached VPCs, a route table, and a prefix list of two entries."""
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    attachments = []
    for number in (1, 2):
        vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{number}.0.0/24")["Subnet"]["SubnetId"]
        attached = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet]
        )["TransitGatewayVpcAttachment"]
        attachments.append(attached["TransitGatewayAttachmentId"])
    table = ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)["TransitGatewayRouteTable"][
        "TransitGatewayRouteTableId"
    ]
    prefixes = ec2.create_managed_prefix_list(
        PrefixListName="p",
        MaxEntries=5,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "10.1.0.0/16"}, {"Cidr": "192.168.0.0/16"}],
    )["PrefixList"]["PrefixListId"]
    return gateway, attachments, table, prefixes


def routes(ec2, table, name="type", *values):
    rows = ec2.search_transit_gateway_routes(
        TransitGatewayRouteTableId=table,
        Filters=[{"Name": name, "Values": list(values or ("static", "propagated"))}],
    )["Routes"]
    return {
        row["DestinationCidrBlock"]: (
            row["Type"],
            row["State"],
            *(one["TransitGatewayAttachmentId"] for one in row.get("TransitGatewayAttachments", ())),
        )
        for row in rows
    }


def test_each_entry_of_a_prefix_list_is_a_static_route_to_the_attachment(ec2):
    _, (first, _), table, prefixes = made(ec2)
    row = ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=prefixes, TransitGatewayAttachmentId=first
    )["TransitGatewayPrefixListReference"]
    assert (row["PrefixListOwnerId"], row["State"], row["Blackhole"]) == (ACCOUNT, "available", False)
    assert row["TransitGatewayAttachment"]["TransitGatewayAttachmentId"] == first
    wanted = ("static", "active", first)
    assert routes(ec2, table) == {"10.1.0.0/16": wanted, "192.168.0.0/16": wanted}
    assert routes(ec2, table, "prefix-list-id", prefixes).keys() == {"10.1.0.0/16", "192.168.0.0/16"}


def test_routes_follow_the_entries_of_the_list(ec2):
    _, (first, _), table, prefixes = made(ec2)
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=prefixes, TransitGatewayAttachmentId=first
    )
    ec2.modify_managed_prefix_list(
        PrefixListId=prefixes,
        CurrentVersion=1,
        AddEntries=[{"Cidr": "172.16.0.0/12"}],
        RemoveEntries=[{"Cidr": "10.1.0.0/16"}],
    )
    assert routes(ec2, table).keys() == {"172.16.0.0/12", "192.168.0.0/16"}


def test_a_black_hole_drops_what_matches(ec2):
    _, (first, _), table, prefixes = made(ec2)
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=prefixes, TransitGatewayAttachmentId=first
    )
    ec2.modify_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=prefixes, Blackhole=True
    )
    assert set(routes(ec2, table).values()) == {("static", "blackhole")}


def test_a_static_route_wins_over_the_list_and_the_list_over_what_is_propagated(ec2):
    _, (first, second), table, prefixes = made(ec2)
    ec2.enable_transit_gateway_route_table_propagation(
        TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=first
    )
    assert routes(ec2, table)["10.1.0.0/16"] == ("propagated", "active", first)
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=table, PrefixListId=prefixes, TransitGatewayAttachmentId=second
    )
    assert routes(ec2, table)["10.1.0.0/16"] == ("static", "active", second)
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.1.0.0/16", Blackhole=True
    )
    assert routes(ec2, table)["10.1.0.0/16"] == ("static", "blackhole")


def test_references_are_read_filtered_and_deleted(ec2):
    _, (first, second), table, prefixes = made(ec2)
    other = ec2.create_managed_prefix_list(PrefixListName="q", MaxEntries=1, AddressFamily="IPv4")[
        "PrefixList"
    ]
    for name, target in ((prefixes, first), (other["PrefixListId"], second)):
        ec2.create_transit_gateway_prefix_list_reference(
            TransitGatewayRouteTableId=table, PrefixListId=name, TransitGatewayAttachmentId=target
        )

    def read(name, value):
        rows = ec2.get_transit_gateway_prefix_list_references(
            TransitGatewayRouteTableId=table, Filters=[{"Name": name, "Values": [value]}]
        )["TransitGatewayPrefixListReferences"]
        return [row["PrefixListId"] for row in rows]

    assert read("attachment.transit-gateway-attachment-id", second) == [other["PrefixListId"]]
    assert read("is-blackhole", "false") == [prefixes, other["PrefixListId"]]
    ec2.delete_transit_gateway_prefix_list_reference(TransitGatewayRouteTableId=table, PrefixListId=prefixes)
    assert read("state", "available") == [other["PrefixListId"]]
    assert routes(ec2, table) == {}


def test_references_are_there_for_the_next_command(state):
    with LocalCloud(state) as cloud:
        ec2 = cloud.session(ACCOUNT, REGION).client("ec2")
        _, (first, _), table, prefixes = made(ec2)
        ec2.create_transit_gateway_prefix_list_reference(
            TransitGatewayRouteTableId=table, PrefixListId=prefixes, TransitGatewayAttachmentId=first
        )
    with LocalCloud(state) as cloud:
        assert cloud.notices == []
        assert "192.168.0.0/16" in routes(cloud.session(ACCOUNT, REGION).client("ec2"), table)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PrefixListId": "pl-0123456789abcdef0"}, "InvalidPrefixListID.NotFound"),
        ({"TransitGatewayRouteTableId": "tgw-rtb-0123456789abcdef0"}, "InvalidRouteTableID.NotFound"),
        (
            {"TransitGatewayAttachmentId": "tgw-attach-0123456789abcdef0"},
            "InvalidTransitGatewayAttachmentID.NotFound",
        ),
        ({"Blackhole": True}, "InvalidParameterCombination"),
        ({"TransitGatewayAttachmentId": None}, "MissingParameter"),
    ],
)
def test_what_is_not_there_is_refused(ec2, changed, code):
    _, (first, _), table, prefixes = made(ec2)
    given = {
        "TransitGatewayRouteTableId": table,
        "PrefixListId": prefixes,
        "TransitGatewayAttachmentId": first,
        **changed,
    }
    with pytest.raises(ClientError) as refused:
        ec2.create_transit_gateway_prefix_list_reference(**{k: v for k, v in given.items() if v is not None})
    assert refused.value.response["Error"]["Code"] == code
    assert routes(ec2, table) == {}


def test_a_policy_table_is_kept_until_it_is_deleted(ec2):
    gateway, _, _, _ = made(ec2)
    made_table = ec2.create_transit_gateway_policy_table(TransitGatewayId=gateway)[
        "TransitGatewayPolicyTable"
    ]
    name = made_table["TransitGatewayPolicyTableId"]
    tables = ec2.describe_transit_gateway_policy_tables(TransitGatewayPolicyTableIds=[name])
    assert [(t["TransitGatewayId"], t["State"]) for t in tables["TransitGatewayPolicyTables"]] == [
        (gateway, "available")
    ]
    entries = ec2.get_transit_gateway_policy_table_entries(TransitGatewayPolicyTableId=name)
    assert entries["TransitGatewayPolicyTableEntries"] == []
    ec2.delete_transit_gateway_policy_table(TransitGatewayPolicyTableId=name)
    assert ec2.describe_transit_gateway_policy_tables()["TransitGatewayPolicyTables"] == []
