"""One of everything that is read, as a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .estates import ref

_IN_VPC = {"Subnets": [ref("A"), ref("B")], "SecurityGroupIds": [ref("G")]}
_TGW_TABLE = {"TransitGatewayRouteTableId": ref("TransitTable")}

EVERYTHING: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Vpc2": ("EC2::VPC", {"CidrBlock": "10.1.0.0/16"}),
    "C": ("EC2::Subnet", {"VpcId": ref("Vpc2"), "CidrBlock": "10.1.1.0/24", "MapPublicIpOnLaunch": True}),
    "Block6": ("EC2::VPCCidrBlock", {"VpcId": ref("Vpc"), "Ipv6CidrBlock": "2001:db8::/56"}),
    "Subnet6": ("EC2::SubnetCidrBlock", {"SubnetId": ref("A"), "Ipv6CidrBlock": "2001:db8::/64"}),
    "Public": (
        "EC2::VPCBlockPublicAccessOptions",
        {"InternetGatewayBlockMode": "block-ingress"},
    ),
    "Excluded": (
        "EC2::VPCBlockPublicAccessExclusion",
        {"InternetGatewayExclusionMode": "allow-bidirectional", "SubnetId": ref("A")},
    ),
    "List": ("EC2::PrefixList", {"PrefixListName": "l", "Entries": [{"Cidr": "192.0.2.0/24"}]}),
    "G": (
        "EC2::SecurityGroup",
        {
            "GroupDescription": "g",
            "VpcId": ref("Vpc"),
            "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"},
                {"IpProtocol": "-1", "SourcePrefixListId": ref("List")},
            ],
        },
    ),
    "In": (
        "EC2::SecurityGroupIngress",
        {"GroupId": ref("G"), "IpProtocol": "icmp", "FromPort": 8, "SourceSecurityGroupId": ref("G")},
    ),
    "Acl": ("EC2::NetworkAcl", {"VpcId": ref("Vpc")}),
    "Entry": (
        "EC2::NetworkAclEntry",
        {
            "NetworkAclId": ref("Acl"),
            "RuleNumber": 100,
            "RuleAction": "allow",
            "Protocol": 6,
            "CidrBlock": "0.0.0.0/0",
            "PortRange": {"From": 1, "To": 2},
        },
    ),
    "AclUse": ("EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("A"), "NetworkAclId": ref("Acl")}),
    "T": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
    "Use": ("EC2::SubnetRouteTableAssociation", {"SubnetId": ref("A"), "RouteTableId": ref("T")}),
    "Igw": ("EC2::InternetGateway", {}),
    "Join": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}),
    "Edge": ("EC2::GatewayRouteTableAssociation", {"GatewayId": ref("Igw"), "RouteTableId": ref("T")}),
    "Out6": ("EC2::EgressOnlyInternetGateway", {"VpcId": ref("Vpc")}),
    "Eip": ("EC2::EIP", {"InstanceId": ref("I")}),
    "Nat": ("EC2::NatGateway", {"SubnetId": ref("B"), "AllocationId": "eipalloc-1"}),
    "R1": (
        "EC2::Route",
        {"RouteTableId": ref("T"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ref("Igw")},
    ),
    "R2": (
        "EC2::Route",
        {
            "RouteTableId": ref("T"),
            "DestinationPrefixListId": ref("List"),
            "TransitGatewayId": ref("Tgw"),
        },
    ),
    "Vgw": ("EC2::VPNGateway", {"Type": "ipsec.1"}),
    "VgwJoin": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "VpnGatewayId": ref("Vgw")}),
    "Vpn": ("EC2::VPNConnection", {"Type": "ipsec.1", "VpnGatewayId": ref("Vgw")}),
    "Vpn2": ("EC2::VPNConnection", {"Type": "ipsec.1", "TransitGatewayId": ref("Tgw")}),
    "Behind": (
        "EC2::VPNConnectionRoute",
        {"VpnConnectionId": ref("Vpn"), "DestinationCidrBlock": "192.168.0.0/16"},
    ),
    "Propagate": (
        "EC2::VPNGatewayRoutePropagation",
        {"RouteTableIds": [ref("T")], "VpnGatewayId": ref("Vgw")},
    ),
    "Eni": (
        "EC2::NetworkInterface",
        {
            "SubnetId": ref("A"),
            "GroupSet": [ref("G")],
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.9", "Primary": True}],
            "Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}],
            "SourceDestCheck": False,
        },
    ),
    "I": ("EC2::Instance", {"SubnetId": ref("A"), "SecurityGroupIds": [ref("G")]}),
    "I2": (
        "EC2::Instance",
        {
            "LaunchTemplate": {"LaunchTemplateId": ref("Launch"), "Version": "1"},
            "NetworkInterfaces": [
                {"DeviceIndex": "0", "SubnetId": ref("C"), "AssociatePublicIpAddress": True}
            ],
        },
    ),
    "Launch": ("EC2::LaunchTemplate", {"LaunchTemplateData": {"SecurityGroupIds": [ref("G")]}}),
    "Scaling": (
        "AutoScaling::AutoScalingGroup",
        {
            "VPCZoneIdentifier": [ref("A")],
            "LaunchTemplate": {"LaunchTemplateId": ref("Launch"), "Version": "1"},
            "TargetGroupARNs": [ref("Targets")],
        },
    ),
    "Peering": ("EC2::VPCPeeringConnection", {"VpcId": ref("Vpc"), "PeerVpcId": ref("Vpc2")}),
    "Tgw": ("EC2::TransitGateway", {"DefaultRouteTableAssociation": "disable"}),
    "Far": ("EC2::TransitGateway", {}),
    "Attached": (
        "EC2::TransitGatewayVpcAttachment",
        {
            "TransitGatewayId": ref("Tgw"),
            "VpcId": ref("Vpc"),
            "SubnetIds": [ref("A")],
            "Options": {"ApplianceModeSupport": "enable"},
        },
    ),
    "TransitTable": ("EC2::TransitGatewayRouteTable", {"TransitGatewayId": ref("Tgw")}),
    "Associated": (
        "EC2::TransitGatewayRouteTableAssociation",
        {**_TGW_TABLE, "TransitGatewayAttachmentId": ref("Attached")},
    ),
    "Propagated": (
        "EC2::TransitGatewayRouteTablePropagation",
        {**_TGW_TABLE, "TransitGatewayAttachmentId": ref("Attached")},
    ),
    "TransitPeer": (
        "EC2::TransitGatewayPeeringAttachment",
        {"TransitGatewayId": ref("Tgw"), "PeerTransitGatewayId": ref("Far")},
    ),
    "Static": (
        "EC2::TransitGatewayRoute",
        {
            **_TGW_TABLE,
            "DestinationCidrBlock": "10.8.0.0/16",
            "TransitGatewayAttachmentId": ref("TransitPeer"),
        },
    ),
    "Blackhole": (
        "EC2::TransitGatewayRoute",
        {**_TGW_TABLE, "DestinationCidrBlock": "10.9.0.0/16", "Blackhole": True},
    ),
    "S3": (
        "EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "ServiceName": "com.amazonaws.eu-central-1.s3",
            "RouteTableIds": [ref("T")],
        },
    ),
    "Sts": (
        "EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "VpcEndpointType": "Interface",
            "ServiceName": "com.amazonaws.eu-central-1.sts",
            "SubnetIds": [ref("A"), ref("B")],
            "SecurityGroupIds": [ref("G")],
            "PrivateDnsEnabled": True,
        },
    ),
    "Nlb": (
        "ElasticLoadBalancingV2::LoadBalancer",
        {
            "Type": "network",
            "Scheme": "internal",
            "SubnetMappings": [{"SubnetId": ref("A"), "PrivateIPv4Address": "10.0.1.20"}],
            "LoadBalancerAttributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
        },
    ),
    "Targets": (
        "ElasticLoadBalancingV2::TargetGroup",
        {
            "Protocol": "TCP",
            "Port": 80,
            "VpcId": ref("Vpc"),
            "TargetType": "ip",
            "Targets": [{"Id": "10.0.1.9", "Port": 80}],
            "TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "true"}],
        },
    ),
    "Listener": (
        "ElasticLoadBalancingV2::Listener",
        {
            "LoadBalancerArn": ref("Nlb"),
            "Port": 80,
            "Protocol": "TCP",
            "DefaultActions": [
                {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ref("Targets")}]}}
            ],
        },
    ),
    "ListenerRule": (
        "ElasticLoadBalancingV2::ListenerRule",
        {"ListenerArn": ref("Listener"), "Actions": [{"Type": "forward", "TargetGroupArn": ref("Targets")}]},
    ),
    "Service": ("EC2::VPCEndpointService", {"NetworkLoadBalancerArns": [ref("Nlb")]}),
    "Rules": (
        "NetworkFirewall::RuleGroup",
        {
            "RuleGroup": {
                "RuleVariables": {
                    "IPSets": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}},
                    "PortSets": {"WEB": {"Definition": ["80", "443:444"]}},
                },
                "RulesSource": {
                    "RulesString": "drop tcp $HOME_NET any -> any $WEB (sid:1;)",
                    "StatefulRules": [
                        {
                            "Action": "PASS",
                            "Header": {
                                "Protocol": "TCP",
                                "Source": "ANY",
                                "SourcePort": "ANY",
                                "Direction": "FORWARD",
                                "Destination": "ANY",
                                "DestinationPort": "443",
                            },
                            "RuleOptions": [{"Keyword": "sid", "Settings": ["2"]}],
                        }
                    ],
                    "StatelessRulesAndCustomActions": {
                        "StatelessRules": [
                            {
                                "Priority": 1,
                                "RuleDefinition": {
                                    "Actions": ["aws:drop"],
                                    "MatchAttributes": {
                                        "Sources": [{"AddressDefinition": "10.0.0.0/8"}],
                                        "SourcePorts": [{"FromPort": 1, "ToPort": 2}],
                                        "Protocols": [6],
                                    },
                                },
                            }
                        ]
                    },
                    "RulesSourceList": {"GeneratedRulesType": "DENYLIST", "Targets": ["x"]},
                },
            }
        },
    ),
    "Policy": (
        "NetworkFirewall::FirewallPolicy",
        {
            "FirewallPolicy": {
                "StatelessDefaultActions": ["aws:forward_to_sfe"],
                "StatelessRuleGroupReferences": [{"ResourceArn": ref("Rules"), "Priority": 1}],
                "StatefulRuleGroupReferences": [{"ResourceArn": ref("Rules"), "Priority": 1}],
                "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"},
                "StatefulDefaultActions": ["aws:drop_established"],
                "PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}},
            }
        },
    ),
    "Wall": (
        "NetworkFirewall::Firewall",
        {"FirewallPolicyArn": ref("Policy"), "VpcId": ref("Vpc"), "SubnetMappings": [{"SubnetId": ref("B")}]},
    ),
    "Model": ("SageMaker::Model", {"VpcConfig": _IN_VPC}),
    "Domain": (
        "SageMaker::Domain",
        {
            "AppNetworkAccessType": "VpcOnly",
            "VpcId": ref("Vpc"),
            "SubnetIds": [ref("A")],
            "DefaultUserSettings": {"SecurityGroups": [ref("G")]},
        },
    ),
    "User": (
        "SageMaker::UserProfile",
        {"DomainId": ref("Domain"), "UserSettings": {"SecurityGroups": [ref("G")]}},
    ),
    "Client": ("EC2::ClientVpnEndpoint", {"ClientCidrBlock": "172.16.0.0/22"}),
}
