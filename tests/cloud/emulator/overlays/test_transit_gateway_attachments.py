"""VPCs of other accounts at a Transit Gateway. Expected: Transit Gateway guide, "Transit gateway attachments
to a VPC" and "Transit gateway route tables"; EC2 API reference, AcceptTransitGatewayVpcAttachment and
CreateRoute; RAM guide, sharing; Route 53 guide, "Working with shared Route 53 Profiles"."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

OWNER, TEAM, STRANGER, REGION = "111122223333", "444455556666", "777788889999", "eu-west-1"
CLOSED = {
    "DefaultRouteTableAssociation": "disable",
    "DefaultRouteTablePropagation": "disable",
    "AutoAcceptSharedAttachments": "disable",
}


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud


def ec2(cloud, account):
    return cloud.session(account, REGION).client("ec2")


def shared(cloud, **options):
    """A gateway that TEAM sees."""
    gateway = ec2(cloud, OWNER).create_transit_gateway(Options={**CLOSED, **options})["TransitGateway"]
    cloud.session(OWNER, REGION).client("ram").create_resource_share(
        name="tgw", principals=[TEAM], resourceArns=[gateway["TransitGatewayArn"]]
    )
    return gateway["TransitGatewayId"]


def attach(cloud, gateway, account=TEAM, cidr="10.1.0.0/16"):
    client = ec2(cloud, account)
    vpc = client.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    subnet = client.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
    made = client.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet]
    )
    return vpc, made["TransitGatewayVpcAttachment"]


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def test_a_gateway_without_defaults_has_no_route_table(cloud):
    gateway = shared(cloud)
    assert ec2(cloud, OWNER).describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []
    found = ec2(cloud, OWNER).describe_transit_gateways(TransitGatewayIds=[gateway])["TransitGateways"][0]
    assert "AssociationDefaultRouteTableId" not in found["Options"]


def test_an_attachment_of_another_account_waits_for_the_owner(cloud):
    gateway = shared(cloud)
    vpc, made = attach(cloud, gateway)
    assert (made["State"], made["VpcOwnerId"]) == ("pendingAcceptance", TEAM)
    name = {"TransitGatewayAttachmentId": made["TransitGatewayAttachmentId"]}
    team, owner = ec2(cloud, TEAM), ec2(cloud, OWNER)
    table = team.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": gateway}
    assert refused(team.create_route, **route) == "IncorrectState"
    # who asks cannot accept
    not_found = "InvalidTransitGatewayAttachmentID.NotFound"
    assert refused(team.accept_transit_gateway_vpc_attachment, **name) == not_found
    assert refused(ec2(cloud, STRANGER).accept_transit_gateway_vpc_attachment, **name) == not_found
    owner.accept_transit_gateway_vpc_attachment(**name)
    assert refused(owner.accept_transit_gateway_vpc_attachment, **name) == "IncorrectState"
    for client in (team, owner):
        (seen,) = client.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
        assert seen["State"] == "available"
    team.create_route(**route)
    routes = team.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert gateway in [each.get("TransitGatewayId") for each in routes]


def test_who_is_not_shared_with_sees_no_gateway(cloud):
    gateway = shared(cloud)
    with pytest.raises(ClientError, match="does not exist"):
        attach(cloud, gateway, STRANGER)


def test_the_owners_own_vpc_and_a_gateway_that_accepts_wait_for_nobody(cloud):
    gateway = shared(cloud, AutoAcceptSharedAttachments="enable")
    assert attach(cloud, gateway, OWNER)[1]["State"] == "available"
    assert attach(cloud, gateway, TEAM, "10.2.0.0/16")[1]["State"] == "available"


def test_an_attachment_is_associated_once_and_only_when_it_is_there(cloud):
    gateway = shared(cloud)
    _, made = attach(cloud, gateway)
    owner = ec2(cloud, OWNER)
    tables = [
        owner.create_transit_gateway_route_table(TransitGatewayId=gateway)["TransitGatewayRouteTable"][
            "TransitGatewayRouteTableId"
        ]
        for _ in range(2)
    ]
    name = {"TransitGatewayAttachmentId": made["TransitGatewayAttachmentId"]}
    first, second = ({**name, "TransitGatewayRouteTableId": table} for table in tables)
    assert refused(owner.associate_transit_gateway_route_table, **first) == "IncorrectState"
    owner.accept_transit_gateway_vpc_attachment(**name)
    owner.associate_transit_gateway_route_table(**first)
    assert refused(owner.associate_transit_gateway_route_table, **second) == "Resource.AlreadyAssociated"
    ec2(cloud, TEAM).delete_transit_gateway_vpc_attachment(**name)
    found = owner.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=tables[0])
    assert found["Associations"] == []
    assert owner.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"] == []


def test_a_profile_is_used_by_whom_it_is_shared_with_and_by_nobody_else(cloud):
    profile = cloud.session(OWNER, REGION).client("route53profiles").create_profile(Name="names")["Profile"]
    cloud.session(OWNER, REGION).client("ram").create_resource_share(
        name="names", principals=[TEAM], resourceArns=[profile["Arn"]]
    )
    for account in (TEAM, STRANGER):
        vpc = ec2(cloud, account).create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        client = cloud.session(account, REGION).client("route53profiles")
        asked = {"Name": "here", "ProfileId": profile["Id"], "ResourceId": vpc}
        if account == TEAM:
            client.associate_profile(**asked)
            assert refused(client.associate_profile, **asked) == "ResourceExistsException"
        else:
            assert refused(client.associate_profile, **asked) == "ResourceNotFoundException"
    owner = cloud.session(OWNER, REGION).client("route53profiles")
    assert refused(owner.delete_profile, ProfileId=profile["Id"]) == "ResourceExistsException"
