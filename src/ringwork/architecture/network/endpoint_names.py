"""The DNS names that lead to interface endpoints: a private hosted zone and a record for each service.

A shared endpoint has no private DNS of its own: that would hold in its own VPC only. So each service's zone
is written out, and its name is the API's host, not the endpoint service's name turned round or left as it
is: `api.sagemaker.REGION.amazonaws.com` for `com.amazonaws.REGION.sagemaker.api` (AWS General Reference,
"Amazon SageMaker AI endpoints and quotas"; awslabs/landing-zone-accelerator-on-aws issues 173, 348, 690 and
1014 tell what wrong ones cost).

Sources: AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink" and "View available AWS
service names" (`PrivateDnsName`); General Reference, each service's endpoints; ECR, "Amazon ECR interface
VPC endpoints" (registries are subdomains of `dkr.ecr`); SageMaker, "Connect to a Notebook Instance Through a
VPC Interface Endpoint" and "Connect to Amazon SageMaker Studio Through an Interface VPC Endpoint" (each
notebook and user profile is a subdomain).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Zone:
    """A private hosted zone."""

    name: str
    """for Fn::Sub"""
    subdomains: bool = False
    """the record is for all subdomains, `*`, and not for the name itself"""

    @property
    def record(self) -> str:
        return f"*.{self.name}" if self.subdomains else self.name


def _api(host: str) -> Zone:
    return Zone(f"{host}.${{AWS::Region}}.${{AWS::URLSuffix}}")


ZONES: Mapping[str, Zone] = {
    "com.amazonaws.${AWS::Region}.bedrock": _api("bedrock"),
    "com.amazonaws.${AWS::Region}.bedrock-agent": _api("bedrock-agent"),
    "com.amazonaws.${AWS::Region}.bedrock-agent-runtime": _api("bedrock-agent-runtime"),
    "com.amazonaws.${AWS::Region}.bedrock-runtime": _api("bedrock-runtime"),
    "com.amazonaws.${AWS::Region}.ecr.api": _api("api.ecr"),
    "com.amazonaws.${AWS::Region}.ecr.dkr": Zone("dkr.ecr.${AWS::Region}.${AWS::URLSuffix}", subdomains=True),
    "com.amazonaws.${AWS::Region}.elasticfilesystem": _api("elasticfilesystem"),
    "com.amazonaws.${AWS::Region}.events": _api("events"),
    "com.amazonaws.${AWS::Region}.execute-api": Zone(
        "execute-api.${AWS::Region}.${AWS::URLSuffix}", subdomains=True
    ),
    "com.amazonaws.${AWS::Region}.glue": _api("glue"),
    "com.amazonaws.${AWS::Region}.athena": _api("athena"),
    "com.amazonaws.${AWS::Region}.lakeformation": _api("lakeformation"),
    "com.amazonaws.${AWS::Region}.kms": _api("kms"),
    "com.amazonaws.${AWS::Region}.logs": _api("logs"),
    "com.amazonaws.${AWS::Region}.monitoring": _api("monitoring"),
    "com.amazonaws.${AWS::Region}.sagemaker.api": _api("api.sagemaker"),
    "com.amazonaws.${AWS::Region}.sagemaker.featurestore-runtime": _api("featurestore-runtime.sagemaker"),
    "com.amazonaws.${AWS::Region}.sagemaker.metrics": _api("metrics.sagemaker"),
    "com.amazonaws.${AWS::Region}.sagemaker.runtime": _api("runtime.sagemaker"),
    "com.amazonaws.${AWS::Region}.secretsmanager": _api("secretsmanager"),
    "com.amazonaws.${AWS::Region}.sqs": _api("sqs"),
    "com.amazonaws.${AWS::Region}.ssm": _api("ssm"),
    "com.amazonaws.${AWS::Region}.sts": _api("sts"),
    "aws.sagemaker.${AWS::Region}.notebook": Zone("notebook.${AWS::Region}.sagemaker.aws", subdomains=True),
    "aws.sagemaker.${AWS::Region}.studio": Zone("studio.${AWS::Region}.sagemaker.aws", subdomains=True),
}
"""Endpoint service name, for Fn::Sub -> zone. A service without a row is refused by the builder."""
