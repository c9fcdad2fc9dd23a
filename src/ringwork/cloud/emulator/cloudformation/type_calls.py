"""API operations on the registry: the types that stacks can hold here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS
from ringwork.cloud.emulator.cloudformation.stacks import Stacks

_MOST = 100


def list_types(_stacks: Stacks, _account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """API reference, ListTypes: public types are AWS's; none are activated or registered privately here."""
    if given.get("Visibility") != "PUBLIC" or given.get("Type", "RESOURCE") != "RESOURCE":
        return {"TypeSummaries": []}
    prefix = (given.get("Filters") or {}).get("TypeNamePrefix", "")
    names = sorted(name for name in PROVIDERS if name.startswith(prefix))
    try:
        begin = int(given.get("NextToken") or 0)
    except ValueError:
        raise invalid("NextToken is not valid") from None
    limit = min(int(given.get("MaxResults") or _MOST), _MOST)
    rows = [
        {
            "Type": "RESOURCE",
            "TypeName": name,
            "TypeArn": f"arn:aws:cloudformation:{region}::type/resource/{name.replace('::', '-')}",
        }
        for name in names[begin : begin + limit]
    ]
    answer: dict[str, Any] = {"TypeSummaries": rows}
    if begin + limit < len(names):
        answer["NextToken"] = str(begin + limit)
    return answer


OPERATIONS: Mapping[str, Callable[[Stacks, str, str, Mapping[str, Any]], dict[str, Any]]] = {
    "ListTypes": list_types
}
