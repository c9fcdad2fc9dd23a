"""The account that Prowler audits in `benchmarks/prowler.py`: pairs of a sound and an unsound resource, and
what Prowler must say of each.

The verdicts come from what each check says that it looks for (Prowler's check metadata) and from how the
resource is made here, never from a run.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3

REGION, QUIET = "eu-west-1", "us-east-1"
"""Where everything is, and a Region with nothing in it but what every account has."""

_SPEC = dict[str, Any]


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _grant(action: str) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    )


def fill(session: boto3.Session, account: str) -> dict[str, str]:
    """Make everything, through the API, as an administrator would; the names that AWS chose."""
    key = session.client("kms").create_key(Description="what is encrypted with a key of its own")
    key_arn = key["KeyMetadata"]["Arn"]
    _identity(session, account)
    place = _network(session, key_arn)
    _storage(session, account, key_arn)
    _learning(session, account, place, key_arn)
    return {**place, "key": key_arn, "detector": _detection(session)}


def _identity(session: boto3.Session, account: str) -> None:
    iam = session.client("iam")
    iam.create_role(RoleName="learner", AssumeRolePolicyDocument=_trust("sagemaker.amazonaws.com"))
    iam.put_role_policy(RoleName="learner", PolicyName="own", PolicyDocument=_grant("s3:GetObject"))
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=_trust("ec2.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    iam.create_user(UserName="ada", Tags=[{"Key": "team", "Value": "growth"}])
    iam.create_login_profile(UserName="ada", Password="not-A-secret-1")  # noqa: S106 (of no AWS account)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ada")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="ada",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_user(UserName="bob")
    iam.create_login_profile(UserName="bob", Password="not-A-secret-2")  # noqa: S106
    iam.create_access_key(UserName="bob")
    iam.create_access_key(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="everything", PolicyDocument=_grant("*"))
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ada")
    iam.attach_group_policy(GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_group_policy(GroupName="readers", PolicyName="own", PolicyDocument=_grant("s3:ListBucket"))
    made = iam.create_policy(PolicyName="all-of-kms", PolicyDocument=_grant("kms:*"))
    iam.attach_role_policy(RoleName="machine", PolicyArn=made["Policy"]["Arn"])
    made = iam.create_policy(PolicyName="everything", PolicyDocument=_grant("*"))
    iam.attach_role_policy(RoleName="machine", PolicyArn=made["Policy"]["Arn"])
    iam.update_account_password_policy(
        MinimumPasswordLength=14,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=False,
        PasswordReusePrevention=24,
    )


def _network(session: boto3.Session, key: str) -> dict[str, str]:
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    groups = {}
    for name, cidr in (("closed", "10.0.0.0/8"), ("open", "0.0.0.0/0")):
        groups[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=groups[name],
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
                for port in (22, 3306)
            ],
        )
    made = {"vpc": vpc, "subnet": subnet, **{f"{name} group": group for name, group in groups.items()}}
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=100,
        Protocol="6",
        RuleAction="allow",
        Egress=False,
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 22, "To": 22},
    )
    made["open acl"] = acl
    image = ec2.register_image(
        Name="own", Architecture="x86_64", RootDeviceName="/dev/xvda", VirtualizationType="hvm"
    )["ImageId"]
    for name, tokens in (("closed", "required"), ("open", "optional")):
        launched = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=subnet,
            SecurityGroupIds=[groups[name]],
            MetadataOptions={"HttpTokens": tokens, "HttpEndpoint": "enabled"},
            Monitoring={"Enabled": name == "closed"},
            UserData="#!/bin/sh\necho started\n",
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
            **({"IamInstanceProfile": {"Name": "machine"}} if name == "closed" else {}),
        )
        made[f"{name} instance"] = launched["Instances"][0]["InstanceId"]
    volumes = {
        name: ec2.create_volume(
            AvailabilityZone=f"{REGION}a",
            Size=8,
            TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": name}]}],
            **({"Encrypted": True, "KmsKeyId": key} if name == "closed" else {}),
        )["VolumeId"]
        for name in ("closed", "open")
    }
    snapshots = {name: ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for name, volume in volumes.items()}
    made.update({f"{name} volume": volume for name, volume in volumes.items()})
    made.update({f"{name} snapshot": snapshot for name, snapshot in snapshots.items()})
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshots["open"],
        Attribute="createVolumePermission",
        OperationType="add",
        GroupNames=["all"],
    )
    ec2.allocate_address(Domain="vpc")
    for name, tokens in (("closed", "required"), ("open", "optional")):
        template = ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={
                "ImageId": image,
                "InstanceType": "t3.micro",
                "MetadataOptions": {"HttpTokens": tokens, "HttpEndpoint": "enabled"},
                "UserData": base64.b64encode(b"#!/bin/sh\necho started\n").decode(),
            },
        )
        made[f"{name} template"] = template["LaunchTemplate"]["LaunchTemplateId"]
    gateway = ec2.create_transit_gateway(Options={"AutoAcceptSharedAttachments": "enable"})
    made["gateway"] = gateway["TransitGateway"]["TransitGatewayId"]
    ec2.enable_ebs_encryption_by_default()
    return made


def _storage(session: boto3.Session, account: str, key: str) -> None:
    s3 = session.client("s3")
    where = {"LocationConstraint": REGION}
    for name in ("closed", "open"):
        s3.create_bucket(Bucket=f"{name}-{account}", CreateBucketConfiguration=where)
        s3.put_object(Bucket=f"{name}-{account}", Key="data.csv", Body=b"1,2\n")
    closed, opened = f"closed-{account}", f"open-{account}"
    s3.put_bucket_versioning(Bucket=closed, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=closed, ServerSideEncryptionConfiguration={"Rules": [rule]})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{closed}", f"arn:aws:s3:::{closed}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(
        Bucket=closed, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=closed,
        LifecycleConfiguration={
            "Rules": [
                {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}}
            ]
        },
    )
    s3.put_bucket_tagging(Bucket=closed, Tagging={"TagSet": [{"Key": "team", "Value": "growth"}]})
    s3.delete_public_access_block(Bucket=opened)
    s3.put_bucket_ownership_controls(
        Bucket=opened, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_bucket_acl(Bucket=opened, ACL="public-read")
    session.client("s3control").create_access_point(AccountId=account, Name="closed", Bucket=closed)


def _learning(session: boto3.Session, account: str, place: dict[str, str], key: str) -> None:
    sagemaker = session.client("sagemaker")
    role = f"arn:aws:iam::{account}:role/learner"
    image = f"{account}.dkr.ecr.{REGION}.amazonaws.com/own:1"
    vpc = {"SecurityGroupIds": [place["closed group"]], "Subnets": [place["subnet"]]}
    sagemaker.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName="start",
        OnStart=[{"Content": base64.b64encode(b"#!/bin/sh\necho started\n").decode()}],
    )
    sagemaker.create_notebook_instance(
        NotebookInstanceName="closed",
        InstanceType="ml.t3.medium",
        RoleArn=role,
        SubnetId=place["subnet"],
        SecurityGroupIds=[place["closed group"]],
        DirectInternetAccess="Disabled",
        RootAccess="Disabled",
        KmsKeyId=key,
        LifecycleConfigName="start",
        Tags=[{"Key": "team", "Value": "growth"}],
    )
    sagemaker.create_notebook_instance(NotebookInstanceName="open", InstanceType="ml.t3.medium", RoleArn=role)
    container = {"Image": image, "ModelDataUrl": f"s3://closed-{account}/model.tar.gz"}
    sagemaker.create_model(
        ModelName="closed",
        ExecutionRoleArn=role,
        PrimaryContainer=container,
        EnableNetworkIsolation=True,
        VpcConfig=vpc,
    )
    sagemaker.create_model(ModelName="open", ExecutionRoleArn=role, PrimaryContainer=container)
    for name, count, more in (("closed", 2, {"KmsKeyId": key}), ("open", 1, {})):
        variant: _SPEC = {
            "VariantName": "all",
            "ModelName": name,
            "InitialInstanceCount": count,
            "InstanceType": "ml.m5.large",
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **more)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    hardened: _SPEC = {
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": vpc,
    }
    for name in ("closed", "open"):
        sagemaker.create_training_job(
            TrainingJobName=name,
            RoleArn=role,
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            OutputDataConfig={"S3OutputPath": f"s3://closed-{account}/out"},
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "VolumeSizeInGB": 30,
                **({"VolumeKmsKeyId": key} if name == "closed" else {}),
            },
            StoppingCondition={"MaxRuntimeInSeconds": 3600},
            **(hardened if name == "closed" else {}),
        )
    sagemaker.create_processing_job(
        ProcessingJobName="clarify",
        RoleArn=role,
        AppSpecification={
            "ImageUri": f"131013547314.dkr.ecr.{REGION}.amazonaws.com/sagemaker-clarify-processing:1.0"
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
        },
    )
    sagemaker.create_domain(
        DomainName="studio",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role},
        SubnetIds=[place["subnet"]],
        VpcId=place["vpc"],
        AppNetworkAccessType="VpcOnly",
    )
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    sagemaker.create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    sagemaker.create_data_quality_job_definition(
        JobDefinitionName="quality",
        DataQualityAppSpecification={"ImageUri": image},
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": "closed", "LocalPath": "/opt/ml/processing/input"}
        },
        DataQualityJobOutputConfig={
            "MonitoringOutputs": [
                {
                    "S3Output": {
                        "S3Uri": f"s3://closed-{account}/quality",
                        "LocalPath": "/opt/ml/processing/output",
                    }
                }
            ]
        },
        JobResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
        },
        RoleArn=role,
    )
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="quality",
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": "quality",
            "MonitoringType": "DataQuality",
        },
    )


def _detection(session: boto3.Session) -> str:
    guardduty = session.client("guardduty")
    detector: str = guardduty.create_detector(
        Enable=True,
        Features=[
            {"Name": "S3_DATA_EVENTS", "Status": "ENABLED"},
            {"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"},
            {"Name": "LAMBDA_NETWORK_LOGS", "Status": "ENABLED"},
        ],
    )["DetectorId"]
    guardduty.create_sample_findings(
        DetectorId=detector, FindingTypes=["CryptoCurrency:EC2/BitcoinTool.B!DNS"]
    )
    return detector


_PAIRS = """
ec2_ebs_snapshots_encrypted snapshot
ec2_ebs_public_snapshot snapshot
ec2_ebs_volume_encryption volume
ec2_instance_imdsv2_enabled instance
ec2_instance_detailed_monitoring_enabled instance
ec2_instance_profile_attached instance
ec2_instance_port_ssh_exposed_to_internet instance
ec2_launch_template_imdsv2_required template
ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22 group
ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306 group
s3_bucket_secure_transport_policy bucket
s3_bucket_kms_encryption bucket
s3_bucket_object_versioning bucket
s3_bucket_level_public_access_block bucket
s3_bucket_acl_prohibited bucket
s3_bucket_public_access bucket
s3_bucket_public_list_acl bucket
s3_bucket_lifecycle_enabled bucket
sagemaker_notebook_instance_without_direct_internet_access_configured notebook-instance
sagemaker_notebook_instance_root_access_disabled notebook-instance
sagemaker_notebook_instance_encryption_enabled notebook-instance
sagemaker_notebook_instance_vpc_settings_configured notebook-instance
sagemaker_models_network_isolation_enabled model
sagemaker_models_vpc_settings_configured model
sagemaker_endpoint_config_kms_encryption_enabled endpoint-config
sagemaker_endpoint_config_prod_variant_instances endpoint-config
sagemaker_training_jobs_network_isolation_enabled training-job
sagemaker_training_jobs_intercontainer_encryption_enabled training-job
sagemaker_training_jobs_volume_and_output_encryption_enabled training-job
sagemaker_training_jobs_vpc_settings_configured training-job
"""
"""Checks that the `closed` one of a kind passes and the `open` one fails."""

_SINGLE = """
ec2_ebs_default_encryption | volume | PASS
ec2_networkacl_allow_ingress_tcp_port_22 | {open acl} | FAIL
ec2_transitgateway_auto_accept_vpc_attachments | {gateway} | FAIL
ec2_ami_public | image/ | PASS
ec2_ebs_snapshot_account_block_public_access | account | FAIL
ec2_ami_account_block_public_access | account | PASS
ec2_instance_account_imdsv2_enabled | account | FAIL
s3_account_level_public_access_blocks | account | FAIL
s3_access_point_public_access_block | accesspoint/closed | PASS
s3_bucket_default_encryption | open-{account} | PASS
s3_bucket_public_write_acl | open-{account} | PASS
s3_bucket_object_lock | closed-{account} | FAIL
s3_bucket_no_mfa_delete | closed-{account} | FAIL
iam_user_mfa_enabled_console_access | user/ada | PASS
iam_user_mfa_enabled_console_access | user/bob | FAIL
iam_user_two_active_access_key | user/ada | PASS
iam_user_two_active_access_key | user/bob | FAIL
iam_policy_attached_only_to_group_or_roles | user/ada | PASS
iam_policy_attached_only_to_group_or_roles | user/bob | FAIL
iam_inline_policy_no_administrative_privileges | user/bob | FAIL
iam_inline_policy_no_administrative_privileges | role/learner | PASS
iam_customer_attached_policy_no_administrative_privileges | policy/everything | FAIL
iam_customer_attached_policy_no_administrative_privileges | policy/all-of-kms | PASS
iam_policy_no_full_access_to_kms | policy/all-of-kms | FAIL
iam_password_policy_minimum_length_14 | password-policy | PASS
iam_password_policy_lowercase | password-policy | FAIL
iam_password_policy_reuse_24 | password-policy | PASS
iam_password_policy_expires_passwords_within_90_days_or_less | password-policy | FAIL
iam_rotate_access_key_90_days | user/bob | PASS
iam_user_hardware_mfa_enabled | user/ada | FAIL
iam_root_mfa_enabled | root | FAIL
iam_no_root_access_key | root | PASS
iam_avoid_root_usage | root | PASS
iam_support_role_created | policy/AWSSupportAccess | FAIL
guardduty_is_enabled | {detector} | PASS
guardduty_no_high_severity_findings | {detector} | FAIL
guardduty_s3_protection_enabled | {detector} | PASS
guardduty_eks_audit_log_enabled | {detector} | FAIL
guardduty_lambda_protection_enabled | {detector} | PASS
guardduty_rds_protection_enabled | {detector} | PASS
guardduty_ec2_malware_protection_enabled | {detector} | PASS
guardduty_runtime_monitoring_enabled | {detector} | FAIL
guardduty_centrally_managed | {detector} | FAIL
sagemaker_domain_sso_configured | domain/ | FAIL
sagemaker_clarify_exists | processing-job/clarify | PASS
sagemaker_models_monitor_enabled | monitoring-schedule/quality | PASS
sagemaker_models_registry_in_use | model-registry/ | PASS
sagemaker_notebook_instance_no_secrets | notebook-instance/closed | PASS
"""
"""Check, what its resource's ARN contains, verdict."""


def verdicts(made: dict[str, str], account: str) -> Iterator[tuple[str, str, str]]:
    """Check, what is in its resource's ARN, and the verdict, for Prowler's findings in `REGION`."""
    for line in _PAIRS.split("\n")[1:-1]:
        check, kind = line.split()
        for name, verdict in (("closed", "PASS"), ("open", "FAIL")):
            named = made.get(f"{name} {kind}") or (
                f"{name}-{account}" if kind == "bucket" else f"{kind}/{name}"
            )
            yield check, named, verdict
    for line in _SINGLE.split("\n")[1:-1]:
        check, named, verdict = line.split(" | ")
        yield check, named.format(account=account, **made), verdict
