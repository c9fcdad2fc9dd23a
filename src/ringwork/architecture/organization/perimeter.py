"""The data perimeter: our people and workloads, our resources, our networks, in every combination.

| perimeter | on identities (SCP) | on resources (RCP) |
|---|---|---|
| identity | - | only principals of the organization, and services that act for it |
| resource | only resources of the organization, and those that AWS owns for everybody | - |
| network | workloads call from our VPCs only | - |

Sources: AWS whitepaper "Building a data perimeter on AWS"; AWS samples, data perimeter policies (the
exceptions: service principals, `aws:ViaAWSService`, what AWS owns).
"""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.organization.exemptions import both, but
from ringwork.architecture.policy import Conditions, Statement, deny
from ringwork.architecture.template import Json, ref
from ringwork.blueprint.model import Blueprint

ORGANIZATION_ID = "OrganizationId"
"""Parameter."""
FALSE = {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}

DATA_SERVICES = (
    *("dynamodb:*", "ecr:*", "events:PutEvents", "firehose:*", "kinesis:*", "kms:*", "lambda:InvokeFunction"),
    *("s3:*", "sagemaker:*", "secretsmanager:*", "sns:Publish", "sqs:*", "sts:AssumeRole"),
)
"""Where data could go to, or come from, by a resource of a stranger (control ORG-05)."""
OWNED_BY_AWS = (
    # layers of images in Amazon ECR (ECR user guide, "Minimum Amazon S3 bucket permissions for Amazon ECR")
    "arn:${AWS::Partition}:s3:::prod-*-starport-layer-bucket/*",
    # models that AWS offers (SageMaker developer guide, "Configure security for deployment", JumpStart)
    "arn:${AWS::Partition}:s3:::jumpstart-cache-prod-*",
    # packages for Amazon Linux (Amazon Linux 2023 user guide, repositories in Amazon S3)
    "arn:${AWS::Partition}:s3:::al2023-repos-*",
    # the agent's buckets (Systems Manager user guide, "SSM Agent communications with AWS managed S3 buckets")
    "arn:${AWS::Partition}:s3:::amazon-ssm-*",
    "arn:${AWS::Partition}:s3:::aws-ssm-*",
    "arn:${AWS::Partition}:s3:::patch-baseline-snapshot-*",
)
"""AWS samples, data perimeter: "Service-owned resources"."""

