"""One live resource by what its template declares, where CloudFormation's id of it is an opaque name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.collect.names import identity
from ringwork.cloud.collect.reading import Clients, ReadError, here, listed, readings
from ringwork.cloud.collect.table import TYPES
from ringwork.cloud.errors import OperationError

OPAQUE = frozenset(
    {
        "AWS::ApiGateway::Account",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
"""Types whose id names nothing that a service knows ("Return values", Ref, of their pages)."""


def read_declared(
    client: Clients, type: str, declared: Mapping[str, Any], account: str
) -> dict[str, Any] | None:
    """Its properties as plain JSON: of the one that has the declared identifying properties
    (`Kind.identity`), or of the only one there is (`Kind.alone`). None where there is none.

    Raises `KeyError` for a type that is not in `TYPES`, and `OperationError` if an operation fails.
    """
    kind = TYPES[type]
    where = here(client, kind, account)
    wanted = identity(kind, declared)
    try:
        items = listed(kind.listing, client, where, {})
        parts = [part for item in items for part in kind.expand(item)]
        for found in readings(kind, parts, client, where):
            if identity(kind, found.properties) == wanted:
                return dict(found.properties)
    except ReadError as error:
        raise OperationError(f"cannot read {type}: {error.reason}") from error
    return None
