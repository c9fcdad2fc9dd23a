"""Expected values: VPC user guide, "Route tables", "Gateway endpoints"; and by hand from the inputs."""

from __future__ import annotations

from typing import Any

from ringwork.estate import Gap
from ringwork.network.model import Model, Route, Source, Via

from .estates import VPC, collected, key, live, live_key, modelled, ref

TABLE = ("EC2::RouteTable", {"VpcId": ref("Vpc")})
USED = ("EC2::SubnetRouteTableAssociation", {"SubnetId": ref("A"), "RouteTableId": ref("T")})
WITH_TABLE: dict[str, Any] = {**VPC, "T": TABLE, "Use": USED}


def routes(net: Model, table: str = "T") -> list[tuple[str, Via, str, Source]]:
    return [
        (str(route.prefix), route.target.via, route.target.key.rpartition("/")[2], route.source)
        for route in net.tables[key("EC2::RouteTable", table)].routes
    ]


def one(net: Model, prefix: str) -> Route:
    (found,) = [r for r in net.tables[key("EC2::RouteTable", "T")].routes if str(r.prefix) == prefix]
    return found


def route(**properties: Any) -> tuple[str, dict[str, Any]]:
    return ("EC2::Route", {"RouteTableId": ref("T"), **properties})


def test_a_templates_vpc_has_a_main_table_with_local_routes_that_nothing_describes() -> None:
    net = modelled(WITH_TABLE)
    main = net.subnets[key("EC2::Subnet", "B")].table
    assert main == f"{key('EC2::VPC', 'Vpc')}#main-route-table"
    assert net.subnets[key("EC2::Subnet", "A")].table == key("EC2::RouteTable", "T")
    assert [(str(r.prefix), r.target.via, r.source) for r in net.tables[main].routes] == [
        ("10.0.0.0/16", Via.LOCAL, Source.LOCAL)
    ]
    assert net.tables[main].unknown is None


def test_routes_name_their_gateways() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "Igw": ("EC2::InternetGateway", {}),
            "Join": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}),
            "Out6": ("EC2::EgressOnlyInternetGateway", {"VpcId": ref("Vpc")}),
            "Nat": ("EC2::NatGateway", {"SubnetId": ref("B"), "ConnectivityType": "private"}),
            "Tgw": ("EC2::TransitGateway", {}),
            "Eni": ("EC2::NetworkInterface", {"SubnetId": ref("B")}),
            "R1": route(DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Igw")),
            "R2": route(DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=ref("Out6")),
            "R3": route(DestinationCidrBlock="10.2.0.0/16", NatGatewayId=ref("Nat")),
            "R4": route(DestinationCidrBlock="10.3.0.0/16", TransitGatewayId=ref("Tgw")),
            "R5": route(DestinationCidrBlock="10.4.0.0/16", NetworkInterfaceId=ref("Eni")),
        }
    )
    assert routes(net) == [
        ("10.0.0.0/16", Via.LOCAL, "Vpc", Source.LOCAL),
        ("0.0.0.0/0", Via.INTERNET_GATEWAY, "Igw", Source.STATIC),
        ("::/0", Via.EGRESS_ONLY_GATEWAY, "Out6", Source.STATIC),
        ("10.2.0.0/16", Via.NAT_GATEWAY, "Nat", Source.STATIC),
        ("10.3.0.0/16", Via.TRANSIT_GATEWAY, "Tgw", Source.STATIC),
        ("10.4.0.0/16", Via.INTERFACE, "Eni", Source.STATIC),
    ]
    assert net.problems == ()
    (nat,) = net.nat_gateways.values()
    assert not nat.public
    assert (
        net.interfaces[nat.interface].groups is None
    )  # "You can't associate a security group with a NAT gateway"


def test_a_gateway_that_is_not_attached_leads_nowhere_that_is_known() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "Igw": ("EC2::InternetGateway", {}),
            "R1": route(DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Igw")),
        }
    )
    assert one(net, "0.0.0.0/0").target.via is Via.UNMODELLED
    assert [problem.key for problem in net.problems] == [key("EC2::Route", "R1")]


