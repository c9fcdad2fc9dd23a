"""Trails: which events they select, and the files that they deliver to their bucket.

Source: CloudTrail user guide, "Logging management events", "Logging data events", "CloudTrail log file name
format"; API reference, EventSelector, AdvancedEventSelector.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import logging
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.accounts import service as service_caller
from ringwork.cloud.emulator.overlays.call import Surroundings

PRINCIPAL = "cloudtrail.amazonaws.com"
DELIVERED, FAILED = "ringwork_delivered", "ringwork_failed"
"""On moto's trail status: when a delivery last worked, and the error code if the last one did not."""

_LOG = logging.getLogger(__name__)
_GLOBAL = {"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"}


class Delivery:
    """Collects what each trail selects, and writes it when it is told to."""

    def __init__(self, surroundings: Surroundings, touched: Callable[[str, str], None]) -> None:
        """`touched` hears the account and Region of a trail whose status changed."""
        self._surroundings = surroundings
        self._touched = touched
        self._waiting: dict[tuple[str, str, str], tuple[Any, list[dict[str, Any]]]] = {}
        """trail's ARN, account and Region of the events -> the trail, the events"""

    def take(self, event: dict[str, Any]) -> None:
        """Keep an event for the trails that select it."""
        account, region = event["recipientAccountId"], event["awsRegion"]
        for owner, home, trail in _trails():
            if not _covers(owner, home, trail, account, region, event) or not selects(trail, event):
                continue
            key = (trail.arn, account, region)
            self._waiting.setdefault(key, (trail, []))[1].append(event)

    def flush(self) -> None:
        """Deliver what waits. A bucket that refuses is noted on the trail (GetTrailStatus)."""
        waiting, self._waiting = self._waiting, {}
        for (arn, account, region), (trail, events) in waiting.items():
            self._write(arn, account, region, trail, events)

    def _write(self, arn: str, account: str, region: str, trail: Any, events: list[dict[str, Any]]) -> None:
        owner, home = arn.split(":")[4], arn.split(":")[3]
        now = datetime.now(UTC)
        prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
        name = f"{account}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{secrets.token_hex(8)}.json.gz"
        organization = _organization(owner) if getattr(trail, "is_org_trail", False) else None
        folder = f"{organization}/{account}" if organization else account
        key = f"{prefix}AWSLogs/{folder}/CloudTrail/{region}/{now:%Y/%m/%d}/{name}"
        body = gzip.compress(json.dumps({"Records": events}).encode(), mtime=0)
        try:
            s3 = self._surroundings.client(service_caller(PRINCIPAL, owner, arn), "s3", owner, home)
            s3.put_object(
                Bucket=trail.bucket_name,
                Key=key,
                Body=body,
                ACL="bucket-owner-full-control",
                # S3 takes nothing without a digest where Object Lock has a default retention
                ContentMD5=base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
            )
        except ClientError as error:
            _LOG.warning("trail %s cannot deliver: %s", arn, error)
            setattr(trail.status, FAILED, error.response.get("Error", {}).get("Code", ""))
        else:
            setattr(trail.status, FAILED, "")
            setattr(trail.status, DELIVERED, now)
        self._touched(owner, home)


def _trails() -> Iterator[tuple[str, str, Any]]:
    """Account, home Region and moto's object of each trail that logs."""
    module = sys.modules.get("moto.cloudtrail.models")
    if module is None:
        return
    for account, regions in list(module.cloudtrail_backends.items()):
        for region, backend in list(regions.items()):
            for trail in list(backend.trails.values()):
                if trail.status.is_logging:
                    yield account, region, trail


def _covers(owner: str, home: str, trail: Any, account: str, region: str, event: Mapping[str, Any]) -> bool:
    if account != owner and not (trail.is_org_trail and _same_organization(owner, account)):
        return False
    if event["eventSource"] in _GLOBAL and not trail.include_global_service_events:
        return False
    return bool(region == home or trail.is_multi_region)


def _organization(account: str) -> str | None:
    from ringwork.cloud.emulator.authorization.sources import membership  # noqa: PLC0415

    found = membership(account)
    return None if found is None else found.organization


def _same_organization(owner: str, account: str) -> bool:
    found = _organization(owner)
    return found is not None and found == _organization(account)


# selectors


def selects(trail: Any, event: Mapping[str, Any]) -> bool:
    """Whether the trail's event selectors take an event in; without any, all management events."""
    advanced = getattr(trail, "advanced_event_selectors", None)
    if advanced:
        return any(_advanced(selector, event) for selector in advanced)
    basic = getattr(trail, "event_selectors", None)
    if not basic:
        return bool(event["managementEvent"])
    return any(_basic(selector, event) for selector in basic)


def _basic(selector: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    kind = selector.get("ReadWriteType", "All")
    if kind != "All" and (kind == "ReadOnly") != event["readOnly"]:
        return False
    if event["managementEvent"]:
        excluded = selector.get("ExcludeManagementEventSources") or ()
        return bool(selector.get("IncludeManagementEvents", True)) and event["eventSource"] not in excluded
    for resource in event.get("resources", ()):
        for wanted in selector.get("DataResources") or ():
            if wanted.get("Type") == resource["type"] and any(
                resource["ARN"].startswith(value) for value in wanted.get("Values") or ()
            ):
                return True
    return False


def _advanced(selector: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """All field selectors must hold."""
    resources = event.get("resources") or [{}]
    for field in selector.get("FieldSelectors") or ():
        values = {
            "eventCategory": [event["eventCategory"]],
            "eventName": [event["eventName"]],
            "eventSource": [event["eventSource"]],
            "readOnly": [str(event["readOnly"]).lower()],
            "resources.type": [resource.get("type", "") for resource in resources],
            "resources.ARN": [resource.get("ARN", "") for resource in resources],
            "userIdentity.arn": [event["userIdentity"].get("arn", "")],
        }.get(field["Field"])
        if values is None or not any(_field(value, field) for value in values):
            return False
    return True


def _field(value: str, field: Mapping[str, Any]) -> bool:
    checks: dict[str, Callable[[list[str]], bool]] = {
        "Equals": lambda wanted: value in wanted,
        "StartsWith": lambda wanted: value.startswith(tuple(wanted)),
        "EndsWith": lambda wanted: value.endswith(tuple(wanted)),
        "NotEquals": lambda wanted: value not in wanted,
        "NotStartsWith": lambda wanted: not value.startswith(tuple(wanted)),
        "NotEndsWith": lambda wanted: not value.endswith(tuple(wanted)),
    }
    return all(check(field[name]) for name, check in checks.items() if field.get(name))
