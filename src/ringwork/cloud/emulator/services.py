"""moto's backends behind one function: a request goes in, an answer comes out.

This is what moto's own client stub does (`moto.core.botocore_stubber`), for requests of any account. moto is
loaded on first use, because importing it takes a while.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator import models
from ringwork.cloud.emulator.accounts import ADMINISTRATOR, Caller
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.protocol import Operation, service_model
from ringwork.cloud.emulator.request import Answer, Request

_GLOBAL_HOSTS = {
    "budgets": "budgets.amazonaws.com",
    "iam": "iam.amazonaws.com",
    "organizations": "organizations.us-east-1.amazonaws.com",
}
_API_HOSTS = {"devops-agent", "dsql", "s3vectors"}
"""Services that moto knows by their host names under `api.aws`."""
_ACCOUNT_HEADER = "x-moto-account-id"
_USE_SPAN = timedelta(minutes=15)


def dispatch(request: Request, operation: Operation, account: str, region: str) -> Answer:
    """Let moto answer `request` for `account` and `region`.

    Raises `NotEmulatedError` for what moto does not have or where moto itself fails, so that a fault of the
    emulator never looks like an answer of AWS.
    """
    from moto.core.request import Request as MotoRequest  # noqa: PLC0415
    from werkzeug.exceptions import HTTPException  # noqa: PLC0415

    host = _host(request, operation.service, account, region)
    url = f"https://{host}{request.path}"
    handler = _handler(url)
    if handler is None:
        raise NotEmulatedError(operation.service, operation.name)
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    headers[_ACCOUNT_HEADER] = account
    full = f"{url}?{request.query}" if request.query else url
    normalized = MotoRequest.from_primitives(request.method, full, headers, request.body)
    normalized.environ["RAW_URI"] = f"{request.path}?{request.query}" if request.query else request.path
    try:
        status, answered, body = handler(normalized, normalized.raw_url, normalized.headers)
    except HTTPException as error:
        status, answered, body = error.code or 400, dict(error.get_headers()), error.get_body()
    except AwsError:
        raise
    except NotImplementedError as error:
        raise NotEmulatedError(operation.service, operation.name) from error
    except Exception as error:
        reason = f"the emulator failed with {type(error).__name__}: {error}"
        raise NotEmulatedError(operation.service, operation.name, reason) from error
    if status >= 500 or (status == 404 and not body and operation.model is None):
        raise NotEmulatedError(operation.service, operation.name, f"the emulator answered {status}")
    content = b"" if body is None else body.encode() if isinstance(body, str) else bytes(body)
    return Answer(int(status), {str(name): str(value) for name, value in dict(answered).items()}, content)


_PACKAGES = {"lambda": "awslambda"}
"""moto's packages are named like botocore's services without hyphens, but for these."""


def package(service: str) -> str:
    """The name of moto's package for a service, whether there is one or not."""
    return _PACKAGES.get(service, service.replace("-", ""))


@functools.cache
def _methods(service: str) -> frozenset[str]:
    """The names of the methods of moto's response classes for a service; empty when moto lacks it."""
    from moto.core.responses import BaseResponse  # noqa: PLC0415

    name = f"moto.{package(service)}.responses"
    try:
        with models.staying():
            module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise NotEmulatedError(service, "*", f"it needs the Python module {error.name}") from error
        return frozenset()
    kinds = (
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseResponse) and kind is not BaseResponse
    )
    return frozenset(attribute for kind in kinds for attribute in dir(kind))


_S3_LACKS = re.compile(
    r".*(Analytics|IntelligentTiering|Metrics|Metadata|MetadataTable|Abac|Annotation|Torrent)"
    r"(Configurations?|s)?|CreateSession|RenameObject|ListDirectoryBuckets"
)
"""What moto's S3 lacks: it finds most operations by the query string, so its methods do not tell."""


def offers(service: str, operation: str) -> bool:
    """Whether moto has a method for an operation (that does not say how well it does it)."""
    from botocore import xform_name  # noqa: PLC0415

    if service == "s3":
        return _S3_LACKS.fullmatch(operation) is None
    return xform_name(operation) in _methods(service)


