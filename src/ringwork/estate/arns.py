"""How AWS names resources: what `Ref` and `Fn::GetAtt` return for each type, and what of it can be computed.

The facts come from the section "Return values" of each type's page in the CloudFormation template
reference (`https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/`), the ARN formats
from the service authorization reference ("Actions, resources, and condition keys for ...", section
"Resource types"). A type that is not in the table has nothing computable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Naming:
    """How resources of one type are named.

    Formats hold `{partition}`, `{region}`, `{account}`, `{suffix}` (DNS suffix), `{Ref}` (the physical id)
    and `{Property}` for a property of the resource; the last from `defaults` when it is not set.
    """

    physical: str | None = None
    """format of what Ref returns; None: AWS assigns it"""
    arn: str | None = None
    """format of the ARN; None: the type has none, or it cannot be computed"""
    same: frozenset[str] = frozenset()
    """attributes that equal Ref"""
    arns: frozenset[str] = frozenset()
    """attributes that give the ARN"""
    computed: Mapping[str, str] = field(default_factory=dict)
    """attribute -> format"""
    echoes: Mapping[str, str] = field(default_factory=dict)
    """attribute -> property that has its value"""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """property -> what AWS takes if it is not set"""
    assigned: frozenset[str] = frozenset()
    """attributes that are ids which AWS assigns, other than Ref"""
    regional: bool = True
    """false: the physical id is unique in the account (IAM) or in the partition (S3)"""


def _id(*same: str, arn: str | None = None, **echoes: str) -> Naming:
    return Naming(same=frozenset(same), echoes=echoes, arn=arn)


def _iam(kind: str, name: str) -> Naming:
    return Naming(
        physical=f"{{{name}}}",
        arn=f"arn:{{partition}}:iam::{{account}}:{kind}{{Path}}{{Ref}}",
        arns=frozenset({"Arn"}),
        defaults={"Path": "/"},
        regional=False,
    )


def _named(name: str, arn: str, **computed: str) -> Naming:
    return Naming(physical=f"{{{name}}}", arn=arn, arns=frozenset({"Arn"}), computed=computed)


def _ec2(kind: str) -> str:
    return f"arn:{{partition}}:ec2:{{region}}:{{account}}:{kind}/{{Ref}}"


def _resolver(kind: str) -> Naming:
    return Naming(
        arn=f"arn:{{partition}}:route53resolver:{{region}}:{{account}}:{kind}/{{Ref}}",
        arns=frozenset({"Arn"}),
        same=frozenset({"Id"}),
    )


_SAGEMAKER = "arn:{partition}:sagemaker:{region}:{account}:"


def _sagemaker(kind: str, name: str) -> Naming:
    """Ref gives the ARN; GetAtt the name."""
    return Naming(physical=f"{_SAGEMAKER}{kind}/{{{name}}}", arn="{Ref}", echoes={name: name})


NAMING: Mapping[str, Naming] = {
    # Amazon EC2 and VPC: AWS assigns every id
    "AWS::EC2::VPC": Naming(
        arn=_ec2("vpc"),
        same=frozenset({"VpcId"}),
        echoes={"CidrBlock": "CidrBlock"},
        assigned=frozenset({"DefaultSecurityGroup", "DefaultNetworkAcl"}),
    ),
    "AWS::EC2::Subnet": _id(
        "SubnetId",
        arn=_ec2("subnet"),
        VpcId="VpcId",
        CidrBlock="CidrBlock",
        AvailabilityZone="AvailabilityZone",
    ),
    "AWS::EC2::RouteTable": _id("RouteTableId", arn=_ec2("route-table")),
    "AWS::EC2::SubnetRouteTableAssociation": _id("Id"),
    "AWS::EC2::NetworkAcl": _id("Id", arn=_ec2("network-acl")),
    "AWS::EC2::NetworkAclEntry": _id("Id"),
    "AWS::EC2::SubnetNetworkAclAssociation": _id("AssociationId"),
    "AWS::EC2::SecurityGroup": _id("GroupId", "Id", arn=_ec2("security-group"), VpcId="VpcId"),
    "AWS::EC2::SecurityGroupIngress": _id("Id"),
    "AWS::EC2::SecurityGroupEgress": _id("Id"),
    "AWS::EC2::VPCEndpoint": _id("Id", arn=_ec2("vpc-endpoint")),
    "AWS::EC2::VPCEndpointService": _id("ServiceId", arn=_ec2("vpc-endpoint-service")),
    "AWS::EC2::InternetGateway": _id("InternetGatewayId", arn=_ec2("internet-gateway")),
    "AWS::EC2::EgressOnlyInternetGateway": _id("Id", arn=_ec2("egress-only-internet-gateway")),
    "AWS::EC2::VPCCidrBlock": _id("Id"),
    "AWS::EC2::EIP": Naming(same=frozenset({"PublicIp"}), assigned=frozenset({"AllocationId"})),
    "AWS::EC2::NatGateway": _id("NatGatewayId", arn=_ec2("natgateway")),
    "AWS::EC2::FlowLog": _id("Id", arn=_ec2("vpc-flow-log")),
    "AWS::EC2::VPCPeeringConnection": _id("Id", arn=_ec2("vpc-peering-connection")),
    "AWS::EC2::PrefixList": _id("PrefixListId", arn=_ec2("prefix-list")),
    "AWS::EC2::NetworkInterface": _id("Id", arn=_ec2("network-interface")),
    "AWS::EC2::Instance": _id("InstanceId", arn=_ec2("instance")),
    "AWS::EC2::LaunchTemplate": _id("LaunchTemplateId", arn=_ec2("launch-template")),
    "AWS::EC2::Volume": _id("VolumeId", arn=_ec2("volume")),
    "AWS::EC2::TransitGateway": _id("Id", arn=_ec2("transit-gateway")),
    "AWS::EC2::TransitGatewayAttachment": _id("Id", arn=_ec2("transit-gateway-attachment")),
    "AWS::EC2::TransitGatewayVpcAttachment": _id("Id", arn=_ec2("transit-gateway-attachment")),
    "AWS::EC2::TransitGatewayPeeringAttachment": _id(
        "TransitGatewayAttachmentId", arn=_ec2("transit-gateway-attachment")
    ),
    "AWS::EC2::TransitGatewayRouteTable": _id(
        "TransitGatewayRouteTableId", arn=_ec2("transit-gateway-route-table")
    ),
    "AWS::EC2::VPCBlockPublicAccessOptions": Naming(physical="{account}", same=frozenset({"AccountId"})),
    "AWS::EC2::VPCEndpointServicePermissions": Naming(physical="{ServiceId}"),
    # Elastic Load Balancing: Ref is the ARN
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Naming(arn="{Ref}", same=frozenset({"LoadBalancerArn"})),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Naming(arn="{Ref}", same=frozenset({"TargetGroupArn"})),
    "AWS::ElasticLoadBalancingV2::Listener": Naming(arn="{Ref}", same=frozenset({"ListenerArn"})),
    # Amazon Route 53 Resolver
    "AWS::Route53Resolver::FirewallDomainList": _resolver("firewall-domain-list"),
    "AWS::Route53Resolver::FirewallRuleGroup": _resolver("firewall-rule-group"),
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": _resolver("firewall-rule-group-association"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": _resolver("resolver-query-log-config"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation": _id("Id"),
    "AWS::RAM::ResourceShare": Naming(arn="{Ref}", same=frozenset({"Arn"})),
    # Network Firewall: ARNs
    "AWS::NetworkFirewall::RuleGroup": Naming(arn="{Ref}", same=frozenset({"RuleGroupArn"})),
    "AWS::NetworkFirewall::FirewallPolicy": Naming(arn="{Ref}", same=frozenset({"FirewallPolicyArn"})),
    "AWS::NetworkFirewall::Firewall": Naming(arn="{Ref}", same=frozenset({"FirewallArn"})),
    # Route 53
    "AWS::Route53::HostedZone": Naming(
        arn="arn:{partition}:route53:::hostedzone/{Ref}", same=frozenset({"Id"}), regional=False
    ),
    "AWS::Route53::RecordSet": Naming(physical="{Name}", regional=False),
    "AWS::Route53Profiles::Profile": Naming(
        arn="arn:{partition}:route53profiles:{region}:{account}:profile/{Ref}",
        arns=frozenset({"Arn"}),
        same=frozenset({"Id"}),
    ),
    "AWS::Route53Profiles::ProfileAssociation": _id("Id"),
    "AWS::Route53Profiles::ProfileResourceAssociation": _id("Id"),
    # AWS Identity and Access Management
    "AWS::AccessAnalyzer::Analyzer": Naming(
        physical="arn:{partition}:access-analyzer:{region}:{account}:analyzer/{AnalyzerName}",
        arn="{Ref}",
        arns=frozenset({"Arn"}),
    ),
    # Identity Center's physical ids are the parts of their primary identifiers, joined
    "AWS::SSO::PermissionSet": Naming(assigned=frozenset({"PermissionSetArn"})),
    "AWS::SSO::Assignment": Naming(
        physical="{InstanceArn}|{TargetId}|{TargetType}|{PermissionSetArn}|{PrincipalType}|{PrincipalId}"
    ),
    # Organizations assigns ids of policies; the ARN names the organization, which no template knows
    "AWS::Organizations::Policy": Naming(same=frozenset({"Id"}), assigned=frozenset({"Arn"}), regional=False),
    "AWS::IAM::Role": _iam("role", "RoleName"),
    "AWS::IAM::User": _iam("user", "UserName"),
    "AWS::IAM::Group": _iam("group", "GroupName"),
    "AWS::IAM::InstanceProfile": _iam("instance-profile", "InstanceProfileName"),
    "AWS::IAM::ManagedPolicy": Naming(
        physical="arn:{partition}:iam::{account}:policy{Path}{ManagedPolicyName}",
        arn="{Ref}",
        same=frozenset({"PolicyArn"}),
        defaults={"Path": "/"},
        regional=False,
    ),
    # AWS Key Management Service: AliasName begins with `alias/`
    "AWS::KMS::Key": Naming(
        arn="arn:{partition}:kms:{region}:{account}:key/{Ref}",
        arns=frozenset({"Arn"}),
        same=frozenset({"KeyId"}),
    ),
    "AWS::KMS::Alias": Naming(
        physical="{AliasName}",
        arn="arn:{partition}:kms:{region}:{account}:{Ref}",
        same=frozenset({"AliasName"}),
    ),
    # Amazon S3
    "AWS::S3::Bucket": Naming(
        physical="{BucketName}",
        arn="arn:{partition}:s3:::{Ref}",
        arns=frozenset({"Arn"}),
        computed={
            "DomainName": "{Ref}.s3.{suffix}",
            "RegionalDomainName": "{Ref}.s3.{region}.{suffix}",
            "DualStackDomainName": "{Ref}.s3.dualstack.{region}.{suffix}",
        },
        regional=False,
    ),
    "AWS::S3::BucketPolicy": Naming(physical="{Bucket}", regional=False),
    # logs, messages, events
    "AWS::Logs::LogGroup": _named(
        "LogGroupName", "arn:{partition}:logs:{region}:{account}:log-group:{Ref}:*"
    ),
    "AWS::SNS::Topic": Naming(
        physical="arn:{partition}:sns:{region}:{account}:{TopicName}",
        arn="{Ref}",
        same=frozenset({"TopicArn"}),
        echoes={"TopicName": "TopicName"},
    ),
    "AWS::SQS::Queue": Naming(
        physical="https://sqs.{region}.{suffix}/{account}/{QueueName}",
        arn="arn:{partition}:sqs:{region}:{account}:{QueueName}",
        arns=frozenset({"Arn"}),
        same=frozenset({"QueueUrl"}),
        echoes={"QueueName": "QueueName"},
    ),
    "AWS::Events::Rule": _named("Name", "arn:{partition}:events:{region}:{account}:rule/{Ref}"),
    "AWS::CloudWatch::Alarm": _named(
        "AlarmName", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{Ref}"
    ),
    "AWS::Logs::MetricFilter": Naming(physical="{FilterName}"),
    "AWS::GuardDuty::Detector": Naming(
        arn="arn:{partition}:guardduty:{region}:{account}:detector/{Ref}", same=frozenset({"Id"})
    ),
    "AWS::Macie::Session": Naming(physical="{account}", same=frozenset({"AwsAccountId"})),
    "AWS::Macie::CustomDataIdentifier": Naming(
        arn="arn:{partition}:macie2:{region}:{account}:custom-data-identifier/{Ref}",
        arns=frozenset({"Arn"}),
        same=frozenset({"Id"}),
    ),
    "AWS::SecurityHub::Hub": Naming(
        physical="arn:{partition}:securityhub:{region}:{account}:hub/default",
        arn="{Ref}",
        same=frozenset({"ARN"}),
    ),
    "AWS::SecurityHub::Standard": Naming(arn="{Ref}", same=frozenset({"StandardsSubscriptionArn"})),
    "AWS::SecurityHub::FindingAggregator": Naming(arn="{Ref}", same=frozenset({"FindingAggregatorArn"})),
    "AWS::Config::ConfigurationRecorder": Naming(physical="{Name}"),
    "AWS::Config::DeliveryChannel": Naming(physical="{Name}"),
    "AWS::Config::ConfigRule": Naming(physical="{ConfigRuleName}"),
    "AWS::Config::ConfigurationAggregator": Naming(physical="{ConfigurationAggregatorName}"),
    "AWS::CloudTrail::Trail": _named(
        "TrailName", "arn:{partition}:cloudtrail:{region}:{account}:trail/{Ref}"
    ),
    # compute, data stores
    "AWS::Lambda::Function": _named(
        "FunctionName", "arn:{partition}:lambda:{region}:{account}:function:{Ref}"
    ),
    "AWS::DynamoDB::Table": _named("TableName", "arn:{partition}:dynamodb:{region}:{account}:table/{Ref}"),
    "AWS::ECR::Repository": _named(
        "RepositoryName",
        "arn:{partition}:ecr:{region}:{account}:repository/{Ref}",
        RepositoryUri="{account}.dkr.ecr.{region}.{suffix}/{Ref}",
    ),
    "AWS::SecretsManager::Secret": Naming(arn="{Ref}", same=frozenset({"Id"})),
    "AWS::SSM::Parameter": Naming(physical="{Name}", echoes={"Value": "Value", "Type": "Type"}),
    "AWS::StepFunctions::StateMachine": Naming(
        physical="arn:{partition}:states:{region}:{account}:stateMachine:{StateMachineName}",
        arn="{Ref}",
        same=frozenset({"Arn"}),
    ),
    # Amazon SageMaker AI
    "AWS::SageMaker::Model": _sagemaker("model", "ModelName"),
    "AWS::SageMaker::EndpointConfig": _sagemaker("endpoint-config", "EndpointConfigName"),
    "AWS::SageMaker::Endpoint": _sagemaker("endpoint", "EndpointName"),
    "AWS::SageMaker::DataQualityJobDefinition": _sagemaker(
        "data-quality-job-definition", "JobDefinitionName"
    ),
    "AWS::SageMaker::MonitoringSchedule": _sagemaker("monitoring-schedule", "MonitoringScheduleName"),
    "AWS::SageMaker::ModelPackageGroup": Naming(
        physical=_SAGEMAKER + "model-package-group/{ModelPackageGroupName}",
        arn="{Ref}",
        same=frozenset({"ModelPackageGroupArn"}),
    ),
    "AWS::SageMaker::NotebookInstance": Naming(
        physical=_SAGEMAKER + "notebook-instance/{NotebookInstanceName}",
        arn="{Ref}",
        same=frozenset({"NotebookInstanceArn"}),
        echoes={"NotebookInstanceName": "NotebookInstanceName"},
    ),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": Naming(
        physical=_SAGEMAKER + "notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}",
        arn="{Ref}",
        same=frozenset({"NotebookInstanceLifecycleConfigArn"}),
        echoes={"NotebookInstanceLifecycleConfigName": "NotebookInstanceLifecycleConfigName"},
    ),
    "AWS::SageMaker::FeatureGroup": _named("FeatureGroupName", _SAGEMAKER + "feature-group/{Ref}"),
    "AWS::SageMaker::Domain": Naming(
        arn=_SAGEMAKER + "domain/{Ref}", arns=frozenset({"DomainArn"}), same=frozenset({"DomainId"})
    ),
    # Amazon API Gateway: it assigns ids; models and stages are named
    "AWS::ApiGateway::RestApi": Naming(
        arn="arn:{partition}:apigateway:{region}::/restapis/{Ref}",
        same=frozenset({"RestApiId"}),
        assigned=frozenset({"RootResourceId"}),
    ),
    "AWS::ApiGateway::Resource": _id("ResourceId"),
    "AWS::ApiGateway::Method": Naming(),
    "AWS::ApiGateway::Model": Naming(physical="{Name}"),
    "AWS::ApiGateway::RequestValidator": _id("RequestValidatorId"),
    "AWS::ApiGateway::Deployment": _id("DeploymentId"),
    "AWS::ApiGateway::Stage": Naming(physical="{StageName}"),
    "AWS::ApiGateway::Account": _id("Id"),
    # AWS WAF
    "AWS::WAFv2::WebACL": Naming(arns=frozenset({"Arn"}), assigned=frozenset({"Id"})),
    "AWS::WAFv2::WebACLAssociation": Naming(),
    "AWS::WAFv2::LoggingConfiguration": Naming(physical="{ResourceArn}"),
    # Amazon Bedrock
    "AWS::Bedrock::Guardrail": Naming(arn="{Ref}", same=frozenset({"GuardrailArn"})),
    "AWS::Bedrock::GuardrailVersion": Naming(),
}

_FIELD = re.compile(r"\{(\w+)\}")


def partition(region: str) -> str:
    """`aws`, `aws-cn` or `aws-us-gov` (AWS General Reference, "Amazon Resource Names": partitions)."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def dns_suffix(region: str) -> str:
    """What `AWS::URLSuffix` gives: `amazonaws.com`, in China `amazonaws.com.cn`."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def fields(pattern: str) -> frozenset[str]:
    """The names in braces within a format of the table."""
    return frozenset(_FIELD.findall(pattern))


def naming(type: str) -> Naming:
    """The type's row, or an empty one."""
    return NAMING.get(type, _NOTHING)


_NOTHING = Naming()
_PSEUDO = frozenset({"partition", "region", "account", "suffix", "Ref"})


def properties_needed(pattern: str) -> frozenset[str]:
    """The properties that a format needs."""
    return fields(pattern) - _PSEUDO


def render(
    pattern: str, *, account: str, region: str, ref: str | None, properties: Mapping[str, str]
) -> str | None:
    """The format filled in; None if it needs something that is not given.

    `properties` holds the literal values of `properties_needed(pattern)`, defaults included.
    """
    known = {
        **properties,
        "partition": partition(region),
        "region": region,
        "account": account,
        "suffix": dns_suffix(region),
    }
    if ref is not None:
        known["Ref"] = ref
    if not fields(pattern) <= known.keys():
        return None
    return pattern.format_map(known)
