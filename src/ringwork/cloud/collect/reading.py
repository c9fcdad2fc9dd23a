"""Calls to AWS: list items, read their details, map them. Every failure becomes a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import boto3
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from ringwork.cloud import errors
from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where, partition
from ringwork.cloud.collect.mapping import MISSING, Failed, Raw, look, mapped
from ringwork.cloud.collect.table import TYPES
from ringwork.cloud.errors import OperationError
from ringwork.estate import unknowns

Clients: TypeAlias = Callable[[str], Any]
"""boto3 clients of one account and Region, by service name"""

_GONE = frozenset(
    {"NoSuchBucket", "NoSuchEntity", "NotFoundException", "ResourceNotFoundException", "NoSuchKey"}
)


class ReadError(Exception):
    """An operation failed. `reason` names it and says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GoneError(Exception):
    """The item is no longer there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One resource as it was read."""

    kind: Kind
    raw: Raw
    physical: str
    arn: str | None
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    details: Mapping[str, str]
    """property -> `service:Operation`, for properties that a detail gave"""


def code(error: Exception) -> str:
    """AWS's error code, or the name of the exception."""
    return errors.code(error) if isinstance(error, ClientError) else type(error).__name__


def gone(error: Exception) -> bool:
    """The error says that the thing asked for does not exist (EC2: `Invalid...NotFound`)."""
    return code(error) in _GONE or code(error).endswith(".NotFound")


def reason(operation: str, permission: str, error: Exception) -> str:
    """One sentence about a failed operation, and what would settle it."""
    text = errors.text(error) if isinstance(error, ClientError) else errors.redact(str(error))
    cure = f"; allow `{permission}`" if code(error) in errors.ACCESS_DENIED else ""
    return f"`{operation}` failed: {code(error)}: {text}".rstrip(": ") + cure


def listed(listing: Listing, clients: Clients, where: Where, narrow: Mapping[str, Any]) -> list[Raw]:
    """All items of a listing, page by page. Raises `ReadError`."""
    client = None
    try:
        client = clients(listing.service)
        found = _items(client, listing.operation, {**listing.parameters(where), **narrow}, listing.result)
    except (ClientError, BotoCoreError, OperationError) as error:
        if code(error) in listing.absent or (listing.absent_saying or "\0") in str(error):
            return []
        if narrow and gone(error):
            return []
        if isinstance(error, EndpointConnectionError) and not _offered(client):
            return []
        raise ReadError(
            reason(f"{listing.service}:{listing.operation}", listing.permission, error)
        ) from error
    below = listing.below
    while below is not None:
        parts = [part for item in found for part in below.parts(item, where)]
        found = [inner for part in parts for inner in _below(listing, below, part, client, where)]
        below = below.below
    return found


def _offered(client: Any) -> bool:
    """Whether AWS has the service in the Region, as far as botocore knows: where it does not, and no endpoint
    answers, there is nothing of it."""
    region, service = client.meta.region_name, client.meta.service_model.service_name
    known = boto3.Session().get_available_regions(service, partition(region))
    return not known or region in known


def _items(client: Any, operation: str, parameters: Mapping[str, Any], result: str) -> list[Raw]:
    method = xform_name(operation)
    if client.can_paginate(method):
        pages = client.get_paginator(method).paginate(**parameters)
    else:
        pages = _pages(getattr(client, method), parameters, result)
    found: list[Raw] = []
    for page in pages:
        items = page.get(result, []) if result else page
        found.extend(items if isinstance(items, list) else [items])
    return found


def _pages(
    call: Callable[..., Any], parameters: Mapping[str, Any], result: str
) -> Iterator[Mapping[str, Any]]:
    """Page by page, where botocore knows no paginator: by `NextToken`, or in the manner of CloudFront by the
    `NextMarker` of the list itself."""
    more: Mapping[str, Any] = {}
    while True:
        page = call(**parameters, **more)
        yield page
        inner = page.get(result)
        if token := page.get("NextToken"):
            more = {"NextToken": token}
        elif isinstance(inner, Mapping) and inner.get("IsTruncated") and inner.get("NextMarker"):
            more = {"Marker": inner["NextMarker"]}
        else:
            return


def _below(listing: Listing, below: Below, item: Raw, client: Any, where: Where) -> list[Raw]:
    try:
        found = _items(client, below.operation, below.parameters(item, where), below.result)
    except (ClientError, BotoCoreError, OperationError) as error:
        if code(error) in below.absent or gone(error):
            return []
        operation = f"{listing.service}:{below.operation}"
        raise ReadError(reason(operation, below.action or operation, error)) from error
    return [
        {**(inner if isinstance(inner, Mapping) else {"$value": inner}), "$above": item} for inner in found
    ]


