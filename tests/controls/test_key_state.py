"""DAT-21. States and what they mean: KMS Developer Guide, "Key states of AWS KMS keys"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringwork.cloud.collect import collect
from ringwork.cloud.session import open_cloud
from ringwork.controls import evaluate
from ringwork.estate import Reference, Unknown
from ringwork.findings import Finding, Status

P, V, U = Status.PROVED, Status.VIOLATED, Status.UNKNOWN
HIDDEN = Unknown("`kms:DescribeKey` failed: AccessDenied")
CLASS = {"ringwork:data-class": "restricted"}


def live_key(world: Any, state: Any, *, tags: Any = None, **attributes: Any) -> Reference:
    enabled = state == "Enabled" if isinstance(state, str) else state
    found: Reference = world.add(
        "KMS::Key",
        "key",
        {"Enabled": enabled},
        tags=tags or {},
        attributes={"KeyState": state, **attributes},
        live=True,
    )
    return found


def encrypted(world: Any, key: Any) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = ({"ServerSideEncryptionByDefault": default},)
    world.bucket(BucketEncryption={"ServerSideEncryptionConfiguration": rules})


@pytest.mark.parametrize("state", ["PendingDeletion", "PendingReplicaDeletion", "Disabled"])
class TestAKeyThatGoes:
    def test_fails_where_a_bucket_encrypts_with_it(self, world: Any, state: str) -> None:
        encrypted(world, live_key(world, state))
        assert world.answers("DAT-21") == {"key": V}

    def test_fails_where_a_log_group_does(self, world: Any, state: str) -> None:
        world.add("Logs::LogGroup", "Logs", {"KmsKeyId": live_key(world, state)})
        assert world.answers("DAT-21") == {"key": V}

    def test_fails_where_an_alias_names_it(self, world: Any, state: str) -> None:
        world.add("KMS::Alias", "Alias", {"TargetKeyId": live_key(world, state)})
        assert world.answers("DAT-21") == {"key": V}

    def test_fails_by_its_tag(self, world: Any, state: str) -> None:
        live_key(world, state, tags=CLASS)
        assert world.answers("DAT-21") == {"key": V}

    def test_does_not_count_where_nothing_depends_on_it(self, world: Any, state: str) -> None:
        live_key(world, state)
        assert world.answers("DAT-21") == {}

    def test_is_not_in_use_by_its_own_policy(self, world: Any, state: str) -> None:
        key = live_key(world, state)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": key}
        resource = world.resources[key.target]
        properties = {**resource.properties, "KeyPolicy": {"Statement": (statement,)}}
        attributes = {"KeyState": state}
        world.add("KMS::Key", "key", properties, attributes=attributes, live=True)
        assert world.answers("DAT-21") == {}

    def test_unknown_where_what_uses_it_could_not_be_read(self, world: Any, state: str) -> None:
        live_key(world, state)
        world.gap("RDS::DBInstance")
        assert world.answers("DAT-21") == {"key": U}

    def test_unknown_where_its_tags_could_not_be_read(self, world: Any, state: str) -> None:
        world.add("KMS::Key", "key", {"Tags": HIDDEN}, attributes={"KeyState": state}, live=True)
        assert world.answers("DAT-21") == {"key": U}


def test_a_gap_does_not_hide_a_fault_that_was_seen(world: Any) -> None:
    encrypted(world, live_key(world, "PendingDeletion"))
    world.gap("S3::Bucket")
    assert world.answers("DAT-21")["key"] is V


def test_says_state_date_and_who_uses_it(world: Any) -> None:
    encrypted(world, live_key(world, "PendingDeletion", DeletionDate="2026-12-22T10:00:00Z"))
    (finding,) = world.findings("DAT-21")
    assert "on 2026-12-22" in finding.message
    assert finding.evidence == (
        "KeyState: PendingDeletion",
        "DeletionDate: 2026-12-22T10:00:00Z",
        "`s/Bucket`: BucketEncryption",
    )
    assert "kms:CancelKeyDeletion" in finding.remediation


def test_passes_when_enabled(world: Any) -> None:
    encrypted(world, live_key(world, "Enabled", tags=CLASS))
    assert world.answers("DAT-21") == {"key": P}


@pytest.mark.parametrize("state", [HIDDEN, "PendingImport", "Unavailable"])
def test_unknown_in_states_that_say_neither(world: Any, state: Any) -> None:
    encrypted(world, live_key(world, state))
    assert world.answers("DAT-21") == {"key": U}


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({}, P),
        ({"Enabled": True}, P),
        ({"Enabled": "false"}, V),
        ({"Enabled": False}, V),
        ({"Enabled": HIDDEN}, U),
    ],
)
def test_a_templates_key_is_made_enabled_unless_it_says_otherwise(
    world: Any, properties: Any, status: Status
) -> None:
    world.add("KMS::Key", "Key", properties)
    assert world.answers("DAT-21") == {"Key": status}


def test_an_account_is_audited_through_the_deletion_of_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scheduled, cancelled (which leaves the key disabled: KMS API Reference, CancelKeyDeletion), enabled."""
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", str(tmp_path / "state"))
    region = "eu-central-1"
    with open_cloud("local", region=region) as cloud:
        account = cloud.caller().account
        kms, s3 = cloud.client("kms"), cloud.client("s3")

        def audited() -> dict[str, Finding]:
            estate = collect(cloud, accounts=[account], regions=[region])
            return {f.subject.physical or "": f for f in evaluate(estate, ["DAT-21"])}

        key = kms.create_key()["KeyMetadata"]["KeyId"]
        s3.create_bucket(Bucket="models-1", CreateBucketConfiguration={"LocationConstraint": region})
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        s3.put_bucket_encryption(
            Bucket="models-1",
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        )
        assert audited()[key].status is P
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        fault = audited()[key]
        assert fault.status is V
        assert "`models-1`: BucketEncryption" in fault.evidence
        kms.cancel_key_deletion(KeyId=key)
        assert audited()[key].status is V
        kms.enable_key(KeyId=key)
        assert audited()[key].status is P
