"""Access policies of backup vaults: what they hold back, and how they are kept."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
VAULT = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:v"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backups"


def denying(action):
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def backup(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("backup")
        client.create_backup_vault(BackupVaultName="v")
        yield client


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_a_vault_s_policy_that_denies_its_deletion_holds_until_it_is_taken_away(backup):
    """Backup developer guide, "Vault access policies": a Deny refuses everyone, root user included."""
    backup.put_backup_vault_access_policy(BackupVaultName="v", Policy=denying("backup:DeleteBackupVault"))
    assert code(backup.delete_backup_vault, BackupVaultName="v") == "AccessDeniedException"
    backup.delete_backup_vault_access_policy(BackupVaultName="v")
    backup.delete_backup_vault(BackupVaultName="v")
    assert backup.list_backup_vaults()["BackupVaultList"] == []


def test_a_vault_s_policy_refuses_backup_jobs_into_that_vault_only(backup):
    """Backup API reference, StartBackupJob, is authorized on the vault."""
    backup.create_backup_vault(BackupVaultName="other")
    backup.put_backup_vault_access_policy(BackupVaultName="v", Policy=denying("backup:StartBackupJob"))
    job = {"ResourceArn": "arn:aws:s3:::b", "IamRoleArn": ROLE}
    assert code(backup.start_backup_job, BackupVaultName="v", **job) == "AccessDeniedException"
    assert backup.start_backup_job(BackupVaultName="other", **job)["BackupJobId"]


def test_a_vault_gives_back_its_policy_and_says_when_it_has_none(backup):
    """Backup API reference, GetBackupVaultAccessPolicy, ResourceNotFoundException."""
    get = backup.get_backup_vault_access_policy
    assert code(get, BackupVaultName="v") == "ResourceNotFoundException"
    policy = denying("backup:DeleteRecoveryPoint")
    backup.put_backup_vault_access_policy(BackupVaultName="v", Policy=policy)
    found = get(BackupVaultName="v")
    assert (found["BackupVaultArn"], found["Policy"]) == (VAULT, policy)


@pytest.mark.parametrize(
    ("vault", "policy", "expected"),
    [
        ("v", "{}", "InvalidParameterValueException"),
        ("v", "no JSON", "InvalidParameterValueException"),
        ("nowhere", denying("backup:*"), "ResourceNotFoundException"),
    ],
)
def test_no_vault_takes_what_is_no_policy(backup, vault, policy, expected):
    """Backup API reference, PutBackupVaultAccessPolicy, Errors."""
    put = backup.put_backup_vault_access_policy
    assert code(put, BackupVaultName=vault, Policy=policy) == expected


def test_a_vault_s_policy_is_there_when_the_cloud_is_opened_again(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("backup")
        client.create_backup_vault(BackupVaultName="v")
        client.put_backup_vault_access_policy(BackupVaultName="v", Policy=denying("backup:DeleteBackupVault"))
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("backup")
        assert code(client.delete_backup_vault, BackupVaultName="v") == "AccessDeniedException"