BY_CONTAINERS = (
    *("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "dynamodb:*Item", "kms:Decrypt"),
    *("s3:GetObject*", "s3:ListBucket*", "s3:PutObject", "sagemaker:GetRecord"),
    *("sagemaker:InvokeEndpoint*", "sagemaker:PutRecord", "secretsmanager:GetSecretValue", "sqs:*Message"),
    "sts:AssumeRole",
)
"""What a workload's code does from its container, hence from the VPC; SageMaker moves data to and from jobs
through the VPC as well (API reference, CreateTrainingJob, EnableNetworkIsolation). Image pulls, logs,
metrics and network interfaces are SageMaker's own, from its network, and not held here."""

SHARING = (
    *("ds:ShareDirectory", "ec2:EnableAddressTransfer", "ec2:ModifyFpgaImageAttribute"),
    *("ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute", "ec2:ModifyVpcEndpointServicePermissions"),
    *("ecr:SetRepositoryPolicy", "lakeformation:BatchGrantPermissions", "lakeformation:GrantPermissions"),
    *("lambda:AddPermission", "oam:CreateLink", "rds:ModifyDBClusterSnapshotAttribute"),
    *("rds:ModifyDBSnapshotAttribute", "redshift:AuthorizeDataShare", "sagemaker:PutModelPackageGroupPolicy"),
    *("sagemaker:PutResourcePolicy", "servicecatalog:CreatePortfolioShare", "ssm:ModifyDocumentPermission"),
)
"""Ways to give something of ours to a stranger that name no organization (control ORG-10)."""


def tags(blueprint: Blueprint) -> Statement:
    """Our tags decide who may do what. A team's roles give its own; nobody else gives, changes or takes them
    (control ORG-09). Without a team on either side the condition holds, and the request is refused."""
    ours: Conditions = {
        "ForAnyValue:StringLike": {"aws:TagKeys": ["ringwork:*"]},
        "StringNotEqualsIfExists": {"aws:RequestTag/ringwork:team": "${aws:PrincipalTag/ringwork:team}"},
    }
    return deny("OurTags", ("*",), conditions=both(but(blueprint, names.DEPLOY, entry=True), **ours))


def sharing(blueprint: Blueprint) -> list[Statement]:
    return [
        deny(
            "NoShareOutside",
            ("ram:CreateResourceShare", "ram:UpdateResourceShare"),
            conditions=both(but(blueprint), Bool={"ram:RequestedAllowsExternalPrincipals": "true"}),
        ),
        deny("NoOtherShares", SHARING, conditions=but(blueprint, names.DEPLOY)),
    ]


def resources(blueprint: Blueprint) -> Statement:
    """Only what the organization owns. A request about no resource has no `aws:ResourceAccount`, and one
    about a resource outside any organization has no `aws:ResourceOrgID`: it is refused."""
    return Statement(
        "OurResources",
        "Deny",
        DATA_SERVICES,
        conditions=both(
            but(blueprint),
            StringNotEqualsIfExists={"aws:ResourceOrgID": ref(ORGANIZATION_ID)},
            Null={"aws:ResourceAccount": "false"},
        ),
        not_resources=OWNED_BY_AWS,
    )


def networks(blueprint: Blueprint) -> list[Statement]:
    """Workloads, which their tag tells, call through a VPC endpoint; where AWS says whose it is, ours.

    (`aws:VpceOrgID` is there for a list of services only; for all, which endpoint it may be is said by the
    buckets' and keys' own policies.) Control ORG-08.
    """
    workload = {"aws:PrincipalTag/ringwork:workload": "false"}
    captured = f"arn:${{AWS::Partition}}:s3:::{blueprint.organization}-*-capture-*/*"
    return [
        Statement(
            "WorkloadsFromVpcs",
            "Deny",
            BY_CONTAINERS,
            conditions=both(
                but(blueprint), BoolIfExists=dict(FALSE), Null={**workload, "aws:SourceVpc": "true"}
            ),
            # SageMaker itself writes what an endpoint captures, with the endpoint's role
            not_resources=(captured,),
        ),
        deny(
            "WorkloadsThroughOurEndpoints",
            BY_CONTAINERS,
            conditions=both(
                but(blueprint),
                BoolIfExists=dict(FALSE),
                Null={**workload, "aws:VpceOrgID": "false"},
                StringNotEquals={"aws:VpceOrgID": ref(ORGANIZATION_ID)},
            ),
        ),
    ]


# what follows is on resources: resource control policies, which name every principal

GUARDED = (
    *("dynamodb:*", "ecr:*", "kms:*", "logs:*", "s3:*", "secretsmanager:*", "sqs:*", "sts:AssumeRole"),
    *("sts:DecodeAuthorizationMessage", "sts:GetAccessKeyInfo", "sts:GetFederationToken"),
    *("sts:GetServiceBearerToken", "sts:GetSessionToken", "sts:SetContext"),
)
"""Services of our architecture that RCPs reach (Organizations user guide, "List of AWS services that support
RCPs"); SageMaker and Bedrock are not among them."""
DEPUTIES = tuple(dict.fromkeys(action.partition(":")[0] + ":*" for action in GUARDED))


def identities(blueprint: Blueprint) -> list[Statement]:
    """Who may use our resources: principals of the organization, and services on its behalf."""
    organization: Json = ref(ORGANIZATION_ID)
    exempt = sorted(blueprint.perimeter.exempt)
    strangers = both(
        {"ArnNotLikeIfExists": {"aws:PrincipalArn": exempt}} if exempt else {},
        StringNotEqualsIfExists={"aws:PrincipalOrgID": organization},
        BoolIfExists={"aws:PrincipalIsAWSService": "false"},
    )
    services = sorted(blueprint.perimeter.services)
    deputy: dict[str, Json] = {"aws:SourceOrgID": organization}
    if services:
        deputy["aws:PrincipalServiceName"] = services
    everyone = "*"
    return [
        deny("OurIdentities", GUARDED, principal=everyone, conditions=strangers),
        deny(
            # a service that acts for a stranger's resource: the confused deputy
            "ServicesForUs", DEPUTIES, principal=everyone,
            conditions={
                "Bool": {"aws:PrincipalIsAWSService": "true"},
                "Null": {"aws:SourceAccount": "false"},
                "StringNotEqualsIfExists": deputy,
            },
        ),
        deny("NoWebIdentity", ("sts:AssumeRoleWithWebIdentity",), principal=everyone),
        deny(
            # people from the identity provider come with tags; nobody else brings ours into a session
            "NoForgedSessionTags", ("sts:TagSession",), principal=everyone,
            conditions={
                "ForAnyValue:StringLike": {"aws:TagKeys": ["ringwork:*"]},
                "Null": {"saml:aud": "true"},
            },
        ),
        deny("EncryptedInTransit", ("s3:*", "sqs:*"), principal=everyone,
             conditions={"Bool": {"aws:SecureTransport": "false"}}),
    ]  # fmt: skip
