"""KMS: rotation periods, keys that cannot be used, and key policies that moto misreads."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_PERIOD = "rotation_period_in_days"
_ENABLED_AT = "rotation_enabled_at"
_DEFAULT_PERIOD = 365


def _key(call: Call) -> Any:
    """moto's key for the call's KeyId (id, ARN or alias); None when there is none."""
    from moto.kms.models import kms_backends  # noqa: PLC0415

    named = str(call.parameters.get("KeyId", ""))
    backend = kms_backends[call.account][call.region]
    try:
        return backend.keys.get(backend.get_key_id(backend.any_id_to_key_id(named)))
    except (KeyError, IndexError, AttributeError):
        return None


def _enable_key_rotation(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto drops the period. KMS API reference, EnableKeyRotation: 90 to 2560 days, 365 by default."""
    period = int(call.parameters.get("RotationPeriodInDays") or _DEFAULT_PERIOD)
    if not 90 <= period <= 2560:
        raise AwsError("ValidationException", "RotationPeriodInDays is between 90 and 2560")
    answer = proceed()
    key = _key(call)
    if key is not None:
        setattr(key, _PERIOD, period)
        setattr(key, _ENABLED_AT, datetime.now(UTC))
    return answer


def _get_key_rotation_status(call: Call, proceed: Proceed) -> dict[str, Any]:
    """KMS API reference, GetKeyRotationStatus: period and next date while rotation is on."""
    answer = proceed()
    key = _key(call)
    if key is None:
        return answer
    answer["KeyId"] = key.arn
    if answer.get("KeyRotationEnabled"):
        period = getattr(key, _PERIOD, _DEFAULT_PERIOD)
        since = getattr(key, _ENABLED_AT, None) or datetime.now(UTC)
        answer["RotationPeriodInDays"] = period
        answer["NextRotationDate"] = since + timedelta(days=period)
    return answer


def _use(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto uses disabled keys. KMS developer guide, "Key states of AWS KMS keys"."""
    key = _key(call)
    if key is not None and key.key_state == "Disabled":
        raise AwsError("DisabledException", f"{key.arn} is disabled.")
    if key is not None and key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return proceed()


def _unless_pending(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto lets these change the state of a key that waits for its deletion. KMS developer guide, "Key
    states of AWS KMS keys": only CancelKeyDeletion does."""
    key = _key(call)
    if key is not None and key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return proceed()


def _schedule_key_deletion(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto leaves out the state. KMS API reference, ScheduleKeyDeletion."""
    answer = _unless_pending(call, proceed)
    answer["KeyState"] = "PendingDeletion"
    answer["PendingWindowInDays"] = int(call.parameters.get("PendingWindowInDays") or 30)
    return answer


def _with_recipient(call: Call, proceed: Proceed) -> dict[str, Any]:
    """With a Recipient, KMS answers an enclave's attestation with a ciphertext for its key, never with the
    plaintext (KMS developer guide, "Cryptographic attestation support in AWS KMS"). Documents are not
    verified here yet, so every one is refused.
    """
    if call.parameters.get("Recipient"):
        message = "The attestation document cannot be verified by the local cloud; no plaintext is given."
        raise AwsError("ValidationException", message)
    return _use(call, proceed)


def _verify(call: Call, proceed: Proceed) -> dict[str, Any]:
    """KMS API reference, Verify: KMSInvalidSignatureException for a signature that does not match."""
    answer = _use(call, proceed)
    if not answer.get("SignatureValid"):
        raise AwsError("KMSInvalidSignatureException", "The signature is not valid.")
    return answer


def _get_public_key(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    if "CustomerMasterKeySpec" in answer:
        answer.setdefault("KeySpec", answer["CustomerMasterKeySpec"])
    return answer


def _create_alias(call: Call, proceed: Proceed) -> dict[str, Any]:
    """KMS API reference, CreateAlias: names that begin with `alias/aws/` are AWS's."""
    if str(call.parameters.get("AliasName", "")).startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "alias/aws/ is reserved for AWS managed keys.")
    return proceed()


def _data_key_pair(*, plain: bool) -> Overlay:
    """KMS API reference, GenerateDataKeyPair: a new pair, the private key encrypted under the KMS key."""

    def generate(call: Call, proceed: Proceed) -> dict[str, Any]:
        del proceed
        key = _key(call)
        if key is None:
            raise AwsError("NotFoundException", f"Key {call.parameters.get('KeyId')} does not exist.")
        made = _PAIRS.get(str(call.parameters["KeyPairSpec"]))
        if made is None:
            raise NotEmulatedError("kms", call.operation, f"pairs of {call.parameters['KeyPairSpec']}")
        private = made()
        der = serialization.Encoding.DER
        secret = private.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        context = call.parameters.get("EncryptionContext") or {}
        answer: dict[str, Any] = _use(call, lambda: {})
        answer.update(
            KeyId=key.arn,
            KeyPairSpec=call.parameters["KeyPairSpec"],
            PublicKey=private.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo),
            PrivateKeyCiphertextBlob=encrypt({key.id: key}, key.id, secret, context),
        )
        if plain:
            if call.parameters.get("Recipient"):
                return _with_recipient(call, lambda: {})
            answer["PrivateKeyPlaintext"] = secret
        return answer

    return generate