def test_a_prefix_list_is_expanded() -> None:
    entries = [{"Cidr": "192.168.1.0/24"}, {"Cidr": "192.168.2.0/24"}]
    net = modelled(
        {
            **WITH_TABLE,
            "List": (
                "EC2::PrefixList",
                {"PrefixListName": "ours", "AddressFamily": "IPv4", "Entries": entries},
            ),
            "Tgw": ("EC2::TransitGateway", {}),
            "R1": route(DestinationPrefixListId=ref("List"), TransitGatewayId=ref("Tgw")),
        }
    )
    assert routes(net)[1:] == [
        ("192.168.1.0/24", Via.TRANSIT_GATEWAY, "Tgw", Source.PREFIX_LIST),
        ("192.168.2.0/24", Via.TRANSIT_GATEWAY, "Tgw", Source.PREFIX_LIST),
    ]


def test_a_prefix_list_that_is_not_known_may_be_anything() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "Tgw": ("EC2::TransitGateway", {}),
            "R1": route(DestinationPrefixListId="pl-0123456789abcdef0", TransitGatewayId=ref("Tgw")),
        }
    )
    found = [r for r in net.tables[key("EC2::RouteTable", "T")].routes if r.source is Source.PREFIX_LIST]
    assert {str(r.prefix) for r in found} == {"0.0.0.0/0", "::/0"}
    assert not any(r.certain for r in found)
    assert net.tables[key("EC2::RouteTable", "T")].unknown is not None


def test_a_route_to_exactly_the_vpcs_block_replaces_the_local_one() -> None:
    # VPC user guide, "Replace or restore the target for a local route"
    net = modelled(
        {
            **WITH_TABLE,
            "Eni": ("EC2::NetworkInterface", {"SubnetId": ref("B")}),
            "R1": route(DestinationCidrBlock="10.0.0.0/16", NetworkInterfaceId=ref("Eni")),
        }
    )
    assert routes(net) == [("10.0.0.0/16", Via.INTERFACE, "Eni", Source.STATIC)]


def test_a_gateway_endpoint_is_a_route_in_the_tables_that_it_names() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "S3": (
                "EC2::VPCEndpoint",
                {
                    "VpcId": ref("Vpc"),
                    "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
                    "RouteTableIds": [ref("T")],
                },
            ),
        }
    )
    assert routes(net)[1:] == [("0.0.0.0/0", Via.GATEWAY_ENDPOINT, "S3", Source.PREFIX_LIST)]
    assert not one(net, "0.0.0.0/0").certain  # AWS's prefixes are not known
    (endpoint,) = net.gateway_endpoints.values()
    assert endpoint.service == "com.amazonaws.eu-central-1.s3"
    assert net.lists[endpoint.list or ""].service == "s3"


def test_a_route_of_no_table_that_is_known_makes_every_table_near_it_unknown() -> None:
    net = modelled({**WITH_TABLE, "R1": ("EC2::Route", {"DestinationCidrBlock": "0.0.0.0/0"})})
    assert net.tables[key("EC2::RouteTable", "T")].unknown is None
    parameter = {"Ref": "NoSuchThing"}
    net = modelled({**WITH_TABLE, "R1": ("EC2::Route", {"RouteTableId": parameter})})
    assert net.tables[key("EC2::RouteTable", "T")].unknown == "a route may be this table's"


def test_what_a_vpn_gateway_propagates_is_what_its_connections_state_and_may_be_more() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "Vgw": ("EC2::VPNGateway", {"Type": "ipsec.1"}),
            "Join": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "VpnGatewayId": ref("Vgw")}),
            "Cgw": ("EC2::CustomerGateway", {"Type": "ipsec.1", "IpAddress": "198.51.100.1"}),
            "Vpn": (
                "EC2::VPNConnection",
                {"Type": "ipsec.1", "CustomerGatewayId": ref("Cgw"), "VpnGatewayId": ref("Vgw")},
            ),
            "Behind": (
                "EC2::VPNConnectionRoute",
                {"VpnConnectionId": ref("Vpn"), "DestinationCidrBlock": "192.168.0.0/16"},
            ),
            "P": (
                "EC2::VPNGatewayRoutePropagation",
                {"RouteTableIds": [ref("T")], "VpnGatewayId": ref("Vgw")},
            ),
        }
    )
    assert routes(net)[1:] == [("192.168.0.0/16", Via.VPN_GATEWAY, "Vgw", Source.PROPAGATED)]
    assert "BGP" in (net.tables[key("EC2::RouteTable", "T")].unknown or "")
    assert net.vpn_gateways[key("EC2::VPNGateway", "Vgw")].externals == (key("EC2::VPNConnection", "Vpn"),)