def detailed(kind: Kind, item: Raw, clients: Clients, where: Where) -> Raw | None:
    """The item with the answers of all its details, or None where it is not ours or vanished meanwhile.

    A detail that failed is a `Failed` under its name.
    """
    raw = dict(item)
    if not kind.keep(raw) or not _owned_here(kind, raw, where):
        return None
    for detail in kind.details:
        if not detail.when(raw):
            continue
        try:
            answer = _answer(kind, detail, raw, clients, where)
        except GoneError:
            return None
        if answer is not None:
            raw[detail.name] = answer
        if not kind.keep(raw):
            return None
    return raw


def _owned_here(kind: Kind, raw: Raw, where: Where) -> bool:
    """Whether the item is this account's, and this Region's, and not only to be seen from here."""
    owners = ((kind.owner, where.account), (kind.owner_region, where.region))
    return all(path is None or look(raw, path) in (here, MISSING) for path, here in owners)


def _answer(kind: Kind, detail: Detail, raw: Raw, clients: Clients, where: Where) -> Any:
    service = detail.service or kind.listing.service
    try:
        client = clients(service)
        method = xform_name(detail.operation)
        parameters = detail.parameters(raw, where)
        if not client.can_paginate(method) or detail.result is None:
            answer = getattr(client, method)(**parameters)
            return answer if detail.result is None else answer.get(detail.result)
        pages = client.get_paginator(method).paginate(**parameters)
        return [member for page in pages for member in page.get(detail.result, ())]
    except (ClientError, BotoCoreError, OperationError) as error:
        if code(error) in detail.absent:
            return None
        if gone(error):
            raise GoneError from error
        permission = detail.action or f"{service}:{detail.operation}"
        return Failed(reason(f"{service}:{detail.operation}", permission, error))


def reading(kind: Kind, raw: Raw, where: Where) -> Reading:
    """Map a detailed item to CloudFormation's shape."""
    properties = kind.read_properties(raw)
    known = _given_by_details(kind.type) if kind.details else {}
    return Reading(
        kind=kind,
        raw=raw,
        physical=kind.physical(raw),
        arn=kind.arn(raw, where),
        properties=properties,
        attributes=kind.read_attributes(raw),
        details={name: operation for name, operation in known.items() if name in properties},
    )


@cache
def _given_by_details(type: str) -> Mapping[str, str]:
    """Which property comes from which detail: those that become unknown when the detail alone fails."""
    kind = TYPES[type]
    found: dict[str, str] = {}
    for detail in kind.details:
        lost = mapped(
            {name: rule for name, rule in kind.properties.items() if name not in found},
            {detail.name: Failed("not asked")},
        )
        operation = f"{detail.service or kind.listing.service}:{detail.operation}"
        found.update({name: operation for name, value in lost.items() if next(unknowns(value), None)})
    return found


def readings(kind: Kind, parts: Iterable[Raw], clients: Clients, where: Where) -> Iterator[Reading]:
    """The resources behind expanded items. Raises `ReadError` where existence is in doubt."""
    for part in parts:
        raw = detailed(kind, part, clients, where)
        if raw is None:
            continue
        if kind.exists_by is not None:
            proof = raw.get(kind.exists_by)
            if isinstance(proof, Failed):
                raise ReadError(f"{proof.reason} (`{kind.physical(raw)}`)")
            if not proof:
                continue
        yield reading(kind, raw, where)


def here(client: Clients, kind: Kind, account: str) -> Where:
    """The clients' own account and Region."""
    region = str(client(kind.listing.service).meta.region_name)
    return Where(account, region, partition(region))


def read(client: Clients, type: str, physical: str, *, account: str = "") -> dict[str, Any] | None:
    """One resource's CloudFormation properties as plain JSON, or None where there is no such resource.

    `client` gives the boto3 clients of the resource's account and Region. `account`: its id, for types
    that are seen from other accounts too. `physical` is what Ref
    returns, but for `AWS::EC2::NetworkAclEntry`, whose CloudFormation id says nothing: there it is
    `acl-ID|true or false for egress|RULE NUMBER`.
    Raises `KeyError` for a type that is not in `TYPES`, and `OperationError` if an operation fails: no
    property is ever silently missing.
    """
    kind = TYPES[type]
    where = here(client, kind, account)
    try:
        items = listed(kind.listing, client, where, kind.narrow(physical))
        parts = [part for item in items for part in kind.expand(item) if kind.physical(part) == physical]
        for found in readings(kind, parts, client, where):
            failed = next((value for value in found.raw.values() if isinstance(value, Failed)), None)
            if failed is not None:
                raise ReadError(failed.reason)
            return dict(found.properties)
    except ReadError as error:
        raise OperationError(f"cannot read {type} `{physical}`: {error.reason}") from error
    return None
