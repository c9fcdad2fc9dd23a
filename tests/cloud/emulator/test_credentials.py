"""Access keys of the local cloud: made without a table, recognised by their proof, ended in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.cloud.emulator.accounts import Caller, administrator, check_account, parse_role_arn
from ringwork.cloud.emulator.credentials import KeyRing, UnknownKeyError
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.state import default_root

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROLE = Caller("111122223333", "arn:aws:sts::111122223333:assumed-role/r/s", "AROA1:s")
ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@given(ACCOUNTS)
def test_an_administrator_s_key_names_its_account(account):
    ring = KeyRing(b"k" * 32)
    keys = ring.for_administrator(account)
    assert len(keys.access_key) == 20
    assert ring.recognise(keys.access_key, None) == administrator(account)
    with pytest.raises(UnknownKeyError):
        KeyRing(b"l" * 32).recognise(keys.access_key, None)


@given(st.text(max_size=30), st.none() | st.text(max_size=60))
def test_anything_else_is_unknown(key, token):
    for made in (key, f"LKIA{key}", f"LSIA{key}"):
        with pytest.raises(UnknownKeyError):
            KeyRing(b"k" * 32).recognise(made, token)


def test_a_session_ends_when_its_duration_is_over():
    clock = Clock(NOON)
    ring = KeyRing(b"k" * 32, clock)
    keys = ring.for_session(ROLE, timedelta(hours=1))
    assert keys.expires == NOON + timedelta(hours=1)
    clock.now = NOON + timedelta(minutes=59)
    issued = int(NOON.timestamp())
    assert ring.recognise(keys.access_key, keys.token) == replace(ROLE, issued=issued)
    clock.now = NOON + timedelta(hours=1)
    with pytest.raises(AwsError) as error:
        ring.recognise(keys.access_key, keys.token)
    assert (error.value.code, error.value.status) == ("ExpiredToken", 403)


@pytest.mark.parametrize(
    "account", ["", "11112222333", "1111222233334", "11112222333x", "１１１１２２２２３３３３"]
)
def test_an_account_id_is_twelve_digits(account):
    with pytest.raises(ValueError, match="12 digits"):
        check_account(account)


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam::111122223333:role/r", ("111122223333", "r")),
        ("arn:aws:iam::111122223333:role/team/vision/r", ("111122223333", "r")),
        ("arn:aws-us-gov:iam::111122223333:role/r", ("111122223333", "r")),
        ("arn:aws:iam::111122223333:user/u", None),
        ("arn:aws:sts::111122223333:assumed-role/r/s", None),
        ("r", None),
    ],
)
def test_role_arns(arn, expected):
    assert parse_role_arn(arn) == expected


def test_the_state_folder_is_the_user_s_and_can_be_named(monkeypatch):
    monkeypatch.delenv("RINGWORK_LOCAL_STATE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "/home/u/state")
    assert default_root() == Path("/home/u/state/ringwork/local")
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", "/elsewhere")
    assert default_root() == Path("/elsewhere")
