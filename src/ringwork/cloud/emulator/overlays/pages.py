"""One page of a list: how `maxResults` and `nextToken` work in all services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call


def page(
    call: Call,
    member: str,
    rows: Sequence[Any],
    *,
    most: int,
    names: tuple[str, str] = ("maxResults", "nextToken"),
    invalid: str = "ValidationException",
) -> dict[str, Any]:
    """The answer with the rows of one page under `member`, and the token of the next page if there is one.

    `most`: how many rows a page has when the call does not say; `names`: of the limit and of the token;
    `invalid`: the service's error for a token that is not one of its own.
    """
    limit, token = names
    try:
        begin = int(call.parameters.get(token) or 0)
    except ValueError:
        raise AwsError(invalid, f"the {token} is not valid") from None
    end = begin + int(call.parameters.get(limit) or most)
    answer: dict[str, Any] = {member: list(rows[begin:end])}
    if end < len(rows):
        answer[token] = str(end)
    return answer
