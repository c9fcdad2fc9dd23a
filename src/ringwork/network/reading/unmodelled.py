"""Types of resources that forward or filter packets and that the model does not have.

What is neither modelled nor listed as harmless, in the services that make networks, counts as unmodelled:
a type that AWS adds tomorrow must not be silently safe.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.network.model import Problem, Unmodelled
from ringwork.network.reading.balancers import CLASSIC
from ringwork.network.reading.reader import Reader
from ringwork.network.reading.transit import OTHER as ATTACHMENTS
from ringwork.network.reading.workloads import SUBNET_GROUPS, TABLE

NETWORKS = ("AWS::EC2::", "AWS::NetworkManager::", "AWS::VpcLattice::", "AWS::NetworkFirewall::")
"""services whose types are unmodelled unless named below"""
MODELLED = frozenset(
    f"AWS::EC2::{name}"
    for name in [
        "CustomerGateway",
        "EIP",
        "EIPAssociation",
        "EgressOnlyInternetGateway",
        "GatewayRouteTableAssociation",
        "Instance",
        "InternetGateway",
        "NatGateway",
        "NetworkAcl",
        "NetworkAclEntry",
        "NetworkInterface",
        "NetworkInterfaceAttachment",
        "PrefixList",
        "Route",
        "RouteTable",
        "SecurityGroup",
        "SecurityGroupEgress",
        "SecurityGroupIngress",
        "Subnet",
        "SubnetCidrBlock",
        "SubnetNetworkAclAssociation",
        "SubnetRouteTableAssociation",
        "TransitGateway",
        "TransitGatewayAttachment",
        "TransitGatewayPeeringAttachment",
        "TransitGatewayRoute",
        "TransitGatewayRouteTable",
        "TransitGatewayRouteTableAssociation",
        "TransitGatewayRouteTablePropagation",
        "TransitGatewayVpcAttachment",
        "VPC",
        "VPCBlockPublicAccessExclusion",
        "VPCBlockPublicAccessOptions",
        "VPCCidrBlock",
        "VPCEndpoint",
        "VPCEndpointService",
        "VPCGatewayAttachment",
        "VPCPeeringConnection",
        "VPNConnection",
        "VPNConnectionRoute",
        "VPNGateway",
        "VPNGatewayRoutePropagation",
    ]
) | {
    "AWS::NetworkFirewall::Firewall",
    "AWS::NetworkFirewall::FirewallPolicy",
    "AWS::NetworkFirewall::RuleGroup",
    "AWS::NetworkFirewall::VpcEndpointAssociation",
}
BALANCERS = frozenset(
    f"AWS::ElasticLoadBalancingV2::{name}"
    for name in ("LoadBalancer", "Listener", "ListenerRule", "TargetGroup")
)
HARMLESS = frozenset(
    f"AWS::EC2::{name}"
    for name in [
        "ApplicationStatusCheck",
        "CapacityManagerDataExport",
        "CapacityReservation",
        "CapacityReservationFleet",
        "DHCPOptions",
        "EnclaveCertificateIamRoleAssociation",
        "FlowLog",
        "FpgaImage",
        "Host",
        "IPAM",
        "IPAMAllocation",
        "IPAMPool",
        "IPAMPoolCidr",
        "IPAMResourceDiscovery",
        "IPAMResourceDiscoveryAssociation",
        "IPAMScope",
        "IPv4Pool",
        "InstanceEventWindow",
        "IpamExternalResourceVerificationToken",
        "IpamInternetRegistryAssociation",
        "KeyPair",
        "LaunchTemplate",
        "NetworkInsightsAccessScope",
        "NetworkInsightsAccessScopeAnalysis",
        "NetworkInsightsAnalysis",
        "NetworkInsightsPath",
        "NetworkInterfacePermission",
        "NetworkPerformanceMetricSubscription",
        "PlacementGroup",
        "SnapshotBlockPublicAccess",
        "SqlHaStandbyDetectedInstance",
        "SubnetCidrReservation",
        "TransitGatewayMeteringPolicy",
        "TransitGatewayMeteringPolicyEntry",
        "VPCDHCPOptionsAssociation",
        "VPCEndpointConnectionNotification",
        "VPCEndpointServicePermissions",
        "Volume",
        "VolumeAttachment",
    ]
) | {
    "AWS::NetworkFirewall::LoggingConfiguration",
    "AWS::NetworkManager::CustomerGatewayAssociation",
    "AWS::NetworkManager::Device",
    "AWS::NetworkManager::GlobalNetwork",
    "AWS::NetworkManager::Link",
    "AWS::NetworkManager::LinkAssociation",
    "AWS::NetworkManager::Site",
    "AWS::NetworkManager::TransitGatewayRegistration",
    "AWS::VpcLattice::AccessLogSubscription",
    "AWS::VpcLattice::AuthPolicy",
    "AWS::VpcLattice::DomainVerification",
    "AWS::VpcLattice::ResourcePolicy",
}
"""types that no packet meets"""
ELSEWHERE = {
    "AWS::GlobalAccelerator::EndpointGroup": "Global Accelerator forwards from the internet to its endpoints",
    "AWS::CloudFront::VpcOrigin": "CloudFront forwards from the internet to a private origin",
    "AWS::ApiGateway::VpcLink": "an API forwards to a Network Load Balancer",
    "AWS::ApiGatewayV2::VpcLink": "an API forwards from the internet to load balancers and services",
    "AWS::DirectConnect::PrivateVirtualInterface": "Direct Connect leads to a network of somebody's",
    "AWS::DirectConnect::TransitVirtualInterface": "Direct Connect leads to a network of somebody's",
    "AWS::DirectConnect::PublicVirtualInterface": "Direct Connect leads to a network of somebody's",
    "AWS::Outposts::Outpost": "an Outpost joins a VPC to a local network",
}
"""types of other services that forward packets into or out of VPCs"""
NOTED = BALANCERS | ELSEWHERE.keys() | {CLASSIC, ATTACHMENTS}
"""types of other names that hide something of the network where they could not be read"""
PLACED = frozenset(
    {
        *TABLE,
        *SUBNET_GROUPS,
        *BALANCERS,
        CLASSIC,
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::AutoScaling::LaunchConfiguration",
        "AWS::DMS::ReplicationSubnetGroup",
        "AWS::DAX::SubnetGroup",
        "AWS::DocDB::DBSubnetGroup",
        "AWS::ElastiCache::SubnetGroup",
        "AWS::MemoryDB::SubnetGroup",
        "AWS::Neptune::DBSubnetGroup",
        "AWS::RDS::DBSubnetGroup",
        "AWS::Redshift::ClusterSubnetGroup",
        "AWS::Route53Resolver::ResolverEndpoint",
        "AWS::SageMaker::Domain",
    }
)
"""types of other services that name subnets: their interfaces are modelled, or they have none"""
TALKING = ("AWS::CloudFormation::", "AWS::IAM::", "AWS::Organizations::", "AWS::RAM::", "AWS::SSM::")
"""services whose types put nothing into a subnet that they speak of"""


def note_gaps(reader: Reader) -> None:
    """A problem for each gap that may hide something of the network: an interface, an endpoint, a peering."""
    for gap in reader.estate.gaps:
        if gap.type is None or _may_hide(gap.type):
            where = f"{gap.account or '-'}/{gap.region or '-'}"
            what = gap.type or "resources of any type"
            reader.problems.append(Problem(where, f"{what} may be missing: {gap.reason}"))


def _may_hide(type: str) -> bool:
    """Whether something of the network is of the type."""
    return type in NOTED or (type.startswith(NETWORKS) and type not in HARMLESS)


def note_unmodelled(reader: Reader) -> None:
    for type in sorted(reader.estate.types):
        if type in ELSEWHERE:
            reason = f"{ELSEWHERE[type]}, which is not modelled"
        elif type.startswith(NETWORKS):
            if type in MODELLED or type in HARMLESS:
                continue
            reason = f"{type} is not modelled"
        elif type not in PLACED and type.startswith("AWS::") and not type.startswith(TALKING):
            for resource in reader.estate.of_type(type):
                if _names_subnets(resource.properties):
                    reason = f"what {type} has in its subnets is not modelled"
                    reader.unmodelled.setdefault(resource.key, Unmodelled(resource.key, reason))
            continue
        else:
            continue
        for resource in reader.estate.of_type(type):
            reader.unmodelled.setdefault(resource.key, Unmodelled(resource.key, reason))


def _names_subnets(value: object) -> bool:
    """Whether a property of that name is set, at any depth."""
    if isinstance(value, Mapping):
        return any(
            (isinstance(name, str) and "subnet" in name.lower() and ":" not in name and found is not None)
            or _names_subnets(found)
            for name, found in value.items()
        )
    return isinstance(value, (tuple, list)) and any(_names_subnets(each) for each in value)
