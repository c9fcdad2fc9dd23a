"""S3 Control: access points, each in a Region and on a bucket that exists.

Source: S3 API reference, CreateAccessPoint, ListAccessPoints; S3 user guide, "Access points restrictions and
limitations" (names are unique in an account and Region), "The meaning of 'public'".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwork.access.s3_public import is_public
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.services import owner_of_bucket


def _point(call: Call) -> Any:
    """moto's access point of that name, in whichever Region; None when there is none."""
    from moto.s3control.models import s3control_backends  # noqa: PLC0415

    points = s3control_backends[call.account]["aws"].access_points.get(call.account, {})
    return points.get(str(call.parameters["Name"]).rpartition("/")[2])


def _create(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto says that every access point is in us-east-1."""
    bucket = str(call.parameters["Bucket"])
    if owner_of_bucket(bucket) is None:
        raise AwsError("InvalidRequest", "Amazon S3 could not find the specified bucket", 400)
    taken = _point(call)
    if taken is not None and _region(taken) == call.region:
        raise AwsError("AccessPointAlreadyOwnedByYou", "You already own an access point of this name.", 409)
    if taken is not None:
        raise NotEmulatedError("s3control", call.operation, "the name is taken in another Region")
    answer = proceed()
    point = _point(call)
    parts = point.arn.split(":")
    point.arn = answer["AccessPointArn"] = ":".join([*parts[:3], call.region, *parts[4:]])
    return answer


def _region(point: Any) -> str:
    return str(point.arn.split(":")[3])


def _here(call: Call, proceed: Proceed) -> dict[str, Any]:
    point = _point(call)
    if point is not None and _region(point) != call.region:
        raise AwsError("NoSuchAccessPoint", "The specified accesspoint does not exist", 404)
    return proceed()


def _list(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    points = answer.get("AccessPointList") or []
    answer["AccessPointList"] = [p for p in points if p["AccessPointArn"].split(":")[3] == call.region]
    return answer


def _policy_status(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto calls every policy public."""
    answer = _here(call, proceed)
    public = is_public(json.loads(_point(call).policy)["Statement"])
    answer["PolicyStatus"] = {"IsPublic": public}
    return answer


OVERLAYS: Mapping[str, Overlay] = {
    "CreateAccessPoint": _create,
    "DeleteAccessPoint": _here,
    "DeleteAccessPointPolicy": _here,
    "GetAccessPoint": _here,
    "GetAccessPointPolicy": _here,
    "GetAccessPointPolicyStatus": _policy_status,
    "ListAccessPoints": _list,
    "PutAccessPointPolicy": _here,
}
