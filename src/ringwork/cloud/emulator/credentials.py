"""Access keys that need no table: each carries, or is accompanied by, its own proof.

All keys of one state folder derive from its secret with HMAC-SHA256, so any process that can read the secret
recognises them, and keys of another folder are unknown.

- An administrator's access key id is `LKIA` and 16 base32 characters: 40 bits of account, 40 bits of MAC.
- A role session's access key id is `LSIA` and 16 base32 characters of MAC over its session token; the token
  is the claim (who, session policies and tags, expiry) followed by its MAC.

Real keys begin with `AKIA` or `ASIA` (IAM user guide, "IAM identifiers"), so neither can be mistaken for one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ringwork.cloud.emulator.accounts import Caller, administrator, check_account
from ringwork.cloud.emulator.errors import AwsError

_ADMINISTRATOR_PREFIX = "LKIA"
_SESSION_PREFIX = "LSIA"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client signs with; `token` and `expires` only for role sessions."""

    access_key: str
    secret_key: str
    token: str | None = None
    expires: datetime | None = None


class UnknownKeyError(Exception):
    """The access key was not issued by this local cloud."""


def _now() -> datetime:
    return datetime.now(UTC)


class KeyRing:
    """Issues and recognises the access keys of one state folder.

    `secret` is at least 32 random bytes; `now` gives the time for expiry.
    """

    def __init__(self, secret: bytes, now: Callable[[], datetime] = _now) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of a local cloud has at least 32 bytes")
        self._secret = secret
        self._now = now
        self._test: dict[str, str] = {}

    def _mac(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self._secret, purpose.encode() + b"\0" + message, hashlib.sha256)

    def seal(self, account: str, message: bytes) -> str:
        """`message` encrypted for principals of `account`, in URL-safe base64."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        nonce = secrets.token_bytes(12)
        sealed = nonce + AESGCM(self._mac("seal", b"")).encrypt(nonce, message, account.encode())
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def unseal(self, account: str, text: str) -> bytes | None:
        """What `seal` was given; None for what this ring did not seal for `account`."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            return AESGCM(self._mac("seal", b"")).decrypt(sealed[:12], sealed[12:], account.encode())
        except (InvalidTag, ValueError):
            return None

    def _secret_key(self, access_key: str) -> str:
        return base64.b64encode(self._mac("secret-key", access_key.encode())[:30]).decode()

    def for_administrator(self, account: str) -> Credentials:
        """The keys of `account`'s administrator: the same on every call and in every process."""
        caller = administrator(account)
        number = int(account).to_bytes(5, "big")
        tag = self._mac("administrator", caller.arn.encode())[:5]
        access_key = _ADMINISTRATOR_PREFIX + base64.b32encode(number + tag).decode()
        return Credentials(access_key, self._secret_key(access_key))

    def for_session(self, caller: Caller, duration: timedelta) -> Credentials:
        """Keys of a role session that end after `duration`."""
        expires = (self._now() + duration).replace(microsecond=0)
        issued = caller.issued if caller.issued is not None else int(self._now().timestamp())
        session = {**caller.as_claim(), "issued": issued}
        claim = json.dumps({"caller": session, "expires": int(expires.timestamp())}).encode()
        token = base64.b64encode(claim + self._mac("session", claim)).decode()
        access_key = self._session_key(token)
        return Credentials(access_key, self._secret_key(access_key), token, expires)

    def _session_key(self, token: str) -> str:
        return _SESSION_PREFIX + base64.b32encode(self._mac("session-key", token.encode())[:10]).decode()

    def admit(self, account: str, secret_key: str) -> None:
        """Take `account` itself as an access key of its administrator, with this secret, while this ring
        lives: test programs for emulators sign with such pairs.

        Raises `ValueError` when `account` is not an account id.
        """
        self._test[check_account(account)] = secret_key

    def recognise(self, access_key: str, token: str | None) -> Caller:
        """Who signed with `access_key`; raises `UnknownKeyError`, or `AwsError` after the session's end."""
        if access_key in self._test:
            return administrator(access_key)
        if not (access_key + (token or "")).isascii():
            raise UnknownKeyError(access_key)
        if access_key.startswith(_ADMINISTRATOR_PREFIX):
            return self._recognise_administrator(access_key)
        if access_key.startswith(_SESSION_PREFIX) and token:
            return self._recognise_session(access_key, token)
        raise UnknownKeyError(access_key)

    def _recognise_administrator(self, access_key: str) -> Caller:
        try:
            raw = base64.b32decode(access_key.removeprefix(_ADMINISTRATOR_PREFIX))
        except binascii.Error:
            raise UnknownKeyError(access_key) from None
        account = f"{int.from_bytes(raw[:5], 'big'):012d}"
        if len(raw) != 10 or len(account) != 12:
            raise UnknownKeyError(access_key)
        if not hmac.compare_digest(self.for_administrator(account).access_key, access_key):
            raise UnknownKeyError(access_key)
        return administrator(account)

    def _recognise_session(self, access_key: str, token: str) -> Caller:
        try:
            raw = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError):
            raise UnknownKeyError(access_key) from None
        claim, tag = raw[:-32], raw[-32:]
        genuine = hmac.compare_digest(self._mac("session", claim), tag)
        if not genuine or not hmac.compare_digest(self._session_key(token), access_key):
            raise UnknownKeyError(access_key)
        said = json.loads(claim)
        if self._now().timestamp() >= said["expires"]:
            raise AwsError(
                "ExpiredToken", "the security token included in the request is expired", status=403
            )
        return Caller.from_claim(said["caller"])

    def secret_of(self, access_key: str) -> str | None:
        """The secret access key of a key of this ring; None for keys that look like no such key."""
        if access_key in self._test:
            return self._test[access_key]
        if not access_key.startswith((_ADMINISTRATOR_PREFIX, _SESSION_PREFIX)):
            return None
        return self._secret_key(access_key)
