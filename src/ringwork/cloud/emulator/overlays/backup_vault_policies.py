"""AWS Backup: the access policy of a vault, which every call on that vault is authorized by.

The policy is kept on moto's vault, where the authorizer finds it and from where it goes with the vault.
Source: Backup API reference, PutBackupVaultAccessPolicy, GetBackupVaultAccessPolicy,
DeleteBackupVaultAccessPolicy; developer guide, "Vault access policies".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.access import PolicyError, parse
from ringwork.cloud.emulator.authorization.sources import VAULT_POLICY
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _vault(call: Call) -> Any:
    from moto.backup.models import backup_backends  # noqa: PLC0415

    name = call.parameters["BackupVaultName"]
    found = backup_backends[call.account][call.region].vaults.get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} does not exist")
    return found


def _put(call: Call, _proceed: Proceed) -> dict[str, Any]:
    vault, policy = _vault(call), call.parameters.get("Policy")
    if not policy:
        raise AwsError("MissingParameterValueException", "The policy of the vault is missing")
    try:
        parse(str(policy), kind="resource")
    except PolicyError as error:
        raise AwsError("InvalidParameterValueException", f"The policy is not valid: {error}") from None
    setattr(vault, VAULT_POLICY, str(policy))
    return {}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    vault = _vault(call)
    policy = getattr(vault, VAULT_POLICY, None)
    if policy is None:
        message = f"Backup vault {vault.backup_vault_name} has no access policy"
        raise AwsError("ResourceNotFoundException", message)
    return {
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "Policy": policy,
    }


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    vault = _vault(call)
    if hasattr(vault, VAULT_POLICY):
        delattr(vault, VAULT_POLICY)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "DeleteBackupVaultAccessPolicy": _delete,
    "GetBackupVaultAccessPolicy": _get,
    "PutBackupVaultAccessPolicy": _put,
}
