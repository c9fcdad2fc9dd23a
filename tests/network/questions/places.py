"""A small network for questions: two teams in two VPCs that are peered, one of them with the internet."""

from __future__ import annotations

from pathlib import Path

from ringwork.estate import Estate
from ringwork.estate.sources import cloudformation

TEMPLATE = """
Resources:
  Fraud:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: "ringwork:team", Value: fraud}]}
  Credit:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: "ringwork:team", Value: credit}]}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Fraud, InternetGatewayId: !Ref Gateway}
  Peering:
    Type: AWS::EC2::VPCPeeringConnection
    Properties: {VpcId: !Ref Fraud, PeerVpcId: !Ref Credit}
  Public:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Fraud, CidrBlock: 10.0.1.0/24}
  Private:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Credit, CidrBlock: 10.1.1.0/24}
  PublicTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Fraud}}
  PrivateTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Credit}}
  PublicUse:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Public, RouteTableId: !Ref PublicTable}
  PrivateUse:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Private, RouteTableId: !Ref PrivateTable}
  Out:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  There:
    Type: AWS::EC2::Route
    Properties:
      {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 10.1.0.0/16,
       VpcPeeringConnectionId: !Ref Peering}
  Back:
    Type: AWS::EC2::Route
    Properties:
      {RouteTableId: !Ref PrivateTable, DestinationCidrBlock: 10.0.0.0/16,
       VpcPeeringConnectionId: !Ref Peering}
  FrontGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: front
      VpcId: !Ref Fraud
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.1.0.0/16}]
  BackGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: back
      VpcId: !Ref Credit
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.1.0/24}]
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 10.0.9.0/24}]
  Front:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !Ref Public, GroupSet: [!Ref FrontGroup], PrivateIpAddress: 10.0.1.10,
      Tags: [{Key: "ringwork:workload", Value: screen}, {Key: env, Value: prod}]}
  Database:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !Ref Private, GroupSet: [!Ref BackGroup], PrivateIpAddress: 10.1.1.20,
      Tags: [{Key: "ringwork:workload", Value: store}]}
"""
PORTS = """
  Address:
    Type: AWS::EC2::EIP
    Properties: {}
  Given:
    Type: AWS::EC2::EIPAssociation
    Properties: {AllocationId: !GetAtt Address.AllocationId, NetworkInterfaceId: !Ref Front}
"""


BALANCER = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Edge: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Inner: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: INNER}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Use:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Edge, RouteTableId: !Ref Table}
  Out:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  FrontGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: front
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
  BackGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: back
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref FrontGroup}
  Front:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Type: application, Subnets: [!Ref Edge], SecurityGroups: [!Ref FrontGroup], Scheme: SCHEME}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Protocol: HTTP, Port: 8080, VpcId: !Ref Vpc, TargetType: instance, Targets: [{Id: !Ref Web}]}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Front
      Port: 443
      Protocol: HTTPS
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
  Web:
    Type: AWS::EC2::Instance
    Properties: {SubnetId: !Ref Inner, SecurityGroupIds: [!Ref BackGroup]}
"""


def estate(folder: Path, text: str = TEMPLATE) -> Estate:
    """What the template would give, as one world."""
    path = folder / "place.yaml"
    path.write_text(text, encoding="utf-8")
    (found,) = cloudformation.read_template(path, account="111122223333", region="eu-west-1")
    return found
