"""AWS Config: what every resource is and was, and rules that say when one of our layers drifts.

The recorder and the delivery channel need each other: CloudFormation makes both and starts the recorder when
the channel is there (AWS::Config::ConfigurationRecorder, "Remarks"), so neither names the other. The recorder
acts as Config's service-linked role (Security Hub control Config.1 asks for it), which an account has once:
the home Region's stack makes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.architecture import names
from ringwork.architecture.detection.archive import HISTORY, HISTORY_KEY_OUTPUT, archive_stack_id, bucket_name
from ringwork.architecture.detection.trail import KEY_ARN
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import allow, document, trust
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.environment import Shared
from ringwork.estate import StackOutput

ROLE_OUTPUT = "ConfigRoleArn"
ROLE_ARN = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/aws-service-role/config[.]amazonaws[.]com/[A-Za-z]+$"

RULES: Mapping[str, tuple[str, str]] = {
    "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": ("DAT-01", "No bucket lets the public in"),
    "S3_BUCKET_VERSIONING_ENABLED": ("DAT-03", "Buckets keep versions"),
    "S3_BUCKET_SSL_REQUESTS_ONLY": ("DAT-08", "Buckets refuse plain HTTP"),
    "S3_BUCKET_ACL_PROHIBITED": ("DAT-11", "Nobody gets in by an ACL"),
    "CMK_BACKING_KEY_ROTATION_ENABLED": ("DAT-16", "Keys rotate"),
    "KMS_CMK_NOT_SCHEDULED_FOR_DELETION": ("DAT-21", "No key is on its way out"),
    "CLOUDWATCH_LOG_GROUP_ENCRYPTED": ("DAT-35", "Log groups are under keys"),
    "VPC_FLOW_LOGS_ENABLED": ("NET-01", "VPCs log their flows"),
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": ("IAM-01", "No policy of ours but break-glass gives all"),
    "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS": ("CMP-01", "Notebooks have no way around the VPC"),
    "SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC": ("CMP-02", "Notebooks are in a VPC"),
    "SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK": ("CMP-03", "Nobody is root in a notebook"),
    "SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED": ("CMP-04", "Notebooks' volumes are under a key"),
    "SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED": ("EPT-01", "Endpoints' volumes are under a key"),
    "ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED": ("CMP-25", "Tags of images do not move"),
    "CLOUD_TRAIL_ENABLED": ("DET-08", "A trail records this account"),
    "GUARDDUTY_ENABLED_CENTRALIZED": ("DET-01", "GuardDuty is on"),
    "MACIE_STATUS_CHECK": ("DAT-22", "Macie is on"),
}
"""Identifier of the managed rule (Config guide, "List of AWS Config Managed Rules") -> control, meaning."""


def config(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    role = _role(template, layout, site)
    key = template.parameter(
        HISTORY_KEY_OUTPUT,
        "Key of the configuration's history",
        KEY_ARN,
        StackOutput(archive_stack_id(layout, site.region), HISTORY_KEY_OUTPUT),
    )
    template.add(
        "Recorder",
        "AWS::Config::ConfigurationRecorder",
        {
            "Name": "default",
            "RoleARN": role,
            "RecordingGroup": {
                "AllSupported": True,
                # IAM is recorded once, not in each Region (Config guide, "Recording AWS resources")
                "IncludeGlobalResourceTypes": site.region == layout.home,
            },
        },
        Purpose("DET-28", "Every resource type that Config supports is recorded, those of SageMaker too"),
    )
    template.add(
        "DeliveryChannel",
        "AWS::Config::DeliveryChannel",
        {
            "Name": "default",
            "S3BucketName": bucket_name(layout, HISTORY, site.region),
            "S3KmsKeyArn": key,
            "ConfigSnapshotDeliveryProperties": {"DeliveryFrequency": "TwentyFour_Hours"},
        },
        Purpose("DET-28", "The history goes to the log archive"),
    )
    for identifier, (control, meaning) in RULES.items():
        words = identifier.lower().replace("_", "-")
        template.add(
            names.logical(words),
            "AWS::Config::ConfigRule",
            {
                "ConfigRuleName": names.account_wide(site.organization, words),
                "Description": meaning,
                "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
            },
            Purpose(f"DET-28, {control}", meaning),
            depends_on=("DeliveryChannel", "Recorder"),
        )


def _role(template: TemplateBuilder, layout: Layout, site: AccountSite) -> Json:
    """The ARN of AWSServiceRoleForConfig (Config guide, "Using service-linked roles for AWS Config")."""
    if site.region != layout.home:
        home = layout.by_account[site.account_id, layout.home].stack_id("security")
        return template.parameter(
            ROLE_OUTPUT, "Config's service-linked role", ROLE_ARN, StackOutput(home, ROLE_OUTPUT)
        )
    template.add(
        "ConfigRole",
        "AWS::IAM::ServiceLinkedRole",
        {"AWSServiceName": "config.amazonaws.com", "Description": "AWS Config records resources"},
        Purpose("DET-28", "Config reads as a role that only Config can take, and nobody can widen"),
    )
    arn = sub(
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/config.amazonaws.com/${ConfigRole}"
    )
    template.output(ROLE_OUTPUT, "ARN of Config's service-linked role", arn)
    return arn


def aggregator(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """What all accounts and Regions have, in one list: of the management account, which needs nobody's
    delegation (Config guide, "Multi-Account Multi-Region Data Aggregation")."""
    management = layout.shared[Shared.MANAGEMENT].account_id
    if not layout.many_accounts or (site.account_id, site.region) != (management, layout.home):
        return
    # what the managed policy AWSConfigRoleForOrganizations allows
    reads = allow(
        "ReadOrganization",
        (
            *("organizations:DescribeOrganization", "organizations:ListAWSServiceAccessForOrganization"),
            *("organizations:ListAccounts", "organizations:ListDelegatedAdministrators"),
        ),
    )
    template.add(
        "AggregatorBoundary",
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the aggregator's role may ever do",
            "PolicyDocument": document([reads]),
        },
        Purpose("IAM-09", "A policy added to the role later gives it nothing more"),
    )
    name = names.account_wide(site.organization, "aggregator")
    template.add(
        "AggregatorRole",
        "AWS::IAM::Role",
        {
            "Description": "AWS Config finds the organization's accounts",
            "AssumeRolePolicyDocument": trust(
                "config.amazonaws.com",
                ["arn:${AWS::Partition}:config:${AWS::Region}:${AWS::AccountId}:config-aggregator/*"],
                if_exists=True,
            ),
            "PermissionsBoundary": ref("AggregatorBoundary"),
        },
        Purpose("ORG-16, IAM-07", "Config, for this account's aggregators, reads the list of accounts"),
    )
    template.add(
        "AggregatorRolePolicy",
        "AWS::IAM::RolePolicy",
        {
            "PolicyName": "read-organization",
            "RoleName": ref("AggregatorRole"),
            "PolicyDocument": document([reads]),
        },
        Purpose("ORG-16", "Reading who is in the organization, and no more"),
    )
    template.add(
        "Aggregator",
        "AWS::Config::ConfigurationAggregator",
        {
            "ConfigurationAggregatorName": name,
            "OrganizationAggregationSource": {
                "AllAwsRegions": True,
                "RoleArn": get_att("AggregatorRole", "Arn"),
            },
        },
        Purpose("ORG-16", "All accounts and Regions in one list, new ones too"),
        depends_on=("AggregatorRolePolicy",),
    )
