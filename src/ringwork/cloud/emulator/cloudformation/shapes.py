"""Small pieces of botocore-shaped answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.state import moment

PAGE = 100


def given_only(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def timed(value: Any) -> Any:
    """`value` with its timestamps as datetimes, as botocore shapes them."""
    if isinstance(value, Mapping):
        return {
            name: moment(item) if name in ("Timestamp", "DriftDetectionTimestamp") else timed(item)
            for name, item in value.items()
        }
    return [timed(item) for item in value] if isinstance(value, list) else value


def page(rows: Sequence[Any], given: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    """One page of `rows` and the token of the next. CloudFormation's pages end at 1 MB, ours at 100 rows."""
    start = 0
    if given.get("NextToken"):
        try:
            start = int(base64.urlsafe_b64decode(str(given["NextToken"])).decode())
        except ValueError:
            raise invalid("Invalid NextToken") from None
    size = int(given.get("MaxResults") or PAGE)
    more = start + size < len(rows)
    token = base64.urlsafe_b64encode(str(start + size).encode()).decode() if more else None
    return list(rows[start : start + size]), token
