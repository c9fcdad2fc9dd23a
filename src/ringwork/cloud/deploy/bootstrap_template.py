"""The template of what comes first in an account: our three roles, and a bucket for large templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.cloud.collect import TYPES
from ringwork.cloud.collect import actions as collected_actions
from ringwork.cloud.deploy import acceptance, delegation, settings
from ringwork.cloud.deploy.parts import packed
from ringwork.cloud.deploy.template import template_bucket
from ringwork.cloud.session import AUDIT_ROLE, BREAK_GLASS_ROLE, DEPLOY_ROLE
from ringwork.schemas import resource_schema

VERSION = "2012-10-17"
OURS = (DEPLOY_ROLE, AUDIT_ROLE, BREAK_GLASS_ROLE)
"""By name: CloudFormation's names for the roles of our stacks begin with `ringwork-` as well."""

DEPLOYED_TYPES = tuple(
    sorted(name for name, kind in TYPES.items() if kind.deployed and name.startswith("AWS::"))
)
"""What the compiler emits (a test holds it to that): the deploy role may do what the handlers of these types
need, and no more."""

_PREFIXES: Mapping[str, frozenset[str]] = {
    "AccessAnalyzer": frozenset({"access-analyzer"}),
    "ElasticLoadBalancingV2": frozenset({"elasticloadbalancing"}),
    "InspectorV2": frozenset({"inspector2"}),
    "Macie": frozenset({"macie2"}),
    # a firewall's endpoints are EC2's, its logs' deliveries CloudWatch Logs'
    "NetworkFirewall": frozenset({"network-firewall", "ec2", "logs"}),
    # query logging lets CloudWatch Logs admit the delivery
    "Route53Resolver": frozenset({"route53resolver", "logs", "ec2"}),
    "SSO": frozenset({"sso"}),
    # the web ACL stands before an API, and its log is delivered
    "WAFv2": frozenset({"apigateway", "logs", "wafv2"}),
}
"""IAM's prefixes for a namespace of CloudFormation, where they are not its name in small letters (Service
Authorization Reference). Handlers also name services for properties that no template of ours sets (S3
Tables, VPC Lattice, ...): those are left out."""
_NEVER = frozenset(
    {
        *("s3:DeleteObject", "s3:PutObjectAcl", "s3:REST.PUT.OBJECT", "s3:ListBucket"),
        *("iam:AttachGroupPolicy", "iam:AttachUserPolicy", "iam:DetachGroupPolicy", "iam:DetachUserPolicy"),
        "iam:DeleteRolePermissionsBoundary",
        *("ec2:AcceptAddressTransfer", "ec2:DescribeInstances"),
        # granted with a condition of their own
        *("iam:PassRole", "iam:CreateServiceLinkedRole"),
    }
)
"""Handler actions that touch objects, users or groups, or take a boundary away."""
_NO_ACTIONS = frozenset(
    {
        *("s3:DeleteBucketAnalyticsConfiguration", "s3:DeleteBucketCors", "s3:DeleteBucketEncryption"),
        *("s3:DeleteBucketLifecycle", "s3:DeleteBucketMetricsConfiguration", "s3:DeleteBucketReplication"),
        *("s3:PutBucketReplication", "s3:PutObjectLockConfiguration"),
    }
)
"""API operations that the registry names and IAM does not know: the Put action covers them
(Service Authorization Reference, Amazon S3)."""
_LOOKUPS = (
    *("ec2:DescribeAvailabilityZones", "ec2:DescribeManagedPrefixLists", "ec2:DescribePrefixLists"),
    *("ec2:DescribeVpcEndpointServices", "ec2:DescribeRegions", "ssm:GetParameter"),
    *("organizations:DescribeAccount", "organizations:DescribeOrganization", "organizations:ListRoots"),
    *delegation.READS,
    *acceptance.READS,
    *acceptance.WRITES,
    *settings.READS,
    *settings.WRITES,
    # a delivery channel goes once the recorder stands still (Config API reference, DeleteDeliveryChannel)
    "config:StopConfigurationRecorder",
)
"""For Fn::GetAZs, endpoint services, public parameters with AMIs, and the deployer's own questions and
acceptances."""
PASSED_TO = (
    "apigateway.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "ec2.amazonaws.com",
    "events.amazonaws.com",
    "malware-protection-plan.guardduty.amazonaws.com",
    "s3.amazonaws.com",
    "sagemaker.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
"""The services that our roles are made for."""

_KEYS_OF_WHAT_IS_MADE = (
    *("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:RetireGrant"),
)
"""What services do with the caller's rights when encrypted volumes, repositories and online feature stores
are made (EC2, "Requirements for Amazon EBS encryption"; SageMaker API Reference, OnlineStoreSecurityConfig;
ECR, "Encryption at rest"). Key policies say for which keys."""
_MAKERS = ("bedrock", "ec2", "ecr", "sagemaker")

_NO_API_KEYS = {
    "Sid": "NoApiKeys",
    "Effect": "Deny",
    "Action": ["apigateway:GET"],
    "Resource": [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:*::/{path}"}
        for path in ("apikeys", "apikeys/*", "usageplans/*/keys*")
    ],
}
"""API Gateway has one action for all that is read, and gives the values of API keys by it."""

_OWN_PARAMETERS = {
    "Sid": "OwnParameters",
    "Effect": "Deny",
    "Action": ["ssm:GetParameter", "ssm:GetParameters"],
    "NotResource": [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:ssm:*:*:parameter/{path}/*"}
        for path in ("ringwork", "aws/service")
    ],
}
"""Job defaults are ours, AMIs are public; what others keep in parameters may be a secret."""

_STACK_READS = (
    *("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"),
    *("cloudformation:DetectStackDrift", "cloudformation:DetectStackResourceDrift"),
)


def bootstrap_template(account: str, region: str, *, trusted: Sequence[str], home: bool) -> dict[str, Any]:
    """The stack of one account and Region; roles are global, so only the `home` Region's has them.

    `trusted`: ARNs of the principals that may take the roles.
    """
    resources = _bucket(account, region)
    if home:
        resources |= _roles(trusted)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What Ringwork needs in an account before it deploys: roles and a template bucket",
        "Resources": resources,
    }


def deploy_actions() -> tuple[str, ...]:
    """Actions that deploying our types needs, from the registry's handler permissions, sorted."""
    found = set(_LOOKUPS)
    for type_ in DEPLOYED_TYPES:
        namespace = type_.split("::")[1]
        prefixes = _PREFIXES.get(namespace, frozenset({namespace.lower()}))
        for actions in resource_schema(type_).permissions.values():
            # CloudTrail's schema writes its own prefix with capitals
            split = (action.split(":") for action in actions)
            found.update(f"{prefix.lower()}:{name}" for prefix, name in split if prefix.lower() in prefixes)
    return tuple(sorted(found - _NEVER - _NO_ACTIONS))


def _about(purpose: str) -> dict[str, Any]:
    return {"Ringwork": {"Ring": "bootstrap", "Control": "ID-01", "Why": purpose}}


def _sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def _allow(sid: str, actions: Sequence[str], resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def _document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": list(statements)}


def _roles(trusted: Sequence[str]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"AWS": sorted(trusted)}, "Action": "sts:AssumeRole"}
    deploying = {
        f"DeployPolicy{index}": _policy(f"what deploying needs, part {index}", document)
        for index, document in enumerate(packed(_deploy_statements()), start=1)
    }
    reading = {
        f"AuditPolicy{index}": _policy(f"reads configuration, never data, part {index}", document)
        for index, document in enumerate(
            packed(
                [
                    _allow("ReadConfiguration", collected_actions()),
                    _allow("ReadStacks", _STACK_READS),
                    _NO_API_KEYS,
                    _OWN_PARAMETERS,
                ]
            ),
            start=1,
        )
    }
    return {
        **deploying,
        "DeployRole": _role(
            DEPLOY_ROLE,
            "deploys stacks: what the handlers of our resource types need, and no access to data",
            _document({"Sid": "Deployers", **trust}),
            # it also audits: drift that CloudFormation does not see is found by collecting
            managed=[*deploying, *reading],
        ),
        **reading,
        "AuditRole": _role(
            AUDIT_ROLE,
            "audits: reads configuration, changes nothing, sees no data",
            _document({"Sid": "Auditors", **trust}),
            managed=[*reading],
        ),
        "BreakGlassPolicy": _policy(
            "everything, for the hour in which nothing else helps; each use should raise an alarm",
            _document(_allow("Everything", ["*"])),
        ),
        "BreakGlassRole": _role(
            BREAK_GLASS_ROLE,
            "repairs what the other roles cannot: needs a second factor used within the hour",
            _document(
                {
                    "Sid": "PeopleWithSecondFactor",
                    **trust,
                    "Condition": {
                        "Bool": {"aws:MultiFactorAuthPresent": "true"},
                        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
                    },
                }
            ),
            managed=["BreakGlassPolicy"],
        ),
    }


def _role(name: str, purpose: str, trust: Mapping[str, Any], managed: Sequence[str]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Metadata": _about(purpose),
        "Properties": {
            "RoleName": name,
            "Description": purpose,
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": trust,
            "ManagedPolicyArns": [{"Ref": policy} for policy in managed],
        },
    }


def _policy(purpose: str, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Metadata": _about(purpose),
        "Properties": {"Description": purpose, "PolicyDocument": document},
    }


def _deploy_statements() -> list[dict[str, Any]]:
    actions = deploy_actions()

    def of(*services: str) -> list[str]:
        return [action for action in actions if action.split(":")[0] in services]

    stacks = _sub("arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/ringwork-*/*")
    templates = _sub(f"arn:${{AWS::Partition}}:s3:::{template_bucket('${AWS::AccountId}', '*')}/templates/*")
    roles = _sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*")
    policies = _sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/*")
    profiles = _sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*")
    identity = of("iam")
    reads = [action for action in identity if action.split(":")[1].startswith(("Get", "List"))]
    return [
        _allow("Resources", [action for action in actions if action not in identity]),
        _allow("ReadStacks", _STACK_READS),
        _allow("Stacks", ["cloudformation:*"], stacks),
        _allow("Templates", ["s3:GetObject", "s3:PutObject"], templates),
        _allow("ReadIdentity", reads),
        _allow("Identity", [a for a in identity if a not in reads], [roles, policies, profiles]),
        _allow(
            "KeysOfWhatIsMade",
            _KEYS_OF_WHAT_IS_MADE,
            Condition={"StringLike": {"kms:ViaService": [f"{name}.*.amazonaws.com" for name in _MAKERS]}},
        ),
        _allow(
            "PassRoles",
            ["iam:PassRole"],
            roles,
            Condition={"StringEquals": {"iam:PassedToService": list(PASSED_TO)}},
        ),
        _allow(
            "ServiceLinkedRoles",
            ["iam:CreateServiceLinkedRole"],
            _sub("arn:${AWS::Partition}:iam::*:role/aws-service-role/*"),
        ),
        {
            "Sid": "RolesHaveABoundary",
            "Effect": "Deny",
            "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            "Resource": "*",
            "Condition": {"Null": {"iam:PermissionsBoundary": "true"}},
        },
        {
            "Sid": "NotItsOwnPower",
            "Effect": "Deny",
            "NotAction": [
                *("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"),
                *("iam:Get*", "iam:List*", "s3:Get*", "s3:List*"),
                # the bucket's pattern ends in `*`, which takes in its objects: templates are uploaded
                "s3:PutObject",
            ],
            "Resource": [
                *(_sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{role}") for role in OURS),
                _sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/ringwork-bootstrap-*"),
                _sub("arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/ringwork-bootstrap/*"),
                _sub(f"arn:${{AWS::Partition}}:s3:::{template_bucket('${AWS::AccountId}', '*')}"),
            ],
        },
    ]


def _bucket(account: str, region: str) -> dict[str, Any]:
    name = template_bucket(account, region)
    return {
        "TemplateBucket": {
            "Type": "AWS::S3::Bucket",
            "Metadata": _about("holds templates that are too large for a request"),
            "Properties": {
                "BucketName": name,
                "VersioningConfiguration": {"Status": "Enabled"},
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                    ]
                },
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Id": "templates-are-only-read-while-deploying",
                            "Status": "Enabled",
                            "ExpirationInDays": 90,
                            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        }
                    ]
                },
            },
        },
        "TemplateBucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Metadata": _about("templates travel encrypted only"),
            "Properties": {
                "Bucket": {"Ref": "TemplateBucket"},
                "PolicyDocument": _document(
                    {
                        "Sid": "TlsOnly",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [
                            _sub(f"arn:${{AWS::Partition}}:s3:::{name}"),
                            _sub(f"arn:${{AWS::Partition}}:s3:::{name}/*"),
                        ],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ),
            },
        },
    }
