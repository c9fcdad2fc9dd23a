"""A valid resource of each type that is not in `everything.yaml`, and where its service shows it.

`want` is what the template asks for, in the shape in which the service's API reference has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT, REGION = "111122223333", "us-east-1"


@dataclass(frozen=True, slots=True)
class Case:
    type: str
    properties: Mapping[str, Any]
    service: str
    method: str
    arguments: Mapping[str, Any]
    """`$` stands for what Ref gives, `@Name.Attribute` for a GetAtt, `#Name` for another resource's Ref"""
    path: str
    want: Any
    needs: Mapping[str, Any] = field(default_factory=dict)
    change: Mapping[str, Any] | None = None
    """properties to change in place"""
    changed: Any = None
    """what the same question answers then"""


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def resource(type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": properties}


def allow(principal: Any, action: Any = "*", resource: Any = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/x:1"

VPC = {"V": resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")}
SUBNET = {
    **VPC,
    "S": resource("AWS::EC2::Subnet", VpcId=ref("V"), CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a"),
    "S2": resource(
        "AWS::EC2::Subnet", VpcId=ref("V"), CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b"
    ),
}
GROUP = {**VPC, "G": resource("AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("V"))}
TRANSIT = {**SUBNET, "TG": resource("AWS::EC2::TransitGateway", AmazonSideAsn=64600)}
ATTACHED = {
    **TRANSIT,
    "A": resource(
        "AWS::EC2::TransitGatewayAttachment",
        TransitGatewayId=ref("TG"),
        VpcId=ref("V"),
        SubnetIds=[ref("S")],
    ),
    "TR": resource("AWS::EC2::TransitGatewayRouteTable", TransitGatewayId=ref("TG")),
}
NLB = {
    **SUBNET,
    "LB": resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Type="network",
        Scheme="internal",
        Subnets=[ref("S"), ref("S2")],
    ),
}
BUCKET = {"B": resource("AWS::S3::Bucket")}
TOPIC = {"T": resource("AWS::SNS::Topic")}
QUEUE = {"Q": resource("AWS::SQS::Queue")}
LOGS = {"L": resource("AWS::Logs::LogGroup", LogGroupName="aws-waf-logs-types")}

DOMAINS = {
    name: resource("AWS::Route53Resolver::FirewallDomainList", Name=name, Domains=[domain])
    for name, domain in (("D", "a.example.com"), ("E", "*"))
}


def dns_rule(domains: str, priority: int, action: str) -> dict[str, Any]:
    answer = {"BlockResponse": "NXDOMAIN"} if action == "BLOCK" else {}
    return {"FirewallDomainListId": ref(domains), "Priority": priority, "Action": action, **answer}


def role(service: str) -> dict[str, Any]:
    return {"R": resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust(service))}


def masking(kind: str) -> dict[str, Any]:
    """A data protection policy: what it finds it audits and masks."""
    wanted = [f"arn:aws:dataprotection::aws:data-identifier/{kind}"]
    operations = ({"Audit": {"FindingsDestination": {}}}, {"Deidentify": {"MaskConfig": {}}})
    statements = [{"DataIdentifier": wanted, "Operation": operation} for operation in operations]
    return {"Name": "masking", "Version": "2021-06-01", "Statement": statements}


MAKER = role("sagemaker.amazonaws.com")
MODEL = {
    **MAKER,
    "M": resource(
        "AWS::SageMaker::Model",
        ModelName="needed",
        ExecutionRoleArn=att("R", "Arn"),
        PrimaryContainer={"Image": IMAGE},
    ),
}


def variant(model: Any) -> dict[str, Any]:
    return {
        "VariantName": "a",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1,
    }


CONFIG = {
    **MODEL,
    "C": resource("AWS::SageMaker::EndpointConfig", ProductionVariants=[variant(att("M", "ModelName"))]),
}
DOMAIN = {
    **MAKER,
    **SUBNET,
    "D": resource(
        "AWS::SageMaker::Domain",
        DomainName="needed",
        AuthMode="IAM",
        VpcId=ref("V"),
        SubnetIds=[ref("S")],
        DefaultUserSettings={"ExecutionRole": att("R", "Arn")},
    ),
}
JOB = {
    "JobResources": {
        "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
    },
    "RoleArn": att("R", "Arn"),
    "NetworkConfig": {"EnableNetworkIsolation": True},
}
OUTPUT = {"MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://b/m", "LocalPath": "/opt/x"}}]}
ENDPOINT = {"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/x"}}
TRUTH = {"GroundTruthS3Input": {"S3Uri": "s3://b/truth"}}
QUALITY = {
    **MAKER,
    "Q": resource(
        "AWS::SageMaker::DataQualityJobDefinition",
        DataQualityAppSpecification={"ImageUri": IMAGE},
        DataQualityJobInput=ENDPOINT,
        DataQualityJobOutputConfig=OUTPUT,
        JobDefinitionName="needed",
        **JOB,
    ),
}
DETECTOR = {"D": resource("AWS::GuardDuty::Detector", Enable=True)}
SIGHT = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
ACL = {
    "W": resource(
        "AWS::WAFv2::WebACL",
        Name="needed",
        Scope="REGIONAL",
        DefaultAction={"Block": {}},
        VisibilityConfig=SIGHT,
    )
}
RECORDER = {
    **role("config.amazonaws.com"),
    "REC": resource("AWS::Config::ConfigurationRecorder", RoleARN=att("R", "Arn")),
}
CODE = {"ZipFile": "def handler(event, context):\n    return 1\n"}
FUNCTION = {
    **role("lambda.amazonaws.com"),
    "F": resource(
        "AWS::Lambda::Function",
        Runtime="python3.12",
        Handler="index.handler",
        Role=att("R", "Arn"),
        Code=CODE,
    ),
}
PLAN = {
    "P": resource(
        "AWS::Backup::BackupPlan",
        BackupPlan={
            "BackupPlanName": "needed",
            "BackupPlanRule": [{"RuleName": "r", "TargetBackupVault": "Default"}],
        },
    )
}
DENY_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
ALLOW_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
POLICY_RESOURCE = [{"Key": "team", "Value": "fraud"}]

API = {"A": resource("AWS::ApiGateway::RestApi", Name="front")}
VALIDATOR = resource("AWS::ApiGateway::RequestValidator", RestApiId=ref("A"), ValidateRequestBody=True)
METHOD = {
    "RestApiId": ref("A"),
    "ResourceId": att("A", "RootResourceId"),
    "HttpMethod": "POST",
    "AuthorizationType": "AWS_IAM",
    "RequestValidatorId": ref("R"),
    "MethodResponses": [{"StatusCode": "200"}, {"StatusCode": "400"}],
    "Integration": {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": f"arn:aws:apigateway:{REGION}:runtime.sagemaker:path/endpoints/e/invocations",
        "PassthroughBehavior": "NEVER",
        "RequestTemplates": {"application/json": "$input.body"},
        "IntegrationResponses": [
            {"StatusCode": "200"},
            {"StatusCode": "400", "SelectionPattern": "4[0-9]{2}"},
        ],
    },
}
DEPLOYED = {
    "M": resource("AWS::ApiGateway::Method", **METHOD),
    "D": {**resource("AWS::ApiGateway::Deployment", RestApiId=ref("A")), "DependsOn": "M"},
}


def _copies(status: str) -> dict[str, Any]:
    return {
        "Id": "copies",
        "Status": status,
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": att("D", "Arn"),
            "EncryptionConfiguration": {"ReplicaKmsKeyID": "alias/there"},
        },
    }