def _rsa(size: int) -> Callable[[], Any]:
    return lambda: rsa.generate_private_key(65537, size)


_PAIRS: dict[str, Callable[[], Any]] = {
    "RSA_2048": _rsa(2048),
    "RSA_3072": _rsa(3072),
    "RSA_4096": _rsa(4096),
    "ECC_NIST_P256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECC_NIST_P384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ECC_NIST_P521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ECC_SECG_P256K1": lambda: ec.generate_private_key(ec.SECP256K1()),
}


def encrypt(keys: Any, identifier: str, secret: bytes, context: Any) -> bytes:
    """Encrypt as moto's KMS does, so that Decrypt understands it."""
    from moto.kms.utils import encrypt as seal  # noqa: PLC0415

    sealed: bytes = seal(keys, identifier, secret, dict(context))
    return sealed


def _cancel_key_deletion(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto disables any key by it. KMS API reference, CancelKeyDeletion: the key must be PendingDeletion."""
    key = _key(call)
    if key is not None and key.key_state != "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    return proceed()


def _describe_key(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto applies any Deny of `kms:*` in a key policy, without looking at principals and conditions."""
    key = _key(call)
    if key is None:
        return proceed()
    policy, key.policy = key.policy, ""
    try:
        return proceed()
    finally:
        key.policy = policy


def _replicate_key(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto lets both keys share everything. KMS developer guide, "Multi-Region keys": the id, the material
    and the rotation are shared; policy, grants, aliases, description and state are each key's own."""
    from moto.kms.models import kms_backends  # noqa: PLC0415

    primary, region = _key(call), str(call.parameters["ReplicaRegion"])
    if primary is None:
        raise AwsError("NotFoundException", f"Key '{call.parameters['KeyId']}' does not exist")
    where = getattr(primary, "multi_region_configuration", None) if primary.multi_region else None
    if where is None or where["MultiRegionKeyType"] != "PRIMARY":
        raise AwsError("UnsupportedOperationException", f"{primary.arn} is not a multi-Region primary key.")
    if primary.key_state != "Enabled":
        raise AwsError("KMSInvalidStateException", f"{primary.arn} is {primary.key_state}.")
    backend = kms_backends[call.account][region]
    if region == call.region or primary.id in backend.keys:
        raise AwsError("AlreadyExistsException", f"{primary.id} exists in {region} already.")
    replica = copy.copy(primary)
    replica.region = region
    replica.arn = f"arn:aws:kms:{region}:{call.account}:key/{primary.id}"
    replica.policy = call.parameters.get("Policy") or replica.generate_default_policy()
    replica.description = call.parameters.get("Description", "")
    replica.creation_date = datetime.now(UTC).timestamp()
    replica.grants, replica.aliases = {}, {}
    backend.keys[replica.id] = replica
    others = [*where["ReplicaKeys"], {"Arn": replica.arn, "Region": region}]
    for place in {call.region, *(other["Region"] for other in others)}:
        key = kms_backends[call.account][place].keys[primary.id]
        key.multi_region_configuration = {
            "MultiRegionKeyType": "PRIMARY" if place == call.region else "REPLICA",
            "PrimaryKey": dict(where["PrimaryKey"]),
            "ReplicaKeys": copy.deepcopy(others),
        }
    tags = call.parameters.get("Tags") or []
    if tags:
        backend.tagger.tag_resource(replica.id, tags)
    return {
        "ReplicaKeyMetadata": replica.to_dict()["KeyMetadata"],
        "ReplicaPolicy": replica.policy,
        "ReplicaTags": tags,
    }


OVERLAYS: dict[str, Overlay] = {
    "ReplicateKey": _replicate_key,
    "EnableKeyRotation": _enable_key_rotation,
    "GetKeyRotationStatus": _get_key_rotation_status,
    "DescribeKey": _describe_key,
    "CancelKeyDeletion": _cancel_key_deletion,
    "CreateAlias": _create_alias,
    "GenerateDataKeyPair": _data_key_pair(plain=True),
    "GenerateDataKeyPairWithoutPlaintext": _data_key_pair(plain=False),
    "GetPublicKey": _get_public_key,
    "ScheduleKeyDeletion": _schedule_key_deletion,
    "Verify": _verify,
    **dict.fromkeys(("EnableKey", "DisableKey"), _unless_pending),
    **dict.fromkeys(("Decrypt", "DeriveSharedSecret", "GenerateDataKey", "GenerateRandom"), _with_recipient),
    **dict.fromkeys(("Encrypt", "GenerateDataKeyWithoutPlaintext", "Sign", "GenerateMac"), _use),
}
