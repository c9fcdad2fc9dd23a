"""The local cloud over HTTP, for several commands at once and for other tools.

It listens on 127.0.0.1 only, on a port that the system chooses. It verifies the signature of every request;
one whose Host is neither this machine nor an AWS name is refused, so that a web page cannot reach it under a
name of its own.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from ringwork.cloud.emulator import remote
from ringwork.cloud.emulator.accounts import check_account
from ringwork.cloud.emulator.remote import ServerInfo
from ringwork.cloud.emulator.state import StateFolder, default_root
from ringwork.cloud.emulator.transport import Application
from ringwork.cloud.errors import OperationError

_LOG = logging.getLogger(__name__)
_QUIET = 1.0
"""Seconds without a change after which the server writes its state."""


_started: list[subprocess.Popen[bytes]] = []
"""Servers that this process started: they outlive it, and are waited for if they do not."""


class _Handler(WSGIRequestHandler):  # type: ignore[misc] # werkzeug is not followed
    """Keeps the spelling of object metadata names with underscores, and logs no request."""

    def make_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().make_environ()
        names = environ.setdefault("ringwork.header_names", {})
        for name, value in self.headers.items():
            if "_" in name and name.lower().startswith("x-amz-meta-"):
                key = f"HTTP_{name.upper().replace('-', '_')}"
                environ[key] = value
                names[key] = name.lower()
        return environ

    def log(self, type: str, message: str, *args: Any) -> None:
        if type == "error":
            _LOG.error(message, *args)


class Serving:
    """A running HTTP server; `close` stops it. `endpoint` is its URL."""

    def __init__(
        self,
        application: Application,
        folder: StateFolder,
        checkpoint: Callable[[], None],
        notices: list[str],
        port: int = 0,
    ) -> None:
        self._application = application
        self._folder = folder
        self._checkpoint = checkpoint
        self._notices = notices
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._server = make_server(remote.HOST, port, self._answer, threaded=True, request_handler=_Handler)
        self.port: int = self._server.server_port
        self.endpoint = f"http://{remote.HOST}:{self.port}"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, daemon=True),
            threading.Thread(target=self._write, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving; requests that run are answered first."""
        self._closing.set()
        self._changed.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").partition(":")[0].lower()
        if host not in ("127.0.0.1", "localhost") and not host.endswith(
            (".localhost", ".amazonaws.com", ".127.0.0.1")
        ):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"the local cloud answers to this machine's names only\n"]
        if environ["PATH_INFO"].startswith(remote.CONTROL):
            return self._control(environ, start_response)
        answer: Iterable[bytes] = self._application(environ, start_response)
        self._changed.set()
        return answer

    def _control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        action = environ["PATH_INFO"].removeprefix(remote.CONTROL)
        nonce = environ.get("HTTP_X_NONCE", "")
        expected = self._folder.digest("control", f"{action} {nonce}".encode())
        if not hmac.compare_digest(expected, environ.get("HTTP_X_PROOF", "")):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"the request is not authentic\n"]
        if action == "checkpoint":
            self._checkpoint()
        proof = self._folder.digest("answer", f"{action} {nonce} {os.getpid()}".encode())
        body = json.dumps({"pid": os.getpid(), "proof": proof, "notices": self._notices}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _write(self) -> None:
        """Save once no request has come for a moment."""
        while not self._closing.is_set():
            self._changed.wait()
            while self._changed.is_set() and not self._closing.is_set():
                self._changed.clear()
                self._closing.wait(_QUIET)
            if not self._closing.is_set():
                try:
                    self._checkpoint()
                except OSError as error:
                    _LOG.error("the state cannot be written: %s", error)


_TEST_CREDENTIALS = "RINGWORK_LOCAL_TEST_CREDENTIALS"
"""How a server that we start learns of them: other users cannot read a process's environment."""


def start_server(
    state: Path | None = None,
    *,
    timeout: float = 30.0,
    test_credentials: Iterable[tuple[str, str]] = (),
) -> ServerInfo:
    """Start a detached server on `state` and wait until it answers; one that runs is returned as it is.

    `test_credentials` is as in `LocalCloud.serve`; a server that runs already cannot take any.
    """
    folder = StateFolder(state or default_root())
    pairs = [(check_account(account), secret) for account, secret in test_credentials]
    running = remote.find(folder)
    if running is not None:
        if pairs:
            raise OperationError(
                "a server runs already and takes no test credentials",
                help="run `ringwork local down`, then start it with them",
            )
        return running
    log = folder.root / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (our own module under this interpreter)
            [sys.executable, "-m", "ringwork.cloud.emulator.server", str(folder.root)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=folder.root,
            env={**os.environ, _TEST_CREDENTIALS: json.dumps(pairs)},
        )
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        running = remote.find(folder)
        if running is not None:
            _started.append(process)
            return running
        if process.poll() is not None:
            break
        time.sleep(0.05)
    if process.poll() is None:
        process.terminate()
        process.wait()
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise OperationError(
        f"the local cloud's server did not start: {lines[-1] if lines else 'it said nothing'}",
        help=f"read `{log}`; another command may have the same state open",
    )


def _reap() -> None:
    """Forget the servers of this process that have ended."""
    _started[:] = [process for process in _started if process.poll() is None]


def status(state: Path | None = None) -> ServerInfo | None:
    """The server that runs on `state`; None when there is none."""
    return remote.find(StateFolder(state or default_root()))


def stop_server(state: Path | None = None, *, timeout: float = 60.0) -> ServerInfo | None:
    """Stop the server on `state` and wait until its state is written; None when none ran."""
    folder = StateFolder(state or default_root())
    running = remote.find(folder)
    if running is None:
        _reap()
        return None
    os.kill(running.pid, signal.SIGTERM)  # it proved its process id with the folder's key
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if folder.try_lock():  # the server keeps the lock until its state is written
            folder.unlock()
            _reap()
            return running
        time.sleep(0.05)
    raise OperationError(
        f"the local cloud's server (process {running.pid}) does not stop", help=f"`kill -9 {running.pid}`"
    )


def reset(state: Path | None = None) -> None:
    """Remove all state, also what was set aside. The key stays, so access keys stay the same."""
    folder = StateFolder(state or default_root())
    if not folder.try_lock():
        raise OperationError(
            f"the local cloud `{folder.root}` is in use", help="run `ringwork local down` first"
        )
    try:
        for path in folder.root.glob("snapshot*"):
            shutil.rmtree(path)
    finally:
        folder.unlock()


def environment(
    info: ServerInfo, *, account: str = "000000000000", region: str = "us-east-1"
) -> dict[str, str]:
    """Environment variables that point other tools (the AWS CLI, Prowler) at the server, as administrator.

    S3 Control's clients put `ACCOUNT.` in front of what they are given. No such name leads here on every
    machine (not all resolve names under `localhost`), so it is made a user name, which nothing reads.
    Variables: AWS SDKs and Tools reference guide, "Settings reference".
    """
    from ringwork.cloud.emulator.local import key_ring  # noqa: PLC0415

    keys = key_ring(StateFolder(info.root)).for_administrator(account)
    return {
        "AWS_ENDPOINT_URL": info.endpoint,
        "AWS_ENDPOINT_URL_S3_CONTROL": f"http://account@{remote.HOST}:{info.port}",
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": "",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }


def main(root: Path) -> None:
    """Serve `root` until SIGTERM or SIGINT; state is written before the process ends."""
    from ringwork.cloud.emulator.local import LocalCloud  # noqa: PLC0415

    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    pairs = json.loads(os.environ.pop(_TEST_CREDENTIALS, "[]"))
    with LocalCloud(root, patience=5.0) as cloud, cloud.serve(test_credentials=pairs) as serving:
        where = cloud.folder.server_file
        draft = where.with_suffix(".new")
        draft.write_text(json.dumps({"pid": os.getpid(), "port": serving.port}), encoding="utf-8")
        draft.replace(where)
        try:
            stop.wait()
        finally:
            where.unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except OperationError as failure:
        sys.exit(str(failure.message))
