"""CloudTrail: looking up events; Lake queries are checked, and not run.

Source: CloudTrail API reference, LookupEvents: management events of the last 90 days, newest first, at most
50 at a time; one lookup attribute. StartQuery; user guide, "CloudTrail Lake SQL constraints".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.record.delivery import DELIVERED, FAILED

_MOST = 50


def _lookup(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    attributes = given.get("LookupAttributes") or ()
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "only one lookup attribute can be given")
    limit = int(given.get("MaxResults") or _MOST)
    if not 1 <= limit <= _MOST:
        raise AwsError("InvalidMaxResultsException", "MaxResults is between 1 and 50")
    try:
        begin = int(given.get("NextToken") or 0)
    except ValueError:
        raise AwsError("InvalidNextTokenException", "NextToken is not one of ours") from None
    start, end = _stamp(given.get("StartTime")), _stamp(given.get("EndTime"))
    found: list[dict[str, Any]] = []
    seen = 0
    for event in call.surroundings.events(call.account, call.region):
        if (end and event["eventTime"] > end) or (start and event["eventTime"] < start):
            continue
        if attributes and not _has(event, attributes[0]):
            continue
        seen += 1
        if seen > begin:
            if len(found) == limit:
                return {"Events": found, "NextToken": str(begin + limit)}
            found.append(_shown(event))
    return {"Events": found}


def _stamp(value: Any) -> str | None:
    if value is None:
        return None
    when = value if isinstance(value, datetime) else datetime.fromtimestamp(float(value), UTC)
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _has(event: Mapping[str, Any], attribute: Mapping[str, str]) -> bool:
    wanted = attribute["AttributeValue"]
    match attribute["AttributeKey"]:
        case "EventId":
            return bool(event["eventID"] == wanted)
        case "EventName":
            return bool(event["eventName"] == wanted)
        case "EventSource":
            return bool(event["eventSource"] == wanted)
        case "ReadOnly":
            return str(event["readOnly"]).lower() == wanted.lower()
        case "Username":
            return _user(event) == wanted
        case "AccessKeyId":
            return bool(event["userIdentity"].get("accessKeyId") == wanted)
        case "ResourceName":
            return any(row["ResourceName"] == wanted for row in _resources(event))
        case "ResourceType":
            return any(row["ResourceType"] == wanted for row in _resources(event))
    raise AwsError("InvalidLookupAttributesException", f"{attribute['AttributeKey']} is no lookup attribute")


def _user(event: Mapping[str, Any]) -> str:
    identity = event["userIdentity"]
    name: str = (
        identity.get("userName") or identity.get("arn", identity.get("invokedBy", "")).rpartition("/")[2]
    )
    return name


def _resources(event: Mapping[str, Any]) -> list[dict[str, str]]:
    """The resources that the request names: by their parameters, as CloudTrail's event history shows them."""
    rows = []
    for name, value in (event.get("requestParameters") or {}).items():
        if isinstance(value, str) and name.lower().endswith(("name", "id", "arn")):
            kind = name.removesuffix("Name").removesuffix("Id").removesuffix("Arn")
            rows.append({"ResourceType": kind[:1].upper() + kind[1:], "ResourceName": value})
    return rows


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": str(event["readOnly"]).lower(),
        "AccessKeyId": event["userIdentity"].get("accessKeyId", ""),
        "EventTime": datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        "EventSource": event["eventSource"],
        "Username": _user(event),
        "Resources": _resources(event),
        "CloudTrailEvent": json.dumps(event),
    }


def _status(call: Call, proceed: Proceed) -> dict[str, Any]:
    """CloudTrail API reference, GetTrailStatus: S3's error on the last try, and when one worked."""
    from moto.cloudtrail.models import cloudtrail_backends  # noqa: PLC0415

    answer = proceed()
    name = str(call.parameters["Name"]).rpartition("/")[2]
    trail = cloudtrail_backends[call.account][call.region].trails.get(name)
    if trail is None:
        return answer
    delivered = getattr(trail.status, DELIVERED, None)
    answer.pop("LatestDeliveryTime", None)
    if delivered is not None:
        answer["LatestDeliveryTime"] = delivered
    answer["LatestDeliveryError"] = getattr(trail.status, FAILED, "")
    return answer


_QUERY = re.compile(r"\s*(WITH|SELECT)\b.*\bFROM\b", re.IGNORECASE | re.DOTALL)
"""A query is a SELECT, and its FROM names an event data store."""


def _start_query(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, StartQuery: InvalidQueryStatementException for what is no query of CloudTrail Lake."""
    statement = call.parameters.get("QueryStatement")
    if statement and not _QUERY.match(str(statement)):
        message = "The query that was submitted has validation errors, or uses incorrect syntax."
        raise AwsError("InvalidQueryStatementException", message)
    return proceed()


OVERLAYS: Mapping[str, Overlay] = {
    "GetTrailStatus": _status,
    "LookupEvents": _lookup,
    "StartQuery": _start_query,
}
