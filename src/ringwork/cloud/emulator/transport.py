"""boto3 sessions whose requests go to a WSGI application in this process: no socket is opened."""

from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import boto3
import botocore
import botocore.loaders
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.hooks import EventAliaser

from ringwork.cloud.emulator.credentials import Credentials

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]
"""A WSGI application."""

CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 1},
    # without a checksum trailer, so that bodies arrive as they are
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
    parameter_validation=True,
    max_pool_connections=32,
    # as it is: botocore composes its own anew for every request
    user_agent=f"Boto3/{boto3.__version__} Botocore/{botocore.__version__} ringwork",
)
"""How clients of the local cloud are configured: an error is final, and buckets are named in the path."""


class _Names(EventAliaser):  # type: ignore[misc] # botocore has no types
    """Finds the present names of events, as botocore does, once for all clients: it goes through 65 old
    names for each, and most clients call an operation once."""

    _known: ClassVar[dict[str, str]] = {}

    def __init__(self, event_emitter: Any, event_aliases: Any = None) -> None:
        super().__init__(event_emitter, event_aliases)
        self._alias_name_cache = self._known


class _Body(io.BytesIO):
    """A response body with the one method of urllib3's response that botocore uses on it."""

    def stream(self, amt: int = 65536, **_: Any) -> Iterator[bytes]:
        while chunk := self.read(amt):
            yield chunk


def attach(session: botocore.session.Session, application: Application) -> None:
    """Make every client of `session` send its requests to `application`."""

    def send(request: Any, **_: Any) -> AWSResponse:
        return _send(application, request)

    session.get_component("event_emitter").register_first("before-send", send)


def new_session(credentials: Credentials, region: str, application: Application) -> boto3.Session:
    """A boto3 session that signs with `credentials` and reads no profile, environment or metadata service.

    Its requests go to `application`.
    """
    # a session variable without an environment variable: AWS_PROFILE has no effect
    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    for name in ("config_file", "credentials_file"):
        core.set_config_variable(name, os.devnull)
    core.set_config_variable("ignore_configured_endpoint_urls", True)
    core.register_component("data_loader", _loader())
    # around the same handlers: what the session itself registers later counts for its clients
    core.register_component("event_emitter", _Names(core.get_component("event_emitter")._emitter))
    core.set_credentials(credentials.access_key, credentials.secret_key, credentials.token)
    core.set_default_client_config(CONFIG)
    attach(core, application)
    return boto3.Session(botocore_session=core, region_name=region)


@functools.cache
def _loader() -> Any:
    """One loader for all sessions: it caches the service models, of which EC2's takes a while to parse."""
    return botocore.loaders.create_loader()


def _send(application: Application, request: Any) -> AWSResponse:
    url = urlsplit(request.url)
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    raw = url.path + (f"?{url.query}" if url.query else "")
    names: dict[str, str] = {}
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path) or "/",
        "RAW_URI": raw,
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "ringwork.header_names": names,
        "ringwork.in_process": True,
    }
    for name, given in request.headers.items():
        value = given.decode() if isinstance(given, bytes) else str(given)
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = value
        names[key] = name.lower()
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["HTTP_HOST"] = url.netloc
    started: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        started["status"] = int(status.split(maxsplit=1)[0])
        started["headers"] = {name.lower(): value for name, value in headers}

    content = b"".join(application(environ, start))
    return AWSResponse(request.url, started["status"], started["headers"], _Body(content))
