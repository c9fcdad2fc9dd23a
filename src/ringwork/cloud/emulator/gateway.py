"""The local cloud's front door: a WSGI application that takes any AWS request.

1. identify: the SigV4 scope gives service and Region, the access key gives account and principal; an access
   key that this local cloud did not issue is refused; over HTTP the signature is verified as well
2. authorize: what AWS would refuse is refused (`ringwork.cloud.emulator.authorization`)
3. route: STS is ours, CloudFormation goes to the engine; everything else to an overlay, to moto's backends,
   or to the generic store (`ringwork.cloud.emulator.routing`)
4. record: each call becomes an event in CloudTrail's shape
5. answer: with its fidelity in a header. What nobody has is refused as `NotEmulated`, in the protocol of the
   service; there is no HTML page and no retryable 500, whatever happens behind
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ringwork.cloud.emulator import protocol, routing, services, sts
from ringwork.cloud.emulator.accounts import Caller, anonymous
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.credentials import KeyRing, UnknownKeyError
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.fidelity import HEADER, Fidelity
from ringwork.cloud.emulator.overlays.call import Call, Surroundings
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Answer, Request, Scope, from_environ


class CloudFormation(Protocol):
    """What the gateway needs of the CloudFormation engine."""

    def call(
        self, operation: str, account: str, region: str, parameters: dict[str, Any], *, caller: Caller
    ) -> dict[str, Any]:
        """Answer an operation in botocore's shape, on behalf of `caller`; raises `AwsError`."""

    def stack_id(self, account: str, region: str, parameters: dict[str, Any]) -> str | None:
        """The ARN of the stack that the parameters name; None when there is none."""


class Backends(Protocol):
    """What the gateway needs of the place where state lives."""

    def prepare(self, service: str) -> None:
        """Have the state of `service` in memory before it is asked."""

    def changed(self, service: str, account: str, region: str, operation: str = "") -> None:
        """A call that may have changed state was answered."""


class Authorizer(Protocol):
    """What the gateway needs of authorization."""

    def check(self, asked: Asked) -> tuple[str, str]:
        """Raise `AwsError` for what AWS would refuse; the account and Region where the operation works."""


class Recorder(Protocol):
    """What the gateway needs of the record of calls."""

    def record(self, asked: Asked, answer: Answer, error: AwsError | None) -> None:
        """A call was answered."""


class Verifier(Protocol):
    """What the gateway needs to know that a request was signed with a secret key."""

    def verify(self, request: Request, secret: str) -> None:
        """Raise `AwsError` when the signature is not the one that `secret` makes."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the gateway works with."""

    keys: KeyRing
    backends: Backends
    engine: Callable[[], CloudFormation]
    surroundings: Surroundings
    authorizer: Authorizer
    recorder: Recorder
    verifier: Verifier


