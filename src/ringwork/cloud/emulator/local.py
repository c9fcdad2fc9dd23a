"""The local cloud: accounts, sessions and state, in this process or in a running server."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3

from ringwork.cloud.emulator import models, remote
from ringwork.cloud.emulator.accounts import Caller, administrator, check_account, parse_role_arn
from ringwork.cloud.emulator.accounts import service as service_principal
from ringwork.cloud.emulator.authorization import Authorizer
from ringwork.cloud.emulator.backends import MotoBackends
from ringwork.cloud.emulator.credentials import Credentials, KeyRing
from ringwork.cloud.emulator.gateway import Desk, Gateway
from ringwork.cloud.emulator.overlays.call import Table
from ringwork.cloud.emulator.record import Delivery, EventLog, Recorder
from ringwork.cloud.emulator.signature import SignatureVerifier
from ringwork.cloud.emulator.state import BadSnapshotError, StateFolder, default_root
from ringwork.cloud.emulator.store import Store
from ringwork.cloud.emulator.transport import Application, new_session
from ringwork.cloud.errors import OperationError, explained

if TYPE_CHECKING:
    from ringwork.cloud.emulator.cloudformation import Engine
    from ringwork.cloud.emulator.server import Serving

ENGINE_PART = "cloudformation/"
"""Stacks are kept by account and Region: `cloudformation/ACCOUNT/REGION`."""


CLOUDFORMATION = "cloudformation.amazonaws.com"

_INTERNAL = timedelta(hours=36)
_RENEWED = timedelta(hours=24)
"""How long the credentials of the cloud's own clients last, and when a client gets new ones."""


def _engine_part(account: str, region: str) -> str:
    return f"{ENGINE_PART}{account}/{region}"


_LOG = logging.getLogger(__name__)
_SETTINGS = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
"""How moto is set up: without its 1,288 machine images in each Region, which cost 0.9 MB of state each."""

_open: list[LocalCloud] = []
"""The local cloud that is open in this process: moto's state is global, so there is one at most."""


def key_ring(folder: StateFolder) -> KeyRing:
    """The access keys of a state folder."""
    return KeyRing(hmac.digest(folder.key, b"access-keys", hashlib.sha256))


