"""Notebooks, Studio domains, feature groups, instances and their launch templates, job defaults."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Part, Raw, Rule, Tags, look

# -- Amazon SageMaker AI -------------------------------------------------------------------------------------


def _tags_of(path: str, service: str | None = None) -> Detail:
    return Detail(
        "$tags", "ListTags", lambda raw, where: {"ResourceArn": raw[path]}, result="Tags", service=service
    )


NOTEBOOK = Kind(
    "AWS::SageMaker::NotebookInstance",
    Listing("sagemaker", "ListNotebookInstances", "NotebookInstances"),
    physical=lambda raw: raw["NotebookInstanceArn"],
    details=(
        Detail(
            "$notebook",
            "DescribeNotebookInstance",
            lambda raw, where: {"NotebookInstanceName": raw["NotebookInstanceName"]},
        ),
        _tags_of("NotebookInstanceArn"),
    ),
    properties={
        "NotebookInstanceName": "NotebookInstanceName",
        "InstanceType": "InstanceType",
        "PlatformIdentifier": "$notebook.PlatformIdentifier",
        "RoleArn": "$notebook.RoleArn",
        "SubnetId": "$notebook.SubnetId",
        "SecurityGroupIds": "$notebook.SecurityGroups",
        "DirectInternetAccess": "$notebook.DirectInternetAccess",
        "RootAccess": "$notebook.RootAccess",
        "InstanceMetadataServiceConfiguration": "$notebook.InstanceMetadataServiceConfiguration",
        "KmsKeyId": "$notebook.KmsKeyId",
        "VolumeSizeInGB": "$notebook.VolumeSizeInGB",
        "LifecycleConfigName": "$notebook.NotebookInstanceLifecycleConfigName",
        "DefaultCodeRepository": "$notebook.DefaultCodeRepository",
        "AdditionalCodeRepositories": "$notebook.AdditionalCodeRepositories",
        "Tags": Tags("$tags"),
    },
    attributes={
        "NotebookInstanceName": "NotebookInstanceName",
        "Status": "NotebookInstanceStatus",
        "NetworkInterfaceId": "$notebook.NetworkInterfaceId",
    },
    arn=lambda raw, where: raw["NotebookInstanceArn"],
)

_SCRIPT: dict[str, Rule] = {"Content": "Content"}

LIFECYCLE = Kind(
    "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    Listing("sagemaker", "ListNotebookInstanceLifecycleConfigs", "NotebookInstanceLifecycleConfigs"),
    physical=lambda raw: raw["NotebookInstanceLifecycleConfigArn"],
    details=(
        Detail(
            "$config",
            "DescribeNotebookInstanceLifecycleConfig",
            lambda raw, where: {
                "NotebookInstanceLifecycleConfigName": raw["NotebookInstanceLifecycleConfigName"]
            },
        ),
        _tags_of("NotebookInstanceLifecycleConfigArn"),
    ),
    properties={
        "NotebookInstanceLifecycleConfigName": "NotebookInstanceLifecycleConfigName",
        "OnCreate": Each("$config.OnCreate", _SCRIPT),
        "OnStart": Each("$config.OnStart", _SCRIPT),
        "Tags": Tags("$tags"),
    },
    attributes={"NotebookInstanceLifecycleConfigName": "NotebookInstanceLifecycleConfigName"},
    arn=lambda raw, where: raw["NotebookInstanceLifecycleConfigArn"],
)

DOMAIN = Kind(
    "AWS::SageMaker::Domain",
    Listing("sagemaker", "ListDomains", "Domains"),
    physical=lambda raw: raw["DomainId"],
    details=(
        Detail("$domain", "DescribeDomain", lambda raw, where: {"DomainId": raw["DomainId"]}),
        _tags_of("DomainArn"),
    ),
    properties={
        "DomainName": "DomainName",
        "AuthMode": "$domain.AuthMode",
        "AppNetworkAccessType": "$domain.AppNetworkAccessType",
        "AppSecurityGroupManagement": "$domain.AppSecurityGroupManagement",
        "VpcId": "$domain.VpcId",
        "SubnetIds": "$domain.SubnetIds",
        "KmsKeyId": "$domain.KmsKeyId",
        "DefaultUserSettings": "$domain.DefaultUserSettings",
        "DefaultSpaceSettings": "$domain.DefaultSpaceSettings",
        "DomainSettings": "$domain.DomainSettings",
        "Tags": Tags("$tags"),
    },
    attributes={
        "DomainId": "DomainId",
        "DomainArn": "DomainArn",
        "HomeEfsFileSystemId": "$domain.HomeEfsFileSystemId",
        "Url": "$domain.Url",
    },
    arn=lambda raw, where: raw["DomainArn"],
)


def _profile(raw: Raw, where: Where) -> dict[str, str]:
    return {"DomainId": raw["DomainId"], "UserProfileName": raw["UserProfileName"]}


USER_PROFILE = Kind(
    "AWS::SageMaker::UserProfile",
    Listing("sagemaker", "ListUserProfiles", "UserProfiles"),
    physical=lambda raw: f"{raw['UserProfileName']}|{raw['DomainId']}",
    details=(
        Detail("$profile", "DescribeUserProfile", _profile),
        Detail(
            "$tags",
            "ListTags",
            lambda raw, where: {
                "ResourceArn": where.arn(
                    "sagemaker", f"user-profile/{raw['DomainId']}/{raw['UserProfileName']}"
                )
            },
            result="Tags",
        ),
    ),
    properties={
        "DomainId": "DomainId",
        "UserProfileName": "UserProfileName",
        "SingleSignOnUserIdentifier": "$profile.SingleSignOnUserIdentifier",
        "SingleSignOnUserValue": "$profile.SingleSignOnUserValue",
        "UserSettings": "$profile.UserSettings",
        "Tags": Tags("$tags"),
    },
    attributes={"UserProfileArn": "$profile.UserProfileArn"},
    arn=lambda raw, where: where.arn("sagemaker", f"user-profile/{raw['DomainId']}/{raw['UserProfileName']}"),
)


def _offline(raw: Raw) -> Any:
    """What the service adds to the store's place is no property (SageMaker API Reference, S3StorageConfig,
    ResolvedOutputS3Uri)."""
    found = look(raw, "$group.OfflineStoreConfig")
    if found is MISSING:
        return MISSING
    storage = {
        name: value for name, value in found["S3StorageConfig"].items() if name != "ResolvedOutputS3Uri"
    }
    return {**found, "S3StorageConfig": storage}


FEATURE_GROUP = Kind(
    "AWS::SageMaker::FeatureGroup",
    Listing("sagemaker", "ListFeatureGroups", "FeatureGroupSummaries"),
    physical=lambda raw: raw["FeatureGroupName"],
    details=(
        Detail(
            "$group",
            "DescribeFeatureGroup",
            lambda raw, where: {"FeatureGroupName": raw["FeatureGroupName"]},
        ),
        _tags_of("FeatureGroupArn"),
    ),
    properties={
        "FeatureGroupName": "FeatureGroupName",
        "Description": "$group.Description",
        "RecordIdentifierFeatureName": "$group.RecordIdentifierFeatureName",
        "EventTimeFeatureName": "$group.EventTimeFeatureName",
        "FeatureDefinitions": "$group.FeatureDefinitions",
        "OfflineStoreConfig": Computed(_offline),
        "OnlineStoreConfig": "$group.OnlineStoreConfig",
        "RoleArn": "$group.RoleArn",
        "Tags": Tags("$tags"),
    },
    arn=lambda raw, where: raw["FeatureGroupArn"],
)

# -- Amazon EC2 ----------------------------------------------------------------------------------------------

LAUNCH_TEMPLATE = Kind(
    "AWS::EC2::LaunchTemplate",
    Listing("ec2", "DescribeLaunchTemplates", "LaunchTemplates"),
    physical=lambda raw: raw["LaunchTemplateId"],
    details=(
        Detail(
            "$version",
            "DescribeLaunchTemplateVersions",
            lambda raw, where: {"LaunchTemplateId": raw["LaunchTemplateId"], "Versions": ["$Latest"]},
            result="LaunchTemplateVersions",
        ),
    ),
    properties={
        "LaunchTemplateName": "LaunchTemplateName",
        "LaunchTemplateData": Computed(lambda raw: _first(raw, "$version.LaunchTemplateData")),
    },
    attributes={
        "LaunchTemplateId": "LaunchTemplateId",
        "LatestVersionNumber": Computed(lambda raw: str(raw["LatestVersionNumber"])),
        "DefaultVersionNumber": Computed(lambda raw: str(raw["DefaultVersionNumber"])),
    },
    arn=lambda raw, where: where.arn("ec2", f"launch-template/{raw['LaunchTemplateId']}"),
    narrow=lambda physical: {"LaunchTemplateIds": [physical]},
)


def _first(raw: Raw, path: str) -> Any:
    found = look(raw, path)
    return found[0] if isinstance(found, list) and found else MISSING


def _launched_from(raw: Raw) -> Any:
    """EC2 says by its own tags which template an instance was launched from (EC2 user guide, "Launch
    instances from a launch template")."""
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
    if "aws:ec2launchtemplate:id" not in tags:
        return MISSING
    return {
        "LaunchTemplateId": tags["aws:ec2launchtemplate:id"],
        "Version": tags.get("aws:ec2launchtemplate:version", "$Default"),
    }


def _of_launch(path: str) -> Computed:
    """A property of an instance, unless its launch template said it: then it is the template's."""

    def read(raw: Raw) -> Any:
        return MISSING if _launched_from(raw) is not MISSING else look(raw, path)

    return Computed(read)


def _interfaces(raw: Raw) -> Any:
    """As a template gives them; an instance without a public address was not asked to have one."""
    found = []
    for interface in raw.get("NetworkInterfaces", ()):
        attachment = interface.get("Attachment", {})
        found.append(
            {
                "DeviceIndex": str(attachment.get("DeviceIndex", 0)),
                "AssociatePublicIpAddress": bool(interface.get("Association", {}).get("PublicIp")),
                "DeleteOnTermination": attachment.get("DeleteOnTermination", True),
                "GroupSet": [group["GroupId"] for group in interface.get("Groups", ())],
                "SubnetId": interface.get("SubnetId"),
            }
        )
    return found or MISSING


def _metadata(raw: Raw) -> Any:
    if _launched_from(raw) is not MISSING or "MetadataOptions" not in raw:
        return MISSING
    return {name: value for name, value in raw["MetadataOptions"].items() if name != "State"}


_GONE = frozenset({"shutting-down", "terminated"})

INSTANCE = Kind(
    "AWS::EC2::Instance",
    Listing("ec2", "DescribeInstances", "Reservations"),
    expand=lambda raw: raw.get("Instances", ()),
    keep=lambda raw: raw["State"]["Name"] not in _GONE,
    physical=lambda raw: raw["InstanceId"],
    properties={
        "LaunchTemplate": Computed(_launched_from),
        "NetworkInterfaces": Computed(_interfaces),
        "ImageId": _of_launch("ImageId"),
        "InstanceType": _of_launch("InstanceType"),
        "KeyName": "KeyName",
        "EnclaveOptions": _of_launch("EnclaveOptions"),
        "HibernationOptions": _of_launch("HibernationOptions"),
        "MetadataOptions": Computed(_metadata),
        "Tags": Tags(),
    },
    attributes={
        "InstanceId": "InstanceId",
        "PrivateIp": "PrivateIpAddress",
        "PublicIp": "PublicIpAddress",
        "VpcId": "VpcId",
        "State": "State.Name",
        # what runs, whatever said so
        "RunningImage": "ImageId",
        "RunningType": "InstanceType",
        "RunningEnclaveOptions": "EnclaveOptions",
        "RunningMetadataOptions": "MetadataOptions",
        "RunningProfile": "IamInstanceProfile.Arn",
    },
    arn=lambda raw, where: where.arn("ec2", f"instance/{raw['InstanceId']}"),
    narrow=lambda physical: {"InstanceIds": [physical]},
)


# -- AWS Systems Manager, IAM, AWS Glue ----------------------------------------------------------------------

PARAMETER = Kind(
    "AWS::SSM::Parameter",
    Listing("ssm", "DescribeParameters", "Parameters"),
    physical=lambda raw: raw["Name"],
    # only ours: somebody else's parameter may hold what nobody should read
    keep=lambda raw: raw["Name"].startswith("/ringwork/"),
    details=(
        Detail("$value", "GetParameters", lambda raw, where: {"Names": [raw["Name"]]}, result="Parameters"),
    ),
    properties={
        "Name": "Name",
        "Type": "Type",
        "Value": Computed(lambda raw: _first(raw, "$value.Value")),
    },
    arn=lambda raw, where: where.arn("ssm", f"parameter{raw['Name']}"),
)

INSTANCE_PROFILE = Kind(
    "AWS::IAM::InstanceProfile",
    Listing("iam", "ListInstanceProfiles", "InstanceProfiles"),
    physical=lambda raw: raw["InstanceProfileName"],
    properties={
        "InstanceProfileName": "InstanceProfileName",
        "Path": "Path",
        "Roles": "Roles.RoleName",
    },
    attributes={"Arn": "Arn"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)

GLUE_DATABASE = Kind(
    "AWS::Glue::Database",
    Listing("glue", "GetDatabases", "DatabaseList"),
    physical=lambda raw: raw["Name"],
    properties={
        "CatalogId": "CatalogId",
        "DatabaseInput": Part({"Name": "Name", "Description": "Description"}),
    },
    arn=lambda raw, where: where.arn("glue", f"database/{raw['Name']}"),
)

KINDS: tuple[Kind, ...] = (
    NOTEBOOK,
    LIFECYCLE,
    DOMAIN,
    USER_PROFILE,
    FEATURE_GROUP,
    LAUNCH_TEMPLATE,
    INSTANCE,
    PARAMETER,
    INSTANCE_PROFILE,
    GLUE_DATABASE,
)