IN_PROCESS = "ringwork.in_process"
"""In a request's WSGI environment: it did not come over a socket."""

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

    def __init__(self, desk: Desk, lock: threading.RLock) -> None:
        self._desk = desk
        self._lock = lock

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = from_environ(environ)
        answer = self.answer(request, signed=IN_PROCESS not in environ)
        headers = [(n, v) for n, v in answer.headers.items() if n.lower() not in ("content-length", "status")]
        length = next((v for n, v in answer.headers.items() if n.lower() == "content-length"), None)
        if request.method != "HEAD" or length is None:
            length = str(len(answer.body))
        start_response(f"{answer.status} ", [*headers, ("Content-Length", length)])
        return [b"" if request.method == "HEAD" else answer.body]

    def answer(self, request: Request, *, signed: bool = True) -> Answer:
        """Answer one request; never raises for anything that a client sends.

        `signed`: the signature proves who sent it. In this process nobody else can have sent it.
        """
        scope = request.scope()
        service = protocol.service_of(request, scope.service if scope else _unsigned_service(request))
        asked: Asked | None = None
        failed: AwsError | None = None
        try:
            operation = protocol.operation_of(request, service)
            if scope is not None:
                caller = self._identify(scope, request, service, signed=signed)
            else:
                caller = self._unsigned(request, operation)
            if operation.model is None:
                raise NotEmulatedError(service, operation.name)
            parameters = protocol.parse(request, operation)
            region = (scope.region if scope is not None else "") or "us-east-1"
            asked = Asked(request, operation, parameters, caller, region)
            answer, fidelity = self._route(asked)
        except AwsError as error:
            failed = error
            answer, fidelity = protocol.failure(request, service, error), _fidelity_of(error)
        except Exception as error:  # noqa: BLE001 (the last line: whatever failed, the client gets an AWS error)
            reason = f"the emulator failed with {type(error).__name__}: {error}"
            name = protocol.operation_of(request, service).name
            failed = NotEmulatedError(service, name, reason)
            answer, fidelity = protocol.failure(request, service, failed), Fidelity.REFUSED
        if asked is not None:
            with self._lock:
                self._desk.recorder.record(asked, answer, failed)
        return replace(answer, headers={**answer.headers, HEADER: str(fidelity)})

    def _identify(self, scope: Scope, request: Request, service: str, *, signed: bool) -> Caller:
        try:
            caller = self._desk.keys.recognise(scope.access_key, scope.token)
            secret = self._desk.keys.secret_of(scope.access_key)
        except UnknownKeyError:
            with self._lock:
                self._desk.backends.prepare("iam")
                user = services.user_of(scope.access_key)
            if user is None:
                spoken = protocol.wire_protocol(request, protocol.service_model(service))
                code, status = _UNKNOWN_KEY[spoken]
                message = "the access key was not issued by this local cloud"
                raise AwsError(code, message, status=status) from None
            caller, secret = user
        if signed:
            self._desk.verifier.verify(request, secret or "")
        if caller.kind == "user":
            with self._lock:
                account = services.used(scope.access_key, service, scope.region)
                if account is not None:
                    self._desk.backends.changed("iam", account, scope.region)
        return caller

    def _unsigned(self, request: Request, operation: Operation) -> Caller:
        """Who does not sign: anybody may ask for a bucket's objects, and some operations take no signature
        (STS API reference, AssumeRoleWithWebIdentity: "does not require the use of AWS security
        credentials")."""
        if operation.service == "s3" and request.bucket:
            with self._lock:
                self._desk.backends.prepare("s3")
                owner = services.owner_of_bucket(request.bucket)
            if owner is not None:
                return anonymous(owner)
        elif operation.model is not None and operation.model.auth_type == "none":
            arn = request.parameters.get("RoleArn", "").split(":")
            return anonymous(arn[4] if len(arn) > 4 and arn[4].isdigit() else "000000000000")
        raise AwsError("MissingAuthenticationToken", "the request is not signed", status=403)

    def _route(self, asked: Asked) -> tuple[Answer, Fidelity]:
        desk, operation = self._desk, asked.operation
        if asked.service == "cloudformation":
            stack = desk.engine().stack_id(asked.account, asked.region, asked.parameters)
            asked = replace(asked, stack=stack)
        with self._lock:
            # resource policies of other services are not read before their state is in memory
            desk.backends.prepare(asked.service)
            services.iam(asked.account)
            account, region = desk.authorizer.check(asked)
        if asked.service == "cloudformation":
            # not under moto's lock: the engine calls services itself, from its own thread
            result = desk.engine().call(
                operation.name, asked.account, asked.region, asked.parameters, caller=asked.caller
            )
            return protocol.success(asked.request, operation, result), Fidelity.SIMULATED
        with self._lock:
            if asked.service == "sts":
                result = sts.answer(operation.name, asked.parameters, asked.caller, desk.keys)
                return protocol.success(asked.request, operation, result), Fidelity.SIMULATED
            call = Call(
                asked.service,
                operation.name,
                account,
                region,
                asked.parameters,
                asked.caller,
                desk.surroundings,
            )
            try:
                return routing.answer(asked.request, operation, call)
            finally:
                if not operation.reads:
                    desk.backends.changed(asked.service, account, region, operation.name)


def _fidelity_of(error: AwsError) -> Fidelity:
    """A service's own refusal is a simulated answer; that there is no answer is none."""
    return Fidelity.REFUSED if isinstance(error, NotEmulatedError) else Fidelity.SIMULATED


_UNSIGNED = {"2011-06-15": "sts"}
"""API versions by which a query request without a signature tells its service."""


def _unsigned_service(request: Request) -> str:
    """The service of an unsigned request, as far as it can be told."""
    if request.host.endswith(".amazonaws.com"):
        return request.host.split(".", 1)[0]
    if request.headers.get("x-amz-target", "").startswith("AWSCognitoIdentityProviderService."):
        return "cognito-idp"
    return _UNSIGNED.get(request.parameters.get("Version", ""), "s3")
