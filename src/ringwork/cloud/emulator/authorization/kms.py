"""What KMS's operations need: the key, however the request names it.

Source: KMS developer guide, "AWS KMS permissions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringwork.cloud.emulator.asked import Asked

_NO_KEY = {
    *("CreateKey", "ListKeys", "ListAliases", "GenerateRandom", "ConnectCustomKeyStore"),
    *("CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores"),
    *("DisconnectCustomKeyStore", "UpdateCustomKeyStore", "ListRetirableGrants"),
}


def needs(asked: Asked) -> Iterator[tuple[str, str]]:
    """Action and resource, one after the other."""
    operation, parameters = asked.operation.name, asked.parameters
    if operation in _NO_KEY:
        yield f"kms:{operation}", "*"
        return
    if operation == "ReEncrypt":
        source = parameters.get("SourceKeyId") or _of_ciphertext(asked, parameters.get("CiphertextBlob"))
        yield "kms:ReEncryptFrom", key_arn(asked, source)
        yield "kms:ReEncryptTo", key_arn(asked, parameters.get("DestinationKeyId"))
        return
    if operation in ("CreateAlias", "UpdateAlias", "DeleteAlias"):
        # both the alias and the key
        alias = str(parameters.get("AliasName", "alias/*"))
        yield f"kms:{operation}", f"arn:aws:kms:{asked.region}:{asked.account}:{alias}"
        target = parameters.get("TargetKeyId") or alias
        yield f"kms:{operation}", key_arn(asked, target)
        return
    named = parameters.get("KeyId")
    if named is None and operation == "Decrypt":
        named = _of_ciphertext(asked, parameters.get("CiphertextBlob"))
    yield f"kms:{operation}", key_arn(asked, named)


def key_arn(asked: Asked, named: Any) -> str:
    """The ARN of the key that a key id, an alias or an ARN names; what cannot be found keeps its name."""
    from moto.kms.models import kms_backends  # noqa: PLC0415

    if not isinstance(named, str) or not named:
        return f"arn:aws:kms:{asked.region}:{asked.account}:key/*"
    account, region, name = asked.account, asked.region, named
    if named.startswith("arn:"):
        parts = named.split(":", 5)
        if len(parts) == 6:
            region, account, name = parts[3], parts[4], parts[5].removeprefix("key/")
    if name.startswith("alias/"):
        if account not in kms_backends or region not in kms_backends[account]:
            return f"arn:aws:kms:{region}:{account}:{name}"
        backend = kms_backends[account][region]
        key_id = backend.get_key_id_from_alias(name)
        if not key_id:
            return f"arn:aws:kms:{region}:{account}:{name}"
        name = str(key_id).rpartition("/")[2]
    return f"arn:aws:kms:{region}:{account}:key/{name}"


def _of_ciphertext(asked: Asked, blob: Any) -> str | None:
    """The key that a symmetric ciphertext of the local cloud was made with: it begins with the key's id."""
    if not isinstance(blob, bytes):
        return None
    try:
        text = blob[:36].decode("ascii")
    except UnicodeDecodeError:
        return None
    return text if _looks_like_id(text) else None


def _looks_like_id(text: str) -> bool:
    return text.startswith("mrk-") or (len(text) == 36 and text.count("-") == 4)