def test_the_edge_table_of_an_internet_gateway() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "Igw": ("EC2::InternetGateway", {}),
            "Join": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}),
            "Edge": (
                "EC2::GatewayRouteTableAssociation",
                {"GatewayId": ref("Igw"), "RouteTableId": ref("T")},
            ),
        }
    )
    (gateway,) = net.internet_gateways.values()
    assert gateway.table == key("EC2::RouteTable", "T")


def test_a_core_network_is_not_modelled() -> None:
    net = modelled(
        {
            **WITH_TABLE,
            "R1": route(DestinationCidrBlock="10.0.0.0/8", CoreNetworkArn="arn:aws:networkmanager::1:core/c"),
        }
    )
    assert one(net, "10.0.0.0/8").target.via is Via.UNMODELLED
    assert key("EC2::Route", "R1") in net.unmodelled


LIVE = (
    live("EC2::VPC", "vpc-00000001", {"CidrBlock": "10.0.0.0/16"}),
    live("EC2::Subnet", "subnet-00000001", {"VpcId": "vpc-00000001", "CidrBlock": "10.0.0.0/24"}),
)
MAIN = live("EC2::RouteTable", "rtb-00000001", {"VpcId": "vpc-00000001"}, {"Main": True})


def test_a_live_main_table_is_the_one_that_says_so() -> None:
    net = collected((*LIVE, MAIN))
    assert net.subnets[live_key("EC2::Subnet", "subnet-00000001")].table == live_key(
        "EC2::RouteTable", "rtb-00000001"
    )


def test_a_live_vpc_whose_main_table_was_not_collected_has_one_that_is_unknown() -> None:
    net = collected(LIVE)
    table = net.tables[net.subnets[live_key("EC2::Subnet", "subnet-00000001")].table]
    assert table.unknown == "the main route table was not collected"
    assert any("main route table" in problem.message for problem in net.problems)


def test_a_gap_in_routes_makes_live_tables_unknown() -> None:
    # other accounts and Regions are not affected
    gap = Gap("111122223333", "eu-central-1", "AWS::EC2::Route", "refused")
    far = Gap("999999999999", "eu-central-1", "AWS::EC2::Route", "refused")
    table = live_key("EC2::RouteTable", "rtb-00000001")
    assert collected((*LIVE, MAIN), (gap,)).tables[table].unknown is not None
    assert collected((*LIVE, MAIN), (far,)).tables[table].unknown is None


def test_a_blackhole_and_a_propagated_route_of_a_live_table() -> None:
    net = collected(
        (
            *LIVE,
            MAIN,
            live("EC2::VPNGateway", "vgw-00000001", {"Type": "ipsec.1"}, {"VpcId": "vpc-00000001"}),
            live(
                "EC2::Route",
                "rtb-00000001|0.0.0.0/0",
                {
                    "RouteTableId": "rtb-00000001",
                    "DestinationCidrBlock": "0.0.0.0/0",
                    "GatewayId": "igw-00000009",
                },
                {"State": "blackhole"},
            ),
            live(
                "live:ec2:propagated-route",
                "rtb-00000001|192.168.0.0/16",
                {
                    "RouteTableId": "rtb-00000001",
                    "DestinationCidrBlock": "192.168.0.0/16",
                    "GatewayId": "vgw-00000001",
                },
                {"State": "active"},
            ),
        )
    )
    _, static, propagated = net.tables[live_key("EC2::RouteTable", "rtb-00000001")].routes
    assert (static.active, static.target.via) == (False, Via.UNMODELLED)
    assert propagated.active
    assert propagated.source is Source.PROPAGATED
    assert propagated.target.via is Via.VPN_GATEWAY
    assert not any("igw-" in problem.message for problem in net.problems)  # a blackhole says so itself