CASES = (
    Case(
        "AWS::EC2::TransitGatewayPeeringAttachment",
        {
            "TransitGatewayId": ref("TG"),
            "PeerTransitGatewayId": ref("PEER"),
            "PeerAccountId": ACCOUNT,
            "PeerRegion": REGION,
        },
        "ec2",
        "describe_transit_gateway_peering_attachments",
        {"TransitGatewayAttachmentIds": ["$"]},
        "TransitGatewayPeeringAttachments[0].State",
        "pendingAcceptance",
        needs={**TRANSIT, "PEER": resource("AWS::EC2::TransitGateway", AmazonSideAsn=64601)},
    ),
    Case(
        "AWS::Route53::RecordSet",
        {
            "HostedZoneId": ref("Z"),
            "Name": "a.corp.internal",
            "Type": "TXT",
            "TTL": "60",
            "ResourceRecords": ['"one"'],
        },
        "route53",
        "list_resource_record_sets",
        {"HostedZoneId": "#Z"},
        "ResourceRecordSets[?Type=='TXT'].ResourceRecords[].Value",
        ['"one"'],
        needs={
            **VPC,
            "Z": resource(
                "AWS::Route53::HostedZone",
                Name="corp.internal",
                VPCs=[{"VPCId": ref("V"), "VPCRegion": REGION}],
            ),
        },
        change={"ResourceRecords": ['"two"']},
        changed=['"two"'],
    ),
    Case(
        "AWS::Route53Profiles::Profile",
        {"Name": "names", "Tags": [{"Key": "team", "Value": "x"}]},
        "route53profiles",
        "get_profile",
        {"ProfileId": "$"},
        "Profile.Name",
        "names",
    ),
    Case(
        "AWS::Route53Profiles::ProfileAssociation",
        {"Name": "here", "ProfileId": ref("P"), "ResourceId": ref("V")},
        "route53profiles",
        "get_profile_association",
        {"ProfileAssociationId": "$"},
        "ProfileAssociation.Name",
        "here",
        needs={**VPC, "P": resource("AWS::Route53Profiles::Profile", Name="names")},
    ),
    Case(
        "AWS::Route53Profiles::ProfileResourceAssociation",
        {
            "Name": "zone",
            "ProfileId": ref("P"),
            "ResourceArn": "arn:aws:route53:::hostedzone/Z1",
        },
        "route53profiles",
        "get_profile_resource_association",
        {"ProfileResourceAssociationId": "$"},
        "ProfileResourceAssociation.[Name,ResourceType]",
        ["zone", "PRIVATE_HOSTED_ZONE"],
        needs={"P": resource("AWS::Route53Profiles::Profile", Name="names")},
    ),
    # -- the network
    Case(
        "AWS::EC2::VPCCidrBlock",
        {"VpcId": ref("V"), "CidrBlock": "10.9.0.0/16"},
        "ec2",
        "describe_vpcs",
        {"VpcIds": ["#V"]},
        "Vpcs[0].CidrBlockAssociationSet[].CidrBlock | sort(@)",
        ["10.0.0.0/16", "10.9.0.0/16"],
        VPC,
    ),
    Case(
        "AWS::EC2::EgressOnlyInternetGateway",
        {"VpcId": ref("V")},
        "ec2",
        "describe_egress_only_internet_gateways",
        {"EgressOnlyInternetGatewayIds": ["$"]},
        "EgressOnlyInternetGateways[0].Attachments[0].State",
        "attached",
        VPC,
    ),
    Case(
        "AWS::EC2::PrefixList",
        {
            "PrefixListName": "pl",
            "AddressFamily": "IPv4",
            "MaxEntries": 3,
            "Entries": [{"Cidr": "10.1.0.0/16"}],
        },
        "ec2",
        "get_managed_prefix_list_entries",
        {"PrefixListId": "$"},
        "Entries[].Cidr",
        ["10.1.0.0/16"],
        change={"Entries": [{"Cidr": "10.2.0.0/16"}]},
        changed=["10.2.0.0/16"],
    ),
    Case(
        "AWS::EC2::VPCEndpointService",
        {"AcceptanceRequired": True, "NetworkLoadBalancerArns": [ref("LB")]},
        "ec2",
        "describe_vpc_endpoint_service_configurations",
        {"ServiceIds": ["$"]},
        "ServiceConfigurations[0].AcceptanceRequired",
        True,
        NLB,
        {"AcceptanceRequired": False},
        False,
    ),
    Case(
        "AWS::EC2::TransitGateway",
        {"AmazonSideAsn": 64601, "DefaultRouteTableAssociation": "disable", "Tags": POLICY_RESOURCE},
        "ec2",
        "describe_transit_gateways",
        {"TransitGatewayIds": ["$"]},
        "TransitGateways[0].Options.[AmazonSideAsn,DefaultRouteTableAssociation]",
        [64601, "disable"],
    ),
    Case(
        "AWS::EC2::TransitGatewayAttachment",
        {"TransitGatewayId": ref("TG"), "VpcId": ref("V"), "SubnetIds": [ref("S")]},
        "ec2",
        "describe_transit_gateway_vpc_attachments",
        {"TransitGatewayAttachmentIds": ["$"]},
        "TransitGatewayVpcAttachments[0].State",
        "available",
        TRANSIT,
    ),
    Case(
        "AWS::EC2::TransitGatewayVpcAttachment",
        {
            "TransitGatewayId": ref("TG"),
            "VpcId": ref("V"),
            "SubnetIds": [ref("S")],
            "Options": {"ApplianceModeSupport": "enable"},
        },
        "ec2",
        "describe_transit_gateway_vpc_attachments",
        {"TransitGatewayAttachmentIds": ["$"]},
        "TransitGatewayVpcAttachments[0].Options.ApplianceModeSupport",
        "enable",
        TRANSIT,
    ),
    Case(
        "AWS::EC2::TransitGatewayRouteTable",
        {"TransitGatewayId": ref("TG"), "Tags": POLICY_RESOURCE},
        "ec2",
        "describe_transit_gateway_route_tables",
        {"TransitGatewayRouteTableIds": ["$"]},
        "TransitGatewayRouteTables[?State=='available'].Tags[][] | [?Key=='team'].Value",
        ["fraud"],
        TRANSIT,
        {"Tags": [{"Key": "team", "Value": "risk"}]},
        ["risk"],
    ),
    Case(
        "AWS::EC2::TransitGatewayRoute",
        {
            "TransitGatewayRouteTableId": ref("TR"),
            "DestinationCidrBlock": "172.16.0.0/12",
            "Blackhole": True,
        },
        "ec2",
        "search_transit_gateway_routes",
        {"TransitGatewayRouteTableId": "#TR", "Filters": [{"Name": "type", "Values": ["static"]}]},
        "Routes[].[DestinationCidrBlock,State]",
        [["172.16.0.0/12", "blackhole"]],
        ATTACHED,
    ),
    Case(
        "AWS::EC2::TransitGatewayRouteTableAssociation",
        {"TransitGatewayRouteTableId": ref("TR"), "TransitGatewayAttachmentId": ref("A")},
        "ec2",
        "get_transit_gateway_route_table_associations",
        {"TransitGatewayRouteTableId": "#TR"},
        "Associations[].State",
        ["associated"],
        {
            **ATTACHED,
            "TG": resource(
                "AWS::EC2::TransitGateway", AmazonSideAsn=64600, DefaultRouteTableAssociation="disable"
            ),
        },
    ),
    Case(
        "AWS::EC2::TransitGatewayRouteTablePropagation",
        {"TransitGatewayRouteTableId": ref("TR"), "TransitGatewayAttachmentId": ref("A")},
        "ec2",
        "get_transit_gateway_route_table_propagations",
        {"TransitGatewayRouteTableId": "#TR"},
        "TransitGatewayRouteTablePropagations[].State",
        ["enabled"],
        ATTACHED,
    ),
    Case(
        "AWS::EC2::VPCPeeringConnection",
        {"VpcId": ref("V"), "PeerVpcId": ref("V2")},
        "ec2",
        "describe_vpc_peering_connections",
        {"VpcPeeringConnectionIds": ["$"]},
        "VpcPeeringConnections[0].Status.Code",
        "active",
        {**VPC, "V2": resource("AWS::EC2::VPC", CidrBlock="10.4.0.0/16")},
    ),
    Case(
        "AWS::EC2::Instance",
        {
            "ImageId": "ami-12c6146b",
            "InstanceType": "m5.xlarge",
            "SubnetId": ref("S"),
            "EnclaveOptions": {"Enabled": True},
            "MetadataOptions": {"HttpTokens": "required"},
            "UserData": {"Fn::Base64": "#!/bin/sh\n"},
        },
        "ec2",
        "describe_instances",
        {"InstanceIds": ["$"]},
        "Reservations[0].Instances[0].[EnclaveOptions.Enabled,MetadataOptions.HttpTokens,State.Name]",
        [True, "required", "running"],
        SUBNET,
    ),
    Case(
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateName": "template",
            "LaunchTemplateData": {
                "MetadataOptions": {"HttpTokens": "required"},
                "EnclaveOptions": {"Enabled": True},
            },
        },
        "ec2",
        "describe_launch_template_versions",
        {"LaunchTemplateId": "$", "Versions": ["$Latest"]},
        "LaunchTemplateVersions[0].LaunchTemplateData.[MetadataOptions.HttpTokens,EnclaveOptions.Enabled]",
        ["required", True],
        change={"LaunchTemplateData": {"MetadataOptions": {"HttpTokens": "required"}}},
        changed=["required", None],
    ),
    Case(
        "AWS::EC2::VPCBlockPublicAccessOptions",
        {"InternetGatewayBlockMode": "block-bidirectional"},
        "ec2",
        "describe_vpc_block_public_access_options",
        {},
        "VpcBlockPublicAccessOptions.InternetGatewayBlockMode",
        "block-bidirectional",
        {},
        {"InternetGatewayBlockMode": "block-ingress"},
        "block-ingress",
    ),
    Case(
        "AWS::NetworkFirewall::RuleGroup",
        {
            "RuleGroupName": "rules",
            "Type": "STATEFUL",
            "Capacity": 10,
            "RuleGroup": {"RulesSource": {"RulesString": "drop tcp any any -> any any (sid:1;)"}},
        },
        "network-firewall",
        "describe_rule_group",
        {"RuleGroupArn": "$"},
        "RuleGroup.RulesSource.RulesString",
        "drop tcp any any -> any any (sid:1;)",
        {},
        {"RuleGroup": {"RulesSource": {"RulesString": "drop udp any any -> any any (sid:2;)"}}},
        "drop udp any any -> any any (sid:2;)",
    ),
    Case(
        "AWS::NetworkFirewall::FirewallPolicy",
        {
            "FirewallPolicyName": "policy",
            "FirewallPolicy": {
                "StatelessDefaultActions": ["aws:forward_to_sfe"],
                "StatelessFragmentDefaultActions": ["aws:drop"],
                "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"},
            },
        },
        "network-firewall",
        "describe_firewall_policy",
        {"FirewallPolicyArn": "$"},
        "FirewallPolicy.[StatelessDefaultActions[0],StatefulEngineOptions.RuleOrder]",
        ["aws:forward_to_sfe", "STRICT_ORDER"],
    ),
    Case(
        "AWS::NetworkFirewall::Firewall",
        {
            "FirewallName": "wall",
            "FirewallPolicyArn": ref("P"),
            "VpcId": ref("V"),
            "SubnetMappings": [{"SubnetId": ref("S")}],
        },
        "network-firewall",
        "describe_firewall",
        {"FirewallArn": "$"},
        "Firewall.[FirewallName,DeleteProtection]",
        ["wall", False],
        {
            **SUBNET,
            "P": resource(
                "AWS::NetworkFirewall::FirewallPolicy",
                FirewallPolicyName="needed",
                FirewallPolicy={
                    "StatelessDefaultActions": ["aws:drop"],
                    "StatelessFragmentDefaultActions": ["aws:drop"],
                },
            ),
        },
    ),
    Case(
        "AWS::NetworkFirewall::LoggingConfiguration",
        {
            "FirewallArn": ref("F"),
            "LoggingConfiguration": {
                "LogDestinationConfigs": [
                    {
                        "LogType": kind,
                        "LogDestinationType": "CloudWatchLogs",
                        "LogDestination": {"logGroup": ref("L")},
                    }
                    for kind in ("ALERT", "FLOW")
                ]
            },
        },
        "network-firewall",
        "describe_logging_configuration",
        {"FirewallArn": "$"},
        "LoggingConfiguration.LogDestinationConfigs[].LogType",
        ["ALERT", "FLOW"],
        {
            **SUBNET,
            **LOGS,
            "P": resource(
                "AWS::NetworkFirewall::FirewallPolicy",
                FirewallPolicyName="needed",
                FirewallPolicy={
                    "StatelessDefaultActions": ["aws:drop"],
                    "StatelessFragmentDefaultActions": ["aws:drop"],
                },
            ),
            "F": resource(
                "AWS::NetworkFirewall::Firewall",
                FirewallName="needed",
                FirewallPolicyArn=ref("P"),
                VpcId=ref("V"),
                SubnetMappings=[{"SubnetId": ref("S")}],
            ),
        },
    ),
    Case(
        "AWS::Route53::HostedZone",
        {"Name": "x.example.com", "VPCs": [{"VPCId": ref("V"), "VPCRegion": REGION}]},
        "route53",
        "get_hosted_zone",
        {"Id": "$"},
        "[HostedZone.Name,HostedZone.Config.PrivateZone]",
        ["x.example.com.", True],
        VPC,
    ),
    Case(
        "AWS::Route53Resolver::FirewallDomainList",
        {"Name": "names", "Domains": ["a.example.com", "*.b.example.com"]},
        "route53resolver",
        "list_firewall_domains",
        {"FirewallDomainListId": "$"},
        "Domains",
        ["a.example.com", "*.b.example.com"],
        change={"Domains": ["a.example.com"]},
        changed=["a.example.com"],
    ),
    Case(
        "AWS::Route53Resolver::FirewallRuleGroup",
        {"Name": "dns", "FirewallRules": [dns_rule("D", 10, "ALLOW"), dns_rule("E", 20, "BLOCK")]},
        "route53resolver",
        "list_firewall_rules",
        {"FirewallRuleGroupId": "$"},
        "FirewallRules[].[Priority,Action,BlockResponse]",
        [[10, "ALLOW", None], [20, "BLOCK", "NXDOMAIN"]],
        DOMAINS,
        {"FirewallRules": [dns_rule("E", 30, "BLOCK")]},
        [[30, "BLOCK", "NXDOMAIN"]],
    ),
    Case(
        "AWS::Route53Resolver::FirewallRuleGroupAssociation",
        {"FirewallRuleGroupId": ref("DG"), "VpcId": ref("V"), "Priority": 200, "Name": "dns"},
        "route53resolver",
        "get_firewall_rule_group_association",
        {"FirewallRuleGroupAssociationId": "$"},
        "FirewallRuleGroupAssociation.[Priority,MutationProtection]",
        [200, "DISABLED"],
        {**VPC, "DG": resource("AWS::Route53Resolver::FirewallRuleGroup", Name="dns")},
        {"Priority": 300},
        [300, "DISABLED"],
    ),
    Case(
        "AWS::Route53Resolver::ResolverQueryLoggingConfig",
        {"Name": "queries", "DestinationArn": att("L", "Arn")},
        "route53resolver",
        "get_resolver_query_log_config",
        {"ResolverQueryLogConfigId": "$"},
        "ResolverQueryLogConfig.[Name,Status]",
        ["queries", "CREATED"],
        LOGS,
    ),
    Case(
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        {"ResolverQueryLogConfigId": ref("QL"), "ResourceId": ref("V")},
        "route53resolver",
        "get_resolver_query_log_config_association",
        {"ResolverQueryLogConfigAssociationId": "$"},
        "ResolverQueryLogConfigAssociation.[Status,Error]",
        ["ACTIVE", "NONE"],
        {
            **VPC,
            **LOGS,
            "QL": resource(
                "AWS::Route53Resolver::ResolverQueryLoggingConfig",
                Name="queries",
                DestinationArn=att("L", "Arn"),
            ),
        },
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Type": "application",
            "Scheme": "internal",
            "Subnets": [ref("S"), ref("S2")],
            "SecurityGroups": [att("G", "GroupId")],
            "LoadBalancerAttributes": [
                {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}
            ],
        },
        "elbv2",
        "describe_load_balancer_attributes",
        {"LoadBalancerArn": "$"},
        "Attributes[?Key=='routing.http.drop_invalid_header_fields.enabled'].Value",
        ["true"],
        {**SUBNET, **GROUP},
        {
            "LoadBalancerAttributes": [
                {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}
            ]
        },
        ["false"],
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "Protocol": "TCP",
            "Port": 8443,
            "TargetType": "instance",
            "VpcId": ref("V"),
            "HealthCheckProtocol": "TCP",
            "TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}],
        },
        "elbv2",
        "describe_target_group_attributes",
        {"TargetGroupArn": "$"},
        "Attributes[?Key=='preserve_client_ip.enabled'].Value",
        ["false"],
        VPC,
        {"TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "true"}]},
        ["true"],
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "LoadBalancerArn": ref("LB"),
            "Port": 8443,
            "Protocol": "TCP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref("TGR")}],
        },
        "elbv2",
        "describe_listeners",
        {"ListenerArns": ["$"]},
        "Listeners[0].[Port,Protocol]",
        [8443, "TCP"],
        {
            **NLB,
            "TGR": resource(
                "AWS::ElasticLoadBalancingV2::TargetGroup", Protocol="TCP", Port=8443, VpcId=ref("V")
            ),
        },
        {"Port": 8444},
        [8444, "TCP"],
    ),
    Case(
        "AWS::EC2::VPCEndpointServicePermissions",
        {"ServiceId": ref("ES"), "AllowedPrincipals": [f"arn:aws:iam::{ACCOUNT}:role/one"]},
        "ec2",
        "describe_vpc_endpoint_service_permissions",
        {"ServiceId": "$"},
        "AllowedPrincipals[].Principal",
        [f"arn:aws:iam::{ACCOUNT}:role/one"],
        {
            **NLB,
            "ES": resource(
                "AWS::EC2::VPCEndpointService",
                AcceptanceRequired=True,
                NetworkLoadBalancerArns=[ref("LB")],
            ),
        },
        {"AllowedPrincipals": [f"arn:aws:iam::{ACCOUNT}:role/two"]},
        [f"arn:aws:iam::{ACCOUNT}:role/two"],
    ),
    Case(
        "AWS::VpcLattice::ServiceNetwork",
        {"Name": "lattice", "AuthType": "AWS_IAM"},
        "vpc-lattice",
        "get_service_network",
        {"serviceNetworkIdentifier": "$"},
        "[name,authType]",
        ["lattice", "AWS_IAM"],
    ),
    # -- who may do what
    Case(
        "AWS::IAM::Policy",
        {"PolicyName": "inline", "Roles": [ref("R")], "PolicyDocument": ALLOW_S3},
        "iam",
        "get_role_policy",
        {"RoleName": "#R", "PolicyName": "inline"},
        "PolicyDocument",
        ALLOW_S3,
        MAKER,
        {"PolicyDocument": DENY_S3},
        DENY_S3,
    ),
    Case(
        "AWS::IAM::InstanceProfile",
        {"Roles": [ref("R")]},
        "iam",
        "get_instance_profile",
        {"InstanceProfileName": "$"},
        "length(InstanceProfile.Roles)",
        1,
        role("ec2.amazonaws.com"),
    ),
    Case(
        "AWS::IAM::OIDCProvider",
        {"Url": "https://tokens.example.com", "ClientIdList": ["x"], "ThumbprintList": ["a" * 40]},
        "iam",
        "get_open_id_connect_provider",
        {"OpenIDConnectProviderArn": "$"},
        "[ClientIDList,ThumbprintList]",
        [["x"], ["a" * 40]],
        {},
        {"ThumbprintList": ["b" * 40], "ClientIdList": ["y"]},
        [["y"], ["b" * 40]],
    ),
    Case(
        "AWS::IAM::ServiceLinkedRole",
        {"AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": "types"},
        "iam",
        "get_role",
        {"RoleName": "$"},
        "Role.[RoleName,Path]",
        ["AWSServiceRoleForAutoScaling_types", "/aws-service-role/autoscaling.amazonaws.com/"],
    ),
    Case(
        "AWS::Organizations::Policy",
        {"Name": "scp", "Type": "SERVICE_CONTROL_POLICY", "Content": DENY_S3, "TargetIds": [ref("OU")]},
        "organizations",
        "list_policies_for_target",
        {"TargetId": "#OU", "Filter": "SERVICE_CONTROL_POLICY"},
        "Policies[?!AwsManaged].Name",
        ["scp"],
        {"OU": resource("AWS::Organizations::OrganizationalUnit", Name="needed", ParentId="%root")},
        {"Name": "renamed"},
        ["renamed"],
    ),
    Case(
        "AWS::Organizations::OrganizationalUnit",
        {"Name": "unit", "ParentId": "%root"},
        "organizations",
        "describe_organizational_unit",
        {"OrganizationalUnitId": "$"},
        "OrganizationalUnit.Name",
        "unit",
        {},
        {"Name": "other"},
        "other",
    ),
    Case(
        "AWS::Organizations::Account",
        {"AccountName": "member", "Email": "member@example.com", "ParentIds": [ref("OU")]},
        "organizations",
        "list_parents",
        {"ChildId": "$"},
        "Parents[0].Type",
        "ORGANIZATIONAL_UNIT",
        {"OU": resource("AWS::Organizations::OrganizationalUnit", Name="home", ParentId="%root")},
    ),
    Case(
        "AWS::SSO::PermissionSet",
        {
            "Name": "set",
            "InstanceArn": "arn:aws:sso:::instance/ssoins-aaaabbbbccccdddd",
            "SessionDuration": "PT4H",
            "ManagedPolicies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        },
        "sso-admin",
        "list_managed_policies_in_permission_set",
        {
            "InstanceArn": "arn:aws:sso:::instance/ssoins-aaaabbbbccccdddd",
            "PermissionSetArn": "@X.PermissionSetArn",
        },
        "AttachedManagedPolicies[].Arn",
        ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        {},
        {"ManagedPolicies": []},
        [],
    ),
    Case(
        "AWS::SSO::Assignment",
        {
            "InstanceArn": "arn:aws:sso:::instance/ssoins-aaaabbbbccccdddd",
            "PermissionSetArn": att("Set", "PermissionSetArn"),
            "PrincipalId": "11111111-2222-3333-4444-555555555555",
            "PrincipalType": "GROUP",
            "TargetId": "222222222222",
            "TargetType": "AWS_ACCOUNT",
        },
        "sso-admin",
        "list_account_assignments",
        {
            "InstanceArn": "arn:aws:sso:::instance/ssoins-aaaabbbbccccdddd",
            "AccountId": "222222222222",
            "PermissionSetArn": "@Set.PermissionSetArn",
        },
        "AccountAssignments[].PrincipalType",
        ["GROUP"],
        {
            "Set": resource(
                "AWS::SSO::PermissionSet",
                Name="needed",
                InstanceArn="arn:aws:sso:::instance/ssoins-aaaabbbbccccdddd",
            )
        },
    ),
    Case(
        "AWS::AccessAnalyzer::Analyzer",
        {"Type": "ACCOUNT", "AnalyzerName": "outside"},
        "accessanalyzer",
        "get_analyzer",
        {"analyzerName": "outside"},
        "analyzer.[name,type]",
        ["outside", "ACCOUNT"],
    ),
    Case(
        "AWS::RAM::ResourceShare",
        {"Name": "share", "AllowExternalPrincipals": False},
        "ram",
        "get_resource_shares",
        {"resourceOwner": "SELF", "resourceShareArns": ["$"]},
        "resourceShares[0].[name,allowExternalPrincipals,status]",
        ["share", False, "ACTIVE"],
    ),
    # -- SageMaker and Bedrock
    Case(
        "AWS::SageMaker::Model",
        {
            "ModelName": "m1",
            "ExecutionRoleArn": att("R", "Arn"),
            "PrimaryContainer": {"Image": IMAGE},
            "EnableNetworkIsolation": True,
            "VpcConfig": {"SecurityGroupIds": [att("G", "GroupId")], "Subnets": [ref("S")]},
        },
        "sagemaker",
        "describe_model",
        {"ModelName": "m1"},
        "[EnableNetworkIsolation,length(VpcConfig.Subnets)]",
        [True, 1],
        {**MAKER, **SUBNET, **GROUP},
    ),
    Case(
        "AWS::SageMaker::EndpointConfig",
        {
            "EndpointConfigName": "c1",
            "KmsKeyId": ref("K"),
            "ProductionVariants": [variant(att("M", "ModelName"))],
            "DataCaptureConfig": {
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": "s3://b/x",
                "CaptureOptions": [{"CaptureMode": "Input"}],
            },
        },
        "sagemaker",
        "describe_endpoint_config",
        {"EndpointConfigName": "c1"},
        "DataCaptureConfig.[EnableCapture,InitialSamplingPercentage]",
        [True, 100],
        {**MODEL, "K": resource("AWS::KMS::Key", KeyPolicy=allow(ROOT, "kms:*"))},
    ),
    Case(
        "AWS::SageMaker::Endpoint",
        {"EndpointName": "e1", "EndpointConfigName": att("C", "EndpointConfigName")},
        "sagemaker",
        "describe_endpoint",
        {"EndpointName": "e1"},
        "EndpointStatus",
        "InService",
        CONFIG,
    ),
    Case(
        "AWS::SageMaker::ModelPackageGroup",
        {
            "ModelPackageGroupName": "group",
            "ModelPackageGroupPolicy": allow(
                ROOT,
                "sagemaker:DescribeModelPackage",
                f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/group/*",
            ),
        },
        "sagemaker",
        "get_model_package_group_policy",
        {"ModelPackageGroupName": "group"},
        "contains(ResourcePolicy, 'DescribeModelPackage')",
        True,
    ),
    Case(
        "AWS::SageMaker::ModelPackage",
        {
            "ModelPackageGroupName": {"Fn::Select": [1, {"Fn::Split": ["/", ref("G")]}]},
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [{"Image": IMAGE}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
        "sagemaker",
        "describe_model_package",
        {"ModelPackageName": "$"},
        "[ModelApprovalStatus,ModelPackageVersion]",
        ["PendingManualApproval", 1],
        {"G": resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName="packages")},
        {"ModelApprovalStatus": "Approved"},
        ["Approved", 1],
    ),
    Case(
        "AWS::SageMaker::ModelCard",
        {"ModelCardName": "card", "ModelCardStatus": "Draft", "Content": {}},
        "sagemaker",
        "describe_model_card",
        {"ModelCardName": "card"},
        "[ModelCardStatus,Content]",
        ["Draft", "{}"],
    ),
    Case(
        "AWS::SageMaker::Domain",
        {
            "DomainName": "studio",
            "AuthMode": "IAM",
            "VpcId": ref("V"),
            "SubnetIds": [ref("S")],
            "AppNetworkAccessType": "VpcOnly",
            "DefaultUserSettings": {"ExecutionRole": att("R", "Arn")},
        },
        "sagemaker",
        "describe_domain",
        {"DomainId": "$"},
        "[AppNetworkAccessType,AuthMode]",
        ["VpcOnly", "IAM"],
        {**MAKER, **SUBNET},
    ),
    Case(
        "AWS::SageMaker::UserProfile",
        {
            "DomainId": ref("D"),
            "UserProfileName": "u",
            "UserSettings": {"SecurityGroups": [att("G", "GroupId")]},
        },
        "sagemaker",
        "describe_user_profile",
        {"DomainId": "#D", "UserProfileName": "u"},
        "length(UserSettings.SecurityGroups)",
        1,
        {**DOMAIN, **GROUP},
    ),
    Case(
        "AWS::SageMaker::NotebookInstance",
        {
            "NotebookInstanceName": "nb",
            "InstanceType": "ml.t3.medium",
            "RoleArn": att("R", "Arn"),
            "DirectInternetAccess": "Disabled",
            "RootAccess": "Disabled",
            "SubnetId": ref("S"),
            "SecurityGroupIds": [att("G", "GroupId")],
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
        },
        "sagemaker",
        "describe_notebook_instance",
        {"NotebookInstanceName": "nb"},
        "[DirectInternetAccess,RootAccess,"
        "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion]",
        ["Disabled", "Disabled", "2"],
        {**MAKER, **SUBNET, **GROUP},
    ),
    Case(
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        {"NotebookInstanceLifecycleConfigName": "lc", "OnStart": [{"Content": "eA=="}]},
        "sagemaker",
        "describe_notebook_instance_lifecycle_config",
        {"NotebookInstanceLifecycleConfigName": "lc"},
        "OnStart[0].Content",
        "eA==",
        {},
        {"OnStart": [{"Content": "eQ=="}]},
        "eQ==",
    ),
    Case(
        "AWS::SageMaker::DataQualityJobDefinition",
        {
            "JobDefinitionName": "dq",
            "DataQualityAppSpecification": {"ImageUri": IMAGE},
            "DataQualityJobInput": ENDPOINT,
            "DataQualityJobOutputConfig": OUTPUT,
            **JOB,
        },
        "sagemaker",
        "describe_data_quality_job_definition",
        {"JobDefinitionName": "dq"},
        "NetworkConfig.EnableNetworkIsolation",
        True,
        MAKER,
    ),
    Case(
        "AWS::SageMaker::ModelQualityJobDefinition",
        {
            "JobDefinitionName": "mq",
            "ModelQualityAppSpecification": {"ImageUri": IMAGE, "ProblemType": "Regression"},
            "ModelQualityJobInput": {**ENDPOINT, **TRUTH},
            "ModelQualityJobOutputConfig": OUTPUT,
            **JOB,
        },
        "sagemaker",
        "describe_model_quality_job_definition",
        {"JobDefinitionName": "mq"},
        "ModelQualityAppSpecification.ProblemType",
        "Regression",
        MAKER,
    ),
    Case(
        "AWS::SageMaker::ModelBiasJobDefinition",
        {
            "JobDefinitionName": "mb",
            "ModelBiasAppSpecification": {"ImageUri": IMAGE, "ConfigUri": "s3://b/c"},
            "ModelBiasJobInput": {**ENDPOINT, **TRUTH},
            "ModelBiasJobOutputConfig": OUTPUT,
            **JOB,
        },
        "sagemaker",
        "describe_model_bias_job_definition",
        {"JobDefinitionName": "mb"},
        "ModelBiasAppSpecification.ConfigUri",
        "s3://b/c",
        MAKER,
    ),
    Case(
        "AWS::SageMaker::ModelExplainabilityJobDefinition",
        {
            "JobDefinitionName": "me",
            "ModelExplainabilityAppSpecification": {"ImageUri": IMAGE, "ConfigUri": "s3://b/c"},
            "ModelExplainabilityJobInput": ENDPOINT,
            "ModelExplainabilityJobOutputConfig": OUTPUT,
            **JOB,
        },
        "sagemaker",
        "describe_model_explainability_job_definition",
        {"JobDefinitionName": "me"},
        "ModelExplainabilityAppSpecification.ConfigUri",
        "s3://b/c",
        MAKER,
    ),
    Case(
        "AWS::SageMaker::MonitoringSchedule",
        {
            "MonitoringScheduleName": "ms",
            "MonitoringScheduleConfig": {
                "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                "MonitoringJobDefinitionName": "needed",
                "MonitoringType": "DataQuality",
            },
        },
        "sagemaker",
        "describe_monitoring_schedule",
        {"MonitoringScheduleName": "ms"},
        "MonitoringScheduleConfig.ScheduleConfig.ScheduleExpression",
        "cron(0 * ? * * *)",
        QUALITY,
    ),
    Case(
        "AWS::SageMaker::Pipeline",
        {
            "PipelineName": "pl",
            "PipelineDefinition": {"PipelineDefinitionBody": '{"Version":"2020-12-01","Steps":[]}'},
            "RoleArn": att("R", "Arn"),
        },
        "sagemaker",
        "describe_pipeline",
        {"PipelineName": "pl"},
        "PipelineDefinition",
        '{"Version":"2020-12-01","Steps":[]}',
        MAKER,
    ),
    Case(
        "AWS::SageMaker::FeatureGroup",
        {
            "FeatureGroupName": "fg",
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "ts",
            "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "ts")],
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "RoleArn": att("R", "Arn"),
        },
        "sagemaker",
        "describe_feature_group",
        {"FeatureGroupName": "fg"},
        "[OnlineStoreConfig.EnableOnlineStore,OfflineStoreConfig,OnlineStoreConfig.TtlDuration.Value]",
        [True, None, None],
        MAKER,
        {
            "OnlineStoreConfig": {
                "EnableOnlineStore": True,
                "TtlDuration": {"Unit": "Days", "Value": 7},
            }
        },
        [True, None, 7],
    ),
    Case(
        "AWS::SageMaker::ProcessingJob",
        {
            "ProcessingJobName": "pj",
            "RoleArn": att("R", "Arn"),
            "AppSpecification": {"ImageUri": IMAGE},
            "ProcessingResources": JOB["JobResources"],
            "NetworkConfig": {"EnableNetworkIsolation": True},
        },
        "sagemaker",
        "describe_processing_job",
        {"ProcessingJobName": "pj"},
        "NetworkConfig.EnableNetworkIsolation",
        True,
        MAKER,
    ),
    Case(
        "AWS::SageMaker::StudioLifecycleConfig",
        {
            "StudioLifecycleConfigName": "slc",
            "StudioLifecycleConfigAppType": "JupyterLab",
            "StudioLifecycleConfigContent": "eA==",
        },
        "sagemaker",
        "describe_studio_lifecycle_config",
        {"StudioLifecycleConfigName": "slc"},
        "[StudioLifecycleConfigAppType,StudioLifecycleConfigContent]",
        ["JupyterLab", "eA=="],
    ),
    Case(
        "AWS::Bedrock::Guardrail",
        {
            "Name": "rail",
            "BlockedInputMessaging": "no",
            "BlockedOutputsMessaging": "no",
            "WordPolicyConfig": {"WordsConfig": [{"Text": "secret"}]},
        },
        "bedrock",
        "get_guardrail",
        {"guardrailIdentifier": "$"},
        "wordPolicy.words[].text",
        ["secret"],
        {},
        {"WordPolicyConfig": {"WordsConfig": [{"Text": "hidden"}]}},
        ["hidden"],
    ),
    Case(
        "AWS::Bedrock::GuardrailVersion",
        {"GuardrailIdentifier": att("G", "GuardrailId"), "Description": "frozen"},
        "bedrock",
        "get_guardrail",
        {"guardrailIdentifier": "@X.GuardrailId", "guardrailVersion": "@X.Version"},
        "[version,description,wordPolicy.words[].text]",
        ["1", "frozen", ["secret"]],
        {
            "G": resource(
                "AWS::Bedrock::Guardrail",
                Name="versioned",
                BlockedInputMessaging="no",
                BlockedOutputsMessaging="no",
                WordPolicyConfig={"WordsConfig": [{"Text": "secret"}]},
            )
        },
    ),
    Case(
        "AWS::Bedrock::Agent",
        {
            "AgentName": "agent",
            "FoundationModel": "anthropic.claude-3-haiku-20240307-v1:0",
            "AgentResourceRoleArn": att("R", "Arn"),
            "GuardrailConfiguration": {"GuardrailIdentifier": "abcdefghij", "GuardrailVersion": "1"},
        },
        "bedrock-agent",
        "get_agent",
        {"agentId": "$"},
        "agent.[description,guardrailConfiguration.guardrailIdentifier]",
        [None, "abcdefghij"],
        role("bedrock.amazonaws.com"),
        {"Description": "answers"},
        ["answers", "abcdefghij"],
    ),
    # -- detection
    Case(
        "AWS::GuardDuty::Detector",
        {
            "Enable": True,
            "FindingPublishingFrequency": "FIFTEEN_MINUTES",
            "Features": [{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}],
        },
        "guardduty",
        "get_detector",
        {"DetectorId": "$"},
        "[Status,FindingPublishingFrequency,Features[?Name=='S3_DATA_EVENTS'].Status]",
        ["ENABLED", "FIFTEEN_MINUTES", ["ENABLED"]],
        {},
        {"Features": [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]},
        ["ENABLED", "FIFTEEN_MINUTES", ["DISABLED"]],
    ),
    Case(
        "AWS::GuardDuty::Filter",
        {
            "DetectorId": ref("D"),
            "Name": "quiet",
            "Action": "ARCHIVE",
            "FindingCriteria": {"Criterion": {"severity": {"Lt": 4}}},
        },
        "guardduty",
        "get_filter",
        {"DetectorId": "#D", "FilterName": "quiet"},
        "[Action,FindingCriteria.Criterion.severity.Lt]",
        ["ARCHIVE", 4],
        DETECTOR,
    ),
    Case(
        "AWS::GuardDuty::MalwareProtectionPlan",
        {"Role": att("R", "Arn"), "ProtectedResource": {"S3Bucket": {"BucketName": ref("B")}}},
        "guardduty",
        "get_malware_protection_plan",
        {"MalwareProtectionPlanId": "$"},
        "ProtectedResource.S3Bucket.BucketName != `null`",
        True,
        {**BUCKET, **role("malware-protection-plan.guardduty.amazonaws.com")},
    ),
    Case(
        "AWS::GuardDuty::PublishingDestination",
        {
            "DetectorId": ref("D"),
            "DestinationType": "S3",
            "DestinationProperties": {
                "DestinationArn": "arn:aws:s3:::findings",
                "KmsKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000",
            },
        },
        "guardduty",
        "list_publishing_destinations",
        {"DetectorId": "#D"},
        "Destinations[].DestinationType",
        ["S3"],
        DETECTOR,
    ),
    Case(
        "AWS::Macie::Session",
        {"Status": "ENABLED", "FindingPublishingFrequency": "ONE_HOUR"},
        "macie2",
        "get_macie_session",
        {},
        "[status,findingPublishingFrequency]",
        ["ENABLED", "ONE_HOUR"],
        {},
        {"FindingPublishingFrequency": "SIX_HOURS"},
        ["ENABLED", "SIX_HOURS"],
    ),
    Case(
        "AWS::Macie::CustomDataIdentifier",
        {"Name": "member number", "Regex": "M-[0-9]{8}", "Keywords": ["member"]},
        "macie2",
        "get_custom_data_identifier",
        {"id": "$"},
        "[regex,keywords]",
        ["M-[0-9]{8}", ["member"]],
        {"S": resource("AWS::Macie::Session", Status="ENABLED")},
    ),
    Case(
        "AWS::Macie::AllowList",
        {"Name": "samples", "Criteria": {"Regex": "M-0{8}"}},
        "macie2",
        "get_allow_list",
        {"id": "$"},
        "criteria.regex",
        "M-0{8}",
        {"S": resource("AWS::Macie::Session", Status="ENABLED")},
    ),
    Case(
        "AWS::SecurityHub::Hub",
        {"EnableDefaultStandards": False},
        "securityhub",
        "describe_hub",
        {},
        "HubArn",
        f"arn:aws:securityhub:us-east-1:{ACCOUNT}:hub/default",
    ),
    Case(
        "AWS::SecurityHub::Standard",
        {
            "StandardsArn": "arn:aws:securityhub:us-east-1::standards/"
            "aws-foundational-security-best-practices/v/1.0.0"
        },
        "securityhub",
        "get_enabled_standards",
        {"StandardsSubscriptionArns": ["$"]},
        "StandardsSubscriptions[].StandardsStatus",
        ["READY"],
        {"H": resource("AWS::SecurityHub::Hub", EnableDefaultStandards=False)},
    ),
    Case(
        "AWS::SecurityHub::FindingAggregator",
        {"RegionLinkingMode": "SPECIFIED_REGIONS", "Regions": ["eu-west-1"]},
        "securityhub",
        "get_finding_aggregator",
        {"FindingAggregatorArn": "$"},
        "[RegionLinkingMode,Regions]",
        ["SPECIFIED_REGIONS", ["eu-west-1"]],
        {"H": resource("AWS::SecurityHub::Hub", EnableDefaultStandards=False)},
        {"Regions": ["eu-central-1"]},
        ["SPECIFIED_REGIONS", ["eu-central-1"]],
    ),
    Case(
        "AWS::InspectorV2::Filter",
        {
            "Name": "quiet",
            "FilterAction": "SUPPRESS",
            "FilterCriteria": {"Severity": [{"Comparison": "EQUALS", "Value": "LOW"}]},
        },
        "inspector2",
        "list_filters",
        {"arns": ["$"]},
        "filters[].[name,action]",
        [["quiet", "SUPPRESS"]],
        {},
        {"FilterAction": "NONE"},
        [["quiet", "NONE"]],
    ),
    Case("AWS::Detective::Graph", {}, "detective", "list_graphs", {}, "GraphList[0].Arn", "$"),
    # -- WAF
    Case(
        "AWS::WAFv2::WebACL",
        {
            "Name": "acl",
            "Scope": "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "VisibilityConfig": SIGHT,
            "Rules": [
                {
                    "Name": "rate",
                    "Priority": 0,
                    "Action": {"Block": {}},
                    "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
                    "VisibilityConfig": SIGHT,
                },
                {
                    "Name": "bytes",
                    "Priority": 1,
                    "Action": {"Block": {}},
                    "Statement": {
                        "ByteMatchStatement": {
                            "SearchStringBase64": "Li4v",
                            "FieldToMatch": {"UriPath": {}},
                            "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
                            "PositionalConstraint": "CONTAINS",
                        }
                    },
                    "VisibilityConfig": SIGHT,
                },
            ],
        },
        "wafv2",
        "get_web_acl",
        {"Name": "acl", "Scope": "REGIONAL", "Id": "@X.Id"},
        "WebACL.Rules[].Statement.[RateBasedStatement.Limit,ByteMatchStatement.SearchString]",
        [[100, None], [None, b"../"]],
    ),
    Case(
        "AWS::WAFv2::IPSet",
        {"Name": "ips", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["10.0.0.0/8"]},
        "wafv2",
        "get_ip_set",
        {"Name": "ips", "Scope": "REGIONAL", "Id": "@X.Id"},
        "IPSet.Addresses",
        ["10.0.0.0/8"],
        {},
        {"Addresses": ["10.1.0.0/16"]},
        ["10.1.0.0/16"],
    ),
    Case(
        "AWS::WAFv2::RegexPatternSet",
        {"Name": "patterns", "Scope": "REGIONAL", "RegularExpressionList": ["^a+$"]},
        "wafv2",
        "get_regex_pattern_set",
        {"Name": "patterns", "Scope": "REGIONAL", "Id": "@X.Id"},
        "RegexPatternSet.RegularExpressionList[].RegexString",
        ["^a+$"],
    ),
    Case(
        "AWS::WAFv2::RuleGroup",
        {"Name": "rules", "Scope": "REGIONAL", "Capacity": 5, "VisibilityConfig": SIGHT},
        "wafv2",
        "get_rule_group",
        {"Name": "rules", "Scope": "REGIONAL", "Id": "@X.Id"},
        "RuleGroup.Capacity",
        5,
    ),
    Case(
        "AWS::WAFv2::WebACLAssociation",
        {"ResourceArn": ref("LB"), "WebACLArn": att("W", "Arn")},
        "wafv2",
        "get_web_acl_for_resource",
        {"ResourceArn": "#LB"},
        "WebACL.Name",
        "needed",
        {
            **SUBNET,
            **ACL,
            "LB": resource(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                Type="application",
                Scheme="internal",
                Subnets=[ref("S"), ref("S2")],
            ),
        },
    ),
    Case(
        "AWS::WAFv2::LoggingConfiguration",
        {
            "ResourceArn": att("W", "Arn"),
            "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-waf-logs-types"],
        },
        "wafv2",
        "get_logging_configuration",
        {"ResourceArn": "@W.Arn"},
        "LoggingConfiguration.LogDestinationConfigs",
        [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-waf-logs-types"],
        {**ACL, **LOGS},
    ),
    # -- observation
    Case(
        "AWS::CloudTrail::Trail",
        {
            "TrailName": "trail",
            "S3BucketName": ref("B"),
            "IsLogging": True,
            "IsMultiRegionTrail": True,
            "EnableLogFileValidation": True,
        },
        "cloudtrail",
        "get_trail_status",
        {"Name": "trail"},
        "IsLogging",
        True,
        {
            # the trail writes into it, and a bucket with objects cannot be deleted
            "B": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
            "BP": resource(
                "AWS::S3::BucketPolicy",
                Bucket=ref("B"),
                PolicyDocument={
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudtrail.amazonaws.com"},
                            "Action": ["s3:GetBucketAcl", "s3:PutObject"],
                            "Resource": [
                                att("B", "Arn"),
                                {"Fn::Sub": "${B.Arn}/AWSLogs/${AWS::AccountId}/*"},
                            ],
                        }
                    ],
                },
            ),
        },
        {"IsLogging": False},
        False,
    ),
    Case(
        "AWS::Config::ConfigurationRecorder",
        {
            "Name": "default",
            "RoleARN": att("R", "Arn"),
            "RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": True},
        },
        "config",
        "describe_configuration_recorders",
        {},
        "ConfigurationRecorders[0].recordingGroup.[allSupported,includeGlobalResourceTypes]",
        [True, True],
        role("config.amazonaws.com"),
    ),
    Case(
        "AWS::Config::DeliveryChannel",
        {"S3BucketName": ref("B")},
        "config",
        "describe_configuration_recorder_status",
        {},
        "ConfigurationRecordersStatus[0].recording",
        True,
        {**RECORDER, **BUCKET},
    ),
    Case(
        "AWS::Config::ConfigRule",
        {
            "ConfigRuleName": "versioned",
            "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
        },
        "config",
        "describe_config_rules",
        {"ConfigRuleNames": ["versioned"]},
        "ConfigRules[0].Source.SourceIdentifier",
        "S3_BUCKET_VERSIONING_ENABLED",
        RECORDER,
    ),
    Case(
        "AWS::Config::ConfigurationAggregator",
        {
            "ConfigurationAggregatorName": "all",
            "OrganizationAggregationSource": {"RoleArn": att("R", "Arn"), "AllAwsRegions": True},
        },
        "config",
        "describe_configuration_aggregators",
        {"ConfigurationAggregatorNames": ["all"]},
        "ConfigurationAggregators[0].OrganizationAggregationSource.AllAwsRegions",
        True,
        role("config.amazonaws.com"),
    ),
    Case(
        "AWS::Config::ConformancePack",
        {"ConformancePackName": "pack", "TemplateBody": "Resources: {}", "DeliveryS3KeyPrefix": "packs"},
        "config",
        "describe_conformance_packs",
        {"ConformancePackNames": ["pack"]},
        "ConformancePackDetails[0].DeliveryS3KeyPrefix",
        "packs",
        RECORDER,
    ),
    Case(
        "AWS::Logs::LogGroup",
        {"LogGroupName": "personal", "DataProtectionPolicy": masking("EmailAddress")},
        "logs",
        "get_data_protection_policy",
        {"logGroupIdentifier": "personal"},
        "contains(policyDocument, 'EmailAddress')",
        True,
        {},
        {"DataProtectionPolicy": masking("Name")},
        False,
    ),
    Case(
        "AWS::Logs::MetricFilter",
        {
            "LogGroupName": ref("L"),
            "FilterPattern": "ERROR",
            "MetricTransformations": [
                {
                    "MetricName": "errors",
                    "MetricNamespace": "app",
                    "MetricValue": "1",
                }
            ],
        },
        "logs",
        "describe_metric_filters",
        {"logGroupName": "aws-waf-logs-types"},
        "metricFilters[0].[filterPattern,metricTransformations[0].metricName]",
        ["ERROR", "errors"],
        LOGS,
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "high",
            "MetricName": "m",
            "Namespace": "n",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [{"Name": "EndpointName", "Value": "e"}],
        },
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["high"]},
        "MetricAlarms[0].[Threshold,Dimensions[0].Value]",
        [1.0, "e"],
        {},
        {"Threshold": 5},
        [5.0, "e"],
    ),
    # -- messages, functions, parameters
    Case(
        "AWS::SNS::Topic",
        {"TopicName": "topic", "KmsMasterKeyId": "alias/aws/sns", "DisplayName": "t"},
        "sns",
        "get_topic_attributes",
        {"TopicArn": "$"},
        "Attributes.[KmsMasterKeyId,DisplayName]",
        ["alias/aws/sns", "t"],
        {},
        {"DisplayName": "u"},
        ["alias/aws/sns", "u"],
    ),
    Case(
        "AWS::SNS::TopicPolicy",
        {
            "Topics": [ref("T")],
            "PolicyDocument": allow({"Service": "events.amazonaws.com"}, "sns:Publish", ref("T")),
        },
        "sns",
        "get_topic_attributes",
        {"TopicArn": "#T"},
        "contains(Attributes.Policy, 'events.amazonaws.com')",
        True,
        TOPIC,
    ),
    Case(
        "AWS::SNS::Subscription",
        {
            "TopicArn": ref("T"),
            "Protocol": "sqs",
            "Endpoint": att("Q", "Arn"),
            "RawMessageDelivery": True,
        },
        "sns",
        "get_subscription_attributes",
        {"SubscriptionArn": "$"},
        "Attributes.[Protocol,RawMessageDelivery]",
        ["sqs", "true"],
        {**TOPIC, **QUEUE},
    ),
    Case(
        "AWS::SQS::Queue",
        {"QueueName": "queue", "KmsMasterKeyId": "alias/aws/sqs", "VisibilityTimeout": 60},
        "sqs",
        "get_queue_attributes",
        {"QueueUrl": "$", "AttributeNames": ["KmsMasterKeyId", "VisibilityTimeout"]},
        "Attributes.[KmsMasterKeyId,VisibilityTimeout]",
        ["alias/aws/sqs", "60"],
        {},
        {"VisibilityTimeout": 90},
        ["alias/aws/sqs", "90"],
    ),
    Case(
        "AWS::SQS::QueuePolicy",
        {
            "Queues": [ref("Q")],
            "PolicyDocument": allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", att("Q", "Arn")),
        },
        "sqs",
        "get_queue_attributes",
        {"QueueUrl": "#Q", "AttributeNames": ["Policy"]},
        "contains(Attributes.Policy, 'sns.amazonaws.com')",
        True,
        QUEUE,
    ),
    Case(
        "AWS::Events::EventBus",
        {"Name": "bus", "Description": "models", "LogConfig": {"Level": "INFO"}},
        "events",
        "describe_event_bus",
        {"Name": "bus"},
        "[Description,LogConfig.Level]",
        ["models", "INFO"],
        {},
        {"Description": "endpoints"},
        ["endpoints", "INFO"],
    ),
    Case(
        "AWS::Events::Rule",
        {
            "Name": "rule",
            "EventPattern": {"source": ["aws.guardduty"]},
            "State": "ENABLED",
            "Targets": [{"Id": "1", "Arn": att("Q", "Arn")}],
        },
        "events",
        "list_targets_by_rule",
        {"Rule": "rule"},
        "Targets[].Id",
        ["1"],
        QUEUE,
        {"Targets": [{"Id": "2", "Arn": att("Q", "Arn")}]},
        ["2"],
    ),
    Case(
        "AWS::Events::EventBusPolicy",
        {
            "StatementId": "PeersPut",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
                "Action": "events:PutEvents",
                "Resource": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            },
        },
        "events",
        "describe_event_bus",
        {"Name": "default"},
        "[contains(not_null(Policy, ''), '444455556666'), contains(not_null(Policy, ''), 'PeersPut')]",
        [True, True],
        {},
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::777788889999:root"},
                "Action": "events:PutEvents",
                "Resource": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            }
        },
        [False, True],
    ),
    Case(
        "AWS::Events::Archive",
        {
            "SourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            "ArchiveName": "archive",
            "RetentionDays": 7,
        },
        "events",
        "describe_archive",
        {"ArchiveName": "archive"},
        "RetentionDays",
        7,
    ),
    Case(
        "AWS::Lambda::Function",
        {
            "FunctionName": "function",
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": att("R", "Arn"),
            "Code": CODE,
            "Timeout": 30,
            "ReservedConcurrentExecutions": 2,
        },
        "lambda",
        "get_function",
        {"FunctionName": "function"},
        "[Configuration.Timeout,Concurrency.ReservedConcurrentExecutions]",
        [30, 2],
        role("lambda.amazonaws.com"),
        {"Timeout": 60},
        [60, 2],
    ),
    Case(
        "AWS::Lambda::Permission",
        {"FunctionName": ref("F"), "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"},
        "lambda",
        "get_policy",
        {"FunctionName": "#F"},
        "contains(Policy, 'events.amazonaws.com')",
        True,
        FUNCTION,
    ),
    Case(
        "AWS::SSM::Parameter",
        {"Name": "/types/p", "Type": "String", "Value": "v"},
        "ssm",
        "get_parameter",
        {"Name": "/types/p"},
        "Parameter.Value",
        "v",
        {},
        {"Value": "w"},
        "w",
    ),
    Case(
        "AWS::SSM::Document",
        {
            "Name": "types-document",
            "DocumentType": "Automation",
            "Content": {"schemaVersion": "0.3", "mainSteps": []},
        },
        "ssm",
        "describe_document",
        {"Name": "types-document"},
        "Document.DocumentType",
        "Automation",
    ),
    Case(
        "AWS::SecretsManager::Secret",
        {"Name": "secret", "GenerateSecretString": {"PasswordLength": 20, "ExcludePunctuation": True}},
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "$"},
        "length(SecretString)",
        20,
    ),
    Case(
        "AWS::ApiGateway::Resource",
        {"RestApiId": ref("A"), "ParentId": att("A", "RootResourceId"), "PathPart": "invocations"},
        "apigateway",
        "get_resource",
        {"restApiId": "#A", "resourceId": "$"},
        "path",
        "/invocations",
        API,
    ),
    Case(
        "AWS::ApiGateway::Method",
        {**METHOD, "ApiKeyRequired": False},
        "apigateway",
        "get_method",
        {"restApiId": "#A", "resourceId": "@A.RootResourceId", "httpMethod": "POST"},
        '[authorizationType,requestValidatorId!=null,methodResponses."200".statusCode,'
        'methodIntegration.[passthroughBehavior,integrationResponses."400".selectionPattern]]',
        ["AWS_IAM", True, "200", ["NEVER", "4[0-9]{2}"]],
        {**API, "R": VALIDATOR},
        {"AuthorizationType": "NONE"},
        ["NONE", True, "200", ["NEVER", "4[0-9]{2}"]],
    ),
    Case(
        "AWS::ApiGateway::Model",
        {
            "RestApiId": ref("A"),
            "Name": "body",
            "ContentType": "application/json",
            "Schema": {"type": "object"},
        },
        "apigateway",
        "get_model",
        {"restApiId": "#A", "modelName": "body"},
        "[contentType,schema]",
        ["application/json", '{"type": "object"}'],
        API,
        {"Schema": {"type": "array"}},
        ["application/json", '{"type": "array"}'],
    ),
    Case(
        "AWS::ApiGateway::RequestValidator",
        {"RestApiId": ref("A"), "Name": "validator", "ValidateRequestBody": True},
        "apigateway",
        "get_request_validator",
        {"restApiId": "#A", "requestValidatorId": "$"},
        "[validateRequestBody,validateRequestParameters]",
        [True, False],
        API,
        {"ValidateRequestParameters": True},
        [True, True],
    ),
    Case(
        "AWS::ApiGateway::Deployment",
        {"RestApiId": ref("A"), "Description": ref("M")},
        "apigateway",
        "get_deployments",
        {"restApiId": "#A"},
        "length(items)",
        1,
        {**API, "R": VALIDATOR, "M": resource("AWS::ApiGateway::Method", **METHOD)},
    ),
    Case(
        "AWS::ApiGateway::Stage",
        {
            "RestApiId": ref("A"),
            "StageName": "live",
            "DeploymentId": ref("D"),
            "TracingEnabled": True,
            "AccessLogSetting": {
                "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:calls",
                "Format": "$context.requestId",
            },
            "MethodSettings": [{"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 5}],
        },
        "apigateway",
        "get_stage",
        {"restApiId": "#A", "stageName": "live"},
        '[tracingEnabled,accessLogSettings.format,methodSettings."*/*".throttlingRateLimit]',
        [True, "$context.requestId", 5],
        {**API, "R": VALIDATOR, **DEPLOYED},
        {"TracingEnabled": False},
        [False, "$context.requestId", 5],
    ),
    Case(
        "AWS::ApiGateway::RestApi",
        {"Name": "api", "EndpointConfiguration": {"Types": ["PRIVATE"]}},
        "apigateway",
        "get_rest_api",
        {"restApiId": "$"},
        "[name,endpointConfiguration.types]",
        ["api", ["PRIVATE"]],
        {},
        {"Name": "other"},
        ["other", ["PRIVATE"]],
    ),
    Case(
        "AWS::Cognito::UserPool",
        {"UserPoolName": "pool", "MfaConfiguration": "OFF"},
        "cognito-idp",
        "describe_user_pool",
        {"UserPoolId": "$"},
        "UserPool.[Name,MfaConfiguration]",
        ["pool", "OFF"],
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": "machine",
            "RoleArn": att("R", "Arn"),
            "DefinitionString": '{"StartAt":"a","States":{"a":{"Type":"Pass","End":true}}}',
        },
        "stepfunctions",
        "describe_state_machine",
        {"stateMachineArn": "$"},
        "[name,definition]",
        ["machine", '{"StartAt":"a","States":{"a":{"Type":"Pass","End":true}}}'],
        role("states.amazonaws.com"),
    ),
    Case(
        "AWS::CertificateManager::Certificate",
        {"DomainName": "a.example.com", "ValidationMethod": "DNS"},
        "acm",
        "describe_certificate",
        {"CertificateArn": "$"},
        "Certificate.DomainName",
        "a.example.com",
    ),
    Case(
        "AWS::Signer::SigningProfile",
        {"PlatformId": "AWSLambda-SHA384-ECDSA"},
        "signer",
        "get_signing_profile",
        {"profileName": "@X.ProfileName"},
        "[platformId,status]",
        ["AWSLambda-SHA384-ECDSA", "Active"],
    ),
    # -- data
    Case(
        "AWS::DynamoDB::Table",
        {
            "TableName": "table",
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
        "dynamodb",
        "describe_continuous_backups",
        {"TableName": "table"},
        "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
        "ENABLED",
        {},
        {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
        "DISABLED",
    ),
    Case(
        "AWS::KinesisFirehose::DeliveryStream",
        {
            "DeliveryStreamName": "stream",
            "ExtendedS3DestinationConfiguration": {
                "BucketARN": att("B", "Arn"),
                "RoleARN": att("R", "Arn"),
                "Prefix": "logs/",
            },
        },
        "firehose",
        "describe_delivery_stream",
        {"DeliveryStreamName": "stream"},
        "DeliveryStreamDescription.Destinations[0].ExtendedS3DestinationDescription.Prefix",
        "logs/",
        {**BUCKET, **role("firehose.amazonaws.com")},
    ),
    Case(
        "AWS::Glue::Database",
        {"CatalogId": ref("AWS::AccountId"), "DatabaseInput": {"Name": "lake", "Description": "d"}},
        "glue",
        "get_database",
        {"Name": "lake"},
        "Database.[Name,Description]",
        ["lake", "d"],
    ),
    Case(
        "AWS::LakeFormation::PrincipalPermissions",
        {
            "Principal": {"DataLakePrincipalIdentifier": att("R", "Arn")},
            "Resource": {"Database": {"CatalogId": ref("AWS::AccountId"), "Name": ref("DB")}},
            "Permissions": ["DESCRIBE"],
            "PermissionsWithGrantOption": [],
        },
        "lakeformation",
        "list_permissions",
        {},
        "PrincipalResourcePermissions[].Permissions",
        [["DESCRIBE"]],
        {
            **role("glue.amazonaws.com"),
            "DB": resource(
                "AWS::Glue::Database", CatalogId=ref("AWS::AccountId"), DatabaseInput={"Name": "granted"}
            ),
        },
    ),
    Case(
        "AWS::Backup::BackupVault",
        {
            "BackupVaultName": "vault",
            "LockConfiguration": {"MinRetentionDays": 7, "MaxRetentionDays": 365},
        },
        "backup",
        "describe_backup_vault",
        {"BackupVaultName": "vault"},
        "[Locked,MinRetentionDays,MaxRetentionDays]",
        [True, 7, 365],
    ),
    Case(
        "AWS::Backup::BackupPlan",
        {
            "BackupPlan": {
                "BackupPlanName": "plan",
                "BackupPlanRule": [
                    {
                        "RuleName": "daily",
                        "TargetBackupVault": "Default",
                        "Lifecycle": {"DeleteAfterDays": 35},
                    }
                ],
            }
        },
        "backup",
        "get_backup_plan",
        {"BackupPlanId": "$"},
        "[BackupPlan.Rules[0].[RuleName,TargetBackupVaultName,Lifecycle.DeleteAfterDays],DeletionDate]",
        [["daily", "Default", 35], None],
        {},
        {
            "BackupPlan": {
                "BackupPlanName": "plan",
                "BackupPlanRule": [
                    {
                        "RuleName": "daily",
                        "TargetBackupVault": "Default",
                        "Lifecycle": {"DeleteAfterDays": 70},
                    }
                ],
            }
        },
        [["daily", "Default", 70], None],
    ),
    Case(
        "AWS::Backup::BackupSelection",
        {
            "BackupPlanId": ref("P"),
            "BackupSelection": {
                "SelectionName": "tables",
                "IamRoleArn": att("R", "Arn"),
                "Resources": ["arn:aws:dynamodb:*:*:table/*"],
            },
        },
        "backup",
        "get_backup_selection",
        {"BackupPlanId": "#P", "SelectionId": "$"},
        "BackupSelection.[SelectionName,Resources]",
        ["tables", ["arn:aws:dynamodb:*:*:table/*"]],
        {**PLAN, **role("backup.amazonaws.com")},
    ),
    Case(
        "AWS::ECR::Repository",
        {
            "RepositoryName": "images",
            "ImageTagMutability": "IMMUTABLE",
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "RepositoryPolicyText": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": ROOT, "Action": "ecr:BatchGetImage"}],
            },
        },
        "ecr",
        "describe_repositories",
        {"repositoryNames": ["images"]},
        "repositories[0].[imageTagMutability,imageScanningConfiguration.scanOnPush]",
        ["IMMUTABLE", True],
        {},
        {"ImageScanningConfiguration": {"ScanOnPush": False}},
        ["IMMUTABLE", False],
    ),
    Case(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "ReplicationConfiguration": {"Role": att("R", "Arn"), "Rules": [_copies("Enabled")]},
        },
        "s3",
        "get_bucket_replication",
        {"Bucket": "$"},
        "ReplicationConfiguration.Rules[0].[ID,SourceSelectionCriteria.SseKmsEncryptedObjects.Status,"
        "Destination.EncryptionConfiguration.ReplicaKmsKeyID,Status]",
        ["copies", "Enabled", "alias/there", "Enabled"],
        {
            **role("s3.amazonaws.com"),
            "D": resource("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"}),
        },
        {"ReplicationConfiguration": {"Role": att("R", "Arn"), "Rules": [_copies("Disabled")]}},
        ["copies", "Enabled", "alias/there", "Disabled"],
    ),
    Case(
        "AWS::S3::AccessPoint",
        {"Bucket": ref("B"), "Name": "point", "VpcConfiguration": {"VpcId": ref("V")}},
        "s3control",
        "get_access_point",
        {"AccountId": ACCOUNT, "Name": "point"},
        "[Name,NetworkOrigin]",
        ["point", "VPC"],
        {**BUCKET, **VPC},
    ),
)
