"""A running server of the local cloud, seen from another process.

The server says where it is in `server.json`. It proves that it serves this state folder by authenticating a
nonce with the folder's key, so that another program that took its port, or its process id, is not mistaken
for it.
"""

from __future__ import annotations

import hmac
import http.client
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork.cloud.emulator.state import StateFolder
from ringwork.cloud.emulator.transport import Application
from ringwork.cloud.errors import OperationError

CONTROL = "/_ringwork/"
"""Paths of the server itself; no AWS service has such a path, and it is not a valid bucket name."""

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A server that answered: its process, its port on 127.0.0.1 and the state that it serves."""

    root: Path
    pid: int
    port: int
    notices: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        """The URL for other tools."""
        return f"http://{HOST}:{self.port}"


def control(folder: StateFolder, port: int, action: str, *, timeout: float = 5.0) -> dict[str, Any] | None:
    """Ask the server at `port` for `health` or `checkpoint`; None when it is not this folder's server."""
    nonce = secrets.token_hex(16)
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        proof = folder.digest("control", f"{action} {nonce}".encode())
        connection.request("POST", f"{CONTROL}{action}", headers={"x-nonce": nonce, "x-proof": proof})
        response = connection.getresponse()
        answer = json.loads(response.read())
        expected = folder.digest("answer", f"{action} {nonce} {answer['pid']}".encode())
        return dict(answer) if hmac.compare_digest(expected, answer["proof"]) else None
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def find(folder: StateFolder) -> ServerInfo | None:
    """The server that runs on `folder`; None when there is none."""
    try:
        port = int(json.loads(folder.server_file.read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    answer = control(folder, port, "health")
    if answer is None:
        return None
    return ServerInfo(folder.root, int(answer["pid"]), port, tuple(answer.get("notices", ())))


def checkpoint(folder: StateFolder, server: ServerInfo) -> None:
    """Have the server write its state; raises `OperationError` when it does not answer."""
    if control(folder, server.port, "checkpoint", timeout=60.0) is None:
        raise OperationError(
            "the local cloud's server does not answer any more", help="run `ringwork local status`"
        )


def forward(server: ServerInfo) -> Application:
    """A WSGI application that sends each request on to `server`, host name and all."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        names = environ.get("ringwork.header_names", {})
        headers = {
            names.get(key, key[5:].replace("_", "-").lower()): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        if "CONTENT_TYPE" in environ:
            headers["content-type"] = environ["CONTENT_TYPE"]
        headers.pop("expect", None)
        headers.pop("transfer-encoding", None)
        body = environ["wsgi.input"].read()
        headers["content-length"] = str(len(body))
        connection = http.client.HTTPConnection(HOST, server.port, timeout=120.0)
        try:
            connection.request(environ["REQUEST_METHOD"], environ["RAW_URI"], body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise OperationError(
                "the local cloud's server does not answer any more", help="run `ringwork local status`"
            ) from error
        finally:
            connection.close()
        start_response(f"{response.status} {response.reason}", response.getheaders())
        return [content]

    return application
