"""What no account of ours does: leave, use its root user, work elsewhere, keep long-lived keys, touch our
roles, subscribe to strangers' models.

Sources: Organizations user guide, "Service control policy examples" (root user; leaving; Regions, with the
services that answer from one Region); AWS samples, service control policies (the same with Bedrock's
cross-Region inference).
"""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.organization.exemptions import ANYWHERE, both, but
from ringwork.architecture.policy import Statement, deny
from ringwork.architecture.template import Json, sub
from ringwork.blueprint.model import Blueprint

GLOBAL_SERVICES = (
    *("acm:*", "aws-marketplace:*", "aws-portal:*", "billing:*", "budgets:*", "ce:*", "cloudfront:*"),
    *("config:*", "cur:*", "ec2:DescribeRegions", "ec2:DescribeTransitGateways", "fms:*"),
    *("globalaccelerator:*", "health:*", "iam:*", "kms:*", "networkmanager:*", "organizations:*"),
    *("pricing:*", "route53:*", "route53domains:*", "s3:GetAccountPublic*", "s3:ListAllMyBuckets"),
    *("s3:PutAccountPublic*", "shield:*", "sso:*", "sts:*", "support:*", "tag:*", "trustedadvisor:*"),
    *("waf:*", "wafv2:*"),
)
"""Not bound to a Region of ours: global services, and those that answer from us-east-1 for all."""
INVOKE_MODEL = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
LONG_LIVED = (
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
)
"""Keys and passwords that stay (controls IAM-19, IAM-20)."""
ADMINISTRATOR_POLICIES = (
    "AdministratorAccess",
    "AmazonBedrockFullAccess",
    "AmazonSageMakerFullAccess",
    "IAMFullAccess",
    "PowerUserAccess",
)
"""AWS managed policies that undo least privilege (controls IAM-01, IAM-02, IAM-03)."""
ROLE_CHANGES = (
    "iam:Attach*",
    "iam:Create*",
    "iam:Delete*",
    "iam:Detach*",
    "iam:Put*",
    "iam:Tag*",
    "iam:Untag*",
    "iam:Update*",
)


def foundations(blueprint: Blueprint) -> list[Statement]:
    everybody = but(blueprint)
    regions = {"aws:RequestedRegion": sorted(blueprint.regions)}
    ours: list[Json] = [sub(f"{ANYWHERE}{name}") for name in names.ADMINISTRATIVE_ROLES]
    managed = [sub(f"arn:${{AWS::Partition}}:iam::aws:policy/{name}") for name in ADMINISTRATOR_POLICIES]
    return [
        deny(
            "StayInOrganization",
            ("account:CloseAccount", "account:DisableRegion", "account:EnableRegion",
             "organizations:LeaveOrganization"),
            conditions=everybody,
        ),
        Statement(
            # what is left repairs a bucket or a queue that locked everybody else out
            "NoRootUser", "Deny", (),
            conditions={"ArnLike": {"aws:PrincipalArn": sub("arn:${AWS::Partition}:iam::*:root")}},
            not_actions=("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy",
                         "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"),
        ),
        Statement(
            # the deployer takes away what stands in a Region that left the blueprint
            "OurRegions", "Deny", (),
            conditions=both(but(blueprint, names.DEPLOY, names.AUDIT), StringNotEquals=regions),
            not_actions=(*GLOBAL_SERVICES, *INVOKE_MODEL),
        ),
        deny(
            # a cross-Region inference profile asks for the model in other Regions, too
            "ModelsInOurRegions", INVOKE_MODEL,
            conditions=both(everybody, StringNotEquals=regions, Null={"bedrock:InferenceProfileArn": "true"}),
        ),
        deny(
            "OurRolesStay", ROLE_CHANGES, ours,
            conditions=but(blueprint, entry=True),
        ),
        deny("NoLongLivedKeys", LONG_LIVED, conditions=everybody),
        deny(
            "NoAdministrators", ("iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy"),
            conditions=both(everybody, ArnEquals={"iam:PolicyARN": managed}),
        ),
        deny(
            "NoMarketplaceModels",
            ("aws-marketplace:AcceptAgreementRequest", "aws-marketplace:CreateAgreementRequest",
             "aws-marketplace:Subscribe"),
            conditions=everybody,
        ),
    ]  # fmt: skip
