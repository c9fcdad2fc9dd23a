"""KMS: rotation periods, keys that cannot be used, and key policies that moto misreads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
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


OVERLAYS: dict[str, Overlay] = {
    "EnableKeyRotation": _enable_key_rotation,
    "GetKeyRotationStatus": _get_key_rotation_status,
    "DescribeKey": _describe_key,
    "CancelKeyDeletion": _cancel_key_deletion,
    **dict.fromkeys(("EnableKey", "DisableKey", "ScheduleKeyDeletion"), _unless_pending),
    **dict.fromkeys(
        ("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Sign", "Verify", "GenerateMac"),
        _use,
    ),
}
