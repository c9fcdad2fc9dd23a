"""The local cloud's front door: a WSGI application that takes any AWS request.

1. identify: the SigV4 scope gives service and Region, the access key gives account and principal; an access
   key that this local cloud did not issue is refused
2. route: STS is ours, CloudFormation goes to the engine, everything else to moto's backends, with overlays
   where moto's answer is wrong
3. answer: what nobody has is refused as `NotEmulated`, in the protocol of the service; there is no HTML page
   and no retryable 500, whatever happens behind

Signatures are not verified: the access key id alone proves the caller, because nobody without the state
folder's secret can make one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ringwork.cloud.emulator import overlays, protocol, services, sts
from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.credentials import KeyRing, UnknownKeyError
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.request import Answer, Request, Scope, from_environ


class CloudFormation(Protocol):
    """What the gateway needs of the CloudFormation engine."""

    def call(self, operation: str, account: str, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer an operation in botocore's shape; raises `AwsError`."""


class Backends(Protocol):
    """What the gateway needs of the place where state lives."""

    def prepare(self, service: str) -> None:
        """Have the state of `service` in memory before it is asked."""

    def changed(self, service: str, account: str, region: str) -> None:
        """A call that may have changed state was answered."""


@dataclass(frozen=True, slots=True)
class _Identified:
    caller: Caller
    scope: Scope
    service: str


_UNKNOWN_KEY = {
    "json": ("UnrecognizedClientException", 400),
    "rest-json": ("UnrecognizedClientException", 403),
    "ec2": ("AuthFailure", 401),
    "query": ("InvalidClientTokenId", 403),
    "rest-xml": ("InvalidAccessKeyId", 403),
}
"""How each protocol's services refuse an unknown access key ("Common Errors" of EC2, IAM, S3, KMS)."""


class Gateway:
    """The WSGI application. One re-entrant lock surrounds moto, which is not safe for threads everywhere."""

    def __init__(
        self, keys: KeyRing, backends: Backends, engine: Callable[[], CloudFormation], lock: threading.RLock
    ) -> None:
        self._keys = keys
        self._backends = backends
        self._engine = engine
        self._lock = lock

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = from_environ(environ)
        answer = self.answer(request)
        headers = [(n, v) for n, v in answer.headers.items() if n.lower() not in ("content-length", "status")]
        length = next((v for n, v in answer.headers.items() if n.lower() == "content-length"), None)
        if request.method != "HEAD" or length is None:
            length = str(len(answer.body))
        start_response(f"{answer.status} ", [*headers, ("Content-Length", length)])
        return [b"" if request.method == "HEAD" else answer.body]

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for anything that a client sends."""
        scope = request.scope()
        service = protocol.service_of(request, scope.service if scope else _unsigned_service(request))
        try:
            if scope is None:
                raise AwsError("MissingAuthenticationToken", "the request is not signed", status=403)
            who = _Identified(self._identify(scope, request, service), scope, service)
            return self._route(request, who)
        except AwsError as error:
            return protocol.failure(request, service, error)
        except Exception as error:  # noqa: BLE001 (the last line: whatever failed, the client gets an AWS error)
            reason = f"the emulator failed with {type(error).__name__}: {error}"
            name = protocol.operation_of(request, service).name
            return protocol.failure(request, service, NotEmulatedError(service, name, reason))

    def _identify(self, scope: Scope, request: Request, service: str) -> Caller:
        try:
            return self._keys.recognise(scope.access_key, scope.token)
        except UnknownKeyError:
            with self._lock:
                self._backends.prepare("iam")
                user = services.user_of(scope.access_key)
            if user is not None:
                return user
            spoken = protocol.wire_protocol(request, protocol.service_model(service))
            code, status = _UNKNOWN_KEY[spoken]
            message = "the access key was not issued by this local cloud"
            raise AwsError(code, message, status=status) from None

    def _route(self, request: Request, who: _Identified) -> Answer:
        operation = protocol.operation_of(request, who.service)
        account, region = who.caller.account, who.scope.region or "us-east-1"
        if who.service == "cloudformation":
            if operation.model is None:
                raise NotEmulatedError(who.service, operation.name)
            parameters = protocol.parse(request, operation)
            # not under moto's lock: the engine calls services itself, from its own thread
            result = self._engine().call(operation.name, account, region, parameters)
            return protocol.success(request, operation, result)
        with self._lock:
            self._backends.prepare(who.service)
            if who.service == "sts":
                if operation.model is None:
                    raise NotEmulatedError("sts", operation.name)
                parameters = protocol.parse(request, operation)
                result = sts.answer(operation.name, parameters, who.caller, self._keys, services.role_id)
                return protocol.success(request, operation, result)
            try:
                return overlays.answer(request, operation, account, region)
            finally:
                if not operation.reads:
                    self._backends.changed(who.service, account, region)


def _unsigned_service(request: Request) -> str:
    """A guess at the service of an unsigned request, only to word the refusal."""
    return request.host.split(".", 1)[0] if request.host.endswith(".amazonaws.com") else "s3"
