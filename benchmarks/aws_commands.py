"""AWS CLI commands for `benchmarks/prowler.py`, in the order in which they run, and what they must print.

Expected texts follow from what earlier commands and `prowler_account.py` made.
"""

from __future__ import annotations

from dataclasses import dataclass

_BUCKET = "s3://cli-{account}"
_TEMPLATE = (
    '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Arn": {"Value": {"Ref": "Topic"}}}}'
)
_TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"AWS": "%s"}}]}'
)


@dataclass(frozen=True)
class Command:
    """One command: its words after `aws`, and what it must print (none: anything)."""

    words: tuple[str, ...]
    says: str | None = None


def _command(line: str, *more: str, says: str | None = None, query: str | None = None) -> Command:
    asked = ("--query", query, "--output", "text") if query else ()
    return Command((*line.split(), *more, *asked), says)


COMMANDS: tuple[Command, ...] = (
    # STS
    _command("sts get-caller-identity", query="Account", says="{account}"),
    _command(
        "sts get-caller-identity",
        query="Arn",
        says="arn:aws:sts::{account}:assumed-role/ringwork-local-administrator/ringwork",
    ),
    # S3
    _command(f"s3 mb {_BUCKET}", says="make_bucket: cli-{account}"),
    _command(f"s3 cp {{scratch}}/data.csv {_BUCKET}/in/data.csv --no-progress"),
    _command(f"s3 cp {_BUCKET}/in/data.csv -", says="1,2"),
    _command(f"s3 cp {_BUCKET}/in/data.csv {_BUCKET}/copy/data.csv --no-progress"),
    _command(f"s3 sync {_BUCKET}/in {{scratch}}/synced --no-progress"),
    _command(f"s3 ls {_BUCKET} --recursive --summarize"),
    _command("s3api list-objects-v2 --bucket cli-{account}", query="length(Contents)", says="2"),
    _command(
        "s3api get-bucket-encryption --bucket cli-{account}",
        query="ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm",
        says="AES256",
    ),
    _command(
        "s3api get-public-access-block --bucket cli-{account}",
        query="PublicAccessBlockConfiguration.BlockPublicPolicy",
        says="True",
    ),
    _command("s3api put-bucket-versioning --bucket cli-{account} --versioning-configuration Status=Enabled"),
    _command("s3api get-bucket-versioning --bucket cli-{account}", query="Status", says="Enabled"),
    _command(
        "s3api head-object --bucket cli-{account} --key in/data.csv",
        query="[ContentLength, ServerSideEncryption]",
        says="4\tAES256",
    ),
    _command(
        "s3control put-public-access-block --account-id {account} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    ),
    _command(
        "s3control get-public-access-block --account-id {account}",
        query="PublicAccessBlockConfiguration.RestrictPublicBuckets",
        says="True",
    ),
    _command(
        "s3control list-access-points --account-id {account}", query="AccessPointList[].Name", says="closed"
    ),
    _command(f"s3 rm {_BUCKET} --recursive --only-show-errors"),
    # EC2
    _command("ec2 describe-vpcs --vpc-ids {vpc}", query="Vpcs[].CidrBlock", says="10.77.0.0/16"),
    _command(
        "ec2 describe-instances --filters Name=tag:Name,Values=closed",
        query="Reservations[].Instances[].MetadataOptions.HttpTokens",
        says="required",
    ),
    _command(
        "ec2 describe-security-groups --group-ids {open_group}",
        query="SecurityGroups[0].IpPermissions[?FromPort==`22`] | [0].IpRanges[].CidrIp",
        says="0.0.0.0/0",
    ),
    _command("ec2 modify-instance-metadata-options --instance-id {open_instance} --http-tokens required"),
    _command(
        "ec2 describe-instances --instance-ids {open_instance}",
        query="Reservations[].Instances[].MetadataOptions.[HttpTokens, HttpEndpoint]",
        says="required\tenabled",
    ),
    _command("ec2 get-snapshot-block-public-access-state", query="State", says="unblocked"),
    _command("ec2 enable-snapshot-block-public-access --state block-all-sharing"),
    _command("ec2 get-snapshot-block-public-access-state", query="State", says="block-all-sharing"),
    _command("ec2 get-ebs-encryption-by-default", query="EbsEncryptionByDefault", says="True"),
    _command("ec2 describe-vpc-endpoints", query="length(VpcEndpoints) > `0`", says="True"),
    _command(
        "ec2 describe-network-acls --network-acl-ids {open_acl}", query="NetworkAcls[].VpcId", says="{vpc}"
    ),
    _command("ec2 create-tags --resources {subnet} --tags Key=tier,Value=private"),
    _command(
        "ec2 describe-subnets --filters Name=tag:tier,Values=private",
        query="Subnets[].SubnetId",
        says="{subnet}",
    ),
    # IAM
    _command("iam get-user --user-name ada", query="User.Arn", says="arn:aws:iam::{account}:user/ada"),
    _command(
        "iam list-attached-group-policies --group-name readers", query="length(AttachedPolicies)", says="1"
    ),
    _command("iam list-mfa-devices --user-name ada", query="length(MFADevices)", says="1"),
    _command("iam get-account-summary", query="SummaryMap.Users", says="2"),
    _command("iam generate-credential-report", query="State", says="COMPLETE"),
    _command("iam get-credential-report", query="ReportFormat", says="text/csv"),
    _command(
        "iam simulate-principal-policy --policy-source-arn arn:aws:iam::{account}:role/learner "
        "--action-names s3:GetObject s3:PutObject",
        query="EvaluationResults[].EvalDecision",
        says="allowed\timplicitDeny",
    ),
    _command(
        "iam list-service-specific-credentials --user-name ada",
        query="length(ServiceSpecificCredentials)",
        says="0",
    ),
    # SageMaker
    _command(
        "sagemaker describe-notebook-instance --notebook-instance-name closed",
        query="[DirectInternetAccess, RootAccess]",
        says="Disabled\tDisabled",
    ),
    _command(
        "sagemaker describe-notebook-instance --notebook-instance-name open",
        query="[DirectInternetAccess, RootAccess]",
        says="Enabled\tEnabled",
    ),
    _command("sagemaker list-models", query="length(Models)", says="2"),
    _command("sagemaker describe-model --model-name closed", query="EnableNetworkIsolation", says="True"),
    _command("sagemaker describe-endpoint --endpoint-name closed", query="EndpointStatus", says="InService"),
    _command("sagemaker list-domains", query="Domains[].DomainName", says="studio"),
    _command(
        "sagemaker list-model-packages --model-package-group-name churn",
        query="ModelPackageSummaryList[].ModelApprovalStatus",
        says="Approved",
    ),
    _command(
        "sagemaker list-tags --resource-arn arn:aws:sagemaker:eu-west-1:{account}:notebook-instance/closed",
        query="Tags[].Value",
        says="growth",
    ),
    _command("sagemaker stop-notebook-instance --notebook-instance-name open"),
    _command("sagemaker wait notebook-instance-stopped --notebook-instance-name open"),
    # GuardDuty
    _command("guardduty list-detectors", query="DetectorIds", says="{detector}"),
    _command("guardduty get-detector --detector-id {detector}", query="Status", says="ENABLED"),
    _command(
        "guardduty get-detector --detector-id {detector}",
        query="Features[?Name==`EKS_AUDIT_LOGS`].Status",
        says="DISABLED",
    ),
    _command("guardduty list-findings --detector-id {detector}", query="length(FindingIds)", says="1"),
    # KMS
    _command(
        "kms describe-key --key-id {key}",
        query="KeyMetadata.[KeyState, KeyManager]",
        says="Enabled\tCUSTOMER",
    ),
    _command("kms create-alias --alias-name alias/cli --target-key-id {key}"),
    _command("kms enable-key-rotation --key-id {key}"),
    _command("kms get-key-rotation-status --key-id {key}", query="KeyRotationEnabled", says="True"),
    _command(
        "kms encrypt --key-id alias/cli --plaintext fileb://{scratch}/data.csv", query="KeyId", says="{key}"
    ),
    _command("kms generate-data-key --key-id alias/cli --key-spec AES_256", query="KeyId", says="{key}"),
    # CloudFormation
    Command(("cloudformation", "validate-template", "--template-body", _TEMPLATE)),
    Command(("cloudformation", "create-stack", "--stack-name", "cli", "--template-body", _TEMPLATE)),
    _command("cloudformation wait stack-create-complete --stack-name cli"),
    _command(
        "cloudformation describe-stacks --stack-name cli",
        query="Stacks[].StackStatus",
        says="CREATE_COMPLETE",
    ),
    _command(
        "cloudformation describe-stack-resources --stack-name cli",
        query="StackResources[].ResourceType",
        says="AWS::SNS::Topic",
    ),
    _command("cloudformation detect-stack-drift --stack-name cli"),
    _command("cloudformation delete-stack --stack-name cli"),
    _command("cloudformation wait stack-delete-complete --stack-name cli"),
    # Logs
    _command("logs create-log-group --log-group-name cli"),
    _command("logs put-retention-policy --log-group-name cli --retention-in-days 7"),
    _command("logs create-log-stream --log-group-name cli --log-stream-name one"),
    _command(
        "logs describe-log-groups --log-group-name-prefix cli", query="logGroups[].retentionInDays", says="7"
    ),
    # Organizations
    _command(
        "organizations create-organization --feature-set ALL", query="Organization.FeatureSet", says="ALL"
    ),
    _command("organizations describe-organization", query="Organization.MasterAccountId", says="{account}"),
    _command("organizations list-roots", query="length(Roots)", says="1"),
    _command(
        "organizations create-account --account-name data --email data@example.com",
        query="CreateAccountStatus.State",
        says="SUCCEEDED",
    ),
    _command("organizations list-accounts", query="length(Accounts)", says="2"),
)