class LocalCloud:
    """An AWS of one's own: a context manager that gives boto3 sessions for any account and Region.

    `state` is the folder that keeps it between commands (see `ringwork.cloud.emulator.state`), by default
    `$RINGWORK_LOCAL_STATE` or `~/.local/state/ringwork/local`. While a server runs on that folder, sessions
    go to it; otherwise everything happens in this process without a socket. When another process has the
    folder open, opening waits for up to `patience` seconds and then raises `OperationError`.
    """

    def __init__(self, state: Path | None = None, *, patience: float = 30.0) -> None:
        self._root = state or default_root()
        self._patience = patience
        self._lock = threading.RLock()
        self._engine_lock = threading.Lock()
        self._engine: Engine | None = None
        self.folder: StateFolder
        self._keys: KeyRing
        self._backends: MotoBackends
        self._parts: dict[str, str] = {}
        self._application: Application
        self._server: remote.ServerInfo | None = None
        self._environment: dict[str, str | None] = {}
        self._scope = ExitStack()
        self.notices: list[str] = []
        """What the user should know: state that was set aside, services whose state is not kept."""

    # opening and closing

    def __enter__(self) -> Self:
        if os.environ.get("MOTO_ACCOUNT_ID"):
            raise OperationError(
                "MOTO_ACCOUNT_ID is set: it would put every account of the local cloud into one",
                help="run `unset MOTO_ACCOUNT_ID`",
            )
        self.folder = StateFolder(self._root)
        self._keys = key_ring(self.folder)
        self._server = self._wait()
        if self._server is not None:
            self._application = remote.forward(self._server)
            self.notices.extend(self._server.notices)
            return self
        if _open:
            self.folder.unlock()
            raise OperationError(
                "a local cloud is already open in this process", help="close it before you open another"
            )
        _open.append(self)
        try:
            self._start()
        except BaseException:
            self._close()
            raise
        return self

    def _wait(self) -> remote.ServerInfo | None:
        """Have the folder's lock (None), or find the server that has it."""
        deadline = time.monotonic() + self._patience
        told = False
        while True:
            # one process at a time, and an open cloud in this process can never be waited for
            if self.folder.try_lock():
                return None
            server = remote.find(self.folder)
            if server is not None:
                return server
            if any(other._root == self._root for other in _open):
                raise OperationError(
                    "a local cloud is already open in this process", help="close it before you open another"
                )
            if time.monotonic() >= deadline:
                raise OperationError(
                    f"the local cloud `{self._root}` is in use by another process",
                    help="wait until that command ends, or set RINGWORK_LOCAL_STATE to another folder",
                )
            if not told:
                _LOG.warning("the local cloud %s is in use by another command; waiting", self._root)
                told = True
            time.sleep(0.05)

    def _start(self) -> None:
        self._scope.enter_context(models.shared())
        self._environment = {name: os.environ.get(name) for name in _SETTINGS}
        os.environ.update(_SETTINGS)
        try:
            self._parts = self.folder.read()
        except BadSnapshotError as error:
            self._set_aside(error)
        self._backends = MotoBackends(self.folder, dict(self._parts), self._discard)
        self._backends.clear()
        self._store = Store(self._stored_part)
        self._clients = _Clients(self._client)
        self._log = EventLog(lambda: self._parts, self._stored_part)
        surroundings = _Surroundings(self._store, self._clients, self._log, self._backends)
        self._delivery = Delivery(surroundings, lambda *where: self._backends.changed("cloudtrail", *where))
        desk = Desk(
            self._keys,
            self._backends,
            self.engine,
            surroundings,
            Authorizer(self._store, self._backends, self._keys),
            Recorder(self._log, self._delivery, self._backends),
            SignatureVerifier(),
        )
        self._application = Gateway(desk, self._lock)

    def _stored_part(self, name: str) -> bytes | None:
        return self.folder.part(self._parts, name) if name in self._parts else None

    def _client(self, caller: Caller, service: str, region: str) -> Any:
        credentials = self._keys.for_session(caller, _INTERNAL)
        return new_session(credentials, region, self._application).client(service)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            return
        try:
            if self._engine is not None:  # stack operations end, as they would on AWS without anyone watching
                self._engine.wait_idle()
            self.checkpoint()
        finally:
            self._close()

    def _close(self) -> None:
        MotoBackends.clear()
        self._scope.close()
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        models.released()
        _open.remove(self)
        self.folder.unlock()

    # state

    def checkpoint(self) -> None:
        """Write what changed since the last checkpoint, atomically."""
        if self._server is not None:
            remote.checkpoint(self.folder, self._server)
            return
        engine = self._engine
        # the engine's pause before the lock: its threads take them in this order too
        with engine.paused() if engine else nullcontext(), self._lock:
            self._delivery.flush()
            changed = self._backends.changes()
            stored = self._store.changes()
            changed.update(stored)
            changed.update(self._log.changes())
            stacks = engine.changes() if engine is not None and engine is self._engine else {}
            changed.update({_engine_part(*place): data for place, data in stacks.items()})
            fresh = {
                name: data
                for name, data in changed.items()
                if hashlib.sha256(data).hexdigest() != self._parts.get(name)
            }
            try:
                if fresh:
                    self._parts = self.folder.write(self._parts, fresh)
            except BaseException:
                if engine is not None:
                    engine.unsaved(stacks)
                raise
            self._backends.saved(dict(self._parts))
            self._store.saved(stored)
            self._log.saved()
            self._gather_notices()

    def _gather_notices(self) -> None:
        for notice in self._backends.notices:
            if notice not in self.notices:
                self.notices.append(notice)

    def _set_aside(self, reason: BadSnapshotError) -> None:
        moved = self.folder.set_aside()
        self._parts = {}
        self.notices.append(
            f"the local cloud starts empty: its saved state is not used, because {reason}; "
            f"it is kept in `{moved}`; deploy again to rebuild"
        )

    def _discard(self, reason: BadSnapshotError) -> None:
        """Start over in the middle of a command: a part could not be read."""
        self._set_aside(reason)
        self._store.forget()
        self._log.forget()
        with self._engine_lock:
            self._engine = None

    # sessions

    def session(
        self, account: str, region: str, role: str | None = None, *, by: str | None = None
    ) -> boto3.Session:
        """A boto3 session in `account` and `region`, as its administrator or as `role` (name or ARN), which
        the administrator of the account `by` (none: of `account`) assumes.

        Any 12-digit account exists. Raises `OperationError` when the role does not, or does not trust that
        administrator; `ValueError` when `account` is not an account id.
        """
        credentials = self._keys.for_administrator(check_account(by if role and by else account))
        if role is not None:
            check_account(account)
            credentials = self._assume(credentials, account, region, role)
        return new_session(credentials, region, self._application)

    def credentials(self, account: str) -> Credentials:
        """The keys of the administrator of `account`, for other tools."""
        return self._keys.for_administrator(check_account(account))

    def _assume(self, credentials: Credentials, account: str, region: str, role: str) -> Credentials:
        arn = role if parse_role_arn(role) else f"arn:aws:iam::{account}:role/{role}"
        sts = new_session(credentials, region, self._application).client("sts")
        with explained(f"assume role `{arn}`"):
            given = sts.assume_role(RoleArn=arn, RoleSessionName="ringwork")["Credentials"]
        return Credentials(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"]
        )

    def engine(self) -> Engine:
        """The CloudFormation engine, made when the first stack operation asks for it."""
        with self._engine_lock:
            if self._engine is None:
                from ringwork.cloud.collect import read  # noqa: PLC0415
                from ringwork.cloud.emulator.cloudformation import Engine  # noqa: PLC0415

                engine = Engine(self._clients.for_stacks, read=read)
                parts = sorted(name for name in self._parts if name.startswith(ENGINE_PART))
                if parts:
                    self._load_stacks(engine, parts)
                engine.on_settled = self.checkpoint
                self._engine = engine
            return self._engine

    def _load_stacks(self, engine: Engine, parts: list[str]) -> None:
        try:
            engine.load_all([self.folder.part(self._parts, name) for name in parts])
        except (BadSnapshotError, ValueError) as error:
            with self._lock:
                self._set_aside(BadSnapshotError(str(error)))
                self._backends.forget()

    # serving

    def serve(self, port: int = 0, *, test_credentials: Iterable[tuple[str, str]] = ()) -> Serving:
        """Serve this cloud over HTTP on 127.0.0.1 until the returned object is closed.

        `test_credentials`: pairs of an account id, which then is an access key of that account's
        administrator, and its secret key. Raises `ValueError` for what is not an account id.
        """
        from ringwork.cloud.emulator.server import Serving  # noqa: PLC0415

        if self._server is not None:
            raise OperationError(f"a server already runs on `{self._root}`")
        for account, secret_key in test_credentials:
            self._keys.admit(account, secret_key)
        return Serving(self._application, self.folder, self.checkpoint, self.notices, port)


