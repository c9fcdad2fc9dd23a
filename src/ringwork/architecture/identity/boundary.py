"""The permissions boundary of an environment: the most that any of its roles may do."""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.identity import permissions
from ringwork.architecture.keys import VOLUME_ACTIONS
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, sub
from ringwork.blueprint.model import WorkloadType

ACCOUNT = "${AWS::AccountId}"
CREATE_IN_VPC = (
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateDomain",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:UpdateDomain",
    "sagemaker:UpdateMonitoringSchedule",
)
"""Control IAM-10."""
IDENTITY_CHANGES = (
    "account:*",
    "iam:Add*",
    "iam:Attach*",
    "iam:Create*",
    "iam:Deactivate*",
    "iam:Delete*",
    "iam:Detach*",
    "iam:Put*",
    "iam:Remove*",
    "iam:Set*",
    "iam:Tag*",
    "iam:Untag*",
    "iam:Update*",
    "organizations:*",
)
ARCHITECTURE_CHANGES = (
    "ec2:Attach*",
    "ec2:Authorize*",
    "ec2:CreateRoute*",
    "ec2:CreateTags",
    "ec2:CreateVpc*",
    "ec2:DeleteTags",
    "ec2:Modify*",
    "ec2:Replace*",
    "ec2:Revoke*",
    "kms:Disable*",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "s3:DeleteBucket*",
    "s3:PutBucket*",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
)
"""What would open a ring from inside: `ec2:CreateTags` too, because tags say whose a security group is."""
BLINDING = (
    "access-analyzer:Delete*",
    "cloudtrail:Delete*",
    "cloudtrail:Put*",
    "cloudtrail:Stop*",
    "cloudtrail:Update*",
    "config:Delete*",
    "config:Stop*",
    "ec2:DeleteFlowLogs",
    "guardduty:Delete*",
    "guardduty:Disassociate*",
    "guardduty:Update*",
    "logs:Delete*",
    "logs:PutRetentionPolicy",
    "macie2:Disable*",
    "securityhub:Delete*",
    "securityhub:Disable*",
)


def boundary_document(site: Site) -> dict[str, Json]:
    """The boundary's policy. At most 6,144 characters (IAM quotas, managed policies)."""
    return document([*_allowed(site), *_denied(site)])


def _allowed(site: Site) -> list[Statement]:
    """Every action that `permissions` can give, on this organization's resources in this account."""
    organization = site.organization
    prefix = names.sagemaker_prefix(organization, site.environment.name)
    repository = names.repository_prefix(organization, site.environment.name)
    passed = sorted(
        names.role_arn(site.role(name)) for name in site.of_type(*permissions.PASSED_BY_PIPELINES)
    )
    pass_role = allow(
        "PassRole",
        ("iam:PassRole",),
        passed,
        conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )
    return [
        allow(
            "Data",
            (*permissions.READ_OBJECTS, *permissions.WRITE_OBJECTS, *permissions.LIST_BUCKET),
            [f"arn:${{AWS::Partition}}:s3:::{organization}-*"],
            conditions={"StringEquals": {"aws:ResourceAccount": sub(ACCOUNT)}},
        ),
        allow(
            "Keys",
            (*VOLUME_ACTIONS, "kms:CreateGrant", "kms:GenerateDataKey"),
            [f"arn:${{AWS::Partition}}:kms:*:{ACCOUNT}:key/*"],
            conditions={
                "StringEquals": {"aws:ResourceTag/ringwork:organization": organization},
                "StringLike": {
                    "kms:ViaService": ["s3.*.amazonaws.com", "sagemaker.*.amazonaws.com"],
                },
            },
        ),
        allow(
            "Logs",
            (*permissions.OPEN_LOGS, *permissions.WRITE_LOGS),
            [
                f"arn:${{AWS::Partition}}:logs:*:{ACCOUNT}:log-group:/aws/sagemaker/*",
                f"arn:${{AWS::Partition}}:logs:*:{ACCOUNT}:log-group:/ringwork/{organization}/*",
            ],
        ),
        allow(
            "Images",
            permissions.PULL_IMAGES,
            [f"arn:${{AWS::Partition}}:ecr:*:{ACCOUNT}:repository/{repository}/*"],
        ),
        allow(
            "Interfaces",
            ("ec2:CreateNetworkInterface", *permissions.MANAGE_INTERFACES),
            [
                f"arn:${{AWS::Partition}}:ec2:*:{ACCOUNT}:{type}/*"
                for type in ("network-interface", "security-group", "subnet")
            ],
        ),
        allow(
            "WithoutResource",
            ("cloudwatch:PutMetricData", "ecr:GetAuthorizationToken", *permissions.DESCRIBE_NETWORK),
        ),
        allow(
            "SageMaker",
            (
                "sagemaker:AddTags",
                "sagemaker:InvokeEndpoint",
                *permissions.CREATE_JOBS,
                *permissions.FOLLOW_JOBS,
                *permissions.REGISTER_VERSIONS,
                *permissions.RUN_PIPELINES,
            ),
            [f"arn:${{AWS::Partition}}:sagemaker:*:{ACCOUNT}:*/{prefix}*"],
        ),
        *([pass_role] if passed and site.of_type(WorkloadType.PIPELINE) else []),
    ]


def _denied(site: Site) -> list[Statement]:
    """What stays refused even if another policy, on the role or on a resource, allows it."""
    own = {"StringNotEquals": {"aws:ResourceAccount": sub(ACCOUNT)}, "Null": {"aws:ResourceAccount": "false"}}
    owned_by_aws = (
        "arn:${AWS::Partition}:s3:::prod-*-starport-layer-bucket/*",
        "arn:${AWS::Partition}:s3:::jumpstart-cache-prod-*",
    )
    return [
        deny("NoIdentityChanges", IDENTITY_CHANGES),
        deny("NoArchitectureChanges", ARCHITECTURE_CHANGES),
        deny("NoBlinding", BLINDING),
        Statement(
            "OwnAccountOnly",
            "Deny",
            ("ecr:*", "kms:*", "s3:*", "sagemaker:*", "secretsmanager:*", "sts:AssumeRole"),
            conditions=own,
            not_resources=owned_by_aws,
        ),
        deny("JobsInVpcOnly", CREATE_IN_VPC, conditions={"Null": {"sagemaker:VpcSubnets": "true"}}),
        deny(
            "JobsEncryptOutput",
            ("sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob", "sagemaker:CreateTransformJob"),
            conditions={"Null": {"sagemaker:OutputKmsKey": "true"}},
        ),
        deny(
            "TrainingIsIsolated",
            (
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateModel",
                "sagemaker:CreateTrainingJob",
            ),
            conditions={"Bool": {"sagemaker:NetworkIsolation": "false"}},
        ),
        deny(
            "TrainingEncryptsTraffic",
            ("sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateTrainingJob"),
            conditions={"Bool": {"sagemaker:InterContainerTrafficEncryption": "false"}},
        ),
    ]
