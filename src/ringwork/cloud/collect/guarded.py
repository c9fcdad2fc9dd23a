"""What holds data or runs code under a resource policy of its own: secrets, tables, file systems, functions,
backup vaults, search domains. Who may use them cannot be said without that policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import (
    MISSING,
    Computed,
    Each,
    Parsed,
    Part,
    Raw,
    Rule,
    Tags,
    look,
    parse_document,
)

# -- AWS Secrets Manager -----------------------------------------------------------------------------------

SECRETS = Listing("secretsmanager", "ListSecrets", "SecretList")
"""The values are never asked for."""

SECRET = Kind(
    "AWS::SecretsManager::Secret",
    SECRETS,
    deployed=False,
    physical=lambda raw: raw["ARN"],
    keep=lambda raw: not raw.get("DeletedDate"),
    properties={
        "Name": "Name",
        "Description": "Description",
        "KmsKeyId": "KmsKeyId",
        "Tags": Tags(),
    },
    attributes={"Id": "ARN", "RotationEnabled": "RotationEnabled"},
    arn=lambda raw, where: raw["ARN"],
)

SECRET_POLICY = Kind(
    "AWS::SecretsManager::ResourcePolicy",
    SECRETS,
    deployed=False,
    physical=lambda raw: raw["ARN"],
    keep=lambda raw: not raw.get("DeletedDate"),
    details=(
        Detail(
            "$policy",
            "GetResourcePolicy",
            lambda raw, where: {"SecretId": raw["ARN"]},
            result="ResourcePolicy",
        ),
    ),
    properties={"SecretId": "ARN", "ResourcePolicy": Parsed("$policy")},
    identity=("SecretId",),
    exists_by="$policy",
)

# -- Amazon DynamoDB ---------------------------------------------------------------------------------------


def _table(name: Any) -> Iterable[Raw]:
    return ({"TableName": name},)


def _table_arn(raw: Raw, where: Where) -> str:
    return f"arn:{where.partition}:dynamodb:{where.region}:{where.account}:table/{raw['TableName']}"


def _held(raw: Raw, path: str) -> Any:
    """A resource policy in the shape in which a table and its stream hold theirs."""
    document = parse_document(look(raw, path))
    return MISSING if document is MISSING else {"PolicyDocument": document}


def _has_stream(raw: Raw) -> bool:
    table = raw.get("$table")
    return isinstance(table, Mapping) and bool(table.get("LatestStreamArn"))


def _policy_of_stream(raw: Raw) -> Any:
    look(raw, "$table.LatestStreamArn")  # whether there is a stream: not known, where that failed
    return _held(raw, "$stream")


TABLE = Kind(
    "AWS::DynamoDB::Table",
    Listing("dynamodb", "ListTables", "TableNames"),
    deployed=False,
    expand=_table,
    physical=lambda raw: raw["TableName"],
    details=(
        Detail("$table", "DescribeTable", lambda raw, where: {"TableName": raw["TableName"]}, result="Table"),
        Detail(
            "$policy",
            "GetResourcePolicy",
            lambda raw, where: {"ResourceArn": _table_arn(raw, where)},
            result="Policy",
            absent=frozenset({"PolicyNotFoundException"}),
        ),
        Detail(
            "$stream",
            "GetResourcePolicy",
            lambda raw, where: {"ResourceArn": look(raw, "$table.LatestStreamArn")},
            result="Policy",
            absent=frozenset({"PolicyNotFoundException"}),
            when=_has_stream,
        ),
    ),
    properties={
        "TableName": "TableName",
        "DeletionProtectionEnabled": "$table.DeletionProtectionEnabled",
        "SSESpecification": Part(
            {
                "SSEType": "$table.SSEDescription.SSEType",
                "KMSMasterKeyId": "$table.SSEDescription.KMSMasterKeyArn",
            }
        ),
        "ResourcePolicy": Computed(lambda raw: _held(raw, "$policy")),
        "StreamSpecification": Part(
            {
                "StreamViewType": "$table.StreamSpecification.StreamViewType",
                "ResourcePolicy": Computed(_policy_of_stream),
            }
        ),
    },
    attributes={"Arn": "$table.TableArn"},
    arn=_table_arn,
)

# -- Amazon EFS --------------------------------------------------------------------------------------------

FILE_SYSTEM = Kind(
    "AWS::EFS::FileSystem",
    Listing("efs", "DescribeFileSystems", "FileSystems", action="elasticfilesystem:DescribeFileSystems"),
    deployed=False,
    physical=lambda raw: raw["FileSystemId"],
    narrow=lambda physical: {"FileSystemId": physical},
    details=(
        Detail(
            "$policy",
            "DescribeFileSystemPolicy",
            lambda raw, where: {"FileSystemId": raw["FileSystemId"]},
            result="Policy",
            absent=frozenset({"PolicyNotFound"}),
            action="elasticfilesystem:DescribeFileSystemPolicy",
        ),
    ),
    properties={
        "Encrypted": "Encrypted",
        "KmsKeyId": "KmsKeyId",
        "FileSystemPolicy": Parsed("$policy"),
        "FileSystemTags": Tags(),
    },
    attributes={"Arn": "FileSystemArn", "FileSystemId": "FileSystemId"},
    arn=lambda raw, where: raw.get("FileSystemArn"),
)

# -- AWS Lambda --------------------------------------------------------------------------------------------

FUNCTIONS = Listing("lambda", "ListFunctions", "Functions")
"""Each with its environment, which may hold secrets and which nothing here keeps."""
_IN_VPC: Mapping[str, Rule] = {
    "SecurityGroupIds": "VpcConfig.SecurityGroupIds",
    "SubnetIds": "VpcConfig.SubnetIds",
}

FUNCTION = Kind(
    "AWS::Lambda::Function",
    FUNCTIONS,
    deployed=False,
    physical=lambda raw: raw["FunctionName"],
    properties={
        "FunctionName": "FunctionName",
        "Description": "Description",
        "Role": "Role",
        "Runtime": "Runtime",
        "Handler": "Handler",
        "KmsKeyArn": "KMSKeyArn",
        "PackageType": "PackageType",
        "VpcConfig": Part(_IN_VPC),
        "FileSystemConfigs": Each("FileSystemConfigs", {"Arn": "Arn", "LocalMountPath": "LocalMountPath"}),
    },
    attributes={"Arn": "FunctionArn"},
    arn=lambda raw, where: raw["FunctionArn"],
)

FUNCTION_POLICY = Kind(
    "AWS::Lambda::ResourcePolicy",
    FUNCTIONS,
    deployed=False,
    physical=lambda raw: raw["FunctionArn"],
    details=(
        Detail(
            "$policy",
            "GetPolicy",
            lambda raw, where: {"FunctionName": raw["FunctionName"]},
            result="Policy",
            absent=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    properties={"ResourceArn": "FunctionArn", "PolicyDocument": Parsed("$policy")},
    identity=("ResourceArn",),
    exists_by="$policy",
)
"""Of the function itself; aliases and versions have policies of their own (Lambda developer guide, "Using
resource-based policies"), which are not asked for."""

# -- AWS Backup --------------------------------------------------------------------------------------------

VAULTS = Listing("backup", "ListBackupVaults", "BackupVaultList")
_VAULT_POLICY = Detail(
    "$policy",
    "GetBackupVaultAccessPolicy",
    lambda raw, where: {"BackupVaultName": raw["BackupVaultName"]},
    result="Policy",
    absent=frozenset({"ResourceNotFoundException"}),
)


def _vault(type: str, named: str) -> Kind:
    """`named`: its kind in the answer (AWS Backup API reference, BackupVaultListMember, VaultType)."""
    return Kind(
        type,
        VAULTS,
        deployed=False,
        physical=lambda raw: raw["BackupVaultName"],
        keep=lambda raw: raw.get("VaultType", "BACKUP_VAULT") == named,
        details=(_VAULT_POLICY,),
        properties={
            "BackupVaultName": "BackupVaultName",
            "EncryptionKeyArn": "EncryptionKeyArn",
            "AccessPolicy": Parsed("$policy"),
        },
        attributes={"BackupVaultArn": "BackupVaultArn", "Locked": "Locked"},
        arn=lambda raw, where: raw["BackupVaultArn"],
    )


VAULT = _vault("AWS::Backup::BackupVault", "BACKUP_VAULT")
AIR_GAPPED_VAULT = _vault("AWS::Backup::LogicallyAirGappedBackupVault", "LOGICALLY_AIR_GAPPED_BACKUP_VAULT")

# -- Amazon OpenSearch Service -----------------------------------------------------------------------------


def _domain_arn(raw: Raw, where: Where) -> str:
    return f"arn:{where.partition}:es:{where.region}:{where.account}:domain/{raw['DomainName']}"


DOMAIN = Kind(
    "AWS::OpenSearchService::Domain",
    Listing("opensearch", "ListDomainNames", "DomainNames", action="es:ListDomainNames"),
    deployed=False,
    physical=lambda raw: raw["DomainName"],
    details=(
        Detail(
            "$domain",
            "DescribeDomain",
            lambda raw, where: {"DomainName": raw["DomainName"]},
            result="DomainStatus",
            action="es:DescribeDomain",
        ),
    ),
    properties={
        "DomainName": "DomainName",
        "EngineVersion": "$domain.EngineVersion",
        "AccessPolicies": Parsed("$domain.AccessPolicies"),
        "VPCOptions": Part(
            {
                "SecurityGroupIds": "$domain.VPCOptions.SecurityGroupIds",
                "SubnetIds": "$domain.VPCOptions.SubnetIds",
            }
        ),
        "EncryptionAtRestOptions": Part(
            {
                "Enabled": "$domain.EncryptionAtRestOptions.Enabled",
                "KmsKeyId": "$domain.EncryptionAtRestOptions.KmsKeyId",
            }
        ),
        "NodeToNodeEncryptionOptions": Part({"Enabled": "$domain.NodeToNodeEncryptionOptions.Enabled"}),
    },
    attributes={"Arn": "$domain.ARN"},
    arn=_domain_arn,
)

KINDS = (
    SECRET,
    SECRET_POLICY,
    TABLE,
    FILE_SYSTEM,
    FUNCTION,
    FUNCTION_POLICY,
    VAULT,
    AIR_GAPPED_VAULT,
    DOMAIN,
)
