"""DAT-21: the keys that something depends on can be used, and stay."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.scope import DATA_CLASS
from ringwork.controls.values import tags, truth
from ringwork.estate import Estate, Resource, Unknown
from ringwork.findings import Severity

_DELETED = frozenset({"PendingDeletion", "PendingReplicaDeletion"})
_DISABLED = "Disabled"
_SHOWN = 5
"""users named in the evidence"""


def _users(estate: Estate, key: Resource) -> list[str]:
    """Who refers to the key, by itself or by an alias: one fact for each, sorted."""
    found: set[str] = set()
    for user, path in estate.referrers(key.key):
        if user.key == key.key:
            continue
        found.add(f"`{user.name}`: {path[0]}" if path else f"`{user.name}`")
        if user.type == "AWS::KMS::Alias":
            found |= {f"`{other.name}`: {user.name}" for other, _ in estate.referrers(user.key)}
    return sorted(found)


def _dependents(estate: Estate, key: Resource) -> list[str]:
    """Why the key counts as in use; empty where nothing that was read depends on it.

    Raises `UndecidedError` where that hangs on what could not be read.
    """
    facts = _users(estate, key)
    try:
        marks = tags(key)
    except UndecidedError:
        if not facts:
            raise
        marks = {}
    if DATA_CLASS in marks:
        facts.insert(0, f"{DATA_CLASS}: {marks[DATA_CLASS] or 'not known'}")
    if not facts and estate.gaps:
        raise UndecidedError(f"whether anything uses the key: {estate.gaps[0].reason}", resource=key)
    if len(facts) > _SHOWN:
        facts[_SHOWN:] = [f"and {len(facts) - _SHOWN} more"]
    return facts


def check(estate: Estate) -> Iterator[Outcome]:
    """A key that is disabled or waits for its deletion decrypts nothing (KMS Developer Guide, "Key states of
    AWS KMS keys"). A template's key has no state yet: `Enabled` says how it will be made. A key that goes
    and that nothing depends on is no key in use: there is nothing to say of it."""

    def decide(key: Resource) -> Iterator[Outcome]:
        state = key.attributes.get("KeyState")
        if isinstance(state, Unknown):
            raise UndecidedError(state.reason, "Enabled", resource=key)
        if state is None:
            if truth(key, "Enabled"):
                yield proved(key, "is made enabled", "Enabled")
            else:
                facts = ("Enabled: false", *_users(estate, key)[:_SHOWN])
                yield violated(key, "is made disabled: nothing reads under it", "Enabled", evidence=facts)
            return
        if state == "Enabled":
            yield proved(key, "is enabled", "Enabled", evidence=("KeyState: Enabled",))
            return
        if state != _DISABLED and state not in _DELETED:
            raise UndecidedError(f"the key is `{state}`; read it again once it is enabled", resource=key)
        dependents = _dependents(estate, key)
        if not dependents:
            return
        evidence = [f"KeyState: {state}"]
        date = key.attributes.get("DeletionDate")
        if state == _DISABLED:
            message = "is in use and disabled: what it encrypts cannot be read"
        else:
            when = f" on {date[:10]}" if isinstance(date, str) else ""
            message = f"is in use and will be deleted{when}: what it encrypts is lost then"
            if isinstance(date, str):
                evidence.append(f"DeletionDate: {date}")
        yield violated(key, message, "Enabled", evidence=(*evidence, *dependents))

    yield from each(estate.of_type("AWS::KMS::Key"), decide)


CONTROLS = (
    Control(
        id="DAT-21",
        title="No key in use is scheduled for deletion",
        severity=Severity.CRITICAL,
        layer="data",
        scope="relational",
        why=(
            "With its key goes every object, backup and model that it encrypts, and nothing brings them "
            "back; a disabled key stops whoever reads them."
        ),
        remediation=(
            "Stop the deletion (`kms:CancelKeyDeletion`) and enable the key (`kms:EnableKey`, "
            "`Enabled: true`); re-encrypt what it holds before you delete it"
        ),
        sources=(
            "Prowler kms_cmk_not_deleted_unintentionally",
            "AWS Security Hub KMS.3",
            "AWS Config KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
            "cfn-guard KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
        ),
        reads=reading("AWS::KMS::Key", "Enabled", "Tags")
        | reading("AWS::KMS::Alias", "TargetKeyId")
        | reading("AWS::S3::Bucket", "BucketEncryption")
        | reading("AWS::Logs::LogGroup", "KmsKeyId"),
        check=check,
    ),
)
"""`reads` names the types whose properties hold a key; any other reference to one counts as well."""
