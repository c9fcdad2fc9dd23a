"""What DynamoDB's operations need that are about several tables, or about an index.

Sources: DynamoDB developer guide, "Using IAM with DynamoDB transactions", "IAM security policies with
PartiQL for DynamoDB", "Using IAM policy conditions for fine-grained access control" (a query of an index is
authorized by the ARN of the index).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.asked import Asked

_OF_TRANSACTION: Mapping[str, str] = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_OF_STATEMENT: Mapping[str, str] = {
    "delete": "PartiQLDelete",
    "insert": "PartiQLInsert",
    "select": "PartiQLSelect",
    "update": "PartiQLUpdate",
}
_STATEMENT = re.compile(
    r"\s*(?:exists\s*\(\s*)?(?P<verb>select|insert|update|delete)\b"
    r".*?(?:(?<=update)|\bfrom|\binto)\s+\"?(?P<table>[\w.-]+)\"?(?:\.\"?(?P<index>[\w-]+)\"?)?",
    re.IGNORECASE | re.DOTALL,
)


def needs(asked: Asked) -> list[tuple[str, str]] | None:
    """Action and resource, one after the other; None for an operation about one table."""
    operation, given = asked.operation.name, asked.parameters
    if operation in ("TransactGetItems", "TransactWriteItems"):
        return list(_of_transaction(asked, given.get("TransactItems", ())))
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [(f"dynamodb:{operation}", _table(asked, name)) for name in given.get("RequestItems", {})]
    if operation == "ExecuteStatement":
        return list(_of_statements(asked, [given]))
    if operation == "BatchExecuteStatement":
        return list(_of_statements(asked, given.get("Statements", ())))
    if operation == "ExecuteTransaction":
        return list(_of_statements(asked, given.get("TransactStatements", ())))
    if operation in ("Query", "Scan") and given.get("IndexName"):
        table = _table(asked, str(given.get("TableName", "*")))
        return [(f"dynamodb:{operation}", f"{table}/index/{given['IndexName']}")]
    return None


def _of_transaction(asked: Asked, items: Any) -> Iterator[tuple[str, str]]:
    for item in items:
        for kind, action in _OF_TRANSACTION.items():
            if kind in item:
                yield f"dynamodb:{action}", _table(asked, str(item[kind].get("TableName", "*")))


def _of_statements(asked: Asked, statements: Any) -> Iterator[tuple[str, str]]:
    for statement in statements:
        match = _STATEMENT.match(str(statement.get("Statement", "")))
        if match is None:
            # it cannot be said what this would do: everything must be allowed
            yield from ((f"dynamodb:{action}", _table(asked, "*")) for action in _OF_STATEMENT.values())
            continue
        table = _table(asked, match["table"])
        resource = f"{table}/index/{match['index']}" if match["index"] else table
        yield f"dynamodb:{_OF_STATEMENT[match['verb'].lower()]}", resource


def _table(asked: Asked, name: str) -> str:
    """The ARN of a table, which a request may name by its ARN as well."""
    return (
        name if name.startswith("arn:") else f"arn:aws:dynamodb:{asked.region}:{asked.account}:table/{name}"
    )
