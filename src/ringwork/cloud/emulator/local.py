"""The local cloud: accounts, sessions and state, in this process."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Any

import boto3

from ringwork.cloud.emulator.accounts import check_account, parse_role_arn
from ringwork.cloud.emulator.credentials import Credentials, KeyRing
from ringwork.cloud.emulator.gateway import Gateway
from ringwork.cloud.emulator.transport import new_session
from ringwork.cloud.errors import explained


class _Memory:
    def prepare(self, service: str) -> None: ...
    def changed(self, service: str, account: str, region: str) -> None: ...


class LocalCloud:
    """An AWS of one's own: a context manager that gives boto3 sessions for any account and Region."""

    def __init__(self, state: Path | None) -> None:
        self._state = state
        self._lock = threading.RLock()
        self._keys = KeyRing(secrets.token_bytes(32))
        self._gateway = Gateway(self._keys, _Memory(), self._make_engine, self._lock)
        self._engine: Any = None

    def __enter__(self) -> LocalCloud:
        return self

    def __exit__(self, *_: object) -> None:
        self.checkpoint()
        from moto.core.base_backend import BackendDict  # noqa: PLC0415

        BackendDict.reset()

    def checkpoint(self) -> None: ...

    def session(self, account: str, region: str, role: str | None = None) -> boto3.Session:
        """A boto3 session in `account` and `region`, as its administrator or as `role` (name or ARN).

        Any 12-digit account exists. Raises `OperationError` when the role does not.
        """
        credentials = self._keys.for_administrator(check_account(account))
        if role is not None:
            credentials = self._assume(credentials, account, region, role)
        return new_session(credentials, region, application=self._gateway)

    def _assume(self, credentials: Credentials, account: str, region: str, role: str) -> Credentials:
        arn = role if parse_role_arn(role) else f"arn:aws:iam::{account}:role/{role}"
        sts = new_session(credentials, region, application=self._gateway).client("sts")
        with explained(f"assume role `{arn}`"):
            given = sts.assume_role(RoleArn=arn, RoleSessionName="ringwork")["Credentials"]
        return Credentials(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"]
        )

    def _make_engine(self) -> Any:
        if self._engine is None:
            from ringwork.cloud.emulator.cloudformation import Engine  # noqa: PLC0415

            def client(service: str, account: str, region: str) -> Any:
                return self.session(account, region).client(service)

            self._engine = Engine(client)
        return self._engine
