"""AWS's wire protocols, driven by botocore's service models.

Reads a request into an operation's parameters, and writes results and errors in the form that the service's
clients expect. Parsing and serialising is moto's (`moto.core.parse`, `moto.core.serialize`), used as a
library; recognising the operation and writing errors is ours.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from ringwork.cloud.emulator import models
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.request import Answer, Request

S3_CONTROL_PREFIX = "/v20180820/"
"""Every S3 Control path begins with its API version; it signs as `s3` (botocore's s3control model)."""


@functools.cache
def _signed_as() -> dict[str, list[str]]:
    """Signing name -> botocore's services, where that is not just the service of the same name."""
    text = importlib.resources.files(__package__).joinpath("signing.json").read_text(encoding="utf-8")
    table: dict[str, list[str]] = json.loads(text)
    return table


_READING = (
    *("BatchGet", "Check", "Describe", "Get", "Head", "List", "Lookup", "Query", "Search", "Select"),
    *("Simulate", "Validate"),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a service; `model` is moto's `OperationModel`, None where botocore does not know it."""

    service: str
    name: str
    model: Any = None
    path_parameters: Mapping[str, str] | None = None

    @property
    def reads(self) -> bool:
        """Whether the name says that the operation changes nothing."""
        return self.name.startswith(_READING)


@dataclass(frozen=True, slots=True)
class _Route:
    """How a REST operation is recognised: method, path pattern, query keys that must be there."""

    method: str
    pattern: re.Pattern[str]
    query: frozenset[str]
    headers: frozenset[str]
    operation: str


@functools.cache
def service_model(service: str) -> Any:
    """moto's view of botocore's model of `service`; None when botocore has no such service."""
    from botocore.exceptions import DataNotFoundError, UnknownServiceError  # noqa: PLC0415
    from moto.core.utils import get_service_model  # noqa: PLC0415

    models.share_moto_loader()
    try:
        with models.staying():
            return get_service_model(service)
    except (DataNotFoundError, UnknownServiceError):
        return None


def service_of(request: Request, signing_name: str) -> str:
    """The service that a request is for: of those that sign with its name, the one that has the operation."""
    if signing_name == "s3" and request.path.startswith(S3_CONTROL_PREFIX):
        return "s3control"
    if signing_name == "s3":
        return "s3"
    candidates = _signed_as().get(signing_name, [signing_name])
    if len(candidates) == 1:
        return candidates[0]
    for candidate in candidates:
        if _offers(request, candidate):
            return candidate
    return candidates[0]


def _spoken(model: Any) -> set[str]:
    """The wire protocols that a service speaks: botocore's model may name several."""
    return {str(model.protocol), *model.metadata.get("protocols", ())}


def _offers(request: Request, service: str) -> bool:
    """Whether the request can be one of this service's, by its target prefix, API version or path."""
    model = service_model(service)
    target = request.headers.get("x-amz-target")
    if target is not None:
        prefix = model.metadata.get("targetPrefix")
        return bool(prefix is not None and target.rpartition(".")[0] == prefix)
    version = request.parameters.get("Version")
    if _spoken(model) & {"query", "ec2"}:
        return bool(version == model.metadata["apiVersion"])
    return operation_of(request, service).model is not None


def operation_of(request: Request, service: str) -> Operation:
    """Which operation `request` asks of `service`; a name made of method and path when none matches."""
    model = service_model(service)
    target = request.headers.get("x-amz-target", "")
    name = target.rpartition(".")[2] or request.parameters.get("Action", "")
    if model is None:
        return Operation(service, name or f"{request.method} {request.path}")
    if name and (target or _spoken(model) & {"query", "ec2"}):
        known = name in model.operation_names
        return Operation(service, name, model.operation_model(name) if known else None)
    return _rest_operation(request, service, model)


def _rest_operation(request: Request, service: str, model: Any) -> Operation:
    path, query = request.path, request.parameters
    if service == "s3" and request.bucket and not path.startswith(f"/{request.bucket}"):
        path = f"/{request.bucket}{path if path != '/' else ''}"
    best: tuple[int, _Route, dict[str, str]] | None = None
    for route in _routes(service):
        if route.method != request.method or not route.query <= query.keys():
            continue
        if not all(header in request.headers for header in route.headers):
            continue
        match = route.pattern.fullmatch(path)
        if match:
            weight = 2 * len(route.query) + len(route.headers)
            if best is None or weight > best[0]:
                best = (weight, route, {k: unquote(v) for k, v in match.groupdict().items()})
    if best is None:
        return Operation(service, f"{request.method} {request.path}")
    return Operation(service, best[1].operation, model.operation_model(best[1].operation), best[2])


@functools.cache
def _routes(service: str) -> tuple[_Route, ...]:
    """The REST routes of a service, those with the fewest path parameters first."""
    model = service_model(service)
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, literal = operation.http["requestUri"].partition("?")
        query = {part.partition("=")[0] for part in literal.split("&") if part and "{" not in part}
        headers = set()
        shape = operation.input_shape
        for member in shape.required_members if shape else ():
            serialization = shape.members[member].serialization
            if serialization.get("location") == "querystring":
                query.add(serialization["name"])
            elif serialization.get("location") == "header":
                headers.add(serialization["name"].lower())
        routes.append(
            (
                path.count("{"),
                _Route(
                    operation.http["method"],
                    _path_pattern(path),
                    frozenset(query) - {"x-id"},
                    frozenset(headers),
                    name,
                ),
            )
        )
    return tuple(route for _, route in sorted(routes, key=lambda pair: pair[0]))


def _path_pattern(template: str) -> re.Pattern[str]:
    def part(match: re.Match[str]) -> str:
        return f"(?P<{re.sub(r'[^A-Za-z0-9]', '_', match[1])}>{'.+' if match[2] else '[^/]+'})"

    pieces = re.split(r"(\{[^}]+\})", template)
    text = "".join(
        re.sub(r"\{([^}+]+)(\+)?\}", part, piece) if piece.startswith("{") else re.escape(piece)
        for piece in pieces
    )
    return re.compile(text.rstrip("/") + "/?")


def wire_protocol(request: Request, model: Any) -> str:
    """The protocol that this request speaks: `query`, `ec2`, `json`, `rest-json` or `rest-xml`."""
    if request.headers.get("x-amz-target"):
        return "json"
    if model is None:
        return "rest-json"
    if model.protocol == "smithy-rpc-v2-cbor" and "query" in _spoken(model):
        return "query"  # nobody but SDKs that send a target speaks the others
    return str(model.protocol)


def parse(request: Request, operation: Operation) -> dict[str, Any]:
    """The operation's parameters in botocore's shape; raises `AwsError` when they cannot be read."""
    from moto.core.parse import PROTOCOL_PARSERS  # noqa: PLC0415
    from werkzeug.datastructures import Headers, MultiDict  # noqa: PLC0415

    model = operation.model
    protocol = wire_protocol(request, model.service_model)
    pairs = parse_qsl(request.query, keep_blank_values=True)
    if protocol in ("query", "ec2"):
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    try:
        parsed = PROTOCOL_PARSERS[protocol](model).parse(
            {
                "method": request.method,
                "values": MultiDict(pairs),
                "headers": Headers(list(request.headers.items())),
                "body": request.body,
                "url_path": unquote(request.path),
                "url_params": dict(operation.path_parameters or {}),
            }
        )
    except Exception as error:
        raise AwsError(
            "ValidationError", f"the parameters of {operation.name} cannot be read: {error}"
        ) from error
    return dict(parsed or {})


def success(request: Request, operation: Operation, result: Mapping[str, Any]) -> Answer:
    """Write a result of `operation`, given in botocore's shape."""
    from moto.core.serialize import get_serializer_class  # noqa: PLC0415

    model = operation.model
    protocol = wire_protocol(request, model.service_model)
    serialized = get_serializer_class(operation.service, protocol)(model).serialize(dict(result))
    body = serialized["body"]
    headers = {str(name): str(value) for name, value in serialized["headers"].items()}
    return Answer(serialized["status_code"], headers, body.encode() if isinstance(body, str) else body)


def read(request: Request, answer: Answer, operation: Operation) -> dict[str, Any]:
    """A service's own answer to `request` in botocore's shape; an error is raised as `AwsError`."""
    from botocore.parsers import create_parser  # noqa: PLC0415

    model = operation.model
    parsed = create_parser(wire_protocol(request, model.service_model)).parse(
        {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body},
        model.output_shape,
    )
    parsed.pop("ResponseMetadata", None)
    if answer.status >= 300:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code", "Unknown"), error.get("Message", ""), answer.status)
    return dict(parsed)


def failure(request: Request, service: str, error: AwsError) -> Answer:
    """Write an error in the protocol of `service`.

    Sources: Smithy's specifications of the awsQuery, ec2Query, awsJson, restJson and restXml protocols,
    sections "Operation error serialization"; S3 API reference, "REST error responses".
    """
    protocol = wire_protocol(request, service_model(service))
    identifier = str(uuid.uuid4())
    code, message = escape(error.code), escape(error.message)
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": error.code, "message": error.message, "Message": error.message})
        return Answer(
            error.status,
            {
                "Content-Type": "application/x-amz-json-1.1" if protocol == "json" else "application/json",
                "x-amzn-ErrorType": error.code,
                "x-amzn-RequestId": identifier,
            },
            body.encode(),
        )
    kind = "Receiver" if error.status >= 500 else "Sender"
    if protocol == "ec2":
        inner = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        text = f"<Response>{inner}<RequestID>{identifier}</RequestID></Response>"
    elif service == "s3":
        inner = f"<Code>{code}</Code><Message>{message}</Message><Resource>{escape(request.path)}</Resource>"
        text = f"<Error>{inner}<RequestId>{identifier}</RequestId></Error>"
    else:
        inner = f"<Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{inner}<RequestId>{identifier}</RequestId></ErrorResponse>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return Answer(error.status, {"Content-Type": "text/xml", "x-amzn-RequestId": identifier}, body.encode())