def _host(request: Request, service: str, account: str, region: str) -> str:
    """The AWS host name that the request would have gone to: moto routes by it."""
    if service == "s3control":
        named = request.headers.get("x-amz-account-id", account)
        return f"{named}.s3-control.{region}.amazonaws.com"
    if service in _GLOBAL_HOSTS:  # also where the caller's host names a Region
        return _GLOBAL_HOSTS[service]
    if request.host.endswith((".amazonaws.com", ".api.aws")):
        return request.host
    model = service_model(service)
    prefix = model.metadata["endpointPrefix"] if model is not None else service
    return f"{prefix}.{region}.{'api.aws' if service in _API_HOSTS else 'amazonaws.com'}"


def _handler(url: str) -> Callable[..., Any] | None:
    """moto's function for `url`; None when moto has none."""
    from moto.backend_index import backend_url_patterns  # noqa: PLC0415

    for service, pattern in backend_url_patterns:
        if pattern.match(url):
            for path, function in _paths(service):
                if path.match(url):
                    return function
    return None


@functools.cache
def _paths(service: str) -> tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]:
    """The URL patterns of one of moto's services with their functions."""
    from moto.backends import get_backend  # noqa: PLC0415

    try:
        backend = get_backend(service)
    except ImportError as error:  # a service whose extra is not installed
        raise NotEmulatedError(service, "*", f"it needs the Python module {error.name}") from error
    package = getattr(backend, "backend", type(next(iter(backend.values()), None))).__module__
    urls = importlib.import_module(package.rpartition(".models")[0] + ".urls")
    return tuple(
        (re.compile(path.format(base)), function)
        for base in urls.url_bases
        for path, function in urls.url_paths.items()
    )


_ADMINISTRATOR_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root"}, "Action": "sts:AssumeRole"}
    ],
}
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_BEGUN = "ringwork_begun"
"""On moto's IAM backend: the account has been given its administrator, who can be deleted like any role."""


def iam(account: str) -> Any:
    """moto's IAM of an account, which begins with the account's administrator role."""
    from moto.iam.models import iam_backends  # noqa: PLC0415

    backend = iam_backends[account]["aws"]
    if not getattr(backend, _BEGUN, False):
        setattr(backend, _BEGUN, True)
        role = backend.create_role(
            role_name=ADMINISTRATOR,
            assume_role_policy_document=json.dumps(_ADMINISTRATOR_TRUST) % account,
            path="/",
            permissions_boundary=None,
            description="the first principal of this account in the local cloud",
            tags=[],
            max_session_duration="43200",
        )
        role.id = f"AROALOCAL{account}"
        backend.put_role_policy(ADMINISTRATOR, "AdministratorAccess", json.dumps(_EVERYTHING))
    return backend


def role_of(arn: str) -> Any:
    """moto's role with this ARN, path included; None when there is no such role."""
    roles = iam(arn.split(":")[4]).roles
    return next((role for role in roles.values() if role.arn == arn), None)


def owner_of_bucket(name: str) -> str | None:
    """The account that owns a bucket; None when there is none of that name."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    known = s3_backends.bucket_accounts.get(name)
    return str(known[1]) if known is not None else None


def user_of(access_key: str) -> tuple[Caller, str] | None:
    """The IAM user to whom moto's IAM issued `access_key`, in any account, and the key's secret; None when
    nobody has it, or when it is inactive."""
    from moto.iam.models import iam_backends  # noqa: PLC0415

    for account, backends in list(iam_backends.items()):
        for backend in list(backends.values()):
            key = backend.access_keys.get(access_key)
            user = backend.users.get(key.user_name) if key is not None and key.status == "Active" else None
            if user is not None:
                return Caller(account, user.arn, user.id, kind="user"), key.secret_access_key
    return None


def used(access_key: str, service: str, region: str) -> str | None:
    """Note that the access key of an IAM user signed a request.

    Returns the account if that changed anything: IAM notes the first use "in a 15-minute span" (user guide,
    "Generate credential reports for your AWS account").
    """
    from moto.iam.models import AccessKeyLastUsed, iam_backends  # noqa: PLC0415

    now = datetime.now(UTC)
    for account, backends in list(iam_backends.items()):
        for backend in list(backends.values()):
            key = backend.access_keys.get(access_key)
            # moto's own times have no zone: they are in UTC
            last = None if key is None or key.last_used is None else key.last_used.timestamp
            if key is not None and (last is None or now - last.replace(tzinfo=UTC) >= _USE_SPAN):
                key.last_used = AccessKeyLastUsed(timestamp=now, service=service, region=region)
                return str(account)
    return None
