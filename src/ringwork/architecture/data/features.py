"""SageMaker Feature Store: groups of features, with an offline store in a bucket and, where asked, an online
one, both under the key of the group's class."""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.architecture import names
from ringwork.architecture.data.buckets import bucket_name
from ringwork.architecture.data.class_keys import key_id
from ringwork.architecture.grants import feature_bucket
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, allow, document, trust
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.model import DataClass, FeatureGroup

ROLE, BOUNDARY = "FeatureStoreRole", "FeatureStoreBoundary"
DATABASE = "FeatureDatabase"


def role_arn(site: Site) -> str:
    """For Fn::Sub."""
    return names.role_arn(names.feature_role(site.organization, site.environment.name, site.region))


def by_class(site: Site) -> dict[DataClass, list[str]]:
    """The feature groups of each class, least secret class first."""
    groups = site.team.features
    return {
        data_class: [name for name, group in groups.items() if group.class_ is data_class]
        for data_class in DataClass
        if any(group.class_ is data_class for group in groups.values())
    }


def add_features(template: TemplateBuilder, site: Site, buckets: Mapping[DataClass, str]) -> None:
    """All groups of the team. `buckets`: class -> logical id of the bucket of its offline stores."""
    if not site.team.features:
        return
    _database(template, site)
    _role(template, site, buckets)
    for name, group in site.team.features.items():
        _group(template, site, name, group)


def database_name(site: Site) -> str:
    """At most 255 characters, of which Athena takes letters, digits and underscores (AWS::Glue::Database)."""
    return f"{site.organization}-{site.environment.name}-features".replace("-", "_")


def _database(template: TemplateBuilder, site: Site) -> None:
    template.add(
        DATABASE,
        "AWS::Glue::Database",
        {
            "CatalogId": ref("AWS::AccountId"),
            "DatabaseInput": {
                "Name": database_name(site),
                "Description": f"Offline feature stores of {site.organization}/{site.environment.name}",
            },
        },
        Purpose("DAT-28", "The team's own catalogue, so that no table lands in the account's shared one"),
    )


def _role(template: TemplateBuilder, site: Site, buckets: Mapping[DataClass, str]) -> None:
    """SageMaker writes offline stores as this role (SageMaker, "Adding policies to your IAM role" of Feature
    Store): objects in the groups' prefixes, and the keys that they are under."""
    statements: list[Statement] = []
    for data_class, groups in by_class(site).items():
        bucket = f"arn:${{AWS::Partition}}:s3:::{bucket_name(site, feature_bucket(data_class))}"
        part = logical(data_class.value)
        statements += [
            allow(f"{part}Bucket", ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"), [bucket]),
            allow(
                f"{part}Objects",
                ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
                [f"{bucket}/{name}/*" for name in groups],
            ),
            allow(
                f"{part}Key",
                ("kms:Decrypt", "kms:GenerateDataKey"),
                [get_att(key_id(data_class), "Arn")],
                conditions={"StringEquals": {"kms:ViaService": sub("s3.${AWS::Region}.amazonaws.com")}},
            ),
        ]
    template.add(
        BOUNDARY,
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the feature store's role may ever do",
            "PolicyDocument": document(statements),
        },
        Purpose("IAM-09", "A policy added to the feature store's role later gives it nothing more"),
    )
    source = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:feature-group/"
    prefix = names.sagemaker_prefix(site.organization, site.environment.name)
    template.add(
        ROLE,
        "AWS::IAM::Role",
        {
            "RoleName": names.feature_role(site.organization, site.environment.name, site.region),
            "Description": f"Writes offline feature stores of {site.organization}/{site.environment.name}",
            "AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com", [f"{source}{prefix}*"]),
            "PermissionsBoundary": ref(BOUNDARY),
        },
        Purpose("DAT-28, IAM-07", "SageMaker writes features as this role, for this account only"),
    )
    template.add(
        f"{ROLE}Policy",
        "AWS::IAM::RolePolicy",
        {"PolicyName": "write-features", "RoleName": ref(ROLE), "PolicyDocument": document(statements)},
        Purpose("DAT-28", "Writes its groups' prefixes under their keys, and no more"),
    )


def _group(template: TemplateBuilder, site: Site, name: str, group: FeatureGroup) -> None:
    key = get_att(key_id(group.class_), "Arn")
    columns = {group.record: "String", group.time: "String", **group.columns}
    properties: dict[str, Json] = {
        "FeatureGroupName": names.feature_group(site.organization, site.environment.name, name),
        "Description": f"Features {name} of {site.organization}/{site.environment.name}",
        "RecordIdentifierFeatureName": group.record,
        "EventTimeFeatureName": group.time,
        "FeatureDefinitions": [
            {"FeatureName": column, "FeatureType": kind} for column, kind in columns.items()
        ],
        "OfflineStoreConfig": {
            "S3StorageConfig": {
                "S3Uri": sub(f"s3://{bucket_name(site, feature_bucket(group.class_))}/{name}"),
                "KmsKeyId": key,
            },
            "DataCatalogConfig": {
                "Catalog": "AwsDataCatalog",
                "Database": ref(DATABASE),
                "TableName": name.replace("-", "_"),
            },
            "TableFormat": "Glue",
        },
        "RoleArn": get_att(ROLE, "Arn"),
    }
    if group.online:
        online: dict[str, Json] = {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": key}}
        if group.expire_days is not None:
            online["TtlDuration"] = {"Unit": "Days", "Value": group.expire_days}
        properties["OnlineStoreConfig"] = online
    template.add(
        logical(name, "FeatureGroup"),
        "AWS::SageMaker::FeatureGroup",
        properties,
        Purpose(
            "DAT-27, DAT-28, DAT-29", "Features under their class's key; online records expire as declared"
        ),
        tags={"ringwork:data-class": group.class_.value, "ringwork:feature": name},
        depends_on=(
            f"{ROLE}Policy",
            f"{logical(feature_bucket(group.class_), 'Bucket')}Policy",
        ),
        retain=True,
    )
