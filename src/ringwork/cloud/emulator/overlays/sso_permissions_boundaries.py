"""IAM Identity Center: the permissions boundary of a permission set.

Kept on moto's permission set, and goes with it. No role is made of a permission set here, so no session has
such a boundary; nobody gets more by it. Source: IAM Identity Center API reference,
PutPermissionsBoundaryToPermissionSet, GetPermissionsBoundaryForPermissionSet,
DeletePermissionsBoundaryFromPermissionSet, PermissionsBoundary.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.authorization.sources import aws_managed
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_BOUNDARY = "ringwork_permissions_boundary"


def _set(call: Call) -> Any:
    from moto.ssoadmin.models import ssoadmin_backends  # noqa: PLC0415

    instance, arn = call.parameters["InstanceArn"], call.parameters["PermissionSetArn"]
    for found in ssoadmin_backends[call.account][call.region].permission_sets:
        if found.permission_set_arn == arn and found.instance_arn == instance:
            return found
    raise AwsError("ResourceNotFoundException", f"Could not find PermissionSet with id {arn}")


def _put(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Either of the two kinds. A policy of the customer is looked for in the accounts later on, when the set
    is provisioned there; one of AWS must exist."""
    found, boundary = _set(call), call.parameters["PermissionsBoundary"]
    if len(boundary) != 1:
        message = "A permissions boundary is either a customer managed policy or an AWS managed policy."
        raise AwsError("ValidationException", message)
    arn = boundary.get("ManagedPolicyArn")
    if arn is not None and aws_managed(str(arn)) is None:
        raise AwsError("ResourceNotFoundException", f"Policy {arn} does not exist or is not attachable.")
    setattr(found, _BOUNDARY, copy.deepcopy(boundary))
    return {}


def _existing(call: Call) -> tuple[Any, dict[str, Any]]:
    found = _set(call)
    boundary = getattr(found, _BOUNDARY, None)
    if boundary is None:
        message = f"PermissionSet {found.permission_set_arn} has no permissions boundary"
        raise AwsError("ResourceNotFoundException", message)
    return found, boundary


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    boundary = copy.deepcopy(_existing(call)[1])
    reference = boundary.get("CustomerManagedPolicyReference")
    if reference is not None:
        reference.setdefault("Path", "/")
    return {"PermissionsBoundary": boundary}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    delattr(_existing(call)[0], _BOUNDARY)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "DeletePermissionsBoundaryFromPermissionSet": _delete,
    "GetPermissionsBoundaryForPermissionSet": _get,
    "PutPermissionsBoundaryToPermissionSet": _put,
}