class _Clients:
    """boto3 clients that call back into this cloud, made once for each caller, service and Region."""

    def __init__(self, make: Callable[[Caller, str, str], Any]) -> None:
        self._make = make
        self._made: dict[tuple[Caller, str, str], tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def __call__(self, caller: Caller, service: str, region: str) -> Any:
        with self._lock:
            key = (caller, service, region)
            since, client = self._made.get(key, (0.0, None))
            if client is None or time.monotonic() - since > _RENEWED.total_seconds():
                client = self._make(caller, service, region)
                self._made[key] = (time.monotonic(), client)
            return client

    def for_stacks(
        self,
        service: str,
        account: str,
        region: str,
        *,
        caller: Caller | None = None,
        role: str | None = None,
    ) -> Any:
        """A client with which CloudFormation makes resources: with the credentials of who asked for the
        stack operation (IAM user guide, "Forward access sessions"), or of the stack's service role.

        Raises botocore's `ClientError` when the service role does not trust CloudFormation.
        """
        if role is None:
            who = caller or administrator(account)
            return self(replace(who, called_via=(*who.called_via, CLOUDFORMATION)), service, region)
        sts = self(service_principal(CLOUDFORMATION, account), "sts", region)
        given = sts.assume_role(RoleArn=role, RoleSessionName="AWSCloudFormation")
        user = given["AssumedRoleUser"]
        return self(
            Caller(account, user["Arn"], user["AssumedRoleId"], role=role, called_via=(CLOUDFORMATION,)),
            service,
            region,
        )


class _Surroundings:
    """What overlays and the record may use."""

    def __init__(self, store: Store, clients: _Clients, log: EventLog, backends: MotoBackends) -> None:
        self._store = store
        self._clients = clients
        self._log = log
        self._backends = backends

    def events(self, account: str, region: str) -> Iterator[dict[str, Any]]:
        return self._log.newest_first(account, region)

    def table(self, service: str, account: str, region: str, name: str) -> Table:
        return self._store.table(service, account, region, name)

    def client(self, caller: Caller, service: str, account: str, region: str) -> Any:
        return self._clients(replace(caller, account=account), service, region)

    def prepare(self, service: str) -> None:
        self._backends.prepare(service)

    def has(self, service: str) -> bool:
        return self._backends.has(service)
