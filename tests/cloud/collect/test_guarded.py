"""What has a resource policy of its own; the expected shapes are those of the template reference."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from ringwork.cloud.collect import gather, guarded
from ringwork.cloud.collect.kinds import Where
from ringwork.cloud.collect.mapping import Failed
from ringwork.cloud.collect.table import TYPES
from ringwork.estate import Resource, Unknown

REGION = "eu-central-1"
ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def policy(action: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Sid": "s", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": action}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Resource": resource}]}


def gathered(cloud: Any, *types: str) -> list[Resource]:
    collected = gather(cloud, accounts=[ACCOUNT], regions=(REGION,), types=types)
    assert collected.gaps == ()
    return list(collected.resources)


def test_a_secret_and_its_policy_without_its_value(cloud: Any) -> None:
    secrets = cloud.client("secretsmanager", region=REGION)
    given = {"Description": "d", "KmsKeyId": KEY, "Tags": [{"Key": "ringwork:team", "Value": "a"}]}
    arn = secrets.create_secret(Name="open", SecretString="hunter2", **given)["ARN"]
    closed = secrets.create_secret(Name="closed", SecretString="hunter3")["ARN"]
    secrets.put_resource_policy(
        SecretId=arn, ResourcePolicy=json.dumps(policy("secretsmanager:GetSecretValue"))
    )
    found = gathered(cloud, "AWS::SecretsManager::Secret")
    assert [(each.physical, each.arn) for each in found] == [(one, one) for one in sorted((arn, closed))]
    assert next(each for each in found if each.physical == arn).properties == {"Name": "open", **given}
    assert "hunter" not in repr(found)
    (held,) = gathered(cloud, "AWS::SecretsManager::ResourcePolicy")
    assert held.properties == {
        "SecretId": arn,
        "ResourcePolicy": policy("secretsmanager:GetSecretValue"),
    }


def test_a_table_with_its_policy(cloud: Any) -> None:
    tables = cloud.client("dynamodb", region=REGION)
    for name in ("open", "closed"):
        tables.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/open"
    tables.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy("dynamodb:GetItem", arn)))
    closed, opened = gathered(cloud, "AWS::DynamoDB::Table")
    assert opened.arn == opened.attributes["Arn"] == arn
    assert opened.properties["ResourcePolicy"] == {"PolicyDocument": policy("dynamodb:GetItem", arn)}
    assert "ResourcePolicy" not in closed.properties


def test_a_stream_of_a_table_has_a_policy_of_its_own() -> None:
    # DynamoDB API reference, TableDescription and GetResourcePolicy; template reference, StreamSpecification
    table = TYPES["AWS::DynamoDB::Table"]
    stream = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000"
    described = {"LatestStreamArn": stream, "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}
    opened = policy("dynamodb:GetRecords", stream)
    held = next(each for each in table.details if each.name == "$stream")
    raw = {"TableName": "t", "$table": described}
    assert held.when(raw)
    assert held.parameters(raw, Where(ACCOUNT, REGION)) == {"ResourceArn": stream}
    found = table.read_properties({**raw, "$stream": json.dumps(opened)})
    assert found["StreamSpecification"] == {
        "StreamViewType": "KEYS_ONLY",
        "ResourcePolicy": {"PolicyDocument": opened},
    }
    assert not held.when({"TableName": "t", "$table": {}})
    lost = {"TableName": "t", "$table": Failed("AccessDenied")}
    assert not held.when(lost)
    assert table.read_properties(lost)["StreamSpecification"]["ResourcePolicy"] == Unknown("AccessDenied")


def test_a_file_system_with_its_policy(cloud: Any) -> None:
    systems = cloud.client("efs", region=REGION)
    made = systems.create_file_system(CreationToken="t", Encrypted=True, KmsKeyId=KEY)
    opened = policy("elasticfilesystem:ClientMount")
    systems.put_file_system_policy(FileSystemId=made["FileSystemId"], Policy=json.dumps(opened))
    (found,) = gathered(cloud, "AWS::EFS::FileSystem")
    assert found.physical == made["FileSystemId"]
    assert found.properties["Encrypted"] is True
    assert found.properties["FileSystemPolicy"] == opened


@pytest.fixture
def function(cloud: Any) -> Any:
    iam = cloud.client("iam", region=REGION)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass\n")
    functions = cloud.client("lambda", region=REGION)
    functions.create_function(
        FunctionName="f",
        Role=role,
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"PASSWORD": "hunter2"}},
    )
    return functions


def test_a_function_without_its_environment(cloud: Any, function: Any) -> None:
    (found,) = gathered(cloud, "AWS::Lambda::Function")
    assert found.properties["Role"] == f"arn:aws:iam::{ACCOUNT}:role/runs"
    assert found.arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    assert "hunter" not in repr(found)
    assert gathered(cloud, "AWS::Lambda::ResourcePolicy") == []


def test_a_functions_policy(cloud: Any, function: Any) -> None:
    function.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    (found,) = gathered(cloud, "AWS::Lambda::ResourcePolicy")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    assert found.properties["ResourceArn"] == arn
    (statement,) = found.properties["PolicyDocument"]["Statement"]
    assert (statement["Sid"], statement["Action"]) == ("s", "lambda:InvokeFunction")
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}


def test_a_vault_with_its_policy() -> None:
    # AWS Backup API reference, ListBackupVaults and GetBackupVaultAccessPolicy
    arn = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:v"
    listed = {
        "BackupVaultName": "v",
        "BackupVaultArn": arn,
        "VaultType": "BACKUP_VAULT",
        "EncryptionKeyArn": KEY,
    }
    opened = policy("backup:CopyIntoBackupVault")
    vault = TYPES["AWS::Backup::BackupVault"]
    assert vault.keep(listed)
    sealed = {**listed, "VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"}
    assert not vault.keep(sealed)
    vaults = [kind for kind in guarded.KINDS if kind.listing is guarded.VAULTS]
    assert [kind.type for kind in vaults if kind.keep(sealed)] == [
        "AWS::Backup::LogicallyAirGappedBackupVault"
    ]
    assert vault.read_properties({**listed, "$policy": json.dumps(opened)}) == {
        "BackupVaultName": "v",
        "EncryptionKeyArn": KEY,
        "AccessPolicy": opened,
    }
    (detail,) = vault.details
    assert detail.absent == {"ResourceNotFoundException"}


def test_a_vault_whose_policy_cannot_be_read_has_one_that_is_not_known(cloud: Any) -> None:
    cloud.client("backup", region=REGION).create_backup_vault(BackupVaultName="v")
    (vault,) = gathered(cloud, "AWS::Backup::BackupVault")  # moto does not know the operation
    assert vault.arn == f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:v"
    assert isinstance(vault.properties["AccessPolicy"], Unknown)


def test_a_domain_with_its_policy(cloud: Any) -> None:
    opened = policy("es:ESHttpGet", f"arn:aws:es:{REGION}:{ACCOUNT}:domain/dom/*")
    domains = cloud.client("opensearch", region=REGION)
    domains.create_domain(DomainName="dom", AccessPolicies=json.dumps(opened))
    (domain,) = gathered(cloud, "AWS::OpenSearchService::Domain")
    assert domain.properties["AccessPolicies"] == opened
    assert domain.arn == f"arn:aws:es:{REGION}:{ACCOUNT}:domain/dom"
