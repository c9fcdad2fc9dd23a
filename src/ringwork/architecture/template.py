"""A CloudFormation template under construction: plain dicts out, with the purpose of each part."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringwork.estate import StackOutput
from ringwork.estate.organization import OrganizationFact
from ringwork.estate.stack import PrefixListId
from ringwork.source.position import InputError

Json = Any
"""A JSON value with intrinsic functions in long form."""

TAGGABLE = frozenset({
    "AWS::AccessAnalyzer::Analyzer",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::Bedrock::Guardrail",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Alarm",
    "AWS::Config::ConfigurationAggregator",
    "AWS::EC2::EIP",
    "AWS::EC2::FlowLog",
    "AWS::EC2::Instance",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::TransitGatewayPeeringAttachment",
    "AWS::EC2::TransitGatewayRouteTable",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCEndpointService",
    "AWS::ECR::Repository",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::Rule",
    "AWS::GuardDuty::Detector",
    "AWS::GuardDuty::MalwareProtectionPlan",
    "AWS::GuardDuty::PublishingDestination",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::Macie::CustomDataIdentifier",
    "AWS::NetworkFirewall::Firewall",
    "AWS::NetworkFirewall::FirewallPolicy",
    "AWS::NetworkFirewall::RuleGroup",
    "AWS::Organizations::Policy",
    "AWS::SSO::PermissionSet",
    "AWS::RAM::ResourceShare",
    "AWS::Route53Profiles::Profile",
    "AWS::Route53Profiles::ProfileAssociation",
    "AWS::Route53Resolver::FirewallDomainList",
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::S3::AccessPoint",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::DataQualityJobDefinition",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::MonitoringSchedule",
    "AWS::WAFv2::WebACL",
    "AWS::SageMaker::NotebookInstance",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    "AWS::SageMaker::StudioLifecycleConfig",
    "AWS::SageMaker::UserProfile",
})  # fmt: skip
"""The types of ours whose registry schema has a list `Tags`."""


def ref(logical_id: str) -> Json:
    return {"Ref": logical_id}


def get_att(logical_id: str, attribute: str) -> Json:
    return {"Fn::GetAtt": [logical_id, attribute]}


def sub(text: str) -> Json:
    """`Fn::Sub`, or the text itself when it has nothing to fill in (cfn-lint W1020)."""
    return {"Fn::Sub": text} if "${" in text else text


def subs(texts: Sequence[str]) -> Json:
    """Each text through `sub`; one alone stays alone, so that policies read as people write them."""
    return sub(texts[0]) if len(texts) == 1 else [sub(text) for text in texts]


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a resource exists; it becomes `Metadata.Ringwork`."""

    control: str
    """ids of the catalogue's controls that it serves, `NET-10, NET-13`"""
    why: str
    """one sentence"""


@dataclass(slots=True)
class TemplateBuilder:
    """Collects the parts of one template. A logical id is given once: a second use is refused."""

    description: str
    ring: str
    tags: Mapping[str, str]
    """on every taggable resource"""
    resources: dict[str, Json] = field(default_factory=dict)
    parameters: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, str | StackOutput | PrefixListId | OrganizationFact] = field(default_factory=dict)
    """what fills each parameter"""
    outputs: dict[str, Json] = field(default_factory=dict)

    def add(
        self,
        logical_id: str,
        type: str,
        properties: Mapping[str, Json],
        purpose: Purpose,
        *,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
        depends_on: Sequence[str] = (),
        retain: bool = False,
        skip: Mapping[str, str] | None = None,
    ) -> str:
        """Add a resource and return its logical id.

        `name` becomes the `Name` tag, `tags` come on top of the template's. `retain`: neither a deleted
        stack nor a replacement deletes it. `skip`: Checkov check id -> why it does not apply.

        Raises `InputError` for a logical id in use: two parts of the blueprint have names that
        CloudFormation's logical ids (letters and digits only) cannot tell apart.
        """
        if logical_id in self.resources:
            raise InputError(
                f"two parts of the blueprint give the same logical id `{logical_id}` "
                f"in the {self.ring} ring of `{self.description}`",
                help="rename one of them: logical ids have no hyphens, so `x-1` and `x1` are the same",
            )
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", logical_id):
            raise ValueError(f"`{logical_id}` is no logical id")
        resource: dict[str, Json] = {"Type": type}
        metadata: dict[str, Json] = {
            "Ringwork": {"Ring": self.ring, "Control": purpose.control, "Why": purpose.why}
        }
        if skip:
            metadata["checkov"] = {
                "skip": [{"id": check, "comment": comment} for check, comment in sorted(skip.items())]
            }
        resource["Metadata"] = metadata
        if depends_on:
            resource["DependsOn"] = list(depends_on)
        if retain:
            resource["DeletionPolicy"] = "Retain"
            resource["UpdateReplacePolicy"] = "Retain"
        content = dict(properties)
        if type in TAGGABLE:
            merged = {**self.tags, **(tags or {}), **({"Name": name} if name else {})}
            content["Tags"] = [{"Key": key, "Value": merged[key]} for key in sorted(merged)]
        resource["Properties"] = content
        self.resources[logical_id] = resource
        return logical_id

    def parameter(
        self,
        name: str,
        description: str,
        pattern: str,
        source: str | StackOutput | PrefixListId | OrganizationFact,
    ) -> Json:
        """A parameter for a value that AWS assigns elsewhere, and a `Ref` to it. Asked twice, made once."""
        if self.sources.setdefault(name, source) != source:
            raise ValueError(f"parameter `{name}` has two sources")
        self.parameters[name] = {"Type": "String", "Description": description, "AllowedPattern": pattern}
        return ref(name)

    def output(self, name: str, description: str, value: Json) -> None:
        self.outputs[name] = {"Description": description, "Value": value}

    def build(self) -> dict[str, Json]:
        """The template. Resources keep the order in which they were added."""
        template: dict[str, Json] = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": self.description,
        }
        if self.parameters:
            template["Parameters"] = {name: self.parameters[name] for name in sorted(self.parameters)}
        template["Resources"] = dict(self.resources)
        if self.outputs:
            template["Outputs"] = {name: self.outputs[name] for name in sorted(self.outputs)}
        return template
