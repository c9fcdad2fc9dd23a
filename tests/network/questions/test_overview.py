"""The network at a glance, of two peered VPCs whose answers follow from their rules by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.estate import Estate
from ringwork.network.questions import Network
from ringwork.network.questions.flowing import Flowing
from ringwork.network.questions.matrix import matrix
from ringwork.network.questions.overview import Flows, Overview, overview

from .places import BALANCER, PORTS, TEMPLATE, estate

CLOUD_WAN = """
  Elsewhere:
    Type: AWS::EC2::Route
    Properties:
      {RouteTableId: !Ref PrivateTable, DestinationCidrBlock: 172.16.0.0/12,
       CoreNetworkArn: "arn:aws:networkmanager::111122223333:core-network/core-network-1"}
"""


def of(folder: Path, text: str = TEMPLATE) -> Overview:
    found = overview(Network(estate(folder, text)))
    assert found is not None
    return found


def test_a_cell_names_what_the_rules_of_both_ends_admit(tmp_path: Path) -> None:
    """5432 is in FrontGroup's egress and in BackGroup's ingress."""
    (table,) = of(tmp_path).tables
    cell = table.cell("fraud/screen", "credit/store")
    assert (cell.flows, cell.traffic) == (Flows.SURELY, "tcp 5432")


def test_what_no_rule_admits_is_proved_to_be_nothing(tmp_path: Path) -> None:
    """BackGroup sends to 10.0.9.0/24 alone, FrontGroup to 10.1.0.0/16 alone."""
    (table,) = of(tmp_path, TEMPLATE + PORTS).tables
    assert table.cell("credit/store", "fraud/screen").flows is Flows.NEVER
    assert table.cell("credit/store", "internet").flows is Flows.NEVER
    assert table.cell("fraud/screen", "internet").flows is Flows.NEVER


def test_the_internet_is_a_row_that_says_which_port_is_open(tmp_path: Path) -> None:
    """FrontGroup admits 443 from anywhere, its subnet leads to the gateway, and it has a public address."""
    (table,) = of(tmp_path, TEMPLATE + PORTS).tables
    cell = table.cell("internet", "fraud/screen")
    assert cell.traffic == "tcp 443"
    assert cell.flows in (Flows.SURELY, Flows.PERHAPS)
    assert table.cell("internet", "credit/store").flows is Flows.NEVER


def test_where_something_is_not_modelled_an_empty_cell_is_unknown_and_not_proved(tmp_path: Path) -> None:
    found = of(tmp_path, TEMPLATE + CLOUD_WAN)
    (table,) = found.tables
    assert found.doubts
    assert table.cell("credit/store", "fraud/screen").flows is Flows.UNKNOWN
    assert table.cell("fraud/screen", "credit/store").traffic == "tcp 5432"


def test_the_way_meets_each_control_in_order_there_and_back(tmp_path: Path) -> None:
    """VPC user guide, "Control traffic to your AWS resources using security groups" and "Control subnet
    traffic with network access control lists": an answer is tracked by the groups, and not by the ACLs."""
    way = of(tmp_path).way
    assert way is not None
    assert "10.0.1.10" in way.packet
    assert "10.1.1.20:5432" in way.packet
    controls = [stop.control for stop in way.forward]
    assert controls[:3] == ["", "security-group egress", "route table"]
    assert controls[-2:] == ["security-group ingress", ""]
    assert [stop.passed for stop in (*way.forward, *way.back)].count(True) == len(way.forward + way.back)
    assert way.answered
    assert way.back[-1].kind == "network interface"
    egress = way.forward[1]
    assert any("place.yaml" in origin for origin in egress.origins)


def test_an_estate_without_interfaces_has_nothing_to_show() -> None:
    assert overview(Network(Estate([]))) is None


def test_many_groups_are_shown_by_team_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (table,) = of(tmp_path).tables
    monkeypatch.setattr("ringwork.network.questions.overview.MOST_IN_ONE", 1)
    first, *teams = of(tmp_path).tables
    assert first.cell("fraud", "credit").traffic == "tcp 5432"
    assert [each.title for each in teams] == ["credit", "fraud"]
    assert teams[1].cell("fraud/screen", "credit") == table.cell("fraud/screen", "credit/store")
    assert all(row.startswith("fraud") for row in teams[1].rows)


VPN = """
  Vpn: {Type: AWS::EC2::VPNGateway, Properties: {Type: ipsec.1}}
  VpnAttached:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Credit, VpnGatewayId: !Ref Vpn}
  Customer: {Type: AWS::EC2::CustomerGateway, Properties: {Type: ipsec.1, IpAddress: 198.51.100.9}}
  Connection:
    Type: AWS::EC2::VPNConnection
    Properties:
      {Type: ipsec.1, StaticRoutesOnly: true, CustomerGatewayId: !Ref Customer, VpnGatewayId: !Ref Vpn}
  Stated:
    Type: AWS::EC2::VPNConnectionRoute
    Properties: {VpnConnectionId: !Ref Connection, DestinationCidrBlock: 10.0.9.0/24}
  OnPremises:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PrivateTable, DestinationCidrBlock: 10.0.9.0/24, GatewayId: !Ref Vpn}
"""


def test_a_network_on_premises_has_a_column(tmp_path: Path) -> None:
    """BackGroup sends to 10.0.9.0/24 alone, which the VPN states."""
    (table,) = of(tmp_path, TEMPLATE + VPN).tables
    (other,) = [name for name in table.columns if "Connection" in name]
    assert table.cell("credit/store", other).flows in (Flows.SURELY, Flows.PERHAPS)
    assert table.cell("fraud/screen", other).flows is not Flows.SURELY


GROWN = """
  Grown:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      {MinSize: "1", MaxSize: "2", VPCZoneIdentifier: [!Ref Inner], TargetGroupARNs: [!Ref Targets],
       LaunchTemplate: {LaunchTemplateId: lt-0123456789abcdef0, Version: "1"}}
"""
"""registers targets that a template does not know"""
SERVED = BALANCER.replace("INNER", "10.0.2.0/24").replace("SCHEME", "internet-facing") + GROWN


def test_targets_that_are_not_known_leave_no_cell_of_the_internet_proved(tmp_path: Path) -> None:
    found = of(tmp_path, SERVED)
    assert any("Targets" in doubt for doubt in found.doubts)
    (table,) = found.tables
    others = [name for name in table.rows if name != "internet"]
    assert others
    assert all(table.cell("internet", name).flows is not Flows.NEVER for name in others)


def test_the_matrix_of_targets_that_are_not_known_is_open(tmp_path: Path) -> None:
    assert matrix(Flowing(Network(estate(tmp_path, SERVED))), ("vpc",)).open
