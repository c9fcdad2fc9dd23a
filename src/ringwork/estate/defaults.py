"""What AWS takes for a property that is not set, and what it makes up itself.

Source: each type's page in the CloudFormation template reference ("Default: ..." of the property), for
S3 "Default settings for new S3 buckets" (user guide; encryption since January 2023, public access block
and ownership since April 2023), for endpoints "Default endpoint policy" (AWS PrivateLink guide).
Paths are property names joined by `/`; list indexes are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TENANCY = {"InstanceTenancy": "default", "EnableDnsSupport": True, "EnableDnsHostnames": False}
_ALL_PORTS = {"FromPort": -1, "ToPort": -1}
_ALLOW_ALL: Mapping[str, Any] = {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}
_FULL_ACCESS: Mapping[str, Any] = {
    "Version": "2008-10-17",
    "Statement": ({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},),
}
_BLOCKED: Mapping[str, Any] = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "*": {"Tags": ()},
    "AWS::EC2::VPC": _TENANCY,
    "AWS::EC2::Subnet": {
        "AssignIpv6AddressOnCreation": False,
        "EnableDns64": False,
        "Ipv6Native": False,
        "MapPublicIpOnLaunch": False,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "PrivateDnsNameOptionsOnLaunch/HostnameType": "ip-name",
        "PrivateDnsNameOptionsOnLaunch/EnableResourceNameDnsARecord": False,
        "PrivateDnsNameOptionsOnLaunch/EnableResourceNameDnsAAAARecord": False,
    },
    "AWS::EC2::SecurityGroup": {
        "SecurityGroupIngress": (),
        "SecurityGroupEgress": (_ALLOW_ALL,),
        **{f"SecurityGroupIngress/{name}": value for name, value in _ALL_PORTS.items()},
        **{f"SecurityGroupEgress/{name}": value for name, value in _ALL_PORTS.items()},
    },
    "AWS::EC2::SecurityGroupIngress": _ALL_PORTS,
    "AWS::EC2::SecurityGroupEgress": _ALL_PORTS,
    "AWS::EC2::NetworkAclEntry": {"Egress": False},
    "AWS::EC2::VPCEndpoint": {
        "VpcEndpointType": "Gateway",
        "PrivateDnsEnabled": False,
        "IpAddressType": "ipv4",
        "PolicyDocument": _FULL_ACCESS,
        "RouteTableIds": (),
        "SubnetIds": (),
        "SecurityGroupIds": (),
    },
    "AWS::EC2::EIP": {"Domain": "vpc", "PublicIpv4Pool": "amazon"},
    "AWS::EC2::NatGateway": {"ConnectivityType": "public", "AvailabilityMode": "zonal"},
    "AWS::EC2::FlowLog": {"LogDestinationType": "cloud-watch-logs", "MaxAggregationInterval": 600},
    # EC2 API reference, TransitGatewayRequestOptions and CreateTransitGatewayVpcAttachmentRequestOptions
    "AWS::EC2::TransitGateway": {
        "AmazonSideAsn": 64512,
        "AutoAcceptSharedAttachments": "disable",
        "DefaultRouteTableAssociation": "enable",
        "DefaultRouteTablePropagation": "enable",
        "DnsSupport": "enable",
        "MulticastSupport": "disable",
        "SecurityGroupReferencingSupport": "disable",
        "VpnEcmpSupport": "enable",
    },
    "AWS::EC2::TransitGatewayVpcAttachment": {
        "Options/SecurityGroupReferencingSupport": "enable",
    },
    "AWS::EC2::TransitGatewayRoute": {"Blackhole": False},
    # Elastic Load Balancing API reference, CreateLoadBalancer, CreateTargetGroup, SetSecurityGroups
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "Type": "application",
        "Scheme": "internet-facing",
        "IpAddressType": "ipv4",
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "on",
        "LoadBalancerAttributes": (),
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "IpAddressType": "ipv4",
        "HealthCheckPort": "traffic-port",
        "Targets": (),
        "TargetGroupAttributes": (),
    },
    "AWS::EC2::VPCEndpointService": {"AcceptanceRequired": True, "SupportedIpAddressTypes": ("ipv4",)},
    # Route 53 Resolver API reference, FirewallRule; AssociateFirewallRuleGroup
    "AWS::Route53Resolver::FirewallRuleGroup": {
        "FirewallRules/FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN"
    },
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": {"MutationProtection": "DISABLED"},
    "AWS::Logs::LogGroup": {"LogGroupClass": "STANDARD", "DeletionProtectionEnabled": False},
    # API references of SNS and SQS: SetTopicAttributes, SetSubscriptionAttributes, CreateQueue
    "AWS::SNS::Topic": {
        "DisplayName": "",
        "FifoTopic": False,
        "SignatureVersion": "1",
        "TracingConfig": "PassThrough",
    },
    "AWS::SNS::Subscription": {"RawMessageDelivery": False},
    "AWS::SQS::Queue": {
        "DelaySeconds": 0,
        "FifoQueue": False,
        "KmsDataKeyReusePeriodSeconds": 300,
        "MaximumMessageSize": 1_048_576,
        "MessageRetentionPeriod": 345_600,
        "ReceiveMessageWaitTimeSeconds": 0,
        "SqsManagedSseEnabled": True,
        "VisibilityTimeout": 30,
    },
    # API Gateway API reference, CreateRestApi, PutMethod, PutIntegration, MethodSetting
    "AWS::ApiGateway::RestApi": {"ApiKeySourceType": "HEADER", "DisableExecuteApiEndpoint": False},
    "AWS::ApiGateway::Method": {
        "ApiKeyRequired": False,
        "Integration/ConnectionType": "INTERNET",
        "Integration/TimeoutInMillis": 29000,
        "MethodResponses/ResponseModels": {},
    },
    "AWS::ApiGateway::Stage": {"TracingEnabled": False, "MethodSettings/CacheTtlInSeconds": 300},
    "AWS::ApiGateway::RequestValidator": {
        "ValidateRequestBody": False,
        "ValidateRequestParameters": False,
    },
    # SageMaker API reference, CreateModel, ContainerDefinition
    "AWS::SageMaker::Model": {"EnableNetworkIsolation": False, "PrimaryContainer/Mode": "SingleModel"},
    # EventBridge, PutRule; CloudWatch, PutMetricAlarm
    "AWS::Events::Rule": {"EventBusName": "default", "State": "ENABLED"},
    "AWS::Events::EventBusPolicy": {"EventBusName": "default"},
    "AWS::CloudWatch::Alarm": {"ActionsEnabled": True, "TreatMissingData": "missing"},
    "AWS::Logs::MetricFilter": {"ApplyOnTransformedLogs": False},
    "AWS::IAM::Role": {
        "Path": "/",
        "MaxSessionDuration": 3600,
        "Description": "",
        "ManagedPolicyArns": (),
        "Policies": (),
    },
    "AWS::Organizations::Policy": {"Description": "", "TargetIds": ()},
    "AWS::IAM::ManagedPolicy": {"Path": "/", "Description": "", "Groups": (), "Roles": (), "Users": ()},
    "AWS::IAM::InstanceProfile": {"Path": "/"},
    "AWS::KMS::Key": {
        "Description": "",
        "Enabled": True,
        "EnableKeyRotation": False,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
        "RotationPeriodInDays": 365,
    },
    "AWS::S3::Bucket": {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": (
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False},
            )
        },
        "BucketEncryption/ServerSideEncryptionConfiguration/BucketKeyEnabled": False,
        "ObjectLockEnabled": False,
        "OwnershipControls": {"Rules": ({"ObjectOwnership": "BucketOwnerEnforced"},)},
        "PublicAccessBlockConfiguration": _BLOCKED,
        **{f"PublicAccessBlockConfiguration/{name}": False for name in _BLOCKED},
        "LifecycleConfiguration/TransitionDefaultMinimumObjectSize": "all_storage_classes_128K",
    },
}
"""type (`*`: any) -> path -> what AWS takes when the property is not set"""

GENERATED: Mapping[str, frozenset[str]] = {
    "AWS::SageMaker::Model": frozenset({"ModelName"}),
    "AWS::SageMaker::EndpointConfig": frozenset({"EndpointConfigName"}),
    "AWS::SageMaker::DataQualityJobDefinition": frozenset({"JobDefinitionName"}),
    "AWS::EC2::VPCCidrBlock": frozenset({"Ipv6CidrBlock"}),
    "AWS::EC2::Subnet": frozenset({"AvailabilityZone", "AvailabilityZoneId"}),
    "AWS::EC2::SecurityGroup": frozenset({"GroupName"}),
    "AWS::EC2::SecurityGroupIngress": frozenset({"SourceSecurityGroupOwnerId"}),
    "AWS::EC2::EIP": frozenset({"NetworkBorderGroup"}),
    "AWS::EC2::NatGateway": frozenset({"PrivateIpAddress", "VpcId"}),
    "AWS::EC2::VPCEndpoint": frozenset({"DnsOptions"}),
    "AWS::EC2::FlowLog": frozenset({"LogFormat"}),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": frozenset({"Name"}),
    "AWS::ElasticLoadBalancingV2::TargetGroup": frozenset({"Name"}),
    "AWS::Logs::LogGroup": frozenset({"LogGroupName"}),
    "AWS::IAM::InstanceProfile": frozenset({"InstanceProfileName"}),
    "AWS::IAM::Role": frozenset({"RoleName"}),
    "AWS::IAM::ManagedPolicy": frozenset({"ManagedPolicyName"}),
    "AWS::KMS::Key": frozenset({"KeyPolicy"}),
    "AWS::S3::Bucket": frozenset({"BucketName"}),
}
"""type -> properties to which AWS gives a value of its own when they are not set"""

UNORDERED = frozenset(
    {
        "Tags", "SecurityGroupIngress", "SecurityGroupEgress", "SecurityGroupIds", "SubnetIds",
        "RouteTableIds", "ManagedPolicyArns", "Policies", "Roles", "Users", "Groups", "SecurityGroups",
        "Subnets", "AllowedPrincipals",
        "VpcSecurityGroupIds", "AllowedMethods", "AllowedOrigins", "AllowedHeaders", "ExposedHeaders",
    }
)  # fmt: skip
"""properties whose lists are sets: AWS returns them in any order"""


def default(type: str, path: str) -> tuple[Any, ...]:
    """The documented default of a property, as a tuple of one; empty if there is none."""
    for table in (DEFAULTS.get(type, {}), DEFAULTS["*"]):
        if path in table:
            return (table[path],)
    return ()


def is_generated(type: str, path: str) -> bool:
    """Whether AWS makes up a value when the property is not set."""
    return path in GENERATED.get(type, ())
